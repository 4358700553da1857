//! A few bytes of a shard, read ahead by positional reads: no shared cursor, no lock.

use std::fs::File;
use std::io;

use super::BLOCK;

/// A member of the published sets is a PAX header, its body and the header proper: one read takes all three.
const WINDOW_BYTES: usize = 3 * BLOCK as usize;
/// Tar pads an archive to a multiple of this, so what is left behind the last member of a usual shard is no more: it
/// comes with the read of the end mark.
pub(super) const PADDED_TO_BYTES: usize = 10_240;
/// Read size while looking through bytes of which nothing is known.
const SEARCH_BYTES: usize = 1 << 16;

/// The bytes of a file that were read last.
pub(super) struct ReadWindow<'f> {
    file: &'f File,
    start: u64,
    bytes: Vec<u8>,
    /// The file's length when it was opened.
    pub(super) len: u64,
}

impl<'f> ReadWindow<'f> {
    pub(super) fn new(file: &'f File, len: u64) -> Self {
        Self { file, start: 0, bytes: Vec::with_capacity(WINDOW_BYTES), len }
    }

    /// Bytes from `at` on; fewer than `count` only at the end of the file.
    pub(super) fn get(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let count = left.min(count);
        if !self.contains(at, count) {
            let ahead = if left <= PADDED_TO_BYTES { left } else { WINDOW_BYTES };
            return Ok(&self.fresh(at, count, ahead)?[..count]);
        }
        let from = (at - self.start) as usize;
        Ok(&self.bytes[from..from + count])
    }

    /// As many bytes from `at` on as a search goes through at a time: those that are held where that is a block at least,
    /// so that a search which begins anew does not read anew.
    pub(super) fn stretch(&mut self, at: u64) -> io::Result<&[u8]> {
        if !self.contains(at, BLOCK as usize) {
            return self.fresh(at, 1, SEARCH_BYTES);
        }
        Ok(&self.bytes[(at - self.start) as usize..])
    }

    fn contains(&self, at: u64, count: usize) -> bool {
        at >= self.start && at + count as u64 <= self.start + self.bytes.len() as u64
    }

    /// Reads the window anew at `at`: `ahead` bytes if it can be, `count` at least.
    fn fresh(&mut self, at: u64, count: usize, ahead: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        self.bytes.resize(left.min(ahead.max(count)), 0);
        self.start = at;
        let read = read_up_to_at(self.file, &mut self.bytes, at).inspect_err(|_| self.bytes.clear())?;
        // A file that became shorter: what is still there counts.
        self.bytes.truncate(read);
        if read < left.min(count) { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(&self.bytes) }
    }
}

/// Fills `into` from a byte offset without moving any cursor.
pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    let whole = read_up_to_at(file, into, at)? == into.len();
    if whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// As [`read_exact_at`], but the file may end before; returns how many bytes there were.
pub(crate) fn read_up_to_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match read_at(file, &mut into[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

/// Moves the cursor, but other threads have handles of their own, so it is nobody else's.
#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
