//! One Parquet file: its columns, those that become fields of rows, and its rows in batches.
//!
//! Holds a few megabytes of rows at a time. Pictures inside the file are not read.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{ConvertedType, Type};
use parquet::schema::types::ColumnDescriptor;

use super::ParquetError;
use super::json::has_form;
use crate::row::ROW_FIELDS;

/// The first bytes of a Parquet file whose list of columns is encrypted.
const ENCRYPTED: [u8; 4] = *b"PARE";
/// The bytes of rows that are held at the same time, at the average length of a row.
const BATCH_BYTES: u64 = 8 << 20;
const BATCH_UP_TO_ROWS: u64 = 8192;
/// Binary values that are longer than this on average are pictures or other files.
const TEXT_UP_TO_BYTES: u64 = 16 << 10;
/// Columns that are named in a message.
const NAMED: usize = 20;

/// The kind of content in a Parquet file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Rows,
    /// Judgements as `tilejury judgements` prints them: their rows name rows by the same fields.
    Judgements,
    /// Anything else, with the names of its columns.
    Other(String),
}

/// The kind of a file, by the names of its columns.
pub(crate) fn content_of(file: &Path) -> Result<Content, ParquetError> {
    let table = Table::open(file)?;
    let has = |name: &str| table.meta.schema().field_with_name(name).is_ok();
    let [query, positive, _] = ROW_FIELDS;
    Ok(if !has(query) || !has(positive) {
        Content::Other(table.column_names())
    } else if ["annotator", "at", "line"].iter().all(|name| has(name)) {
        Content::Judgements
    } else {
        Content::Rows
    })
}

/// An opened file.
pub(super) struct Table {
    path: PathBuf,
    file: File,
    meta: ArrowReaderMetadata,
    /// The columns that are read.
    mask: ProjectionMask,
    /// Remarks on columns that are not read.
    pub(super) notes: Vec<String>,
}

impl Table {
    /// Opens a file and reads the list of its columns.
    pub(super) fn open(path: &Path) -> Result<Self, ParquetError> {
        let unusable = |message: String| ParquetError::unusable(path, message);
        let cannot = |error: std::io::Error| unusable(format!("cannot be read: {error}"));
        let mut file = File::open(path).map_err(cannot)?;
        let mut head = Vec::new();
        (&mut file).take(ENCRYPTED.len() as u64).read_to_end(&mut head).map_err(cannot)?;
        if head == ENCRYPTED {
            return Err(unusable("is encrypted; decrypt it with the program that wrote it".into()));
        }
        // The types that the writer had in memory do not matter.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let meta = ArrowReaderMetadata::load(&file, options)
            .map_err(|error| unusable(format!("is cut short, damaged or not Parquet: {}", words(&error))))?;
        let mut table = Self { path: path.to_owned(), file, mask: ProjectionMask::all(), notes: Vec::new(), meta };
        table.choose_columns();
        Ok(table)
    }

    /// The number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.row_groups()
            .map(|group| u64::try_from(self.meta.metadata().row_group(group).num_rows()).unwrap_or(0))
            .sum()
    }

    /// Fails unless the rows can be rows of a split, as far as the columns tell.
    pub(super) fn check_columns(&self) -> Result<(), ParquetError> {
        let schema = self.meta.schema();
        let unusable = |message: String| Err(ParquetError::unusable(&self.path, message));
        let is_text = |kind: &DataType| matches!(kind, DataType::Utf8 | DataType::Binary);
        let [query, positive, negatives] = ROW_FIELDS;
        for name in [query, positive] {
            let Ok(field) = schema.field_with_name(name) else {
                return unusable(format!(
                    "has no column `{name}`; its columns are {}, and rows need `{query}` and `{positive}`",
                    self.column_names()
                ));
            };
            if !is_text(field.data_type()) {
                return unusable(format!("its column `{name}` has the type {}; expected texts", field.data_type()));
            }
        }
        match schema.field_with_name(negatives).map(Field::data_type) {
            Ok(DataType::List(item)) if is_text(item.data_type()) || item.data_type().is_null() => Ok(()),
            Ok(DataType::Null) | Err(_) => Ok(()),
            Ok(kind) => unusable(format!("its column `{negatives}` has the type {kind}; expected lists of texts")),
        }
    }

    /// The groups of rows, in order.
    pub(super) fn row_groups(&self) -> std::ops::Range<usize> {
        0..self.meta.metadata().num_row_groups()
    }

    /// Reads a group of rows, batch by batch, until `take` returns `false`. Returns whether it
    /// reached the end.
    pub(super) fn read(&self, group: usize, mut take: impl FnMut(RecordBatch) -> bool) -> Result<bool, ParquetError> {
        let failed = |error: &str| {
            let column = self.damaged_column(group).map(|name| format!(", column `{name}`")).unwrap_or_default();
            let message = format!("row group {}{column} cannot be read: {error}", group + 1);
            ParquetError::unusable(&self.path, message)
        };
        let expected = self.meta.metadata().row_group(group).num_rows();
        let mut rows = 0_i64;
        for batch in self.batches(group, self.mask.clone()).map_err(|error| failed(&error))? {
            let batch = batch.map_err(|error| failed(&words(&error)))?;
            rows += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
            if !take(batch) {
                return Ok(false);
            }
        }
        // A column that ends early ends the batches without an error.
        if rows == expected { Ok(true) } else { Err(failed(&format!("it has {rows} rows instead of {expected}"))) }
    }

    fn batches(&self, group: usize, mask: ProjectionMask) -> Result<ParquetRecordBatchReader, String> {
        let file = self.file.try_clone().map_err(|error| error.to_string())?;
        let meta = self.meta.metadata().row_group(group);
        let columns = (0..meta.num_columns()).filter(|column| mask.leaf_included(*column));
        let bytes: u64 = columns.map(|column| at_least_zero(meta.column(column).uncompressed_size())).sum();
        let a_row = bytes / at_least_zero(meta.num_rows()).max(1) + 1;
        let rows = (BATCH_BYTES / a_row).clamp(1, BATCH_UP_TO_ROWS);
        ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.meta.clone())
            .with_row_groups(vec![group])
            .with_projection(mask)
            .with_batch_size(rows as usize)
            .build()
            .map_err(|error| words(&error))
    }

    /// The first column of a group that cannot be read alone.
    fn damaged_column(&self, group: usize) -> Option<String> {
        let schema = self.meta.parquet_schema();
        let expected = self.meta.metadata().row_group(group).num_rows();
        let damaged = (0..schema.num_columns()).filter(|leaf| self.mask.leaf_included(*leaf)).find(|leaf| {
            let batches = self.batches(group, ProjectionMask::leaves(schema, [*leaf]));
            let rows = batches
                .map(|batches| batches.map(|batch| batch.map(|batch| batch.num_rows())).sum::<Result<usize, _>>());
            !matches!(rows, Ok(Ok(rows)) if i64::try_from(rows) == Ok(expected))
        });
        damaged.map(|leaf| schema.column(leaf).path().string())
    }

    /// Leaves out what has no form in JSON, and pictures, which would only make the lines long.
    fn choose_columns(&mut self) {
        let schema = self.meta.parquet_schema();
        let leaves = schema.columns();
        let mut left_out = vec![false; leaves.len()];
        for (at, leaf) in leaves.iter().enumerate() {
            if is_bytes_of_picture(leaf, leaves) {
                left_out[at] = true;
                let parts = leaf.path().parts();
                let column = parts[..parts.len() - 1].join(".");
                self.notes.push(format!("the files in its column `{column}` are not read, only their names"));
            } else if is_binary(leaf) && self.average_bytes(at) > TEXT_UP_TO_BYTES {
                left_out[at] = true;
                self.notes
                    .push(format!("its column `{}` has long binary values and is not read", leaf.path().string()));
            }
        }
        for (root, field) in self.meta.schema().fields().iter().enumerate() {
            if !has_form(field.data_type()) {
                let (name, kind) = (field.name(), field.data_type());
                self.notes.push(format!("its column `{name}` is not read: JSON has no form for its type, {kind}"));
                (0..leaves.len())
                    .filter(|at| schema.get_column_root_idx(*at) == root)
                    .for_each(|at| left_out[at] = true);
            }
        }
        let chosen = left_out.iter().enumerate().filter(|(_, left_out)| !**left_out).map(|(at, _)| at);
        self.mask = ProjectionMask::leaves(schema, chosen);
    }

    fn average_bytes(&self, leaf: usize) -> u64 {
        let chunks = self.meta.metadata().row_groups().iter().map(|group| group.column(leaf));
        let sizes = chunks.map(|chunk| (at_least_zero(chunk.uncompressed_size()), at_least_zero(chunk.num_values())));
        let (bytes, values) = sizes.fold((0, 0), |(bytes, values), (more, of)| (bytes + more, values + of));
        bytes / u64::max(values, 1)
    }

    fn column_names(&self) -> String {
        let schema: &SchemaRef = self.meta.schema();
        let names = schema.fields().iter().take(NAMED).map(|field| format!("`{}`", field.name()));
        let names = names.collect::<Vec<_>>().join(", ");
        match schema.fields().len().saturating_sub(NAMED) {
            _ if names.is_empty() => "none".to_owned(),
            0 => names,
            more => format!("{names} and {more} more"),
        }
    }
}

/// Whether a column has the bytes of files, as features such as `Image` of `datasets` store them:
/// beside a column `path` with the names of the files.
fn is_bytes_of_picture(leaf: &ColumnDescriptor, leaves: &[Arc<ColumnDescriptor>]) -> bool {
    let Some((last, folder)) = leaf.path().parts().split_last() else { return false };
    let is_path = |other: &Arc<ColumnDescriptor>| {
        other.path().parts().split_last().is_some_and(|(last, other)| last == "path" && other == folder)
    };
    last == "bytes" && !folder.is_empty() && is_binary(leaf) && leaves.iter().any(is_path)
}

/// Whether a column has bytes that need not be text.
fn is_binary(leaf: &ColumnDescriptor) -> bool {
    let is_bytes = matches!(leaf.physical_type(), Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    is_bytes && leaf.converted_type() == ConvertedType::NONE && leaf.logical_type_ref().is_none()
}

fn at_least_zero(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// An error without the line breaks that some have.
fn words(error: &impl ToString) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
