//! The changes of a line together with what was judged before: whether reasons fit the verdict, and
//! what else changes with a change.

use std::collections::BTreeSet;

use tilejury_data::TilePath;

use crate::judgement::{FieldChange, Judgement, Reason, Relevance, Verdict};
use crate::judging::{can_have_reasons, cleared_reasons};

/// Checks that the row can have the reasons of a line.
pub(super) fn check_reasons(judgement: &Judgement, changes: &[FieldChange]) -> Result<(), String> {
    let mut after = judgement.clone();
    changes.iter().cloned().for_each(|change| after.apply(change));
    let gives_reasons =
        changes.iter().any(|change| matches!(change, FieldChange::Reasons(reasons) if !reasons.is_empty()));
    if gives_reasons && !can_have_reasons(after.verdict) {
        return Err("`reasons` need the verdict reject or unsure".into());
    }
    Ok(())
}

/// Returns the changes of a line with their consequences. A verdict that cannot have reasons clears
/// the earlier ones. In a rejected row, the reason of a wrong positive and the positive's mark go
/// together ([`Judgement::reconciled`]): if a line gives one of the two, the other follows it,
/// whatever was recorded before; if it gives both, the mark wins.
pub(super) fn with_consequences(
    judgement: &Judgement,
    changes: &[FieldChange],
    positive: Option<&TilePath>,
) -> Vec<FieldChange> {
    let mut all = changes.to_vec();
    let verdict = changes.iter().find_map(|change| match change {
        FieldChange::Verdict(verdict) => Some(*verdict),
        _ => None,
    });
    all.extend(verdict.and_then(|verdict| cleared_reasons(judgement, verdict)));
    let Some(positive) = positive else { return all };
    let mut after = judgement.clone();
    all.iter().cloned().for_each(|change| after.apply(change));
    let marks = changes.iter().any(|change| change.tile() == Some(positive));
    let reasons = changes.iter().find_map(|change| match change {
        FieldChange::Reasons(reasons) => Some(reasons),
        _ => None,
    });
    if let (Some(reasons), false, Some(Verdict::Reject)) = (reasons, marks, after.verdict) {
        let was_wrong = judgement.relevance(positive) == Some(Relevance::NotRelevant);
        match reasons.contains(&Reason::WrongPositive) {
            true => after.apply(FieldChange::Relevance(positive.clone(), Some(Relevance::NotRelevant))),
            false if was_wrong => after.apply(FieldChange::Relevance(positive.clone(), None)),
            false => {}
        }
    }
    if marks && reasons.is_none() && after.relevance(positive) != Some(Relevance::NotRelevant) {
        after.reasons.remove(&Reason::WrongPositive);
    }
    let after = after.reconciled(positive);
    for field in [FieldChange::Reasons(BTreeSet::new()), FieldChange::Relevance(positive.clone(), None)] {
        all.retain(|change| change.field() != field.field() || change.tile() != field.tile());
        all.push(after.present(&field));
    }
    all
}
