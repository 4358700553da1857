//! The first rows to look at, below the cards of the overview: of each the positive, its suspicious
//! negative and the reason. A click shows the row. Which rows these are is decided elsewhere, in
//! `screen/first_rows.rs`.

use egui::{Rect, RichText, Sense, Ui, pos2, vec2};

use super::UiAction;
use super::sheet_pair::{self, PairClick, PairPlace, PairShape, PairView};
use crate::theme::GAP;
use crate::tile_request::TileRequest;

/// The most columns: each tile has to be recognised.
const MOST_COLUMNS: usize = 5;
/// The least width of a row, in points.
const WIDTH: f32 = 360.0;
/// The least and the largest height of a row, in points.
const HEIGHT: f32 = 260.0;
const HEIGHT_AT_MOST: f32 = 360.0;
/// The most rows that are shown, of those that are probably wrong.
pub(crate) const MOST: usize = 3 * MOST_COLUMNS;

/// The rows.
pub(crate) struct FirstRowsView<'a> {
    pub(crate) pairs: Vec<PairView<'a>>,
    pub(crate) shape: PairShape,
}

/// Draws as many rows as the room has, in points from here to the lower edge; a line of them where
/// it has none. Adds the pictures in view to `requests`.
pub(super) fn show(
    ui: &mut Ui,
    view: &FirstRowsView<'_>,
    room: f32,
    requests: &mut Vec<TileRequest>,
    actions: &mut Vec<UiAction>,
) {
    if view.pairs.is_empty() {
        return;
    }
    let from = ui.cursor().top();
    ui.label(RichText::new("First rows to look at").strong());
    let about = "Wrong or probably wrong, and not judged; the most suspicious first. A click shows the row.";
    ui.label(RichText::new(about).weak().small());
    let room = room - (ui.cursor().top() - from) - GAP;
    let columns = ((ui.available_width() / WIDTH) as usize).clamp(1, MOST_COLUMNS);
    let lines = ((room / HEIGHT) as usize).max(1);
    let lines = lines.min(view.pairs.len().div_ceil(columns));
    let size = vec2(ui.available_width() / columns as f32, (room / lines as f32).clamp(HEIGHT, HEIGHT_AT_MOST));
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), lines as f32 * size.y), Sense::hover());
    for (at, pair) in view.pairs.iter().take(columns * lines).enumerate() {
        let corner = pos2((at % columns) as f32 * size.x, (at / columns) as f32 * size.y);
        let cell = Rect::from_min_size(area.min + corner.to_vec2(), size).shrink(2.0);
        // What is scrolled out of view is not read from the disk.
        if ui.is_rect_visible(cell) {
            let place = PairPlace { cell, at, is_focused: false, click: PairClick::ShowRow };
            sheet_pair::show(ui, place, pair, view.shape, requests, actions);
        }
    }
}
