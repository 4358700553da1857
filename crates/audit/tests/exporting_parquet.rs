//! Exports of a set whose splits are Parquet: the rows, and the files in the manifest.

#![allow(clippy::unwrap_used, reason = "a missing value fails the test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tilejury_audit::Judgements;
use tilejury_audit::export::{ExportOptions, JudgementSource, Originals, export, verify_with};
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::progress::NoProgress;
use tilejury_data::{Dataset, LinesFolder, SampleIndex};
use tilejury_testkit::Set;

const ROWS: usize = 8;

/// A set with eight rows in two Parquet files.
struct Bench {
    dir: tempfile::TempDir,
    /// The same set as lines.
    lines: Dataset,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let lines = Dataset::open(&Set::plain(ROWS as u32, 3).write(&dir.path().join("lines"))).unwrap();
        assert_eq!(lines.samples.len(), ROWS);
        fs::create_dir_all(dir.path().join("set/data")).unwrap();
        let own = Self { dir, lines };
        own.write(0, Compression::SNAPPY);
        own.write(1, Compression::SNAPPY);
        own
    }

    fn file(&self, part: usize) -> PathBuf {
        self.dir.path().join(format!("set/data/train-0000{part}-of-00002.parquet"))
    }

    /// Writes half of the rows.
    fn write(&self, part: usize, compression: Compression) {
        let rows: Vec<_> = (part * ROWS / 2..(part + 1) * ROWS / 2)
            .map(|row| self.lines.row(SampleIndex::new(row)).unwrap())
            .collect();
        let mut negatives = ListBuilder::new(StringBuilder::new());
        rows.iter().for_each(|row| negatives.append_value(row.negatives.iter().map(|path| Some(path.to_string()))));
        let texts = |of: &dyn Fn(usize) -> String| -> ArrayRef {
            Arc::new(StringArray::from((0..rows.len()).map(of).collect::<Vec<_>>()))
        };
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("query", texts(&|row| rows[row].query.to_string())),
            ("chunk_path", texts(&|row| rows[row].positive.to_string())),
            ("neg_chunk_paths", Arc::new(negatives.finish())),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let properties = WriterProperties::builder().set_compression(compression).build();
        let file = File::create(self.file(part)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn open(&self) -> Dataset {
        let folder = self.dir.path().join("lines-of-parquet");
        Dataset::open_with(&self.dir.path().join("set"), LinesFolder { folder: &folder, progress: &NoProgress })
            .unwrap()
    }

    fn export(&self, dataset: &Dataset) -> PathBuf {
        let (judgements, out) = (Judgements::new(), self.dir.path().join("out"));
        let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
        export(dataset, &source, &ExportOptions::default(), &out, &NoProgress).unwrap();
        out
    }
}

fn faults(dataset: &Dataset, out: &Path) -> Vec<String> {
    let judgements = Judgements::new();
    let source = JudgementSource::new(&judgements, &[], &AnnotatorScope::Everybody);
    let originals = Originals { dataset, source: &source, fingerprints: None, findings: None };
    verify_with(out, Some(&originals), &NoProgress).unwrap().faults.into_iter().map(|fault| fault.message).collect()
}

#[test]
fn the_manifest_has_the_parquet_files_that_were_read() {
    let bench = Bench::new();
    let dataset = bench.open();
    assert_eq!(dataset.fingerprint, bench.lines.fingerprint);
    let out = bench.export(&dataset);
    for name in ["train.jsonl", "train_hn.jsonl"] {
        assert_eq!(fs::read(out.join(name)).unwrap(), dataset.splits[0].bytes(), "every row as it is in the lines");
    }
    let manifest: Value = serde_json::from_slice(&fs::read(out.join("export_manifest.json")).unwrap()).unwrap();
    let inputs = manifest["inputs"].as_object().unwrap();
    let names = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"];
    assert_eq!(inputs.keys().collect::<Vec<_>>(), names);
    for (part, name) in names.into_iter().enumerate() {
        let bytes = fs::read(bench.file(part)).unwrap();
        let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(inputs[name]["sha256"], digest, "{name}");
        assert_eq!(inputs[name]["bytes"], bytes.len(), "{name}");
    }
    assert_eq!(faults(&bench.open(), &out), [""; 0]);
}

#[test]
fn another_parquet_file_is_a_fault_of_the_inputs() {
    let bench = Bench::new();
    let out = bench.export(&bench.open());
    // The same rows in other bytes.
    bench.write(1, Compression::UNCOMPRESSED);
    let found = faults(&bench.open(), &out);
    assert!(!found.is_empty() && found.iter().all(|fault| fault.starts_with("inputs: ")), "{found:?}");
    assert!(found.iter().all(|fault| fault.contains("train-00001-of-00002.parquet")), "{found:?}");
}

#[test]
fn an_export_states_what_was_read_though_the_file_changed() {
    let bench = Bench::new();
    let dataset = bench.open();
    let before = fs::read(bench.file(0)).unwrap();
    fs::write(bench.file(0), "something else").unwrap();
    let out = bench.export(&dataset);
    fs::write(bench.file(0), before).unwrap();
    assert_eq!(faults(&bench.open(), &out), [""; 0]);
}
