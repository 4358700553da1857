//! The rows of a set as numbers: equal tiles and equal queries have equal numbers, so that signals
//! compare integers.
//!
//! Filled once, then only read. Knows no signal. Holds no path: a set of a million rows names
//! millions of tiles, and the rows have their paths.

use std::ops::Range;

use tilejury_data::progress::{Cancelled, Progress, Stage};
use tilejury_data::{Dataset, Row, SampleIndex, TilePath, TileSlot};

use super::interner::Interner;
use super::query_words::{QueryNumbering, QueryWords};
use super::tile_id::TileId;

/// The number of rows between two reports, which can cancel the work.
const ROWS_PER_REPORT: usize = 512;

/// The tiles of the rows while rows are added. At this stage a tile in any spelling can be found by
/// its number.
pub struct RowTableBuilder {
    tiles: RowTiles,
    numbers: Interner,
    /// The number of each file's split.
    splits: Vec<u32>,
    /// The range of rows of each split number.
    rows_of_split: Vec<Range<SampleIndex>>,
}

/// All rows. A row that cannot be read has no tiles.
pub struct RowTable {
    tiles: RowTiles,
    tile_count: usize,
    /// The number of each row's query.
    queries: Vec<u32>,
    /// The rows with each tile as positive.
    by_positive: RowGroups,
    /// The rows of each query.
    by_query: RowGroups,
    /// The range of rows of each split number.
    rows_of_split: Vec<Range<SampleIndex>>,
}

/// The tiles of all rows, by number.
#[derive(Default)]
struct RowTiles {
    rows: Vec<TableRow>,
    /// The tiles of all rows, one row after the other, each positive first.
    tiles: Vec<u32>,
}

#[derive(Clone, Copy)]
struct TableRow {
    tiles_from: u32,
    split: u32,
}

impl RowTiles {
    fn of_row(&self, row: SampleIndex) -> &[u32] {
        let row = row.index();
        let Some(from) = self.rows.get(row).map(|row| row.tiles_from as usize) else { return &[] };
        let to = self.rows.get(row + 1).map_or(self.tiles.len(), |next| next.tiles_from as usize);
        &self.tiles[from..to]
    }

    fn start_of(&self, row: SampleIndex) -> usize {
        self.rows.get(row.index()).map_or(self.tiles.len(), |row| row.tiles_from as usize)
    }
}

impl RowTableBuilder {
    fn new(dataset: &Dataset) -> Self {
        let splits: Vec<u32> = dataset.families().into_iter().map(|family| family as u32).collect();
        let rows_of_split = vec![SampleIndex::default()..SampleIndex::default(); splits.len()];
        Self { tiles: RowTiles::default(), numbers: Interner::default(), splits, rows_of_split }
    }

    /// Adds the tiles of the next row in order; `None` for a row that cannot be read.
    fn add_row(&mut self, dataset: &Dataset, sample: SampleIndex, row: Option<&Row<'_>>) {
        let split = self.splits[usize::from(dataset.entry(sample).split)];
        let rows = &mut self.rows_of_split[split as usize];
        let start = if rows.is_empty() { sample } else { rows.start };
        *rows = start..SampleIndex::new(sample.index() + 1);
        self.tiles.rows.push(TableRow { tiles_from: self.tiles.tiles.len() as u32, split });
        let tiles = row.into_iter().flat_map(Row::spellings);
        self.tiles.tiles.extend(tiles.map(|spelling| self.numbers.number(TileId::from_spelling(spelling).hash()).0));
    }

    /// The number of a tile in any spelling, if one of the rows so far has it.
    pub fn tile_number(&self, spelling: &str) -> Option<u32> {
        self.numbers.get(TileId::from_spelling(spelling).hash())
    }

    /// The tiles of an added row, positive first; empty if the row cannot be read.
    pub fn tiles(&self, row: SampleIndex) -> &[u32] {
        self.tiles.of_row(row)
    }

    /// The index of a row's first tile in the list of all.
    pub fn tiles_from(&self, row: SampleIndex) -> usize {
        self.tiles.start_of(row)
    }

    /// Builds the whole table after the tiles of all rows were added. It drops the data for
    /// numbering tiles first, before queries need as much room.
    fn finish(self, dataset: &Dataset, progress: &dyn Progress) -> Result<(RowTable, QueryWords), Cancelled> {
        let Self { tiles, numbers, rows_of_split, .. } = self;
        let tile_count = numbers.len();
        drop(numbers);
        let mut numbering = QueryNumbering::default();
        let mut queries = Vec::with_capacity(tiles.rows.len());
        let rows = tiles.rows.len();
        for sample in SampleIndex::first(rows) {
            if sample.index().is_multiple_of(ROWS_PER_REPORT) {
                progress.report(Stage::Rows.step(rows + sample.index(), 2 * rows))?;
            }
            queries.push(numbering.number(dataset.row(sample).ok().as_ref().map_or("", |row| &*row.query)));
        }
        let rows = || SampleIndex::first(tiles.rows.len()).filter(|row| !tiles.of_row(*row).is_empty());
        let by_positive = RowGroups::new(tile_count, &|| rows().map(|row| (tiles.of_row(row)[0], row)));
        let by_query = RowGroups::new(numbering.len(), &|| rows().map(|row| (queries[row.index()], row)));
        let table = RowTable { tiles, tile_count, queries, by_positive, by_query, rows_of_split };
        Ok((table, numbering.finish()))
    }
}

impl RowTable {
    /// Reads all rows twice: first their tiles, calling `each` with every row and the tiles so far,
    /// then their queries and their words. Reports the finished rows of both rounds.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn build(
        dataset: &Dataset,
        each: &mut dyn FnMut(&RowTableBuilder, SampleIndex, Option<&Row<'_>>),
        progress: &dyn Progress,
    ) -> Result<(Self, QueryWords), Cancelled> {
        let mut builder = RowTableBuilder::new(dataset);
        let rows = dataset.samples.len();
        for sample in SampleIndex::first(rows) {
            if sample.index().is_multiple_of(ROWS_PER_REPORT) {
                progress.report(Stage::Rows.step(sample.index(), 2 * rows))?;
            }
            let row = dataset.row(sample).ok();
            builder.add_row(dataset, sample, row.as_ref());
            each(&builder, sample, row.as_ref());
        }
        builder.finish(dataset, progress)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.tiles.rows.len()
    }

    /// The indexes of all rows, in order.
    pub fn indices(&self) -> impl Iterator<Item = SampleIndex> + use<> {
        SampleIndex::first(self.len())
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.tiles.rows.is_empty()
    }

    /// The number of different tiles in the rows.
    pub fn tile_count(&self) -> usize {
        self.tile_count
    }

    /// The first index of each tile number in the list of all tiles.
    pub fn first_occurrences(&self) -> Vec<u32> {
        let mut first = vec![0; self.tile_count];
        for (at, tile) in self.tiles.tiles.iter().enumerate().rev() {
            first[*tile as usize] = at as u32;
        }
        first
    }

    /// The path of the tile at an index in the list of all.
    pub fn path_at(&self, dataset: &Dataset, at: u32) -> Option<TilePath> {
        let rows = &self.tiles.rows;
        let row = rows.partition_point(|row| row.tiles_from <= at).checked_sub(1)?;
        let tile = at - rows[row].tiles_from;
        let row = dataset.row(SampleIndex::new(row)).ok()?;
        row.spellings().nth(tile as usize).map(TilePath::new)
    }

    /// The tiles of a row, positive first; empty if the row cannot be read.
    pub fn tiles(&self, row: SampleIndex) -> &[u32] {
        self.tiles.of_row(row)
    }

    /// The tiles of a row with their slots.
    pub fn slots(&self, row: SampleIndex) -> impl Iterator<Item = (TileSlot, u32)> + '_ {
        let tiles = self.tiles(row);
        TileSlot::first(tiles.len()).zip(tiles.iter().copied())
    }

    /// The row's positive, and its negatives with their slots.
    pub fn positive_and_negatives(
        &self,
        row: SampleIndex,
    ) -> Option<(u32, impl Iterator<Item = (TileSlot, u32)> + '_)> {
        let positive = *self.tiles(row).first()?;
        Some((positive, self.slots(row).skip(1)))
    }

    /// The index of a row's first tile in the list of all.
    pub fn tiles_from(&self, row: SampleIndex) -> usize {
        self.tiles.start_of(row)
    }

    /// The number of a row's query.
    pub fn query(&self, row: SampleIndex) -> u32 {
        self.queries[row.index()]
    }

    /// Those of the rows, given in order, that are in another split than `row`. `train` and
    /// `train_hn` mean one split; the dataset puts them next to each other.
    pub fn elsewhere<'t>(
        &self,
        row: SampleIndex,
        rows: &'t [SampleIndex],
    ) -> impl Iterator<Item = SampleIndex> + use<'t> {
        let own = &self.rows_of_split[self.tiles.rows[row.index()].split as usize];
        let (before, after) =
            (rows.partition_point(|row| *row < own.start), rows.partition_point(|row| *row < own.end));
        rows[..before].iter().chain(&rows[after..]).copied()
    }

    /// The rows with this tile as positive, in order.
    pub fn rows_with_positive(&self, tile: u32) -> &[SampleIndex] {
        self.by_positive.get(tile)
    }

    /// The rows with this query, in order.
    pub fn rows_with_query(&self, query: u32) -> &[SampleIndex] {
        self.by_query.get(query)
    }
}

/// Rows grouped by a number, all in one list.
#[derive(Default)]
struct RowGroups {
    starts: Vec<u32>,
    rows: Vec<SampleIndex>,
}

impl RowGroups {
    /// Sorts (number, row) pairs by counting; rows with one number stay in order.
    fn new<I: Iterator<Item = (u32, SampleIndex)>>(numbers: usize, pairs: &dyn Fn() -> I) -> Self {
        let mut starts = vec![0_u32; numbers + 1];
        pairs().for_each(|(number, _)| starts[number as usize + 1] += 1);
        for number in 0..numbers {
            starts[number + 1] += starts[number];
        }
        let mut rows = vec![SampleIndex::default(); starts.last().copied().unwrap_or(0) as usize];
        let mut next = starts.clone();
        for (number, row) in pairs() {
            rows[next[number as usize] as usize] = row;
            next[number as usize] += 1;
        }
        Self { starts, rows }
    }

    fn get(&self, number: u32) -> &[SampleIndex] {
        let number = number as usize;
        let (Some(from), Some(to)) = (self.starts.get(number), self.starts.get(number + 1)) else { return &[] };
        &self.rows[*from as usize..*to as usize]
    }
}
