//! One tar shard: which members it holds and where their bytes lie, found by reading headers alone.
//!
//! Positional reads only, nothing unpacked. The walk is our own, because a broken member must not end it: `walk` goes
//! from header to header, `header` and `extension` read them (POSIX.1-1988 ustar with its name prefix, POSIX.1-2001 PAX,
//! GNU long names, the old format without a magic), `links` orders hard links, `problems` keeps what is wrong, `window`
//! reads the file.

mod extension;
mod header;
mod links;
mod problems;
#[cfg(test)]
mod tests;
mod walk;
mod window;

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;

use crate::tile_path::TilePath;
use walk::{LIMITS, Walk, WalkLimits};
pub(crate) use window::{read_exact_at, read_up_to_at};

/// Everything in a tar begins at a multiple of this.
const BLOCK: u64 = 512;

/// Where a member's bytes lie in its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Byte offset of the first header that belongs to it, extension headers included. The same as `offset` where no header
    /// fits what is there: another name of a hard link, or a member that is cut short.
    pub start: u64,
    /// Byte offset of the first content byte.
    pub offset: u64,
    /// Content length in bytes.
    pub size: u64,
}

impl Member {
    /// Headers, content and padding as they can be moved to another archive; `None` where the member needs a new header.
    pub fn record(self) -> Option<Range<u64>> {
        let end = self.offset.checked_add(self.size)?.checked_next_multiple_of(BLOCK)?;
        (self.start < self.offset).then_some(self.start..end)
    }
}

/// Something wrong with a shard or one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardProblem {
    /// The member, where one can be named; else it is the shard as a whole.
    pub member: Option<String>,
    /// What was found at which byte, and what it means.
    pub message: String,
}

/// The members of one shard, by normal form of their names.
#[derive(Debug)]
pub struct ShardIndex {
    members: FxHashMap<TilePath, Member>,
    /// What was wrong on the way.
    pub problems: Vec<ShardProblem>,
    pub(crate) stamp: FileStamp,
    /// False where the file could not be read to its end: another time it may be.
    pub(crate) whole: bool,
}

/// Tells whether a file is still the one that was indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileStamp {
    pub(crate) len: u64,
    /// When its content was written last, in nanoseconds from 1970 on; 0 where the system does not tell.
    pub(crate) modified: i64,
    /// When anything of it changed last, its age as it is told among that: nobody can set it back. 0 where the system has no
    /// such time.
    pub(crate) changed: i64,
}

impl FileStamp {
    pub(crate) fn from_metadata(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = 0;
        Self { len: meta.len(), modified: meta.modified().map_or(0, nanos), changed }
    }
}

/// In nanoseconds from 1970 on.
pub(crate) fn nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map(|since| since.as_nanos());
    since.ok().and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(0)
}

impl ShardIndex {
    /// An index that was made before.
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
    /// When the file cannot be opened, or is none. A damaged archive is no error, nor is one that cannot be read to its
    /// end: what was found before and behind the damage is indexed, and [`Self::problems`] tells of it.
    pub fn scan(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("is no file"));
        }
        Ok(Self::walk(&file, FileStamp::from_metadata(&metadata), LIMITS))
    }

    fn walk(file: &File, stamp: FileStamp, limits: WalkLimits) -> Self {
        let (members, problems, whole) = Walk::new(file, stamp.len, limits).finish();
        Self { members, problems, stamp, whole }
    }

    /// The member of that name.
    pub fn get(&self, path: &TilePath) -> Option<Member> {
        self.members.get(path).copied()
    }

    /// The members' names, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &TilePath> {
        self.members.keys()
    }

    /// The members with their names, in no order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&TilePath, &Member)> {
        self.members.iter()
    }

    /// How many tiles the shard holds.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Holds it none?
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Opens the shard, for positional reads of what was indexed.
    ///
    /// # Errors
    /// When the file cannot be opened, or is no longer the one that was indexed.
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
    /// When the file cannot be read, or is no longer the one that was indexed.
    pub fn read(&self, path: &Path, member: Member, into: &mut Vec<u8>) -> io::Result<()> {
        let file = self.open(path)?;
        let size = usize::try_from(member.size).map_err(io::Error::other)?;
        // A size is only what the shard says: room that there is not is no reason to end.
        into.try_reserve(size.saturating_sub(into.len())).map_err(io::Error::other)?;
        // What it held need not be wiped first.
        into.resize(size, 0);
        read_exact_at(&file, into, member.offset)
    }
}
