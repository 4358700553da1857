//! `tilejury export`: a cleaned copy of the splits.

use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::{Args, ValueEnum};
use serde_json::json;
use tilejury_audit::export::{ExportError, ExportOptions, Unjudged, export};
use tilejury_audit::merge;

use super::output::{Output, progress, say};
use super::{DatasetArgs, Outcome, Stored, open, stop_switch, whose};

#[derive(Args)]
#[command(
    after_help = "Rejected rows leave; a negative judged relevant or broken leaves its row; a row whose positive was judged \
not relevant or broken leaves. All other rows are copied byte for byte, in their order."
)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// A new or an empty folder
    out: PathBuf,
    /// A row with fewer usable negatives leaves: trainers would pad it with its own positive
    #[arg(long, value_name = "N", default_value_t = 2)]
    negatives: usize,
    /// What becomes of rows without a verdict
    #[arg(long, value_enum, default_value_t = UnjudgedArg::Keep)]
    unjudged: UnjudgedArg,
    /// Go by this annotator's judgements only [default: everybody's, by majority; a tie is unsure]
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum UnjudgedArg {
    /// They stay
    Keep,
    /// They leave
    Drop,
}

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = Stored::read(&dataset, &args.dataset.sidecar)?;
    let whose = match whose(&stored, args.annotator.as_deref()) {
        Ok(whose) => whose,
        Err(refused) => return Ok(refused),
    };
    let judgements = merge::judgements(&stored.events, &whose);
    let unjudged = match args.unjudged {
        UnjudgedArg::Keep => Unjudged::Keep,
        UnjudgedArg::Drop => Unjudged::Drop,
    };
    let options = ExportOptions { negatives: args.negatives, unjudged };
    let bar = progress(dataset.samples.len(), "rows");
    let stop = stop_switch();
    let result = export(&dataset, &judgements, options, &args.out, &mut |done, _| {
        bar.set_position(done as u64);
        !stop.load(Ordering::Relaxed)
    });
    bar.finish_and_clear();
    let report = match result {
        Ok(report) => report,
        Err(error @ (ExportError::NotEmpty(_) | ExportError::NoFolder(_) | ExportError::NoParent(_))) => {
            say(&format!("tilejury: {error}"));
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error.into()),
    };
    let mut out = Output::new();
    if args.json {
        out.json(&json!({
            "kept": report.kept,
            "changed": report.changed,
            "dropped": report.dropped,
            "reasons": report.reasons,
            "files": report.files,
            "bad_lines": report.bad_lines,
            "positive_in_negatives": report.still_suspicious,
            "empty_splits": report.empty_splits,
        }))?;
    } else {
        for line in report.summary() {
            out.line(&line)?;
        }
        out.line(&format!("Written to {}: {}", args.out.display(), report.files.join(", ")))?;
    }
    out.finish()?;
    Ok(Outcome::Fine)
}
