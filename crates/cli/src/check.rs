//! `tilejury check`: every problem with its location.

use std::path::PathBuf;

use clap::Args;
use tilejury_app::folders::Folders;
use tilejury_audit::check::{CheckDepth, CheckedTiles, Problem, check};
use tilejury_audit::download;
use tilejury_audit::progress::{Progress as _, ProgressStep, Stage};
use tilejury_audit::text::count;
use tilejury_data::shown::shown;

use super::output::{Output, print_message, progress};
use super::{DownloadArg, Outcome, SidecarArg, open_quietly, stop_switch};

#[derive(Args)]
#[command(after_help = "Exit codes: 0 nothing found, 1 problems found, 2 the dataset cannot be read.")]
pub(super) struct CheckArgs {
    #[arg(help = super::DATASET)]
    dataset: PathBuf,
    /// Also decode every tile, and look for copies of positives among the negatives; without it,
    /// copies are found by fingerprints that `tilejury adopt` took over
    #[arg(long)]
    decode: bool,
    #[command(flatten)]
    download: DownloadArg,
    /// Print one JSON object per finding
    #[arg(long)]
    json: bool,
    // Accepted for scripts that pass the same arguments to every command; a check reads no
    // judgements.
    #[command(flatten)]
    _sidecar: SidecarArg,
}

pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Outcome> {
    let dataset = open_quietly(&args.dataset)?;
    if args.decode {
        let fetch = download::of_pixels(&dataset, None);
        args.download.allow(&dataset, "decoding every tile", ", or leave out --decode", fetch)?;
    }
    let shards = progress(dataset.tiles.shard_count(), "shards");
    let tiles = progress(0, "tiles");
    let stop = stop_switch();
    let fingerprints = Folders::for_current_user().fingerprints_file(dataset.fingerprint);
    let how = if args.decode { CheckedTiles::Decoded } else { CheckedTiles::Adopted(&fingerprints) };
    let checked = check(&dataset, how, &|step: ProgressStep| {
        match step.stage {
            Stage::Shards => shards.set_position(step.done as u64),
            stage => {
                if stage == Stage::Pairs {
                    tiles.set_message("pairs of pictures");
                } else {
                    shards.finish_and_clear();
                }
                tiles.set_length(step.total as u64);
                tiles.set_position(step.done as u64);
            }
        }
        stop.report(step)
    });
    shards.finish_and_clear();
    tiles.finish_and_clear();
    let Ok(checked) = checked else { anyhow::bail!("stopped; the check is not complete") };
    let mut out = Output::new();
    for finding in &checked.problems {
        if args.json {
            out.json(finding)?;
        } else {
            out.line(&text(finding))?;
        }
    }
    out.finish()?;
    for note in &dataset.notes {
        print_message(&format!("note: {note}"));
    }
    let rows = count(dataset.samples.len(), "row");
    let depth = match checked.depth {
        CheckDepth::Decoded => "every tile decoded".to_owned(),
        CheckDepth::Adopted { known, tiles } => {
            format!("tiles not decoded, adopted fingerprints of {known} of {}", count(tiles, "tile"))
        }
        CheckDepth::NotDecoded => "tiles not decoded, no search for copies of positives".to_owned(),
    };
    print_message(&format!(
        "{rows}, {}, {depth}: {}",
        count(dataset.tiles.shard_count(), "shard"),
        count(checked.problems.len(), "finding")
    ));
    Ok(if checked.problems.is_empty() { Outcome::Success } else { Outcome::Findings })
}

fn text(finding: &Problem) -> String {
    let place = match (&finding.split, finding.line) {
        (Some(split), Some(line)) => format!("{split}:{line} "),
        (Some(split), None) => format!("{split} "),
        _ => String::new(),
    };
    // A path may contain anything, including control sequences of a terminal.
    let path = finding.path.as_ref().map(|path| format!(" {}:", shown(path))).unwrap_or_default();
    format!("{place}{}:{path} {}", finding.kind, finding.message)
}
