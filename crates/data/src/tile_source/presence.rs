//! Finds which shards exist, by listing folders (again on request), and which of the shards named
//! by paths are missing. Reads names and times, but no shard.

use std::collections::{HashMap, HashSet};
use std::fs::{DirEntry, FileType};
use std::path::{Path, PathBuf};

use super::shard_file::Shard;
use super::{SHARD_PREFIX, TileSource, entries, stem};
use crate::file_stamp::nanos;
use crate::tile_path::TilePath;

impl TileSource {
    /// Lists the folders again. New shards are found from now on and removed ones are not. A shard
    /// that is now another file, or could not be read, will be indexed again on demand. Returns
    /// whether anything changed. Reads names and the times of indexed shards. The list of a storage
    /// does not change.
    pub fn refresh_folders(&self) -> bool {
        if self.storage.is_some() {
            return false;
        }
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
                shard.set_removed();
            }
            self.shards.push(Shard::here(path.clone()));
            changed = true;
        }
        for shard in known.into_values().filter_map(|at| self.shards.get(at)) {
            shard.set_removed();
            changed = true;
        }
        if changed {
            *by_name = self.here().map(|(at, shard)| (stem(&shard.path), at)).collect();
        }
        changed
    }

    /// A number that changes when a folder of shards changes, so that it is worth calling
    /// [`Self::refresh_folders`]. Reads the times of some folders and nothing else.
    pub fn folders_changed(&self) -> u128 {
        let age = |folder: &Path| folder.metadata().and_then(|metadata| metadata.modified()).map_or(0, nanos);
        let here = self.shards.iter().filter(|(_, shard)| !shard.is_stored());
        let folders: HashSet<&Path> = here.filter_map(|(_, shard)| shard.path.parent()).collect();
        let usual = self.root.join("image_shards");
        let all = folders.into_iter().chain([self.root.as_path(), &usual]);
        // A sum does not depend on the order of the set.
        all.map(|folder| age(folder) as u128).sum()
    }

    /// The name of the shard that a path names, if that shard is missing: no tar and no extracted
    /// folder has this name. `None` as long as a tar that is not indexed yet might hold its tiles:
    /// one not named like the shards of the published layout.
    pub fn missing_shard<'p>(&self, path: &'p TilePath) -> Option<&'p str> {
        let name = path.shard_name().filter(|name| name.starts_with(SHARD_PREFIX))?;
        self.lacks_shard(name).then_some(name)
    }

    /// Returns whether the shard of this name is missing, as [`Self::missing_shard`] does.
    pub(crate) fn lacks_shard(&self, name: &str) -> bool {
        let folder = |parent: &Path| parent.join(name).is_dir();
        let exists = match self.number_of(name).and_then(|at| self.shards.get(at)) {
            // It may have been deleted after it was listed.
            Some(shard) => shard.exists(),
            None => false,
        };
        let unknown = |shard: &Shard| shard.outcome().is_none() && !stem(&shard.path).starts_with(SHARD_PREFIX);
        !exists && !folder(&self.root.join("images")) && !folder(&self.root) && !self.here().any(|(_, s)| unknown(s))
    }

    /// Whether an indexed shard other than the one that the path names holds the tile.
    pub(crate) fn is_in_other_shard(&self, path: &TilePath) -> bool {
        let named = path.shard_name().and_then(|name| self.number_of(name));
        let others = self.here().filter(|(at, _)| Some(*at) != named);
        let mut indexes = others.filter_map(|(_, shard)| shard.index());
        indexes.any(|index| index.get(path).is_some())
    }
}

/// Lists the tar files in a root and its folders, and the paths that are named like one but are not
/// files; both sorted.
pub(super) fn tars_below(root: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut paths, mut non_files) = (Vec::new(), Vec::new());
    let mut shard = |entry: DirEntry| match is_file(&entry) {
        true => paths.push(entry.path()),
        false => non_files.push(entry.path()),
    };
    for entry in entries(root) {
        if is_tar(&entry) {
            shard(entry);
        } else if is_dir(&entry) && !is_tile_tree(&entry.path()) {
            entries(&entry.path()).filter(is_tar).for_each(&mut shard);
        }
    }
    paths.sort();
    non_files.sort();
    (paths, non_files)
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

/// Whether an entry is a file or a folder. Most systems return this with the name, which saves a
/// disk access for each of a thousand shards; only a link has to be followed.
fn is_kind(entry: &DirEntry, is: fn(&FileType) -> bool, leads_to: fn(&Path) -> bool) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => leads_to(&entry.path()),
        Ok(kind) => is(&kind),
        Err(_) => false,
    }
}

/// Whether a folder holds extracted tiles: there can be hundreds of thousands, so no shards are
/// searched among them.
fn is_tile_tree(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "images")
}
