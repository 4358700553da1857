//! Indexes shards: one when a tile in it is requested, or all of them. Keeps the indexes for later
//! runs.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::shard_file::{IndexError, Shard};
use super::{INDEX_AT_ONCE, TileSource};
use crate::file_stamp::nanos;
use crate::index_cache::{self, IndexCache};
use crate::progress::{Cancelled, NoProgress, Progress, Stage};
use crate::shard::ShardIndex;
use crate::waiting_threads::for_each_waiting;
use crate::warning::{Warning, WarningKind};

impl TileSource {
    /// Indexes all remaining shards, several at a time, because concurrent requests hide the
    /// latency of a cold or remote disk. Reports the finished shards among all shards, missing ones
    /// included.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn index_all(&self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let (total, done) = (self.shard_count(), AtomicUsize::new(0));
        let all: Vec<usize> = self.here().map(|(at, _)| at).collect();
        // These threads wait for the disk, whatever the number of cores.
        for_each_waiting(&all, INDEX_AT_ONCE, |at| {
            let _ = self.index(*at);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress.report(Stage::Shards.step(done, total))
        })?;
        self.store_indexes();
        Ok(())
    }

    /// Writes all indexes if any is new. A failure costs the next run some time and nothing else.
    fn store_indexes(&self) {
        let Some(file) = self.cache_file.get() else { return };
        if self.walked.swap(0, Ordering::Relaxed) > 0 {
            let indexes = self.here().filter_map(|(_, shard)| Some((shard, shard.index()?)));
            let _ = index_cache::write(
                file,
                nanos(SystemTime::now()),
                indexes.map(|(shard, index)| (self.name_of(shard), index)),
            );
        }
    }

    /// Indexes one more shard, for callers with other work in between. Returns `false` once all are
    /// done, after waiting for those that other threads have started.
    pub fn index_one(&self) -> bool {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        if let Some(shard) = self.shards.get(at) {
            if !shard.is_removed() {
                let _ = self.index(at);
            }
            return true;
        }
        let _ = self.index_all(&NoProgress);
        false
    }

    /// Returns the problems of the shards indexed so far, and the paths that were skipped.
    pub fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn_of = |file: &Path, kind, member, message| {
            warnings.push(Warning { kind, file: file.to_owned(), line: None, member, message });
        };
        for path in &self.non_files {
            let message = "is not a file, or is a link that leads nowhere; it is skipped";
            warn_of(path, WarningKind::BadShard, None, message.into());
        }
        for (_, shard) in self.here() {
            let mut warn = |kind, member, message| warn_of(&shard.path, kind, member, message);
            match shard.outcome() {
                Some(Ok(index)) => {
                    for problem in &index.problems {
                        let kind =
                            if problem.member.is_some() { WarningKind::BadMember } else { WarningKind::BadShard };
                        warn(kind, problem.member.clone(), problem.message.clone());
                    }
                }
                Some(Err(message)) => warn(WarningKind::BadShard, None, message.clone()),
                None => {}
            }
        }
        warnings
    }

    /// The index of a shard, made now if it is not known yet.
    ///
    /// # Errors
    /// If the shard cannot be read.
    pub(super) fn index(&self, shard: usize) -> Result<&ShardIndex, IndexError> {
        let Some(shard) = self.shards.get(shard) else { return Err(IndexError::Unreadable) };
        shard.index_or_make(|path| {
            if let Some(index) = self.cached_index(shard) {
                return Ok(index);
            }
            self.walked.fetch_add(1, Ordering::Relaxed);
            ShardIndex::scan(path)
        })
    }

    fn cached_index(&self, shard: &Shard) -> Option<ShardIndex> {
        let file = self.cache_file.get()?;
        let cache = self.cache.get_or_init(|| IndexCache::open(file)).as_ref()?;
        cache.index(&self.name_of(shard), shard.stamp()?)
    }

    /// The shard's path below the root.
    fn name_of(&self, shard: &Shard) -> String {
        shard.path.strip_prefix(&self.root).unwrap_or(&shard.path).to_string_lossy().into_owned()
    }
}
