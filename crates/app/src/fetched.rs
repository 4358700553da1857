//! The data that is kept of datasets at addresses, for the commands that report, clear and fill it.
//! Reads the settings; the folder itself belongs to the crate `remote`.

pub use tilejury_remote::{
    CacheReport, CachedSet, ClearedCache, FetchedTiles, OfflineError, OfflineList, OfflineSize, clear_cache,
};

use tilejury_remote::sweep_cache;

use crate::access::cache_up_to_bytes;
use crate::folders::Folders;

/// Counts what is kept, and lets tiles leave that are over the limit. Blocks until then.
pub fn sweep(folders: &Folders) {
    sweep_cache(&folders.fetched(), limit_bytes(folders));
}

/// The most bytes that fetched tiles may take, by the settings.
pub fn limit_bytes(folders: &Folders) -> u64 {
    cache_up_to_bytes(folders)
}
