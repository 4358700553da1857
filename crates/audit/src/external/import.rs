//! A file of another program into the file of what other programs say: checked first, then stored, all of it or nothing.
//!
//! The file is read twice, so that a large one need not be held: what is refused has written nothing.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use thiserror::Error;
use tilejury_data::{Dataset, file_name};

use super::lines::ReadStop;
use super::rows::{RowMatcher, Unmatched};
use super::{ExternalImport, ExternalScore, ExternalStore, MachineReview, TileText, machine_reviews, scores, texts};
use crate::interchange::BadLine;
use crate::sidecar::SidecarError;

/// So many bad lines are named; the rest is only counted.
const NAMED_UP_TO: usize = 100;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportKind {
    /// Reviews of a vision model: `candidate_reviews.jsonl`.
    Reviews,
    /// Scores of a reranker or an embedder: JSONL or CSV.
    Scores,
    /// Texts of tiles: JSONL.
    Texts,
}

/// What an import came to. Every line that is not bad is either matched or unmatched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Lines that are not blank, bad ones too.
    pub lines: usize,
    /// Lines about a tile of a row of this set.
    pub matched: usize,
    /// Lines about a query that no row has.
    pub unknown_queries: usize,
    /// Lines about a tile that no row of the query has.
    pub unknown_tiles: usize,
    /// Matched lines that say nothing: a file was missing, a program failed.
    pub silent: usize,
    /// Distinct rows that matched lines are about.
    pub rows: usize,
    /// Lines that cannot be read.
    pub bad_lines: usize,
    /// The first of them.
    pub bad: Vec<BadLine>,
}

impl ImportCounts {
    /// Lines that can be read and are about nothing in this set.
    pub fn unmatched(&self) -> usize {
        self.unknown_queries + self.unknown_tiles
    }
}

/// Why nothing was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Lines of it cannot be taken.
    #[error("{} lines cannot be read", .0.bad_lines)]
    BadLines(ImportCounts),
    /// The file to store in is refused, or cannot be written.
    #[error(transparent)]
    Store(#[from] SidecarError),
}

/// Counts while lines are read.
#[derive(Default)]
pub(super) struct LineCounts {
    counts: ImportCounts,
    rows: HashSet<usize>,
}

impl LineCounts {
    /// A line that cannot be read. Like its neighbours it gives `true`: reading goes on.
    pub(super) fn bad(&mut self, line: usize, message: &str) -> bool {
        self.counts.lines += 1;
        self.counts.bad_lines += 1;
        if self.counts.bad.len() < NAMED_UP_TO {
            self.counts.bad.push(BadLine::new(line, message));
        }
        true
    }

    /// A line about something else.
    pub(super) fn unmatched(&mut self, why: Unmatched) -> bool {
        self.counts.lines += 1;
        match why {
            Unmatched::Query => self.counts.unknown_queries += 1,
            Unmatched::Tile => self.counts.unknown_tiles += 1,
        }
        true
    }

    /// A line about these rows.
    pub(super) fn matched(&mut self, rows: impl Iterator<Item = usize>) {
        self.counts.lines += 1;
        self.counts.matched += 1;
        self.rows.extend(rows);
    }

    /// The line that was just matched says nothing.
    pub(super) fn silent(&mut self) -> bool {
        self.counts.silent += 1;
        true
    }

    fn result(self) -> ImportCounts {
        ImportCounts { rows: self.rows.len(), ..self.counts }
    }
}

/// Imports `file` into the file at `external`, which is made if there is anything to store. Bad lines refuse the whole file,
/// or, with `skip_bad`, only themselves.
///
/// # Errors
/// When the file cannot be read, lines of it are bad, or nothing could be stored. Then nothing was.
pub fn import(
    dataset: &Dataset,
    what: ImportKind,
    file: &Path,
    external: &Path,
    skip_bad: bool,
) -> Result<ImportCounts, ImportError> {
    let rows = RowMatcher::new(dataset);
    let found = read(&rows, what, file, None)?;
    if found.bad_lines > 0 && !skip_bad {
        return Err(ImportError::BadLines(found));
    }
    if found.matched > found.silent {
        let mut external = ExternalStore::open(external)?;
        let writing = external.write()?;
        read(&rows, what, file, Some(&writing))?;
        writing.commit()?;
    }
    Ok(found)
}

/// Reads the file, and stores what matches where there is something to store it in.
fn read(
    rows: &RowMatcher<'_>,
    what: ImportKind,
    file: &Path,
    to: Option<&ExternalImport<'_>>,
) -> Result<ImportCounts, ImportError> {
    let failed = |source| ImportError::Read { path: file.to_owned(), source };
    let mut input = BufReader::with_capacity(1 << 16, File::open(file).map_err(failed)?);
    let mut tally = LineCounts::default();
    let store =
        |put: &dyn Fn(&ExternalImport<'_>) -> Result<(), SidecarError>| to.map_or(Ok(()), put).map_err(ReadStop::from);
    let end = match what {
        ImportKind::Reviews => machine_reviews::read(rows, &mut input, &mut tally, &mut |review: &MachineReview| {
            store(&|writing| writing.review(review))
        }),
        ImportKind::Texts => {
            texts::read(rows, &mut input, &mut tally, &mut |text: &TileText| store(&|writing| writing.text(text)))
        }
        ImportKind::Scores => {
            // A file whose lines name no source is one source itself.
            let name = file_name(file);
            let source = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            scores::read(rows, &mut input, source, &mut tally, &mut |score: &ExternalScore| {
                store(&|writing| writing.score(score))
            })
        }
    };
    match end {
        Ok(()) => Ok(tally.result()),
        Err(ReadStop::Read(source)) => Err(failed(source)),
        Err(ReadStop::Store(error)) => Err(error.into()),
    }
}
