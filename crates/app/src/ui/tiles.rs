//! All tiles of the sample on show: the positive on the left, the negatives in a grid beside it.

use egui::{Rect, Ui};

use super::Act;
use super::placement::{Zoom, cells, paint};
use super::tile::{self, TileView};

/// Longer lists scroll: no screen shows more in a size that can be read.
const NEGATIVES_AT_ONCE: usize = 12;
/// A list that scrolls is laid out as if it had this many.
const NEGATIVES_IN_VIEW: usize = 8;

/// Does a list of that many negatives scroll?
pub(crate) fn scrolls(negatives: usize) -> bool {
    negatives > NEGATIVES_AT_ONCE
}

/// How many cells the area is divided into.
fn laid_out(tiles: usize) -> usize {
    let negatives = tiles.saturating_sub(1);
    if scrolls(negatives) { NEGATIVES_IN_VIEW } else { negatives }
}

/// What was painted.
#[derive(Default)]
pub(crate) struct Painting {
    /// The tiles that were on the screen, by their place in the sample.
    pub(crate) drawn: Vec<usize>,
    /// For each tile, drawn or not, how wide it is decoded: physical pixels of the whole picture.
    pub(crate) widths: Vec<u32>,
}

/// Paints the tiles.
pub(crate) fn show(ui: &mut Ui, sample: usize, views: &[TileView<'_>], zoom: Zoom, acts: &mut Vec<Act>) -> Painting {
    let area = ui.available_rect_before_wrap();
    let mut painting =
        Painting { drawn: Vec::new(), widths: widths(area, views.len(), zoom, ui.ctx().pixels_per_point()) };
    if painting.widths.is_empty() {
        return painting;
    }
    if scrolls(views.len() - 1) {
        // Each sample begins at the top of its list.
        ui.push_id(sample, |ui| scrolled(ui, area, views, zoom, &mut painting, acts));
        return painting;
    }
    ui.allocate_rect(area, egui::Sense::hover());
    for (cell, view) in cells(area, laid_out(views.len())).into_iter().zip(views) {
        painting.widths[view.at] = tile::show(ui, cell, view, zoom, acts).width_px;
        painting.drawn.push(view.at);
    }
    painting
}

/// How wide each of `tiles` tiles would be decoded in an area, before anything is known of their shapes. Empty where
/// the area is too small to show any.
pub(crate) fn widths(area: Rect, tiles: usize, zoom: Zoom, pixels_per_point: f32) -> Vec<u32> {
    if area.width() < 60.0 || area.height() < 80.0 || tiles == 0 {
        return Vec::new();
    }
    let layout = cells(area, laid_out(tiles));
    let width = |cell: &Rect| paint(tile::picture_frame(*cell), [875, 1024], zoom, pixels_per_point).width_px;
    let mut widths: Vec<u32> = layout.iter().map(width).collect();
    widths.resize(tiles, widths.last().copied().unwrap_or(1));
    widths
}

/// Very long lists: the positive stays, the negatives scroll past it in rows.
fn scrolled(ui: &mut Ui, area: Rect, views: &[TileView<'_>], zoom: Zoom, painting: &mut Painting, acts: &mut Vec<Act>) {
    // The bar takes its room from the grid.
    let bar = ui.spacing().scroll.allocated_width();
    let area = Rect::from_min_max(area.min, area.max - egui::vec2(bar, 0.0));
    let layout = cells(area, NEGATIVES_IN_VIEW);
    let (Some((positive, negatives)), [first, second, ..]) = (views.split_first(), layout.as_slice()) else { return };
    let columns = layout[1..].iter().filter(|cell| (cell.min.y - second.min.y).abs() < 1.0).count().max(1);
    tile::show(ui, *first, positive, zoom, acts);
    painting.drawn.push(0);
    let pane = Rect::from_min_max(second.min, area.max + egui::vec2(bar, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(pane), |ui| {
        let rows = negatives.len().div_ceil(columns);
        let list = egui::ScrollArea::vertical()
            .auto_shrink(false)
            .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysVisible);
        list.show_rows(ui, second.height(), rows, |ui, shown| {
            for row in shown {
                let width = area.max.x - second.min.x;
                let (line, _) = ui.allocate_exact_size(egui::vec2(width, second.height()), egui::Sense::hover());
                for (column, view) in negatives.iter().skip(row * columns).take(columns).enumerate() {
                    let x = line.min.x + layout[1 + column].min.x - second.min.x;
                    let cell = Rect::from_min_size(egui::pos2(x, line.min.y), second.size());
                    tile::show(ui, cell, view, zoom, acts);
                    // A tile of which a strip looks in at the edge has not been seen.
                    if ui.clip_rect().intersect(cell).height() > 0.6 * cell.height() {
                        painting.drawn.push(view.at);
                    }
                }
            }
        });
    });
}
