//! Shards as whole files, whether they are indexed or not, for work that reads every byte or every
//! member.

use std::fs::File;

use super::shard_file::{IndexError, OpenShard, Shard};
use super::{TileError, TileLocation, TileSource, unknown_shard};
use crate::shard::Member;
use crate::storage::Purpose;
use crate::tile_path::TilePath;

impl TileSource {
    /// The available shards: their numbers, and their paths below the dataset with `/` between the
    /// parts.
    pub fn shard_files(&self) -> Vec<(usize, String)> {
        let relative = |shard: &Shard| match shard.stored_file() {
            Some(file) => file.path.clone(),
            None => {
                let path = shard.path.strip_prefix(&self.root).unwrap_or(&shard.path);
                let parts = path.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
                parts.collect::<Vec<_>>().join("/")
            }
        };
        let mut files: Vec<_> = self.here().map(|(at, shard)| (at, relative(shard))).collect();
        files.sort_by(|a, b| a.1.cmp(&b.1));
        files
    }

    /// Opens a shard to read it from its first byte, without an index of it. Returns its length in
    /// bytes too.
    ///
    /// # Errors
    /// If the file cannot be opened.
    pub fn open_whole(&self, shard: usize) -> Result<(OpenShard, u64), TileError> {
        let shard = self.shards.get(shard).ok_or_else(unknown_shard)?;
        if let Some(file) = shard.confirmed_file() {
            return Ok((shard.open()?, file?.len));
        }
        let opened = File::open(&shard.path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (len, file) = opened.map_err(|error| shard.failed(&error))?;
        Ok((OpenShard::File(file), len))
    }

    /// The members of a shard with their names, in the order of their bytes. Indexes the shard.
    ///
    /// # Errors
    /// If it cannot be read or fetched.
    pub fn members(&self, shard: usize) -> Result<Vec<(TilePath, Member)>, TileError> {
        let index = match (self.index(shard), self.shards.get(shard)) {
            (Ok(index), _) => index,
            (Err(IndexError::Storage(error)), Some(shard)) => return Err(shard.unreachable(error)),
            (Err(_), Some(shard)) => {
                let reason = shard.outcome().and_then(|outcome| outcome.as_ref().err()).cloned();
                return Err(TileError::Unreadable { file: shard.path.clone(), message: reason.unwrap_or_default() });
            }
            (Err(_), None) => return Err(unknown_shard()),
        };
        let mut members: Vec<_> = index.members().map(|(path, member)| (path.clone(), *member)).collect();
        members.sort_unstable_by(|a, b| (a.1.offset, &a.0).cmp(&(b.1.offset, &b.0)));
        Ok(members)
    }

    /// The length of a shard in bytes, and a text that differs between its versions: the version
    /// of a stored shard, or the time of the last change of a file on this machine.
    ///
    /// # Errors
    /// If the file is gone, or the version cannot be found out.
    pub fn shard_version(&self, shard: usize) -> Result<(u64, String), TileError> {
        let shard = self.shards.get(shard).ok_or_else(unknown_shard)?;
        if let Some(file) = shard.confirmed_file() {
            return file.map(|file| (file.len, file.version.clone()));
        }
        let gone = || shard.failed(&std::io::ErrorKind::NotFound.into());
        shard.stamp().map(|stamp| (stamp.len, format!("modified:{}", stamp.modified))).ok_or_else(gone)
    }

    /// Reads a tile's bytes as [`Self::read_patiently`] does, for work that reads each tile once: a
    /// stored one is not kept.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_once(&self, location: &TileLocation, into: &mut Vec<u8>) -> Result<(), TileError> {
        self.read_for(location, Purpose::Bulk, into)
    }
}
