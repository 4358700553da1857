//! The rows of the list that a person selected to judge them together. Selecting changes no
//! judgement.

use std::collections::BTreeSet;

use tilejury_audit::session::can_have_reasons;
use tilejury_audit::{AuditSession, Judgement, Reason, RowsAction};
use tilejury_data::SampleIndex;

use super::Review;

/// The selected rows.
#[derive(Debug, Default)]
pub(crate) struct RowSelection {
    rows: BTreeSet<SampleIndex>,
    /// The row from which a range is selected.
    anchor: Option<SampleIndex>,
}

impl RowSelection {
    /// The number of selected rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn contains(&self, row: SampleIndex) -> bool {
        self.rows.contains(&row)
    }

    /// The selected rows, in the order of the dataset.
    pub(crate) fn rows(&self) -> Vec<SampleIndex> {
        self.rows.iter().copied().collect()
    }

    /// Selects nothing. Returns whether something was selected.
    pub(crate) fn clear(&mut self) -> bool {
        let had_rows = !self.rows.is_empty();
        *self = Self::default();
        had_rows
    }
}

/// The common part of the judgements of rows that can have reasons: the verdict, if it is the same,
/// and the reasons. `None` if none of the rows can have any.
pub(crate) fn common_reasons(session: &AuditSession, rows: impl Iterator<Item = SampleIndex>) -> Option<Judgement> {
    let judged = rows.filter_map(|row| session.judgement(row));
    let mut with_reasons = judged.filter(|judgement| can_have_reasons(judgement.verdict));
    let first = with_reasons.next()?;
    let mut common = Judgement { verdict: first.verdict, reasons: first.reasons.clone(), ..Judgement::default() };
    for judgement in with_reasons {
        common.verdict = common.verdict.filter(|verdict| judgement.verdict == Some(*verdict));
        common.reasons.retain(|reason| judgement.reasons.contains(reason));
    }
    Some(common)
}

impl Review {
    /// The judgement that toggles a tag of the selected rows: removes it if all have it, else adds
    /// it.
    pub(crate) fn toggled_tag(&self, tag: &str) -> RowsAction {
        let rows = &self.selected.rows;
        let has =
            |row: &SampleIndex| self.session.judgement(*row).is_some_and(|judgement| judgement.tags.contains(tag));
        match rows.iter().all(has) {
            true => RowsAction::RemoveTag(tag.to_owned()),
            false => RowsAction::AddTag(tag.to_owned()),
        }
    }

    /// The judgement that toggles a reason of the selected rows: removes it if all that can have
    /// reasons have it, else adds it. `None` if none of them can have any.
    pub(crate) fn toggled_reason(&self, reason: Reason) -> Option<RowsAction> {
        let common = self.selected_reasons()?;
        Some(match common.reasons.contains(&reason) {
            true => RowsAction::RemoveReason(reason),
            false => RowsAction::AddReason(reason),
        })
    }

    /// The common reasons of the selected rows: see [`common_reasons`].
    pub(crate) fn selected_reasons(&self) -> Option<Judgement> {
        common_reasons(&self.session, self.selected.rows.iter().copied())
    }

    /// Goes one step on or back in the list and selects every row from where the selection began.
    pub(crate) fn extend_selection(&mut self, steps: i64) {
        let anchor = self.selected.anchor.unwrap_or(self.cursor());
        let Some(to) = self.navigator.step(steps) else { return };
        self.just_judged = None;
        self.show(to);
        self.select_range(anchor, to);
    }

    /// Selects every listed row from where the selection began up to this one. The current row
    /// stays.
    pub(crate) fn select_up_to(&mut self, row: SampleIndex) {
        let anchor = self.selected.anchor.unwrap_or(self.cursor());
        self.select_range(anchor, row);
    }

    /// Selects one more row, or one less; the current row is selected with the first. It stays the
    /// current one.
    pub(crate) fn toggle_selected(&mut self, row: SampleIndex) {
        if self.selected.is_empty() && self.navigator.position().is_ok() {
            self.selected.rows.insert(self.cursor());
        }
        if !self.selected.rows.remove(&row) {
            self.selected.rows.insert(row);
        }
        self.selected.anchor = Some(row);
        self.drop_single();
    }

    fn select_range(&mut self, from: SampleIndex, to: SampleIndex) {
        let listed = self.navigator.listed();
        let position = |row: SampleIndex| listed.iter().position(|index| *index == row);
        let (Some(first), Some(last)) = (position(from).or_else(|| position(to)), position(to)) else { return };
        self.selected.rows = listed[first.min(last)..=first.max(last)].iter().copied().collect();
        self.selected.anchor = Some(from);
        self.drop_single();
    }

    /// The current row alone is not a selection: keys judge it anyway.
    fn drop_single(&mut self) {
        let anchor = self.selected.anchor;
        if self.selected.len() == 1 && self.selected.contains(self.cursor()) {
            self.selected.rows.clear();
        }
        self.selected.anchor = anchor;
    }

    /// Takes rows out of the selection that are no longer listed: nobody could see that they are in
    /// it.
    pub(super) fn limit_selection(&mut self) {
        if self.selected.is_empty() {
            return;
        }
        let mut listed = vec![false; self.dataset().samples.len()];
        self.navigator.listed().iter().for_each(|row| listed[row.index()] = true);
        self.selected.rows.retain(|row| listed[row.index()]);
        self.drop_single();
    }
}
