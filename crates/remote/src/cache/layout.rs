//! The names in the cache folder: the only module that knows them. What is named otherwise was not
//! written by this program, and is neither counted nor deleted.
//!
//! ```text
//! sets/SET/set.json            the address of the set
//! sets/SET/lists/…             lists of files, and when each was the newest
//! sets/SET/splits/VERSION/NAME the rows, below `.lines` those that were Parquet as lines
//! sets/SET/indexes/…           indexes of shards, and versions that lists do not tell
//! sets/SET/tiles/XX/…          tiles
//! ```
//! `SET`, `VERSION` and the names of indexes and tiles are hashes.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tilejury_data::StoredFile;
use tilejury_data::hash::hexadecimal;

/// The ending of a file that is being written, after the number of its process.
pub(super) const PART: &str = ".part";
/// The folder with the lines of splits that are Parquet.
pub(crate) const LINES: &str = ".lines";
/// The bytes of the hashes that name sets and versions.
const SHORT: usize = 8;

/// The cache folder.
#[derive(Clone, Debug)]
pub(crate) struct CacheFolder(pub(crate) PathBuf);

/// The folder of one set.
#[derive(Clone, Debug)]
pub(crate) struct SetFolder(pub(crate) PathBuf);

/// The content of a file of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The address, or a list of files.
    List,
    /// Rows.
    Split,
    /// The index of a shard.
    Index,
    /// A tile.
    Tile,
    /// A file that was being written.
    Part,
}

#[derive(Serialize, Deserialize)]
struct SetNote {
    address: String,
}

impl CacheFolder {
    /// The folder of a set by its address without a revision.
    pub(crate) fn set(&self, name: &str) -> SetFolder {
        SetFolder(self.0.join("sets").join(digits(&Sha256::digest(name), SHORT)))
    }

    /// The folders of all sets.
    pub(crate) fn sets(&self) -> Vec<SetFolder> {
        let is_set = |path: &PathBuf| is_hash(&name_of(path), 2 * SHORT) && path.is_dir() && !path.is_symlink();
        let mut sets: Vec<PathBuf> = entries(&self.0.join("sets")).map(|entry| entry.path()).filter(is_set).collect();
        sets.sort();
        sets.into_iter().map(SetFolder).collect()
    }
}

impl SetFolder {
    /// The file with the address.
    pub(crate) fn note_file(&self) -> PathBuf {
        self.0.join("set.json")
    }

    /// The content of the file with the address.
    pub(crate) fn note(name: &str) -> Vec<u8> {
        serde_json::to_vec(&SetNote { address: name.to_owned() }).unwrap_or_default()
    }

    /// The address, if it is known.
    pub(crate) fn address(&self) -> Option<String> {
        let note: SetNote = serde_json::from_slice(&fs::read(self.note_file()).ok()?).ok()?;
        Some(note.address)
    }

    /// The file of a list, by a name of letters, digits and hyphens.
    pub(crate) fn list(&self, name: &str) -> PathBuf {
        self.0.join("lists").join(format!("{name}.json"))
    }

    /// The folder of the splits of one version, which is the last folder of their root.
    pub(crate) fn splits<'f>(&self, splits: impl Iterator<Item = &'f StoredFile>, short_name: &str) -> PathBuf {
        let mut hash = Sha256::new();
        for file in splits {
            hash.update(format!("{}\n{}\n{}\n", file.path, file.version, file.len));
        }
        self.0.join("splits").join(digits(&hash.finalize(), SHORT)).join(short_name)
    }

    /// The folders of all versions of the splits.
    pub(super) fn versions(&self) -> Vec<PathBuf> {
        let is_version = |entry: &DirEntry| is_hash(&entry_name(entry), 2 * SHORT);
        entries(&self.0.join("splits")).filter(is_version).map(|entry| entry.path()).collect()
    }

    /// The splits of a version.
    pub(super) fn splits_of(version: &Path) -> Vec<PathBuf> {
        let folders = entries(version).flat_map(|set| folders_of_splits(&set.path()));
        let files = folders.flat_map(|folder| {
            let is_own = is_split_in(&folder);
            entries(&folder).filter(move |entry| is_own(&entry_name(entry))).map(|entry| entry.path())
        });
        files.filter(|file| !file.is_dir()).collect()
    }

    /// The file of a shard's index. The version is in the name, so that of another version is not
    /// found.
    pub(crate) fn index(&self, shard: &StoredFile) -> PathBuf {
        self.0.join("indexes").join(hash_of(shard, "index"))
    }

    /// The file with what was found out of a file whose list tells no version.
    pub(crate) fn confirmed(&self, file: &StoredFile) -> PathBuf {
        let nothing_known = StoredFile { len: 0, version: String::new(), ..file.clone() };
        self.0.join("indexes").join(hash_of(&nothing_known, "confirmed"))
    }

    /// The file of a range of a file.
    pub(crate) fn tile(&self, file: &StoredFile, start: u64, len: u64) -> PathBuf {
        let name = hash_of(file, &format!("{start}+{len}"));
        let (folder, name) = name.split_at(2);
        self.0.join("tiles").join(folder).join(name)
    }

    /// Calls `found` with every tile and every file that was being written.
    pub(crate) fn tiles(&self, mut found: impl FnMut(&DirEntry, Content)) {
        for folder in entries(&self.0.join("tiles")).filter(|entry| is_hash(&entry_name(entry), 2)) {
            for entry in entries(&folder.path()) {
                let name = entry_name(&entry);
                let content = if is_part(&name) { Content::Part } else { Content::Tile };
                if is_hash(name.split('.').next().unwrap_or_default(), 62) && (is_part(&name) || !name.contains('.')) {
                    found(&entry, content);
                }
            }
        }
    }

    /// Calls `found` with every other file that this program wrote.
    pub(crate) fn others(&self, mut found: impl FnMut(&DirEntry, Content)) {
        let mut files = |folder: &Path, content: Content, is_own: &dyn Fn(&str) -> bool| {
            for entry in entries(folder) {
                let name = entry_name(&entry);
                let whole = name.split_once(".tmp-").map_or(name.as_str(), |(whole, _)| whole);
                if is_own(whole) && (whole == name || is_part(&name)) {
                    found(&entry, if whole == name { content } else { Content::Part });
                }
            }
        };
        files(&self.0, Content::List, &|name| name == "set.json");
        files(&self.0.join("lists"), Content::List, &|name| name.ends_with(".json"));
        files(&self.0.join("indexes"), Content::Index, &|name| is_hash(name, 64));
        for version in entries(&self.0.join("splits")).filter(|entry| is_hash(&entry_name(entry), 2 * SHORT)) {
            for set in entries(&version.path()).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
                for folder in folders_of_splits(&set.path()) {
                    files(&folder, Content::Split, &is_split_in(&folder));
                }
            }
        }
    }

    /// The folders that this program made, the inner ones first.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        let mut folders: Vec<PathBuf> = entries(&self.0.join("tiles"))
            .filter(|entry| is_hash(&entry_name(entry), 2))
            .map(|entry| entry.path())
            .collect();
        for version in entries(&self.0.join("splits")).filter(|entry| is_hash(&entry_name(entry), 2 * SHORT)) {
            folders.extend(entries(&version.path()).flat_map(|entry| folders_of_splits(&entry.path())));
            folders.push(version.path());
        }
        folders.extend(["tiles", "splits", "indexes", "lists"].map(|name| self.0.join(name)));
        folders.push(self.0.clone());
        folders
    }
}

/// The folder of a version with its splits, and those in it, the inner ones first.
fn folders_of_splits(set: &Path) -> Vec<PathBuf> {
    fn below(folder: &Path, depth: usize, all: &mut Vec<PathBuf>) {
        let inner = entries(folder).filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        if depth > 0 {
            inner.for_each(|entry| below(&entry.path(), depth - 1, all));
        }
        all.push(folder.to_owned());
    }
    let mut all = Vec::new();
    // `data/train/0000.parquet` is the deepest.
    below(set, 2, &mut all);
    all
}

/// Whether a file of such a folder is one of a split, by its name.
fn is_split_in(folder: &Path) -> impl Fn(&str) -> bool + use<> {
    let is_of_lines = name_of(folder) == LINES;
    move |name| {
        let endings: &[&str] =
            if is_of_lines { &[".jsonl", ".json", ".lock", ".part"] } else { &[".jsonl", ".parquet"] };
        endings.iter().any(|ending| name.ends_with(ending))
    }
}

/// The name under which a file is written until it is whole. `number` differs between the writers
/// of a process.
pub(super) fn part_of(path: &Path, number: u64) -> PathBuf {
    let mut own = path.as_os_str().to_owned();
    own.push(format!(".tmp-{}-{number}{PART}", std::process::id()));
    own.into()
}

fn is_part(name: &str) -> bool {
    name.contains(".tmp-") && name.ends_with(PART)
}

/// A hash of a file, its version and a part of it.
fn hash_of(file: &StoredFile, part: &str) -> String {
    let mut hash = Sha256::new();
    for text in [&file.path, &file.version, &file.len.to_string(), part] {
        // The length makes it certain where each text ends.
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    digits(&hash.finalize(), 32)
}

/// The first bytes of a hash in hexadecimal digits.
pub(crate) fn digits(hash: &[u8], bytes: usize) -> String {
    hexadecimal(&hash[..bytes])
}

fn is_hash(name: &str, digits: usize) -> bool {
    name.len() == digits && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn entry_name(entry: &DirEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The entries of a folder; none if it cannot be read, or is a link to another one.
fn entries(path: &Path) -> impl Iterator<Item = DirEntry> + use<> {
    let listed = if path.is_symlink() { None } else { path.read_dir().ok() };
    listed.into_iter().flatten().flatten()
}
