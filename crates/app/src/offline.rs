//! Keeping a list of samples of a dataset at an address for a time without a connection: its size,
//! and the work. The crate of addresses does both; this is their form in the window.

use std::fmt;
use std::sync::Arc;

use tilejury_data::progress::Progress;
use tilejury_data::{Dataset, SampleIndex};

/// The tiles of a list, and the sizes of those to fetch.
#[derive(Clone, Debug)]
pub(crate) struct OfflinePlan {
    /// The samples of the list.
    pub(crate) samples: usize,
    /// The different tiles that they name.
    pub(crate) tiles: usize,
    /// The tiles that are in the cache already.
    pub(crate) kept: usize,
    /// The tiles to fetch whose sizes are known, and their bytes.
    pub(crate) to_fetch: (usize, u64),
    /// The tiles whose sizes are not known, the shards whose member lists say them, and about how
    /// many bytes these lists take.
    pub(crate) unknown: (usize, usize, u64),
    /// The tiles that are nowhere in the dataset.
    pub(crate) missing: usize,
    /// The reason why the list cannot be kept.
    pub(crate) refused: Option<String>,
    pub(crate) fetch: OfflineFetch,
}

/// The result of fetching.
#[derive(Clone, Debug)]
pub(crate) struct OfflineResult {
    pub(crate) tiles: usize,
    pub(crate) bytes: u64,
    /// The failures, with the reasons.
    pub(crate) failed: Vec<String>,
}

/// The reason why fetching ended early.
#[derive(Debug)]
#[cfg_attr(not(feature = "remote"), expect(dead_code, reason = "without addresses nothing is fetched"))]
pub(crate) enum OfflineStop {
    /// It was asked to.
    Cancelled,
    /// It failed, for a reason that a person can read.
    Failed(String),
}

type Fetch = dyn Fn(&dyn Progress) -> Result<OfflineResult, OfflineStop> + Send + Sync;

/// The work of fetching a list. Blocks until it is done; continues where it was after a failure.
#[derive(Clone)]
pub(crate) struct OfflineFetch(Arc<Fetch>);

impl OfflineFetch {
    pub(crate) fn run(&self, progress: &dyn Progress) -> Result<OfflineResult, OfflineStop> {
        (self.0)(progress)
    }
}

impl fmt::Debug for OfflineFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OfflineFetch")
    }
}

/// Counts what a list takes. `index`: fetches the member lists of its shards first; otherwise
/// nothing is requested. Blocks.
///
/// # Errors
/// The reason in words, or that it was cancelled.
#[cfg(feature = "remote")]
pub(crate) fn plan(
    dataset: &Arc<Dataset>,
    samples: &[SampleIndex],
    index: bool,
    progress: &dyn Progress,
) -> Result<OfflinePlan, String> {
    use tilejury_remote::{OfflineError, OfflineList};

    let mut list = OfflineList::count(dataset, samples, progress).map_err(|error| error.to_string())?;
    if index {
        list.index_shards(progress).map_err(|error| error.to_string())?;
    }
    let size = list.size();
    let refused = list.check_room().err().map(|error| error.to_string());
    let fetch = move |progress: &dyn Progress| match list.fetch(progress) {
        Ok(fetched) => Ok(OfflineResult { tiles: fetched.tiles, bytes: fetched.bytes, failed: fetched.failed }),
        Err(OfflineError::Cancelled(_)) => Err(OfflineStop::Cancelled),
        Err(error) => Err(OfflineStop::Failed(error.to_string())),
    };
    Ok(OfflinePlan {
        samples: size.samples,
        tiles: size.tiles,
        kept: size.tiles_kept,
        to_fetch: (size.tiles_to_fetch, size.bytes_to_fetch),
        unknown: (size.tiles_unknown, size.shards_to_index, size.index_bytes),
        missing: size.tiles_missing,
        refused,
        fetch: OfflineFetch(Arc::new(fetch)),
    })
}

/// As in a program with access to addresses, where it is possible.
///
/// # Errors
/// Always.
#[cfg(not(feature = "remote"))]
pub(crate) fn plan(_: &Arc<Dataset>, _: &[SampleIndex], _: bool, _: &dyn Progress) -> Result<OfflinePlan, String> {
    Err("this program was built without access to addresses".to_owned())
}
