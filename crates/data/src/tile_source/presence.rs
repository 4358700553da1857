//! Which shards are here: found by listing folders, again and again if that is wanted, and which of those that paths name are
//! missing. Reads names and ages; no shard.

use std::collections::{HashMap, HashSet};
use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use super::{SHARD, Shard, TileSource, entries, stem};
use crate::shard::nanos;
use crate::tile_path::TilePath;

impl TileSource {
    /// Lists the folders again: shards that came are found from now on, those that went are not, and one that is another file
    /// now, or could not be read, is indexed again when it is wanted. Returns whether anything changed. Reads names, and asks
    /// for the age of indexed shards.
    pub fn refresh_folders(&self) -> bool {
        let (paths, _) = tars_below(&self.root);
        let mut by_name = self.by_name.write();
        let mut known: HashMap<&Path, usize> = self.here().map(|(at, shard)| (shard.path.as_path(), at)).collect();
        let mut changed = false;
        for path in &paths {
            let before = known.remove(path.as_path());
            if let Some(shard) = before.and_then(|at| self.shards.get(at)) {
                if shard.is_current() {
                    continue;
                }
                shard.gone.store(true, Ordering::Relaxed);
            }
            self.shards.push(Shard::new(path.clone()));
            changed = true;
        }
        for shard in known.into_values().filter_map(|at| self.shards.get(at)) {
            shard.gone.store(true, Ordering::Relaxed);
            changed = true;
        }
        if changed {
            *by_name = self.here().map(|(at, shard)| (stem(&shard.path), at)).collect();
        }
        changed
    }

    /// When the folders that shards lie in changed last, as one number: another one tells that it is worth while to look again.
    /// Asks the system for the age of some folders, and reads nothing.
    pub fn folders_changed(&self) -> u128 {
        let age = |folder: &Path| folder.metadata().and_then(|metadata| metadata.modified()).map_or(0, nanos);
        let folders: HashSet<&Path> = self.shards.iter().filter_map(|(_, shard)| shard.path.parent()).collect();
        let usual = self.root.join("image_shards");
        let all = folders.into_iter().chain([self.root.as_path(), &usual]);
        // A sum, since sets come in no order.
        all.map(|folder| age(folder) as u128).sum()
    }

    /// The name of the shard that a path names, where that shard is not here: no tar has its name, and no folder of extracted
    /// tiles. `None` as long as a tar that is not indexed yet might hold its tiles: one that is not named like the shards of
    /// the published layout.
    pub fn missing_shard<'p>(&self, path: &'p TilePath) -> Option<&'p str> {
        let name = path.shard_name().filter(|name| name.starts_with(SHARD))?;
        self.lacks_shard(name).then_some(name)
    }

    /// As [`Self::missing_shard`], by the shard's name.
    pub(crate) fn lacks_shard(&self, name: &str) -> bool {
        let folder = |parent: &Path| parent.join(name).is_dir();
        let here = match self.number_of(name).and_then(|at| self.shards.get(at)) {
            // Deleted since it was listed?
            Some(shard) => shard.path.exists(),
            None => false,
        };
        let unknown = |shard: &Shard| shard.index.get().is_none() && !stem(&shard.path).starts_with(SHARD);
        !here && !folder(&self.root.join("images")) && !folder(&self.root) && !self.here().any(|(_, s)| unknown(s))
    }

    /// Does an indexed shard hold the tile that is not the one that its path names?
    pub(crate) fn is_in_other_shard(&self, path: &TilePath) -> bool {
        let named = path.shard_name().and_then(|name| self.number_of(name));
        let others = self.here().filter(|(at, _)| Some(*at) != named);
        let mut indexes = others.filter_map(|(_, shard)| shard.index.get()?.as_ref().ok());
        indexes.any(|index| index.get(path).is_some())
    }
}

/// The tar files in a root and in its folders, and what is named like one and is no file; both sorted.
pub(super) fn tars_below(root: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut paths, mut no_files) = (Vec::new(), Vec::new());
    let mut shard = |entry: DirEntry| match is_file(&entry) {
        true => paths.push(entry.path()),
        false => no_files.push(entry.path()),
    };
    for entry in entries(root) {
        if is_tar(&entry) {
            shard(entry);
        } else if is_dir(&entry) && !is_tile_tree(&entry.path()) {
            entries(&entry.path()).filter(is_tar).for_each(&mut shard);
        }
    }
    paths.sort();
    no_files.sort();
    (paths, no_files)
}

fn is_tar(entry: &DirEntry) -> bool {
    Path::new(&entry.file_name()).extension().is_some_and(|extension| extension == "tar")
}

fn is_file(entry: &DirEntry) -> bool {
    is_kind(entry, FileType::is_file, Path::is_file)
}

fn is_dir(entry: &DirEntry) -> bool {
    is_kind(entry, FileType::is_dir, Path::is_dir)
}

/// Most systems tell the kind of an entry with its name: nobody waits for a disk once for each of a thousand shards. Only a
/// link is looked behind.
fn is_kind(entry: &DirEntry, is: fn(&FileType) -> bool, leads_to: fn(&Path) -> bool) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => leads_to(&entry.path()),
        Ok(kind) => is(&kind),
        Err(_) => false,
    }
}

/// Extracted tiles can be hundreds of thousands of names: no shards are looked for among them.
fn is_tile_tree(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "images")
}
