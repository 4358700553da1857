//! Decisions of people who saw the tiles: each judged sample's verdict and its tiles' relevance, by
//! tile position.
//!
//! A propagated mark is not such a decision, nor is a bulk judgement, nor is “unsure”. Counts
//! nothing. Takes a few bytes per tile, so that a whole set can be processed without reading its
//! rows.

use std::collections::{BTreeMap, HashMap};

use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey, TilePath, TileSlot};

use crate::current_origins::CurrentOrigins;
use crate::event::Event;
use crate::judgement::{FieldChange, Judgement, Judgements, Relevance, Verdict};
use crate::merge::{self, AnnotatorScope};
use crate::origin::{Confirmation, Origin};
use crate::time::Timestamp;

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<T> {
    /// The decision.
    pub value: T,
    /// Whether the sample was selected as suspicious.
    pub chosen: bool,
    /// The time at which the current value was set. An undo or a redo sets it again.
    pub at: Timestamp,
    /// Whether nobody marked or inspected the tile, and it was only visible when its row was
    /// accepted: see [`Confirmation::Visible`].
    pub only_visible: bool,
}

impl<T> Decision<T> {
    /// Whether it was made after a moment. Always true for `None`.
    pub fn is_since(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| self.at > since)
    }
}

/// The decisions on one sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleDecisions {
    /// Accept or reject.
    pub verdict: Option<Decision<Verdict>>,
    /// The tiles by position: 0 for the positive, then the negatives in the row's order.
    tiles: Box<[Option<Decision<Relevance>>]>,
}

/// An annotator whose judgement counts.
pub(crate) struct CountedAnnotator<'a> {
    pub(crate) judgement: &'a Judgement,
    pub(crate) origins: &'a CurrentOrigins,
    /// Returns the time of the verdict (`None`) or of a tile's mark.
    pub(crate) at: &'a dyn Fn(Option<&TilePath>) -> Timestamp,
}

impl SampleDecisions {
    /// Builds the decisions behind a judgement from the annotators who agree with it.
    pub(crate) fn new(sample: &Sample, judgement: &Judgement, annotators: &[CountedAnnotator<'_>]) -> Self {
        let verdict = judgement.verdict.filter(|verdict| *verdict != Verdict::Unsure);
        let verdict = verdict.and_then(|verdict| {
            let agreeing = annotators.iter().filter(|annotator| annotator.judgement.verdict == Some(verdict));
            decided(
                verdict,
                agreeing.map(|annotator| (annotator.origins.verdict_origin(sample.key), (annotator.at)(None))),
            )
        });
        let tile_decision = |tile: &TilePath| {
            let relevance = judgement.relevance(tile).filter(|relevance| *relevance != Relevance::Unsure)?;
            let agreeing = annotators.iter().filter(|annotator| annotator.judgement.relevance(tile) == Some(relevance));
            decided(
                relevance,
                agreeing.map(|annotator| (annotator.origins.tile_origin(sample.key, tile), (annotator.at)(Some(tile)))),
            )
        };
        Self { verdict, tiles: sample.tiles().map(|tile| tile_decision(&tile.path)).collect() }
    }

    /// The decision about a tile.
    pub fn tile(&self, tile: TileSlot) -> Option<Decision<Relevance>> {
        self.tiles.get(tile.index()).copied().flatten()
    }

    /// The decisions about negatives, each with its slot.
    pub fn negatives(&self) -> impl Iterator<Item = (TileSlot, Decision<Relevance>)> {
        TileSlot::first(self.tiles.len())
            .zip(&self.tiles)
            .skip(1)
            .filter_map(|(tile, decided)| Some((tile, (*decided)?)))
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.verdict.is_none() && self.tiles.iter().all(Option::is_none)
    }

    /// Takes the times of an earlier state for the decisions that did not change.
    pub(crate) fn with_times_of(mut self, earlier: &Self) -> Self {
        keep_time(&mut self.verdict, earlier.verdict);
        for (tile, decided) in TileSlot::first(self.tiles.len()).zip(&mut self.tiles) {
            keep_time(decided, earlier.tile(tile));
        }
        self
    }
}

fn keep_time<T: PartialEq>(present: &mut Option<Decision<T>>, earlier: Option<Decision<T>>) {
    if let (Some(present), Some(earlier)) = (present, earlier)
        && (&present.value, present.chosen, present.only_visible)
            == (&earlier.value, earlier.chosen, earlier.only_visible)
    {
        present.at = earlier.at;
    }
}

/// The decision that several agreeing ones add up to; `None` if all are propagated or made in bulk.
/// The time is the latest. If one sample was selected as suspicious, the result counts as selected.
/// If one decision is more than a confirmation of a visible tile, so is the result.
fn decided<T>(value: T, agreeing: impl Iterator<Item = (Origin, Timestamp)>) -> Option<Decision<T>> {
    let own = agreeing.filter(|(origin, _)| origin.propagated_from.is_none() && !origin.bulk);
    let only_visible = |origin: &Origin| origin.confirmed_by == Some(Confirmation::Visible);
    let all = own.map(|(origin, at)| (origin.chosen_by.is_some(), at, only_visible(&origin)));
    let (chosen, at, only_visible) = all.reduce(|a, b| (a.0 || b.0, a.1.max(b.1), a.2 && b.2))?;
    Some(Decision { value, chosen, at, only_visible })
}

/// The decisions on a dataset's samples, by index. Samples without decisions take no memory.
#[derive(Clone, Debug, Default)]
pub struct Decisions(BTreeMap<SampleIndex, SampleDecisions>);

impl Decisions {
    /// Reads the decisions of all annotators whose judgements count. Reads each judged row once.
    pub fn read(dataset: &Dataset, events: &[Event], scope: &AnnotatorScope) -> Self {
        let current = merge::judgements(events, scope);
        let annotators: Vec<(Judgements, CurrentOrigins, DecisionTimes<'_>)> = merge::by_annotator(events)
            .into_iter()
            .filter(|(name, _)| scope.counts(name))
            .map(|(name, judgements)| {
                let own = || events.iter().filter(|event| *event.annotator == *name);
                (judgements, CurrentOrigins::from_events(own()), DecisionTimes::from_events(own()))
            })
            .collect();
        let mut decisions = Self::default();
        for (key, judgement) in &current {
            let Some((index, sample)) = dataset.find(*key).and_then(|at| Some((at, dataset.sample(at).ok()?))) else {
                continue;
            };
            let at: Vec<_> =
                annotators.iter().map(|(_, _, times)| |tile: Option<&TilePath>| times.get(*key, tile)).collect();
            let counting: Vec<CountedAnnotator<'_>> = annotators
                .iter()
                .zip(&at)
                .filter_map(|((judgements, origins, _), at)| {
                    Some(CountedAnnotator { judgement: judgements.get(key)?, origins, at })
                })
                .collect();
            decisions.set(index, SampleDecisions::new(&sample, judgement, &counting));
        }
        decisions
    }

    /// The decisions on a sample.
    pub fn get(&self, sample: SampleIndex) -> Option<&SampleDecisions> {
        self.0.get(&sample)
    }

    /// All samples with a decision, by index.
    pub fn iter(&self) -> impl Iterator<Item = (SampleIndex, &SampleDecisions)> {
        self.0.iter().map(|(sample, decisions)| (*sample, decisions))
    }

    /// Sets the decisions on a sample.
    pub(crate) fn set(&mut self, sample: SampleIndex, decisions: SampleDecisions) {
        if decisions.is_empty() {
            self.0.remove(&sample);
        } else {
            self.0.insert(sample, decisions);
        }
    }
}

/// The times of one annotator's current verdicts and marks.
#[derive(Default)]
pub(crate) struct DecisionTimes<'e>(HashMap<(SampleKey, Option<&'e TilePath>), Timestamp>);

impl<'e> DecisionTimes<'e> {
    /// Collects the times from one annotator's events in stored order.
    pub(crate) fn from_events(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let is_decision = |event: &&Event| matches!(event.change, FieldChange::Verdict(_) | FieldChange::Relevance(..));
        let events = events.into_iter().filter(is_decision);
        Self(events.map(|event| ((event.sample, event.change.tile()), event.at)).collect())
    }

    /// The time of a verdict, or of a tile's mark.
    pub(crate) fn get(&self, sample: SampleKey, tile: Option<&TilePath>) -> Timestamp {
        self.0.get(&(sample, tile)).copied().unwrap_or(Timestamp::EPOCH)
    }
}
