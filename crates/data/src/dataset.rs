//! A dataset root: which splits it holds, and every row in one list with stable names.
//!
//! Opening reads the split files and the names in the folder, never a shard. It fails only where there is nothing to
//! show; anything smaller becomes a warning (something is wrong) or a note (something to know).

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::row::RowError;
use crate::sample::{DatasetFingerprint, Sample, SampleKey};
use crate::split::{ContentKind, LoadedRows, Split, content_of};
use crate::tile_path::TilePath;
use crate::tile_source::TileSource;
use crate::warning::{Warning, WarningKind};

/// The splits of the published layout, in the order in which they are shown.
const KNOWN_SPLITS: [&str; 3] = ["train", "eval", "test"];
/// What the layout appends to the name of the file that carries hard negatives.
pub(crate) const HARD_NEGATIVES: &str = "_hn";

/// An opened dataset. Cheap to share behind an `Arc`; nothing in it changes.
#[derive(Debug)]
pub struct Dataset {
    /// The folder that paths are relative to.
    pub root: PathBuf,
    /// `train`, `eval`, `test`, then others by name.
    pub splits: Vec<Split>,
    /// Every row of every split, in split order and file order.
    pub samples: Vec<SampleEntry>,
    /// What is wrong: bad rows, unreadable files.
    pub warnings: Vec<Warning>,
    /// What is good to know and no fault.
    pub notes: Vec<String>,
    /// Tells this dataset from others.
    pub fingerprint: DatasetFingerprint,
    /// Where tiles come from.
    pub tiles: TileSource,
    by_key: Vec<u32>,
}

/// One row of the list.
#[derive(Clone, Copy, Debug)]
pub struct SampleEntry {
    /// The stable name.
    pub key: SampleKey,
    /// Index into [`Dataset::splits`].
    pub split: u16,
    /// Index into [`Split::rows`].
    pub row: u32,
}

/// Why there is nothing to open.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No such folder or file.
    #[error("{path}: {source}; give a dataset folder or one of its .jsonl files", path = path.display())]
    Unreachable {
        /// What was asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder without splits.
    #[error("{root}: no split found; expected train.jsonl, eval.jsonl, test.jsonl, or any .jsonl whose rows have `query` and `chunk_path`", root = root.display())]
    NoSplits {
        /// The folder that was searched.
        root: PathBuf,
    },
    /// A file that is no split.
    #[error("{file}: not a .jsonl file; give a dataset folder or one of its .jsonl files", file = file.display())]
    NotJsonl {
        /// What was asked for.
        file: PathBuf,
    },
    /// More rows than can be numbered.
    #[error("{root}: more than 4 billion rows", root = root.display())]
    TooManyRows {
        /// The folder.
        root: PathBuf,
    },
}

impl Dataset {
    /// Opens a dataset root, or one `.jsonl` file, whose folder is then the root.
    ///
    /// With one file the other splits of the root are read too, since they decide which repeat of a row is which;
    /// then only that file's rows are kept. So a row has one name however it was opened.
    ///
    /// # Errors
    /// When the path cannot be reached or holds no split at all.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let unreachable = |source| OpenError::Unreachable { path: path.to_owned(), source };
        let path = std::path::absolute(path).map_err(unreachable)?;
        let meta = path.metadata().map_err(unreachable)?;
        if meta.is_dir() {
            return Self::open_root(&path, None);
        }
        // A pipe would keep whoever opens it waiting, and a device may have no end.
        if !meta.is_file() {
            return Err(unreachable(io::Error::other("is neither a file nor a folder")));
        }
        if !has_extension(&path, "jsonl") {
            return Err(OpenError::NotJsonl { file: path });
        }
        Self::open_root(path.parent().unwrap_or(&path), Some(&path))
    }

    fn open_root(root: &Path, only: Option<&Path>) -> Result<Self, OpenError> {
        let unreachable = |source| OpenError::Unreachable { path: root.to_owned(), source };
        let mut found = FoundSplits { only: only.map(Path::to_owned), ..FoundSplits::default() };
        let (families, notes, no_files) = split_files(root, only).map_err(unreachable)?;
        found.notes = notes;
        for path in no_files {
            found.warn(&path, "is no file, or a link that leads to none; it is passed over".into());
        }
        for (name, files) in families {
            found.family(&name, &files);
        }
        if found.splits.is_empty() {
            return match found.warnings.into_iter().next() {
                Some(warning) => Err(unreachable(io::Error::other(warning.to_string()))),
                None => Err(OpenError::NoSplits { root: root.to_owned() }),
            };
        }
        if let (Some(only), None) = (only, &found.keep) {
            let said =
                found.warnings.iter().find(|warning| warning.file == only).map(|warning| warning.message.clone());
            let source = io::Error::other(said.unwrap_or_else(|| "not found among the splits of its folder".into()));
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
            by_key: Vec::new(),
        };
        for (index, loaded) in found.splits.into_iter().enumerate() {
            let rows = loaded.keys.into_iter().enumerate();
            dataset.samples.extend(rows.map(|(row, key)| SampleEntry { key, split: index as u16, row: row as u32 }));
            dataset.splits.push(loaded.split);
            dataset.warnings.extend(loaded.warnings);
        }
        let order = sorted_by_key(&dataset.samples);
        let renamed = dataset.number_repeats(&order);
        dataset.fingerprint = DatasetFingerprint::from_keys(dataset.samples.iter().map(|sample| sample.key));
        if let Some(keep) = &found.keep {
            dataset.keep_only(keep);
        }
        let as_it_was = !renamed && order.len() == dataset.samples.len();
        dataset.by_key = if as_it_was { order } else { sorted_by_key(&dataset.samples) };
        Ok(dataset)
    }

    /// Exact repeats of (query, positive) get occurrence numbers by split, then by their negatives, then by line: so a
    /// shuffled file gives each of them the name it had. `order` is that of the keys; true where any key is another now.
    fn number_repeats(&mut self, order: &[u32]) -> bool {
        let (mut from, mut renamed) = (0, false);
        while from < order.len() {
            let key = self.samples[order[from] as usize].key;
            let len = order[from..].iter().take_while(|index| self.samples[**index as usize].key == key).count();
            if len > 1 {
                let mut group: Vec<(u16, Vec<TilePath>, u32)> = order[from..from + len]
                    .iter()
                    .map(|index| (self.samples[*index as usize].split, self.negatives_of(*index as usize), *index))
                    .collect();
                group.sort();
                for (occurrence, (_, _, index)) in group.into_iter().enumerate().skip(1) {
                    let Ok(row) = self.row(index as usize) else { continue };
                    let key = SampleKey::new(&row.query, &TilePath::new(&row.positive), occurrence as u32);
                    self.samples[index as usize].key = key;
                    renamed = true;
                }
            }
            from += len;
        }
        renamed
    }

    fn negatives_of(&self, index: usize) -> Vec<TilePath> {
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

    /// The split a sample is in.
    pub fn split_of(&self, index: usize) -> &Split {
        &self.splits[usize::from(self.samples[index].split)]
    }

    /// The 1-based line of a sample in its split's file.
    pub fn line_of(&self, index: usize) -> u32 {
        let row = self.samples[index].row as usize;
        self.split_of(index).rows.get(row).map_or(0, |place| place.line)
    }

    /// A number for each split: the same for splits of one family, see [`Split::family`].
    pub fn families(&self) -> Vec<usize> {
        let first = |family: &str| self.splits.iter().position(|split| split.family() == family).unwrap_or(0);
        self.splits.iter().map(|split| first(split.family())).collect()
    }

    /// Where a sample stands, for people to read: `train line 13`.
    pub fn describe_position(&self, index: usize) -> String {
        format!("{} line {}", self.split_of(index).name, self.line_of(index))
    }

    /// The row of a sample, borrowed from the file's bytes.
    ///
    /// # Errors
    /// As [`Split::row`].
    pub fn row(&self, index: usize) -> Result<crate::Row<'_>, RowError> {
        self.split_of(index).row(self.samples[index].row as usize)
    }

    /// A sample with its tiles, owned.
    ///
    /// # Errors
    /// As [`Split::row`].
    pub fn sample(&self, index: usize) -> Result<Sample, RowError> {
        Ok(Sample::new(self.samples[index].key, self.row(index)?))
    }

    /// The index of the sample with this key.
    pub fn find(&self, key: SampleKey) -> Option<usize> {
        let at = self.by_key.binary_search_by_key(&key, |index| self.samples[*index as usize].key).ok()?;
        Some(self.by_key[at] as usize)
    }

    /// The index of the sample on a 1-based line of a split.
    pub fn find_line(&self, split: &str, line: u64) -> Option<usize> {
        let split_index = self.splits.iter().position(|candidate| candidate.name == split)?;
        let row = self.splits[split_index].rows.binary_search_by_key(&line, |place| u64::from(place.line)).ok()?;
        let first = self.samples.partition_point(|sample| usize::from(sample.split) < split_index);
        Some(first + row)
    }
}

fn sorted_by_key(samples: &[SampleEntry]) -> Vec<u32> {
    // Keys beside each other: looked up by their index they would each be a wait for memory.
    let mut order: Vec<(SampleKey, u32)> = samples.iter().map(|sample| sample.key).zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, index)| index).collect()
}

/// The splits found so far, and which one file to keep of them.
#[derive(Default)]
struct FoundSplits {
    splits: Vec<LoadedRows>,
    warnings: Vec<Warning>,
    notes: Vec<String>,
    only: Option<PathBuf>,
    keep: Option<PathBuf>,
}

impl FoundSplits {
    /// One split name with its one or two files (the one with hard negatives first).
    fn family(&mut self, name: &str, files: &[PathBuf]) {
        let both_names = || vec![format!("{name}.jsonl"), format!("{name}{HARD_NEGATIVES}.jsonl")];
        match files {
            [hard, plain] => self.two(name, hard, plain, both_names()),
            [file] => {
                let names = if KNOWN_SPLITS.contains(&name) { both_names() } else { vec![file_name(file)] };
                self.load(name.to_owned(), file, names);
            }
            _ => {}
        }
    }

    /// A file with hard negatives and one without that in its name: one split where they hold the same rows.
    fn two(&mut self, name: &str, hard: &Path, plain: &Path, names: Vec<String>) {
        let (hard_name, plain_name) = (file_name(hard), file_name(plain));
        self.load(name.to_owned(), hard, names);
        let Some(loaded) = self.splits.last_mut().filter(|loaded| loaded.split.file == hard) else {
            return self.load(name.to_owned(), plain, vec![plain_name]);
        };
        match loaded.split.is_same_as(plain) {
            Ok(true) => {
                self.notes
                    .push(format!("{hard_name} and {plain_name} hold the same rows: read as one split, `{name}`"));
                if self.only.as_deref() == Some(plain) {
                    self.keep = Some(hard.to_owned());
                }
            }
            Ok(false) => {
                let hard_stem = format!("{name}{HARD_NEGATIVES}");
                self.notes.push(format!(
                    "{hard_name} and {plain_name} differ: read as two splits, `{hard_stem}` and `{name}`"
                ));
                (loaded.split.name, loaded.split.export_names) = (hard_stem, vec![hard_name]);
                self.load(name.to_owned(), plain, vec![plain_name]);
            }
            Err(error) => self.unreadable(plain, &error),
        }
    }

    fn load(&mut self, name: String, file: &Path, export_names: Vec<String>) {
        match Split::load(name, file, export_names) {
            Ok(loaded) => self.splits.push(loaded),
            Err(error) => return self.unreadable(file, &error),
        }
        if self.only.as_deref() == Some(file) {
            self.keep = Some(file.to_owned());
        }
    }

    fn unreadable(&mut self, file: &Path, error: &io::Error) {
        self.warn(file, format!("cannot be read: {error}"));
    }

    fn warn(&mut self, file: &Path, message: String) {
        self.warnings.push(Warning {
            kind: WarningKind::BadSplit,
            file: file.to_owned(),
            line: None,
            member: None,
            message,
        });
    }
}

/// Split names with their files.
type Families = Vec<(String, Vec<PathBuf>)>;

/// The split files of a root: for each split name its files, hard negatives first; known splits before others. Also
/// notes on files that might be taken for splits, and what has the name of a split file and is none.
fn split_files(root: &Path, only: Option<&Path>) -> io::Result<(Families, Vec<String>, Vec<PathBuf>)> {
    let (mut notes, mut no_files) = (Vec::new(), Vec::new());
    let mut stems = BTreeMap::new();
    for entry in root.read_dir()? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !has_extension(&path, "jsonl") || hidden {
            continue;
        }
        // A pipe or a device would keep whoever opens it.
        if path.is_file() {
            let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            stems.insert(stem, path);
        } else {
            no_files.push(path);
        }
    }
    let mut families: BTreeMap<(usize, String), Vec<PathBuf>> = BTreeMap::new();
    for (stem, path) in &stems {
        let base =
            stem.strip_suffix(HARD_NEGATIVES).filter(|base| KNOWN_SPLITS.contains(base) || stems.contains_key(*base));
        let name = base.unwrap_or(stem);
        let rank = KNOWN_SPLITS.iter().position(|known| *known == name).unwrap_or(KNOWN_SPLITS.len());
        // A file that was asked for by name is a split whatever it holds: its bad lines are what the person must see.
        let known = rank < KNOWN_SPLITS.len() || only == Some(path);
        let content = if known { ContentKind::Rows } else { content_of(path).unwrap_or(ContentKind::Rows) };
        if content == ContentKind::Judgements {
            notes.push(format!("{} holds judgements: not read as a split", file_name(path)));
        }
        if content == ContentKind::Rows {
            let files = families.entry((rank, name.to_owned())).or_default();
            let at = if base.is_some() { 0 } else { files.len() };
            files.insert(at, path.clone());
        }
    }
    let families = families.into_iter().map(|((_, name), files)| (name, files)).collect();
    Ok((families, notes, no_files))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// The last part of a path, for people to read; empty where there is none.
pub fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
