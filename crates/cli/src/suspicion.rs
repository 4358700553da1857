//! The search for suspicious rows and tiles that several commands share, with its progress and
//! cache.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;
use tilejury_app::folders::Folders;
use tilejury_audit::download;
use tilejury_audit::external::{self, ExternalSignals, ExternalStore};
use tilejury_audit::progress::{Cancelled, Progress as _, ProgressStep, Stage};
use tilejury_audit::suspicion::fingerprints::{self, FingerprintCache, PixelWork, ReadingPace};
use tilejury_audit::suspicion::{Findings, SuspicionSettings, pixel_signals, signals};
use tilejury_data::{Dataset, cores};

use super::DownloadArg;
use super::output::{print_message, progress, step_on};
use super::own_sidecar;

/// The source of the pixels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelSource {
    /// No pictures are read.
    Nowhere,
    /// The person's cache, which is filled on the way.
    Cache,
    /// Every tile is read, so that the speed can be measured; nothing is kept.
    Tiles,
}

/// Returns an error if reading the pixels would download something and nobody agreed.
pub(super) fn allow_pixels(dataset: &Dataset, download: DownloadArg) -> anyhow::Result<()> {
    let file = Folders::for_current_user().fingerprints_file(dataset.fingerprint);
    let fetch = download::of_pixels(dataset, Some(&file));
    download.allow(dataset, "comparing the pixels", ", or --no-pixels to use rows and paths only", fetch)
}

/// Returns all findings of a dataset and the speed of reading its tiles. `stop` ends the search
/// early; the tiles read until then are in the cache.
///
/// Imports beside the sidecar are included; `sidecar` is the file given, if any.
pub(super) fn find_signals(
    dataset: &Dataset,
    sidecar: Option<&Path>,
    pixels: PixelSource,
    stop: &AtomicBool,
) -> anyhow::Result<(Findings, ReadingPace)> {
    find_signals_changed(&|external| external, dataset, sidecar, pixels, stop)
}

/// Returns the same after a change to what is imported, such as leaving a model out.
pub(super) fn find_signals_changed(
    change: &dyn Fn(ExternalSignals) -> ExternalSignals,
    dataset: &Dataset,
    sidecar: Option<&Path>,
    pixels: PixelSource,
    stop: &AtomicBool,
) -> anyhow::Result<(Findings, ReadingPace)> {
    let stopped = |Cancelled| anyhow::anyhow!("stopped; the tiles read so far are cached");
    let settings = SuspicionSettings::default();
    let bar = progress(0, "");
    let comparing = |step: ProgressStep| {
        step_on(&bar, "comparing the rows", step.done, step.total);
        stop.report(step)
    };
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(dataset, sidecar)?;
    let external_reviews = match ExternalStore::open_for_reading(&external::for_reading(dataset, &location, &folder))? {
        Some(external) => Some(change(ExternalSignals::read(&external, dataset, &comparing)?.map_err(stopped)?)),
        None => None,
    };
    let found = signals(dataset, &settings, external_reviews.as_ref(), &comparing).map_err(stopped)?;
    if pixels == PixelSource::Nowhere {
        bar.finish_and_clear();
        return Ok((found, ReadingPace::default()));
    }
    let mut cache = match pixels {
        PixelSource::Cache => open_cache(dataset)?,
        PixelSource::Nowhere | PixelSource::Tiles => FingerprintCache::in_memory()?,
    };
    let pace = Mutex::new(ReadingPace::default());
    let report = |step: ProgressStep| {
        let what = match step.stage {
            Stage::Shards => "shards".to_owned(),
            Stage::Pixels => tiles(&pace.lock()),
            Stage::Pairs => "pairs".to_owned(),
            Stage::Rows => "rows".to_owned(),
            other @ (Stage::Fetching
            | Stage::FetchingTiles
            | Stage::Tiles
            | Stage::Reading
            | Stage::Writing
            | Stage::Images
            | Stage::Checksums
            | Stage::Converting
            | Stage::Sidecars) => other.label().to_owned(),
        };
        step_on(&bar, what, step.done, step.total);
        stop.report(step)
    };
    let note_pace = |read| *pace.lock() = read;
    let work = PixelWork { pace: &note_pace, ..PixelWork::new(cores(), &report) };
    let found_in_pixels = fingerprints::make(dataset, &mut cache, &work).and_then(|fingerprints| {
        let more = pixel_signals(dataset, &fingerprints, &mut cache, &settings, &work)?;
        Ok((fingerprints, more))
    });
    bar.finish_and_clear();
    let (fingerprints, more) = found_in_pixels.map_err(stopped)?;
    if let Some(trouble) = &fingerprints.cache_trouble {
        print_message(&format!("warning: some tiles could not be cached and will be read again: {trouble}"));
    }
    Ok((found.with(more), fingerprints.pace))
}

fn open_cache(dataset: &Dataset) -> anyhow::Result<FingerprintCache> {
    let path = Folders::for_current_user().fingerprints_file(dataset.fingerprint);
    match FingerprintCache::open(&path) {
        Ok(cache) => Ok(cache),
        Err(error) => {
            print_message(&format!(
                "warning: nothing can be cached, so the next run will read every tile again: {error}"
            ));
            Ok(FingerprintCache::in_memory()?)
        }
    }
}

fn tiles(pace: &ReadingPace) -> String {
    format!("tiles, {:.0} per second", pace.tiles_per_sec())
}
