//! The files of the set that are served, and their opening. A file is served only if it is in the
//! list, is a plain file when it is opened, and is in the folder of the set.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::Serialize;
use tilejury_data::Dataset;

use super::ServedSet;
use super::stamp::e_tag;
use crate::listing::is_usable;

/// The folder of extracted tiles.
const IMAGES: &str = "images";
/// The index of a whole set.
const SET_INDEX: &str = ".nv-meta/index.sqlite";
/// The endings of index files beside a shard.
const BESIDE: [&str; 2] = [".json", ".tar.idx"];
/// Extracted tiles that are listed at most.
const TILES: usize = 300_000;
/// Folders within one another that are searched for tiles.
const DEPTH: usize = 16;
/// A list is made again for a request after so long.
const LIST_FOR: Duration = Duration::from_secs(5);

/// A file in the list.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) len: u64,
    /// Its ETag.
    pub(super) version: String,
}

/// An opened file of the set.
pub(super) struct OpenFile {
    pub(super) file: File,
    pub(super) len: u64,
    pub(super) e_tag: String,
}

/// The files of one set.
pub(super) struct Files {
    root: PathBuf,
    /// The same without links in it.
    real_root: PathBuf,
    follows_links: bool,
    /// The names of the split files at its top.
    splits: HashSet<String>,
    /// The paths of the Parquet files of splits.
    parquet: Vec<String>,
    list: Mutex<(Instant, BTreeMap<String, Listed>)>,
    left_out: Mutex<Vec<PathBuf>>,
}

impl Files {
    pub(super) fn of(dataset: &Dataset, follows_links: bool) -> io::Result<Self> {
        let of_splits = dataset.splits.iter().flat_map(|split| split.export_names.iter().cloned());
        // A split with an unusable line is a split; one that cannot be read has only a warning.
        let of_warnings =
            dataset.warnings.iter().filter(|warning| warning.file.parent() == Some(dataset.root.as_path()));
        let of_warnings = of_warnings.map(|warning| tilejury_data::file_name(&warning.file));
        let splits = of_splits.chain(of_warnings).filter(|name| name.ends_with(".jsonl")).collect();
        let parquet = dataset.splits.iter().flat_map(|split| &split.parquet);
        let parquet = parquet.filter_map(|file| file.path.strip_prefix(&dataset.root).ok());
        let parquet = parquet.map(|path| path.to_string_lossy().replace('\\', "/")).collect();
        let (root, real_root) = (dataset.root.clone(), dataset.root.canonicalize()?);
        let (list, left_out) = (Mutex::new((Instant::now(), BTreeMap::new())), Mutex::default());
        let own = Self { root, real_root, follows_links, splits, parquet, list, left_out };
        own.renew();
        Ok(own)
    }

    pub(super) fn summary(&self) -> ServedSet {
        let list = self.list.lock();
        let bytes = list.1.values().map(|file| file.len).sum();
        ServedSet { files: list.1.len(), bytes, left_out: self.left_out.lock().clone() }
    }

    /// The list of files. Made again if it is not new.
    pub(super) fn list(&self) -> Vec<Listed> {
        self.renew_if_old();
        self.list.lock().1.values().cloned().collect()
    }

    /// Opens a file of the list by its path in an address, after decoding.
    pub(super) fn open(&self, path: &str) -> io::Result<OpenFile> {
        let not_found = || io::Error::from(io::ErrorKind::NotFound);
        if !is_usable(path) || path.contains('\\') {
            return Err(not_found());
        }
        if !self.list.lock().1.contains_key(path) {
            self.renew_if_old();
            if !self.list.lock().1.contains_key(path) {
                return Err(not_found());
            }
        }
        let at = self.root.join(path);
        // What was a plain file may have become a link, or a pipe, which would block.
        if !self.is_inside(&at) || !fs::metadata(&at)?.is_file() {
            return Err(not_found());
        }
        let file = File::open(&at)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(not_found());
        }
        Ok(OpenFile { file, len: meta.len(), e_tag: e_tag(&meta) })
    }

    /// Whether a path leads to a place in the folder, or may lead elsewhere.
    fn is_inside(&self, path: &Path) -> bool {
        self.follows_links || path.canonicalize().is_ok_and(|real| real.starts_with(&self.real_root))
    }

    fn renew_if_old(&self) {
        let is_old = self.list.lock().0.elapsed() > LIST_FOR;
        if is_old {
            self.renew();
        }
    }

    fn renew(&self) {
        let mut found = Found { files: self, list: BTreeMap::new(), left_out: Vec::new() };
        found.all();
        let Found { list, left_out, .. } = found;
        *self.list.lock() = (Instant::now(), list);
        *self.left_out.lock() = left_out;
    }
}

/// A list that is being made.
struct Found<'a> {
    files: &'a Files,
    list: BTreeMap<String, Listed>,
    left_out: Vec<PathBuf>,
}

impl Found<'_> {
    fn all(&mut self) {
        let root = self.files.root.clone();
        let mut folders = Vec::new();
        let mut names = HashSet::new();
        for (name, path, meta) in entries(&root) {
            match meta.is_dir() {
                true => folders.push((name, path)),
                false if self.files.splits.contains(&name) => self.add(name, &path, &meta),
                false => _ = names.insert(name),
            }
        }
        self.shards(&root, "", &names);
        for (folder, path) in folders {
            if folder == IMAGES {
                self.tiles(&path, IMAGES, DEPTH);
            } else {
                let names = entries(&path).filter(|entry| entry.2.is_file()).map(|entry| entry.0).collect();
                self.shards(&path, &format!("{folder}/"), &names);
            }
        }
        for path in &self.files.parquet {
            let at = root.join(path);
            if let Ok(meta) = fs::metadata(&at) {
                self.add(path.clone(), &at, &meta);
            }
        }
        let set_index = root.join(SET_INDEX);
        if let Ok(meta) = fs::metadata(&set_index) {
            self.add(SET_INDEX.to_owned(), &set_index, &meta);
        }
    }

    /// Adds the shards of a folder and the indexes beside them.
    fn shards(&mut self, folder: &Path, before: &str, names: &HashSet<String>) {
        for name in names {
            let Some(stem) = name.strip_suffix(".tar") else { continue };
            let beside = BESIDE.iter().map(|ending| format!("{stem}{ending}")).filter(|name| names.contains(name));
            for name in beside.chain([name.clone()]) {
                let path = folder.join(&name);
                if let Ok(meta) = fs::metadata(&path) {
                    self.add(format!("{before}{name}"), &path, &meta);
                }
            }
        }
    }

    fn tiles(&mut self, folder: &Path, before: &str, depth: usize) {
        for (name, path, meta) in entries(folder) {
            let below = format!("{before}/{name}");
            if meta.is_dir() && depth > 0 {
                self.tiles(&path, &below, depth - 1);
            } else if meta.is_file() && self.list.len() < TILES {
                self.add(below, &path, &meta);
            }
        }
    }

    fn add(&mut self, path: String, at: &Path, meta: &Metadata) {
        if !meta.is_file() || !is_usable(&path) || path.contains('\\') {
            return;
        }
        if !self.files.is_inside(at) {
            self.left_out.push(at.to_owned());
            return;
        }
        let listed = Listed { len: meta.len(), version: e_tag(meta), path: path.clone() };
        self.list.insert(path, listed);
    }
}

/// The entries of a folder whose names are text, with what they are, or lead to.
fn entries(folder: &Path) -> impl Iterator<Item = (String, PathBuf, Metadata)> {
    folder.read_dir().into_iter().flatten().flatten().filter_map(|entry| {
        let (name, path) = (entry.file_name().into_string().ok()?, entry.path());
        let meta = fs::metadata(&path).ok()?;
        Some((name, path, meta))
    })
}
