//! `tilejury audit`: random audits, with their draws and the rates that they show.

mod accept;
mod list;
mod new;
mod sizes;
mod suspicion;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_audit::audits::{Audit, AuditStatus};
use tilejury_audit::{Event, Sidecar, export, sidecar};
use tilejury_data::{Dataset, SampleIndex};

use super::agreement::{audit_named, spelling};
use super::filter::filtered_rows;
use super::output::{Output, print_message};
use super::{DatasetArgs, Outcome, SidecarArg, StoredJudgements, open, stop_switch};

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Draw rows at random and store the plan, before the first judgement
    New(Box<new::NewArgs>),
    /// Print the drawn rows in the order of the draw, one JSON object per row
    Draw(DrawArgs),
    /// Print how far an audit is, and the rates that it shows
    Status(NamedArgs),
    /// Print all audits that were ever begun, one line each
    List(list::ListArgs),
    /// Print which intervals to expect of how many rows, before an audit is begun
    Sizes(sizes::SizesArgs),
    /// Accept all rows that an audit drew from, or mark all tiles, if it shows that few are wrong
    Accept(accept::AcceptArgs),
}

/// The rows that an audit draws from.
#[derive(Args)]
struct ScopeArgs {
    /// Draw from one split
    #[arg(long, value_name = "SPLIT", conflicts_with = "filter")]
    split: Option<String>,
    /// Draw from the rows that a search of the window finds
    #[arg(long, allow_hyphen_values = true, value_name = "QUERY")]
    filter: Option<String>,
}

#[derive(Args)]
struct NamedArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The name of the audit
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct DrawArgs {
    #[command(flatten)]
    audit: NamedArgs,
    /// Print only the rows that are for this annotator
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
}

pub(super) fn run(args: &AuditArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        AuditCommand::New(args) => new::run(args),
        AuditCommand::Draw(args) => print_draw(args),
        AuditCommand::Status(args) => print_status(args),
        AuditCommand::List(args) => list::run(args),
        AuditCommand::Sizes(args) => sizes::run(args),
        AuditCommand::Accept(args) => accept::run(args),
    }
}

/// Opens a dataset; explains why an export without rows in the form of a dataset cannot be opened.
fn open_or_explain(path: &Path) -> anyhow::Result<Dataset> {
    open(path).map_err(|error| match export::lacks_rows(path) {
        true => error.context(
            "this export cannot be opened as a dataset: among its formats is no jsonl; an export with --format jsonl and \
             the same options has the same rows",
        ),
        false => error,
    })
}

/// The rows that the draw is limited to.
type Scope = Box<dyn Fn(SampleIndex) -> bool>;

fn scope(args: &ScopeArgs, judged: &DatasetArgs, dataset: &Arc<Dataset>) -> anyhow::Result<Scope> {
    scope_of(args.split.as_deref(), args.filter.as_deref(), dataset, &judged.sidecar)
}

/// The rows of a split, or those that a search finds.
fn scope_of(
    split: Option<&str>,
    filter: Option<&str>,
    dataset: &Arc<Dataset>,
    sidecar: &SidecarArg,
) -> anyhow::Result<Scope> {
    if let Some(text) = filter {
        let rows = filtered_rows(text, dataset, sidecar, &stop_switch())?;
        let rows: HashSet<SampleIndex> = rows.into_iter().collect();
        return Ok(Box::new(move |index| rows.contains(&index)));
    }
    let Some(name) = split.map(str::to_owned) else { return Ok(Box::new(|_| true)) };
    let names: Vec<&str> = dataset.splits.iter().map(|split| split.name.as_str()).collect();
    anyhow::ensure!(names.contains(&name.as_str()), "there is no split “{name}”; there are {}", names.join(", "));
    let dataset = dataset.clone();
    Ok(Box::new(move |index| dataset.split_of(index).name == name))
}

/// Opens a dataset with one of its audits.
fn opened(args: &NamedArgs) -> anyhow::Result<(Dataset, Audit)> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let audit = audit_named(&stored.audits, &args.name)?.clone();
    Ok((dataset, audit))
}

/// The events of all rounds, in stored order; none without a sidecar. Of any dataset: callers
/// refuse those of another one first.
///
/// # Errors
/// When the sidecar cannot be read.
pub(super) fn all_events(dataset: &Dataset, args: &SidecarArg) -> anyhow::Result<Vec<Event>> {
    let folder = Folders::for_current_user().sidecars();
    let location = sidecar::for_reading(dataset, args.path.as_deref(), &folder);
    Ok(match Sidecar::open_for_reading(&location.path)? {
        Some(mut sidecar) => sidecar.all_events()?,
        None => Vec::new(),
    })
}

fn print_draw(args: &DrawArgs) -> anyhow::Result<Outcome> {
    let (dataset, audit) = opened(&args.audit)?;
    if let Some(name) = args.annotator.as_deref() {
        let named = &audit.plan.annotators;
        if !named.is_empty() && !named.iter().any(|one| one == name) {
            let (audit, named) = (&audit.plan.name, named.join(", "));
            print_message(&format!(
                "tilejury: {name} is not an annotator of the audit “{audit}”, which is for {named}"
            ));
            return Ok(Outcome::Findings);
        }
    }
    let mut out = Output::new();
    let mut gone = 0;
    let order = args.annotator.as_deref().map_or_else(|| audit.order(), |name| audit.order_for(name));
    for (place, row) in (1_u64..).zip(order) {
        let Some(index) = dataset.find(row.key) else {
            gone += 1;
            continue;
        };
        let mut line = json!({"place": place, "split": dataset.split_of(index).name, "line": dataset.line_of(index)});
        if row.is_again {
            line["again"] = json!(true);
        }
        if let asked @ [_, ..] = audit.asked(row.key) {
            line["tiles"] = asked.iter().map(|tile| spelling(&dataset, index, tile.as_str())).collect();
        }
        out.json(&line)?;
    }
    out.finish()?;
    if gone > 0 {
        print_message(&format!("tilejury: {gone} of the drawn rows are not in the dataset; they cannot be judged"));
        return Ok(Outcome::Findings);
    }
    Ok(Outcome::Success)
}

fn print_status(args: &NamedArgs) -> anyhow::Result<Outcome> {
    let (dataset, audit) = opened(args)?;
    let status = AuditStatus::new(&audit, &dataset);
    let mut out = Output::new();
    if args.json {
        out.json(&status)?;
    } else {
        for sentence in status.sentences(&audit.plan) {
            out.line(&sentence)?;
        }
    }
    out.finish()?;
    let gone = audit.rows.iter().filter(|key| dataset.find(**key).is_none()).count();
    if gone > 0 {
        print_message(&format!(
            "note: the dataset has changed since the draw: {gone} of {} drawn rows are not in it and cannot be judged",
            audit.rows.len()
        ));
    }
    Ok(Outcome::Success)
}
