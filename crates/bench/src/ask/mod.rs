//! `tilejury bench ask`: a run of questions to a simulated model, whose sensitivity, specificity,
//! delay and faults are known: the time beside the least that is possible, the questions that were
//! asked twice after an interruption, and whether the controls find what is known.

mod found;
mod simulated_model;
mod truth;

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use tilejury_audit::external::{ExternalStore, ImportKind, ModelQuestion, QuestionKind, import};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_reviewer::{
    AskControl, AskObserver, AskPlan, AskProgress, AskSettings, AskSummary, AskTask, EndpointClient, Estimate,
    PlannedQuestion, Retries, ask, estimate_controls, plan,
};

use super::semantic::truth as labels;
use super::series::json_line;
use found::{add_controls, add_found};
pub use simulated_model::{Asked, Decide, Exchange, SimulatedModel, SimulatedReply};
use truth::Truth;

/// The name of the model.
const MODEL: &str = "simulated";
/// The time for one answer: a server that hangs is asked again after it.
const TIMEOUT: Duration = Duration::from_secs(20);
/// The most that a whole run may take, as a multiple of the least time.
const WALL_UP_TO: f64 = 1.15;
/// The share of a run after which it is interrupted.
const INTERRUPTED_AFTER: f64 = 0.4;

/// The inputs of the benchmark.
pub struct AskBenchOptions<'o> {
    /// The dataset.
    pub dataset: &'o Dataset,
    /// The folder with `truth.jsonl` and `tile_text.jsonl`.
    pub truth: &'o Path,
    /// The number of questions.
    pub questions: usize,
    /// The share of relevant tiles that the simulated model finds.
    pub sensitivity: f64,
    /// The share of other tiles that it does not find.
    pub specificity: f64,
    /// The time that each of its replies takes.
    pub delay: Duration,
    /// The share of requests that meet a fault.
    pub faults: f64,
    /// The most requests at a time.
    pub at_a_time: usize,
}

/// One figure.
#[derive(Clone, Debug, Serialize)]
struct AskMeasure {
    name: &'static str,
    value: f64,
    unit: &'static str,
}

/// The measures, and what is wrong with them.
#[derive(Default)]
pub struct AskMeasures {
    measures: Vec<AskMeasure>,
    /// Faults: lost or repeated questions, tokens that differ.
    pub faults: Vec<String>,
}

impl AskMeasures {
    fn push(&mut self, name: &'static str, value: f64, unit: &'static str) {
        self.measures.push(AskMeasure { name, value, unit });
    }

    fn must(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if !holds {
            self.faults.push(fault());
        }
    }

    /// Writes all measures, one line each: JSON, or text for a person.
    ///
    /// # Errors
    /// Returns an error if writing fails.
    pub fn print(&self, out: &mut impl Write, json: bool) -> io::Result<()> {
        self.measures.iter().try_for_each(|measure| {
            if json {
                return json_line(out, measure);
            }
            writeln!(out, "{:<32} {:>10.3} {}", measure.name, measure.value, measure.unit)
        })
    }
}

/// Shows no progress; stops a run after a number of answers.
struct Interrupting<'c> {
    control: &'c AskControl,
    after: usize,
    stop: &'c AtomicBool,
}

impl AskObserver for Interrupting<'_> {
    fn progress(&self, progress: AskProgress) {
        if progress.done >= self.after || self.stop.load(Ordering::Relaxed) {
            self.control.stop();
        }
    }

    fn estimate(&self, _: &Estimate) {}
}

/// Measures a whole run, and one that is interrupted and goes on.
///
/// # Errors
/// If a file of the truth cannot be read, the simulated model cannot start, answers cannot be
/// stored, or `stop` was set.
pub fn run(options: &AskBenchOptions<'_>, stop: &AtomicBool) -> anyhow::Result<AskMeasures> {
    let folder = tempfile::tempdir()?;
    let dataset = options.dataset;
    let plan = questions(dataset, options.questions);
    let truth = Truth::read(options.truth, dataset, &plan)?;
    let mut measured = AskMeasures::default();
    let settings = AskSettings {
        at_a_time: options.at_a_time,
        retries: Retries { first_wait: Duration::from_millis(50), ..Retries::default() },
        // A kill loses what is on its way.
        last_answers: Duration::ZERO,
        second_stage: true,
        ..AskSettings::default()
    };
    let bench = Bench { options, plan: &plan, settings: &settings, stop };

    let server = truth.serve(options)?;
    let file = folder.path().join("whole.sqlite");
    let texts = options.truth.join("tile_text.jsonl");
    import(dataset, ImportKind::Texts, &texts, &file, true).with_context(|| format!("{}", texts.display()))?;
    let mut store = ExternalStore::open(&file)?;
    let begun = Instant::now();
    let summary = bench.run(&server, &mut store, usize::MAX)?;
    let wall = begun.elapsed();
    anyhow::ensure!(!stop.load(Ordering::Relaxed), "stopped");
    bench.add_whole(&mut measured, &summary, &server, wall);
    add_controls(&mut measured, options, &estimate_controls(dataset, &store.control_grades(MODEL)?));
    add_found(&mut measured, &store, &labels::read(&options.truth.join("truth.jsonl"), dataset)?, dataset)?;

    let ended = AskSettings { last_answers: TIMEOUT, ..settings.clone() };
    for interruption in Interruption::ALL {
        let server = truth.serve_with(options, interruption == Interruption::KilledWithIds)?;
        let mut store = ExternalStore::open(&folder.path().join(interruption.names()[0]))?;
        let settings = if interruption == Interruption::Ended { &ended } else { &settings };
        let bench = Bench { settings, ..bench };
        let after = (INTERRUPTED_AFTER * plan.questions.len() as f64) as usize;
        let first = bench.run(&server, &mut store, after)?;
        let second = bench.run(&server, &mut store, usize::MAX)?;
        anyhow::ensure!(!stop.load(Ordering::Relaxed), "stopped");
        bench.add_resumed(&mut measured, interruption, [&first, &second], &server, &store)?;
    }
    Ok(measured)
}

/// The negatives of all rows with as many controls as there are rows, then more foreign tiles up to
/// a number of questions.
fn questions(dataset: &Dataset, number: usize) -> AskPlan {
    let rows: Vec<SampleIndex> = dataset.indices().collect();
    let mut all = plan(dataset, &rows, MODEL, 1.0);
    let mut seen: Vec<_> = all.questions.iter().map(|of| (of.question.sample, of.question.tile.clone())).collect();
    // Each tile that another query was asked about, with the queries of later rows.
    for shift in 1..rows.len() {
        for at in 0..rows.len() {
            if all.questions.len() >= number {
                break;
            }
            let (Ok(row), Ok(other)) = (dataset.row(rows[at]), dataset.row(rows[(at + shift) % rows.len()])) else {
                continue;
            };
            let tile = TilePath::new(&other.positive);
            let of_row: Vec<_> = row.spellings().map(TilePath::new).collect();
            let pair = (dataset.entry(rows[at]).key, tile.clone());
            if of_row.iter().any(|own| own.page() == tile.page()) || seen.contains(&pair) {
                continue;
            }
            let question =
                ModelQuestion { sample: pair.0, tile, source: MODEL.to_owned(), kind: QuestionKind::Foreign };
            all.questions.push(PlannedQuestion { question, query: row.query.to_string() });
            all.controls += 1;
            seen.push(pair);
        }
    }
    all.questions.truncate(number);
    all
}

/// The ways in which a run ends early.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Interruption {
    /// Answers on their way are lost.
    Killed,
    /// The same, at a server that answers requests with the same id once.
    KilledWithIds,
    /// Answers on their way are waited for.
    Ended,
}

impl Interruption {
    const ALL: [Self; 3] = [Self::Killed, Self::KilledWithIds, Self::Ended];

    /// The names of the measures: answers before and after, those paid twice.
    fn names(self) -> [&'static str; 3] {
        match self {
            Self::Killed => ["killed_answered_before", "killed_answered_after", "killed_paid_twice"],
            Self::KilledWithIds => ["with_ids_answered_before", "with_ids_answered_after", "with_ids_paid_twice"],
            Self::Ended => ["ended_answered_before", "ended_answered_after", "ended_paid_twice"],
        }
    }

    /// The most that may be paid twice.
    fn paid_twice_up_to(self, at_a_time: usize) -> usize {
        if self == Self::Killed { at_a_time } else { 0 }
    }
}

#[derive(Clone, Copy)]
struct Bench<'b> {
    options: &'b AskBenchOptions<'b>,
    plan: &'b AskPlan,
    settings: &'b AskSettings,
    stop: &'b AtomicBool,
}

impl Bench<'_> {
    fn run(&self, server: &SimulatedModel, store: &mut ExternalStore, after: usize) -> anyhow::Result<AskSummary> {
        let client = EndpointClient::new(&server.url(), None, TIMEOUT)?;
        let control = AskControl::default();
        let task = AskTask {
            dataset: self.options.dataset,
            plan: self.plan,
            server: &client,
            model: MODEL,
            model_id: MODEL,
            settings: self.settings,
            control: &control,
        };
        Ok(ask(&task, store, &Interrupting { control: &control, after, stop: self.stop })?)
    }

    fn add_whole(&self, measured: &mut AskMeasures, summary: &AskSummary, server: &SimulatedModel, wall: Duration) {
        let calls = summary.calls as f64;
        let least = self.options.delay.as_secs_f64() * calls / self.options.at_a_time as f64;
        measured.push("questions", self.plan.questions.len() as f64, "questions");
        measured.push("known_or_equal", summary.known as f64, "of them equal to another one");
        measured.push("answered", summary.answered as f64, "answered");
        measured.push("failed", summary.failed as f64, "without an answer");
        measured.push("calls", calls, "requests, those with faults too");
        measured.push("wall_time", wall.as_secs_f64(), "s");
        measured.push("least_time", least, "s: delay x requests / requests at a time");
        measured.push("wall_ratio", wall.as_secs_f64() / least, "times the least");
        measured.push("most_at_a_time", server.most_at_a_time() as f64, "requests at a time");
        measured.push("tokens", summary.tokens as f64, "tokens");
        let counted: u64 = server.exchanges().iter().map(|exchange| exchange.tokens).sum();
        let ratio = wall.as_secs_f64() / least;
        measured.must(ratio <= WALL_UP_TO, || format!("the run took {ratio:.2} times the least, not {WALL_UP_TO}"));
        measured.push("comparisons", summary.second.answered as f64, "comparisons of doubtful tiles in both orders");
        measured.push("doubtful", summary.second.doubtful as f64, "doubtful tiles");
        measured.push("confirmed", summary.second.confirmed as f64, "of them confirmed in both orders");
        measured.push("order_dependent", summary.second.order_dependent as f64, "of them, by their order");
        measured.push("rejected", summary.second.rejected as f64, "of them rejected in both orders");
        measured.must(summary.tokens == counted, || {
            format!("{} tokens were counted, and {counted} by the server", summary.tokens)
        });
        let done = summary.answered + summary.known + summary.failed;
        measured.must(done == self.plan.questions.len(), || {
            format!("{done} of {} questions are done", self.plan.questions.len())
        });
    }

    fn add_resumed(
        &self,
        measured: &mut AskMeasures,
        interruption: Interruption,
        [first, second]: [&AskSummary; 2],
        server: &SimulatedModel,
        store: &ExternalStore,
    ) -> anyhow::Result<()> {
        let (twice, distinct) = truth::repeated(&server.exchanges());
        let names = interruption.names();
        let answered = |summary: &AskSummary| summary.answered + summary.second.answered;
        measured.push(names[0], answered(first) as f64, "answered before the run ended early");
        measured.push(names[1], answered(second) as f64, "answered by the next run");
        measured.push(names[2], twice as f64, "paid twice");
        let keys = store.answer_keys()?.len() + store.comparison_keys()?.len();
        let came = answered(first) + answered(second);
        measured.must(keys == came, || format!("{keys} answers are stored, and {came} came"));
        let most = interruption.paid_twice_up_to(self.options.at_a_time);
        measured.must(twice <= most, || format!("{}: {twice}, and at most {most} may be", names[2]));
        measured.must(twice <= first.unanswered, || {
            format!("{twice} were paid twice, and {} reported before", first.unanswered)
        });
        measured.must(second.unanswered == 0, || format!("{} requests are open at the end", second.unanswered));
        let failed = second.failed + second.second.failed;
        measured
            .must(keys + failed == distinct, || format!("{distinct} questions were asked, and {keys} are answered"));
        Ok(())
    }
}
