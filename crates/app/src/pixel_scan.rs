//! Looking at pixels in the background: reads every tile that rows name, compares pictures, and hands over what speaks against
//! samples as it goes.
//!
//! Makes room for tiles that a person waits for, and can be stopped at any tile: what was read is in the cache. Knows nothing of
//! panels, and of the order of samples.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::now;
use tilejury_audit::suspicion::fingerprints::{
    BuildProgress, CacheError, FingerprintBuild, FingerprintCache, PixelCopies, Work,
};
use tilejury_audit::suspicion::{Finding, Findings, Signal, SuspicionSettings, pixel_signals};
use tilejury_audit::text::count;
use tilejury_data::Dataset;

use crate::jobs::{FinishedJob, ResultLine};

/// When what stands so far is looked at for the first time.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// Looks are never closer together.
const LOOKS_APART: Duration = Duration::from_secs(5);
/// How long a thread makes room at the most, before each tile: what is waited for may never come.
const ROOM: Duration = Duration::from_millis(200);
/// How often it looks whether the room is still needed.
const ROOM_STEP: Duration = Duration::from_millis(5);
/// How often the window is told to draw how far it is.
const DRAW_EVERY: Duration = Duration::from_millis(500);

/// What the thread tells.
pub(crate) enum ScanEvent {
    /// Something that is no end, in words.
    Trouble(String),
    /// What speaks against samples, by rows and by what was read so far, and which tiles are exact copies; it takes the place of
    /// what was told before.
    Found { findings: Arc<Findings>, copies: Arc<PixelCopies>, complete: bool },
    /// It is over.
    Ended(ScanEnd),
}

/// How it ended.
pub(crate) enum ScanEnd {
    /// Every tile was looked at.
    Looked {
        /// Suspicions from pixels, by signal.
        suspicions: Vec<(Signal, usize)>,
        /// All tiles, and those that the cache did not have.
        tiles: usize,
        read: usize,
    },
    Stopped,
    Failed(String),
}

/// How far it is.
#[derive(Clone, Copy, Default)]
pub(crate) struct ScanProgress {
    /// All tiles of the set; 0 while that is not known.
    tiles: usize,
    /// Those that are read.
    read: usize,
    /// What it does.
    pub(crate) step: Option<BuildProgress>,
    /// How long reading will still take.
    pub(crate) left: Option<Duration>,
}

impl ScanProgress {
    /// Share of the work, 0 to 1. Never quite all: pictures are compared when everything is read.
    pub(crate) fn share(&self) -> f32 {
        (self.read as f32 / self.tiles.max(1) as f32).min(0.99)
    }

    /// Tiles that are read, of all; `None` while that is not known.
    pub(crate) fn tiles(&self) -> Option<(usize, usize)> {
        (self.tiles > 0).then_some((self.read, self.tiles))
    }

    /// What it does, in words.
    pub(crate) fn description(&self) -> String {
        match self.step {
            None => "beginning".to_owned(),
            Some(BuildProgress::Shards { done, total }) => format!("indexing shards, {done} of {total}"),
            Some(BuildProgress::Tiles { pace, .. }) => format!("reading tiles, {:.0} a second", pace.tiles_per_sec()),
            Some(BuildProgress::Rows { .. }) => "going through the rows".to_owned(),
            Some(BuildProgress::Pairs { done, total }) => format!("comparing pictures, {done} of {total} pairs"),
        }
    }
}

/// The work under way. Dropping it stops it and waits for nothing: what it has cannot be lost.
pub(crate) struct PixelScan {
    /// Nobody asked for it.
    pub(crate) by_itself: bool,
    shared: Arc<Shared>,
    told: Receiver<ScanEvent>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// A person waits for tiles.
    room: AtomicBool,
    meter: Mutex<Meter>,
}

#[derive(Default)]
struct Meter {
    standing: ScanProgress,
    drawn: Option<Instant>,
}

impl Shared {
    /// The lock is held for a few numbers.
    fn meter(&self) -> MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Waits a moment while a person waits for tiles. False once it is stopped.
    fn make_room(&self) -> bool {
        let since = Instant::now();
        while self.room.load(Ordering::Relaxed) && !self.is_stopped() && since.elapsed() < ROOM {
            thread::sleep(ROOM_STEP);
        }
        !self.is_stopped()
    }

    /// Notes how far it is. True where the window is to draw it.
    fn update(&self, step: &BuildProgress) -> bool {
        let mut meter = self.meter();
        let standing = &mut meter.standing;
        standing.step = Some(*step);
        if let BuildProgress::Tiles { done, total, .. } = step {
            standing.read = standing.tiles.saturating_sub(total - done);
            standing.left = step.left();
        }
        let due = meter.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY);
        if due {
            meter.drawn = Some(Instant::now());
        }
        due
    }
}

impl PixelScan {
    /// Begins. `rows` is what speaks against samples by rows; `cache` need not exist; `wake` makes the window draw again.
    pub(crate) fn start(
        by_itself: bool,
        dataset: Arc<Dataset>,
        rows: Arc<Findings>,
        cache: PathBuf,
        wake: egui::Context,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (tell, told) = channel();
        let looking = PixelScanWorker { dataset, rows, shared: shared.clone(), tell, wake };
        thread::Builder::new().name("pixels".into()).spawn(move || looking.run(&cache))?;
        Ok(Self { by_itself, shared, told })
    }

    /// Asks it to stop; it tells when it has.
    pub(crate) fn stop(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// Was it asked to stop?
    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.is_stopped()
    }

    /// Says whether a person waits for tiles.
    pub(crate) fn make_room(&self, needed: bool) {
        self.shared.room.store(needed, Ordering::Relaxed);
    }

    /// How far it is.
    pub(crate) fn standing(&self) -> ScanProgress {
        self.shared.meter().standing
    }

    /// What it told since, if it told anything.
    pub(crate) fn next_event(&self) -> Option<ScanEvent> {
        match self.told.try_recv() {
            Ok(told) => Some(told),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(ScanEvent::Ended(ScanEnd::Failed("It stopped unexpectedly.".to_owned())))
            }
        }
    }
}

impl Drop for PixelScan {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The thread's end of it.
struct PixelScanWorker {
    dataset: Arc<Dataset>,
    rows: Arc<Findings>,
    shared: Arc<Shared>,
    tell: Sender<ScanEvent>,
    wake: egui::Context,
}

impl PixelScanWorker {
    fn run(&self, cache: &Path) {
        let look = || match self.open(cache) {
            Ok(mut cache) => self.scan(&mut cache).unwrap_or(ScanEnd::Stopped),
            Err(error) => ScanEnd::Failed(error.to_string()),
        };
        let end = catch_panic(look).unwrap_or_else(ScanEnd::Failed);
        self.send(ScanEvent::Ended(end));
    }

    fn open(&self, path: &Path) -> Result<FingerprintCache, CacheError> {
        FingerprintCache::open(path).or_else(|error| {
            self.send(ScanEvent::Trouble(format!(
                "What is read of pixels cannot be kept, so the next time every tile is read again: {error}"
            )));
            FingerprintCache::in_memory()
        })
    }

    /// `None` where it was stopped.
    fn scan(&self, cache: &mut FingerprintCache) -> Option<ScanEnd> {
        let go_on = |step: &BuildProgress| {
            if self.shared.update(step) {
                self.wake.request_repaint();
            }
            // Many threads index and look up at once: decoding what is wished for would get a small share beside them.
            if matches!(step, BuildProgress::Shards { .. }) {
                self.shared.make_room()
            } else {
                !self.shared.is_stopped()
            }
        };
        let make_room = || self.shared.make_room();
        // One core is for the window.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let work = Work { threads: (cores - 1).max(1), go_on: &go_on, before_each: &make_room };
        let mut making = FingerprintBuild::start(&self.dataset, cache, &work)?;
        self.shared.meter().standing.tiles = making.fingerprints().len();
        let start = Instant::now();
        let (mut look_at, mut before) = (FIRST_LOOK, None);
        loop {
            let complete = making.read(cache, &work, &mut |_| start.elapsed() >= look_at)?;
            let settings = SuspicionSettings::default();
            let found = pixel_signals(&self.dataset, making.fingerprints(), cache, &settings, &work)?;
            if complete || before.as_ref() != Some(&found) {
                let findings = Arc::new(Findings::clone(&self.rows).with(found.iter().cloned()));
                let copies = Arc::new(PixelCopies::with_findings(&self.dataset, making.fingerprints(), &found));
                self.send(ScanEvent::Found { findings, copies, complete });
            }
            if complete {
                let fingerprints = making.fingerprints();
                if let Some(trouble) = &fingerprints.cache_trouble {
                    self.send(ScanEvent::Trouble(format!("Not all that was read of pixels could be kept: {trouble}")));
                }
                return Some(ScanEnd::Looked {
                    suspicions: counts(&found),
                    tiles: fingerprints.len(),
                    read: fingerprints.pace.read,
                });
            }
            before = Some(found);
            look_at = next_look(start.elapsed());
        }
    }

    fn send(&self, told: ScanEvent) {
        // Nobody listens any more where the set was closed.
        let _ = self.tell.send(told);
        self.wake.request_repaint();
    }
}

/// When to look next, so long after the beginning: more and more rarely, since each look goes through all rows.
fn next_look(now: Duration) -> Duration {
    (now + now / 2).max(now + LOOKS_APART)
}

/// How many of each signal, the most frequent first.
fn counts(found: &[Finding]) -> Vec<(Signal, usize)> {
    let of = |signal: Signal| (signal, found.iter().filter(|finding| finding.signal == signal).count());
    let mut counts: Vec<_> = Signal::ALL.iter().copied().map(of).filter(|(_, count)| *count > 0).collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// The end as a result that can be read again.
pub(crate) fn result(end: &ScanEnd) -> FinishedJob {
    let (ok, summary, lines) = match end {
        ScanEnd::Looked { suspicions, tiles, read } => {
            let sum: usize = suspicions.iter().map(|(_, count)| count).sum();
            let anew = match read {
                0 => "nothing was read anew".to_owned(),
                1 => "1 was read anew".to_owned(),
                read => format!("{read} were read anew"),
            };
            let line = |(signal, count): &(Signal, usize)| ResultLine {
                text: format!("{}: {count}", signal.label()),
                row: None,
            };
            let summary = format!("{} in {}; {anew}", count(sum, "suspicion"), count(*tiles, "tile"));
            (true, summary, suspicions.iter().map(line).collect())
        }
        ScanEnd::Stopped => (false, "stopped; what was read need not be read again".to_owned(), Vec::new()),
        ScanEnd::Failed(reason) => (false, reason.clone(), Vec::new()),
    };
    FinishedJob { title: "Pixels".to_owned(), at: now(), ok, summary, lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_come_more_and_more_rarely() {
        let mut looks = vec![FIRST_LOOK.as_secs()];
        while looks.len() < 7 {
            looks.push(next_look(Duration::from_secs(looks[looks.len() - 1])).as_secs());
        }
        assert_eq!(looks, [2, 7, 12, 18, 27, 40, 60]);
    }

    #[test]
    fn results_are_told_in_a_sentence_with_a_line_for_each_signal() {
        let check = |suspicions: &[(Signal, usize)], tiles, read, expected: &str, lines: &[&str]| {
            let result = result(&ScanEnd::Looked { suspicions: suspicions.to_vec(), tiles, read });
            assert_eq!(format!("{}: {}", result.title, result.summary), expected);
            assert_eq!(result.lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), lines);
        };
        let some = [(Signal::NearPicture, 80), (Signal::SameBytes, 4)];
        let lines = ["Near picture: 80", "Same file: 4"];
        check(&some, 412, 0, "Pixels: 84 suspicions in 412 tiles; nothing was read anew", &lines);
        check(&some[1..], 412, 412, "Pixels: 4 suspicions in 412 tiles; 412 were read anew", &lines[1..]);
        check(&[(Signal::Blank, 1)], 1, 1, "Pixels: 1 suspicion in 1 tile; 1 was read anew", &["Blank: 1"]);
        check(&[], 2, 0, "Pixels: 0 suspicions in 2 tiles; nothing was read anew", &[]);
    }

    #[test]
    fn how_far_it_is_counts_what_the_cache_had() {
        let shared = Shared::default();
        assert_eq!(shared.meter().standing.tiles(), None);
        shared.meter().standing.tiles = 100;
        shared.update(&BuildProgress::Tiles { done: 5, total: 20, pace: Default::default() });
        let standing = shared.meter().standing;
        assert_eq!((standing.tiles(), standing.share()), (Some((85, 100)), 0.85));
        shared.update(&BuildProgress::Tiles { done: 20, total: 20, pace: Default::default() });
        shared.update(&BuildProgress::Pairs { done: 1, total: 9 });
        let standing = shared.meter().standing;
        assert_eq!((standing.share(), standing.description()), (0.99, "comparing pictures, 1 of 9 pairs".to_owned()));
    }

    #[test]
    fn a_thread_that_makes_room_can_be_stopped() {
        let shared = Shared::default();
        shared.room.store(true, Ordering::Relaxed);
        assert!(shared.make_room(), "it goes on in the end, however long the tiles take");
        shared.stop.store(true, Ordering::Relaxed);
        assert!(!shared.make_room());
    }
}
