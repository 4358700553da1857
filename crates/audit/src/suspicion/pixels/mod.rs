//! Signals from pixels: copies of a positive, blank tiles, tiles that cannot be read. One file for each kind.
//!
//! Goes by fingerprints; only where two fingerprints could be of the same content are both tiles decoded again and laid over each other.

mod blank;
mod competing_positives;
mod copied;
mod near_picture;
mod near_queries;
mod pairs;
mod same_picture;
mod unreadable;

use std::collections::{HashMap, HashSet};

use tilejury_data::{Dataset, TilePath};
use tilejury_rows::RowTable;

use super::fingerprints::{FingerprintCache, Fingerprints, TileFingerprint, Work};
use super::query_text::QueryTexts;
use super::reason::PositiveOwner;
use super::{Finding, SuspicionSettings};
use crate::progress::{Cancelled, NoProgress, Stage};
pub use copied::{COPY_EQUAL_INK, COPY_EQUAL_ROWS, COPY_OVERLAP, CopyKind};
pub(crate) use copied::{SharedContent, copies_among, copy_kind, is_near_copy};

use near_queries::NearQueries;
use pairs::TileComparison;

/// How many rows pass between two looks at whether to go on.
const ROWS_AT_ONCE: usize = 512;

/// Looks for every signal that pixels give. What pairs of tiles were found to share is
/// kept in the cache.
///
/// Each negative is compared with its row's positive, and with the positives of rows with the same or a near query. A tile without a
/// print, because it was not read yet, gives no signal.
///
/// # Errors
/// When the work was cancelled.
pub fn pixel_signals(
    dataset: &Dataset,
    fingerprints: &Fingerprints,
    cache: &mut FingerprintCache,
    settings: &SuspicionSettings,
    work: &Work<'_>,
) -> Result<Vec<Finding>, Cancelled> {
    let (table, words) = RowTable::build(dataset, &mut |_, _, _| (), &NoProgress)?;
    let queries = QueryTexts::new(words);
    let near_queries = NearQueries::new(&queries, settings.near_query);
    let first = table.first_occurrences();
    let of_tiles = fingerprints_of(&table, &first, dataset, fingerprints);
    let view = PixelInputs::new(&table, first, of_tiles, &near_queries, *settings);
    let mut found = Vec::new();
    let mut pairs = HashSet::new();
    for sample in 0..table.len() {
        if sample.is_multiple_of(ROWS_AT_ONCE) {
            work.progress.report(Stage::Rows.step(sample, table.len()))?;
        }
        unreadable::find(&view, sample, &mut found);
        blank::find(&view, sample, &mut found);
        let comparisons = pairs::comparisons_of(&view, sample);
        same_picture::find(sample, &comparisons, &mut found);
        let to_compare = comparisons.into_iter().flat_map(TileComparison::into_pairs);
        to_compare.for_each(|pair| {
            pairs.insert(pair.pair(&view));
        });
    }
    near_picture::find(&view, dataset, cache, pairs, work, &mut found)?;
    Ok(found)
}

/// The fingerprints by tile number. Each row that names a tile first is read once.
fn fingerprints_of<'p>(
    table: &RowTable,
    first: &[u32],
    dataset: &Dataset,
    fingerprints: &'p Fingerprints,
) -> Vec<Option<&'p TileFingerprint>> {
    let mut of_tiles = vec![None; first.len()];
    for sample in 0..table.len() {
        let places = table.tiles(sample).iter().zip(table.tiles_from(sample)..).enumerate();
        let named_first: Vec<(usize, u32)> = places
            .filter(|(_, (tile, at))| first[**tile as usize] as usize == *at)
            .map(|(place, (tile, _))| (place, *tile))
            .collect();
        let Some(row) = (!named_first.is_empty()).then(|| dataset.row(sample).ok()).flatten() else { continue };
        let spellings: Vec<&str> = row.spellings().collect();
        for (place, tile) in named_first {
            of_tiles[tile as usize] = spellings.get(place).and_then(|path| fingerprints.get(&TilePath::new(path)));
        }
    }
    of_tiles
}

/// What the signals look at.
struct PixelInputs<'d> {
    table: &'d RowTable,
    /// By tile number of the table: where it stands first.
    first: Vec<u32>,
    /// By tile number of the table.
    fingerprints: Vec<Option<&'d TileFingerprint>>,
    /// By tile number: the first tile with the same pixels, which stands for all of them.
    pictures: Vec<u32>,
    near_queries: &'d NearQueries<'d>,
    settings: SuspicionSettings,
}

impl<'d> PixelInputs<'d> {
    fn new(
        table: &'d RowTable,
        first: Vec<u32>,
        fingerprints: Vec<Option<&'d TileFingerprint>>,
        near_queries: &'d NearQueries<'d>,
        settings: SuspicionSettings,
    ) -> Self {
        let mut stands_for: HashMap<u128, u32> = HashMap::new();
        let pictures =
            fingerprints.iter().zip(0..).map(|(print, tile)| match print.and_then(TileFingerprint::picture) {
                Some(picture) => *stands_for.entry(picture.pixels).or_insert(tile),
                None => tile,
            });
        let pictures = pictures.collect();
        Self { table, first, fingerprints, pictures, near_queries, settings }
    }

    /// The path of a tile.
    fn path(&self, dataset: &Dataset, tile: u32) -> Option<TilePath> {
        self.table.path_at(dataset, *self.first.get(tile as usize)?)
    }

    /// The print of a tile.
    fn print(&self, tile: u32) -> Option<&TileFingerprint> {
        *self.fingerprints.get(tile as usize)?
    }
}
