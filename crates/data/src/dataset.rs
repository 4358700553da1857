//! A dataset: its splits, and all rows in one list with stable keys.
//!
//! Opening reads the split files and the names in the folder, never a shard. It fails only if there
//! is nothing to show. Anything smaller becomes a warning (something is wrong) or a note (something
//! to know).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::found_splits::FoundSplits;
use crate::key_order::sorted_by_key;
use crate::line_number::LineNumber;
use crate::parquet::LinesFolder;
use crate::progress::{Cancelled, NoProgress};
use crate::row::RowError;
use crate::sample::{DatasetFingerprint, Sample, SampleKey};
use crate::sample_index::SampleIndex;
use crate::split::Split;
use crate::split_files::{SplitFiles, has_extension, root_of};
use crate::storage::Storage;
use crate::tile_path::TilePath;
use crate::tile_source::TileSource;
use crate::warning::Warning;

/// An opened dataset. It never changes, so it can be shared in an `Arc`.
#[derive(Debug)]
pub struct Dataset {
    /// The folder that paths are relative to.
    pub root: PathBuf,
    /// `train`, `eval`, `test`, then others by name.
    pub splits: Vec<Split>,
    /// The rows of all splits, in split order and file order.
    pub samples: Vec<SampleEntry>,
    /// Problems: bad rows, unreadable files.
    pub warnings: Vec<Warning>,
    /// Remarks that are not problems.
    pub notes: Vec<String>,
    /// The hash that identifies this dataset.
    pub fingerprint: DatasetFingerprint,
    /// The source of the tiles.
    pub tiles: TileSource,
    /// The folder with the lines of splits that are Parquet.
    lines: Option<PathBuf>,
    by_key: Vec<SampleIndex>,
}

impl AsRef<TileSource> for Dataset {
    fn as_ref(&self) -> &TileSource {
        &self.tiles
    }
}

/// A row in the list of samples.
#[derive(Clone, Copy, Debug)]
pub struct SampleEntry {
    /// The stable key.
    pub key: SampleKey,
    /// Index into [`Dataset::splits`].
    pub split: u16,
    /// Index into [`Split::rows`].
    pub row: u32,
}

/// A reason why a dataset cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder or file does not exist or cannot be read.
    #[error("{path}: {source}; give a dataset folder or one of its .jsonl or .parquet files", path = path.display())]
    Unreachable {
        /// The path that was given.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A folder without splits.
    #[error(
        "{root}: no split found; expected train.jsonl, eval.jsonl, test.jsonl, the same as .parquet, or any .jsonl or \
         .parquet whose rows have `query` and `chunk_path`{others}",
        root = root.display(), others = in_brackets(others)
    )]
    NoSplits {
        /// The folder that was searched.
        root: PathBuf,
        /// The columns of its Parquet files.
        others: Vec<String>,
    },
    /// A file that is not a split.
    #[error("{file}: not a .jsonl or .parquet file; give a dataset folder or one of its .jsonl or .parquet files", file = file.display())]
    NotASplit {
        /// The path that was given.
        file: PathBuf,
    },
    /// The work was stopped before its end.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// More rows than can be numbered.
    #[error("{root}: more than 4 billion rows", root = root.display())]
    TooManyRows {
        /// The folder.
        root: PathBuf,
    },
}

impl Dataset {
    /// Opens a dataset root, or one `.jsonl` file, whose folder is then the root. Parquet files are
    /// not splits here, because their lines have no place: see [`Self::open_with`].
    ///
    /// For a single file, the other splits of the folder are read too, because they decide which
    /// repeat of a row is which. Then only that file's rows are kept. So a row has the same key
    /// however it was opened.
    ///
    /// # Errors
    /// If the path cannot be read or holds no split.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_path(path, None)
    }

    /// Opens a dataset as [`Self::open`] does, also if its splits are Parquet. They become lines
    /// once, which takes some time for millions of rows. For a Parquet file that is a part of a
    /// split, the whole split is read.
    ///
    /// # Errors
    /// As for [`Self::open`], and if the work was cancelled.
    pub fn open_with(path: &Path, lines: LinesFolder<'_>) -> Result<Self, OpenError> {
        Self::open_path(path, Some(lines))
    }

    /// Opens the whole folder of this dataset again, however it was opened.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_whole(&self) -> Result<Self, OpenError> {
        let lines = self.lines.as_deref().map(|folder| LinesFolder { folder, progress: &NoProgress });
        Self::open_path(&self.root, lines)
    }

    fn open_path(path: &Path, lines: Option<LinesFolder<'_>>) -> Result<Self, OpenError> {
        let unreachable = |source| OpenError::Unreachable { path: path.to_owned(), source };
        let path = std::path::absolute(path).map_err(unreachable)?;
        let meta = path.metadata().map_err(unreachable)?;
        if meta.is_dir() {
            return Self::open_root(&path, None, lines);
        }
        // A pipe would block the reader, and a device may never end.
        if !meta.is_file() {
            return Err(unreachable(io::Error::other("is neither a file nor a folder")));
        }
        let is_split = has_extension(&path, "jsonl") || (lines.is_some() && has_extension(&path, "parquet"));
        if !is_split {
            return Err(OpenError::NotASplit { file: path });
        }
        Self::open_root(root_of(&path), Some(&path), lines)
    }

    /// Opens a dataset whose tiles are in a storage. `path` is the folder on this machine with its
    /// splits, or one of them, as for [`Self::open`]. Requests nothing from the storage.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_stored(path: &Path, storage: Arc<dyn Storage>) -> Result<Self, OpenError> {
        Ok(Self::open(path)?.with_storage(storage))
    }

    /// Opens a dataset as [`Self::open_stored`] does, also if its splits are Parquet.
    ///
    /// # Errors
    /// As for [`Self::open_with`].
    pub fn open_stored_with(path: &Path, storage: Arc<dyn Storage>, lines: LinesFolder<'_>) -> Result<Self, OpenError> {
        Ok(Self::open_with(path, lines)?.with_storage(storage))
    }

    fn with_storage(mut self, storage: Arc<dyn Storage>) -> Self {
        self.tiles = TileSource::stored(&self.root, storage);
        self
    }

    fn open_root(root: &Path, only: Option<&Path>, lines: Option<LinesFolder<'_>>) -> Result<Self, OpenError> {
        let unreachable = |source| OpenError::Unreachable { path: root.to_owned(), source };
        let mut found = FoundSplits { only: only.map(Path::to_owned), lines, ..FoundSplits::default() };
        let files = SplitFiles::list(root, only, lines.is_some()).map_err(unreachable)?;
        found.notes = files.notes;
        for (path, message) in files.problems {
            found.warn(&path, message);
        }
        for (name, sources) in files.families {
            found.family(&name, &sources)?;
        }
        if found.splits.is_empty() {
            return match found.warnings.into_iter().next() {
                Some(warning) => Err(unreachable(io::Error::other(warning.to_string()))),
                None => Err(OpenError::NoSplits { root: root.to_owned(), others: files.others }),
            };
        }
        if let (Some(only), None) = (only, &found.keep) {
            let message =
                found.warnings.iter().find(|warning| warning.file == only).map(|warning| warning.message.clone());
            let message = message.or(files.only_is_not_read);
            let source = io::Error::other(message.unwrap_or_else(|| "not found among the splits of its folder".into()));
            return Err(OpenError::Unreachable { path: only.to_owned(), source });
        }
        let total: usize = found.splits.iter().map(|loaded| loaded.split.rows.len()).sum();
        if u32::try_from(total).is_err() || found.splits.len() > usize::from(u16::MAX) {
            return Err(OpenError::TooManyRows { root: root.to_owned() });
        }
        let mut dataset = Self {
            root: root.to_owned(),
            splits: Vec::new(),
            samples: Vec::with_capacity(total),
            warnings: found.warnings,
            notes: found.notes,
            fingerprint: DatasetFingerprint(0),
            tiles: TileSource::open(root),
            lines: lines.map(|lines| lines.folder.to_owned()),
            by_key: Vec::new(),
        };
        for (index, loaded) in found.splits.into_iter().enumerate() {
            let rows = loaded.keys.into_iter().enumerate();
            dataset.samples.extend(rows.map(|(row, key)| SampleEntry { key, split: index as u16, row: row as u32 }));
            dataset.splits.push(loaded.split);
            dataset.warnings.extend(loaded.warnings);
        }
        let order = by_key(&dataset.samples);
        let renamed = dataset.number_repeats(&order);
        dataset.fingerprint = DatasetFingerprint::from_keys(dataset.samples.iter().map(|sample| sample.key));
        if let Some(keep) = &found.keep {
            dataset.keep_only(keep);
        }
        let keys_unchanged = !renamed && order.len() == dataset.samples.len();
        dataset.by_key = if keys_unchanged { order } else { by_key(&dataset.samples) };
        Ok(dataset)
    }

    /// Numbers exact repeats of (query, positive) by split, then by negatives, then by line, so
    /// that each keeps its key when a file is shuffled. `order` sorts the samples by key. Returns
    /// whether any key changed.
    fn number_repeats(&mut self, order: &[SampleIndex]) -> bool {
        let (mut from, mut renamed) = (0, false);
        while from < order.len() {
            let key = self.entry(order[from]).key;
            let len = order[from..].iter().take_while(|index| self.entry(**index).key == key).count();
            if len > 1 {
                let mut group: Vec<(u16, Vec<TilePath>, SampleIndex)> = order[from..from + len]
                    .iter()
                    .map(|index| (self.entry(*index).split, self.negatives_of(*index), *index))
                    .collect();
                group.sort();
                for (occurrence, (_, _, index)) in group.into_iter().enumerate().skip(1) {
                    let Ok(row) = self.row(index) else { continue };
                    let key = SampleKey::new(&row.query, &TilePath::new(&row.positive), occurrence as u32);
                    self.samples[index.index()].key = key;
                    renamed = true;
                }
            }
            from += len;
        }
        renamed
    }

    fn negatives_of(&self, index: SampleIndex) -> Vec<TilePath> {
        self.row(index).map(|row| row.negatives.iter().map(|path| TilePath::new(path)).collect()).unwrap_or_default()
    }

    fn keep_only(&mut self, file: &Path) {
        self.samples.retain(|sample| self.splits[usize::from(sample.split)].file == file);
        self.splits.retain(|split| split.file == file);
        self.warnings.retain(|warning| warning.file == file);
        for sample in &mut self.samples {
            sample.split = 0;
        }
    }

    /// The indexes of all samples, in order.
    pub fn indices(&self) -> impl DoubleEndedIterator<Item = SampleIndex> + ExactSizeIterator + Clone + use<> {
        SampleIndex::first(self.samples.len())
    }

    /// The entry of a sample in the list of samples.
    pub fn entry(&self, index: SampleIndex) -> &SampleEntry {
        &self.samples[index.index()]
    }

    /// The split of a sample.
    pub fn split_of(&self, index: SampleIndex) -> &Split {
        &self.splits[usize::from(self.entry(index).split)]
    }

    /// The 1-based line of a sample in its split's file.
    pub fn line_of(&self, index: SampleIndex) -> LineNumber {
        let row = self.entry(index).row as usize;
        self.split_of(index).rows.get(row).map_or(LineNumber::default(), |span| span.line.into())
    }

    /// A number for each split; splits of one [`Split::family`] have the same number.
    pub fn families(&self) -> Vec<usize> {
        let first = |family: &str| self.splits.iter().position(|split| split.family() == family).unwrap_or(0);
        self.splits.iter().map(|split| first(split.family())).collect()
    }

    /// The position of a sample for people to read: `train line 13`.
    pub fn describe_position(&self, index: SampleIndex) -> String {
        format!("{} line {}", self.split_of(index).name, self.line_of(index))
    }

    /// The row of a sample, borrowed from the file's bytes.
    ///
    /// # Errors
    /// As for [`Split::row`].
    pub fn row(&self, index: SampleIndex) -> Result<crate::Row<'_>, RowError> {
        self.split_of(index).row(self.entry(index).row as usize)
    }

    /// The bytes of a sample's line.
    ///
    /// # Errors
    /// As for [`Split::line`].
    pub fn row_line(&self, index: SampleIndex) -> Result<&[u8], RowError> {
        self.split_of(index).line(self.entry(index).row as usize)
    }

    /// A sample with its tiles, owned.
    ///
    /// # Errors
    /// As for [`Split::row`].
    pub fn sample(&self, index: SampleIndex) -> Result<Sample, RowError> {
        Ok(Sample::new(self.entry(index).key, self.row(index)?))
    }

    /// The index of the sample with this key.
    pub fn find(&self, key: SampleKey) -> Option<SampleIndex> {
        let at = self.by_key.binary_search_by_key(&key, |index| self.entry(*index).key).ok()?;
        Some(self.by_key[at])
    }

    /// The index of the sample on a 1-based line of a split.
    pub fn find_line(&self, split: &str, line: LineNumber) -> Option<SampleIndex> {
        let split_index = self.splits.iter().position(|candidate| candidate.name == split)?;
        let row = self.splits[split_index].rows.binary_search_by_key(&line, |span| span.line.into()).ok()?;
        let first = self.samples.partition_point(|sample| usize::from(sample.split) < split_index);
        Some(SampleIndex::new(first + row))
    }
}

/// Other findings in brackets, behind an error.
fn in_brackets(others: &[String]) -> String {
    if others.is_empty() { String::new() } else { format!(" ({})", others.join("; ")) }
}

fn by_key(samples: &[SampleEntry]) -> Vec<SampleIndex> {
    sorted_by_key(samples.len(), |index| samples[index.index()].key)
}
