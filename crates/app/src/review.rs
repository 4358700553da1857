//! A dataset under review: the session with its queue, the writer behind it, the sample on show.
//!
//! This is where commands become actions and actions become events on their way to disk. Knows nothing of painting.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use tilejury_audit::queue::{Filter, Queue, Status};
use tilejury_audit::search::SearchText;
use tilejury_audit::session::can_have_reasons;
use tilejury_audit::sidecar::{Location, Place, Report, SampleRecord, Writer};
use tilejury_audit::{Action, AuditSession, Judgement, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, Sample, TilePath};

use crate::opening::Opened;

/// Answers of the search thread: for which search, and which samples.
type Found = (String, Option<Vec<u32>>);

/// A dataset under review.
pub(crate) struct Review {
    /// What was opened: a folder or a file.
    pub(crate) path: PathBuf,
    pub(crate) session: AuditSession,
    pub(crate) queue: Queue,
    /// The sample on show.
    pub(crate) sample: Option<Arc<Sample>>,
    /// The tile in focus: 0 the positive, then the negatives.
    pub(crate) focus: usize,
    /// The sample whose verdict was given last, while its reasons are still offered.
    pub(crate) just_judged: Option<usize>,
    pub(crate) location: Location,
    /// What the search field holds.
    pub(crate) search: String,
    /// Events up to this number are on disk.
    saved_up_to: u64,
    /// The sidecar was gone and was written anew; to be told once.
    pub(crate) written_anew: bool,
    /// Why events wait in memory.
    pub(crate) failure: Option<String>,
    writer: Writer,
    reports: Receiver<Report>,
    searcher: Sender<String>,
    found: Receiver<Found>,
    /// Counts up whenever the list or the place in it changed: the queue scrolls to the place then.
    pub(crate) moves: u64,
    /// Counts up whenever anything changed at all.
    pub(crate) version: u64,
}

impl Review {
    /// Starts the writer and the search thread. `wake` makes the window draw again.
    pub(crate) fn start(opened: Opened, wake: &egui::Context) -> anyhow::Result<Self> {
        let (sender, reports) = channel();
        let ctx = wake.clone();
        let writer = Writer::start(opened.sidecar, opened.session.id(), move |report| {
            let _ = sender.send(report);
            ctx.request_repaint();
        })?;
        let (searcher, found) = start_search(opened.search, wake.clone())?;
        let mut review = Self {
            path: opened.path,
            queue: Queue { cursor: opened.place, ..Queue::default() },
            session: opened.session,
            sample: None,
            focus: 0,
            just_judged: None,
            location: opened.location,
            search: String::new(),
            saved_up_to: 0,
            failure: None,
            written_anew: false,
            writer,
            reports,
            searcher,
            found,
            moves: 0,
            version: 0,
        };
        review.rebuild();
        review.show(opened.place);
        Ok(review)
    }

    /// The dataset.
    pub(crate) fn dataset(&self) -> &Arc<Dataset> {
        &self.session.dataset
    }

    /// Events that are not on disk yet.
    pub(crate) fn unsaved(&self) -> u64 {
        self.session.last_seq() - self.saved_up_to
    }

    /// Takes in what the writer and the search thread brought. Returns true when the writer failed just now.
    pub(crate) fn receive(&mut self) -> bool {
        let mut failed = false;
        let mut judged = false;
        while let Ok(report) = self.reports.try_recv() {
            match report {
                Report::Saved { up_to } => {
                    self.saved_up_to = up_to;
                    self.failure = None;
                }
                Report::Failed { message, .. } => {
                    failed |= self.failure.is_none();
                    self.failure = Some(message);
                }
                Report::WrittenAnew => self.written_anew = true,
                Report::Others { events, after } => judged |= self.session.take_in(&events, after),
            }
        }
        while let Ok((search, matches)) = self.found.try_recv() {
            if search == self.search {
                self.queue.matches = matches;
                self.rebuild();
                self.moves += 1;
            }
        }
        if judged {
            self.follow_judgements();
        }
        failed
    }

    /// What was said of the sample on show.
    pub(crate) fn judgement(&self) -> Judgement {
        self.session.judgement(self.queue.cursor).cloned().unwrap_or_default()
    }

    /// Shows a sample.
    pub(crate) fn show(&mut self, index: usize) {
        let index = index.min(self.dataset().samples.len().saturating_sub(1));
        self.queue.cursor = index;
        self.sample = self.dataset().sample(index).ok().map(Arc::new);
        self.focus = 0;
        self.moves += 1;
        self.version += 1;
        if let Some(sample) = &self.sample {
            self.writer.place(Place { annotator: self.session.annotator.to_string(), sample: sample.key, at: now() });
        }
    }

    /// Goes on or back in the list.
    pub(crate) fn step(&mut self, steps: i64) {
        if let Some(index) = self.queue.step(steps) {
            self.just_judged = None;
            self.show(index);
        }
    }

    /// Goes to the next unjudged sample of the list. False where there is none.
    pub(crate) fn next_unjudged(&mut self) -> bool {
        let next = self.queue.next_unjudged(self.session.standings());
        if let Some(index) = next {
            self.show(index);
        }
        next.is_some()
    }

    /// Gives a verdict and goes on. `seen` are the tiles that were on show and loaded. False where nothing is left.
    pub(crate) fn judge(&mut self, verdict: Verdict, seen: Vec<TilePath>) -> bool {
        let sample = self.queue.cursor;
        let action = match verdict {
            Verdict::Accept => Action::Accept { sample, seen },
            verdict => Action::Verdict(sample, Some(verdict)),
        };
        self.act(action);
        self.just_judged = can_have_reasons(Some(verdict)).then_some(sample);
        self.next_unjudged()
    }

    /// Says what a tile is; the same again changes nothing.
    pub(crate) fn mark(&mut self, tile: usize, relevance: Option<Relevance>) {
        if let Some(path) = self.tile(tile) {
            self.focus = tile;
            self.act(Action::Relevance(self.queue.cursor, path, relevance));
        }
    }

    /// Turns a tile between relevant and not relevant. The first press says what is unexpected: that a negative is
    /// relevant, that the positive is not.
    pub(crate) fn toggle(&mut self, tile: usize) {
        let Some(path) = self.tile(tile) else { return };
        let unexpected = if tile == 0 { Relevance::NotRelevant } else { Relevance::Relevant };
        let expected = if tile == 0 { Relevance::Relevant } else { Relevance::NotRelevant };
        let present = self.judgement().relevance(&path);
        self.mark(tile, Some(if present == Some(unexpected) { expected } else { unexpected }));
    }

    /// Adds or removes a reason: of the sample just judged, or of the one on show.
    pub(crate) fn toggle_reason(&mut self, reason: Reason) {
        self.act(Action::ToggleReason(self.reasons_of(), reason));
    }

    /// The sample that reasons go to.
    pub(crate) fn reasons_of(&self) -> usize {
        self.just_judged.unwrap_or(self.queue.cursor)
    }

    /// Sets the note of the sample on show.
    pub(crate) fn note(&mut self, text: &str) {
        self.act(Action::Note(self.queue.cursor, text.trim().to_owned()));
    }

    /// Takes the verdict away.
    pub(crate) fn clear_verdict(&mut self) {
        self.just_judged = None;
        self.act(Action::Verdict(self.queue.cursor, None));
    }

    /// Takes back the last step, or does it again, and returns to its sample. False where there is nothing.
    pub(crate) fn undo_or_redo(&mut self, action: Action) -> bool {
        let sample = self.act(action);
        if sample.is_some() {
            self.just_judged = None;
        }
        if let Some(index) = sample
            && index != self.queue.cursor
        {
            self.show(index);
        }
        sample.is_some()
    }

    /// Lists by another filter.
    pub(crate) fn filter(&mut self, filter: Filter) {
        self.queue.filter = filter;
        self.rebuild();
        self.moves += 1;
    }

    /// Searches; the list follows when the search thread answers.
    pub(crate) fn search(&mut self, text: String) {
        self.search = text;
        let _ = self.searcher.send(self.search.clone());
    }

    /// Tries now to store what waits.
    pub(crate) fn retry_saving(&self) {
        self.writer.retry_now();
    }

    fn tile(&self, at: usize) -> Option<TilePath> {
        self.sample.as_ref()?.tiles().nth(at).map(|tile| tile.path.clone())
    }

    /// Applies an action and hands its events to the writer. Returns the sample of an undo or redo.
    fn act(&mut self, action: Action) -> Option<usize> {
        let applied = self.session.apply(action, now());
        if applied.events.is_empty() {
            return None;
        }
        let samples = applied.sample.and_then(|index| SampleRecord::of(self.dataset(), index));
        self.writer.record(applied.events, samples.into_iter().collect());
        self.follow_judgements();
        applied.sample
    }

    /// Only a filter by state lets a judgement change the list.
    fn follow_judgements(&mut self) {
        self.version += 1;
        if self.queue.filter.status != Status::All {
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        self.queue.rebuild(&self.session.dataset, self.session.standings());
        self.version += 1;
    }
}

/// A thread that answers the last search it was asked, and skips those in between.
fn start_search(text: Arc<SearchText>, wake: egui::Context) -> std::io::Result<(Sender<String>, Receiver<Found>)> {
    let (searcher, searches) = channel::<String>();
    let (sender, found) = channel();
    thread::Builder::new().name("search".into()).spawn(move || {
        while let Ok(mut search) = searches.recv() {
            while let Ok(later) = searches.try_recv() {
                search = later;
            }
            let matches = text.find(&search);
            if sender.send((search, matches)).is_err() {
                return;
            }
            wake.request_repaint();
        }
    })?;
    Ok((searcher, found))
}
