//! Reads at an offset: no shared cursor, no lock.

use std::fs::File;
use std::io;

/// Something whose bytes can be read at any offset.
pub(crate) trait ReadAt {
    /// Fills `into` from a byte offset as far as there are bytes; returns their number.
    fn read_up_to_at(&self, into: &mut [u8], at: u64) -> io::Result<usize>;

    /// Fills `into` from a byte offset, without moving a cursor that others use.
    fn read_exact_at(&self, into: &mut [u8], at: u64) -> io::Result<()> {
        let whole = self.read_up_to_at(into, at)? == into.len();
        if whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

impl ReadAt for File {
    fn read_up_to_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < into.len() {
            match read_at(self, &mut into[filled..], at + filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

/// Moves the cursor, which is harmless, since other threads have handles of their own.
#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
