//! The tables of the audit report against counts of the answers that the tests gave.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::sync::Arc;

use common::audits::{accepted, begin, forty, found, judge, only};
use common::{negative, reopen};
use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::audit_report::{AuditReport, ExportCounts, ReportInputs, ReportedExport};
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, Below, MachineRule, OfExport, ShownKind};
use tilejury_audit::export::{ExportOptions, JudgementSource, Unjudged, export};
use tilejury_audit::external::{
    AnswersInTexts, AskedModels, ControlGrade, ExternalSignals, MachineReview, MachineVerdict, ModelReview,
    QuestionKind,
};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{Event, Sidecar, now};
use tilejury_data::{Dataset, SampleKey};
use tilejury_stats::{Level, RowCount, count_interval, running_interval, share_of_negatives, wilson};
use tilejury_testkit::Set;

/// The report in Markdown, and its figures.
fn report(inputs: &ReportInputs<'_>) -> (String, serde_json::Value) {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("paper");
    AuditReport::new(inputs).unwrap().write(inputs.dataset, &out).unwrap();
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    (read("report.md"), serde_json::from_str(&read("audit_report.json")).unwrap())
}

/// The rows for a LaTeX table.
fn latex(inputs: &ReportInputs<'_>) -> String {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("paper");
    AuditReport::new(inputs).unwrap().write(inputs.dataset, &out).unwrap();
    std::fs::read_to_string(out.join("report.tex")).unwrap()
}

fn inputs<'a>(dataset: &'a Dataset, events: &'a [Event], reviews: &'a [MachineReview]) -> ReportInputs<'a> {
    static NONE: AskedModels = AskedModels { reviews: Vec::new(), controls: Vec::new() };
    ReportInputs { dataset, events, reviews, models: &NONE, export: None, audit: None, names: true }
}

/// The lines of a part of a report: from its heading to the next one.
fn part<'t>(text: &'t str, heading: &str) -> Vec<&'t str> {
    let mut lines = text.lines().skip_while(|line| line.trim_start_matches('#').trim() != heading);
    assert!(lines.next().is_some(), "{heading}: {text}");
    lines.take_while(|line| !line.starts_with('#')).collect()
}

/// The cells of the row of a table in a part, after the first one.
fn row<'t>(text: &'t str, heading: &str, first: &str) -> Vec<&'t str> {
    let cells = |line: &'t str| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>();
    let lines = part(text, heading);
    let found = lines.iter().map(|line| cells(line)).find(|cells| cells[0] == first);
    found.unwrap_or_else(|| panic!("{first}: {lines:#?}")).split_off(1)
}

/// A line about a row: its verdict, its tiles with marks, and further fields.
fn answer(dataset: &Dataset, key: SampleKey, verdict: &str, marks: &[(usize, &str)], rest: &str) -> String {
    let index = dataset.find(key).unwrap();
    let tile = |at: usize| negative(dataset, index.index(), at);
    let tiles: Vec<String> = marks.iter().map(|(at, mark)| format!(r#""{}":"{mark}""#, tile(*at))).collect();
    let (split, line) = (&dataset.split_of(index).name, dataset.line_of(index));
    let tiles = tiles.join(",");
    format!(r#"{{"split":"{split}","line":{line},"verdict":"{verdict}","tiles":{{{tiles}}}{rest}}}"#)
}

#[test]
fn rates_and_bounds_are_those_of_the_answers() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 20));
    let audit = only(&mut sidecar);
    let of = |place: usize, verdict: &str, marks: &[(usize, &str)], reasons: &str| {
        let rest = format!(r#","audit":"spring","reasons":[{reasons}]"#);
        answer(&dataset, audit.rows[place], verdict, marks, &rest)
    };
    // Judgements outside of the audit, on three days.
    let standing = |row: usize, verdict: &str, at: &str| {
        answer(&dataset, dataset.samples[row].key, verdict, &[], &format!(r#","at":"{at}""#))
    };
    let of_two_days = [
        standing(0, "accept", "2023-04-01T23:00:00Z"),
        standing(1, "accept", "2023-04-02T01:00:00Z"),
        standing(2, "reject", "2023-04-03T01:00:00Z"),
        standing(3, "unsure", "2023-04-02T02:00:00Z"),
        standing(4, "unsure", "2023-04-02T02:00:00Z"),
        standing(5, "unsure", "2023-04-02T02:00:00Z"),
    ];
    judge(&dataset, &mut sidecar, &of_two_days).unwrap();
    let mut lines = vec![
        of(0, "accept", &[(0, "relevant")], ""),
        of(1, "accept", &[(0, "relevant"), (2, "relevant")], ""),
        of(2, "reject", &[], r#""wrong_positive""#),
        of(3, "unsure", &[], ""),
        of(4, "accept", &[(0, "unsure")], ""),
        of(5, "accept", &[(1, "broken")], ""),
        of(6, "reject", &[], r#""bad_query","duplicate""#),
        of(7, "reject", &[], r#""duplicate""#),
    ];
    lines.extend(accepted(&dataset, &audit, 8..20));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    // Of each row, one negative is “correct” for a model and one “wrong”.
    let mut reviews = Vec::new();
    for place in 0..20 {
        let row = dataset.find(audit.rows[place]).unwrap().index();
        for at in 0..3 {
            let verdict = match (place + at) % 3 {
                0 => MachineVerdict::Correct,
                1 => MachineVerdict::Wrong,
                _ => continue,
            };
            let (sample, tile) = (audit.rows[place], negative(&dataset, row, at));
            reviews.push(MachineReview { sample, tile, verdict, answer: String::new() });
        }
    }
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &reviews));

    let rates = "Rates of “spring”";
    let exact = |hits: u64| {
        let found = count_interval(40, 20, hits, Level::USUAL).unwrap().share_of(40);
        assert!(found.low < found.high);
        (100.0 * found.low, 100.0 * found.high)
    };
    assert_eq!((exact(2), exact(1)), ((5.0, 25.0), (2.5, 17.5)));
    let method = "hypergeometric";
    assert_eq!(
        row(&text, rates, "rows with a false negative"),
        ["2", "20", "10 %", "5 % to 25 % (95 %)", method],
        "{text}"
    );
    // Of sixty negatives, twelve are in four rows without an answer to them, one is unsure, and one
    // broken.
    let negatives = ["3", "46", "6.5 %", "1.4 % to 17.9 % (95 %)", "korn-graubard"];
    assert_eq!(row(&text, rates, "negatives that are relevant"), negatives);
    let wrong = ["1", "20", "5 %", "2.5 % to 17.5 % (95 %)", method];
    assert_eq!(row(&text, rates, "rows with a wrong positive"), wrong);
    let notes: Vec<&str> = part(&text, rates).into_iter().filter_map(|line| line.strip_prefix("- ")).collect();
    // Five rows are open for a false negative, and one for a wrong positive.
    let (_, with_open) = exact(7);
    let (_, with_open_positive) = exact(2);
    let running = running_interval(40, 20, 7, Level::CAUTIOUS).unwrap().share_of(40).high;
    assert_eq!((with_open, with_open_positive, 100.0 * running), (52.5, 25.0, 60.0));
    assert_eq!(
        notes,
        [
            "Planned 20 rows, finished.",
            "Rows with a false negative in the whole set: 2 to 10 of 40.",
            "The running interval of rows with a false negative is 5 % to 60 % (99 %), with open rows as unaffected and as \
             affected.",
            "Left open: 5 rows. Whatever the answer to them is, 5 % to 52.5 % of rows have a false negative.",
            "If the 5 open rows are left out: 13.3 % (95 %: 5.7 % to 34.3 %), 2 of 15.",
            "Open negatives: 13. Whatever the answer to them is, 1.1 % to 43.2 % of negatives are relevant.",
            "Open positives: 1. Whatever the answer to them is, 2.5 % to 25 % of rows have a wrong positive.",
            "Negatives come in rows, so the design effect is 1.00: 46 negatives count as 46. 43 of them were only confirmed \
             by accepting their row.",
            "Rows on which annotators differ: 0. Tiles that cannot be read, which count nowhere: 1.",
        ]
    );
    // As if the open rows had not been drawn: fifteen of thirty-five.
    let without = count_interval(35, 15, 2, Level::USUAL).unwrap();
    let left_out = &json["audits"][0]["status"]["unsure"]["left_out"];
    let [hits, n, population, low, high] =
        ["hits", "n", "population", "low_count", "high_count"].map(|field| left_out[field].as_u64().unwrap());
    assert_eq!([hits, n, population, low, high], [2, 15, 35, without.low, without.high]);
    let all = ["2", "20", "10 %", "5 % to 25 % (95 %)", method];
    assert_eq!(row(&text, "By split", "train (exploratory)"), all);
    let reasons = "Rejected rows by reason";
    assert_eq!(row(&text, reasons, "Wrong positive (exploratory)"), wrong);
    assert_eq!(row(&text, reasons, "Bad query (exploratory)"), wrong);
    assert_eq!(row(&text, reasons, "Duplicate (exploratory)"), all);

    // Fifteen of the twenty tiles of each word were decided: four rows have no answer to them, and
    // of each word one tile is broken or unsure.
    assert!(part(&text, "5. Machines").contains(&"Imported reviews of a model over all rows: 20 CORRECT, 20 WRONG."));
    let said = "What people said to it in “spring”";
    let correct = ["15", "2", "13.3 %", "1.7 % to 40.5 %", "4"];
    assert_eq!(row(&text, said, "CORRECT"), correct);
    assert_eq!(row(&text, said, "WRONG"), ["15", "1", "6.7 %", "0.17 % to 31.9 %", "5"]);
    let decided = |place: usize| RowCount { hits: u64::from(place < 2), decided: 1 };
    let rows: Vec<RowCount> = (0..20).map(|at| if at < 15 { decided(at) } else { RowCount::default() }).collect();
    let found = share_of_negatives(40, &rows, Level::USUAL).unwrap().interval;
    assert_eq!([found.low, found.high].map(|end| format!("{:.1} %", 100.0 * end)), ["1.7 %", "40.5 %"]);

    let outside = part(&text, "Judgements outside of audits").join("\n");
    let counts = "Rows with a verdict: 6, of which 2 accepted, 1 rejected and 3 unsure.";
    let days = "Rows with a wrong positive: 0. From 2023-04-01 to 2023-04-03 (UTC).";
    assert!(outside.contains(counts) && outside.contains(days), "{outside}");

    // A line that is quoted alone has the ends that hold whatever the open answers are.
    let latex = latex(&inputs(&dataset, &events, &reviews));
    let cells: Vec<&str> = latex.lines().find(|line| line.contains("& spring &")).unwrap().split(" & ").collect();
    assert_eq!(cells[4..], ["10.0 [5.0, 52.5]", "6.5 [1.1, 43.2]", r"5.0 [2.5, 25.0] \\ % 95 \%"]);
    let sentence = &AuditReport::new(&inputs(&dataset, &events, &reviews)).unwrap().sentences()[0];
    let whole = "(5 % to 25 %, 95 %; 5 % to 52.5 % whatever the answer to open rows is)";
    assert!(sentence.contains(whole), "{sentence}");

    // The series counts up to each row.
    let series = json["audits"][0]["details"]["series"].as_array().unwrap();
    let hits: Vec<u64> = series.iter().map(|point| point["hits"].as_u64().unwrap()).collect();
    assert_eq!((hits.len(), &hits[..3], hits[19]), (20, &[1, 2, 2][..], 2));
    let judged: Vec<u64> = series.iter().map(|point| point["judged"].as_u64().unwrap()).collect();
    assert_eq!(judged, (1..=20).collect::<Vec<_>>());
}

/// The three marks of an annotator of [`people`] at a place of the draw: whether each negative is
/// relevant.
fn marks_of(name: &str, place: usize) -> [bool; 3] {
    match name {
        "zoe" => [place.is_multiple_of(5), place.is_multiple_of(7), false],
        _ => [place.is_multiple_of(10), false, place.is_multiple_of(11)],
    }
}

/// An answer with a mark of each negative.
fn marked(dataset: &Dataset, key: SampleKey, marks: [bool; 3], rest: &str) -> String {
    let word = |is_relevant| if is_relevant { "relevant" } else { "not_relevant" };
    let marks: Vec<(usize, &str)> = (0..).zip(marks.map(word)).collect();
    answer(dataset, key, "accept", &marks, rest)
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

/// The number before “ %” in a cell, as a share.
fn share(text: &str) -> f64 {
    text.split(" %").next().unwrap().parse::<f64>().unwrap() / 100.0
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
    // The standing judgements outside of the audit.
    assert_eq!((&json["judgements"]["judged"], &json["judgements"]["false_negatives"]), (&100.into(), &100.into()));
}

#[test]
fn the_words_of_a_machine_have_a_row_each() {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(200, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    let (mut sidecar, _) = reopen(&dataset, "ada");
    // “Yes” of 30 rows, “no” of 130, and nothing of a negative in 40.
    let mut reviews = Vec::new();
    for (row, sample) in dataset.samples.iter().enumerate() {
        for at in 0..if row < 160 { 3 } else { 2 } {
            let is_yes = row < 30 && at == 1;
            let verdict = if is_yes { MachineVerdict::Correct } else { MachineVerdict::CannotAnswer };
            let (sample, tile) = (sample.key, negative(&dataset, row, at));
            reviews.push(MachineReview { sample, tile, verdict, answer: String::new() });
        }
    }
    let imports = ExternalSignals::new(reviews.clone(), Vec::new(), AnswersInTexts::default());
    let plan = AuditPlan::new("spring", "7", 100);
    let draw = audits::draw_by_word(plan, &dataset, &MachineRule::Reviews, &imports, |_| true).unwrap();
    let (events, records) = audits::begin(&draw, &dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let place_of = |key: &SampleKey| dataset.find(*key).unwrap().index();
    let is_affected = |row: usize| row < 24 || row.is_multiple_of(10);
    let lines: Vec<String> = draw
        .rows
        .iter()
        .map(|key| marked(&dataset, *key, [false, is_affected(place_of(key)), false], r#","audit":"spring""#))
        .collect();
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, _) = report(&inputs(&dataset, &events, &reviews));
    let heading = "Rows with a false negative by the word of a machine (reviews)";
    let words =
        [("yes: its precision", 0..30), ("no: its misses", 30..160), ("nothing of at least one negative", 160..200)];
    let mut seen = std::collections::BTreeSet::new();
    for (word, of) in words {
        let rows: Vec<usize> = draw.rows.iter().map(place_of).filter(|row| of.contains(row)).collect();
        let (n, hits) = (rows.len(), rows.iter().filter(|row| is_affected(**row)).count());
        let cells = row(&text, heading, word);
        let counts = [of.len(), hits, n].map(|number| number.to_string());
        assert_eq!(cells[..3], counts, "{word}");
        assert!((share(cells[3]) - hits as f64 / n as f64).abs() < 0.0005, "{cells:?}");
        let ends =
            count_interval(of.len() as u64, n as u64, hits as u64, Level::USUAL).unwrap().share_of(of.len() as u64);
        let (low, high) = cells[4].split_once(" to ").unwrap();
        assert!((share(low) - ends.low).abs() < 0.0006 && (share(high) - ends.high).abs() < 0.0006, "{cells:?}");
        seen.insert(hits);
    }
    assert_eq!(seen.len(), 3, "the counts differ, so that none can be taken for another");
}

#[test]
fn an_elusion_test_names_manifest_and_fingerprint() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("left", "7", 10);
    let of = |digit: &str| digit.repeat(8);
    plan.of_export = Some(OfExport { manifest: of("a"), dataset: "before".into(), fingerprint: of("b") });
    begin(&dataset, &mut sidecar, plan);
    let events = sidecar.all_events().unwrap();
    let (text, _) = report(&inputs(&dataset, &events, &[]));
    let named = "“left” is an elusion test: its rows are those of the export of “before” whose manifest has the SHA-256 \
                 aaaaaaaa, so its rates are of what is left after cleaning. Fingerprint of the set that was exported: bbbbbbbb.";
    let after = part(&text, "6. After cleaning");
    assert!(after.contains(&named), "{text}");
    assert_eq!(after.join(""), named, "the set is a cleaned copy itself");
}

#[test]
fn a_cleaned_copy_has_its_counts_and_its_own_rates() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let (empty, events) = (Vec::new(), sidecar.all_events().unwrap());
    let counts = ExportCounts { kept: 31, changed: 5, dropped: 4, promoted: 2 };
    let mut all = inputs(&dataset, &empty, &[]);
    all.export = Some(ReportedExport { dataset: &dataset, events: &empty, counts });
    let (text, _) = report(&all);
    let copy = format!(
        "The cleaned copy has the fingerprint {}. 31 rows kept as they were, 5 changed, 4 left out, 2 added.",
        dataset.fingerprint
    );
    let after = part(&text, "6. After cleaning");
    assert!(after.contains(&copy.as_str()), "{after:#?}");
    assert!(after.contains(&"No audit of the copy was begun, so what is left in it is not known."));
    drop(events);
    let mut lines = vec![found(&dataset, &audit, 2)];
    lines.extend(accepted(&dataset, &audit, 0..2));
    lines.extend(accepted(&dataset, &audit, 3..10));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.all_events().unwrap();
    all.export = Some(ReportedExport { dataset: &dataset, events: &events, counts });
    let (text, _) = report(&all);
    let ends = count_interval(40, 10, 1, Level::USUAL).unwrap().share_of(40);
    let interval = format!("{} % to {} % (95 %)", 100.0 * ends.low, 100.0 * ends.high);
    assert_eq!(row(&text, "6. After cleaning", "“spring”"), ["1", "10", "10 %", &interval, "hypergeometric"]);
    // The audits of the copy are no audits of the set.
    assert!(part(&text, "All audits that were ever begun").contains(&"None: no row was drawn at random."));
}

#[test]
fn a_limit_that_is_looked_at_is_decided_at_any_moment() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 40);
    (plan.below, plan.looking) = (Some(Below { limit: 0.5, allowed: 0 }), true);
    begin(&dataset, &mut sidecar, plan);
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..1)).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, _) = report(&inputs(&dataset, &events, &[]));
    assert!(part(&text, "Rates of “spring”").contains(&"- Not shown so far that it is below 50 %."), "{text}");
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 1..20)).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, _) = report(&inputs(&dataset, &events, &[]));
    assert!(
        part(&text, "Rates of “spring”").contains(&"- Shown: fewer than 50 % of rows have a false negative."),
        "{text}"
    );
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

#[test]
fn models_that_were_asked_are_measured_by_people() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 20));
    let audit = only(&mut sidecar);
    // The first negative of the first four rows is relevant, and the second of the fifth is open.
    let line = |place: usize| match place {
        0..4 => found(&dataset, &audit, place),
        4 => answer(&dataset, audit.rows[4], "accept", &[(1, "unsure")], r#","audit":"spring""#),
        _ => accepted(&dataset, &audit, place..place + 1).remove(0),
    };
    judge(&dataset, &mut sidecar, &(0..20).map(line).collect::<Vec<_>>()).unwrap();
    let review = |place: usize, at: usize, source: &str, grade: u8| ModelReview {
        sample: audit.rows[place],
        tile: negative(&dataset, dataset.find(audit.rows[place]).unwrap().index(), at),
        source: source.into(),
        grade,
        soft: None,
        evidence: String::new(),
        verified: (grade == 3).then_some(place.is_multiple_of(2)),
        second: None,
    };
    // Of “big”, grade 3 for the first negative of six rows and grade 1 for the second of ten;
    // “small” gave one grade.
    let mut reviews: Vec<ModelReview> = (0..6).map(|place| review(place, 0, "big", 3)).collect();
    reviews.extend((0..10).map(|place| review(place, 1, "big", 1)));
    reviews.push(review(2, 0, "small", 2));
    let control = |kind, grade| (audit.rows[0], ControlGrade { kind, grade, second: None });
    let mut controls = vec![control(QuestionKind::Positive, 3); 18];
    controls.extend(vec![control(QuestionKind::Positive, 1); 2]);
    controls.extend(vec![control(QuestionKind::Foreign, 0); 29]);
    controls.push(control(QuestionKind::Foreign, 2));
    // A row that is not in the set.
    controls.push((SampleKey(1), ControlGrade { kind: QuestionKind::Foreign, grade: 3, second: None }));
    let models = AskedModels { reviews, controls: vec![("big".into(), controls)] };
    let events = sidecar.all_events().unwrap();
    let mut all = inputs(&dataset, &events, &[]);
    all.models = &models;
    let (text, json) = report(&all);
    let machines = part(&text, "5. Machines").join("\n");
    let ends = |right: f64, asked: f64| {
        let found = tilejury_stats::clopper_pearson(right, asked, Level::USUAL).unwrap();
        format!("(95 %: {:.1} % to {:.1} %)", 100.0 * found.low, 100.0 * found.high)
    };
    let big = format!(
        "Reviews by the model big over all rows: 0 of grade 0, 10 of grade 1, 0 of grade 2, 6 of grade 3. The words that it \
         copied are on the tile in 3 reviews. By its controls, it found 18 of 20 {} of the rows' own positives and passed \
         over 29 of 30 {} of foreign tiles. Controls are easier than hard negatives, so this is optimistic.",
        ends(18.0, 20.0),
        ends(29.0, 30.0)
    );
    assert!(machines.contains(&big), "{big}: {machines}");
    assert!(machines.contains("Reviews by the model small over all rows: 0 of grade 0, 0 of grade 1, 1 of grade 2"));
    let said = "What people said to the grades of big in “spring”";
    let cells = row(&text, said, "3");
    assert_eq!(cells[..3], ["6", "4", "66.7 %"]);
    let decided = |place: usize| RowCount { hits: u64::from(place < 4), decided: u64::from(place < 6) };
    let found = share_of_negatives(40, &(0..20).map(decided).collect::<Vec<_>>(), Level::USUAL).unwrap().interval;
    let (low, high) = (found.low, found.high);
    let (printed_low, printed_high) = cells[3].split_once(" to ").unwrap();
    assert!((share(printed_low) - low).abs() < 0.0006 && (share(printed_high) - high).abs() < 0.0006, "{cells:?}");
    let cells = row(&text, said, "1");
    assert_eq!((&cells[..3], cells[4]), (&["9", "0", "0 %"][..], "1"), "one answer is open");
    let grades = &json["audits"][0]["details"]["grades"];
    assert_eq!(grades.as_array().unwrap().len(), 3);
    assert_eq!((&grades[2]["model"], &grades[2]["grade"]), (&"small".into(), &2.into()));
    assert_eq!(json["machine"]["models"][0]["sensitivity"]["asked"], 20);
    assert!(!report(&inputs(&dataset, &events, &[])).0.contains("Reviews by the model"));
}
