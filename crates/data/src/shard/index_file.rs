//! Index files that lie beside shards. Reads bytes and returns plain values.
//!
//! - `shard_000.json`, as `hfutils` writes and `webshart` reads it: `{"filesize":N,"hash":SHA1,
//!   "hash_lfs":SHA256,"files":{NAME:{"offset":O,"size":S,"sha256":H}}}`.
//!   The offset is that of the content. Only regular files are listed.
//! - `shard_000.tar.idx`, as `megatron-energon` writes it: the offset of the first header of each
//!   sample and then the end of the last one, as u64 in little-endian order.

use std::collections::BTreeMap;
use std::io::{self, Read};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{BLOCK, Member, ShardIndex, ShardProblem};
use crate::hash::hexadecimal;
use crate::storage::StoredFile;
use crate::tile_path::TilePath;

/// The index of a shard in the form of `hfutils`.
#[derive(Debug, Deserialize, Serialize)]
struct HfutilsIndex {
    filesize: u64,
    /// The SHA-1 by which Git names the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    /// The SHA-256 of the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash_lfs: Option<String>,
    files: BTreeMap<String, HfutilsMember>,
}

#[derive(Debug, Deserialize, Serialize)]
struct HfutilsMember {
    offset: u64,
    #[serde(alias = "length")]
    size: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

impl ShardIndex {
    /// Makes an index of the names, offsets and sizes of members, in bytes.
    ///
    /// # Errors
    /// If a member does not lie inside the shard.
    pub fn from_members<'n>(
        shard: &StoredFile,
        listed: impl Iterator<Item = (&'n str, u64, u64)>,
    ) -> Result<Self, String> {
        let mut members = FxHashMap::default();
        let mut problems = Vec::new();
        for (name, offset, size) in listed {
            let end = offset.checked_add(size).filter(|end| *end <= shard.len);
            if end.is_none() || offset < BLOCK {
                return Err(format!("{name} is not inside the {} bytes of the shard", shard.len));
            }
            let path = TilePath::new(name);
            if path.as_str().is_empty() {
                let message = "has a name that no tile can have; it is skipped".into();
                problems.push(ShardProblem { member: Some(name.to_owned()), message });
                continue;
            }
            // The index does not tell where the headers begin.
            members.insert(path, Member { start: offset, offset, size });
        }
        Ok(Self { members, problems, stamp: shard.file_stamp(), whole: true })
    }
}

/// Reads an index in the form of `hfutils`. The error says why it is not that of the shard.
pub(super) fn from_hfutils_json(bytes: &[u8], shard: &StoredFile) -> Result<ShardIndex, String> {
    let index: HfutilsIndex = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if index.filesize != shard.len {
        return Err(format!("it is for a file of {} bytes, and the shard has {}", index.filesize, shard.len));
    }
    let differs = |known: &String| index.hash_lfs.as_ref().is_some_and(|listed| !listed.eq_ignore_ascii_case(known));
    if shard.sha256.as_ref().is_some_and(differs) {
        return Err("its SHA-256 is not that of the shard".to_owned());
    }
    let members = index.files.iter().map(|(name, member)| (name.as_str(), member.offset, member.size));
    ShardIndex::from_members(shard, members)
}

/// Reads a tar of `len` bytes from its first byte to its last, and returns its index in the form of
/// `hfutils`, with the SHA-256 of the tar and of each member.
///
/// # Errors
/// If the tar cannot be read or is damaged: then no index can be trusted.
pub fn hfutils_json(tar: impl Read, len: u64) -> io::Result<Vec<u8>> {
    let mut archive = tar::Archive::new(HashedRead { inner: tar, hash: Sha256::new() });
    let mut files = BTreeMap::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8(entry.path_bytes().into_owned()).map_err(io::Error::other)?;
        let (offset, size) = (entry.raw_file_position(), entry.size());
        let mut content = HashedRead { inner: &mut entry, hash: Sha256::new() };
        let read = io::copy(&mut content, &mut io::sink())?;
        if read != size {
            return Err(io::Error::other(format!("{name} is cut short")));
        }
        files.insert(name, HfutilsMember { offset, size, sha256: Some(hexadecimal(&content.hash.finalize())) });
    }
    let mut whole = archive.into_inner();
    io::copy(&mut whole, &mut io::sink())?;
    let index = HfutilsIndex { filesize: len, hash: None, hash_lfs: Some(hexadecimal(&whole.hash.finalize())), files };
    serde_json::to_vec(&index).map_err(io::Error::other)
}

/// A reader that hashes what it reads.
struct HashedRead<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for HashedRead<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.hash.update(&into[..read]);
        Ok(read)
    }
}

/// Reads the offsets of sample headers; `None` if they are not ascending offsets of blocks inside
/// the shard.
pub(super) fn energon_starts(bytes: &[u8], len: u64) -> Option<Vec<u64>> {
    let (numbers, rest) = bytes.as_chunks();
    let starts: Vec<u64> = numbers.iter().map(|number| u64::from_le_bytes(*number)).collect();
    let fits = rest.is_empty()
        && starts.iter().all(|start| start % BLOCK == 0 && *start <= len)
        && starts.is_sorted_by(|a, b| a < b);
    (fits && !starts.is_empty()).then_some(starts)
}
