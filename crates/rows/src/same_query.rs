//! Rows that share a query. The positive of one of them is positive for all, and must not be among
//! the negatives of any. Queries are the same if they are the same to a reader, who ignores case,
//! punctuation and spaces.

use std::collections::HashMap;

use tilejury_data::{Dataset, Sample, SampleIndex, TilePath};

use super::query_key::QueryKey;

/// The positives of queries that are in more than one row.
pub struct SameQuery {
    positives: HashMap<QueryKey, Vec<(SampleIndex, TilePath)>>,
}

impl SameQuery {
    /// Reads every row once.
    pub fn read(dataset: &Dataset) -> Self {
        let mut rows: HashMap<QueryKey, Vec<SampleIndex>> = HashMap::with_capacity(dataset.samples.len());
        for index in dataset.indices() {
            if let Ok(row) = dataset.row(index) {
                rows.entry(QueryKey::new(&row.query)).or_default().push(index);
            }
        }
        rows.retain(|_, rows| rows.len() > 1);
        let positive = |index: SampleIndex| Some((index, TilePath::new(&dataset.row(index).ok()?.positive)));
        let positives = rows.into_iter().map(|(key, rows)| (key, rows.into_iter().filter_map(positive).collect()));
        Self { positives: positives.collect() }
    }

    /// The first row with the same query that has the tile as its positive. This can be the
    /// sample's own row, if it shares its query with another.
    pub fn row_with_positive(&self, sample: &Sample, tile: &TilePath) -> Option<SampleIndex> {
        let positives = self.positives.get(&QueryKey::new(&sample.query))?;
        positives.iter().find(|(_, positive)| positive == tile).map(|(index, _)| *index)
    }
}
