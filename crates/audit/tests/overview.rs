//! The overview and the facets of a small set: each number counted by hand, and each search lists
//! as many rows as its bar says.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;

use serde_json::json;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::facets::{self, FacetInputs};
use tilejury_audit::merge::{AnnotatorScope, judgements_of};
use tilejury_audit::overview::{Overview, OverviewInputs};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::queue::Queue;
use tilejury_audit::report::{self, ReportInputs};
use tilejury_audit::search::{DatasetNames, KnownFacts, Search, SearchIndex, TextMatches};
use tilejury_audit::suspicion::{Findings, Signal, SuspicionSettings, signals};
use tilejury_audit::{AuditSession, Event, JudgeAction, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, LineNumber, MissingShards, SampleIndex, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

struct Fixture {
    dataset: Arc<Dataset>,
    session: AuditSession,
    events: Vec<Event>,
    findings: Findings,
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
    Fixture { index: SearchIndex::build(&dataset), session, events, findings, dataset, _dir: dir }
}

impl Fixture {
    fn listed(&self, text: &str) -> Vec<SampleIndex> {
        let fields = self.index.fields(&self.dataset, &NoProgress).unwrap();
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.word()).collect();
        let dataset_names = DatasetNames { fields: fields.into(), ..DatasetNames::new(&self.dataset, &signals) };
        let filter = Search::parse(text, &dataset_names).unwrap();
        let matches = self.index.find(&filter, &TextMatches::default(), &self.dataset, &NoProgress).unwrap();
        let mut queue = Queue { filter, matches, ..Queue::default() };
        let facts = |sample| KnownFacts { sample, findings: Some(&self.findings), decisions: self.session.decisions() };
        queue.rebuild(&self.dataset, self.session.statuses(), |sample| self.session.judgement(sample), facts);
        queue.listed
    }

    fn overview(&self) -> Overview {
        let inputs = OverviewInputs {
            dataset: &self.dataset,
            judgements: self.session.judgements(),
            decisions: self.session.decisions(),
            events: &self.events,
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
    assert_eq!(bars(&overview.mining.positive_rank), ["none 1/4", "1 1/1", "6–10 0/1"]);
    assert_eq!(overview.mining.positive_score.iter().map(|bar| bar.rows).sum::<usize>(), 1);
    assert_eq!(overview.mining.margin.iter().map(|bar| bar.rows).sum::<usize>(), 1);
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
}

#[test]
fn searches_of_bars_list_the_rows_that_they_count() {
    let fixture = fixture();
    let overview = fixture.overview();
    let check = |what: &str, search: &str, rows: usize| {
        if !search.is_empty() {
            assert_eq!(fixture.listed(search).len(), rows, "{what}: {search}");
        }
    };
    let mining = &overview.mining;
    for bars in
        [&overview.negatives, &overview.reasons, &overview.suspicion, &mining.positive_rank, &mining.positive_score]
    {
        assert!(bars.iter().all(|bar| !bar.search.is_empty()));
        bars.iter().for_each(|bar| check(&bar.label, &bar.search, bar.rows));
    }
    overview.splits.iter().for_each(|split| check("split", &split.search, split.rows));
    overview.days.iter().for_each(|day| check("day", &day.search, day.accepted + day.rejected));
    overview.problems.iter().for_each(|problem| check(&problem.text, &problem.search, problem.rows));
    overview.hubs.iter().for_each(|hub| check("hub", &hub.search, hub.rows));
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
        "- 1 row has its positive among its negatives",
        "| Own positive | 1 | 0 | 0 |  |  |",
        "| train:3 | two | reject: Bad query | 1 |  |",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
}
