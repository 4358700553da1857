//! Several annotators' judgements merged into one, as exports and statistics use them.
//!
//! Each question (a sample's verdict, a tile's relevance) is decided by the most votes; a tie
//! becomes unsure. An annotator without a judgement has no vote. Reasons come from those who gave
//! the winning verdict; notes and tags add up. The votes of the highest [`Role`] replace those of
//! the others: a row with an adjudicator's verdict has the adjudicator's judgement only.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};

use crate::current_origins::CurrentOrigins;
use crate::event::Event;
use crate::history::UndoHistory;
use crate::judgement::{FieldChange, Judgement, Judgements, Relevance, Verdict};
use crate::origin::Origin;
use crate::role::{Role, of_highest_role};

pub use crate::role::ADJUDICATOR;

/// The annotators whose judgements count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AnnotatorScope {
    /// All annotators, merged by majority.
    #[default]
    Everybody,
    /// One annotator.
    Annotator(String),
    /// Only the adjudicator, who settles differences between annotators.
    Adjudicated(String),
}

impl AnnotatorScope {
    /// Whether the judgements of an annotator count.
    pub fn counts(&self, name: &str) -> bool {
        match self {
            Self::Everybody => true,
            Self::Annotator(one) | Self::Adjudicated(one) => one == name,
        }
    }
}

/// The judgements that count, from a sidecar's events in stored order.
pub fn judgements(events: &[Event], scope: &AnnotatorScope) -> Judgements {
    combined(by_annotator(events), scope)
}

/// Like [`judgements`], for a dataset's rows: each annotator's judgement of a wrong positive counts
/// as the reason and as the mark, whichever of the two is stored (see [`Judgement::reconciled`]).
pub fn judgements_of(dataset: &Dataset, events: &[Event], scope: &AnnotatorScope) -> Judgements {
    let mut each = by_annotator(events);
    each.values_mut().for_each(|judgements| reconcile(dataset, judgements));
    combined(each, scope)
}

/// Gives judgements both forms of a wrong positive. Reads rejected rows only.
pub fn reconcile(dataset: &Dataset, judgements: &mut Judgements) {
    for (key, judgement) in judgements.iter_mut().filter(|(_, judgement)| judgement.verdict == Some(Verdict::Reject)) {
        if let Some(row) = dataset.find(*key).and_then(|index| dataset.row(index).ok()) {
            *judgement = std::mem::take(judgement).reconciled(&TilePath::new(&row.positive));
        }
    }
}

fn combined(mut each: BTreeMap<String, Judgements>, scope: &AnnotatorScope) -> Judgements {
    match scope {
        AnnotatorScope::Annotator(name) | AnnotatorScope::Adjudicated(name) => {
            each.remove(name.as_str()).unwrap_or_default()
        }
        AnnotatorScope::Everybody if each.len() == 1 => each.into_values().next().unwrap_or_default(),
        AnnotatorScope::Everybody => merged(each),
    }
}

/// The names of all annotators, sorted.
pub fn annotators(events: &[Event]) -> Vec<&str> {
    let names: BTreeSet<&str> = events.iter().map(|event| &*event.annotator).collect();
    names.into_iter().collect()
}

/// The number of a dataset's samples with a counting verdict that were selected as suspicious. No
/// rate for the whole set may count them.
pub fn chosen(dataset: &Dataset, events: &[Event], scope: &AnnotatorScope) -> usize {
    verdicts_with(dataset, events, scope, |origin| origin.chosen_by.is_some())
}

/// The number of a dataset's samples with a counting verdict that was given to several rows at
/// once. No rate may count them.
pub fn judged_in_bulk(dataset: &Dataset, events: &[Event], scope: &AnnotatorScope) -> usize {
    verdicts_with(dataset, events, scope, |origin| origin.bulk)
}

fn verdicts_with(
    dataset: &Dataset,
    events: &[Event],
    scope: &AnnotatorScope,
    counts: impl Fn(&Origin) -> bool,
) -> usize {
    let mut last: BTreeMap<(&str, SampleKey), (bool, bool)> = BTreeMap::new();
    for event in events.iter().filter(|event| scope.counts(&event.annotator)) {
        if let FieldChange::Verdict(verdict) = event.change {
            let state = (verdict.is_some(), counts(&event.origin));
            last.insert((&event.annotator, event.sample), state);
        }
    }
    let found = last.into_iter().filter(|(_, state)| *state == (true, true)).map(|((_, sample), _)| sample);
    found.filter(|sample| dataset.find(*sample).is_some()).collect::<BTreeSet<_>>().len()
}

/// The number of a dataset's samples with a verdict, by annotator. Annotators who only marked tiles
/// are listed with 0.
pub fn judged_rows(dataset: &Dataset, events: &[Event]) -> BTreeMap<String, usize> {
    let mut judged: BTreeMap<&str, HashSet<SampleKey>> = BTreeMap::new();
    for event in events {
        let samples = judged.entry(&event.annotator).or_default();
        if let FieldChange::Verdict(verdict) = event.change {
            match verdict {
                Some(_) => samples.insert(event.sample),
                None => samples.remove(&event.sample),
            };
        }
    }
    let in_dataset = |samples: &HashSet<SampleKey>| samples.iter().filter(|key| dataset.find(**key).is_some()).count();
    judged.into_iter().map(|(name, samples)| (name.to_owned(), in_dataset(&samples))).collect()
}

/// The rows with a verdict of each annotator, kept up to date by events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JudgedRows(BTreeMap<Arc<str>, BTreeSet<SampleIndex>>);

impl JudgedRows {
    /// Takes events in stored order; those about samples of other datasets are left out.
    pub fn add<'e>(&mut self, dataset: &Dataset, events: impl IntoIterator<Item = &'e Event>) {
        for event in events {
            let FieldChange::Verdict(verdict) = event.change else { continue };
            let Some(sample) = dataset.find(event.sample) else { continue };
            if verdict.is_some() {
                self.0.entry(event.annotator.clone()).or_default().insert(sample);
            } else if let Some(rows) = self.0.get_mut(&event.annotator) {
                rows.remove(&sample);
            }
        }
    }

    /// Whether an annotator gave a sample a verdict.
    pub fn has(&self, annotator: &str, sample: SampleIndex) -> bool {
        self.0.get(annotator).is_some_and(|rows| rows.contains(&sample))
    }

    /// The annotators who ever gave a verdict, with the number of rows that have one of theirs.
    pub fn counts(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.iter().map(|(name, rows)| (&**name, rows.len()))
    }

    /// The annotators who gave verdicts.
    pub fn annotators(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }
}

/// One annotator's current judgements.
#[derive(Clone, Debug, Default)]
pub struct CurrentJudgements {
    /// The judgements.
    pub judgements: Judgements,
    /// Their origins.
    pub origins: CurrentOrigins,
}

impl CurrentJudgements {
    /// Applies one change of the annotator, after those before it.
    pub(crate) fn apply(&mut self, event: &Event) {
        self.judgements.entry(event.sample).or_default().apply(event.change.clone());
        self.origins.set(event.sample, &event.change, event.origin.clone());
    }
}

/// Each annotator's current judgements.
pub fn by_annotator(events: &[Event]) -> BTreeMap<String, Judgements> {
    present_by_annotator(events).into_iter().map(|(annotator, present)| (annotator, present.judgements)).collect()
}

/// Each annotator's current judgements with their origins.
pub fn present_by_annotator(events: &[Event]) -> BTreeMap<String, CurrentJudgements> {
    let mut own: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
    for event in events {
        own.entry(&event.annotator).or_default().push(event.clone());
    }
    own.into_iter()
        .map(|(annotator, events)| {
            let mut present = CurrentJudgements::default();
            UndoHistory::replay(&events, &mut present.judgements, &mut present.origins);
            (annotator.to_owned(), present)
        })
        .collect()
}

/// Each adjudicator's current judgements.
pub(crate) fn by_adjudicator(events: &[Event]) -> BTreeMap<String, Judgements> {
    by_annotator(events).into_iter().filter(|(name, _)| Role::of(name) == Role::Adjudicator).collect()
}

fn merged(each: BTreeMap<String, Judgements>) -> Judgements {
    let mut opinions: HashMap<SampleKey, Vec<Opinion>> = HashMap::new();
    for (name, judgements) in each {
        let role = Role::of(&name);
        for (key, judgement) in judgements {
            opinions.entry(key).or_default().push(Opinion { role, judgement });
        }
    }
    opinions.into_iter().map(|(key, opinions)| (key, merge(&opinions))).collect()
}

/// One annotator's judgement of a sample.
struct Opinion {
    role: Role,
    judgement: Judgement,
}

fn merge(opinions: &[Opinion]) -> Judgement {
    let is_adjudicated = is_adjudicated(opinions.iter().map(|one| (one.role, one.judgement.verdict)));
    let counts = |one: &&Opinion| !is_adjudicated || one.role == Role::Adjudicator;
    let counting: Vec<&Opinion> = opinions.iter().filter(counts).collect();
    let verdict = decided(counting.iter().filter_map(|one| Some((one.role, one.judgement.verdict?))), Verdict::Unsure);
    let tiles: BTreeSet<&TilePath> = counting.iter().flat_map(|one| one.judgement.tiles.keys()).collect();
    let relevance = |tile: &TilePath| {
        let votes = counting.iter().filter_map(|one| Some((one.role, one.judgement.relevance(tile)?)));
        decided(votes, Relevance::Unsure)
    };
    let notes: Vec<&str> =
        opinions.iter().map(|one| one.judgement.note.as_str()).filter(|note| !note.is_empty()).collect();
    let agreeing = counting.iter().filter(|one| one.judgement.verdict == verdict);
    Judgement {
        verdict,
        reasons: agreeing.flat_map(|one| one.judgement.reasons.clone()).collect(),
        tiles: tiles.into_iter().filter_map(|tile| Some((tile.clone(), relevance(tile)?))).collect(),
        note: notes.join("\n"),
        tags: opinions.iter().flat_map(|one| one.judgement.tags.clone()).collect(),
    }
}

/// Whether the judgement of adjudicators replaces all others of a row: one of them gave it a
/// verdict.
pub(crate) fn is_adjudicated(verdicts: impl Iterator<Item = (Role, Option<Verdict>)>) -> bool {
    verdicts.into_iter().any(|(role, verdict)| role == Role::Adjudicator && verdict.is_some())
}

/// The value with the most votes of the highest role; `tie` if two have as many; `None` without
/// votes.
pub(crate) fn decided<T: Copy + Ord>(votes: impl Iterator<Item = (Role, T)>, tie: T) -> Option<T> {
    majority(of_highest_role(votes).into_iter(), tie)
}

/// The value with the most votes; `tie` if two have as many; `None` without votes.
pub(crate) fn majority<T: Copy + Ord>(votes: impl Iterator<Item = T>, tie: T) -> Option<T> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    for vote in votes {
        *counts.entry(vote).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    let mut winners = counts.into_iter().filter(|(_, count)| *count == most).map(|(value, _)| value);
    let first = winners.next()?;
    Some(if winners.next().is_some() { tie } else { first })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_decides_and_a_tie_is_unsure() {
        use Verdict::{Accept, Reject, Unsure};
        assert_eq!(majority([Accept, Reject, Accept].into_iter(), Unsure), Some(Accept));
        assert_eq!(majority([Accept, Reject].into_iter(), Unsure), Some(Unsure));
        assert_eq!(majority([].into_iter(), Unsure), None);
    }
}
