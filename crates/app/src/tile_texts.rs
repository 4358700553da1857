//! The texts of the tiles that a person sees, or will see next, with the evidence in them. A thread
//! looks them up in the file of readings; the window asks for what it has and never waits.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::external::{EvidenceRequest, ExternalStore, TextState, TileEvidence, find_evidence};
use tilejury_data::{Dataset, Sample, SampleKey, TilePath};

use crate::task::{Task, TaskProgress};
use crate::tile_titles::TileTitles;

/// The texts that are known, and the thread that looks up others.
pub(crate) struct TileTexts {
    requests: Sender<Request>,
    file: PathBuf,
    found: Receiver<Found>,
    /// The number of the last request: the thread drops older ones.
    latest: Arc<AtomicU64>,
    /// The tiles of the last request, the most urgent first.
    wanted: Vec<WantedTexts>,
    /// By what is looked for, since the evidence depends on it.
    known: HashMap<LookedFor, HashMap<TilePath, Known>>,
    task: Task<()>,
    any_read: bool,
    /// Whether the thread ended, so that nothing more will be known.
    ended: bool,
}

/// The query or the words to find in the text of a tile.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum LookedFor {
    /// The query and the answer of a sample.
    Row(SampleKey),
    /// The words of a search.
    Words(String),
}

/// Tiles to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WantedTexts {
    looked_for: LookedFor,
    request: EvidenceRequest,
}

impl WantedTexts {
    /// Asks for tiles found by a search of the texts, with its words in place of the query.
    pub(crate) fn of_search(words: &str, sample: &Sample, tiles: Vec<TilePath>) -> Self {
        let row = EvidenceRequest::new(sample, tiles);
        let request = EvidenceRequest { query: words.to_owned(), answer: None, ..row };
        Self { looked_for: LookedFor::Words(words.to_owned()), request }
    }
}

impl From<EvidenceRequest> for WantedTexts {
    fn from(request: EvidenceRequest) -> Self {
        Self { looked_for: LookedFor::Row(request.sample), request }
    }
}

/// Tiles to look up in a file, with the number of the request.
struct Request {
    number: u64,
    file: PathBuf,
    wanted: Vec<WantedTexts>,
}

struct Known {
    evidence: Arc<TileEvidence>,
    title: Option<Arc<str>>,
    /// Whether the tile was read since; it is shown until the new text is there.
    outdated: bool,
}

enum Found {
    Evidence {
        looked_for: LookedFor,
        tile: TilePath,
        evidence: Arc<TileEvidence>,
        title: Option<Arc<str>>,
    },
    /// The file could not be read; the text is for a person.
    Failed(String),
}

impl TileTexts {
    /// Starts the thread. `file` is the file of readings and imports; it need not exist.
    pub(crate) fn start(dataset: Arc<Dataset>, file: PathBuf, ctx: &egui::Context) -> std::io::Result<Self> {
        let (requests, request_receiver) = channel();
        let (sender, found) = channel();
        let latest = Arc::new(AtomicU64::new(0));
        let worker = Worker { dataset, found: sender, latest: latest.clone(), wake: ctx.clone() };
        let task = Task::spawn("texts", ctx, move |task| worker.serve(&request_receiver, task))?;
        let (wanted, known) = (Vec::new(), HashMap::new());
        Ok(Self { requests, file, found, latest, wanted, known, task, any_read: false, ended: false })
    }

    /// Receives what was found. Returns failures to report.
    pub(crate) fn receive(&mut self) -> Vec<String> {
        let mut failures = Vec::new();
        for found in self.found.try_iter() {
            match found {
                Found::Evidence { looked_for, tile, evidence, title } => {
                    self.any_read |= evidence.state != TextState::NotRead;
                    self.known.entry(looked_for).or_default().insert(tile, Known { evidence, title, outdated: false });
                }
                Found::Failed(reason) => failures.push(reason),
            }
        }
        if let Some(result) = self.task.poll() {
            self.ended = true;
            failures
                .extend(result.err().map(|reason| format!("The texts of tiles are no longer looked up: {reason}.")));
        }
        failures
    }

    /// The evidence on a tile; `None` until it was looked up.
    pub(crate) fn get(&self, sample: SampleKey, tile: &TilePath) -> Option<&Arc<TileEvidence>> {
        Some(&self.known.get(&LookedFor::Row(sample))?.get(tile)?.evidence)
    }

    /// The title of a tile; `None` if it has none, or until it was looked up.
    pub(crate) fn title(&self, sample: SampleKey, tile: &TilePath) -> Option<&Arc<str>> {
        self.known.get(&LookedFor::Row(sample))?.get(tile)?.title.as_ref()
    }

    /// The places with the words of the search on a tile that it found, with its title; `None`
    /// until they were looked up, or without a search.
    pub(crate) fn found(&self, tile: &TilePath) -> Option<(&Arc<TileEvidence>, Option<&Arc<str>>)> {
        let is_search = |wanted: &&WantedTexts| matches!(wanted.looked_for, LookedFor::Words(_));
        let search = self.wanted.iter().find(is_search)?;
        let known = self.known.get(&search.looked_for)?.get(tile)?;
        Some((&known.evidence, known.title.as_ref()))
    }

    /// Whether any tile was found to be read.
    pub(crate) fn any_read(&self) -> bool {
        self.any_read
    }

    /// Whether nothing is being looked up.
    pub(crate) fn is_idle(&self) -> bool {
        self.ended || !self.wanted.iter().any(|wanted| self.missing(wanted).next().is_some())
    }

    /// Sets the tiles to know, the most urgent first. Others are forgotten.
    pub(crate) fn want(&mut self, wanted: Vec<WantedTexts>) {
        if wanted == self.wanted {
            return;
        }
        self.wanted = wanted;
        let mut kept = HashMap::new();
        for WantedTexts { looked_for, request } in &self.wanted {
            let Some(mut known) = self.known.remove(looked_for) else { continue };
            let tiles: HashSet<&TilePath> = request.tiles.iter().collect();
            known.retain(|tile, _| tiles.contains(tile));
            kept.insert(looked_for.clone(), known);
        }
        self.known = kept;
        self.ask();
    }

    /// Looks up tiles again that were read meanwhile, and stored in a file which may be new.
    pub(crate) fn refresh(&mut self, tiles: &[TilePath], file: PathBuf) {
        self.file = file;
        let mut changed = false;
        for known in self.known.values_mut() {
            for tile in tiles {
                if let Some(known) = known.get_mut(tile) {
                    known.outdated = true;
                    changed = true;
                }
            }
        }
        if changed {
            self.ask();
        }
    }

    /// The tiles of a request that are not known, or not any more.
    fn missing<'t>(&'t self, wanted: &'t WantedTexts) -> impl Iterator<Item = &'t TilePath> {
        let known = self.known.get(&wanted.looked_for);
        let is_known =
            move |tile: &TilePath| known.and_then(|known| known.get(tile)).is_some_and(|known| !known.outdated);
        wanted.request.tiles.iter().filter(move |tile| !is_known(tile))
    }

    /// Sends what is missing, in place of an earlier request.
    fn ask(&self) {
        let only_missing = |wanted: &WantedTexts| {
            let tiles: Vec<TilePath> = self.missing(wanted).cloned().collect();
            let request = || EvidenceRequest { tiles: tiles.clone(), ..wanted.request.clone() };
            (!tiles.is_empty()).then(|| WantedTexts { request: request(), ..wanted.clone() })
        };
        let missing: Vec<WantedTexts> = self.wanted.iter().filter_map(only_missing).collect();
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.requests.send(Request { number, file: self.file.clone(), wanted: missing });
    }
}

struct Worker {
    dataset: Arc<Dataset>,
    found: Sender<Found>,
    latest: Arc<AtomicU64>,
    wake: egui::Context,
}

impl Worker {
    fn serve(&self, requests: &Receiver<Request>, task: &TaskProgress) {
        // The same failure is reported once.
        let mut reported: Option<String> = None;
        let mut titles = TileTitles::default();
        while let Ok(Request { number, file, wanted }) = requests.recv() {
            let is_current = || self.latest.load(Ordering::Relaxed) == number && !task.is_cancelled();
            if task.is_cancelled() {
                return;
            }
            let outcome = catch_panic(|| self.find_all(&file, &wanted, &mut titles, &is_current));
            let failure = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(reason)) | Err(reason) => Some(reason),
            };
            if failure.is_some() && failure != reported {
                let reason = failure.as_deref().unwrap_or_default();
                let _ = self.found.send(Found::Failed(format!("The texts of tiles cannot be shown: {reason}.")));
            }
            if failure.is_some() {
                // Nothing is known of these tiles, and nothing more will come.
                self.give_up(&wanted);
                reported = failure;
            }
            self.wake.request_repaint();
        }
    }

    fn find_all(
        &self,
        file: &Path,
        wanted: &[WantedTexts],
        titles: &mut TileTitles,
        is_current: &dyn Fn() -> bool,
    ) -> Result<(), String> {
        if wanted.is_empty() {
            return Ok(());
        }
        titles.index(&self.dataset, is_current);
        let store = ExternalStore::open_for_reading(file).map_err(|error| error.to_string())?;
        for WantedTexts { looked_for, request } in wanted {
            find_evidence(store.as_ref(), &self.dataset, request, &mut |tile, evidence| {
                let (looked_for, tile) = (looked_for.clone(), tile.clone());
                let title = titles.of(&self.dataset, request.sample, &tile, &evidence);
                let found = Found::Evidence { looked_for, tile, evidence: Arc::new(evidence), title };
                self.found.send(found).is_ok() && is_current()
            })
            .map_err(|error| error.to_string())?;
            self.wake.request_repaint();
            if !is_current() {
                break;
            }
        }
        Ok(())
    }

    fn give_up(&self, wanted: &[WantedTexts]) {
        for WantedTexts { looked_for, request } in wanted {
            for tile in &request.tiles {
                let (looked_for, tile) = (looked_for.clone(), tile.clone());
                let _ = self.found.send(Found::Evidence { looked_for, tile, evidence: Arc::default(), title: None });
            }
        }
    }
}
