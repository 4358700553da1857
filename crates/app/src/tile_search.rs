//! The thread that searches the texts of all tiles: the best tiles for a query, with snippets, then
//! the rows that have them. A newer search stops an older one.
//!
//! Knows no view of the results and no judgement.

use std::collections::HashMap;
use std::path::Path;

use tilejury_audit::external::ExternalStore;
use tilejury_audit::progress::{Progress, Stage};
use tilejury_audit::search::{Occurrence, SearchIndex, TextSearchError, rows_of_tiles};
use tilejury_data::{Dataset, TilePath};
use tilejury_text::Snippet;

/// The number of tiles that a search returns: nobody looks at more.
const TILES: usize = 100;

/// The answer to a search.
#[derive(Debug, Default)]
pub(crate) struct FoundTiles {
    /// The best first.
    pub(crate) tiles: Vec<TileHit>,
    /// The number of tiles with a text, or whose pictures were compared.
    pub(crate) searched: usize,
    /// The number of tiles whose pictures would be compared if all were known.
    pub(crate) others: usize,
}

/// A tile whose text has words of the query.
#[derive(Debug)]
pub(crate) struct TileHit {
    pub(crate) tile: TilePath,
    /// Its BM25 score, or its likeness, 0 to 1.
    pub(crate) score: f64,
    /// The part of its text that covers the query best.
    pub(crate) snippet: Snippet,
}

/// The rows of each tile that has any.
pub(crate) type RowsOfTiles = HashMap<TilePath, Vec<Occurrence>>;

/// Finds the best tiles for a query; `None` if `progress` cancelled the search.
///
/// # Errors
/// When there is no text, or the file with the texts cannot be searched.
pub(crate) fn find_tiles(
    query: &str,
    external: &Path,
    progress: &dyn Progress,
) -> Result<Option<FoundTiles>, TextSearchError> {
    let goes_on = || progress.report(Stage::Rows.step(0, 0)).is_ok();
    if !goes_on() {
        return Ok(None);
    }
    let Some(store) = ExternalStore::open_for_search(external)? else { return Err(TextSearchError::NothingRead) };
    let searched = store.searchable_tiles()?;
    if searched == 0 {
        return Err(TextSearchError::NothingRead);
    }
    let mut tiles = Vec::new();
    for found in store.search_texts(query, TILES)? {
        if !goes_on() {
            return Ok(None);
        }
        let text = store.text_of(&found.tile, found.origin)?.unwrap_or_default();
        tiles.push(TileHit { tile: found.tile, score: found.score, snippet: Snippet::new(query, &text) });
    }
    Ok(Some(FoundTiles { tiles, searched, others: 0 }))
}

/// Finds the rows of the tiles; `None` if `progress` cancelled the search.
pub(crate) fn find_rows(
    tiles: &[TilePath],
    dataset: &Dataset,
    index: &SearchIndex,
    progress: &dyn Progress,
) -> Option<RowsOfTiles> {
    rows_of_tiles(dataset, index, tiles, progress).ok()
}
