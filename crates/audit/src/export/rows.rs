//! The rows of a plan as they are written: bytes for the dataset's own layout, parts for all
//! others.
//!
//! Reads the dataset; writes nothing.

use std::borrow::Cow;

use sha2::{Digest, Sha256};
use tilejury_data::rewrite::rewritten;
use tilejury_data::{Dataset, Row, RowError, SampleIndex, TilePath};

use super::ExportError;
use super::plan::{ExportPlan, PlannedRow};

/// A row to write.
pub(super) struct RowToWrite {
    /// The sample that it is made from.
    pub(super) sample: SampleIndex,
    /// Like [`PlannedRow::number`].
    pub(super) number: u32,
    pub(super) query: String,
    pub(super) positive: TilePath,
    /// In the order in which they are written.
    pub(super) negatives: Vec<TilePath>,
    /// Shared by rows of one query that must not be in one batch.
    pub(super) query_group: Option<String>,
}

impl RowToWrite {
    /// Returns the positive, then the negatives.
    pub(super) fn tiles(&self) -> impl Iterator<Item = &TilePath> {
        std::iter::once(&self.positive).chain(&self.negatives)
    }

    /// Returns the row's identifier, which follows from its query and positive: 32 hex digits.
    /// Repeats of a row have different ones.
    pub(super) fn id(&self, dataset: &Dataset) -> String {
        match self.number {
            0 => dataset.entry(self.sample).key.to_string(),
            number => format!("{}-{number}", dataset.entry(self.sample).key),
        }
    }
}

/// Returns the number that identifies a query's text: the first 64 bits of its SHA-256.
pub(super) fn query_number(query: &str) -> u64 {
    let digest = Sha256::digest(query.as_bytes());
    digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
}

/// Returns the identifier of a query: `q` and its number in 16 hex digits.
pub(super) fn query_id(query: &str) -> String {
    format!("q{:016x}", query_number(query))
}

/// Returns a tile's path in the layout with extracted files: relative to the export's folder if
/// pictures are written, else to the dataset's.
pub(super) fn image_path(tile: &TilePath) -> String {
    format!("images/{tile}")
}

/// Returns the line of a planned row without its end: the row's own bytes, except for what was
/// rewritten.
pub(super) fn line<'d>(dataset: &'d Dataset, row: &PlannedRow) -> Result<Cow<'d, [u8]>, ExportError> {
    let sample = row.sample;
    let own = dataset.split_of(sample).line(dataset.entry(sample).row as usize);
    let own = own.map_err(|error| bad_row(dataset, sample, &error))?;
    match &row.rewrite {
        None => Ok(Cow::Borrowed(own)),
        Some(rewrite) => rewritten(own, rewrite).map(Cow::Owned).map_err(|error| bad_row(dataset, sample, &error)),
    }
}

/// Parses a line of a planned row.
pub(super) fn parsed<'l>(dataset: &Dataset, planned: &PlannedRow, line: &'l [u8]) -> Result<Row<'l>, ExportError> {
    Row::parse(line).map_err(|error| bad_row(dataset, planned.sample, &error))
}

fn bad_row(dataset: &Dataset, sample: SampleIndex, error: &RowError) -> ExportError {
    let source = std::io::Error::other(format!("line {}: {error}", dataset.line_of(sample)));
    ExportError::Io { path: dataset.split_of(sample).file.clone(), source }
}

/// Returns the rows of a plan that are made from the planned rows given, in order.
pub(super) fn rows<'d>(
    dataset: &'d Dataset,
    planned: impl IntoIterator<Item = &'d PlannedRow>,
) -> impl Iterator<Item = Result<RowToWrite, ExportError>> {
    planned.into_iter().map(move |planned| {
        let sample = planned.sample;
        let line = line(dataset, planned)?;
        let row = parsed(dataset, planned, &line)?;
        Ok(RowToWrite {
            sample,
            number: planned.number,
            query: row.query.into_owned(),
            positive: TilePath::new(&row.positive),
            negatives: row.negatives.iter().map(|path| TilePath::new(path)).collect(),
            query_group: planned.rewrite.as_ref().and_then(|rewrite| rewrite.query_group.clone()),
        })
    })
}

impl ExportPlan {
    /// Returns the planned rows of each split of the dataset.
    pub(super) fn by_split<'p>(&'p self, dataset: &Dataset) -> Vec<&'p [PlannedRow]> {
        let mut first = 0;
        let rows_of = |split: &tilejury_data::Split| {
            let end = first + split.rows.len();
            let from = self.rows.partition_point(|row| row.sample.index() < first);
            let to = self.rows.partition_point(|row| row.sample.index() < end);
            first = end;
            &self.rows[from..to]
        };
        dataset.splits.iter().map(rows_of).collect()
    }
}
