//! The order of a person's marks over all rows. It decides whether repeating a mark changes the
//! latest one on a tile, and which mark becomes the latest when that is undone.
//!
//! Knows only the order. The values are in the judgements, and `answers` decides about rows.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tilejury_data::{SampleKey, TilePath};
use tilejury_rows::{QueryKey, TileId};

use super::AuditSession;
use super::moves::PendingEdits;
use crate::event::Event;
use crate::history::UndoEdit;
use crate::judgement::{FieldChange, Relevance};

/// The time of a mark: the number of this session's last event up to it, and its position among the
/// foreign events after that one.
pub(super) type MarkTime = (u64, u64);

/// The order of one person's current marks. Confirmations by accepting are not marks.
#[derive(Default)]
pub(super) struct MarkOrder {
    orders: BTreeMap<(TileId, SampleKey), MarkTime>,
}

impl MarkOrder {
    /// Builds the order from one annotator's events in stored order, all from before this session.
    pub(super) fn from_events(events: &[Event]) -> Self {
        let mut marks = Self::default();
        (0..).zip(events).for_each(|(at, event)| marks.add_event(event, (0, at)));
        marks
    }

    /// Adds an event with its time.
    pub(super) fn add_event(&mut self, event: &Event, order: MarkTime) {
        let FieldChange::Relevance(tile, relevance) = &event.change else { return };
        let field = (TileId::new(tile), event.sample);
        match relevance {
            Some(_) if event.origin.confirmed_by.is_none() => self.orders.insert(field, order),
            _ => self.orders.remove(&field),
        };
    }

    /// Forgets the marks in a row.
    pub(super) fn forget(&mut self, sample: SampleKey) {
        self.orders.retain(|(_, row), _| *row != sample);
    }

    /// The rows with a mark of a tile, the latest mark first.
    fn rows(&self, tile: &TilePath) -> Vec<SampleKey> {
        let tile = TileId::new(tile);
        let all = self.orders.range((tile, SampleKey(0))..=(tile, SampleKey(u128::MAX)));
        let mut rows: Vec<(Reverse<MarkTime>, SampleKey)> =
            all.map(|((_, sample), order)| (Reverse(*order), *sample)).collect();
        rows.sort_unstable();
        rows.into_iter().map(|(_, sample)| sample).collect()
    }
}

impl AuditSession {
    /// Returns whether a later mark in another row, with another value, overrules a row's mark of a
    /// tile. Rows of the same query count; if one of the two marks is “broken”, rows of any query
    /// do.
    pub(super) fn is_overruled(&self, sample: SampleKey, tile: &TilePath, relevance: Relevance) -> bool {
        let mut later = self.marks.rows(tile);
        let Some(own) = later.iter().position(|row| *row == sample) else { return false };
        later.truncate(own);
        let relevance_in = |row: SampleKey| self.judgements.get(&row).and_then(|judgement| judgement.relevance(tile));
        let here = later.into_iter().filter(|row| self.dataset.find(*row).is_some());
        let mut later = here.filter_map(|row| Some((row, relevance_in(row)?))).peekable();
        let Some((_, latest)) = later.peek() else { return false };
        if is_broken(*latest) != is_broken(relevance) {
            return true;
        }
        let query = self.query_of(sample);
        later.find(|(row, _)| self.query_of(*row) == query).is_some_and(|(_, latest)| latest != relevance)
    }

    /// The edit that undoes a repeated mark: it repeats the latest mark with another value in
    /// another row. `None` if there is none, or if the row itself has another value by now.
    pub(super) fn overruling(&self, repeat: &UndoEdit, pending: &PendingEdits) -> Option<UndoEdit> {
        let FieldChange::Relevance(tile, Some(relevance)) = &repeat.after else { return None };
        if pending.present(self, repeat).0 != repeat.after {
            return None;
        }
        let query = self.query_of(repeat.sample)?;
        let rows = pending.rows(tile).into_iter().chain(self.marks.rows(tile)).filter(|row| *row != repeat.sample);
        rows.filter_map(|row| Some((row, self.query_of(row)?))).find_map(|(row, row_query)| {
            let (current, origin) = pending.present(self, &UndoEdit { sample: row, ..repeat.clone() });
            let FieldChange::Relevance(_, Some(other)) = current else { return None };
            let counts = row_query == query || is_broken(other) || is_broken(*relevance);
            (counts && other != *relevance && origin.confirmed_by.is_none()).then(|| UndoEdit {
                sample: row,
                before: current.clone(),
                after: current,
                origin_before: origin.clone(),
                origin,
            })
        })
    }

    /// The query of a row; `None` if the dataset does not hold the row.
    fn query_of(&self, sample: SampleKey) -> Option<QueryKey> {
        let row = self.dataset.row(self.dataset.find(sample)?).ok()?;
        Some(QueryKey::new(&row.query))
    }
}

/// Returns whether a mark holds for every query, not only for that of its row.
fn is_broken(relevance: Relevance) -> bool {
    relevance == Relevance::Broken
}
