//! A sample's tiles: in a grid, two beside each other, or one alone.

use egui::{Rect, Style, Ui};

use super::placement::{PaintedTile, TILE_SIZE, TileCells, TileLayout, TileZooms, paint};
use super::tile::{self, TileCell, TileView};
use super::{ScenePosition, UiAction};
use crate::tile_loader::Picture;

/// One tile that was drawn.
#[derive(Clone, Debug)]
pub(crate) struct PlacedTile {
    /// Its position in the scene.
    pub(crate) position: ScenePosition,
    pub(crate) picture: Picture,
    /// The room for the picture.
    pub(crate) frame: Rect,
    pub(crate) painted: PaintedTile,
    /// Whether all of it, or nearly all, was on the screen.
    pub(crate) in_view: bool,
}

impl PlacedTile {
    /// A tile as it was painted in a cell.
    pub(crate) fn new(view: &TileView<'_>, cell: Rect, painted: PaintedTile, in_view: bool) -> Self {
        let frame = tile::picture_frame(cell);
        Self { position: view.position, picture: view.picture.clone(), frame, painted, in_view }
    }
}

/// The width of the scroll bar of a long list, in points.
pub(crate) fn bar_width(style: &Style) -> f32 {
    style.spacing.scroll.allocated_width()
}

/// Draws the tiles. Returns those that were on the screen. `salt` differs for each sample.
pub(crate) fn show(
    ui: &mut Ui,
    salt: usize,
    views: &[TileView<'_>],
    layout: TileLayout,
    zooms: &TileZooms,
    actions: &mut Vec<UiAction>,
) -> Vec<PlacedTile> {
    let area = ui.available_rect_before_wrap();
    let arranged = layout.arrange(area, views.len(), bar_width(ui.style()));
    let mut placed = Vec::new();
    if arranged.cells.is_empty() {
        return placed;
    }
    if arranged.scrolls {
        // Each sample begins at the top of its list.
        ui.push_id(salt, |ui| scrolled(ui, area, &arranged.cells, views, zooms, &mut placed, actions));
        return placed;
    }
    ui.allocate_rect(area, egui::Sense::hover());
    for (slot, (rect, view)) in arranged.cells.into_iter().zip(views).enumerate() {
        placed.push(one(ui, slot, TileCell { rect, scrolls: false }, view, zooms, actions));
    }
    placed
}

fn one(
    ui: &mut Ui,
    slot: usize,
    cell: TileCell,
    view: &TileView<'_>,
    zooms: &TileZooms,
    actions: &mut Vec<UiAction>,
) -> PlacedTile {
    let painted = tile::show(ui, slot, cell, view, zooms, actions);
    // A tile of which only a strip is visible at the edge has not been seen.
    let in_view = ui.clip_rect().intersect(cell.rect).height() > 0.6 * cell.rect.height();
    PlacedTile::new(view, cell.rect, painted, in_view)
}

/// The width that each of `tiles` tiles is decoded in, in physical pixels, before anything is known
/// of its shape. Empty if the area is too small to show any.
pub(crate) fn widths(arranged: &TileCells, tiles: usize, zooms: &TileZooms, pixels_per_point: f32) -> Vec<u32> {
    let width = |(position, cell): (usize, &Rect)| {
        paint(tile::picture_frame(*cell), TILE_SIZE, zooms.zoom_of(ScenePosition::new(position)), pixels_per_point)
            .width_px
    };
    let mut widths: Vec<u32> = arranged.cells.iter().enumerate().map(width).collect();
    if let Some(last) = widths.last().copied() {
        widths.resize(tiles, last);
    }
    widths
}

/// Draws a very long list: the positive stays, the negatives scroll past it in rows.
fn scrolled(
    ui: &mut Ui,
    area: Rect,
    cells: &[Rect],
    views: &[TileView<'_>],
    zooms: &TileZooms,
    placed: &mut Vec<PlacedTile>,
    actions: &mut Vec<UiAction>,
) {
    let (Some((positive, negatives)), [first, second, ..]) = (views.split_first(), cells) else { return };
    let columns = cells[1..].iter().filter(|cell| (cell.min.y - second.min.y).abs() < 1.0).count().max(1);
    placed.push(one(ui, 0, TileCell { rect: *first, scrolls: true }, positive, zooms, actions));
    let pane = Rect::from_min_max(second.min, area.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(pane), |ui| {
        let rows = negatives.len().div_ceil(columns);
        let list = egui::ScrollArea::vertical()
            .auto_shrink(false)
            .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysVisible);
        list.show_rows(ui, second.height(), rows, |ui, shown| {
            for row in shown {
                let width = area.max.x - bar_width(ui.style()) - second.min.x;
                let (line, _) = ui.allocate_exact_size(egui::vec2(width, second.height()), egui::Sense::hover());
                let from = row * columns;
                for (column, view) in negatives.iter().skip(from).take(columns).enumerate() {
                    let x = line.min.x + cells[1 + column].min.x - second.min.x;
                    let rect = Rect::from_min_size(egui::pos2(x, line.min.y), second.size());
                    placed.push(one(ui, 1 + from + column, TileCell { rect, scrolls: true }, view, zooms, actions));
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requested_widths_fit_the_cells_beside_a_scroll_bar() {
        let area = Rect::from_min_size(egui::pos2(10.0, 20.0), egui::vec2(900.0, 600.0));
        let (bar, tiles) = (40.0, 200);
        let arranged = TileLayout::Grid(None).arrange(area, tiles, bar);
        assert!(arranged.scrolls && arranged.cells.len() < tiles);
        assert!(arranged.cells.iter().all(|cell| cell.max.x <= area.max.x - bar + 0.5));
        let widths = widths(&arranged, tiles, &TileZooms::default(), 1.0);
        assert_eq!(widths.len(), tiles);
        let is_within = |(width, cell): (&u32, &Rect)| *width as f32 <= cell.width();
        assert!(widths.iter().zip(&arranged.cells).all(is_within), "{widths:?}");
        assert!(TileLayout::Grid(None).arrange(area.shrink(290.0), tiles, bar).cells.is_empty());
    }
}
