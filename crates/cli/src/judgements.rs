//! `tilejury judgements`: prints judgements in the form that `tilejury judge` reads.

use clap::{Args, ValueEnum};
use serde_json::Value;
use tilejury_audit::interchange::{self, AUDIT_FIELD, EVENT_FIELDS, JUDGEMENT_FIELDS};

use super::agreement::audit_named;
use super::output::{Output, spinner};
use super::{DatasetArgs, Outcome, StoredJudgements, audit, judgement_scope, open};

#[derive(Args)]
pub(super) struct JudgementsArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Jsonl)]
    format: Format,
    /// The same as --format jsonl
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// Print every event, oldest first, instead of the current judgements
    #[arg(long)]
    history: bool,
    /// Print only this annotator's judgements
    #[arg(long, value_name = "NAME")]
    annotator: Option<String>,
    /// Print the answers of this audit, with its name, instead of the judgements that count
    /// elsewhere
    #[arg(long, value_name = "NAME")]
    audit: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object per line
    Jsonl,
    /// A header and one line per judgement; lists and tiles as JSON
    Csv,
}

pub(super) fn run(args: &JudgementsArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let mut stored = StoredJudgements::read_any(&dataset, &args.dataset.sidecar)?;
    let audit = args.audit.as_deref().map(|name| audit_named(&stored.audits, name)).transpose()?.cloned();
    if let Some(audit) = &audit {
        stored.events = interchange::answers_of(audit, &audit::all_events(&dataset, &args.dataset.sidecar)?);
    }
    if let Err(refused) = judgement_scope(&stored, args.annotator.as_deref()) {
        return Ok(refused);
    }
    if let Some(name) = &args.annotator {
        stored.events.retain(|event| &*event.annotator == name);
    }
    let collecting = spinner("collecting the judgements");
    let (events, samples) = (&stored.events, &stored.samples);
    let lines = match (&audit, args.history) {
        (None, false) => interchange::current(&dataset, events, samples),
        (None, true) => interchange::history(&dataset, events, samples),
        (Some(audit), false) => interchange::current_of_audit(&dataset, audit, events, samples),
        (Some(audit), true) => interchange::history_of_audit(&dataset, audit, events, samples),
    };
    collecting.finish_and_clear();
    let mut out = Output::new();
    match args.format {
        Format::Jsonl => {
            for line in &lines {
                out.json(line)?;
            }
        }
        Format::Csv => {
            let mut columns = if args.history { EVENT_FIELDS.to_vec() } else { JUDGEMENT_FIELDS.to_vec() };
            columns.extend(audit.map(|_| AUDIT_FIELD));
            csv(&mut out, &lines, &columns)?;
        }
    }
    out.finish()?;
    Ok(Outcome::Success)
}

fn csv(out: &mut Output, lines: &[Value], columns: &[&str]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns)?;
    for line in lines {
        let cell = |column: &&str| match line.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        writer.write_record(columns.iter().map(cell))?;
    }
    writer.flush()?;
    Ok(())
}
