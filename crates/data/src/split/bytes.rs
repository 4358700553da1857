//! The bytes of a split: held in memory, or mapped if the file is large. A mapping is read only
//! while the file is the one that was opened.
//!
//! A mapping reaches the file itself. If the file is cut short, reading the missing part ends the
//! process (SIGBUS); if it is rewritten, a row's position holds other text. So the length of the
//! file is checked before each access, and its age once a millisecond. Code that passes over a
//! whole file reads by position instead.
//!
//! Two risks remain. If a file is cut short between the check and the access, or while a row
//! borrowed from it is in use, the process ends. If a file is rewritten, its new content can be
//! taken for the old one for a millisecond, and permanently if its age is set back or the system's
//! clock did not tick meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use memchr::memchr;
use memmap2::{Mmap, MmapOptions};

use crate::file_stamp::FileStamp;
use crate::positional_read::ReadAt as _;
use crate::row::RowError;

/// Read size for passing over a file.
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
    opened: Instant,
    /// The time of the last check of the file's age, in microseconds after `opened`.
    checked: AtomicU64,
}

/// The microseconds for which a check of the age counts. Asking for the length takes a fifth of a
/// microsecond, asking for the age more than twice that, and a pass over all rows asks a million
/// times.
const AGE_COUNTS_FOR_MICROS: u64 = 1000;

impl SplitBytes {
    /// Reads the file, or maps it if it is larger than `hold_up_to` bytes.
    pub(super) fn open(path: &Path, hold_up_to: u64) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("is not a file"));
        }
        let stamp = FileStamp::from_metadata(&metadata);
        if stamp.len <= hold_up_to {
            let mut bytes = Vec::with_capacity(usize::try_from(stamp.len).unwrap_or(0));
            // The file may be growing, perhaps without an end.
            file.take(hold_up_to).read_to_end(&mut bytes)?;
            return Ok(Self::Held(bytes));
        }
        let len = usize::try_from(stamp.len).map_err(io::Error::other)?;
        // SAFETY: the mapping is read-only, and read only in `Mapped::bytes`, right after a check
        // that the file is as long as when it was mapped. The head of this file describes the
        // remaining risk: the process would end, which loses nothing, because judgements are
        // written to disk as they are made.
        #[allow(unsafe_code)]
        let map = unsafe { MmapOptions::new().len(len).map(&file)? };
        Ok(Self::Mapped(Mapped { map, file, stamp, opened: Instant::now(), checked: AtomicU64::new(0) }))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Held(bytes) => bytes.len() as u64,
            Self::Mapped(mapped) => mapped.stamp.len,
        }
    }

    /// All bytes if they are held in memory, where no change of the file can reach them.
    pub(super) fn in_memory(&self) -> Option<&[u8]> {
        match self {
            Self::Held(bytes) => Some(bytes),
            Self::Mapped(_) => None,
        }
    }

    /// The bytes as they were when the file was opened.
    ///
    /// # Errors
    /// If the file is mapped and changed after it was opened.
    pub(super) fn bytes(&self) -> Result<&[u8], RowError> {
        match self {
            Self::Held(bytes) => Ok(bytes),
            Self::Mapped(mapped) => mapped.bytes(),
        }
    }

    /// Reads bytes from an offset. Fills `into` unless the file ends before.
    ///
    /// # Errors
    /// If the file cannot be read, or changed after it was opened.
    pub(super) fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Held(bytes) => {
                let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..)).unwrap_or_default();
                let len = rest.len().min(into.len());
                into[..len].copy_from_slice(&rest[..len]);
                Ok(len)
            }
            Self::Mapped(Mapped { file, stamp, .. }) => {
                let remaining = usize::try_from(stamp.len.saturating_sub(offset)).unwrap_or(usize::MAX);
                let len = remaining.min(into.len());
                let read = file.read_up_to_at(&mut into[..len], offset)?;
                // Checked after the read: if it holds, the bytes are those of the opened file.
                unchanged(file, *stamp).map_err(io::Error::other)?;
                Ok(read)
            }
        }
    }

    /// The offset of the `\n` that ends the line around `from`, or the end of the file.
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
        // Nothing reads from the cursor.
        match (&self.file).seek(SeekFrom::End(0)) {
            Ok(len) if len == self.stamp.len => {}
            _ => unchanged(&self.file, self.stamp)?,
        }
        let now = u64::try_from(self.opened.elapsed().as_micros()).unwrap_or(u64::MAX);
        if now.saturating_sub(self.checked.load(Ordering::Relaxed)) > AGE_COUNTS_FOR_MICROS {
            unchanged(&self.file, self.stamp)?;
            self.checked.store(now, Ordering::Relaxed);
        }
        Ok(&self.map)
    }
}

/// Fails if the file's length or age changed. A new name or new permissions do not matter to a
/// reader.
fn unchanged(file: &File, then: FileStamp) -> Result<(), RowError> {
    let now = file.metadata().map(|metadata| FileStamp::from_metadata(&metadata));
    match now {
        Ok(now) if now.len < then.len => Err(RowError::FileChanged("was cut short")),
        Ok(now) if (now.len, now.modified) == (then.len, then.modified) => Ok(()),
        Ok(_) => Err(RowError::FileChanged("changed")),
        Err(_) => Err(RowError::FileChanged("became unreachable")),
    }
}
