//! A tar shard: its members and the offsets of their bytes, found by reading only headers.
//!
//! Reads by position and extracts nothing. The walk is our own code, because a broken member must
//! not end it. `walk` goes from header to header; `header` and `extension` parse them (POSIX.1-1988
//! ustar with its name prefix, POSIX.1-2001 PAX, GNU long names, the old format without a magic);
//! `links` orders hard links; `problems` collects problems; `window` reads the file. The index of a
//! shard that is elsewhere is made by `stored`, from one of the files that `index_file` reads, or
//! from bytes that `gathered` requested at several places at once.

mod extension;
mod gathered;
mod header;
mod index_file;
mod links;
mod problems;
mod stored;
mod stretches;
#[cfg(test)]
mod tests;
mod walk;
mod window;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::file_stamp::FileStamp;
use crate::positional_read::ReadAt;
use crate::tile_path::TilePath;
pub use index_file::hfutils_json;
pub use stored::index_cost;
use walk::{LIMITS, Walk, WalkLimits};

/// The size in bytes of a tar's blocks; headers and contents begin at a multiple of it.
const BLOCK: u64 = 512;

/// The position of a member's bytes in its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Byte offset of the first header of the member, extension headers included. Equal to `offset`
    /// if no header describes these bytes: for another name of a hard link, and for a member that
    /// is cut short.
    pub start: u64,
    /// Byte offset of the first content byte.
    pub offset: u64,
    /// Content length in bytes.
    pub size: u64,
}

impl Member {
    /// The byte range of headers, content and padding, which can be copied to another archive;
    /// `None` if the member needs a new header.
    pub fn record(self) -> Option<Range<u64>> {
        let end = self.offset.checked_add(self.size)?.checked_next_multiple_of(BLOCK)?;
        (self.start < self.offset).then_some(self.start..end)
    }
}

/// A problem with a shard or one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardProblem {
    /// The member's name; `None` if the problem concerns the shard.
    pub member: Option<String>,
    /// The message: the problem, its byte, and its effect.
    pub message: String,
}

/// The members of a shard by the normal form of their names.
#[derive(Debug)]
pub struct ShardIndex {
    members: FxHashMap<TilePath, Member>,
    /// The problems found on the walk.
    pub problems: Vec<ShardProblem>,
    pub(crate) stamp: FileStamp,
    /// False if the file could not be read to its end, which may succeed another time.
    pub(crate) whole: bool,
}

impl ShardIndex {
    /// Restores an index that was made earlier.
    pub(crate) fn from_parts(
        members: FxHashMap<TilePath, Member>,
        problems: Vec<ShardProblem>,
        stamp: FileStamp,
    ) -> Self {
        Self { members, problems, stamp, whole: true }
    }

    /// Walks the headers of a tar file.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a file. A damaged archive is not an error, nor is one
    /// that cannot be read to its end: whatever was found around the damage is indexed, and
    /// [`Self::problems`] describes the damage.
    pub fn scan(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("is not a file"));
        }
        Ok(Self::walk(&file, FileStamp::from_metadata(&metadata), LIMITS))
    }

    fn walk(file: &dyn ReadAt, stamp: FileStamp, limits: WalkLimits) -> Self {
        let (members, problems, whole) = Walk::new(file, stamp.len, limits).finish();
        Self { members, problems, stamp, whole }
    }

    /// Finds the member with this name.
    pub fn get(&self, path: &TilePath) -> Option<Member> {
        self.members.get(path).copied()
    }

    /// The members' names, in no particular order.
    pub fn paths(&self) -> impl Iterator<Item = &TilePath> {
        self.members.keys()
    }

    /// The members with their names, in no particular order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&TilePath, &Member)> {
        self.members.iter()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Opens the shard for positional reads of its members.
    ///
    /// # Errors
    /// If the file cannot be opened, or changed after it was indexed.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        let file = File::open(path)?;
        if FileStamp::from_metadata(&file.metadata()?) != self.stamp {
            return Err(io::Error::other("the shard changed since it was indexed; look for shards again"));
        }
        Ok(file)
    }

    /// Reads a member's bytes into `into`, replacing what it held.
    ///
    /// # Errors
    /// If the file cannot be read, or changed after it was indexed.
    pub fn read(&self, path: &Path, member: Member, into: &mut Vec<u8>) -> io::Result<()> {
        let file = self.open(path)?;
        let size = usize::try_from(member.size).map_err(io::Error::other)?;
        // The size is only a claim of the shard: a lack of memory must not end the process.
        into.try_reserve(size.saturating_sub(into.len())).map_err(io::Error::other)?;
        // Old content need not be cleared first.
        into.resize(size, 0);
        file.read_exact_at(into, member.offset)
    }
}
