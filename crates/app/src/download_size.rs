//! The size of a download from where a dataset is, counted in the background before the work that
//! needs it begins. Requests nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tilejury_audit::download;
use tilejury_audit::export::{ExportOptions, TileCheck};
use tilejury_audit::pace::spell;
use tilejury_audit::text::count;
use tilejury_data::Dataset;
use tilejury_data::tile_source::ToFetch;

use crate::connection::bytes_in_words;
use crate::jobs::{JobKind, WholeSetWork};
use crate::task::{Task, TaskProgress};

/// The work that a download is for.
pub(crate) enum DownloadFor {
    /// Comparing the pixels of all tiles that were not scanned before.
    Scan,
    /// Decoding every tile.
    Decoding,
    /// Reading the member lists of all shards.
    Index,
    /// Planning the rows of an export.
    ExportRows(Box<ExportOptions>),
    /// Comparing a written export with the dataset.
    Verification(PathBuf),
}

impl DownloadFor {
    /// The work on the whole set. Jobs that state their size elsewhere need nothing more.
    pub(crate) fn work(work: &WholeSetWork) -> Option<Self> {
        match work {
            WholeSetWork::ScanTiles => Some(Self::Scan),
            WholeSetWork::Job(JobKind::Index) => Some(Self::Index),
            WholeSetWork::Job(JobKind::Verify { out, .. }) => Some(Self::Verification(out.clone())),
            WholeSetWork::Job(JobKind::Check { decode: true, .. }) => Some(Self::Decoding),
            WholeSetWork::Job(
                JobKind::Check { decode: false, .. }
                | JobKind::Export { .. }
                | JobKind::KeepOffline { .. }
                | JobKind::AuditReport { .. }
                | JobKind::Merge { .. },
            ) => None,
        }
    }

    fn count(&self, dataset: &Dataset, fingerprints: &Path) -> Download {
        let (tiles, needs_lists) = match self {
            Self::Scan => (download::of_pixels(dataset, Some(fingerprints)), false),
            Self::Decoding => (download::of_pixels(dataset, None), false),
            Self::Index => (ToFetch::default(), true),
            Self::ExportRows(options) => {
                let tiles = download::of_export_rows(dataset, options, Some(fingerprints));
                (tiles, options.tiles_looked_for() != TileCheck::Trust)
            }
            // If the manifest cannot be read, the verification gives the reason.
            Self::Verification(out) => {
                (download::of_verification(dataset, out, Some(fingerprints)).unwrap_or_default(), false)
            }
        };
        let is_most = matches!(self, Self::ExportRows(_) | Self::Verification(_));
        let lists = if needs_lists { dataset.tiles.stored_shards_without_index() } else { Vec::new() };
        let len = |shard: &usize| dataset.tiles.stored_shard(*shard).map_or(0, |file| file.len);
        Download { tiles, is_most, lists: lists.len(), listed_bytes: lists.iter().map(len).sum() }
    }
}

/// A download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Download {
    /// The tiles that are not in the cache.
    pub(crate) tiles: ToFetch,
    /// Whether not all of these tiles may be needed.
    pub(crate) is_most: bool,
    /// The number of shards whose member lists are fetched, and the bytes of these shards.
    pub(crate) lists: usize,
    pub(crate) listed_bytes: u64,
}

impl Download {
    /// Whether nothing is to be fetched.
    pub(crate) fn is_nothing(&self) -> bool {
        self.tiles.tiles == 0 && self.lists == 0
    }

    /// The tiles and the member lists in sentences, at a speed in bytes per second.
    fn in_words(&self, bytes_per_second: f64) -> Vec<String> {
        let mut words = Vec::new();
        if self.lists > 0 {
            let (lists, bytes) = (count(self.lists, "shard"), bytes_in_words(self.listed_bytes));
            words.push(format!(
                "The member lists of {lists} are fetched: some requests a shard, and a few per cent of their {bytes}."
            ));
        }
        let tiles = count(self.tiles.tiles, "tile");
        if self.tiles.tiles > 0 {
            let most = if self.is_most { "at most " } else { "" };
            let (about, size) = (about(self.tiles), size_and_time(self.tiles.bytes, bytes_per_second));
            words.push(format!("{tiles} of those that rows name are not in the cache: {most}{about}{size}."));
            words.extend((!self.tiles.is_exact).then(|| ESTIMATED.to_owned()));
        } else if self.lists == 0 {
            words.push("Nothing is to be fetched.".to_owned());
        }
        words
    }
}

const ESTIMATED: &str =
    "The size is estimated from the lengths of the shards that are not indexed yet; in an indexed one it is known.";

/// The word before a size that is not exact.
pub(crate) fn about(fetch: ToFetch) -> &'static str {
    if fetch.is_exact { "" } else { "about " }
}

/// A size, with the time to fetch it at a speed in bytes per second.
pub(crate) fn size_and_time(bytes: u64, bytes_per_second: f64) -> String {
    let time = Duration::from_secs_f64(bytes as f64 / bytes_per_second.max(1.0));
    let time = if time.as_secs() == 0 { "less than a second".to_owned() } else { format!("about {}", spell(time)) };
    format!("{}, {time} at the present speed", bytes_in_words(bytes))
}

/// The size of a download that is being counted, or is known.
pub(crate) struct DownloadSize {
    counting: Task<Download>,
    counted: Option<Result<Download, String>>,
    bytes_per_second: f64,
}

impl DownloadSize {
    /// Starts to count. `fingerprints`: the file of the tiles that were scanned before.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub(crate) fn start(
        of: DownloadFor,
        dataset: &Arc<Dataset>,
        fingerprints: PathBuf,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let bytes_per_second = dataset.tiles.storage().map_or(0.0, |storage| storage.pace().bytes_per_second);
        let dataset = dataset.clone();
        let count = move |_: &TaskProgress| of.count(&dataset, &fingerprints);
        Ok(Self { counting: Task::spawn("download", ctx, count)?, counted: None, bytes_per_second })
    }

    /// Receives the size, if it was counted meanwhile. To be called once a frame.
    pub(crate) fn receive(&mut self) {
        if let Some(counted) = self.counting.poll() {
            self.counted = Some(counted);
        }
    }

    /// The download, once it is counted; `None` also if it could not be.
    pub(crate) fn download(&self) -> Option<Download> {
        self.counted.as_ref()?.as_ref().ok().copied()
    }

    /// Sentences for a person; `None` until it is counted.
    pub(crate) fn in_words(&self) -> Option<Vec<String>> {
        Some(match self.counted.as_ref()? {
            Ok(download) => download.in_words(self.bytes_per_second),
            Err(reason) => vec![format!("The size cannot be counted: {reason}.")],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_says_whether_it_is_exact_and_from_what() {
        let words = |tiles, is_exact, lists| {
            let tiles = ToFetch { tiles, bytes: tiles as u64 * 500_000, is_exact };
            Download { tiles, is_most: false, lists, listed_bytes: lists as u64 * 93_500_000 }.in_words(1e6)
        };
        let exact = "12 tiles of those that rows name are not in the cache: 6.0 MB, about 6 s at the present speed.";
        assert_eq!(words(12, true, 0), [exact]);
        let estimated = words(12, false, 0);
        assert_eq!(estimated.len(), 2);
        assert!(estimated[0].contains("cache: about 6.0 MB") && estimated[1] == ESTIMATED, "{estimated:?}");
        assert_eq!(words(0, true, 0), ["Nothing is to be fetched."]);
        let lists =
            "The member lists of 2 shards are fetched: some requests a shard, and a few per cent of their 187.0 MB.";
        assert_eq!(words(0, true, 2), [lists]);
        assert_eq!(words(1, true, 2).len(), 2);
        let most = Download {
            tiles: ToFetch { tiles: 1, bytes: 500_000, is_exact: false },
            is_most: true,
            ..Download::default()
        };
        assert!(most.in_words(1e6)[0].contains("at most about 500 kB"), "{:?}", most.in_words(1e6));
    }
}
