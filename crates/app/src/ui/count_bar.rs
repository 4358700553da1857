//! A line with a name, a bar of counts, and a number, that filters the list when it is clicked. The
//! overview and the facets are made of such lines.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, CursorIcon, Rect, Response, Sense, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2};

use tilejury_audit::text::grouped;

use super::bar_part;
use crate::bidi::elided;
use crate::theme::palette;

/// The usual height of a line in points.
pub(crate) const LINE: f32 = 20.0;
/// The height of a bar, as a share of its line.
const BAR: f32 = 0.4;

/// A line to draw.
pub(crate) struct CountBar<'a> {
    pub(crate) label: &'a str,
    /// The parts of the bar with their colours, from the left.
    pub(crate) parts: &'a [(usize, Color32)],
    /// The height of the line in points.
    pub(crate) height: f32,
    /// The count of a full bar; 0 for no bar.
    pub(crate) full: usize,
    /// The number beside it, as text.
    pub(crate) number: &'a str,
    /// Whether its search is in effect.
    pub(crate) selected: bool,
    /// Whether a click does anything.
    pub(crate) clickable: bool,
    /// The width of the label in points.
    pub(crate) label_width: f32,
    /// The width of the number in points.
    pub(crate) number_width: f32,
}

/// Draws a line over the whole width. `name` is for screen readers.
pub(crate) fn show(ui: &mut Ui, bar: &CountBar<'_>, name: &str) -> Response {
    let sense = if bar.clickable { Sense::click() } else { Sense::hover() };
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), bar.height), sense);
    response.widget_info(|| match bar.clickable {
        true => WidgetInfo::selected(egui::Role::Button, true, bar.selected, name),
        false => WidgetInfo::labeled(egui::Role::Label, true, name),
    });
    if !ui.is_rect_visible(area) {
        return response;
    }
    let colours = palette(ui.visuals());
    let painter = ui.painter();
    let hovered = bar.clickable && (response.hovered() || response.has_focus());
    if bar.selected {
        painter.rect_filled(area, 3.0, ui.visuals().selection.bg_fill);
    } else if hovered {
        painter.rect_filled(area, 3.0, ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let strong = if bar.selected { ui.visuals().selection.stroke.color } else { ui.visuals().text_color() };
    let font = TextStyle::Body.resolve(ui.style());
    let fits = |text: &str| painter.layout_no_wrap(text.to_owned(), font.clone(), strong).size().x <= bar.label_width;
    let label = elided(bar.label, fits).into_owned();
    let mut line = LayoutJob::simple_singleline(label, font, strong);
    line.wrap = TextWrapping::truncate_at_width(bar.label_width);
    let line = painter.layout_job(line);
    let top = area.center().y - line.size().y / 2.0;
    painter.galley(pos2(area.left() + 4.0, top), line, strong);
    let small = TextStyle::Small.resolve(ui.style());
    let number = if bar.selected { strong } else { ui.visuals().weak_text_color() };
    painter.text(pos2(area.right() - 4.0, area.center().y), Align2::RIGHT_CENTER, bar.number, small, number);
    let left = area.left() + bar.label_width + 10.0;
    let right = area.right() - bar.number_width - 8.0;
    if right - left > 8.0 && bar.full > 0 {
        let half = (BAR * bar.height / 2.0).round();
        let ground = Rect::from_min_max(pos2(left, area.center().y - half), pos2(right, area.center().y + half));
        painter.rect_filled(ground, 2.0, colours.well);
        painter.rect_stroke(ground, 2.0, ui.visuals().widgets.noninteractive.bg_stroke, StrokeKind::Inside);
        let mut x = left;
        for (count, colour) in bar.parts.iter().filter(|(count, _)| *count > 0) {
            // However few there are, they are seen.
            let width = (ground.width() * *count as f32 / bar.full as f32).clamp(1.5, (right - x).max(1.5));
            let part = Rect::from_min_size(pos2(x, ground.top()), vec2(width, ground.height()));
            bar_part::paint(painter, part, colours, *colour);
            x += width;
        }
    }
    if bar.clickable { response.on_hover_cursor(CursorIcon::PointingHand) } else { response }
}

/// A number of rows, as text: `1 row`, `1,980 rows`.
pub(crate) fn rows(number: usize) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(number)) }
}
