//! The search language over a small set: what each filter finds, by rows and by judgements, and how
//! the list changes.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::progress::{Cancelled, NoProgress, Step};
use tilejury_audit::queue::{Queue, Ranking};
use tilejury_audit::search::{
    Occurrence, OccurrenceQuery, Search, SearchError, SearchIndex, Vocabulary, occurrences, quote,
};
use tilejury_audit::{AuditSession, JudgeAction, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

struct Desk {
    session: AuditSession,
    index: SearchIndex,
    vocabulary: Vocabulary,
    signals: Vec<u32>,
    _dir: tempfile::TempDir,
}

/// Eight rows, named in the tests by their index: 0 to 3 in `train`, 4 in `eval` and 5 to 7 in
/// `test`, whose lines are written in unusual ways.
fn desk() -> Desk {
    let row = |query: &str, positive: &str, negatives: &[&str]| Row::new(query, positive).negatives(negatives);
    let (a, b, c) = (tile(1, 1001, 0), tile(1, 1001, 1), tile(2, 2002, 0));
    let dir = tempfile::tempdir().unwrap();
    Set::new()
        .row("train", &row("Who wrote the Book?", &a, &[&b, &c]).field("answer", json!("Émile Zola")))
        .row("train", &row("where is the book kept", &b, &[&c]).field("answer", json!("")))
        .row("train", &row("OÙ est le livre: ici", &c, &[&tile(3, 30, 0), &a, &tile(3, 31, 0)]))
        .row("train", &row("no negatives, \"quoted\" word", &tile(4, 4, 0), &[]).field("answer", json!([7, "x"])))
        .row("eval", &row("odd path", "images/pages/two words, \"one\" comma.png", &["b.png"]))
        .line("test", r#"{"query": "slashes", "chunk_path": "images\/shard_001\/shard_00000\/1001.png.tiles\/chunk_0000_00.png"}"#)
        .line("test", r#"{"query": "escaped", "chunk_path": "images/shard_\u00301/\u0031.png", "\u0061nswer": "\u0078yz"}"#)
        .line("test", r#"{"query": "absolute", "chunk_path": "/mnt/Kiwix/shard_002/shard_00000/2002.png.tiles/chunk_0000_00.png", "neg_chunk_paths": ["C:\\t\\shard_004\\shard_00004\\4.png.tiles\\chunk_0000_00.png", "é\u00e9.png"]}"#)
        .write(dir.path());
    let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
    let signals = vec![0, 0b01, 0b10, 0b11, 0, 0, 0, 0];
    Desk {
        index: SearchIndex::build(&dataset),
        vocabulary: Vocabulary::new(&dataset, &["same-page", "same-query"]),
        session: AuditSession::new(dataset, "ann", &[]),
        signals,
        _dir: dir,
    }
}

impl Desk {
    fn dataset(&self) -> &Dataset {
        &self.session.dataset
    }

    fn parse(&self, text: &str) -> Result<Search, SearchError> {
        Search::parse(text, &self.vocabulary)
    }

    fn queue(&self, text: &str) -> Queue {
        let filter = self.parse(text).unwrap();
        let matches = self.index.find(&filter, self.dataset(), &NoProgress).unwrap();
        let mut queue = Queue { filter, matches, ..Queue::default() };
        self.rebuild(&mut queue);
        queue
    }

    fn rebuild(&self, queue: &mut Queue) {
        let judgement = |sample| self.session.judgement(sample);
        queue.rebuild(self.dataset(), self.session.statuses(), judgement, |sample| self.signals[sample]);
    }

    /// Checks the list of a search, and that its negation lists the other samples.
    fn check(&self, text: &str, expected: &[u32]) {
        assert_eq!(self.queue(text).listed, expected, "{text}");
        if !text.is_empty() && !text.contains(' ') {
            let others: Vec<u32> = (0..8).filter(|row| !expected.contains(row)).collect();
            assert_eq!(self.queue(&format!("-{text}")).listed, others, "-{text}");
        }
    }
}

#[test]
fn finds_words_and_phrases_in_the_query() {
    let desk = desk();
    desk.check("", &[0, 1, 2, 3, 4, 5, 6, 7]);
    desk.check("BOOK", &[0, 1]);
    desk.check("book the", &[0, 1]);
    desk.check("book -kept", &[0]);
    desk.check("-book -e", &[4]);
    desk.check("\"the book\" who", &[0]);
    desk.check("-\"the book\" negatives", &[3]);
    desk.check("où", &[2]);
    desk.check("livre:", &[2]);
    desk.check("\"livre: ici\"", &[2]);
    desk.check("\"\"\"quoted\"\"\"", &[3]);
    desk.check("nowhere", &[]);
    desk.check("e", &[0, 1, 2, 3, 5, 6, 7]);
}

#[test]
fn finds_splits_lines_and_counts() {
    let desk = desk();
    desk.check("split:train", &[0, 1, 2, 3]);
    desk.check("split:EVAL,test", &[4, 5, 6, 7]);
    desk.check("-split:train book", &[]);
    desk.check("line:1", &[0, 4, 5]);
    desk.check("line:2..3", &[1, 2, 6, 7]);
    desk.check("line:>3", &[3]);
    desk.check("neg:0", &[3, 5, 6]);
    desk.check("neg:>=2", &[0, 2, 7]);
    desk.check("neg:1,3", &[1, 2, 4]);
    let message = desk.parse("split:validation").unwrap_err().message;
    assert_eq!(message, "`split:validation`: `validation` is not one of train, eval, test");
}

#[test]
fn finds_a_tile_by_its_role() {
    let desk = desk();
    let b = tile(1, 1001, 1);
    desk.check(&format!("tile:{b}"), &[0, 1]);
    desk.check(&format!("pos:{b}"), &[1]);
    desk.check(&format!("negative:{b}"), &[0]);
    desk.check(&format!("tile:{b},b.png"), &[0, 1, 4]);
    desk.check("tile:chunk_0000_00.png", &[]);
}

#[test]
fn matches_escaped_and_absolute_paths() {
    let desk = desk();
    desk.check(&format!("tile:{}", tile(1, 1001, 0)), &[0, 2, 5]);
    let quoted = quote("images/pages/two words, \"one\" comma.png");
    assert_eq!(desk.queue(&format!("tile:{quoted}")).listed, [4]);
    desk.check("tile:shard_01/1.png", &[6]);
    desk.check("tile:/other/machine/shard_004/shard_00004/4.png.tiles/chunk_0000_00.png", &[3, 7]);
    desk.check("negative:éé.png", &[7]);
    desk.check("page:1001", &[0, 1, 2, 5]);
    desk.check("page:2002.png.tiles", &[0, 1, 2, 7]);
    desk.check("page:shard_01", &[6]);
    desk.check("page:images/shard_004/shard_00004/4.png.tiles", &[3, 7]);
    desk.check("page:100", &[]);
    desk.check("path:kiwix", &[7]);
    desk.check("path:Pages/TWO", &[4]);
    desk.check("path:/1.png", &[6]);
    desk.check("path:\"t\\shard\"", &[7]);
    desk.check("path:ÉÉ", &[7]);
}

#[test]
fn finds_answers() {
    let desk = desk();
    desk.check("answer:yes", &[0, 3, 6]);
    desk.check("answer:no", &[1, 2, 4, 5, 7]);
    desk.check("answer:émile", &[0]);
    desk.check("answer:ZOLA,XYZ", &[0, 6]);
    desk.check("answer:\"yes\"", &[]);
    desk.check("answer:x split:train", &[3]);
}

#[test]
fn finds_judgements_and_signals() {
    let mut desk = desk();
    let act = |desk: &mut Desk, action| assert!(!desk.session.apply(action, now()).events.is_empty());
    act(&mut desk, JudgeAction::Verdict(0, Some(Verdict::Reject)));
    act(&mut desk, JudgeAction::ToggleReason(0, Reason::BadQuery));
    act(&mut desk, JudgeAction::Verdict(1, Some(Verdict::Unsure)));
    act(&mut desk, JudgeAction::Accept { sample: 2, seen: Vec::new(), inspected: Vec::new(), copies: Vec::new() });
    let negatives: Vec<TilePath> = (0..2).map(|at| common::negative(desk.dataset(), 2, at)).collect();
    for tile in negatives {
        act(&mut desk, JudgeAction::Relevance(2, tile, Some(Relevance::Relevant)));
    }
    let wrong = common::positive(desk.dataset(), 3);
    act(&mut desk, JudgeAction::Relevance(3, wrong, Some(Relevance::NotRelevant)));
    act(&mut desk, JudgeAction::Note(3, "Look at the Year".into()));
    act(&mut desk, JudgeAction::Tags(4, [LOOK_AGAIN.to_owned()].into()));
    act(&mut desk, JudgeAction::Tags(5, ["Two words".to_owned()].into()));

    desk.check("verdict:reject", &[0]);
    desk.check("verdict:accept,unsure", &[1, 2]);
    desk.check("verdict:none", &[3, 4, 5, 6, 7]);
    desk.check("judged:yes", &[0, 1, 2]);
    desk.check("reason:bad_query", &[0]);
    desk.check("reason:other,duplicate", &[]);
    desk.check("fn:>0", &[2]);
    desk.check("fn:2", &[2]);
    desk.check("fn:>2", &[]);
    desk.check("positive:wrong", &[3]);
    desk.check("undecided:yes", &[1]);
    desk.check("flag:yes", &[4]);
    desk.check("tag:any", &[4, 5]);
    desk.check("tag:look-again", &[4]);
    desk.check("tag:\"TWO WORDS\" slashes", &[5]);
    desk.check("tag:two", &[]);
    desk.check("note:yes", &[3]);
    desk.check("note:year", &[3]);
    desk.check("signal:same-page", &[1, 3]);
    desk.check("signal:same-page,same-query", &[1, 2, 3]);
    desk.check("signal:same-page signal:same-query", &[3]);
    desk.check("suspicious:no", &[0, 4, 5, 6, 7]);
    desk.check("book judged:yes -verdict:reject", &[1]);
    desk.check("judged:no neg:>=2 path:kiwix", &[7]);
}

#[test]
fn stops_a_search() {
    let desk = desk();
    let search = desk.parse("book").unwrap();
    assert_eq!(desk.index.find(&search, desk.dataset(), &|_: Step| Err(Cancelled)), Err(Cancelled));
    let asked = AtomicUsize::new(0);
    let once = |_: Step| if asked.fetch_add(1, Ordering::Relaxed) > 0 { Err(Cancelled) } else { Ok(()) };
    assert_eq!(desk.index.find(&search, desk.dataset(), &once), Ok(Some(vec![0, 1])), "asked once for so few");
    let nothing = desk.parse("judged:yes").unwrap();
    assert_eq!(desk.index.find(&nothing, desk.dataset(), &|_: Step| Err(Cancelled)), Ok(None), "nothing to search");
    let wanted = OccurrenceQuery::Tile(TilePath::new("b.png"));
    assert_eq!(occurrences(desk.dataset(), &desk.index, &wanted, &|_: Step| Err(Cancelled)), Err(Cancelled));
}

#[test]
fn occurrences_name_rows_and_roles() {
    let desk = desk();
    let find = |wanted| -> Vec<(u32, bool, Vec<usize>)> {
        let found = occurrences(desk.dataset(), &desk.index, &wanted, &NoProgress).unwrap();
        found.into_iter().map(|Occurrence { sample, positive, negatives }| (sample, positive, negatives)).collect()
    };
    let a = TilePath::new(&tile(1, 1001, 0));
    assert_eq!(find(OccurrenceQuery::Tile(a.clone())), [(0, true, vec![]), (2, false, vec![2]), (5, true, vec![])]);
    assert_eq!(
        find(OccurrenceQuery::Page(a)),
        [(0, true, vec![1]), (1, true, vec![]), (2, false, vec![2]), (5, true, vec![])]
    );
    assert_eq!(find(OccurrenceQuery::Page(TilePath::new("b.png"))), [(4, false, vec![1])], "a tile without a page");
    assert_eq!(find(OccurrenceQuery::Tile(TilePath::new(""))), []);
    assert_eq!(find(OccurrenceQuery::Tile(TilePath::new("shard_01/1.png"))), [(6, true, vec![])]);
}

#[test]
fn steps_through_an_ordered_list_in_order() {
    let mut desk = desk();
    let mut queue = desk.queue("verdict:none -split:eval");
    queue.order = Some(Arc::new(Ranking::new(vec![6, 4, 1])));
    desk.rebuild(&mut queue);
    assert_eq!(queue.listed, [6, 1, 0, 2, 3, 5, 7]);
    queue.cursor = 1;
    assert_eq!((queue.step(1), queue.step(-1), queue.step(2)), (Some(0), Some(6), Some(2)));
    // A judged sample leaves the list; the next is the one that came after it.
    desk.session.apply(JudgeAction::Verdict(1, Some(Verdict::Accept)), now());
    assert_eq!(queue.next_unjudged(desk.session.statuses()), Some(0));
    desk.rebuild(&mut queue);
    assert_eq!(queue.listed, [6, 0, 2, 3, 5, 7]);
    assert_eq!((queue.position(), queue.step(1), queue.step(-1)), (Err(1), Some(0), Some(6)));
    assert_eq!(queue.next_unjudged(desk.session.statuses()), Some(0));
    queue.cursor = 7;
    assert_eq!(queue.next_unjudged(desk.session.statuses()), Some(6), "around the end");
    assert_eq!(queue.next_where(|sample| desk.signals[sample] != 0), Some(2));
}
