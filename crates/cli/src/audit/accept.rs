//! `tilejury audit accept`: accepts all rows of a set that an audit was drawn from, in one step,
//! and undoes that.

use std::sync::Arc;

use clap::Args;
use serde_json::json;
use tilejury_audit::audits::{self, Audit, FoundSet, TileRule};
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::text::{count, grouped};
use tilejury_audit::{Event, now};
use tilejury_data::Dataset;

use super::new::imported;
use super::{NamedArgs, scope_of};
use crate::output::{Output, print_message};
use crate::{Outcome, open_for_writing};

#[derive(Args)]
#[command(
    after_help = "Without --yes, only prints what the draw shows. A set of rows is accepted as it is: the positives right, no relevant \
    negative. A set of tiles gets the marks of its plan. Drawn ones that were judged wrong are kept out, and the verdicts and marks \
    of people stay. The words are those of annotator machine:NAME: they count in exports where no person gave one, and in no rate. \
    --undo undoes all of them."
)]
pub(super) struct AcceptArgs {
    #[command(flatten)]
    named: NamedArgs,
    /// Accept the set
    #[arg(long, conflicts_with = "undo")]
    yes: bool,
    /// Undo the acceptance
    #[arg(long)]
    undo: bool,
}

pub(super) fn run(args: &AcceptArgs) -> anyhow::Result<Outcome> {
    let (dataset, audit) = super::opened(&args.named)?;
    let dataset = Arc::new(dataset);
    let (mut sidecar, _) = open_for_writing(&dataset, &args.named.dataset.sidecar)?;
    let events = sidecar.all_events()?;
    if args.undo {
        return match audits::undo_acceptance(&audit, &dataset, &events, now()) {
            Ok(made) => {
                sidecar.append(&made, &[], None)?;
                print(args, &json!({"name": audit.plan.name, "undone": true}), "The acceptance is undone.")
            }
            Err(error) => Ok(refused(&error.to_string())),
        };
    }
    let set = set_of(args, &dataset, &audit)?;
    let found = match audits::accept_set(&audit, &dataset, &set, &events, now()) {
        Ok(found) => found,
        Err(error) => return Ok(refused(&error.to_string())),
    };
    if args.yes {
        sidecar.append(&found.events, &records(&dataset, &found.events), None)?;
    }
    let tiles = audit.plan.tiles();
    let mut line = json!({
        "name": audit.plan.name, "set": tiles.map_or(&audit.plan.population_hash, |set| &set.hash), "rows": found.rows,
        "kept_out": found.kept_out, "judged": found.judged, "sentence": found.sentence, "accepted": args.yes,
    });
    if let Some(set) = tiles {
        (line["tiles"], line["word"]) = (json!(found.tiles), json!(set.word));
    }
    let done = match (args.yes, tiles) {
        (true, None) => "Accepted".to_owned(),
        (true, Some(set)) => format!("Marked as {}", set.word.label()),
        (false, None) => "Not accepted yet; --yes accepts".to_owned(),
        (false, Some(set)) => format!("Not marked yet; --yes marks as {}", set.word.label()),
    };
    let (number, unit) = found.units();
    let (units, wrong, judged) = (count(number, unit), grouped(found.kept_out), grouped(found.judged));
    let text = format!(
        "{}\n{done}: {units}. Kept out: {wrong} that were judged wrong, {judged} that people judged.",
        found.sentence
    );
    print(args, &line, &text)
}

/// The set that the rule of an audit finds now.
fn set_of(args: &AcceptArgs, dataset: &Arc<Dataset>, audit: &Audit) -> anyhow::Result<FoundSet> {
    let (split, filter) = (audit.plan.split.as_deref(), audit.plan.filter.as_deref());
    let sidecar = &args.named.dataset.sidecar;
    let in_scope = scope_of(split, filter, dataset, sidecar)?;
    let Some(set) = audit.plan.tiles() else {
        return Ok(FoundSet::Rows(dataset.indices().filter(|index| in_scope(*index)).collect()));
    };
    let rule: TileRule = set.rule.parse().map_err(|error: String| anyhow::anyhow!(error))?;
    Ok(FoundSet::Tiles(rule.tiles(&imported(dataset, sidecar)?, dataset, in_scope)?))
}

fn records(dataset: &Dataset, events: &[Event]) -> Vec<SampleRecord> {
    events.iter().filter_map(|event| SampleRecord::new(dataset, dataset.find(event.sample)?)).collect()
}

fn refused(reason: &str) -> Outcome {
    print_message(&format!("tilejury: {reason}"));
    Outcome::Findings
}

fn print(args: &AcceptArgs, line: &serde_json::Value, text: &str) -> anyhow::Result<Outcome> {
    let mut out = Output::new();
    match args.named.json {
        true => out.json(line)?,
        false => out.line(text)?,
    }
    out.finish()?;
    Ok(Outcome::Success)
}
