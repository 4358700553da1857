//! The time since the current row became viewing: a verdict counts only for a row that a person can
//! have seen. Knows only the clock of the frames, so tests need not wait; must not know what a key
//! means.

use tilejury_data::SampleIndex;

/// After a pause between two frames that is longer than this, in seconds, keys woke the window:
/// they were pressed at its end.
const IDLE: f64 = 0.002;

/// The time that the current row has been visible.
#[derive(Default)]
pub(super) struct ViewingTime {
    row: Option<SampleIndex>,
    /// The start of the frame after the one that drew it: by then it was on the screen.
    since: Option<f64>,
    /// The start of this frame.
    began: f64,
    /// The earliest moment that a key of this frame can have been pressed.
    pressed: f64,
}

impl ViewingTime {
    /// Begins a frame at `now`; the frame before took `worked`, painting included. Both in seconds.
    pub(super) fn begin_frame(&mut self, now: f64, worked: f64) {
        let idle = now - self.began - worked > IDLE;
        self.pressed = if idle { now } else { now - worked };
        self.began = now;
        if self.row.is_some() {
            self.since.get_or_insert(now);
        }
    }

    /// Records that a row was drawn. Returns whether it was not in view before: then another frame
    /// must follow soon.
    pub(super) fn painted(&mut self, row: SampleIndex) -> bool {
        let new = self.row != Some(row);
        if new {
            *self = Self { row: Some(row), since: None, ..*self };
        }
        new
    }

    /// Records that the row shows another tile than before: a key that was meant for that one must
    /// not count.
    pub(super) fn begin_again(&mut self) {
        *self = Self { row: None, since: None, ..*self };
    }

    /// Whether the row had been visible for this long when the keys of this frame were pressed.
    pub(super) fn has_lasted(&self, row: SampleIndex, minimum_ms: u32) -> bool {
        let long_enough = |since: f64| self.pressed - since >= f64::from(minimum_ms) / 1000.0;
        minimum_ms == 0 || (self.row == Some(row) && self.since.is_some_and(long_enough))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(index: usize) -> SampleIndex {
        SampleIndex::new(index)
    }

    #[test]
    fn a_row_counts_once_it_was_visible_long_enough() {
        let mut viewing = ViewingTime::default();
        viewing.begin_frame(10.0, 0.0);
        assert!(!viewing.has_lasted(row(7), 150) && viewing.has_lasted(row(7), 0));
        assert!(viewing.painted(row(7)) && !viewing.painted(row(7)));
        // A key in the frame that follows at once was pressed before the row was on the screen.
        viewing.begin_frame(10.016, 0.01);
        assert!(!viewing.has_lasted(row(7), 150));
        viewing.begin_frame(10.16, 0.01);
        assert!(!viewing.has_lasted(row(7), 150));
        viewing.begin_frame(10.17, 0.0);
        assert!(viewing.has_lasted(row(7), 150) && !viewing.has_lasted(row(8), 150));
        viewing.begin_again();
        assert!(!viewing.has_lasted(row(7), 150), "it shows another tile now");
        assert!(viewing.painted(row(8)));
        assert!(!viewing.has_lasted(row(7), 150) && !viewing.has_lasted(row(8), 150));
    }

    #[test]
    fn a_slow_frame_does_not_lend_its_time_to_a_key() {
        let mut viewing = ViewingTime::default();
        viewing.painted(row(1));
        viewing.begin_frame(1.0, 0.0);
        // The next frame comes straight after one that took 0.3 s: the key may be as old as that.
        viewing.begin_frame(1.3, 0.3);
        assert!(!viewing.has_lasted(row(1), 150));
        viewing.begin_frame(1.6, 0.0);
        assert!(viewing.has_lasted(row(1), 150));
    }
}
