//! A sample's tiles: in a grid, two beside each other, or one alone.

use std::sync::Arc;

use egui::cache::{ComputerMut, FrameCache};
use egui::{Context, Rect, Style, Ui, Vec2};

use super::card::Card;
use super::grid_layout::{TileCells, TileShape};
use super::placement::{PaintedTile, TileLayout, TileZooms, paint};
use super::reading_view::{PaneScale, PaneSpot, TileLines};
use super::tile::{self, TileCell, TileView};
use super::{ScenePosition, UiAction};
use crate::theme::GAP;
use crate::tile_request::Picture;
use crate::tile_store::TileState;

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
    /// A tile as it was painted in a card.
    pub(crate) fn new(view: &TileView<'_>, card: Card, painted: PaintedTile, in_view: bool) -> Self {
        let frame = card.picture_frame();
        Self { position: view.position, picture: view.picture.clone(), frame, painted, in_view }
    }
}

/// The width of the scroll bar of a long list, in points.
fn bar_width(style: &Style) -> f32 {
    style.spacing.scroll.allocated_width()
}

/// The request for a layout.
#[derive(Clone, Copy)]
struct LayoutKey<'a> {
    layout: TileLayout,
    area: Rect,
    shapes: &'a [TileShape],
    is_zoomed: bool,
    bar: f32,
}

impl std::hash::Hash for LayoutKey<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let Self { layout, area, shapes, is_zoomed, bar } = self;
        [area.min.x, area.min.y, area.max.x, area.max.y, *bar].map(f32::to_bits).hash(state);
        (layout, shapes, is_zoomed).hash(state);
    }
}

#[derive(Default)]
struct Arranger;

impl ComputerMut<LayoutKey<'_>, Arc<TileCells>> for Arranger {
    fn compute(&mut self, key: LayoutKey<'_>) -> Arc<TileCells> {
        Arc::new(key.layout.arrange(key.area, key.shapes, key.is_zoomed, key.bar))
    }
}

/// Lays out tiles of these shapes; at once if that was done in the frame before.
pub(crate) fn arrange(
    ctx: &Context,
    layout: TileLayout,
    area: Rect,
    shapes: &[TileShape],
    zooms: &TileZooms,
) -> Arc<TileCells> {
    let bar = bar_width(&ctx.global_style());
    let key = LayoutKey { layout, area, shapes, is_zoomed: zooms.is_zoomed(), bar };
    ctx.memory_mut(|memory| memory.caches.cache::<FrameCache<Arc<TileCells>, Arranger>>().get(key).clone())
}

/// The spots at which tiles open in their cards: the middle of what is visible of each, in
/// fractions of its width and height. Only of tiles whose picture is there.
pub(crate) fn open(
    ui: &Ui,
    views: &[TileView<'_>],
    layout: TileLayout,
    zooms: &TileZooms,
    opening: &[(ScenePosition, PaneSpot)],
) -> Vec<(ScenePosition, Vec2)> {
    if opening.is_empty() {
        return Vec::new();
    }
    let pixels_per_point = ui.ctx().pixels_per_point();
    let shapes: Vec<TileShape> = views.iter().map(|view| view.shape).collect();
    let arranged = arrange(ui.ctx(), layout, ui.available_rect_before_wrap(), &shapes, zooms);
    let scale = zooms.scale.map_or(PaneScale::Width, PaneScale::Chosen);
    let opened = |(view, card): (&TileView<'_>, &Card)| {
        let TileState::Ready { full, .. } = view.state else { return None };
        let (_, spot) = opening.iter().find(|(position, _)| *position == view.position)?;
        let lines = TileLines { marked: &view.highlight.marked_lines(), all: view.highlight.all_lines() };
        Some((view.position, spot.zooms(card.picture_frame(), full, scale, lines, pixels_per_point).center))
    };
    views.iter().zip(&arranged.cards).filter_map(opened).collect()
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
    let shapes: Vec<TileShape> = views.iter().map(|view| view.shape).collect();
    let arranged = arrange(ui.ctx(), layout, area, &shapes, zooms);
    let mut placed = Vec::new();
    if arranged.cards.is_empty() {
        return placed;
    }
    if arranged.scrolls {
        // Each sample begins at the top of its list.
        ui.push_id(salt, |ui| scrolled(ui, area, &arranged.cards, views, zooms, &mut placed, actions));
        return placed;
    }
    ui.allocate_rect(area, egui::Sense::hover());
    for (slot, (card, view)) in arranged.cards.iter().zip(views).enumerate() {
        placed.push(one(ui, slot, TileCell { card: *card, scrolls: false }, view, zooms, actions));
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
    let rect = cell.card.rect;
    let in_view = ui.clip_rect().intersect(rect).height() > 0.6 * rect.height();
    PlacedTile::new(view, cell.card, painted, in_view)
}

/// The width that each tile is decoded in, in physical pixels. Empty if the area is too small to
/// show any.
pub(crate) fn widths(arranged: &TileCells, shapes: &[TileShape], zooms: &TileZooms, pixels_per_point: f32) -> Vec<u32> {
    let width = |(position, (card, shape)): (usize, (&Card, &TileShape))| {
        let zoom = zooms.zoom_of(ScenePosition::new(position));
        paint(card.picture_frame(), *shape, zoom, pixels_per_point).width_px
    };
    let mut widths: Vec<u32> = arranged.cards.iter().zip(shapes).enumerate().map(width).collect();
    if let Some(last) = widths.last().copied() {
        widths.resize(shapes.len(), last);
    }
    widths
}

/// Draws a very long list: the positive stays, the negatives scroll past it.
fn scrolled(
    ui: &mut Ui,
    area: Rect,
    cards: &[Card],
    views: &[TileView<'_>],
    zooms: &TileZooms,
    placed: &mut Vec<PlacedTile>,
    actions: &mut Vec<UiAction>,
) {
    let (Some((positive, negatives)), Some((first, others))) = (views.split_first(), cards.split_first()) else {
        return;
    };
    placed.push(one(ui, 0, TileCell { card: *first, scrolls: true }, positive, zooms, actions));
    let pane = Rect::from_min_max(egui::pos2(first.rect.max.x + GAP, area.min.y), area.max);
    let height = others.iter().map(|card| card.rect.max.y).fold(area.min.y, f32::max) - area.min.y;
    ui.scope_builder(egui::UiBuilder::new().max_rect(pane), |ui| {
        let list = egui::ScrollArea::vertical()
            .auto_shrink(false)
            .scroll_bar_visibility(egui::scroll_area::ScrollBarVisibility::AlwaysVisible);
        list.show_viewport(ui, |ui, viewport| {
            ui.set_height(height);
            let moved = egui::vec2(0.0, ui.min_rect().min.y - area.min.y);
            for (at, (card, view)) in others.iter().zip(negatives).enumerate() {
                if card.rect.max.y - area.min.y < viewport.min.y || card.rect.min.y - area.min.y > viewport.max.y {
                    continue;
                }
                let card = Card { rect: card.rect.translate(moved), ..*card };
                placed.push(one(ui, 1 + at, TileCell { card, scrolls: true }, view, zooms, actions));
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::GridChoice;
    use crate::ui::grid_layout::USUAL_SHAPE;

    #[test]
    fn requested_widths_fit_the_cells_beside_a_scroll_bar() {
        let area = Rect::from_min_size(egui::pos2(10.0, 20.0), egui::vec2(900.0, 600.0));
        let (bar, shapes) = (40.0, [USUAL_SHAPE; 200]);
        let grid = TileLayout::Grid(GridChoice::default());
        let arranged = grid.arrange(area, &shapes, false, bar);
        assert!(arranged.scrolls);
        assert!(arranged.cards.iter().all(|card| card.rect.max.x <= area.max.x - bar + 0.5));
        let widths = widths(&arranged, &shapes, &TileZooms::default(), 1.0);
        assert_eq!(widths.len(), shapes.len());
        let is_within = |(width, card): (&u32, &Card)| *width as f32 <= card.rect.width();
        assert!(widths.iter().zip(&arranged.cards).all(is_within), "{widths:?}");
        assert!(grid.arrange(area.shrink(290.0), &shapes, false, bar).cards.is_empty());
    }
}
