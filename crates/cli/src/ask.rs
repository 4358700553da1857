//! `tilejury ask`: asks a model at an endpoint about the negatives of rows, and stores its reviews.
//! `tilejury reviews` prints them.

mod first_stage;

use std::cell::Cell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use serde::Serialize;
use serde_json::json;
use tilejury_app::folders::Folders;
use tilejury_app::model_server::{model_client, place_in_words};
use tilejury_audit::download;
use tilejury_audit::external::{self, ExternalStore, HIGHEST_GRADE, ModelReview, PairOutcome, rows_in_order};
use tilejury_audit::pace::spell;
use tilejury_audit::text::{count, grouped, grouped_count};
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_reviewer::{
    AskControl, AskEnd, AskObserver, AskPlan, AskProgress, AskSettings, AskSummary, AskTask, Budget, ControlEstimate,
    EndpointClient, Estimate, Prices, SecondSummary, ask, estimate_both_stages, estimate_controls, model_id, plan,
};
use tilejury_stats::{Interval, place};

use first_stage::FirstStageArgs;

use super::filter::filtered_rows;
use super::output::{Output, print_message, progress, step_on};
use super::own_sidecar;
use super::suspicion::{PixelSource, find_signals};
use super::{DatasetArgs, DownloadArg, Outcome, open_with_memory};

/// The most suspicious rows that are asked about if nothing else is chosen.
const TOP_ROWS: usize = 100;

#[derive(Args)]
#[command(
    after_help = "Each tile is sent with the query of its row, and nothing else. The key comes from TILEJURY_API_KEY, or for \
    api.openai.com from OPENAI_API_KEY; it is never stored. The answers are kept beside the sidecar, in the file that ends in \
    .outside.sqlite; what has an answer is not asked again. Ctrl-C waits for the answers on their way, a second one gives them up; \
    the next run continues from there. Exit code 1: some questions have no answer."
)]
pub(super) struct AskArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The address of a server with /v1/chat/completions
    #[arg(long, value_name = "URL")]
    endpoint: String,
    /// The model, as the server names it
    #[arg(long, value_name = "NAME")]
    model: String,
    /// Ask about the N most suspicious rows [default: 100]
    #[arg(long, value_name = "N", conflicts_with_all = ["filter", "random"])]
    top: Option<usize>,
    /// Ask about the rows that a search finds, such as `split:train verdict:none`
    #[arg(long, value_name = "QUERY", conflicts_with = "random")]
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
    #[arg(long, value_name = "N")]
    budget_calls: Option<u64>,
    /// Stop before more than N tokens, as the server counts them
    #[arg(long, value_name = "N")]
    budget_tokens: Option<u64>,
    /// Stop before a higher cost, in the currency of the prices
    #[arg(long, value_name = "AMOUNT", requires = "price")]
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

#[derive(Args)]
pub(super) struct ReviewsArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per review
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1.0).contains(&share).then_some(share).ok_or_else(|| "not between 0 and 1".to_owned())
}

fn prices(text: &str) -> Result<Prices, String> {
    let price = |text: &str| text.trim().parse::<f64>().ok().filter(|price| price.is_finite() && *price >= 0.0);
    let parts = text.split_once(',').and_then(|(prompt, completion)| Some((price(prompt)?, price(completion)?)));
    let (prompt, completion) = parts.ok_or_else(|| "expected two prices, such as 0.15,0.6".to_owned())?;
    Ok(Prices { prompt, completion })
}

pub(super) fn run(args: &AskArgs) -> anyhow::Result<Outcome> {
    let client = model_client(&args.endpoint, Duration::from_secs(args.timeout))?;
    let dataset = Arc::new(open_with_memory(&args.dataset.dataset)?);
    let control = Arc::new(AskControl::default());
    let stop = stop_twice(&control);
    let rows = rows(args, &dataset, &stop)?;
    let mut plan = plan(&dataset, &rows, &args.model, args.controls);
    anyhow::ensure!(!plan.questions.is_empty(), "none of {} has a negative to ask about", count(rows.len(), "row"));
    let file = file_for_writing(&args.dataset, &dataset)?;
    allow_sending(args, &client, &plan, &file)?;
    if args.first.is_wanted() {
        let scoring = args.first.client(&args.endpoint, args.timeout)?;
        if scoring.address() != client.address() {
            allow_sending(args, &scoring, &plan, &file)?;
        }
        let mut store = ExternalStore::open(&file)?;
        plan = args.first.choose(&dataset, &rows, plan, (&scoring, &args.model), &mut store, &stop)?;
    }
    if dataset.tiles.storage().is_some() {
        let fetch = download::of_tiles(&dataset, plan.tiles().iter());
        args.download.allow(&dataset, "asking a model", ", or --top N to ask about fewer", fetch)?;
    }
    let model_id = model_id(&client, &args.model, &stop).map_err(anyhow::Error::msg)?;
    print_message(&format!(
        "asking {model_id} at {}: {} about {}, {} of them controls",
        client.address(),
        count(plan.questions.len(), "question"),
        count(plan.rows, "row"),
        plan.controls
    ));
    let settings = AskSettings {
        at_a_time: usize::from(args.at_a_time),
        budget: Budget {
            calls: args.budget_calls,
            tokens: args.budget_tokens,
            cost: args.budget_cost,
            prices: args.price.unwrap_or_default(),
        },
        // An answer on its way is paid, whether anybody waits for it or not.
        last_answers: Duration::from_secs(args.timeout),
        second_stage: !args.no_second_stage,
        ..AskSettings::default()
    };
    let task = AskTask {
        dataset: &dataset,
        plan: &plan,
        server: &client,
        model: &args.model,
        model_id: &model_id,
        settings: &settings,
        control: &control,
    };
    let mut store = ExternalStore::open(&file)?;
    let unanswered = store.unanswered_requests(client.address())?.len();
    if unanswered > 0 {
        print_message(&format!(
            "{} of an earlier run may have been paid without an answer; asked again under the same id, which not every \
             server knows",
            count(unanswered, "request")
        ));
    }
    let shown = Shown {
        bar: progress(0, ""),
        stop: &stop,
        control: &control,
        is_estimated: Cell::default(),
        is_ending: Cell::default(),
    };
    let summary = ask(&task, &mut store, &shown);
    shown.bar.finish_and_clear();
    let summary = summary?;
    store.check_evidence()?;
    let grades = store.control_grades(&args.model)?;
    let (estimate, both) = (estimate_controls(&dataset, &grades), estimate_both_stages(&dataset, &grades));
    if args.json {
        let mut out = Output::new();
        out.json(&json!({
            "asked": summary.asked,
            "answered": summary.answered,
            "verified": summary.verified,
            "failed": summary.failed,
            "tokens": summary.tokens,
            "sensitivity": ends(estimate.sensitivity()),
            "specificity": ends(estimate.specificity()),
            "second": {
                "asked": summary.second.asked,
                "answered": summary.second.answered,
                "failed": summary.second.failed,
                "doubtful": summary.second.doubtful,
                "confirmed": summary.second.confirmed,
                "order_dependent": summary.second.order_dependent,
                "rejected": summary.second.rejected,
                "sensitivity": ends(both.sensitivity()),
                "specificity": ends(both.specificity()),
            },
            "unanswered": summary.unanswered,
        }))?;
        out.finish()?;
    }
    report(&summary, &estimate);
    report_second(&summary.second, &both);
    let stored = format!("the answers so far are stored in {}", file.display());
    match &summary.end {
        AskEnd::Stopped => anyhow::bail!("stopped; {stored}"),
        AskEnd::Faults(reason) => anyhow::bail!("stopped, {reason}; {stored}"),
        AskEnd::Budget(reason) => print_message(&format!("stopped, {reason}; {stored}")),
        AskEnd::Finished => print_message(&format!("stored in {}", file.display())),
    }
    let is_whole = summary.failed == 0 && summary.unreadable.is_empty();
    Ok(if is_whole { Outcome::Success } else { Outcome::Findings })
}

/// Returns a switch that Ctrl-C and SIGTERM set. The second of them gives up what is on its way.
fn stop_twice(control: &Arc<AskControl>) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let (switch, control) = (stop.clone(), control.clone());
    // If the system refuses a handler, Ctrl-C ends the process as usual.
    let _ = ctrlc::set_handler(move || {
        if switch.swap(true, Ordering::Relaxed) {
            control.stop();
            control.abandon();
        }
    });
    stop
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
        grouped_count(plan.tiles().len(), "tile"),
        if plan.rows == 1 { "the query" } else { "the queries" },
        count(plan.rows, "row"),
        client.address()
    )
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
    let (found, _) = find_signals(dataset, sidecar, PixelSource::Nowhere, stop)?;
    Ok(rows_in_order(dataset, &[], found.ranking(), args.top.unwrap_or(TOP_ROWS)))
}

/// Shows how far a run is, and passes a wish to stop on.
struct Shown<'s> {
    bar: indicatif::ProgressBar,
    stop: &'s AtomicBool,
    control: &'s AskControl,
    is_estimated: Cell<bool>,
    is_ending: Cell<bool>,
}

impl AskObserver for Shown<'_> {
    fn progress(&self, progress: AskProgress) {
        step_on(&self.bar, "asking", progress.done, progress.questions);
        if self.stop.load(Ordering::Relaxed) {
            self.control.stop();
            if !self.is_ending.replace(true) {
                let text = "waiting for the answers on their way, which are paid; Ctrl-C again gives them up";
                self.bar.suspend(|| print_message(text));
            }
        }
    }

    fn estimate(&self, estimate: &Estimate) {
        if estimate.questions == 0 || self.is_estimated.replace(true) {
            return;
        }
        let cost = estimate.cost.map_or_else(String::new, |cost| format!(", a cost of {cost:.2}"));
        let text = format!(
            "about {} tokens{cost} and {} for the other {}",
            grouped(estimate.tokens as usize),
            spell(estimate.time),
            count(estimate.questions, "question")
        );
        self.bar.suspend(|| print_message(&text));
    }
}

fn ends(interval: Option<Interval>) -> Option<[f64; 2]> {
    let rounded = |value: f64| (value * 1e4).round() / 1e4;
    interval.map(|interval| [rounded(interval.low), rounded(interval.high)])
}

fn report(summary: &AskSummary, estimate: &ControlEstimate) {
    for (tile, reason) in &summary.unreadable {
        print_message(&format!("tilejury: {} cannot be read: {reason}", shown(tile.as_str())));
    }
    for failure in &summary.failures {
        print_message(&format!("tilejury: no answer: {failure}"));
    }
    let cost = summary.cost.map_or_else(String::new, |cost| format!(", cost {cost:.4}"));
    print_message(&format!(
        "{} answered of {} asked, {} known before or equal; {} with words that are on the tile; {} tokens in {}{cost}",
        summary.answered,
        summary.asked,
        summary.known,
        summary.verified,
        grouped(summary.tokens as usize),
        count(summary.calls as usize, "request")
    ));
    let percent = |interval: Option<Interval>| {
        interval.map(|interval| format!("{:.0} to {:.0} %", 100.0 * interval.low, 100.0 * interval.high))
    };
    let parts = [
        percent(estimate.sensitivity())
            .map(|range| format!("finds {range} of {}", count(estimate.positives.0 as usize, "own positive"))),
        percent(estimate.specificity())
            .map(|range| format!("passes over {range} of {}", count(estimate.foreign.0 as usize, "foreign tile"))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        print_message(&format!(
            "by its controls, the model {}; hard negatives are harder, so this is optimistic",
            parts.join(" and ")
        ));
    }
    if summary.unanswered > 0 {
        print_message(&format!(
            "{} may have been paid without an answer; the next run asks again",
            count(summary.unanswered, "request")
        ));
    }
}

fn report_second(second: &SecondSummary, both: &ControlEstimate) {
    if second.doubtful == 0 {
        return;
    }
    print_message(&format!(
        "second stage: of {}, {} confirmed beside the positive in both orders, {} depend on the order, {} rejected",
        count(second.doubtful, "doubtful tile"),
        second.confirmed,
        second.order_dependent,
        second.rejected
    ));
    let range = |interval: Option<Interval>| {
        interval.map_or_else(|| "?".to_owned(), |of| format!("{:.0} to {:.0} %", 100.0 * of.low, 100.0 * of.high))
    };
    print_message(&format!(
        "by its controls, both stages together find {} of own positives and pass over {} of foreign tiles",
        range(both.sensitivity()),
        range(both.specificity())
    ));
}

#[derive(Serialize)]
struct Line<'r> {
    query: &'r str,
    path: &'r str,
    source: &'r str,
    grade: u8,
    evidence: &'r str,
    verified: Option<bool>,
    second: Option<SecondLine>,
}

#[derive(Serialize)]
struct SecondLine {
    consistent: bool,
    tile_first: PairOutcome,
    positive_first: PairOutcome,
}

/// Prints the reviews in the order of the rows.
pub(super) fn print(args: &ReviewsArgs) -> anyhow::Result<Outcome> {
    let dataset = open_with_memory(&args.dataset.dataset)?;
    let folder = Folders::for_current_user().sidecars();
    let location = own_sidecar::for_reading(&dataset, args.dataset.sidecar.path.as_deref())?;
    let file = external::for_reading(&dataset, &location, &folder);
    let mut reviews: HashMap<_, Vec<ModelReview>> = HashMap::new();
    if let Some(store) = ExternalStore::open_for_reading(&file)? {
        for review in store.model_reviews()? {
            reviews.entry(review.sample).or_default().push(review);
        }
    }
    let mut out = Output::new();
    for sample in dataset.indices() {
        let Some(of_row) = reviews.get(&dataset.entry(sample).key) else { continue };
        let Ok(row) = dataset.row(sample) else { continue };
        let mut seen = Vec::new();
        for path in row.spellings() {
            let tile = TilePath::new(path);
            if seen.contains(&tile) {
                continue;
            }
            for review in of_row.iter().filter(|review| review.tile == tile) {
                let line = Line {
                    query: &row.query,
                    path,
                    source: &review.source,
                    grade: review.grade,
                    evidence: &review.evidence,
                    verified: review.verified,
                    second: review.second.map(|second| SecondLine {
                        consistent: second.is_consistent(),
                        tile_first: second.tile_first,
                        positive_first: second.positive_first,
                    }),
                };
                if args.json { out.json(&line)? } else { out.line(&text(&dataset, sample, &line))? }
            }
            seen.push(tile);
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

fn text(dataset: &Dataset, sample: SampleIndex, line: &Line<'_>) -> String {
    let verified = match line.verified {
        Some(true) => "on the tile",
        Some(false) => "not on the tile",
        None => "not checked",
    };
    let evidence = match line.evidence {
        "" => String::new(),
        evidence => format!(": “{}” ({verified})", shown(evidence)),
    };
    let second = match &line.second {
        None => String::new(),
        Some(second) if second.consistent => format!(", beside the positive {} in both orders", second.tile_first),
        Some(second) => format!(", beside the positive {} or {} by order", second.tile_first, second.positive_first),
    };
    format!(
        "{}:{} {} {} {}/{HIGHEST_GRADE}{evidence}{second}",
        dataset.split_of(sample).name,
        dataset.line_of(sample),
        shown(line.path),
        line.source,
        line.grade
    )
}
