//! Audits of an export: what is left after cleaning, and the link to the set that was cleaned.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::path::Path;
use std::sync::Arc;

use crate::common::{act, negative, reopen};
use tilejury_audit::audits::{self, AuditPlan, AuditStatus, Below};
use tilejury_audit::export::{ExportOptions, Format, JudgementSource, export, lacks_rows, origin_of, verify};
use tilejury_audit::interchange::{ImportDefaults, read};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{JudgeAction, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_testkit::Set;

/// Exports forty rows without the false negative of the first one and without another row; returns
/// the set and the export.
fn exported(dir: &Path, formats: &[Format]) -> (Arc<Dataset>, std::path::PathBuf) {
    let root = Set::plain(40, 3).write(&dir.join("set"));
    let dataset = Arc::new(Dataset::open(&root).unwrap());
    let (mut sidecar, mut session) = reopen(&dataset, "ada");
    let mark = JudgeAction::Relevance(SampleIndex::new(0), negative(&dataset, 0, 0), Some(Relevance::Relevant));
    act(&mut sidecar, &mut session, mark);
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(5), Some(Verdict::Reject)));
    let (events, scope) = (sidecar.events().unwrap(), AnnotatorScope::Everybody);
    let judgements = merge::judgements_of(&dataset, &events, &scope);
    let source = JudgementSource::new(&judgements, &events, &scope);
    let options = ExportOptions { formats: formats.to_vec(), ..ExportOptions::default() };
    let out = dir.join("out");
    export(&dataset, &source, &options, &out, &NoProgress).unwrap();
    (dataset, out)
}

#[test]
fn an_audit_of_an_export_names_export_and_dataset() {
    let dir = tempfile::tempdir().unwrap();
    let (original, out) = exported(dir.path(), &[Format::Jsonl]);
    assert_eq!(origin_of(&original, &NoProgress).unwrap(), None, "a set that is no export");
    let dataset = Arc::new(Dataset::open(&out).unwrap());
    let origin = origin_of(&dataset, &NoProgress).unwrap().unwrap();
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(out.join("export_manifest.json")).unwrap()).unwrap();
    assert_eq!(origin.of_export.manifest, manifest["digest"].as_str().unwrap());
    assert!(origin.of_export.is_from(&original) && !origin.of_export.is_from(&dataset) && !origin.has_pictures);
    let mut plan = AuditPlan::new("left", "7", 1);
    let below = Below { limit: 0.2, allowed: 0 };
    (plan.of_export, plan.below) = (Some(origin.of_export.clone()), Some(below));
    plan.rows = audits::plan_rows_below(dataset.samples.len() as u64, below, &plan).unwrap();
    let draw = audits::draw(plan, &dataset, |_| true).unwrap();
    let (mut sidecar, _) = reopen(&dataset, "ada");
    let (events, records) = audits::begin(&draw, &dataset, "ada", now());
    sidecar.append(&events, &records, None).unwrap();
    let stored = audits::audits(&sidecar.all_events().unwrap());
    let line = |key| {
        let index = dataset.find(key).unwrap();
        let (split, number) = (&dataset.split_of(index).name, dataset.line_of(index));
        format!(r#"{{"split":"{split}","line":{number},"audit":"left","verdict":"accept"}}"#)
    };
    let lines: Vec<String> = draw.rows.iter().map(|key| line(*key)).collect();
    let defaults = ImportDefaults { annotator: None, login: "ada", at: now() };
    let import =
        read(&dataset, lines.join("\n").as_bytes(), &defaults, merge::present_by_annotator(&[]), &stored).unwrap();
    sidecar.append(&import.events, &import.samples, None).unwrap();
    let audit = audits::audits(&sidecar.all_events().unwrap()).remove(0);
    let status = AuditStatus::new(&audit, &dataset);
    assert_eq!((status.of_export.as_ref(), status.below.unwrap().shown), (Some(&origin.of_export), Some(true)));
    let sentences = status.sentences(&audit.plan);
    assert!(sentences[1].starts_with("Of an export of “set” (manifest "), "{sentences:?}");
    assert!(sentences.iter().any(|sentence| sentence.starts_with("Shown: below 20 %")), "{sentences:?}");
    // The judgements of the export lie beside its rows, and change nothing in it.
    assert_eq!(verify(&out, &NoProgress).unwrap(), []);
    std::fs::write(out.join("tilejury.txt"), "").unwrap();
    assert_eq!(verify(&out, &NoProgress).unwrap().len(), 1);
}

#[test]
fn a_changed_export_is_not_taken_for_the_one_that_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let (_, out) = exported(dir.path(), &[Format::Jsonl]);
    let refused = || origin_of(&Dataset::open(&out).unwrap(), &NoProgress).unwrap_err().to_string();
    let (rows, manifest) = (out.join("train.jsonl"), out.join("export_manifest.json"));
    let (file, split) = match rows.exists() {
        true => ("train.jsonl", rows),
        false => ("train_hn.jsonl", out.join("train_hn.jsonl")),
    };
    let text = std::fs::read_to_string(&split).unwrap();
    let fewer: Vec<&str> = text.lines().skip(1).collect();
    std::fs::write(&split, fewer.join("\n")).unwrap();
    assert!(refused().contains(&format!("{file} is not the file that was exported")), "{}", refused());
    std::fs::write(&split, text).unwrap();
    let changed = std::fs::read_to_string(&manifest).unwrap().replace("\"name\": \"set\"", "\"name\": \"other\"");
    std::fs::write(&manifest, changed).unwrap();
    assert!(refused().contains("the manifest was changed"), "{}", refused());
}

#[test]
fn an_export_without_rows_of_a_dataset_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let (_, out) = exported(dir.path(), &[Format::Qrels, Format::SentenceTransformers]);
    assert!(Dataset::open(&out).is_err() && lacks_rows(&out));
    assert!(lacks_rows(&out.join("qrels")));
    let other = tempfile::tempdir().unwrap();
    let (original, out) = exported(other.path(), &[Format::Jsonl, Format::Qrels]);
    assert!(!lacks_rows(&out) && !lacks_rows(&original.root));
    assert!(lacks_rows(&out.join("qrels")), "only the folder above it opens");
    assert!(Dataset::open(&out).is_ok(), "other formats beside it change nothing");
}
