//! `tilejury audit sizes`: how wide an interval is to be expected of how many rows, and how long
//! they take.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use tilejury_app::folders::login_name;
use tilejury_audit::audits::{AuditSize, EXPECTED_RATES, Level, audit_size, audit_sizes};
use tilejury_audit::pace::{JudgingPace, spell};
use tilejury_data::Dataset;

use super::{ScopeArgs, all_events, scope};
use crate::output::{Output, print_message};
use crate::own_sidecar;
use crate::{DatasetArgs, Outcome, annotator_name, open};

#[derive(Args)]
#[command(
    after_help = "For each number of rows: half the width of the interval, in percentage points, if the rate is 0.5, 1, 2, 6 or \
    35 %; the rate that is still possible if no row is affected; and the time at the median pace of your last 20 verdicts."
)]
pub(super) struct SizesArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    #[command(flatten)]
    scope: ScopeArgs,
    /// The numbers of rows, separated by commas [default: from 50 to 2000]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    rows: Vec<u64>,
    /// The confidence level
    #[arg(long, value_name = "L", default_value_t = 0.95)]
    level: f64,
    /// The annotator whose pace counts [default: the login name]
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    annotator: Option<String>,
    /// Print one JSON object per number of rows
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &SizesArgs) -> anyhow::Result<Outcome> {
    let level = Level::new(args.level).context("a level is between 0 and 1, such as 0.95")?;
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    let in_scope = scope(&args.scope, &args.dataset, &dataset)?;
    let keys = dataset.indices().filter(|index| in_scope(*index)).map(|index| dataset.entry(index).key);
    let population = keys.collect::<HashSet<_>>().len() as u64;
    if population == 0 {
        print_message("tilejury: no row to draw from");
        return Ok(Outcome::Findings);
    }
    let sizes = match args.rows.is_empty() {
        true => audit_sizes(population, level),
        false => args.rows.iter().filter_map(|rows| audit_size(population, *rows, level)).collect(),
    };
    if sizes.len() < args.rows.len() {
        print_message(&format!("note: left out: no row, and more than the {population} there are"));
    }
    let annotator = args.annotator.clone().unwrap_or_else(login_name);
    let seconds = seconds_per_row(args, &dataset, &annotator)?;
    let time = |rows: u64| seconds.map(|seconds| seconds * rows as f64);
    let mut out = Output::new();
    if args.json {
        for size in &sizes {
            out.json(&as_json(size, time(size.rows)))?;
        }
    } else {
        out.line(&format!("{:>6}{}  none found  time", "rows", heads()))?;
        for size in &sizes {
            out.line(&as_line(size, time(size.rows)))?;
        }
    }
    out.finish()?;
    if !args.json && seconds.is_none() {
        print_message(&format!("note: no pace of {annotator} is known before ten verdicts"));
    }
    Ok(Outcome::Success)
}

/// The median time of the annotator's last verdicts, also of those in audits.
fn seconds_per_row(args: &SizesArgs, dataset: &Dataset, annotator: &str) -> anyhow::Result<Option<f64>> {
    own_sidecar::for_reading(dataset, args.dataset.sidecar.path.as_deref())?;
    let events = all_events(dataset, &args.dataset.sidecar)?;
    let report = JudgingPace::of_events(dataset, &events, annotator).report();
    // Verdicts of a file that all have one time have no pace.
    Ok(report.median_secs.filter(|secs| *secs > 0.0))
}

fn heads() -> String {
    EXPECTED_RATES.iter().map(|rate| format!("{:>8}", format!("{} %", rate * 100.0))).collect()
}

fn as_line(size: &AuditSize, seconds: Option<f64>) -> String {
    let widths: String =
        size.half_widths.iter().map(|half| format!("{:>8}", format!("±{:.2}", half * 100.0))).collect();
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).map_or("-".to_owned(), spell);
    format!("{:>6}{widths}  {:>8.2} %  {time}", size.rows, size.none_found * 100.0)
}

fn as_json(size: &AuditSize, seconds: Option<f64>) -> Value {
    let widths = EXPECTED_RATES.iter().zip(&size.half_widths);
    let widths: Vec<Value> = widths.map(|(rate, half)| json!({"rate": rate, "half_width": half})).collect();
    json!({"rows": size.rows, "half_widths": widths, "none_found": size.none_found, "seconds": seconds})
}
