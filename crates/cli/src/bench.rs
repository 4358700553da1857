//! `tilejury bench`: measures the program on a dataset, beside the limits of the machine. The
//! measurements themselves are in the bench crate.

mod audit;
mod exchange;
mod growth;

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand};
use tilejury_app::dataset_source::is_address;
use tilejury_app::folders::Folders;
use tilejury_audit::external::{self, ExternalStore};
use tilejury_audit::progress::{Progress as _, ProgressStep, Stage};
use tilejury_audit::text::grouped;
use tilejury_bench::{ask, export, pairs, remote, semantic, soak, suspicion, whole};
use tilejury_data::cores;
use tilejury_data::shown::without_secrets;
use tilejury_text::{Language, ReadingEngine, Tesseract};

use super::output::{Output, print_message, progress, step_on};
use super::own_sidecar;
use super::suspicion::{PixelSource, find_signals};
use super::{DatasetArgs, Outcome, StoredJudgements, open, stop_switch};

#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Each measurement alternates with its floor, which only reads, inflates or scans the same bytes. A ratio is the \
    median divided by the floor's median. Measures that end in `_cold` read from the disk once, after the system was asked to drop its \
    cache. If the dataset's folder has the name of a subcommand, write it as a path, such as ./export."
)]
pub(super) struct BenchArgs {
    /// A dataset folder, or one of its .jsonl files
    #[arg(required = true)]
    dataset: Option<PathBuf>,
    /// Open the dataset with a copy of the judgements in this file, which is only read [default: no
    /// judgements]
    #[arg(long, value_name = "FILE")]
    sidecar: Option<PathBuf>,
    /// The number of repeats
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// The number of samples to step through at the end, as fast as possible, to see whether memory
    /// stays constant; an hour at five per second is 18000
    #[arg(long, value_name = "SAMPLES", default_value_t = 1000)]
    soak: usize,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    bench: Option<Bench>,
}

#[derive(Subcommand)]
enum Bench {
    /// Simulate audits, and count how often each interval holds the truth
    Audit(audit::AuditBenchArgs),
    /// Measure a run of questions to a simulated model, in a set with complete labels
    Ask(AskBenchArgs),
    /// Simulate a team that exchanges judgements while processes are killed and the place fails,
    /// and check that nothing is lost and all end with the same
    Exchange(exchange::ExchangeBenchArgs),
    /// Measure an export beside copying the same bytes
    Export(ExportBenchArgs),
    /// Measure how the time and the memory of each kind of work grow with the rows, on made-up sets
    Growth(growth::GrowthArgs),
    /// Judge many samples while other work runs, and check that nothing is lost and memory does not
    /// grow
    Soak(SoakArgs),
    /// Measure how well the ranking finds semantic false negatives, and how well tiles are read, in
    /// a set with complete labels
    Semantic(SemanticArgs),
    /// Measure reading from an address, over a simulated connection: the dataset is on this
    /// machine, and the command serves it itself
    Remote(RemoteArgs),
    /// Measure the search for pairs among millions of made-up tiles
    Pairs(PairsBenchArgs),
    /// Measure how many known defects the ranking finds, and how often its signals are right
    Suspicion(SuspicionArgs),
}

#[derive(Args)]
#[command(
    after_help = "All measurements are repeated in turn, and the medians count. For rows, the floor is copying all files of the splits, \
    each synced. For pictures, the floor is copying one file of as many bytes, synced; both need that much disk space. A ratio is \
    the time divided by the floor's."
)]
struct ExportBenchArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The folder to write to; the files are removed afterwards [default: the system's folder for
    /// temporary files]
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// The number of repeats
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeats: u32,
    /// Measure no export with pictures
    #[arg(long)]
    no_repack: bool,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "The tiles are made up while they are searched, with copies, scrolled pages and headers of sites as frequent as in sets \
    of real pages. Lists are sorted on the disk: 2 GB for 10,000,000 tiles. An exponent of 1 is linear growth since the size before."
)]
struct PairsBenchArgs {
    /// The numbers of tiles, from the smallest
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [1_000_000, 3_000_000, 10_000_000])]
    tiles: Vec<u64>,
    /// Take the distribution of bands and copies from these files of `tilejury scan`, or folders of
    /// them
    #[arg(long, value_name = "PART", num_args = 1..)]
    like: Vec<PathBuf>,
    /// With --like: what a larger set has more of
    #[arg(long, value_enum, default_value_t = GrowthOf::Sites, requires = "like")]
    growth: GrowthOf,
    /// The folder for lists [default: the system's folder for temporary files]
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

/// The way in which a made-up set grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum GrowthOf {
    /// Sites, each with headers of its own
    Sites,
    /// Pages of the same sites, with the same headers
    Pages,
}

#[derive(Args)]
#[command(
    after_help = "The simulated model knows the truth, and errs as often as it is said to. The least time is the delay times the requests, \
    divided by the requests at a time. Three more runs end early and go on. Exit code 1: a question was lost, or paid twice where that \
    can be known; tokens were counted wrong; the run took more than 1.15 times the least; the controls do not cover what is stated; or \
    the ranking with the reviews misses its bars."
)]
struct AskBenchArgs {
    /// A dataset folder, or one of its .jsonl files
    dataset: PathBuf,
    /// The folder of the truth
    #[arg(long, value_name = "FOLDER")]
    truth: PathBuf,
    /// The number of questions
    #[arg(long, value_name = "N", default_value_t = 1000)]
    questions: usize,
    /// The share of relevant tiles that the simulated model finds
    #[arg(long, value_name = "SHARE", default_value_t = 0.85)]
    sensitivity: f64,
    /// The share of other tiles that it does not find
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    specificity: f64,
    /// The time that each of its replies takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 250)]
    delay: u64,
    /// The share of requests that meet a fault
    #[arg(long, value_name = "SHARE", default_value_t = 0.02)]
    faults: f64,
    /// The most requests at a time
    #[arg(long, value_name = "N", default_value_t = 8)]
    at_a_time: usize,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct SoakArgs {
    /// A dataset folder, or one of its .jsonl files
    dataset: PathBuf,
    /// The number of samples to step through and judge
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    samples: usize,
    /// The sidecar to judge into, which is kept [default: a temporary one]
    #[arg(long, value_name = "FILE")]
    sidecar: Option<PathBuf>,
    /// Write one JSON line per event in the window to FILE
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
    /// Only judge: neither rank nor export meanwhile
    #[arg(long)]
    alone: bool,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "All tiles are read again, bypassing the cache, so that the speed of reading is measured. A bad negative is one that the \
    truth file names in a row's bad_paths. Recall at 2x is the share of them among the N most suspicious negatives, \
    where N is twice their number."
)]
struct SuspicionArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The file of known defects: lines with "kind", "sub", "split", "line", "bad_paths"
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "The folder has truth.jsonl with the labels of all negatives and tile_text.jsonl with the true texts; scores.jsonl, \
    candidate_reviews.jsonl and embeddings.jsonl are used if they are there. Scores that were imported for the dataset count as embeddings; \
    stored judgements and other imports do not count, and pictures are not compared. The measures after 100 judgements are simulated: each annotator judges as the labels have it, in random order."
)]
struct SemanticArgs {
    /// A dataset folder, or one of its .jsonl files
    dataset: PathBuf,
    /// The folder of the truth
    #[arg(long, value_name = "FOLDER")]
    truth: PathBuf,
    /// Scores of an embedder, in the form of import-scores [default: embeddings.jsonl of the
    /// folder]
    #[arg(long, value_name = "FILE")]
    embeddings: Option<PathBuf>,
    /// Read no tiles: measure with the true texts only
    #[arg(long)]
    no_reading: bool,
    /// The languages to begin reading with, as Tesseract names them
    #[arg(long, value_name = "LANG", value_delimiter = '+', default_value = "eng")]
    lang: Vec<Language>,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Every number is that of a simulated connection: a web server in another process serves the dataset through a proxy that \
    adds the time and the rate. A count of 0 leaves a measurement out. The floor of the first row is as many round trips and as many bytes as must be. Exit code 1: a tile \
    came wrong, or a judgement was lost."
)]
struct RemoteArgs {
    /// A dataset folder on this machine
    dataset: PathBuf,
    /// Serve a dataset of N shards in place of it, of 200 members each, made up of its tiles; 1000
    /// is the shape of the published set, and takes 2 GB of disk meanwhile
    #[arg(long, value_name = "N", default_value_t = 0)]
    shards: usize,
    /// The time to the simulated server and back, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 50)]
    round_trip: u64,
    /// The number of repeats of opening the first sample
    #[arg(long, value_name = "N", default_value_t = 3)]
    repeats: u32,
    /// The number of samples to step through, at two and at five per second
    #[arg(long, value_name = "N", default_value_t = 40)]
    steps: usize,
    /// The number of samples to judge while the connection is cut, slows, and the server is busy
    #[arg(long, value_name = "N", default_value_t = 200)]
    soak: usize,
    /// Measure huggingface_hub, fsspec and webdataset too, in a Python environment in this folder,
    /// which is made and filled with pip unless it is there
    #[arg(long, value_name = "FOLDER")]
    peers: Option<PathBuf>,
    /// The time that each of them may take, in seconds
    #[arg(long, value_name = "S", default_value_t = 300)]
    peers_up_to: u64,
    /// Print the requests of the last start of each kind, to standard error
    #[arg(long)]
    trace: bool,
    /// Print one JSON object per measurement
    #[arg(long)]
    json: bool,
    /// The process with the server, if this one only measures
    #[arg(long, hide = true)]
    far_end: Option<remote::FarEndAddress>,
}

/// # Errors
/// If a dataset is at an address: its measures would be those of the network.
fn refuse_address(dataset: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(
        !is_address(dataset),
        "{}: this measures reading on this machine; `tilejury bench remote` measures reading from an address, with a dataset \
         on this machine that it serves itself",
        without_secrets(&dataset.to_string_lossy())
    );
    Ok(())
}

pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Outcome> {
    match &args.bench {
        Some(Bench::Audit(args)) => audit::run(args),
        Some(Bench::Ask(args)) => measure_ask(args),
        Some(Bench::Exchange(args)) => exchange::run(args),
        Some(Bench::Export(args)) => measure_exports(args),
        Some(Bench::Growth(args)) => growth::run(args),
        Some(Bench::Soak(args)) => measure_soak(args),
        Some(Bench::Semantic(args)) => measure_semantic(args),
        Some(Bench::Remote(args)) => measure_remote(args),
        Some(Bench::Pairs(args)) => measure_pairs(args),
        Some(Bench::Suspicion(args)) => measure_suspicion(args),
        None => measure_whole(args),
    }
}

fn measure_whole(args: &BenchArgs) -> anyhow::Result<Outcome> {
    refuse_address(args.dataset.as_deref().unwrap_or(Path::new(".")))?;
    let options = whole::WholeBenchOptions {
        dataset: args.dataset.as_deref().unwrap_or(Path::new(".")),
        sidecar: args.sidecar.as_deref(),
        repeats: args.repeats,
        soak: args.soak,
    };
    // On a terminal from the first repeat on: the window is measured before.
    let bar = OnceCell::new();
    let repeated = |done: u32| {
        bar.get_or_init(|| progress(args.repeats as usize, "repeats")).set_position(done.into());
    };
    let measured = whole::run(&options, &open, &repeated, &stop_switch())?;
    if let Some(bar) = bar.get() {
        bar.finish_and_clear();
    }
    let mut out = Output::new();
    measured.print(&mut out, args.json)?;
    out.finish()?;
    Ok(Outcome::Success)
}

fn measure_exports(args: &ExportBenchArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset.dataset)?;
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let options = export::ExportBenchOptions {
        path: &args.dataset.dataset,
        dataset: &dataset,
        events: &stored.events,
        scratch: &args.scratch.clone().unwrap_or_else(std::env::temp_dir),
        repeats: args.repeats,
        repack: !args.no_repack,
    };
    let measured = export::run(&options, &|note| print_message(&format!("tilejury: {note}")), &stop_switch())?;
    let mut out = Output::new();
    measured.print(&mut out, args.json)?;
    out.finish()?;
    Ok(Outcome::Success)
}

fn measure_soak(args: &SoakArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset)?;
    let options = soak::SoakOptions {
        dataset: &args.dataset,
        samples: args.samples,
        sidecar: args.sidecar.as_deref(),
        timings: args.timings.as_deref(),
        alone: args.alone,
    };
    let soaked = soak::run(&options, &stop_switch())?;
    let mut out = Output::new();
    soaked.measured.print(&mut out, args.json)?;
    out.finish()?;
    for fault in &soaked.faults {
        print_message(&format!("tilejury: {fault}"));
    }
    Ok(if soaked.faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}

fn measure_remote(args: &RemoteArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset)?;
    let options = remote::RemoteBenchOptions {
        dataset: &args.dataset,
        shards: args.shards,
        round_trip: Duration::from_millis(args.round_trip),
        repeats: args.repeats,
        steps: args.steps,
        soak: args.soak,
        peers: args.peers.as_deref(),
        peers_up_to: Duration::from_secs(args.peers_up_to),
    };
    let Some(far_end) = args.far_end else {
        // The other process prints what it measures.
        let ended = remote::start(&options)?;
        return match ended.code() {
            Some(0) => Ok(Outcome::Success),
            Some(1) => Ok(Outcome::Findings),
            _ => anyhow::bail!("the measuring process ended with {ended}"),
        };
    };
    let found = remote::run(&options, far_end, &stop_switch())?;
    for line in found.traces.iter().filter(|_| args.trace) {
        print_message(line);
    }
    let mut out = Output::new();
    found.measured.print(&mut out, args.json)?;
    out.finish()?;
    for note in &found.notes {
        print_message(&format!("tilejury: {note}"));
    }
    for fault in &found.faults {
        print_message(&format!("tilejury: {fault}"));
    }
    Ok(if found.faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}

fn measure_pairs(args: &PairsBenchArgs) -> anyhow::Result<Outcome> {
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let scratch = args.scratch.clone().unwrap_or_else(std::env::temp_dir);
    let mut out = Output::new();
    let like = match args.like.is_empty() {
        true => None,
        false => {
            let growth = match args.growth {
                GrowthOf::Sites => pairs::SetGrowth::Sites,
                GrowthOf::Pages => pairs::SetGrowth::Pages,
            };
            Some(pairs::LikeTiles::read(&super::pairs::parts_of(&args.like)?, &scratch, growth)?)
        }
    };
    if let Some(like) = &like {
        let found = &like.distribution;
        let [one, two, three, up_to_eight, more] = found.pictures_of_bands;
        match args.json {
            true => out.json(found)?,
            false => out.line(&format!(
                "like {} scanned tiles: {:.1} % blank, {:.1} % copies, {} bands a picture; of the bands {one} in one picture, \
                 {two} in two, {three} in three, {up_to_eight} in 4 to 8, {more} in more, at most in {}",
                grouped(found.scanned),
                100.0 * found.blank,
                100.0 * found.copies,
                found.bands,
                found.most_pictures
            ))?,
        }
    }
    let mut print = |measure: &pairs::PairsMeasure| {
        let exponent = |value: Option<f64>| value.map_or_else(String::new, |value| format!(", exponent {value}"));
        match args.json {
            true => out.json(measure)?,
            false => out.line(&format!(
                "{} tiles: {} candidates{}, {} pairs, {} clusters, {:.1} s{}, {:.0} MB",
                grouped(measure.tiles as usize),
                grouped(measure.candidates as usize),
                exponent(measure.candidates_exponent),
                grouped(measure.pairs as usize),
                grouped(measure.clusters as usize),
                measure.seconds,
                exponent(measure.time_exponent),
                measure.peak_mb.unwrap_or_default()
            ))?,
        }
        // Each takes minutes.
        Ok(out.flush()?)
    };
    match &like {
        Some(like) => pairs::run_like(like, &args.tiles, &scratch, &report, &mut print)?,
        None => pairs::run_made_up(&args.tiles, &scratch, &report, &mut print)?,
    }
    bar.finish_and_clear();
    out.finish()?;
    Ok(Outcome::Success)
}

fn measure_suspicion(args: &SuspicionArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset.dataset)?;
    let dataset = open(&args.dataset.dataset)?;
    let (found, pace) =
        find_signals(&dataset, args.dataset.sidecar.path.as_deref(), PixelSource::Tiles, &stop_switch())?;
    let measures = suspicion::run(&dataset, &found, &pace, &args.truth)?;
    let mut out = Output::new();
    measures.print(&mut out, args.json)?;
    out.finish()?;
    Ok(Outcome::Success)
}

fn measure_ask(args: &AskBenchArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset)?;
    let dataset = open(&args.dataset)?;
    let options = ask::AskBenchOptions {
        dataset: &dataset,
        truth: &args.truth,
        questions: args.questions,
        sensitivity: args.sensitivity,
        specificity: args.specificity,
        delay: Duration::from_millis(args.delay),
        faults: args.faults,
        at_a_time: args.at_a_time.max(1),
    };
    let measured = ask::run(&options, &stop_switch())?;
    let mut out = Output::new();
    measured.print(&mut out, args.json)?;
    out.finish()?;
    for fault in &measured.faults {
        print_message(&format!("tilejury: {fault}"));
    }
    Ok(if measured.faults.is_empty() { Outcome::Success } else { Outcome::Findings })
}

fn measure_semantic(args: &SemanticArgs) -> anyhow::Result<Outcome> {
    refuse_address(&args.dataset)?;
    let dataset = open(&args.dataset)?;
    let engine = if args.no_reading { None } else { Some(Tesseract::find(Path::new("tesseract"))?) };
    let stop = stop_switch();
    let bar = progress(0, "");
    let report = |step: ProgressStep| {
        if step.stage == Stage::Reading {
            step_on(&bar, "reading text", step.done, step.total);
        }
        stop.report(step)
    };
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(&dataset, None)?;
    let stored = match ExternalStore::open_for_reading(&external::for_reading(&dataset, &location, &folder))? {
        Some(external) => external.scores()?,
        None => Vec::new(),
    };
    let options = semantic::SemanticOptions {
        stored,
        dataset: &dataset,
        truth: &args.truth,
        embeddings: args.embeddings.as_deref(),
        engine: engine.as_ref().map(|engine| (engine as &dyn ReadingEngine, args.lang.as_slice())),
        jobs: cores(),
    };
    let measured = semantic::run(&options, &report);
    bar.finish_and_clear();
    let mut out = Output::new();
    measured?.print(&mut out, args.json)?;
    out.finish()?;
    Ok(Outcome::Success)
}
