//! Looking at pixels in the background: reads every tile that rows name, compares pictures, and hands over what speaks against
//! samples as it goes.
//!
//! Makes room for tiles that a person waits for, and can be stopped at any tile: what was read is in the cache. Knows nothing of
//! panels, and of the order of samples.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use tilejury_audit::now;
use tilejury_audit::progress::{Cancelled, Stage, Step};
use tilejury_audit::suspicion::fingerprints::{
    CacheError, FingerprintBuild, FingerprintCache, PixelCopies, ReadingPace, Work,
};
use tilejury_audit::suspicion::{Finding, Findings, Signal, SuspicionSettings, pixel_signals};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, cores};

use crate::jobs::{FinishedJob, ResultLine};
use crate::task::{Task, TaskProgress};

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
    pub(crate) step: Option<Step>,
    /// How fast tiles are read.
    pace: ReadingPace,
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
        let Some(Step { stage, done, total }) = self.step else { return "beginning".to_owned() };
        match stage {
            Stage::Shards => format!("indexing shards, {done} of {total}"),
            Stage::Pixels => format!("reading tiles, {:.0} a second", self.pace.tiles_per_sec()),
            Stage::Pairs => format!("comparing pictures, {done} of {total} pairs"),
            _ => "going through the rows".to_owned(),
        }
    }
}

/// The work under way. Dropping it stops it and waits for nothing: what it has cannot be lost.
pub(crate) struct PixelScan {
    /// Nobody asked for it.
    pub(crate) by_itself: bool,
    shared: Arc<Shared>,
    events: Receiver<ScanEvent>,
    task: Task<ScanEnd>,
    /// The end, until all events before it are delivered.
    end: Option<ScanEnd>,
}

#[derive(Default)]
struct Shared {
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
        self.meter.lock()
    }

    /// Waits a moment while a person waits for tiles and the scan is not cancelled.
    fn make_room(&self, is_cancelled: impl Fn() -> bool) {
        let start = Instant::now();
        while self.room.load(Ordering::Relaxed) && !is_cancelled() && start.elapsed() < ROOM {
            thread::sleep(ROOM_STEP);
        }
    }

    /// Notes how far it is. True where the window is to draw it.
    fn update(&self, step: Step) -> bool {
        let mut meter = self.meter();
        let standing = &mut meter.standing;
        standing.step = Some(step);
        if step.stage == Stage::Pixels {
            let unread = step.total.saturating_sub(step.done);
            standing.read = standing.tiles.saturating_sub(unread);
            standing.left = standing.pace.time_for(unread);
        }
        let due = meter.drawn.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY);
        if due {
            meter.drawn = Some(Instant::now());
        }
        due
    }
}

impl PixelScan {
    /// Begins. `rows` is what speaks against samples by rows; `cache` need not exist; `ctx` is the window that is drawn again.
    pub(crate) fn start(
        by_itself: bool,
        dataset: Arc<Dataset>,
        rows: Arc<Findings>,
        cache: PathBuf,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (sender, events) = channel();
        let for_worker = shared.clone();
        let task = Task::spawn("pixels", ctx, move |task| {
            PixelScanWorker { dataset, rows, shared: &for_worker, events: sender, task }.run(&cache)
        })?;
        Ok(Self { by_itself, shared, events, task, end: None })
    }

    /// Asks it to stop; it tells when it has.
    pub(crate) fn stop(&self) {
        self.task.cancel();
    }

    /// Was it asked to stop?
    pub(crate) fn is_stopping(&self) -> bool {
        self.task.is_cancelled()
    }

    /// Says whether a person waits for tiles.
    pub(crate) fn make_room(&self, needed: bool) {
        self.shared.room.store(needed, Ordering::Relaxed);
    }

    /// How far it is.
    pub(crate) fn standing(&self) -> ScanProgress {
        self.shared.meter().standing
    }

    /// Returns the next event, if there is one; the end comes last, and once.
    pub(crate) fn next_event(&mut self) -> Option<ScanEvent> {
        // The end first: what the thread sent before it is then in the channel.
        if let Some(end) = self.task.poll() {
            self.end = Some(end.unwrap_or_else(ScanEnd::Failed));
        }
        self.events.try_recv().ok().or_else(|| self.end.take().map(ScanEvent::Ended))
    }
}

/// The thread's end of it.
struct PixelScanWorker<'t> {
    dataset: Arc<Dataset>,
    rows: Arc<Findings>,
    shared: &'t Shared,
    events: Sender<ScanEvent>,
    task: &'t TaskProgress,
}

impl PixelScanWorker<'_> {
    fn run(&self, cache: &Path) -> ScanEnd {
        match self.open(cache) {
            Ok(mut cache) => self.scan(&mut cache).unwrap_or(ScanEnd::Stopped),
            Err(error) => ScanEnd::Failed(error.to_string()),
        }
    }

    fn open(&self, path: &Path) -> Result<FingerprintCache, CacheError> {
        FingerprintCache::open(path).or_else(|error| {
            self.send(ScanEvent::Trouble(format!(
                "What is read of pixels cannot be kept, so the next time every tile is read again: {error}"
            )));
            FingerprintCache::in_memory()
        })
    }

    fn scan(&self, cache: &mut FingerprintCache) -> Result<ScanEnd, Cancelled> {
        let make_room = || {
            self.shared.make_room(|| self.task.is_cancelled());
            self.task.check()
        };
        let report = |step: Step| {
            if self.shared.update(step) {
                self.task.request_repaint();
            }
            // Many threads index and look up at once: decoding what is wished for would get a small share beside them.
            if step.stage == Stage::Shards { make_room() } else { self.task.check() }
        };
        let note_pace = |pace| self.shared.meter().standing.pace = pace;
        // One core is for the window.
        let threads = (cores() - 1).max(1);
        let work = Work { threads, progress: &report, pace: &note_pace, before_each: &make_room };
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
                return Ok(ScanEnd::Looked {
                    suspicions: counts(&found),
                    tiles: fingerprints.len(),
                    read: fingerprints.pace.read,
                });
            }
            before = Some(found);
            look_at = next_look(start.elapsed());
        }
    }

    fn send(&self, event: ScanEvent) {
        // Nobody listens any more where the set was closed.
        let _ = self.events.send(event);
        self.task.request_repaint();
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
        shared.update(Stage::Pixels.step(5, 20));
        let standing = shared.meter().standing;
        assert_eq!((standing.tiles(), standing.share()), (Some((85, 100)), 0.85));
        shared.update(Stage::Pixels.step(20, 20));
        shared.update(Stage::Pairs.step(1, 9));
        let standing = shared.meter().standing;
        assert_eq!((standing.share(), standing.description()), (0.99, "comparing pictures, 1 of 9 pairs".to_owned()));
    }

    #[test]
    fn making_room_ends_after_a_while_and_when_cancelled() {
        let shared = Shared::default();
        shared.room.store(true, Ordering::Relaxed);
        let start = Instant::now();
        shared.make_room(|| false);
        assert!(start.elapsed() >= ROOM, "it goes on in the end, however long the tiles take");
        let asked = std::cell::Cell::new(0);
        shared.make_room(|| asked.replace(asked.get() + 1) == 0);
        assert_eq!(asked.get(), 1);
    }
}
