//! Finds and reads a tile by its path: as an extracted file, in the shard that the path names, or
//! through an index of all shards. Shards are indexed on demand, never before.
//! [`TileSource::refresh_folders`] finds shards that appeared, disappeared or changed.
//!
//! Safe to use from many threads at once. Blocks on the disk, so never call it from the thread that
//! draws.

mod presence;

use std::collections::{HashMap, HashSet};
use std::fs::{DirEntry, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::SystemTime;

use parking_lot::RwLock;
use thiserror::Error;

use crate::file_stamp::{FileStamp, nanos};
use crate::index_cache::{self, IndexCache};
use crate::page;
use crate::progress::{Cancelled, NoProgress, Progress, Stage};
use crate::shard::{Member, ShardIndex};
use crate::shown::{file_name, shown};
use crate::tile_path::TilePath;
use crate::warning::{Warning, WarningKind};
use presence::tars_below;

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

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    /// The error is a text, because an `io::Error` cannot be returned twice.
    index: OnceLock<Result<ShardIndex, String>>,
    /// Whether the file was missing, or another one, when the folders were last listed.
    removed: AtomicBool,
}

impl Shard {
    fn new(path: PathBuf) -> Self {
        Self { path, index: OnceLock::new(), removed: AtomicBool::new(false) }
    }

    fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    /// Whether the index still fits the file that has this name now.
    fn is_current(&self) -> bool {
        match self.index.get() {
            None => true,
            Some(Ok(index)) => {
                self.path.metadata().is_ok_and(|metadata| FileStamp::from_metadata(&metadata) == index.stamp)
            }
            // It may be readable another time.
            Some(Err(_)) => false,
        }
    }
}

/// The location of a tile's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileLocation {
    /// A separate file.
    File(PathBuf),
    /// A member of a shard.
    Member {
        /// The number of the shard in its source.
        shard: usize,
        /// The position in the shard.
        member: Member,
    },
}

/// A reason why a tile's bytes cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// The tile was not found.
    #[error("Missing: {path} is {searched}", path = shown(path.as_str()))]
    Missing {
        /// The tile's normal path.
        path: TilePath,
        /// The places that were searched, in words.
        searched: String,
    },
    /// Its shard is missing: never fetched, moved or deleted. That does not mean that the tile does
    /// not exist.
    #[error("{shard} is missing")]
    ShardMissing {
        /// The shard's file name.
        shard: String,
    },
    /// It was found but cannot be read.
    #[error("{file}: {message}", file = file.display())]
    Unreadable {
        /// The file that failed.
        file: PathBuf,
        /// The system's error.
        message: String,
    },
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

impl TileSource {
    /// Lists the shards below a root: `*.tar` in the root and in its folders, such as
    /// `image_shards`. Reads only names.
    pub fn open(root: &Path) -> Self {
        let (paths, non_files) = tars_below(root);
        let shards: boxcar::Vec<Shard> = paths.into_iter().map(Shard::new).collect();
        let by_name = shards.iter().map(|(at, shard)| (stem(&shard.path), at)).collect();
        Self {
            root: root.to_owned(),
            shards,
            non_files,
            by_name: RwLock::new(by_name),
            next: AtomicUsize::new(0),
            cache_file: OnceLock::new(),
            cache: OnceLock::new(),
            walked: AtomicUsize::new(0),
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
        self.here().filter(|(_, shard)| shard.index.get().is_some()).count()
    }

    /// The file of a shard.
    pub fn shard_path(&self, shard: usize) -> &Path {
        self.shards.get(shard).map_or(Path::new(""), |shard| &shard.path)
    }

    /// Finds a shard by its file name without `.tar`.
    pub fn shard_named(&self, name: &str) -> Option<usize> {
        self.number_of(name)
    }

    /// Opens an indexed shard to copy members from it.
    ///
    /// # Errors
    /// If the file cannot be opened, changed after it was indexed, or was never indexed.
    pub fn open_shard(&self, shard: usize) -> Result<File, TileError> {
        let index = self.shards.get(shard).and_then(|shard| shard.index.get()?.as_ref().ok());
        let not_indexed = || Err(io::Error::other("the shard is not indexed"));
        let file = index.map_or_else(not_indexed, |index| index.open(self.shard_path(shard)));
        file.map_err(|error| self.failed_on_shard(shard, &error))
    }

    fn failed_on_shard(&self, shard: usize, error: &io::Error) -> TileError {
        let file = self.shard_path(shard);
        if error.kind() == io::ErrorKind::NotFound {
            return TileError::ShardMissing { shard: file_name(file) };
        }
        TileError::Unreadable { file: file.to_owned(), message: error.to_string() }
    }

    /// The size of a tile in bytes.
    ///
    /// # Errors
    /// If the tile is a separate file that no longer exists.
    pub fn size_of(&self, location: &TileLocation) -> Result<u64, TileError> {
        match location {
            TileLocation::Member { member, .. } => Ok(member.size),
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
        let named = path.shard_name().and_then(|name| self.number_of(name));
        if let Some(found) = named.and_then(|shard| self.in_shard(shard, path)) {
            return Lookup::Found(found);
        }
        let mut all_known = true;
        for (at, shard) in self.here() {
            if shard.index.get().is_none() {
                all_known = false;
            } else if let Some(found) = self.in_shard(at, path) {
                return Lookup::Found(found);
            }
        }
        if all_known { Lookup::Missing } else { Lookup::NeedsAllShards }
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
        if let Some(index) = named.and_then(|shard| self.index(shard)) {
            found.extend(page::among(index.paths(), folder));
        }
        if !found.contains(tile) {
            let indexed = self.here().filter_map(|(_, shard)| shard.index.get()?.as_ref().ok());
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
        let result = match location {
            TileLocation::File(file) => read_file(file, into),
            TileLocation::Member { shard, member } => {
                if member.size > TILE_UP_TO_BYTES {
                    Err(too_large(member.size))
                } else if let Some(Ok(index)) = self.shards.get(*shard).and_then(|shard| shard.index.get()) {
                    index.read(self.shard_path(*shard), *member, into)
                } else {
                    Err(io::Error::other("the shard is not indexed"))
                }
            }
        };
        result.map_err(|error| match location {
            TileLocation::Member { shard, .. } => self.failed_on_shard(*shard, &error),
            TileLocation::File(file) => TileError::Unreadable { file: file.clone(), message: error.to_string() },
        })
    }

    /// Indexes all remaining shards, several at a time, because concurrent requests hide the
    /// latency of a cold or remote disk. Reports the finished shards among all shards, missing ones
    /// included.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn index_all(&self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let total = self.shard_count();
        let (next, done, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
        let all: Vec<usize> = self.here().map(|(at, _)| at).collect();
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                let Some(at) = all.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
                self.index(*at);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if progress.report(Stage::Shards.step(done, total)).is_err() {
                    stop.store(true, Ordering::Relaxed);
                }
            }
        };
        // Not by `rayon`: these threads wait for the disk, whatever the number of cores.
        thread::scope(|scope| {
            for _ in 1..INDEX_AT_ONCE.min(all.len()) {
                scope.spawn(work);
            }
            work();
        });
        if stop.into_inner() {
            return Err(Cancelled);
        }
        self.store_indexes();
        Ok(())
    }

    /// Writes all indexes if any is new. A failure costs the next run some time and nothing else.
    fn store_indexes(&self) {
        let Some(file) = self.cache_file.get() else { return };
        if self.walked.swap(0, Ordering::Relaxed) > 0 {
            let indexes = self.here().filter_map(|(_, shard)| Some((shard, shard.index.get()?.as_ref().ok()?)));
            let _ = index_cache::write(
                file,
                nanos(SystemTime::now()),
                indexes.map(|(shard, index)| (self.name_of(shard), index)),
            );
        }
    }

    /// Indexes one more shard, for callers with other work in between. Returns `false` once all are
    /// done, after waiting for those that other threads have started.
    pub fn index_one(&self) -> bool {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(shard) = self.shards.get(at) {
            if !shard.is_removed() {
                self.index(at);
            }
            return true;
        }
        let _ = self.index_all(&NoProgress);
        false
    }

    /// Returns the problems of the shards indexed so far, and the paths that were skipped.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn_of = |file: &Path, kind, member, message| {
            warnings.push(Warning { kind, file: file.to_owned(), line: None, member, message });
        };
        for path in &self.non_files {
            let message = "is not a file, or is a link that leads nowhere; it is skipped";
            warn_of(path, WarningKind::BadShard, None, message.into());
        }
        for (_, shard) in self.here() {
            let mut warn = |kind, member, message| warn_of(&shard.path, kind, member, message);
            match shard.index.get() {
                Some(Ok(index)) => {
                    for problem in &index.problems {
                        let kind =
                            if problem.member.is_some() { WarningKind::BadMember } else { WarningKind::BadShard };
                        warn(kind, problem.member.clone(), problem.message.clone());
                    }
                }
                Some(Err(message)) => warn(WarningKind::BadShard, None, message.clone()),
                None => {}
            }
        }
        warnings
    }

    fn index(&self, shard: usize) -> Option<&ShardIndex> {
        let shard = self.shards.get(shard)?;
        let index = shard.index.get_or_init(|| {
            if let Some(index) = self.cached_index(shard) {
                return Ok(index);
            }
            self.walked.fetch_add(1, Ordering::Relaxed);
            ShardIndex::scan(&shard.path).map_err(|error| format!("cannot be read: {error}"))
        });
        index.as_ref().ok()
    }

    fn cached_index(&self, shard: &Shard) -> Option<ShardIndex> {
        let file = self.cache_file.get()?;
        let cache = self.cache.get_or_init(|| IndexCache::open(file)).as_ref()?;
        cache.index(&self.name_of(shard), FileStamp::from_metadata(&shard.path.metadata().ok()?))
    }

    /// The shard's path below the root.
    fn name_of(&self, shard: &Shard) -> String {
        shard.path.strip_prefix(&self.root).unwrap_or(&shard.path).to_string_lossy().into_owned()
    }

    fn in_shard(&self, shard: usize, path: &TilePath) -> Option<TileLocation> {
        let member = self.index(shard)?.get(path)?;
        Some(TileLocation::Member { shard, member })
    }
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
