//! Splits that are Parquet: they become JSON lines once, in a file of a folder that the caller
//! names, and are then read like every other split.
//!
//! `names` finds the files of a split, `table` reads one, `json` writes its values, `convert` makes
//! the lines, `kept` keeps them and knows for which files they are. Nothing here changes a Parquet
//! file.

mod convert;
mod json;
mod kept;
mod names;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::progress::{Cancelled, Progress};
pub(crate) use kept::lines_of;
pub(crate) use names::DATA;
pub use names::{ParquetNames, is_usual_split, parquet_names};
pub(crate) use table::{Content, content_of};

/// The folder for the lines of Parquet files, and the receiver of the progress of making them.
#[derive(Clone, Copy)]
pub struct LinesFolder<'a> {
    /// The folder, which need not exist. Each of its files can be made again.
    pub folder: &'a Path,
    /// Sees how many rows were converted, and can stop the work.
    pub progress: &'a dyn Progress,
}

/// A Parquet file whose rows were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParquetFile {
    /// The file.
    pub path: PathBuf,
    /// Its length in bytes when it was read.
    pub len: u64,
    /// The SHA-256 of the bytes that were read, in hex.
    pub sha256: String,
    /// The number of its rows.
    pub rows: u64,
}

/// The lines of the Parquet files of one split.
#[derive(Debug)]
pub(crate) struct ParquetLines {
    /// The file with the lines.
    pub(crate) lines: PathBuf,
    pub(crate) files: Vec<ParquetFile>,
    /// Remarks on what is not in the lines.
    pub(crate) notes: Vec<String>,
}

/// The reason why there are no lines.
#[derive(Debug, Error)]
pub(crate) enum ParquetError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A Parquet file cannot be read; the message follows its name.
    #[error("{message}")]
    Unusable { file: PathBuf, message: String },
    /// The lines cannot be kept.
    #[error(
        "it has to become JSON lines once, and they cannot be written: {path}: {source}",
        path = path.display()
    )]
    Lines { path: PathBuf, source: io::Error },
}

impl ParquetError {
    fn unusable(file: &Path, message: impl Into<String>) -> Self {
        Self::Unusable { file: file.to_owned(), message: message.into() }
    }
}
