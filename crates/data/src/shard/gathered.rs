//! The bytes of a stored shard that were requested so far. A shard is walked over them as if it
//! were a file: what is missing is requested on the way, one piece after another.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;

use parking_lot::Mutex;

use super::ShardIndex;
use crate::positional_read::ReadAt;
use crate::storage::{Purpose, Storage, StorageError, StoredFile};

/// The least bytes that one request asks for while a shard is walked: the header blocks of a usual
/// member and a little more.
const REQUEST_BYTES: u64 = 4096;

pub(super) struct Gathered<'s> {
    storage: &'s dyn Storage,
    shard: &'s StoredFile,
    /// Stretches of the shard by the offset of their first byte. They may overlap.
    stretches: Mutex<BTreeMap<u64, Vec<u8>>>,
    /// The first request that failed.
    failed: Mutex<Option<StorageError>>,
}

impl<'s> Gathered<'s> {
    pub(super) fn new(storage: &'s dyn Storage, shard: &'s StoredFile) -> Self {
        Self { storage, shard, stretches: Mutex::default(), failed: Mutex::default() }
    }

    pub(super) fn len(&self) -> u64 {
        self.shard.len
    }

    /// The most bytes that the storage keeps.
    pub(super) fn keeps_up_to_bytes(&self) -> u64 {
        self.storage.keeps_up_to_bytes()
    }

    /// Requests a range, cut at the end of the shard, and keeps and returns its bytes.
    pub(super) fn request(&self, range: Range<u64>) -> Result<Vec<u8>, StorageError> {
        let range = range.start.min(self.len())..range.end.min(self.len());
        let mut bytes = Vec::new();
        if !range.is_empty() {
            let read = self.storage.read(self.shard, range.clone(), Purpose::Index, &mut bytes);
            read.inspect_err(|error| _ = self.failed.lock().get_or_insert_with(|| error.clone()))?;
            self.stretches.lock().insert(range.start, bytes.clone());
        }
        Ok(bytes)
    }

    /// The error of the first request that failed.
    pub(super) fn failure(&self) -> Option<StorageError> {
        self.failed.lock().clone()
    }

    /// Lets the storage keep the members that came whole.
    pub(super) fn keep_members(&self, index: &ShardIndex) {
        let stretches = self.stretches.lock();
        for (_, member) in index.members().filter(|(_, member)| member.size > 0) {
            let Some(bytes) = held_from(&stretches, member.offset).get(..member.size as usize) else { continue };
            self.storage.keep(self.shard, member.offset..member.offset + member.size, bytes);
        }
    }

    /// Copies what is held of the bytes from `at`; returns their number.
    fn copy_held(&self, into: &mut [u8], at: u64) -> usize {
        let stretches = self.stretches.lock();
        let held = held_from(&stretches, at);
        let count = held.len().min(into.len());
        into[..count].copy_from_slice(&held[..count]);
        count
    }
}

/// The bytes from an offset on that came together.
fn held_from(stretches: &BTreeMap<u64, Vec<u8>>, at: u64) -> &[u8] {
    let held = stretches.range(..=at).rev().take(4).find_map(|(start, bytes)| bytes.get((at - start) as usize..));
    held.unwrap_or_default()
}

impl ReadAt for Gathered<'_> {
    fn read_up_to_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len() && at + (filled as u64) < self.len() {
            let from = at + filled as u64;
            match self.copy_held(&mut into[filled..], from) {
                0 => {
                    let missing = (into.len() - filled) as u64;
                    self.request(from..from.saturating_add(missing.max(REQUEST_BYTES))).map_err(io::Error::other)?;
                }
                count => filled += count,
            }
        }
        Ok(filled)
    }
}
