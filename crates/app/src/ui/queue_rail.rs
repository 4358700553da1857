//! The queue folded to a rail beside the reading view: the marks of the rows around the current
//! one. Draws what it is given; a click unfolds the queue.

use egui::{Align2, CornerRadius, FontId, Frame, Margin, Panel, Rect, Sense, Ui, WidgetInfo, vec2};
use tilejury_audit::session::SampleStatus;
use tilejury_data::SampleIndex;

use super::{UiAction, row_mark};
use crate::command::{ViewCommand, keymap};
use crate::icons;
use crate::theme::{palette, palette_on_selection};

/// The width of the rail, in points.
const WIDTH: f32 = 22.0;
/// The height of a row's mark.
const LINE: f32 = 22.0;

/// The state that the rail shows.
pub(crate) struct RailView<'a> {
    /// The listed samples, in order.
    pub(crate) listed: &'a [SampleIndex],
    /// The position of the sample that keys act on, or where it would be inserted.
    pub(crate) position: Result<usize, usize>,
    /// The status of every sample, by index.
    pub(crate) statuses: &'a [SampleStatus],
    /// The search that the list follows; empty for all samples.
    pub(crate) search: &'a str,
    /// Whether verdicts would tell which tiles are positives.
    pub(crate) hides_roles: bool,
}

/// Draws the rail as a panel on the left.
pub(crate) fn show(ui: &mut Ui, view: &RailView<'_>, actions: &mut Vec<UiAction>) {
    let frame = Frame::side_top_panel(ui.style()).inner_margin(Margin::symmetric(0, 4));
    Panel::left("queue rail").exact_size(WIDTH).resizable(false).frame(frame).show(ui, |ui| marks(ui, view, actions));
}

fn marks(ui: &mut Ui, view: &RailView<'_>, actions: &mut Vec<UiAction>) {
    let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, "Unfold the queue"));
    if response.clicked() {
        actions.push(ViewCommand::Queue.into());
    }
    let (colours, on_selection) = (palette(ui.visuals()), palette_on_selection(ui.visuals()));
    let painter = ui.painter_at(rect);
    if response.hovered() {
        painter.rect_filled(rect, CornerRadius::same(4), ui.visuals().widgets.hovered.weak_bg_fill);
    }
    let font = FontId::proportional(14.0);
    let weak = ui.visuals().weak_text_color();
    painter.text(
        rect.center_top() + vec2(0.0, LINE / 2.0),
        Align2::CENTER_CENTER,
        icons::CARET_RIGHT,
        font.clone(),
        weak,
    );
    let is_filtered = !view.search.trim().is_empty();
    if is_filtered {
        let at = rect.center_top() + vec2(0.0, 1.5 * LINE);
        painter.text(at, Align2::CENTER_CENTER, icons::FILTER, font.clone(), colours.unsure);
    }
    let list = Rect::from_min_max(rect.min + vec2(0.0, if is_filtered { 2.0 } else { 1.0 } * LINE), rect.max);
    let lines = (list.height() / LINE).floor().max(0.0) as usize;
    let position = view.position.unwrap_or_else(|at| at);
    let last = view.listed.len().saturating_sub(lines);
    let first = position.saturating_sub(lines / 2).min(last);
    for (line, index) in view.listed.iter().skip(first).take(lines).enumerate() {
        let cell = Rect::from_min_size(list.min + vec2(0.0, line as f32 * LINE), vec2(list.width(), LINE));
        let is_current = view.position == Ok(first + line);
        if is_current {
            painter.rect_filled(cell, CornerRadius::same(4), ui.visuals().selection.bg_fill);
        }
        let status = view.statuses.get(index.index()).copied().unwrap_or_default();
        let palette = if is_current { &on_selection } else { colours };
        row_mark::paint(&painter, cell.center(), palette, status, view.hides_roles);
    }
    let key = keymap::from_context(ui.ctx()).first(ViewCommand::Queue);
    let (at, listed) = (position + 1, view.listed.len());
    let filter = if is_filtered { format!(" with {}", view.search.trim()) } else { String::new() };
    response.on_hover_text(format!("{at} of {listed}{filter}; a click unfolds the queue ({key})"));
}
