//! A person's choices for the grid of tiles, as they are remembered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ui::placement::GridChoice;

/// The choices for the grid of tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GridChoices {
    /// The chosen numbers of columns, by the number of negatives; automatic for other numbers.
    pub(crate) columns: BTreeMap<usize, usize>,
    /// Whether tiles fill the width of their cards.
    pub(crate) fit_width: bool,
}

impl GridChoices {
    /// The choices for a row with so many negatives.
    pub(crate) fn of(&self, negatives: usize) -> GridChoice {
        GridChoice { columns: self.columns.get(&negatives).copied(), fills_width: self.fit_width }
    }

    /// Chooses the columns for rows with so many negatives; `None` for automatic ones.
    pub(crate) fn set_columns(&mut self, negatives: usize, columns: Option<usize>) {
        match columns {
            Some(columns) => self.columns.insert(negatives, columns),
            None => self.columns.remove(&negatives),
        };
    }
}
