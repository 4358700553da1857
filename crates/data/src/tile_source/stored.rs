//! A source whose files are in a storage: its shards, and tiles that are files of their own.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::shard_file::{IndexError, Shard};
use super::{TILE_UP_TO_BYTES, TileError, TileLocation, TileSource, too_large};
use crate::page;
use crate::storage::{ObstacleKind, Purpose, Storage, StoredFile};
use crate::tile_path::TilePath;
use crate::waiting_threads::for_each_waiting;

/// The folder of extracted tiles.
const IMAGES: &str = "images/";

/// Requests for versions of shards at the same time.
const CONFIRMED_AT_ONCE: usize = 32;

/// The place of a tile in a storage, as far as it is known without a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredTile {
    /// In the list of files, or in an index on this machine.
    At(TileLocation),
    /// In this shard, if it is anywhere; the shard has no index on this machine.
    InShard(usize),
    /// In any shard; some of them have no index on this machine.
    InAnyShard,
    /// Nowhere.
    Missing,
}

impl TileSource {
    /// The tiles in a storage: `*.tar` at its top and in its folders, and pictures. `root` is the
    /// folder on this machine with the dataset's splits. Requests nothing.
    pub fn stored(root: &Path, storage: Arc<dyn Storage>) -> Self {
        let is_shard = |file: &&StoredFile| {
            file.path.ends_with(".tar") && file.path.split('/').count() <= 2 && !file.path.starts_with(IMAGES)
        };
        let shards: Vec<Shard> =
            storage.files().iter().filter(is_shard).map(|file| Shard::stored(&storage, file)).collect();
        Self::new(root, Some(storage), shards.into_iter(), Vec::new())
    }

    /// Where the files are, if they are not on this machine.
    pub fn storage(&self) -> Option<&Arc<dyn Storage>> {
        self.storage.as_ref()
    }

    /// The stored file of a shard; `None` if the shard is on this machine.
    pub fn stored_shard(&self, shard: usize) -> Option<&StoredFile> {
        self.shards.get(shard)?.stored_file()
    }

    /// Finds a stored tile. Requests at most the version of a shard that the list of files does not
    /// tell.
    pub fn stored_tile(&self, path: &TilePath) -> StoredTile {
        if let Some(found) = self.where_path_points(path) {
            return found;
        }
        let mut nowhere = StoredTile::Missing;
        for (number, _) in self.here() {
            match self.in_stored_shard(number, path) {
                StoredTile::InShard(_) => nowhere = StoredTile::InAnyShard,
                StoredTile::Missing => {}
                found => return found,
            }
        }
        nowhere
    }

    /// Finds a stored tile where its path points: among the files, or in the shard that it names.
    /// `None` if there is no such shard. Requests as little as [`Self::stored_tile`].
    pub(super) fn where_path_points(&self, path: &TilePath) -> Option<StoredTile> {
        if let Some(file) = self.stored_picture(path) {
            return Some(StoredTile::At(TileLocation::Stored(file.clone())));
        }
        let named = self.number_of(path.shard_name()?)?;
        Some(self.in_stored_shard(named, path))
    }

    /// Whether finding a tile would index the stored shard that its path names. An index that is
    /// kept on this machine counts only once it was read. Requests nothing and does not wait.
    pub fn must_index_for(&self, path: &TilePath) -> bool {
        let named = || self.shards.get(self.number_of(path.shard_name()?)?);
        self.stored_picture(path).is_none()
            && named().is_some_and(|shard| shard.is_stored() && shard.outcome().is_none())
    }

    fn in_stored_shard(&self, number: usize, path: &TilePath) -> StoredTile {
        let Some(shard) = self.shards.get(number).filter(|shard| shard.is_stored()) else { return StoredTile::Missing };
        let Some(index) = shard.known_index() else { return StoredTile::InShard(number) };
        let at = |member| StoredTile::At(TileLocation::Member { shard: number, member });
        index.get(path).map_or(StoredTile::Missing, at)
    }

    /// The stored file of a location and the range of the tile in it; `None` if it is on this
    /// machine.
    pub fn stored_range<'s>(&'s self, location: &'s TileLocation) -> Option<(&'s StoredFile, Range<u64>)> {
        match location {
            TileLocation::File(_) => None,
            TileLocation::Stored(file) => Some((file, 0..file.len)),
            TileLocation::Member { shard, member } => {
                Some((self.stored_shard(*shard)?, member.offset..member.offset.saturating_add(member.size)))
            }
        }
    }

    /// Finds out the versions of all stored shards that the list of files does not tell, many at
    /// the same time. What fails is tried again when it is needed.
    pub fn confirm_shards(&self, shards: impl Iterator<Item = usize>) {
        let is_open = |shard: &&Shard| shard.stored_file().is_some_and(|file| !file.is_confirmed());
        let open: Vec<&Shard> = shards.filter_map(|shard| self.shards.get(shard)).filter(is_open).collect();
        let confirm = |shard: &&Shard| {
            let _ = shard.known_index();
            Ok::<(), std::convert::Infallible>(())
        };
        let Ok(()) = for_each_waiting(&open, CONFIRMED_AT_ONCE, confirm);
    }

    /// The numbers of the stored shards that have no index on this machine.
    pub fn stored_shards_without_index(&self) -> Vec<usize> {
        let lacks_index = |shard: &Shard| shard.is_stored() && shard.known_index().is_none();
        self.here().filter(|(_, shard)| lacks_index(shard)).map(|(number, _)| number).collect()
    }

    /// Indexes a stored shard, unless its index is known.
    ///
    /// # Errors
    /// If it cannot be fetched.
    pub fn index_stored(&self, shard: usize) -> Result<(), TileError> {
        match (self.index(shard), self.shards.get(shard)) {
            (Err(IndexError::Storage(error)), Some(shard)) => Err(shard.unreachable(error)),
            _ => Ok(()),
        }
    }

    /// The reason why the shard that a path names could not be fetched the last time; makes no new
    /// try.
    pub fn failure_of(&self, path: &TilePath) -> Option<TileError> {
        let shard = path.shard_name().and_then(|name| self.number_of(name)).and_then(|at| self.shards.get(at))?;
        shard.failure().map(|error| shard.unreachable(error))
    }

    /// Lets shards be tried again that could not be fetched.
    pub fn forget_failures(&self) {
        for (_, shard) in self.shards.iter().filter(|(_, shard)| shard.failure().is_some()) {
            shard.forget_failure();
        }
    }

    /// The stored file that is this tile.
    pub(super) fn stored_picture(&self, path: &TilePath) -> Option<&StoredFile> {
        let storage = self.storage.as_ref()?;
        storage.file(&format!("{IMAGES}{path}")).or_else(|| storage.file(path.as_str()))
    }

    /// The stored files that are tiles of a page.
    pub(super) fn stored_page(&self, folder: &str) -> Vec<TilePath> {
        let Some(storage) = &self.storage else { return Vec::new() };
        let below = |parent: &str| {
            let prefix = format!("{parent}{folder}/");
            let files = storage.files();
            let first = files.partition_point(|file| file.path < prefix);
            let own = files[first..].iter().take_while(move |file| file.path.starts_with(&prefix));
            own.map(|file| TilePath::new(&file.path)).collect::<Vec<_>>()
        };
        page::among(below(IMAGES).iter().chain(&below("")), folder)
    }

    /// A small picture of a tile in a storage that makes such pictures; `None` also if the tile is
    /// kept on this machine already. May make a request.
    pub fn small_tile(&self, path: &TilePath, width: u32) -> Option<Vec<u8>> {
        let storage = self.storage.as_ref()?;
        if let Some(StoredTile::At(location)) = self.where_path_points(path)
            && let Some((file, range)) = self.stored_range(&location)
            && storage.is_kept(file, range)
        {
            return None;
        }
        storage.small_tile(path, width)
    }

    pub(super) fn read_stored(&self, file: &StoredFile, purpose: Purpose, into: &mut Vec<u8>) -> Result<(), TileError> {
        let failed = |message: String, kind| TileError::Unreachable { file: file.path.clone(), message, kind };
        if file.len > TILE_UP_TO_BYTES {
            return Err(failed(too_large(file.len).to_string(), ObstacleKind::Lasting));
        }
        let Some(storage) = &self.storage else {
            return Err(failed("not in a storage".to_owned(), ObstacleKind::Lasting));
        };
        let read = storage.read(file, 0..file.len, purpose, into);
        read.map_err(|error| failed(error.message, error.kind))
    }
}
