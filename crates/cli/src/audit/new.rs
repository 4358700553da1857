//! `tilejury audit new`: begins an audit.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde_json::json;
use tilejury_app::folders::{Folders, login_name};
use tilejury_audit::annotators::adjudicated_rows;
use tilejury_audit::audits::{
    self, Acceptance, Audit, AuditPlan, Below, Continues, Draw, Guideline, MachineRule, PlanError, SetTile, Suspicion,
    SuspicionOrder, TileRule, TileWord, USUAL_OVERLAP,
};
use tilejury_audit::external::{self, AnswersInTexts, ExternalSignals, ExternalStore};
use tilejury_audit::{export, now};
use tilejury_data::progress::NoProgress;
use tilejury_data::{Dataset, SampleKey};

use super::{Scope, ScopeArgs, open_or_explain, scope, suspicion};
use crate::filter::Filter;
use crate::output::{Output, print_message};
use crate::own_sidecar;
use crate::{DatasetArgs, Outcome, SidecarArg, StoredJudgements, annotator_name, open_for_writing};

#[derive(Args)]
#[command(
    after_help = "The rows are the first ones by a hash of the seed and of each row's key: a simple random sample, the same on every \
    machine. Judge them in any order, with {\"audit\": NAME} in the lines of `tilejury judge`: such judgements count for the \
    audit and nowhere else. Rows count up to the first one of the draw without an answer.\n\n--accept-as alone accepts rows as \
    they are: the positive right, no relevant negative. With --tiles, negatives get a mark instead: tiles are drawn, and \
    `audit draw` names those of each row that need one. RULE is `grade>=2` or `grade<=1` (the grades of models), then \
    `verified` or `unverified`, then model:NAME; or `reviews`, `reviews:WRONG`; or SOURCE>=SCORE, SOURCE<=SCORE."
)]
pub(super) struct NewArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The name, which no other audit may have
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The number of rows to judge; without it, --below with --allow, and --accept-as, take the
    /// smallest number that can show it
    #[arg(long, value_name = "N", required_unless_present_any = ["allow", "accept_as"])]
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
    /// The share of rows that are for two annotators, 0 for none [default: 0.2 with several
    /// annotators]
    #[arg(long, value_name = "F", requires = "annotators")]
    overlap: Option<f64>,
    /// Draw rows by the word of a machine, `reviews`, `grade>=2 verified model:NAME` or
    /// SOURCE>=SCORE, and measure how often it is right; annotators do not see what it said
    #[arg(long, value_name = "RULE", conflicts_with_all = ["below", "bands", "first"])]
    by_machine: Option<MachineRule>,
    /// Ask whether all rows that are drawn from may be accepted at once as they are (positive
    /// right, no relevant negative), as annotator machine:NAME; --rows may draw more than needed
    #[arg(long, value_name = "NAME", value_parser = annotator_name, requires = "allow_wrong", conflicts_with_all = ["below", "by_machine", "bands", "first"])]
    accept_as: Option<String>,
    /// The number of wrong ones in the draw with which they still may; N is then the smallest
    /// number that can show that at least 95 % are right
    #[arg(long, value_name = "C", requires = "accept_as")]
    allow_wrong: Option<u64>,
    /// Mark the negatives that RULE finds in these rows instead of accepting rows
    #[arg(long, value_name = "RULE", requires = "accept_as", requires = "word", conflicts_with = "rows")]
    tiles: Option<TileRule>,
    /// The mark that these negatives get: relevant or not_relevant
    #[arg(long, value_name = "WORD", requires = "tiles")]
    word: Option<TileWord>,
    /// Say that annotators see nothing that others or machines said
    #[arg(long)]
    blind: bool,
    /// Keep the text of FILE with the plan: the guideline for annotators, on what to call relevant
    #[arg(long, value_name = "FILE")]
    guideline: Option<PathBuf>,
    /// The person who begins the audit [default: the login name]
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    annotator: Option<String>,
    /// The share of rows that come back to their annotators, at least 50 rows later
    #[arg(long, value_name = "F", default_value_t = 0.0)]
    repeats: f64,
    /// The number of rows with a known, adjudicated answer that are mixed in; they are in no rate.
    /// With --tiles, one tile with a known answer is asked for in each
    #[arg(long, value_name = "N", default_value_t = 0)]
    gold: usize,
    /// Adjudicate every row with a finding, not only those on which annotators differ
    #[arg(long)]
    adjudicate_relevant: bool,
    /// Print the plan as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &NewArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open_or_explain(&args.dataset.dataset)?);
    let origin = match export::origin_of(&dataset, &NoProgress) {
        Ok(origin) => origin,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let stored = StoredJudgements::read_to_write(&dataset, &args.dataset.sidecar)?;
    let in_scope = scope(&args.scope, &args.dataset, &dataset)?;
    if let Some(filter) = args.scope.filter.as_deref().filter(|_| args.accept_as.is_some() && args.tiles.is_none())
        && Filter::parse(filter, &dataset, &stored)?.finds_called_relevant()?
    {
        let reason = PlanError::SaysRelevant(filter.to_owned());
        return Ok(refused(&format!("{reason} (--tiles RULE --word relevant)")));
    }
    let known = || {
        let audits: Vec<&Audit> = stored.audits.iter().collect();
        adjudicated_rows(&audits, &stored.events, &dataset)
    };
    let source = Source::read(args, &dataset, &stored, &in_scope)?;
    let guideline = match args.guideline.as_deref().map(guideline).transpose()? {
        Some(Err(error)) => return Ok(refused(&error)),
        read => read.and_then(Result::ok),
    };
    let draw = plan(args, &dataset, &stored.audits, &in_scope).and_then(|mut plan| {
        plan.guideline = guideline;
        plan.of_export = origin.as_ref().map(|origin| origin.of_export.clone());
        let mut draw = source.draw(plan, &dataset, &in_scope)?;
        if args.gold > 0 {
            audits::mix_gold(&mut draw, args.gold, &known())?;
        }
        Ok(draw)
    });
    let draw = match draw {
        Ok(draw) => draw,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let begun_by = args.annotator.clone().unwrap_or_else(login_name);
    let (mut sidecar, _) = open_for_writing(&dataset, &args.dataset.sidecar)?;
    let (events, records) = audits::begin(&draw, &dataset, &begun_by, now());
    sidecar.append(&events, &records, None)?;
    let mut out = Output::new();
    let plan = &draw.plan;
    let continues = Continues::find(plan, &draw.rows, audits::draws_of(&stored.audits));
    if args.json {
        let mut line = json!(plan);
        if let Some(continues) = &continues {
            line["continues"] = json!(continues);
        }
        out.json(&line)?;
    } else {
        for sentence in plan.sentences() {
            out.line(&sentence)?;
        }
        if let Some(continues) = &continues {
            out.line(&continues.sentence())?;
        }
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

/// Reads a guideline; the inner error is what is wrong with its text.
fn guideline(file: &Path) -> anyhow::Result<Result<Guideline, String>> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| format!("{}: {}", file.display(), error.utf8_error()));
    Ok(text.and_then(|text| Guideline::new(&text).map_err(|error| format!("{}: {error}", file.display()))))
}

fn refused(reason: &str) -> Outcome {
    print_message(&format!("tilejury: {reason}; no audit was begun"));
    Outcome::Findings
}

/// What the draw depends on besides the rows.
enum Source {
    Plain,
    Suspicion(Suspicion, SuspicionOrder),
    Machine(MachineRule, Box<ExternalSignals>),
    Tiles(TileRule, BTreeSet<SetTile>),
}

impl Source {
    fn read(args: &NewArgs, dataset: &Dataset, stored: &StoredJudgements, in_scope: &Scope) -> anyhow::Result<Self> {
        let sidecar = &args.dataset.sidecar;
        if let Some(rule) = &args.tiles {
            return Ok(Self::Tiles(rule.clone(), rule.tiles(&imported(dataset, sidecar)?, dataset, in_scope)?));
        }
        if let Some(rule) = &args.by_machine {
            return Ok(Self::Machine(rule.clone(), Box::new(imports(dataset, sidecar)?)));
        }
        let suspicion = if args.bands { Some(Suspicion::Bands) } else { args.first.map(Suspicion::First) };
        Ok(match suspicion {
            Some(suspicion) => Self::Suspicion(suspicion, suspicion::order(dataset, sidecar, stored)?),
            None => Self::Plain,
        })
    }

    fn draw(&self, mut plan: AuditPlan, dataset: &Dataset, in_scope: &Scope) -> Result<Draw, PlanError> {
        match self {
            Self::Plain => audits::draw(plan, dataset, in_scope),
            Self::Suspicion(suspicion, order) => audits::draw_by_suspicion(plan, *suspicion, order, dataset, in_scope),
            Self::Machine(rule, imports) => {
                // A person who knows the word of the machine is no measure of it.
                plan.blind = true;
                audits::draw_by_word(plan, dataset, rule, imports, in_scope)
            }
            Self::Tiles(rule, tiles) => audits::draw_tiles(plan, dataset, rule, tiles),
        }
    }
}

/// The plan, before the draw.
fn plan(args: &NewArgs, dataset: &Dataset, known: &[Audit], in_scope: &Scope) -> Result<AuditPlan, PlanError> {
    let seed = args.seed.clone().unwrap_or_else(audits::random_seed);
    let mut plan = AuditPlan::new(&args.name, &seed, args.rows.unwrap_or(1));
    let has_name = |audit: &Audit| audit.plan.name == plan.name || audit.shared_name.as_deref() == Some(&*plan.name);
    if known.iter().any(has_name) {
        return Err(PlanError::Taken(plan.name));
    }
    plan.split = args.scope.split.clone();
    plan.filter = args.scope.filter.clone();
    plan.level = args.level;
    plan.annotators = args.annotators.clone();
    let usual_overlap = if args.annotators.len() > 1 { USUAL_OVERLAP } else { 0.0 };
    plan.overlap = args.overlap.unwrap_or(usual_overlap);
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
    let accept = args.accept_as.as_deref().zip(args.allow_wrong);
    plan.acceptance = accept.map(|(machine, allowed)| Acceptance::of_rows(machine, allowed));
    if let (Some(rule), Some(word)) = (&args.tiles, args.word) {
        // The set has its number of tiles, and so the draw.
        return if rule.word() == word {
            Ok(plan)
        } else {
            Err(PlanError::Word { rule: rule.to_string(), said: rule.word(), word })
        };
    }
    if let Some(allowed) = args.allow_wrong {
        plan.check()?;
        let rows = dataset.indices().filter(|index| in_scope(*index));
        let keys: HashSet<SampleKey> = rows.map(|index| dataset.entry(index).key).collect();
        let least = audits::units_to_accept(keys.len() as u64, &plan)?;
        if let Some(wanted) = args.rows.filter(|rows| *rows < least) {
            return Err(PlanError::FewToAccept { wanted, least, allowed });
        }
        plan.rows = args.rows.unwrap_or(least);
    }
    Ok(plan)
}

/// The imported reviews and scores.
///
/// # Errors
/// When there are none, or they cannot be read.
fn imports(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<ExternalSignals> {
    let store = imported(dataset, sidecar)?;
    let imports = ExternalSignals::new(store.reviews()?, store.scores()?, AnswersInTexts::default());
    Ok(imports.with_model_reviews(store.model_reviews()?))
}

/// The file with what was imported, and with the answers of models.
///
/// # Errors
/// When there is none, or it cannot be read.
pub(super) fn imported(dataset: &Dataset, sidecar: &SidecarArg) -> anyhow::Result<ExternalStore> {
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(dataset, sidecar.path.as_deref())?;
    let store = ExternalStore::open_for_reading(&external::for_reading(dataset, &location, &folder))?;
    store.context("nothing was imported for this dataset; see `tilejury import-reviews` and `tilejury ask`")
}
