//! The thin bar above the status bar: the verdicts of the listed rows. Counts nothing.

use egui::{Rect, Sense, Ui, WidgetInfo, vec2};
use tilejury_audit::text::grouped;

use super::bar_part;
use crate::review::ListedVerdicts;
use crate::theme::palette;

/// The height of the bar, in points.
const HEIGHT: f32 = 4.0;

/// Draws the bar: accepted, rejected and unsure rows from the left, the rest of the list empty.
/// Without `kinds`, all rows with a verdict are one part.
pub(crate) fn show(ui: &mut Ui, verdicts: ListedVerdicts, kinds: bool) {
    let colours = palette(ui.visuals());
    ui.spacing_mut().item_spacing.y = 2.0;
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(area, 1.0, colours.well);
    let ListedVerdicts { accepted, rejected, unsure, listed } = verdicts;
    let mut x = area.min.x;
    let judged = accepted + rejected + unsure;
    let parts = match kinds {
        true => vec![(accepted, colours.accept), (rejected, colours.reject), (unsure, colours.unsure)],
        false => vec![(judged, colours.quiet)],
    };
    for (rows, colour) in parts {
        let width = area.width() * rows as f32 / listed.max(1) as f32;
        bar_part::paint(painter, Rect::from_min_size(egui::pos2(x, area.min.y), vec2(width, HEIGHT)), colours, colour);
        x += width;
    }
    let rest = listed.saturating_sub(judged);
    let of_verdicts = match kinds {
        true => format!("{} accepted, {} rejected, {} unsure", grouped(accepted), grouped(rejected), grouped(unsure)),
        false => format!("{} with a verdict", grouped(judged)),
    };
    let words = format!("In this list: {of_verdicts}, {} without a verdict", grouped(rest));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, &words));
    response.on_hover_text(words);
}
