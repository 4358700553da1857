//! A part of a bar of counts. Its pattern says the same as its colour, for people who cannot tell
//! the colours apart. Counts nothing.

use egui::{Color32, Painter, Rect, Stroke, StrokeKind, pos2};

use crate::theme::Palette;

/// The opacity of the fill of an outlined part.
const OUTLINED_FILL: f32 = 0.5;
/// A shorter part is filled, in points: a pattern would not be recognised.
const PATTERN_FROM: f32 = 4.0;

/// The pattern of a part.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pattern {
    /// Accepted, relevant, kept.
    Solid,
    /// Filled and free lengths in turn, in points: rejected or wrong in dashes, unsure in dots.
    Broken { on: f32, off: f32 },
    /// Without a judgement.
    Outlined,
}

fn pattern(colours: &Palette, colour: Color32) -> Pattern {
    match colour {
        _ if colour == colours.reject => Pattern::Broken { on: 6.0, off: 2.0 },
        _ if colour == colours.unsure => Pattern::Broken { on: 2.0, off: 2.0 },
        _ if colour == colours.focus || colour == colours.quiet => Pattern::Outlined,
        _ => Pattern::Solid,
    }
}

/// Paints a part in one of the colours of the palette.
pub(crate) fn paint(painter: &Painter, area: Rect, colours: &Palette, colour: Color32) {
    match pattern(colours, colour) {
        Pattern::Broken { on, off } if area.width() >= PATTERN_FROM => {
            let mut x = area.left();
            while x < area.right() {
                let end = (x + on).min(area.right());
                let piece = Rect::from_min_max(pos2(x, area.top()), pos2(end, area.bottom()));
                painter.rect_filled(piece, 0.0, colour);
                x += on + off;
            }
        }
        Pattern::Outlined if area.width() >= PATTERN_FROM => {
            painter.rect_filled(area, 2.0, colour.gamma_multiply(OUTLINED_FILL));
            painter.rect_stroke(area, 2.0, Stroke::new(1.0, colour), StrokeKind::Inside);
        }
        _ => _ = painter.rect_filled(area, 2.0_f32.min(area.height() / 2.0), colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::palette;

    #[test]
    fn parts_beside_each_other_differ_by_pattern_too() {
        for visuals in [egui::Visuals::dark(), egui::Visuals::light()] {
            let colours = palette(&visuals);
            let patterns =
                [colours.accept, colours.reject, colours.unsure, colours.focus].map(|colour| pattern(colours, colour));
            for (at, found) in patterns.iter().enumerate() {
                assert!(!patterns[at + 1..].contains(found), "{patterns:?}");
            }
        }
    }
}
