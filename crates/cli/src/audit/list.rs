//! `tilejury audit list`: prints the audits of a dataset, and of its exports.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use tilejury_audit::audits::{Audit, AuditStatus};
use tilejury_data::Dataset;

use super::open_or_explain;
use crate::output::{Output, print_message};
use crate::{DatasetArgs, Outcome, SidecarArg, StoredJudgements, open};

#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Also print the audits of this export of the dataset; may be given several times
    #[arg(long, value_name = "FOLDER")]
    export: Vec<PathBuf>,
    /// Print one JSON object per audit
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ListArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    // All of them are opened before anything is printed: one that cannot be opened fails the
    // command.
    let mut exports = Vec::new();
    for folder in &args.export {
        let exported = open_or_explain(folder)?;
        let stored = StoredJudgements::read(&exported, &SidecarArg { path: None })?;
        exports.push((folder, exported, stored));
    }
    let mut out = Output::new();
    list_audits(&mut out, args, &dataset, &stored.audits, None)?;
    let mut others = 0;
    for (folder, exported, stored) in exports {
        let (of_this, of_others): (Vec<Audit>, Vec<Audit>) = stored
            .audits
            .into_iter()
            .partition(|audit| audit.plan.of_export.as_ref().is_some_and(|export| export.is_from(&dataset)));
        list_audits(&mut out, args, &exported, &of_this, Some(folder))?;
        if !of_others.is_empty() {
            others += 1;
            print_message(&format!(
                "tilejury: {} has audits that are not of an export of this dataset; they were left out",
                folder.display()
            ));
        }
    }
    out.finish()?;
    Ok(if others == 0 { Outcome::Success } else { Outcome::Findings })
}

/// Prints audits of a dataset; `export`: its folder, if it is an export.
fn list_audits(
    out: &mut Output,
    args: &ListArgs,
    dataset: &Dataset,
    audits: &[Audit],
    export: Option<&PathBuf>,
) -> anyhow::Result<()> {
    for audit in audits {
        let status = AuditStatus::new(audit, dataset);
        if args.json {
            let mut line = json!({
                "plan": audit.plan, "begun_by": &*audit.begun_by, "at": audit.at.to_string(),
                "judged": status.judged, "finished": status.finished,
            });
            if let Some(folder) = export {
                line["export"] = json!(folder.to_string_lossy());
            }
            out.json(&line)?;
            continue;
        }
        let of = export.map(|folder| format!("In {}: ", folder.display())).unwrap_or_default();
        out.line(&format!("{of}{} Begun {} by {}.", status.sentences(&audit.plan)[0], audit.at, audit.begun_by))?;
    }
    Ok(())
}
