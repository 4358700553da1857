//! Finds and reads a tile by its path: as an extracted file, in the shard that the path names, or
//! through an index of all shards. Shards are indexed on demand, never before. The files are on
//! this machine or in a [`Storage`].
//! [`TileSource::refresh_folders`] finds shards that appeared, disappeared or changed.
//!
//! Safe to use from many threads at once. Blocks on the disk or the network, so never call it from
//! the thread that draws.

mod indexing;
mod location;
mod presence;
mod shard_file;
mod stored;
mod to_fetch;
mod whole;

use std::collections::{HashMap, HashSet};
use std::fs::{DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use parking_lot::RwLock;

use crate::index_cache::IndexCache;
use crate::page;
use crate::progress::NoProgress;
use crate::shown::file_name;
use crate::storage::{Purpose, Storage};
use crate::tile_path::TilePath;
pub use location::{TileError, TileLocation};
use presence::tars_below;
use shard_file::{IndexError, Shard};
pub use shard_file::{OpenShard, StoredReader};
pub use stored::StoredTile;
pub use to_fetch::{FoundTile, FoundTiles, ToFetch};

/// The largest size of a tile, in bytes. Real tiles have a few hundred kilobytes.
const TILE_UP_TO_BYTES: u64 = 256 << 20;
/// The prefix of shard names in the published layout.
const SHARD_PREFIX: &str = "shard_";
/// The number of shards that are read at the same time while all are indexed.
pub const INDEX_AT_ONCE: usize = 16;

/// The source of a dataset's tiles.
#[derive(Debug)]
pub struct TileSource {
    root: PathBuf,
    /// Where the files are, if they are not on this machine.
    storage: Option<Arc<dyn Storage>>,
    /// Only grows, so that the number of a shard stays the same.
    shards: boxcar::Vec<Shard>,
    /// Paths named like shards that are not files.
    non_files: Vec<PathBuf>,
    /// The available shards, by their file names without `.tar`.
    by_name: RwLock<HashMap<String, usize>>,
    /// The first shard that [`TileSource::index_one`] has not started.
    next: AtomicUsize,
    /// The file that keeps indexes from one run to the next, if set.
    cache_file: OnceLock<PathBuf>,
    /// The indexes in that file, read when an index is first needed.
    cache: OnceLock<Option<IndexCache>>,
    /// The number of shards walked since that file was last written.
    walked: AtomicUsize,
}

/// The result of a search that indexes no shard except the one that the path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// The tile was found.
    Found(TileLocation),
    /// The tile is not where its path points, and some shards are not indexed yet.
    NeedsAllShards,
    /// The tile is in no shard and no folder.
    Missing,
    /// The shard that the path names cannot be fetched.
    Unreachable(TileError),
}

/// The names at the top of a dataset's folders, listed at one moment.
#[derive(Clone, Debug)]
pub struct TopNames {
    images: HashSet<String>,
    root: HashSet<String>,
}

/// Whether a tile can be below one of the names. Some file systems ignore case or know several
/// spellings of other characters.
fn may_hold(names: &HashSet<String>, path: &TilePath) -> bool {
    let first = path.shard_name().unwrap_or(path.as_str());
    !first.is_ascii() || names.contains(&first.to_ascii_lowercase())
}

impl AsRef<Self> for TileSource {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl TileSource {
    /// Lists the shards below a root: `*.tar` in the root and in its folders, such as
    /// `image_shards`. Reads only names.
    pub fn open(root: &Path) -> Self {
        let (paths, non_files) = tars_below(root);
        Self::new(root, None, paths.into_iter().map(Shard::here), non_files)
    }

    fn new(
        root: &Path,
        storage: Option<Arc<dyn Storage>>,
        shards: impl Iterator<Item = Shard>,
        non_files: Vec<PathBuf>,
    ) -> Self {
        let shards: boxcar::Vec<Shard> = shards.collect();
        let by_name = shards.iter().map(|(at, shard)| (stem(&shard.path), at)).collect();
        Self {
            root: root.to_owned(),
            storage,
            shards,
            non_files,
            by_name: RwLock::new(by_name),
            next: AtomicUsize::new(0),
            cache_file: OnceLock::new(),
            cache: OnceLock::new(),
            walked: AtomicUsize::new(0),
        }
    }

    /// Lists the shards of the same root or storage again; none is indexed.
    pub fn reopened(&self) -> Self {
        match &self.storage {
            Some(storage) => Self::stored(&self.root, storage.clone()),
            None => Self::open(&self.root),
        }
    }

    /// Keeps indexes from one run to the next in a file that belongs to this source and need not
    /// exist yet. A kept index is used as long as its shard does not change. Call this before any
    /// shard is indexed.
    pub fn remember_in(&self, file: PathBuf) {
        let _ = self.cache_file.set(file);
    }

    /// The available shards with their numbers.
    fn here(&self) -> impl Iterator<Item = (usize, &Shard)> {
        self.shards.iter().filter(|(_, shard)| !shard.is_removed())
    }

    fn number_of(&self, name: &str) -> Option<usize> {
        self.by_name.read().get(name).copied()
    }

    /// The number of available shards.
    pub fn shard_count(&self) -> usize {
        self.here().count()
    }

    /// The number of available shards that are indexed or were tried.
    pub fn indexed_count(&self) -> usize {
        self.here().filter(|(_, shard)| shard.outcome().is_some()).count()
    }

    /// The file of a shard.
    pub fn shard_path(&self, shard: usize) -> &Path {
        self.shards.get(shard).map_or(Path::new(""), |shard| &shard.path)
    }

    /// The length of a shard in bytes and the time of its last change, in nanoseconds since 1970,
    /// as they are now; for a stored shard, a number before 1970 that differs between versions.
    /// `None` if the file is gone.
    pub fn shard_stamp(&self, shard: usize) -> Option<(u64, i64)> {
        let stamp = self.shards.get(shard)?.stamp()?;
        Some((stamp.len, stamp.modified))
    }

    /// Finds a shard by its file name without `.tar`.
    pub fn shard_named(&self, name: &str) -> Option<usize> {
        self.number_of(name)
    }

    /// Opens an indexed shard to copy members from it.
    ///
    /// # Errors
    /// If the file cannot be opened, changed after it was indexed, or was never indexed.
    pub fn open_shard(&self, shard: usize) -> Result<OpenShard, TileError> {
        self.shards.get(shard).map_or_else(|| Err(unknown_shard()), Shard::open)
    }

    /// The size of a tile in bytes.
    ///
    /// # Errors
    /// If the tile is a separate file that no longer exists.
    pub fn size_of(&self, location: &TileLocation) -> Result<u64, TileError> {
        match location {
            TileLocation::Member { member, .. } => Ok(member.size),
            TileLocation::Stored(file) => Ok(file.len),
            TileLocation::File(file) => file
                .metadata()
                .map(|metadata| metadata.len())
                .map_err(|error| TileError::Unreadable { file: file.clone(), message: error.to_string() }),
        }
    }

    /// Finds a tile, indexing at most the shard that its path names.
    pub fn look_up(&self, path: &TilePath) -> Lookup {
        self.look_up_among(path, None)
    }

    /// Finds a tile as [`Self::look_up`] does, for a caller that reads it next. The answer to that
    /// read can also show that its shard did not change since an earlier day, so the tile may be
    /// read and kept already.
    pub fn look_up_to_read(&self, path: &TilePath) -> Lookup {
        let named = path.shard_name().and_then(|name| self.number_of(name)).and_then(|at| self.shards.get(at));
        let read = named.filter(|_| self.stored_picture(path).is_none()).map(|shard| shard.index_by_reading(path));
        match read {
            Some(Err(unreachable)) => Lookup::Unreachable(unreachable),
            _ => self.look_up(path),
        }
    }

    /// Lists the names at the top of the folders that extracted tiles can be in, for
    /// [`Self::look_up_with`].
    pub fn top_names(&self) -> TopNames {
        let names = |folder: &Path| {
            let names =
                read_dir(folder).filter_map(|path| Some(path.file_name()?.to_string_lossy().to_ascii_lowercase()));
            names.collect()
        };
        TopNames { images: names(&self.root.join("images")), root: names(&self.root) }
    }

    /// Finds a tile as [`Self::look_up`] does, for callers with many paths: searches for a file
    /// only if a listed name allows it.
    pub fn look_up_with(&self, path: &TilePath, names: &TopNames) -> Lookup {
        self.look_up_among(path, Some(names))
    }

    fn look_up_among(&self, path: &TilePath, names: Option<&TopNames>) -> Lookup {
        // A drive letter after a folder would lead to another drive.
        if path.as_str().is_empty() || (cfg!(windows) && path.as_str().contains(':')) {
            return Lookup::Missing;
        }
        let may_be_file =
            |folder: fn(&TopNames) -> &HashSet<String>| names.is_none_or(|names| may_hold(folder(names), path));
        let images = may_be_file(|names| &names.images).then(|| self.root.join("images").join(path.as_str()));
        let own = may_be_file(|names| &names.root).then(|| self.root.join(path.as_str()));
        if let Some(file) = images.into_iter().chain(own).find(|file| file.is_file()) {
            return Lookup::Found(TileLocation::File(file));
        }
        if let Some(file) = self.stored_picture(path) {
            return Lookup::Found(TileLocation::Stored(file.clone()));
        }
        let named = path.shard_name().and_then(|name| self.number_of(name));
        match named.map(|shard| self.in_shard(shard, path)) {
            Some(Ok(Some(found))) => return Lookup::Found(found),
            Some(Err(unreachable)) => return Lookup::Unreachable(unreachable),
            // Elsewhere, to look into a thousand shards for one tile would take too much.
            Some(Ok(None)) if self.storage.is_some() => return Lookup::Missing,
            _ => {}
        }
        self.in_indexed_shards(path)
    }

    /// Finds a tile in the shards that are indexed.
    fn in_indexed_shards(&self, path: &TilePath) -> Lookup {
        let (mut all_known, mut unreachable) = (true, None);
        for (at, shard) in self.here() {
            match (shard.outcome(), shard.failure()) {
                (Some(_), _) => {
                    if let Ok(Some(found)) = self.in_shard(at, path) {
                        return Lookup::Found(found);
                    }
                }
                (None, Some(error)) => unreachable = Some(shard.unreachable(error)),
                (None, None) => all_known = false,
            }
        }
        match unreachable {
            _ if !all_known => Lookup::NeedsAllShards,
            Some(error) => Lookup::Unreachable(error),
            None => Lookup::Missing,
        }
    }

    /// Finds a tile, indexing all shards if necessary.
    ///
    /// # Errors
    /// If the tile is not found.
    pub fn locate(&self, path: &TilePath) -> Result<TileLocation, TileError> {
        let mut found = self.look_up(path);
        if found == Lookup::NeedsAllShards {
            let _ = self.index_all(&NoProgress);
            found = self.look_up(path);
        }
        match found {
            Lookup::Found(location) => Ok(location),
            Lookup::Unreachable(error) => Err(error),
            Lookup::NeedsAllShards | Lookup::Missing => Err(self.missing(path)),
        }
    }

    /// Returns the tiles of a tile's page in reading order, itself included if it exists. Searches
    /// extracted files and the shard that the path names; if the tile is in neither, also the
    /// shards indexed so far. Empty if the path has no folder. Blocks; reads no picture.
    pub fn page_of(&self, tile: &TilePath) -> Vec<TilePath> {
        let Some(folder) = tile.page() else { return Vec::new() };
        let mut found = page::in_folder(&self.root.join("images"), folder);
        found.extend(page::in_folder(&self.root, folder));
        let named = tile.shard_name().and_then(|name| self.number_of(name));
        if let Some(index) = named.and_then(|shard| self.index(shard).ok()) {
            found.extend(page::among(index.paths(), folder));
        }
        found.extend(self.stored_page(folder));
        if !found.contains(tile) {
            let indexed = self.here().filter_map(|(_, shard)| shard.index());
            found.extend(indexed.flat_map(|index| page::among(index.paths(), folder)));
        }
        page::in_reading_order(found)
    }

    /// Whether the shard or extracted folder that a tile's path names exists. A tile not found
    /// there is missing; nothing is known about the tiles of a shard that was never fetched.
    pub fn has_location_of(&self, path: &TilePath) -> bool {
        if self.shard_count() == 0 && !self.root.join("images").is_dir() {
            return false;
        }
        let Some(name) = path.shard_name() else { return true };
        !name.starts_with(SHARD_PREFIX)
            || self.number_of(name).is_some()
            || self.root.join("images").join(name).is_dir()
    }

    /// The error for a tile that was not found: its shard is missing, or the places that were
    /// searched.
    pub fn missing(&self, path: &TilePath) -> TileError {
        if let Some(name) = self.missing_shard(path) {
            return TileError::ShardMissing { shard: format!("{name}.tar") };
        }
        let named = path.shard_name().and_then(|name| self.number_of(name)).and_then(|at| self.shards.get(at));
        if let Some(shard) = named.filter(|shard| shard.is_stored()) {
            let searched = format!("not in {}; other shards are not searched at an address", file_name(&shard.path));
            return TileError::Missing { path: path.clone(), searched };
        }
        let searched = match self.shard_count() {
            0 => "not in images/, and the dataset has no tar shards".to_owned(),
            1 => "neither in images/ nor in the one tar shard".to_owned(),
            count => format!("neither in images/ nor in any of {count} tar shards"),
        };
        TileError::Missing { path: path.clone(), searched }
    }

    /// Reads a tile's bytes into `into`, replacing what it held.
    ///
    /// # Errors
    /// If the file cannot be read, changed after it was indexed, or is larger than a tile can be.
    pub fn read(&self, location: &TileLocation, into: &mut Vec<u8>) -> Result<(), TileError> {
        self.read_for(location, Purpose::Tile, into)
    }

    /// Reads a tile's bytes as [`Self::read`] does, for a long piece of work that nobody watches
    /// tile by tile: a stored one is tried for minutes.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_patiently(&self, location: &TileLocation, into: &mut Vec<u8>) -> Result<(), TileError> {
        self.read_for(location, Purpose::PatientTile, into)
    }

    fn read_for(&self, location: &TileLocation, purpose: Purpose, into: &mut Vec<u8>) -> Result<(), TileError> {
        match location {
            TileLocation::File(file) => read_file(file, into)
                .map_err(|error| TileError::Unreadable { file: file.clone(), message: error.to_string() }),
            TileLocation::Stored(file) => self.read_stored(file, purpose, into),
            TileLocation::Member { shard, member } => {
                self.shards.get(*shard).map_or_else(|| Err(unknown_shard()), |shard| shard.read(*member, purpose, into))
            }
        }
    }

    /// The location of a tile in a shard, if it is there. The error is that of a shard that cannot
    /// be fetched; one on this machine that cannot be read holds nothing.
    fn in_shard(&self, number: usize, path: &TilePath) -> Result<Option<TileLocation>, TileError> {
        let location = |member| TileLocation::Member { shard: number, member };
        match (self.index(number), self.shards.get(number)) {
            (Ok(index), _) => Ok(index.get(path).map(location)),
            (Err(IndexError::Storage(error)), Some(shard)) => Err(shard.unreachable(error)),
            _ => Ok(None),
        }
    }
}

fn unknown_shard() -> TileError {
    TileError::Unreadable { file: PathBuf::new(), message: "the shard is not known".to_owned() }
}

fn read_file(path: &Path, into: &mut Vec<u8>) -> io::Result<()> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    if len > TILE_UP_TO_BYTES {
        return Err(too_large(len));
    }
    into.clear();
    // The file may be growing, perhaps without an end.
    file.take(TILE_UP_TO_BYTES).read_to_end(into)?;
    Ok(())
}

fn too_large(bytes: u64) -> io::Error {
    io::Error::other(format!("{bytes} bytes; a tile has at most {TILE_UP_TO_BYTES}"))
}

/// The name of a shard: its file name without `.tar`.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The entries of a folder; none if it cannot be read.
fn entries(path: &Path) -> impl Iterator<Item = DirEntry> {
    path.read_dir().into_iter().flatten().flatten()
}

/// The paths in a folder; none if it cannot be read.
fn read_dir(path: &Path) -> impl Iterator<Item = PathBuf> {
    entries(path).map(|entry| entry.path())
}
