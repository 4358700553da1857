//! The rules of judging: what each action changes in a judgement. Pure; keeps no state.

use std::collections::BTreeSet;

use thiserror::Error;
use tilejury_data::{Sample, TilePath, TileSlot};

use crate::judgement::{FieldChange, Judgement, Reason, Relevance, Verdict};

/// A reason why an action was not performed.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The tile to add is the row's positive.
    #[error("this tile is the row's positive already")]
    IsPositive,
    /// The tile to add is a negative of the row.
    #[error("this tile is negative {0} of the row; mark it as relevant there")]
    IsNegative(TileSlot),
    /// The tile to add was already added by this annotator.
    #[error("this tile was already added to the row as relevant")]
    AlreadyAdded,
    /// The tile to remove was never added by this annotator, or was removed again.
    #[error("this tile is not among those that were added to the row")]
    NotAdded,
    /// The tile has no name.
    #[error("the path of the tile is empty")]
    NoTile,
    /// The row cannot be read.
    #[error("the row cannot be read")]
    UnreadableRow,
}

/// The reason why a tile cannot be added to a row; `None` if it can.
pub(crate) fn refusal_to_add(sample: &Sample, tile: &TilePath) -> Option<Refusal> {
    match TileSlot::find(sample, tile) {
        _ if tile.as_str().is_empty() => Some(Refusal::NoTile),
        Some(slot) if slot.is_positive() => Some(Refusal::IsPositive),
        Some(slot) => Some(Refusal::IsNegative(slot)),
        None => None,
    }
}

/// Whether a verdict can have reasons: reject and unsure can, accept cannot.
pub fn can_have_reasons(verdict: Option<Verdict>) -> bool {
    matches!(verdict, Some(Verdict::Reject | Verdict::Unsure))
}

/// The change that clears a judgement's reasons because its new verdict cannot have any; `None` if
/// there is nothing to clear.
pub(crate) fn cleared_reasons(judgement: &Judgement, verdict: Option<Verdict>) -> Option<FieldChange> {
    let must_clear = !can_have_reasons(verdict) && !judgement.reasons.is_empty();
    must_clear.then(|| FieldChange::Reasons(BTreeSet::new()))
}

/// Accepts a sample and confirms its visible tiles that have no mark: see
/// [`crate::JudgeAction::Accept`].
pub(crate) fn accept(
    sample: &Sample,
    judgement: &Judgement,
    seen: &[TilePath],
    copies: &[TilePath],
) -> Vec<FieldChange> {
    let mut changes = set_verdict(sample, judgement, Some(Verdict::Accept));
    let mut done = BTreeSet::new();
    let positive = &sample.positive.path;
    let known = judgement.relevance(positive);
    let positive_is_relevant = known == Some(Relevance::Relevant) || (known.is_none() && seen.contains(positive));
    // The positive comes first: if it is also among the negatives, it is relevant there too.
    for (at, tile) in sample.tiles().enumerate() {
        let is_unmarked = judgement.relevance(&tile.path).is_none();
        if !is_unmarked || !seen.contains(&tile.path) || !done.insert(&tile.path) {
            continue;
        }
        let relevance = match at {
            0 => Relevance::Relevant,
            _ if !copies.contains(&tile.path) => Relevance::NotRelevant,
            _ if positive_is_relevant => Relevance::Relevant,
            _ => continue,
        };
        changes.push(FieldChange::Relevance(tile.path.clone(), Some(relevance)));
    }
    changes
}

/// Marks all negatives. A tile that is also the row's positive keeps its mark.
pub(crate) fn all_negatives(sample: &Sample, relevance: Option<Relevance>) -> Vec<FieldChange> {
    let mut done = BTreeSet::from([&sample.positive.path]);
    let negatives = sample.negatives.iter().filter(|tile| done.insert(&tile.path));
    negatives.map(|tile| FieldChange::Relevance(tile.path.clone(), relevance)).collect()
}

/// Sets a verdict, and clears the reasons if it cannot have any. In a rejected row, a wrong
/// positive is both a reason and a mark.
pub(crate) fn set_verdict(sample: &Sample, judgement: &Judgement, verdict: Option<Verdict>) -> Vec<FieldChange> {
    let positive = &sample.positive.path;
    let mut after = judgement.clone();
    after.verdict = verdict;
    if let Some(cleared) = cleared_reasons(judgement, verdict) {
        after.apply(cleared);
    }
    let after = after.reconciled(positive);
    let mut changes = vec![FieldChange::Verdict(verdict), FieldChange::Reasons(after.reasons.clone())];
    // Repeating the current relevance would turn a confirmation into a mark.
    if after.relevance(positive) != judgement.relevance(positive) {
        changes.push(FieldChange::Relevance(positive.clone(), after.relevance(positive)));
    }
    changes
}

/// Adds or removes a reason. In a rejected row, the reason “wrong positive” and the positive's mark
/// change together.
pub(crate) fn toggle_reason(sample: &Sample, judgement: &Judgement, reason: Reason) -> Vec<FieldChange> {
    if !can_have_reasons(judgement.verdict) {
        return Vec::new();
    }
    let mut reasons = judgement.reasons.clone();
    let added = !reasons.remove(&reason);
    if added {
        reasons.insert(reason);
    }
    let mut changes = vec![FieldChange::Reasons(reasons)];
    if reason == Reason::WrongPositive && judgement.verdict == Some(Verdict::Reject) {
        let relevance = added.then_some(Relevance::NotRelevant);
        changes.push(FieldChange::Relevance(sample.positive.path.clone(), relevance));
    }
    changes
}

/// Marks a tile, or clears its mark. In a rejected row, the positive's mark and the reason “wrong
/// positive” change together.
pub(crate) fn mark(
    sample: &Sample,
    judgement: &Judgement,
    tile: &TilePath,
    relevance: Option<Relevance>,
) -> Vec<FieldChange> {
    let mut changes = vec![FieldChange::Relevance(tile.clone(), relevance)];
    if judgement.verdict == Some(Verdict::Reject) && *tile == sample.positive.path {
        let mut reasons = judgement.reasons.clone();
        match relevance {
            Some(Relevance::NotRelevant) => reasons.insert(Reason::WrongPositive),
            None | Some(Relevance::Relevant | Relevance::Unsure | Relevance::Broken) => {
                reasons.remove(&Reason::WrongPositive)
            }
        };
        changes.push(FieldChange::Reasons(reasons));
    }
    changes
}
