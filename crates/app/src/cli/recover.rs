//! `tilejury recover`: what can be read of a damaged sidecar, into a new one.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_audit::SidecarError;
use tilejury_audit::sidecar::{Recovered, recover};
use tilejury_audit::words::count;

use super::Outcome;
use super::output::{Output, say, spinner};

#[derive(Args)]
#[command(after_help = "Reads the file page by page, with the write-ahead log beside it, and changes neither. \
The exit code is 1 where something could not be read.")]
pub(super) struct RecoverArgs {
    /// The damaged file
    sidecar: PathBuf,
    /// A new file for what can be saved
    out: PathBuf,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &RecoverArgs) -> anyhow::Result<Outcome> {
    let reading = spinner("reading the file");
    let recovered = recover(&args.sidecar, &args.out);
    reading.finish_and_clear();
    let recovered = match recovered {
        // Nothing is wrong with the program or the disk: the input is refused.
        Err(error @ (SidecarError::NothingFound(_) | SidecarError::Exists(_))) => {
            say(&format!("tilejury: {error}"));
            return Ok(Outcome::Findings);
        }
        recovered => recovered?,
    };
    let Recovered { events, samples, unnamed_samples, places, missing, broken } = recovered;
    let mut out = Output::new();
    if args.json {
        out.json(&json!({
            "events": events,
            "samples": samples,
            "unnamed_samples": unnamed_samples,
            "places": places,
            "missing": missing,
            "broken": broken,
            "file": args.out,
        }))?;
    } else {
        out.line(&format!(
            "{} of {} saved in {}",
            count(events, "change"),
            count(samples + unnamed_samples, "sample"),
            args.out.display()
        ))?;
        if unnamed_samples > 0 {
            out.line(&format!(
                "{} lost its query and positive here; the dataset has them",
                count(unnamed_samples, "sample")
            ))?;
        }
        if missing > 0 {
            out.line(&format!("{} could not be read", count(missing, "change")))?;
        }
        if broken > 0 {
            out.line(&format!("{} of some table are there in part only", count(broken, "row")))?;
        }
    }
    out.finish()?;
    Ok(if missing + broken > 0 { Outcome::Findings } else { Outcome::Fine })
}
