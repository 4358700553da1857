//! The bytes of a split: held in memory, or those of a large file mapped and looked at only while the file is the one that was
//! opened.
//!
//! A mapping reaches the file itself. Where the file was cut short, a look at what is gone ends the process (SIGBUS); where it
//! was written anew, a row's place holds another row's text. So the file is asked for its length before each look, and once a
//! millisecond for its age; and everything that goes through a whole file reads it by position instead.
//!
//! What remains: a file that is cut short in the moment between the question and the look, or while somebody still uses a row
//! borrowed from it, ends the process; and one that is written anew looks like the one that was opened for a millisecond, and
//! for good where its age is set back or the system's clock did not tick meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use memchr::memchr;
use memmap2::{Mmap, MmapOptions};

use crate::row::RowError;
use crate::shard::{FileStamp, read_up_to_at};

/// Read size while a file is gone through.
pub(super) const READ_AT_ONCE: usize = 1 << 20;

#[derive(Debug)]
pub(super) enum SplitBytes {
    Held(Vec<u8>),
    Mapped(Mapped),
}

/// A large file, mapped.
#[derive(Debug)]
pub(super) struct Mapped {
    map: Mmap,
    file: File,
    stamp: FileStamp,
    since: Instant,
    /// When its age was last asked for, in microseconds `since` then.
    asked: AtomicU64,
}

/// A question for the length takes a fifth of a microsecond, one for the age more than twice that, and a pass over all rows asks
/// a million times.
const AGE_COUNTS_FOR_MICROS: u64 = 1000;

impl SplitBytes {
    /// Reads the file, or maps it where it is larger than `hold_up_to`.
    pub(super) fn open(path: &Path, hold_up_to: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("is no file"));
        }
        let stamp = FileStamp::from_metadata(&metadata);
        if stamp.len <= hold_up_to {
            let mut bytes = Vec::with_capacity(usize::try_from(stamp.len).unwrap_or(0));
            // It may grow meanwhile, some without an end.
            file.take(hold_up_to).read_to_end(&mut bytes)?;
            return Ok(Self::Held(bytes));
        }
        let len = usize::try_from(stamp.len).map_err(io::Error::other)?;
        // SAFETY: the mapping is read-only, and looked at only in `look`, right after the file was found to be as long
        // as when it was mapped. What that leaves open is said at the top of this file; it would end the process, which
        // loses nothing: judgements are on disk as they are made.
        #[allow(unsafe_code)]
        let map = unsafe { MmapOptions::new().len(len).map(&file)? };
        Ok(Self::Mapped(Mapped { map, file, stamp, since: Instant::now(), asked: AtomicU64::new(0) }))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Mapped(mapped) => mapped.stamp.len,
        }
    }

    /// All bytes, where nothing that happens to the file can reach them.
    pub(super) fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Self::Held(bytes) => Some(bytes),
            Self::Mapped(_) => None,
        }
    }

    /// The bytes as they were read.
    ///
    /// # Errors
    /// When they are those of a file that changed since.
    pub(super) fn bytes(&self) -> Result<&[u8], RowError> {
        match self {
            Self::Held(bytes) => Ok(bytes),
            Self::Mapped(mapped) => mapped.bytes(),
        }
    }

    /// Reads bytes from an offset on; fewer than there is room for only at the end.
    ///
    /// # Errors
    /// When the file cannot be read, or changed since it was opened.
    pub(super) fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Held(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
                let len = rest.len().min(into.len());
                into[..len].copy_from_slice(&rest[..len]);
                Ok(len)
            }
            Self::Mapped(Mapped { file, stamp, .. }) => {
                let left = usize::try_from(stamp.len.saturating_sub(offset)).unwrap_or(usize::MAX);
                let len = left.min(into.len());
                let read = read_up_to_at(file, &mut into[..len], offset)?;
                // Asked afterwards: what was read is then what was opened.
                unchanged(file, *stamp).map_err(io::Error::other)?;
                Ok(read)
            }
        }
    }

    /// Where the line ends that has the byte at `from`: the place of its `\n`, or of the file's end.
    pub(super) fn line_end(&self, from: u64) -> io::Result<u64> {
        if let Some(bytes) = self.in_memory() {
            let rest = usize::try_from(from).ok().and_then(|from| bytes.get(from..)).unwrap_or_default();
            return Ok(memchr(b'\n', rest).map_or(self.len(), |at| from + at as u64));
        }
        let (mut at, mut buffer) = (from, vec![0; READ_AT_ONCE]);
        loop {
            let read = self.read_at(at, &mut buffer)?;
            if let Some(end) = memchr(b'\n', &buffer[..read]) {
                return Ok(at + end as u64);
            }
            if read == 0 {
                return Ok(self.len());
            }
            at += read as u64;
        }
    }
}

impl Mapped {
    fn bytes(&self) -> Result<&[u8], RowError> {
        // Nobody reads on from the cursor.
        match (&self.file).seek(SeekFrom::End(0)) {
            Ok(len) if len == self.stamp.len => {}
            _ => unchanged(&self.file, self.stamp)?,
        }
        let now = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        if now.saturating_sub(self.asked.load(Ordering::Relaxed)) > AGE_COUNTS_FOR_MICROS {
            unchanged(&self.file, self.stamp)?;
            self.asked.store(now, Ordering::Relaxed);
        }
        Ok(&self.map)
    }
}

/// Is the file as long and as old as it was? That its name or its rights changed is nothing to a reader.
fn unchanged(file: &File, then: FileStamp) -> Result<(), RowError> {
    let now = file.metadata().map(|metadata| FileStamp::from_metadata(&metadata));
    match now {
        Ok(now) if now.len < then.len => Err(RowError::FileChanged("was cut short")),
        Ok(now) if (now.len, now.modified) == (then.len, then.modified) => Ok(()),
        Ok(_) => Err(RowError::FileChanged("changed")),
        Err(_) => Err(RowError::FileChanged("went out of reach")),
    }
}
