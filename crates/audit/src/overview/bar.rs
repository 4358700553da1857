//! A bar of a histogram, with the search that lists its rows.

use serde::Serialize;

/// The label of the bar of rows without a value.
const NONE: &str = "none";

/// A bar of a histogram.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Bar {
    /// Its label: a number, or the lower end of a range.
    pub label: String,
    /// The number of rows.
    pub rows: usize,
    /// Those with a verdict.
    pub judged: usize,
    /// The search that lists them; empty if no filter can.
    pub search: String,
}

impl Bar {
    /// The bar of the rows without a value.
    pub(super) fn none(rows: usize, judged: usize, search: String) -> Self {
        Self { label: NONE.to_owned(), rows, judged, search }
    }

    /// Whether it counts the rows without a value.
    pub fn is_none(&self) -> bool {
        self.label == NONE
    }
}
