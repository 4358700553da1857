//! The report of a review in Markdown: its counts, the problems of the set, the precision of the
//! signals, and every row that an export would change.
//!
//! Makes the text; writing it is for the caller.

use std::fmt::Write as _;

use tilejury_data::{Dataset, SampleIndex};

use crate::interval::wilson;
use crate::judgement::{Judgement, Judgements, Verdict};
use crate::overview::Overview;
use crate::text::grouped;
use crate::time::Timestamp;

/// The largest number of rows that are listed.
const MOST_ROWS: usize = 2000;
/// The largest number of characters of a query or note.
const LONGEST_TEXT: usize = 120;

/// The data of a report.
pub struct ReportInputs<'a> {
    /// The dataset.
    pub dataset: &'a Dataset,
    /// Its name.
    pub name: &'a str,
    /// The annotator whose judgements are reported.
    pub annotator: &'a str,
    /// The judgements.
    pub judgements: &'a Judgements,
    /// The overview of the same judgements.
    pub overview: &'a Overview,
    /// The moment of the report.
    pub at: Timestamp,
}

/// Writes the report.
pub fn markdown(inputs: &ReportInputs<'_>) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write_report(&mut out, inputs);
    out
}

fn write_report(out: &mut String, inputs: &ReportInputs<'_>) -> std::fmt::Result {
    let overview = inputs.overview;
    let changed = changed_rows(inputs);
    writeln!(out, "# Review of {}\n", cell(inputs.name))?;
    let share = 100.0 * overview.judged as f64 / overview.rows.max(1) as f64;
    writeln!(out, "- Annotator: {}", cell(inputs.annotator))?;
    writeln!(out, "- Date: {}", inputs.at)?;
    writeln!(
        out,
        "- Rows: {}, of which {} are judged ({share:.1} %)",
        grouped(overview.rows),
        grouped(overview.judged)
    )?;
    writeln!(out, "- Rows to change: {}\n", grouped(changed.len()))?;
    writeln!(out, "| split | rows | accepted | rejected | unsure | not judged |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    for split in &overview.splits {
        let open = split.rows - split.judged();
        let (name, rows) = (cell(&split.name), split.rows);
        writeln!(out, "| {name} | {rows} | {} | {} | {} | {open} |", split.accepted, split.rejected, split.unsure)?;
    }
    if !overview.problems.is_empty() {
        writeln!(out, "\n## Problems\n")?;
        for problem in &overview.problems {
            let doubt = if problem.certain { "" } else { " (to be inspected)" };
            writeln!(out, "- {}{doubt}: {}", problem.text, problem.in_export)?;
        }
    }
    if !overview.signals.is_empty() {
        writeln!(out, "\n## Signals\n")?;
        writeln!(out, "| signal | findings | judged | confirmed | precision | 95 % interval |")?;
        writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
        for signal in &overview.signals {
            let percent = |share: f64| format!("{:.0} %", 100.0 * share);
            let interval = wilson(signal.confirmed, signal.judged);
            let interval = interval.map(|(low, high)| format!("{} to {}", percent(low), percent(high)));
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                signal.label,
                signal.raised,
                signal.judged,
                signal.confirmed,
                signal.precision.map(percent).unwrap_or_default(),
                interval.unwrap_or_default()
            )?;
        }
    }
    writeln!(out, "\n## Rows to change\n")?;
    if changed.is_empty() {
        return writeln!(out, "None: no judged row is rejected or unsure, and none has a false negative.");
    }
    writeln!(out, "| row | query | verdict | false negatives | note |")?;
    writeln!(out, "|---|---|---|---:|---|")?;
    for (sample, judgement, false_negatives) in changed.iter().take(MOST_ROWS) {
        let query = inputs.dataset.row(*sample).map(|row| cell(&row.query)).unwrap_or_default();
        let (split, line) = (cell(&inputs.dataset.split_of(*sample).name), inputs.dataset.line_of(*sample));
        let (verdict, note) = (verdict_of(judgement), cell(&judgement.note));
        writeln!(out, "| {split}:{line} | {query} | {verdict} | {false_negatives} | {note} |")?;
    }
    if changed.len() > MOST_ROWS {
        writeln!(out, "\nAnd {} more.", grouped(changed.len() - MOST_ROWS))?;
    }
    Ok(())
}

/// The rows that are rejected or unsure, or have a wrong positive or false negatives, by index;
/// with the number of their false negatives.
fn changed_rows<'a>(inputs: &'a ReportInputs<'_>) -> Vec<(SampleIndex, &'a Judgement, usize)> {
    let mut changed: Vec<_> = inputs
        .judgements
        .iter()
        .filter_map(|(key, judgement)| {
            let index = inputs.dataset.find(*key)?;
            let sample = inputs.dataset.sample(index).ok()?;
            let false_negatives = judgement.false_negatives(&sample);
            let is_changed = matches!(judgement.verdict, Some(Verdict::Reject | Verdict::Unsure))
                || false_negatives > 0
                || judgement.wrong_positive(&sample);
            is_changed.then_some((index, judgement, false_negatives))
        })
        .collect();
    changed.sort_by_key(|(index, ..)| *index);
    changed
}

/// The verdict with its reasons.
fn verdict_of(judgement: &Judgement) -> String {
    let verdict = judgement.verdict.map_or("none", |verdict| verdict.word());
    let reasons: Vec<&str> = judgement.reasons.iter().map(|reason| reason.label()).collect();
    match reasons.is_empty() {
        true => verdict.to_owned(),
        false => format!("{verdict}: {}", reasons.join(", ")),
    }
}

/// A text for a cell of a table: on one line, not too long, with nothing that Markdown reads as
/// more than text.
fn cell(text: &str) -> String {
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = one_line.chars().take(LONGEST_TEXT).collect();
    if short.len() < one_line.len() {
        short.push('…');
    }
    let mut escaped = String::with_capacity(short.len());
    for sign in short.chars() {
        if matches!(sign, '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#') {
            escaped.push('\\');
        }
        escaped.push(sign);
    }
    escaped
}
