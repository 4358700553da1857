//! Lines with the text of a tile, from a program that reads pictures or from the rendering itself:
//! `{"path", "text"}`.

use std::io::BufRead;

use serde::Deserialize;
use tilejury_data::TilePath;

use super::TileText;
use super::counts::LineCounts;
use super::lines::{ReadStop, each_line, parse};
use super::parquet_lines::ImportColumns;
use super::rows::{RowMatcher, Unmatched};

const EXPECTED: &str = r#"{"path", "text"}"#;

/// The columns of a Parquet file.
pub(super) const COLUMNS: ImportColumns = ImportColumns { required: &["path", "text"], one_of: &[], optional: &[] };

#[derive(Deserialize)]
struct Line {
    path: String,
    /// Null if nothing could be read.
    text: Option<String>,
}

/// Reads all lines, and passes the text of each tile that a row names to `take`.
pub(super) fn read(
    rows: &RowMatcher<'_>,
    input: &mut dyn BufRead,
    counts: &mut LineCounts,
    take: &mut dyn FnMut(&TileText) -> Result<(), ReadStop>,
) -> Result<(), ReadStop> {
    let rows_of_tile = rows.rows_by_tile();
    each_line(input, &mut |number, line| {
        let line: Line = match parse(line, EXPECTED) {
            Ok(line) => line,
            Err(message) => return Ok(counts.bad(number, &message)),
        };
        let Some(tile) = rows.tile(&line.path) else { return Ok(counts.unmatched(Unmatched::Tile)) };
        counts.matched(rows_of_tile.get(tile).into_iter().flatten().copied());
        let Some(text) = line.text else { return Ok(counts.silent()) };
        take(&TileText { tile: TilePath::clone(tile), text })?;
        Ok(true)
    })
}
