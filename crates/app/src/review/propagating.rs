//! What was said last of a sample's tiles, and the other rows it could be carried over to: asked for in the background, offered
//! until it is done, declined or replaced, and done in one step.

use std::collections::{HashMap, HashSet};

use tilejury_audit::propagation::PropagationTarget;
use tilejury_audit::suspicion::SuspicionSettings;
use tilejury_audit::{AuditSession, CarriedMark, Event, FieldChange, JudgeAction, Relevance, StepId};
use tilejury_data::TilePath;

use super::Review;

/// One tile of the sample, and what was said of it.
struct MarkedTile {
    /// Its first place in the sample.
    place: usize,
    tile: TilePath,
    relevance: Relevance,
    /// The step that said it.
    from: StepId,
}

/// What could be carried over.
#[derive(Default)]
pub(super) struct Propagation {
    /// The sample that something was said of last.
    sample: usize,
    /// What, in as many steps as it took. A mark and the verdict behind it are one offer: else the verdict would take away what
    /// the mark offered.
    said: Vec<MarkedTile>,
    /// The question that was not answered yet.
    asked: Option<u64>,
    /// The other rows; `of` is a place in `said`.
    kin: Vec<PropagationTarget>,
    offer: Option<PropagationOffer>,
    /// What was offered last and done or declined: it is not offered once more.
    settled: HashSet<(usize, TilePath, Relevance)>,
}

/// Other rows that the same can be said in.
#[derive(Default)]
pub(crate) struct PropagationOffer {
    /// The sample it comes from.
    pub(crate) sample: usize,
    /// The tiles that other rows have, by place, with what was said of them.
    pub(crate) tiles: Vec<(usize, Relevance)>,
    /// Some rows have a tile as an exact copy under another path.
    pub(crate) copies: bool,
    /// Some rows have a near picture that was confirmed as a copy.
    pub(crate) near_copies: bool,
    /// How many rows have the same query.
    pub(crate) same: usize,
    /// How many have one that is near.
    pub(crate) near: usize,
    /// How many have another; only what is broken is offered there.
    pub(crate) other: usize,
    /// In how many rows the positive would be judged to be none.
    pub(crate) positives: usize,
    /// How many rows say otherwise of a tile, which stays.
    pub(crate) otherwise: usize,
    /// All that is said when it is done.
    pub(crate) to: Vec<CarriedMark>,
}

impl Review {
    /// What can be carried over to other rows.
    pub(crate) fn offer(&self) -> Option<&PropagationOffer> {
        self.propagation.offer.as_ref()
    }

    /// Are rows being looked for that something could be carried over to?
    pub(crate) fn is_finding_targets(&self) -> bool {
        self.propagation.asked.is_some()
    }

    /// Carries over what is offered. Returns to how many rows; `None` where nothing is offered.
    pub(crate) fn propagate(&mut self) -> Option<usize> {
        let offer = self.propagation.finish()?;
        let applied = self.act(JudgeAction::Propagate(offer.to));
        Some(rows_of(&applied.events))
    }

    /// Declines what is offered. False where nothing is.
    pub(crate) fn decline(&mut self) -> bool {
        self.propagation.finish().is_some()
    }

    /// Takes in what a step said of a sample, and asks which other rows hold those tiles.
    pub(super) fn find_targets(&mut self, sample: usize, events: &[Event]) {
        let propagation = &mut self.propagation;
        if propagation.sample != sample {
            propagation.forget();
            propagation.sample = sample;
        }
        let Ok(row) = self.session.dataset.sample(sample) else { return };
        let mut new = false;
        for event in events {
            let FieldChange::Relevance(tile, relevance) = &event.change else { continue };
            new = true;
            if propagation.said.iter().any(|said| said.tile == *tile) {
                // What was found for it before no longer holds, and places in the list move.
                propagation.kin.clear();
                propagation.said.retain(|said| said.tile != *tile);
            }
            let Some(relevance) = relevance.filter(|relevance| *relevance != Relevance::Unsure) else { continue };
            let Some(place) = row.tiles().position(|known| known.path == *tile) else { continue };
            propagation.said.push(MarkedTile { place, tile: tile.clone(), relevance, from: event.step.clone() });
        }
        if new {
            let said = propagation.said.iter().map(|said| (said.tile.clone(), said.relevance)).collect();
            propagation.asked = Some(self.searcher.find_targets(sample, said));
        }
    }

    /// Takes in the rows that were asked for, unless something else was asked since.
    pub(super) fn receive_targets(&mut self, number: u64, kin: Vec<PropagationTarget>) {
        if self.propagation.asked == Some(number) {
            self.propagation.asked = None;
            self.propagation.kin = kin;
            self.propagation.refresh(&self.session);
        }
    }
}

impl Propagation {
    /// Works out anew what is offered, after anything was judged.
    pub(super) fn refresh(&mut self, session: &AuditSession) {
        self.offer = PropagationOffer::new(self, session);
    }

    fn forget(&mut self) {
        self.said.clear();
        self.kin.clear();
        self.asked = None;
        self.offer = None;
    }

    fn finish(&mut self) -> Option<PropagationOffer> {
        let offer = self.offer.take()?;
        let settled = offer.to.iter().map(|carried| (carried.sample, carried.tile.clone(), carried.relevance));
        self.settled = settled.collect();
        self.forget();
        Some(offer)
    }
}

impl PropagationOffer {
    /// What of the rows found is left to be said; `None` where that is nothing.
    fn new(propagation: &Propagation, session: &AuditSession) -> Option<Self> {
        let said_of = |sample: usize, tile: &TilePath| session.judgement(sample)?.relevance(tile);
        // What was taken back since is not to be carried anywhere.
        let stands: Vec<bool> = propagation
            .said
            .iter()
            .map(|said| said_of(propagation.sample, &said.tile) == Some(said.relevance))
            .collect();
        let mut offer = Self { sample: propagation.sample, ..Self::default() };
        let (mut tiles, mut rows, mut otherwise) = (HashSet::new(), HashMap::new(), HashSet::new());
        for kin in &propagation.kin {
            let Some(said) = propagation.said.get(kin.of).filter(|_| stands[kin.of]) else { continue };
            let sample = kin.sample as usize;
            match said_of(sample, &kin.tile) {
                Some(other) if other != said.relevance => {
                    otherwise.insert(sample);
                    continue;
                }
                Some(_) => continue,
                None if propagation.settled.contains(&(sample, kin.tile.clone(), said.relevance)) => continue,
                None => {}
            }
            tiles.insert(kin.of);
            rows.insert(sample, kin.likeness);
            offer.copies |= kin.copy && !kin.near_copy;
            offer.near_copies |= kin.near_copy;
            offer.positives += usize::from(kin.positive && said.relevance != Relevance::Relevant);
            let from = said.from.clone();
            offer.to.push(CarriedMark { sample, tile: kin.tile.clone(), relevance: said.relevance, from });
        }
        let near_query = SuspicionSettings::default().near_query;
        offer.same = rows.values().filter(|likeness| **likeness >= 1.0).count();
        offer.near = rows.values().filter(|likeness| **likeness >= near_query).count() - offer.same;
        offer.other = rows.len() - offer.same - offer.near;
        offer.otherwise = otherwise.len();
        let numbered = propagation.said.iter().enumerate().filter(|(at, _)| tiles.contains(at));
        offer.tiles = numbered.map(|(_, said)| (said.place, said.relevance)).collect();
        (!offer.to.is_empty()).then_some(offer)
    }
}

/// How many rows events are about.
pub(super) fn rows_of(events: &[Event]) -> usize {
    events.iter().map(|event| event.sample).collect::<HashSet<_>>().len()
}
