//! How a judgement came about, beside who made it and when: by which order its sample came up, and whether it was carried over
//! from another row.
//!
//! What was looked at because it was suspect says nothing about the rest of a set, and what was carried over was not looked
//! at on its own: neither may enter a rate that is meant to hold for the whole.

use std::collections::HashMap;

use tilejury_data::{SampleKey, TilePath};

use crate::event::{Event, StepId};
use crate::judgement::FieldChange;
use crate::text_enum::text_enum;

text_enum! {
    /// Why a sample came up that was not simply the next one.
    Selection {
        /// It was among the most suspicious: by the order, by a filter for signals, or by going to the next suspicious one.
        SuspiciousFirst = "suspicious-first", "Most suspicious first";
    }
}

text_enum! {
    /// How accepting a row confirmed one of its tiles that nobody had marked.
    Confirmation {
        /// The tile was visible when its row was accepted.
        Visible = "accept", "Visible when accepted";
        /// The tile had also been in focus: a person inspected it by itself.
        Inspected = "accept-inspected", "Inspected before accepting";
    }
}

/// How the value of a field came about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Why the sample came up; `None` for the dataset's own order or the person's own choice.
    pub chosen_by: Option<Selection>,
    /// The step whose judgement of the same tile in another row was taken over; `None` where a person looked.
    pub propagated_from: Option<StepId>,
    /// The relevance was confirmed by accepting the row; `None` for a mark that the person gave to the tile itself.
    pub confirmed_by: Option<Confirmation>,
}

/// One field of one sample: which sample, the field's name, and the tile where it is one of a tile.
pub(crate) type FieldKey = (SampleKey, &'static str, Option<TilePath>);

/// The field that a change of a sample is about.
pub(crate) fn field_of(sample: SampleKey, change: &FieldChange) -> FieldKey {
    (sample, change.field(), change.tile().cloned())
}

/// How the standing values of one annotator came about. An undo brings back the origin together with the value, so the last
/// event of a field tells.
#[derive(Clone, Debug, Default)]
pub struct Origins(HashMap<FieldKey, Origin>);

impl Origins {
    /// From one annotator's events in stored order.
    pub fn from_events<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut origins = Self::default();
        for event in events {
            origins.set(event.sample, &event.change, event.origin.clone());
        }
        origins
    }

    /// How the present value of the field that `change` is about came about.
    pub fn get(&self, sample: SampleKey, change: &FieldChange) -> Origin {
        self.0.get(&field_of(sample, change)).cloned().unwrap_or_default()
    }

    /// How what was said of a tile came about.
    pub fn tile_origin(&self, sample: SampleKey, tile: &TilePath) -> Origin {
        self.get(sample, &FieldChange::Relevance(tile.clone(), None))
    }

    /// How the verdict of a sample came about.
    pub fn verdict_origin(&self, sample: SampleKey) -> Origin {
        self.get(sample, &FieldChange::Verdict(None))
    }

    /// Takes in how a new value came about.
    pub(crate) fn set(&mut self, sample: SampleKey, change: &FieldChange, origin: Origin) {
        let field = field_of(sample, change);
        // Nearly all judgements have nothing special: those take no room.
        if origin == Origin::default() {
            self.0.remove(&field);
        } else {
            self.0.insert(field, origin);
        }
    }
}
