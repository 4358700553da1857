//! The order in which the rows of an audit are shown: the draw, with gold rows mixed in and some
//! rows coming back later. All of it by hash, so the same on every machine.

use std::collections::HashMap;

use tilejury_data::SampleKey;

use super::stored::Audit;

/// The smallest number of other rows that an annotator sees before a row comes back.
pub const ROWS_BETWEEN: usize = 50;

/// A row that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownRow {
    /// The row.
    pub key: SampleKey,
    /// Whether it is drawn, or mixed in to compare annotators with what is known of it.
    pub kind: ShownKind,
    /// Whether it was shown before: its second answer is kept apart.
    pub is_again: bool,
}

/// The reason for showing a row. Not visible to annotators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownKind {
    /// It is drawn.
    Drawn,
    /// A gold row: its answer is known, and it is in no rate.
    Gold,
}

impl Audit {
    /// All rows in the order in which they are shown. A row that comes back does so once each of
    /// its annotators has seen [`ROWS_BETWEEN`] of their other rows; one that is too close to the
    /// end never does.
    pub fn order(&self) -> Vec<ShownRow> {
        let (seed, rows) = (&self.plan.seed, self.rows.len() as u64);
        let mut gold: Vec<(u64, SampleKey)> =
            self.gold_rows().map(|key| (tilejury_stats::gold_slot(seed, &key.to_string(), rows + 1), key)).collect();
        gold.sort_unstable();
        let mut gold = gold.into_iter().peekable();
        let mut order = Order { audit: self, shown: Vec::new(), seen: HashMap::new(), waiting: Vec::new() };
        for (place, key) in (0_u64..).zip(&self.rows) {
            while let Some((_, key)) = gold.next_if(|(slot, _)| *slot <= place) {
                order.show(key, ShownKind::Gold);
            }
            order.show(*key, ShownKind::Drawn);
        }
        for (_, key) in gold {
            order.show(key, ShownKind::Gold);
        }
        order.shown
    }

    /// The rows that an annotator is shown, in order: their part of [`Self::order`].
    pub fn order_for(&self, annotator: &str) -> Vec<ShownRow> {
        let mut order = self.order();
        order.retain(|row| row.kind == ShownKind::Gold || self.is_for(annotator, row.key));
        order
    }

    /// Whether a row is shown a second time.
    pub fn comes_back(&self, key: SampleKey) -> bool {
        self.order().iter().any(|row| row.is_again && row.key == key)
    }

    /// Whether a drawn row is for an annotator.
    fn is_for(&self, annotator: &str, key: SampleKey) -> bool {
        let named = self.plan.annotators_of(&key.to_string());
        named.is_empty() || named.contains(&annotator)
    }
}

/// The rows shown so far.
struct Order<'a> {
    audit: &'a Audit,
    shown: Vec<ShownRow>,
    /// The number of rows that each annotator has seen, without those that came back; under the
    /// empty name if anybody may answer.
    seen: HashMap<&'a str, usize>,
    /// Rows that come back, with the number that each of their annotators must have seen.
    waiting: Vec<(SampleKey, Vec<(&'a str, usize)>)>,
}

impl Order<'_> {
    fn show(&mut self, key: SampleKey, kind: ShownKind) {
        self.shown.push(ShownRow { key, kind, is_again: false });
        let plan = &self.audit.plan;
        let named = match kind {
            ShownKind::Gold => plan.annotators.iter().map(String::as_str).collect(),
            ShownKind::Drawn => plan.annotators_of(&key.to_string()),
        };
        let named = if named.is_empty() { vec![""] } else { named };
        for name in &named {
            *self.seen.entry(name).or_default() += 1;
        }
        let is_due = |due: &[(&str, usize)]| due.iter().all(|(name, number)| self.seen.get(name) >= Some(number));
        let (due, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|(_, due)| is_due(due));
        self.shown.extend(due.into_iter().map(|(key, _)| ShownRow { key, kind: ShownKind::Drawn, is_again: true }));
        self.waiting = waiting;
        if kind == ShownKind::Drawn && tilejury_stats::is_repeated(&plan.seed, &key.to_string(), plan.repeats) {
            let due = named.into_iter().map(|name| (name, self.seen.get(name).copied().unwrap_or(0) + ROWS_BETWEEN));
            self.waiting.push((key, due.collect()));
        }
    }
}
