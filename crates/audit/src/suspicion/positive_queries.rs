//! The queries of the rows of each positive, close together in memory, so that a query is compared
//! with all of them without waiting for each.
//!
//! Rules most of them out, by a summary of their words; `query_text` decides about the rest.

use std::cell::LazyCell;
use std::hint::black_box;
use std::ops::Range;

use tilejury_data::SampleIndex;
use tilejury_rows::{RowTable, rows_in_order};

use super::query_summary::{QueryProbe, QuerySummary};
use super::query_text::QueryTexts;
use crate::progress::Cancelled;

/// The most rows of one positive that are compared with a row; further ones are skipped, to bound
/// the time.
pub(super) const COMPARED_UP_TO: usize = 256;

/// The query of a row.
#[derive(Clone, Copy)]
struct QueryOfRow {
    summary: QuerySummary,
    query: u32,
    row: SampleIndex,
}

/// The queries of all rows, those of one positive next to each other.
pub(super) struct PositiveQueries(Vec<QueryOfRow>);

/// A query that is compared with those of many rows.
pub(super) struct ComparedQuery<'q, F> {
    number: u32,
    probe: LazyCell<QueryProbe, F>,
    queries: &'q QueryTexts,
    /// The least nearness of near queries.
    least: f32,
}

impl PositiveQueries {
    /// Summarises the queries, on all cores.
    pub(super) fn new(table: &RowTable, queries: &QueryTexts) -> Self {
        let rows = table.rows_by_positive();
        let mut all = Vec::with_capacity(rows.len());
        let summaries = |range: Range<usize>| {
            let of_row = |row: &SampleIndex| {
                let query = table.query(*row);
                QueryOfRow { summary: QuerySummary::new(queries, query), query, row: *row }
            };
            Ok(rows[range].iter().map(of_row).collect::<Vec<_>>())
        };
        let _: Result<(), Cancelled> = rows_in_order(rows.len(), summaries, |part| all.extend(part));
        Self(all)
    }

    /// Collects the places of several tiles, those that are no positive left out, and brings their
    /// rows into the cache. They are all over the memory: a core that reads one of each before any
    /// is compared waits for all of them at once.
    pub(super) fn brought<S>(&self, places: impl Iterator<Item = (S, Range<usize>)>) -> Vec<(S, Range<usize>)> {
        let all: Vec<(S, Range<usize>)> = places.filter(|(_, places)| !places.is_empty()).collect();
        for (_, places) in &all {
            black_box(self.0.get(places.start).map(|first| first.query));
        }
        all
    }

    /// Returns the row of a positive whose query is nearest, if any is near; of equally near ones
    /// the first. `places` are those in the table's list of rows by positive.
    pub(super) fn nearest<F: FnOnce() -> QueryProbe>(
        &self,
        places: impl Iterator<Item = Range<usize>>,
        query: &ComparedQuery<'_, F>,
    ) -> Option<(SampleIndex, f32)> {
        let compared = places.flat_map(|places| &self.0[places]).take(COMPARED_UP_TO);
        let may_be = compared.filter(|row| row.query == query.number || query.may_be_near(row));
        may_be
            .map(|row| (row.row, query.queries.nearness(query.number, row.query, query.least)))
            .filter(|(_, nearness)| *nearness >= query.least)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

/// Prepares a query, to compare it with those of many rows.
pub(super) fn compared(
    queries: &QueryTexts,
    number: u32,
    least: f32,
) -> ComparedQuery<'_, impl FnOnce() -> QueryProbe> {
    ComparedQuery { number, probe: LazyCell::new(move || QueryProbe::new(queries, number)), queries, least }
}

impl<F: FnOnce() -> QueryProbe> ComparedQuery<'_, F> {
    fn may_be_near(&self, row: &QueryOfRow) -> bool {
        self.probe.may_be_near(&row.summary, self.least)
    }
}
