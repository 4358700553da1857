//! `tilejury ask`: asks a model at an endpoint about the negatives of rows, and stores its reviews.

mod first_stage;
mod report;
mod running;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;
use tilejury_app::folders::Folders;
use tilejury_app::key_store::SystemKeyring;
use tilejury_app::model_server::{KeyOrigin, ModelClient, model_client, place_in_words};
use tilejury_audit::download;
use tilejury_audit::external::{self, ExternalSignals, ExternalStore, rows_in_order};
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_reviewer::{
    AskControl, AskEnd, AskPlan, AskSettings, AskSummary, AskTask, Budget, EndpointClient, Prices, Spending, Spent,
    ask, estimate_both_stages, estimate_controls, model_id, plan,
};
use tilejury_stats::place;

use first_stage::{Chosen, FirstStageArgs};
use running::{Shown, stop_twice};

use super::filter::filtered_rows;
use super::output::{Output, print_message};
use super::own_sidecar;
use super::suspicion::{PixelSource, find_signals_changed};
use super::{DatasetArgs, DownloadArg, Outcome, annotator_name, open_with_memory};

/// The most suspicious rows that are asked about if nothing else is chosen.
const TOP_ROWS: usize = 100;

#[derive(Args)]
#[command(
    after_help = "Each tile is sent with the query of its row, and nothing else. The key comes from TILEJURY_API_KEY, for \
    api.openai.com also from OPENAI_API_KEY, or from the system's keyring (tilejury key). The answers are kept beside the sidecar, in the file that ends in \
    .outside.sqlite; what has an answer is not asked again. Ctrl-C waits for the answers on their way, a second one gives them up; \
    the next run continues from there. Exit code 1: some questions got no answer; those \
    that a ceiling leaves do not count."
)]
pub(super) struct AskArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The address of a server with /v1/chat/completions
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// The model, as the server names it
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    model: String,
    /// Ask about the N most suspicious rows [default: 100]
    #[arg(long, value_name = "N", conflicts_with_all = ["filter", "random"])]
    top: Option<usize>,
    /// Ask about the rows that a search finds, such as `split:train verdict:none`
    #[arg(long, allow_hyphen_values = true, value_name = "QUERY", conflicts_with = "random")]
    filter: Option<String>,
    /// Ask about N rows drawn at random, the same in every run
    #[arg(long, value_name = "N")]
    random: Option<usize>,
    /// The number of controls as a share of the other questions: half are the rows' own positives,
    /// half tiles of other rows and pages
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    controls: f64,
    #[command(flatten)]
    first: FirstStageArgs,
    /// Do not compare doubtful tiles with the positive of their row
    #[arg(long)]
    no_second_stage: bool,
    /// The most requests at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_a_time: u16,
    /// The time for one answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
    /// Stop before more than N requests
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    budget_calls: Option<u64>,
    /// Stop before more than N tokens, as the server counts them
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    budget_tokens: Option<u64>,
    /// Stop before a higher cost, in the currency of the prices
    #[arg(long, value_name = "AMOUNT", requires = "price", value_parser = amount)]
    budget_cost: Option<f64>,
    /// The prices of a million tokens of questions and of answers
    #[arg(long, value_name = "IN,OUT", value_parser = prices)]
    price: Option<Prices>,
    /// Agree that the tiles and queries are sent to the endpoint; needed before its first answer
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    download: DownloadArg,
    /// Print the counts as one JSON object
    #[arg(long)]
    json: bool,
}

impl AskArgs {
    fn budget(&self) -> Budget {
        Budget {
            calls: self.budget_calls,
            tokens: self.budget_tokens,
            cost: self.budget_cost,
            prices: self.price.unwrap_or_default(),
        }
    }

    /// The reason why no row was chosen.
    fn no_row(&self) -> String {
        match (&self.filter, self.random, self.top) {
            (Some(filter), ..) => format!("no row is found by --filter {filter:?}"),
            (None, Some(0), _) => "--random 0 draws no row".to_owned(),
            (None, None, Some(0)) => "--top 0 takes no row".to_owned(),
            _ => "the dataset has no row".to_owned(),
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1.0).contains(&share).then_some(share).ok_or_else(|| "not between 0 and 1".to_owned())
}

fn amount(text: &str) -> Result<f64, String> {
    let amount: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    // A ceiling that is no number would never be reached.
    (amount.is_finite() && amount > 0.0).then_some(amount).ok_or_else(|| "not an amount above 0".to_owned())
}

fn prices(text: &str) -> Result<Prices, String> {
    let price = |text: &str| text.trim().parse::<f64>().ok().filter(|price| price.is_finite() && *price >= 0.0);
    let parts = text.split_once(',').and_then(|(prompt, completion)| Some((price(prompt)?, price(completion)?)));
    let (prompt, completion) = parts.ok_or_else(|| "expected two prices, such as 0.15,0.6".to_owned())?;
    Ok(Prices { prompt, completion })
}

pub(super) fn run(args: &AskArgs) -> anyhow::Result<Outcome> {
    let ModelClient { client, key } = model_client(&args.endpoint, Duration::from_secs(args.timeout), &SystemKeyring)?;
    let dataset = Arc::new(open_with_memory(&args.dataset.dataset)?);
    let control = Arc::new(AskControl::default());
    let stop = stop_twice(&control);
    let rows = rows(args, &dataset, &stop)?;
    anyhow::ensure!(!rows.is_empty(), "there is nothing to ask: {}", args.no_row());
    let plan = plan(&dataset, &rows, &args.model, args.controls);
    anyhow::ensure!(!plan.questions.is_empty(), "none of {} has a negative to ask about", count(rows.len(), "row"));
    let file = file_for_writing(&args.dataset, &dataset)?;
    allow_sending(args, &client, &plan, &file)?;
    let spending = Spending::new(args.budget());
    let chosen = if args.first.is_wanted() {
        let scoring = args.first.client(&args.endpoint, args.timeout)?;
        if scoring.address() != client.address() {
            allow_sending(args, &scoring, &plan, &file)?;
        }
        if args.first.reads_tiles() {
            allow_download(args, &dataset, &row_tiles(&dataset, &rows))?;
        }
        let mut store = ExternalStore::open(&file)?;
        args.first.choose(&dataset, &rows, plan, (&scoring, &args.model), &mut store, (&spending, &stop))?
    } else {
        Chosen::Plan(plan)
    };
    let summary = match chosen {
        Chosen::Plan(plan) => {
            allow_download(args, &dataset, &plan.tiles())?;
            if key_is_worth_a_word(&key, &client) {
                print_message(&format!("questions are sent {key}"));
            }
            let mut store = ExternalStore::open(&file)?;
            ask_about(args, (&dataset, &plan), &client, &mut store, spending.spent(), (&control, &stop))?
        }
        Chosen::Ceiling(ceiling) => AskSummary {
            calls: spending.spent().calls,
            tokens: spending.spent().tokens.all(),
            cost: spending.cost(),
            end: AskEnd::Budget(format!("the first stage is not finished: {ceiling}")),
            ..AskSummary::default()
        },
    };
    let store = ExternalStore::open(&file)?;
    let grades = store.control_grades(&args.model)?;
    let (controls, both) = (estimate_controls(&dataset, &grades), estimate_both_stages(&dataset, &grades));
    if args.json {
        let mut out = Output::new();
        out.json(&report::as_json(&summary, &controls, &both))?;
        out.finish()?;
    }
    report::in_words(&summary, &controls, &both);
    let stored = format!("the answers so far are stored in {}", file.display());
    match &summary.end {
        AskEnd::Stopped => anyhow::bail!("stopped; {stored}"),
        AskEnd::Faults(reason) => anyhow::bail!("stopped, {reason}; {stored}"),
        AskEnd::Budget(reason) => print_message(&format!("stopped, {reason}; {stored}")),
        AskEnd::Finished => print_message(&format!("stored in {}", file.display())),
    }
    // A ceiling that somebody chose is no failure, unless it is too low for a single question.
    let is_in_vain = summary.asked == 0 && matches!(summary.end, AskEnd::Budget(_));
    let is_whole = summary.failed == 0 && summary.unreadable.is_empty() && !is_in_vain;
    Ok(if is_whole { Outcome::Success } else { Outcome::Findings })
}

/// Asks the questions of a plan, after what the first stage spent.
fn ask_about(
    args: &AskArgs,
    (dataset, plan): (&Dataset, &AskPlan),
    client: &EndpointClient,
    store: &mut ExternalStore,
    spent: Spent,
    (control, stop): (&Arc<AskControl>, &Arc<AtomicBool>),
) -> anyhow::Result<AskSummary> {
    let model_id = model_id(client, &args.model, stop).map_err(anyhow::Error::msg)?;
    print_message(&format!(
        "asking {model_id} at {}: {} about {}, {} of them controls",
        client.address(),
        count(plan.questions.len(), "question"),
        count(plan.rows, "row"),
        plan.controls
    ));
    let settings = AskSettings {
        at_a_time: usize::from(args.at_a_time),
        budget: args.budget(),
        spent,
        // An answer on its way is paid, whether anybody waits for it or not.
        last_answers: Duration::from_secs(args.timeout),
        second_stage: !args.no_second_stage,
        ..AskSettings::default()
    };
    let unanswered = store.unanswered_requests(client.address())?.len();
    if unanswered > 0 {
        print_message(&format!(
            "{} of an earlier run may have been paid without an answer; asked again under the same id, which not every \
             server knows",
            count(unanswered, "request")
        ));
    }
    let (model, settings) = (args.model.as_str(), &settings);
    let task = AskTask { dataset, plan, server: client, model, model_id: &model_id, settings, control };
    let shown = Shown::new(stop, control);
    let summary = ask(&task, store, &shown);
    shown.finish();
    let summary = summary?;
    store.check_evidence()?;
    Ok(summary)
}

/// Returns an error that states what would be sent and where, if nobody agreed to that.
fn allow_sending(args: &AskArgs, client: &EndpointClient, plan: &AskPlan, file: &Path) -> anyhow::Result<()> {
    let was_asked = match ExternalStore::open_for_reading(file)? {
        Some(store) => store.was_asked(client.address())?,
        None => false,
    };
    if args.yes || was_asked {
        return Ok(());
    }
    let place = place_in_words(client);
    anyhow::bail!(
        "{} with {} of {} would be sent to {}, {place}; add --yes to agree",
        count(plan.tiles().len(), "tile"),
        if plan.rows == 1 { "the query" } else { "the queries" },
        count(plan.rows, "row"),
        client.address()
    )
}

/// Returns an error that states what would be fetched first, if nobody agreed to that.
fn allow_download(args: &AskArgs, dataset: &Arc<Dataset>, tiles: &[TilePath]) -> anyhow::Result<()> {
    if dataset.tiles.storage().is_some() {
        let fetch = download::of_tiles(dataset, tiles.iter());
        args.download.allow(dataset, "asking a model", ", or --top N to ask about fewer", fetch)?;
    }
    Ok(())
}

/// All tiles of rows, each once.
fn row_tiles(dataset: &Dataset, rows: &[SampleIndex]) -> Vec<TilePath> {
    let mut seen = HashSet::new();
    let readable = rows.iter().filter_map(|row| dataset.row(*row).ok());
    let tiles = readable.flat_map(|row| row.spellings().map(TilePath::new).collect::<Vec<_>>());
    tiles.filter(|tile| seen.insert(tile.clone())).collect()
}

/// A server on this machine needs no key as a rule.
fn key_is_worth_a_word(key: &KeyOrigin, client: &EndpointClient) -> bool {
    match key {
        KeyOrigin::Variable(_) | KeyOrigin::Keyring => true,
        KeyOrigin::Nowhere | KeyOrigin::Unknown(_) => !client.is_this_machine(),
    }
}

fn file_for_writing(args: &DatasetArgs, dataset: &Dataset) -> anyhow::Result<PathBuf> {
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_writing(dataset, args.sidecar.path.as_deref())?;
    Ok(external::for_writing(dataset, &location, &folder)?)
}

/// The rows to ask about, in the order in which they are asked about.
fn rows(args: &AskArgs, dataset: &Arc<Dataset>, stop: &AtomicBool) -> anyhow::Result<Vec<SampleIndex>> {
    if let Some(filter) = &args.filter {
        return filtered_rows(filter, dataset, &args.dataset.sidecar, stop);
    }
    if let Some(number) = args.random {
        let place_of = |sample: &SampleIndex| place("ask: random", &dataset.entry(*sample).key.to_string());
        let mut rows: Vec<SampleIndex> = dataset.indices().collect();
        rows.sort_by_cached_key(place_of);
        rows.truncate(number);
        return Ok(rows);
    }
    let sidecar = args.dataset.sidecar.path.as_deref();
    // A run that goes on asks about the same rows: its own answers and scores would change them.
    let without_own = |external: ExternalSignals| {
        external.without_model(&args.model).without_scores(|source| args.first.has_source(source))
    };
    let (found, _) = find_signals_changed(&without_own, dataset, sidecar, PixelSource::Nowhere, stop)?;
    Ok(rows_in_order(dataset, &[], found.ranking(), args.top.unwrap_or(TOP_ROWS)))
}
