//! The lines of Parquet files, kept from one run to the next in a folder that can be deleted at any
//! time.
//!
//! For each list of files there is a file with their lines, and a note that names it. The note has
//! the length, the times and the SHA-256 of each Parquet file: lines are used only for the bytes
//! that they were made of. Lines and note get their names when they are whole, the note last.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::convert::{Converted, convert, stamp, sum};
use super::{LinesFolder, ParquetError, ParquetFile, ParquetLines};
use crate::file_stamp::{FileStamp, nanos};
use crate::hash::hexadecimal;
use crate::progress::Stage;

/// The version of the lines: those of another version are made again.
const VERSION: u32 = 1;
/// Digits of a hash that are enough for a name.
const DIGITS: usize = 24;
/// A file that changed this shortly before it was read may change again without a newer time.
const SETTLED_AFTER_NANOS: i64 = 3_000_000_000;
/// The time between two looks whether another process has made the lines.
const WAIT: Duration = Duration::from_millis(100);
/// The ending of a file that is not whole.
const UNFINISHED: &str = "part";

/// The facts about kept lines.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    version: u32,
    /// The name of the file with the lines.
    lines: String,
    /// Its length in bytes.
    bytes: u64,
    /// The time at which the Parquet files were read, in nanoseconds since 1970.
    read_at: i64,
    files: Vec<NotedFile>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct NotedFile {
    path: PathBuf,
    len: u64,
    modified: i64,
    changed: i64,
    sha256: String,
    rows: u64,
}

/// Returns the lines of Parquet files, which are in the order of their rows: those that are kept,
/// or new ones.
pub(crate) fn lines_of(files: &[PathBuf], kept: LinesFolder<'_>) -> Result<ParquetLines, ParquetError> {
    let place = Place::of(files, kept.folder);
    if let Some(lines) = place.kept(files, kept)? {
        return Ok(lines);
    }
    let failed = |source| ParquetError::Lines { path: place.folder.to_owned(), source };
    fs::create_dir_all(place.folder).map_err(failed)?;
    let lock = File::create(place.file("lock")).map_err(failed)?;
    let mut has_waited = false;
    let is_alone = loop {
        match lock.try_lock() {
            Ok(()) => break true,
            Err(fs::TryLockError::WouldBlock) => {
                has_waited = true;
                kept.progress.report(Stage::Converting.step(0, 0))?;
                std::thread::sleep(WAIT);
            }
            // Some network disks have no locks: then two processes may make the same lines.
            Err(fs::TryLockError::Error(_)) => break false,
        }
    };
    if has_waited && let Some(lines) = place.kept(files, kept)? {
        return Ok(lines);
    }
    if is_alone {
        place.delete(|name| name.ends_with(UNFINISHED));
    }
    place.make(files, kept)
}

/// The place of the lines of a list of files.
struct Place<'a> {
    folder: &'a Path,
    /// The beginning of all names.
    key: String,
}

impl<'a> Place<'a> {
    fn of(files: &[PathBuf], folder: &'a Path) -> Self {
        let mut hash = Sha256::new();
        for file in files {
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update([0]);
        }
        Self { folder, key: hexadecimal(&hash.finalize())[..DIGITS].to_owned() }
    }

    fn file(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("{}.{ending}", self.key))
    }

    /// Deletes files of this place.
    fn delete(&self, which: impl Fn(&str) -> bool) {
        for entry in self.folder.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with(&self.key) && which(name)) {
                // One that is in use on Windows stays until the next time.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// The kept lines, if they are those of the files as they are now.
    fn kept(&self, files: &[PathBuf], kept: LinesFolder<'_>) -> Result<Option<ParquetLines>, ParquetError> {
        let note = fs::read(self.file("json")).ok();
        let Some(mut note) = note.and_then(|text| serde_json::from_slice::<Note>(&text).ok()) else { return Ok(None) };
        let lines = self.folder.join(&note.lines);
        let is_whole = lines.metadata().is_ok_and(|meta| meta.is_file() && meta.len() == note.bytes);
        let same_files = note.files.iter().map(|file| &file.path).eq(files);
        if note.version != VERSION || !is_whole || !same_files || Path::new(&note.lines).components().count() != 1 {
            return Ok(None);
        }
        let now = nanos(SystemTime::now());
        let mut is_renewed = false;
        for noted in &mut note.files {
            let (then, at) = (noted.stamp(), stamp(&noted.path)?);
            if then == at && then.modified.max(then.changed) <= note.read_at - SETTLED_AFTER_NANOS {
                continue;
            }
            kept.progress.report(Stage::Converting.step(0, 0))?;
            // Touched, copied, or written just before it was read: the content decides.
            if at.len != noted.len || sum(&noted.path, &AtomicBool::new(false))?.1 != noted.sha256 {
                return Ok(None);
            }
            (noted.modified, noted.changed, is_renewed) = (at.modified, at.changed, true);
        }
        if is_renewed {
            note.read_at = now;
            // Without it, the content is compared again.
            let _ = self.write_note(&note);
        }
        let files = note.files.into_iter().map(NotedFile::into_file).collect();
        Ok(Some(ParquetLines { lines, files, notes: note.notes }))
    }

    /// Makes the lines.
    fn make(&self, files: &[PathBuf], kept: LinesFolder<'_>) -> Result<ParquetLines, ParquetError> {
        let read_at = nanos(SystemTime::now());
        let unfinished = self.file(&format!("{}.{UNFINISHED}", std::process::id()));
        let made = convert(files, &unfinished, kept.progress);
        let finished = made.and_then(|(converted, notes)| self.finish(&unfinished, converted, notes, read_at));
        finished.inspect_err(|_| {
            let _ = fs::remove_file(&unfinished);
        })
    }

    fn finish(
        &self,
        unfinished: &Path,
        converted: Vec<Converted>,
        notes: Vec<String>,
        read_at: i64,
    ) -> Result<ParquetLines, ParquetError> {
        let mut hash = Sha256::new_with_prefix(VERSION.to_le_bytes());
        converted.iter().for_each(|converted| hash.update(converted.file.sha256.as_bytes()));
        let name = format!("{}.{}.jsonl", self.key, &hexadecimal(&hash.finalize())[..DIGITS]);
        let lines = self.folder.join(&name);
        let failed = |source| ParquetError::Lines { path: lines.clone(), source };
        let bytes = unfinished.metadata().map_err(failed)?.len();
        let files = converted.into_iter().map(NotedFile::from).collect();
        let note = Note { version: VERSION, lines: name.clone(), bytes, read_at, files, notes };
        fs::rename(unfinished, &lines).and_then(|()| self.write_note(&note)).map_err(failed)?;
        self.delete(|other| other.ends_with(".jsonl") && other != name);
        let files = note.files.into_iter().map(NotedFile::into_file).collect();
        Ok(ParquetLines { lines, files, notes: note.notes })
    }

    fn write_note(&self, note: &Note) -> io::Result<()> {
        let own = self.file(&format!("json.{}.{UNFINISHED}", std::process::id()));
        let written = File::create(&own).and_then(|mut file| file.write_all(&serde_json::to_vec(note)?));
        written.and_then(|()| fs::rename(&own, self.file("json"))).inspect_err(|_| {
            let _ = fs::remove_file(&own);
        })
    }
}

impl NotedFile {
    fn from(Converted { file, stamp }: Converted) -> Self {
        let ParquetFile { path, len, sha256, rows } = file;
        Self { path, len, modified: stamp.modified, changed: stamp.changed, sha256, rows }
    }

    fn stamp(&self) -> FileStamp {
        FileStamp { len: self.len, modified: self.modified, changed: self.changed }
    }

    fn into_file(self) -> ParquetFile {
        let Self { path, len, sha256, rows, .. } = self;
        ParquetFile { path, len, sha256, rows }
    }
}
