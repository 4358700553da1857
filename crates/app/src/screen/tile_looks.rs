//! The looks at the tiles of the rows that were shown since the set was opened: how large each was
//! on the screen, and for how long.
//! Knows only the clock of the frames, so tests need not wait; must not know what counts as seen.

use std::collections::HashMap;
use std::time::Duration;

use tilejury_audit::{Look, Looks};
use tilejury_data::{SampleIndex, TilePath};

/// The most seconds between two frames that count as looking. Without any event no frame is drawn,
/// so a longer gap is a pause: the person may be away.
const LONGEST_GAP: f64 = 60.0;

/// Whether text can be read at a scale, by the rule for stored looks.
pub(super) fn is_readable(scale: f32) -> bool {
    Look::new(scale, Duration::ZERO).is_readable()
}

/// The largest scale of each tile of a row, and its seconds in view.
type RowLooks = HashMap<TilePath, (f32, f64)>;

/// The looks at the tiles of rows. Only rows that were shown take memory.
#[derive(Default)]
pub(super) struct TileLooks {
    /// The row that was drawn last.
    row: Option<SampleIndex>,
    rows: HashMap<SampleIndex, RowLooks>,
    /// The tiles on the screen since the last frame.
    on_screen: Vec<TilePath>,
    /// The start of this frame.
    began: f64,
    /// Whether the window had the keyboard since the last frame.
    had_focus: bool,
}

impl TileLooks {
    /// Begins a frame at `now`, in seconds: the tiles of the frame before were in view until now.
    /// They count if the window had the keyboard at both times.
    pub(super) fn begin_frame(&mut self, now: f64, has_focus: bool) {
        let gap = (now - self.began).clamp(0.0, LONGEST_GAP);
        let watched = std::mem::replace(&mut self.had_focus, has_focus) && has_focus;
        let mut tiles = self.row.and_then(|row| self.rows.get_mut(&row));
        for tile in self.on_screen.drain(..) {
            if let Some((_, seconds)) = tiles.as_mut().and_then(|tiles| tiles.get_mut(&tile)).filter(|_| watched) {
                *seconds += gap;
            }
        }
        self.began = now;
    }

    /// Records the tiles of a row that were drawn in view, each with its scale in pixels of the
    /// screen per pixel of the tile.
    pub(super) fn painted(&mut self, row: SampleIndex, tiles: impl IntoIterator<Item = (TilePath, f32)>) {
        self.row = Some(row);
        self.on_screen.clear();
        let known_tiles = self.rows.entry(row).or_default();
        for (tile, scale) in tiles {
            let known = known_tiles.entry(tile.clone()).or_default();
            known.0 = known.0.max(scale);
            self.on_screen.push(tile);
        }
    }

    /// Whether a tile of a row was shown at a size at which its text can be read.
    pub(super) fn was_readable(&self, row: SampleIndex, tile: &TilePath) -> bool {
        self.rows.get(&row).and_then(|tiles| tiles.get(tile)).is_some_and(|(scale, _)| is_readable(*scale))
    }

    /// Forgets the looks at a row.
    pub(super) fn forget(&mut self, row: SampleIndex) {
        self.rows.remove(&row);
    }

    /// The looks at the tiles of a row so far.
    pub(super) fn of(&self, row: SampleIndex) -> Looks {
        let mut looks = Looks::default();
        for (tile, (scale, seconds)) in self.rows.get(&row).into_iter().flatten() {
            looks.add(tile, Look::new(*scale, Duration::from_secs_f64(*seconds)));
        }
        looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: usize) -> SampleIndex {
        SampleIndex::new(index)
    }

    fn tile(name: &str) -> TilePath {
        TilePath::new(name)
    }

    fn look(looks: &TileLooks, name: &str) -> Option<(f64, u128)> {
        looks.of(row(0)).get(&tile(name)).map(|look| (look.scale(), look.time().as_millis()))
    }

    #[test]
    fn tiles_gather_time_while_they_are_on_the_screen() {
        let mut looks = TileLooks::default();
        looks.begin_frame(10.0, true);
        looks.painted(row(0), [(tile("a"), 0.3), (tile("b"), 0.5)]);
        looks.begin_frame(10.5, true);
        looks.painted(row(0), [(tile("a"), 0.8)]);
        looks.begin_frame(12.0, true);
        assert_eq!(look(&looks, "a"), Some((0.8, 2000)));
        assert_eq!(look(&looks, "b"), Some((0.5, 500)), "it was scrolled away");
        looks.painted(row(0), [(tile("a"), 0.2)]);
        looks.begin_frame(12.25, true);
        assert_eq!(look(&looks, "a"), Some((0.8, 2250)), "the largest scale stays");
        looks.painted(row(1), [(tile("a"), 0.1)]);
        looks.begin_frame(13.25, true);
        assert_eq!(look(&looks, "a"), Some((0.8, 2250)), "another row has looks of its own");
        looks.painted(row(0), [(tile("a"), 0.2)]);
        looks.begin_frame(13.5, true);
        assert_eq!(look(&looks, "a"), Some((0.8, 2500)), "looks go on when the row comes back");
        assert!(looks.of(row(2)).is_empty());
    }

    #[test]
    fn pauses_and_an_unfocused_window_do_not_count() {
        let mut looks = TileLooks::default();
        looks.begin_frame(0.0, false);
        looks.painted(row(0), [(tile("a"), 1.0)]);
        looks.begin_frame(5.0, true);
        assert_eq!(look(&looks, "a"), Some((1.0, 0)), "the window had no keyboard");
        looks.painted(row(0), [(tile("a"), 1.0)]);
        looks.begin_frame(1000.0, true);
        assert_eq!(look(&looks, "a"), Some((1.0, 60_000)), "the person was away");
        // A frame without tiles, such as under another scene.
        looks.begin_frame(1001.0, true);
        assert_eq!(look(&looks, "a"), Some((1.0, 60_000)));
    }
}
