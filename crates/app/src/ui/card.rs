//! The parts of a tile's card, in points: a line above the picture, the picture's frame, rows of
//! text below. Pure geometry.

use egui::{Rect, Vec2, pos2, vec2};

/// The height of the line above the picture.
pub(super) const HEAD: f32 = 24.0;
/// The height of a row of text below the picture.
pub(crate) const TEXT_ROW: f32 = 16.0;
/// The space between the picture and the text.
const TEXT_GAP: f32 = 3.0;
/// The margin between the edge of the card and its content.
pub(crate) const INSET: f32 = 3.0;

/// Where a tile is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Card {
    pub(crate) rect: Rect,
    /// The rows of text below the picture. They have their room whether or not the text is known,
    /// so that nothing moves when it arrives.
    pub(crate) text_rows: usize,
}

impl Card {
    /// The size that a card has besides its picture.
    pub(crate) fn around_picture(text_rows: usize) -> Vec2 {
        vec2(2.0 * INSET, 2.0 * INSET + HEAD + text_height(text_rows))
    }

    /// The line above the picture.
    pub(crate) fn head(&self) -> Rect {
        let inner = self.rect.shrink(INSET);
        Rect::from_min_size(inner.min, vec2(inner.width(), HEAD))
    }

    /// The frame of the picture.
    pub(crate) fn picture_frame(&self) -> Rect {
        let inner = self.rect.shrink(INSET);
        let top = inner.min.y + HEAD;
        Rect::from_min_max(
            pos2(inner.min.x, top),
            pos2(inner.max.x, (inner.max.y - text_height(self.text_rows)).max(top)),
        )
    }

    /// The room for the text.
    pub(crate) fn text(&self) -> Rect {
        let inner = self.rect.shrink(INSET);
        let height = self.text_rows as f32 * TEXT_ROW;
        Rect::from_min_max(pos2(inner.min.x, inner.max.y - height), inner.max)
    }
}

fn text_height(rows: usize) -> f32 {
    if rows == 0 { 0.0 } else { TEXT_GAP + rows as f32 * TEXT_ROW }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_card_lie_below_each_other() {
        for text_rows in 0..5 {
            let around = Card::around_picture(text_rows);
            let card = Card { rect: Rect::from_min_size(pos2(7.0, 9.0), around + vec2(200.0, 300.0)), text_rows };
            assert_eq!(card.picture_frame().size(), vec2(200.0, 300.0));
            assert_eq!(card.head().max.y, card.picture_frame().min.y);
            assert!(card.text().min.y >= card.picture_frame().max.y && card.rect.contains_rect(card.text()));
        }
    }
}
