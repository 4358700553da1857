//! Lines of `candidate_reviews.jsonl`: a vision model's reviews of tiles, given a query.
//!
//! A review is about a query and a tile. The row, not the line, decides whether the tile is a
//! positive or a negative: a tile that was a candidate when it was reviewed may be something else
//! now.

use std::io::BufRead;

use serde::Deserialize;

use super::counts::LineCounts;
use super::lines::{ReadStop, each_line, parse};
use super::rows::RowMatcher;
use super::{MachineReview, MachineVerdict};

const EXPECTED: &str = r#"{"query", "candidate_path", "verdict", "answer", "path_role"}"#;

#[derive(Deserialize)]
struct Line {
    query: String,
    candidate_path: String,
    verdict: String,
    answer: Option<String>,
    path_role: Option<String>,
}

/// Reads all lines, and passes each review of each row to `take`.
pub(super) fn read(
    rows: &RowMatcher<'_>,
    input: &mut dyn BufRead,
    counts: &mut LineCounts,
    take: &mut dyn FnMut(&MachineReview) -> Result<(), ReadStop>,
) -> Result<(), ReadStop> {
    each_line(input, &mut |number, line| {
        let (line, verdict) = match parse(line, EXPECTED).and_then(checked) {
            Ok(parsed) => parsed,
            Err(message) => return Ok(counts.bad(number, &message)),
        };
        let found = match rows.with_query(&line.query, &line.candidate_path) {
            Ok(found) => found,
            Err(reason) => return Ok(counts.unmatched(reason)),
        };
        counts.matched(found.iter().map(|(row, _)| *row));
        let Some(verdict) = verdict else { return Ok(counts.silent()) };
        for (row, tile) in found {
            let answer = line.answer.clone().unwrap_or_default();
            take(&MachineReview { sample: rows.key(row), tile: tile.clone(), verdict, answer })?;
        }
        Ok(true)
    })
}

/// Returns the line's verdict; `None` for the two words that report a failed review.
fn checked(line: Line) -> Result<(Line, Option<MachineVerdict>), String> {
    if line.path_role.as_deref().is_some_and(|role| !["positive", "candidate"].contains(&role)) {
        return Err(format!("`path_role`: {:?}; expected positive or candidate", line.path_role.unwrap_or_default()));
    }
    let verdict = match line.verdict.as_str() {
        "MISSING_FILE" | "API_ERROR" => None,
        word => Some(word.parse().map_err(|_: String| {
            format!("`verdict`: `{word}` is no verdict; expected CORRECT, WRONG or CANNOT_ANSWER, or MISSING_FILE or API_ERROR")
        })?),
    };
    Ok((line, verdict))
}
