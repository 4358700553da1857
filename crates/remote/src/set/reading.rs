//! A dataset at an address as a storage of shards: reads go through the cache, and only what is not
//! there is requested.

use std::ops::Range;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use tilejury_data::{
    ObstacleKind, Pace, Purpose, ShardIndex, Storage, StorageError, StoredFile, TilePath, UnlistedFiles,
};
use tilejury_network::wait;

use super::RemoteSet;
use crate::error::Failure;
use crate::kept_list::{self, Offline};
use crate::listing;
use crate::served::ServedSet;
use crate::splits::below;
use crate::tries::{PROMPT, with_tries};
use crate::versions::Kind;

impl Storage for RemoteSet {
    fn address(&self) -> &str {
        &self.address
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn files(&self) -> &[StoredFile] {
        &self.files
    }

    fn read(
        &self,
        file: &StoredFile,
        range: Range<u64>,
        purpose: Purpose,
        into: &mut Vec<u8>,
    ) -> Result<(), StorageError> {
        if !file.is_confirmed() {
            return self.read(&self.confirmed(file)?, range, purpose, into);
        }
        if purpose.is_kept()
            && let Some(bytes) = self.cache.read(file, &range)
        {
            *into = bytes;
            return Ok(());
        }
        let read = wait(self.read_with_tries(file, &range, purpose));
        let read = read.map_err(|error| Failure::Other(error.to_string()))?;
        *into = read.map_err(|failure| match failure {
            Failure::Connection(_) | Failure::Certificate(_) | Failure::Timeout | Failure::WebPage
                if purpose.is_kept() =>
            {
                StorageError { kind: ObstacleKind::Passing, message: format!("not in the cache, and {failure}") }
            }
            other => other.into(),
        })?;
        if purpose.is_kept() {
            self.cache.keep(file, &range, into);
        }
        Ok(())
    }

    fn confirmed(&self, file: &StoredFile) -> Result<StoredFile, StorageError> {
        let confirmed = self.versions.confirmed(file, &self.store, &self.cache, self.offline.is_some());
        Ok(wait(confirmed).map_err(|error| Failure::Other(error.to_string()))??)
    }

    fn earlier(&self, file: &StoredFile) -> Option<StoredFile> {
        let is_open = self.offline.is_none() && self.versions.known(file).is_none();
        // Without an ETag, the first answer would decide.
        kept_list::confirmed(&self.cache, file).filter(|earlier| is_open && earlier.version.contains('"'))
    }

    fn is_still(&self, earlier: &StoredFile, tile: Range<u64>) -> Result<bool, StorageError> {
        // What is not kept would be requested again.
        if self.cache.holds(earlier, &tile) || !self.cache.can_keep(tile.end - tile.start) {
            return Ok(false);
        }
        let read = wait(self.read_if_still(earlier, &tile)).map_err(|error| Failure::Other(error.to_string()))?;
        let Some(bytes) = read? else { return Ok(false) };
        self.cache.keep(earlier, &tile, &bytes);
        self.versions.confirm(earlier, &self.cache);
        Ok(true)
    }

    fn confirmed_beside(
        &self,
        file: &StoredFile,
        others: &[String],
        up_to: u64,
    ) -> Result<(StoredFile, Option<UnlistedFiles>), StorageError> {
        // A file that was confirmed before most likely has an index on this machine.
        let is_new = self.versions.known(file).is_none() && kept_list::confirmed(&self.cache, file).is_none();
        if !is_new || self.offline.is_some() {
            return Ok((self.confirmed(file)?, None));
        }
        let confirmed = self.versions.confirmed(file, &self.store, &self.cache, false);
        let both = async { futures_util::join!(confirmed, self.unlisted_files(others, up_to)) };
        let (confirmed, others) = wait(both).map_err(|error| Failure::Other(error.to_string()))?;
        Ok((confirmed?, Some(others)))
    }

    fn expect(&self, file: &StoredFile) {
        if let Some(ahead) = self.ahead.as_ref().filter(|_| self.offline.is_none()) {
            self.versions.note_used(&file.path, &self.cache);
            if let Ok(location) = below(&self.top, &file.path) {
                ahead.find(location.as_ref());
            }
        }
    }

    fn keep(&self, file: &StoredFile, range: Range<u64>, bytes: &[u8]) {
        self.cache.keep(file, &range, bytes);
    }

    fn is_kept(&self, file: &StoredFile, range: Range<u64>) -> bool {
        self.cache.holds(file, &range)
    }

    fn keeps_up_to_bytes(&self) -> u64 {
        self.cache.keeps_up_to_bytes()
    }

    fn exchange_place(&self) -> Option<&str> {
        self.served.as_ref().map(ServedSet::place)
    }

    fn small_tile(&self, tile: &TilePath, width: u32) -> Option<Vec<u8>> {
        wait(self.served.as_ref()?.small_tile(tile, width)).ok().flatten()
    }

    fn note(&self) -> Option<String> {
        self.offline.as_ref().map(Offline::note)
    }

    fn pace(&self) -> Pace {
        self.traffic.pace()
    }

    fn kept_index(&self, shard: &StoredFile) -> Option<ShardIndex> {
        ShardIndex::from_bytes(&self.cache.read_index(shard)?, shard)
    }

    fn keep_index(&self, shard: &StoredFile, index: &ShardIndex) {
        self.cache.keep_index(shard, &index.to_bytes());
    }

    fn index_in_set(&self, shard: &StoredFile) -> Result<Option<ShardIndex>, String> {
        self.set_index.of_shard(self, &self.scratch, shard)
    }

    fn unlisted(&self, paths: &[String], up_to: u64) -> UnlistedFiles {
        wait(self.unlisted_files(paths, up_to)).unwrap_or_default()
    }
}

impl RemoteSet {
    async fn unlisted_files(&self, paths: &[String], up_to: u64) -> UnlistedFiles {
        if self.versions.kind != Kind::Web {
            return paths.iter().map(|_| None).collect();
        }
        let mut asked: FuturesUnordered<_> = paths
            .iter()
            .enumerate()
            .map(async |(at, path)| {
                let ending = path.split_once(".tar").map_or(".json", |(_, ending)| ending);
                if self.absent.is_likely(ending) {
                    return (at, None);
                }
                let got = with_tries(PROMPT, async || listing::whole(&self.store, path, up_to).await).await;
                if let Ok(got) = &got {
                    self.absent.note(ending, got.is_none());
                }
                (at, got.ok().flatten())
            })
            .collect();
        let (mut files, mut is_open) = (vec![None; paths.len()], vec![true; paths.len()]);
        while let Some((at, file)) = asked.next().await {
            (files[at], is_open[at]) = (file, false);
            // Those after the first file that is there are not needed.
            let first = files.iter().position(Option::is_some);
            if first.is_some_and(|first| is_open[..first].iter().all(|is_open| !is_open)) {
                break;
            }
        }
        files
    }
}
