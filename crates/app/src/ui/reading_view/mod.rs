//! The reading view: large panes that each open at the passage that matters, with a strip of all
//! tiles of the row. Draws what it is given, and decides how much room each pane gets. Which tiles
//! are in the panes, and where they are scrolled, is decided in `screen/reading_view`.

mod marks_line;
mod spot;
mod strip;
mod whole_lines;

use egui::{CornerRadius, Rect, Sense, Ui, Vec2, pos2, vec2};

pub(crate) use self::marks_line::{HINTS_ALONE, HINTS_COMPARING, MarksLineView, show as show_marks};
pub(crate) use self::spot::{PaneScale, PaneSpot};
pub(crate) use self::strip::{Seen, ThumbnailView};
pub(crate) use self::whole_lines::TileLines;
use super::UiAction;
use super::card::{Card, TEXT_ROW};
use super::grid_layout::{TileShape, USUAL_SHAPE};
use super::placement::{PaintedTile, TileFit, Zoom, paint, room_of};
use super::tile::{self, TileCell, TileView};
use super::tiles::PlacedTile;
use crate::theme::palette;
use crate::tile_request::TileRequest;
use crate::tile_store::TileState;

/// The gap between panes, in points. Narrow, since each point of it makes text smaller.
const GAP: f32 = 6.0;
/// The scale in points per pixel of a tile at which its text can be read.
pub(crate) const READABLE_SCALE: f32 = 0.7;
/// The least height of panes above each other, in points.
const LEAST_HEIGHT: f32 = 300.0;

/// The height of a pane below which it has one row of text.
const LOW: f32 = 400.0;
/// The most rows of text that are added below a tile that leaves room.
const MORE_TEXT: usize = 3;

/// One pane.
pub(crate) struct Pane<'a> {
    pub(crate) tile: TileView<'a>,
    pub(crate) spot: PaneSpot,
}

/// The panes with their strip.
pub(crate) struct PanesView<'a> {
    pub(crate) panes: Vec<Pane<'a>>,
    /// All tiles of the row; empty for no strip.
    pub(crate) strip: Vec<ThumbnailView>,
    pub(crate) scale: PaneScale,
    /// The width and the height that no tile of the row exceeds.
    pub(crate) largest: TileShape,
}

/// The width and the height that none of these tiles exceeds, nor one of the usual shape: a row of
/// low tiles is laid out like the others.
pub(crate) fn largest(shapes: &[TileShape]) -> TileShape {
    let larger = |all: TileShape, one: &TileShape| [all[0].max(one[0]), all[1].max(one[1])];
    shapes.iter().fold(USUAL_SHAPE, larger)
}

/// The room of each pane, and of the strip.
#[derive(Debug)]
pub(crate) struct PaneCells {
    pub(crate) panes: Vec<Rect>,
    pub(crate) strip: Option<Rect>,
}

/// Lays out panes, and a strip below or beside them, whichever leaves the panes larger. The strip
/// takes the room that no tile up to the `largest` needs.
pub(crate) fn arrange(
    area: Rect,
    panes: usize,
    has_strip: bool,
    largest: TileShape,
    pixels_per_point: f32,
) -> PaneCells {
    if panes == 0 || area.width() < 120.0 || area.height() < 120.0 {
        return PaneCells { panes: Vec::new(), strip: None };
    }
    if !has_strip {
        return PaneCells { panes: cells(area, panes, pixels_per_point), strip: None };
    }
    let below = |height: f32| (area.with_max_y(area.max.y - height - GAP), area.with_min_y(area.max.y - height));
    let beside = |width: f32| (area.with_max_x(area.max.x - width - GAP), area.with_min_x(area.max.x - width));
    let laid = |(room, strip): (Rect, Rect)| (cells(room, panes, pixels_per_point), strip);
    let (of_below, of_beside) = (laid(below(strip::HEIGHT)), laid(beside(strip::WIDTH)));
    // Of equal scales, the higher pane shows more.
    let is_beside = scale(&of_beside.0, pixels_per_point) >= scale(&of_below.0, pixels_per_point) - 1e-3
        && of_beside.0.first().map_or(0.0, Rect::height) > of_below.0.first().map_or(0.0, Rect::height);
    let (cells, strip) = if is_beside { of_beside } else { of_below };
    let free = cells.first().map_or(Vec2::ZERO, |cell| free_room(*cell, largest, pixels_per_point));
    let are_beside = cells.windows(2).all(|pair| pair[0].min.y == pair[1].min.y);
    let (panes, strip) = match is_beside {
        true if are_beside => {
            let most = (strip::WIDTH + panes as f32 * free.x).clamp(strip::WIDTH, strip::WIDEST);
            laid(beside(most.floor()))
        }
        false if are_beside => laid(below((strip::HEIGHT + free.y).clamp(strip::HEIGHT, strip::HIGHEST).floor())),
        _ => (cells, strip),
    };
    PaneCells { panes, strip: Some(strip) }
}

/// The room that a tile of a shape leaves in a pane beside it and below it, in points.
fn free_room(cell: Rect, shape: TileShape, pixels_per_point: f32) -> Vec2 {
    let frame = card(cell).picture_frame();
    let painted = paint(frame, shape, Zoom { fit: TileFit::Width, ..Zoom::default() }, pixels_per_point);
    (frame.size() - painted.rect.size()).max(Vec2::ZERO)
}

/// Panes beside each other; above each other only in a narrow and high area, if that makes text
/// readable.
fn cells(area: Rect, panes: usize, pixels_per_point: f32) -> Vec<Rect> {
    let split = |size: egui::Vec2, step: egui::Vec2| -> Vec<Rect> {
        (0..panes).map(|at| Rect::from_min_size(area.min + step * at as f32, size)).collect()
    };
    let gaps = GAP * (panes - 1) as f32;
    let width = ((area.width() - gaps) / panes as f32).max(1.0);
    let beside = split(vec2(width, area.height()), vec2(width + GAP, 0.0));
    let height = ((area.height() - gaps) / panes as f32).max(1.0);
    let (now, readable) = (scale(&beside, pixels_per_point), READABLE_SCALE * pixels_per_point);
    if now >= 0.9 * readable || height < LEAST_HEIGHT {
        return beside;
    }
    let above = split(vec2(area.width(), height), vec2(0.0, height + GAP));
    if scale(&above, pixels_per_point) > 1.2 * now { above } else { beside }
}

/// The card of a tile in a pane.
fn card(cell: Rect) -> Card {
    Card { rect: cell, text_rows: if cell.height() < LOW { 1 } else { 2 } }
}

/// The scale of a tile of the usual size in the first of the cells.
fn scale(cells: &[Rect], pixels_per_point: f32) -> f32 {
    let frame = cells.first().map_or(Rect::NOTHING, |cell| card(*cell).picture_frame());
    if frame.is_positive() {
        TileFit::Width.scale(room_of(frame, pixels_per_point), USUAL_SHAPE, pixels_per_point)
    } else {
        0.0
    }
}

/// The width in physical pixels that a tile of `full` pixels has in a pane.
pub(crate) fn width_px(cell: Rect, full: [u32; 2], scale: Option<f32>, pixels_per_point: f32) -> u32 {
    let zoom = Zoom { scale, fit: TileFit::Width, ..Zoom::default() };
    paint(card(cell).picture_frame(), full, zoom, pixels_per_point).width_px
}

/// The panes as they were drawn, and the pictures of the strip.
pub(crate) struct DrawnPanes {
    pub(crate) placed: Vec<PlacedTile>,
    pub(crate) thumbnails: Vec<TileRequest>,
}

/// Draws the panes and the strip.
pub(crate) fn show(ui: &mut Ui, view: &PanesView<'_>, actions: &mut Vec<UiAction>) -> DrawnPanes {
    let area = ui.available_rect_before_wrap();
    let pixels_per_point = ui.ctx().pixels_per_point();
    let cells = arrange(area, view.panes.len(), !view.strip.is_empty(), view.largest, pixels_per_point);
    ui.allocate_rect(area, Sense::hover());
    let mut placed = Vec::new();
    for (pane, cell) in view.panes.iter().zip(&cells.panes) {
        let full = match &pane.tile.state {
            TileState::Ready { full, .. } => *full,
            _ => USUAL_SHAPE,
        };
        let frame = card(*cell).picture_frame();
        let lines = TileLines { marked: &pane.tile.highlight.marked_lines(), all: pane.tile.highlight.all_lines() };
        let zooms = pane.spot.zooms(frame, full, view.scale, lines, pixels_per_point);
        let slot = pane.tile.position.index();
        let free = frame.max.y - paint(frame, full, zooms.zoom_of(pane.tile.position), pixels_per_point).rect.max.y;
        let more = ((free / TEXT_ROW).floor().max(0.0) as usize).min(MORE_TEXT);
        let card = Card { text_rows: card(*cell).text_rows + more, ..card(*cell) };
        let painted = tile::show(ui, slot, TileCell { card, scrolls: false }, &pane.tile, &zooms, actions);
        if matches!(pane.tile.state, TileState::Ready { .. }) {
            extent(ui, *cell, &painted);
        }
        placed.push(PlacedTile::new(&pane.tile, card, painted, true));
    }
    let thumbnails = cells.strip.map(|strip| strip::show(ui, strip, &view.strip, actions)).unwrap_or_default();
    DrawnPanes { placed, thumbnails }
}

/// A thin bar at the right edge of a pane that shows which part of the tile is visible.
fn extent(ui: &Ui, cell: Rect, painted: &PaintedTile) {
    if painted.part.height() >= 0.999 {
        return;
    }
    let frame = card(cell).picture_frame();
    let (top, height) = (painted.rect.min.y, painted.rect.height());
    let right = painted.rect.max.x.min(frame.max.x);
    let at = |share: f32| top + share * height;
    let bar = Rect::from_min_max(pos2(right - 5.0, at(painted.part.min.y)), pos2(right - 1.0, at(painted.part.max.y)));
    let colour = palette(ui.visuals()).focus.gamma_multiply(0.75);
    ui.painter().rect_filled(bar, CornerRadius::same(2), colour);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(30.0, 100.0), vec2(width, height))
    }

    #[test]
    fn two_panes_and_a_strip_share_the_area() {
        for (width, height) in [(1244.0, 560.0), (1560.0, 660.0), (2500.0, 1100.0), (900.0, 1500.0), (980.0, 430.0)] {
            for panes in 1..=5 {
                let area = area(width, height);
                let found = arrange(area, panes, true, USUAL_SHAPE, 1.0);
                let all: Vec<Rect> = found.panes.iter().copied().chain(found.strip).collect();
                assert_eq!(all.len(), panes + 1);
                for (at, cell) in all.iter().enumerate() {
                    assert!(area.expand(0.5).contains_rect(*cell), "{width}×{height}: {cell:?}");
                    assert!(all[at + 1..].iter().all(|other| !cell.shrink(0.5).intersects(*other)), "{all:?}");
                }
            }
        }
    }

    #[test]
    fn the_strip_is_where_it_costs_the_panes_less() {
        let usual = arrange(area(1244.0, 560.0), 2, true, USUAL_SHAPE, 1.0);
        assert!(usual.strip.unwrap().min.y > usual.panes[0].max.y, "below, since the width limits the scale");
        let wide = arrange(area(2500.0, 700.0), 2, true, USUAL_SHAPE, 1.0);
        assert!(wide.strip.unwrap().min.x > wide.panes[1].max.x, "beside, where the width is not used up");
        assert_eq!(wide.panes[0].height(), 700.0);
    }

    #[test]
    fn the_strip_takes_the_room_that_no_tile_needs() {
        let beside = |largest: TileShape| arrange(area(2540.0, 1140.0), 2, true, largest, 1.0);
        let wide = beside(USUAL_SHAPE);
        assert!(wide.strip.unwrap().width() > 1.5 * strip::WIDTH, "{wide:?}");
        assert_eq!(scale(&wide.panes, 1.0), scale(&beside([1200, 1024]).panes, 1.0), "no tile is smaller for it");
        assert_eq!(beside([1200, 1024]).strip.unwrap().width(), strip::WIDTH, "wider tiles need the room");
        let survey = arrange(area(2540.0, 1140.0), 4, true, USUAL_SHAPE, 1.0);
        let strip = survey.strip.unwrap();
        assert!(strip.min.y > survey.panes[0].max.y && strip.height() > 2.0 * strip::HEIGHT, "{survey:?}");
        assert!(free_room(survey.panes[0], USUAL_SHAPE, 1.0).y >= 0.0);
        let small = arrange(area(1244.0, 560.0), 2, true, USUAL_SHAPE, 1.0);
        assert_eq!(small.strip.unwrap().height(), strip::HEIGHT, "tiles that are cut off need all of it");
    }

    #[test]
    fn panes_are_above_each_other_in_a_high_window() {
        let high = arrange(area(700.0, 1500.0), 2, false, USUAL_SHAPE, 1.0);
        assert!(high.panes[1].min.y > high.panes[0].max.y);
        let low = arrange(area(700.0, 500.0), 2, false, USUAL_SHAPE, 1.0);
        assert!(low.panes[1].min.x > low.panes[0].max.x);
    }
}
