//! The texts of the tiles that a person sees, or will see next, with the evidence in them. A thread
//! looks them up in the file of readings; the window asks for what it has and never waits.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tilejury_audit::catch_panic::catch_panic;
use tilejury_audit::external::{EvidenceRequest, ExternalStore, TextState, TileEvidence, find_evidence};
use tilejury_data::{Dataset, SampleKey, TilePath};

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
    wanted: Vec<EvidenceRequest>,
    /// By sample, since the evidence depends on the query.
    known: HashMap<SampleKey, HashMap<TilePath, Known>>,
    task: Task<()>,
    any_read: bool,
    /// Whether the thread ended, so that nothing more will be known.
    ended: bool,
}

/// Rows to look up in a file, with the number of the request.
struct Request {
    number: u64,
    file: PathBuf,
    rows: Vec<EvidenceRequest>,
}

struct Known {
    evidence: Arc<TileEvidence>,
    title: Option<Arc<str>>,
    /// Whether the tile was read since; it is shown until the new text is there.
    outdated: bool,
}

enum Found {
    Evidence {
        sample: SampleKey,
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
                Found::Evidence { sample, tile, evidence, title } => {
                    self.any_read |= evidence.state != TextState::NotRead;
                    self.known.entry(sample).or_default().insert(tile, Known { evidence, title, outdated: false });
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
        Some(&self.known.get(&sample)?.get(tile)?.evidence)
    }

    /// The title of a tile; `None` if it has none, or until it was looked up.
    pub(crate) fn title(&self, sample: SampleKey, tile: &TilePath) -> Option<&Arc<str>> {
        self.known.get(&sample)?.get(tile)?.title.as_ref()
    }

    /// Whether any tile was found to be read.
    pub(crate) fn any_read(&self) -> bool {
        self.any_read
    }

    /// Whether nothing is being looked up.
    pub(crate) fn is_idle(&self) -> bool {
        self.ended || !self.wanted.iter().any(|request| self.missing(request).next().is_some())
    }

    /// Sets the tiles to know, the most urgent first. Others are forgotten.
    pub(crate) fn want(&mut self, wanted: Vec<EvidenceRequest>) {
        if wanted == self.wanted {
            return;
        }
        self.wanted = wanted;
        let mut kept = HashMap::new();
        for request in &self.wanted {
            let Some(mut known) = self.known.remove(&request.sample) else { continue };
            let tiles: HashSet<&TilePath> = request.tiles.iter().collect();
            known.retain(|tile, _| tiles.contains(tile));
            kept.insert(request.sample, known);
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
    fn missing<'t>(&'t self, request: &'t EvidenceRequest) -> impl Iterator<Item = &'t TilePath> {
        let known = self.known.get(&request.sample);
        let is_known =
            move |tile: &TilePath| known.and_then(|known| known.get(tile)).is_some_and(|known| !known.outdated);
        request.tiles.iter().filter(move |tile| !is_known(tile))
    }

    /// Sends what is missing, in place of an earlier request.
    fn ask(&self) {
        let only_missing = |request: &EvidenceRequest| {
            let tiles: Vec<TilePath> = self.missing(request).cloned().collect();
            (!tiles.is_empty()).then(|| EvidenceRequest { tiles, ..request.clone() })
        };
        let missing: Vec<EvidenceRequest> = self.wanted.iter().filter_map(only_missing).collect();
        let number = self.latest.fetch_add(1, Ordering::Relaxed) + 1;
        let _ = self.requests.send(Request { number, file: self.file.clone(), rows: missing });
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
        while let Ok(Request { number, file, rows }) = requests.recv() {
            let is_current = || self.latest.load(Ordering::Relaxed) == number && !task.is_cancelled();
            if task.is_cancelled() {
                return;
            }
            let outcome = catch_panic(|| self.find_all(&file, &rows, &mut titles, &is_current));
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
                self.give_up(&rows);
                reported = failure;
            }
            self.wake.request_repaint();
        }
    }

    fn find_all(
        &self,
        file: &Path,
        wanted: &[EvidenceRequest],
        titles: &mut TileTitles,
        is_current: &dyn Fn() -> bool,
    ) -> Result<(), String> {
        if wanted.is_empty() {
            return Ok(());
        }
        titles.index(&self.dataset, is_current);
        let store = ExternalStore::open_for_reading(file).map_err(|error| error.to_string())?;
        for request in wanted {
            find_evidence(store.as_ref(), &self.dataset, request, &mut |tile, evidence| {
                let (sample, tile) = (request.sample, tile.clone());
                let title = titles.of(&self.dataset, sample, &tile, &evidence);
                let found = Found::Evidence { sample, tile, evidence: Arc::new(evidence), title };
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

    fn give_up(&self, wanted: &[EvidenceRequest]) {
        for request in wanted {
            for tile in &request.tiles {
                let (sample, tile) = (request.sample, tile.clone());
                let _ = self.found.send(Found::Evidence { sample, tile, evidence: Arc::default(), title: None });
            }
        }
    }
}
