//! Layout: the cards of the visible tiles, and the visible part of each. Pure geometry, in points
//! unless another unit is given. Grids are laid out in `grid_layout`.

use super::ScenePosition;
use super::card::Card;
use super::grid_layout::{self, GridRequest, TileCells, TileShape, USUAL_SHAPE};
use std::collections::BTreeMap;

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::theme::GAP;

/// The maximum zoom.
pub(crate) const ZOOM_UP_TO: f32 = 12.0;

/// The zoom of a tile: factor 1 shows it whole; the spot in the middle is given in fractions of
/// width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Zoom {
    pub(crate) factor: f32,
    pub(crate) center: Vec2,
}

impl Default for Zoom {
    fn default() -> Self {
        // Text begins at the top left, so zooming in from the whole starts there too.
        Self { factor: 1.0, center: vec2(0.5, 0.3) }
    }
}

/// The zoom of all tiles, and the offsets of tiles moved alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TileZooms {
    /// The zoom that all tiles share.
    pub(crate) shared: Zoom,
    /// Offsets of tiles, added to the middle, in fractions of width and
    /// height.
    pub(crate) alone: BTreeMap<ScenePosition, Vec2>,
}

impl TileZooms {
    /// The zoom of one tile.
    pub(crate) fn zoom_of(&self, position: ScenePosition) -> Zoom {
        Zoom { center: self.shared.center + self.offset(position), ..self.shared }
    }

    /// Whether tiles are larger than their frames.
    pub(crate) fn is_zoomed(&self) -> bool {
        self.shared.factor > 1.001
    }

    /// The offset of a tile that was moved alone.
    pub(crate) fn offset(&self, position: ScenePosition) -> Vec2 {
        self.alone.get(&position).copied().unwrap_or_default()
    }

    /// Moves one tile against the others. Tiles shown whole cannot move.
    pub(crate) fn move_alone(&mut self, position: ScenePosition, by: Vec2) {
        if self.shared.factor <= 1.0 {
            return;
        }
        // Past the size of a whole picture there is nothing more to see.
        let offset = (self.offset(position) + by).clamp(-Vec2::splat(1.0), Vec2::splat(1.0));
        self.alone.insert(position, offset);
    }

    /// Moves all tiles by fractions of the visible part.
    pub(crate) fn pan(&mut self, by: Vec2) {
        let zoom = &mut self.shared;
        zoom.center = (zoom.center + by / zoom.factor).clamp(Vec2::ZERO, Vec2::splat(1.0));
    }

    /// Zooms all tiles about the middle of the visible part.
    pub(crate) fn set_factor(&mut self, factor: f32) {
        self.shared.factor = factor.clamp(1.0, ZOOM_UP_TO);
    }
}

/// The arrangement of the visible tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TileLayout {
    /// All tiles.
    Grid(GridChoice),
    /// Two tiles, as large as fit.
    Pair,
    /// One tile.
    Alone,
}

/// The choices of a person for a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct GridChoice {
    /// The number of columns of negatives; `None` for an automatic one.
    pub(crate) columns: Option<usize>,
    /// Whether tiles fill the width of their cards.
    pub(crate) fills_width: bool,
}

impl TileLayout {
    /// Lays out tiles of these shapes. A list that is too long for the area scrolls, and leaves
    /// room for a bar of that width. `is_zoomed`: the tiles are larger than their cards.
    pub(crate) fn arrange(self, area: Rect, shapes: &[TileShape], is_zoomed: bool, bar: f32) -> TileCells {
        let of = |rects: Vec<Rect>| {
            let card = |rect| Card { rect, text_rows: text_rows_of_large(area) };
            TileCells { cards: rects.into_iter().map(card).collect(), scrolls: false }
        };
        match self {
            _ if !has_room(area) || shapes.is_empty() => of(Vec::new()),
            Self::Grid(GridChoice { columns, fills_width }) => {
                grid_layout::arrange(&GridRequest { area, shapes, columns, fills_width, is_zoomed, bar })
            }
            Self::Pair if shapes.len() > 1 => of(pair(area)),
            Self::Pair | Self::Alone => of(vec![area]),
        }
    }
}

fn has_room(area: Rect) -> bool {
    area.width() >= 60.0 && area.height() >= 80.0
}

/// The rows of text below a large tile.
fn text_rows_of_large(area: Rect) -> usize {
    match area.height() {
        ..240.0 => 1,
        ..500.0 => 2,
        _ => 3,
    }
}

/// Two cells beside or below each other, whichever shows the pictures larger.
fn pair(area: Rect) -> Vec<Rect> {
    let beside = vec2((area.width() - GAP) / 2.0, area.height());
    let below = vec2(area.width(), (area.height() - GAP) / 2.0);
    let picture_width = |cell: Vec2| {
        let room = cell - Card::around_picture(text_rows_of_large(area));
        room.x.min(room.y * USUAL_SHAPE[0] as f32 / USUAL_SHAPE[1] as f32)
    };
    let (size, step) = if picture_width(beside) >= picture_width(below) {
        (beside, vec2(beside.x + GAP, 0.0))
    } else {
        (below, vec2(0.0, below.y + GAP))
    };
    vec![Rect::from_min_size(area.min, size), Rect::from_min_size(area.min + step, size)]
}

/// The painted part of a tile, and its area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PaintedTile {
    /// The rectangle on the screen, snapped to whole pixels.
    pub(crate) rect: Rect,
    /// The part of the picture in it, from (0, 0) to (1, 1).
    pub(crate) part: Rect,
    /// The width of the whole picture at this zoom in physical pixels, as requested from the
    /// decoder.
    pub(crate) width_px: u32,
}

/// Fits a tile of `full` pixels into a frame, or shows the part of it at the zoom.
pub(crate) fn paint(frame: Rect, full: [u32; 2], zoom: Zoom, pixels_per_point: f32) -> PaintedTile {
    let full = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
    let whole = (frame.width() / full.x).min(frame.height() / full.y).max(0.0) * zoom.factor;
    let shown = full * whole;
    let visible = vec2((frame.width() / shown.x).min(1.0), (frame.height() / shown.y).min(1.0));
    let size = shown * visible;
    let min = pos2(frame.center().x - size.x / 2.0, frame.min.y);
    let snap = |at: Pos2| ((at.to_vec2() * pixels_per_point).round() / pixels_per_point).to_pos2();
    let rect = Rect::from_min_max(snap(min), snap(min + size));
    let from = clamp_center(zoom.center, visible) - visible / 2.0;
    let part = Rect::from_min_size(from.to_pos2(), visible);
    let width_px = (rect.width() / visible.x * pixels_per_point).round().max(1.0) as u32;
    PaintedTile { rect, part, width_px }
}

/// Keeps the visible part inside the picture.
fn clamp_center(center: Vec2, visible: Vec2) -> Vec2 {
    let clamp = |at: f32, size: f32| at.clamp(size / 2.0, 1.0 - size / 2.0);
    vec2(clamp(center.x, visible.x), clamp(center.y, visible.y))
}

impl PaintedTile {
    /// Returns the spot of the picture under a point of the screen, in fractions of its width and
    /// height.
    pub(crate) fn spot(&self, at: Pos2) -> Vec2 {
        let within = (at - self.rect.min) / self.rect.size().max(vec2(1.0, 1.0));
        self.part.min.to_vec2() + within * self.part.size()
    }
}

impl Zoom {
    /// Zooms by a factor so that `spot` stays in place on the screen, for a picture whose visible
    /// part is `part`.
    pub(crate) fn about(self, factor: f32, spot: Vec2, part: Rect) -> Self {
        let new = (self.factor * factor).clamp(1.0, ZOOM_UP_TO);
        let change = self.factor / new;
        let center = spot + (part.center().to_vec2() - spot) * change;
        Self { factor: new, center: center.clamp(Vec2::ZERO, vec2(1.0, 1.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height))
    }

    #[test]
    fn a_pair_uses_the_longer_side() {
        let pair = |width, height| TileLayout::Pair.arrange(area(width, height), &[USUAL_SHAPE; 2], false, 0.0).cards;
        let wide = pair(1300.0, 700.0);
        assert!(wide[1].rect.min.x > wide[0].rect.max.x && wide[0].rect.min.y == wide[1].rect.min.y);
        let tall = pair(500.0, 1200.0);
        assert!(tall[1].rect.min.y > tall[0].rect.max.y && tall[0].rect.min.x == tall[1].rect.min.x);
    }

    #[test]
    fn a_tile_moved_alone_keeps_its_offset_while_all_are_panned() {
        let mut zooming = TileZooms::default();
        let [first, second] = [1, 2].map(ScenePosition::new);
        zooming.set_factor(4.0);
        zooming.move_alone(second, vec2(0.1, -0.05));
        zooming.pan(vec2(0.4, 0.0));
        let apart = zooming.zoom_of(second).center - zooming.zoom_of(first).center - vec2(0.1, -0.05);
        assert!(apart.length() < 1e-6, "{apart:?}");
        assert!((zooming.zoom_of(first).center.x - 0.6).abs() < 1e-6);
    }

    #[test]
    fn a_whole_tile_is_painted_in_its_own_shape() {
        let painted = paint(area(400.0, 400.0), USUAL_SHAPE, Zoom::default(), 1.0);
        assert_eq!(painted.part, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
        assert!((painted.rect.aspect_ratio() - 875.0 / 1024.0).abs() < 0.01);
        assert_eq!(painted.width_px as f32, painted.rect.width());
    }

    #[test]
    fn zooming_keeps_the_spot_under_the_pointer() {
        let frame = area(400.0, 400.0);
        let zoom = Zoom::default();
        let before = paint(frame, USUAL_SHAPE, zoom, 1.0);
        let pointer = before.rect.center() + vec2(30.0, -40.0);
        let spot = before.spot(pointer);
        let after = paint(frame, USUAL_SHAPE, zoom.about(3.0, spot, before.part), 1.0);
        let moved = after.spot(pointer);
        // The frame fills up sideways while zooming in, so only the height is exact.
        assert!((moved.y - spot.y).abs() < 0.02, "{spot:?} {moved:?}");
    }

    #[test]
    fn visible_part_never_leaves_the_picture() {
        for center in [vec2(0.0, 0.0), vec2(1.0, 1.0), vec2(0.5, 2.0)] {
            let part = paint(area(300.0, 300.0), USUAL_SHAPE, Zoom { factor: 5.0, center }, 1.0).part;
            assert!(part.min.x >= -1e-5 && part.min.y >= -1e-5 && part.max.x <= 1.00001 && part.max.y <= 1.00001);
        }
    }
}
