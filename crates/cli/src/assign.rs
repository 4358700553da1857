//! `tilejury assign`: divides rows among annotators, or withdraws that.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tilejury_app::folders::login_name;
use tilejury_audit::assignments::{Assignment, AssignmentPlan};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Sidecar, audits, now};
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use super::filter::filtered_rows;
use super::output::{Output, print_message};
use super::{DatasetArgs, Outcome, StoredJudgements, annotator_name, open, open_for_writing, stop_switch};

#[derive(Args)]
#[command(
    after_help = "Each row goes to one of the names by a hash of the seed, the row and the name, the same on every machine; those of the \
    overlap go to two. An assignment is exchanged with the judgements. `--filter assigned:ada` finds the rows later, in the window also \
    `assigned:me`. The judgements of these rows are no random draw: `tilejury audit new` plans one."
)]
pub(super) struct AssignArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The annotators, separated by commas
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',')]
    to: Vec<String>,
    /// Assign the rows that this search finds
    #[arg(long, allow_hyphen_values = true, value_name = "SEARCH", conflicts_with = "all")]
    filter: Option<String>,
    /// Assign all rows
    #[arg(long)]
    all: bool,
    /// The share of rows that two annotators judge, 0 for none [default: 0.1 with several
    /// annotators]
    #[arg(long, value_name = "SHARE")]
    overlap: Option<f64>,
    /// The seed by which rows are divided [default: a random one, which is stored]
    #[arg(long, value_name = "S")]
    seed: Option<String>,
    /// The name of the person who assigns [default: the login name]
    #[arg(long, value_name = "NAME", value_parser = annotator_name)]
    by: Option<String>,
    /// List the assignments instead
    #[arg(long, conflicts_with_all = ["to", "filter", "all", "withdraw"])]
    list: bool,
    /// Withdraw an assignment instead, by the id that --list prints
    #[arg(long, value_name = "ID", conflicts_with_all = ["to", "filter", "all"])]
    withdraw: Option<String>,
    /// Print one JSON object per assignment
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &AssignArgs) -> anyhow::Result<Outcome> {
    let dataset = Arc::new(open(&args.dataset.dataset)?);
    if args.list {
        let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
        return print(&stored.assignments, args.json);
    }
    let by = args.by.clone().unwrap_or_else(login_name);
    if let Some(id) = &args.withdraw {
        return withdraw(args, &dataset, id, &by);
    }
    let filter = args.filter.clone().unwrap_or_default();
    let seed = args.seed.clone().unwrap_or_else(audits::random_seed);
    let plan = match AssignmentPlan::new(&args.to, args.overlap, &seed, &filter) {
        Ok(plan) => plan,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let rows: Vec<SampleIndex> = match (&args.filter, args.all) {
        (Some(filter), _) => filtered_rows(filter, &dataset, &args.dataset.sidecar, &stop_switch())?,
        (None, true) => dataset.indices().collect(),
        (None, false) => return Ok(refused("name the rows by --filter SEARCH, or take --all")),
    };
    let records: Vec<SampleRecord> = rows.iter().filter_map(|index| SampleRecord::new(&dataset, *index)).collect();
    let keys: Vec<SampleKey> = records.iter().map(|record| record.key).collect();
    let events = match plan.events(&keys, &by, now()) {
        Ok(events) => events,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    let (mut sidecar, _) = open_for_writing(&dataset, &args.dataset.sidecar)?;
    sidecar.append(&events, &records, None)?;
    let made = tilejury_audit::assignments::assignments(&events);
    print(&made, args.json)
}

fn refused(reason: &str) -> Outcome {
    print_message(&format!("tilejury: {reason}"));
    Outcome::Findings
}

fn withdraw(args: &AssignArgs, dataset: &Dataset, id: &str, by: &str) -> anyhow::Result<Outcome> {
    let (mut sidecar, _): (Sidecar, _) = open_for_writing(dataset, &args.dataset.sidecar)?;
    let all = tilejury_audit::assignments::assignments(&sidecar.all_events()?);
    let found: Vec<&Assignment> = all.iter().filter(|one| !one.withdrawn && one.short_id() == id).collect();
    let [one] = found[..] else {
        return Ok(refused(&format!("there is no assignment {id}; --list prints all")));
    };
    let events: Vec<_> = one.withdraw(by, now()).into_iter().collect();
    sidecar.append(&events, &[], None)?;
    print_message(&format!("{} withdrawn; what was judged stays", count(one.rows.len(), "assigned row")));
    Ok(Outcome::Success)
}

fn print(assignments: &[Assignment], is_json: bool) -> anyhow::Result<Outcome> {
    let mut out = Output::new();
    for one in assignments {
        let shares = one.plan.shares(&one.rows);
        if is_json {
            let shares: serde_json::Map<String, serde_json::Value> =
                shares.iter().map(|(name, rows)| ((*name).to_owned(), json!(rows))).collect();
            out.json(&json!({
                "id": one.short_id(), "by": &*one.by, "at": one.at.to_string(), "rows": one.rows.len(), "to": shares,
                "overlap": one.plan.overlap, "seed": one.plan.seed, "filter": one.plan.filter, "withdrawn": one.withdrawn,
            }))?;
            continue;
        }
        let shares: Vec<String> = shares.iter().map(|(name, rows)| format!("{name} {}", grouped(*rows))).collect();
        let filter = if one.plan.filter.is_empty() { String::new() } else { format!(" ({})", one.plan.filter) };
        let state = if one.withdrawn { ", withdrawn" } else { "" };
        out.line(&format!(
            "{}: {}{filter} to {}; seed {}{state}",
            one.short_id(),
            count(one.rows.len(), "row"),
            shares.join(", "),
            one.plan.seed
        ))?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}
