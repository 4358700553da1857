//! Keeps a list of samples for a time without a connection: states what that takes, then fetches
//! it. Works on any [`Storage`] that keeps what it reads; decides nothing about the cache.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use parking_lot::Mutex;
use thiserror::Error;
use tilejury_data::progress::{Cancelled, Progress, Stage};
use tilejury_data::shard::index_cost;
use tilejury_data::shown::bytes_in_words;
use tilejury_data::tile_source::FoundTile;
use tilejury_data::{Dataset, Purpose, SampleIndex, Storage, TileError, TilePath, for_each_waiting};

/// Tiles that are requested at the same time.
const TILES_AT_ONCE: usize = 16;
/// Shards that are indexed at the same time. Each makes several requests at once.
const SHARDS_AT_ONCE: usize = 4;

/// The tiles of a list of samples, and what it takes to have them on this machine.
///
/// Its functions block, so none is called from the thread that draws. The way to use it:
///
/// 1. [`OfflineList::count`] requests nothing. Show [`OfflineList::size`].
/// 2. If [`OfflineSize::shards_to_index`] is not 0, the bytes of some tiles are not known. After
///    the person agreed to [`OfflineSize::index_bytes`], [`OfflineList::index_shards`] makes them
///    known. Show the size again.
/// 3. [`OfflineList::check_room`] refuses a list that the cache cannot hold.
/// 4. After the person agreed to [`OfflineSize::bytes_to_fetch`], [`OfflineList::fetch`] fetches.
///    Cancelled or failed, it continues where it was when it is called again.
#[derive(Debug)]
pub struct OfflineList {
    dataset: Arc<Dataset>,
    storage: Arc<dyn Storage>,
    /// The different tiles of the samples.
    tiles: Vec<TilePath>,
    /// The places of the tiles that are known.
    known: Vec<FoundTile>,
    /// The shards that must be indexed first.
    shards: Vec<usize>,
    size: OfflineSize,
}

/// The cost of keeping a list of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfflineSize {
    /// The samples of the list.
    pub samples: usize,
    /// The different tiles that they name.
    pub tiles: usize,
    /// The tiles that are in the cache already, and their bytes.
    pub tiles_kept: usize,
    /// Bytes of these tiles.
    pub bytes_kept: u64,
    /// The tiles to fetch whose sizes are known.
    pub tiles_to_fetch: usize,
    /// Bytes of these tiles.
    pub bytes_to_fetch: u64,
    /// The tiles in shards that are not indexed yet: their sizes are not known.
    pub tiles_unknown: usize,
    /// The tiles that are nowhere in the dataset.
    pub tiles_missing: usize,
    /// The shards that must be indexed before all sizes are known.
    pub shards_to_index: usize,
    /// About how many requests the indexes take.
    pub index_requests: u64,
    /// About how many bytes the indexes take.
    pub index_bytes: u64,
    /// The most bytes of tiles that the cache keeps.
    pub keeps_up_to_bytes: u64,
}

/// The amount that was fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchedTiles {
    /// The tiles that were fetched.
    pub tiles: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The tiles and shards that could not be read, with the reasons: no other try will mend them.
    pub failed: Vec<String>,
}

/// A reason why a list is not kept offline.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OfflineError {
    /// The dataset is on this machine.
    #[error("the dataset is on this machine already")]
    Here,
    /// The work was asked to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The cache cannot hold the list.
    #[error(
        "the tiles of the list take {}, but the cache keeps at most {} of tiles; shorten the list, or let the cache \
         take more in the settings",
        bytes_in_words(*.needed_bytes), bytes_in_words(*.keeps_up_to_bytes)
    )]
    NoRoom {
        /// The bytes of all tiles of the list.
        needed_bytes: u64,
        /// The bytes of tiles that surely stay in the cache.
        keeps_up_to_bytes: u64,
    },
    /// The store cannot be reached.
    #[error("{message}; {} tiles were fetched, and the next try goes on from there", .fetched.tiles)]
    Unreachable {
        /// The failure, in words.
        message: String,
        /// The amount that was fetched before.
        fetched: FetchedTiles,
    },
    /// Tiles come but are not kept.
    #[error("the cache folder cannot be written; make room on its disk or choose another folder")]
    NotKept,
}

impl OfflineList {
    /// Counts the tiles of samples. Reads the rows and looks into the cache; requests nothing.
    ///
    /// # Errors
    /// If the dataset is on this machine, or `progress` cancelled the work.
    pub fn count(
        dataset: &Arc<Dataset>,
        samples: &[SampleIndex],
        progress: &dyn Progress,
    ) -> Result<Self, OfflineError> {
        let storage = dataset.tiles.storage().cloned().ok_or(OfflineError::Here)?;
        let (mut tiles, mut seen) = (Vec::new(), HashSet::new());
        for (done, sample) in samples.iter().enumerate() {
            if done % 1000 == 0 {
                progress.report(Stage::Rows.step(done, samples.len()))?;
            }
            // A row that cannot be read is a warning of the dataset.
            let Ok(row) = dataset.row(*sample) else { continue };
            for tile in row.spellings().map(TilePath::new) {
                if seen.insert(tile.clone()) {
                    tiles.push(tile);
                }
            }
        }
        let size = OfflineSize { samples: samples.len(), tiles: tiles.len(), ..OfflineSize::default() };
        let mut list = Self { dataset: dataset.clone(), storage, tiles, known: Vec::new(), shards: Vec::new(), size };
        list.find_tiles(progress)?;
        Ok(list)
    }

    /// The cost of the list, as far as it is known.
    pub fn size(&self) -> OfflineSize {
        self.size
    }

    /// Finds the tiles as far as that takes no request.
    fn find_tiles(&mut self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let (samples, tiles) = (self.size.samples, self.tiles.len());
        let mut size = OfflineSize { samples, tiles, ..OfflineSize::default() };
        size.keeps_up_to_bytes = self.storage.keeps_up_to_bytes();
        let step = |at| if at % 1000 == 0 { progress.report(Stage::Tiles.step(at, tiles)) } else { Ok(()) };
        let source = &self.dataset.tiles;
        let mut found = source.find_stored(&self.tiles.iter().collect::<Vec<_>>(), &|_, _| false, step)?;
        (size.tiles_kept, size.bytes_kept) = found.sum(true);
        (size.tiles_to_fetch, size.bytes_to_fetch) = found.sum(false);
        size.tiles_unknown = found.in_shards.values().sum::<usize>() + found.in_any_shard;
        size.tiles_missing = found.missing;
        let mut shards: BTreeSet<usize> = found.in_shards.into_keys().collect();
        if found.in_any_shard > 0 {
            shards.extend(source.stored_shards_without_index());
        }
        size.shards_to_index = shards.len();
        for file in shards.iter().filter_map(|shard| source.stored_shard(*shard)) {
            let (requests, bytes) = index_cost(&*self.storage, file);
            (size.index_requests, size.index_bytes) = (size.index_requests + requests, size.index_bytes + bytes);
        }
        // The order in the files: what is near each other on the server comes one after another.
        let place = |tile: &FoundTile| {
            let (file, range) = source.stored_range(&tile.location)?;
            Some((file.path.clone(), range.start))
        };
        found.known.sort_by_cached_key(place);
        (self.known, self.shards, self.size) = (found.known, shards.into_iter().collect(), size);
        Ok(())
    }

    /// Indexes the shards of the list that are not indexed yet, and counts again. Returns the
    /// shards that cannot be indexed, with the reasons; their tiles stay unknown.
    ///
    /// # Errors
    /// If the store cannot be reached, or `progress` cancelled the work.
    pub fn index_shards(&mut self, progress: &dyn Progress) -> Result<Vec<String>, OfflineError> {
        let (done, total) = (AtomicUsize::new(0), self.shards.len());
        let failed = Mutex::new(Vec::new());
        let work = |shard: &usize| {
            match self.dataset.tiles.index_stored(*shard) {
                Err(TileError::Unreachable { message, kind, .. }) if kind.is_passing() => {
                    let fetched = FetchedTiles::default();
                    return Err(OfflineError::Unreachable { message, fetched });
                }
                Err(error) => failed.lock().push(error.to_string()),
                Ok(()) => {}
            }
            let done = 1 + done.fetch_add(1, Ordering::Relaxed);
            Ok(progress.report(Stage::Shards.step(done, total))?)
        };
        for_each_waiting(&self.shards, SHARDS_AT_ONCE, work)?;
        let failed = failed.into_inner();
        self.find_tiles(progress)?;
        Ok(failed)
    }

    /// Checks that the cache can hold the list beside nothing else: what was used longest ago
    /// leaves for it.
    ///
    /// # Errors
    /// [`OfflineError::NoRoom`] if it cannot.
    pub fn check_room(&self) -> Result<(), OfflineError> {
        let needed_bytes = self.size.bytes_kept + self.size.bytes_to_fetch;
        let keeps_up_to_bytes = self.size.keeps_up_to_bytes;
        if needed_bytes > keeps_up_to_bytes {
            return Err(OfflineError::NoRoom { needed_bytes, keeps_up_to_bytes });
        }
        Ok(())
    }

    /// Fetches the tiles whose places are known, several at the same time, and reports the bytes.
    ///
    /// # Errors
    /// If the cache cannot hold them or cannot be written, if the store cannot be reached, or if
    /// `progress` cancelled the work. What was fetched before stays in the cache.
    pub fn fetch(&self, progress: &dyn Progress) -> Result<FetchedTiles, OfflineError> {
        self.check_room()?;
        let total = self.size.bytes_to_fetch;
        let (tiles, bytes, passed) = (AtomicUsize::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let failed = Mutex::new(Vec::new());
        let fetched = || FetchedTiles {
            tiles: tiles.load(Ordering::Relaxed),
            bytes: bytes.load(Ordering::Relaxed),
            failed: failed.lock().clone(),
        };
        let work = |tile: &FoundTile| {
            let mut content = Vec::new();
            let Some((file, range)) = self.dataset.tiles.stored_range(&tile.location) else { return Ok(()) };
            // Those that are kept are read as well, so that they count as used now.
            match self.storage.read(file, range.clone(), Purpose::PatientTile, &mut content) {
                Ok(()) if tile.is_kept => return Ok(()),
                Ok(()) if !self.storage.is_kept(file, range) => return Err(OfflineError::NotKept),
                Ok(()) => {
                    tiles.fetch_add(1, Ordering::Relaxed);
                    bytes.fetch_add(tile.bytes, Ordering::Relaxed);
                }
                Err(error) if error.kind.is_passing() => {
                    return Err(OfflineError::Unreachable { message: error.message, fetched: fetched() });
                }
                Err(error) => failed.lock().push(format!("{}: {}", file.path, error.message)),
            }
            let done = tile.bytes + passed.fetch_add(tile.bytes, Ordering::Relaxed);
            Ok(progress.report(Stage::FetchingTiles.step(done as usize, total as usize))?)
        };
        for_each_waiting(&self.known, TILES_AT_ONCE, work)?;
        Ok(fetched())
    }
}
