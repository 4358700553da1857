//! The origins of all current values of one annotator.

use std::collections::HashMap;

use tilejury_data::{SampleKey, TilePath};

use crate::event::Event;
use crate::judgement::FieldChange;
use crate::origin::Origin;

/// One field of one sample: the sample, the field's name, and the tile if the field belongs to one.
pub(crate) type FieldKey = (SampleKey, &'static str, Option<TilePath>);

/// The field that a change of a sample sets.
pub(crate) fn field_of(sample: SampleKey, change: &FieldChange) -> FieldKey {
    (sample, change.field(), change.tile().cloned())
}

/// The origins of one annotator's current values. An undo restores the origin together with the
/// value, so the last event of a field has it.
#[derive(Clone, Debug, Default)]
pub struct CurrentOrigins(HashMap<FieldKey, Origin>);

impl CurrentOrigins {
    /// Collects the origins from one annotator's events in stored order.
    pub fn from_events<'e>(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let mut origins = Self::default();
        for event in events {
            origins.set(event.sample, &event.change, event.origin.clone());
        }
        origins
    }

    /// The origin of the current value of the field that `change` sets.
    pub fn get(&self, sample: SampleKey, change: &FieldChange) -> Origin {
        self.0.get(&field_of(sample, change)).cloned().unwrap_or_default()
    }

    /// The origin of a tile's relevance.
    pub fn tile_origin(&self, sample: SampleKey, tile: &TilePath) -> Origin {
        self.get(sample, &FieldChange::Relevance(tile.clone(), None))
    }

    /// The origin of a sample's verdict.
    pub fn verdict_origin(&self, sample: SampleKey) -> Origin {
        self.get(sample, &FieldChange::Verdict(None))
    }

    /// Forgets the origins of a sample's values.
    pub(crate) fn forget(&mut self, sample: SampleKey) {
        self.0.retain(|(of, ..), _| *of != sample);
    }

    /// Sets the origin of a new value.
    pub(crate) fn set(&mut self, sample: SampleKey, change: &FieldChange, origin: Origin) {
        let field = field_of(sample, change);
        // Nearly all origins are the default, and take no memory.
        if origin == Origin::default() {
            self.0.remove(&field);
        } else {
            self.0.insert(field, origin);
        }
    }
}
