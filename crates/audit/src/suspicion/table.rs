//! The rows of a set as numbers: tiles and queries that are the same have the same number, so that signals compare
//! integers.
//!
//! Filled once, then only looked at. Knows nothing of signals.

use std::collections::HashMap;
use std::ops::Range;

use tilejury_data::{Dataset, TilePath};

use super::query_text::Queries;

/// All rows. A row that cannot be read has no tiles.
#[derive(Default)]
pub(super) struct Table {
    rows: Vec<TableRow>,
    /// The tiles of all rows, one row behind the other, each positive first.
    tiles: Vec<u32>,
    ids: HashMap<TilePath, u32>,
    /// By tile number.
    pub(super) paths: Vec<TilePath>,
    /// The texts of the queries.
    pub(super) queries: Queries,
    /// The rows whose positive is a tile.
    by_positive: Groups,
    /// The rows of a query.
    by_query: Groups,
    /// A number for each split of the dataset.
    splits: Vec<u32>,
    /// The rows of each split number; they follow each other.
    rows_of_split: Vec<Range<u32>>,
}

#[derive(Clone, Copy)]
struct TableRow {
    tiles_from: u32,
    query: u32,
    split: u32,
}

impl Table {
    /// Takes in the next row; rows come in order.
    pub(super) fn read(&mut self, dataset: &Dataset, sample: usize) {
        if self.splits.is_empty() {
            self.splits = dataset.families().into_iter().map(|family| family as u32).collect();
            self.rows_of_split = vec![0..0; self.splits.len()];
        }
        let split = self.splits[usize::from(dataset.samples[sample].split)];
        let rows = &mut self.rows_of_split[split as usize];
        let start = if rows.end == 0 { sample as u32 } else { rows.start };
        *rows = start..sample as u32 + 1;
        let tiles_from = self.tiles.len() as u32;
        let Ok(row) = dataset.row(sample) else {
            let query = self.queries.number("");
            return self.rows.push(TableRow { tiles_from, query, split });
        };
        let query = self.queries.number(&row.query);
        self.rows.push(TableRow { tiles_from, query, split });
        for spelling in std::iter::once(&row.positive).chain(&row.negatives) {
            let path = TilePath::new(spelling);
            let tile = *self.ids.entry(path).or_insert_with_key(|path| {
                self.paths.push(path.clone());
                self.paths.len() as u32 - 1
            });
            self.tiles.push(tile);
        }
    }

    /// Sorts the rows by positive and by query, once all are there.
    pub(super) fn finish(&mut self) {
        self.ids = HashMap::new();
        let rows = || (0..self.rows.len()).filter(|row| !self.tiles(*row).is_empty());
        let by_positive = Groups::of(self.paths.len(), &|| rows().map(|row| (self.tiles(row)[0], row as u32)));
        let by_query = Groups::of(self.queries.len(), &|| rows().map(|row| (self.rows[row].query, row as u32)));
        (self.by_positive, self.by_query) = (by_positive, by_query);
        self.queries.weigh();
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The tiles of a row, positive first; empty where the row cannot be read.
    pub(super) fn tiles(&self, row: usize) -> &[u32] {
        let Some(from) = self.rows.get(row).map(|row| row.tiles_from as usize) else { return &[] };
        let to = self.rows.get(row + 1).map_or(self.tiles.len(), |next| next.tiles_from as usize);
        &self.tiles[from..to]
    }

    /// The row's positive and its negatives, these with their places: 1 for the first.
    pub(super) fn positive_and_negatives(&self, row: usize) -> Option<(u32, impl Iterator<Item = (usize, u32)> + '_)> {
        let tiles = self.tiles(row);
        let positive = *tiles.first()?;
        Some((positive, tiles.iter().copied().enumerate().skip(1)))
    }

    /// Where a row's tiles begin in the list of all.
    pub(super) fn tiles_from(&self, row: usize) -> usize {
        self.rows.get(row).map_or(self.tiles.len(), |row| row.tiles_from as usize)
    }

    /// The number of a row's query.
    pub(super) fn query(&self, row: usize) -> u32 {
        self.rows[row].query
    }

    /// Those of the rows, which are in order, that are in another split than a row is. `train` and `train_hn` are one split
    /// by what they mean; the dataset puts them next to each other.
    pub(super) fn elsewhere<'t>(&self, row: usize, rows: &'t [u32]) -> impl Iterator<Item = u32> + use<'t> {
        let own = &self.rows_of_split[self.rows[row].split as usize];
        let (before, behind) =
            (rows.partition_point(|row| *row < own.start), rows.partition_point(|row| *row < own.end));
        rows[..before].iter().chain(&rows[behind..]).copied()
    }

    /// The rows whose positive is this tile, in order.
    pub(super) fn rows_with_positive(&self, tile: u32) -> &[u32] {
        self.by_positive.get(tile)
    }

    /// The rows with this query, in order.
    pub(super) fn rows_with_query(&self, query: u32) -> &[u32] {
        self.by_query.get(query)
    }
}

/// Rows by a number, all in one list.
#[derive(Default)]
struct Groups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Groups {
    /// Sorts (number, row) pairs by counting; rows of one number stay in order.
    fn of<I: Iterator<Item = (u32, u32)>>(numbers: usize, pairs: &dyn Fn() -> I) -> Self {
        let mut starts = vec![0_u32; numbers + 1];
        pairs().for_each(|(number, _)| starts[number as usize + 1] += 1);
        for number in 0..numbers {
            starts[number + 1] += starts[number];
        }
        let mut rows = vec![0; starts.last().copied().unwrap_or(0) as usize];
        let mut next = starts.clone();
        for (number, row) in pairs() {
            rows[next[number as usize] as usize] = row;
            next[number as usize] += 1;
        }
        Self { starts, rows }
    }

    fn get(&self, number: u32) -> &[u32] {
        let number = number as usize;
        let (Some(from), Some(to)) = (self.starts.get(number), self.starts.get(number + 1)) else { return &[] };
        &self.rows[*from as usize..*to as usize]
    }
}
