//! A storage over a folder for tests, which counts requests and can fail. Tests of other crates use
//! this file too.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses a part; a failed unwrap is a failed test"
)]

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tilejury_data::{ObstacleKind, Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile};

/// The path of a file, a range of it, and the bytes.
type KeptTile = (String, Range<u64>, Vec<u8>);

#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    pub files: Vec<StoredFile>,
    pub pace: Pace,
    requests: AtomicUsize,
    bytes: AtomicU64,
    indexes: Mutex<Vec<(StoredFile, Vec<u8>)>>,
    /// The most bytes of tiles that are kept.
    pub room: u64,
    tiles: Mutex<Vec<KeptTile>>,
    /// The requests that are still answered, and the error of the others.
    fault: Mutex<Option<(usize, StorageError)>>,
    /// The indexes of shards in an index of the dataset, by path.
    pub in_set: Mutex<Vec<(String, ShardIndex)>>,
    /// Whether files beside the shards are in no list.
    pub hides_others: bool,
}

fn files_below(root: &Path, folder: &Path, into: &mut Vec<StoredFile>) {
    for entry in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            files_below(root, &entry, into);
        } else {
            let path = entry.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            let len = entry.metadata().unwrap().len();
            into.push(StoredFile { path, len, version: "\"tag\"".into(), sha256: None });
        }
    }
}

impl Folder {
    /// A storage that keeps indexes but no tiles, and is so slow that no shard is requested whole.
    pub fn new(root: &Path) -> Self {
        let mut files = Vec::new();
        files_below(root, root, &mut files);
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let latency = Duration::from_millis(1);
        Self {
            root: root.to_owned(),
            files,
            pace: Pace { latency, bytes_per_second: 1e4, bytes_per_second_each: 1e4 },
            requests: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            indexes: Mutex::default(),
            room: 0,
            tiles: Mutex::default(),
            fault: Mutex::default(),
            in_set: Mutex::default(),
            hides_others: false,
        }
    }

    /// The requests and their bytes since the last call.
    pub fn counted(&self) -> (usize, u64) {
        (self.requests.swap(0, Ordering::Relaxed), self.bytes.swap(0, Ordering::Relaxed))
    }

    /// Answers some more requests, then none.
    pub fn fail_after(&self, requests: usize, message: &str, kind: ObstacleKind) {
        *self.fault.lock().unwrap() = Some((requests, StorageError { message: message.to_owned(), kind }));
    }

    /// Answers no request.
    pub fn lose_connection(&self) {
        self.fail_after(0, "no connection", ObstacleKind::Passing);
    }

    /// Answers every request again.
    pub fn mend(&self) {
        *self.fault.lock().unwrap() = None;
    }
}

impl Storage for Folder {
    fn address(&self) -> &str {
        "folder://owner/set@0123"
    }

    fn name(&self) -> &str {
        "folder://owner/set"
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(
        &self,
        file: &StoredFile,
        range: Range<u64>,
        purpose: Purpose,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        if purpose.is_kept()
            && let Some((.., bytes)) =
                self.tiles.lock().unwrap().iter().find(|(p, r, _)| *p == file.path && *r == range)
        {
            into.clone_from(bytes);
            return Ok(());
        }
        match &mut *self.fault.lock().unwrap() {
            Some((0, error)) => return Err(error.clone()),
            Some((left, _)) => *left -= 1,
            None => {}
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(range.end - range.start, Ordering::Relaxed);
        let bytes = fs::read(self.root.join(&file.path)).unwrap();
        *into = bytes[range.start as usize..range.end as usize].to_vec();
        Ok(())
    }

    fn unlisted(&self, paths: &[String], up_to: u64) -> Vec<Option<Vec<u8>>> {
        let read = |path: &String| fs::read(self.root.join(path)).ok().filter(|bytes| bytes.len() as u64 <= up_to);
        let ask = |path: &String| {
            self.requests.fetch_add(usize::from(self.hides_others), Ordering::Relaxed);
            read(path).filter(|_| self.hides_others)
        };
        paths.iter().map(ask).collect()
    }

    fn keep(&self, file: &StoredFile, range: Range<u64>, bytes: &[u8]) {
        self.tiles.lock().unwrap().push((file.path.clone(), range, bytes.to_vec()));
    }

    fn is_kept(&self, file: &StoredFile, range: Range<u64>) -> bool {
        self.tiles.lock().unwrap().iter().any(|(path, kept, _)| *path == file.path && *kept == range)
    }

    fn keeps_up_to_bytes(&self) -> u64 {
        self.room
    }

    fn pace(&self) -> Pace {
        self.pace
    }

    fn kept_index(&self, shard: &StoredFile) -> Option<ShardIndex> {
        let kept = self.indexes.lock().unwrap();
        let (_, bytes) = kept.iter().find(|(file, _)| file == shard)?;
        ShardIndex::from_bytes(bytes, shard)
    }

    fn index_in_set(&self, shard: &StoredFile) -> Result<Option<ShardIndex>, String> {
        let mut indexes = self.in_set.lock().unwrap();
        let at = indexes.iter().position(|(path, _)| *path == shard.path);
        Ok(at.map(|at| indexes.swap_remove(at).1))
    }

    fn keep_index(&self, shard: &StoredFile, index: &ShardIndex) {
        self.indexes.lock().unwrap().push((shard.clone(), index.to_bytes()));
    }
}
