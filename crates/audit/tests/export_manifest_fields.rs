//! Every scalar field of a manifest, changed one at a time, is reported by verify-export, even if
//! the manifest's own checksum was adapted, and if the second record in the summary was changed
//! with it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tilejury_audit::audits::{self, Audit, AuditPlan};
use tilejury_audit::export::{ExportOptions, Format, Images, JudgementSource, Originals, export, verify_with};
use tilejury_audit::interchange::{ImportDefaults, read as read_judgements};
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::{AuditSession, Event, JudgeAction, Relevance, Verdict, now};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const MANIFEST: &str = "export_manifest.json";
const SUMMARY: &str = "dataset_summary.json";

/// Fields that no file of an export determines; only the dataset does.
const NEEDS_DATASET: &str = "/inputs/";
/// Fields that the summary repeats, by their path in it.
const REPEATED: [&str; 9] =
    ["/audit/", "/copies/", "/dataset/", "/judgements/", "/options/", "/reasons/", "/simulation/", "/splits/", "/tool"];
/// Fields that are only recorded: if every record is changed in the same way, no computation can
/// detect it.
const ONLY_RECORDED: [&str; 3] = ["/options/", "/tool", "/manifest_version"];

struct Case {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
    events: Vec<Event>,
    audits: Vec<Audit>,
}

impl Case {
    /// Creates rows with everything that appears in a manifest.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for query in 0..8_u32 {
            let tiles: Vec<String> = (0..5).map(|chunk| tile(query % 2, 10 + query, chunk)).collect();
            for (chunk, path) in (0..).zip(&tiles) {
                // The last tile of every other row is the picture of its positive.
                let seed = if chunk == 4 && query % 2 == 0 { query * 10 } else { query * 10 + chunk };
                set = set.tile(path, &picture::page(90, 30, seed, 0));
            }
            let negatives: Vec<&str> = tiles[1..].iter().map(String::as_str).collect();
            let split = if query < 6 { "train" } else { "eval" };
            set = set.row(split, &Row::new(&format!("query {query}"), &tiles[0]).negatives(&negatives));
        }
        set.line("train", "no row").write(&dir.path().join("set"));
        let dataset = Arc::new(Dataset::open(&dir.path().join("set")).unwrap());
        let audits = audited(&dataset);
        let mut case = Self { dir, dataset, events: Vec::new(), audits };
        case.act(JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
        case.act(JudgeAction::Relevance(
            SampleIndex::new(3),
            TilePath::new(&tile(1, 13, 1)),
            Some(Relevance::Relevant),
        ));
        case.act(JudgeAction::Verdict(SampleIndex::new(2), Some(Verdict::Accept)));
        case
    }

    fn act(&mut self, action: JudgeAction) {
        let mut session = AuditSession::new(self.dataset.clone(), "ann", &self.events);
        self.events.extend(session.apply(action, now()).events);
    }

    fn source<R>(&self, with: impl FnOnce(&JudgementSource<'_>) -> R) -> R {
        let judgements = merge::judgements(&self.events, &AnnotatorScope::Everybody);
        let source = JudgementSource::new(&judgements, &self.events, &AnnotatorScope::Everybody);
        with(&source.with_audits(&self.audits, &self.dataset))
    }

    fn export(&self, images: Images, formats: &[Format]) -> PathBuf {
        let out = self.dir.path().join(images.word());
        let options = ExportOptions { images, formats: formats.to_vec(), ..ExportOptions::default() };
        self.source(|source| export(&self.dataset, source, &options, &out, &NoProgress)).unwrap();
        out
    }

    /// Whether anything is reported. A manifest that cannot be read counts as reported.
    fn is_reported(&self, out: &Path, with_dataset: bool) -> bool {
        let fingerprints = self.dir.path().join("prints.sqlite");
        self.source(|source| {
            let originals =
                Originals { dataset: &self.dataset, source, fingerprints: Some(&fingerprints), findings: None };
            match verify_with(out, with_dataset.then_some(&originals), &NoProgress) {
                Ok(verdict) => !verdict.faults.is_empty(),
                Err(_) => true,
            }
        })
    }
}

/// A finished audit of all rows, one of which has a false negative, and an audit that was only
/// begun.
fn audited(dataset: &Arc<Dataset>) -> Vec<Audit> {
    let mut events = Vec::new();
    for (name, rows) in [("spring", 8), ("summer", 3)] {
        let draw = audits::draw(AuditPlan::new(name, "7", rows), dataset, |_| true).unwrap();
        events.extend(audits::begin(&draw, dataset, "ann", now()).0);
    }
    let spring = audits::audits(&events).remove(0);
    let line = |key: &SampleKey| {
        let index = dataset.find(*key).unwrap();
        let mut line = json!({
            "split": dataset.split_of(index).name, "line": dataset.line_of(index), "audit": "spring", "verdict": "accept",
        });
        if index.index() == 0 {
            let tile = &dataset.sample(index).unwrap().negatives[0].path;
            line["tiles"] = json!({tile.as_str(): "relevant"});
        }
        format!("{line}\n")
    };
    let text: String = spring.rows.iter().map(line).collect();
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    let known = audits::audits(&events);
    let import = read_judgements(dataset, text.as_bytes(), &defaults, BTreeMap::new(), &known).unwrap();
    events.extend(import.events);
    audits::audits(&events)
}

/// Returns the pointer of every scalar field.
fn scalar_fields(value: &Value) -> Vec<String> {
    fn walk(path: &str, value: &Value, out: &mut Vec<String>) {
        let escaped = |name: &str| name.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Object(fields) => {
                fields.iter().for_each(|(name, value)| walk(&format!("{path}/{}", escaped(name)), value, out));
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, value)| walk(&format!("{path}/{at}"), value, out));
            }
            _ => out.push(path.to_owned()),
        }
    }
    let mut out = Vec::new();
    walk("", value, &mut out);
    out
}

/// Returns another value of the same kind.
fn changed(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_u64().map_or_else(|| json!(number.as_f64().unwrap() + 0.5), |it| json!(it + 1))
        }
        Value::String(text) => json!(format!("{text}x")),
        Value::Bool(yes) => json!(!yes),
        _ => json!(1),
    }
}

fn read(out: &Path, name: &str) -> Value {
    serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the manifest with the correct checksum.
fn sealed(mut manifest: Value) -> Value {
    manifest.as_object_mut().unwrap().remove("digest");
    let digest = hex(manifest.to_string().as_bytes());
    manifest["digest"] = json!(digest);
    manifest
}

fn put(out: &Path, manifest: &Value) {
    fs::write(out.join(MANIFEST), format!("{manifest:#}\n")).unwrap();
}

#[test]
fn checks_every_field_of_a_manifest() {
    let case = Case::new();
    for (images, formats) in
        [(Images::Repack, &[Format::Jsonl, Format::Parquet][..]), (Images::Link, &[Format::Jsonl, Format::Qrels])]
    {
        let out = case.export(images, formats);
        assert!(!case.is_reported(&out, false) && !case.is_reported(&out, true), "{images}");
        let (manifest, summary) = (read(&out, MANIFEST), read(&out, SUMMARY));
        assert_eq!(sealed(manifest.clone()), manifest);
        let fields = scalar_fields(&manifest);
        assert!(fields.len() > 70, "{}", fields.len());
        for field in &fields {
            let mut other = manifest.clone();
            let value = other.pointer_mut(field).unwrap();
            *value = changed(value);
            put(&out, &other);
            assert!(case.is_reported(&out, false), "{images}, {field}: changed");
            if field == "/digest" {
                continue;
            }
            put(&out, &sealed(other));
            let by_itself = case.is_reported(&out, false);
            assert_eq!(by_itself, !field.starts_with(NEEDS_DATASET), "{images}, {field}: changed and sealed");
            assert!(
                by_itself || case.is_reported(&out, true),
                "{images}, {field}: changed and sealed, with the dataset"
            );
        }
        put(&out, &manifest);
        assert_eq!(read(&out, SUMMARY), summary);
    }
}

#[test]
fn detects_changes_in_all_records_by_planning_again() {
    let case = Case::new();
    let out = case.export(Images::Repack, &[Format::Jsonl]);
    let (manifest, summary) = (read(&out, MANIFEST), read(&out, SUMMARY));
    let in_summary = |field: &str| match field.strip_prefix("/counts/") {
        Some(count) => Some(format!("/export/{count}")),
        None => REPEATED.iter().any(|start| field.starts_with(start)).then(|| format!("/export{field}")),
    };
    let mut changed_fields = 0;
    for field in scalar_fields(&manifest) {
        let Some(place) = in_summary(&field) else { continue };
        if ONLY_RECORDED.iter().any(|start| field.starts_with(start)) {
            continue;
        }
        let (mut other, mut record) = (manifest.clone(), summary.clone());
        let value = changed(other.pointer(&field).unwrap());
        *record.pointer_mut(&place).unwrap_or_else(|| panic!("{place}")) = value.clone();
        *other.pointer_mut(&field).unwrap() = value;
        let text = format!("{record:#}\n");
        other["outputs"][SUMMARY] = json!({"bytes": text.len(), "sha256": hex(text.as_bytes())});
        fs::write(out.join(SUMMARY), &text).unwrap();
        put(&out, &sealed(other));
        assert!(case.is_reported(&out, true), "{field}");
        changed_fields += 1;
    }
    assert!(changed_fields > 30, "{changed_fields}");
}

#[test]
fn detects_rows_changed_with_all_checksums() {
    let case = Case::new();
    let out = case.export(Images::None, &[Format::Jsonl]);
    let mut manifest = read(&out, MANIFEST);
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let text = fs::read_to_string(out.join(name)).unwrap().replacen("query 0", "query 9", 1);
        manifest["outputs"][name] = json!({"bytes": text.len(), "sha256": hex(text.as_bytes())});
        fs::write(out.join(name), text).unwrap();
    }
    put(&out, &sealed(manifest));
    assert!(!case.is_reported(&out, false), "nothing in it contradicts it");
    assert!(case.is_reported(&out, true));
}

#[test]
fn reports_other_judgements_and_other_datasets() {
    let mut case = Case::new();
    let out = case.export(Images::None, &[Format::Jsonl]);
    case.act(JudgeAction::Verdict(SampleIndex::new(4), Some(Verdict::Reject)));
    let kinds = |dataset: &Dataset, case: &Case| {
        case.source(|source| {
            let originals = Originals { dataset, source, fingerprints: None, findings: None };
            let verdict = verify_with(&out, Some(&originals), &NoProgress).unwrap();
            verdict.faults.into_iter().map(|fault| fault.kind).collect::<Vec<_>>()
        })
    };
    assert_eq!(kinds(&case.dataset, &case), ["other_judgements"]);
    let other = tempfile::tempdir().unwrap();
    Set::plain(3, 2).write(other.path());
    assert_eq!(kinds(&Dataset::open(other.path()).unwrap(), &case)[0], "other_dataset");
}
