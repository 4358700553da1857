//! The origin of a judgement: how its sample was selected, whether it was propagated from another
//! row or made for many rows at once, whether accepting the row confirmed it, and what was seen.
//!
//! A sample that was selected as suspicious does not represent the rest of a set, and nobody saw
//! the tile of a propagated or bulk mark in its own row. None of them may count in a rate for the
//! whole set.

use std::sync::Arc;

use crate::looks::Looks;
use crate::pass_id::Settlement;
use crate::step::StepId;
use crate::text_enum::text_enum;
use crate::visible::Visible;

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
    /// Whether the judgement was made for several rows or tiles at once, without a look at each.
    pub bulk: bool,
    /// The looks at the row's tiles up to its verdict. `None` for other fields, for bulk
    /// judgements, and if they were not recorded.
    pub looks: Option<Arc<Looks>>,
    /// With a verdict: the decision between the two judgements of a second pass that set it.
    pub settles: Option<Settlement>,
    /// With a verdict: what the window did not hide when it was given. `None` for other fields, and
    /// if it was not recorded.
    pub visible: Option<Visible>,
}

impl Origin {
    /// Whether a judgement says more than an earlier one with the same value: a mark after a
    /// confirmation, a judgement of one row after a bulk one, or a verdict after more was read.
    pub(crate) fn adds_to(&self, earlier: &Self) -> bool {
        let marks = earlier.confirmed_by.is_some() && self.confirmed_by.is_none() && !self.bulk;
        let looks = earlier.bulk && !self.bulk;
        let reads = match (&self.looks, &earlier.looks) {
            (Some(looks), Some(earlier)) => looks.show_more_than(earlier),
            (Some(_), None) | (None, _) => false,
        };
        marks || looks || reads
    }

    /// Whether the judgement may count in a rate for the whole set.
    pub fn is_unbiased(&self) -> bool {
        self.chosen_by.is_none() && self.propagated_from.is_none() && !self.bulk
    }
}
