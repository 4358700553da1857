//! The tables of the audit report against counts of the answers that the tests gave.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod people;
mod plans;

use std::sync::Arc;

use crate::common::audits::{accepted, begin, forty, found, judge, only};
use crate::common::{negative, reopen};
use tilejury_audit::audit_report::{AuditReport, ExportCounts, ReportInputs, ReportedExport};
use tilejury_audit::audits::{self, AuditPlan, Below, MachineRule, OfExport};
use tilejury_audit::external::{
    AnswersInTexts, AskedModels, ControlGrade, ExternalSignals, MachineReview, MachineVerdict, ModelReview,
    QuestionKind,
};
use tilejury_audit::{Event, now};
use tilejury_data::{Dataset, SampleKey};
use tilejury_stats::{Level, RowCount, count_interval, running_interval, share_of_negatives};
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

/// An answer with a mark of each negative.
fn marked(dataset: &Dataset, key: SampleKey, marks: [bool; 3], rest: &str) -> String {
    let word = |is_relevant| if is_relevant { "relevant" } else { "not_relevant" };
    let marks: Vec<(usize, &str)> = (0..).zip(marks.map(word)).collect();
    answer(dataset, key, "accept", &marks, rest)
}

/// The number before “ %” in a cell, as a share.
fn share(text: &str) -> f64 {
    text.split(" %").next().unwrap().parse::<f64>().unwrap() / 100.0
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
            "Open positives: 1. Whatever the answer to it is, 2.5 % to 25 % of rows have a wrong positive.",
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

#[test]
fn rows_and_tiles_accepted_by_machines_are_counted_by_name() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let by = |row: usize, name: &str, rest: &str| {
        let index = dataset.find(dataset.samples[row].key).unwrap();
        let (split, line) = (&dataset.split_of(index).name, dataset.line_of(index));
        format!(r#"{{"split":"{split}","line":{line},"annotator":"machine:{name}",{rest}}}"#)
    };
    let mark =
        |row: usize, name: &str| by(row, name, &format!(r#""tiles":{{"{}":"relevant"}}"#, negative(&dataset, row, 0)));
    let accept = |row: usize, name: &str| by(row, name, r#""verdict":"accept""#);
    let lines = [
        accept(0, "both"),
        accept(1, "both"),
        mark(2, "both"),
        accept(3, "rows"),
        mark(4, "tiles"),
        mark(5, "tiles"),
        mark(6, "tiles"),
    ];
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &[]));
    let machines = part(&text, "5. Machines");
    let end = "They are in no rate and in no agreement above.";
    for (name, what) in [("both", "2 rows and 1 tile"), ("rows", "1 row"), ("tiles", "3 tiles")] {
        let sentence = format!("Accepted in bulk under the name machine:{name}: {what}. {end}");
        assert!(machines.contains(&sentence.as_str()), "{sentence}: {machines:#?}");
    }
    let both = serde_json::json!({"name": "machine:both", "rows": 2, "tiles": 1});
    assert_eq!(json["machine"]["accepted"][0], both);
}
