//! The rows of a set as numbers: tiles and queries that are the same have the same number, so that signals compare
//! integers.
//!
//! Filled once, then only looked at. Knows nothing of signals. Holds no path: a set of a million rows names millions of tiles,
//! and the rows have their paths.

use std::ops::Range;

use tilejury_data::{Dataset, Row, TilePath};

use super::ROWS_AT_ONCE;
use super::interner::{Interner, hash_of};
use super::query_text::QueryTexts;
use crate::progress::{Cancelled, Progress, Stage};

/// All rows. A row that cannot be read has no tiles.
#[derive(Default)]
pub(super) struct RowTable {
    rows: Vec<TableRow>,
    /// The tiles of all rows, one row behind the other, each positive first.
    tiles: Vec<u32>,
    numbers: Interner,
    tile_count: usize,
    /// The texts of the queries.
    pub(super) queries: QueryTexts,
    /// The rows whose positive is a tile.
    by_positive: RowGroups,
    /// The rows of a query.
    by_query: RowGroups,
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

impl RowTable {
    /// Goes twice through all rows: for their tiles, when `each` is shown every row with the table as it stands, and then for
    /// their queries. Reports
    /// how many of these rows are done.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(super) fn build(
        dataset: &Dataset,
        each: &mut dyn FnMut(&Self, usize, Option<&Row<'_>>),
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut table = Self::default();
        let rows = dataset.samples.len();
        for sample in 0..rows {
            if sample.is_multiple_of(ROWS_AT_ONCE) {
                progress.report(Stage::Rows.step(sample, 2 * rows))?;
            }
            let row = dataset.row(sample).ok();
            table.read(dataset, sample, row.as_ref());
            each(&table, sample, row.as_ref());
        }
        table.tiles_are_there();
        for sample in 0..rows {
            if sample.is_multiple_of(ROWS_AT_ONCE) {
                progress.report(Stage::Rows.step(rows + sample, 2 * rows))?;
            }
            table.read_query(sample, dataset.row(sample).ok().as_ref().map(|row| &*row.query));
        }
        table.finish();
        Ok(table)
    }

    /// Takes in the tiles of the next row, `None` for one that cannot be read; rows come in order.
    fn read(&mut self, dataset: &Dataset, sample: usize, row: Option<&Row<'_>>) {
        if self.splits.is_empty() {
            self.splits = dataset.families().into_iter().map(|family| family as u32).collect();
            self.rows_of_split = vec![0..0; self.splits.len()];
        }
        let split = self.splits[usize::from(dataset.samples[sample].split)];
        let rows = &mut self.rows_of_split[split as usize];
        let start = if rows.end == 0 { sample as u32 } else { rows.start };
        *rows = start..sample as u32 + 1;
        self.rows.push(TableRow { tiles_from: self.tiles.len() as u32, query: 0, split });
        let tiles = row.into_iter().flat_map(Row::spellings);
        self.tiles.extend(tiles.map(|spelling| self.numbers.number(path_hash(spelling)).0));
    }

    /// The number of a tile in any spelling, until all rows' tiles are there.
    pub(super) fn number(&self, spelling: &str) -> Option<u32> {
        self.numbers.get(path_hash(spelling))
    }

    /// All rows' tiles are there: what was needed to number them goes, before queries take as much room.
    fn tiles_are_there(&mut self) {
        self.tile_count = std::mem::take(&mut self.numbers).len();
    }

    /// Takes in a row's query, `None` for a row that cannot be read. To be called for every row, once all tiles are there.
    fn read_query(&mut self, sample: usize, query: Option<&str>) {
        self.rows[sample].query = self.queries.number(query.unwrap_or_default());
    }

    /// Sorts the rows by positive and by query, once all tiles and queries are there.
    fn finish(&mut self) {
        let rows = || (0..self.rows.len()).filter(|row| !self.tiles(*row).is_empty());
        let by_positive = RowGroups::new(self.tile_count, &|| rows().map(|row| (self.tiles(row)[0], row as u32)));
        let by_query = RowGroups::new(self.queries.len(), &|| rows().map(|row| (self.rows[row].query, row as u32)));
        (self.by_positive, self.by_query) = (by_positive, by_query);
        self.queries.compute_word_weights();
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// How many different tiles the rows name.
    pub(super) fn tile_count(&self) -> usize {
        self.tile_count
    }

    /// By tile number: where in the list of all tiles it stands first.
    pub(super) fn first_occurrences(&self) -> Vec<u32> {
        let mut first = vec![0; self.tile_count];
        for (at, tile) in self.tiles.iter().enumerate().rev() {
            first[*tile as usize] = at as u32;
        }
        first
    }

    /// The path of the tile at a place in the list of all.
    pub(super) fn path_at(&self, dataset: &Dataset, at: u32) -> Option<TilePath> {
        let row = self.rows.partition_point(|row| row.tiles_from <= at).checked_sub(1)?;
        let place = at - self.rows[row].tiles_from;
        let row = dataset.row(row).ok()?;
        row.spellings().nth(place as usize).map(TilePath::new)
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

fn path_hash(spelling: &str) -> u64 {
    hash_of(&TilePath::normal(spelling))
}

/// Rows by a number, all in one list.
#[derive(Default)]
struct RowGroups {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl RowGroups {
    /// Sorts (number, row) pairs by counting; rows of one number stay in order.
    fn new<I: Iterator<Item = (u32, u32)>>(numbers: usize, pairs: &dyn Fn() -> I) -> Self {
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
