//! The threads that answer questions to all rows: a search, where a tile stands, what speaks against samples, which tiles a
//! page has, and where a judgement could be carried over to. A newer search stops an older one; none of them waits for the others.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tilejury_audit::Relevance;
use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::external::{ExternalSignals, ExternalStore};
use tilejury_audit::progress::{Cancelled, Progress, Step};
use tilejury_audit::propagation::PropagationTarget;
use tilejury_audit::search::{Occurrence, OccurrenceQuery, Search, SearchIndex, occurrences};
use tilejury_audit::suspicion::fingerprints::PixelCopies;
use tilejury_audit::suspicion::{Findings, SuspicionSettings, signals};
use tilejury_data::{Dataset, TilePath};

use crate::target_finder::{TargetFinder, TargetQuery};
use crate::task::{Task, TaskProgress};

/// What was found.
pub(crate) enum SearchAnswer {
    /// The samples whose rows fit a search; `None` for all.
    Found(Search, Option<Vec<u32>>),
    /// The rows that hold a tile or a page.
    Occurrences(OccurrenceQuery, Vec<Occurrence>),
    /// The tiles of a tile's page, in reading order.
    Page(TilePath, Vec<TilePath>),
    /// What speaks against samples.
    Findings(Arc<Findings>),
    /// The rows that a judgement could be carried over to, and the number of the question.
    Targets(u64, Vec<PropagationTarget>),
    /// The program failed on a question; what is told is for a person.
    Failed(String),
}

/// The threads' near end. Dropping it cancels what they have in hand, and waits for nothing.
pub(crate) struct Searcher {
    searches: Sender<(u64, Search)>,
    questions: Sender<Question>,
    answers: Receiver<SearchAnswer>,
    /// The number of the last search that was asked; what has another number is stale.
    latest: Arc<AtomicU64>,
    /// The number of the last question for kin: a newer one stops an older one.
    latest_kin: Arc<AtomicU64>,
    /// What nobody asked for may begin.
    begun: Arc<StartGate>,
    /// The threads, each with what a person misses if the program fails on it.
    tasks: [(Task<()>, &'static str); 3],
}

/// A gate before what is done without being asked for: the first sample comes before it.
#[derive(Default)]
struct StartGate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl StartGate {
    /// Waits for the gate, but not for ever: the first sample's tiles may never come.
    fn wait(&self) {
        let mut open = self.open.lock();
        let _ = self.opened.wait_while_for(&mut open, |open| !*open, AFTER_OPENING);
    }
}

/// How long the first sample comes before what nobody asked for.
const AFTER_OPENING: Duration = Duration::from_millis(500);

enum Question {
    Occurrences(OccurrenceQuery),
    Page(TilePath),
    Targets(TargetQuery),
    Copies(Arc<PixelCopies>),
}

impl Searcher {
    /// Starts the threads: one for searches, so that typing never waits, one for other questions, and one that looks for
    /// what speaks against samples, and ends.
    /// `external` is the file with what other programs say of the tiles; it need not exist.
    pub(crate) fn start(dataset: Arc<Dataset>, external: PathBuf, ctx: &egui::Context) -> std::io::Result<Self> {
        let (searches, searched) = channel();
        let (questions, asked) = channel();
        let (answer, answers) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let latest_kin = Arc::new(AtomicU64::new(0));
        let index = Arc::default();
        let searching = Worker {
            dataset,
            index,
            answer,
            latest: latest.clone(),
            latest_kin: latest_kin.clone(),
            wake: ctx.clone(),
        };
        let (asking, suspecting) = (searching.clone(), searching.clone());
        let begun = Arc::<StartGate>::default();
        let gate = begun.clone();
        let search = Task::spawn("search", ctx, move |task| searching.search(&searched, task))?;
        let serve = Task::spawn("questions", ctx, move |task| asking.serve(&asked, task))?;
        let signals = Task::spawn("signals", ctx, move |task| {
            gate.wait();
            // So that nobody who searches waits for it.
            suspecting.index();
            suspecting.suspect(&external, task);
        })?;
        let tasks = [
            (search, "Searches are no longer answered"),
            (serve, "Questions to all rows are no longer answered"),
            (signals, "Signals could not be computed"),
        ];
        Ok(Self { searches, questions, answers, latest, latest_kin, begun, tasks })
    }

    /// The first sample is on show: what nobody asked for may begin.
    pub(crate) fn allow_background_work(&self) {
        *self.begun.open.lock() = true;
        self.begun.opened.notify_all();
    }

    /// Blocks, when it is called, until what nobody asked for may begin.
    pub(crate) fn gate(&self) -> impl FnOnce() + Send + 'static {
        let begun = self.begun.clone();
        move || begun.wait()
    }

    /// Asks for the samples whose rows fit; an older search that is not answered yet never will be.
    pub(crate) fn search(&self, search: Search) {
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.searches.send((number, search));
    }

    /// Asks where else a tile or a page stands.
    pub(crate) fn find_occurrences(&self, wanted: OccurrenceQuery) {
        let _ = self.questions.send(Question::Occurrences(wanted));
    }

    /// Asks which tiles the shards hold of this tile's page.
    pub(crate) fn find_page(&self, of: TilePath) {
        let _ = self.questions.send(Question::Page(of));
    }

    /// Asks which other rows hold what was said something of. An older question that is not answered yet never will be.
    /// Returns the number that the answer will have.
    pub(crate) fn find_targets(&self, sample: usize, marks: Vec<(TilePath, Relevance)>) -> u64 {
        let number = self.latest_kin.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.questions.send(Question::Targets(TargetQuery { number, sample, marks }));
        number
    }

    /// Tells which tiles are exact copies of each other, for all later questions.
    pub(crate) fn know_copies(&self, copies: Arc<PixelCopies>) {
        let _ = self.questions.send(Question::Copies(copies));
    }

    /// An answer, if there is one.
    pub(crate) fn answer(&mut self) -> Option<SearchAnswer> {
        self.answers.try_recv().ok().or_else(|| {
            self.tasks.iter_mut().find_map(|(task, missed)| {
                let reason = task.poll()?.err()?;
                Some(SearchAnswer::Failed(format!("{missed}: {reason}.")))
            })
        })
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        self.tasks.iter().for_each(|(task, _)| task.cancel());
        self.allow_background_work();
    }
}

#[derive(Clone)]
struct Worker {
    dataset: Arc<Dataset>,
    /// Made by the first thread that needs it: the first sample need not wait for it.
    index: Arc<OnceLock<SearchIndex>>,
    answer: Sender<SearchAnswer>,
    latest: Arc<AtomicU64>,
    latest_kin: Arc<AtomicU64>,
    wake: egui::Context,
}

impl Worker {
    fn index(&self) -> &SearchIndex {
        self.index.get_or_init(|| SearchIndex::build(&self.dataset))
    }

    fn search(&self, searched: &Receiver<(u64, Search)>, task: &TaskProgress) {
        while let Ok((number, search)) = searched.recv() {
            let newest = Newest { task, latest: &self.latest, number };
            let answer = match catch_panic(|| self.index().find(&search, &self.dataset, &newest)) {
                Ok(Ok(matches)) => SearchAnswer::Found(search, matches),
                Ok(Err(Cancelled)) => continue,
                Err(reason) => SearchAnswer::Failed(format!("The search could not be answered: {reason}.")),
            };
            if !self.send(answer) {
                return;
            }
        }
    }

    fn suspect(&self, external: &Path, task: &TaskProgress) {
        // What cannot be read is left out here; `tilejury rank` says why.
        let external = ExternalStore::open_for_reading(external).ok().flatten();
        let external =
            external.and_then(|external| ExternalSignals::read(&external, &self.dataset, &task.unseen()).ok()?.ok());
        let settings = SuspicionSettings::default();
        if let Ok(findings) = signals(&self.dataset, &settings, external.as_ref(), &task.unseen()) {
            self.send(SearchAnswer::Findings(Arc::new(findings)));
        }
    }

    fn serve(&self, asked: &Receiver<Question>, task: &TaskProgress) {
        let mut finder = TargetFinder::default();
        while let Ok(question) = asked.recv() {
            let answer = catch_panic(|| match question {
                Question::Occurrences(wanted) => occurrences(&self.dataset, self.index(), &wanted, &task.unseen())
                    .ok()
                    .map(|rows| SearchAnswer::Occurrences(wanted, rows)),
                Question::Page(of) => {
                    let tiles = self.dataset.tiles.page_of(&of);
                    Some(SearchAnswer::Page(of, tiles))
                }
                Question::Targets(question) => {
                    let newest = Newest { task, latest: &self.latest_kin, number: question.number };
                    let targets = finder.find(&self.dataset, self.index(), &question, &task.unseen(), &newest);
                    targets.ok().map(|targets| SearchAnswer::Targets(question.number, targets))
                }
                Question::Copies(copies) => {
                    finder.copies = Some(copies);
                    None
                }
            });
            let answer = answer.unwrap_or_else(|reason| {
                finder = TargetFinder::default();
                Some(SearchAnswer::Failed(format!("A question to all rows could not be answered: {reason}.")))
            });
            if answer.is_some_and(|answer| !self.send(answer)) {
                return;
            }
        }
    }

    /// Hands an answer over. False once nobody listens.
    fn send(&self, answer: SearchAnswer) -> bool {
        let sent = self.answer.send(answer).is_ok();
        self.wake.request_repaint();
        sent
    }
}

/// Cancels a question as soon as there is a newer one of its kind.
struct Newest<'t> {
    task: &'t TaskProgress,
    latest: &'t AtomicU64,
    number: u64,
}

impl Progress for Newest<'_> {
    fn report(&self, _: Step) -> Result<(), Cancelled> {
        if self.latest.load(Ordering::Relaxed) == self.number { self.task.check() } else { Err(Cancelled) }
    }
}
