//! What was decided by looking: of each judged sample the verdict, and what was said of its tiles, by their places.
//!
//! What was carried over from another row is no look, and “unsure” is no decision. Counts nothing; a few bytes a tile, so
//! that a whole set can be gone through at once without reading its rows.

use std::collections::{BTreeMap, HashMap};

use tilejury_data::{Dataset, Sample, SampleKey, TilePath};

use crate::event::Event;
use crate::judgement::{FieldChange, Judgement, Judgements, Relevance, Verdict};
use crate::merge::{self, AnnotatorScope};
use crate::origin::{Confirmation, Origin, Origins};
use crate::time::Timestamp;

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision<T> {
    /// What was decided.
    pub value: T,
    /// It was looked at because it was suspect.
    pub chosen: bool,
    /// When the value was given that stands. An undo or a redo gives it anew.
    pub at: Timestamp,
    /// Nobody marked or inspected it: it was visible when its row was accepted, see [`Confirmation::Visible`].
    pub only_visible: bool,
}

impl<T> Decision<T> {
    /// Was it decided behind that moment? `None` asks for no moment.
    pub fn is_since(&self, since: Option<Timestamp>) -> bool {
        since.is_none_or(|since| self.at > since)
    }
}

/// The decisions on one sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleDecisions {
    /// Accept or reject.
    pub verdict: Option<Decision<Verdict>>,
    /// By place: 0 for the positive, then the negatives in the row's order.
    tiles: Box<[Option<Decision<Relevance>>]>,
}

/// Somebody whose word counts.
pub(crate) struct Voice<'a> {
    pub(crate) judgement: &'a Judgement,
    pub(crate) origins: &'a Origins,
    /// When the verdict was given, or what is said of a tile.
    pub(crate) at: &'a dyn Fn(Option<&TilePath>) -> Timestamp,
}

impl SampleDecisions {
    /// What looks stand behind a judgement: those of the voices that say the same.
    pub(crate) fn new(sample: &Sample, judgement: &Judgement, voices: &[Voice<'_>]) -> Self {
        let verdict = judgement.verdict.filter(|verdict| *verdict != Verdict::Unsure);
        let verdict = verdict.and_then(|verdict| {
            let behind = voices.iter().filter(|voice| voice.judgement.verdict == Some(verdict));
            decided(verdict, behind.map(|voice| (voice.origins.verdict_origin(sample.key), (voice.at)(None))))
        });
        let of_tile = |tile: &TilePath| {
            let relevance = judgement.relevance(tile).filter(|relevance| *relevance != Relevance::Unsure)?;
            let behind = voices.iter().filter(|voice| voice.judgement.relevance(tile) == Some(relevance));
            decided(
                relevance,
                behind.map(|voice| (voice.origins.tile_origin(sample.key, tile), (voice.at)(Some(tile)))),
            )
        };
        Self { verdict, tiles: sample.tiles().map(|tile| of_tile(&tile.path)).collect() }
    }

    /// What was decided of a tile, by its place.
    pub fn tile(&self, place: usize) -> Option<Decision<Relevance>> {
        self.tiles.get(place).copied().flatten()
    }

    /// What was decided of the negatives, each with its place.
    pub fn negatives(&self) -> impl Iterator<Item = (usize, Decision<Relevance>)> {
        self.tiles.iter().enumerate().skip(1).filter_map(|(place, decided)| Some((place, (*decided)?)))
    }

    /// Nothing was decided.
    pub fn is_empty(&self) -> bool {
        self.verdict.is_none() && self.tiles.iter().all(Option::is_none)
    }

    /// The same, with the times of an earlier state for what did not change since.
    pub(crate) fn with_times_of(mut self, earlier: &Self) -> Self {
        keep_time(&mut self.verdict, earlier.verdict);
        for (place, decided) in self.tiles.iter_mut().enumerate() {
            keep_time(decided, earlier.tile(place));
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

/// The decision that looks add up to; `None` where nobody looked. Of several, the latest tells the time, one that was
/// chosen makes the whole chosen, and one that is more than visible makes the whole so.
fn decided<T>(value: T, behind: impl Iterator<Item = (Origin, Timestamp)>) -> Option<Decision<T>> {
    let own = behind.filter(|(origin, _)| origin.propagated_from.is_none());
    let only_visible = |origin: &Origin| origin.confirmed_by == Some(Confirmation::Visible);
    let all = own.map(|(origin, at)| (origin.chosen_by.is_some(), at, only_visible(&origin)));
    let (chosen, at, only_visible) = all.reduce(|a, b| (a.0 || b.0, a.1.max(b.1), a.2 && b.2))?;
    Some(Decision { value, chosen, at, only_visible })
}

/// The decisions on a dataset's samples, by index. What is not judged takes no room.
#[derive(Clone, Debug, Default)]
pub struct Decisions(BTreeMap<u32, SampleDecisions>);

impl Decisions {
    /// The decisions of all whose judgements count. Reads each judged row once.
    pub fn read(dataset: &Dataset, events: &[Event], whose: &AnnotatorScope) -> Self {
        let stands = merge::judgements(events, whose);
        let voices: Vec<(Judgements, Origins, DecisionTimes<'_>)> = merge::by_annotator(events)
            .into_iter()
            .filter(|(name, _)| whose.counts(name))
            .map(|(name, judgements)| {
                let own = || events.iter().filter(|event| *event.annotator == *name);
                (judgements, Origins::from_events(own()), DecisionTimes::from_events(own()))
            })
            .collect();
        let mut looks = Self::default();
        for (key, judgement) in &stands {
            let Some((index, sample)) = dataset.find(*key).and_then(|at| Some((at, dataset.sample(at).ok()?))) else {
                continue;
            };
            let at: Vec<_> =
                voices.iter().map(|(_, _, times)| |tile: Option<&TilePath>| times.get(*key, tile)).collect();
            let heard: Vec<Voice<'_>> = voices
                .iter()
                .zip(&at)
                .filter_map(|((judgements, origins, _), at)| {
                    Some(Voice { judgement: judgements.get(key)?, origins, at })
                })
                .collect();
            looks.set(index, SampleDecisions::new(&sample, judgement, &heard));
        }
        looks
    }

    /// The decisions on a sample.
    pub fn get(&self, sample: usize) -> Option<&SampleDecisions> {
        self.0.get(&u32::try_from(sample).ok()?)
    }

    /// Every sample with a decision, by index.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &SampleDecisions)> {
        self.0.iter().map(|(sample, look)| (*sample as usize, look))
    }

    /// Sets what was decided on a sample.
    pub(crate) fn set(&mut self, sample: usize, look: SampleDecisions) {
        let Ok(sample) = u32::try_from(sample) else { return };
        if look.is_empty() {
            self.0.remove(&sample);
        } else {
            self.0.insert(sample, look);
        }
    }
}

/// When one annotator's standing verdicts and marks were given.
#[derive(Default)]
pub(crate) struct DecisionTimes<'e>(HashMap<(SampleKey, Option<&'e TilePath>), Timestamp>);

impl<'e> DecisionTimes<'e> {
    /// From one annotator's events in stored order.
    pub(crate) fn from_events(events: impl IntoIterator<Item = &'e Event>) -> Self {
        let looked = |event: &&Event| matches!(event.change, FieldChange::Verdict(_) | FieldChange::Relevance(..));
        let events = events.into_iter().filter(looked);
        Self(events.map(|event| ((event.sample, event.change.tile()), event.at)).collect())
    }

    /// When a verdict was given, or what is said of a tile.
    pub(crate) fn get(&self, sample: SampleKey, tile: Option<&TilePath>) -> Timestamp {
        self.0.get(&(sample, tile)).copied().unwrap_or(Timestamp::EPOCH)
    }
}
