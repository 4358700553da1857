//! Signals from pixels: copies of a positive, blank tiles, tiles that cannot be read. Each kind has
//! its file.
//!
//! Uses fingerprints. Only if two fingerprints could be of the same content are both tiles decoded
//! again and overlaid.

mod blank;
mod compared_positives;
mod copied;
mod near_picture;
mod near_queries;
mod pairs;
mod same_picture;
mod unreadable;

use std::collections::{HashMap, HashSet};

use tilejury_data::{Dataset, TilePath};
use tilejury_rows::RowTable;
use tilejury_vision::PictureFingerprint;

use super::evidence::PositiveOwner;
use super::fingerprints::{FingerprintCache, Fingerprints, PixelWork, TileFingerprint};
use super::query_text::QueryTexts;
use super::{Finding, SuspicionSettings};
use crate::progress::{Cancelled, NoProgress, Stage};
pub use copied::{COPY_EQUAL_INK, COPY_EQUAL_ROWS, COPY_OVERLAP, CopyKind};
pub(crate) use copied::{SharedContent, are_near_copies, copies_among, copy_kind, is_near_copy};

pub(super) use near_picture::strength_of_pair;
pub(super) use near_queries::NearQueries;
use pairs::TileComparison;

/// Rows between two reports, which are when work can be cancelled.
const ROWS_AT_ONCE: usize = 512;

/// Computes every signal from pixels. What pairs of tiles share is kept in the cache.
///
/// Each negative is compared with its row's positive, and with the positives of rows with the same
/// or a near query. A tile without a fingerprint, because it was not read yet, gives no signal.
///
/// # Errors
/// When the work was cancelled.
pub fn pixel_signals(
    dataset: &Dataset,
    fingerprints: &Fingerprints,
    cache: &mut FingerprintCache,
    settings: &SuspicionSettings,
    work: &PixelWork<'_>,
) -> Result<Vec<Finding>, Cancelled> {
    let (table, words) = RowTable::build(dataset, &NoProgress)?;
    let queries = QueryTexts::new(words);
    let near_queries = NearQueries::new(&queries, settings.near_query);
    let first = table.first_occurrences();
    let by_tile = fingerprints_of(&table, &first, dataset, fingerprints);
    let inputs = PixelInputs::new(&table, first, by_tile, &near_queries, *settings);
    let mut found = Vec::new();
    let mut pairs = HashSet::new();
    for sample in table.indices() {
        if sample.index().is_multiple_of(ROWS_AT_ONCE) {
            work.progress.report(Stage::Rows.step(sample.index(), table.len()))?;
        }
        unreadable::find(&inputs, sample, &mut found);
        blank::find(&inputs, sample, &mut found);
        let comparisons = pairs::comparisons_of(&inputs, sample);
        same_picture::find(sample, &comparisons, &mut found);
        let to_compare = comparisons.into_iter().flat_map(TileComparison::into_pairs);
        to_compare.for_each(|pair| {
            pairs.insert(pair.pair(&inputs));
        });
    }
    near_picture::find(&inputs, dataset, cache, pairs, work, &mut found)?;
    Ok(found)
}

/// Returns the fingerprints by tile number. Reads each row with the first occurrence of a tile
/// once.
fn fingerprints_of<'p>(
    table: &RowTable,
    first: &[u32],
    dataset: &Dataset,
    fingerprints: &'p Fingerprints,
) -> Vec<Option<&'p TileFingerprint>> {
    let mut by_tile = vec![None; first.len()];
    for sample in table.indices() {
        let slots = table.tiles(sample).iter().zip(table.tiles_from(sample)..).enumerate();
        let named_first: Vec<(usize, u32)> = slots
            .filter(|(_, (tile, at))| first[**tile as usize] as usize == *at)
            .map(|(slot, (tile, _))| (slot, *tile))
            .collect();
        let Some(row) = (!named_first.is_empty()).then(|| dataset.row(sample).ok()).flatten() else { continue };
        let spellings: Vec<&str> = row.spellings().collect();
        for (slot, tile) in named_first {
            by_tile[tile as usize] = spellings.get(slot).and_then(|path| fingerprints.get(&TilePath::new(path)));
        }
    }
    by_tile
}

/// The data that the signals use.
struct PixelInputs<'d> {
    table: &'d RowTable,
    /// By tile number of the table: its first occurrence.
    first: Vec<u32>,
    /// By tile number of the table.
    fingerprints: Vec<Option<&'d TileFingerprint>>,
    /// By tile number: the first tile with the same pixels, which represents all of them.
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
        let mut representatives: HashMap<u128, u32> = HashMap::new();
        let pictures = fingerprints.iter().zip(0..).map(|(fingerprint, tile)| {
            match fingerprint.and_then(TileFingerprint::picture) {
                Some(picture) => *representatives.entry(picture.pixels).or_insert(tile),
                None => tile,
            }
        });
        let pictures = pictures.collect();
        Self { table, first, fingerprints, pictures, near_queries, settings }
    }

    /// Returns the path of a tile.
    fn path(&self, dataset: &Dataset, tile: u32) -> Option<TilePath> {
        self.table.path_at(dataset, *self.first.get(tile as usize)?)
    }

    /// Returns the fingerprint of a tile.
    fn fingerprint(&self, tile: u32) -> Option<&TileFingerprint> {
        *self.fingerprints.get(tile as usize)?
    }

    /// Returns the fingerprint of a tile's picture, if it has one.
    fn picture(&self, tile: u32) -> Option<&PictureFingerprint> {
        self.fingerprint(tile)?.picture()
    }
}
