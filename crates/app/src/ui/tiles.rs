//! All tiles of the sample on show: the positive on the left, the negatives in a grid beside it.

use egui::{Rect, Ui};

use super::Act;
use super::placement::{Zoom, cells, paint};
use super::tile::{self, TileView};

/// Lists longer than this scroll: no screen shows more in a useful size.
const AT_MOST_AT_ONCE: usize = 24;

/// What was painted.
#[derive(Default)]
pub(crate) struct Painting {
    /// The tiles that were on the screen, by their place in the sample.
    pub(crate) drawn: Vec<usize>,
    /// For each tile, drawn or not, how wide it is decoded: physical pixels of the whole picture.
    pub(crate) widths: Vec<u32>,
}

/// Paints the tiles.
pub(crate) fn show(ui: &mut Ui, views: &[TileView<'_>], zoom: Zoom, acts: &mut Vec<Act>) -> Painting {
    let area = ui.available_rect_before_wrap();
    let mut painting =
        Painting { drawn: Vec::new(), widths: widths(area, views.len(), zoom, ui.ctx().pixels_per_point()) };
    if painting.widths.is_empty() {
        return painting;
    }
    if views.len() > AT_MOST_AT_ONCE {
        scrolled(ui, area, views, zoom, &mut painting, acts);
        return painting;
    }
    ui.allocate_rect(area, egui::Sense::hover());
    for (cell, view) in cells(area, views.len().saturating_sub(1)).into_iter().zip(views) {
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
    let layout = cells(area, (tiles - 1).min(AT_MOST_AT_ONCE - 1));
    let width = |cell: &Rect| paint(tile::picture_frame(*cell), [875, 1024], zoom, pixels_per_point).width_px;
    let mut widths: Vec<u32> = layout.iter().map(width).collect();
    widths.resize(tiles, widths.last().copied().unwrap_or(1));
    widths
}

/// Very long lists: the positive stays, the negatives scroll past it in rows.
fn scrolled(ui: &mut Ui, area: Rect, views: &[TileView<'_>], zoom: Zoom, painting: &mut Painting, acts: &mut Vec<Act>) {
    let layout = cells(area, AT_MOST_AT_ONCE - 1);
    let (Some((positive, negatives)), [first, second, ..]) = (views.split_first(), layout.as_slice()) else { return };
    let columns = layout[1..].iter().filter(|cell| (cell.min.y - second.min.y).abs() < 1.0).count().max(1);
    tile::show(ui, *first, positive, zoom, acts);
    painting.drawn.push(0);
    let pane = Rect::from_min_max(second.min, area.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(pane), |ui| {
        let rows = negatives.len().div_ceil(columns);
        egui::ScrollArea::vertical().auto_shrink(false).show_rows(ui, second.height(), rows, |ui, shown| {
            for row in shown {
                let (line, _) = ui.allocate_exact_size(egui::vec2(pane.width(), second.height()), egui::Sense::hover());
                for (column, view) in negatives.iter().skip(row * columns).take(columns).enumerate() {
                    let x = line.min.x + layout[1 + column].min.x - second.min.x;
                    let cell = Rect::from_min_size(egui::pos2(x, line.min.y), second.size());
                    tile::show(ui, cell, view, zoom, acts);
                    painting.drawn.push(view.at);
                }
            }
        });
    });
}
