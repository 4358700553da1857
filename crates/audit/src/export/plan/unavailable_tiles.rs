//! Tiles that rows name and that cannot be had: not in the shard that should hold them, or not to be decoded.
//!
//! Looks; decides over no row.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustc_hash::FxHashMap;
use tilejury_data::tile_source::{Lookup, TopNames};
use tilejury_data::{Dataset, TilePath, decode};

use crate::export::facts::{RowFacts, TileId};
use crate::export::options::{ExportOptions, Tiles};
use crate::export::workers::in_parts;
use crate::progress::{Cancelled, Progress, Stage};

/// Why a tile cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// It is not where it should be.
    Missing,
    /// It is there and cannot be decoded.
    Unreadable,
    /// Its shard is not among those that are here.
    NotHere,
}

/// The tiles that cannot be had, of those that rows name.
pub(in crate::export) struct UnavailableTiles {
    tiles: Tiles,
    of_rows: FxHashMap<TileId, Absence>,
    names: TopNames,
}

/// Tiles looked at between two looks at whether to go on.
const TILES_AT_ONCE: usize = 256;

impl UnavailableTiles {
    /// Looks for every tile that a row names, as the options want it.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub(in crate::export) fn of(
        dataset: &Dataset,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut absent =
            Self { tiles: options.tiles_looked_for(), of_rows: FxHashMap::default(), names: dataset.tiles.top_names() };
        if absent.tiles == Tiles::Trust {
            return Ok(absent);
        }
        dataset.tiles.index_all(progress)?;
        let tiles = tiles_of(dataset);
        let done = AtomicUsize::new(0);
        let found = in_parts(&tiles, |part| {
            let mut found = Vec::new();
            for some in part.chunks(TILES_AT_ONCE) {
                found.extend(
                    some.iter().filter_map(|tile| Some((TileId::new(tile), absent.reason_on_disk(dataset, tile)?))),
                );
                let done = done.fetch_add(some.len(), Ordering::Relaxed) + some.len();
                progress.report(Stage::Tiles.step(done, tiles.len()))?;
            }
            Ok::<_, Cancelled>(found)
        });
        absent.of_rows = found.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        Ok(absent)
    }

    /// Why a tile that a row names cannot be had; `None` where it can.
    pub(super) fn reason_in_row(&self, tile: TileId) -> Option<Absence> {
        self.of_rows.get(&tile).copied()
    }

    /// Can all tiles of a row be had?
    pub(super) fn nothing_of(&self, row: &RowFacts<'_>) -> bool {
        let mut tiles = std::iter::once(&row.positive).chain(row.negatives);
        self.of_rows.is_empty() || !tiles.any(|tile| self.of_rows.contains_key(tile))
    }

    /// The same for any tile; blocks on the disk.
    pub(super) fn reason_on_disk(&self, dataset: &Dataset, tile: &TilePath) -> Option<Absence> {
        if self.tiles == Tiles::Trust {
            return None;
        }
        let location = match dataset.tiles.look_up_with(tile, &self.names) {
            Lookup::Found(location) => location,
            Lookup::NeedsAllShards | Lookup::Missing => {
                let missing = dataset.tiles.has_location_of(tile);
                return Some(if missing { Absence::Missing } else { Absence::NotHere });
            }
        };
        if self.tiles == Tiles::Find {
            return None;
        }
        let mut bytes = Vec::new();
        let whole = dataset.tiles.read(&location, &mut bytes).is_ok() && decode(&bytes).is_ok();
        (!whole).then_some(Absence::Unreadable)
    }
}

/// Every tile that a row names, once, in the order of their names: neighbours lie in one shard.
fn tiles_of(dataset: &Dataset) -> Vec<TilePath> {
    let mut tiles: Vec<TilePath> = Vec::new();
    for sample in 0..dataset.samples.len() {
        let Ok(row) = dataset.row(sample) else { continue };
        tiles.extend(row.spellings().map(TilePath::new));
    }
    tiles.sort_unstable();
    tiles.dedup();
    tiles
}
