//! Lines with the text of a tile, as a program for reading pictures or the rendering itself gave it: `{"path", "text"}`.

use std::io::BufRead;

use serde::Deserialize;
use tilejury_data::TilePath;

use super::TileText;
use super::import::LineCounts;
use super::lines::{ReadStop, each_line, parse};
use super::rows::{RowMatcher, Unmatched};

const EXPECTED: &str = r#"{"path", "text"}"#;

#[derive(Deserialize)]
struct Line {
    path: String,
    /// Null where nothing could be read.
    text: Option<String>,
}

/// Reads all lines, and hands the text of each tile that a row names on.
pub(super) fn read(
    rows: &RowMatcher<'_>,
    input: &mut dyn BufRead,
    tally: &mut LineCounts,
    take: &mut dyn FnMut(&TileText) -> Result<(), ReadStop>,
) -> Result<(), ReadStop> {
    let holding = rows.rows_holding();
    each_line(input, &mut |number, line| {
        let line: Line = match parse(line, EXPECTED) {
            Ok(line) => line,
            Err(message) => return Ok(tally.bad(number, &message)),
        };
        let Some(tile) = rows.tile(&line.path) else { return Ok(tally.unmatched(Unmatched::Tile)) };
        tally.matched(holding.get(tile).into_iter().flatten().map(|row| *row as usize));
        let Some(text) = line.text else { return Ok(tally.silent()) };
        take(&TileText { tile: TilePath::clone(tile), text })?;
        Ok(true)
    })
}
