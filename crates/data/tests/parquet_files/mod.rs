//! Parquet files for tests, in a folder of a set, with a folder for their lines.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part; a failed unwrap is a failed test"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use tilejury_data::progress::NoProgress;
use tilejury_data::{Dataset, LinesFolder, OpenError};

/// A folder for a set, and one for lines.
pub struct Folders {
    pub dir: tempfile::TempDir,
}

impl Folders {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("set")).unwrap();
        Self { dir }
    }

    pub fn set(&self) -> PathBuf {
        self.dir.path().join("set")
    }

    pub fn lines(&self) -> PathBuf {
        self.dir.path().join("cache/lines")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.set().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub fn open(&self) -> Result<Dataset, OpenError> {
        self.open_at(&self.set())
    }

    pub fn open_at(&self, path: &Path) -> Result<Dataset, OpenError> {
        Dataset::open_with(path, LinesFolder { folder: &self.lines(), progress: &NoProgress })
    }

    /// The names in the folder of lines.
    pub fn kept(&self) -> Vec<String> {
        let entries = self.lines().read_dir().into_iter().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

pub fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// The columns of rows with these numbers.
pub fn columns(rows: std::ops::Range<usize>) -> Vec<(&'static str, ArrayRef)> {
    let column = |of: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from(rows.clone().map(of).collect::<Vec<_>>()))
    };
    let mut negatives = ListBuilder::new(StringBuilder::new());
    for row in rows.clone() {
        negatives.append_value([Some(format!("shard_000/n{row}.png")), Some("shard_000/é.png".to_owned())]);
    }
    vec![
        ("query", column(&|row| format!("question {row}"))),
        ("chunk_path", column(&|row| format!("shard_000/p{row}.png"))),
        ("neg_chunk_paths", Arc::new(negatives.finish())),
        ("rank", Arc::new(Int64Array::from(rows.clone().map(|row| row as i64).collect::<Vec<_>>()))),
    ]
}

pub fn write(path: &Path, columns: Vec<(&'static str, ArrayRef)>) {
    write_groups(path, columns, 1 << 20);
}

pub fn write_groups(path: &Path, columns: Vec<(&'static str, ArrayRef)>, rows: usize) {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)));
    let batch = batch.unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Sets the time of a file far back, as that of a file that nobody writes any more.
pub fn settle(path: &Path) {
    let then = SystemTime::now() - Duration::from_secs(1000);
    File::options().write(true).open(path).unwrap().set_modified(then).unwrap();
}

pub fn queries(dataset: &Dataset) -> Vec<String> {
    dataset.indices().map(|index| dataset.row(index).unwrap().query.into_owned()).collect()
}

pub fn names(dataset: &Dataset) -> Vec<&str> {
    dataset.splits.iter().map(|split| split.name.as_str()).collect()
}
