//! The scoreboard: which findings count as judged and as confirmed, whose decisions count, and the
//! weights that follow.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::{accept, act, all_tiles, negative, positive, reopen};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::suspicion::{
    Evidence, Finding, Findings, RankingWeights, Scoreboard, Signal, SignalScore, SignalWeights, SuspicionSettings,
    signals,
};
use tilejury_audit::{AuditSession, CarriedMark, JudgeAction, Relevance, Selection, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};

/// Ten clean rows with findings that are made up: sample, tile, signal.
fn raised(dataset: &Dataset, made_up: &[(usize, Option<usize>, Signal)]) -> Findings {
    let none = signals(dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    assert!(none.all().is_empty());
    none.with(made_up.iter().map(|(sample, tile, signal)| Finding {
        sample: SampleIndex::new(*sample),
        tile: tile.map(TileSlot::new),
        signal: *signal,
        strength: 1.0,
        evidence: Evidence::OwnPositive,
    }))
}

fn score(findings: &Findings, session: &AuditSession, signal: Signal) -> SignalScore {
    let board = Scoreboard::count(findings, session.decisions(), None);
    board.scores.into_iter().find(|score| score.signal == signal).unwrap()
}

/// (raised, judged, confirmed) of a signal.
fn counts(findings: &Findings, session: &AuditSession, signal: Signal) -> (usize, usize, usize) {
    let score = score(findings, session, signal);
    (score.raised, score.judged, score.confirmed)
}

/// A sidecar and a session on ten rows; `folder` keeps them.
fn begin(folder: &tempfile::TempDir) -> (Arc<Dataset>, Sidecar, AuditSession) {
    let rows = (0..10).map(|n| {
        let [positive, one, other] = [n, 100 + n, 200 + n].map(|page| tile(0, page, 0));
        Row::new(&format!("question {n}"), &positive).negatives(&[&one, &other])
    });
    rows.fold(Set::new(), |set, row| set.row("train", &row)).write(folder.path());
    let dataset = Arc::new(Dataset::open(folder.path()).unwrap());
    let (sidecar, session) = reopen(&dataset, "ann");
    (dataset, sidecar, session)
}

#[test]
fn marks_of_a_tile_judge_findings_on_it() {
    use Relevance::{Broken, NotRelevant, Relevant, Unsure};
    // (signal, relevance of the tile) → (judged, confirmed), for negatives and for positives.
    let check = |signal: Signal, position: usize, relevance: Relevance, expected: (usize, usize)| {
        let dir = tempfile::tempdir().unwrap();
        let (dataset, mut sidecar, mut session) = begin(&dir);
        let findings = raised(&dataset, &[(0, Some(position), signal), (1, Some(position), signal)]);
        assert_eq!(counts(&findings, &session, signal), (2, 0, 0));
        let path = all_tiles(&dataset, 0)[position].clone();
        act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(0), path, Some(relevance)));
        let (raised, judged, confirmed) = counts(&findings, &session, signal);
        assert_eq!((raised, (judged, confirmed)), (2, expected), "{signal:?} at {position}: {relevance:?}");
    };
    for signal in [Signal::SamePage, Signal::OwnPositive, Signal::NearPicture, Signal::Review, Signal::Hub] {
        check(signal, 2, Relevant, (1, 1));
        check(signal, 2, NotRelevant, (1, 0));
        check(signal, 2, Broken, (1, 0));
        check(signal, 2, Unsure, (0, 0));
        check(signal, 0, NotRelevant, (1, 1));
        check(signal, 0, Relevant, (1, 0));
        check(signal, 0, Unsure, (0, 0));
    }
    for signal in [Signal::Blank, Signal::Unreadable] {
        for place in [0, 1] {
            check(signal, place, Broken, (1, 1));
            check(signal, place, Relevant, (1, 0));
            check(signal, place, NotRelevant, (1, 0));
            check(signal, place, Unsure, (0, 0));
        }
    }
}

#[test]
fn verdicts_judge_findings_on_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut sidecar, mut session) = begin(&dir);
    let rows: Vec<_> = (0..4)
        .flat_map(|row| {
            [(Some(2), Signal::Repeated), (None, Signal::SplitLeak), (None, Signal::MiningHole)]
                .map(|(tile, signal)| (row, tile, signal))
        })
        .collect();
    let findings = raised(&dataset, &rows);
    // A mark of the tile does not decide whether it is repeated.
    let mark = JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 1), Some(Relevance::NotRelevant));
    act(&mut sidecar, &mut session, mark);
    for signal in [Signal::Repeated, Signal::SplitLeak, Signal::MiningHole] {
        assert_eq!(counts(&findings, &session, signal), (4, 0, 0), "{signal:?}");
    }
    for (row, verdict) in [Verdict::Accept, Verdict::Reject, Verdict::Unsure].into_iter().enumerate() {
        act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(row), Some(verdict)));
    }
    assert_eq!(counts(&findings, &session, Signal::Repeated), (4, 2, 1));
    assert_eq!(counts(&findings, &session, Signal::SplitLeak), (4, 2, 1));
    assert_eq!(counts(&findings, &session, Signal::MiningHole), (4, 2, 0));
    // An unfiltered row leads to false negatives, with or without a verdict.
    for row in [1, 3] {
        let mark = JudgeAction::Relevance(SampleIndex::new(row), negative(&dataset, row, 0), Some(Relevance::Relevant));
        act(&mut sidecar, &mut session, mark);
    }
    assert_eq!(counts(&findings, &session, Signal::MiningHole), (4, 3, 2));
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    assert_eq!(counts(&findings, &session, Signal::MiningHole), (4, 2, 1));
}

#[test]
fn an_own_positive_confirms_itself_but_no_mining_hole() {
    let dir = tempfile::tempdir().unwrap();
    let row = Row::new("q", &tile(0, 1, 0)).negatives(&[&tile(0, 2, 0), &tile(0, 1, 0), &tile(0, 1, 0)]);
    Set::new().row("train", &row.field("positive_rank", serde_json::json!(0))).write(dir.path());
    let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
    let findings = signals(&dataset, &SuspicionSettings::default(), None, &NoProgress).unwrap();
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, inspected(&dataset, 0, &[]));
    assert_eq!(counts(&findings, &session, Signal::OwnPositive), (2, 2, 2));
    assert_eq!(counts(&findings, &session, Signal::Repeated), (1, 1, 0));
    assert_eq!(counts(&findings, &session, Signal::MiningHole), (1, 1, 0));
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), positive(&dataset, 0), Some(Relevance::NotRelevant)),
    );
    assert_eq!(counts(&findings, &session, Signal::OwnPositive), (2, 2, 0));
}

/// Accepts a sample whose tiles were all inspected.
fn inspected(dataset: &Dataset, sample: usize, copies: &[TilePath]) -> JudgeAction {
    let tiles = all_tiles(dataset, sample);
    JudgeAction::Accept {
        sample: SampleIndex::new(sample),
        seen: tiles.clone(),
        inspected: tiles,
        copies: copies.to_vec(),
    }
}

#[test]
fn counts_visible_tiles_confirmed_by_accept_separately() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut sidecar, mut session) = begin(&dir);
    let rows = [0, 1, 2, 3].map(|row| (row, Some(1), Signal::SamePage));
    let hole = [(0, None, Signal::MiningHole)];
    let findings = raised(&dataset, &[rows.as_slice(), hole.as_slice()].concat());
    let check = |session: &AuditSession, judged: usize, confirmed: usize, by_accept: usize| {
        let score = score(&findings, session, Signal::SamePage);
        assert_eq!((score.judged, score.confirmed, score.confirmed_by_accept), (judged, confirmed, by_accept));
        let board = Scoreboard::count(&findings, session.decisions(), None);
        assert_eq!(board.weights.signals, SignalWeights::measured(&board.weighing));
    };
    act(&mut sidecar, &mut session, accept(0, all_tiles(&dataset, 0)));
    check(&session, 0, 0, 1);
    assert_eq!(
        Scoreboard::count(&findings, session.decisions(), None).weights.signals.weight(Signal::SamePage),
        0.15,
        "it weighs nothing"
    );
    act(&mut sidecar, &mut session, inspected(&dataset, 1, &[]));
    check(&session, 1, 0, 1);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(2), negative(&dataset, 2, 0), Some(Relevance::Relevant)),
    );
    check(&session, 2, 1, 1);
    // The program marked the copy as relevant, regardless of the focus.
    act(&mut sidecar, &mut session, inspected(&dataset, 3, &[negative(&dataset, 3, 0)]));
    assert_eq!(
        session.judgement(SampleIndex::new(3)).unwrap().relevance(&negative(&dataset, 3, 0)),
        Some(Relevance::Relevant)
    );
    check(&session, 2, 1, 2);
    // A mark of a tile that accepting confirmed counts as an inspection.
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 0), Some(Relevance::NotRelevant)),
    );
    check(&session, 3, 1, 1);
    let (_, session) = reopen(&dataset, "ann");
    check(&session, 3, 1, 1);
}

#[test]
fn counts_several_findings_of_a_signal_on_one_tile_once() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut sidecar, mut session) = begin(&dir);
    let twice = [(0, Some(1), Signal::Review), (0, Some(1), Signal::Review), (0, Some(2), Signal::Review)];
    let findings = raised(&dataset, &twice);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 0), Some(Relevance::Relevant)),
    );
    assert_eq!(counts(&findings, &session, Signal::Review), (2, 1, 1));
    let score = score(&findings, &session, Signal::Review);
    assert_eq!((score.precision(), score.interval().unwrap().1), (Some(1.0), 1.0));
}

/// Three rows that share a negative.
fn shared(dir: &tempfile::TempDir) -> (Arc<Dataset>, TilePath, Findings) {
    let mut set = Set::new();
    for at in 0..3 {
        let row = Row::new(&format!("question {at}"), &tile(0, at, 0)).negatives(&[&tile(0, 9, 0)]);
        set = set.row("train", &row);
    }
    set.write(dir.path());
    let dataset = Arc::new(Dataset::open(dir.path()).unwrap());
    let findings = raised(&dataset, &[0, 1, 2].map(|row| (row, Some(1), Signal::SamePage)));
    let tile = negative(&dataset, 0, 0);
    (dataset, tile, findings)
}

#[test]
fn propagated_marks_do_not_count_and_chosen_ones_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tile, findings) = shared(&dir);
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    session.chosen_by = Some(Selection::SuspiciousFirst);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(0), tile.clone(), Some(Relevance::Relevant)),
    );
    let from = crate::common::last_step(&session, 0, &tile);
    let carried =
        |sample| CarriedMark { sample, tile: tile.clone(), relevance: Relevance::Relevant, from: from.clone() };
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Propagate(vec![carried(SampleIndex::new(1)), carried(SampleIndex::new(2))]),
    );
    let check = |session: &AuditSession, judged: usize, chosen: usize| {
        let score = score(&findings, session, Signal::SamePage);
        assert_eq!((score.raised, score.judged, score.confirmed, score.chosen), (3, judged, judged, chosen));
    };
    check(&session, 1, 1);
    session.chosen_by = None;
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), tile.clone(), None));
    act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), tile, Some(Relevance::Relevant)));
    check(&session, 2, 1);
    let (_, session) = reopen(&dataset, "ann");
    check(&session, 2, 1);
    let events = sidecar.events().unwrap();
    let decisions = Decisions::read(&dataset, &events, &AnnotatorScope::Everybody);
    assert_eq!(Scoreboard::count(&findings, &decisions, None), Scoreboard::count(&findings, session.decisions(), None));
}

#[test]
fn the_majority_decides_if_someone_inspected_the_tile() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tile, findings) = shared(&dir);
    let judged = |scope: &AnnotatorScope| {
        let events = reopen(&dataset, "ann").0.events().unwrap();
        let board = Scoreboard::count(&findings, &Decisions::read(&dataset, &events, scope), None);
        let score = board.scores[Signal::SamePage.bit() as usize];
        (score.judged, score.confirmed)
    };
    let say = |annotator: &str, relevance: Relevance, carried: bool| {
        let (mut sidecar, mut session) = reopen(&dataset, annotator);
        act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(1), tile.clone(), Some(relevance)));
        if carried {
            let from = crate::common::last_step(&session, 1, &tile);
            let carried = CarriedMark { sample: SampleIndex::new(0), tile: tile.clone(), relevance, from };
            act(&mut sidecar, &mut session, JudgeAction::Propagate(vec![carried]));
        } else {
            act(&mut sidecar, &mut session, JudgeAction::Relevance(SampleIndex::new(0), tile.clone(), Some(relevance)));
        }
    };
    say("ann", Relevance::Relevant, true);
    assert_eq!(judged(&AnnotatorScope::Everybody), (1, 1));
    say("bob", Relevance::NotRelevant, false);
    assert_eq!(judged(&AnnotatorScope::Everybody), (0, 0), "a tie is unsure");
    say("cy", Relevance::Relevant, true);
    assert_eq!(
        judged(&AnnotatorScope::Everybody),
        (1, 1),
        "on row 1 nobody with the mark “relevant” inspected the tile"
    );
    say("di", Relevance::Relevant, false);
    assert_eq!(judged(&AnnotatorScope::Everybody), (2, 2));
    assert_eq!(judged(&AnnotatorScope::Annotator("ann".into())), (1, 1));
    assert_eq!(judged(&AnnotatorScope::Annotator("bob".into())), (2, 0));
}

#[test]
fn only_judgements_after_a_reset_change_weights() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut sidecar, mut session) = begin(&dir);
    let findings = raised(&dataset, &[0, 1, 2].map(|row| (row, Some(1), Signal::SamePage)));
    let mark =
        |row: usize, relevance| JudgeAction::Relevance(SampleIndex::new(row), negative(&dataset, row, 0), relevance);
    let pause = || std::thread::sleep(std::time::Duration::from_millis(3));
    act(&mut sidecar, &mut session, mark(0, Some(Relevance::Relevant)));
    act(&mut sidecar, &mut session, mark(1, Some(Relevance::Relevant)));
    pause();
    let reset = now();
    pause();
    let check = |session: &AuditSession, all: usize, since: usize| {
        let board = Scoreboard::count(&findings, session.decisions(), Some(reset));
        let at = Signal::SamePage.bit() as usize;
        assert_eq!((board.scores[at].judged, board.weighing[at].judged), (all, since));
        assert_eq!(board.weights.signals, SignalWeights::measured(&board.weighing));
    };
    check(&session, 2, 0);
    // Another change of the same row keeps the times of earlier decisions.
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    check(&session, 2, 0);
    act(&mut sidecar, &mut session, mark(2, Some(Relevance::NotRelevant)));
    act(&mut sidecar, &mut session, mark(1, Some(Relevance::NotRelevant)));
    check(&session, 3, 2);
    let (_, session) = reopen(&dataset, "ann");
    check(&session, 3, 2);
}

#[test]
fn weights_change_the_ranking_and_default_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, ..) = begin(&dir);
    let findings = raised(
        &dataset,
        &[(3, Some(1), Signal::TextOverlap), (4, Some(1), Signal::Hub), (4, None, Signal::MiningHole)],
    );
    let same = findings.weighed(&RankingWeights::default());
    assert_eq!(same.ranking(), findings.ranking());
    assert_eq!(
        (0..10).map(|row| same.score(SampleIndex::new(row))).collect::<Vec<_>>(),
        (0..10).map(|row| findings.score(SampleIndex::new(row))).collect::<Vec<_>>()
    );
    assert_eq!(findings.ranking(), [4, 3].map(SampleIndex::new));
    // Nine of ten hubs were not confirmed.
    let hub =
        SignalScore { signal: Signal::Hub, raised: 20, judged: 10, confirmed: 0, chosen: 0, confirmed_by_accept: 0 };
    let weights = RankingWeights { signals: SignalWeights::measured(&[hub]), ..RankingWeights::default() };
    let other = findings.weighed(&weights);
    assert_eq!(other.ranking(), [3, 4].map(SampleIndex::new));
    // The prior of 10 % has log-odds of -ln 9; each finding raises them to those of its weight.
    let log_odds = |probability: f32| (probability / (1.0 - probability)).ln();
    let both = |a: f32, b: f32| 1.0 / (1.0 + (-log_odds(a) - log_odds(b) + log_odds(0.1)).exp());
    assert!((other.tile_score(SampleIndex::new(4), TileSlot::new(1)) - both(0.15, 0.3)).abs() < 1e-6);
    assert_eq!(other.all(), findings.all());
    let more = other.with([Finding {
        sample: SampleIndex::new(3),
        tile: Some(TileSlot::new(1)),
        signal: Signal::Hub,
        strength: 1.0,
        evidence: Evidence::OwnPositive,
    }]);
    assert_eq!(more.weights(), &weights);
    assert!((more.score(SampleIndex::new(3)) - both(0.5, 0.15)).abs() < 1e-6);
}
