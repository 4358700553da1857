//! The judgements that an export goes by, and whose they are.

use std::collections::BTreeMap;

use crate::answers::{Person, Words};
use crate::event::Event;
use crate::judgement::Judgements;
use crate::merge::{self, Whose};

use super::manifest::JudgementsNote;

/// Judgements with their provenance.
pub struct Source<'a> {
    /// What counts.
    pub judgements: &'a Judgements,
    words: Words,
    whose: Whose,
    /// By name: the samples with a verdict.
    annotators: BTreeMap<String, usize>,
}

impl<'a> Source<'a> {
    /// `judgements` must be what [`merge::judgements_of`] makes of the events. Without events they count as one person's, every
    /// relevance as a mark.
    pub fn new(judgements: &'a Judgements, events: &[Event], whose: &Whose) -> Self {
        let with_verdict = |judgements: &Judgements| judgements.values().filter(|one| one.verdict.is_some()).count();
        let each = merge::by_annotator(events).into_iter().filter(|(name, _)| whose.counts(name));
        let annotators = each.map(|(name, judgements)| (name, with_verdict(&judgements))).collect();
        let one = match whose {
            Whose::Everybody => "",
            Whose::Annotator(name) | Whose::Adjudicated(name) => name,
        };
        let words = if events.is_empty() { Words::of_one(one, judgements) } else { Words::of(events) };
        Self { judgements, words, whose: whose.clone(), annotators }
    }

    /// Those whose words about tiles count.
    pub(super) fn people(&self) -> Vec<&Person> {
        self.words.people(&self.whose)
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
