//! Sorts records of a fixed size that may be too many for memory: sorted stretches go to files of a
//! folder, and are merged on reading. Equal records are kept once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// The bytes that are read of a stretch at once.
const READ_BYTES: usize = 256 << 10;

/// Collects records.
pub(super) struct Sorter<const N: usize> {
    folder: PathBuf,
    /// The number of records in memory before they go to a file.
    at_once: usize,
    held: Vec<[u8; N]>,
    stretches: Vec<File>,
}

/// Sorted records, each once. They can be read several times.
pub(super) struct Sorted<const N: usize> {
    held: Vec<[u8; N]>,
    file: Option<File>,
    len: u64,
}

impl<const N: usize> Sorter<N> {
    pub(super) fn new(folder: &Path, bytes: usize) -> Self {
        Self { folder: folder.to_owned(), at_once: (bytes / N).max(1024), held: Vec::new(), stretches: Vec::new() }
    }

    pub(super) fn push(&mut self, record: [u8; N]) -> io::Result<()> {
        self.held.push(record);
        if self.held.len() >= self.at_once {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        self.held.sort_unstable();
        self.held.dedup();
        let file = tempfile::tempfile_in(&self.folder)?;
        let mut out = BufWriter::with_capacity(READ_BYTES, file);
        self.held.iter().try_for_each(|record| out.write_all(record))?;
        self.held.clear();
        self.stretches.push(out.into_inner().map_err(io::IntoInnerError::into_error)?);
        Ok(())
    }

    /// Passes all records to `each`, in order, each once.
    pub(super) fn drain<E: From<io::Error>>(
        mut self,
        each: &mut dyn FnMut(&[u8; N]) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.stretches.is_empty() {
            self.held.sort_unstable();
            self.held.dedup();
            return self.held.iter().try_for_each(each);
        }
        self.spill()?;
        self.held = Vec::new();
        let mut readers = Vec::with_capacity(self.stretches.len());
        for mut file in self.stretches {
            file.rewind()?;
            readers.push(BufReader::with_capacity(READ_BYTES, file));
        }
        let mut heads = BinaryHeap::with_capacity(readers.len());
        for (at, reader) in readers.iter_mut().enumerate() {
            heads.extend(next(reader)?.map(|record| Reverse((record, at))));
        }
        let mut last = None;
        while let Some(Reverse((record, at))) = heads.pop() {
            if last != Some(record) {
                each(&record)?;
                last = Some(record);
            }
            heads.extend(next(&mut readers[at])?.map(|record| Reverse((record, at))));
        }
        Ok(())
    }

    /// Sorts all records, to be read more than once.
    pub(super) fn sorted(mut self) -> io::Result<Sorted<N>> {
        if self.stretches.is_empty() {
            self.held.sort_unstable();
            self.held.dedup();
            return Ok(Sorted { len: self.held.len() as u64, held: self.held, file: None });
        }
        let mut out = BufWriter::with_capacity(READ_BYTES, tempfile::tempfile_in(&self.folder)?);
        let mut len = 0;
        self.drain(&mut |record| {
            len += 1;
            out.write_all(record)
        })?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Sorted { held: Vec::new(), file: Some(file), len })
    }
}

impl<const N: usize> Sorted<N> {
    /// The number of records.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// Passes all records to `each`, in order.
    pub(super) fn each<E: From<io::Error>>(
        &mut self,
        each: &mut dyn FnMut(&[u8; N]) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(file) = &mut self.file else { return self.held.iter().try_for_each(each) };
        file.rewind()?;
        let mut reader = BufReader::with_capacity(READ_BYTES, file);
        while let Some(record) = next(&mut reader)? {
            each(&record)?;
        }
        Ok(())
    }
}

/// Reads a record; `None` at the end.
fn next<const N: usize>(reader: &mut impl Read) -> io::Result<Option<[u8; N]>> {
    let mut record = [0; N];
    match reader.read_exact(&mut record) {
        Ok(()) => Ok(Some(record)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_the_same_in_memory_and_on_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        // Most come several times; the last ones, which no full stretch takes, come once.
        let repeated = (0..20_000_u32).map(|at| at.wrapping_mul(2_654_435_761) % 9973);
        let records: Vec<[u8; 4]> = repeated.chain([9973, 20_000]).map(u32::to_be_bytes).collect();
        let mut expected = records.clone();
        expected.sort_unstable();
        expected.dedup();
        for bytes in [1 << 20, 4096] {
            let filled = || {
                let mut sorter = Sorter::new(dir.path(), bytes);
                records.iter().for_each(|record| sorter.push(*record).unwrap());
                assert_eq!(sorter.stretches.len() > 2, bytes == 4096, "memory holds no more than it may");
                sorter
            };
            let mut found = Vec::new();
            filled()
                .drain::<io::Error>(&mut |record| {
                    found.push(*record);
                    Ok(())
                })
                .unwrap();
            assert_eq!(found, expected);
            let mut sorted = filled().sorted().unwrap();
            for _ in 0..2 {
                found.clear();
                sorted
                    .each::<io::Error>(&mut |record| {
                        found.push(*record);
                        Ok(())
                    })
                    .unwrap();
                assert_eq!((found.len() as u64, &found), (sorted.len(), &expected));
            }
        }
        assert_eq!(dir.path().read_dir().unwrap().count(), 0, "nothing is left");
    }
}
