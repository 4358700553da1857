//! `tilejury pairs`: finds tiles with the same or nearly the same picture among the files of
//! `tilejury scan`, on one machine.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;
use tilejury_audit::progress::{Progress as _, ProgressStep};
use tilejury_audit::scan::pairs::{PairError, PairSettings, PartTiles, write_pairs};
use tilejury_audit::text::{count, grouped};
use tilejury_bench::memory::with_peak_memory;
use tilejury_data::cores;

use super::output::{Output, print_message, progress, step_on};
use super::{Outcome, stop_switch};

/// The bytes of each list that is sorted in memory.
const SORT_BYTES: usize = 128 << 20;

#[derive(Args)]
#[command(
    after_help = "Tiles with equal pixels are pairs. Of each picture one tile is compared with those that share a band with it: the hash \
    of a row of the signature. Signatures confirm a near pair; no pixel does, so the kind is near_signature. Pairs connect tiles to \
    clusters. Lists that are too large for memory are sorted on the disk, in the folder of --out.\n\n\
    Exit code 2: cannot run; then nothing was written."
)]
pub(super) struct PairsArgs {
    /// The files that `tilejury scan` wrote, or folders with them
    #[arg(required = true, value_name = "PART")]
    parts: Vec<PathBuf>,
    /// Write the pairs to FILE
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The largest share of rows in the overlap that may differ, 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    distance: f32,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &PairsArgs) -> anyhow::Result<Outcome> {
    let start = Instant::now();
    let files = parts_of(&args.parts)?;
    let mut tiles = PartTiles::open(&files)?;
    let scratch = args.out.parent().filter(|folder| !folder.as_os_str().is_empty());
    let scratch = scratch.map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&scratch)?;
    let settings = PairSettings { distance: args.distance, threads: cores(), sort_bytes: SORT_BYTES, scratch };
    let bar = progress(0, "");
    let stop = stop_switch();
    let report = |step: ProgressStep| {
        step_on(&bar, step.stage.label(), step.done, step.total);
        stop.report(step)
    };
    let (found, peak) = with_peak_memory(|| write_pairs(&mut tiles, &settings, &args.out, &report));
    bar.finish_and_clear();
    let counts = match found {
        Err(PairError::Cancelled(_)) => anyhow::bail!("stopped; nothing was written"),
        other => other?,
    };
    print_message(&format!(
        "{} of {} in {}, of {} candidates; written to {}",
        count(counts.pairs as usize, "pair"),
        count(counts.tiles as usize, "tile"),
        count(counts.clusters as usize, "cluster"),
        grouped(counts.candidates as usize),
        args.out.display()
    ));
    if counts.capped > 0 {
        let bands = count(counts.capped as usize, "band");
        print_message(&format!("{bands} of very many tiles: each tile of these was compared with the first one only"));
    }
    if args.json {
        let mut out = Output::new();
        out.json(&json!({
            "tiles": counts.tiles,
            "candidates": counts.candidates,
            "pairs": counts.pairs,
            "clusters": counts.clusters,
            "seconds": (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
            "peak_mb": peak.map(|peak| (peak * 10.0).round() / 10.0),
        }))?;
        out.finish()?;
    }
    Ok(Outcome::Success)
}

/// The files of scans, of which whole folders may be named.
pub(super) fn parts_of(named: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for part in named {
        match part.is_dir() {
            true => files.extend(super::adopt::files_in(part)?.parts),
            false => files.push(part.clone()),
        }
    }
    Ok(files)
}
