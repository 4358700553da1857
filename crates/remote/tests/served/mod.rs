//! A small dataset at a Hub on this machine, and access to it.

#![allow(dead_code, clippy::unwrap_used, reason = "each test file uses a part; a failed unwrap is a failed test")]

use std::path::PathBuf;

use tempfile::TempDir;
use tilejury_data::progress::NoProgress;
use tilejury_data::{Purpose, StorageError, StoredFile};
use tilejury_remote::{Access, Address, OpenedSet, RemoteError, open};
use tilejury_testkit::Set;
use tilejury_testkit::servers::hub::Hub;

pub(crate) const SHARD: &str = "image_shards/shard_000.tar";

pub(crate) struct Served {
    pub(crate) hub: Hub,
    pub(crate) access: Access,
    pub(crate) files: PathBuf,
    pub(crate) folder: TempDir,
}

impl Served {
    /// Serves a dataset of twelve rows in two shards; `None` if this machine cannot.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(|_| {})
    }

    /// The same, with other files in its folder.
    pub(crate) fn start_with(add: impl Fn(&std::path::Path)) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let files = Set::plain(12, 5).write(&folder.path().join("files"));
        add(&files);
        let hub = Hub::start(&folder.path().join("hub"), &files)?;
        let mut access = Access::anonymous(folder.path().join("cache"));
        access.hub_endpoint = hub.endpoint();
        Some(Self { hub, access, files, folder })
    }

    pub(crate) fn open(&self, address: &str) -> Result<OpenedSet, RemoteError> {
        open(&address.parse::<Address>().unwrap(), &self.access, &NoProgress)
    }

    /// Opens the dataset at the Hub and forgets the requests so far.
    pub(crate) fn opened(&self) -> OpenedSet {
        let opened = self.open("o/n").unwrap();
        self.hub.seen();
        opened
    }

    /// The reason why an address does not open, on a machine that knows nothing of it.
    pub(crate) fn refusal(&self, address: &str) -> String {
        let mut access = self.access.clone();
        access.cache = tempfile::tempdir().unwrap().path().join("cache");
        let opened = open(&address.parse::<Address>().unwrap(), &access, &NoProgress);
        let _ = std::fs::remove_dir_all(access.cache);
        opened.map(drop).unwrap_err().to_string()
    }

    pub(crate) fn bytes_of(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.files.join(path)).unwrap()
    }

    /// Files in the folder of what was fetched.
    pub(crate) fn fetched(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.access.cache.clone()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().into_iter().flatten().flatten() {
                if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
            }
        }
        found
    }
}

pub(crate) fn file(opened: &OpenedSet, path: &str) -> StoredFile {
    storage(opened).confirmed(storage(opened).file(path).unwrap()).unwrap()
}

fn storage(opened: &OpenedSet) -> &dyn tilejury_data::Storage {
    &**opened.dataset.tiles.storage().unwrap()
}

/// Reads a range of a file.
pub(crate) fn read(opened: &OpenedSet, path: &str, range: std::ops::Range<u64>) -> Result<Vec<u8>, StorageError> {
    let mut bytes = Vec::new();
    storage(opened).read(storage(opened).file(path).unwrap(), range, Purpose::Index, &mut bytes)?;
    Ok(bytes)
}

/// The words of a failed read.
pub(crate) fn words(opened: &OpenedSet, path: &str, range: std::ops::Range<u64>) -> String {
    read(opened, path, range).unwrap_err().to_string()
}
