//! Reads the rows of a set as keys, on all cores: an export compares every row several times, and reads it once.
//!
//! Knows nothing of judgements.

use tilejury_data::Dataset;
use tilejury_rows::Facts;

use super::ExportError;
use super::progress::{Progress, Step};
use super::workers::in_parts;

/// How often it is asked whether to go on, in rows.
pub(super) const LOOK_UP_EVERY: usize = 4096;

/// Every row of a set, by sample.
///
/// # Errors
/// When `progress` stopped it.
pub(crate) fn read_facts(dataset: &Dataset, progress: Progress<'_>) -> Result<Facts, ExportError> {
    let samples: Vec<usize> = (0..dataset.samples.len()).collect();
    let parts = in_parts(&samples, |part| {
        let mut facts = Facts::with_capacity(part.len());
        for some in part.chunks(LOOK_UP_EVERY) {
            if !progress(Step::Rows, 0, samples.len()) {
                return Err(ExportError::Cancelled);
            }
            // A row that was read when the set was opened can be unreadable only where the file was cut since.
            some.iter().for_each(|sample| facts.push(dataset.row(*sample).ok().as_ref()));
        }
        Ok(facts)
    });
    parts.into_iter().collect::<Result<_, _>>().map(Facts::joined)
}
