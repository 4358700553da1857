//! `tilejury fetch`: fetches the tiles of rows of a dataset at an address, so that they can be
//! judged without a connection. States the size first.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Args;
use serde::Serialize;
use serde_json::json;
use tilejury_app::fetched::{OfflineError, OfflineList, OfflineSize, sweep};
use tilejury_app::folders::Folders;
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::text::{count, grouped};
use tilejury_data::shown::bytes_in_words;
use tilejury_data::{Dataset, SampleIndex};

use super::filter::filtered_rows;
use super::output::{Output, print_message, progress, step_on};
use super::{DatasetArgs, Outcome, open, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Without --yes, only says how much would be fetched. Tiles stay in the cache until those used later need the room. \
    Exit code 1: some tiles could not be fetched, or the cache is too small for all."
)]
pub(super) struct FetchArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Fetch the tiles of the rows that this search finds [default: all rows]
    #[arg(long, allow_hyphen_values = true, value_name = "SEARCH")]
    filter: Option<String>,
    /// Fetch after saying how much that is
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Figures {
    rows: usize,
    tiles: usize,
    tiles_kept: usize,
    bytes_kept: u64,
    tiles_to_fetch: usize,
    bytes_to_fetch: u64,
    /// Tiles in shards that are not indexed.
    tiles_unknown: usize,
    tiles_missing: usize,
    shards_to_index: usize,
    index_requests: u64,
    index_bytes: u64,
    keeps_up_to_bytes: u64,
    /// Null without `--yes`.
    fetched: Option<serde_json::Value>,
}

pub(super) fn run(args: &FetchArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    let stop = stop_switch();
    let samples = rows(args, &dataset, &stop)?;
    let bar = progress(0, "");
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let mut list = OfflineList::count(&dataset, &samples, &report)?;
    bar.suspend(|| state(&list.size()));
    let mut failed = Vec::new();
    if args.yes && list.size().shards_to_index > 0 {
        failed = list.index_shards(&report)?;
        bar.suspend(|| state(&list.size()));
    }
    let size = list.size();
    let fetched = if args.yes { Some(list.fetch(&report)) } else { None };
    bar.finish_and_clear();
    // The sweep in the background ends with this process, perhaps too early.
    sweep(&Folders::for_current_user());
    let fetched = match fetched.transpose() {
        Err(refused @ OfflineError::NoRoom { .. }) => {
            print_message(&format!("tilejury: {refused}"));
            return Ok(Outcome::Findings);
        }
        other => other?,
    };
    failed.extend(fetched.iter().flat_map(|fetched| fetched.failed.iter().cloned()));
    for problem in &failed {
        print_message(&format!("warning: {problem}"));
    }
    if let Some(fetched) = &fetched {
        print_message(&format!("{} fetched, {}", count(fetched.tiles, "tile"), bytes_in_words(fetched.bytes)));
    } else if size.tiles_to_fetch + size.tiles_unknown > 0 {
        print_message("nothing was fetched; --yes fetches");
    }
    if args.json {
        let fetched = fetched.map(|fetched| json!({"tiles": fetched.tiles, "bytes": fetched.bytes, "failed": failed}));
        let mut out = Output::new();
        out.json(&figures(&size, fetched))?;
        out.finish()?;
    }
    Ok(if failed.is_empty() { Outcome::Success } else { Outcome::Findings })
}

/// The rows of the filter, in the order of the dataset.
fn rows(args: &FetchArgs, dataset: &Arc<Dataset>, stop: &AtomicBool) -> anyhow::Result<Vec<SampleIndex>> {
    match &args.filter {
        Some(text) => filtered_rows(text, dataset, &args.dataset.sidecar, stop),
        None => Ok(dataset.indices().collect()),
    }
}

/// Says what the rows take.
fn state(size: &OfflineSize) {
    print_message(&format!(
        "{} of {}: {} in {} to fetch; {} in {} kept already",
        count(size.tiles, "tile"),
        count(size.samples, "row"),
        bytes_in_words(size.bytes_to_fetch),
        grouped(size.tiles_to_fetch),
        bytes_in_words(size.bytes_kept),
        grouped(size.tiles_kept),
    ));
    if size.shards_to_index > 0 {
        print_message(&format!(
            "{} must be indexed first, by about {} and {}; the sizes of {} are not known before that",
            count(size.shards_to_index, "shard"),
            count(size.index_requests as usize, "request"),
            bytes_in_words(size.index_bytes),
            count(size.tiles_unknown, "tile"),
        ));
    }
    if size.tiles_missing > 0 {
        print_message(&format!("{} in no shard", count(size.tiles_missing, "tile")));
    }
}

fn figures(size: &OfflineSize, fetched: Option<serde_json::Value>) -> Figures {
    Figures {
        rows: size.samples,
        tiles: size.tiles,
        tiles_kept: size.tiles_kept,
        bytes_kept: size.bytes_kept,
        tiles_to_fetch: size.tiles_to_fetch,
        bytes_to_fetch: size.bytes_to_fetch,
        tiles_unknown: size.tiles_unknown,
        tiles_missing: size.tiles_missing,
        shards_to_index: size.shards_to_index,
        index_requests: size.index_requests,
        index_bytes: size.index_bytes,
        keeps_up_to_bytes: size.keeps_up_to_bytes,
        fetched,
    }
}
