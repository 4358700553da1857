//! The shapes that the cards of a row's tiles have. They are fixed soon after the row appears, so
//! that nothing moves while a person looks at it.

use tilejury_data::SampleIndex;

use crate::ui::grid_layout::{TileShape, USUAL_SHAPE};

/// The time in seconds from the first known shape after which all are fixed: by then, a person has
/// begun to look.
const FIXED_AFTER: f64 = 0.3;

/// The shapes of the current row's tiles.
#[derive(Debug, Default)]
pub(super) struct RowShapes {
    of: Option<SampleIndex>,
    /// The time at which the first shape was known.
    since: Option<f64>,
    shapes: Vec<TileShape>,
    is_fixed: bool,
}

impl RowShapes {
    /// Takes the shapes that are known, the positive's first. `now` is in seconds.
    pub(super) fn update(&mut self, sample: SampleIndex, now: f64, known: impl Iterator<Item = Option<TileShape>>) {
        let known: Vec<Option<TileShape>> = known.collect();
        if self.of != Some(sample) || self.shapes.len() != known.len() {
            *self = Self { of: Some(sample), ..Self::default() };
        }
        if self.is_fixed {
            return;
        }
        if self.since.is_none() && known.iter().any(Option::is_some) {
            self.since = Some(now);
        }
        self.is_fixed = known.iter().all(Option::is_some);
        if self.since.is_none_or(|since| now - since <= FIXED_AFTER) {
            self.shapes = known.into_iter().map(|shape| shape.unwrap_or(USUAL_SHAPE)).collect();
        } else {
            self.is_fixed = true;
        }
    }

    /// The shapes of a row's tiles, if it is the current one.
    pub(super) fn get(&self, sample: SampleIndex) -> Option<&[TileShape]> {
        (self.of == Some(sample)).then_some(&self.shapes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW: TileShape = [875, 200];

    #[test]
    fn shapes_that_arrive_late_change_nothing() {
        let mut shapes = RowShapes::default();
        let first = SampleIndex::new(0);
        shapes.update(first, 10.0, [None, None].into_iter());
        assert_eq!(shapes.get(first), Some([USUAL_SHAPE; 2].as_slice()));
        shapes.update(first, 12.0, [Some(LOW), None].into_iter());
        assert_eq!(shapes.get(first), Some([LOW, USUAL_SHAPE].as_slice()), "nobody has begun to look");
        shapes.update(first, 13.0, [Some(LOW), Some(LOW)].into_iter());
        assert_eq!(shapes.get(first), Some([LOW, USUAL_SHAPE].as_slice()));
        let second = SampleIndex::new(1);
        shapes.update(second, 13.1, [Some(LOW), Some(LOW)].into_iter());
        assert_eq!((shapes.get(first), shapes.get(second)), (None, Some([LOW; 2].as_slice())));
        shapes.update(second, 13.2, [None, None].into_iter());
        assert_eq!(shapes.get(second), Some([LOW; 2].as_slice()), "an evicted picture changes nothing");
        shapes.update(first, 13.3, [Some(LOW), Some(LOW)].into_iter());
        assert_eq!(shapes.get(first), Some([LOW; 2].as_slice()), "they are known when the row is visited again");
    }
}
