//! The plans in a report, and the way in which rows were drawn: one-sided and running intervals,
//! bands, gaps, changed rows, the things that annotators saw.

use tilejury_audit::audit_report::{AuditReport, ReportInputs};
use tilejury_audit::audits::{self, AuditPlan, Below, Suspicion, SuspicionOrder};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::now;
use tilejury_audit::suspicion::{Evidence, FeatureTable, Finding, Findings, Signal};
use tilejury_data::{Dataset, SampleIndex, TileSlot};
use tilejury_stats::{Level, count_interval, highest_count};
use tilejury_testkit::Set;

use super::{answer, inputs, part, report, row};
use crate::common::audits::{accepted, begin, forty, found, judge, line, only, status};
use crate::common::reopen;

/// A share as the report prints it.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent.fract().abs() < 1e-9 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// The text of a file of the report.
fn file(inputs: &ReportInputs<'_>, name: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("paper");
    AuditReport::new(inputs).unwrap().write(inputs.dataset, &out).unwrap();
    std::fs::read_to_string(out.join(name)).unwrap()
}

#[test]
fn a_rate_of_a_plan_with_a_limit_has_one_end() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 20);
    (plan.below, plan.level) = (Some(Below { limit: 0.5, allowed: 2 }), 0.9);
    begin(&dataset, &mut sidecar, plan);
    let audit = only(&mut sidecar);
    let mut lines = vec![found(&dataset, &audit, 0)];
    lines.extend(accepted(&dataset, &audit, 1..20));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.all_events().unwrap();
    let inputs = inputs(&dataset, &events, &[]);
    let level = Level::new(0.9).unwrap();
    let high = highest_count(40, 20, 1, level).unwrap() as f64 / 40.0;
    assert!(high < count_interval(40, 20, 1, level).unwrap().share_of(40).high, "two ends are wider");
    let (text, json) = report(&inputs);
    let cells = row(&text, "Rates of “spring”", "rows with a false negative");
    let at_most = format!("at most {} (90 %)", percent(high));
    assert_eq!(cells, ["1", "20", "5 %", &at_most, "hypergeometric"]);
    let wrong = highest_count(40, 20, 0, level).unwrap() as f64 / 40.0;
    let cells = row(&text, "Rates of “spring”", "rows with a wrong positive");
    assert_eq!(cells[3], format!("at most {} (90 %)", percent(wrong)));
    assert_eq!(json["audits"][0]["status"]["rows"]["one_sided"], true);
    let sentence = &AuditReport::new(&inputs).unwrap().sentences()[0];
    let ends = format!("5 % of rows have a false negative (at most {}, 90 %)", percent(high));
    assert!(sentence.contains(&ends), "{sentence}");
    let latex = file(&inputs, "report.tex");
    let cells: Vec<&str> = latex.lines().find(|line| line.contains("& spring &")).unwrap().split(" & ").collect();
    assert_eq!(cells[4], format!("5.0 [$<$ {:.1} \\%]", 100.0 * high));
    assert!(cells[6].ends_with("% 90 \\%"), "{latex}");
}

#[test]
fn plots_tell_running_intervals_from_those_of_the_end() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 20));
    let audit = only(&mut sidecar);
    let mut lines = vec![found(&dataset, &audit, 0)];
    lines.extend(accepted(&dataset, &audit, 1..10));
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let html = |sidecar: &mut tilejury_audit::Sidecar| {
        let events = sidecar.all_events().unwrap();
        file(&inputs(&dataset, &events, &[]), "report.html")
    };
    let lines = |html: &str, class: &str| html.matches(&format!("<line class=\"{class}\"")).count();
    let running = html(&mut sidecar);
    assert!(lines(&running, "thick") == 0 && lines(&running, "thin") > 0, "{running}");
    let found = status(&dataset, &mut sidecar).running;
    let ends = format!("10 % ({} to {})", percent(found.low.unwrap()), percent(found.high.unwrap()));
    assert!(running.contains(&ends), "{ends}: {running}");
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 10..20)).unwrap();
    let finished = html(&mut sidecar);
    // Rows, negatives and positives; the running interval of rows is drawn, too.
    assert_eq!((lines(&finished, "thick"), lines(&finished, "thin")), (3, 1), "{finished}");
    let found = status(&dataset, &mut sidecar).rows;
    let ends = format!("5 % ({} to {})", percent(found.low.unwrap()), percent(found.high.unwrap()));
    assert!(finished.contains(&ends), "{ends}: {finished}");
}

/// Forty rows in falling order of suspicion.
fn order(dataset: &Dataset) -> SuspicionOrder {
    let finding = |at: usize| Finding {
        sample: SampleIndex::new(at),
        tile: Some(TileSlot::new(1)),
        signal: Signal::SameBytes,
        strength: 1.0 - 0.02 * at as f32,
        evidence: Evidence::OwnPositive,
    };
    let findings = Findings::new(40, (0..40).map(finding).collect(), FeatureTable::default());
    SuspicionOrder::new(dataset, &findings, &Decisions::default())
}

#[test]
fn bands_have_their_rows_and_intervals_at_the_end() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let plan = AuditPlan::new("spring", "7", 36);
    let draw = audits::draw_by_suspicion(plan, Suspicion::Bands, &order(&dataset), &dataset, |_| true).unwrap();
    let (events, records) = audits::begin(&draw, &dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let (audit, bands) = (only(&mut sidecar), draw.plan.bands.unwrap());
    // The first drawn row of the last band is affected.
    let last = bands.sizes.len() - 1;
    let hit = (0..36).find(|place| bands.of_row(*place) == Some(last)).unwrap();
    let line = |place: usize| match place == hit {
        true => found(&dataset, &audit, place),
        false => accepted(&dataset, &audit, place..place + 1).remove(0),
    };
    judge(&dataset, &mut sidecar, &(0..35).map(line).collect::<Vec<_>>()).unwrap();
    let heading = "By band of suspicion, the most suspicious first";
    let name = format!("band {}", last + 1);
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &[]));
    assert_eq!(row(&text, heading, &name).last(), Some(&"–"), "no interval yet: {text}");
    assert!(part(&text, "Rates of “spring”").join("\n").contains("no interval before the last of them"), "{text}");
    assert_eq!(json["audits"][0]["details"]["series"], serde_json::json!([]), "no running interval is known");

    judge(&dataset, &mut sidecar, &[line(35)]).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &[]));
    let (size, drawn) = (bands.sizes[last], bands.drawn[last]);
    let ends = count_interval(size, drawn, 1, Level::USUAL).unwrap().share_of(size);
    let counts = [size, 1, drawn].map(|number| number.to_string());
    let interval = format!("{} to {}", percent(ends.low), percent(ends.high));
    let cells = row(&text, heading, &name);
    assert_eq!(cells[..3], counts);
    assert_eq!(cells[4], interval, "{text}");
    // Rows were drawn more from some bands than from others: a split is no random sample.
    assert_eq!(row(&text, "By split", "train (exploratory)")[3], "–", "{text}");
    assert_eq!(json["audits"][0]["details"]["check"], serde_json::Value::Null);
}

#[test]
fn the_draw_names_gaps_changes_and_what_it_continues() {
    let (dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 0..2)).unwrap();
    judge(&dataset, &mut sidecar, &accepted(&dataset, &audit, 3..4)).unwrap();
    begin(&dataset, &mut sidecar, AuditPlan::new("longer", "7", 20));
    let events = sidecar.all_events().unwrap();
    let (text, json) = report(&inputs(&dataset, &events, &[]));
    let spring = part(&text, "Draw of “spring”").join("\n");
    let counted = "Seed 7, 10 of 40 rows planned, 2 counted. 1 judged row after the first row without an answer is not \
                   counted.";
    assert!(spring.contains(counted) && !spring.contains("have changed"), "{spring}");
    let continues = audits::audits(&events)[1].continues.as_ref().unwrap().sentence();
    let longer = part(&text, "Draw of “longer”").join("\n");
    assert!(longer.contains(&format!("No row before them was left out. {continues}")), "{continues}: {longer}");
    assert_eq!(json["audits"][0]["same_rows"], true);
    // One audit was judged, so there is no other one to quote.
    assert!(!part(&text, "7. Limits").join("\n").contains("There is more than one audit."), "{text}");

    let root = Set::plain(41, 3).write(&dir.path().join("grown"));
    let grown = Dataset::open(&root).unwrap();
    let (text, json) = report(&inputs(&grown, &events, &[]));
    assert!(text.contains("The rows of the set have changed since the draw."), "{text}");
    assert_eq!(json["audits"][0]["same_rows"], false);
}

#[test]
fn what_annotators_saw_and_agreed_on_is_stated() {
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let mut plan = AuditPlan::new("spring", "7", 10);
    (plan.annotators, plan.overlap, plan.blind) = (vec!["ada".into(), "bo".into()], 1.0, false);
    begin(&dataset, &mut sidecar, plan);
    let audit = only(&mut sidecar);
    let rejected = |name: &str, place: usize, reason: &str| {
        line(&dataset, &audit, place, &format!(r#""verdict":"reject","reasons":["{reason}"],"annotator":"{name}""#))
    };
    let mut lines = vec![
        rejected("ada", 0, "duplicate"),
        rejected("bo", 0, "duplicate"),
        rejected("ada", 1, "duplicate"),
        rejected("bo", 1, "bad_query"),
    ];
    for name in ["ada", "bo"] {
        let accept = format!(r#""verdict":"accept","annotator":"{name}""#);
        lines.extend((2..10).map(|place| line(&dataset, &audit, place, &accept)));
    }
    judge(&dataset, &mut sidecar, &lines).unwrap();
    let events = sidecar.all_events().unwrap();
    let (text, _) = report(&inputs(&dataset, &events, &[]));
    // A reason counts where all annotators of the row gave it.
    let reasons = "Rejected rows by reason";
    assert_eq!(row(&text, reasons, "Duplicate (exploratory)")[..2], ["1", "10"]);
    assert!(!part(&text, reasons).join("\n").contains("Bad query"), "{text}");
    let who = part(&text, "Annotators of “spring”").join("\n");
    assert!(who.starts_with("\nNot blind: annotators could see signals"), "{who}");
    assert!(who.contains("20 answers without a record of what was shown."), "{who}");
    // Nothing of the plan hides what lines were made by; a blind plan only says what it asks for.
    let (_dir, dataset) = forty();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    begin(&dataset, &mut sidecar, AuditPlan::new("spring", "7", 10));
    let audit = only(&mut sidecar);
    let first = answer(&dataset, audit.rows[0], "accept", &[], r#","audit":"spring""#);
    judge(&dataset, &mut sidecar, &[first]).unwrap();
    let events = sidecar.all_events().unwrap();
    let who = part(&report(&inputs(&dataset, &events, &[])).0, "Annotators of “spring”").join("\n");
    assert!(who.contains("The plan says that annotators saw nothing that others or machines said."), "{who}");
}
