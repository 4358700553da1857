//! `tilejury bench suspicion`: the ranking against a truth file, and the pace of the pixel signals.

use std::path::PathBuf;

use clap::Args;

use super::measures::{Measure, measures};
use super::truth;
use crate::output::Output;
use crate::suspicion::{PixelsFrom, look};
use crate::{DatasetArgs, Outcome, open, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Tiles are read anew, past the cache, so that the pace is measured. A bad negative is one that the truth file names \
among a row's bad_paths; recall at 2x looks at twice as many suspects as there are bad negatives."
)]
pub(super) struct SuspicionArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The known defects: lines with "kind", "sub", "split", "line", "bad_paths"
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// One JSON object a measure
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SuspicionArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let (found, pace) = look(&dataset, args.dataset.sidecar.path.as_deref(), PixelsFrom::Tiles, &stop_switch())?;
    // Opened only now: nothing that searches can have seen it.
    let defects = truth::read(&args.truth, &dataset)?;
    let mut measures = measures(&dataset, &found, &defects);
    measures.push(Measure::plain("tiles_per_second", f64::from(pace.tiles_per_sec())));
    measures.push(Measure::plain("decode_share", f64::from(pace.decode_share)));
    let mut out = Output::new();
    for measure in &measures {
        if args.json {
            out.json(measure)?;
        } else {
            out.line(&text(measure))?;
        }
    }
    out.finish()?;
    Ok(Outcome::Fine)
}

fn text(measure: &Measure) -> String {
    let name = match &measure.of {
        Some(of) => format!("{} {of}", measure.name),
        None => measure.name.clone(),
    };
    let parts = match (measure.part, measure.whole) {
        (Some(part), Some(whole)) => format!("  {part} of {whole}"),
        _ => String::new(),
    };
    format!("{name:<44} {:>9.3}{parts}", measure.value)
}
