//! Rows with the same query or a near one, by the same measure as the signals that compare queries.

use tilejury_data::{Dataset, SampleIndex};
use tilejury_rows::RowTable;

use crate::progress::{Cancelled, Progress};
use crate::suspicion::SuspicionSettings;
use crate::suspicion::groups::Groups;
use crate::suspicion::pixels::NearQueries;
use crate::suspicion::query_text::QueryTexts;

/// The nearness from which queries belong to one group. Groups grow from pair to pair: with the
/// lower bound of the signals, queries of one template would all be one group.
const GROUPED_FROM: f32 = 0.9;

/// A row with a near query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearRow {
    /// The row.
    pub sample: SampleIndex,
    /// The nearness of its query, 0 to 1; 1 for the same query only.
    pub nearness: f32,
}

/// The queries of a set, to be compared with each other.
pub struct SimilarQueries {
    table: RowTable,
    queries: QueryTexts,
}

impl SimilarQueries {
    /// Reads all rows. Reports them.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn read(dataset: &Dataset, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let (table, words) = RowTable::build(dataset, progress)?;
        Ok(Self { table, queries: QueryTexts::new(words) })
    }

    /// Returns the other rows with the same query or a near one, the nearest first.
    pub fn near(&self, sample: SampleIndex) -> Vec<NearRow> {
        let own = self.table.query(sample);
        let near = NearQueries::new(&self.queries, SuspicionSettings::default().near_query).near(own);
        let queries = std::iter::once((own, 1.0)).chain(near);
        let rows = queries.flat_map(|(query, nearness)| {
            let rows = self.table.rows_with_query(query).iter();
            rows.map(move |sample| NearRow { sample: *sample, nearness })
        });
        rows.filter(|row| row.sample != sample).collect()
    }

    /// Returns the groups of at least two rows whose queries are the same or almost the same, the
    /// largest first.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn groups(&self, progress: &dyn Progress) -> Result<Vec<Vec<SampleIndex>>, Cancelled> {
        let near = NearQueries::new(&self.queries, GROUPED_FROM);
        let mut groups = Groups::new(self.queries.len());
        for query in 0..self.queries.len() as u32 {
            if query.is_multiple_of(256) {
                progress.report(crate::progress::Stage::Rows.step(query as usize, self.queries.len()))?;
            }
            near.near(query).into_iter().for_each(|(other, _)| groups.join(query, other));
        }
        let rows = |queries: Vec<u32>| {
            let rows = queries.iter().flat_map(|query| self.table.rows_with_query(*query));
            let mut rows: Vec<SampleIndex> = rows.copied().collect();
            rows.sort_unstable();
            rows
        };
        let mut groups: Vec<Vec<SampleIndex>> =
            groups.all().into_iter().map(rows).filter(|rows| rows.len() > 1).collect();
        groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
        Ok(groups)
    }
}
