//! Reads the rows of a set as keys, on all cores: an export compares every row several times, and
//! reads it once.
//!
//! Knows nothing of judgements.

use tilejury_data::Dataset;
use tilejury_rows::Facts;

use super::workers::in_parts;
use crate::progress::{Cancelled, Progress, Stage};

/// The rows read between two reports of progress.
pub(super) const LOOK_UP_EVERY: usize = 4096;

/// Every row of a set, by sample.
///
/// # Errors
/// When `progress` cancelled the work.
pub(crate) fn read_facts(dataset: &Dataset, progress: &dyn Progress) -> Result<Facts, Cancelled> {
    let samples: Vec<usize> = (0..dataset.samples.len()).collect();
    let parts = in_parts(&samples, |part| {
        let mut facts = Facts::with_capacity(part.len());
        for some in part.chunks(LOOK_UP_EVERY) {
            progress.report(Stage::Rows.step(0, samples.len()))?;
            // A row that was read when the set was opened can be unreadable only if the file was
            // truncated since.
            some.iter().for_each(|sample| facts.push(dataset.row(*sample).ok().as_ref()));
        }
        Ok(facts)
    });
    parts.into_iter().collect::<Result<_, _>>().map(Facts::joined)
}
