//! The rows and tiles of the dataset that a line of another program's file is about.
//!
//! A query is matched exactly, or else as the same query: ignoring case, punctuation and spaces. A
//! tile is matched by its normalised path, or else by the last two parts of the path.

use std::collections::HashMap;

use tilejury_data::{Dataset, LineNumber, SampleIndex, SampleKey, TilePath};
use tilejury_rows::normal_query;

/// An index of the rows and tiles that lines are matched with.
pub(super) struct RowMatcher<'d> {
    dataset: &'d Dataset,
    by_query: HashMap<String, Vec<SampleIndex>>,
    by_normal_query: HashMap<String, Vec<SampleIndex>>,
    /// The numbers of each row's tiles.
    tiles_of: Vec<Vec<u32>>,
    ids: HashMap<TilePath, u32>,
    /// The paths of tiles, by number.
    paths: Vec<TilePath>,
    /// Tiles by the last two parts of their paths.
    by_tail: HashMap<String, Vec<u32>>,
}

/// The reason why a line matches no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmatched {
    /// No row has the query.
    Query,
    /// Rows have the query, but none of them has the tile.
    Tile,
}

impl<'d> RowMatcher<'d> {
    pub(super) fn new(dataset: &'d Dataset) -> Self {
        let mut rows = Self {
            dataset,
            by_query: HashMap::new(),
            by_normal_query: HashMap::new(),
            tiles_of: Vec::with_capacity(dataset.samples.len()),
            ids: HashMap::new(),
            paths: Vec::new(),
            by_tail: HashMap::new(),
        };
        for index in dataset.indices() {
            let Ok(row) = dataset.row(index) else {
                rows.tiles_of.push(Vec::new());
                continue;
            };
            rows.by_normal_query.entry(normal_query(&row.query)).or_default().push(index);
            let tiles = row.spellings();
            let tiles = tiles.map(|spelling| rows.number(TilePath::new(spelling))).collect();
            rows.tiles_of.push(tiles);
            rows.by_query.entry(row.query.into_owned()).or_default().push(index);
        }
        rows
    }

    fn number(&mut self, path: TilePath) -> u32 {
        let next = self.paths.len() as u32;
        let number = *self.ids.entry(path.clone()).or_insert(next);
        if number == next {
            self.by_tail.entry(path.tail().to_owned()).or_default().push(number);
            self.paths.push(path);
        }
        number
    }

    /// Returns every row with the query that has the tile, as (index, tile). Rows with exactly this
    /// query count before rows with the same normalised query.
    pub(super) fn with_query(&self, query: &str, path: &str) -> Result<Vec<(SampleIndex, &TilePath)>, Unmatched> {
        let exact = self.by_query.get(query);
        let found = self.rows_with_tile(exact, path);
        if !found.is_empty() {
            return Ok(found);
        }
        let normal = self.by_normal_query.get(&normal_query(query));
        let found = self.rows_with_tile(normal, path);
        match (found.is_empty(), normal) {
            (false, _) => Ok(found),
            (true, Some(_)) => Err(Unmatched::Tile),
            (true, None) => Err(Unmatched::Query),
        }
    }

    /// Returns the row that a key names, if it has the tile. A key is a sample's own, 32
    /// hexadecimal digits, or `split:line`.
    pub(super) fn with_key(&self, key: &str, path: &str) -> Result<(SampleIndex, &TilePath), Unmatched> {
        let by_position = || {
            let (split, line) = key.rsplit_once(':')?;
            self.dataset.find_line(split, LineNumber::new(line.trim().parse().ok()?))
        };
        let by_hash = || self.dataset.find(key.parse::<SampleKey>().ok().filter(|_| key.len() == 32)?);
        let row = by_position().or_else(by_hash).ok_or(Unmatched::Query)?;
        self.rows_with_tile(Some(&vec![row]), path).pop().ok_or(Unmatched::Tile)
    }

    /// Returns the tile with that path in the whole dataset; by the last two parts of the path only
    /// if no other tile has them.
    pub(super) fn tile(&self, path: &str) -> Option<&TilePath> {
        let path = TilePath::new(path);
        let number = self.ids.get(&path).or_else(|| match self.by_tail.get(path.tail())?.as_slice() {
            [only] => Some(only),
            _ => None,
        })?;
        self.paths.get(*number as usize)
    }

    /// Returns the rows of each tile.
    pub(super) fn rows_by_tile(&self) -> HashMap<&TilePath, Vec<SampleIndex>> {
        let mut rows: HashMap<&TilePath, Vec<SampleIndex>> = HashMap::new();
        for (row, tiles) in SampleIndex::first(self.tiles_of.len()).zip(&self.tiles_of) {
            for tile in tiles {
                rows.entry(&self.paths[*tile as usize]).or_default().push(row);
            }
        }
        rows
    }

    fn rows_with_tile(&self, rows: Option<&Vec<SampleIndex>>, path: &str) -> Vec<(SampleIndex, &TilePath)> {
        let path = TilePath::new(path);
        // A tile whose whole path is known is not another one with the same tail.
        let known = self.ids.get(&path).copied();
        let same_tail = if known.is_some() { None } else { self.by_tail.get(path.tail()) };
        let matches = |tile: u32| known == Some(tile) || same_tail.is_some_and(|tiles| tiles.contains(&tile));
        let in_row = |row: SampleIndex| {
            let mut matching = self.tiles_of[row.index()].iter().copied().filter(|tile| matches(*tile));
            let first = matching.next()?;
            // Two tiles with the same tail in one row: the line fits both.
            matching.all(|other| other == first).then(|| (row, &self.paths[first as usize]))
        };
        rows.into_iter().flatten().filter_map(|row| in_row(*row)).collect()
    }

    /// Returns the key of a row.
    pub(super) fn key(&self, row: SampleIndex) -> SampleKey {
        self.dataset.entry(row).key
    }
}
