//! Tiles that rows name but that are not available: not in the shard that should contain them, or
//! not decodable.
//!
//! Only looks tiles up; makes no decision about rows.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use tilejury_data::tile_source::{Lookup, TopNames};
use tilejury_data::{Dataset, TileError, TilePath, decode};
use tilejury_rows::{RowKeys, TileId};

use crate::export::ExportError;
use crate::export::options::{ExportOptions, TileCheck};
use crate::export::workers::in_parts;
use crate::progress::{Cancelled, Progress, Stage};

/// The reason why a tile is not available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// It is not where it should be.
    Missing,
    /// It exists but cannot be decoded.
    Unreadable,
    /// Its shard is missing.
    NotHere,
}

/// The unavailable tiles among those that rows name.
pub(in crate::export) struct UnavailableTiles {
    tiles: TileCheck,
    by_tile: FxHashMap<TileId, Absence>,
    names: TopNames,
    /// The first tile that could not be fetched, which says nothing about whether it exists.
    unreachable: Mutex<Option<TileError>>,
}

/// Tiles to look up between two checks for cancellation.
const TILES_AT_ONCE: usize = 256;

impl UnavailableTiles {
    /// Looks up every tile that a row names, as thoroughly as the options ask.
    ///
    /// # Errors
    /// When `progress` cancelled the work, or a tile could not be fetched.
    pub(in crate::export) fn find(
        dataset: &Dataset,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let mut unavailable = Self {
            tiles: options.tiles_looked_for(),
            by_tile: FxHashMap::default(),
            names: dataset.tiles.top_names(),
            unreachable: Mutex::default(),
        };
        if unavailable.tiles == TileCheck::Trust {
            return Ok(unavailable);
        }
        dataset.tiles.index_all(progress)?;
        let tiles = tiles_of(dataset);
        let done = AtomicUsize::new(0);
        let found = in_parts(&tiles, |part| {
            let mut found = Vec::new();
            for some in part.chunks(TILES_AT_ONCE) {
                if unavailable.unreachable.lock().is_some() {
                    break;
                }
                found.extend(
                    some.iter()
                        .filter_map(|tile| Some((TileId::new(tile), unavailable.reason_on_disk(dataset, tile)?))),
                );
                let done = done.fetch_add(some.len(), Ordering::Relaxed) + some.len();
                progress.report(Stage::Tiles.step(done, tiles.len()))?;
            }
            Ok::<_, Cancelled>(found)
        });
        unavailable.by_tile = found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        unavailable.refuse_unreachable()?;
        Ok(unavailable)
    }

    /// # Errors
    /// If a tile could not be fetched so far: a row must not change because a network failed.
    pub(in crate::export) fn refuse_unreachable(&self) -> Result<(), ExportError> {
        self.unreachable.lock().clone().map_or(Ok(()), |error| Err(ExportError::Unreachable(error)))
    }

    /// Adds tiles that turned out to be damaged when they were read for another purpose, unless
    /// tiles are trusted.
    pub(in crate::export) fn add_damaged(&mut self, damaged: impl Iterator<Item = TileId>) {
        if self.tiles != TileCheck::Trust {
            for tile in damaged {
                self.by_tile.entry(tile).or_insert(Absence::Unreadable);
            }
        }
    }

    /// Returns why a tile that a row names is not available; `None` if it is.
    pub(super) fn reason_in_row(&self, tile: TileId) -> Option<Absence> {
        self.by_tile.get(&tile).copied()
    }

    /// Whether any tile of a row is unavailable.
    pub(super) fn affects(&self, row: &RowKeys<'_>) -> bool {
        let mut tiles = std::iter::once(&row.positive).chain(row.negatives);
        !self.by_tile.is_empty() && tiles.any(|tile| self.by_tile.contains_key(tile))
    }

    /// Like [`Self::reason_in_row`], for any tile. Waits for the disk.
    pub(super) fn reason_on_disk(&self, dataset: &Dataset, tile: &TilePath) -> Option<Absence> {
        if self.tiles == TileCheck::Trust {
            return None;
        }
        let tiles = &dataset.tiles;
        if let Some(error) = tiles.failure_of(tile) {
            return self.not_fetched(error);
        }
        let location = match tiles.look_up_with(tile, &self.names) {
            Lookup::Found(location) => location,
            Lookup::Unreachable(error) => return self.not_fetched(error),
            Lookup::NeedsAllShards | Lookup::Missing => {
                let missing = tiles.has_location_of(tile);
                return Some(if missing { Absence::Missing } else { Absence::NotHere });
            }
        };
        if self.tiles == TileCheck::Find {
            return None;
        }
        let mut bytes = Vec::new();
        let readable = match tiles.read_patiently(&location, &mut bytes) {
            Ok(()) => decode(&bytes).is_ok(),
            Err(error @ TileError::Unreachable { .. }) => return self.not_fetched(error),
            Err(_) => false,
        };
        (!readable).then_some(Absence::Unreadable)
    }

    fn not_fetched(&self, error: TileError) -> Option<Absence> {
        self.unreachable.lock().get_or_insert(error);
        Some(Absence::NotHere)
    }
}

/// Returns every tile that a row names, once, in the order of their names, so that neighbours are
/// in one shard.
fn tiles_of(dataset: &Dataset) -> Vec<TilePath> {
    let mut tiles: Vec<TilePath> = Vec::new();
    for sample in dataset.indices() {
        let Ok(row) = dataset.row(sample) else { continue };
        tiles.extend(row.spellings().map(TilePath::new));
    }
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}
