//! The tooltip of something on or beside a tile. Knows nothing of its words.

use egui::{RectAlign, Response, Tooltip};

/// A tooltip above what it is about: there it covers the tile itself, not the names of the tiles
/// below.
pub(super) fn tooltip(response: &Response, text: impl FnOnce() -> String) {
    let mut tooltip = Tooltip::for_enabled(response);
    tooltip.popup = tooltip.popup.align(RectAlign::TOP_START);
    tooltip.show(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(text());
    });
}
