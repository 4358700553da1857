//! Files of a dataset that are not on this machine: what the reader of shards needs from the place
//! where they are. Describes the interface only; the network, credentials and caches belong to the
//! implementation.

use std::fmt::Debug;
use std::ops::Range;
use std::time::Duration;

use thiserror::Error;

use crate::file_stamp::FileStamp;
use crate::hash::hash;
use crate::shard::ShardIndex;
use crate::tile_path::TilePath;

/// A file in a [`Storage`], as it was when the files were listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredFile {
    /// The path below the dataset, with `/` between its parts.
    pub path: String,
    /// The length in bytes; only about it, or 0, if the version is not known.
    pub len: u64,
    /// The identity of the content: a commit, an ETag or a generation. Another content has another
    /// version. Empty if the list of files does not tell it: [`Storage::confirmed`] does.
    pub version: String,
    /// The SHA-256 of the content in lowercase hexadecimal digits, if the storage tells it.
    pub sha256: Option<String>,
}

impl StoredFile {
    /// The file name without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the length and the version are known.
    pub fn is_confirmed(&self) -> bool {
        !self.version.is_empty()
    }

    /// The path with another ending in place of `.tar`.
    pub fn path_with(&self, ending: &str) -> String {
        format!("{}{ending}", self.path.strip_suffix(".tar").unwrap_or(&self.path))
    }

    /// The length in bytes and a number that differs between versions.
    pub fn stamp(&self) -> (u64, i64) {
        let stamp = self.file_stamp();
        (stamp.len, stamp.modified)
    }

    /// A stamp that no file on this machine has: its times lie before 1970.
    pub(crate) fn file_stamp(&self) -> FileStamp {
        let hash = hash(self.version.as_bytes(), self.len);
        let before_1970 = |bits: u64| -((bits >> 1) as i64) - 1;
        FileStamp { len: self.len, modified: before_1970(hash as u64), changed: before_1970((hash >> 64) as u64) }
    }
}

/// The purpose of a read, which decides how long it is tried and whether it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A tile that somebody waits for: few tries; kept.
    Tile,
    /// Headers of a shard: few tries; not kept, because the index made of them is.
    Index,
    /// A tile for an export, a check or another long piece of work: many tries; kept.
    PatientTile,
    /// A large part of a file, for an export or a check: many tries; not kept.
    Bulk,
}

impl Purpose {
    /// Whether the bytes are kept, and taken from what was kept.
    pub fn is_kept(self) -> bool {
        matches!(self, Self::Tile | Self::PatientTile)
    }

    /// Whether the read is tried for minutes: nobody looks at an empty place meanwhile.
    pub fn is_patient(self) -> bool {
        matches!(self, Self::PatientTile | Self::Bulk)
    }
}

/// The speed of the connection to a storage, as measured so far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// The time until the first byte of an answer.
    pub latency: Duration,
    /// Bytes per second over all requests at the same time.
    pub bytes_per_second: f64,
    /// Bytes per second of one request among them: less, if they share the connection or the server
    /// limits each.
    pub bytes_per_second_each: f64,
}

/// A reason why a file in a storage cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct StorageError {
    /// The event, and a remedy for a person, in words.
    pub message: String,
    /// The kind of reason.
    pub kind: ObstacleKind,
}

/// A kind of reason why something in a storage cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObstacleKind {
    /// The same request fails again, until a person changes something.
    Lasting,
    /// Another try may succeed without any change: the connection was lost, or the server was busy.
    Passing,
    /// The server limits requests, and allows a further one later.
    Limited,
}

impl ObstacleKind {
    /// Whether another try may succeed without any change.
    pub fn is_passing(self) -> bool {
        self != Self::Lasting
    }
}

/// Files that no list names, whole, in the order in which they were asked for; `None` for what is
/// not there, and for what comes after one that is.
pub type UnlistedFiles = Vec<Option<Vec<u8>>>;

/// A place with the files of a dataset. Its methods block, so none is called from the thread that
/// draws. Safe to use from many threads at once.
pub trait Storage: Debug + Send + Sync {
    /// The address of the dataset, with its revision.
    fn address(&self) -> &str;

    /// The address without a revision: equal for all revisions of a dataset.
    fn name(&self) -> &str;

    /// The files of the dataset, by path. Never changes.
    fn files(&self) -> &[StoredFile];

    /// Reads a range of bytes of a listed file into `into`, replacing what it held.
    ///
    /// # Errors
    /// If the range cannot be read whole, or the file is not the listed version any more.
    fn read(
        &self,
        file: &StoredFile,
        range: Range<u64>,
        purpose: Purpose,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError>;

    /// Tells that bytes of a listed file are wanted soon, so that what has to be found out before
    /// them can be. Returns at once.
    fn expect(&self, _file: &StoredFile) {}

    /// The file with its length and version, which the list of files need not tell. Then the first
    /// call makes a request.
    ///
    /// # Errors
    /// If they cannot be found out.
    fn confirmed(&self, file: &StoredFile) -> Result<StoredFile, StorageError> {
        Ok(file.clone())
    }

    /// The file with the length and version that it had on an earlier day, if that is all that is
    /// known of it. Requests nothing.
    fn earlier(&self, _file: &StoredFile) -> Option<StoredFile> {
        None
    }

    /// Reads and keeps a tile of a file that [`Self::earlier`] returned. Returns whether the answer
    /// shows that the file still has that version; then it is confirmed without a request of its
    /// own. `false` also if nothing was read, because the tile is kept or no answer can show it.
    ///
    /// # Errors
    /// If the tile cannot be read.
    fn is_still(&self, _earlier: &StoredFile, _tile: Range<u64>) -> Result<bool, StorageError> {
        Ok(false)
    }

    /// The file as [`Self::confirmed`] finds it out, and other files as [`Self::unlisted`] does, in
    /// the time of one request; `None` if the others were not asked for, because the first needed
    /// no request.
    ///
    /// # Errors
    /// As those of [`Self::confirmed`].
    fn confirmed_beside(
        &self,
        file: &StoredFile,
        _others: &[String],
        _up_to: u64,
    ) -> Result<(StoredFile, Option<UnlistedFiles>), StorageError> {
        Ok((self.confirmed(file)?, None))
    }

    /// Keeps a tile that came together with other bytes, if there is room, as if it had been read.
    fn keep(&self, file: &StoredFile, range: Range<u64>, bytes: &[u8]) {
        let _ = (file, range, bytes);
    }

    /// Whether a range is kept on this machine, so that reading it as a tile needs no request.
    fn is_kept(&self, file: &StoredFile, range: Range<u64>) -> bool {
        let _ = (file, range);
        false
    }

    /// The speed of the connection.
    fn pace(&self) -> Pace;

    /// The index of a shard that was kept for this version of it.
    fn kept_index(&self, shard: &StoredFile) -> Option<ShardIndex>;

    /// Keeps the index of a shard for the next run. A failure costs the next run some time and
    /// nothing else.
    fn keep_index(&self, shard: &StoredFile, index: &ShardIndex);

    /// The index of a shard in an index of the whole dataset, if the dataset has one. Its caller
    /// compares it with the shard.
    ///
    /// # Errors
    /// If that index cannot be used, with the reason in words, and only the first time.
    fn index_in_set(&self, _shard: &StoredFile) -> Result<Option<ShardIndex>, String> {
        Ok(None)
    }

    /// Files that may be there although no list names them, at these paths below the dataset, each
    /// whole and of at most `up_to` bytes. Requests all of them at once, so they take the time of
    /// one, and waits for none after the first that is there.
    fn unlisted(&self, paths: &[String], _up_to: u64) -> UnlistedFiles {
        paths.iter().map(|_| None).collect()
    }

    /// The most bytes of tiles that surely stay on this machine; 0 if none are kept.
    fn keeps_up_to_bytes(&self) -> u64 {
        0
    }

    /// The place at which the storage exchanges judgements with all who judge the dataset, if it
    /// does.
    fn exchange_place(&self) -> Option<&str> {
        None
    }

    /// A small picture of a tile, about so many pixels wide, if the storage makes such pictures:
    /// fewer bytes than the tile, for a place where nobody reads it.
    fn small_tile(&self, _tile: &TilePath, _width: u32) -> Option<Vec<u8>> {
        None
    }

    /// A note for a person about the list of files, for example that it is of another day
    /// because the storage cannot be reached.
    fn note(&self) -> Option<String> {
        None
    }

    /// The listed file at a path below the dataset.
    fn file(&self, path: &str) -> Option<&StoredFile> {
        let at = self.files().binary_search_by(|file| file.path.as_str().cmp(path)).ok()?;
        self.files().get(at)
    }
}
