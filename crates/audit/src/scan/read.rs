//! Reads files of scans and of pairs, also after another engine wrote them again: columns are found
//! by name, and types are those of the file itself. Decides nothing.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::{
    ArrayAccessor, BinaryArray, BooleanArray, Int32Array, Int64Array, ListArray, RecordBatch, StringArray,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use thiserror::Error;

use super::schema::SCHEMA_VERSION;

/// The rows that are read together.
const ROWS_TOGETHER: usize = 1024;

/// A reason why a file cannot be used.
#[derive(Debug, Error)]
#[error("{path}: {message}", path = path.display())]
pub struct PartError {
    /// The file.
    pub path: PathBuf,
    /// The fault, in words.
    pub message: String,
}

/// The rows of a file, in batches.
pub(super) struct PartReader {
    reader: ParquetRecordBatchReader,
    path: PathBuf,
    /// The number of all rows.
    pub(super) rows: usize,
}

/// Some rows of a file.
pub(super) struct PartBatch {
    batch: RecordBatch,
    path: PathBuf,
}

impl PartReader {
    /// Opens a file, to read some of its columns.
    pub(super) fn open(path: &Path, columns: &[&str]) -> Result<Self, PartError> {
        let failed = |message: String| PartError { path: path.to_owned(), message };
        let file = File::open(path).map_err(|error| failed(error.to_string()))?;
        // The types that the writer had in memory do not matter.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)
            .map_err(|error| failed(format!("not a Parquet file, or a damaged one: {error}")))?;
        if let Some(missing) = columns.iter().find(|name| builder.schema().column_with_name(name).is_none()) {
            return Err(failed(format!("it has no column `{missing}`")));
        }
        let rows = builder.metadata().file_metadata().num_rows() as usize;
        let roots = builder.schema().fields().iter().enumerate();
        let roots: Vec<usize> =
            roots.filter(|(_, field)| columns.contains(&field.name().as_str())).map(|(at, _)| at).collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
        let reader = builder.with_projection(mask).with_batch_size(ROWS_TOGETHER).build();
        let reader = reader.map_err(|error| failed(error.to_string()))?;
        Ok(Self { reader, path: path.to_owned(), rows })
    }

    /// Whether a file has these columns; `false` if it is not a Parquet file.
    pub(super) fn has_columns(path: &Path, columns: &[&str]) -> bool {
        Self::open(path, columns).is_ok()
    }
}

impl Iterator for PartReader {
    type Item = Result<PartBatch, PartError>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.path.clone();
        Some(match self.reader.next()? {
            Ok(batch) => Ok(PartBatch { batch, path }),
            Err(error) => Err(PartError { path, message: error.to_string() }),
        })
    }
}

impl PartBatch {
    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn column<A: 'static>(&self, name: &str, kind: &str) -> Result<&A, PartError> {
        let column = self.batch.column_by_name(name).and_then(|column| column.as_any().downcast_ref::<A>());
        column.ok_or_else(|| self.failed(format!("its column `{name}` is not of {kind}")))
    }

    pub(super) fn failed(&self, message: String) -> PartError {
        PartError { path: self.path.clone(), message }
    }

    pub(super) fn texts(&self, name: &str) -> Result<&StringArray, PartError> {
        self.column(name, "texts")
    }

    pub(super) fn bytes(&self, name: &str) -> Result<&BinaryArray, PartError> {
        self.column(name, "bytes")
    }

    pub(super) fn int32(&self, name: &str) -> Result<&Int32Array, PartError> {
        self.column(name, "32-bit integers")
    }

    pub(super) fn int64(&self, name: &str) -> Result<&Int64Array, PartError> {
        self.column(name, "64-bit integers")
    }

    pub(super) fn flags(&self, name: &str) -> Result<&BooleanArray, PartError> {
        self.column(name, "booleans")
    }

    pub(super) fn lists(&self, name: &str) -> Result<&ListArray, PartError> {
        self.column(name, "lists")
    }

    /// Refuses rows of another version of the columns.
    pub(super) fn check_version(&self) -> Result<(), PartError> {
        let versions = self.int32("schema_version")?;
        match versions.iter().find(|version| *version != Some(SCHEMA_VERSION)) {
            None => Ok(()),
            Some(other) => Err(self.failed(format!(
                "its columns have version {}, this program knows {SCHEMA_VERSION}; scan again with this program",
                other.unwrap_or_default()
            ))),
        }
    }
}

/// Returns the value of a row, `None` if there is none.
#[allow(clippy::needless_pass_by_value, reason = "the column is a reference, which has the trait")]
pub(super) fn value<A: ArrayAccessor>(column: A, row: usize) -> Option<A::Item> {
    column.is_valid(row).then(|| column.value(row))
}
