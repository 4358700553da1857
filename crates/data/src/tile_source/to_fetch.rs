//! The bytes that reading some tiles would fetch from where they are, from the list of files and
//! the indexes on this machine. Requests nothing.

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

impl TileSource {
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
        let mut fetch = ToFetch { is_exact: true, ..ToFetch::default() };
        if self.storage.is_none() {
            return fetch;
        }
        let mut seen = FxHashSet::default();
        // By shard: the number of wanted tiles.
        let mut estimated: FxHashMap<usize, usize> = FxHashMap::default();
        for path in wanted.filter(|path| seen.insert(*path)) {
            match self.where_path_points(path) {
                Some(StoredTile::At(location)) if is_known(path, &location) || self.is_here(&location) => {}
                Some(StoredTile::At(location)) => {
                    fetch.tiles += 1;
                    fetch.bytes += self.size_of(&location).unwrap_or(0);
                }
                Some(StoredTile::InShard(shard)) => *estimated.entry(shard).or_default() += 1,
                _ => {}
            }
        }
        fetch.is_exact = estimated.is_empty();
        if fetch.is_exact {
            return fetch;
        }
        let mut all: FxHashMap<usize, FxHashSet<&TilePath>> = FxHashMap::default();
        for path in named {
            let shard = path.shard_name().and_then(|name| self.number_of(name));
            if let Some(shard) = shard.filter(|shard| estimated.contains_key(shard)) {
                all.entry(shard).or_default().insert(path);
            }
        }
        for (shard, wanted) in estimated {
            let all = all.get(&shard).map_or(wanted, |all| all.len().max(wanted));
            let len = self.stored_shard(shard).map_or(0, |file| file.len);
            fetch.tiles += wanted;
            // In wider numbers, because a length is only a claim of the server.
            fetch.bytes += u64::try_from(u128::from(len) * wanted as u128 / all.max(1) as u128).unwrap_or(len);
        }
        fetch
    }

    /// Whether the bytes at a location are on this machine.
    fn is_here(&self, location: &TileLocation) -> bool {
        let Some(storage) = &self.storage else { return true };
        self.stored_range(location).is_none_or(|(file, range)| storage.is_kept(file, range))
    }

    /// Returns the location of a tile if it is known without a request: in the list of stored
    /// files, or in an index on this machine.
    pub fn known_location(&self, path: &TilePath) -> Option<TileLocation> {
        match self.where_path_points(path)? {
            StoredTile::At(location) => Some(location),
            _ => None,
        }
    }
}
