//! `tilejury merge`: several annotators' sidecars of one dataset as one new file.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_audit::annotators::{ContestedRows, contested_rows};
use tilejury_audit::audits::audits;
use tilejury_audit::sidecar::{MergeError, merge_files};
use tilejury_audit::text::count;
use tilejury_audit::{Sidecar, SidecarError};

use super::output::{Output, print_message, spinner};
use super::{Outcome, stop_switch};

#[derive(Args)]
#[command(
    override_usage = "tilejury merge [OPTIONS] <SIDECAR> <SIDECAR>... <OUT>",
    after_help = "All changes are taken over, each once, in an order that does not depend on the order of the files; merging a file \
    again adds nothing. The files are only read. Imported texts, scores and reviews are in another file and are not merged."
)]
pub(super) struct MergeArgs {
    /// The sidecars, two or more, then the new file
    #[arg(required = true, num_args = 3.., value_names = ["SIDECAR", "SIDECAR", "OUT"])]
    files: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &MergeArgs) -> anyhow::Result<Outcome> {
    let Some((to, from)) = args.files.split_last() else { return Ok(Outcome::Findings) };
    let reading = spinner("reading the sidecars");
    let stop = stop_switch();
    let merged = merge_files(from, to, &*stop);
    reading.finish_and_clear();
    let merged = match merged {
        // Neither the program nor the disk is at fault: the input is refused.
        Err(
            error @ (MergeError::TooFew
            | MergeError::Missing(_)
            | MergeError::OtherDataset { .. }
            | MergeError::Conflicts { .. }
            | MergeError::Altered { .. }
            | MergeError::Sidecar(
                SidecarError::Exists(_)
                | SidecarError::Damaged { .. }
                | SidecarError::NotSqlite(_)
                | SidecarError::Folder(_)
                | SidecarError::NotOurs(_)
                | SidecarError::Newer { .. }
                | SidecarError::NoDataset(_),
            )),
        ) => {
            print_message(&format!("tilejury: {error}; nothing was written"));
            return Ok(Outcome::Findings);
        }
        merged => merged?,
    };
    let mut notes = merged.notes.clone();
    let mut written = Sidecar::open_for_reading(to)?;
    let events = written.as_mut().map(Sidecar::all_events).transpose()?.unwrap_or_default();
    let all = audits(&events);
    let audits: Vec<&str> = all.iter().map(|audit| audit.plan.name.as_str()).collect();
    let apart = all.iter().filter(|audit| audit.shared_name.is_some());
    let names = apart.map(|audit| format!("“{}”", audit.plan.name)).collect::<Vec<_>>().join(", ");
    if !names.is_empty() {
        notes.push(format!(
            "audits with one name and different plans are kept apart; commands take the full names {names}"
        ));
    }
    let samples = written.as_ref().map(Sidecar::samples).transpose()?.unwrap_or_default();
    let contested = contested_rows(&events, &samples);
    notes.extend(contested.iter().map(ContestedRows::sentence));
    for note in &notes {
        print_message(&format!("note: {note}"));
    }
    let mut out = Output::new();
    if args.json {
        let only_in = from.iter().zip(&merged.only_in).map(|(file, events)| json!({"file": file, "events": events}));
        out.json(&json!({
            "events": merged.events,
            "samples": merged.samples,
            "annotators": merged.annotators,
            "audits": audits,
            "only_in": only_in.collect::<Vec<_>>(),
            "adjudicators_differ": contested,
            "notes": notes,
            "file": to,
        }))?;
    } else {
        out.line(&format!(
            "{} of {} by {} are in {}",
            count(merged.events, "change"),
            count(merged.samples, "row"),
            count(merged.annotators.len(), "annotator"),
            to.display()
        ))?;
        for (file, events) in from.iter().zip(&merged.only_in) {
            out.line(&format!("{} only in {}", count(*events, "change"), file.display()))?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}
