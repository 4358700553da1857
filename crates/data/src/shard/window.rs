//! A window on a shard's bytes, read ahead by position.

use std::io;

use super::BLOCK;
use crate::positional_read::ReadAt;

/// Read size for headers: a member of the published sets is a PAX header, its body and the main
/// header, which one read covers.
const WINDOW_BYTES: usize = 3 * BLOCK as usize;
/// Tar pads an archive to a multiple of this, so a usual shard has no more than this left after its
/// last member: the read of the end mark covers it.
pub(super) const PADDED_TO_BYTES: usize = 10_240;
/// Read size for searching through unknown bytes.
const SEARCH_BYTES: usize = 1 << 16;

/// The most recently read bytes of a file.
pub(super) struct ReadWindow<'f> {
    file: &'f dyn ReadAt,
    start: u64,
    bytes: Vec<u8>,
    /// The file's length when it was opened.
    pub(super) len: u64,
}

impl<'f> ReadWindow<'f> {
    pub(super) fn new(file: &'f dyn ReadAt, len: u64) -> Self {
        Self { file, start: 0, bytes: Vec::with_capacity(WINDOW_BYTES), len }
    }

    /// Returns `count` bytes from `at`; fewer only at the end of the file.
    pub(super) fn get(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let remaining = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = remaining.min(count);
        if !self.contains(at, count) {
            let ahead = if remaining <= PADDED_TO_BYTES { remaining } else { WINDOW_BYTES };
            return Ok(&self.refill(at, count, ahead)?[..count]);
        }
        let from = (at - self.start) as usize;
        Ok(&self.bytes[from..from + count])
    }

    /// Returns the bytes from `at` for one step of a search: those already held if they are at
    /// least a block, so that a search that starts again does not read again.
    pub(super) fn stretch(&mut self, at: u64) -> io::Result<&[u8]> {
        if !self.contains(at, BLOCK as usize) {
            return self.refill(at, 1, SEARCH_BYTES);
        }
        Ok(&self.bytes[(at - self.start) as usize..])
    }

    fn contains(&self, at: u64, count: usize) -> bool {
        at >= self.start && at + count as u64 <= self.start + self.bytes.len() as u64
    }

    /// Moves the window to `at`: reads `ahead` bytes if possible, and at least `count`.
    fn refill(&mut self, at: u64, count: usize, ahead: usize) -> io::Result<&[u8]> {
        let remaining = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        self.bytes.resize(remaining.min(ahead.max(count)), 0);
        self.start = at;
        let read = self.file.read_up_to_at(&mut self.bytes, at).inspect_err(|_| self.bytes.clear())?;
        // If the file became shorter, the bytes that remain are used.
        self.bytes.truncate(read);
        if read < remaining.min(count) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(&self.bytes) }
    }
}
