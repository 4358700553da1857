//! Reads the rows of a set as keys, on all cores: an export compares every row several times, and
//! reads it once.
//!
//! Knows nothing of judgements.

use tilejury_data::{Dataset, SampleIndex};
use tilejury_rows::RowKeyTable;

use super::workers::in_parts;
use crate::progress::{Cancelled, Progress, Stage};

/// The rows read between two reports of progress.
pub(super) const ROWS_PER_CHECK: usize = 4096;

/// Every row of a set, by sample.
///
/// # Errors
/// When `progress` cancelled the work.
pub(crate) fn read_row_keys(dataset: &Dataset, progress: &dyn Progress) -> Result<RowKeyTable, Cancelled> {
    let samples: Vec<SampleIndex> = dataset.indices().collect();
    let parts = in_parts(&samples, |part| {
        let mut row_keys = RowKeyTable::with_capacity(part.len());
        for some in part.chunks(ROWS_PER_CHECK) {
            progress.report(Stage::Rows.step(0, samples.len()))?;
            // A row that was read when the set was opened can be unreadable only if the file was
            // truncated since.
            some.iter().for_each(|sample| row_keys.push(dataset.row(*sample).ok().as_ref()));
        }
        Ok(row_keys)
    });
    parts.into_iter().collect::<Result<_, _>>().map(RowKeyTable::joined)
}
