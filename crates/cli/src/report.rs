//! `tilejury report`: writes what the random audits of a set show, for a paper or a dataset card.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_audit::audit_report::{AuditReport, FILES, ReportError, ReportInputs, ReportedExport, export_counts};
use tilejury_audit::external::{AskedModels, ExternalStore, MachineReview, for_reading};
use tilejury_audit::{Event, Sidecar};
use tilejury_data::Dataset;

use super::output::{Output, print_message, spinner};
use super::own_sidecar;
use super::{DatasetArgs, Outcome, SidecarArg, open, open_quietly, print_location};

#[derive(Args)]
#[command(
    after_help = "Writes report.html, report.md, audit_report.json and report.tex: what was audited, how rows were drawn, the rates \
    with their intervals, who judged, machines, the time after cleaning, and limits. The same judgements give the same bytes. All audits \
    that were ever begun are listed. Without an audit there are counts and no rates.\n\n\
    Exit codes: 0 written, 1 nothing written because of the name or the folder, 2 the dataset or its judgements cannot be read."
)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// A new or empty folder outside the dataset's folder
    out: PathBuf,
    /// Report this audit in full, and only list the others [default: all in full]
    #[arg(long, value_name = "NAME")]
    audit: Option<String>,
    /// Show the names of annotators rather than numbers
    #[arg(long)]
    names: bool,
    /// A cleaned copy of the dataset by `tilejury export`: report the audits of that copy, too
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The stored data of a report.
struct Stored {
    events: Vec<Event>,
    reviews: Vec<MachineReview>,
    models: AskedModels,
}

impl Stored {
    fn read(dataset: &Dataset, named: Option<&Path>) -> anyhow::Result<Self> {
        let folder = Folders::for_current_user().sidecars();
        let location = own_sidecar::for_reading(dataset, named)?;
        print_location(&location);
        let events = match Sidecar::open_for_reading(&location.path)? {
            Some(mut sidecar) => sidecar.all_events()?,
            None => Vec::new(),
        };
        let store = ExternalStore::open_for_reading(&for_reading(dataset, &location, &folder))?;
        let (reviews, models) = match store {
            Some(store) => (store.reviews()?, store.asked_models()?),
            None => Default::default(),
        };
        Ok(Self { events, reviews, models })
    }
}

fn not_an_export(folder: &Path) -> String {
    format!("{} is not an export of `tilejury export`", folder.display())
}

pub(super) fn run(args: &ReportArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let SidecarArg { path } = &args.dataset.sidecar;
    own_sidecar::note_if_missing(&args.dataset.sidecar);
    let stored = Stored::read(&dataset, path.as_deref())?;
    let copy = match &args.export {
        Some(folder) => {
            let Some(counts) = export_counts(folder, &dataset).with_context(|| not_an_export(folder))? else {
                print_message(&format!(
                    "tilejury: {} is an export of other rows than those of this dataset; nothing was written",
                    folder.display()
                ));
                return Ok(Outcome::Findings);
            };
            let copy = open_quietly(folder)?;
            let events = Stored::read(&copy, None)?.events;
            Some((copy, events, counts))
        }
        None => None,
    };
    let inputs = ReportInputs {
        dataset: &dataset,
        events: &stored.events,
        reviews: &stored.reviews,
        models: &stored.models,
        export: copy.as_ref().map(|(dataset, events, counts)| ReportedExport { dataset, events, counts: *counts }),
        audit: args.audit.as_deref(),
        names: args.names,
    };
    let counting = spinner("counting");
    let written = AuditReport::new(&inputs).and_then(|report| report.write(&dataset, &args.out).map(|()| report));
    counting.finish_and_clear();
    let report = match written {
        Ok(report) => report,
        Err(error @ (ReportError::NoSuchAudit(_) | ReportError::NotHere(_))) => {
            print_message(&format!("tilejury: {error}; nothing was written"));
            return Ok(Outcome::Findings);
        }
        Err(error @ ReportError::Failed(_)) => return Err(error.into()),
    };
    let mut out = Output::new();
    if args.json {
        out.json(&json!({"files": FILES, "audits": report.audits(), "reported": report.reported_audits()}))?;
    } else {
        out.line(&format!("Written: {}", FILES.join(", ")))?;
        for sentence in report.sentences() {
            out.line(&sentence)?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}
