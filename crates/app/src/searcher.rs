//! The threads that answer questions to all rows: a search, where a tile stands, what speaks against samples, which tiles a
//! page has, and where a judgement could be carried over to. A newer search stops an older one; none of them waits for the others.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use tilejury_audit::Relevance;
use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::external::{ExternalSignals, ExternalStore};
use tilejury_audit::propagation::PropagationTarget;
use tilejury_audit::search::{Occurrence, OccurrenceQuery, Search, SearchIndex, occurrences};
use tilejury_audit::suspicion::fingerprints::PixelCopies;
use tilejury_audit::suspicion::{Findings, SuspicionSettings, signals};
use tilejury_data::{Dataset, TilePath};

use crate::target_finder::{TargetFinder, TargetQuery};

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

/// The threads' near end. Dropping it lets them end with what they have in hand.
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
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.opened.wait_timeout_while(open, AFTER_OPENING, |open| !*open);
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
    pub(crate) fn start(dataset: Arc<Dataset>, external: PathBuf, wake: egui::Context) -> std::io::Result<Self> {
        let (searches, searched) = channel();
        let (questions, asked) = channel();
        let (answer, answers) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let latest_kin = Arc::new(AtomicU64::new(0));
        let index = Arc::default();
        let searching = Thread { dataset, index, answer, latest: latest.clone(), latest_kin: latest_kin.clone(), wake };
        let (asking, suspecting) = (searching.clone(), searching.clone());
        let begun = Arc::<StartGate>::default();
        let gate = begun.clone();
        thread::Builder::new().name("search".into()).spawn(move || searching.search(&searched))?;
        thread::Builder::new().name("questions".into()).spawn(move || asking.serve(&asked))?;
        thread::Builder::new().name("signals".into()).spawn(move || {
            gate.wait();
            if let Err(reason) = catch_panic(|| suspecting.prepare_and_find_signals(&external)) {
                suspecting.send(SearchAnswer::Failed(format!("What speaks against samples is not known: {reason}.")));
            }
        })?;
        Ok(Self { searches, questions, answers, latest, latest_kin, begun })
    }

    /// The first sample is on show: what nobody asked for may begin.
    pub(crate) fn allow_background_work(&self) {
        *self.begun.open.lock().unwrap_or_else(PoisonError::into_inner) = true;
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
    pub(crate) fn find_targets(&self, sample: usize, said: Vec<(TilePath, Relevance)>) -> u64 {
        let number = self.latest_kin.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.questions.send(Question::Targets(TargetQuery { number, sample, said }));
        number
    }

    /// Tells which tiles are exact copies of each other, for all later questions.
    pub(crate) fn know_copies(&self, copies: Arc<PixelCopies>) {
        let _ = self.questions.send(Question::Copies(copies));
    }

    /// An answer, if there is one.
    pub(crate) fn answer(&self) -> Option<SearchAnswer> {
        self.answers.try_recv().ok()
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        // Whatever is being searched for, nobody waits for it any more.
        self.latest.store(u64::MAX, Ordering::Relaxed);
        self.allow_background_work();
    }
}

#[derive(Clone)]
struct Thread {
    dataset: Arc<Dataset>,
    /// Made by the first thread that needs it: the first sample need not wait for it.
    index: Arc<OnceLock<SearchIndex>>,
    answer: Sender<SearchAnswer>,
    latest: Arc<AtomicU64>,
    latest_kin: Arc<AtomicU64>,
    wake: egui::Context,
}

impl Thread {
    fn index(&self) -> &SearchIndex {
        self.index.get_or_init(|| SearchIndex::build(&self.dataset))
    }

    fn search(&self, searched: &Receiver<(u64, Search)>) {
        while let Ok((number, search)) = searched.recv() {
            let stale = || self.latest.load(Ordering::Relaxed) != number;
            let answer = match catch_panic(|| self.index().find(&search, &self.dataset, &stale)) {
                Ok(Ok(matches)) => SearchAnswer::Found(search, matches),
                Ok(Err(_)) => continue,
                Err(reason) => SearchAnswer::Failed(format!("The search could not be answered: {reason}.")),
            };
            if !self.send(answer) {
                return;
            }
        }
    }

    fn prepare_and_find_signals(&self, external: &Path) {
        // So that nobody who searches waits for it.
        self.index();
        self.suspect(external);
    }

    fn suspect(&self, external: &Path) {
        // What cannot be read is left out here; `tilejury rank` says why.
        let said = ExternalStore::open_for_reading(external).ok().flatten();
        let said =
            said.and_then(|said| ExternalSignals::read(&said, &self.dataset, &mut |_, _| !self.is_over()).ok()?);
        let settings = SuspicionSettings::default();
        if let Some(findings) = signals(&self.dataset, &settings, said.as_ref(), &mut |_, _| !self.is_over()) {
            self.send(SearchAnswer::Findings(Arc::new(findings)));
        }
    }

    /// Did the one who asks go away?
    fn is_over(&self) -> bool {
        self.latest.load(Ordering::Relaxed) == u64::MAX
    }

    fn serve(&self, asked: &Receiver<Question>) {
        let mut finder = TargetFinder::default();
        while let Ok(question) = asked.recv() {
            let answer = catch_panic(|| match question {
                Question::Occurrences(wanted) => occurrences(&self.dataset, self.index(), &wanted, &|| self.is_over())
                    .ok()
                    .map(|rows| SearchAnswer::Occurrences(wanted, rows)),
                Question::Page(of) => {
                    let tiles = self.dataset.tiles.page_of(&of);
                    Some(SearchAnswer::Page(of, tiles))
                }
                Question::Targets(question) => {
                    let stale = || self.latest_kin.load(Ordering::Relaxed) != question.number;
                    let kin = finder.find(&self.dataset, self.index(), &question, &|| self.is_over(), &stale);
                    kin.map(|kin| SearchAnswer::Targets(question.number, kin))
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
        let told = self.answer.send(answer).is_ok();
        self.wake.request_repaint();
        told
    }
}
