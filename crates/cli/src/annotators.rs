//! `tilejury annotators`: the figures of a team.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use tilejury_audit::Conflict;
use tilejury_audit::exchange::note_of_name;
use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::overview::{TeamFigures, TeamMember, WorkBlock};
use tilejury_audit::stats::AnswerCounter;
use tilejury_audit::text::{count, grouped};

use super::output::{Output, print_message, spinner};
use super::{DatasetArgs, Outcome, StoredJudgements, open, stop_switch};

#[derive(Args)]
#[command(
    after_help = "The same figures as in the window: File, Judgements of others, Team. Agreement is that on whether a negative is \
    relevant, on rows that others judged too; `tilejury agreement` has it pair by pair. Figures of a blind audit are left out until all of \
    its rows count."
)]
pub(super) struct AnnotatorsArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Print one JSON object per annotator, and one with what waits
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AnnotatorsArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let counting = spinner("counting");
    let team = stored.team(&dataset);
    let stop = stop_switch();
    let mut counter = AnswerCounter::read(dataset.clone(), &*stop).context("stopped")?;
    counter.add_events(&stored.events);
    let conflicts = counter.count(&AnnotatorScope::Everybody).conflicts;
    counting.finish_and_clear();
    print(&team, &conflicts, args.json)
}

fn print(team: &TeamFigures, conflicts: &[Conflict], is_json: bool) -> anyhow::Result<Outcome> {
    for one in team.annotators.iter().filter(|one| one.sidecars > 1) {
        print_message(&format!("note: {}", note_of_name(&one.annotator, one.sidecars)));
    }
    let mut out = Output::new();
    if is_json {
        for one in &team.annotators {
            let mut line = json!(one);
            line["kind"] = Value::from("annotator");
            out.json(&line)?;
        }
        out.json(&json!({"kind": "waits", "to_adjudicate": team.to_adjudicate, "conflicts": conflicts.len()}))?;
    } else {
        for one in &team.annotators {
            out.line(&words_of(one))?;
        }
        for waiting in &team.to_adjudicate {
            let of = waiting.audit.as_ref().map(|audit| format!(" of the audit “{audit}”")).unwrap_or_default();
            out.line(&format!("to adjudicate: {}{of}", count(waiting.rows, "row")))?;
        }
        if !conflicts.is_empty() {
            let rows = conflicts.iter().flat_map(Conflict::rows).collect::<HashSet<_>>().len();
            out.line(&format!("{}, in {}", count(conflicts.len(), "conflict"), count(rows, "row")))?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

fn words_of(one: &TeamMember) -> String {
    let mut parts = vec![format!(
        "{}: {} judged ({} accepted, {} rejected, {} unsure), {} today",
        one.annotator,
        grouped(one.judged),
        one.accepted,
        one.rejected,
        one.unsure,
        one.today
    )];
    parts.extend(one.part.map(|part| format!("part {} of {}", grouped(part.done), grouped(part.rows))));
    parts.extend(one.rows_an_hour.map(|rows| format!("{rows:.0} rows an hour")));
    if let Some(figures) = &one.agreement {
        let share = figures.positive_agreement.map(|share| match (share.low, share.high) {
            (Some(low), Some(high)) => {
                format!("{:.0} % ({:.0} to {:.0})", 100.0 * share.value, 100.0 * low, 100.0 * high)
            }
            _ => format!("{:.0} %", 100.0 * share.value),
        });
        let kappa = figures.kappa.map(|kappa| format!(", κ {kappa:.2}")).unwrap_or_default();
        let share = share.unwrap_or_else(|| "not defined".to_owned());
        parts.push(format!("agreement on relevant {share}{kappa} of {}", count(figures.n as usize, "answer")));
    }
    parts.extend(one.drift.as_ref().map(|[first, last]| format!("{} at first, {} at last", block(first), block(last))));
    parts.extend((one.differs > 0).then(|| format!("differs on {}", count(one.differs, "row"))));
    parts.extend(one.gold.map(|gold| {
        format!("gold rows failed: {} of {} ({} of {} answers wrong)", gold.failed, gold.rows, gold.wrong, gold.answers)
    }));
    parts.extend(one.last_seen.as_ref().map(|at| format!("last seen {at}")));
    parts.join("; ")
}

fn block(block: &WorkBlock) -> String {
    let share = 100.0 * block.findings as f64 / block.rows.max(1) as f64;
    let pace = block.seconds.map(|seconds| format!(", {seconds:.0} s a row")).unwrap_or_default();
    format!("{share:.0} % findings{pace}")
}
