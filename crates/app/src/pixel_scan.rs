//! The pixel scan: reads every tile that rows name in the background, compares the pictures, and
//! hands over findings as it goes. Where nobody agreed to reading tiles, it uses those fingerprints
//! alone that a job made elsewhere.
//!
//! It pauses for tiles that a person waits for, and can be stopped after any tile: the tiles read
//! so far are cached. It must not know panels or the order of samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tilejury_audit::now;
use tilejury_audit::progress::{Cancelled, ProgressStep, Stage};
use tilejury_audit::suspicion::fingerprints::{
    CacheError, FingerprintBuild, FingerprintCache, OverlaidPairs, PixelCopies, PixelWork, ReadingPace,
};
use tilejury_audit::suspicion::{Finding, Signal, SuspicionSettings, pixel_signals};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, cores};

use crate::findings_pool::{FindingsPool, JoinedFindings};
use crate::jobs::{FinishedJob, ResultLine};
use crate::task::{Task, TaskProgress};

/// The time before the tiles read so far are compared for the first time.
const FIRST_COMPARISON: Duration = Duration::from_secs(2);
/// The least time between two comparisons.
const COMPARISONS_APART: Duration = Duration::from_secs(5);
/// The longest pause of a thread before each tile: the tiles that a person waits for may never
/// come.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);
/// The time between two checks whether the pause is still needed.
const PAUSE_STEP: Duration = Duration::from_millis(5);
/// The least time between two repaints that show the progress.
const DRAW_EVERY: Duration = Duration::from_millis(500);

/// An event of the scan.
pub(crate) enum ScanEvent {
    /// A problem that does not end the scan, in words.
    Trouble(String),
    /// The findings with those from the tiles read so far, and the tiles that are exact copies.
    /// They replace those of earlier events.
    Found { findings: JoinedFindings, copies: Arc<PixelCopies>, complete: bool },
    /// The scan ended.
    Ended(ScanEnd),
}

/// The end of a scan.
pub(crate) enum ScanEnd {
    /// Every tile was read and compared.
    Complete {
        /// Suspicions from pixels, by signal.
        suspicions: Vec<(Signal, usize)>,
        /// The number of all tiles.
        tiles: usize,
        /// The number of tiles that were not in the cache.
        read: usize,
    },
    Stopped,
    /// No tile may be read, and no fingerprints were adopted.
    NothingAdopted,
    Failed(String),
}

/// The tiles that a scan reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScannedTiles {
    /// None: adopted fingerprints are used.
    None,
    /// Those without a fingerprint, and near ones that were not adopted.
    Unknown,
    /// Also near ones that were adopted.
    AndNear,
}

/// The progress of a scan.
#[derive(Clone, Copy, Default)]
pub(crate) struct ScanProgress {
    /// The number of tiles of the set; 0 while it is unknown.
    tiles: usize,
    /// The number of tiles that were read.
    read: usize,
    /// The current step.
    pub(crate) step: Option<ProgressStep>,
    /// The speed of reading.
    pace: ReadingPace,
    /// The time until all tiles are read.
    pub(crate) left: Option<Duration>,
}

impl ScanProgress {
    /// Returns the share of the work that is done, from 0 to 1. It is never quite 1: pictures are
    /// still compared after everything is read.
    pub(crate) fn share(&self) -> f32 {
        (self.read as f32 / self.tiles.max(1) as f32).min(0.99)
    }

    /// Returns the number of tiles that were read, and of all; `None` while it is unknown.
    pub(crate) fn tiles(&self) -> Option<(usize, usize)> {
        (self.tiles > 0).then_some((self.read, self.tiles))
    }

    /// Returns the time until all tiles are read; `None` while the speed is unknown, and in other
    /// steps.
    pub(crate) fn left(&self) -> Option<Duration> {
        let reads = self.step.is_some_and(|step| step.stage == Stage::Pixels);
        let per_sec = f64::from(self.pace.tiles_per_sec());
        let tiles = self.tiles.saturating_sub(self.read) as f64;
        (reads && per_sec > 0.0).then(|| Duration::try_from_secs_f64(tiles / per_sec).ok()).flatten()
    }

    /// Returns the current step in words.
    pub(crate) fn description(&self) -> String {
        let Some(ProgressStep { stage, done, total }) = self.step else { return "beginning".to_owned() };
        match stage {
            Stage::Shards => format!("indexing shards, {done} of {total}"),
            Stage::Pixels => format!("reading tiles, {:.0} a second", self.pace.tiles_per_sec()),
            Stage::Pairs => format!("comparing pictures, {done} of {total} pairs"),
            _ => "comparing rows".to_owned(),
        }
    }
}

/// A running scan. Dropping it stops the scan and does not wait: its results so far are cached.
pub(crate) struct PixelScan {
    /// Whether it started automatically: nobody asked for it.
    pub(crate) is_automatic: bool,
    /// The tiles that it reads.
    pub(crate) scanned: ScannedTiles,
    shared: Arc<ScanState>,
    events: Receiver<ScanEvent>,
    task: Task<ScanEnd>,
    /// The end, until all events before it are delivered.
    end: Option<ScanEnd>,
}

#[derive(Default)]
struct ScanState {
    /// Whether a person waits for tiles.
    is_room_needed: AtomicBool,
    meter: Mutex<ScanMeter>,
}

#[derive(Default)]
struct ScanMeter {
    progress: ScanProgress,
    drawn: Option<Instant>,
}

impl ScanState {
    /// The lock is held for a few numbers.
    fn meter(&self) -> MutexGuard<'_, ScanMeter> {
        self.meter.lock()
    }

    /// Waits a moment while a person waits for tiles and the scan is not cancelled.
    fn make_room(&self, is_cancelled: impl Fn() -> bool) {
        let start = Instant::now();
        while self.is_room_needed.load(Ordering::Relaxed) && !is_cancelled() && start.elapsed() < LONGEST_PAUSE {
            thread::sleep(PAUSE_STEP);
        }
    }

    /// Stores a step. Returns whether the window has to draw it.
    fn update(&self, step: ProgressStep) -> bool {
        let mut meter = self.meter();
        let progress = &mut meter.progress;
        progress.step = Some(step);
        if step.stage == Stage::Pixels {
            let unread = step.total.saturating_sub(step.done);
            progress.read = progress.tiles.saturating_sub(unread);
            progress.left = progress.pace.time_for(unread);
        }
        let due = meter.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY);
        if due {
            meter.drawn = Some(Instant::now());
        }
        due
    }
}

impl PixelScan {
    /// Starts a scan, which adds its findings to the `pool`; the file `cache` need not exist; the
    /// window of `ctx` is repainted on progress.
    pub(crate) fn start(
        (is_automatic, scanned): (bool, ScannedTiles),
        dataset: Arc<Dataset>,
        pool: Arc<FindingsPool>,
        cache: PathBuf,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(ScanState::default());
        let (sender, events) = channel();
        let for_worker = shared.clone();
        let task = Task::spawn("pixels", ctx, move |task| {
            PixelScanWorker { dataset, pool, scanned, shared: &for_worker, events: sender, task }.run(&cache)
        })?;
        Ok(Self { is_automatic, scanned, shared, events, task, end: None })
    }

    /// Asks the scan to stop; it reports its end as an event.
    pub(crate) fn stop(&self) {
        self.task.cancel();
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_stopping(&self) -> bool {
        self.task.is_cancelled()
    }

    /// Sets whether a person waits for tiles.
    pub(crate) fn make_room(&self, needed: bool) {
        self.shared.is_room_needed.store(needed, Ordering::Relaxed);
    }

    /// Returns the progress.
    pub(crate) fn progress(&self) -> ScanProgress {
        self.shared.meter().progress
    }

    /// Returns the next event, if there is one. The end comes last, and only once.
    pub(crate) fn next_event(&mut self) -> Option<ScanEvent> {
        // The end is polled first: all events before it are in the channel by then.
        if let Some(end) = self.task.poll() {
            self.end = Some(end.unwrap_or_else(ScanEnd::Failed));
        }
        self.events.try_recv().ok().or_else(|| self.end.take().map(ScanEvent::Ended))
    }
}

/// The work of the scan's thread.
struct PixelScanWorker<'t> {
    dataset: Arc<Dataset>,
    pool: Arc<FindingsPool>,
    scanned: ScannedTiles,
    shared: &'t ScanState,
    events: Sender<ScanEvent>,
    task: &'t TaskProgress,
}

impl PixelScanWorker<'_> {
    fn run(&self, cache: &Path) -> ScanEnd {
        if self.scanned == ScannedTiles::None && !FingerprintCache::has_adopted(cache) {
            return ScanEnd::NothingAdopted;
        }
        match self.open(cache) {
            Ok(mut cache) => self.scan(&mut cache).unwrap_or(ScanEnd::Stopped),
            Err(error) => ScanEnd::Failed(error.to_string()),
        }
    }

    fn open(&self, path: &Path) -> Result<FingerprintCache, CacheError> {
        FingerprintCache::open(path).or_else(|error| {
            self.send(ScanEvent::Trouble(format!(
                "The pixel scan cannot be cached, so the next one will read every tile again: {error}"
            )));
            FingerprintCache::in_memory()
        })
    }

    fn scan(&self, cache: &mut FingerprintCache) -> Result<ScanEnd, Cancelled> {
        let make_room = || {
            self.shared.make_room(|| self.task.is_cancelled());
            self.task.check()
        };
        let report = |step: ProgressStep| {
            if self.shared.update(step) {
                self.task.request_repaint();
            }
            // Indexing uses many threads at once: decoding the requested tiles would get a small
            // share beside them.
            if step.stage == Stage::Shards { make_room() } else { self.task.check() }
        };
        let note_pace = |pace| self.shared.meter().progress.pace = pace;
        // One core is left for the window.
        let threads = (cores() - 1).max(1);
        let overlaid = match self.scanned {
            ScannedTiles::None => OverlaidPairs::None,
            ScannedTiles::Unknown => OverlaidPairs::MadeHere,
            ScannedTiles::AndNear => OverlaidPairs::All,
        };
        let work = PixelWork { threads, progress: &report, pace: &note_pace, before_each: &make_room, overlaid };
        let mut build = match self.scanned {
            ScannedTiles::None => FingerprintBuild::of_cache(&self.dataset, cache, &work)?,
            ScannedTiles::Unknown | ScannedTiles::AndNear => FingerprintBuild::start(&self.dataset, cache, &work)?,
        };
        let adopted = cache.adopted_pairs();
        self.shared.meter().progress.tiles = build.fingerprints().len();
        let start = Instant::now();
        let (mut next, mut before) = (FIRST_COMPARISON, None);
        loop {
            let complete = build.read(cache, &work, &mut |_| start.elapsed() >= next)?;
            let settings = SuspicionSettings::default();
            let found = pixel_signals(&self.dataset, build.fingerprints(), cache, &settings, &work)?;
            if complete || before.as_ref() != Some(&found) {
                let findings = self.pool.set_pixels(&found);
                let fingerprints = build.fingerprints();
                let copies = PixelCopies::with_findings(&self.dataset, fingerprints, &found);
                let copies = Arc::new(copies.with_adopted(fingerprints, &adopted));
                let complete = complete && fingerprints.known() == fingerprints.len();
                self.send(ScanEvent::Found { findings, copies, complete });
            }
            if complete {
                let fingerprints = build.fingerprints();
                if let Some(trouble) = &fingerprints.cache_trouble {
                    self.send(ScanEvent::Trouble(format!(
                        "Some results of the pixel scan could not be cached: {trouble}"
                    )));
                }
                return Ok(ScanEnd::Complete {
                    suspicions: counts(&found),
                    tiles: fingerprints.known(),
                    read: fingerprints.pace.read,
                });
            }
            before = Some(found);
            next = next_comparison(start.elapsed());
        }
    }

    fn send(&self, event: ScanEvent) {
        // If the set was closed, nobody receives the event.
        let _ = self.events.send(event);
        self.task.request_repaint();
    }
}

/// Returns the time of the next comparison, at a time since the start. Comparisons become rarer and
/// rarer, since each takes all rows.
fn next_comparison(now: Duration) -> Duration {
    (now + now / 2).max(now + COMPARISONS_APART)
}

/// Counts the findings of each signal, the most frequent first.
fn counts(found: &[Finding]) -> Vec<(Signal, usize)> {
    let count = |signal: Signal| (signal, found.iter().filter(|finding| finding.signal == signal).count());
    let mut counts: Vec<_> = Signal::ALL.iter().copied().map(count).filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// Returns the end as a result for the list of background work.
pub(crate) fn result(end: &ScanEnd) -> FinishedJob {
    let (ok, summary, lines) = match end {
        ScanEnd::Complete { suspicions, tiles, read } => {
            let sum: usize = suspicions.iter().map(|(_, count)| count).sum();
            let read_tiles = match read {
                0 => "all tiles were cached".to_owned(),
                1 => "1 tile was scanned".to_owned(),
                read => format!("{read} tiles were scanned"),
            };
            let line = |(signal, count): &(Signal, usize)| ResultLine::plain(format!("{}: {count}", signal.label()));
            let summary = format!("{} in {}; {read_tiles}", count(sum, "finding"), count(*tiles, "tile"));
            (true, summary, suspicions.iter().map(line).collect())
        }
        ScanEnd::Stopped => (false, "stopped; the tiles scanned so far are cached".to_owned(), Vec::new()),
        ScanEnd::NothingAdopted => (true, "no tile was scanned".to_owned(), Vec::new()),
        ScanEnd::Failed(reason) => (false, reason.clone(), Vec::new()),
    };
    FinishedJob { title: "Scan of tiles".to_owned(), at: now(), ok, summary, figures: Vec::new(), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_become_rarer() {
        let mut times = vec![FIRST_COMPARISON.as_secs()];
        while times.len() < 7 {
            times.push(next_comparison(Duration::from_secs(times[times.len() - 1])).as_secs());
        }
        assert_eq!(times, [2, 7, 12, 18, 27, 40, 60]);
    }

    #[test]
    fn result_is_a_sentence_and_a_line_per_signal() {
        let check = |suspicions: &[(Signal, usize)], tiles, read, expected: &str, lines: &[&str]| {
            let result = result(&ScanEnd::Complete { suspicions: suspicions.to_vec(), tiles, read });
            assert_eq!(format!("{}: {}", result.title, result.summary), expected);
            assert_eq!(result.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), lines);
        };
        let some = [(Signal::NearPicture, 80), (Signal::SameBytes, 4)];
        let lines = ["Near picture: 80", "Same file: 4"];
        check(&some, 412, 0, "Scan of tiles: 84 findings in 412 tiles; all tiles were cached", &lines);
        check(&some[1..], 412, 412, "Scan of tiles: 4 findings in 412 tiles; 412 tiles were scanned", &lines[1..]);
        check(&[(Signal::Blank, 1)], 1, 1, "Scan of tiles: 1 finding in 1 tile; 1 tile was scanned", &["Blank: 1"]);
        check(&[], 2, 0, "Scan of tiles: 0 findings in 2 tiles; all tiles were cached", &[]);
    }

    #[test]
    fn progress_counts_cached_tiles() {
        let shared = ScanState::default();
        assert_eq!(shared.meter().progress.tiles(), None);
        shared.meter().progress.tiles = 100;
        shared.update(Stage::Pixels.step(5, 20));
        let progress = shared.meter().progress;
        assert_eq!((progress.tiles(), progress.share()), (Some((85, 100)), 0.85));
        shared.update(Stage::Pixels.step(20, 20));
        shared.update(Stage::Pairs.step(1, 9));
        let progress = shared.meter().progress;
        assert_eq!((progress.share(), progress.description()), (0.99, "comparing pictures, 1 of 9 pairs".to_owned()));
    }

    #[test]
    fn pause_ends_after_a_while_and_when_cancelled() {
        let shared = ScanState::default();
        shared.is_room_needed.store(true, Ordering::Relaxed);
        let start = Instant::now();
        shared.make_room(|| false);
        assert!(start.elapsed() >= LONGEST_PAUSE, "the scan goes on, however long the tiles take");
        let asked = std::cell::Cell::new(0);
        shared.make_room(|| asked.replace(asked.get() + 1) == 0);
        assert_eq!(asked.get(), 1);
    }
}
