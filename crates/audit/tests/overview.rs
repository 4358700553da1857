//! The overview and the facets of a small set: each number counted by hand, and each search lists
//! as many rows as its bar says.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tilejury_audit::assignments::AssignedRows;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::external::{ExternalSignals, ExternalStore, ImportKind, file_beside, import};
use tilejury_audit::facets::{self, FacetInputs};
use tilejury_audit::merge::{AnnotatorScope, JudgedRows, judgements_of};
use tilejury_audit::overview::{Bar, Overview, OverviewInputs};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::queue::Queue;
use tilejury_audit::report::{self, ReportInputs};
use tilejury_audit::search::{DatasetNames, KnownFacts, Search, SearchIndex, TextMatches, complete};
use tilejury_audit::suspicion::{Evidence, Finding, Findings, PositiveOwner, Signal, SuspicionSettings, signals};
use tilejury_audit::{AuditSession, Event, JudgeAction, Reason, Relevance, RowsAction, Timestamp, Verdict, now};
use tilejury_data::{Dataset, LineNumber, MissingShards, SampleIndex, TilePath, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

struct Fixture {
    dataset: Arc<Dataset>,
    session: AuditSession,
    events: Vec<Event>,
    findings: Findings,
    judged_rows: JudgedRows,
    assigned: AssignedRows,
    index: SearchIndex,
    _dir: tempfile::TempDir,
}

/// Six rows: 0 to 3 in `train`, of which 1 repeats 0 and 2 has its positive among its negatives; 4
/// and 5 in `eval`, of which 4 is also in `train`. 0 is accepted, 2 rejected with a false
/// negative at 1 and a true one at 2.
fn fixture() -> Fixture {
    let (a, b, c, d) = (tile(1, 1, 0), tile(2, 2, 0), tile(3, 3, 0), tile(4, 4, 0));
    let row = |query: &str, positive: &str, negatives: &[&str]| Row::new(query, positive).negatives(negatives);
    let dir = tempfile::tempdir().unwrap();
    let retrieved = json!([{"path": a, "score": 0.8}, {"path": b, "score": 0.6}]);
    Set::new()
        .row(
            "train",
            &row("one", &a, &[&b, &c])
                .field("subject", json!("math"))
                .field("id", json!("r1"))
                .field("positive_rank", json!(1))
                .field("positive_score", json!(0.8))
                .field("retrieve_top20", retrieved),
        )
        .row(
            "train",
            &row("One?", &a, &[&d])
                .field("subject", json!("law"))
                .field("positive_rank", json!(7))
                .field("id", json!("r2")),
        )
        .row(
            "train",
            &row("two", &b, &[&c, &d, &b])
                .field("id", json!("r3"))
                .field("subject", json!("math"))
                .field("positive_rank", json!(null)),
        )
        .row("train", &row("three", &d, &[]).field("subject", json!("law")).field("id", json!("r4")))
        .row("eval", &row("one", &a, &[&c, &d]))
        .row("eval", &row("four", &c, &[&a, &d]).field("subject", json!("> law")))
        .write(dir.path());
    let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
    let line = |number: u64| dataset.find_line("train", LineNumber::new(number)).unwrap();
    let (one, two) = (line(1), line(3));
    let mut session = AuditSession::new(dataset.clone(), "ann", &[]);
    let mut events = Vec::new();
    let mut judge = |action| events.extend(session.apply(action, now()).events);
    judge(JudgeAction::Verdict(one, Some(Verdict::Accept)));
    judge(JudgeAction::Relevance(two, TilePath::new(&c), Some(Relevance::Relevant)));
    judge(JudgeAction::Relevance(two, TilePath::new(&d), Some(Relevance::NotRelevant)));
    judge(JudgeAction::Verdict(two, Some(Verdict::Reject)));
    judge(JudgeAction::ToggleReason(two, Reason::BadQuery));
    session.set_missing_shards(&MissingShards::find(&dataset, &dataset.tiles));
    let findings = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    Fixture::new(dir, session, events, findings)
}

/// Rows with everything that a card can show: hubs, repeats, ranks and scores of their own and of
/// two imported sources, verdicts of two annotators, of two days and in bulk, reasons, a
/// propagated and an unsure mark, copies, and from no negatives to many.
fn set_of_everything() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let hub = tile(9, 9, 0);
    let mut set = Set::new();
    let mut scores = String::new();
    for at in 0..40_u32 {
        let positive = tile(1, at, 0);
        let own: Vec<String> = (0..at % 15).map(|chunk| tile(2, at, chunk)).collect();
        let mut negatives: Vec<&str> = own.iter().map(String::as_str).collect();
        if at % 4 == 1 {
            negatives.push(&hub);
        }
        let query = format!("query {}", at / 2 * 2);
        let positive_of_row = if at % 8 == 1 { tile(1, at - 1, 0) } else { positive };
        let mut row = Row::new(&query, &positive_of_row).negatives(&negatives);
        if at % 3 > 0 {
            row = row.field("positive_rank", json!(at)).field("positive_score", json!(0.4 + f64::from(at) / 97.0));
        }
        if let (2, Some(first)) = (at % 3, own.first()) {
            row = row.field("retrieve_top20", json!([{"path": first, "score": 0.3 + f64::from(at) / 80.0}]));
        }
        set = set.row(["train", "eval", "my set"][at as usize % 3], &row);
        for (source, of) in [("bge", 2_u32), ("my model, v=2", 5)] {
            let tiles = std::iter::once(positive_of_row.as_str()).chain(negatives.iter().copied());
            for (position, path) in tiles.enumerate().filter(|_| at % of == 0) {
                let score = f64::from((at * 7 + position as u32 * 13) % 23) / 10.0 - 0.5;
                scores += &format!("{}\n", json!({"query": query, "path": path, "score": score, "source": source}));
            }
        }
    }
    let dataset = Arc::new(Dataset::open(&set.write(dir.path())).unwrap());
    let (file, from) = (file_beside(&dir.path().join("tilejury.sqlite")), dir.path().join("scores.jsonl"));
    std::fs::write(&from, scores).unwrap();
    import(&dataset, ImportKind::Scores, &from, &file, false).unwrap();
    let store = ExternalStore::open_for_reading(&file).unwrap().unwrap();
    let external = ExternalSignals::read(&store, &dataset, &NoProgress).unwrap().unwrap();
    let found = signals(&dataset, &SuspicionSettings::default(), Some(&external), &NoProgress).unwrap();
    let copy = |row: usize, slot: usize, evidence: Evidence| Finding {
        sample: SampleIndex::new(row),
        tile: Some(TileSlot::new(slot)),
        signal: Signal::SameBytes,
        strength: 1.0,
        evidence,
    };
    let row = SampleIndex::new(5);
    let found = found.with([
        copy(5, 1, Evidence::SameBytes(PositiveOwner::Own)),
        copy(7, 2, Evidence::SameBytes(PositiveOwner::Other { row, nearness: 0.9 })),
    ]);
    let mut events = Vec::new();
    let days = ["2026-02-01T10:00:00Z", "2026-02-06T10:00:00Z"].map(|at| at.parse::<Timestamp>().unwrap());
    for (name, rows, at) in [("ann", 0..30, days[0]), ("ben b", 20..36, days[1])] {
        let mut session = AuditSession::new(dataset.clone(), name, &[]);
        let mut judge = |action| events.extend(session.apply(action, at).events);
        for number in rows {
            let sample = SampleIndex::new(number);
            let row = dataset.sample(sample).unwrap();
            let verdict = [Verdict::Accept, Verdict::Reject, Verdict::Unsure][number % 3];
            judge(JudgeAction::Verdict(sample, Some(verdict)));
            if let Some(last) = row.negatives.last().filter(|_| number % 4 == 1) {
                judge(JudgeAction::Relevance(sample, last.path.clone(), Some(Relevance::Relevant)));
            }
            if number % 5 == 1 {
                judge(JudgeAction::Relevance(sample, row.positive.path.clone(), Some(Relevance::NotRelevant)));
            }
            if number % 7 == 1 {
                judge(JudgeAction::ToggleReason(sample, Reason::BadQuery));
            }
        }
        judge(JudgeAction::Verdict(SampleIndex::new(21), None));
        let many = vec![SampleIndex::new(37), SampleIndex::new(38)];
        judge(JudgeAction::Rows(many, RowsAction::Verdict(Some(Verdict::Reject))));
    }
    let own: Vec<Event> = events.iter().filter(|event| &*event.annotator == "ann").cloned().collect();
    let mut session = AuditSession::new(dataset, "ann", &own);
    session.set_missing_shards(&MissingShards::find(&session.dataset, &session.dataset.tiles));
    Fixture::new(dir, session, events, found)
}

impl Fixture {
    fn new(dir: tempfile::TempDir, session: AuditSession, events: Vec<Event>, findings: Findings) -> Self {
        let dataset = session.dataset.clone();
        let mut judged_rows = JudgedRows::default();
        judged_rows.add(&dataset, &events);
        Self {
            index: SearchIndex::build(&dataset),
            session,
            events,
            findings,
            judged_rows,
            assigned: AssignedRows::default(),
            dataset,
            _dir: dir,
        }
    }

    fn listed(&self, text: &str) -> Vec<SampleIndex> {
        let fields = self.index.fields(&self.dataset, &NoProgress).unwrap();
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.word()).collect();
        let dataset_names = DatasetNames {
            fields: fields.into(),
            retrievers: Some(self.findings.row_values().retrievers().map(str::to_owned).collect()),
            annotators: self.judged_rows.annotators().map(str::to_owned).collect(),
            ..DatasetNames::new(&self.dataset, &signals)
        };
        let filter = Search::parse(text, &dataset_names).unwrap();
        let matches = self.index.find(&filter, &TextMatches::default(), &self.dataset, &NoProgress).unwrap();
        let mut queue = Queue { filter, matches, ..Queue::default() };
        let facts = |sample| KnownFacts {
            sample,
            findings: Some(&self.findings),
            decisions: self.session.decisions(),
            judged_rows: &self.judged_rows,
            assigned: &self.assigned,
            team: None,
        };
        queue.rebuild(&self.dataset, self.session.statuses(), |sample| self.session.judgement(sample), facts);
        queue.listed
    }

    fn overview(&self) -> Overview {
        let inputs = OverviewInputs {
            dataset: &self.dataset,
            judgements: self.session.judgements(),
            decisions: self.session.decisions(),
            events: &self.events,
            answers: &[],
            findings: Some(&self.findings),
            missing: &MissingShards::find(&self.dataset, &self.dataset.tiles),
            since: None,
        };
        Overview::count(&inputs, &NoProgress).unwrap()
    }
}

#[test]
fn overview_counts_progress_and_histograms() {
    let overview = fixture().overview();
    assert_eq!((overview.rows, overview.judged), (6, 2));
    let split = overview.splits.iter().find(|split| split.name == "train").unwrap();
    assert_eq!((split.rows, split.accepted, split.rejected, split.unsure), (4, 1, 1, 0));
    let bars = |bars: &[tilejury_audit::overview::Bar]| {
        bars.iter().map(|bar| format!("{} {}/{}", bar.label, bar.judged, bar.rows)).collect::<Vec<_>>()
    };
    assert_eq!(bars(&overview.negatives), ["0 0/1", "1 0/1", "2 1/3", "3 1/1"]);
    assert_eq!(bars(&overview.mining.positive_rank), ["1 1/1", "6–10 0/1", "none 1/4"]);
    let rows = |bars: &[Bar]| bars.iter().filter(|bar| !bar.is_none()).map(|bar| bar.rows).sum::<usize>();
    assert_eq!((rows(&overview.mining.positive_score), rows(&overview.mining.margin)), (1, 1));
    assert!(overview.mining.margin[0].label.starts_with("0.75"), "{:?}", overview.mining.margin[0]);
    assert_eq!(bars(&overview.reasons), ["Bad query 1/1"]);
    let positions: Vec<_> = overview.positions.iter().map(|at| (at.position, at.judged, at.false_negatives)).collect();
    assert_eq!(positions, [(1, 1, 1), (2, 1, 0)]);
    let [day] = overview.days.as_slice() else { panic!("{:?}", overview.days) };
    assert_eq!((day.accepted, day.rejected), (1, 1));
    assert_eq!((overview.annotators[0].name.as_str(), overview.annotators[0].judged), ("ann", 2));
    let own = overview.signals.iter().find(|signal| signal.signal == "own-positive").unwrap();
    assert_eq!((own.raised, own.judged, own.precision), (1, 0, None));
    assert!(overview.says_something());
}

#[test]
fn overview_names_the_worst_problems_first() {
    let overview = fixture().overview();
    let words: Vec<&str> = overview.problems.iter().map(|problem| problem.text.as_str()).collect();
    assert!(words[0].ends_with("shards are missing, with 4 tiles of 6 rows"), "{words:?}");
    for expected in [
        "1 row has no negatives",
        "1 row has its positive among its negatives",
        "3 rows are also in another split",
        "1 row repeats the query and positive of another row",
    ] {
        assert!(words.contains(&expected), "{expected}: {words:?}");
    }
    assert!(overview.problems.is_sorted_by_key(|problem| !problem.certain), "{words:?}");
    let judged = |search: &str| overview.problems.iter().find(|problem| problem.search == search).unwrap().rows_judged;
    assert_eq!(["signal:own-positive", "neg:0", "shard:missing"].map(judged), [Some(1), Some(0), None]);
}

/// Checks every object of the overview's JSON that has a search: it lists as many rows as are
/// counted. Returns the names of the lists that they are in.
fn check_searches(fixture: &Fixture, value: &Value, list: &str, found: &mut BTreeMap<String, usize>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| check_searches(fixture, item, list, found)),
        Value::Object(object) => {
            let number = |name: &str| object.get(name).and_then(Value::as_u64);
            if let Some(search) = object.get("search").and_then(Value::as_str) {
                let verdicts = || Some(number("accepted")? + number("rejected")?);
                let rows = match list {
                    "days" => verdicts(),
                    "positions" => number("false_negatives"),
                    "annotators" => number("judged"),
                    _ => number("rows"),
                };
                assert!(!search.is_empty(), "{list}: {value}");
                assert_eq!(Some(fixture.listed(search).len() as u64), rows, "{list}: {value}");
                if let Some(judged) = number("rows_judged") {
                    let search = format!("{search} judged:yes");
                    assert_eq!(fixture.listed(&search).len() as u64, judged, "{list}: {value}");
                }
                *found.entry(list.to_owned()).or_default() += usize::from(rows > Some(0));
            }
            object.iter().for_each(|(name, value)| check_searches(fixture, value, name, found));
        }
        _ => {}
    }
}

#[test]
fn every_bar_lists_the_rows_that_it_counts() {
    for (fixture, all) in [(fixture(), false), (set_of_everything(), true)] {
        let overview = fixture.overview();
        let mut found = BTreeMap::new();
        check_searches(&fixture, &serde_json::to_value(&overview).unwrap(), "", &mut found);
        let lists = [
            "annotators",
            "copies",
            "days",
            "hubs",
            "margin",
            "negatives",
            "positions",
            "positive_rank",
            "positive_score",
            "problems",
            "reasons",
            "signals",
            "splits",
            "suspicion",
        ];
        let filled: Vec<&str> = found.iter().filter(|(_, bars)| **bars > 0).map(|(list, _)| list.as_str()).collect();
        assert!(!all || filled == lists, "{filled:?}");
        let rows = |bars: &[Bar]| bars.iter().map(|bar| bar.rows).sum::<usize>();
        let mut histograms = vec![&overview.suspicion, &overview.negatives];
        for mining in std::iter::once(&overview.mining).chain(overview.imported.iter().map(|source| &source.bars)) {
            histograms.extend([&mining.positive_rank, &mining.positive_score, &mining.margin]);
        }
        for bars in histograms.into_iter().filter(|bars| !bars.is_empty()) {
            assert_eq!(rows(bars), overview.rows, "each row is in one bar: {bars:?}");
        }
    }
}

#[test]
fn imported_scores_have_histograms_of_their_own() {
    let overview = set_of_everything().overview();
    let sources: Vec<&str> = overview.imported.iter().map(|source| source.source.as_str()).collect();
    assert_eq!(sources, ["bge", "my model, v=2"]);
    let scored = |source: usize| overview.imported[source].bars.positive_score.iter().filter(|bar| !bar.is_none());
    assert_eq!(scored(0).map(|bar| bar.rows).sum::<usize>(), 25);
    assert_eq!(scored(1).map(|bar| bar.rows).sum::<usize>(), 10);
    let first = overview.imported[0].bars.positive_rank.first().unwrap();
    assert_eq!((first.label.as_str(), first.search.as_str()), ("1", "positive-rank:bge=1"));
}

#[test]
fn overview_of_all_annotators_counts_merged_judgements() {
    let fixture = fixture();
    let everybody = AnnotatorScope::Everybody;
    let judgements = judgements_of(&fixture.dataset, &fixture.events, &everybody);
    let decisions = Decisions::read(&fixture.dataset, &fixture.events, &everybody);
    let inputs = OverviewInputs {
        dataset: &fixture.dataset,
        judgements: &judgements,
        decisions: &decisions,
        events: &fixture.events,
        answers: &[],
        findings: Some(&fixture.findings),
        missing: &MissingShards::find(&fixture.dataset, &fixture.dataset.tiles),
        since: None,
    };
    assert_eq!(Overview::count(&inputs, &NoProgress).unwrap(), fixture.overview());
    assert!(Overview::count(&inputs, &|_: ProgressStep| Err(Cancelled)).is_err());
}

#[test]
fn facets_count_the_listed_rows_by_value() {
    let fixture = fixture();
    let fields = fixture.index.fields(&fixture.dataset, &NoProgress).unwrap();
    let count = |search: &str| {
        let listed = fixture.listed(search);
        facets::count(&FacetInputs {
            dataset: &fixture.dataset,
            listed: &listed,
            session: &fixture.session,
            findings: Some(&fixture.findings),
            index: &fixture.index,
            fields: Some(fields),
        })
    };
    let all = count("");
    for facet in &all {
        for value in &facet.values {
            let search = value.term.search();
            let listed = fixture.listed(&search);
            assert_eq!(listed.len(), value.rows, "{search}");
            let judged = listed.iter().filter(|at| fixture.session.statuses()[at.index()].verdict.is_some());
            assert_eq!(judged.count(), value.judged, "{search}");
        }
    }
    let names: Vec<&str> = all.iter().map(|facet| facet.name.as_str()).collect();
    // Not the ids, which hardly repeat.
    assert_eq!(names, ["split", "verdict", "reason", "signal", "neg", "subject"]);
    let subject = |facets: &[facets::Facet]| {
        let facet = facets.iter().find(|facet| facet.name == "subject").unwrap();
        facet.values.iter().map(|value| format!("{} {}/{}", value.label, value.judged, value.rows)).collect::<Vec<_>>()
    };
    assert_eq!(subject(&all), ["math 2/2", "law 0/2", "> law 0/1"]);
    assert_eq!(subject(&count("verdict:none subject:law")), ["law 0/2"]);
}

#[test]
fn every_facet_value_lists_the_rows_that_it_counts() {
    let fixture = set_of_everything();
    let listed: Vec<SampleIndex> = fixture.dataset.indices().collect();
    let facets = facets::count(&FacetInputs {
        dataset: &fixture.dataset,
        listed: &listed,
        session: &fixture.session,
        findings: Some(&fixture.findings),
        index: &fixture.index,
        fields: Some(fixture.index.fields(&fixture.dataset, &NoProgress).unwrap()),
    });
    let values: Vec<_> = facets.iter().flat_map(|facet| &facet.values).collect();
    assert!(values.iter().any(|value| value.term.search() == "reason:wrong_positive"));
    for value in values {
        assert_eq!(fixture.listed(&value.term.search()).len(), value.rows, "{}", value.term.search());
    }
}

#[test]
fn facet_of_many_values_lists_the_most_frequent() {
    let dir = tempfile::tempdir().unwrap();
    let mut set = Set::new();
    for at in 0..200_u32 {
        let city = if at < 80 { "Rome".to_owned() } else { format!("city {}", at % 40) };
        set = set.row("train", &Row::new(&format!("q{at}"), &tile(1, at, 0)).field("city", json!(city)));
    }
    let dataset = Arc::new(Dataset::open(&set.write(dir.path())).unwrap());
    let session = AuditSession::new(dataset.clone(), "ann", &[]);
    let index = SearchIndex::build(&dataset);
    let listed: Vec<SampleIndex> = dataset.indices().collect();
    let fields = index.fields(&dataset, &NoProgress).unwrap();
    let inputs = FacetInputs {
        dataset: &dataset,
        listed: &listed,
        session: &session,
        findings: None,
        index: &index,
        fields: Some(fields),
    };
    let facets = facets::count(&inputs);
    let city = facets.iter().find(|facet| facet.name == "city").unwrap();
    assert_eq!((city.values[0].label.as_str(), city.values[0].rows), ("Rome", 80));
    assert_eq!((city.values.len(), city.others), (30, 11));
    // The others are found by typing.
    let names = DatasetNames { fields: fields.into(), ..DatasetNames::default() };
    assert_eq!(complete("city:r", 6, &names, &[])[0].insert, "Rome");
    let offered = complete("city:\"city 3", 12, &names, &[]);
    assert!(offered.iter().any(|offer| offer.insert == "\"city 39\""), "{offered:?}");
}

#[test]
fn report_lists_counts_problems_and_rows_to_change() {
    let fixture = fixture();
    let overview = fixture.overview();
    let inputs = ReportInputs {
        dataset: &fixture.dataset,
        name: "my_set",
        annotator: "ann",
        judgements: fixture.session.judgements(),
        overview: &overview,
        at: now(),
    };
    let text = report::markdown(&inputs);
    for line in [
        "# Review of my\\_set",
        "- Rows: 6, of which 2 are judged (33.3 %)",
        "- Rows to change: 1",
        "| train | 4 | 1 | 1 | 0 | 2 |",
        "- 1 row has its positive among its negatives: an export removes such negatives",
        "| Positive in negatives | 1 | 0 | 0 |  |  |",
        "| train:3 | two | reject: Bad query | 1 |  |",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}

#[test]
fn own_positive_among_the_negatives_is_no_false_negative() {
    let mut fixture = fixture();
    let row = fixture.dataset.find_line("train", LineNumber::new(3)).unwrap();
    assert_eq!(fixture.listed("fn:1"), [row]);
    let action = JudgeAction::Relevance(row, TilePath::new(&tile(2, 2, 0)), Some(Relevance::Relevant));
    fixture.events.extend(fixture.session.apply(action, now()).events);
    assert_eq!(fixture.listed("fn:1"), [row]);
    let tally = &fixture.session.tally;
    assert_eq!((tally.false_negatives, tally.rows_with_false_negatives), (1, 1));
    let positions = fixture.overview().positions;
    assert_eq!(positions.iter().map(|at| at.false_negatives).collect::<Vec<_>>(), [1, 0]);
}
