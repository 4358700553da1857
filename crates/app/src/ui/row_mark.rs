//! The mark of a row in a list of rows: its verdict, and whether an accept left out some tiles.
//! Draws what it is given.

use egui::{Align2, FontId, Painter, Pos2, Sense, Shape, Stroke, TextStyle, Ui, Vec2, vec2};
use tilejury_audit::Verdict;
use tilejury_audit::session::SampleStatus;
use tilejury_audit::text::{capital, count};

use crate::theme::{Palette, answered_mark, palette, verdict_mark};

/// The width of a mark, in points.
pub(super) const WIDTH: f32 = 14.0;

/// Paints the mark of a row around a point. `hides_roles`: a verdict would tell roles, so the mark
/// says only whether there is one.
pub(super) fn paint(painter: &Painter, middle: Pos2, palette: &Palette, status: SampleStatus, hides_roles: bool) {
    let (sign, colour) = match hides_roles {
        true => answered_mark(palette, status.verdict.is_some()),
        false => verdict_mark(palette, status.verdict),
    };
    if status.unconfirmed > 0 && !hides_roles {
        half_confirmed(painter, middle, colour);
    } else {
        painter.text(middle, Align2::CENTER_CENTER, sign, FontId::proportional(WIDTH), colour);
    }
}

/// Draws the mark of a row in a line of text, with its words under the pointer.
pub(super) fn show(ui: &mut Ui, status: SampleStatus) {
    let size = vec2(WIDTH, ui.text_style_height(&TextStyle::Body));
    let (area, response) = ui.allocate_exact_size(size, Sense::hover());
    paint(ui.painter(), area.center(), palette(ui.visuals()), status, false);
    response.on_hover_text(capital(&words(status, false)));
}

/// The mark of a row accepted while some of its tiles could not be seen: a circle with its left
/// half filled.
fn half_confirmed(painter: &Painter, middle: Pos2, colour: egui::Color32) {
    let radius = 5.5;
    let at = |step: i32| middle + radius * Vec2::angled((90.0 + 15.0 * step as f32).to_radians());
    painter.add(Shape::convex_polygon((0..=12).map(at).collect(), colour, Stroke::NONE));
    painter.circle_stroke(middle, radius, Stroke::new(1.5, colour));
}

/// The mark in words.
pub(super) fn words(status: SampleStatus, hides_roles: bool) -> String {
    match status.verdict {
        Some(_) if hides_roles => "answered".to_owned(),
        Some(Verdict::Accept) if status.unconfirmed > 0 => {
            let tiles = count(usize::from(status.unconfirmed), "tile");
            format!("accepted; not confirmed: {tiles} that could not be seen")
        }
        Some(Verdict::Accept) => "accepted".to_owned(),
        Some(Verdict::Reject) => "rejected".to_owned(),
        Some(Verdict::Unsure) => "unsure".to_owned(),
        None => "not judged".to_owned(),
    }
}
