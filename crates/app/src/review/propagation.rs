//! The last marks of a sample, and the other rows that they could be applied to: looked up in the
//! background, offered until accepted, declined or replaced, and applied in one step.

use std::collections::{HashMap, HashSet};

use tilejury_audit::propagation::PropagationTarget;
use tilejury_audit::suspicion::SuspicionSettings;
use tilejury_audit::{AuditSession, CarriedMark, Event, FieldChange, JudgeAction, Relevance, Shown, StepId};
use tilejury_data::{SampleIndex, TilePath, TileSlot};

use super::Review;

/// A tile of the sample with its mark.
struct MarkedTile {
    /// Its first slot in the sample; `None` if it was added to the row.
    slot: Option<TileSlot>,
    tile: TilePath,
    relevance: Relevance,
    /// The step that marked it.
    from: StepId,
}

/// The state of propagation.
#[derive(Default)]
pub(super) struct Propagation {
    /// The sample that was marked last.
    sample: SampleIndex,
    /// Its marks, from one or several steps. A mark and the verdict after it are one offer: else
    /// the verdict would remove what the mark offered.
    marked: Vec<MarkedTile>,
    /// The number of the question that was not answered yet.
    asked: Option<u64>,
    /// The other rows; their `of` is an index into `marked`.
    targets: Vec<PropagationTarget>,
    offer: Option<PropagationOffer>,
    /// The marks offered last and then applied or declined: they are not offered again.
    settled: HashSet<(SampleIndex, TilePath, Relevance)>,
}

/// Other rows that marks can be applied to.
#[derive(Default)]
pub(crate) struct PropagationOffer {
    /// The sample that was marked.
    pub(crate) sample: SampleIndex,
    /// Its tiles that other rows have, with their marks. An added tile has no slot.
    pub(crate) tiles: Vec<(Option<TileSlot>, Relevance)>,
    /// Whether some rows have a tile as an exact copy under another path.
    pub(crate) copies: bool,
    /// Whether some rows have a near picture that was confirmed as a copy.
    pub(crate) near_copies: bool,
    /// The rows with the nearness of their queries, the nearest first.
    pub(crate) rows: Vec<(SampleIndex, f32)>,
    /// The number of rows with the same query.
    pub(crate) same: usize,
    /// The number of rows with a near query.
    pub(crate) near: usize,
    /// The number of rows with another query; only broken tiles are offered there.
    pub(crate) other: usize,
    /// The number of rows whose positive would be marked as not relevant or broken.
    pub(crate) positives: usize,
    /// The number of rows with another mark on a tile; that mark stays.
    pub(crate) otherwise: usize,
    /// All marks to apply.
    pub(crate) to: Vec<CarriedMark>,
}

impl Review {
    /// The marks that can be applied to other rows, if any.
    pub(crate) fn offer(&self) -> Option<&PropagationOffer> {
        self.propagation.offer.as_ref().filter(|_| self.shows(Shown::Offers))
    }

    /// Whether rows to propagate to are being looked up.
    pub(crate) fn is_finding_targets(&self) -> bool {
        self.propagation.asked.is_some()
    }

    /// Applies the offered marks. Returns the number of rows; `None` if nothing is offered.
    pub(crate) fn propagate(&mut self) -> Option<usize> {
        let offer = self.propagation.finish()?;
        let applied = self.act(JudgeAction::Propagate(offer.to));
        Some(row_count(&applied.events))
    }

    /// Declines the offer. Returns `false` if there is none.
    pub(crate) fn decline(&mut self) -> bool {
        self.propagation.finish().is_some()
    }

    /// Receives the marks of a step, and looks up the other rows that have those tiles.
    pub(super) fn find_targets(&mut self, sample: SampleIndex, events: &[Event]) {
        let propagation = &mut self.propagation;
        if propagation.sample != sample {
            propagation.forget();
            propagation.sample = sample;
        }
        let Some(row) = self.session.sample(sample) else { return };
        let mut new = false;
        for event in events {
            let FieldChange::Relevance(tile, relevance) = &event.change else { continue };
            new = true;
            if propagation.marked.iter().any(|marked| marked.tile == *tile) {
                // Targets found for its old mark no longer hold, and indexes into the list change.
                propagation.targets.clear();
                propagation.marked.retain(|marked| marked.tile != *tile);
            }
            let Some(relevance) = relevance.filter(|relevance| *relevance != Relevance::Unsure) else { continue };
            let slot = TileSlot::find(&row, tile);
            propagation.marked.push(MarkedTile { slot, tile: tile.clone(), relevance, from: event.step.clone() });
        }
        if new {
            let marks = propagation.marked.iter().map(|marked| (marked.tile.clone(), marked.relevance)).collect();
            propagation.asked = Some(self.searcher.find_targets(sample, marks));
        }
    }

    /// Receives the rows of a question, unless another one was asked since.
    pub(super) fn receive_targets(&mut self, number: u64, targets: Vec<PropagationTarget>) {
        if self.propagation.asked == Some(number) {
            self.propagation.asked = None;
            self.propagation.targets = targets;
            self.propagation.refresh(&self.session);
        }
    }
}

impl Propagation {
    /// Updates the offer after any judgement.
    pub(super) fn refresh(&mut self, session: &AuditSession) {
        self.offer = PropagationOffer::new(self, session);
    }

    fn forget(&mut self) {
        self.marked.clear();
        self.targets.clear();
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
    /// The marks that are left to apply to the targets; `None` if there are none.
    fn new(propagation: &Propagation, session: &AuditSession) -> Option<Self> {
        let relevance_of = |sample: SampleIndex, tile: &TilePath| session.judgement(sample)?.relevance(tile);
        // Marks that were undone since are not applied anywhere.
        let is_current: Vec<bool> = propagation
            .marked
            .iter()
            .map(|marked| relevance_of(propagation.sample, &marked.tile) == Some(marked.relevance))
            .collect();
        let mut offer = Self { sample: propagation.sample, ..Self::default() };
        let (mut tiles, mut rows, mut otherwise) = (HashSet::new(), HashMap::new(), HashSet::new());
        for target in &propagation.targets {
            let Some(marked) = propagation.marked.get(target.of).filter(|_| is_current[target.of]) else { continue };
            let sample = target.sample;
            match relevance_of(sample, &target.tile) {
                Some(other) if other != marked.relevance => {
                    otherwise.insert(sample);
                    continue;
                }
                Some(_) => continue,
                None if propagation.settled.contains(&(sample, target.tile.clone(), marked.relevance)) => continue,
                None => {}
            }
            tiles.insert(target.of);
            rows.insert(sample, target.nearness);
            offer.copies |= target.copy && !target.near_copy;
            offer.near_copies |= target.near_copy;
            offer.positives += usize::from(target.positive && marked.relevance != Relevance::Relevant);
            let from = marked.from.clone();
            offer.to.push(CarriedMark { sample, tile: target.tile.clone(), relevance: marked.relevance, from });
        }
        let near_query = SuspicionSettings::default().near_query;
        offer.same = rows.values().filter(|nearness| **nearness >= 1.0).count();
        offer.near = rows.values().filter(|nearness| **nearness >= near_query).count() - offer.same;
        offer.other = rows.len() - offer.same - offer.near;
        offer.rows = rows.into_iter().collect();
        offer.rows.sort_by(|(a, near), (b, nearer)| nearer.total_cmp(near).then(a.cmp(b)));
        offer.otherwise = otherwise.len();
        let offered = propagation.marked.iter().enumerate().filter(|(at, _)| tiles.contains(at));
        offer.tiles = offered.map(|(_, marked)| (marked.slot, marked.relevance)).collect();
        (!offer.to.is_empty()).then_some(offer)
    }
}

/// The number of rows that events are about.
pub(super) fn row_count(events: &[Event]) -> usize {
    events.iter().map(|event| event.sample).collect::<HashSet<_>>().len()
}
