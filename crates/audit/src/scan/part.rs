//! The file of a job: written whole or not at all, and left as it is if it is there already for the
//! same shards, contents and program.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::contents::{ContentsNote, ScanContents};
use super::error::ScanError;
use super::schema::{SCHEMA_VERSION, scan_schema};
use super::shard_scan::{ShardScan, ShardToScan};
use super::whole_file::WholeFile;
use crate::progress::Progress;

/// The key of the note in the file's metadata.
const NOTE: &str = "tilejury.scan";
/// The rows of a row group: about 16 MB of fingerprints.
const ROWS_A_GROUP: usize = 8192;

/// A file to write.
#[derive(Clone, Copy)]
pub struct Part<'p> {
    /// Its path.
    pub path: &'p Path,
    /// The name of the dataset.
    pub dataset: &'p str,
    /// The shards of it.
    pub shards: &'p [ShardToScan],
    /// The contents that it has of each tile.
    pub contents: &'p ScanContents,
}

/// The note in a file: what it was made from, and by which program.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    schema: i32,
    program: String,
    dataset: String,
    contents: ContentsNote,
    /// The path, the length in bytes and the version of each shard.
    shards: Vec<(String, u64, String)>,
}

/// The state of a file's path before it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartOutcome {
    /// Nothing.
    Absent,
    /// The same file.
    Same,
    /// A file of other shards, another version of them, other contents or another program.
    Other,
}

/// The counts of a written file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartSummary {
    /// All rows.
    pub tiles: usize,
    /// The rows of tiles that cannot be read or decoded, and of shards that cannot be read.
    pub errors: usize,
    /// The rows of tiles whose text could not be read.
    pub text_errors: usize,
}

/// A reason why a file was not written.
#[derive(Debug, Error)]
pub enum WritePartError {
    /// The file cannot be written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The scan ended early.
    #[error(transparent)]
    Scan(#[from] ScanError),
}

impl Part<'_> {
    fn note(&self) -> Note {
        let shards = self.shards.iter().map(|shard| (shard.path.clone(), shard.bytes, shard.version.clone()));
        Note {
            schema: SCHEMA_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            dataset: self.dataset.to_owned(),
            contents: self.contents.note(),
            shards: shards.collect(),
        }
    }

    /// Returns what is at the path.
    pub fn state(&self) -> PartOutcome {
        match File::open(self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => PartOutcome::Absent,
            Err(_) => PartOutcome::Other,
            Ok(file) => match note_of(file) == Some(self.note()) {
                true => PartOutcome::Same,
                false => PartOutcome::Other,
            },
        }
    }
}

fn note_of(file: File) -> Option<Note> {
    let reader = SerializedFileReader::new(file).ok()?;
    let pairs = reader.metadata().file_metadata().key_value_metadata()?;
    let value = pairs.iter().find(|pair| pair.key == NOTE)?.value.as_deref()?;
    serde_json::from_str(value).ok()
}

/// Writes the rows of a scan to a file, in place of what is there.
///
/// # Errors
/// If the scan ended early or was cancelled, or the file cannot be written. Then nothing of it is
/// left.
pub fn write_part(part: Part<'_>, mut scan: ShardScan, progress: &dyn Progress) -> Result<PartSummary, WritePartError> {
    let failed = |source| WritePartError::Io { path: part.path.to_owned(), source };
    let failed_to_write = |error: ParquetError| failed(io::Error::other(error));
    let note = serde_json::to_string(&part.note()).map_err(|error| failed(io::Error::other(error)))?;
    let file = WholeFile::begin(part.path).map_err(failed)?;
    let mut writer =
        ArrowWriter::try_new(file, scan_schema(), Some(properties(NOTE, note))).map_err(failed_to_write)?;
    let mut summary = PartSummary::default();
    while let Some(batch) = scan.next_batch(progress) {
        let batch = batch?;
        let filled = |column: &str| batch.column_by_name(column).map_or(0, |column| column.len() - column.null_count());
        summary.tiles += batch.num_rows();
        summary.errors += filled("error");
        summary.text_errors += filled("text_error");
        writer.write(&batch).map_err(failed_to_write)?;
    }
    writer.into_inner().map_err(failed_to_write)?.finish().map_err(failed)?;
    Ok(summary)
}

/// Returns the form of our files: compressed, and with a note.
pub(super) fn properties(key: &str, note: String) -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROWS_A_GROUP))
        .set_created_by(concat!("tilejury version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![KeyValue::new(key.to_owned(), note)]))
        .build()
}
