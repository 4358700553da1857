//! A dataset under review: the session with its queue, the writer behind it, the sample on show.
//!
//! This is where commands become actions and actions become events on their way to disk. Knows nothing of painting.

mod accepting;
mod finding;
mod judging;
mod propagating;
mod weighing;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use tilejury_audit::orphans::Orphan;
use tilejury_audit::pace::{JudgingPace, PaceReport};
use tilejury_audit::queue::Queue;
use tilejury_audit::search::{Search, SearchError, Vocabulary};
use tilejury_audit::sidecar::{LastPosition, SidecarLocation, Writer, WriterReport};
use tilejury_audit::stats::AnswerCounts;
use tilejury_audit::suspicion::{Findings, Signal};
use tilejury_audit::{AuditSession, Judgement, Timestamp, now};
use tilejury_data::{Dataset, MissingShards, Sample};

use crate::annotators::Annotators;
use crate::answer_counting::{AnswerCounting, CountedAnswers};
use crate::opening::OpenedDataset;
use crate::searcher::{SearchAnswer, Searcher};

pub(crate) use accepting::{AcceptWarning, SeenTiles};
pub(crate) use finding::{NextTarget, ScanCoverage};
pub(crate) use judging::UndoOutcome;
pub(crate) use propagating::PropagationOffer;

use accepting::HeldAccept;
use propagating::Propagation;

/// What became of judgements on their way to the disk, where a person is to be told.
pub(crate) enum SaveEvent {
    /// They wait, for this reason.
    Failed(String),
    /// The sidecar was gone and was written anew.
    FileReplaced,
    /// All of them are in another file as well, or only those that waited.
    SavedAs { path: PathBuf, whole: bool },
    /// That file could not be written.
    NotSavedAs(String),
    /// The clock stands before this moment, in which something was judged.
    ClockIsBack(Timestamp),
}

/// A row has seven negatives, or some dozens. Of one that has more than this, the first are shown: nobody looks at the others,
/// and each costs time in every frame.
const SHOWN_NEGATIVES: usize = 200;
/// Clocks of two machines on one disk may differ by so much.
const CLOCK_MAY_DIFFER_SECS: i64 = 60;

/// A dataset under review.
pub(crate) struct Review {
    /// What was opened: a folder or a file.
    pub(crate) path: PathBuf,
    pub(crate) session: AuditSession,
    pub(crate) queue: Queue,
    /// The sample on show.
    pub(crate) sample: Option<Arc<Sample>>,
    /// How many negatives the row has that are not shown.
    pub(crate) left_out: usize,
    /// The tile in focus: 0 the positive, then the negatives.
    pub(crate) focus: usize,
    /// The tile that was in focus when the sample came on show: nobody put the focus there.
    pub(crate) first_focus: usize,
    /// An accept that was held back.
    held: Option<HeldAccept>,
    /// The shards that rows name and that are not here; empty while that is not known.
    pub(crate) missing: Arc<MissingShards>,
    /// Counts up whenever anything was judged, here or by others.
    pub(crate) judgings: u64,
    /// The sample whose verdict was given last, while its reasons are still offered.
    pub(crate) just_judged: Option<usize>,
    /// The sample that was given a verdict last since the set was opened.
    pub(crate) judged_here: Option<usize>,
    pub(crate) location: SidecarLocation,
    /// Judgements go through a write-ahead log.
    pub(crate) has_log: bool,
    /// What the search field holds.
    pub(crate) search: String,
    /// What is wrong with it; the list stays as it was then.
    pub(crate) search_error: Option<SearchError>,
    /// What speaks against samples, once that is known.
    pub(crate) findings: Option<Arc<Findings>>,
    /// Judgements up to this moment do not count for the weights of signals.
    pub(crate) weights_reset: Option<Timestamp>,
    /// What was looked at for it.
    pub(crate) looked: ScanCoverage,
    /// What speaks against samples by rows alone; the rest is added to it.
    pub(crate) by_rows: Option<Arc<Findings>>,
    /// The order of the list is that of older findings.
    order_is_old: bool,
    /// The search that the thread was asked for and did not answer yet.
    asked: Option<Search>,
    searcher: Searcher,
    answering: AnswerCounting,
    /// Counts over all rows by the answers of this annotator, once they are known; they follow judgements after a moment.
    pub(crate) counts: Option<AnswerCounts>,
    /// What could be carried over to other rows.
    propagation: Propagation,
    vocabulary: Vocabulary,
    /// Every tag in use; follows the judgements.
    tags: Vec<(String, usize)>,
    pace: JudgingPace,
    /// Samples of the list without a verdict, and the version they were counted in.
    unjudged: Cell<(u64, usize)>,
    /// The sample on show was gone to because it is suspect.
    sought_suspicious: bool,
    /// The first sample of the list is to be shown when the search is answered.
    first_wanted: bool,
    /// While a search is being typed: the filter before, with the rows that it found.
    before_search_edit: Option<(Search, Option<Vec<u32>>)>,
    opened: Instant,
    /// Events up to this number are on disk.
    saved_up_to: u64,
    /// Events up to this number are in another file.
    rescued_up_to: u64,
    /// Judged samples that the dataset does not hold.
    pub(crate) orphans: Vec<Orphan>,
    /// Who else judged the set.
    pub(crate) annotators: Annotators,
    /// The latest moment that any judgement bears.
    latest_judgement_at: Option<Timestamp>,
    /// It was told that the clock stands before that.
    clock_is_back: bool,
    /// Why events wait in memory.
    pub(crate) failure: Option<String>,
    writer: Writer,
    reports: Receiver<WriterReport>,
    /// Counts up whenever the list or the place in it changed: the queue scrolls to the place then.
    pub(crate) moves: u64,
    /// Counts up whenever anything changed at all.
    pub(crate) version: u64,
}

impl Review {
    /// Starts the writer and the search thread. `wake` makes the window draw again.
    pub(crate) fn start(opened: OpenedDataset, wake: &egui::Context) -> anyhow::Result<Self> {
        let (sender, reports) = channel();
        let ctx = wake.clone();
        let has_log = opened.sidecar.has_log();
        let writer = Writer::start(opened.sidecar, opened.session.id(), move |report| {
            let _ = sender.send(report);
            ctx.request_repaint();
        })?;
        let dataset = opened.session.dataset.clone();
        let searcher = Searcher::start(dataset.clone(), opened.external, wake)?;
        let annotator = opened.session.annotator.to_string();
        let answering = AnswerCounting::start(dataset, opened.events, annotator, searcher.gate(), wake)?;
        let signals: Vec<&str> = Signal::ALL.iter().map(|signal| signal.word()).collect();
        let mut review = Self {
            path: opened.path,
            vocabulary: Vocabulary::new(&opened.session.dataset, &signals),
            queue: Queue { cursor: opened.place, ..Queue::default() },
            session: opened.session,
            sample: None,
            left_out: 0,
            focus: 0,
            first_focus: 0,
            held: None,
            missing: Arc::default(),
            judgings: 0,
            just_judged: None,
            judged_here: None,
            location: opened.location,
            has_log,
            search: String::new(),
            search_error: None,
            findings: None,
            weights_reset: None,
            looked: ScanCoverage::Rows,
            by_rows: None,
            order_is_old: false,
            asked: None,
            searcher,
            answering,
            counts: None,
            propagation: Propagation::default(),
            tags: Vec::new(),
            pace: JudgingPace::default(),
            unjudged: Cell::new((u64::MAX, 0)),
            sought_suspicious: false,
            first_wanted: false,
            before_search_edit: None,
            opened: Instant::now(),
            saved_up_to: 0,
            rescued_up_to: 0,
            orphans: opened.orphans,
            annotators: opened.annotators,
            latest_judgement_at: opened.last_judged,
            clock_is_back: false,
            failure: None,
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

    /// The number of the last event that is on disk.
    pub(crate) fn saved_up_to(&self) -> u64 {
        self.saved_up_to
    }

    /// Events that would be lost if the window ended now: neither on disk nor in another file.
    pub(crate) fn at_risk(&self) -> u64 {
        self.session.last_seq() - self.saved_up_to.max(self.rescued_up_to)
    }

    /// Writes everything to another file, what waits included.
    pub(crate) fn save_as(&self, path: PathBuf) {
        self.writer.save_as(path);
    }

    /// Takes in what the writer brought. Returns what is to be told.
    pub(crate) fn receive(&mut self) -> Vec<SaveEvent> {
        let mut told = Vec::new();
        let mut judged = false;
        while let Ok(report) = self.reports.try_recv() {
            match report {
                WriterReport::Saved { up_to } => {
                    self.saved_up_to = up_to;
                    self.failure = None;
                }
                WriterReport::Failed { message, .. } => {
                    if self.failure.is_none() {
                        told.push(SaveEvent::Failed(message.clone()));
                    }
                    self.failure = Some(message);
                }
                WriterReport::WrittenAnew => told.push(SaveEvent::FileReplaced),
                WriterReport::SavedAs { path, up_to, whole } => {
                    self.rescued_up_to = up_to;
                    told.push(SaveEvent::SavedAs { path, whole });
                }
                WriterReport::NotSavedAs { message } => told.push(SaveEvent::NotSavedAs(message)),
                WriterReport::Others { events, after } => {
                    self.judgings += 1;
                    judged |= self.session.add_foreign_events(&events, after);
                    self.answering.judged(events);
                }
            }
        }
        if judged {
            self.count_tags();
            self.refresh_derived();
        }
        told.extend(self.check_clock());
        told
    }

    /// Tells once where the clock stands before what was judged already.
    fn check_clock(&mut self) -> Option<SaveEvent> {
        let (now, last) = (now(), self.latest_judgement_at?);
        if last.seconds_since(now) < CLOCK_MAY_DIFFER_SECS || self.clock_is_back {
            return None;
        }
        self.clock_is_back = true;
        Some(SaveEvent::ClockIsBack(last))
    }

    /// Takes in what the search thread brought. Rows that hold a tile are handed on.
    pub(crate) fn receive_answers(&mut self) -> Vec<SearchAnswer> {
        let mut others = Vec::new();
        while let Some(answer) = self.searcher.answer() {
            match answer {
                SearchAnswer::Found(search, matches) if self.asked.as_ref() == Some(&search) => {
                    self.asked = None;
                    self.apply_search(search, matches);
                }
                SearchAnswer::Found(..) => {}
                SearchAnswer::Findings(findings) => {
                    self.by_rows = Some(findings.clone());
                    self.take_findings(findings, ScanCoverage::Rows);
                }
                SearchAnswer::Targets(number, kin) => self.receive_targets(number, kin),
                SearchAnswer::Failed(_) => {
                    self.asked = None;
                    others.push(answer);
                }
                SearchAnswer::Occurrences(..) | SearchAnswer::Page(..) => others.push(answer),
            }
        }
        match self.answering.counted() {
            Some(Ok(CountedAnswers { own, conflicts })) => {
                self.counts = Some(own);
                if self.session.set_conflicts(&conflicts) {
                    self.refresh_derived();
                }
            }
            Some(Err(reason)) => others.push(SearchAnswer::Failed(reason)),
            None => {}
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

    /// What was said of the sample on show, a wrong positive in both of its forms.
    pub(crate) fn judgement(&self) -> Judgement {
        let judgement = self.session.judgement(self.queue.cursor).cloned().unwrap_or_default();
        match &self.sample {
            Some(sample) => judgement.reconciled(&sample.positive.path),
            None => judgement,
        }
    }

    /// Takes in which shards are not here. Only a search that asks for it lets that change the list.
    pub(crate) fn take_missing(&mut self, missing: Arc<MissingShards>) {
        self.session.set_missing_shards(&missing);
        self.missing = missing;
        self.refresh_derived();
    }

    /// Shows a sample.
    pub(crate) fn show(&mut self, index: usize) {
        let index = index.min(self.dataset().samples.len().saturating_sub(1));
        self.refresh_order(index);
        self.queue.cursor = index;
        self.sought_suspicious = false;
        let rows = self.dataset().samples.len();
        // A set may have none.
        let shown = if index < rows { self.to_show(index) } else { None };
        (self.sample, self.left_out) = shown.map_or((None, 0), |(sample, left_out)| (Some(Arc::new(sample)), left_out));
        // Who goes through the most suspicious first wants to see why.
        self.focus = if self.queue.order.is_some() { self.strongest_tile() } else { 0 };
        self.first_focus = self.focus;
        self.forget_asks();
        self.moves += 1;
        self.version += 1;
        if let Some(sample) = &self.sample {
            self.writer.set_position(LastPosition {
                annotator: self.session.annotator.to_string(),
                sample: sample.key,
                at: now(),
            });
        }
    }

    /// A sample as it is shown, of very many negatives the first; and how many are left out.
    pub(crate) fn to_show(&self, index: usize) -> Option<(Sample, usize)> {
        let mut sample = self.dataset().sample(index).ok()?;
        let left_out = sample.negatives.len().saturating_sub(SHOWN_NEGATIVES);
        sample.negatives.truncate(SHOWN_NEGATIVES);
        Some((sample, left_out))
    }

    /// Goes on or back in the list.
    pub(crate) fn step(&mut self, steps: i64) {
        if let Some(index) = self.queue.step(steps) {
            self.just_judged = None;
            self.show(index);
        }
    }

    /// Goes back to the sample judged last; from there, to the one before it. False where there is none.
    pub(crate) fn go_to_last_judged(&mut self) -> bool {
        let last = self.session.judged_before(self.queue.cursor);
        if let Some(index) = last {
            self.show(index);
        }
        last.is_some()
    }

    /// Tries now to store what waits.
    pub(crate) fn retry_saving(&self) {
        self.writer.retry_now();
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
