//! Audits that use suspicion: bands, the most suspicious rows in full, and what they count.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::common::audits::{accepted, found, judge, only, status};
use crate::common::reopen;
use proptest::prelude::*;
use tilejury_audit::audits::{
    self, Audit, AuditPlan, AuditStatus, Below, Draw, PlanError, RowAnswer, Say, Suspicion, SuspicionOrder,
};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::suspicion::{Evidence, FeatureTable, Finding, Findings, Signal};
use tilejury_audit::{JudgeAction, Relevance, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath, TileSlot};
use tilejury_stats::{Band, CountInterval, Level, bands_rate, count_interval, place, running_interval};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, properties};

/// Rows with two negatives each, without their tiles.
fn rows(number: u32) -> (tempfile::TempDir, Dataset) {
    let dir = tempfile::tempdir().unwrap();
    let row = |at: u32| {
        Row::new(&format!("What is on page {at}?"), &tile(0, at, 0)).negatives(&[&tile(0, at, 1), &tile(0, at, 2)])
    };
    let set = (0..number).fold(Set::new(), |set, at| set.row("train", &row(at)));
    let dataset = Dataset::open(&set.write(&dir.path().join("set"))).unwrap();
    (dir, dataset)
}

/// An order in which the rows have falling scores, as they come in the file, but only the first
/// `ranked` have any.
fn order(dataset: &Dataset, ranked: usize) -> SuspicionOrder {
    SuspicionOrder::new(dataset, &findings(dataset, ranked), &Decisions::default())
}

fn findings(dataset: &Dataset, ranked: usize) -> Findings {
    let finding = |at: usize| Finding {
        sample: SampleIndex::new(at),
        tile: Some(TileSlot::new(1)),
        signal: Signal::SameBytes,
        strength: 1.0 - 0.9 * at as f32 / dataset.samples.len() as f32,
        evidence: Evidence::OwnPositive,
    };
    Findings::new(dataset.samples.len(), (0..ranked).map(finding).collect(), FeatureTable::default())
}

fn draw(dataset: &Dataset, plan: AuditPlan, suspicion: Suspicion, ranked: usize) -> Result<Draw, PlanError> {
    audits::draw_by_suspicion(plan, suspicion, &order(dataset, ranked), dataset, |_| true)
}

fn key(dataset: &Dataset, at: usize) -> SampleKey {
    dataset.entry(SampleIndex::new(at)).key
}

/// The numbers of rows in the file, by key.
fn numbers(dataset: &Dataset) -> HashMap<SampleKey, usize> {
    (0..dataset.samples.len()).map(|at| (key(dataset, at), at)).collect()
}

fn by_place(seed: &str, keys: impl Iterator<Item = SampleKey>) -> Vec<SampleKey> {
    let mut keys: Vec<SampleKey> = keys.collect();
    keys.sort_by_key(|key| place(seed, &key.to_string()));
    keys
}

fn answer(affected: bool) -> RowAnswer {
    let say = |yes| if yes { Say::Yes } else { Say::No };
    let negatives = BTreeMap::from([(TilePath::new("a"), say(affected)), (TilePath::new("b"), Say::No)]);
    RowAnswer { positive: Say::No, negatives, confirmed: 0, is_unsure: false }
}

/// The state of a draw if the rows with these numbers are affected and all others are not.
fn judged(draw: &Draw, numbers: &HashMap<SampleKey, usize>, is_affected: impl Fn(usize) -> bool) -> AuditStatus {
    let answers: Vec<_> = draw.rows.iter().map(|key| Some(answer(is_affected(numbers[key])))).collect();
    AuditStatus::from_answers(&draw.plan, &answers)
}

#[test]
fn bands_are_drawn_by_size_place_and_turn() {
    let (_dir, dataset) = rows(400);
    let found = draw(&dataset, AuditPlan::new("spring", "7", 80), Suspicion::Bands, 400).unwrap();
    let bands = found.plan.bands.clone().unwrap();
    assert_eq!(bands.sizes, [4, 16, 60, 320]);
    assert_eq!((bands.drawn.iter().sum::<u64>(), bands.drawn[0]), (80, 4), "a small band is taken whole");
    assert!(bands.drawn[1..].iter().all(|drawn| *drawn >= 10), "{bands:?}");
    let numbers = numbers(&dataset);
    let band_of = |key: &SampleKey| [4, 20, 80, 400].iter().position(|end| numbers[key] < *end).unwrap();
    for (at, key) in found.rows.iter().enumerate() {
        assert_eq!(bands.of_row(at), Some(band_of(key)));
    }
    for (band, (start, end)) in [(0, 4), (4, 20), (20, 80), (80, 400)].into_iter().enumerate() {
        let drawn: Vec<SampleKey> = found.rows.iter().filter(|key| band_of(key) == band).copied().collect();
        let all = by_place("7", (start..end).map(|at| key(&dataset, at)));
        assert_eq!(drawn, all[..drawn.len()], "the first ones by place, in that order");
        // At every moment each band has its part of the rows so far.
        for so_far in 1..=80 {
            let part = found.rows[..so_far].iter().filter(|key| band_of(key) == band).count() as f64;
            let expected = so_far as f64 * drawn.len() as f64 / 80.0;
            assert!((part - expected).abs() <= 4.0, "{part} of band {band} among {so_far}, not {expected}");
        }
    }
}

#[test]
fn another_order_of_the_file_draws_the_same_bands() {
    let (dir, dataset) = rows(200);
    let plan = || AuditPlan::new("spring", "7", 60);
    let found = draw(&dataset, plan(), Suspicion::Bands, 20).unwrap();
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let file = dir.path().join("set").join(name);
        let mut lines: Vec<String> = std::fs::read_to_string(&file).unwrap().lines().map(str::to_owned).collect();
        lines[20..].reverse();
        std::fs::write(&file, lines.join("\n")).unwrap();
    }
    let shuffled = Dataset::open(&dir.path().join("set")).unwrap();
    let again = draw(&shuffled, plan(), Suspicion::Bands, 20).unwrap();
    assert_eq!((&again.rows, &again.plan.bands), (&found.rows, &found.plan.bands));
    let other = draw(&dataset, plan(), Suspicion::Bands, 21).unwrap();
    assert_ne!(other.plan.bands.unwrap().order_hash, found.plan.bands.unwrap().order_hash);
}

#[test]
fn earlier_judgements_change_how_many_rows_a_band_gets() {
    let (_dir, dataset) = rows(400);
    let (mut sidecar, mut session) = reopen(&std::sync::Arc::new(dataset), "ada");
    let dataset = session.dataset.clone();
    for at in 80..180 {
        let sample = SampleIndex::new(at);
        crate::common::act(&mut sidecar, &mut session, JudgeAction::Verdict(sample, Some(Verdict::Accept)));
        if at < 90 {
            let negative = crate::common::negative(&dataset, at, 0);
            let mark = JudgeAction::Relevance(sample, negative, Some(Relevance::Relevant));
            crate::common::act(&mut sidecar, &mut session, mark);
        }
    }
    let decisions = Decisions::read(&dataset, &sidecar.events().unwrap(), &AnnotatorScope::Everybody);
    // The rows of the last band have no score.
    let judged = SuspicionOrder::new(&dataset, &findings(&dataset, 80), &decisions);
    let draw = |order: &SuspicionOrder| {
        let plan = AuditPlan::new("spring", "7", 80);
        audits::draw_by_suspicion(plan, Suspicion::Bands, order, &dataset, |_| true).unwrap().plan.bands.unwrap()
    };
    let (before, after) = (draw(&order(&dataset, 80)), draw(&judged));
    assert_eq!((before.judged, after.judged[3], after.judged[0]), (vec![0; 4], 100, 0));
    assert!((after.guesses[3] - 10.1 / 110.0).abs() < 1e-9, "{after:?}");
    assert_eq!(before.guesses[3], 0.01);
    assert!(after.drawn[3] > before.drawn[3], "more where more were found: {after:?}");
}

#[test]
fn plans_that_cannot_use_suspicion_are_refused() {
    let (_dir, dataset) = rows(400);
    let refused = |plan: AuditPlan, suspicion, ranked| draw(&dataset, plan, suspicion, ranked).map(drop).unwrap_err();
    let plan = |rows| AuditPlan::new("spring", "7", rows);
    let nothing = refused(plan(80), Suspicion::Bands, 0);
    assert_eq!(nothing, PlanError::NothingRanked);
    assert!(nothing.to_string().contains("nothing ranks these rows yet"), "{nothing}");
    assert_eq!(refused(plan(80), Suspicion::First(10), 0), PlanError::NothingRanked);
    assert_eq!(refused(plan(33), Suspicion::Bands, 400), PlanError::FewForBands { wanted: 33, least: 34 });
    for first in [0, 80, 81] {
        assert_eq!(refused(plan(80), Suspicion::First(first), 400), PlanError::First { first, rows: 80 });
    }
    let mut limited = plan(80);
    limited.below = Some(Below { limit: 0.1, allowed: 0 });
    assert_eq!(refused(limited, Suspicion::Bands, 400), PlanError::LimitBySuspicion);
}

#[test]
fn bands_have_an_interval_at_the_end_only() {
    let (_dir, dataset) = rows(400);
    let found = draw(&dataset, AuditPlan::new("spring", "7", 80), Suspicion::Bands, 400).unwrap();
    let numbers = numbers(&dataset);
    let is_affected = |at: usize| at < 15 || at.is_multiple_of(40);
    let mut answers: Vec<Option<RowAnswer>> =
        found.rows.iter().map(|key| Some(answer(is_affected(numbers[key])))).collect();
    let last = answers[79].take();
    let partly = AuditStatus::from_answers(&found.plan, &answers);
    assert_eq!((partly.judged, partly.finished, partly.rows.method), (79, false, "bands"));
    assert_eq!(
        (partly.rows.low, partly.running.low, partly.running.high, partly.unsure.high),
        (None, None, None, None)
    );
    assert!(partly.half_width_at_end.unwrap() > 0.01 && partly.rows.estimate.is_some());
    let text = partly.sentences(&found.plan).join("\n");
    assert!(text.contains("there is none that holds whenever you stop") && !text.contains("saved"), "{text}");
    answers[79] = last;
    let done = AuditStatus::from_answers(&found.plan, &answers);
    let counts: Vec<Band> = done
        .bands
        .as_ref()
        .unwrap()
        .bands
        .iter()
        .map(|band| Band { population: band.population, drawn: band.n, hits: band.hits })
        .collect();
    assert_eq!(counts.iter().map(|band| band.drawn).collect::<Vec<_>>(), found.plan.bands.as_ref().unwrap().drawn);
    let expected = bands_rate(&counts, Level::USUAL).unwrap();
    assert_eq!((done.rows.low, done.rows.high), (Some(expected.interval.low), Some(expected.interval.high)));
    assert_eq!((done.rows.estimate, done.rows.level), (Some(expected.estimate), 0.95));
    let hits = found.rows.iter().filter(|key| is_affected(numbers[key])).count() as u64;
    assert_eq!((done.rows.hits, done.rows.n, done.rows.population), (hits, 80, 400));
    assert!(done.rows.estimate.unwrap() < hits as f64 / 80.0, "suspicious rows do not count more than others");
    let (low, high) = (done.rows.low_count.unwrap() as f64 / 400.0, done.rows.high_count.unwrap() as f64 / 400.0);
    assert!(low <= expected.interval.low && high >= expected.interval.high && high - low < 1.0, "{done:?}");
    // Each row has two negatives, one of them relevant if it is affected.
    assert!((done.negatives.estimate.unwrap() - expected.estimate / 2.0).abs() < 1e-12, "{:?}", done.negatives);
    assert_eq!((done.negatives.low, done.negatives.method), (None, "bands"));
    let text = done.sentences(&found.plan).join("\n");
    assert!(text.contains("each band counts by its size.") && text.contains("(for 320)"), "{text}");
}

#[test]
fn bands_say_that_they_saved_only_if_they_did() {
    let (_dir, dataset) = rows(2000);
    let found = draw(&dataset, AuditPlan::new("spring", "7", 200), Suspicion::Bands, 2000).unwrap();
    let numbers = numbers(&dataset);
    let saved = |is_affected: &dyn Fn(usize) -> bool| {
        let done = judged(&found, &numbers, is_affected);
        let plain = done.bands.as_ref().unwrap().plain_rows.unwrap();
        (plain, done.sentences(&found.plan).join("\n"))
    };
    let (plain, text) = saved(&|at| at < 110);
    assert!(plain > 250, "{plain}");
    assert!(text.contains(&format!("Bands saved about {} of {plain} judgements.", plain - 200)), "{text}");
    // Suspicion says nothing of where the errors are.
    let (plain, text) = saved(&|at| at.is_multiple_of(2));
    assert!(plain <= 200, "{plain}");
    assert!(text.contains("Bands saved no judgement") && !text.contains("saved about"), "{text}");
    // The others are no plain draw, so no rate follows from leaving an open row out.
    let mut answers: Vec<_> = found.rows.iter().map(|_| Some(answer(false))).collect();
    answers[0].as_mut().unwrap().is_unsure = true;
    let open = AuditStatus::from_answers(&found.plan, &answers);
    assert_eq!((open.finished, open.unsure.rows, open.unsure.left_out), (true, 1, None));
}

#[test]
fn the_most_suspicious_rows_are_certain() {
    let (_dir, dataset) = rows(400);
    let found = draw(&dataset, AuditPlan::new("spring", "7", 60), Suspicion::First(20), 400).unwrap();
    assert_eq!(found.rows[..20], (0..20).map(|at| key(&dataset, at)).collect::<Vec<_>>());
    assert_eq!(found.rows[20..], by_place("7", (20..400).map(|at| key(&dataset, at)))[..40]);
    let numbers = numbers(&dataset);
    let done = judged(&found, &numbers, |at| at < 12 || at.is_multiple_of(20));
    let drawn_hits = found.rows[20..].iter().filter(|key| numbers[key].is_multiple_of(20)).count() as u64;
    let first = done.first.unwrap();
    assert_eq!((first.planned, first.judged, first.hits, first.rest), (20, 20, 12, 380));
    assert_eq!((first.drawn, first.drawn_hits), (40, drawn_hits));
    let rest = count_interval(380, 40, drawn_hits, Level::USUAL).unwrap();
    assert_eq!((done.rows.low_count, done.rows.high_count), (Some(12 + rest.low), Some(12 + rest.high)));
    assert_eq!((done.finished, done.rows.method, done.rows.n), (true, "hypergeometric", 60));
    let estimate = (12.0 + 380.0 * drawn_hits as f64 / 40.0) / 400.0;
    assert!((done.rows.estimate.unwrap() - estimate).abs() < 1e-12);
    assert!((done.negatives.estimate.unwrap() - estimate / 2.0).abs() < 1e-12, "each row has two negatives");
    assert_eq!(done.negatives.low, None);
    let text = done.sentences(&found.plan).join("\n");
    assert!(
        text.contains("Of the 20 most suspicious rows, all judged, 12 have a false negative; of the other 380, "),
        "{text}"
    );
}

#[test]
fn a_suspicious_row_without_an_answer_ends_what_is_certain() {
    let (_dir, dataset) = rows(400);
    // So many rows that some suspicious ones come among the drawn ones.
    let found = draw(&dataset, AuditPlan::new("spring", "7", 240), Suspicion::First(40), 400).unwrap();
    let numbers = numbers(&dataset);
    let state = |is_answered: &dyn Fn(usize) -> bool| {
        let answers: Vec<_> = found
            .rows
            .iter()
            .map(|key| is_answered(numbers[key]).then(|| answer(numbers[key].is_multiple_of(7))))
            .collect();
        AuditStatus::from_answers(&found.plan, &answers)
    };
    // Row 5 has no answer: rows 0 to 4 are certain, and the others belong to the rest.
    let gap = state(&|at| at != 5);
    let first = gap.first.unwrap();
    assert_eq!((first.judged, first.rest, gap.finished), (5, 395, false));
    let in_order = by_place("7", (5..400).map(|at| key(&dataset, at)));
    let known: HashSet<SampleKey> = found.rows.iter().copied().collect();
    let counting = |key: &&SampleKey| known.contains(*key) && numbers[*key] != 5;
    let prefix: Vec<&SampleKey> = in_order.iter().take_while(counting).collect();
    let hits = prefix.iter().filter(|key| numbers[**key].is_multiple_of(7)).count() as u64;
    assert!(prefix.iter().any(|key| numbers[*key] < 40), "a suspicious row is among those that were drawn");
    assert_eq!((first.drawn, first.drawn_hits), (prefix.len() as u64, hits));
    let CountInterval { low, high } = running_interval(395, first.drawn, hits, Level::CAUTIOUS).unwrap();
    let certain = first.hits;
    assert_eq!((gap.rows.low_count, gap.rows.high_count), (Some(certain + low), Some(certain + high)));
    assert_eq!(gap.running.high, gap.rows.high);
    let none = state(&|at| at > 5 && at < 40);
    assert_eq!(none.first.unwrap().judged, 0);
    assert!(state(&|_| true).finished);
}

/// Over many seeds, the intervals hold the truth about as often as they say: 400 runs of 95 % give
/// 380, with a standard deviation of 4.4.
#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let (_dir, dataset) = rows(1000);
    let numbers = numbers(&dataset);
    let order = order(&dataset, 1000);
    let is_affected = |at: usize| at < 25 || at.is_multiple_of(50);
    let truth = (0..1000).filter(|at| is_affected(*at)).count() as f64 / 1000.0;
    for (suspicion, ends_early) in
        [(Suspicion::Bands, false), (Suspicion::First(30), false), (Suspicion::First(30), true)]
    {
        let held = (0..400).filter(|seed: &u32| {
            let plan = AuditPlan::new("spring", &seed.to_string(), 100);
            let found = audits::draw_by_suspicion(plan, suspicion, &order, &dataset, |_| true).unwrap();
            let known = |at: usize| !ends_early || at != 12;
            let answers: Vec<_> = found
                .rows
                .iter()
                .map(|key| {
                    let at = numbers[key];
                    known(at).then(|| answer(is_affected(at)))
                })
                .collect();
            let status = AuditStatus::from_answers(&found.plan, &answers);
            (status.rows.low.unwrap()..=status.rows.high.unwrap()).contains(&truth)
        });
        let held = held.count();
        assert!(held >= 368, "{suspicion:?}: {held} of 400");
    }
}

fn begin_by_suspicion(dataset: &Dataset, sidecar: &mut Sidecar, suspicion: Suspicion) -> Audit {
    let draw = draw(dataset, AuditPlan::new("spring", "7", 36), suspicion, 40).unwrap();
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    only(sidecar)
}

proptest! {
    #![proptest_config(properties::cases(16))]

    /// Answers come in any order, in one file or in many, and events of the sidecar in any order.
    #[test]
    fn no_order_changes_what_bands_count(
        places in Just((0..36_usize).collect::<Vec<_>>()).prop_shuffle(),
        hits in prop::collection::vec(any::<bool>(), 36),
        at_once in 1..9_usize,
        bands in any::<bool>(),
    ) {
        let (_dir, dataset) = crate::common::audits::forty();
        let suspicion = if bands { Suspicion::Bands } else { Suspicion::First(6) };
        let line = |audit: &Audit, place: usize| match hits[place] {
            true => found(&dataset, audit, place),
            false => accepted(&dataset, audit, place..place + 1).remove(0),
        };
        let (mut sidecar, _) = reopen(&dataset, "ada");
        let audit = begin_by_suspicion(&dataset, &mut sidecar, suspicion);
        for part in places.chunks(at_once) {
            let lines: Vec<String> = part.iter().map(|place| line(&audit, *place)).collect();
            judge(&dataset, &mut sidecar, &lines).unwrap();
        }
        let shuffled = status(&dataset, &mut sidecar);
        prop_assert!(shuffled.finished);
        let mut events = sidecar.all_events().unwrap();
        events.reverse();
        prop_assert_eq!(&AuditStatus::new(&audits::audits(&events)[0], &dataset), &shuffled);
        let (_other, again) = crate::common::audits::forty();
        let (mut sidecar, _) = reopen(&again, "ada");
        let audit = begin_by_suspicion(&again, &mut sidecar, suspicion);
        let lines: Vec<String> = (0..36).map(|place| line(&audit, place)).collect();
        judge(&again, &mut sidecar, &lines).unwrap();
        prop_assert_eq!(status(&again, &mut sidecar), shuffled);
    }
}
