//! One shard of a source: a file on this machine or in a storage, with its index once it is known.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::TILE_UP_TO_BYTES;
use super::location::TileError;
use crate::file_stamp::FileStamp;
use crate::shard::{Member, ShardIndex};
use crate::shown::file_name;
use crate::storage::{Purpose, Storage, StorageError, StoredFile};
use crate::tile_path::TilePath;

/// The bytes that are requested at once to copy a large part of a stored shard.
const COPY_BYTES: u64 = 8 << 20;

#[derive(Debug)]
pub(super) struct Shard {
    /// The file, or the address of a stored one, for messages.
    pub(super) path: PathBuf,
    place: Place,
    /// The error is a text, because an `io::Error` cannot be returned twice.
    index: OnceLock<Result<ShardIndex, String>>,
    /// Locked while a stored shard is indexed. Holds the reason why the last try failed, after
    /// which the next one may succeed.
    indexing: Mutex<Option<StorageError>>,
    /// Whether the file was missing, or another one, when the folders were last listed.
    removed: AtomicBool,
}

#[derive(Debug)]
enum Place {
    Here,
    Stored(StoredPlace),
}

#[derive(Debug)]
struct StoredPlace {
    storage: Arc<dyn Storage>,
    /// The file as it was listed.
    listed: StoredFile,
    /// The file with its version, if the list has none.
    confirmed: OnceLock<StoredFile>,
}

impl StoredPlace {
    /// The file as far as it is known without a request.
    fn known(&self) -> &StoredFile {
        self.confirmed.get().unwrap_or(&self.listed)
    }

    /// The file with its length and version.
    fn file(&self) -> Result<&StoredFile, StorageError> {
        if !self.known().is_confirmed() {
            let confirmed = self.storage.confirmed(&self.listed)?;
            let _ = self.confirmed.set(confirmed);
        }
        Ok(self.known())
    }
}

impl StoredPlace {
    /// The index, with as few requests one after another as possible.
    fn find_index(&self) -> Result<ShardIndex, StorageError> {
        if self.known().is_confirmed() {
            return ShardIndex::of_stored(&*self.storage, self.known());
        }
        let (index, confirmed) = ShardIndex::of_unconfirmed(&*self.storage, &self.listed)?;
        let _ = self.confirmed.set(confirmed);
        Ok(index)
    }

    /// The index that was kept for the version of an earlier day, if reading this tile shows that
    /// the shard still has that version.
    fn find_index_by_reading(&self, tile: &TilePath) -> Result<Option<ShardIndex>, StorageError> {
        let Some(earlier) = self.storage.earlier(&self.listed).filter(|_| !self.known().is_confirmed()) else {
            return Ok(None);
        };
        let index = self.storage.kept_index(&earlier);
        let Some((index, member)) = index.and_then(|index| index.get(tile).map(|member| (index, member))) else {
            return Ok(None);
        };
        let range = member.offset..member.offset.saturating_add(member.size);
        if member.size > TILE_UP_TO_BYTES || !self.storage.is_still(&earlier, range)? {
            return Ok(None);
        }
        let _ = self.confirmed.set(earlier);
        Ok(Some(index))
    }
}

/// A reason why a shard has no index.
pub(super) enum IndexError {
    /// A file on this machine cannot be read; the warnings of the source say why.
    Unreadable,
    Storage(StorageError),
}

impl Shard {
    pub(super) fn here(path: PathBuf) -> Self {
        Self::new(path, Place::Here)
    }

    pub(super) fn stored(storage: &Arc<dyn Storage>, file: &StoredFile) -> Self {
        let path = PathBuf::from(format!("{}/{}", storage.address(), file.path));
        let place = StoredPlace { storage: storage.clone(), listed: file.clone(), confirmed: OnceLock::new() };
        Self::new(path, Place::Stored(place))
    }

    fn new(path: PathBuf, place: Place) -> Self {
        Self { path, place, index: OnceLock::new(), indexing: Mutex::default(), removed: AtomicBool::new(false) }
    }

    pub(super) fn is_removed(&self) -> bool {
        self.removed.load(Ordering::Relaxed)
    }

    pub(super) fn set_removed(&self) {
        self.removed.store(true, Ordering::Relaxed);
    }

    /// Whether the file exists now. The list of stored files does not change.
    pub(super) fn exists(&self) -> bool {
        self.is_stored() || self.path.exists()
    }

    pub(super) fn is_stored(&self) -> bool {
        matches!(self.place, Place::Stored(_))
    }

    /// The stored file, as far as it is known.
    pub(super) fn stored_file(&self) -> Option<&StoredFile> {
        match &self.place {
            Place::Here => None,
            Place::Stored(place) => Some(place.known()),
        }
    }

    /// The stored file with its length and version, if they can be found out.
    pub(super) fn confirmed_file(&self) -> Option<Result<&StoredFile, TileError>> {
        match &self.place {
            Place::Here => None,
            Place::Stored(place) => Some(place.file().map_err(|error| self.unreachable(error))),
        }
    }

    /// Whether the index still fits the file that has this name now.
    pub(super) fn is_current(&self) -> bool {
        match (&self.place, self.index.get()) {
            (Place::Stored(_), _) | (_, None) => true,
            (Place::Here, Some(Ok(index))) => self.stamp() == Some(index.stamp),
            // It may be readable another time.
            (Place::Here, Some(Err(_))) => false,
        }
    }

    /// The length and the times of the file as it is now; `None` if it is gone.
    pub(super) fn stamp(&self) -> Option<FileStamp> {
        match &self.place {
            Place::Here => Some(FileStamp::from_metadata(&self.path.metadata().ok()?)),
            Place::Stored(place) => Some(place.known()).filter(|file| file.is_confirmed()).map(StoredFile::file_stamp),
        }
    }

    /// The index, or why there is none, if it was tried.
    pub(super) fn outcome(&self) -> Option<&Result<ShardIndex, String>> {
        self.index.get()
    }

    /// The index, if it is known.
    pub(super) fn index(&self) -> Option<&ShardIndex> {
        self.index.get()?.as_ref().ok()
    }

    /// The index, if it is known or was kept. Requests at most the version of the shard, once, and
    /// waits if another thread is indexing it.
    pub(super) fn known_index(&self) -> Option<&ShardIndex> {
        if let (Place::Stored(place), None) = (&self.place, self.index.get()) {
            let mut failure = self.indexing.lock();
            if self.index.get().is_none() && (failure.is_none() || place.known().is_confirmed()) {
                match place.file() {
                    Ok(file) => {
                        if let Some(index) = place.storage.kept_index(file) {
                            let _ = self.index.set(Ok(index));
                        }
                    }
                    Err(error) => *failure = Some(error),
                }
            }
        }
        self.index()
    }

    /// Reads and keeps a tile of a stored shard, if that makes its index known without another
    /// request. Otherwise only tells the storage that a tile will be read.
    pub(super) fn index_by_reading(&self, tile: &TilePath) -> Result<(), TileError> {
        if let (Place::Stored(place), None) = (&self.place, self.index.get()) {
            place.storage.expect(place.known());
            let mut failure = self.indexing.lock();
            if self.index.get().is_none() {
                match place.find_index_by_reading(tile) {
                    Ok(index) => _ = index.map(|index| self.index.set(Ok(index))),
                    Err(error) => return Err(self.unreachable(failure.insert(error).clone())),
                }
            }
        }
        Ok(())
    }

    /// The reason why the last try to index a stored shard failed. While it is being indexed there
    /// is none.
    pub(super) fn failure(&self) -> Option<StorageError> {
        self.indexing.try_lock()?.clone()
    }

    /// Forgets that the last try to index it failed.
    pub(super) fn forget_failure(&self) {
        *self.indexing.lock() = None;
    }

    /// The index; if it is not known, `make` makes that of a file on this machine.
    pub(super) fn index_or_make(
        &self,
        make: impl FnOnce(&Path) -> io::Result<ShardIndex>,
    ) -> Result<&ShardIndex, IndexError> {
        if let (Place::Stored(place), None) = (&self.place, self.index.get()) {
            let mut failure = self.indexing.lock();
            // Another thread may have made it in the meantime.
            if self.index.get().is_none() {
                match place.find_index() {
                    Ok(index) => _ = self.index.set(Ok(index)),
                    Err(error) => return Err(IndexError::Storage(failure.insert(error).clone())),
                }
            }
        }
        let make = || make(&self.path).map_err(|error| format!("cannot be read: {error}"));
        self.index.get_or_init(make).as_ref().map_err(|_| IndexError::Unreadable)
    }

    /// Reads a member of an indexed shard into `into`, replacing what it held.
    pub(super) fn read(&self, member: Member, purpose: Purpose, into: &mut Vec<u8>) -> Result<(), TileError> {
        if member.size > TILE_UP_TO_BYTES {
            return Err(self.failed(&super::too_large(member.size)));
        }
        match &self.place {
            Place::Stored(place) => {
                let range = member.offset..member.offset.saturating_add(member.size);
                let read = place.file().and_then(|file| place.storage.read(file, range, purpose, into));
                read.map_err(|error| self.unreachable(error))
            }
            Place::Here => {
                let index = self.index().ok_or_else(not_indexed);
                index.and_then(|index| index.read(&self.path, member, into)).map_err(|error| self.failed(&error))
            }
        }
    }

    /// Opens the shard, once it is indexed, to copy members from it.
    pub(super) fn open(&self) -> Result<OpenShard, TileError> {
        match &self.place {
            Place::Stored(place) => {
                let (storage, file) = (place.storage.clone(), place.file().map_err(|error| self.unreachable(error))?);
                let (file, end) = (file.clone(), file.len);
                Ok(OpenShard::Stored(StoredReader { storage, file, at: 0, end, held: Vec::new(), held_from: 0 }))
            }
            Place::Here => {
                let file = self.index().ok_or_else(not_indexed).and_then(|index| index.open(&self.path));
                file.map(OpenShard::File).map_err(|error| self.failed(&error))
            }
        }
    }

    pub(super) fn failed(&self, error: &io::Error) -> TileError {
        if error.kind() == io::ErrorKind::NotFound {
            return TileError::ShardMissing { shard: file_name(&self.path) };
        }
        TileError::Unreadable { file: self.path.clone(), message: error.to_string() }
    }

    pub(super) fn unreachable(&self, error: StorageError) -> TileError {
        TileError::Unreachable { file: file_name(&self.path), message: error.message, kind: error.kind }
    }
}

fn not_indexed() -> io::Error {
    io::Error::other("the shard is not indexed")
}

/// A shard that is open to copy large parts of it.
#[derive(Debug)]
pub enum OpenShard {
    /// A file on this machine.
    File(File),
    /// A file that is elsewhere.
    Stored(StoredReader),
}

impl OpenShard {
    /// States that nothing from this offset on will be read soon, so that it is not requested
    /// ahead. No bytes from there on can be read until another end is set.
    pub fn read_up_to(&mut self, end: u64) {
        if let Self::Stored(reader) = self {
            reader.end = end.min(reader.file.len);
        }
    }
}

impl Read for OpenShard {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::File(file) => file.read(into),
            Self::Stored(reader) => reader.read(into),
        }
    }
}

impl Seek for OpenShard {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Stored(reader) => reader.seek(to),
        }
    }
}

/// A file in a storage, read from front to back.
#[derive(Debug)]
pub struct StoredReader {
    storage: Arc<dyn Storage>,
    file: StoredFile,
    at: u64,
    /// The offset before which bytes are requested.
    end: u64,
    /// The bytes that were requested together, of which those from `at` on are not read yet.
    held: Vec<u8>,
    /// The offset of the first of them.
    held_from: u64,
}

impl StoredReader {
    /// The bytes that were requested and not read yet.
    fn rest(&self) -> &[u8] {
        let read = self.at.checked_sub(self.held_from).and_then(|read| usize::try_from(read).ok());
        read.and_then(|read| self.held.get(read..)).unwrap_or_default()
    }
}

impl Read for StoredReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() {
            let end = self.end.min(self.at.saturating_add(COPY_BYTES));
            if self.at >= end {
                return Ok(0);
            }
            let read = self.storage.read(&self.file, self.at..end, Purpose::Bulk, &mut self.held);
            read.map_err(io::Error::other)?;
            self.held_from = self.at;
        }
        let rest = self.rest();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for StoredReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.len.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
