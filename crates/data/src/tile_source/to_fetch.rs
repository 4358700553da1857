//! The bytes that reading some tiles would fetch from where they are, from the list of files and
//! the indexes on this machine: the only count of them. Requests at most the versions of shards
//! that the list does not tell.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{StoredTile, TileLocation, TileSource};
use crate::tile_path::TilePath;

/// The tiles that are still to be fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ToFetch {
    /// The number of tiles that are not on this machine.
    pub tiles: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// Whether the size is known. It is estimated from the lengths of shards where their indexes
    /// are not on this machine.
    pub is_exact: bool,
}

/// Some stored tiles, by what is known of their places.
#[derive(Clone, Debug, Default)]
pub struct FoundTiles {
    /// The tiles in known places, each place once.
    pub known: Vec<FoundTile>,
    /// The number of tiles in each shard that has no index on this machine.
    pub in_shards: FxHashMap<usize, usize>,
    /// The number of tiles that may be in any shard, some of which have no index on this machine.
    pub in_any_shard: usize,
    /// The number of tiles that are nowhere.
    pub missing: usize,
}

/// A tile in a known place.
#[derive(Clone, Debug)]
pub struct FoundTile {
    /// The place.
    pub location: TileLocation,
    /// The size in bytes.
    pub bytes: u64,
    /// Whether it is on this machine.
    pub is_kept: bool,
}

impl FoundTiles {
    /// The number and the bytes of the tiles in known places that are on this machine, or are not.
    pub fn sum(&self, is_kept: bool) -> (usize, u64) {
        let tiles = self.known.iter().filter(|tile| tile.is_kept == is_kept);
        tiles.fold((0, 0), |(tiles, bytes), tile| (tiles + 1, bytes.saturating_add(tile.bytes)))
    }
}

impl TileSource {
    /// Finds different stored tiles. A tile of which `is_known` says that its bytes are not needed
    /// does not count. `step` is called with the number of tiles before each of them.
    ///
    /// # Errors
    /// The error of `step`.
    pub fn find_stored<E>(
        &self,
        tiles: &[&TilePath],
        is_known: &dyn Fn(&TilePath, &TileLocation) -> bool,
        mut step: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<FoundTiles, E> {
        let named = tiles.iter().map(|tile| self.number_of(tile.shard_name()?));
        match named.collect::<Option<FxHashSet<usize>>>() {
            Some(named) => self.confirm_shards(named.into_iter()),
            None => self.confirm_shards(self.here().map(|(number, _)| number)),
        }
        let (mut found, mut places) = (FoundTiles::default(), FxHashSet::default());
        for (at, tile) in tiles.iter().enumerate() {
            step(at)?;
            match self.stored_tile(tile) {
                StoredTile::At(location) if is_known(tile, &location) => {}
                StoredTile::At(location) => {
                    let Some((file, range)) = self.stored_range(&location) else { continue };
                    // Two spellings of a path can lead to the same place.
                    if places.insert((file.path.clone(), range.start)) {
                        let (bytes, storage) = (range.end - range.start, self.storage());
                        let is_kept = storage.is_none_or(|storage| storage.is_kept(file, range));
                        found.known.push(FoundTile { location, bytes, is_kept });
                    }
                }
                StoredTile::InShard(shard) => *found.in_shards.entry(shard).or_default() += 1,
                StoredTile::InAnyShard => found.in_any_shard += 1,
                StoredTile::Missing => found.missing += 1,
            }
        }
        Ok(found)
    }

    /// Counts what reading the tiles of `wanted` would fetch: nothing if all are on this machine.
    /// `named` are all tiles that rows name, which tell how full a shard is whose index is not
    /// here. A tile of which `is_known` says that its bytes are not needed does not count. A path
    /// that occurs twice counts once.
    pub fn to_fetch<'w, 'n>(
        &self,
        wanted: impl Iterator<Item = &'w TilePath>,
        named: impl Iterator<Item = &'n TilePath>,
        is_known: &dyn Fn(&TilePath, &TileLocation) -> bool,
    ) -> ToFetch {
        if self.storage.is_none() {
            return ToFetch { is_exact: true, ..ToFetch::default() };
        }
        let mut seen = FxHashSet::default();
        let wanted: Vec<&TilePath> = wanted.filter(|path| seen.insert(*path)).collect();
        let Ok(found) = self.find_stored(&wanted, is_known, |_| Ok::<(), std::convert::Infallible>(()));
        let (tiles, bytes) = found.sum(false);
        let mut fetch = ToFetch { tiles, bytes, is_exact: found.in_shards.is_empty() && found.in_any_shard == 0 };
        if fetch.is_exact {
            return fetch;
        }
        // By shard, and of those without one.
        let mut all: FxHashMap<Option<usize>, FxHashSet<&TilePath>> = FxHashMap::default();
        for path in named {
            all.entry(path.shard_name().and_then(|name| self.number_of(name))).or_default().insert(path);
        }
        let mut estimate = |shard: Option<usize>, len: u64, wanted: usize| {
            let all = all.get(&shard).map_or(wanted, |all| all.len().max(wanted));
            fetch.tiles += wanted;
            // In wider numbers, because a length is only a claim of the server.
            let bytes = u64::try_from(u128::from(len) * wanted as u128 / all.max(1) as u128).unwrap_or(len);
            fetch.bytes = fetch.bytes.saturating_add(bytes);
        };
        let len = |shard: usize| self.stored_shard(shard).map_or(0, |file| file.len);
        for (shard, wanted) in found.in_shards {
            estimate(Some(shard), len(shard), wanted);
        }
        if found.in_any_shard > 0 {
            let lens = self.stored_shards_without_index().into_iter().map(len);
            estimate(None, lens.fold(0, u64::saturating_add), found.in_any_shard);
        }
        fetch
    }

    /// Returns the location of a tile if it is known without its shard being indexed: in the list
    /// of stored files, or in an index on this machine.
    pub fn known_location(&self, path: &TilePath) -> Option<TileLocation> {
        match self.where_path_points(path)? {
            StoredTile::At(location) => Some(location),
            _ => None,
        }
    }
}
