//! A person's choices for the grid of tiles, as they are remembered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The choices for the grid of tiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct GridChoices {
    /// The chosen numbers of columns, by the number of negatives; automatic for other numbers.
    pub(crate) columns: BTreeMap<usize, usize>,
    /// Whether tiles fill the width of their cards.
    pub(crate) fit_width: bool,
}

/// The choices of a person for a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct GridChoice {
    /// The number of columns of negatives; `None` for an automatic one.
    pub(crate) columns: Option<usize>,
    /// Whether tiles fill the width of their cards.
    pub(crate) fills_width: bool,
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
