//! Floors, which no program can beat: reading the same bytes, walking the same headers, inflating
//! the same pictures, and nothing else.

use std::fs::File;
use std::io::{self, Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use png::{Decoder, Transformations};
use tilejury_data::Dataset;

use super::series::timed;

/// Every file with rows, including twins with the same rows: opening compares them.
pub(super) fn split_files(dataset: &Dataset) -> Vec<PathBuf> {
    let twins = dataset.splits.iter().flat_map(|split| &split.export_names).map(|name| dataset.root.join(name));
    let mut files: Vec<PathBuf> = dataset.splits.iter().map(|split| split.file.clone()).chain(twins).collect();
    files.retain(|file| file.is_file());
    files.sort();
    files.dedup();
    files
}

/// Every shard.
pub(super) fn shard_files(dataset: &Dataset) -> Vec<PathBuf> {
    (0..dataset.tiles.shard_count()).map(|shard| dataset.tiles.shard_path(shard).to_owned()).collect()
}

/// Reads whole files, one after the other, into an existing buffer, because allocating one costs as
/// much again.
pub(super) fn read_files(files: &[PathBuf], room: &mut Vec<u8>) -> io::Result<()> {
    for file in files {
        let (mut file, mut read) = (File::open(file)?, 0);
        let len = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        room.resize(room.len().max(len), 0);
        while read < len {
            match file.read(&mut room[read..len])? {
                0 => break,
                more => read += more,
            }
        }
    }
    Ok(())
}

/// Returns the time to find the line ends of these bytes. Most texts have few of them, so this is
/// one pass over the bytes.
pub(super) fn find_line_ends(bytes: &[u8]) -> Duration {
    let (took, ends) = timed(|| memchr::memchr_iter(b'\n', bytes).count());
    std::hint::black_box(ends);
    took
}

/// Asks the system to drop the cached content of files, as far as possible. Returns false if there
/// is no way to ask.
#[cfg(target_os = "linux")]
pub(super) fn forget(files: &[PathBuf]) -> io::Result<bool> {
    for path in files {
        let forget_one = || {
            let file = File::open(path)?;
            // Data that is not on the disk yet stays in memory.
            file.sync_data()?;
            io::Result::Ok(rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?)
        };
        forget_one().map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
    }
    Ok(true)
}

/// On other systems a process cannot ask for it.
#[cfg(not(target_os = "linux"))]
pub(super) fn forget(_files: &[PathBuf]) -> io::Result<bool> {
    Ok(false)
}

/// Walks the headers of tar files on the given number of threads, keeps nothing, and returns the
/// number of headers. Reads sizes in octal and PAX headers of up to one block; stops at anything
/// else in an archive.
pub(super) fn scan_headers(files: &[PathBuf], threads: usize) -> io::Result<usize> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut headers = 0;
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            headers += headers_of(file)?;
        }
        Ok(headers)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(files.len())).map(|_| scope.spawn(work)).collect();
        let own: io::Result<usize> = work();
        others.into_iter().try_fold(own?, |sum, other| Ok(sum + other.join().unwrap_or(Ok(0))?))
    })
}

const BLOCK: usize = 512;

fn headers_of(file: &Path) -> io::Result<usize> {
    let file = File::open(file)?;
    let mut window = [0; 3 * BLOCK];
    let (mut at, mut headers) = (0_u64, 0);
    loop {
        let read = read_at(&file, &mut window, at)?;
        let is_pax = |header: &[u8]| header[156] == b'x';
        let mut header = match window.get(..BLOCK) {
            Some(header) if read >= BLOCK && header[0] != 0 => header,
            _ => return Ok(headers),
        };
        let mut before = 0;
        if is_pax(header) && read == window.len() && size_of(header).is_some_and(|size| size <= BLOCK) {
            (header, before) = (&window[2 * BLOCK..], 2 * BLOCK);
        }
        let Some(size) = size_of(header) else { return Ok(headers) };
        headers += 1;
        at += (before + BLOCK + size.next_multiple_of(BLOCK)) as u64;
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

fn size_of(header: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(header.get(124..136)?).ok()?;
    usize::from_str_radix(digits.trim_matches(['\0', ' ']), 8).ok()
}

/// Inflates a PNG and reverses its row filters, giving pixels as stored in the file. `None` if it
/// is damaged or not a PNG.
pub(super) fn inflate(bytes: &[u8], into: &mut Vec<u8>) -> Option<()> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().ok()?;
    into.resize(reader.output_buffer_size()?, 0);
    reader.next_frame(into).ok().map(drop)
}
