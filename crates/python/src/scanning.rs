//! Scans of shards for Python: as a stream of batches, or as the file that `tilejury scan` writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use arrow_array::RecordBatchIterator;
use arrow_schema::ArrowError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tilejury_app::dataset_source::{is_address, open_dataset};
use tilejury_app::folders::Folders;
use tilejury_audit::external::ReadingQueue;
use tilejury_audit::progress::Progress;
use tilejury_audit::scan::{
    Part, PartOutcome, PartSummary, ScanContents, ShardScan, ShardToScan, TextReading, shards_to_scan, write_part,
};
use tilejury_data::{Dataset, TileSource, cores, file_name};
use tilejury_text::{Language, Tesseract};

use crate::errors::OrRaise as _;
use crate::interruption::Interruption;
use crate::stream::Batches;

/// The least number of threads that read from an address, which mostly wait.
const THREADS_ELSEWHERE: usize = 8;

/// The contents to take from each tile, and how.
pub(crate) struct ScanOptions {
    /// Whether fingerprints are made.
    pub(crate) fingerprints: bool,
    /// The languages of texts with `+` between them; no texts without.
    pub(crate) text: Option<String>,
    /// The Tesseract program.
    pub(crate) tesseract: Option<PathBuf>,
    /// The number of threads.
    pub(crate) jobs: Option<usize>,
}

/// Where shards are read from: with rows, or only the shards of a folder.
#[derive(Clone)]
enum Source {
    Dataset(Arc<Dataset>),
    Shards { tiles: Arc<TileSource>, name: String },
}

/// Shards to read, and what to take from them.
struct Job {
    source: Source,
    shards: Vec<ShardToScan>,
    contents: ScanContents,
    threads: usize,
}

/// Reads the tiles of a shard, in the order of their bytes, and returns the columns of
/// `tilejury scan`. `shard` is a path or an address that ends in `.tar`, or a dataset, whose shards
/// are then all read. `dataset` says where the shard's dataset begins; without it, that is the
/// nearest of the two folders above which has a split.
///
/// `fingerprints` and `text` choose the columns that are not null. `text` has the languages, such
/// as "eng+deu", and needs Tesseract. `jobs` is the number of threads, by default one per core.
/// What cannot be read has a row with an `error`; from an address, a failed connection raises.
#[pyfunction]
#[pyo3(signature = (shard, *, dataset=None, fingerprints=true, text=None, tesseract=None, jobs=None))]
pub(crate) fn scan(
    py: Python<'_>,
    shard: PathBuf,
    dataset: Option<PathBuf>,
    fingerprints: bool,
    text: Option<String>,
    tesseract: Option<PathBuf>,
    jobs: Option<usize>,
) -> PyResult<Batches> {
    let options = ScanOptions { fingerprints, text, tesseract, jobs };
    let progress = Interruption::new();
    let started = py.detach(|| anyhow::Ok(Job::of_shard(&shard, dataset.as_deref(), &options, &progress)?.start()));
    progress.or_raise(started.or_raise())
}

/// Reads the tiles of a shard as `scan` does, and writes them to the Parquet file that
/// `tilejury scan --out` writes: whole or not at all. A file that is there for the same shard,
/// contents and program is kept; another one is refused, or replaced with `again`. Returns what
/// `tilejury scan --json` prints, without the time.
#[pyfunction]
#[pyo3(signature = (shard, out, *, dataset=None, fingerprints=true, text=None, tesseract=None, jobs=None, again=false))]
#[allow(clippy::too_many_arguments, reason = "they are named in Python")]
pub(crate) fn scan_to_file<'py>(
    py: Python<'py>,
    shard: PathBuf,
    out: PathBuf,
    dataset: Option<PathBuf>,
    fingerprints: bool,
    text: Option<String>,
    tesseract: Option<PathBuf>,
    jobs: Option<usize>,
    again: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let options = ScanOptions { fingerprints, text, tesseract, jobs };
    let progress = Interruption::new();
    let written = py.detach(|| {
        let job = Job::of_shard(&shard, dataset.as_deref(), &options, &progress)?;
        let shards = job.shards.len();
        anyhow::Ok((shards, job.write(&out, again, &progress)?))
    });
    let (shards, summary) = progress.or_raise(written.or_raise())?;
    let fields = PyDict::new(py);
    fields.set_item("file", out)?;
    fields.set_item("shards", shards)?;
    fields.set_item("kept", summary.is_none())?;
    fields.set_item("tiles", summary.map(|summary| summary.tiles))?;
    fields.set_item("errors", summary.map(|summary| summary.errors))?;
    fields.set_item("text_errors", summary.map(|summary| summary.text_errors))?;
    Ok(fields)
}

/// Reads shards of an opened dataset, which are named as its method `shards` does or by their paths
/// below it; all shards without names.
pub(crate) fn scan_dataset(
    dataset: &Arc<Dataset>,
    shards: Option<&[String]>,
    options: &ScanOptions,
) -> anyhow::Result<Batches> {
    Ok(Job::new(Source::Dataset(dataset.clone()), shards, options)?.start())
}

/// The path or address of a shard, from its path below the dataset.
pub(crate) fn address_of(dataset: &Dataset, path: &str) -> String {
    match dataset.tiles.storage() {
        Some(storage) => format!("{}/{path}", storage.name()),
        None => dataset.root.join(path).display().to_string(),
    }
}

impl Job {
    fn of_shard(
        shard: &Path,
        dataset: Option<&Path>,
        options: &ScanOptions,
        progress: &dyn Progress,
    ) -> anyhow::Result<Self> {
        let is_shard = shard.extension().is_some_and(|extension| extension == "tar");
        let name = shard.to_string_lossy().into_owned();
        let names = is_shard.then_some(std::slice::from_ref(&name));
        let open = |folder: &Path| open_dataset(folder, &Folders::for_current_user(), progress);
        let source = match dataset {
            Some(folder) => Source::Dataset(Arc::new(open(folder)?)),
            None if !is_shard => Source::Dataset(Arc::new(open(shard)?)),
            None if is_address(shard) => Source::Dataset(Arc::new(open_above(shard, &open)?)),
            None => Source::above(shard, options.text.is_some())?,
        };
        Self::new(source, names, options)
    }

    fn new(source: Source, names: Option<&[String]>, options: &ScanOptions) -> anyhow::Result<Self> {
        let engine = match &options.text {
            None => None,
            Some(languages) => {
                let languages: Vec<Language> =
                    languages.split('+').map(str::parse).collect::<Result<_, _>>().map_err(anyhow::Error::msg)?;
                let program = options.tesseract.as_deref().unwrap_or(Path::new("tesseract"));
                Some((Tesseract::with_languages(program, &languages)?, languages))
            }
        };
        let texts = engine.map(|(engine, languages)| TextReading {
            engine: Arc::new(engine),
            languages,
            queries: Arc::new(source.queries()),
        });
        let tiles = source.tiles();
        let files = tiles.shard_files();
        let positions = match names {
            None => (0..files.len()).collect(),
            Some(names) => names.iter().map(|name| source.position(&files, name)).collect::<Result<Vec<_>, _>>()?,
        };
        let mut shards = Vec::with_capacity(positions.len());
        for position in positions {
            shards.extend(shards_to_scan(tiles, position..position + 1)?);
        }
        let elsewhere = tiles.storage().map_or(0, |_| THREADS_ELSEWHERE);
        let threads = options.jobs.unwrap_or_else(|| cores().max(elsewhere));
        let contents = ScanContents { fingerprints: options.fingerprints, texts };
        Ok(Self { source, shards, contents, threads })
    }

    fn scan(&self) -> ShardScan {
        let source: Arc<dyn AsRef<TileSource> + Send + Sync> = match &self.source {
            Source::Dataset(dataset) => dataset.clone(),
            Source::Shards { tiles, .. } => tiles.clone(),
        };
        ShardScan::start(source, &self.source.name(), self.shards.clone(), self.contents.clone(), self.threads)
    }

    fn start(&self) -> Batches {
        let scan = self.scan();
        let schema = scan.schema();
        let batches = scan.map(|batch| batch.map_err(|error| ArrowError::ExternalError(Box::new(error))));
        Batches::new(RecordBatchIterator::new(batches, schema))
    }

    /// Writes the file; returns nothing if it is kept.
    fn write(&self, path: &Path, again: bool, progress: &dyn Progress) -> anyhow::Result<Option<PartSummary>> {
        let name = self.source.name();
        let part = Part { path, dataset: &name, shards: &self.shards, contents: &self.contents };
        match part.state() {
            PartOutcome::Same => Ok(None),
            PartOutcome::Other if !again => anyhow::bail!(
                "{} is there, but of other shards, another version of them, other contents or another program; \
                 again=True replaces it",
                path.display()
            ),
            PartOutcome::Absent | PartOutcome::Other => Ok(Some(write_part(part, self.scan(), progress)?)),
        }
    }
}

/// Opens the dataset of a shard at an address: that of the folder above its own, or its own.
fn open_above(shard: &Path, open: &dyn Fn(&Path) -> anyhow::Result<Dataset>) -> anyhow::Result<Dataset> {
    let text = shard.to_string_lossy();
    let own = text.rsplit_once('/').map_or(&*text, |(folder, _)| folder);
    let above = own.rsplit_once('/').map(|(folder, _)| folder).filter(|folder| is_address(Path::new(folder)));
    match above.map(|folder| open(Path::new(folder))) {
        Some(Ok(dataset)) => Ok(dataset),
        _ => open(Path::new(own)).with_context(|| "name the dataset of the shard with dataset=…"),
    }
}

impl Source {
    /// The source of a shard on this machine: the dataset in the nearest of the two folders above
    /// it, or only its folder. Rows are opened only if they are needed.
    fn above(shard: &Path, with_rows: bool) -> anyhow::Result<Self> {
        let path = std::path::absolute(shard).with_context(|| shard.display().to_string())?;
        let folders = path.ancestors().skip(1).take(2);
        let has_split = |folder: &&Path| {
            let entries = folder.read_dir().into_iter().flatten().flatten();
            entries.into_iter().any(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"))
        };
        let own = path.parent().unwrap_or(&path);
        match folders.into_iter().find(has_split) {
            Some(folder) if with_rows => Ok(Self::Dataset(Arc::new(Dataset::open(folder)?))),
            found => {
                let folder = found.unwrap_or(own);
                Ok(Self::Shards { tiles: Arc::new(TileSource::open(folder)), name: file_name(folder) })
            }
        }
    }

    fn tiles(&self) -> &TileSource {
        match self {
            Self::Dataset(dataset) => &dataset.tiles,
            Self::Shards { tiles, .. } => tiles,
        }
    }

    /// The name of the dataset in the rows: as `tilejury scan` has it.
    fn name(&self) -> String {
        match self {
            Self::Dataset(dataset) => match dataset.tiles.storage() {
                Some(storage) => storage.name().to_owned(),
                None => file_name(&dataset.root),
            },
            Self::Shards { name, .. } => name.clone(),
        }
    }

    fn queries(&self) -> ReadingQueue {
        match self {
            Self::Dataset(dataset) => ReadingQueue::of_rows(dataset, dataset.indices()),
            Self::Shards { .. } => ReadingQueue::new([]),
        }
    }

    /// The position of a named shard in the order of paths: by its path below the dataset, or by
    /// its whole path or address.
    fn position(&self, files: &[(usize, String)], name: &str) -> anyhow::Result<usize> {
        let absolute = std::path::absolute(name).unwrap_or_else(|_| name.into());
        let is_it = |(number, path): &(usize, String)| match self.tiles().storage() {
            Some(_) => name == path || name.ends_with(&format!("/{path}")),
            None => name == path || absolute == self.tiles().shard_path(*number),
        };
        let found = files.iter().position(is_it);
        found.with_context(|| format!("{name}: there is no such shard in {}", self.name()))
    }
}
