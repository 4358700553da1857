//! Reads at an offset of an open file: no shared cursor, no lock.

use std::fs::File;
use std::io;

/// Fills `into` from a byte offset, without moving a cursor that others use.
pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    let whole = read_up_to_at(file, into, at)? == into.len();
    if whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// Reads as [`read_exact_at`] does, but the file may end early; returns the number of bytes read.
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

/// Moves the cursor, which is harmless, since other threads have handles of their own.
#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}
