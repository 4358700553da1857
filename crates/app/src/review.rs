//! A dataset under review: the session with its queue, the writer behind it, the sample on show.
//!
//! This is where commands become actions and actions become events on their way to disk. Knows nothing of painting.

use std::cell::Cell;
use std::cmp::Ordering;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::pace::{Pace, PaceReport};
use tilejury_audit::queue::{Queue, Ranking};
use tilejury_audit::search::{Search, SearchError, Vocabulary};
use tilejury_audit::session::can_have_reasons;
use tilejury_audit::sidecar::{Location, Place, Report, SampleRecord, Writer};
use tilejury_audit::suspicion::{Findings, Signal};
use tilejury_audit::{Action, AuditSession, Judgement, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, Sample, TilePath};

use crate::opening::Opened;
use crate::searcher::{Answer, Searcher};

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
    /// What is wrong with it; the list stays as it was then.
    pub(crate) search_error: Option<SearchError>,
    /// What speaks against samples, once that is known.
    pub(crate) findings: Option<Arc<Findings>>,
    /// The search that the thread was asked for and did not answer yet.
    asked: Option<Search>,
    searcher: Searcher,
    vocabulary: Vocabulary,
    /// Every tag in use; follows the judgements.
    tags: Vec<(String, usize)>,
    pace: Pace,
    /// Samples of the list without a verdict, and the version they were counted in.
    unjudged: Cell<(u64, usize)>,
    /// The first sample of the list is to be shown when the search is answered.
    first_wanted: bool,
    opened: Instant,
    /// Events up to this number are on disk.
    saved_up_to: u64,
    /// The sidecar was gone and was written anew; to be told once.
    pub(crate) written_anew: bool,
    /// Why events wait in memory.
    pub(crate) failure: Option<String>,
    writer: Writer,
    reports: Receiver<Report>,
    /// Counts up whenever the list or the place in it changed: the queue scrolls to the place then.
    pub(crate) moves: u64,
    /// Counts up whenever anything changed at all.
    pub(crate) version: u64,
}

/// Where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    Unjudged,
    Suspicious,
    Undecided,
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
        let searcher = Searcher::start(opened.session.dataset.clone(), opened.search, wake.clone())?;
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.name()).collect();
        let mut review = Self {
            path: opened.path,
            vocabulary: Vocabulary::new(&opened.session.dataset, &signals),
            queue: Queue { cursor: opened.place, ..Queue::default() },
            session: opened.session,
            sample: None,
            focus: 0,
            just_judged: None,
            location: opened.location,
            search: String::new(),
            search_error: None,
            findings: None,
            asked: None,
            searcher,
            tags: Vec::new(),
            pace: Pace::default(),
            unjudged: Cell::new((u64::MAX, 0)),
            first_wanted: false,
            opened: Instant::now(),
            saved_up_to: 0,
            failure: None,
            written_anew: false,
            writer,
            reports,
            moves: 0,
            version: 0,
        };
        review.count_tags();
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
        if judged {
            self.count_tags();
            self.follow_judgements();
        }
        failed
    }

    /// Takes in what the search thread brought. Rows that hold a tile are handed on.
    pub(crate) fn receive_answers(&mut self) -> Vec<Answer> {
        let mut others = Vec::new();
        while let Some(answer) = self.searcher.answer() {
            match answer {
                Answer::Found(search, matches) if self.asked.as_ref() == Some(&search) => {
                    self.asked = None;
                    self.obey(search, matches);
                }
                Answer::Found(..) => {}
                Answer::Findings(findings) => {
                    self.findings = Some(findings);
                    // What the search asks of signals can be answered now.
                    self.follow_judgements();
                }
                Answer::Where(..) | Answer::Page(..) => others.push(answer),
            }
        }
        others
    }

    /// The thread that searches, for other questions to the rows.
    pub(crate) fn searcher(&self) -> &Searcher {
        &self.searcher
    }

    /// The names that a search can use.
    pub(crate) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Every tag in use with its number of samples, the most used first.
    pub(crate) fn tags(&self) -> &[(String, usize)] {
        &self.tags
    }

    /// How this sitting goes.
    pub(crate) fn pace(&self) -> PaceReport {
        self.pace.report()
    }

    /// Samples of the list without a verdict.
    pub(crate) fn unjudged(&self) -> usize {
        let (version, known) = self.unjudged.get();
        if version == self.version {
            return known;
        }
        let standings = self.session.standings();
        let unjudged = |at: &&u32| standings.get(**at as usize).is_some_and(|standing| standing.verdict.is_none());
        let number = self.queue.listed.iter().filter(unjudged).count();
        self.unjudged.set((self.version, number));
        number
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

    /// Goes to the next sample of the list that fits. False where there is none.
    pub(crate) fn next(&mut self, goal: Goal) -> bool {
        let standings = self.session.standings();
        let unjudged = |index: usize| standings.get(index).is_some_and(|standing| standing.verdict.is_none());
        let next = match goal {
            Goal::Unjudged => self.queue.next_unjudged(standings),
            Goal::Suspicious => self.queue.next_where(|index| unjudged(index) && self.signals(index) != 0),
            Goal::Undecided => {
                self.queue.next_where(|index| standings.get(index).is_some_and(|standing| standing.undecided))
            }
        };
        if let Some(index) = next {
            self.show(index);
        }
        next.is_some()
    }

    /// Goes back to the sample judged last; from there, to the one before it. False where there is none.
    pub(crate) fn last_judged(&mut self) -> bool {
        let last = self.session.judged_before(self.queue.cursor);
        if let Some(index) = last {
            self.show(index);
        }
        last.is_some()
    }

    /// The signals that speak against a sample, as bits.
    fn signals(&self, index: usize) -> u32 {
        self.findings.as_ref().map_or(0, |findings| findings.signals(index))
    }

    /// Lists the most suspicious first, or in the dataset's order. False while nothing is known.
    pub(crate) fn order_by_suspicion(&mut self) -> bool {
        let Some(findings) = &self.findings else { return false };
        self.queue.order = match self.queue.order {
            None => Some(Arc::new(Ranking::new(findings.ranking().to_vec()))),
            Some(_) => None,
        };
        self.rebuild();
        self.moves += 1;
        true
    }

    /// Gives a verdict, and goes on where that is wanted. `seen` are the tiles that were on show and loaded. False where
    /// nothing is left to go on to.
    pub(crate) fn judge(&mut self, verdict: Verdict, seen: Vec<TilePath>, go_on: bool) -> bool {
        let sample = self.queue.cursor;
        let action = match verdict {
            Verdict::Accept => Action::Accept { sample, seen },
            verdict => Action::Verdict(sample, Some(verdict)),
        };
        self.act(action);
        self.pace.judged(sample, self.opened.elapsed());
        self.just_judged = can_have_reasons(Some(verdict)).then_some(sample);
        !go_on || self.next(Goal::Unjudged)
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

    /// Adds or removes a reason: of the sample just judged, or of the one on show. False where that can have none.
    pub(crate) fn toggle_reason(&mut self, reason: Reason) -> bool {
        let of = self.reasons_of();
        let can = can_have_reasons(self.session.standings().get(of).and_then(|standing| standing.verdict));
        self.act(Action::ToggleReason(of, reason));
        can
    }

    /// The sample that reasons go to.
    pub(crate) fn reasons_of(&self) -> usize {
        self.just_judged.unwrap_or(self.queue.cursor)
    }

    /// Sets the note of the sample on show.
    pub(crate) fn note(&mut self, text: &str) {
        self.act(Action::Note(self.queue.cursor, text.trim().to_owned()));
    }

    /// Gives the sample the note that was written last on another. Returns which one that was.
    pub(crate) fn copy_last_note(&mut self) -> Option<usize> {
        let (of, note) = self.session.last_note(self.queue.cursor)?;
        let note = note.to_owned();
        self.act(Action::Note(self.queue.cursor, note));
        Some(of)
    }

    /// Says the same of every negative of the sample on show.
    pub(crate) fn mark_negatives(&mut self, relevance: Option<Relevance>) {
        self.act(Action::AllNegatives(self.queue.cursor, relevance));
    }

    /// Adds a tag to the sample on show, or takes it away.
    pub(crate) fn toggle_tag(&mut self, tag: &str) {
        let mut tags = self.judgement().tags;
        if !tags.remove(tag) {
            tags.insert(tag.to_owned());
        }
        self.act(Action::Tags(self.queue.cursor, tags));
        self.count_tags();
    }

    /// Flags the sample on show to be looked at again, or takes the flag away.
    pub(crate) fn toggle_flag(&mut self) {
        self.toggle_tag(LOOK_AGAIN);
    }

    fn count_tags(&mut self) {
        let tags = self.session.tags().into_iter();
        self.tags = tags.map(|(tag, count)| (tag.to_owned(), count)).collect();
    }

    /// Takes the verdict away.
    pub(crate) fn clear_verdict(&mut self) {
        self.just_judged = None;
        self.act(Action::Verdict(self.queue.cursor, None));
        self.pace.taken_back(self.queue.cursor);
    }

    /// Takes back the last step, or does it again, and returns to its sample. False where there is nothing.
    pub(crate) fn undo_or_redo(&mut self, action: Action) -> bool {
        let sample = self.act(action);
        if let Some(index) = sample {
            self.just_judged = None;
            self.count_tags();
            if self.session.judgement(index).is_none_or(|judgement| judgement.verdict.is_none()) {
                self.pace.taken_back(index);
            }
        }
        if let Some(index) = sample
            && index != self.queue.cursor
        {
            self.show(index);
        }
        sample.is_some()
    }

    /// Undoes or redoes until that many steps stand, all in one transaction, and shows the sample of the last one.
    pub(crate) fn step_to(&mut self, steps: usize) {
        let (mut events, mut samples, mut last) = (Vec::new(), Vec::new(), None);
        loop {
            let action = match self.session.depth().0.cmp(&steps) {
                Ordering::Greater => Action::Undo,
                Ordering::Less => Action::Redo,
                Ordering::Equal => break,
            };
            let applied = self.session.apply(action, now());
            let Some(index) = applied.sample.filter(|_| !applied.events.is_empty()) else { break };
            events.extend(applied.events);
            samples.extend(SampleRecord::of(self.dataset(), index));
            last = Some(index);
        }
        let Some(last) = last else { return };
        self.writer.record(events, samples);
        self.count_tags();
        self.follow_judgements();
        self.just_judged = None;
        self.show(last);
    }

    /// Searches: at once where rows need not be asked, else when the search thread answers. What cannot be understood
    /// leaves the list as it is.
    pub(crate) fn search(&mut self, text: String) {
        self.search = text;
        self.first_wanted = false;
        match Search::parse(&self.search, &self.vocabulary) {
            Ok(search) => {
                self.search_error = None;
                if search.asks_same_of_rows(&self.queue.filter) {
                    self.asked = None;
                    let matches = self.queue.matches.take();
                    self.obey(search, matches);
                } else if search.needs_rows() {
                    self.asked = Some(search.clone());
                    self.searcher.search(search);
                } else {
                    self.asked = None;
                    self.obey(search, None);
                }
            }
            Err(error) => {
                self.asked = None;
                self.search_error = Some(error);
            }
        }
    }

    /// Is the search thread at work?
    pub(crate) fn is_searching(&self) -> bool {
        self.asked.is_some()
    }

    fn obey(&mut self, search: Search, matches: Option<Vec<u32>>) {
        self.queue.filter = search;
        self.queue.matches = matches;
        self.rebuild();
        self.moves += 1;
        if std::mem::take(&mut self.first_wanted) {
            self.show_first();
        }
    }

    /// Shows the first sample of the list: of the one that the search under way will bring, if there is one.
    pub(crate) fn show_first(&mut self) {
        if self.is_searching() {
            self.first_wanted = true;
        } else if let Some(first) = self.queue.listed.first().copied() {
            self.just_judged = None;
            self.show(first as usize);
        }
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

    /// Only a search that asks for judgements lets one change the list.
    fn follow_judgements(&mut self) {
        self.version += 1;
        if self.queue.filter.depends_on_judgements() {
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        let (session, findings) = (&self.session, &self.findings);
        self.queue.rebuild(
            &session.dataset,
            session.standings(),
            |index| session.judgement(index),
            |index| findings.as_ref().map_or(0, |findings| findings.signals(index)),
        );
        self.version += 1;
    }
}
