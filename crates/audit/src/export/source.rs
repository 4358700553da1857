//! The judgements that an export goes by, and whose they are.

use std::collections::BTreeMap;

use crate::event::Event;
use crate::judgement::Judgements;
use crate::merge::{self, Whose};

use super::manifest::JudgementsNote;

/// Judgements with their provenance.
pub struct Source<'a> {
    /// What counts.
    pub judgements: &'a Judgements,
    whose: Whose,
    /// By name: the samples with a verdict.
    annotators: BTreeMap<String, usize>,
}

impl<'a> Source<'a> {
    /// `judgements` must be what [`merge::judgements_of`] makes of the events.
    pub fn new(judgements: &'a Judgements, events: &[Event], whose: &Whose) -> Self {
        let with_verdict = |judgements: &Judgements| judgements.values().filter(|one| one.verdict.is_some()).count();
        let each = merge::by_annotator(events).into_iter().filter(|(name, _)| whose.counts(name));
        let annotators = each.map(|(name, judgements)| (name, with_verdict(&judgements))).collect();
        Self { judgements, whose: whose.clone(), annotators }
    }

    pub(super) fn note(&self) -> JudgementsNote {
        let whose = match self.whose {
            Whose::Everybody => "everybody",
            Whose::Annotator(_) => "annotator",
            Whose::Adjudicated(_) => "adjudicated",
        };
        JudgementsNote { whose: whose.to_owned(), annotators: self.annotators.clone() }
    }
}
