//! `tilejury bench DATASET`: the time that a person waits for rows, tiles, shards and searches,
//! each beside its floor.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tilejury_audit::AuditSession;
use tilejury_audit::facets::{self, FacetInputs};
use tilejury_audit::overview::{Overview, OverviewInputs};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::search::{DatasetNames, Search, SearchIndex, TextMatches};
use tilejury_audit::suspicion::{Findings, SuspicionSettings, signals};
use tilejury_data::tile_source::{INDEX_AT_ONCE, TileSource};
use tilejury_data::{Dataset, MissingShards, Sample, SampleIndex, ShardIndex, cores};

use super::floors::{find_line_ends, forget, read_files, scan_headers, shard_files, split_files};
use super::series::{Figure, Measurements, RepeatedTimes, timed};
use super::tiles::{RandomSamples, decode_each, inflate_all};
use super::{memory, window};

/// The options of `bench DATASET`.
pub struct WholeBenchOptions<'a> {
    /// A dataset folder, or one of its `.jsonl` files.
    pub dataset: &'a Path,
    /// The judgements to start with.
    pub sidecar: Option<&'a Path>,
    /// The number of repeats.
    pub repeats: u32,
    /// The number of samples to step through to see whether memory stays constant.
    pub soak: usize,
}

/// The number of random samples in each repeat.
const SAMPLES_A_REPEAT: usize = 20;
/// The words to search for: one that most queries have, and one that hardly any has.
const SEARCHES: [(&str, &str); 3] =
    [("search_common_word", "the"), ("search_rare_word", "zxqv"), ("filter_negatives", "neg:>4")];

/// Measures the program on a dataset. `open` opens it the first time and may report problems with
/// it; `repeated` is called with the number of repeats done so far, starting at 0; `stop` ends the
/// work early.
///
/// # Errors
/// Returns an error if the dataset cannot be opened, a file cannot be read or written, or the work
/// was stopped.
pub fn run(
    wanted: &WholeBenchOptions<'_>,
    open: &dyn Fn(&Path) -> anyhow::Result<Dataset>,
    repeated: &dyn Fn(u32),
    stop: &AtomicBool,
) -> anyhow::Result<Measurements> {
    let before = memory::now();
    let dataset = open(wanted.dataset)?;
    let opened = memory::now().zip(before).map(|(now, before)| now - before);
    // First, while the process has done nothing else yet: its memory is then the window's.
    let Measurements { mut series, mut plain } =
        window::run(wanted.dataset, wanted.sidecar.map(|sidecar| (sidecar, dataset.fingerprint)), wanted.soak, stop)?;
    let mut bench = Bench::new(wanted.dataset, dataset, stop)?;
    let dataset = bench.dataset.clone();
    let mut drawn = RandomSamples::new(&dataset);
    repeated(0);
    for repeat in 0..wanted.repeats {
        bench.rows(&mut series)?;
        bench.tiles(&mut series, &mut drawn)?;
        bench.shards(&mut series)?;
        bench.searches(&mut series)?;
        repeated(repeat + 1);
    }
    bench.cold(&mut series)?;
    plain.extend(opened.map(|held| Figure::new("memory_open", held, "MB")));
    let program = std::env::current_exe().and_then(|program| program.metadata());
    plain.extend(program.ok().map(|program| Figure::new("program", program.len() as f64 / memory::MB, "MB")));
    plain.push(Figure::new("cores", cores() as f64, ""));
    Ok(Measurements { series, plain })
}

struct Bench<'a> {
    path: &'a Path,
    /// A dataset whose shards are indexed before anything warm is measured.
    dataset: Arc<Dataset>,
    /// The folder of the shard indexes.
    home: tempfile::TempDir,
    /// A buffer for rows that are only read.
    room: Vec<u8>,
    splits: Vec<PathBuf>,
    shards: Vec<PathBuf>,
    stop: &'a AtomicBool,
}

impl<'a> Bench<'a> {
    fn new(path: &'a Path, dataset: Dataset, stop: &'a AtomicBool) -> anyhow::Result<Self> {
        let (splits, shards) = (split_files(&dataset), shard_files(&dataset));
        let mut room = Vec::new();
        read_files(&splits, &mut room)?;
        let home = tempfile::tempdir()?;
        let bench = Self { path, dataset: Arc::new(dataset), home, room, splits, shards, stop };
        bench.dataset.tiles.remember_in(bench.memory());
        let _ = bench.dataset.tiles.index_all(&NoProgress);
        Ok(bench)
    }

    fn memory(&self) -> PathBuf {
        self.home.path().join("shards")
    }

    /// Indexes all shards from the cached indexes. `None` if there are none, or they changed just
    /// before.
    fn index_remembered(&self) -> Option<Duration> {
        self.memory().exists().then(|| {
            let tiles = TileSource::open(&self.dataset.root);
            tiles.remember_in(self.memory());
            timed(|| tiles.index_all(self.stop)).0
        })
    }

    fn check_stopped(&self) -> anyhow::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            anyhow::bail!("stopped");
        }
        Ok(())
    }

    /// Measures the time until the rows are known and the first can be shown.
    fn rows(&mut self, series: &mut RepeatedTimes) -> anyhow::Result<()> {
        self.check_stopped()?;
        series.floor("open", timed(|| read_files(&self.splits, &mut self.room)).0);
        let (took, dataset) = timed(|| self.opened());
        let dataset = dataset?;
        series.add("open", took);
        // First its positive alone with its shard, then all its tiles with their shards, each from
        // a newly opened dataset.
        let fresh = self.opened()?;
        let positive = |sample: Sample| Sample { negatives: Vec::new(), ..sample };
        let alone: Vec<Sample> = first(&dataset).into_iter().map(positive).collect();
        for (took, tiles) in decode_each(&fresh, &alone).iter().filter(|(_, tiles)| !tiles.is_empty()) {
            series.add("first_tile", *took);
            series.floor("first_tile", inflate_all(tiles).1);
        }
        for (took, tiles) in decode_each(&dataset, &first(&dataset)).iter().filter(|(_, tiles)| !tiles.is_empty()) {
            series.add("first_sample_tiles", *took);
            series.floor("first_sample_tiles", inflate_all(tiles).0);
        }
        Ok(())
    }

    fn opened(&self) -> anyhow::Result<Arc<Dataset>> {
        let dataset = Arc::new(Dataset::open(self.path)?);
        let session = AuditSession::new(dataset.clone(), "bench", &[]);
        anyhow::ensure!(session.statuses().len() == dataset.samples.len(), "not every row has a status");
        Ok(dataset)
    }

    /// Measures all tiles of random samples, in full size; shards are already indexed.
    fn tiles(&self, series: &mut RepeatedTimes, drawn: &mut RandomSamples<'_>) -> anyhow::Result<()> {
        self.check_stopped()?;
        let samples: Vec<Sample> = (0..SAMPLES_A_REPEAT).map_while(|_| drawn.next()).collect();
        for (took, tiles) in decode_each(&self.dataset, &samples) {
            let (by_cores, together) = inflate_all(&tiles);
            series.add("random_sample", took);
            series.floor("random_sample", by_cores);
            series.add("random_sample_threads", took);
            series.floor("random_sample_threads", together);
        }
        Ok(())
    }

    /// Measures the indexing of one shard, and of all.
    fn shards(&self, series: &mut RepeatedTimes) -> anyhow::Result<()> {
        self.check_stopped()?;
        let Some(first) = self.shards.first() else { return Ok(()) };
        series.floor("index_shard", timed(|| scan_headers(&self.shards[..1], 1)).0);
        series.add("index_shard", timed(|| ShardIndex::scan(first)).0);
        series.floor("index_all", timed(|| scan_headers(&self.shards, INDEX_AT_ONCE)).0);
        let tiles = TileSource::open(&self.dataset.root);
        series.add("index_all", timed(|| tiles.index_all(self.stop)).0);
        if let Some(took) = self.index_remembered() {
            series.add("index_remembered", took);
        }
        Ok(())
    }

    /// Measures searches over all rows.
    fn searches(&self, series: &mut RepeatedTimes) -> anyhow::Result<()> {
        self.check_stopped()?;
        let all_rows = || self.dataset.splits.iter().map(|split| find_line_ends(split.bytes())).sum::<Duration>();
        series.floor("search_index", all_rows());
        let (took, index) = timed(|| SearchIndex::build(&self.dataset));
        series.add("search_index", took);
        // The same number of bytes that a search for a word has to read.
        let queries = vec![b'a'; index.text_bytes()];
        let vocabulary = DatasetNames::new(&self.dataset, &[]);
        for (name, text) in SEARCHES {
            let search = Search::parse(text, &vocabulary).map_err(|error| anyhow::anyhow!(error.message))?;
            series.floor(name, find_line_ends(&queries));
            let (took, found) = timed(|| index.find(&search, &TextMatches::default(), &self.dataset, self.stop));
            found?;
            series.add(name, took);
        }
        series.floor("suspicion_by_paths", all_rows());
        let (took, found) = timed(|| signals(&self.dataset, &SuspicionSettings::default(), None, self.stop));
        let found = found.context("stopped")?;
        series.add("suspicion_by_paths", took);
        self.facets(&index, &found, series)
    }

    /// Measures the facets of the list of all rows, and the overview; once all fields are read.
    fn facets(&self, index: &SearchIndex, found: &Findings, series: &mut RepeatedTimes) -> anyhow::Result<()> {
        let all_rows = || self.dataset.splits.iter().map(|split| find_line_ends(split.bytes())).sum::<Duration>();
        series.floor("row_fields", all_rows());
        let (took, fields) = timed(|| index.fields(&self.dataset, self.stop));
        let fields = fields.context("stopped")?;
        series.add("row_fields", took);
        let session = AuditSession::new(self.dataset.clone(), "bench", &[]);
        let listed: Vec<SampleIndex> = self.dataset.indices().collect();
        let inputs = FacetInputs {
            dataset: &self.dataset,
            listed: &listed,
            session: &session,
            findings: Some(found),
            index,
            fields: Some(fields),
        };
        series.add("facets", timed(|| facets::count(&inputs)).0);
        let inputs = OverviewInputs {
            dataset: &self.dataset,
            judgements: session.judgements(),
            decisions: session.decisions(),
            events: &[],
            answers: &[],
            findings: Some(found),
            missing: &MissingShards::default(),
            since: None,
        };
        series.floor("overview", all_rows());
        let (took, counted) = timed(|| Overview::count(&inputs, self.stop));
        counted.context("stopped")?;
        series.add("overview", took);
        Ok(())
    }

    /// Measures the same from the disk, once, since a person also opens a dataset once.
    fn cold(&mut self, series: &mut RepeatedTimes) -> anyhow::Result<()> {
        if !forget(&self.splits)? {
            return Ok(());
        }
        series.floor("open_cold", timed(|| read_files(&self.splits, &mut self.room)).0);
        forget(&self.splits)?;
        let (took, dataset) = timed(|| self.opened());
        series.add("open_cold", took);
        forget(&self.shards)?;
        let dataset = dataset?;
        decode_each(&dataset, &first(&dataset))
            .iter()
            .for_each(|(took, _)| series.add("first_sample_tiles_cold", *took));
        self.check_stopped()?;
        forget(&self.shards)?;
        series.floor("index_all_cold", timed(|| scan_headers(&self.shards, INDEX_AT_ONCE)).0);
        self.check_stopped()?;
        forget(&self.shards)?;
        let tiles = TileSource::open(&self.dataset.root);
        series.add("index_all_cold", timed(|| tiles.index_all(self.stop)).0);
        forget(&self.shards)?;
        if self.memory().exists() {
            forget(&[self.memory()])?;
        }
        if let Some(took) = self.index_remembered() {
            series.add("index_remembered_cold", took);
        }
        Ok(())
    }
}

/// Returns the first sample; none if the dataset has no rows.
fn first(dataset: &Dataset) -> Vec<Sample> {
    dataset.indices().take(1).filter_map(|at| dataset.sample(at).ok()).collect()
}
