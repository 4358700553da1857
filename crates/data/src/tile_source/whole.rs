//! Shards as whole files, whether they are indexed or not, for work that reads every byte.

use std::fs::File;

use super::shard_file::{OpenShard, Shard};
use super::{TileError, TileSource, unknown_shard};

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
}
