//! The files of a folder that are splits, by their names and their first rows or columns.
//!
//! Lists folders and looks into files; it loads no split.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use crate::parquet::{Content, DATA, ParquetNames, content_of as content_of_table, is_usual_split, parquet_names};
use crate::shown::file_name;
use crate::split::{ContentKind, HARD_NEGATIVES, content_of};

/// The splits of the published layout, in the order in which they are shown.
pub(crate) const KNOWN_SPLITS: [&str; 3] = ["train", "eval", "test"];
/// Names in the folder of a dataset, besides the folder of its Parquet files.
const BESIDE_DATA: [&str; 4] = ["README.md", ".gitattributes", "images", "image_shards"];

/// The file or files of a split.
#[derive(Clone, Debug)]
pub(crate) enum SplitSource {
    /// A file of JSON lines.
    Lines(PathBuf),
    /// Parquet files in their order, with a name for all of them.
    Parquet { file: PathBuf, parts: Vec<PathBuf> },
}

impl SplitSource {
    /// The file, or the name for all files.
    pub(crate) fn file(&self) -> &Path {
        match self {
            Self::Lines(file) | Self::Parquet { file, .. } => file,
        }
    }

    /// The name of the file that an export of this split has.
    pub(crate) fn export_name(&self, split: &str) -> String {
        match self {
            Self::Lines(file) => file_name(file),
            Self::Parquet { .. } => format!("{split}.jsonl"),
        }
    }

    /// Whether a path is that of one of the files.
    pub(crate) fn has(&self, path: &Path) -> bool {
        match self {
            Self::Lines(file) => file == path,
            Self::Parquet { parts, .. } => parts.iter().any(|part| part == path),
        }
    }
}

/// The files of splits in a folder.
#[derive(Debug, Default)]
pub(crate) struct SplitFiles {
    /// For each split name its sources, hard negatives first, and known splits before others.
    pub(crate) families: Vec<(String, Vec<SplitSource>)>,
    /// About files that could be taken for splits.
    pub(crate) notes: Vec<String>,
    /// Problems of files: the path and a message that follows it.
    pub(crate) problems: Vec<(PathBuf, String)>,
    /// The note about the file that a person asked for, if another one is read instead.
    pub(crate) only_is_not_read: Option<String>,
    /// Parquet files that are no splits, with their columns.
    pub(crate) others: Vec<String>,
}

/// A source that was found under a name.
struct Found {
    source: SplitSource,
    /// Whether it is a split whatever it contains.
    is_split: bool,
}

impl SplitFiles {
    /// Lists the splits of a folder; those that are Parquet only with `parquet`. `only` is a file
    /// that a person asked for.
    pub(crate) fn list(root: &Path, only: Option<&Path>, parquet: bool) -> io::Result<Self> {
        let mut files = Self::default();
        let mut lines = BTreeMap::new();
        for entry in root.read_dir()? {
            let path = entry?.path();
            if has_extension(&path, "jsonl") && !is_hidden(&path) && files.is_file(&path) {
                let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                lines.insert(stem, SplitSource::Lines(path));
            }
        }
        let mut families: BTreeMap<(usize, String), Vec<SplitSource>> = BTreeMap::new();
        files.add(lines, only, &mut families);
        if parquet {
            let mut tables = BTreeMap::new();
            for names in parquet_names(parquet_paths(root).iter().map(String::as_str)) {
                let taken = [names.family(), &names.split];
                let taken = families.iter().find(|((_, name), _)| taken.contains(&name.as_str()));
                if let Some((_, sources)) = taken {
                    let instead = sources.first().map(|source| file_name(source.file())).unwrap_or_default();
                    let note =
                        format!("{}: not read, because {instead} has the split `{}`", names.label(), names.split);
                    files.not_read(root, only, &names.files, note);
                } else if let Some(source) = files.parquet(root, only, &names) {
                    tables.insert(names.split, source);
                }
            }
            files.add(tables, only, &mut families);
        }
        files.families = families.into_iter().map(|((_, name), sources)| (name, sources)).collect();
        Ok(files)
    }

    /// Adds what is split among files by their stems.
    fn add(
        &mut self,
        stems: BTreeMap<String, SplitSource>,
        only: Option<&Path>,
        families: &mut BTreeMap<(usize, String), Vec<SplitSource>>,
    ) {
        let names: BTreeSet<String> = stems.keys().cloned().collect();
        for (stem, source) in stems {
            let base =
                stem.strip_suffix(HARD_NEGATIVES).filter(|base| KNOWN_SPLITS.contains(base) || names.contains(*base));
            let name = base.unwrap_or(&stem);
            let rank = KNOWN_SPLITS.iter().position(|known| *known == name).unwrap_or(KNOWN_SPLITS.len());
            // A file that was requested by name is a split whatever its content: the user must see
            // its bad lines.
            let is_split = rank < KNOWN_SPLITS.len() || only.is_some_and(|only| source.has(only));
            let is_base = base.is_some();
            let key = (rank, name.to_owned());
            if let Some(source) = self.if_rows(Found { source, is_split }) {
                let sources = families.entry(key).or_default();
                let at = if is_base { 0 } else { sources.len() };
                sources.insert(at, source);
            }
        }
    }

    /// Returns a source unless it holds something other than rows.
    fn if_rows(&mut self, found: Found) -> Option<SplitSource> {
        let judgements = |file: &Path| format!("{} holds judgements: not read as a split", file_name(file));
        let Found { source, is_split } = found;
        match &source {
            _ if is_split => return Some(source),
            SplitSource::Lines(file) => match content_of(file).unwrap_or(ContentKind::Rows) {
                ContentKind::Rows => return Some(source),
                ContentKind::Judgements => self.notes.push(judgements(file)),
                ContentKind::Other => {}
            },
            SplitSource::Parquet { file, parts } => {
                match parts.first().map_or(Ok(Content::Rows), |part| content_of_table(part)) {
                    Ok(Content::Rows) | Err(_) => return Some(source),
                    Ok(Content::Judgements) => self.notes.push(judgements(file)),
                    Ok(Content::Other(columns)) => {
                        self.others.push(format!("{} has the columns {columns}", file_name(file)));
                    }
                }
            }
        }
        None
    }

    /// The source with these files, without those that are no files.
    fn parquet(&mut self, root: &Path, only: Option<&Path>, names: &ParquetNames) -> Option<SplitSource> {
        let file = root.join(names.label());
        if !names.unused.is_empty() {
            let unused = names.unused.join(", ");
            let note = format!("{unused}: not read, because {} has the split `{}`", names.label(), names.split);
            self.not_read(root, only, &names.unused, note);
        }
        if names.missing > 0 {
            let message = match names.missing {
                1 => "by their names, one file of this split is missing; the rows of the others are read".to_owned(),
                more => {
                    format!("by their names, {more} files of this split are missing; the rows of the others are read")
                }
            };
            self.problems.push((file.clone(), message));
        }
        let parts: Vec<PathBuf> =
            names.files.iter().map(|name| root.join(name)).filter(|path| self.is_file(path)).collect();
        (!parts.is_empty()).then_some(SplitSource::Parquet { file, parts })
    }

    fn not_read(&mut self, root: &Path, only: Option<&Path>, files: &[String], note: String) {
        if files.iter().any(|file| only == Some(&*root.join(file))) {
            self.only_is_not_read = Some(note.clone());
        }
        self.notes.push(note);
    }

    /// Whether a path is a file: opening a pipe or a device would block.
    fn is_file(&mut self, path: &Path) -> bool {
        let is_file = path.is_file();
        if !is_file {
            let message = "is not a file, or is a link that leads nowhere; it is skipped";
            self.problems.push((path.to_owned(), message.to_owned()));
        }
        is_file
    }
}

/// The folder of the dataset that a file belongs to. A Parquet file may be in a folder of it, as on
/// the Hub.
pub(crate) fn root_of(file: &Path) -> &Path {
    let parent = file.parent().unwrap_or(file);
    let is_part = |root: &&Path| {
        let below = file.strip_prefix(root).map(slashes).unwrap_or_default();
        parquet_names([&*below].into_iter()).len() == 1 && BESIDE_DATA.iter().any(|name| root.join(name).exists())
    };
    file.ancestors().skip(2).take(2).filter(is_part).last().unwrap_or(parent)
}

/// The Parquet files in the places where splits can be, relative to a folder.
fn parquet_paths(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        // A folder that cannot be read has no splits for this person.
        for entry in root.join(&folder).read_dir().into_iter().flatten().flatten() {
            let (path, below) = (entry.path(), folder.join(entry.file_name()));
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if has_extension(&path, "parquet") {
                found.push(slashes(&below));
            } else if (is_usual_split(name) && !folder.ends_with(name)) || (folder == Path::new("") && name == DATA) {
                folders.push(below);
            }
        }
    }
    found.sort();
    found
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether a path ends with an extension.
pub(crate) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}
