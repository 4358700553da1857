//! The rows of a set as numbers: equal tiles and equal queries have equal numbers, so that signals
//! compare integers.
//!
//! Filled once, then only read. Knows no signal. Holds no path: a set of a million rows names
//! millions of tiles, and the rows have their paths.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use tilejury_data::progress::{Cancelled, Progress, Stage};
use tilejury_data::{Dataset, Row, SampleIndex, TilePath, TileSlot};

use super::numbered::{Numbered, numbered};
use super::query_place::QueryPlace;
use super::query_words::{QueryNumbering, QueryPart, QueryWords};
use super::row_groups::RowGroups;
use super::rows_in_order::rows_in_order;
use super::tile_id::TileId;

/// The tiles of a row while rows are read on several threads.
#[derive(Clone, Copy)]
pub struct RowTiles<'t> {
    /// The tiles, positive first; empty if the row cannot be read.
    pub ids: &'t [TileId],
    /// The normal forms of their paths.
    pub normal: &'t [Cow<'t, str>],
    /// The index of the first in the list of all tiles of the rows that are read together.
    pub from: usize,
}

/// A row while rows are read on several threads.
pub struct ReadRow<'r> {
    /// The row's index.
    pub sample: SampleIndex,
    /// The bytes of its line; empty if they cannot be read.
    pub line: &'r [u8],
    /// The parsed row, if it can be read.
    pub row: Option<&'r Row<'r>>,
    /// Its tiles.
    pub tiles: RowTiles<'r>,
}

/// Some rows that follow each other, as one thread read them.
struct ReadPart<P> {
    /// The tiles of all rows.
    tiles: Vec<TileId>,
    /// The end of each row's tiles.
    ends: Vec<u32>,
    /// The place of each row's query.
    queries: Vec<QueryPlace>,
    own: P,
}

/// The tiles of all rows while rows are added.
struct RowTableBuilder {
    rows: Vec<TableRow>,
    /// The hashes of the tiles of all rows.
    tiles: Vec<u64>,
    /// The place of each row's query.
    queries: Vec<QueryPlace>,
    /// The number of each file's split.
    splits: Vec<u32>,
    /// The range of rows of each split number.
    rows_of_split: Vec<Range<SampleIndex>>,
}

/// All rows. A row that cannot be read has no tiles.
pub struct RowTable {
    tiles: NumberedTiles,
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
struct NumberedTiles {
    rows: Vec<TableRow>,
    /// The tiles of all rows, one row after the other, each positive first.
    tiles: Vec<u32>,
}

#[derive(Clone, Copy)]
struct TableRow {
    tiles_from: u32,
    split: u32,
}

impl NumberedTiles {
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

impl<P: Default> ReadPart<P> {
    fn read(dataset: &Dataset, rows: Range<usize>, each: impl Fn(&mut P, ReadRow<'_>)) -> Self {
        let (ends, queries) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        let mut part = Self { tiles: Vec::new(), ends, queries, own: P::default() };
        for sample in rows.map(SampleIndex::new) {
            // Once for all that is read of it: each access to a mapped file checks the file first.
            let line = dataset.row_line(sample).unwrap_or_default();
            let row = Row::parse(line).ok();
            let from = part.tiles.len();
            let normal: Vec<Cow<'_, str>> = row.iter().flat_map(Row::spellings).map(TilePath::normal).collect();
            part.tiles.extend(normal.iter().map(|path| TileId::from_normal(path)));
            part.ends.push(part.tiles.len() as u32);
            part.queries.push(row.as_ref().map_or(QueryPlace::default(), |row| QueryPlace::new(line, row)));
            let tiles = RowTiles { ids: &part.tiles[from..], normal: &normal, from };
            each(&mut part.own, ReadRow { sample, line, row: row.as_ref(), tiles });
        }
        part
    }
}

impl RowTableBuilder {
    fn new(dataset: &Dataset) -> Self {
        let splits: Vec<u32> = dataset.families().into_iter().map(|family| family as u32).collect();
        let rows_of_split = vec![SampleIndex::default()..SampleIndex::default(); splits.len()];
        let rows = dataset.samples.len();
        let (rows, queries) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { rows, tiles: Vec::new(), queries, splits, rows_of_split }
    }

    /// Adds the next rows. Returns the index of their first tile in the list of all.
    fn add<P>(&mut self, dataset: &Dataset, part: &ReadPart<P>) -> usize {
        let first = self.tiles.len();
        let mut from = 0;
        for end in &part.ends {
            let sample = SampleIndex::new(self.rows.len());
            let split = self.splits[usize::from(dataset.entry(sample).split)];
            let rows = &mut self.rows_of_split[split as usize];
            let start = if rows.is_empty() { sample } else { rows.start };
            *rows = start..SampleIndex::new(sample.index() + 1);
            self.rows.push(TableRow { tiles_from: (first + from) as u32, split });
            from = *end as usize;
        }
        self.tiles.extend(part.tiles.iter().map(|tile| tile.hash()));
        self.queries.extend_from_slice(&part.queries);
        first
    }

    /// Builds the whole table after the tiles of all rows were added. It drops the data for
    /// numbering tiles first, before queries need as much room.
    fn finish(self, dataset: &Dataset, progress: &dyn Progress) -> Result<(RowTable, QueryWords), Cancelled> {
        let Self { rows, tiles, queries: places, rows_of_split, .. } = self;
        let Numbered { numbers, count: tile_count } = numbered(&tiles);
        drop(tiles);
        let tiles = NumberedTiles { rows, tiles: numbers };
        let rows = tiles.rows.len();
        let (mut numbering, mut queries) = (QueryNumbering::default(), Vec::with_capacity(rows));
        let done = AtomicUsize::new(rows);
        let words_of = |range: Range<usize>| {
            progress.report(Stage::Rows.step(done.fetch_add(range.len(), Ordering::Relaxed), 2 * rows))?;
            let mut part = QueryPart::default();
            for sample in range.map(SampleIndex::new) {
                let line = dataset.row_line(sample).unwrap_or_default();
                match places.get(sample.index()).and_then(|place| place.query(line)) {
                    Some(query) => part.add(query),
                    None => part.add(Row::parse(line).as_ref().map_or("", |row| &*row.query)),
                }
            }
            Ok(part)
        };
        rows_in_order(rows, words_of, |part| numbering.number_part(&part, |query| queries.push(query)))?;
        let rows = || SampleIndex::first(tiles.rows.len()).filter(|row| !tiles.of_row(*row).is_empty());
        let by_positive = RowGroups::new(tile_count, &|| rows().map(|row| (tiles.of_row(row)[0], row)));
        let by_query = RowGroups::new(numbering.len(), &|| rows().map(|row| (queries[row.index()], row)));
        let table = RowTable { tiles, tile_count, queries, by_positive, by_query, rows_of_split };
        Ok((table, numbering.finish()))
    }
}

impl RowTable {
    /// Reads all rows twice, on all cores: first parses them for their tiles, then reads their
    /// queries for the words, from where they were in the lines.
    /// Reports the finished rows of both rounds.
    ///
    /// `each` is called with every row in the first round and adds to the data of a part of the
    /// rows; `take` is called with these parts in the order of the rows, and with the index of the
    /// first tile of each in the list of all tiles.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn build_with<P: Default + Send>(
        dataset: &Dataset,
        each: impl Fn(&mut P, ReadRow<'_>) + Sync,
        mut take: impl FnMut(P, usize),
        progress: &dyn Progress,
    ) -> Result<(Self, QueryWords), Cancelled> {
        let rows = dataset.samples.len();
        let (mut builder, done) = (RowTableBuilder::new(dataset), AtomicUsize::new(0));
        let read = |range: Range<usize>| {
            progress.report(Stage::Rows.step(done.fetch_add(range.len(), Ordering::Relaxed), 2 * rows))?;
            Ok(ReadPart::read(dataset, range, &each))
        };
        rows_in_order(rows, read, |part: ReadPart<P>| {
            let from = builder.add(dataset, &part);
            take(part.own, from);
        })?;
        builder.finish(dataset, progress)
    }

    /// Builds the table alone: see [`Self::build_with`].
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn build(dataset: &Dataset, progress: &dyn Progress) -> Result<(Self, QueryWords), Cancelled> {
        Self::build_with(dataset, |(), _| (), |(), _| (), progress)
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

    /// Those of the rows, given in order, that are in another split than `row`: those before its
    /// split, and those after it. `train` and `train_hn` mean one split; the dataset puts them next
    /// to each other.
    pub fn elsewhere(&self, row: SampleIndex, rows: &[SampleIndex]) -> [Range<usize>; 2] {
        let own = &self.rows_of_split[self.tiles.rows[row.index()].split as usize];
        // Most rows have all others of their query and their positive in their own split.
        if let (Some(first), Some(last)) = (rows.first(), rows.last())
            && (own.start..own.end).contains(first)
            && *last < own.end
        {
            return [0..0, rows.len()..rows.len()];
        }
        let (before, after) =
            (rows.partition_point(|row| *row < own.start), rows.partition_point(|row| *row < own.end));
        [0..before, after..rows.len()]
    }

    /// The rows with this tile as positive, in order.
    pub fn rows_with_positive(&self, tile: u32) -> &[SampleIndex] {
        self.by_positive.get(tile)
    }

    /// All rows that can be read, those of one positive next to each other.
    pub fn rows_by_positive(&self) -> &[SampleIndex] {
        self.by_positive.all()
    }

    /// The places in [`Self::rows_by_positive`] of the rows with this tile as positive.
    pub fn places_of_positive(&self, tile: u32) -> Range<usize> {
        self.by_positive.places(tile)
    }

    /// The rows with this query, in order.
    pub fn rows_with_query(&self, query: u32) -> &[SampleIndex] {
        self.by_query.get(query)
    }
}
