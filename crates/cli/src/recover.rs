//! `tilejury recover`: saves the readable part of a damaged sidecar to a new one.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_audit::SidecarError;
use tilejury_audit::sidecar::{Doubt, Recovered, recover};
use tilejury_audit::text::count;

use super::Outcome;
use super::output::{Output, print_message, spinner};

/// The number of doubtful rows that are printed one by one; `--json` lists all.
const PRINTED: usize = 20;

#[derive(Args)]
#[command(after_help = "Reads the file page by page, with the write-ahead log beside it, and changes neither. \
The exit code is 1 if something could not be read or may be wrong.")]
pub(super) struct RecoverArgs {
    /// The damaged file
    sidecar: PathBuf,
    /// A new file for the saved judgements
    out: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &RecoverArgs) -> anyhow::Result<Outcome> {
    let reading = spinner("reading the file");
    let recovered = recover(&args.sidecar, &args.out);
    reading.finish_and_clear();
    let recovered = match recovered {
        // Neither the program nor the disk is at fault: the input is refused.
        Err(error @ (SidecarError::NothingFound(_) | SidecarError::Exists(_))) => {
            print_message(&format!("tilejury: {error}"));
            return Ok(Outcome::Findings);
        }
        recovered => recovered?,
    };
    let Recovered { events, samples, unnamed_samples, positions, missing, broken, doubtful, unchecked, unverified } =
        recovered;
    let mut out = Output::new();
    if args.json {
        out.json(&json!({
            "events": events,
            "samples": samples,
            "unnamed_samples": unnamed_samples,
            "places": positions,
            "missing": missing,
            "broken": broken,
            "doubtful": doubtful.iter().map(as_json).collect::<Vec<_>>(),
            "unchecked": unchecked,
            "unverified": unverified.iter().map(as_json).collect::<Vec<_>>(),
            "file": args.out,
        }))?;
    } else {
        out.line(&format!(
            "{} of {} saved in {}",
            count(events, "change"),
            count(samples + unnamed_samples, "row"),
            args.out.display()
        ))?;
        if unnamed_samples > 0 {
            out.line(&format!(
                "{} lost its query and positive here; the dataset has them",
                count(unnamed_samples, "row")
            ))?;
        }
        if missing > 0 {
            out.line(&format!("{} could not be read", count(missing, "change")))?;
        }
        if broken > 0 {
            out.line(&format!("{} could only be read in part", count(broken, "row")))?;
        }
        for doubt in doubtful.iter().take(PRINTED) {
            out.line(&format!("doubtful: {}", in_words(doubt)))?;
        }
        if doubtful.len() > PRINTED {
            out.line(&format!("{} more are doubtful; --json lists all", doubtful.len() - PRINTED))?;
        }
        if unchecked > 0 {
            out.line(&format!("{} of an earlier version cannot be checked", count(unchecked, "change")))?;
        }
    }
    out.finish()?;
    Ok(if missing + broken + doubtful.len() > 0 { Outcome::Findings } else { Outcome::Success })
}

fn as_json(doubt: &Doubt) -> serde_json::Value {
    json!({
        "table": doubt.table,
        "name": doubt.name,
        "says": doubt.content,
        "why": doubt.why,
        "in_log": doubt.spot.map(|spot| spot.log),
        "offset": doubt.spot.map(|spot| spot.offset),
        "saved": doubt.saved,
    })
}

fn in_words(doubt: &Doubt) -> String {
    let Doubt { table, name, content, why, spot, saved } = doubt;
    let place = spot.map(|spot| format!(" at byte {}{}", spot.offset, if spot.log { " of the log" } else { "" }));
    let saved = if *saved { "saved" } else { "not saved" };
    format!("{table} {name}{}: {why} ({content}); {saved}", place.unwrap_or_default())
}
