//! Queries with graded tiles, from the written rows and the judgements, for formats for evaluation.
//!
//! Grade 1: the positives of a query's rows in the split, and the tiles whose answer is relevant to
//! the query, whether they are still negatives or not; but not the positive of another split's row,
//! which would leak.
//!
//! Grade 0: the tiles whose answer is not relevant and that are not positives of the query.
//!
//! The answers are those of [`Answers`]: queries that are the same to a reader share them. A
//! negative that nobody judged has no grade: that it was mined as a negative proves nothing. Writes
//! nothing.

use std::collections::HashMap;

use tilejury_data::TilePath;
use tilejury_rows::{QueryKey, TileId};

use super::names::sort_as_documents;
use crate::answers::Answers;
use crate::export::ExportError;
use crate::export::context::{ExportContext, ROWS_PER_REPORT};
use crate::export::options::Leaks;
use crate::export::plan::PlannedRow;
use crate::export::rows::{query_id, query_number, rows};
use crate::progress::Stage;

/// A query of a split with the known grades of its tiles.
pub(super) struct GradedQuery {
    pub(super) number: u64,
    pub(super) id: String,
    pub(super) text: String,
    /// In the order of their document names, like the others.
    pub(super) relevant: Vec<TilePath>,
    pub(super) not_relevant: Vec<TilePath>,
}

impl GradedQuery {
    /// Returns every tile with its grade, the relevant ones first.
    pub(super) fn grades(&self) -> impl Iterator<Item = (&TilePath, u8)> {
        let relevant = self.relevant.iter().map(|tile| (tile, 1));
        relevant.chain(self.not_relevant.iter().map(|tile| (tile, 0)))
    }
}

/// The answer for a tile and a query.
struct Pair<'a> {
    query: QueryKey,
    tile: &'a TilePath,
    relevant: bool,
    /// The index of the split in which it is a positive, if no other split may show it.
    home: Option<usize>,
}

/// The judged tiles of all rows of the dataset.
pub(super) struct JudgedTiles<'a> {
    /// Sorted by query and tile, without repeats. Borrowed: there may be as many as tiles in all
    /// rows.
    pairs: Vec<Pair<'a>>,
}

impl<'a> JudgedTiles<'a> {
    /// Reads the judged rows, then every written row.
    pub(super) fn read(context: &ExportContext<'a>) -> Result<Self, ExportError> {
        let mut pairs = Vec::new();
        for (key, judgement) in context.judgements {
            if judgement.tiles.is_empty() {
                continue;
            }
            // Judgements of rows that the dataset no longer contains have no query text.
            let index = context.dataset.find(*key);
            let Some(row) = index.and_then(|index| context.dataset.row(index).ok()) else { continue };
            let query = QueryKey::new(&row.query);
            let answers: &Answers = context.answers;
            pairs.extend(judgement.tiles.keys().filter_map(|tile| {
                Some(Pair { query, tile, relevant: answers.grade(query, TileId::new(tile))?, home: None })
            }));
        }
        pairs.sort_unstable_by(|a, b| (a.query, a.tile).cmp(&(b.query, b.tile)));
        pairs.dedup_by(|later, earlier| (later.query, later.tile) == (earlier.query, earlier.tile));
        let mut judged = Self { pairs };
        judged.spare_positives(context)?;
        Ok(judged)
    }

    /// Removes the grade 0 of positives: a positive of a query is never not relevant to it,
    /// whatever was judged in another of its rows.
    fn spare_positives(&mut self, context: &ExportContext<'_>) -> Result<(), ExportError> {
        let mut spared = vec![false; self.pairs.len()];
        let leaks = context.options.leaks == Leaks::DropTrain;
        context.each_row(|row| {
            let sought = (QueryKey::new(&row.query), &row.positive);
            if let Ok(at) = self.pairs.binary_search_by(|pair| (pair.query, pair.tile).cmp(&sought)) {
                spared[at] = !self.pairs[at].relevant;
                let split = usize::from(context.dataset.entry(row.sample).split);
                self.pairs[at].home = Some(split).filter(|_| leaks);
            }
            Ok(())
        })?;
        let mut spared = spared.into_iter();
        self.pairs.retain(|_| !spared.next().unwrap_or_default());
        Ok(())
    }

    fn tiles_of_query(&self, query: QueryKey, relevant: bool, split: usize) -> impl Iterator<Item = TilePath> {
        let from = self.pairs.partition_point(|pair| pair.query < query);
        let pairs = self.pairs.iter().skip(from).take_while(move |pair| pair.query == query);
        let here = move |pair: &&Pair<'_>| pair.home.is_none_or(|home| home == split);
        pairs.filter(move |pair| pair.relevant == relevant).filter(here).map(|pair| pair.tile.clone())
    }

    /// Calls `each` for every query of a split's written rows, in the order in which they first
    /// appear. `before` rows were written before these. Keeps indices of queries and rows in
    /// memory, and reads each row twice.
    pub(super) fn each_query(
        &self,
        context: &ExportContext<'_>,
        planned: &[PlannedRow],
        before: usize,
        mut each: impl FnMut(&GradedQuery) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut queries: HashMap<u64, u32> = HashMap::new();
        // The indices of the query among the queries and of the row among the rows.
        let mut indices: Vec<(u32, u32)> = Vec::with_capacity(planned.len());
        for (at, row) in context.rows(planned, before).enumerate() {
            let next = queries.len() as u32;
            indices.push((*queries.entry(query_number(&row?.query)).or_insert(next), at as u32));
        }
        drop(queries);
        indices.sort_unstable();
        let mut done = 0;
        for rows_of_query in indices.chunk_by(|a, b| a.0 == b.0) {
            if done % ROWS_PER_REPORT + rows_of_query.len() >= ROWS_PER_REPORT {
                context.report_progress(Stage::Writing.step(before + done, context.plan.rows.len()))?;
            }
            done += rows_of_query.len();
            if let Some(query) = self.graded(context, planned, rows_of_query)? {
                each(&query)?;
            }
        }
        Ok(())
    }

    fn graded(
        &self,
        context: &ExportContext<'_>,
        planned: &[PlannedRow],
        indices: &[(u32, u32)],
    ) -> Result<Option<GradedQuery>, ExportError> {
        let mut graded: Option<GradedQuery> = None;
        for (_, at) in indices {
            let at = *at as usize;
            for row in rows(context.dataset, &planned[at..=at]) {
                let row = row?;
                let query = graded.get_or_insert_with(|| {
                    let key = QueryKey::new(&row.query);
                    let split = usize::from(context.dataset.entry(row.sample).split);
                    GradedQuery {
                        number: query_number(&row.query),
                        id: query_id(&row.query),
                        text: row.query,
                        relevant: self.tiles_of_query(key, true, split).collect(),
                        not_relevant: self.tiles_of_query(key, false, split).collect(),
                    }
                });
                query.relevant.push(row.positive);
            }
        }
        if let Some(query) = &mut graded {
            sort_as_documents(&mut query.relevant);
            sort_as_documents(&mut query.not_relevant);
        }
        Ok(graded)
    }
}

/// A query as a line of JSON in BEIR's form.
#[derive(serde::Serialize)]
pub(super) struct QueryLine<'q> {
    pub(super) _id: &'q str,
    pub(super) text: &'q str,
}

/// A graded pair as a line of JSON in MTEB's form.
#[derive(serde::Serialize)]
pub(super) struct GradeLine<'g> {
    #[serde(rename = "query-id")]
    pub(super) query: &'g str,
    #[serde(rename = "corpus-id")]
    pub(super) document: &'g str,
    pub(super) score: u8,
}
