//! The origins of the values in a line: how each was judged.

use std::collections::BTreeMap;
use std::sync::Arc;

use tilejury_data::TilePath;

use super::line::Line;
use crate::judgement::FieldChange;
use crate::looks::Looks;
use crate::origin::{Confirmation, Origin, Selection};
use crate::step::StepId;
use crate::visible::Visible;

/// The origins of the values in a line.
pub(super) struct LineOrigins {
    chosen_by: Option<Selection>,
    /// By tile: the step that its judgement was propagated from.
    propagated: BTreeMap<TilePath, StepId>,
    /// By tile: how accepting confirmed it.
    confirmed: BTreeMap<TilePath, Confirmation>,
    /// The names of fields and the spellings of tiles that were judged in bulk.
    bulk: Vec<String>,
    looks: Option<Arc<Looks>>,
    visible: Option<Visible>,
}

impl LineOrigins {
    pub(super) fn parse(line: &Line) -> Result<Self, String> {
        let chosen_by = line.chosen_by.as_deref().map(str::parse).transpose();
        let propagated = line.propagated.iter().flatten();
        let propagated = propagated.map(|(spelling, step)| Ok((TilePath::new(spelling), step.parse()?)));
        let confirmed = line.confirmed.iter().flatten();
        let confirmed = confirmed.map(|(spelling, word)| Ok((TilePath::new(spelling), word.parse()?)));
        let looks = line.looks.as_ref().map(Looks::from_json).transpose();
        let visible = line.visible.as_ref().map(Visible::from_json).transpose();
        Ok(Self {
            visible: visible.map_err(|error| format!("`visible`: {error}"))?,
            bulk: line.bulk.clone().unwrap_or_default(),
            looks: looks.map_err(|error| format!("`looks`: {error}"))?.map(Arc::new),
            chosen_by: chosen_by.map_err(|error: String| format!("`chosen_by`: {error}"))?,
            propagated: propagated.collect::<Result<_, String>>().map_err(|error| format!("`propagated`: {error}"))?,
            confirmed: confirmed.collect::<Result<_, String>>().map_err(|error| format!("`confirmed`: {error}"))?,
        })
    }

    pub(super) fn origin_of(&self, change: &FieldChange) -> Origin {
        let propagated_from = change.tile().and_then(|tile| self.propagated.get(tile)).cloned();
        let confirmed_by = change.tile().and_then(|tile| self.confirmed.get(tile)).copied();
        let bulk = match change.tile() {
            Some(tile) => self.bulk.iter().any(|spelling| TilePath::new(spelling) == *tile),
            None => self.bulk.iter().any(|field| field == change.field()),
        };
        let is_verdict = matches!(change, FieldChange::Verdict(Some(_)));
        let (looks, visible) = (self.looks.clone().filter(|_| is_verdict), self.visible.filter(|_| is_verdict));
        Origin { chosen_by: self.chosen_by, propagated_from, confirmed_by, bulk, looks, settles: None, visible }
    }
}
