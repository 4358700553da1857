//! The rows of a dataset by their keys, for the counts of a report. Counts nothing.

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey};

/// The row with a key; `None` if the dataset does not have it, or it cannot be read.
pub(super) fn found(dataset: &Dataset, key: SampleKey) -> Option<(SampleIndex, Sample)> {
    let index = dataset.find(key)?;
    Some((index, dataset.sample(index).ok()?))
}
