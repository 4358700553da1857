//! The origin of a judgement: how its sample was selected, whether it was propagated from another
//! row, and whether accepting the row confirmed it.
//!
//! A sample that was selected as suspicious does not represent the rest of a set, and nobody saw
//! the tile of a propagated mark in its own row. Neither may count in a rate for the whole set.

use crate::step::StepId;
use crate::text_enum::text_enum;

text_enum! {
    /// The reason for selecting a sample that was not simply the next one.
    pub enum Selection {
        /// It was among the most suspicious: by the order, by a filter for signals, or by the
        /// command for the next suspicious sample.
        SuspiciousFirst = "suspicious-first", "Most suspicious first";
    }
}

text_enum! {
    /// The way in which accepting a row confirmed one of its unmarked tiles.
    pub enum Confirmation {
        /// The tile was visible when its row was accepted.
        Visible = "accept", "Visible when accepted";
        /// The tile had also been in focus: a person inspected it individually.
        Inspected = "accept-inspected", "Inspected before accepting";
    }
}

/// The origin of a field's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The reason for selecting the sample; `None` for the dataset's own order or the person's own
    /// choice.
    pub chosen_by: Option<Selection>,
    /// The step whose mark of the same tile in another row was applied here; `None` if a person
    /// judged the tile in this row.
    pub propagated_from: Option<StepId>,
    /// The confirmation by accepting the row; `None` for a mark of the tile itself.
    pub confirmed_by: Option<Confirmation>,
}

impl Origin {
    /// Whether the judgement may count in a rate for the whole set.
    pub fn is_unbiased(&self) -> bool {
        self.chosen_by.is_none() && self.propagated_from.is_none()
    }
}
