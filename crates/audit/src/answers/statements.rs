//! Each person's present words about tiles, with the order in which they were given: replayed from the events of a sidecar.
//!
//! Knows no dataset, and decides nothing.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tilejury_data::{SampleKey, TilePath};

use crate::event::Event;
use crate::judgement::{FieldChange, Judgements, Reason, Relevance, Verdict};
use crate::merge::AnnotatorScope;

/// The present value of a tile in one row, by one person.
#[derive(Clone, Copy, Debug)]
pub(super) struct Statement {
    pub(super) relevance: Relevance,
    /// By accepting the row; else by a mark.
    pub(super) confirmed: bool,
    /// The number of its event in stored order; later ones are greater.
    pub(super) order: usize,
}

/// One person's present words.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnnotatorStatements {
    /// By row and tile.
    pub(super) tiles: FxHashMap<(SampleKey, TilePath), Statement>,
    /// Rows that the person gave a verdict or reasons.
    verdicts: FxHashMap<SampleKey, (Option<Verdict>, bool)>,
}

/// What people said of tiles, person by person.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    people: BTreeMap<String, AnnotatorStatements>,
    /// How many events were taken in.
    events: usize,
}

impl Statements {
    /// Everybody's words, from the events of a sidecar in stored order.
    pub(crate) fn from_events(events: &[Event]) -> Self {
        let mut words = Self::default();
        events.iter().for_each(|event| words.add_event(event));
        words
    }

    /// Takes in an event that was stored after all before.
    pub(crate) fn add_event(&mut self, event: &Event) {
        self.events += 1;
        if !self.people.contains_key(&*event.annotator) {
            self.people.insert(event.annotator.to_string(), AnnotatorStatements::default());
        }
        if let Some(person) = self.people.get_mut(&*event.annotator) {
            person.add_event(event, self.events);
        }
    }

    /// Those whose judgements count.
    pub(crate) fn people(&self, whose: &AnnotatorScope) -> Vec<&AnnotatorStatements> {
        self.people.iter().filter(|(name, _)| whose.counts(name)).map(|(_, person)| person).collect()
    }

    /// Judgements without events as the words of one person: every relevance is a mark, and of several rows of a query the
    /// last of the dataset has the latest one.
    pub(crate) fn from_judgements(name: &str, judgements: &Judgements) -> Self {
        let mut person = AnnotatorStatements::default();
        for (sample, judgement) in judgements {
            let said = |relevance| Statement { relevance, confirmed: false, order: 0 };
            let tiles = judgement.tiles.iter();
            person.tiles.extend(tiles.map(|(tile, relevance)| ((*sample, tile.clone()), said(*relevance))));
            let wrong = judgement.reasons.contains(&Reason::WrongPositive);
            person.verdicts.insert(*sample, (judgement.verdict, wrong));
        }
        Self { people: BTreeMap::from([(name.to_owned(), person)]), events: 0 }
    }
}

impl AnnotatorStatements {
    /// Rows that the person rejected because of the positive.
    pub(super) fn rejected_positives(&self) -> impl Iterator<Item = SampleKey> {
        let rejected = self.verdicts.iter().filter(|(_, of)| **of == (Some(Verdict::Reject), true));
        rejected.map(|(sample, _)| *sample)
    }

    /// The person's verdict on a row.
    pub(super) fn verdict(&self, sample: SampleKey) -> Option<Verdict> {
        self.verdicts.get(&sample)?.0
    }

    /// The person's mark of a tile in a row; `None` where accepting the row confirmed it, too.
    pub(crate) fn mark(&self, sample: SampleKey, tile: &TilePath) -> Option<Relevance> {
        let said = self.tiles.get(&(sample, tile.clone()))?;
        (!said.confirmed).then_some(said.relevance)
    }

    fn add_event(&mut self, event: &Event, order: usize) {
        match &event.change {
            FieldChange::Relevance(tile, relevance) => {
                let field = (event.sample, tile.clone());
                match relevance {
                    Some(relevance) => {
                        let confirmed = event.origin.confirmed_by.is_some();
                        self.tiles.insert(field, Statement { relevance: *relevance, confirmed, order });
                    }
                    None => {
                        self.tiles.remove(&field);
                    }
                }
            }
            FieldChange::Verdict(verdict) => self.verdicts.entry(event.sample).or_default().0 = *verdict,
            FieldChange::Reasons(reasons) => {
                self.verdicts.entry(event.sample).or_default().1 = reasons.contains(&Reason::WrongPositive);
            }
            FieldChange::Note(_) | FieldChange::Tags(_) => {}
        }
    }
}
