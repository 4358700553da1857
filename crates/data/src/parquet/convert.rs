//! Makes the lines of the Parquet files of a split: row by row, in the order of the files.
//!
//! One thread reads rows, one makes lines and writes them, and one computes the checksums of the
//! files. A few batches are between them, so that memory does not grow with the files.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use arrow_array::RecordBatch;
use sha2::{Digest as _, Sha256};

use super::json::write_lines;
use super::table::Table;
use super::{ParquetError, ParquetFile};
use crate::file_stamp::FileStamp;
use crate::hash::hexadecimal;
use crate::progress::{Progress, Stage};
use crate::shown::file_name;

/// Batches that wait to become lines.
const WAITING: usize = 2;
const READ_AT_ONCE: usize = 1 << 20;

/// A file that was converted.
pub(super) struct Converted {
    pub(super) file: ParquetFile,
    pub(super) stamp: FileStamp,
}

/// Writes the lines of files to a new file. Returns the files with what is not in the lines.
pub(super) fn convert(
    files: &[PathBuf],
    into: &Path,
    progress: &dyn Progress,
) -> Result<(Vec<Converted>, Vec<String>), ParquetError> {
    let stamps = files.iter().map(|file| stamp(file)).collect::<Result<Vec<_>, _>>()?;
    let (tables, notes) = open(files)?;
    let total = tables.iter().map(Table::rows).sum::<u64>();
    let is_stopped = AtomicBool::new(false);
    let (written, sums) = thread::scope(|scope| {
        let sums = scope.spawn(|| files.iter().map(|file| sum(file, &is_stopped)).collect::<Result<Vec<_>, _>>());
        let (sender, batches) = sync_channel(WAITING);
        let tables = &tables;
        let reader = scope.spawn(move || read(tables, &sender));
        let written = write(batches.iter(), into, total, progress);
        // The reader ends with the channel.
        drop(batches);
        let lost = || ParquetError::unusable(&files[0], "a thread that read it stopped unexpectedly");
        let read = reader.join().unwrap_or_else(|_| Err(lost()));
        let written = written.and_then(|no_texts| read.map(|()| no_texts));
        if written.is_err() {
            is_stopped.store(true, Ordering::Relaxed);
        }
        (written, sums.join().unwrap_or_else(|_| Err(lost())))
    });
    let read = written.and_then(|no_texts| Ok((no_texts, sums?)));
    // A file that is being replaced may look damaged: that it changes is what helps a person then.
    if matches!(read, Ok(_) | Err(ParquetError::Unusable { .. })) {
        for (path, then) in files.iter().zip(&stamps) {
            if stamp(path)? != *then {
                return Err(changed(path));
            }
        }
    }
    let (no_texts, sums) = read?;
    let mut converted = Vec::new();
    for (((path, then), (len, sha256)), table) in files.iter().zip(stamps).zip(sums).zip(&tables) {
        if then.len != len {
            return Err(changed(path));
        }
        let file = ParquetFile { path: path.clone(), len, sha256, rows: table.rows() };
        converted.push(Converted { file, stamp: then });
    }
    let notes = notes.into_iter().chain((no_texts > 0).then(|| {
        let file = file_name(&files[0]);
        format!("{file}: {no_texts} binary values that are no text are not read")
    }));
    Ok((converted, notes.collect()))
}

fn changed(file: &Path) -> ParquetError {
    ParquetError::unusable(file, "changed while it was read; open the dataset again")
}

/// The stamp of a file.
pub(super) fn stamp(file: &Path) -> Result<FileStamp, ParquetError> {
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| ParquetError::unusable(file, format!("cannot be read: {error}")))?;
    Ok(FileStamp::from_metadata(&metadata))
}

/// The length and the SHA-256 of a file.
pub(super) fn sum(file: &Path, is_stopped: &AtomicBool) -> Result<(u64, String), ParquetError> {
    let read = || -> io::Result<(u64, String)> {
        let (mut file, mut hash, mut len) = (File::open(file)?, Sha256::new(), 0);
        let mut buffer = vec![0; READ_AT_ONCE];
        while !is_stopped.load(Ordering::Relaxed) {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            hash.update(&buffer[..read]);
            len += read as u64;
        }
        Ok((len, hexadecimal(&hash.finalize())))
    };
    read().map_err(|error| ParquetError::unusable(file, format!("cannot be read: {error}")))
}

fn open(files: &[PathBuf]) -> Result<(Vec<Table>, Vec<String>), ParquetError> {
    let mut tables = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    for path in files {
        let table = Table::open(path)?;
        table.check_columns()?;
        for note in &table.notes {
            // The files of a split usually have the same columns.
            if !notes.iter().any(|noted| noted.ends_with(note.as_str())) {
                notes.push(format!("{}: {note}", file_name(path)));
            }
        }
        tables.push(table);
    }
    Ok((tables, notes))
}

/// Reads all rows until nobody takes them.
fn read(tables: &[Table], to: &SyncSender<RecordBatch>) -> Result<(), ParquetError> {
    for table in tables {
        for group in table.row_groups() {
            if !table.read(group, |batch| to.send(batch).is_ok())? {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Writes the lines of batches. Returns how many binary values are no text.
fn write(
    batches: impl Iterator<Item = RecordBatch>,
    into: &Path,
    total: u64,
    progress: &dyn Progress,
) -> Result<u64, ParquetError> {
    let failed = |source| ParquetError::Lines { path: into.to_owned(), source };
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    let mut file = BufWriter::with_capacity(READ_AT_ONCE, File::create(into).map_err(failed)?);
    let (mut lines, mut done, mut no_texts) = (Vec::new(), 0, 0);
    progress.report(Stage::Converting.step(0, total))?;
    for batch in batches {
        lines.clear();
        no_texts += write_lines(&batch, &mut lines);
        file.write_all(&lines).map_err(failed)?;
        done += batch.num_rows();
        progress.report(Stage::Converting.step(done, total))?;
    }
    file.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
    Ok(no_texts)
}
