//! The program `tilejury`: its command line, with one file per subcommand. Arguments, exit codes
//! and JSON fields are a contract with scripts. The window and the benchmark have their own crates.
//!
//! Exit codes: 0 success, 1 findings or refused input, 2 cannot run.

mod adopt;
mod agreement;
mod annotators;
mod ask;
mod assign;
mod audit;
mod bench;
mod cache;
mod check;
mod completions;
mod demo;
mod doctor;
mod download;
mod export;
mod fetch;
mod filter;
mod import;
mod index;
mod judge;
mod judgements;
mod key;
mod merge;
mod output;
mod own_sidecar;
mod pairs;
mod rank;
mod read;
mod recover;
mod report;
mod reviews;
mod scan;
mod scoreboard;
mod search_text;
mod second_pass;
mod serve;
mod stats;
mod suspicion;
mod sync;
mod take_over;
mod team;
mod verify_export;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use clap::{Args, Parser};
use tilejury_app::dataset_source::open_dataset;
use tilejury_app::folders::{Folders, keep_fetched_in};
use tilejury_app::{logging, machine, window};
use tilejury_audit::external::ImportKind;
use tilejury_audit::merge::{self as votes, AnnotatorScope};
use tilejury_data::Dataset;
use tilejury_data::progress::{ProgressStep, Stage};
use tilejury_data::shown::without_secrets;

use download::DownloadArg;
use output::print_message;
use own_sidecar::{StoredJudgements, open_for_writing, print_location};

/// Tiles are allocated and freed by the megabyte on several threads, and a large dataset is read by
/// short-lived threads: the C library's allocator would keep the freed memory of each thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The help of every argument that names a dataset.
const DATASET: &str =
    "A dataset folder, one of its .jsonl or .parquet files, or an address: hf://…, s3://…, gs://…, az://…, https://…";

/// The outcome of a command that could run.
enum Outcome {
    /// Exit code 0.
    Success,
    /// Exit code 1: there are findings, or the input was refused.
    Findings,
    /// Exit code 2: the command failed and printed the reason.
    Reported,
}

/// Audit the training sets of screenshot retrievers: open a set in its tar shards, judge it by
/// keyboard, and export a clean copy.
///
/// Without a command, opens the window with DATASET. Without DATASET, opens the set that was open
/// last; if there is none, the welcome screen.
#[derive(Parser)]
#[command(name = "tilejury", version, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Subcommand>,
    #[command(flatten)]
    window: WindowArgs,
    /// Write the log to FILE [default: tilejury.log in your state folder]
    #[arg(long, value_name = "FILE", global = true)]
    log: Option<PathBuf>,
    /// Keep what is fetched from addresses in FOLDER [default: TILEJURY_CACHE, else a folder in
    /// your cache folder]
    #[arg(long, value_name = "FOLDER", global = true)]
    cache_dir: Option<PathBuf>,
}

#[derive(Args)]
struct WindowArgs {
    #[arg(help = DATASET)]
    dataset: Option<PathBuf>,
    #[command(flatten)]
    sidecar: SidecarArg,
    /// The annotator [default: the last one of this dataset in the window, else the name in the
    /// settings, else the login name]
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    annotator: Option<String>,
    /// Write one JSON line per event in the window to FILE
    #[arg(long, value_name = "FILE")]
    timings: Option<PathBuf>,
}

#[derive(Args, Clone)]
struct SidecarArg {
    /// The SQLite file with the judgements [default: tilejury.sqlite in the dataset, or in your
    /// data folder if the dataset is read-only]
    #[arg(long = "sidecar", value_name = "FILE")]
    path: Option<PathBuf>,
}

#[derive(Args)]
struct DatasetArgs {
    #[arg(help = DATASET)]
    dataset: PathBuf,
    #[command(flatten)]
    sidecar: SidecarArg,
}

#[derive(clap::Subcommand)]
enum Subcommand {
    /// Report every problem of a dataset and its location
    Check(check::CheckArgs),
    /// Count rows, tiles, shards and judgements
    Stats(stats::StatsArgs),
    /// Record judgements from a file, all or none
    Judge(judge::JudgeArgs),
    /// Print judgements in the form that `judge` reads
    Judgements(judgements::JudgementsArgs),
    /// Write a cleaned copy of the splits
    Export(export::ExportArgs),
    /// Check a finished export against its manifest and the rules of training
    VerifyExport(verify_export::VerifyExportArgs),
    /// List suspicious rows and tiles with reasons, the most suspicious first
    Rank(rank::RankArgs),
    /// Write an index file per shard, to upload beside the shards
    Index(index::IndexArgs),
    /// Measure how many rows are wrong, by rows drawn at random
    Audit(audit::AuditArgs),
    /// Write a report of the audits: HTML, Markdown, JSON, LaTeX
    Report(report::ReportArgs),
    /// Say how much annotators agree, pair by pair and over all
    Agreement(agreement::AgreementArgs),
    /// Print each annotator's rows, part, pace, agreement and drift, and what waits for
    /// adjudication
    Annotators(annotators::AnnotatorsArgs),
    /// Divide rows among annotators
    Assign(assign::AssignArgs),
    /// List the rows on which annotators differ, with their answers and without their names
    Adjudicate(agreement::AdjudicateArgs),
    /// Merge several annotators' sidecars of one dataset into a new one
    Merge(merge::MergeArgs),
    /// Exchange judgements with other people through a folder or a database
    Sync(sync::SyncArgs),
    /// Offer a dataset of this machine to people on others, and take their judgements
    Serve(serve::ServeArgs),
    /// Let this machine write a sidecar on a network disk that another machine wrote
    TakeOver(take_over::TakeOverArgs),
    /// Set up a database for a team, or show its state
    Team(team::TeamArgs),
    /// Show each signal's precision on judged samples and its current weight
    Scoreboard(scoreboard::ScoreboardArgs),
    /// Fetch the tiles of rows of a dataset at an address, for a time without a connection
    Fetch(fetch::FetchArgs),
    /// Say what is kept of datasets at addresses, or delete it
    Cache(cache::CacheArgs),
    /// Measure the program on a dataset
    Bench(bench::BenchArgs),
    /// Import a vision model's reviews of tiles: candidate_reviews.jsonl
    ImportReviews(import::ImportArgs),
    /// Import the scores of a reranker or an embedder: JSONL, CSV or Parquet with "query" or
    /// "key", "path", "score" and "source"
    ImportScores(import::ImportArgs),
    /// Import the texts of tiles, for example from OCR: JSONL or Parquet with "path" and
    /// "text"
    ImportText(import::ImportArgs),
    /// Read the text of tiles with Tesseract, the most suspicious rows first
    Read(read::ReadArgs),
    /// Read the tiles of some shards once, as one job of many, and write their fingerprints and
    /// texts to a Parquet file
    Scan(scan::ScanArgs),
    /// Find tiles with the same or nearly the same picture among the files of `scan`
    Pairs(pairs::PairsArgs),
    /// Take the files of `scan` into the caches, so that no tile is read again
    Adopt(adopt::AdoptArgs),
    /// Print the text that was read from tiles
    Text(read::TextArgs),
    /// Ask a vision model at an endpoint about negatives; it must copy the words that answer
    Ask(ask::AskArgs),
    /// Print the reviews of models that `ask` stored
    Reviews(reviews::ReviewsArgs),
    /// Keep the key of a model's server in the system's keyring
    Key(key::KeyArgs),
    /// Search the text of tiles, and print those that fit best
    SearchText(search_text::SearchTextArgs),
    /// Save the readable part of a damaged sidecar to a new one
    Recover(recover::RecoverArgs),
    /// Write the built-in demo dataset and print its path
    Demo(demo::DemoArgs),
    /// Examine the set-up: one page for a report of a problem
    Doctor(doctor::DoctorArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Print the man page, or write one per command
    Man(completions::ManArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Some(folder) = &cli.cache_dir {
        // A relative path is that of now, should the current folder change.
        keep_fetched_in(std::path::absolute(folder).unwrap_or_else(|_| folder.clone()));
    }
    machine::identify();
    // The log does not matter to the output of a command: print a note and continue.
    if let Err(reason) = logging::start(cli.log.as_deref(), &Folders::for_current_user().state) {
        print_message(&format!("note: {reason}"));
    }
    log::info!("tilejury {}: {}", env!("CARGO_PKG_VERSION"), quoted(std::env::args_os()));
    let code = execute(cli.command.as_ref(), cli.window);
    logging::end();
    code
}

/// Returns the arguments of the program in a form that can be typed again, but without the secrets
/// of addresses.
fn quoted(words: impl Iterator<Item = OsString>) -> String {
    let quoted = |word: OsString| match word.to_str() {
        Some(text) => format!("{:?}", without_secrets(text)),
        None => format!("{word:?}"),
    };
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn execute(command: Option<&Subcommand>, window: WindowArgs) -> ExitCode {
    let outcome = match command {
        None => open_window(window),
        Some(Subcommand::Check(args)) => check::run(args),
        Some(Subcommand::Stats(args)) => stats::run(args),
        Some(Subcommand::Judge(args)) => judge::run(args),
        Some(Subcommand::Judgements(args)) => judgements::run(args),
        Some(Subcommand::Export(args)) => export::run(args),
        Some(Subcommand::VerifyExport(args)) => verify_export::run(args),
        Some(Subcommand::Rank(args)) => rank::run(args),
        Some(Subcommand::Index(args)) => index::run(args),
        Some(Subcommand::Audit(args)) => audit::run(args),
        Some(Subcommand::Report(args)) => report::run(args),
        Some(Subcommand::Agreement(args)) => agreement::agreement(args),
        Some(Subcommand::Annotators(args)) => annotators::run(args),
        Some(Subcommand::Assign(args)) => assign::run(args),
        Some(Subcommand::Adjudicate(args)) => agreement::adjudicate(args),
        Some(Subcommand::Merge(args)) => merge::run(args),
        Some(Subcommand::Sync(args)) => sync::run(args),
        Some(Subcommand::Serve(args)) => serve::run(args),
        Some(Subcommand::TakeOver(args)) => take_over::run(args),
        Some(Subcommand::Team(args)) => team::run(args),
        Some(Subcommand::Scoreboard(args)) => scoreboard::run(args),
        Some(Subcommand::Fetch(args)) => fetch::run(args),
        Some(Subcommand::Cache(args)) => cache::run(args),
        Some(Subcommand::Bench(args)) => bench::run(args),
        Some(Subcommand::ImportReviews(args)) => import::run(args, ImportKind::Reviews),
        Some(Subcommand::ImportScores(args)) => import::run(args, ImportKind::Scores),
        Some(Subcommand::ImportText(args)) => import::run(args, ImportKind::Texts),
        Some(Subcommand::Read(args)) => read::run(args),
        Some(Subcommand::Scan(args)) => scan::run(args),
        Some(Subcommand::Pairs(args)) => pairs::run(args),
        Some(Subcommand::Adopt(args)) => adopt::run(args),
        Some(Subcommand::Text(args)) => read::print(args),
        Some(Subcommand::Ask(args)) => ask::run(args),
        Some(Subcommand::Reviews(args)) => reviews::run(args),
        Some(Subcommand::Key(args)) => key::run(args),
        Some(Subcommand::SearchText(args)) => search_text::run(args),
        Some(Subcommand::Recover(args)) => recover::run(args),
        Some(Subcommand::Demo(args)) => demo::run(args),
        Some(Subcommand::Doctor(args)) => doctor::run(args),
        Some(Subcommand::Completions(args)) => completions::completions(args),
        Some(Subcommand::Man(args)) => completions::man(args),
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Reported) => ExitCode::from(2),
        // The reader of our output has closed it: this is not an error.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&whole_chain(&error));
            ExitCode::from(2)
        }
    }
}

/// Reports an error on standard error and in the log.
fn report(message: &str) {
    log::error!("{message}");
    print_message(&format!("tilejury: {message}"));
}

fn open_window(args: WindowArgs) -> anyhow::Result<Outcome> {
    let request = window::Request {
        dataset: args.dataset,
        sidecar: args.sidecar.path,
        annotator: args.annotator,
        timings: args.timings,
    };
    let missing = request.dataset.as_deref().and_then(window::missing_dataset);
    if let Some(message) = &missing {
        anyhow::ensure!(window::has_display(), "{message}");
        // Started from a desktop, nobody sees this line: the window has the message, too.
        report(message);
    }
    window::run(request).map_err(anyhow::Error::msg)?;
    Ok(if missing.is_some() { Outcome::Reported } else { Outcome::Success })
}

/// Returns an error with its causes, each stated once: most of our errors already include their
/// cause.
fn whole_chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// Returns a switch that is set when the person asks to stop, by Ctrl-C or by ending the process,
/// so that long work can clean up.
fn stop_switch() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let switch = stop.clone();
    // If the system refuses a handler, Ctrl-C ends the process as usual.
    let _ = ctrlc::set_handler(move || switch.store(true, Ordering::Relaxed));
    stop
}

/// Opens a dataset, and reports bad lines once on standard error.
fn open(path: &Path) -> anyhow::Result<Dataset> {
    let dataset = open_quietly(path)?;
    for warning in dataset.warnings.iter().take(10) {
        print_message(&format!("warning: {warning}"));
    }
    if dataset.warnings.len() > 10 {
        print_message(&format!("warning: and {} more; `tilejury check` lists them all", dataset.warnings.len() - 10));
    }
    Ok(dataset)
}

/// Opens a dataset as [`open`] does, with the shard indexes cached between runs.
fn open_with_memory(path: &Path) -> anyhow::Result<Dataset> {
    let dataset = open(path)?;
    dataset.tiles.remember_in(Folders::for_current_user().shards_file(dataset.fingerprint));
    Ok(dataset)
}

/// Opens a dataset; reporting its bad lines is left to the caller.
fn open_quietly(path: &Path) -> anyhow::Result<Dataset> {
    let reading = output::spinner("reading the rows");
    let converting = OnceLock::new();
    let progress = |step: ProgressStep| {
        if step.stage == Stage::Converting && step.total > 0 {
            let bar = converting.get_or_init(|| output::progress(step.total, step.stage.label()));
            output::step_on(bar, step.stage.label(), step.done, step.total);
        }
        Ok(())
    };
    let dataset = open_dataset(path, &Folders::for_current_user(), &progress);
    reading.finish_and_clear();
    if let Some(bar) = converting.get() {
        bar.finish_and_clear();
    }
    if let Ok(dataset) = &dataset
        && let Some(note) = dataset.tiles.storage().and_then(|storage| storage.note())
    {
        print_message(&format!("note: {note}"));
    }
    dataset
}

/// Returns the scope of a named annotator. A name without judgements is most likely misspelt. It is
/// refused, with the known names, because an export without any judgements would look like a clean
/// dataset.
fn judgement_scope(stored: &StoredJudgements, annotator: Option<&str>) -> Result<AnnotatorScope, Outcome> {
    let Some(name) = annotator else { return Ok(AnnotatorScope::Everybody) };
    let known = votes::annotators(&stored.events);
    if known.contains(&name) {
        return Ok(AnnotatorScope::Annotator(name.to_owned()));
    }
    let names = if known.is_empty() {
        "nobody has judged yet".to_owned()
    } else {
        format!("known annotators: {}", known.join(", "))
    };
    print_message(&format!("tilejury: no judgements by an annotator “{name}”; {names}"));
    Err(Outcome::Findings)
}

fn annotator_name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() { Err("a name is needed".to_owned()) } else { Ok(name.to_owned()) }
}
