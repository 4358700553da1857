//! Lines of `candidate_reviews.jsonl`: what a vision model made of a tile when asked the query.
//!
//! A review is about a query and a tile. Whether the tile is a positive or a negative there is the row's to say, not the
//! line's: what was a candidate when it was reviewed may stand elsewhere now.

use std::io::BufRead;

use serde::Deserialize;

use super::import::LineCounts;
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

/// Reads all lines, and hands each review of each row on.
pub(super) fn read(
    rows: &RowMatcher<'_>,
    input: &mut dyn BufRead,
    tally: &mut LineCounts,
    take: &mut dyn FnMut(&MachineReview) -> Result<(), ReadStop>,
) -> Result<(), ReadStop> {
    each_line(input, &mut |number, line| {
        let (line, verdict) = match parse(line, EXPECTED).and_then(checked) {
            Ok(read) => read,
            Err(message) => return Ok(tally.bad(number, &message)),
        };
        let found = match rows.with_query(&line.query, &line.candidate_path) {
            Ok(found) => found,
            Err(why) => return Ok(tally.unmatched(why)),
        };
        tally.matched(found.iter().map(|(row, _)| *row));
        let Some(verdict) = verdict else { return Ok(tally.silent()) };
        for (row, tile) in found {
            let answer = line.answer.clone().unwrap_or_default();
            take(&MachineReview { sample: rows.key(row), tile: tile.clone(), verdict, answer })?;
        }
        Ok(true)
    })
}

/// The line's verdict; `None` for the two that tell of the reviewing and not of the tile.
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
