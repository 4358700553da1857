//! `tilejury audit`: begins random audits, prints their draws and the rates that they show.

mod sizes;
mod suspicion;

use std::collections::HashSet;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;
use tilejury_app::folders::{Folders, login_name};
use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::audits::{self, Audit, AuditPlan, AuditStatus, Below, Draw, PlanError, Suspicion, SuspicionOrder};
use tilejury_audit::{Event, Sidecar, now, sidecar};
use tilejury_data::{Dataset, SampleIndex};

use super::agreement::audit_named;
use super::filter::filtered_rows;
use super::output::{Output, print_message};
use super::{DatasetArgs, Outcome, SidecarArg, StoredJudgements, annotator_name, open, open_for_writing, stop_switch};

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Draw rows at random and store the plan, before the first judgement
    New(NewArgs),
    /// Print the drawn rows in the order of the draw, one JSON object per row
    Draw(DrawArgs),
    /// Print how far an audit is, and the rates that it shows
    Status(NamedArgs),
    /// Print all audits that were ever begun, one line each
    List(ListArgs),
    /// Print which intervals to expect of how many rows, before an audit is begun
    Sizes(sizes::SizesArgs),
}

#[derive(Args)]
#[command(
    after_help = "The rows are the first ones by a hash of the seed and of each row's key: a simple random sample, the same on every \
    machine. Judge them in any order, with {\"audit\": NAME} in the lines of `tilejury judge`: such judgements count for the \
    audit and nowhere else. Rows count up to the first one of the draw without an answer."
)]
struct NewArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The name, which no other audit may have
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The number of rows to judge; with --below and --allow the smallest number that can show it
    #[arg(long, value_name = "N", required_unless_present = "allow")]
    rows: Option<u64>,
    /// The seed of the draw [default: a random one]
    #[arg(long, value_name = "S")]
    seed: Option<String>,
    #[command(flatten)]
    scope: ScopeArgs,
    /// The confidence level
    #[arg(long, value_name = "L", default_value_t = 0.95)]
    level: f64,
    /// Ask whether fewer than this share of rows have a false negative, such as 0.01; without
    /// --allow, the evidence decides at any moment
    #[arg(long, value_name = "T")]
    below: Option<f64>,
    /// The number of affected rows with which that still counts as shown at the planned number
    #[arg(long, value_name = "C", requires = "below")]
    allow: Option<u64>,
    /// Draw within four bands of suspicion, more where errors are likelier
    #[arg(long, conflicts_with_all = ["below", "first"])]
    bands: bool,
    /// Judge the T most suspicious rows in full; the others of the N rows are drawn from the rest
    #[arg(long, value_name = "T", conflicts_with = "below")]
    first: Option<u64>,
    /// The annotators, separated by commas; each row is for one of them [default: anybody]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = annotator_name)]
    annotators: Vec<String>,
    /// The share of rows that are for two annotators
    #[arg(long, value_name = "F", default_value_t = 0.0, requires = "annotators")]
    overlap: f64,
    /// Say that annotators see nothing that others or machines said
    #[arg(long)]
    blind: bool,
    /// The share of rows that come back to their annotators, at least 50 rows later
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    repeats: f64,
    /// The number of rows with a known, adjudicated answer that are mixed in; they are in no rate
    #[arg(long, value_name = "N", default_value_t = 0)]
    gold: usize,
    /// Adjudicate every row with a finding, not only those on which annotators differ
    #[arg(long)]
    adjudicate_relevant: bool,
    /// Print the plan as one JSON object
    #[arg(long)]
    json: bool,
}

/// The rows that an audit draws from.
#[derive(Args)]
struct ScopeArgs {
    /// Draw from one split
    #[arg(long, value_name = "SPLIT", conflicts_with = "filter")]
    split: Option<String>,
    /// Draw from the rows that a search of the window finds
    #[arg(long, value_name = "QUERY")]
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

#[derive(Args)]
struct ListArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per audit
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AuditArgs) -> anyhow::Result<Outcome> {
    match &args.command {
        AuditCommand::New(args) => begin(args),
        AuditCommand::Draw(args) => print_draw(args),
        AuditCommand::Status(args) => print_status(args),
        AuditCommand::List(args) => list(args),
        AuditCommand::Sizes(args) => sizes::run(args),
    }
}

fn begin(args: &NewArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let in_scope = scope(&args.scope, &args.dataset, &dataset)?;
    let order = match args.suspicion() {
        Some(suspicion) => Some((suspicion, suspicion::order(&dataset, &args.dataset.sidecar, &stored)?)),
        None => None,
    };
    let known = || {
        let audits: Vec<&Audit> = stored.audits.iter().collect();
        adjudicated_rows(&audits, &stored.events, &dataset).into_keys().collect::<Vec<_>>()
    };
    let draw = planned(args, &dataset, &stored.audits, &in_scope, order.as_ref()).and_then(|mut draw| {
        audits::mix_gold(&mut draw, args.gold, if args.gold > 0 { known() } else { Vec::new() })?;
        Ok(draw)
    });
    let draw = match draw {
        Ok(draw) => draw,
        Err(error) => {
            print_message(&format!("tilejury: {error}; no audit was begun"));
            return Ok(Outcome::Findings);
        }
    };
    let (mut sidecar, _) = open_for_writing(&dataset, &args.dataset.sidecar)?;
    let (events, records) = audits::begin(&draw, &dataset, &login_name(), now());
    sidecar.append(&events, &records, None)?;
    let mut out = Output::new();
    let plan = &draw.plan;
    match args.json {
        true => out.json(plan)?,
        false => {
            for sentence in plan.sentences() {
                out.line(&sentence)?;
            }
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

/// The rows that the draw is limited to.
type Scope = Box<dyn Fn(SampleIndex) -> bool>;

fn scope(args: &ScopeArgs, judged: &DatasetArgs, dataset: &Arc<Dataset>) -> anyhow::Result<Scope> {
    if let Some(text) = &args.filter {
        let rows = filtered_rows(text, dataset, &judged.sidecar, &stop_switch())?;
        let rows: HashSet<SampleIndex> = rows.into_iter().collect();
        return Ok(Box::new(move |index| rows.contains(&index)));
    }
    let Some(name) = args.split.clone() else { return Ok(Box::new(|_| true)) };
    let names: Vec<&str> = dataset.splits.iter().map(|split| split.name.as_str()).collect();
    anyhow::ensure!(names.contains(&name.as_str()), "there is no split “{name}”; there are {}", names.join(", "));
    let dataset = dataset.clone();
    Ok(Box::new(move |index| dataset.split_of(index).name == name))
}

impl NewArgs {
    /// The use of suspicion, if there is any.
    fn suspicion(&self) -> Option<Suspicion> {
        if self.bands { Some(Suspicion::Bands) } else { self.first.map(Suspicion::First) }
    }
}

fn planned(
    args: &NewArgs,
    dataset: &Dataset,
    known: &[Audit],
    in_scope: &Scope,
    order: Option<&(Suspicion, SuspicionOrder)>,
) -> Result<Draw, PlanError> {
    let seed = args.seed.clone().unwrap_or_else(audits::random_seed);
    let mut plan = AuditPlan::new(&args.name, &seed, args.rows.unwrap_or(1));
    if known.iter().any(|audit| audit.plan.name == plan.name) {
        return Err(PlanError::Taken(plan.name));
    }
    plan.split = args.scope.split.clone();
    plan.filter = args.scope.filter.clone();
    plan.level = args.level;
    plan.annotators = args.annotators.clone();
    plan.overlap = args.overlap;
    plan.blind = args.blind;
    plan.repeats = args.repeats;
    plan.adjudicate_relevant = args.adjudicate_relevant;
    plan.below = args.below.map(|limit| Below { limit, allowed: args.allow.unwrap_or(0) });
    plan.looking = args.below.is_some() && args.allow.is_none();
    if let (Some(below), None) = (plan.below, args.rows) {
        plan.check()?;
        let population = dataset.indices().filter(|index| in_scope(*index)).count() as u64;
        plan.rows = audits::plan_rows_below(population, below, &plan)?;
    }
    match order {
        Some((suspicion, order)) => audits::draw_by_suspicion(plan, *suspicion, order, dataset, in_scope),
        None => audits::draw(plan, dataset, in_scope),
    }
}

/// Opens a dataset with one of its audits.
fn opened(args: &NamedArgs) -> anyhow::Result<(Dataset, Audit)> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let audit = audit_named(&stored.audits, &args.name)?.clone();
    Ok((dataset, audit))
}

/// The events of all rounds, in stored order; none without a sidecar.
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
    Ok(Outcome::Success)
}

fn list(args: &ListArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let mut out = Output::new();
    for audit in &stored.audits {
        let status = AuditStatus::new(audit, &dataset);
        match args.json {
            true => out.json(&json!({
                "plan": audit.plan, "begun_by": &*audit.begun_by, "at": audit.at.to_string(),
                "judged": status.judged, "finished": status.finished,
            }))?,
            false => {
                out.line(&format!("{} Begun {} by {}.", status.sentences(&audit.plan)[0], audit.at, audit.begun_by))?;
            }
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}
