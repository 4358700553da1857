//! The findings of signals as columns: a row for each reason of each suspect.

use tilejury_audit::suspicion::{Findings, Suspect};
use tilejury_data::{Dataset, Row};

use super::rows::line_number;
use super::{Batches, Column, in_batches};

/// A finding in words.
struct Line {
    split: String,
    line: i64,
    key: String,
    path: Option<String>,
    role: &'static str,
    score: f64,
    signal: &'static str,
    strength: f64,
    reason: String,
}

/// The stream of all findings, those of the most suspicious row or tile first. Suspects without a
/// finding of their own have none.
pub(crate) fn findings(dataset: &Dataset, found: &Findings) -> Batches {
    let lines = found.suspects().into_iter().flat_map(|suspect| lines_of(dataset, found, suspect)).collect();
    in_batches(lines, columns)
}

fn lines_of(dataset: &Dataset, found: &Findings, suspect: Suspect) -> Vec<Line> {
    let sample = suspect.sample;
    let spelled = |row: &Row<'_>| match suspect.tile?.index().checked_sub(1) {
        None => Some(row.positive.to_string()),
        Some(negative) => row.negatives.get(negative).map(ToString::to_string),
    };
    let mut against = found.against(suspect).peekable();
    let path = against.peek().and_then(|_| spelled(&dataset.row(sample).ok()?));
    let line = |finding: &tilejury_audit::suspicion::Finding| Line {
        split: dataset.split_of(sample).name.clone(),
        line: line_number(dataset, sample),
        key: dataset.entry(sample).key.to_string(),
        path: path.clone(),
        role: suspect.tile.map_or("row", |tile| if tile.is_positive() { "positive" } else { "negative" }),
        score: rounded(suspect.score),
        signal: finding.signal.word(),
        strength: rounded(finding.strength),
        reason: finding.sentence(dataset),
    };
    against.map(line).collect()
}

/// Rounds to four places, as `tilejury rank` does: further digits are artefacts of the arithmetic.
fn rounded(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

fn columns(lines: &[Line]) -> Vec<Column> {
    let lines = || lines.iter();
    vec![
        Column::texts("split", lines().map(|line| &line.split)),
        Column::integers("line", lines().map(|line| line.line)),
        Column::texts("key", lines().map(|line| &line.key)),
        Column::optional_texts("path", lines().map(|line| line.path.as_ref())),
        Column::texts("role", lines().map(|line| line.role)),
        Column::fractions("score", lines().map(|line| line.score)),
        Column::texts("signal", lines().map(|line| line.signal)),
        Column::fractions("strength", lines().map(|line| line.strength)),
        Column::texts("reason", lines().map(|line| &line.reason)),
    ]
}
