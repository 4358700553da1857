//! All visible tiles: a sample's in a grid, two side by side, or one alone.

use egui::{Rect, Ui};

use super::UiAction;
use super::placement::{PaintedTile, TileLayout, TileZooms, at_once, paint};
use super::tile::{self, TileView};

/// The maximum number of tiles laid out at once; the rest scrolls.
fn laid_out(layout: TileLayout, area: Rect, tiles: usize) -> usize {
    match layout {
        TileLayout::Grid(columns) => at_once(area, tiles, columns),
        TileLayout::Pair | TileLayout::Alone => tiles,
    }
}

/// Whether a list of that many tiles scrolls.
pub(crate) fn scrolls(layout: TileLayout, area: Rect, tiles: usize) -> bool {
    laid_out(layout, area, tiles) < tiles
}

/// A painted tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlacedTile {
    /// Its index in the list of views.
    pub(crate) view: usize,
    /// The area that the picture was painted into.
    pub(crate) frame: Rect,
    pub(crate) painted: PaintedTile,
    /// Whether it was visible as a whole, or nearly.
    pub(crate) in_view: bool,
}

/// Paints the tiles. Returns those that were visible. `salt` differs for each sample.
pub(crate) fn show(
    ui: &mut Ui,
    salt: usize,
    views: &[TileView<'_>],
    layout: TileLayout,
    zooming: &TileZooms,
    acts: &mut Vec<UiAction>,
) -> Vec<PlacedTile> {
    let area = ui.available_rect_before_wrap();
    let mut placed = Vec::new();
    if !has_room(area) {
        return placed;
    }
    if scrolls(layout, area, views.len()) {
        // Each sample starts at the top of its list.
        ui.push_id(salt, |ui| scrolled(ui, area, views, layout, zooming, &mut placed, acts));
        return placed;
    }
    ui.allocate_rect(area, egui::Sense::hover());
    for (at, (cell, view)) in layout.cells(area, views.len()).into_iter().zip(views).enumerate() {
        placed.push(one(ui, at, cell, view, zooming, acts));
    }
    placed
}

fn has_room(area: Rect) -> bool {
    area.width() >= 60.0 && area.height() >= 80.0
}

fn one(
    ui: &mut Ui,
    at: usize,
    cell: Rect,
    view: &TileView<'_>,
    zooming: &TileZooms,
    acts: &mut Vec<UiAction>,
) -> PlacedTile {
    let painted = tile::show(ui, at, cell, view, zooming, acts);
    // A tile that only shows a strip at the edge has not been seen.
    let in_view = ui.clip_rect().intersect(cell).height() > 0.6 * cell.height();
    PlacedTile { view: at, frame: tile::picture_frame(cell), painted, in_view }
}

/// Returns the width at which each of `tiles` tiles would be decoded in an area, before their
/// shapes are known. Empty if the area is too small to show any.
pub(crate) fn widths(
    area: Rect,
    tiles: usize,
    layout: TileLayout,
    zooming: &TileZooms,
    pixels_per_point: f32,
) -> Vec<u32> {
    if !has_room(area) || tiles == 0 {
        return Vec::new();
    }
    let cells = layout.cells(area, laid_out(layout, area, tiles));
    let width = |(at, cell): (usize, &Rect)| {
        paint(tile::picture_frame(*cell), [875, 1024], zooming.zoom_of(at), pixels_per_point).width_px
    };
    let mut widths: Vec<u32> = cells.iter().enumerate().map(width).collect();
    widths.resize(tiles, widths.last().copied().unwrap_or(1));
    widths
}

/// Very long lists: the positive is fixed, the negatives scroll beside it in rows.
fn scrolled(
    ui: &mut Ui,
    area: Rect,
    views: &[TileView<'_>],
    layout: TileLayout,
    zooming: &TileZooms,
    placed: &mut Vec<PlacedTile>,
    acts: &mut Vec<UiAction>,
) {
    // The scroll bar takes its width from the grid.
    let bar = ui.spacing().scroll.allocated_width();
    let area = Rect::from_min_max(area.min, area.max - egui::vec2(bar, 0.0));
    let cells = layout.cells(area, laid_out(layout, area, views.len()));
    let (Some((positive, negatives)), [first, second, ..]) = (views.split_first(), cells.as_slice()) else { return };
    let columns = cells[1..].iter().filter(|cell| (cell.min.y - second.min.y).abs() < 1.0).count().max(1);
    placed.push(one(ui, 0, *first, positive, zooming, acts));
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
                let from = row * columns;
                for (column, view) in negatives.iter().skip(from).take(columns).enumerate() {
                    let x = line.min.x + cells[1 + column].min.x - second.min.x;
                    let cell = Rect::from_min_size(egui::pos2(x, line.min.y), second.size());
                    placed.push(one(ui, 1 + from + column, cell, view, zooming, acts));
                }
            }
        });
    });
}
