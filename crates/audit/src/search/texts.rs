//! The tiles whose texts a search asks about, looked up before the rows are searched.

use std::collections::HashSet;

use thiserror::Error;
use tilejury_data::TilePath;

use super::Search;
use super::rows::RowTest;
use crate::external::{ExternalStore, TextPattern};
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::SidecarError;

/// The tiles whose texts match the patterns of a search.
#[derive(Debug, Default)]
pub struct TextMatches(Vec<(TextPattern, HashSet<TilePath>)>);

/// A reason why texts cannot be searched.
#[derive(Debug, Error)]
pub enum TextSearchError {
    /// There is no text: an empty result would look like an answer.
    #[error("no text of any tile is known yet; `tilejury read` reads the tiles, `tilejury import-text` imports texts")]
    NothingRead,
    /// The file with the texts cannot be searched.
    #[error(transparent)]
    File(#[from] SidecarError),
}

impl TextMatches {
    /// Looks up the texts that a search asks about; nothing if it asks about none. `store` is the
    /// file with the texts, if there is one.
    ///
    /// # Errors
    /// When there is no text, or the file cannot be searched; the inner error is that `progress`
    /// cancelled the search.
    pub fn find(
        search: &Search,
        store: Option<&ExternalStore>,
        progress: &dyn Progress,
    ) -> Result<Result<Self, Cancelled>, TextSearchError> {
        let mut matches = Self::default();
        if !search.needs_texts() {
            return Ok(Ok(matches));
        }
        let Some(store) = store else { return Err(TextSearchError::NothingRead) };
        if store.searchable_tiles()? == 0 {
            return Err(TextSearchError::NothingRead);
        }
        for pattern in search.text_patterns() {
            if progress.report(Stage::Rows.step(0, 0)).is_err() {
                return Ok(Err(Cancelled));
            }
            matches.0.push((pattern.clone(), store.tiles_with(pattern)?));
        }
        Ok(Ok(matches))
    }

    /// The tiles that a test asks about; `None` if it asks about no text.
    pub(super) fn of(&self, test: &RowTest) -> Option<&HashSet<TilePath>> {
        let RowTest::Text(_, pattern) = test else { return None };
        self.0.iter().find(|(known, _)| known == pattern).map(|(_, tiles)| tiles)
    }
}

impl Search {
    /// Whether the texts of tiles must be searched first: [`TextMatches::find`].
    pub fn needs_texts(&self) -> bool {
        self.text_patterns().next().is_some()
    }

    fn text_patterns(&self) -> impl Iterator<Item = &TextPattern> {
        self.rows.iter().flat_map(|term| &term.any).filter_map(|test| match test {
            RowTest::Text(_, pattern) => Some(pattern),
            RowTest::Tile(..) | RowTest::Answer(_) => None,
        })
    }
}
