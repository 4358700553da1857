//! `tilejury agreement` and `tilejury adjudicate`: how much annotators agree, and the rows on which
//! they differ.

use clap::Args;
use serde_json::{Value, json};
use tilejury_audit::annotators::{
    AnsweredRow, AnsweredRows, Counted, Difference, HiddenAnswer, Skills, adjudicated_rows, against_adjudicated,
    against_gold, against_oneself, agreements, differences,
};
use tilejury_audit::audits::{Audit, audit_at};
use tilejury_audit::text::count;
use tilejury_audit::{Relevance, Verdict};
use tilejury_data::{Dataset, Sample, SampleIndex};

use super::output::{Output, print_message};
use super::{DatasetArgs, Outcome, StoredJudgements, open};

#[derive(Args)]
#[command(
    after_help = "Only looks of people at single rows count: no propagated mark, nothing made in bulk, no machine. Without --audit \
    the judgements are compared that count in exports, of rows with verdicts by several people: no random draw. \
    docs/statistics.md says what each number means."
)]
pub(super) struct AgreementArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// Compare the answers in an audit
    #[arg(long, value_name = "NAME")]
    audit: Option<String>,
    /// Print likely answers and skills by the model of Dawid and Skene instead
    #[arg(long)]
    dawid_skene: bool,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[command(
    after_help = "Answer with `tilejury judge` and {\"role\": \"adjudicator\"} in the lines, for an audit also {\"audit\": NAME}. \
    Such a judgement takes the place of the others wherever judgements count. A row is settled once it has a verdict."
)]
pub(super) struct AdjudicateArgs {
    #[command(flatten)]
    dataset: DatasetArgs,
    /// The rows of an audit
    #[arg(long, value_name = "NAME")]
    audit: Option<String>,
    /// Print the rows to adjudicate: first those with a tile that is relevant for one and not for
    /// another
    #[arg(long, required = true)]
    list: bool,
    /// Print the settled rows, too
    #[arg(long)]
    all: bool,
    /// Print one JSON object per row
    #[arg(long)]
    json: bool,
}

/// Finds an audit by its name.
pub(super) fn audit_named<'a>(audits: &'a [Audit], name: &str) -> anyhow::Result<&'a Audit> {
    Ok(&audits[audit_at(audits, name)?])
}

pub(super) fn agreement(args: &AgreementArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let audit = args.audit.as_deref().map(|name| audit_named(&stored.audits, name)).transpose()?;
    let rows = match audit {
        Some(audit) => AnsweredRows::of_audit(audit, &dataset, Counted::LooksOnly),
        None => {
            print_message(
                "note: these rows are not drawn at random; the agreement is that on the rows which several people judged",
            );
            AnsweredRows::standing(&stored.events, &dataset, Counted::LooksOnly)
        }
    };
    print_changed(audit, &dataset);
    if audit.is_some_and(|audit| !audit.plan.blind) {
        print_message("note: not blind: annotators could see what others and machines said");
    }
    let mut out = Output::new();
    if args.dawid_skene {
        print_skills(&mut out, &dataset, &Skills::new(&rows), args.json)?;
        out.finish()?;
        return Ok(Outcome::Success);
    }
    let contested: Vec<&AnsweredRow> = rows.contested().collect();
    if !contested.is_empty() {
        let places: Vec<String> = contested.iter().map(|row| dataset.describe_position(row.index)).collect();
        print_message(&format!(
            "note: adjudicators gave different words on {}: {}; these count as unsure until `tilejury adjudicate` settles them",
            count(contested.len(), "row"),
            places.join(", ")
        ));
    }
    let mut pairs = agreements(&rows);
    let mut against = against_adjudicated(&rows);
    if let Some(audit) = audit {
        pairs.extend(against_oneself(audit, &dataset));
        let others: Vec<&Audit> = stored.audits.iter().filter(|other| other.id != audit.id).collect();
        against.extend(against_gold(audit, &adjudicated_rows(&others, &stored.events, &dataset), &dataset));
    }
    for pair in &pairs {
        match args.json {
            true => out.json(pair)?,
            false => pair.lines().iter().try_for_each(|line| out.line(line))?,
        }
    }
    for one in &against {
        match args.json {
            true => out.json(one)?,
            false => out.line(&one.line())?,
        }
    }
    if args.json && !contested.is_empty() {
        out.json(&json!({"kind": "adjudicators", "rows": contested.len()}))?;
    }
    out.finish()?;
    Ok(Outcome::Success)
}

/// Reports rows of an audit that are left out because they changed.
fn print_changed(audit: Option<&Audit>, dataset: &Dataset) {
    let Some(audit) = audit else { return };
    let sample = |key| dataset.sample(dataset.find(key)?).ok();
    let has_changed = |key: &&_| sample(**key).is_some_and(|sample| audit.has_changed(&sample));
    let changed = audit.rows.iter().filter(has_changed).count();
    if changed > 0 {
        print_message(&format!(
            "note: {} of this audit changed since it was planned; what was said about them is left out",
            count(changed, "row")
        ));
    }
}

fn print_skills(out: &mut Output, dataset: &Dataset, skills: &Skills, as_json: bool) -> anyhow::Result<()> {
    if !skills.is_identified {
        print_message(
            "note: no negative has answers of three annotators, and two do not determine their skills: these numbers rest on assumptions",
        );
    }
    if as_json {
        out.json(&json!({
            "kind": "share", "relevant": skills.share, "steps": skills.steps, "identified": skills.is_identified,
        }))?;
    } else if let Some(share) = skills.share {
        out.line(&format!("{:.2} % of these negatives are relevant by the model", share * 100.0))?;
    }
    for skill in &skills.annotators {
        match as_json {
            true => out.json(&with_kind("skill", json!(skill)))?,
            false => out.line(&format!(
                "{}: calls a relevant negative relevant with {:.3}, another one not relevant with {:.3} ({})",
                skill.annotator,
                skill.sensitivity,
                skill.specificity,
                count(skill.answers as usize, "answer"),
            ))?,
        }
    }
    for tile in skills.tiles.iter().filter(|_| as_json) {
        let (split, line) = place(dataset, tile.index);
        out.json(&json!({
            "kind": "tile", "split": split, "line": line, "tile": spelling(dataset, tile.index, tile.tile.as_str()),
            "answers": tile.answers, "probability": tile.probability,
        }))?;
    }
    Ok(())
}

fn with_kind(kind: &str, mut value: Value) -> Value {
    value["kind"] = json!(kind);
    value
}

pub(super) fn adjudicate(args: &AdjudicateArgs) -> anyhow::Result<Outcome> {
    let dataset = open(&args.dataset.dataset)?;
    let stored = StoredJudgements::read(&dataset, &args.dataset.sidecar)?;
    let audit = args.audit.as_deref().map(|name| audit_named(&stored.audits, name)).transpose()?;
    print_changed(audit, &dataset);
    let (rows, findings) = match audit {
        Some(audit) => (AnsweredRows::of_audit(audit, &dataset, Counted::All), audit.plan.adjudicate_relevant),
        None => (AnsweredRows::standing(&stored.events, &dataset, Counted::All), false),
    };
    let all = differences(&rows, &dataset, findings);
    let settled = all.iter().filter(|row| row.is_settled()).count();
    let mut out = Output::new();
    for row in all.iter().filter(|row| args.all || !row.is_settled()) {
        match args.json {
            true => out.json(&as_json(&dataset, row))?,
            false => in_lines(&dataset, row).iter().try_for_each(|line| out.line(line))?,
        }
    }
    out.finish()?;
    print_message(&format!("{} to adjudicate, {settled} settled", count(all.len() - settled, "row")));
    if audit.is_none() {
        print_open_audits(&stored.audits, &dataset);
    }
    Ok(Outcome::Success)
}

/// Names the audits that have rows to adjudicate: they are not among the others.
fn print_open_audits(audits: &[Audit], dataset: &Dataset) {
    for audit in audits {
        let rows = AnsweredRows::of_audit(audit, dataset, Counted::All);
        let all = differences(&rows, dataset, audit.plan.adjudicate_relevant);
        let open = all.iter().filter(|row| !row.is_settled()).count();
        if open > 0 {
            let (name, open) = (&audit.plan.name, count(open, "row"));
            print_message(&format!("note: the audit “{name}” has {open} to adjudicate; --audit lists them"));
        }
    }
}

fn place(dataset: &Dataset, index: SampleIndex) -> (String, u64) {
    (dataset.split_of(index).name.clone(), dataset.line_of(index).get())
}

/// The path of a tile as its row spells it.
pub(super) fn spelling(dataset: &Dataset, index: SampleIndex, tile: &str) -> String {
    let sample = dataset.sample(index).ok();
    let own = sample.iter().flat_map(Sample::tiles).find(|own| own.path.as_str() == tile);
    own.map_or_else(|| tile.to_owned(), |own| own.spelling.clone())
}

fn as_json(dataset: &Dataset, row: &Difference) -> Value {
    let (split, line) = place(dataset, row.index);
    let tiles: Vec<String> = row.tiles.iter().map(|tile| spelling(dataset, row.index, tile.as_str())).collect();
    let answer = |one: &HiddenAnswer| {
        let judgement = &one.judgement;
        let tiles: serde_json::Map<String, Value> = judgement
            .tiles
            .iter()
            .map(|(tile, relevance)| (spelling(dataset, row.index, tile.as_str()), json!(relevance.word())))
            .collect();
        let mut line = json!({
            "verdict": judgement.verdict.map(Verdict::word),
            "reasons": judgement.reasons.iter().map(|reason| reason.word()).collect::<Vec<_>>(),
            "tiles": tiles,
            "note": judgement.note,
        });
        if one.of_adjudicator {
            line["adjudicator"] = json!(true);
        }
        line
    };
    json!({
        "split": split, "line": line, "why": row.kind.word(), "tiles": tiles,
        "answers": row.answers.iter().map(answer).collect::<Vec<_>>(), "settled": row.is_settled(),
    })
}

fn in_lines(dataset: &Dataset, row: &Difference) -> Vec<String> {
    let words = |one: &HiddenAnswer| {
        let verdict = one.judgement.verdict.map_or("no verdict", Verdict::label).to_lowercase();
        let tile = |tile| one.judgement.relevance(tile).map_or("no mark", Relevance::label).to_lowercase();
        let tiles: Vec<String> = row.tiles.iter().map(tile).collect();
        let who = if one.of_adjudicator { "an adjudicator: " } else { "" };
        if tiles.is_empty() { format!("{who}{verdict}") } else { format!("{who}{verdict} ({})", tiles.join(", ")) }
    };
    let answers: Vec<String> = row.answers.iter().map(words).collect();
    let state = if row.is_settled() { "; settled" } else { "" };
    let mut lines = vec![format!(
        "{}: {}: {}{state}",
        dataset.describe_position(row.index),
        row.kind.label().to_lowercase(),
        answers.join(" / ")
    )];
    lines.extend(row.tiles.iter().map(|tile| format!("  {}", spelling(dataset, row.index, tile.as_str()))));
    lines
}
