//! The splits that were loaded so far, with the warnings and notes about their files.

use std::io;
use std::path::{Path, PathBuf};

use crate::parquet::{LinesFolder, ParquetError, ParquetLines, lines_of};
use crate::progress::Cancelled;
use crate::shown::file_name;
use crate::split::{HARD_NEGATIVES, LoadedRows, Split};
use crate::split_files::{KNOWN_SPLITS, SplitSource};
use crate::warning::{Warning, WarningKind};

/// The splits found so far, and the one file to keep if only one was requested.
#[derive(Default)]
pub(crate) struct FoundSplits<'a> {
    pub(crate) splits: Vec<LoadedRows>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) notes: Vec<String>,
    /// The file that a person asked for.
    pub(crate) only: Option<PathBuf>,
    /// [`Split::file`] of the split to keep.
    pub(crate) keep: Option<PathBuf>,
    /// The place for the lines of Parquet files.
    pub(crate) lines: Option<LinesFolder<'a>>,
}

impl FoundSplits<'_> {
    /// Loads the one or two sources of a split name, the one with hard negatives first.
    pub(crate) fn family(&mut self, name: &str, sources: &[SplitSource]) -> Result<(), Cancelled> {
        let both_names = || vec![format!("{name}.jsonl"), format!("{name}{HARD_NEGATIVES}.jsonl")];
        match sources {
            [hard, plain] => self.two(name, hard, plain, both_names()),
            [source] => {
                let names = if KNOWN_SPLITS.contains(&name) { both_names() } else { vec![source.export_name(name)] };
                self.load(name.to_owned(), source, names)
            }
            _ => Ok(()),
        }
    }

    /// Loads a source named for hard negatives and one without the suffix: one split if they hold
    /// the same rows, else two.
    fn two(
        &mut self,
        name: &str,
        hard: &SplitSource,
        plain: &SplitSource,
        names: Vec<String>,
    ) -> Result<(), Cancelled> {
        let hard_stem = format!("{name}{HARD_NEGATIVES}");
        let (hard_name, plain_name) = (file_name(hard.file()), file_name(plain.file()));
        let (hard_export, plain_export) = (hard.export_name(&hard_stem), plain.export_name(name));
        self.load(name.to_owned(), hard, names)?;
        let Some(loaded) = self.splits.last().filter(|loaded| loaded.split.file == hard.file()) else {
            return self.load(name.to_owned(), plain, vec![plain_export]);
        };
        let same = match plain {
            SplitSource::Lines(file) => loaded.split.is_same_as(file),
            SplitSource::Parquet { parts, .. } => match self.converted(parts)? {
                Some(made) => match self.splits.last() {
                    Some(loaded) => loaded.split.is_same_as(&made.lines),
                    None => Ok(false),
                },
                None => return Ok(()),
            },
        };
        match same {
            Ok(true) => {
                self.notes
                    .push(format!("{hard_name} and {plain_name} hold the same rows: read as one split, `{name}`"));
                if self.only.as_ref().is_some_and(|only| plain.has(only)) {
                    self.keep = Some(hard.file().to_owned());
                }
                Ok(())
            }
            Ok(false) => {
                self.notes.push(format!(
                    "{hard_name} and {plain_name} differ: read as two splits, `{hard_stem}` and `{name}`"
                ));
                if let Some(loaded) = self.splits.last_mut() {
                    (loaded.split.name, loaded.split.export_names) = (hard_stem, vec![hard_export]);
                }
                self.load(name.to_owned(), plain, vec![plain_export])
            }
            Err(error) => {
                self.unreadable(plain.file(), &error);
                Ok(())
            }
        }
    }

    fn load(&mut self, name: String, source: &SplitSource, export_names: Vec<String>) -> Result<(), Cancelled> {
        let loaded = match source {
            SplitSource::Lines(file) => Split::load(name, file, export_names),
            SplitSource::Parquet { file, parts } => {
                let Some(made) = self.converted(parts)? else { return Ok(()) };
                self.notes.extend(made.notes.iter().cloned());
                Split::load_parquet(name, file, made, export_names)
            }
        };
        match loaded {
            Ok(loaded) => self.splits.push(loaded),
            Err(error) => {
                self.unreadable(source.file(), &error);
                return Ok(());
            }
        }
        if let Some(only) = self.only.as_ref().filter(|only| source.has(only)) {
            if source.file() != only {
                let (only, all) = (file_name(only), file_name(source.file()));
                self.notes.push(format!("{only} is a part of a split: all rows of {all} are read"));
            }
            self.keep = Some(source.file().to_owned());
        }
        Ok(())
    }

    /// The lines of Parquet files; `None` with a warning if there are none.
    fn converted(&mut self, parts: &[PathBuf]) -> Result<Option<ParquetLines>, Cancelled> {
        let Some(kept) = self.lines else { return Ok(None) };
        let (file, message) = match lines_of(parts, kept) {
            Ok(made) => return Ok(Some(made)),
            Err(ParquetError::Cancelled(cancelled)) => return Err(cancelled),
            Err(ParquetError::Unusable { file, message }) => (file, message),
            Err(error @ ParquetError::Lines { .. }) => (parts[0].clone(), error.to_string()),
        };
        self.warn(&file, message);
        Ok(None)
    }

    fn unreadable(&mut self, file: &Path, error: &io::Error) {
        self.warn(file, format!("cannot be read: {error}"));
    }

    pub(crate) fn warn(&mut self, file: &Path, message: String) {
        let file = file.to_owned();
        self.warnings.push(Warning { kind: WarningKind::BadSplit, file, line: None, member: None, message });
    }
}
