//! The orders that the list can have: their keys, directions and names. Sorting is in
//! `review/ordering.rs`.

use serde::{Deserialize, Serialize};
use tilejury_data::SampleIndex;

/// The value that the list is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderKey {
    /// The order of the files.
    #[default]
    File,
    /// The suspicion, the highest first.
    Suspicion,
    /// The text of the query, in Unicode order without regard to case.
    Query,
    /// The number of negatives, the smallest first.
    Negatives,
    /// The verdict: rows without one first, then unsure, rejected and accepted ones.
    Verdict,
    /// The time of the verdict, the latest first; then rows without one.
    Judged,
}

impl OrderKey {
    pub(crate) const ALL: [Self; 6] =
        [Self::File, Self::Suspicion, Self::Query, Self::Negatives, Self::Verdict, Self::Judged];

    /// Whether the order can be reversed. Suspicion cannot: the rows without any come last.
    pub(crate) fn is_reversible(self) -> bool {
        !matches!(self, Self::File | Self::Suspicion)
    }
}

/// An order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ListOrder {
    pub(crate) key: OrderKey,
    pub(crate) is_reversed: bool,
}

impl ListOrder {
    /// The order of a key, not reversed.
    pub(crate) fn by(key: OrderKey) -> Self {
        Self { key, is_reversed: false }
    }

    /// The order after a choice in the menu: the same key again reverses it.
    pub(crate) fn after_choice(self, key: OrderKey) -> Self {
        let reverses = self.key == key && key.is_reversible();
        Self { key, is_reversed: reverses && !self.is_reversed }
    }

    /// The name for people.
    pub(crate) fn name(self) -> &'static str {
        match (self.key, self.is_reversed) {
            (OrderKey::File, _) => "file order",
            (OrderKey::Suspicion, _) => "most suspicious first",
            (OrderKey::Query, false) => "queries from A to Z",
            (OrderKey::Query, true) => "queries from Z to A",
            (OrderKey::Negatives, false) => "fewest negatives first",
            (OrderKey::Negatives, true) => "most negatives first",
            (OrderKey::Verdict, false) => "unjudged first, then by verdict",
            (OrderKey::Verdict, true) => "accepted first, then by verdict",
            (OrderKey::Judged, false) => "last judged first",
            (OrderKey::Judged, true) => "last judged at the end",
        }
    }

    /// Puts samples that are in the order of the key in this order.
    pub(crate) fn directed(self, mut samples: Vec<SampleIndex>) -> Vec<SampleIndex> {
        if self.is_reversed {
            samples.reverse();
        }
        samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choosing_a_key_again_reverses_it() {
        let query = ListOrder::default().after_choice(OrderKey::Query);
        assert_eq!(query, ListOrder::by(OrderKey::Query));
        let reversed = query.after_choice(OrderKey::Query);
        assert!(reversed.is_reversed && !reversed.after_choice(OrderKey::Query).is_reversed);
        let suspicion = ListOrder::by(OrderKey::Suspicion);
        assert_eq!(suspicion.after_choice(OrderKey::Suspicion), suspicion);
        assert_eq!(reversed.after_choice(OrderKey::Verdict), ListOrder::by(OrderKey::Verdict));
    }
}
