//! The list of samples below the search. Only the visible rows are built, so a million samples cost
//! as much as forty.

use std::collections::HashMap;

use egui::scroll_area::ScrollBarVisibility;
use egui::{Align2, Button, FontId, Modifiers, Rect, RichText, ScrollArea, Stroke, Ui, pos2, vec2};
use tilejury_audit::session::SampleStatus;
use tilejury_audit::text::count;
use tilejury_data::{SampleIndex, TilePath};

use super::facets::{self};
pub(crate) use super::queue_row::THUMBNAIL;
use super::queue_row::{self, RowFace, RowLook};
use super::queue_view::QueueView;
use super::search::{self, SearchPanel};
use super::{ReviewAction, UiAction, queue_menu, row_tooltip};
use crate::command::{DatasetCommand, ViewCommand, keymap};
use crate::icons;
use crate::settings::QueueRows;
use crate::theme::palette;
use crate::tile_store::TileStore;

/// The height of the line where suspicion ends, in points.
const DIVIDER: f32 = 20.0;
/// The most rows whose content is kept.
const FACES: usize = 400;

/// The state of the panel.
#[derive(Default)]
pub(crate) struct QueuePanel {
    pub(crate) search: SearchPanel,
    /// The number of the review's moves that the list has followed.
    seen_moves: Option<u64>,
    /// The scroll position and the form of the rows in the last frame.
    scrolled: (f32, QueueRows),
    /// The right edge of the list, behind its scroll bar.
    right: f32,
    /// The data that was read of the rows, and the version of the review that it belongs to.
    faces: (u64, HashMap<SampleIndex, RowFace>),
    /// The tiles whose thumbnails are visible.
    pub(crate) thumbnails: Vec<TilePath>,
    /// The row whose tooltip is visible.
    pub(crate) hovered: Option<SampleIndex>,
}

pub(crate) fn show(
    ui: &mut Ui,
    panel: &mut QueuePanel,
    view: &QueueView<'_>,
    store: &mut TileStore,
    actions: &mut Vec<UiAction>,
) {
    panel.thumbnails.clear();
    panel.hovered = None;
    ui.add_space(4.0);
    search::show(ui, &mut panel.search, &view.search, actions);
    if let Some(open) = &view.facets {
        facets::show(ui, open, view.search.text, actions);
    }
    let listed = view.listed.len();
    let total = view.dataset.samples.len();
    let count = if listed == total { count(total, "row") } else { format!("{listed} of {total} rows") };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(count).weak());
        if view.is_searching || view.awaited_order.is_some() {
            super::busy::busy(ui);
        }
        if !view.search.text.trim().is_empty() {
            let clear = ui.add(Button::new(icons::CLOSE).frame_when_inactive(false).small());
            if clear.on_hover_text("List all rows").accessible_name("Clear the search").clicked() {
                actions.push(ReviewAction::UseFilter(String::new()).into());
            }
        }
        queue_menu::head(ui, view, actions);
        let fold = ui.add(Button::new(icons::CARET_LEFT).frame_when_inactive(false));
        let fold = fold.on_hover_text(keymap::from_context(ui.ctx()).hint(ViewCommand::Queue));
        if fold.accessible_name("Fold the queue").clicked() {
            actions.push(ViewCommand::Queue.into());
        }
    });
    if !view.selected.is_empty() {
        selection(ui, view.selected.len(), actions);
    }
    ui.separator();
    if listed == 0 {
        // If the search has an error, only that is shown.
        if view.search.error.is_none() {
            ui.label("No row matches this search.");
        }
        super::command_button(ui, DatasetCommand::ShowAll, actions);
        return;
    }
    list(ui, panel, view, store, actions);
}

/// The line about the selected rows.
fn selection(ui: &mut Ui, rows: usize, actions: &mut Vec<UiAction>) {
    let colour = palette(ui.visuals()).focus;
    ui.horizontal(|ui| {
        let text = format!("{} selected · Esc", count(rows, "row"));
        ui.label(RichText::new(text).strong().color(colour)).on_hover_text(
            "Verdicts, reasons, tags and the flag apply to all of them. Click with Ctrl or Shift held selects more.",
        );
        if ui.small_button(icons::CLOSE).accessible_name("Select nothing").clicked() {
            actions.push(ReviewAction::ClearSelection.into());
        }
    });
}

/// The geometry of the list: where each row is, in points from its top.
#[derive(Clone, Copy)]
struct Rows {
    height: f32,
    number: usize,
    /// The position of the row below the divider.
    divider: Option<usize>,
}

impl Rows {
    fn top(self, row: usize) -> f32 {
        let shift = if self.divider.is_some_and(|at| row >= at) { DIVIDER } else { 0.0 };
        row as f32 * self.height + shift
    }

    fn total(self) -> f32 {
        self.number as f32 * self.height + if self.divider.is_some() { DIVIDER } else { 0.0 }
    }

    /// The rows that are visible between two heights.
    fn between(self, top: f32, bottom: f32) -> std::ops::Range<usize> {
        let first = ((top - DIVIDER).max(0.0) / self.height) as usize;
        let last = (bottom.max(0.0) / self.height).ceil() as usize;
        first.min(self.number)..last.min(self.number)
    }

    /// The scroll position that shows a row: unchanged if the row is visible already.
    fn scroll_to(self, row: usize, from: f32, room: f32) -> f32 {
        let (top, end) = (self.top(row), (self.total() - room).max(0.0));
        let is_visible = top >= from && top + self.height <= from + room;
        let to = if is_visible { from } else { top + self.height / 2.0 - room / 2.0 };
        to.clamp(0.0, end).round()
    }
}

fn list(ui: &mut Ui, panel: &mut QueuePanel, view: &QueueView<'_>, store: &mut TileStore, actions: &mut Vec<UiAction>) {
    if panel.faces.0 != view.version || panel.faces.1.len() > FACES {
        panel.faces = (view.version, HashMap::new());
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    panel.right = ui.max_rect().right();
    let room = ui.available_height();
    let divider = view.suspicion_ends.filter(|end| *end < view.listed.len());
    let rows = Rows { height: queue_row::height(view.rows), number: view.listed.len(), divider };
    let mut area = ScrollArea::vertical()
        .id_salt("queue rows")
        .auto_shrink(false)
        .scroll_bar_visibility(ScrollBarVisibility::AlwaysVisible);
    let (scrolled, form) = panel.scrolled;
    if panel.seen_moves != Some(view.moves) || form != view.rows {
        // In this very frame: a list that became shorter must not be drawn past its end. In another
        // form, the row is looked for again.
        let from = if form == view.rows && panel.seen_moves.is_some() { scrolled } else { f32::INFINITY };
        panel.seen_moves = Some(view.moves);
        area = area.vertical_scroll_offset(rows.scroll_to(view.position.unwrap_or_else(|at| at), from, room));
    }
    let output = area.show_viewport(ui, |ui, viewport| {
        ui.set_height(rows.total());
        let (left, width, top) = (ui.max_rect().left(), ui.available_width(), ui.min_rect().top());
        for row in rows.between(viewport.top(), viewport.bottom()) {
            let place = Rect::from_min_size(pos2(left, top + rows.top(row)), vec2(width, rows.height));
            if divider == Some(row) {
                let above = Rect::from_min_max(place.min - vec2(0.0, DIVIDER), pos2(place.right(), place.top()));
                end_of_suspicion(ui, above, view);
            }
            one(ui, panel, view, row, place, store, actions);
        }
    });
    panel.scrolled = (output.state.clamped_offset().y, view.rows);
}

fn one(
    ui: &mut Ui,
    panel: &mut QueuePanel,
    view: &QueueView<'_>,
    row: usize,
    place: Rect,
    store: &mut TileStore,
    actions: &mut Vec<UiAction>,
) {
    let index = view.listed[row];
    if view.position == Ok(row) {
        // What a person has seen of it changes without a judgement.
        panel.faces.1.remove(&index);
    }
    let face = panel.faces.1.entry(index).or_insert_with(|| RowFace::read(view, index));
    if view.rows == QueueRows::Thumbnails {
        panel.thumbnails.extend(face.positive().cloned());
    }
    let look = RowLook {
        rows: view.rows,
        is_current: view.position == Ok(row),
        is_selected: view.selected.contains(index),
        status: shown_status(view, index),
        hides_roles: view.hides_roles,
    };
    let response = queue_row::show(ui, place, index, face, look, store);
    if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        let action = match modifiers {
            Modifiers { shift: true, .. } => ReviewAction::SelectUpTo(index),
            Modifiers { command: true, .. } => ReviewAction::ToggleSelected(index),
            _ => ReviewAction::Show(index),
        };
        actions.push(action.into());
    }
    if row_tooltip::show(&response, panel.right, view, (index, face, look.status)) {
        panel.hovered = Some(index);
    }
    response.context_menu(|ui| queue_menu::of_row(ui, view, index, actions));
}

/// The state of a row as far as it is shown: without roles, nothing that the marks of tiles tell.
fn shown_status(view: &QueueView<'_>, index: SampleIndex) -> SampleStatus {
    let status = view.statuses.get(index.index()).copied().unwrap_or_default();
    match view.hides_roles {
        true => SampleStatus { false_negatives: 0, wrong_positive: false, unconfirmed: 0, ..status },
        false => status,
    }
}

/// The line where suspicion ends.
fn end_of_suspicion(ui: &Ui, area: Rect, view: &QueueView<'_>) {
    let has_findings = view
        .suspicion_ends
        .and_then(|end| view.listed.get(end))
        .is_some_and(|next| view.findings.is_some_and(|findings| findings.score(*next) > 0.0));
    let text = if has_findings { "only weak signals below" } else { "no signal below" };
    let colour = ui.visuals().weak_text_color();
    let painter = ui.painter();
    let words = painter.text(area.center(), Align2::CENTER_CENTER, text, FontId::proportional(11.5), colour);
    let stroke = Stroke::new(1.0, palette(ui.visuals()).unsure);
    painter.hline(area.left() + 6.0..=words.left() - 6.0, area.center().y, stroke);
    painter.hline(words.right() + 6.0..=area.right() - 6.0, area.center().y, stroke);
    let id = ui.scope_id().with("end of suspicion");
    let response = ui.interact(area, id, egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_below_the_divider_are_shifted() {
        let rows = Rows { height: 60.0, number: 10, divider: Some(4) };
        assert_eq!((rows.top(3), rows.top(4), rows.total()), (180.0, 260.0, 620.0));
        assert_eq!(rows.between(0.0, 120.0), 0..2);
        assert!(rows.between(300.0, 420.0).contains(&4) && rows.between(300.0, 420.0).contains(&5));
    }

    #[test]
    fn a_visible_row_does_not_scroll_the_list() {
        let rows = Rows { height: 24.0, number: 1_000_000, divider: None };
        assert_eq!(rows.scroll_to(10, 120.0, 480.0), 120.0);
        assert_eq!(rows.scroll_to(500, 120.0, 480.0), 11_772.0);
        assert_eq!(rows.scroll_to(999_999, 0.0, 480.0), 23_999_520.0);
        assert_eq!(rows.scroll_to(0, f32::INFINITY, 480.0), 0.0);
    }
}
