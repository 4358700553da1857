//! Audits that are divided by the word of a machine: the draw, its blindness, the figures.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::sync::Arc;

use crate::common::{negative, reopen};
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, Draw, MachineRule, MachineWord};
use tilejury_audit::external::{
    AnswersInTexts, ExternalScore, ExternalSignals, MachineReview, MachineVerdict, ModelReview,
};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::present_by_annotator;
use tilejury_audit::now;
use tilejury_data::{Dataset, SampleIndex};
use tilejury_stats::{Band, Level, bands_rate, count_interval};
use tilejury_testkit::Set;

/// Two hundred rows. The machine says “yes” of the first 30, “no” of the next 130, and leaves a
/// negative out in the last 40. A negative is relevant in the first 24 rows, and in every tenth.
fn reviewed() -> (tempfile::TempDir, Arc<Dataset>, ExternalSignals) {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(200, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    let mut reviews = Vec::new();
    for row in 0..200 {
        let key = dataset.entry(SampleIndex::new(row)).key;
        for at in 0..if row < 160 { 3 } else { 2 } {
            let is_yes = row < 30 && at == 1;
            reviews.push(MachineReview {
                sample: key,
                tile: negative(&dataset, row, at),
                verdict: if is_yes { MachineVerdict::Correct } else { MachineVerdict::CannotAnswer },
                answer: String::new(),
            });
        }
    }
    (dir, dataset, ExternalSignals::new(reviews, Vec::new(), AnswersInTexts::default()))
}

fn is_affected(row: usize) -> bool {
    row < 24 || row.is_multiple_of(10)
}

fn drawn(dataset: &Dataset, imports: &ExternalSignals, rows: u64) -> Draw {
    let plan = AuditPlan::new("machine", "7", rows);
    audits::draw_by_word(plan, dataset, &MachineRule::Reviews, imports, |_| true).unwrap()
}

/// Stores a draw and answers to its first rows; returns the audit.
fn judged(dataset: &Arc<Dataset>, draw: &Draw, rows: usize) -> Audit {
    let (mut sidecar, _) = reopen(dataset, "ada");
    let (events, records) = audits::begin(draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let line = |key| {
        let index = dataset.find(key).unwrap();
        let (split, number) = (&dataset.split_of(index).name, dataset.line_of(index));
        let tiles = match is_affected(index.index()) {
            true => format!(r#","tiles":{{"{}":"relevant"}}"#, negative(dataset, index.index(), 1)),
            false => String::new(),
        };
        format!(r#"{{"split":"{split}","line":{number},"audit":"machine","verdict":"accept"{tiles}}}"#)
    };
    let lines: Vec<String> = draw.rows.iter().take(rows).map(|key| line(*key)).collect();
    let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
    let known = audits::audits(&sidecar.all_events().unwrap());
    let import = read(dataset, lines.join("\n").as_bytes(), &defaults, present_by_annotator(&[]), &known).unwrap();
    sidecar.append(&import.events, &import.samples, None).unwrap();
    audits::audits(&sidecar.all_events().unwrap()).remove(0)
}

#[test]
fn rows_are_drawn_by_the_word_in_an_order_that_hides_it() {
    let (_dir, dataset, imports) = reviewed();
    let draw = drawn(&dataset, &imports, 100);
    let by = draw.plan.by_machine.clone().unwrap();
    assert_eq!((by.machine.as_str(), by.population), ("reviews", [30, 130, 40]));
    assert_eq!((by.words.len(), draw.rows.len(), draw.plan.rows), (100, 100, 100));
    for (letter, key) in by.words.chars().zip(&draw.rows) {
        let word = match dataset.find(*key).unwrap().index() {
            0..30 => 'y',
            30..160 => 'n',
            _ => '-',
        };
        assert_eq!(letter, word);
    }
    let times = |letter| by.words.matches(letter).count();
    assert!(times('y') >= 20 && times('n') > times('y') && times('-') >= 10, "{}", by.words);
    // Any part of the draw has each word in about its proportion: the turn of a row says nothing.
    for letter in ['y', 'n', '-'] {
        let early = by.words[..50].matches(letter).count();
        assert!(early.abs_diff(times(letter) - early) <= 1, "{letter} in {}", by.words);
    }
    // Each word's rows are the first of its rows.
    let more = drawn(&dataset, &imports, 150).rows;
    assert!(draw.rows.iter().all(|key| more.contains(key)));
}

#[test]
fn figures_are_those_of_each_word_and_of_all_by_their_sizes() {
    let (_dir, dataset, imports) = reviewed();
    let draw = drawn(&dataset, &imports, 100);
    let partly = AuditStatus::new(&judged(&dataset, &draw, 60), &dataset);
    assert_eq!((partly.judged, partly.rows.low, partly.running.high), (60, None, None));
    let words = partly.by_machine.as_ref().unwrap();
    assert_eq!((words.yes.low, words.yes.high, words.no.high), (None, None, None), "none of a word either");
    let text = partly.sentences(&draw.plan);
    assert!(text.iter().any(|text| text.contains("An interval is known once all 100 rows are judged: for rows by")));
    assert!(text.iter().any(|text| text.starts_with("Machine (reviews) says no of 130 rows: ")), "{text:?}");
    let other = tempfile::tempdir().unwrap();
    let root = Set::plain(200, 3).write(&other.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    let audit = judged(&dataset, &draw, 100);
    let status = AuditStatus::new(&audit, &dataset);
    let mut bands = [30, 130, 40].map(|population| Band { population, drawn: 0, hits: 0 });
    for (letter, key) in draw.plan.by_machine.as_ref().unwrap().words.chars().zip(&draw.rows) {
        let band = &mut bands["yn-".find(letter).unwrap()];
        band.drawn += 1;
        band.hits += u64::from(is_affected(dataset.find(*key).unwrap().index()));
    }
    let expected = bands_rate(&bands, Level::USUAL).unwrap();
    assert_eq!((status.rows.estimate, status.rows.method), (Some(expected.estimate), "bands"));
    assert_eq!((status.rows.low, status.rows.high), (Some(expected.interval.low), Some(expected.interval.high)));
    let by = status.by_machine.as_ref().unwrap();
    let precision = count_interval(30, bands[0].drawn, bands[0].hits, Level::USUAL).unwrap().share_of(30);
    assert_eq!((by.yes.hits, by.yes.low, by.yes.high), (bands[0].hits, Some(precision.low), Some(precision.high)));
    assert_eq!((by.no.n, by.no.population, by.nothing.population), (bands[1].drawn, 130, 40));
    // Each row has three negatives, at most one of them relevant, so each word's share is a third.
    let share = status.negatives.estimate.unwrap();
    assert!((share - expected.estimate / 3.0).abs() < 1e-12, "each word by its size, not the share in the draw");
    assert_eq!((status.negatives.low, status.negatives.method), (None, "bands"));
    let text = status.sentences(&audit.plan).join("\n");
    assert!(text.contains("Machine (reviews) says yes of 30 rows: "), "{text}");
}

#[test]
fn scores_give_a_word_from_a_score_on() {
    let (_dir, dataset, _) = reviewed();
    let score = |row: usize, at: usize, score: f32| ExternalScore {
        sample: dataset.entry(SampleIndex::new(row)).key,
        tile: negative(&dataset, row, at),
        source: "bge".into(),
        score,
    };
    let mut scores: Vec<ExternalScore> = (0..3).map(|at| score(0, at, if at == 2 { 0.7 } else { 0.1 })).collect();
    scores.extend((0..3).map(|at| score(1, at, 0.69)));
    scores.push(score(2, 0, 0.1));
    let imports = ExternalSignals::new(Vec::new(), scores, AnswersInTexts::default());
    let rule: MachineRule = "bge>=0.7".parse().unwrap();
    let word = |row| rule.word(&dataset, &imports, SampleIndex::new(row));
    assert_eq!([0, 1, 2, 3].map(word), [MachineWord::Yes, MachineWord::No, MachineWord::Nothing, MachineWord::Nothing]);
    let other: MachineRule = "other>=0.7".parse().unwrap();
    assert_eq!(other.word(&dataset, &imports, SampleIndex::new(0)), MachineWord::Nothing);
}

#[test]
fn grades_of_models_give_a_word() {
    use MachineWord::{No, Nothing, Yes};

    let (_dir, dataset, _) = reviewed();
    let review = |row: usize, at: usize, source: &str, grade: u8, verified: Option<bool>| ModelReview {
        sample: dataset.entry(SampleIndex::new(row)).key,
        tile: negative(&dataset, row, at),
        source: source.into(),
        grade,
        soft: None,
        evidence: String::new(),
        verified,
        second: None,
    };
    let mut reviews: Vec<ModelReview> =
        (0..3).map(|at| review(0, at, "a", if at == 1 { 2 } else { 0 }, Some(true))).collect();
    reviews.extend((0..3).map(|at| review(1, at, "a", if at == 1 { 2 } else { 0 }, None)));
    reviews.extend((0..3).map(|at| review(2, at, "a", 1, None)));
    reviews.extend([review(3, 0, "a", 3, Some(true)), review(3, 0, "b", 1, None), review(4, 0, "b", 3, None)]);
    let imports = ExternalSignals::new(Vec::new(), Vec::new(), AnswersInTexts::default()).with_model_reviews(reviews);
    let words = |rule: &str| {
        let rule: MachineRule = rule.parse().unwrap();
        [0, 1, 2, 3, 4, 5].map(|row| rule.word(&dataset, &imports, SampleIndex::new(row)))
    };
    assert_eq!(words("grade>=2"), [Yes, Yes, No, Nothing, Yes, Nothing], "models that differ say nothing");
    assert_eq!(words("grade>=2 verified"), [Yes, No, No, Nothing, Nothing, Nothing]);
    assert_eq!(words("grade>=2 model:a"), [Yes, Yes, No, Yes, Nothing, Nothing]);
    assert_eq!(words("grade>=3 verified model:a"), [No, No, No, Yes, Nothing, Nothing]);
    let plan = AuditPlan::new("machine", "7", 20);
    let rule: MachineRule = "grade>=2 model:a".parse().unwrap();
    let draw = audits::draw_by_word(plan, &dataset, &rule, &imports, |_| true).unwrap();
    let by = draw.plan.by_machine.unwrap();
    assert_eq!((by.machine.as_str(), by.population), ("grade>=2 model:a", [3, 1, 196]));
}
