//! The page that a tile was cut from: all its tiles in the shards, in reading order, with those of
//! the current row marked.

use egui::{Rect, RichText, ScrollArea, Sense, Ui, vec2};
use tilejury_audit::text::count;

use super::UiAction;
use super::card::Card;
use super::grid_layout::USUAL_SHAPE;
use super::placement::TileZooms;
use super::tile::{self, TileCell, TileView};
use super::tiles::PlacedTile;
use crate::command::{ViewCommand, keymap};
use crate::icons;
use crate::theme::GAP;

/// The narrowest and the widest that a tile is shown, in points.
const WIDTH: std::ops::RangeInclusive<f32> = 240.0..=460.0;

/// The room above and below the tiles for the ring of the focused one, in points.
const RING: f32 = 4.0;
/// The rows of text below each tile.
const TEXT_ROWS: usize = 2;

/// The line above the tiles.
pub(crate) fn head(ui: &mut Ui, page: &str, tiles: Option<usize>, actions: &mut Vec<UiAction>) {
    let key = keymap::from_context(ui.ctx()).first(ViewCommand::Page);
    ui.horizontal(|ui| {
        if ui.button(format!("{} Back  {key}", icons::CARET_LEFT)).accessible_name("Back").clicked() {
            actions.push(ViewCommand::Page.into());
        }
        ui.label(RichText::new(format!("{} Page {page}", icons::PAGE_CONTEXT)).strong().size(16.0));
        match tiles {
            None => {
                super::busy::busy(ui);
                ui.label("Searching the shards…");
            }
            Some(tiles) => {
                let text = format!("{} in the shards, in reading order", count(tiles, "tile"));
                ui.label(RichText::new(text).weak());
            }
        }
    });
}

/// The tiles in rows. `scroll_to` scrolls the focused tile into view. Returns the painted tiles.
pub(crate) fn tiles(
    ui: &mut Ui,
    views: &[TileView<'_>],
    scroll_to: bool,
    actions: &mut Vec<UiAction>,
) -> Vec<PlacedTile> {
    let mut placed = Vec::new();
    let room = ui.available_width() - ui.spacing().scroll.allocated_width() - 4.0;
    let columns = (room / WIDTH.start()).floor().clamp(1.0, views.len().max(1) as f32).min((room / 330.0).ceil());
    let aspect = USUAL_SHAPE[0] as f32 / USUAL_SHAPE[1] as f32;
    // A few tiles are enlarged into the room of many, as long as each stays visible as a whole.
    let whole = (ui.available_height() - 2.0 * RING - tile::card_height(0.0, TEXT_ROWS)) * aspect;
    let width = ((room - GAP * (columns - 1.0)) / columns).min(whole.max(*WIDTH.end())).max(60.0).floor();
    let height = tile::card_height(width, TEXT_ROWS).floor();
    let columns = columns as usize;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(RING);
        for row in views.chunks(columns) {
            let (line, _) = ui.allocate_exact_size(vec2(room, height), Sense::hover());
            for (column, view) in row.iter().enumerate() {
                let min = line.min + vec2(column as f32 * (width + GAP), 0.0);
                let cell = Rect::from_min_size(min, vec2(width, height));
                if view.focused && scroll_to {
                    ui.scroll_to_rect(cell.expand(GAP), None);
                }
                if !ui.is_rect_visible(cell) {
                    continue;
                }
                let card = Card { rect: cell, text_rows: TEXT_ROWS };
                let painted = tile::show(
                    ui,
                    view.position.index(),
                    TileCell { card, scrolls: true },
                    view,
                    &TileZooms::default(),
                    actions,
                );
                placed.push(PlacedTile::new(view, card, painted, false));
            }
        }
    });
    placed
}
