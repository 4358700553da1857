//! A dataset as a Python object: its rows, and what was found and judged in them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use pyo3::prelude::*;
use pyo3::types::{PyAny, PyDict};
use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::Folders;
use tilejury_audit::decisions::Decisions;
use tilejury_audit::external::{self, ExternalSignals, ExternalStore};
use tilejury_audit::interchange;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::sidecar;
use tilejury_audit::suspicion::fingerprints::{self, FingerprintCache, PixelWork};
use tilejury_audit::suspicion::{Findings, Scoreboard, SuspicionSettings, pixel_signals, signals};
use tilejury_data::cores;

use crate::errors::OrRaise as _;
use crate::interruption::Interruption;
use crate::opened::{Opened, Stored};
use crate::scanning::{ScanOptions, address_of, scan_dataset};
use crate::stream::Batches;
use crate::{judging, tables};

/// Opens a dataset: a folder, one of its `.jsonl` files, or an address such as
/// `hf://datasets/OWNER/NAME`. `sidecar` names the SQLite file with the judgements, if it is not
/// the one that the program would use. Reads the rows and no shard.
#[pyfunction]
#[pyo3(signature = (source, *, sidecar=None))]
pub(crate) fn open(py: Python<'_>, source: PathBuf, sidecar: Option<PathBuf>) -> PyResult<PyDataset> {
    let progress = Interruption::new();
    let opened = py.detach(|| {
        let folders = Folders::for_current_user();
        let dataset = open_dataset(&source, &folders, &progress)?;
        dataset.tiles.remember_in(folders.shards_file(dataset.fingerprint));
        anyhow::Ok(dataset)
    });
    let dataset = Arc::new(progress.or_raise(opened.or_raise())?);
    Ok(PyDataset(Opened { dataset, source, sidecar, is_backed_up: AtomicBool::new(false) }))
}

/// An opened dataset. It never changes: rows that are added later are there when it is opened
/// again. Judgements are read when they are asked for.
#[pyclass(frozen, name = "Dataset", module = "tilejury")]
pub(crate) struct PyDataset(Opened);

#[pymethods]
impl PyDataset {
    /// The path or address that was opened.
    #[getter]
    fn source(&self) -> String {
        self.0.source.display().to_string()
    }

    /// The number of rows of each split.
    #[getter]
    fn splits<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let splits = PyDict::new(py);
        for split in &self.0.dataset.splits {
            splits.set_item(&split.name, split.rows.len())?;
        }
        Ok(splits)
    }

    /// The problems that were found when it was opened, each with its file and line.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.dataset.warnings.iter().map(ToString::to_string).collect()
    }

    /// The shards, each as a path or address that `scan` takes, in the order of their paths.
    fn shards(&self) -> Vec<String> {
        let files = self.0.dataset.tiles.shard_files();
        files.iter().map(|(_, path)| address_of(&self.0.dataset, path)).collect()
    }

    /// The rows, in the order of the splits and lines.
    fn rows(&self) -> Batches {
        tables::rows(self.0.dataset.clone())
    }

    /// The judgements that hold now: a row for each sample and annotator, in the order of the
    /// dataset. `annotator` leaves out those of others.
    #[pyo3(signature = (*, annotator=None))]
    fn judgements(&self, py: Python<'_>, annotator: Option<String>) -> PyResult<Batches> {
        py.detach(|| {
            let mut stored = Stored::read(&self.0)?;
            if let Some(name) = &annotator {
                stored.events.retain(|event| &*event.annotator == name);
            }
            let lines = interchange::current(&self.0.dataset, &stored.events, &stored.samples);
            anyhow::Ok(tables::judgements(lines))
        })
        .or_raise()
    }

    /// The findings of the signals, a row for each, those of the most suspicious row or tile first.
    /// With `pixels`, tiles that the cache does not know are read, from an address too.
    #[pyo3(signature = (*, pixels=false))]
    fn findings(&self, py: Python<'_>, pixels: bool) -> PyResult<Batches> {
        let progress = Interruption::new();
        let found = py.detach(|| {
            let stored = Stored::read(&self.0)?;
            let found = self.find(pixels, &progress)?;
            let decisions = Decisions::read(&self.0.dataset, &stored.events, &AnnotatorScope::Everybody);
            let found = found.weighed(&Scoreboard::count(&found, &decisions, None).weights);
            anyhow::Ok(tables::findings(&self.0.dataset, &found))
        });
        progress.or_raise(found.or_raise())
    }

    /// The audits that were begun, with how far they are and what they show.
    fn audits(&self, py: Python<'_>) -> PyResult<Batches> {
        py.detach(|| anyhow::Ok(tables::audits(&Stored::read(&self.0)?.audits, &self.0.dataset))).or_raise()
    }

    /// Reads the tiles of shards, by default of all. See the function `scan`.
    #[pyo3(signature = (shards=None, *, fingerprints=true, text=None, tesseract=None, jobs=None))]
    fn scan(
        &self,
        py: Python<'_>,
        shards: Option<Vec<String>>,
        fingerprints: bool,
        text: Option<String>,
        tesseract: Option<PathBuf>,
        jobs: Option<usize>,
    ) -> PyResult<Batches> {
        let options = ScanOptions { fingerprints, text, tesseract, jobs };
        py.detach(|| scan_dataset(&self.0.dataset, shards.as_deref(), &options)).or_raise()
    }

    /// Records one judgement, as a line of `tilejury judge` does: the fields name the row (`split`
    /// and `line`, or `query` and `chunk_path`) and state what to record. None clears a value.
    #[pyo3(signature = (**fields))]
    fn judge(&self, py: Python<'_>, fields: Option<Bound<'_, PyDict>>) -> PyResult<()> {
        judging::judge(&self.0, py, fields)
    }

    /// Records judgements, all or none, each a mapping with the fields of `judge`. Returns their
    /// number. `annotator` overrides that of every line.
    #[pyo3(signature = (lines, *, annotator=None))]
    fn judge_all(&self, py: Python<'_>, lines: &Bound<'_, PyAny>, annotator: Option<String>) -> PyResult<usize> {
        judging::judge_all(&self.0, py, lines, annotator)
    }

    fn __len__(&self) -> usize {
        self.0.dataset.samples.len()
    }

    fn __repr__(&self) -> String {
        format!("<tilejury.Dataset {}, {} rows>", self.source(), self.0.dataset.samples.len())
    }
}

impl PyDataset {
    /// All findings by the default weights.
    fn find(&self, pixels: bool, progress: &Interruption) -> anyhow::Result<Findings> {
        let dataset = &*self.0.dataset;
        let folders = Folders::for_current_user();
        let stopped = |_| anyhow::anyhow!("stopped");
        let location = sidecar::for_reading(dataset, self.0.sidecar.as_deref(), &folders.sidecars());
        sidecar::refuse_other_dataset(&location.path, dataset)?;
        let file = external::for_reading(dataset, &location, &folders.sidecars());
        let imported = match ExternalStore::open_for_reading(&file)? {
            Some(external) => Some(ExternalSignals::read(&external, dataset, progress)?.map_err(stopped)?),
            None => None,
        };
        let settings = SuspicionSettings::default();
        let found = signals(dataset, &settings, imported.as_ref(), progress).map_err(stopped)?;
        if !pixels {
            return Ok(found);
        }
        let mut cache = FingerprintCache::open(&folders.fingerprints_file(dataset.fingerprint))?;
        let work = PixelWork::new(cores(), progress);
        let prints = fingerprints::make(dataset, &mut cache, &work).map_err(stopped)?;
        Ok(found.with(pixel_signals(dataset, &prints, &mut cache, &settings, &work).map_err(stopped)?))
    }
}
