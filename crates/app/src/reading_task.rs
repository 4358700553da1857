//! Reading the text of tiles in the background: one queue of tiles, whose work can be paused and
//! continued, and that reads the tiles of the displayed sample first.
//!
//! It knows the engine and the file of readings, never panels. All of its work is on threads of its
//! own; the locks that the window takes are held for a list of tiles at most.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tilejury_audit::external::{
    ExternalStore, ReadingObserver, ReadingOptions, ReadingQueue, ReadingState, ReadingSummary, TOP_ROWS, for_writing,
    read_queue, rows_in_order,
};
use tilejury_audit::pace::spell;
use tilejury_audit::progress::Cancelled;
use tilejury_audit::sidecar::SidecarLocation;
use tilejury_audit::suspicion::Findings;
use tilejury_data::{Dataset, SampleIndex, TilePath, cores};
use tilejury_text::{Language, Tesseract};

use crate::task::{Task, TaskProgress};

/// Sets with more tiles are not read unless somebody asks for it.
pub(crate) const AUTOMATIC_UP_TO_TILES: usize = 2000;
/// The least time between two repaints that show the progress.
const DRAW_EVERY: Duration = Duration::from_millis(500);
/// The longest pause of a thread before each tile: the pictures that a person waits for may never
/// come.
const LONGEST_WAIT: Duration = Duration::from_millis(300);
const WAIT_STEP: Duration = Duration::from_millis(10);

/// The tiles to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadingScope {
    /// Those of the displayed sample.
    Sample,
    /// Those of the first rows by suspicion.
    Suspicious,
    /// Those of all rows.
    All,
}

impl ReadingScope {
    /// Returns the number of rows.
    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Sample => 1,
            Self::Suspicious => TOP_ROWS,
            Self::All => usize::MAX,
        }
    }
}

/// The dataset to read, and the place of the readings.
#[derive(Clone)]
pub(crate) struct ReadingPlace {
    pub(crate) dataset: Arc<Dataset>,
    /// The findings that rank the rows, if they are known.
    pub(crate) findings: Option<Arc<Findings>>,
    /// The location of the sidecar, and the folder of sidecars of read-only datasets.
    pub(crate) sidecar: SidecarLocation,
    pub(crate) sidecars: PathBuf,
}

/// The engine to read with, as the settings name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EngineChoice {
    /// The Tesseract program: a path, or a name that is looked up.
    pub(crate) program: PathBuf,
    /// Codes with `+` between them.
    pub(crate) languages: String,
}

impl EngineChoice {
    /// Looks for the program and its languages. It blocks; the error is for a person to read, with
    /// the command that installs what is missing.
    pub(crate) fn find(&self) -> Result<(Tesseract, Vec<Language>), String> {
        let languages: Result<Vec<Language>, String> =
            self.languages.split('+').map(|code| code.trim().parse()).collect();
        let languages = languages?;
        let engine = Tesseract::with_languages(&self.program, &languages).map_err(|error| error.to_string())?;
        Ok((engine, languages))
    }
}

/// The number of tiles that are read at the same time. Tesseract runs on one core for each, and one
/// core is left for the window.
pub(crate) fn jobs() -> usize {
    (cores() - 1).max(1)
}

/// An event of a reading.
pub(crate) enum ReadingEvent {
    /// Reading begins: the number of tiles that are not read yet.
    Begun(usize),
    /// The readings of these tiles are stored now.
    TilesRead(Vec<TilePath>),
    /// It was paused, and at least one tile was read since it began or continued.
    Paused,
    /// It ended.
    Ended(ReadingEnd),
}

/// The end of a reading.
pub(crate) enum ReadingEnd {
    /// Every tile was read, or could not be read.
    Complete(ReadingSummary),
    /// It was stopped; what was read until then is stored.
    Stopped(ReadingSummary),
    /// It did not begin: the set has more tiles than are read without asking.
    TooLarge,
    /// Tesseract or a language is missing; the text says how to install it.
    NoEngine(String),
    /// The file of readings could not be read or written.
    Failed(String),
}

/// The progress of a reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ReadingProgress {
    pub(crate) scope: ReadingScope,
    pub(crate) phase: ReadingPhase,
    /// The number of tiles that were read, now or before.
    pub(crate) done: usize,
    /// The number of all tiles; 0 while it is unknown.
    pub(crate) total: usize,
    /// The time until all are read, at the pace of this run.
    pub(crate) left: Option<Duration>,
}

impl ReadingProgress {
    /// Returns the state of the work in words, without its numbers.
    pub(crate) fn description(&self) -> String {
        match (self.phase, self.left) {
            (ReadingPhase::Running, Some(left)) => format!("{} left", spell(left)),
            (ReadingPhase::Running, None) => "the time left is known after the first tiles".to_owned(),
            (ReadingPhase::Pausing, _) => "pausing".to_owned(),
            (ReadingPhase::Paused, _) => "paused".to_owned(),
            (ReadingPhase::Stopping, _) => "stopping".to_owned(),
        }
    }
}

/// The phases of a reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadingPhase {
    Running,
    /// It was asked to pause, and ends what cannot be interrupted.
    Pausing,
    Paused,
    Stopping,
}

/// A reading that is running or paused. Dropping it stops the work and waits for its end, so that
/// no subprocess is left.
pub(crate) struct ReadingTask {
    /// Whether it started without being asked for.
    pub(crate) is_automatic: bool,
    scope: ReadingScope,
    phase: ReadingPhase,
    /// Whether it starts again after its end: it was continued before it had paused.
    starts_again: bool,
    place: ReadingPlace,
    shared: Arc<SharedQueue>,
    summary: ReadingSummary,
    events: Receiver<ReadingEvent>,
    sender: Sender<ReadingEvent>,
    task: Option<Task<RunEnd>>,
}

/// The end of one run.
enum RunEnd {
    /// All tiles were read, or as many as there were before the run was stopped.
    Ended(ReadingSummary, Result<(), Cancelled>),
    Failed(ReadingEnd),
}

/// The part that the window and the threads share.
#[derive(Default)]
struct SharedQueue {
    order: Mutex<QueueOrder>,
    state: Mutex<(ReadingState, Option<Instant>)>,
    /// Whether a person waits for pictures.
    is_room_needed: AtomicBool,
}

#[derive(Default)]
struct QueueOrder {
    /// `None` until the rows were ordered.
    queue: Option<Arc<ReadingQueue>>,
    displayed: Option<DisplayedRow>,
}

/// The displayed sample, which is read first.
pub(crate) struct DisplayedRow {
    pub(crate) sample: SampleIndex,
    pub(crate) query: String,
    /// Its tiles, the positive first.
    pub(crate) tiles: Vec<TilePath>,
}

impl DisplayedRow {
    /// Puts its tiles before all others of a queue.
    fn put_first(&self, queue: &ReadingQueue) {
        if let Some(positive) = self.tiles.first() {
            queue.note_query(&self.query, positive);
        }
        queue.put_first(&self.tiles);
    }
}

impl ReadingTask {
    /// Starts a reading. `displayed` is the visible sample; `at_most` is the number
    /// of tiles of the largest set that is read.
    pub(crate) fn start(
        scope: ReadingScope,
        is_automatic: bool,
        at_most: Option<usize>,
        place: ReadingPlace,
        engine: EngineChoice,
        displayed: Option<DisplayedRow>,
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (sender, events) = channel();
        let shared = Arc::<SharedQueue>::default();
        shared.order.lock().displayed = displayed;
        let mut reading = Self {
            is_automatic,
            scope,
            phase: ReadingPhase::Running,
            starts_again: false,
            place,
            shared,
            summary: ReadingSummary::default(),
            events,
            sender,
            task: None,
        };
        reading.run(at_most, engine, ctx)?;
        Ok(reading)
    }

    fn run(&mut self, at_most: Option<usize>, engine: EngineChoice, ctx: &egui::Context) -> std::io::Result<()> {
        let (place, scope, shared, events) = (self.place.clone(), self.scope, self.shared.clone(), self.sender.clone());
        self.task = Some(Task::spawn("reading", ctx, move |task| {
            let run = Run { place: &place, scope, shared: &shared, events, task };
            run.read(at_most, &engine).unwrap_or_else(RunEnd::Failed)
        })?);
        self.phase = ReadingPhase::Running;
        Ok(())
    }

    /// Puts the tiles of the displayed sample before all others. Does nothing if it is known.
    pub(crate) fn show(&self, sample: SampleIndex, row: impl FnOnce() -> DisplayedRow) {
        let mut order = self.shared.order.lock();
        if order.displayed.as_ref().is_some_and(|known| known.sample == sample) {
            return;
        }
        let row = row();
        if let Some(queue) = &order.queue {
            row.put_first(queue);
        }
        order.displayed = Some(row);
    }

    /// Asks the reading to pause. What is being read is read again later.
    pub(crate) fn pause(&mut self) {
        if self.phase == ReadingPhase::Running {
            self.phase = ReadingPhase::Pausing;
            self.starts_again = false;
            self.cancel();
        }
    }

    /// Continues a paused reading where it ended, with this engine.
    pub(crate) fn resume(&mut self, engine: EngineChoice, ctx: &egui::Context) -> std::io::Result<()> {
        match self.phase {
            ReadingPhase::Paused => self.run(None, engine, ctx),
            ReadingPhase::Pausing => {
                self.starts_again = true;
                Ok(())
            }
            ReadingPhase::Running | ReadingPhase::Stopping => Ok(()),
        }
    }

    /// Whether it was asked to continue and has to be resumed now that it has paused.
    pub(crate) fn is_to_start_again(&self) -> bool {
        self.phase == ReadingPhase::Paused && self.starts_again
    }

    /// Asks the reading to stop; it reports its end as an event.
    pub(crate) fn stop(&mut self) {
        if self.phase == ReadingPhase::Paused {
            let _ = self.sender.send(ReadingEvent::Ended(ReadingEnd::Stopped(std::mem::take(&mut self.summary))));
        }
        self.phase = ReadingPhase::Stopping;
        self.cancel();
    }

    /// Whether it is reading, and was not asked to pause or stop.
    pub(crate) fn is_running(&self) -> bool {
        self.phase == ReadingPhase::Running
    }

    /// Sets whether a person waits for pictures.
    pub(crate) fn make_room(&self, needed: bool) {
        self.shared.is_room_needed.store(needed, Ordering::Relaxed);
    }

    /// Returns the progress.
    pub(crate) fn progress(&self) -> ReadingProgress {
        let state = self.shared.state.lock().0;
        let (done, total) = (state.counts.finished, state.counts.tiles);
        let left = state.time_left().filter(|_| self.phase == ReadingPhase::Running);
        ReadingProgress { scope: self.scope, phase: self.phase, done, total, left }
    }

    /// Returns the next event, if there is one. The end comes last, and only once.
    pub(crate) fn next_event(&mut self) -> Option<ReadingEvent> {
        // The end is polled first: all events before it are in the channel by then.
        if let Some(end) = self.task.as_mut().and_then(Task::poll) {
            self.task = None;
            let end = end.unwrap_or_else(|reason| RunEnd::Failed(ReadingEnd::Failed(reason)));
            let event = self.ended(end);
            let _ = self.sender.send(event);
        }
        self.events.try_recv().ok()
    }

    fn ended(&mut self, end: RunEnd) -> ReadingEvent {
        match end {
            RunEnd::Failed(end) => ReadingEvent::Ended(end),
            RunEnd::Ended(run, ended) => {
                self.summary.tiles = self.progress().total;
                self.summary.add(run);
                match (ended, self.phase) {
                    (Err(Cancelled), ReadingPhase::Pausing) => {
                        self.phase = ReadingPhase::Paused;
                        ReadingEvent::Paused
                    }
                    (Err(Cancelled), _) => ReadingEvent::Ended(ReadingEnd::Stopped(std::mem::take(&mut self.summary))),
                    (Ok(()), _) => ReadingEvent::Ended(ReadingEnd::Complete(std::mem::take(&mut self.summary))),
                }
            }
        }
    }

    fn cancel(&self) {
        if let Some(task) = &self.task {
            task.cancel();
        }
    }
}

impl Drop for ReadingTask {
    fn drop(&mut self) {
        self.cancel();
        if let Some(thread) = self.task.as_mut().and_then(Task::take_thread) {
            let _ = thread.join();
        }
    }
}

/// One run on its thread.
struct Run<'t> {
    place: &'t ReadingPlace,
    scope: ReadingScope,
    shared: &'t SharedQueue,
    events: Sender<ReadingEvent>,
    task: &'t TaskProgress,
}

impl Run<'_> {
    fn read(&self, at_most: Option<usize>, engine: &EngineChoice) -> Result<RunEnd, ReadingEnd> {
        let failed = |reason: String| ReadingEnd::Failed(reason);
        let place = self.place;
        let Some(queue) = self.queue(at_most)? else {
            return Ok(RunEnd::Ended(ReadingSummary::default(), Err(Cancelled)));
        };
        let (engine, languages) = engine.find().map_err(ReadingEnd::NoEngine)?;
        let file = for_writing(&place.dataset, &place.sidecar, &place.sidecars);
        let file = file.map_err(|error| failed(format!("The texts that are known cannot be copied: {error}")))?;
        let mut store = ExternalStore::open(&file).map_err(|error| failed(error.to_string()))?;
        let options = ReadingOptions { languages, jobs: jobs() };
        let (summary, ended) = read_queue(&place.dataset, &queue, &mut store, &engine, &options, self)
            .map_err(|error| failed(error.to_string()))?;
        Ok(RunEnd::Ended(summary, ended))
    }

    /// Returns the queue of this or an earlier run; `None` if the run was stopped.
    fn queue(&self, at_most: Option<usize>) -> Result<Option<Arc<ReadingQueue>>, ReadingEnd> {
        if let Some(queue) = &self.shared.order.lock().queue {
            return Ok(Some(queue.clone()));
        }
        let dataset = &self.place.dataset;
        // A row has at least one tile of its own in usual sets: the rows need not be read then.
        if at_most.is_some_and(|most| dataset.samples.len() > most) {
            return Err(ReadingEnd::TooLarge);
        }
        let displayed: Vec<SampleIndex> = self.shared.order.lock().displayed.iter().map(|row| row.sample).collect();
        let ranking = self.place.findings.as_ref().map_or(&[][..], |findings| findings.ranking());
        let rows = rows_in_order(dataset, &displayed, ranking, self.scope.rows());
        let queue = Arc::new(ReadingQueue::of_rows(dataset, rows));
        if at_most.is_some_and(|most| queue.counts().tiles > most) {
            return Err(ReadingEnd::TooLarge);
        }
        if self.task.is_cancelled() {
            return Ok(None);
        }
        let mut order = self.shared.order.lock();
        // Another sample may be visible by now.
        if let Some(row) = &order.displayed {
            row.put_first(&queue);
        }
        order.queue = Some(queue.clone());
        Ok(Some(queue))
    }
}

impl ReadingObserver for Run<'_> {
    fn begun(&self, state: ReadingState) {
        self.shared.state.lock().0 = state;
        let _ = self.events.send(ReadingEvent::Begun(state.counts.unread));
        self.task.request_repaint();
    }

    fn report(&self, state: ReadingState) -> Result<(), Cancelled> {
        let mut known = self.shared.state.lock();
        known.0 = state;
        if known.1.is_none_or(|drawn| drawn.elapsed() >= DRAW_EVERY) {
            known.1 = Some(Instant::now());
            self.task.request_repaint();
        }
        self.task.check()
    }

    fn stored(&self, tiles: Vec<TilePath>) {
        // If the set was closed, nobody receives the event.
        let _ = self.events.send(ReadingEvent::TilesRead(tiles));
        self.task.request_repaint();
    }

    fn before_each(&self) {
        let start = Instant::now();
        while self.shared.is_room_needed.load(Ordering::Relaxed)
            && !self.task.is_cancelled()
            && start.elapsed() < LONGEST_WAIT
        {
            thread::sleep(WAIT_STEP);
        }
    }
}
