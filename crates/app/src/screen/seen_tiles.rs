//! The tiles that a person saw and inspected, by row, since the set was opened. It must not know
//! when a tile counts as seen.

use std::collections::{HashMap, HashSet};

use tilejury_data::{SampleIndex, TilePath};

/// The tiles of one row.
#[derive(Default)]
pub(super) struct RowSeen {
    /// The tiles that were on the screen and loaded.
    pub(super) seen: HashSet<TilePath>,
    /// The seen tiles that the person focused, compared or enlarged, and could read.
    pub(super) inspected: HashSet<TilePath>,
}

/// The tiles of the rows that were shown, which come back with a row. Only rows that were shown
/// take memory.
#[derive(Default)]
pub(super) struct SeenByRow {
    /// The row that was drawn last.
    row: Option<SampleIndex>,
    current: RowSeen,
    others: HashMap<SampleIndex, RowSeen>,
}

impl SeenByRow {
    /// Whether a row was drawn last.
    pub(super) fn is_of(&self, row: SampleIndex) -> bool {
        self.row == Some(row)
    }

    /// The tiles of the row that was drawn last.
    pub(super) fn current(&self) -> &RowSeen {
        &self.current
    }

    /// Whether a tile of a row was seen since the set was opened.
    pub(super) fn was_seen(&self, row: SampleIndex, tile: &TilePath) -> bool {
        let tiles = if self.is_of(row) { Some(&self.current) } else { self.others.get(&row) };
        tiles.is_some_and(|tiles| tiles.seen.contains(tile))
    }

    /// Forgets what was seen of a row.
    pub(super) fn forget(&mut self, row: SampleIndex) {
        self.others.remove(&row);
        if self.is_of(row) {
            (self.row, self.current) = (None, RowSeen::default());
        }
    }

    /// The tiles of a row, to add to them while it is drawn.
    pub(super) fn of_drawn(&mut self, row: SampleIndex) -> &mut RowSeen {
        if self.row != Some(row) {
            let next = self.others.remove(&row).unwrap_or_default();
            let before = std::mem::replace(&mut self.current, next);
            if let Some(row) = self.row.replace(row).filter(|_| !before.seen.is_empty()) {
                self.others.insert(row, before);
            }
        }
        &mut self.current
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seen_tiles_come_back_with_their_row() {
        let (first, second) = (SampleIndex::new(0), SampleIndex::new(1));
        let tile = TilePath::new("a");
        let mut seen = SeenByRow::default();
        seen.of_drawn(first).seen.insert(tile.clone());
        assert!(seen.of_drawn(second).seen.is_empty());
        assert!(seen.is_of(second) && !seen.is_of(first));
        assert!(seen.of_drawn(first).seen.contains(&tile));
        assert!(seen.others.is_empty(), "a row without a seen tile takes no memory");
    }
}
