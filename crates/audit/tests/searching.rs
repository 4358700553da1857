//! The search language over a small set: what each filter finds, by rows and by judgements, and how
//! the list changes.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::queue::{Queue, Ranking};
use tilejury_audit::search::{
    DatasetNames, Occurrence, OccurrenceQuery, Search, SearchError, SearchIndex, TextMatches, occurrences, quote,
    rows_of_tiles,
};
use tilejury_audit::{AuditSession, JudgeAction, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

struct Fixture {
    session: AuditSession,
    index: SearchIndex,
    dataset_names: DatasetNames,
    signals: Vec<u32>,
    _dir: tempfile::TempDir,
}

/// Eight rows, named in the tests by their index: 0 to 3 in `train`, 4 in `eval` and 5 to 7 in
/// `test`, whose lines are written in unusual ways.
fn fixture() -> Fixture {
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
    Fixture {
        index: SearchIndex::build(&dataset),
        dataset_names: DatasetNames::new(&dataset, &["same-page", "same-query"]),
        session: AuditSession::new(dataset, "ann", &[]),
        signals,
        _dir: dir,
    }
}

impl Fixture {
    fn dataset(&self) -> &Dataset {
        &self.session.dataset
    }

    fn parse(&self, text: &str) -> Result<Search, SearchError> {
        Search::parse(text, &self.dataset_names)
    }

    fn queue(&self, text: &str) -> Queue {
        let filter = self.parse(text).unwrap();
        let matches = self.index.find(&filter, &TextMatches::default(), self.dataset(), &NoProgress).unwrap();
        let mut queue = Queue { filter, matches, ..Queue::default() };
        self.rebuild(&mut queue);
        queue
    }

    fn rebuild(&self, queue: &mut Queue) {
        let judgement = |sample| self.session.judgement(sample);
        queue.rebuild(self.dataset(), self.session.statuses(), judgement, |sample| self.signals[sample.index()]);
    }

    /// Checks the list of a search, and that its negation lists the other samples.
    fn check(&self, text: &str, expected: &[usize]) {
        let listed = |text: &str| self.queue(text).listed.into_iter().map(SampleIndex::index).collect::<Vec<_>>();
        assert_eq!(listed(text), expected, "{text}");
        if !text.is_empty() && !text.contains(' ') {
            let others: Vec<usize> = (0..8).filter(|row| !expected.contains(row)).collect();
            assert_eq!(listed(&format!("-{text}")), others, "-{text}");
        }
    }
}

#[test]
fn finds_words_and_phrases_in_the_query() {
    let fixture = fixture();
    fixture.check("", &[0, 1, 2, 3, 4, 5, 6, 7]);
    fixture.check("BOOK", &[0, 1]);
    fixture.check("book the", &[0, 1]);
    fixture.check("book -kept", &[0]);
    fixture.check("-book -e", &[4]);
    fixture.check("\"the book\" who", &[0]);
    fixture.check("-\"the book\" negatives", &[3]);
    fixture.check("où", &[2]);
    fixture.check("livre:", &[2]);
    fixture.check("\"livre: ici\"", &[2]);
    fixture.check("\"\"\"quoted\"\"\"", &[3]);
    fixture.check("nowhere", &[]);
    fixture.check("e", &[0, 1, 2, 3, 5, 6, 7]);
}

#[test]
fn finds_splits_lines_and_counts() {
    let fixture = fixture();
    fixture.check("split:train", &[0, 1, 2, 3]);
    fixture.check("split:EVAL,test", &[4, 5, 6, 7]);
    fixture.check("-split:train book", &[]);
    fixture.check("line:1", &[0, 4, 5]);
    fixture.check("line:2..3", &[1, 2, 6, 7]);
    fixture.check("line:>3", &[3]);
    fixture.check("neg:0", &[3, 5, 6]);
    fixture.check("neg:>=2", &[0, 2, 7]);
    fixture.check("neg:1,3", &[1, 2, 4]);
    let message = fixture.parse("split:validation").unwrap_err().message;
    assert_eq!(message, "`split:validation`: `validation` is not one of train, eval, test");
}

#[test]
fn finds_a_tile_by_its_role() {
    let fixture = fixture();
    let b = tile(1, 1001, 1);
    fixture.check(&format!("tile:{b}"), &[0, 1]);
    fixture.check(&format!("pos:{b}"), &[1]);
    fixture.check(&format!("negative:{b}"), &[0]);
    fixture.check(&format!("tile:{b},b.png"), &[0, 1, 4]);
    fixture.check("tile:chunk_0000_00.png", &[]);
}

#[test]
fn matches_escaped_and_absolute_paths() {
    let fixture = fixture();
    fixture.check(&format!("tile:{}", tile(1, 1001, 0)), &[0, 2, 5]);
    let quoted = quote("images/pages/two words, \"one\" comma.png");
    assert_eq!(fixture.queue(&format!("tile:{quoted}")).listed, [4].map(SampleIndex::new));
    fixture.check("tile:shard_01/1.png", &[6]);
    fixture.check("tile:/other/machine/shard_004/shard_00004/4.png.tiles/chunk_0000_00.png", &[3, 7]);
    fixture.check("negative:éé.png", &[7]);
    fixture.check("page:1001", &[0, 1, 2, 5]);
    fixture.check("page:2002.png.tiles", &[0, 1, 2, 7]);
    fixture.check("page:shard_01", &[6]);
    fixture.check("page:images/shard_004/shard_00004/4.png.tiles", &[3, 7]);
    fixture.check("page:100", &[]);
    fixture.check("path:kiwix", &[7]);
    fixture.check("path:Pages/TWO", &[4]);
    fixture.check("path:/1.png", &[6]);
    fixture.check("path:\"t\\shard\"", &[7]);
    fixture.check("path:ÉÉ", &[7]);
}

#[test]
fn finds_answers() {
    let fixture = fixture();
    fixture.check("answer:yes", &[0, 3, 6]);
    fixture.check("answer:no", &[1, 2, 4, 5, 7]);
    fixture.check("answer:émile", &[0]);
    fixture.check("answer:ZOLA,XYZ", &[0, 6]);
    fixture.check("answer:\"yes\"", &[]);
    fixture.check("answer:x split:train", &[3]);
}

#[test]
fn finds_judgements_and_signals() {
    let mut fixture = fixture();
    let act = |fixture: &mut Fixture, action| assert!(!fixture.session.apply(action, now()).events.is_empty());
    act(&mut fixture, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    act(&mut fixture, JudgeAction::ToggleReason(SampleIndex::new(0), Reason::BadQuery));
    act(&mut fixture, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Unsure)));
    act(
        &mut fixture,
        JudgeAction::Accept {
            sample: SampleIndex::new(2),
            seen: Vec::new(),
            inspected: Vec::new(),
            copies: Vec::new(),
        },
    );
    let negatives: Vec<TilePath> = (0..2).map(|at| crate::common::negative(fixture.dataset(), 2, at)).collect();
    for tile in negatives {
        act(&mut fixture, JudgeAction::Relevance(SampleIndex::new(2), tile, Some(Relevance::Relevant)));
    }
    let wrong = crate::common::positive(fixture.dataset(), 3);
    act(&mut fixture, JudgeAction::Relevance(SampleIndex::new(3), wrong, Some(Relevance::NotRelevant)));
    act(&mut fixture, JudgeAction::Note(SampleIndex::new(3), "Look at the Year".into()));
    act(&mut fixture, JudgeAction::Tags(SampleIndex::new(4), [LOOK_AGAIN.to_owned()].into()));
    act(&mut fixture, JudgeAction::Tags(SampleIndex::new(5), ["Two words".to_owned()].into()));

    fixture.check("verdict:reject", &[0]);
    fixture.check("verdict:accept,unsure", &[1, 2]);
    fixture.check("verdict:none", &[3, 4, 5, 6, 7]);
    fixture.check("judged:yes", &[0, 1, 2]);
    fixture.check("reason:bad_query", &[0]);
    fixture.check("reason:other,duplicate", &[]);
    fixture.check("fn:>0", &[2]);
    fixture.check("fn:2", &[2]);
    fixture.check("fn:>2", &[]);
    fixture.check("positive:wrong", &[3]);
    fixture.check("undecided:yes", &[1]);
    fixture.check("flag:yes", &[4]);
    fixture.check("tag:any", &[4, 5]);
    fixture.check("tag:look-again", &[4]);
    fixture.check("tag:\"TWO WORDS\" slashes", &[5]);
    fixture.check("tag:two", &[]);
    fixture.check("note:yes", &[3]);
    fixture.check("note:year", &[3]);
    fixture.check("signal:same-page", &[1, 3]);
    fixture.check("signal:same-page,same-query", &[1, 2, 3]);
    fixture.check("signal:same-page signal:same-query", &[3]);
    fixture.check("suspicious:no", &[0, 4, 5, 6, 7]);
    fixture.check("book judged:yes -verdict:reject", &[1]);
    fixture.check("judged:no neg:>=2 path:kiwix", &[7]);
}

#[test]
fn stops_a_search() {
    let fixture = fixture();
    let search = fixture.parse("book").unwrap();
    assert_eq!(
        fixture.index.find(&search, &TextMatches::default(), fixture.dataset(), &|_: ProgressStep| Err(Cancelled)),
        Err(Cancelled)
    );
    let asked = AtomicUsize::new(0);
    let once = |_: ProgressStep| if asked.fetch_add(1, Ordering::Relaxed) > 0 { Err(Cancelled) } else { Ok(()) };
    assert_eq!(
        fixture.index.find(&search, &TextMatches::default(), fixture.dataset(), &once),
        Ok(Some([0, 1].map(SampleIndex::new).to_vec())),
        "one call is enough for so few rows"
    );
    let nothing = fixture.parse("judged:yes").unwrap();
    assert_eq!(
        fixture.index.find(&nothing, &TextMatches::default(), fixture.dataset(), &|_: ProgressStep| Err(Cancelled)),
        Ok(None),
        "nothing to search"
    );
    let wanted = OccurrenceQuery::Tile(TilePath::new("b.png"));
    assert_eq!(
        occurrences(fixture.dataset(), &fixture.index, &wanted, &|_: ProgressStep| Err(Cancelled)),
        Err(Cancelled)
    );
}

#[test]
fn occurrences_name_rows_and_roles() {
    let fixture = fixture();
    let find = |wanted| -> Vec<(usize, bool, Vec<usize>)> {
        let found = occurrences(fixture.dataset(), &fixture.index, &wanted, &NoProgress).unwrap();
        found
            .into_iter()
            .map(|Occurrence { sample, positive, negatives }| {
                (sample.index(), positive, negatives.into_iter().map(TileSlot::index).collect())
            })
            .collect()
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
    // Several tiles at once have the same rows.
    let tiles = [tile(1, 1001, 0), tile(1, 1001, 1), tile(2, 2002, 0), "b.png".into(), "nowhere.png".into()];
    let tiles = tiles.map(|tile| TilePath::new(&tile));
    let together = rows_of_tiles(fixture.dataset(), &fixture.index, &tiles, &NoProgress).unwrap();
    for tile in &tiles {
        let wanted = OccurrenceQuery::Tile(tile.clone());
        let alone = occurrences(fixture.dataset(), &fixture.index, &wanted, &NoProgress).unwrap();
        assert_eq!(together.get(tile).cloned().unwrap_or_default(), alone, "{}", tile.as_str());
    }
    assert_eq!(together.len(), 4);
}

#[test]
fn steps_through_an_ordered_list_in_order() {
    let mut fixture = fixture();
    let mut queue = fixture.queue("verdict:none -split:eval");
    queue.order = Some(Arc::new(Ranking::new(vec![SampleIndex::new(6), SampleIndex::new(4), SampleIndex::new(1)])));
    fixture.rebuild(&mut queue);
    assert_eq!(queue.listed, [6, 1, 0, 2, 3, 5, 7].map(SampleIndex::new));
    queue.cursor = SampleIndex::new(1);
    assert_eq!(
        (queue.step(1), queue.step(-1), queue.step(2)),
        (Some(SampleIndex::new(0)), Some(SampleIndex::new(6)), Some(SampleIndex::new(2)))
    );
    // A judged sample leaves the list; the next is the one that came after it.
    fixture.session.apply(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Accept)), now());
    assert_eq!(queue.next_unjudged(fixture.session.statuses()), Some(SampleIndex::new(0)));
    fixture.rebuild(&mut queue);
    assert_eq!(queue.listed, [6, 0, 2, 3, 5, 7].map(SampleIndex::new));
    assert_eq!(
        (queue.position(), queue.step(1), queue.step(-1)),
        (Err(1), Some(SampleIndex::new(0)), Some(SampleIndex::new(6)))
    );
    assert_eq!(queue.next_unjudged(fixture.session.statuses()), Some(SampleIndex::new(0)));
    queue.cursor = SampleIndex::new(7);
    assert_eq!(queue.next_unjudged(fixture.session.statuses()), Some(SampleIndex::new(6)), "around the end");
    assert_eq!(queue.next_where(|sample| fixture.signals[sample.index()] != 0), Some(SampleIndex::new(2)));
}

/// Six rows with fields that have no filter; the last lacks them.
fn fields_fixture() -> (tempfile::TempDir, Arc<Dataset>, SearchIndex) {
    let row = |query: &str| Row::new(query, &tile(1, 1, 0));
    let dir = tempfile::tempdir().unwrap();
    let long = "An article about the History of salt. ".repeat(8);
    Set::new()
        .row(
            "train",
            &row("a").field("source", json!("math")).field("difficulty", json!(1)).field("title", json!(long)),
        )
        .row("train", &row("b").field("source", json!("Mathematics")).field("difficulty", json!(2.5)))
        .row(
            "train",
            &row("c").field("source", json!("MATH")).field("difficulty", json!("3")).field("split", json!("dev")),
        )
        .row(
            "train",
            &row("d").field("labels", json!(["x", "two words"])).field("meta", json!({"from": {"url": "É/1"}})),
        )
        .line(
            "train",
            r#"{"query": "e", "chunk_path": "b.png", "source": "a..b", "title": "hist\u00f6ry of S\u0061lt"}"#,
        )
        .row("train", &row("f").field("source", json!(null)).field("labels", json!([])).field("title", json!("")))
        .write(dir.path());
    let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
    let index = SearchIndex::build(&dataset);
    (dir, dataset, index)
}

#[test]
fn finds_rows_by_any_of_their_fields() {
    let (_dir, dataset, index) = fields_fixture();
    let fields = index.fields(&dataset, &NoProgress).unwrap();
    let dataset_names = DatasetNames { fields: fields.into(), ..DatasetNames::default() };
    let check = |text: &str, expected: &[usize]| {
        for (text, negated) in [(text.to_owned(), false), (format!("-{text}"), true)] {
            let search = Search::parse(&text, &dataset_names).unwrap();
            let found = index.find(&search, &TextMatches::default(), &dataset, &NoProgress).unwrap().unwrap();
            let found: Vec<usize> = found.into_iter().map(SampleIndex::index).collect();
            let wanted: Vec<usize> = (0..6).filter(|row| expected.contains(row) != negated).collect();
            assert_eq!(found, wanted, "{text}");
        }
    };
    // A value that some row has exactly, else every value that contains the text.
    check("source:math", &[0, 2]);
    check("source:MATHE", &[1]);
    check("source:mat", &[0, 1, 2]);
    check("source:mathe,a", &[0, 1, 2, 4]);
    check("source:any", &[0, 1, 2, 4]);
    check("source:none", &[3, 5]);
    check("source:\"a..b\"", &[4]);
    check("difficulty:>1", &[1, 2]);
    check("difficulty:2.50", &[1]);
    check("difficulty:1..2.5", &[0, 1]);
    check("difficulty:=3", &[2]);
    check("labels:\"two words\"", &[3]);
    check("labels:=x", &[3]);
    check("labels:none", &[0, 1, 2, 4, 5]);
    // Long and nested values.
    check("title:\"history of salt\"", &[0]);
    check("title:salt", &[0, 4]);
    check("title:=salt", &[]);
    check("title:any", &[0, 4]);
    check("title:none", &[1, 2, 3, 5]);
    check("meta:é/1", &[3]);
    check("Meta:any", &[3]);
    check("query:e", &[4]);
    // A field whose name a filter has.
    check("field:split", &[2]);
    check("field:split=dev", &[2]);
    check("field:difficulty=<2", &[0]);
}

#[test]
fn finds_rows_by_a_field_with_many_numbers() {
    let dir = tempfile::tempdir().unwrap();
    let row = |at: u32| {
        let row = Row::new(&format!("query {at}"), &tile(1, at, 0));
        if at.is_multiple_of(7) { row } else { row.field("score", json!(f64::from(at) / 2.0)) }
    };
    (0..1500).fold(Set::new(), |set, at| set.row("train", &row(at))).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let index = SearchIndex::build(&dataset);
    let names = DatasetNames { fields: index.fields(&dataset, &NoProgress).unwrap().into(), ..DatasetNames::default() };
    let found = |text: &str| {
        let search = Search::parse(text, &names).unwrap();
        index.find(&search, &TextMatches::default(), &dataset, &NoProgress).unwrap().unwrap()
    };
    let rows = |text: &str| found(text).into_iter().map(SampleIndex::index).collect::<Vec<_>>();
    assert_eq!(rows("score:2.50"), [5]);
    assert_eq!(rows("score:=2.5"), [5]);
    assert_eq!(rows("score:2..<3"), [4, 5]);
    assert_eq!(rows("score:3.5"), Vec::<usize>::new(), "the row has no score");
    assert_eq!((rows("score:none").len(), rows("score:any").len()), (215, 1285));
}

#[test]
fn field_that_no_row_has_is_an_error_once_they_are_read() {
    let (_dir, dataset, index) = fields_fixture();
    let unread = DatasetNames::new(&dataset, &[]);
    let search = Search::parse("sauce:math", &unread).unwrap();
    assert!(search.needs_fields());
    let found = index.find(&search, &TextMatches::default(), &dataset, &NoProgress).unwrap();
    assert_eq!(found, Some(Vec::new()));
    let lacking = Search::parse("sauce:none", &unread).unwrap();
    let found = index.find(&lacking, &TextMatches::default(), &dataset, &NoProgress).unwrap();
    assert_eq!(found.map(|rows| rows.len()), Some(6), "no row has it");
    let read = DatasetNames { fields: index.fields(&dataset, &NoProgress).unwrap().into(), ..unread };
    let message = Search::parse("sauce:math", &read).unwrap_err().message;
    assert!(message.contains("Did you mean `source`?"), "{message}");
    let cancelled = SearchIndex::build(&dataset);
    assert!(cancelled.fields(&dataset, &|_: ProgressStep| Err(Cancelled)).is_err());
    assert!(cancelled.fields(&dataset, &NoProgress).is_ok());
}
