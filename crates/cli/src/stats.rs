//! `tilejury stats`: counts the contents of a dataset and its judgements.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use tilejury_audit::Judgements;
use tilejury_audit::audits::{Audit, AuditStatus};
use tilejury_audit::decisions::Decisions;
use tilejury_audit::merge::{self, AnnotatorScope};
use tilejury_audit::overview::{Overview, OverviewInputs};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::stats::{AnswerCounter, AnswerCounts, DatasetCounts, JudgementTally};
use tilejury_data::{Dataset, MissingShards};

use super::output::{Output, spinner};
use super::second_pass::{self, PassFigures};
use super::suspicion::{PixelSource, find_signals};
use super::{DatasetArgs, Outcome, StoredJudgements, judgement_scope, open, stop_switch};

#[derive(Args)]
#[command(
    after_help = "False negatives are the distinct negatives of all rows, judged or not, whose answer is relevant. Wrong positives are \
    rows whose positive has the answer not relevant. The answer for a tile and a query is the majority of the annotators' votes in all \
    rows of the query. Conflicts are positives that were marked as not relevant only where they are negatives. An export uses the same \
    answers; docs/export.md has the rules. The problems and the overview in the JSON are those of the window; their signals come from rows \
    and imports, not from pixels."
)]
pub(super) struct StatsArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Count only this annotator's judgements [default: all, by majority]
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SplitFigures {
    rows: usize,
    negatives: usize,
}

#[derive(Serialize)]
struct Figures {
    splits: BTreeMap<String, SplitFigures>,
    tiles: usize,
    shards: usize,
    judged: usize,
    accepted: usize,
    rejected: usize,
    unsure: usize,
    false_negatives: usize,
    wrong_positives: usize,
    /// Positives that were marked as not relevant only where they are negatives.
    conflicts: usize,
    /// Judged samples that were shown because they were suspicious, which no rate may count.
    suspicious_first: usize,
    /// Judged samples that are not in the dataset.
    orphans: usize,
    /// Tiles that were added to rows as relevant, each once for a query.
    added: usize,
    /// The second passes of the annotators, the oldest first.
    second_pass: Vec<PassFigures>,
    /// The audits that were ever begun, the oldest first.
    audits: Vec<AuditStatus>,
    #[serde(skip)]
    audits_in_words: Vec<String>,
    /// The overview of the window. Its signals are those from rows and imports.
    overview: Overview,
}

pub(super) fn run(args: &StatsArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let scope = match judgement_scope(&stored, args.annotator.as_deref()) {
        Ok(scope) => scope,
        Err(refused) => return Ok(refused),
    };
    let figures = count(args, &dataset, &stored, &scope)?;
    let mut out = Output::new();
    if args.json {
        out.json(&figures)?;
    } else {
        print(&mut out, &dataset, &figures)?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}

fn count(
    args: &StatsArgs,
    dataset: &Arc<Dataset>,
    stored: &StoredJudgements,
    scope: &AnnotatorScope,
) -> anyhow::Result<Figures> {
    let counting = spinner("counting");
    let counts = DatasetCounts::read(dataset);
    counting.finish_and_clear();
    let judgements = merge::judgements_of(dataset, &stored.events, scope);
    let tally = JudgementTally::new(dataset, &judgements);
    let answers = count_answers(dataset, stored, scope)?;
    let audits: Vec<AuditStatus> = stored.audits.iter().map(|audit| AuditStatus::new(audit, dataset)).collect();
    let splits = counts.splits.into_iter();
    let splits = splits.map(|(name, split)| (name, SplitFigures { rows: split.rows, negatives: split.negatives }));
    Ok(Figures {
        splits: splits.collect(),
        tiles: counts.tiles,
        shards: dataset.tiles.shard_count(),
        judged: tally.judged,
        accepted: tally.accepted,
        rejected: tally.rejected,
        unsure: tally.unsure,
        false_negatives: answers.false_negatives,
        wrong_positives: answers.wrong_positives,
        conflicts: answers.conflicts.len(),
        suspicious_first: merge::chosen(dataset, &stored.events, scope),
        orphans: judgements.keys().filter(|key| dataset.find(**key).is_none()).count(),
        added: answers.added,
        second_pass: second_pass::figures(dataset, &stored.passes, &stored.events, scope),
        audits_in_words: stored
            .audits
            .iter()
            .zip(&audits)
            .flat_map(|(audit, status)| in_words(status, audit))
            .collect(),
        audits,
        overview: count_overview(args, dataset, stored, scope, &judgements)?,
    })
}

fn count_answers(
    dataset: &Arc<Dataset>,
    stored: &StoredJudgements,
    scope: &AnnotatorScope,
) -> anyhow::Result<AnswerCounts> {
    let mut counter = AnswerCounter::read(dataset.clone(), &NoProgress).context("the rows cannot be read")?;
    counter.add_events(&stored.events);
    Ok(counter.count(scope))
}

/// The overview of the window, with the signals from rows and imports.
fn count_overview(
    args: &StatsArgs,
    dataset: &Dataset,
    stored: &StoredJudgements,
    scope: &AnnotatorScope,
    judgements: &Judgements,
) -> anyhow::Result<Overview> {
    let stop = stop_switch();
    let (findings, _) = find_signals(dataset, args.dataset.sidecar.path.as_deref(), PixelSource::Nowhere, &stop)?;
    let inputs = OverviewInputs {
        dataset,
        judgements,
        decisions: &Decisions::read(dataset, &stored.events, scope),
        events: &stored.events,
        answers: &stored.answers,
        findings: Some(&findings),
        missing: &MissingShards::find(dataset, &dataset.tiles),
        since: None,
    };
    Overview::count(&inputs, &*stop).context("stopped")
}

/// The progress of an audit, and its rate of rows with a false negative.
fn in_words(status: &AuditStatus, audit: &Audit) -> Vec<String> {
    status.sentences(&audit.plan).into_iter().take(2).collect()
}

/// Prints the figures for people.
fn print(out: &mut Output, dataset: &Dataset, figures: &Figures) -> io::Result<()> {
    for split in &dataset.splits {
        if let Some(found) = figures.splits.get(&split.name) {
            out.line(&format!("{:<16} {:>9} rows {:>9} negatives", split.name, found.rows, found.negatives))?;
        }
    }
    for (name, number) in [
        ("tiles named", figures.tiles),
        ("shards", figures.shards),
        ("judged", figures.judged),
        ("accepted", figures.accepted),
        ("rejected", figures.rejected),
        ("unsure", figures.unsure),
        ("false negatives", figures.false_negatives),
        ("wrong positives", figures.wrong_positives),
        ("conflicts", figures.conflicts),
        ("suspicious first", figures.suspicious_first),
        ("without a row", figures.orphans),
        ("added tiles", figures.added),
    ] {
        out.line(&format!("{name:<16} {number:>9}"))?;
    }
    for line in figures.second_pass.iter().flat_map(PassFigures::lines) {
        out.line(&line)?;
    }
    for line in &figures.audits_in_words {
        out.line(&format!("{:<16} {line}", "audit"))?;
    }
    for problem in &figures.overview.problems {
        let sure = if problem.certain { "problem" } else { "suspicious" };
        out.line(&format!("{sure:<16} {} ({})", problem.text, problem.in_export))?;
    }
    Ok(())
}
