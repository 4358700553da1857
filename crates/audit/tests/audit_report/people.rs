//! The people who judged, in the report: agreement, pace, drift, second answers and gold rows,
//! against counts of the answers that the tests gave.

use std::sync::Arc;

use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, ShownKind};
use tilejury_audit::export::{ExportOptions, JudgementSource, Unjudged, export};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{Event, Sidecar, now};
use tilejury_data::Dataset;
use tilejury_stats::{Level, wilson};
use tilejury_testkit::Set;

use super::{inputs, marked, part, report, row, share};
use crate::common::audits::{judge, only};
use crate::common::reopen;

/// The three marks of an annotator of [`people`] at a place of the draw: whether each negative is
/// relevant.
fn marks_of(name: &str, place: usize) -> [bool; 3] {
    match name {
        "zoe" => [place.is_multiple_of(5), place.is_multiple_of(7), false],
        _ => [place.is_multiple_of(10), false, place.is_multiple_of(11)],
    }
}

const ROWS: usize = 60;
/// The rows that are adjudicated, of those on which the annotators differ.
const ADJUDICATED: usize = 4;

/// An audit of sixty rows that two annotators judged, with second answers of one of them to rows
/// that came back, answers of the other to gold rows, and adjudications. The standing judgement of
/// every row, an adjudicator's, is that its first negative is relevant.
fn people(dataset: &Arc<Dataset>, sidecar: &mut Sidecar) -> Audit {
    let standing: Vec<String> = dataset
        .samples
        .iter()
        .map(|sample| marked(dataset, sample.key, [true, false, false], r#","role":"adjudicator""#))
        .collect();
    judge(dataset, sidecar, &standing).unwrap();
    let mut plan = AuditPlan::new("spring", "7", ROWS as u64);
    (plan.repeats, plan.annotators, plan.overlap) = (0.9, vec!["zoe".into(), "ada".into()], 1.0);
    let mut draw = audits::draw(plan, dataset, |_| true).unwrap();
    let known = adjudicated_rows(&[], &sidecar.events().unwrap(), dataset);
    audits::mix_gold(&mut draw, 5, &known).unwrap();
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let audit = audits::audits(&sidecar.all_events().unwrap()).remove(0);

    let at = |second: usize| {
        format!(r#","at":"2024-05-01T{:02}:{:02}:{:02}Z""#, 10 + second / 3600, second / 60 % 60, second % 60)
    };
    let by = |name: &str, second: usize| format!(r#","audit":"spring","annotator":"{name}"{}"#, at(second));
    let mut lines = Vec::new();
    let (mut of_zoe, mut of_ada) = (0, 0);
    for (place, key) in audit.rows.iter().enumerate() {
        // Ten seconds a row, with a break; and 20 or 30 seconds, with a longer one.
        of_zoe += if place == 30 { 400 } else { 10 };
        of_ada += if place == 1 { 301 } else { 20 + place % 2 * 10 };
        lines.push(marked(dataset, *key, marks_of("zoe", place), &by("zoe", of_zoe)));
        lines.push(marked(dataset, *key, marks_of("ada", place), &by("ada", of_ada)));
    }
    // A verdict that is given again is no further row: 5 s after another one.
    let place = ROWS - 1;
    for second in [of_ada + 5, of_ada + 10] {
        for verdict in ["unsure", "accept"] {
            let line = marked(
                dataset,
                audit.rows[place],
                marks_of("ada", place),
                &by("ada", second + usize::from(verdict == "accept")),
            );
            lines.push(line.replacen("accept", verdict, 1));
        }
    }
    for (place, key) in audit.rows.iter().enumerate().filter(|(_, key)| audit.comes_back(**key)) {
        let [first, _, third] = marks_of("zoe", place);
        lines.push(marked(dataset, *key, [first, false, third], &format!(r#"{},"again":true"#, by("zoe", 7000))));
    }
    let gold = audit.order().into_iter().filter(|row| row.kind == ShownKind::Gold);
    for (at, row) in gold.enumerate() {
        let marks = if at < 3 { [true, false, false] } else { [false, true, false] };
        lines.push(marked(dataset, row.key, marks, &by("ada", of_ada)));
    }
    let differ = (0..ROWS).filter(|place| marks_of("zoe", *place) != marks_of("ada", *place));
    for place in differ.take(ADJUDICATED) {
        let rest = format!(r#"{},"role":"adjudicator""#, by("eve", 8000));
        lines.push(marked(dataset, audit.rows[place], marks_of("zoe", place), &rest));
    }
    judge(dataset, sidecar, &lines).unwrap();
    audits::audits(&sidecar.all_events().unwrap()).remove(0)
}

/// The cells of a row on agreement: the count, the shares of agreement on yes and on no, and α, κ
/// and AC1, all from the two answers to each question.
fn agreement(pairs: &[(bool, bool)]) -> (String, [f64; 2], [f64; 3]) {
    let count = |of: &dyn Fn((bool, bool)) -> bool| pairs.iter().filter(|pair| of(**pair)).count() as f64;
    let n = pairs.len() as f64;
    let (both, neither) = (count(&|(a, b)| a && b), count(&|(a, b)| !a && !b));
    let (yes_a, yes_b) = (count(&|(a, _)| a), count(&|(_, b)| b));
    let observed = (both + neither) / n;
    let (a, b, mean) = (yes_a / n, yes_b / n, (yes_a + yes_b) / (2.0 * n));
    let beyond = |chance: f64| (observed - chance) / (1.0 - chance);
    let kappa = beyond(a * b + (1.0 - a) * (1.0 - b));
    let ac1 = beyond(2.0 * mean * (1.0 - mean));
    let (yes, no) = (yes_a + yes_b, 2.0 * n - yes_a - yes_b);
    let alpha = 1.0 - (1.0 - observed) / (2.0 * yes * no / (2.0 * n * (2.0 * n - 1.0)));
    let shares = [2.0 * both / (yes_a + yes_b), 2.0 * neither / (2.0 * n - yes_a - yes_b)];
    (pairs.len().to_string(), shares, [alpha, kappa, ac1])
}

/// Checks the cells of a row on agreement, and that each share is in its interval.
#[track_caller]
fn assert_agreement(cells: &[&str], pairs: &[(bool, bool)]) {
    let (n, shares, coefficients) = agreement(pairs);
    assert_eq!((cells.len(), cells[0]), (6, n.as_str()));
    for (cell, expected) in cells[3..].iter().zip(coefficients) {
        assert!((cell.parse::<f64>().unwrap() - expected).abs() < 0.0051, "{cells:?}: {expected}");
    }
    for (cell, expected) in cells[1..3].iter().zip(shares) {
        assert!((share(cell) - expected).abs() < 0.0005, "{cell}: {expected}");
        let (_, interval) = cell.split_once('(').unwrap();
        let (low, high) = interval.split_once(" to ").unwrap();
        assert!(share(low) <= share(cell) && share(cell) <= share(high) && share(low) < share(high), "{cell}");
    }
}

#[test]
fn agreement_pace_and_known_answers_are_those_given() {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(100, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let audit = people(&dataset, &mut sidecar);
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &[]));

    let annotators = "Annotators of “spring”";
    assert_eq!(row(&text, annotators, "ada"), ["60", "25 s"], "a break of more than five minutes is no row");
    assert_eq!(row(&text, annotators, "zoe"), ["60", "10 s"]);
    let adjudicated = format!("Each row is for two annotators. Adjudicated: {ADJUDICATED} rows.");
    assert!(part(&text, annotators).iter().any(|line| line.contains(&adjudicated)), "{text}");

    // The pair is in the order of names: ada is the first.
    let answers = |place: usize| (marks_of("ada", place), marks_of("zoe", place));
    let rows: Vec<(bool, bool)> =
        (0..ROWS).map(|place| (answers(place).0.contains(&true), answers(place).1.contains(&true))).collect();
    let negatives: Vec<(bool, bool)> =
        (0..ROWS).flat_map(|place| (0..3).map(move |at| (answers(place).0[at], answers(place).1[at]))).collect();
    let pair = "Agreement of ada and zoe";
    assert_agreement(&row(&text, pair, "row has a false negative"), &rows);
    assert_agreement(&row(&text, pair, "negative is relevant"), &negatives);
    // Nobody found a wrong positive.
    let positives = row(&text, pair, "positive is wrong");
    assert_eq!((positives[0], positives[1], share(positives[2])), ("60", "none", 1.0), "{positives:?}");
    let count = |of: (bool, bool)| negatives.iter().filter(|pair| **pair == of).count();
    let counts = format!(
        "Of negatives: {} called relevant by both, {} only by ada, {} only by zoe, {} by neither.",
        count((true, true)),
        count((true, false)),
        count((false, true)),
        count((false, false))
    );
    assert!(text.contains(&counts), "{counts}: {text}");
    assert_ne!(count((true, false)), count((false, true)));

    // The first and the second answers of zoe; the second ones have no relevant second negative.
    let back: Vec<usize> = (0..ROWS).filter(|place| audit.comes_back(audit.rows[*place])).collect();
    let again = |place: usize| {
        let [first, _, third] = marks_of("zoe", place);
        [first, false, third]
    };
    let rows: Vec<(bool, bool)> =
        back.iter().map(|place| (marks_of("zoe", *place).contains(&true), again(*place).contains(&true))).collect();
    let negatives: Vec<(bool, bool)> =
        back.iter().flat_map(|place| (0..3).map(|at| (marks_of("zoe", *place)[at], again(*place)[at]))).collect();
    let repeats = "First and second answers to rows that came back";
    assert_agreement(&row(&text, repeats, "zoe: row has a false negative"), &rows);
    assert_agreement(&row(&text, repeats, "zoe: negative is relevant"), &negatives);
    assert!(!part(&text, repeats).iter().any(|line| line.contains("ada")), "ada gave no second answer");

    // Against the adjudicated rows, where zoe was always right; and against the gold rows.
    let known = "Each annotator against known answers";
    let cells = |name: &str, against: &str| -> Vec<String> {
        let line = part(&text, known).into_iter().find(|line| line.contains(&format!("{name} | {against}")));
        line.unwrap_or_else(|| panic!("{name} {against}: {text}"))
            .trim_matches('|')
            .split(" | ")
            .skip(2)
            .map(|cell| cell.trim().to_owned())
            .collect()
    };
    let settled: Vec<(bool, bool)> = (0..ROWS)
        .filter(|place| marks_of("zoe", *place) != marks_of("ada", *place))
        .take(ADJUDICATED)
        .flat_map(|place| (0..3).map(move |at| (marks_of("zoe", place)[at], marks_of("ada", place)[at])))
        .collect();
    let hits = |answers: &[(bool, bool)], of: bool| {
        let known = answers.iter().filter(|(right, _)| *right == of);
        (known.clone().filter(|(_, given)| *given == of).count() as u64, known.count() as u64)
    };
    let expected = |hits: (u64, u64)| {
        let interval = wilson(hits.0, hits.1, Level::USUAL).unwrap();
        let found = hits.0 as f64 / hits.1 as f64;
        assert!(interval.low <= found && found <= interval.high);
        format!("{} of {}: ", hits.0, hits.1)
    };
    let begins = |cells: &[String], rows: usize, answers: &[(bool, bool)]| {
        assert_eq!(cells[0], rows.to_string());
        for (cell, of) in cells[1..].iter().zip([true, false]) {
            let counted = expected(hits(answers, of));
            assert!(cell.starts_with(&counted) && cell.contains(" to "), "{cell}: {counted}");
        }
    };
    let right: Vec<(bool, bool)> = settled.iter().map(|(right, _)| (*right, *right)).collect();
    begins(&cells("zoe", "adjudicated rows"), ADJUDICATED, &right);
    begins(&cells("ada", "adjudicated rows"), ADJUDICATED, &settled);
    let gold: Vec<(bool, bool)> = (0..5)
        .flat_map(|at| {
            let given = if at < 3 { [true, false, false] } else { [false, true, false] };
            (0..3).map(move |tile| (tile == 0, given[tile]))
        })
        .collect();
    begins(&cells("ada", "gold rows"), 5, &gold);
    assert!(!text.contains("zoe | gold"), "zoe answered to none of them");
    let gold = audit.order_for("zoe").into_iter().filter(|row| row.kind == ShownKind::Gold);
    assert_eq!(gold.count(), 5, "gold rows are for everybody");
    let once = audit.rows.iter().find(|key| !audit.comes_back(**key)).unwrap();
    let again = marked(&dataset, *once, [false; 3], r#","audit":"spring","annotator":"zoe","again":true"#);
    let refused = judge(&dataset, &mut sidecar, &[again]).unwrap_err();
    assert!(refused.contains("the row does not come back"), "{refused}");
    // Of an adjudicator.
    assert_eq!(json["audits"][0]["last_answer"], "2024-05-01T12:13:20.000Z");
    // The standing judgements outside of the audit.
    assert_eq!((&json["judgements"]["judged"], &json["judgements"]["false_negatives"]), (&100.into(), &100.into()));
}

#[test]
fn a_card_says_how_and_by_whom_a_set_was_annotated() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = Arc::new(Dataset::open(&Set::plain(100, 3).write(&dir.path().join("set"))).unwrap());
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let audit = people(&dataset, &mut sidecar);
    let events = sidecar.all_events().unwrap();
    let standing: Vec<Event> = events.iter().filter(|event| event.round.is_none()).cloned().collect();
    let card = |events: &[Event], audits: &[Audit], out: &str| {
        let judgements = merge::judgements_of(&dataset, events, &AnnotatorScope::Everybody);
        let source =
            JudgementSource::new(&judgements, events, &AnnotatorScope::Everybody).with_audits(audits, &dataset);
        let options = ExportOptions { unjudged: Unjudged::Keep, ..ExportOptions::default() };
        let out = dir.path().join(out);
        export(&dataset, &source, &options, &out, &NoProgress).unwrap();
        let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
        (read("README.md"), serde_json::from_str::<serde_json::Value>(&read("croissant.json")).unwrap())
    };
    let (text, croissant) = card(&standing, &[audit], "out");
    let process = part(&text, "Annotation process").join("\n");
    assert!(process.contains("For audits, rows were drawn by the SHA-256 of a seed"), "{text}");
    assert!(process.contains("Annotations per row: 1; a share of the rows of audits has 2."), "{text}");
    // The agreement is that of both annotators on the 180 negatives, as in the report.
    let negatives: Vec<(bool, bool)> = (0..ROWS)
        .flat_map(|place| (0..3).map(move |at| (marks_of("zoe", place)[at], marks_of("ada", place)[at])))
        .collect();
    let (pairs, [yes, _], [alpha, ..]) = agreement(&negatives);
    let agreed = format!("“spring”: positive agreement on whether a negative is relevant {:.1} % (95 %: ", 100.0 * yes);
    let rest = format!("over {pairs} pairs of answers; Krippendorff's α is {alpha:.2}.");
    assert!(process.contains(&agreed) && process.contains(&rest), "{agreed} {rest}: {process}");
    assert!(process.contains(&format!("“spring”: {ADJUDICATED} rows adjudicated.")), "{process}");
    let analysis = croissant["rai:dataAnnotationAnalysis"].to_string();
    assert!(analysis.contains(&rest) && analysis.contains("rows adjudicated"), "{analysis}");
    let who = part(&text, "Who are the annotators?").join("\n");
    assert!(who.contains("1 annotator. `export_manifest.json` has the names"), "{who}");
    assert!(!who.contains("ada") && !process.contains("zoe"), "no names");
    let limits = part(&text, "Known limitations").join("\n");
    let (_, rate) = limits.split_once("| spring | 60 of 100 | ").unwrap();
    let status = AuditStatus::new(&only(&mut sidecar), &dataset);
    let open = &status.unsure;
    assert!(open.rows > 0, "rows on which annotators differ");
    let ends = [status.rows.estimate, open.low, open.high].map(|share| format!("{:.1}", 100.0 * share.unwrap()));
    assert!(rate.starts_with(&format!("{} % ({} to {})", ends[0], ends[1], ends[2])), "{ends:?}: {limits}");
    let (text, _) = card(&[], &[], "unjudged");
    assert!(part(&text, "Annotation process").contains(&"No person judged a row."), "{text}");
}
