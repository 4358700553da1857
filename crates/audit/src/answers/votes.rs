//! Each person's current votes on tiles, with the order in which they were given, replayed from the
//! events of a sidecar.
//!
//! Knows no dataset, and decides nothing.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tilejury_data::{SampleKey, TilePath};

use crate::event::Event;
use crate::judgement::{FieldChange, Judgements, Reason, Relevance, Verdict};
use crate::merge::{AnnotatorScope, is_machine};

/// One person's current vote on a tile in one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowVote {
    pub(super) relevance: Relevance,
    /// Whether it was given by accepting the row; otherwise by a mark.
    pub(super) confirmed: bool,
    /// The number of its event in stored order; later ones are greater.
    pub(super) order: usize,
}

/// One person's current votes.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnnotatorVotes {
    /// By row and tile.
    pub(super) tiles: FxHashMap<(SampleKey, TilePath), RowVote>,
    /// By row: the person's verdict, and whether its reasons include a wrong positive.
    verdicts: FxHashMap<SampleKey, (Option<Verdict>, bool)>,
}

/// The current votes of all people.
#[derive(Clone, Debug, Default)]
pub(crate) struct Votes {
    people: BTreeMap<String, AnnotatorVotes>,
    /// Number of events that were added.
    events: usize,
}

impl Votes {
    /// Collects everybody's votes from the events of a sidecar in stored order.
    pub(crate) fn from_events(events: &[Event]) -> Self {
        let mut votes = Self::default();
        events.iter().for_each(|event| votes.add_event(event));
        votes
    }

    /// Adds an event that was stored after all the others.
    pub(crate) fn add_event(&mut self, event: &Event) {
        self.events += 1;
        if !self.people.contains_key(&*event.annotator) {
            self.people.insert(event.annotator.to_string(), AnnotatorVotes::default());
        }
        if let Some(person) = self.people.get_mut(&*event.annotator) {
            person.add_event(event, self.events);
        }
    }

    /// Returns the people whose judgements count. Machines have no vote beside people.
    pub(crate) fn people(&self, scope: &AnnotatorScope) -> Vec<&AnnotatorVotes> {
        let counts = |name: &str| scope.counts(name) && !(*scope == AnnotatorScope::Everybody && is_machine(name));
        self.people.iter().filter(|(name, _)| counts(name)).map(|(_, person)| person).collect()
    }

    /// Takes judgements without events as the votes of one person: every relevance is a mark, and
    /// of several rows of a query the last in the dataset has the latest one.
    pub(crate) fn from_judgements(name: &str, judgements: &Judgements) -> Self {
        let mut person = AnnotatorVotes::default();
        for (sample, judgement) in judgements {
            let vote = |relevance| RowVote { relevance, confirmed: false, order: 0 };
            let tiles = judgement.tiles.iter();
            person.tiles.extend(tiles.map(|(tile, relevance)| ((*sample, tile.clone()), vote(*relevance))));
            let wrong = judgement.reasons.contains(&Reason::WrongPositive);
            person.verdicts.insert(*sample, (judgement.verdict, wrong));
        }
        Self { people: BTreeMap::from([(name.to_owned(), person)]), events: 0 }
    }
}

impl AnnotatorVotes {
    /// Returns the rows that the person rejected because of the positive.
    pub(super) fn rejected_positives(&self) -> impl Iterator<Item = SampleKey> {
        let rejected = self.verdicts.iter().filter(|(_, verdict)| **verdict == (Some(Verdict::Reject), true));
        rejected.map(|(sample, _)| *sample)
    }

    /// Returns the person's verdict on a row.
    pub(super) fn verdict(&self, sample: SampleKey) -> Option<Verdict> {
        self.verdicts.get(&sample)?.0
    }

    /// Returns the person's mark of a tile in a row; `None` also if it was only confirmed by
    /// accepting the row.
    pub(crate) fn mark(&self, sample: SampleKey, tile: &TilePath) -> Option<Relevance> {
        let vote = self.tiles.get(&(sample, tile.clone()))?;
        (!vote.confirmed).then_some(vote.relevance)
    }

    fn add_event(&mut self, event: &Event, order: usize) {
        match &event.change {
            FieldChange::Relevance(tile, relevance) => {
                let field = (event.sample, tile.clone());
                match relevance {
                    Some(relevance) => {
                        let confirmed = event.origin.confirmed_by.is_some();
                        self.tiles.insert(field, RowVote { relevance: *relevance, confirmed, order });
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
