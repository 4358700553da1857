//! The import of another program's file into the file of external results: checked first, then
//! stored, all of it or nothing.
//!
//! The file is read twice, so that a large one need not be held in memory: a refused file has
//! written nothing.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tilejury_data::{Dataset, file_name};

use super::counts::{ImportCounts, LineCounts};
use super::lines::ReadStop;
use super::parquet_lines::{ParquetLines, is_parquet};
use super::rows::RowMatcher;
use super::{ExternalImport, ExternalScore, ExternalStore, MachineReview, TileText, machine_reviews, scores, texts};
use crate::sidecar::SidecarError;

/// The content of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// Reviews of a vision model: `candidate_reviews.jsonl`.
    Reviews,
    /// Scores of a reranker or an embedder: JSONL, CSV or Parquet.
    Scores,
    /// Texts of tiles: JSONL or Parquet.
    Texts,
}

/// A reason why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Some of its lines cannot be used.
    #[error("{} lines cannot be read", .0.bad_lines)]
    BadLines(ImportCounts),
    /// The file to store in was refused, or cannot be written.
    #[error(transparent)]
    Store(#[from] SidecarError),
}

/// Imports `file` into the file at `external`, which is created if there is anything to store. Bad
/// lines refuse the whole file, or, with `skip_bad`, only themselves.
///
/// # Errors
/// When the file cannot be read, some of its lines are bad, or it could not be stored. Then nothing
/// was stored.
pub fn import(
    dataset: &Dataset,
    kind: ImportKind,
    file: &Path,
    external: &Path,
    skip_bad: bool,
) -> Result<ImportCounts, ImportError> {
    let rows = RowMatcher::new(dataset);
    let found = read(&rows, kind, file, None)?;
    if found.bad_lines > 0 && !skip_bad {
        return Err(ImportError::BadLines(found));
    }
    if found.matched > found.silent {
        let mut external = ExternalStore::open(external)?;
        let writing = external.write()?;
        read(&rows, kind, file, Some(&writing))?;
        writing.commit()?;
    }
    Ok(found)
}

/// Opens a file of lines, or one whose rows become lines.
fn open(kind: ImportKind, path: &Path) -> io::Result<Box<dyn BufRead>> {
    let mut file = File::open(path)?;
    let columns = match kind {
        ImportKind::Reviews => None,
        ImportKind::Scores => Some(scores::COLUMNS),
        ImportKind::Texts => Some(texts::COLUMNS),
    };
    if let Some(columns) = columns
        && is_parquet(&mut file)?
    {
        return Ok(Box::new(ParquetLines::open(path, file, &columns)?));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads the file. With `to`, also stores what matches.
fn read(
    rows: &RowMatcher<'_>,
    kind: ImportKind,
    file: &Path,
    to: Option<&ExternalImport<'_>>,
) -> Result<ImportCounts, ImportError> {
    let failed = |source| ImportError::Read { path: file.to_owned(), source };
    let mut input = open(kind, file).map_err(failed)?;
    let mut counts = LineCounts::default();
    let store =
        |put: &dyn Fn(&ExternalImport<'_>) -> Result<(), SidecarError>| to.map_or(Ok(()), put).map_err(ReadStop::from);
    let end = match kind {
        ImportKind::Reviews => machine_reviews::read(rows, &mut *input, &mut counts, &mut |review: &MachineReview| {
            store(&|writing| writing.review(review))
        }),
        ImportKind::Texts => {
            texts::read(rows, &mut *input, &mut counts, &mut |text: &TileText| store(&|writing| writing.text(text)))
        }
        ImportKind::Scores => {
            // If its lines name no source, the file itself is the source.
            let name = file_name(file);
            let source = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            scores::read(rows, &mut *input, source, &mut counts, &mut |score: &ExternalScore| {
                store(&|writing| writing.score(score))
            })
        }
    };
    match end {
        Ok(()) => Ok(counts.result()),
        Err(ReadStop::Read(source)) => Err(failed(source)),
        Err(ReadStop::Store(error)) => Err(error.into()),
    }
}
