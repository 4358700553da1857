//! What the commands share that look for suspects: the search itself, with its progress and its cache.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tilejury_app::folders::Folders;
use tilejury_audit::outside::{self, Outside, OutsideData};
use tilejury_audit::sidecar;
use tilejury_audit::suspicion::prints::{self, Pace, PrintCache, Progress, Work};
use tilejury_audit::suspicion::{Findings, SuspicionSettings, pixel_signals, signals};
use tilejury_data::Dataset;

use super::output::{progress, say, step_on};

/// Where pixels come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelsFrom {
    /// No picture is read.
    Nowhere,
    /// The person's cache, which is filled on the way.
    Cache,
    /// Every tile is read, so that the pace can be measured; nothing is kept.
    Tiles,
}

/// Everything that speaks against a set, and how fast its tiles were read. `stop` ends it early; what was read is then in the
/// cache.
///
/// What was imported beside the sidecar counts as well; `sidecar` is the file that was named, if one was.
pub(super) fn look(
    dataset: &Dataset,
    sidecar: Option<&Path>,
    pixels: PixelsFrom,
    stop: &AtomicBool,
) -> anyhow::Result<(Findings, Pace)> {
    let stopped = || anyhow::anyhow!("stopped; what was read so far need not be read again");
    let go_on = || !stop.load(Ordering::Relaxed);
    let settings = SuspicionSettings::default();
    let bar = progress(0, "");
    let comparing = |done, total| {
        step_on(&bar, "comparing the rows", done, total);
        go_on()
    };
    let folder = Folders::of_this_person().sidecars();
    let location = sidecar::for_reading(dataset, sidecar, &folder);
    let said = match Outside::open_for_reading(&outside::for_reading(dataset, &location, &folder))? {
        Some(outside) => Some(OutsideData::read(&outside, dataset, &mut { comparing })?.ok_or_else(stopped)?),
        None => None,
    };
    let found = signals(dataset, &settings, said.as_ref(), &mut { comparing });
    let found = found.ok_or_else(stopped)?;
    if pixels == PixelsFrom::Nowhere {
        bar.finish_and_clear();
        return Ok((found, Pace::default()));
    }
    let mut cache = match pixels {
        PixelsFrom::Cache => open_cache(dataset)?,
        PixelsFrom::Nowhere | PixelsFrom::Tiles => PrintCache::in_memory()?,
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let tell = |step: &Progress| {
        let (what, done, total) = match *step {
            Progress::Shards { done, total } => ("shards".to_owned(), done, total),
            Progress::Tiles { done, total, pace } => (tiles(&pace), done, total),
            Progress::Rows { done, total } => ("rows".to_owned(), done, total),
            Progress::Pairs { done, total } => ("pairs".to_owned(), done, total),
        };
        step_on(&bar, what, done, total);
        go_on()
    };
    let work = Work::new(threads, &tell);
    let prints = prints::make(dataset, &mut cache, &work);
    let more = prints.as_ref().and_then(|prints| pixel_signals(dataset, prints, &mut cache, &settings, &work));
    bar.finish_and_clear();
    let (Some(prints), Some(more)) = (prints, more) else { return Err(stopped()) };
    if let Some(trouble) = &prints.cache_trouble {
        say(&format!("warning: not everything could be cached, so it will be read again: {trouble}"));
    }
    Ok((found.with(more), prints.pace))
}

fn open_cache(dataset: &Dataset) -> anyhow::Result<PrintCache> {
    let path = Folders::of_this_person().prints_file(dataset.fingerprint);
    match PrintCache::open(&path) {
        Ok(cache) => Ok(cache),
        Err(error) => {
            say(&format!("warning: nothing can be cached, so every tile will be read again the next time: {error}"));
            Ok(PrintCache::in_memory()?)
        }
    }
}

fn tiles(pace: &Pace) -> String {
    format!("tiles, {:.0} a second", pace.tiles_per_sec())
}
