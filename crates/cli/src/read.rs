//! `tilejury read`: reads the text of tiles with Tesseract, the most suspicious rows first, and
//! keeps it beside the sidecar. `tilejury text` prints it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_audit::download;
use tilejury_audit::external::{
    self, ExternalStore, ReadingOptions, ReadingQueue, StoredReading, TOP_ROWS, estimated_time, read_tiles,
    rows_in_order, tiles_of_rows,
};
use tilejury_audit::pace::spell;
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, TilePath, cores};
use tilejury_text::{Language, Tesseract};

use super::filter::{Filter, FilterData};
use super::output::{Output, print_message, progress, step_on};
use super::own_sidecar;
use super::suspicion::{PixelSource, find_signals};
use super::{DatasetArgs, DownloadArg, Outcome, StoredJudgements, open_with_memory, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Each tile is read once: the text is kept beside the sidecar, in the file that ends in .outside.sqlite. After Ctrl-C, \
    the next run continues from there. A tile in another script or language is read again with its language, if Tesseract has it. \
    Exit code 1: some tiles could not be read."
)]
pub(super) struct ReadArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Read the tiles of all rows, the most suspicious first
    #[arg(long, conflicts_with_all = ["top", "filter"])]
    all: bool,
    /// Read the tiles of the N most suspicious rows [default: 1000]
    #[arg(long, value_name = "N", conflicts_with = "filter")]
    top: Option<usize>,
    /// Read the tiles of the rows that a search finds, such as `split:train verdict:none`
    #[arg(long, allow_hyphen_values = true, value_name = "QUERY")]
    filter: Option<String>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    download: DownloadArg,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ReadingArgs {
    /// The languages to begin with, as Tesseract names them
    #[arg(long, value_name = "LANG", value_delimiter = '+', default_value = "eng")]
    pub(super) lang: Vec<Language>,
    /// The number of tiles to read at the same time [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) jobs: Option<u16>,
    /// The Tesseract program
    #[arg(long, value_name = "PROGRAM", default_value = "tesseract")]
    pub(super) tesseract: PathBuf,
}

#[derive(Args)]
pub(super) struct TextArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per tile, with the words and their boxes
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ReadArgs) -> anyhow::Result<Outcome> {
    let engine = Tesseract::with_languages(&args.reading.tesseract, &args.reading.lang)?;
    let dataset = Arc::new(open_with_memory(&args.dataset.dataset)?);
    let stored = match &args.filter {
        Some(_) => StoredJudgements::read(&dataset, &args.dataset.sidecar)?,
        None => StoredJudgements::default(),
    };
    let filter = args.filter.as_deref().map(|text| Filter::parse(text, &dataset, &stored)).transpose()?;
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_writing(&dataset, args.dataset.sidecar.path.as_deref())?;
    let file = external::for_writing(&dataset, &location, &folder)?;
    let stop = stop_switch();
    let (found, _) = find_signals(&dataset, args.dataset.sidecar.path.as_deref(), PixelSource::Nowhere, &stop)?;
    let listed = match filter {
        Some(filter) => {
            let data = FilterData { stored: &stored, findings: &found, external: &file };
            Some(filter.find(&dataset, &data, &stop)?)
        }
        None => None,
    };
    let most = if listed.is_some() || args.all { dataset.samples.len() } else { args.top.unwrap_or(TOP_ROWS) };
    let mut rows = rows_in_order(&dataset, &[], found.ranking(), most);
    if let Some(listed) = &listed {
        rows.retain(|sample| listed.contains(sample));
    }
    let queue = ReadingQueue::of_rows(&dataset, rows.iter().copied());
    let tiles = queue.counts().tiles;
    if dataset.tiles.storage().is_some() {
        let wanted = unread(tiles_of_rows(&dataset, rows.iter().copied()), &file)?;
        let fetch = download::of_tiles(&dataset, wanted.iter());
        args.download.allow(&dataset, "reading their text", ", or --top N to read fewer", fetch)?;
    }
    let jobs = args.reading.jobs.map_or_else(cores, usize::from);
    print_message(&format!(
        "{} of {}; about {} if none was read before",
        count(tiles, "tile"),
        count(rows.len(), "row"),
        spell(estimated_time(tiles, jobs))
    ));
    let bar = progress(0, "");
    let report = |step: ProgressStep| {
        step_on(&bar, "reading text", step.done, step.total);
        stop.report(step)
    };
    let start = Instant::now();
    let options = ReadingOptions { languages: args.reading.lang.clone(), jobs };
    let read = read_tiles(&dataset, &queue, &mut ExternalStore::open(&file)?, &engine, &options, &report)?;
    bar.finish_and_clear();
    // Words that a model copied may be on tiles that were read only now.
    ExternalStore::open(&file)?.check_evidence()?;
    let Ok(summary) = read else { anyhow::bail!("stopped; the tiles read so far are stored in {}", file.display()) };
    let seconds = start.elapsed().as_secs_f64();
    if args.json {
        let mut out = Output::new();
        out.json(&json!({
            "tiles": summary.tiles,
            "read": summary.read,
            "skipped": summary.skipped,
            "failed": summary.failed,
            "not_legible": summary.not_legible,
            "seconds": (seconds * 1000.0).round() / 1000.0,
        }))?;
        out.finish()?;
    }
    summary.problems().iter().for_each(|problem| print_message(problem));
    print_message(&format!(
        "{} read, {} read before, in {}; stored in {}",
        count(summary.read, "tile"),
        summary.skipped,
        duration(seconds),
        file.display()
    ));
    Ok(if summary.failed > 0 { Outcome::Findings } else { Outcome::Success })
}

/// The tiles that have no reading in a file yet.
fn unread(mut tiles: Vec<TilePath>, file: &Path) -> anyhow::Result<Vec<TilePath>> {
    if let Some(store) = ExternalStore::open_for_reading(file)? {
        let mut read = HashSet::new();
        store.readings(&mut |reading| {
            read.insert(reading.tile);
            true
        })?;
        tiles.retain(|tile| !read.contains(tile));
    }
    Ok(tiles)
}

fn duration(seconds: f64) -> String {
    match seconds {
        ..60.0 => format!("{seconds:.0} s"),
        60.0..3600.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

/// Prints the readings.
pub(super) fn print(args: &TextArgs) -> anyhow::Result<Outcome> {
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(&dataset, args.dataset.sidecar.path.as_deref())?;
    let file = external::for_reading(&dataset, &location, &folder);
    let spellings = spellings(&dataset);
    let spelled = |tile: &TilePath| spellings.get(tile).cloned().unwrap_or_else(|| tile.as_str().to_owned());
    let mut out = Output::new();
    let mut printed = Ok(());
    if let Some(store) = ExternalStore::open_for_reading(&file)? {
        store.readings(&mut |reading| {
            let path = spelled(&reading.tile);
            printed = if args.json {
                out.json(&words_of(&path, &reading))
            } else {
                out.line(&format!("== {path}\n{}\n", reading.reading.text()))
            };
            printed.is_ok()
        })?;
    }
    printed?;
    out.finish()?;
    Ok(Outcome::Success)
}

/// The first spelling of each tile in a row: scripts compare it with the paths of rows.
fn spellings(dataset: &Dataset) -> HashMap<TilePath, String> {
    let mut spellings = HashMap::new();
    for row in dataset.indices().filter_map(|sample| dataset.row(sample).ok()) {
        for spelling in row.spellings() {
            spellings.entry(TilePath::new(spelling)).or_insert_with(|| spelling.to_owned());
        }
    }
    spellings
}

fn words_of(path: &str, reading: &StoredReading) -> serde_json::Value {
    let words: Vec<_> = reading.reading.words.iter().map(|word| {
        json!({"text": word.text, "x": word.x, "y": word.y, "w": word.width, "h": word.height, "conf": (f64::from(word.confidence) * 100.0).round() / 100.0})
    }).collect();
    json!({
        "path": path,
        "text": reading.reading.text(),
        "engine": format!("{} {}", reading.engine.0, reading.engine.1),
        "languages": reading.languages,
        "legible": reading.legible,
        "words": words,
    })
}
