//! The record of the acceptance of a set. Accepts nothing; `acceptance.rs` does.

use serde::{Deserialize, Serialize};

use super::stored::Audit;
use super::tile_word::TileWord;

/// The record of an acceptance, stored as JSON; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSet {
    /// The hash of the set.
    pub set: String,
    /// The accepted rows; of a set of tiles, those that have one.
    pub rows: usize,
    /// The marked tiles; none if rows were accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tiles: Option<usize>,
    /// The word on these tiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub word: Option<TileWord>,
    /// Drawn rows or tiles that were kept out because they are wrong.
    pub kept_out: usize,
    /// The result of the draw in words.
    pub sentence: String,
}

impl AcceptedSet {
    /// The number of accepted units: tiles, or rows.
    pub fn units(&self) -> usize {
        self.tiles.unwrap_or(self.rows)
    }
}

impl Audit {
    /// The acceptance of its set, if it was accepted and that was not undone.
    pub fn accepted_set(&self) -> Option<AcceptedSet> {
        serde_json::from_str(&self.accepted.as_ref()?.1).ok()
    }
}
