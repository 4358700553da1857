//! The box around the control that the tour is about. Panels note where their controls are; what is
//! outlined is decided in `screen/tour`.

use egui::{Context, CornerRadius, Id, LayerId, Order, Rect, Stroke, StrokeKind};

use crate::command::Menu;
use crate::theme::palette;

/// The distance of the box from the control, and the width of its line, in points.
const AROUND: f32 = 3.0;
const LINE: f32 = 3.0;

/// A control that can be outlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Spot {
    /// The button that accepts the row.
    Accept,
    /// The order of the list.
    Order,
    /// The name of a menu.
    Menu(Menu),
    /// The button that writes an export.
    Export,
}

/// Notes the place of a control in this frame.
pub(crate) fn note(ctx: &Context, spot: Spot, place: Rect) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(id(spot), (pass, place)));
}

/// The place of a control, if it was drawn in this frame.
pub(crate) fn place(ctx: &Context, spot: Spot) -> Option<Rect> {
    let (pass, place): (u64, Rect) = ctx.data(|data| data.get_temp(id(spot)))?;
    (pass == ctx.cumulative_pass_nr()).then_some(place)
}

/// Outlines a place above everything else, in another colour than the focus has. Returns the
/// outlined place, which is inside the window.
pub(crate) fn outline(ctx: &Context, place: Rect) -> Rect {
    let inside = place.expand(AROUND).intersect(ctx.content_rect().shrink(LINE));
    let painter = ctx.layer_painter(LayerId::new(Order::Debug, Id::unique("tour box")));
    let stroke = Stroke::new(LINE, palette(&ctx.global_style().visuals).unsure);
    painter.rect_stroke(inside, CornerRadius::same(6), stroke, StrokeKind::Middle);
    inside
}

fn id(spot: Spot) -> Id {
    Id::unique("spot").with(spot)
}
