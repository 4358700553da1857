//! From a tile's path to its bytes, wherever they lie: extracted files, the shard that the path names, else an index
//! of all shards. Shards are indexed when first needed and never before. [`TileSource::refresh_folders`] finds shards that came, went
//! or changed since.
//!
//! Safe to call from many threads at once. Blocks on the disk, so never from the thread that draws.

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

use crate::dataset::file_name;
use crate::index_cache::{self, IndexCache};
use crate::page;
use crate::progress::{Cancelled, NoProgress, Progress, Stage};
use crate::shard::{FileStamp, Member, ShardIndex, nanos};
use crate::shown::shown;
use crate::tile_path::TilePath;
use crate::warning::{Warning, WarningKind};
use presence::tars_below;

/// A tile is a few hundred kilobytes; past this it is something else.
const TILE_UP_TO_BYTES: u64 = 256 << 20;
/// What the names of shards of the published layout begin with.
const SHARD: &str = "shard_";
/// Shards read at the same time while all are indexed.
pub const INDEX_AT_ONCE: usize = 16;

/// Where a dataset's tiles are.
#[derive(Debug)]
pub struct TileSource {
    root: PathBuf,
    /// Grows only, so that the number of a shard stays what it is.
    shards: boxcar::Vec<Shard>,
    /// What has the name of a shard and is no file.
    no_files: Vec<PathBuf>,
    /// The shards that are here, by the names of their files without `.tar`.
    by_name: RwLock<HashMap<String, usize>>,
    /// The first shard that nobody took in hand by [`TileSource::index_one`].
    next: AtomicUsize,
    /// Where indexes are kept from one run to the next, if they are.
    memory: OnceLock<PathBuf>,
    /// What was kept there, read when an index is first wanted.
    remembered: OnceLock<Option<IndexCache>>,
    /// How many shards were walked since the memory was last written.
    walked: AtomicUsize,
}

#[derive(Debug)]
struct Shard {
    path: PathBuf,
    /// The message stands for the `io::Error`, which cannot be given out twice.
    index: OnceLock<Result<ShardIndex, String>>,
    /// It was not here, or was another file, when shards were looked for last.
    gone: AtomicBool,
}

impl Shard {
    fn new(path: PathBuf) -> Self {
        Self { path, index: OnceLock::new(), gone: AtomicBool::new(false) }
    }

    fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Is what is known of the file still true of the one that has its name now?
    fn is_current(&self) -> bool {
        match self.index.get() {
            None => true,
            Some(Ok(index)) => {
                self.path.metadata().is_ok_and(|metadata| FileStamp::from_metadata(&metadata) == index.stamp)
            }
            // Another time it may be readable.
            Some(Err(_)) => false,
        }
    }
}

/// Where one tile's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileLocation {
    /// A file of its own.
    File(PathBuf),
    /// A member of a shard.
    Member {
        /// Index into the shards of the source.
        shard: usize,
        /// Where in it.
        member: Member,
    },
}

/// Why a tile's bytes cannot be had.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TileError {
    /// It is nowhere.
    #[error("Missing: {path} is {looked}", path = shown(path.as_str()))]
    Missing {
        /// The tile's normal path.
        path: TilePath,
        /// Where was looked, in words.
        looked: String,
    },
    /// Its shard is not here: never fetched, moved or deleted. That says nothing about the tile.
    #[error("{shard} is not here")]
    ShardMissing {
        /// The name of the shard's file.
        shard: String,
    },
    /// It is there but cannot be read.
    #[error("{file}: {message}", file = file.display())]
    Unreadable {
        /// The file that failed.
        file: PathBuf,
        /// What the system said.
        message: String,
    },
}

/// What can be said of a tile without indexing shards that its path does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Here it is.
    Found(TileLocation),
    /// Not where its path points, and not all shards are indexed yet.
    NeedsAllShards,
    /// Nowhere.
    Missing,
}

/// The names at the top of a dataset's folders at one moment.
#[derive(Clone, Debug)]
pub struct TopNames {
    images: HashSet<String>,
    root: HashSet<String>,
}

/// Can a tile lie below one of the names? Some file systems do not tell large letters from small ones, or know several
/// spellings of other signs.
fn may_hold(names: &HashSet<String>, path: &TilePath) -> bool {
    let first = path.shard_name().unwrap_or(path.as_str());
    !first.is_ascii() || names.contains(&first.to_ascii_lowercase())
}

impl TileSource {
    /// Lists the shards below a root: `*.tar` in the root itself and in its folders, such as `image_shards`.
    /// Reads names only.
    pub fn open(root: &Path) -> Self {
        let (paths, no_files) = tars_below(root);
        let shards: boxcar::Vec<Shard> = paths.into_iter().map(Shard::new).collect();
        let by_name = shards.iter().map(|(at, shard)| (stem(&shard.path), at)).collect();
        Self {
            root: root.to_owned(),
            shards,
            no_files,
            by_name: RwLock::new(by_name),
            next: AtomicUsize::new(0),
            memory: OnceLock::new(),
            remembered: OnceLock::new(),
            walked: AtomicUsize::new(0),
        }
    }

    /// Keeps indexes from one run to the next, in a file that is this source's own and need not exist. An index that is kept
    /// there counts as long as its shard did not change. To be called before any shard is indexed.
    pub fn remember_in(&self, file: PathBuf) {
        let _ = self.memory.set(file);
    }

    /// The shards that are here, with their numbers.
    fn here(&self) -> impl Iterator<Item = (usize, &Shard)> {
        self.shards.iter().filter(|(_, shard)| !shard.is_gone())
    }

    fn number_of(&self, name: &str) -> Option<usize> {
        self.by_name.read().get(name).copied()
    }

    /// How many tar files there are.
    pub fn shard_count(&self) -> usize {
        self.here().count()
    }

    /// How many of them are indexed, or were tried to.
    pub fn indexed_count(&self) -> usize {
        self.here().filter(|(_, shard)| shard.index.get().is_some()).count()
    }

    /// The file of a shard.
    pub fn shard_path(&self, shard: usize) -> &Path {
        self.shards.get(shard).map_or(Path::new(""), |shard| &shard.path)
    }

    /// The shard of that name, which is its file's without `.tar`.
    pub fn shard_named(&self, name: &str) -> Option<usize> {
        self.number_of(name)
    }

    /// Opens an indexed shard, to copy members out of it.
    ///
    /// # Errors
    /// When the file cannot be opened, changed since it was indexed, or was never indexed.
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

    /// How many bytes a tile has.
    ///
    /// # Errors
    /// When a file of its own is not there any more.
    pub fn size_of(&self, location: &TileLocation) -> Result<u64, TileError> {
        match location {
            TileLocation::Member { member, .. } => Ok(member.size),
            TileLocation::File(file) => file
                .metadata()
                .map(|metadata| metadata.len())
                .map_err(|error| TileError::Unreadable { file: file.clone(), message: error.to_string() }),
        }
    }

    /// Finds a tile without indexing more than the shard that its path names.
    pub fn look_up(&self, path: &TilePath) -> Lookup {
        self.look_up_among(path, None)
    }

    /// What lies at the top of the folders where extracted tiles can be, for [`Self::look_up_with`].
    pub fn top_names(&self) -> TopNames {
        let names = |folder: &Path| {
            let names =
                read_dir(folder).filter_map(|path| Some(path.file_name()?.to_string_lossy().to_ascii_lowercase()));
            names.collect()
        };
        TopNames { images: names(&self.root.join("images")), root: names(&self.root) }
    }

    /// As [`Self::look_up`], for callers that look for many: the disk is asked only where something was at that time.
    pub fn look_up_with(&self, path: &TilePath, names: &TopNames) -> Lookup {
        self.look_up_among(path, Some(names))
    }

    fn look_up_among(&self, path: &TilePath, names: Option<&TopNames>) -> Lookup {
        // Where letters of drives are, one behind a folder would lead to another drive.
        if path.as_str().is_empty() || (cfg!(windows) && path.as_str().contains(':')) {
            return Lookup::Missing;
        }
        let may_be_file = |of: fn(&TopNames) -> &HashSet<String>| names.is_none_or(|names| may_hold(of(names), path));
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

    /// Finds a tile, indexing every shard where that is what it takes.
    ///
    /// # Errors
    /// When the tile is nowhere.
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

    /// Every tile of a tile's page that can be found, in reading order, itself included where it is there. Looks among
    /// extracted files and in the shard that the path names; where the tile is in neither, also in the shards indexed so
    /// far. Empty where the path has no folder. Blocks; reads no picture.
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

    /// Is the place that a tile's path names among what is here: its shard, or its folder of extracted files? A tile that
    /// is missing from there is missing; of a shard that was never fetched nothing can be said.
    pub fn has_location_of(&self, path: &TilePath) -> bool {
        if self.shard_count() == 0 && !self.root.join("images").is_dir() {
            return false;
        }
        let Some(name) = path.shard_name() else { return true };
        !name.starts_with(SHARD) || self.number_of(name).is_some() || self.root.join("images").join(name).is_dir()
    }

    /// The error for a tile that is nowhere: that its shard is not here, or where was looked.
    pub fn missing(&self, path: &TilePath) -> TileError {
        if let Some(name) = self.missing_shard(path) {
            return TileError::ShardMissing { shard: format!("{name}.tar") };
        }
        let looked = match self.shard_count() {
            0 => "not in images/, and the dataset has no tar shards".to_owned(),
            1 => "neither in images/ nor in the one tar shard".to_owned(),
            count => format!("neither in images/ nor in any of {count} tar shards"),
        };
        TileError::Missing { path: path.clone(), looked }
    }

    /// Reads a tile's bytes into `into`, replacing what it held.
    ///
    /// # Errors
    /// When the file cannot be read, changed since it was indexed, or holds more than a tile can.
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

    /// Indexes the shards that are not indexed yet, several at a time: on a cold or a distant disk only requests in
    /// flight count. Reports them among all shards, those that are not here included.
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
        // By hand, not by `rayon`: these threads wait for the disk, whatever the number of cores.
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

    /// Writes all indexes, where any was made since the last time. That it cannot be done costs the next run some time, and
    /// nothing else.
    fn store_indexes(&self) {
        let Some(file) = self.memory.get() else { return };
        if self.walked.swap(0, Ordering::Relaxed) > 0 {
            let indexes = self.here().filter_map(|(_, shard)| Some((shard, shard.index.get()?.as_ref().ok()?)));
            let _ = index_cache::write(
                file,
                nanos(SystemTime::now()),
                indexes.map(|(shard, index)| (self.name_of(shard), index)),
            );
        }
    }

    /// Indexes one more shard, for callers that have other work in between. `false` once all are done; then it waits
    /// for those that other threads still have in hand.
    pub fn index_one(&self) -> bool {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(shard) = self.shards.get(at) {
            if !shard.is_gone() {
                self.index(at);
            }
            return true;
        }
        let _ = self.index_all(&NoProgress);
        false
    }

    /// What is wrong with the shards indexed so far, and what is passed over in place of one.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn_of = |file: &Path, kind, member, message| {
            warnings.push(Warning { kind, file: file.to_owned(), line: None, member, message });
        };
        for path in &self.no_files {
            let message = "is no file, or a link that leads to none; it is passed over";
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
            if let Some(index) = self.remembered(shard) {
                return Ok(index);
            }
            self.walked.fetch_add(1, Ordering::Relaxed);
            ShardIndex::scan(&shard.path).map_err(|error| format!("cannot be read: {error}"))
        });
        index.as_ref().ok()
    }

    fn remembered(&self, shard: &Shard) -> Option<ShardIndex> {
        let file = self.memory.get()?;
        let remembered = self.remembered.get_or_init(|| IndexCache::open(file)).as_ref()?;
        remembered.index(&self.name_of(shard), FileStamp::from_metadata(&shard.path.metadata().ok()?))
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
    // It may grow meanwhile, some without an end.
    file.take(TILE_UP_TO_BYTES).read_to_end(into)?;
    Ok(())
}

fn too_large(bytes: u64) -> io::Error {
    io::Error::other(format!("{bytes} bytes; a tile has at most {TILE_UP_TO_BYTES}"))
}

/// The name of a shard, which is its file's without `.tar`.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The entries of a folder; an unreadable folder has none.
fn entries(path: &Path) -> impl Iterator<Item = DirEntry> {
    path.read_dir().into_iter().flatten().flatten()
}

/// Their paths.
fn read_dir(path: &Path) -> impl Iterator<Item = PathBuf> {
    entries(path).map(|entry| entry.path())
}
