//! `tilejury audit`: begins random audits, prints their draws and the rates that they show.

mod accept;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;
use tilejury_app::folders::{Folders, login_name};
use tilejury_audit::audits::{
    self, Acceptance, Audit, AuditPlan, AuditStatus, Below, Draw, MachineRule, OfExport, PlanError,
};
use tilejury_audit::external::{self, AnswersInTexts, ExternalSignals, ExternalStore};
use tilejury_audit::{export, now, sidecar};
use tilejury_data::progress::NoProgress;
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use super::filter::filtered_rows;
use super::output::{Output, print_message};
use super::{DatasetArgs, Outcome, SidecarArg, StoredJudgements, annotator_name, open, open_for_writing, stop_switch};

/// The share of a set that may be wrong when it is accepted at once.
const WRONG_UP_TO: f64 = 0.05;

#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Draw rows at random and store the plan, before the first judgement
    New(Box<NewArgs>),
    /// Print the drawn rows in the order of the draw, one JSON object per row
    Draw(NamedArgs),
    /// Print how far an audit is, and the rates that it shows
    Status(NamedArgs),
    /// Print all audits that were ever begun, one line each
    List(ListArgs),
    /// Accept all rows that an audit drew from, if it shows that few of them are wrong
    Accept(accept::AcceptArgs),
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
    /// The number of rows to draw; with --below the smallest number that can show it
    #[arg(long, value_name = "N", required_unless_present_any = ["below", "accept_as"])]
    rows: Option<u64>,
    /// The seed of the draw [default: a random one]
    #[arg(long, value_name = "S")]
    seed: Option<String>,
    /// Draw from one split
    #[arg(long, value_name = "SPLIT", conflicts_with = "filter")]
    split: Option<String>,
    /// Draw from the rows that a search of the window finds
    #[arg(long, value_name = "QUERY")]
    filter: Option<String>,
    /// The confidence level
    #[arg(long, value_name = "L", default_value_t = 0.95)]
    level: f64,
    /// Ask whether fewer than this share of rows have a false negative, such as 0.01
    #[arg(long, value_name = "T", requires = "allow")]
    below: Option<f64>,
    /// The number of affected rows with which that still counts as shown
    #[arg(long, value_name = "C", requires = "below")]
    allow: Option<u64>,
    /// The annotators, separated by commas; each row is for one of them [default: anybody]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = annotator_name)]
    annotators: Vec<String>,
    /// The share of rows that are for two annotators
    #[arg(long, value_name = "F", default_value_t = 0.0, requires = "annotators")]
    overlap: f64,
    /// Draw rows by the word of a machine, `reviews` or SOURCE>=SCORE, and measure how often it is
    /// right; annotators do not see what it said
    #[arg(long, value_name = "RULE", conflicts_with = "below")]
    by_machine: Option<MachineRule>,
    /// Ask whether all rows that are drawn from may be accepted at once, as annotator machine:NAME
    #[arg(long, value_name = "NAME", value_parser = annotator_name, requires = "allow_wrong", conflicts_with_all = ["below", "by_machine"])]
    accept_as: Option<String>,
    /// The number of wrong rows in the draw with which they still may; N is then the smallest
    /// number that can show that at least 95 % are right
    #[arg(long, value_name = "C", requires = "accept_as")]
    allow_wrong: Option<u64>,
    /// Say that annotators see nothing that others or machines said
    #[arg(long)]
    blind: bool,
    /// Print the plan as one JSON object
    #[arg(long)]
    json: bool,
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
struct ListArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Also print the audits of this export of the dataset; may be given several times
    #[arg(long, value_name = "FOLDER")]
    export: Vec<PathBuf>,
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
        AuditCommand::Accept(args) => accept::run(args),
    }
}

fn begin(args: &NewArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open_or_explain(&args.dataset.dataset)?);
    let origin = match export::origin_of(&dataset, &NoProgress) {
        Ok(origin) => origin,
        Err(error) => {
            print_message(&format!("tilejury: {error}; no audit was begun"));
            return Ok(Outcome::Findings);
        }
    };
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let in_scope = scope(args, &dataset)?;
    let of_export = origin.as_ref().map(|origin| origin.of_export.clone());
    let imports = match args.by_machine {
        Some(_) => imports(&dataset, &args.dataset.sidecar)?,
        None => ExternalSignals::default(),
    };
    let draw = match planned(args, of_export, &dataset, &stored.audits, &in_scope, &imports) {
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
        false => out.line(&format!(
            "“{}” is begun: {} of {} rows are drawn by the seed {}",
            plan.name, plan.rows, plan.population, plan.seed
        ))?,
    }
    out.finish()?;
    if let Some(origin) = origin {
        print_message(&format!(
            "note: the rows are an export of “{}”: the audit measures what is left after cleaning",
            origin.of_export.dataset
        ));
        if !origin.has_pictures {
            print_message("note: the export has no pictures to judge by; one with --images link has the same rows");
        }
    }
    Ok(Outcome::Success)
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

fn scope(args: &NewArgs, dataset: &Arc<Dataset>) -> anyhow::Result<Scope> {
    scope_of(args.split.as_deref(), args.filter.as_deref(), dataset, &args.dataset.sidecar)
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

fn planned(
    args: &NewArgs,
    of_export: Option<OfExport>,
    dataset: &Dataset,
    known: &[Audit],
    in_scope: &Scope,
    imports: &ExternalSignals,
) -> Result<Draw, PlanError> {
    let seed = args.seed.clone().unwrap_or_else(audits::random_seed);
    let mut plan = AuditPlan::new(&args.name, &seed, args.rows.unwrap_or(1));
    if known.iter().any(|audit| audit.plan.name == plan.name) {
        return Err(PlanError::Taken(plan.name));
    }
    plan.of_export = of_export;
    plan.split = args.split.clone();
    plan.filter = args.filter.clone();
    plan.level = args.level;
    plan.annotators = args.annotators.clone();
    plan.overlap = args.overlap;
    plan.blind = args.blind;
    plan.below = args.below.zip(args.allow).map(|(limit, allowed)| Below { limit, allowed });
    if let (Some(below), None) = (plan.below, args.rows) {
        plan.check()?;
        let population = dataset.indices().filter(|index| in_scope(*index)).count() as u64;
        plan.rows = audits::plan_rows_below(population, below, &plan)?;
    }
    plan.acceptance = args.accept_as.clone().zip(args.allow_wrong).map(|(machine, allowed)| Acceptance {
        machine,
        share: WRONG_UP_TO,
        allowed,
    });
    if plan.acceptance.is_some() {
        plan.check()?;
        let rows = dataset.indices().filter(|index| in_scope(*index));
        let keys: HashSet<SampleKey> = rows.map(|index| dataset.entry(index).key).collect();
        let least = audits::plan_rows_to_accept(keys.len() as u64, &plan)?;
        // More rows would show it with other numbers of wrong ones than the plan says.
        plan.rows = args.rows.map_or(least, |rows| rows.max(least));
    }
    if let Some(rule) = &args.by_machine {
        plan.blind = true;
        return audits::draw_by_word(plan, dataset, rule, imports, in_scope);
    }
    audits::draw(plan, dataset, in_scope)
}

/// The imported reviews and scores.
///
/// # Errors
/// When there are none, or they cannot be read.
fn imports(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<ExternalSignals> {
    let folder = Folders::for_current_user().sidecars();
    let location = sidecar::for_reading(dataset, sidecar.path.as_deref(), &folder);
    let store = ExternalStore::open_for_reading(&external::for_reading(dataset, &location, &folder))?;
    let store = store.context("nothing was imported for this dataset; see `tilejury import-reviews`")?;
    Ok(ExternalSignals::new(store.reviews()?, store.scores()?, AnswersInTexts::default()))
}

/// Opens a dataset with one of its audits.
fn opened(args: &NamedArgs) -> anyhow::Result<(Dataset, Audit)> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let names: Vec<String> = stored.audits.iter().map(|audit| audit.plan.name.clone()).collect();
    let found = stored.audits.into_iter().find(|audit| audit.plan.name == args.name);
    let known = if names.is_empty() { "none was begun".to_owned() } else { format!("there are {}", names.join(", ")) };
    let audit = found.with_context(|| format!("there is no audit “{}”; {known}", args.name))?;
    Ok((dataset, audit))
}

fn print_draw(args: &NamedArgs) -> anyhow::Result<Outcome> {
    let (dataset, audit) = opened(args)?;
    let mut out = Output::new();
    let mut gone = 0;
    for (place, key) in (1_u64..).zip(&audit.rows) {
        let Some(index) = dataset.find(*key) else {
            gone += 1;
            continue;
        };
        let (split, line) = (&dataset.split_of(index).name, dataset.line_of(index));
        out.json(&json!({"place": place, "split": split, "line": line}))?;
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
    list_audits(&mut out, args, &dataset, &stored.audits, None)?;
    let mut others = 0;
    for folder in &args.export {
        let exported = open_or_explain(folder)?;
        let stored = StoredJudgements::read(&exported, &SidecarArg { path: None })?;
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
