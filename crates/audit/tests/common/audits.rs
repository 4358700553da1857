//! Shared by the tests of audits: a set of forty rows, and answers to the rows of a draw.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::sync::Arc;

use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::present_by_annotator;
use tilejury_audit::{Sidecar, now};
use tilejury_data::Dataset;
use tilejury_testkit::Set;

use super::negative;

/// Forty rows with three negatives each.
pub fn forty() -> (tempfile::TempDir, Arc<Dataset>) {
    let dir = tempfile::tempdir().unwrap();
    let root = Set::plain(40, 3).write(&dir.path().join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    (dir, dataset)
}

pub fn begin(dataset: &Dataset, sidecar: &mut Sidecar, plan: AuditPlan) {
    let draw = audits::draw(plan, dataset, |_| true).unwrap();
    let (events, records) = audits::begin(&draw, dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
}

pub fn only(sidecar: &mut Sidecar) -> Audit {
    let mut all = audits::audits(&sidecar.all_events().unwrap());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Records lines; the first message if one is refused.
pub fn judge(dataset: &Dataset, sidecar: &mut Sidecar, lines: &[String]) -> Result<(), String> {
    let all = sidecar.all_events().unwrap();
    let counting: Vec<_> = all.iter().filter(|event| event.round.is_none()).cloned().collect();
    let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
    let text = lines.join("\n");
    let known = audits::audits(&all);
    let import = read(dataset, text.as_bytes(), &defaults, present_by_annotator(&counting), &known);
    let import = import.map_err(|bad| bad[0].message.clone())?;
    sidecar.append(&import.events, &import.samples, None).unwrap();
    Ok(())
}

/// A line about the row at a place of the draw, from 0.
pub fn line(dataset: &Dataset, audit: &Audit, place: usize, rest: &str) -> String {
    let index = dataset.find(audit.rows[place]).unwrap();
    let (split, number) = (&dataset.split_of(index).name, dataset.line_of(index));
    format!(r#"{{"split":"{split}","line":{number},"audit":"spring",{rest}}}"#)
}

/// Marks the first negative of the row at a place.
pub fn found(dataset: &Dataset, audit: &Audit, place: usize) -> String {
    let index = dataset.find(audit.rows[place]).unwrap();
    let tile = negative(dataset, index.index(), 0);
    line(dataset, audit, place, &format!(r#""verdict":"accept","tiles":{{"{tile}":"relevant"}}"#))
}

pub fn accepted(dataset: &Dataset, audit: &Audit, places: std::ops::Range<usize>) -> Vec<String> {
    places.map(|place| line(dataset, audit, place, r#""verdict":"accept""#)).collect()
}

pub fn status(dataset: &Dataset, sidecar: &mut Sidecar) -> AuditStatus {
    AuditStatus::new(&only(sidecar), dataset)
}

/// Writes the lines of a set with one row changed, and opens it.
pub fn with_row(root: &std::path::Path, line: usize, change: impl Fn(&mut serde_json::Value)) -> Dataset {
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let file = root.join(name);
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let mut rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        change(&mut rows[line]);
        std::fs::write(&file, rows.iter().map(|row| format!("{row}\n")).collect::<String>()).unwrap();
    }
    Dataset::open(root).unwrap()
}
