//! The threads that answer questions about all rows and tiles: searches, searches of texts,
//! occurrences of a tile, findings, tiles of a page, and targets of a propagation. A newer search
//! stops an older one; no thread waits for another.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tilejury_audit::Relevance;
use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::external::ExternalStore;
use tilejury_audit::progress::{Cancelled, Progress, ProgressStep};
use tilejury_audit::propagation::PropagationTarget;
use tilejury_audit::search::{
    Occurrence, OccurrenceQuery, RowFieldNames, RowWords, Search, SearchIndex, TextMatches, TextSearchError,
    occurrences,
};
use tilejury_audit::suspicion::fingerprints::PixelCopies;
use tilejury_data::{Dataset, SampleIndex, TilePath};

use crate::command::{DatasetCommand, keymap};
use crate::findings_pool::{FindingsPool, JoinedFindings};
use crate::list_order::OrderKey;
use crate::similar::{self, LikeGroups, NearQuery, TileQuestion};
use crate::target_finder::{TargetFinder, TargetQuery};
use crate::task::{Task, TaskProgress};
use crate::tile_search::{self, FoundTiles, RowsOfTiles};

/// An answer.
pub(crate) enum SearchAnswer {
    /// The samples whose rows match a search; `None` for all.
    Found(Search, Option<Vec<SampleIndex>>),
    /// The reason why a search cannot be answered, for a person to read.
    Refused(Search, String),
    /// The fields of the rows, read for the first search that asks about one.
    Fields(RowFieldNames),
    /// The best tiles for a query, or the reason why there are none; and the number of the search.
    Tiles(u64, Result<FoundTiles, String>),
    /// The rows with queries near that of a sample, and the number of the search.
    NearQueries(u64, Vec<NearQuery>),
    /// The groups of tiles and of queries that are alike, and the number of the search.
    Groups(u64, LikeGroups),
    /// The rows of those tiles, and the number of the search.
    RowsOfTiles(u64, RowsOfTiles),
    /// The rows that have a tile, or any tile of its page.
    Occurrences(OccurrenceQuery, Vec<Occurrence>),
    /// The tiles of a tile's page, in reading order.
    Page(TilePath, Vec<TilePath>),
    /// Findings, and whether they are all that can be had without reading tiles: those from rows
    /// come before those from the texts and scores beside them, which take longer.
    Findings(JoinedFindings, bool),
    /// The rows that a mark could be applied to, and the number of the question.
    Targets(u64, Vec<PropagationTarget>),
    /// The best rows for the words of a text.
    BestRows(String, Vec<SampleIndex>),
    /// All samples, sorted by this key.
    Sorted(OrderKey, Vec<SampleIndex>),
    /// The program failed on a question; the text is for a person to read.
    Failed(String),
}

/// The index of the rows, built by the first thread that needs it: the first sample need not wait
/// for it.
#[derive(Clone, Default)]
pub(crate) struct SharedIndex(Arc<OnceLock<SearchIndex>>);

impl SharedIndex {
    /// Returns the index of a dataset, always the same one.
    pub(crate) fn get(&self, dataset: &Dataset) -> &SearchIndex {
        self.0.get_or_init(|| SearchIndex::build(dataset))
    }
}

/// The connection to the threads. Dropping it cancels their work and does not wait.
pub(crate) struct Searcher {
    searches: Sender<(u64, Search)>,
    questions: Sender<Question>,
    tile_searches: Sender<(u64, TileQuestion)>,
    answers: Receiver<SearchAnswer>,
    /// The number of the last search; answers to other numbers are stale.
    latest: Arc<AtomicU64>,
    /// The number of the last question for targets: a newer one stops an older one.
    latest_targets: Arc<AtomicU64>,
    /// The number of the last question for the best rows.
    latest_rows: Arc<AtomicU64>,
    /// The number of the last search for tiles.
    latest_tiles: Arc<AtomicU64>,
    index: SharedIndex,
    /// Opens when background work that nobody asked for may start.
    gate: Arc<StartGate>,
    /// The findings of all threads.
    pool: Arc<FindingsPool>,
    /// The threads, each with the notice for a failure.
    tasks: [(Task<()>, &'static str); 4],
}

/// The gate that background work waits at: the first sample comes first.
#[derive(Default)]
struct StartGate {
    open: Mutex<bool>,
    opened: Condvar,
}

impl StartGate {
    /// Waits for the gate, but not forever: the first sample's tiles may never come.
    fn wait(&self) {
        let mut open = self.open.lock();
        let _ = self.opened.wait_while_for(&mut open, |open| !*open, AFTER_OPENING);
    }
}

/// The number of rows that are found for a few words.
const BEST_ROWS: usize = 6;

/// The longest wait for the first sample before background work starts.
const AFTER_OPENING: Duration = Duration::from_millis(500);

enum Question {
    Occurrences(OccurrenceQuery),
    Page(TilePath),
    Targets(TargetQuery),
    BestRows(u64, String),
    Copies(Arc<PixelCopies>),
    Sort(OrderKey),
}

impl Searcher {
    /// Starts the threads: one for searches, so that typing never waits; one for searches of texts;
    /// one for other questions; and one that computes the signals from rows and ends. `external` is
    /// the file with the texts of tiles and imported reviews and scores, `fingerprints` that of the
    /// pixel scan; they need not exist.
    pub(crate) fn start(
        dataset: Arc<Dataset>,
        (external, fingerprints): (PathBuf, PathBuf),
        ctx: &egui::Context,
    ) -> std::io::Result<Self> {
        let (searches, search_receiver) = channel();
        let (questions, question_receiver) = channel();
        let (tile_searches, tile_search_receiver) = channel();
        let (answer, answers) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let latest_targets = Arc::new(AtomicU64::new(0));
        let latest_tiles = Arc::new(AtomicU64::new(0));
        let latest_rows = Arc::new(AtomicU64::new(0));
        let index = SharedIndex::default();
        let pool = Arc::new(FindingsPool::new(dataset.samples.len()));
        let searching = Worker {
            dataset,
            external: external.into(),
            fingerprints: fingerprints.into(),
            copies: Arc::default(),
            index: index.clone(),
            answer,
            latest: latest.clone(),
            latest_targets: latest_targets.clone(),
            latest_tiles: latest_tiles.clone(),
            latest_rows: latest_rows.clone(),
            wake: ctx.clone(),
            pool: pool.clone(),
        };
        let (asking, suspecting, finding) = (searching.clone(), searching.clone(), searching.clone());
        let gate = Arc::<StartGate>::default();
        let signals_gate = gate.clone();
        let search = Task::spawn("search", ctx, move |task| searching.search(&search_receiver, task))?;
        let serve = Task::spawn("questions", ctx, move |task| asking.serve(&question_receiver, task))?;
        let signals = Task::spawn("signals", ctx, move |task| {
            signals_gate.wait();
            // Built here, so that the first search need not wait for it.
            suspecting.index();
            suspecting.suspect(task);
        })?;
        let tiles = Task::spawn("tile search", ctx, move |task| finding.find_tiles(&tile_search_receiver, task))?;
        let tasks = [
            (search, "Searches are no longer answered"),
            (tiles, "Searches of the text of tiles are no longer answered"),
            (serve, "Questions about all rows are no longer answered"),
            (signals, "Signals could not be computed"),
        ];
        Ok(Self {
            searches,
            questions,
            tile_searches,
            answers,
            latest,
            latest_targets,
            latest_rows,
            latest_tiles,
            gate,
            pool,
            index,
            tasks,
        })
    }

    /// Lets background work start: the first sample is visible.
    pub(crate) fn allow_background_work(&self) {
        *self.gate.open.lock() = true;
        self.gate.opened.notify_all();
    }

    /// The index of the rows, to share with another thread.
    pub(crate) fn shared_index(&self) -> SharedIndex {
        self.index.clone()
    }

    /// Returns a function that blocks until background work may start.
    pub(crate) fn gate(&self) -> impl FnOnce() + Send + 'static {
        let gate = self.gate.clone();
        move || gate.wait()
    }

    /// Returns the findings of all threads.
    pub(crate) fn pool(&self) -> &Arc<FindingsPool> {
        &self.pool
    }

    /// Asks for the samples whose rows match. An older search that is not answered yet is dropped.
    pub(crate) fn search(&self, search: Search) {
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.searches.send((number, search));
    }

    /// Asks for the tiles whose texts fit a query best, then for their rows. An older search that
    /// is not answered yet is dropped. Returns the number that the answers will have.
    pub(crate) fn search_tiles(&self, query: String) -> u64 {
        self.ask_for_tiles(TileQuestion::Text(query))
    }

    /// Asks for tiles: for the best by their texts, or for those that are alike. An older question
    /// that is not answered yet is dropped. Returns the number that the answers will have.
    pub(crate) fn ask_for_tiles(&self, question: TileQuestion) -> u64 {
        let number = self.latest_tiles.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.tile_searches.send((number, question));
        number
    }

    /// Stops the search for tiles that is not answered yet.
    pub(crate) fn stop_tile_search(&self) {
        self.latest_tiles.fetch_add(1, Ordering::Relaxed);
    }

    /// Asks for the rows that have a tile or a page.
    pub(crate) fn find_occurrences(&self, wanted: OccurrenceQuery) {
        let _ = self.questions.send(Question::Occurrences(wanted));
    }

    /// Asks for the tiles of this tile's page in the shards.
    pub(crate) fn find_page(&self, of: TilePath) {
        let _ = self.questions.send(Question::Page(of));
    }

    /// Asks for the other rows that these marks of a sample could be applied to. An older question
    /// that is not answered yet is dropped. Returns the number that the answer will have.
    pub(crate) fn find_targets(&self, sample: SampleIndex, marks: Vec<(TilePath, Relevance)>) -> u64 {
        let number = self.latest_targets.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.questions.send(Question::Targets(TargetQuery { number, sample, marks }));
        number
    }

    /// Asks for the rows whose queries have the words of a text. An older question that is not
    /// answered yet is dropped.
    pub(crate) fn find_best_rows(&self, text: String) {
        let number = self.latest_rows.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.questions.send(Question::BestRows(number, text));
    }

    /// Asks for all samples, sorted by the query or by the number of negatives.
    pub(crate) fn sort(&self, by: OrderKey) {
        let _ = self.questions.send(Question::Sort(by));
    }

    /// Sets the tiles that are exact copies of each other, for all later questions.
    pub(crate) fn set_copies(&self, copies: Arc<PixelCopies>) {
        let _ = self.questions.send(Question::Copies(copies));
    }

    /// Returns the next answer, if there is one.
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
    /// The file with the texts of tiles and imported reviews and scores.
    external: Arc<Path>,
    /// The file with the fingerprints of tiles.
    fingerprints: Arc<Path>,
    /// The tiles that are copies of each other; `None` until a pixel scan has results.
    copies: Arc<Mutex<Option<Arc<PixelCopies>>>>,
    index: SharedIndex,
    answer: Sender<SearchAnswer>,
    latest: Arc<AtomicU64>,
    latest_targets: Arc<AtomicU64>,
    latest_tiles: Arc<AtomicU64>,
    latest_rows: Arc<AtomicU64>,
    wake: egui::Context,
    pool: Arc<FindingsPool>,
}

impl Worker {
    fn index(&self) -> &SearchIndex {
        self.index.get(&self.dataset)
    }

    fn search(&self, searches: &Receiver<(u64, Search)>, task: &TaskProgress) {
        let mut fields_sent = false;
        while let Ok((number, search)) = searches.recv() {
            let newest = Newest { task, latest: &self.latest, number };
            // The names come first: they show whether the search is wrong.
            if search.needs_fields()
                && !fields_sent
                && let Ok(Ok(fields)) = catch_panic(|| self.index().fields(&self.dataset, &newest))
            {
                fields_sent = true;
                self.send(SearchAnswer::Fields(fields.into()));
            }
            let answer = match catch_panic(|| self.find(&search, &newest)) {
                Ok(Ok(Ok(matches))) => SearchAnswer::Found(search, matches),
                Ok(Ok(Err(Cancelled))) => continue,
                Ok(Err(error)) => SearchAnswer::Refused(search, self.refusal(&error)),
                Err(reason) => SearchAnswer::Failed(format!("The search could not be answered: {reason}.")),
            };
            if !self.send(answer) {
                return;
            }
        }
    }

    /// Finds the samples whose rows match a search, once the texts that it asks about are searched.
    fn find(
        &self,
        search: &Search,
        progress: &dyn Progress,
    ) -> Result<Result<Option<Vec<SampleIndex>>, Cancelled>, TextSearchError> {
        let store = if search.needs_texts() { ExternalStore::open_for_search(&self.external)? } else { None };
        match TextMatches::find(search, store.as_ref(), progress)? {
            Ok(texts) => Ok(self.index().find(search, &texts, &self.dataset, progress)),
            Err(Cancelled) => Ok(Err(Cancelled)),
        }
    }

    /// The reason why texts cannot be searched, for a person at the window.
    fn refusal(&self, error: &TextSearchError) -> String {
        match error {
            TextSearchError::NothingRead => {
                let key = keymap::from_context(&self.wake).first(DatasetCommand::ReadTiles);
                format!("no text of any tile is known yet; {key} reads the tiles")
            }
            TextSearchError::File(error) => error.to_string(),
        }
    }

    fn find_tiles(&self, searches: &Receiver<(u64, TileQuestion)>, task: &TaskProgress) {
        while let Ok((number, question)) = searches.recv() {
            let newest = Newest { task, latest: &self.latest_tiles, number };
            let query = match question {
                TileQuestion::Text(query) => query,
                question => {
                    let answered = catch_panic(|| self.find_alike(number, &question, &newest));
                    let failed = |reason| {
                        self.send(SearchAnswer::Failed(format!("Similar tiles could not be found: {reason}.")))
                    };
                    if !answered.unwrap_or_else(failed) {
                        return;
                    }
                    continue;
                }
            };
            let found = match catch_panic(|| tile_search::find_tiles(&query, &self.external, &newest)) {
                Ok(Ok(Some(found))) => Ok(found),
                Ok(Ok(None)) => continue,
                Ok(Err(error)) => Err(self.refusal(&error)),
                Err(reason) => Err(format!("the search failed: {reason}")),
            };
            let tiles: Vec<TilePath> =
                found.iter().flat_map(|found| &found.tiles).map(|hit| hit.tile.clone()).collect();
            if !self.send(SearchAnswer::Tiles(number, found)) {
                return;
            }
            let rows = catch_panic(|| tile_search::find_rows(&tiles, &self.dataset, self.index(), &newest));
            let answer = match rows {
                Ok(Some(rows)) => SearchAnswer::RowsOfTiles(number, rows),
                Ok(None) => continue,
                Err(reason) => SearchAnswer::Failed(format!("The rows of the tiles could not be found: {reason}.")),
            };
            if !self.send(answer) {
                return;
            }
        }
    }

    /// Answers a question about tiles that are alike. Returns `false` once nobody receives answers.
    fn find_alike(&self, number: u64, question: &TileQuestion, newest: &Newest<'_>) -> bool {
        let find = || -> Result<bool, Cancelled> {
            match question {
                TileQuestion::Text(_) => Ok(true),
                TileQuestion::Groups => {
                    let copies = self.copies.lock().clone();
                    let groups = similar::groups(&self.dataset, copies.as_ref(), newest)?;
                    Ok(self.send(SearchAnswer::Groups(number, groups)))
                }
                TileQuestion::Similar { tile, sample } => {
                    let found = similar::find_similar(&self.dataset, &self.fingerprints, tile, newest)?;
                    let alike = found.iter().flat_map(|found| &found.tiles).map(|hit| &hit.tile);
                    let tiles: Vec<TilePath> = alike.chain([tile]).cloned().collect();
                    let mut is_open = self.send(SearchAnswer::Tiles(number, found));
                    let near = similar::near_queries(&self.dataset, *sample, newest)?;
                    is_open &= self.send(SearchAnswer::NearQueries(number, near));
                    if let Some(rows) = tile_search::find_rows(&tiles, &self.dataset, self.index(), newest) {
                        is_open &= self.send(SearchAnswer::RowsOfTiles(number, rows));
                    }
                    Ok(is_open)
                }
            }
        };
        find().unwrap_or(true)
    }

    fn suspect(&self, task: &TaskProgress) {
        let has_imports = self.external.exists();
        let Some(found) = self.pool.read_rows(&self.dataset, &task.unseen()) else { return };
        self.send(SearchAnswer::Findings(found, !has_imports));
        if has_imports
            && let Some(found) = self.pool.read_rows_and_imports(&self.dataset, &self.external, &[], &task.unseen())
        {
            self.send(SearchAnswer::Findings(found, true));
        }
    }

    fn serve(&self, questions: &Receiver<Question>, task: &TaskProgress) {
        let mut finder = TargetFinder::default();
        while let Ok(question) = questions.recv() {
            let answer = catch_panic(|| match question {
                Question::Occurrences(wanted) => occurrences(&self.dataset, self.index(), &wanted, &task.unseen())
                    .ok()
                    .map(|rows| SearchAnswer::Occurrences(wanted, rows)),
                Question::Page(of) => {
                    let tiles = self.dataset.tiles.page_of(&of);
                    Some(SearchAnswer::Page(of, tiles))
                }
                Question::Targets(question) => {
                    let newest = Newest { task, latest: &self.latest_targets, number: question.number };
                    let targets = finder.find(&self.dataset, self.index(), &question, &task.unseen(), &newest);
                    targets.ok().map(|targets| SearchAnswer::Targets(question.number, targets))
                }
                Question::BestRows(number, text) => {
                    let newest = Newest { task, latest: &self.latest_rows, number };
                    let rows = self.index().best_rows(&RowWords::new(&text), BEST_ROWS, &newest);
                    rows.ok().map(|rows| SearchAnswer::BestRows(text, rows))
                }
                Question::Sort(OrderKey::Query) => Some(SearchAnswer::Sorted(OrderKey::Query, self.index().by_query())),
                Question::Sort(by) => Some(SearchAnswer::Sorted(by, self.index().by_negatives())),
                Question::Copies(copies) => {
                    *self.copies.lock() = Some(copies.clone());
                    finder.copies = Some(copies);
                    None
                }
            });
            let answer = answer.unwrap_or_else(|reason| {
                finder = TargetFinder::default();
                Some(SearchAnswer::Failed(format!("A question about all rows could not be answered: {reason}.")))
            });
            if answer.is_some_and(|answer| !self.send(answer)) {
                return;
            }
        }
    }

    /// Sends an answer. Returns `false` once nobody receives answers.
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
    fn report(&self, _: ProgressStep) -> Result<(), Cancelled> {
        if self.latest.load(Ordering::Relaxed) == self.number { self.task.check() } else { Err(Cancelled) }
    }
}
