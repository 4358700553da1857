//! Layout: the cards of the visible tiles, and the visible part of each. Pure geometry, in points
//! unless another unit is given. Grids are laid out in `grid_layout`.

use super::ScenePosition;
use super::card::Card;
use super::grid_layout::{self, GridRequest, TileCells, TileShape};
use std::collections::BTreeMap;

use egui::{Pos2, Rect, Vec2, vec2};

use crate::settings::GridChoice;
use crate::theme::GAP;

/// The largest zoom, in screen pixels per pixel of a tile.
const LARGEST_SCALE: f32 = 8.0;

/// The way that a tile fills its frame while nobody has zoomed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TileFit {
    /// The whole tile is visible.
    #[default]
    Whole,
    /// The tile is as wide as its frame and may be cut off below. It is larger than its own pixels
    /// only as long as all of it is visible.
    Width,
}

impl TileFit {
    /// The screen pixels per pixel of a tile of `full` pixels in a room of whole screen pixels.
    pub(crate) fn scale(self, room: Vec2, full: [u32; 2], pixels_per_point: f32) -> f32 {
        let by = room / size_of(full);
        let whole = by.min_elem();
        match self {
            Self::Whole => whole,
            // On a screen with small pixels, a pixel of a tile is a point.
            Self::Width => by.x.min(whole.max(pixels_per_point.max(1.0))),
        }
    }
}

/// The number of whole screen pixels in a frame.
pub(crate) fn room_of(frame: Rect, pixels_per_point: f32) -> Vec2 {
    // A frame that is a whole number of pixels must not lose one to rounding.
    (frame.size() * pixels_per_point + Vec2::splat(0.01)).floor().max(Vec2::splat(1.0))
}

fn size_of(full: [u32; 2]) -> Vec2 {
    vec2(full[0].max(1) as f32, full[1].max(1) as f32)
}

/// The zoom of a tile. The spot in the middle is given in fractions of width and height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Zoom {
    /// The screen pixels per pixel of the tile; `None` to fit the frame.
    pub(crate) scale: Option<f32>,
    pub(crate) fit: TileFit,
    pub(crate) center: Vec2,
}

impl Default for Zoom {
    fn default() -> Self {
        Self { scale: None, fit: TileFit::default(), center: CENTER }
    }
}

/// Text begins at the top left, so zooming in from the whole starts there too.
const CENTER: Vec2 = vec2(0.5, 0.3);

/// The zoom of all tiles, and the offsets of tiles moved alone.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TileZooms {
    /// The screen pixels per pixel of every tile; `None` while each fits its frame.
    pub(crate) scale: Option<f32>,
    /// The way that tiles fit their frames. Set by the scene.
    pub(crate) fit: TileFit,
    /// The spot in the middle of all tiles.
    pub(crate) center: Vec2,
    /// Offsets of tiles, added to the middle, in fractions of width and
    /// height.
    pub(crate) alone: BTreeMap<ScenePosition, Vec2>,
}

impl Default for TileZooms {
    fn default() -> Self {
        Self { scale: None, fit: TileFit::default(), center: CENTER, alone: BTreeMap::new() }
    }
}

impl TileZooms {
    /// The zoom of one tile.
    pub(crate) fn zoom_of(&self, position: ScenePosition) -> Zoom {
        Zoom { center: self.center + self.offset(position), scale: self.scale, fit: self.fit }
    }

    /// Whether tiles have a scale of their own, and may be larger than their frames.
    pub(crate) fn is_zoomed(&self) -> bool {
        self.scale.is_some()
    }

    /// Whether tiles may be cut off by their frames.
    pub(crate) fn cuts_off(&self) -> bool {
        self.is_zoomed() || self.fit == TileFit::Width
    }

    /// The offset of a tile that was moved alone.
    pub(crate) fn offset(&self, position: ScenePosition) -> Vec2 {
        self.alone.get(&position).copied().unwrap_or_default()
    }

    /// Moves one tile against the others. Tiles shown whole cannot move.
    pub(crate) fn move_alone(&mut self, position: ScenePosition, by: Vec2) {
        if !self.cuts_off() {
            return;
        }
        // Past the size of a whole picture there is nothing more to see.
        let offset = (self.offset(position) + by).clamp(-Vec2::splat(1.0), Vec2::splat(1.0));
        self.alone.insert(position, offset);
    }

    /// Moves one tile by fractions of its size; it stops at its edges. `part` is its visible part.
    pub(crate) fn scroll_alone(&mut self, position: ScenePosition, part: Rect, by: Vec2) {
        let now = clamp_center(self.center + self.offset(position), part.size());
        self.alone.insert(position, clamp_center(now + by, part.size()) - self.center);
    }

    /// Moves all tiles by fractions of their size. `part` is the visible part of the tile at
    /// `position`, which stops at its edges.
    pub(crate) fn pan(&mut self, position: ScenePosition, part: Rect, by: Vec2) {
        let now = clamp_center(self.center + self.offset(position), part.size());
        if !self.alone.is_empty() {
            // A tile that waits at its end while others go on moves at once when it leads.
            self.alone.insert(position, now - self.center);
        }
        let offset = self.offset(position);
        self.center = clamp_center(now + by, part.size()) - offset;
    }

    /// Opens tiles at spots of their own, from which they move together. Spots that are the same
    /// leave no tile apart.
    pub(crate) fn open_at(&mut self, spots: &[(ScenePosition, Vec2)]) {
        for (position, center) in spots {
            self.alone.insert(*position, *center - self.center);
        }
        let first = spots.first().map(|(position, _)| self.offset(*position));
        if let Some(shared) = first.filter(|first| self.alone.values().all(|other| (*other - *first).length() < 1e-4)) {
            self.center += shared;
            self.alone.clear();
        }
    }

    /// Shows all tiles at the spot of the one at `position`.
    pub(crate) fn align_to(&mut self, position: ScenePosition) {
        self.center += self.offset(position);
        self.alone.clear();
    }

    /// Zooms all tiles. `least` is the scale at which every tile is shown whole.
    pub(crate) fn set_scale(&mut self, scale: f32, least: f32) {
        let is_whole = scale <= least * 1.001;
        self.scale = match self.fit {
            TileFit::Whole if is_whole => None,
            TileFit::Whole | TileFit::Width => Some(scale.max(least).min(LARGEST_SCALE.max(least))),
        };
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
            Self::Pair if shapes.len() > 1 => of(pair(area, shapes)),
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

/// The least growth that is worth it to put two tiles below each other.
const WORTH_STACKING: f32 = 1.1;

/// Two cells beside or below each other, whichever shows the pictures larger.
fn pair(area: Rect, shapes: &[TileShape]) -> Vec<Rect> {
    let beside = vec2((area.width() - GAP) / 2.0, area.height());
    let below = vec2(area.width(), (area.height() - GAP) / 2.0);
    let smallest = |cell: Vec2| {
        let room = cell - Card::around_picture(text_rows_of_large(area));
        shapes.iter().map(|shape| (room / size_of(*shape)).min_elem()).fold(f32::MAX, f32::min)
    };
    let (size, step) = if WORTH_STACKING * smallest(beside) >= smallest(below) {
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
    /// The screen pixels per pixel of the tile.
    pub(crate) scale: f32,
}

/// Fits a tile of `full` pixels into a frame, or shows the part of it at the zoom. Pixels of the
/// scaled picture fall on pixels of the screen, so that it is as sharp as it can be.
pub(crate) fn paint(frame: Rect, full: [u32; 2], zoom: Zoom, pixels_per_point: f32) -> PaintedTile {
    let room = room_of(frame, pixels_per_point);
    let scale = zoom.scale.unwrap_or_else(|| zoom.fit.scale(room, full, pixels_per_point));
    let shown = (size_of(full) * scale).round().max(Vec2::splat(1.0));
    let visible = shown.min(room);
    let from = (zoom.center * shown - visible / 2.0).round().clamp(Vec2::ZERO, shown - visible);
    let corner = (frame.min.to_vec2() * pixels_per_point).round();
    let corner = corner + vec2(((room.x - visible.x) / 2.0).floor(), 0.0);
    PaintedTile {
        rect: Rect::from_min_size((corner / pixels_per_point).to_pos2(), visible / pixels_per_point),
        part: Rect::from_min_size((from / shown).to_pos2(), visible / shown),
        width_px: shown.x as u32,
        scale,
    }
}

/// Keeps a visible part of that size inside the picture.
pub(crate) fn clamp_center(center: Vec2, visible: Vec2) -> Vec2 {
    let clamp = |at: f32, size: f32| if size >= 1.0 { 0.5 } else { at.clamp(size / 2.0, 1.0 - size / 2.0) };
    vec2(clamp(center.x, visible.x), clamp(center.y, visible.y))
}

impl PaintedTile {
    /// Returns the spot of the picture under a point of the screen, in fractions of its width and
    /// height.
    pub(crate) fn spot(&self, at: Pos2) -> Vec2 {
        let within = (at - self.rect.min) / self.rect.size().max(vec2(1.0, 1.0));
        self.part.min.to_vec2() + within * self.part.size()
    }

    /// Returns the middle of the visible part after zooming to another scale, so that `spot` stays
    /// in place on the screen.
    pub(crate) fn center_about(&self, spot: Vec2, scale: f32) -> Vec2 {
        let change = self.scale / scale.max(1e-3);
        (spot + (self.part.center().to_vec2() - spot) * change).clamp(Vec2::ZERO, Vec2::splat(1.0))
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::super::grid_layout::USUAL_SHAPE;
    use super::*;

    fn area(width: f32, height: f32) -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), vec2(width, height))
    }

    #[test]
    fn a_tile_grows_where_all_of_it_stays_visible() {
        let scale = |width: f32, height: f32, pixels_per_point: f32| {
            TileFit::Width.scale(vec2(width, height), USUAL_SHAPE, pixels_per_point)
        };
        assert_eq!(scale(700.0, 500.0, 1.0), 0.8, "as wide as the frame");
        assert_eq!(scale(1260.0, 1152.0, 1.0), 1.125, "a little, too");
        assert_eq!(scale(1900.0, 1792.0, 1.0), 1.75, "a screen with 3840 × 2160 pixels");
        assert_eq!(scale(1900.0, 900.0, 1.0), 1.0, "never cut off for it");
        assert_eq!(scale(1900.0, 1792.0, 2.0), 2.0, "small pixels: a point for each");
    }

    #[test]
    fn a_pair_uses_the_longer_side() {
        let pair = |width, height| TileLayout::Pair.arrange(area(width, height), &[USUAL_SHAPE; 2], false, 0.0).cards;
        let wide = pair(1300.0, 700.0);
        assert!(wide[1].rect.min.x > wide[0].rect.max.x && wide[0].rect.min.y == wide[1].rect.min.y);
        let tall = pair(500.0, 1200.0);
        assert!(tall[1].rect.min.y > tall[0].rect.max.y && tall[0].rect.min.x == tall[1].rect.min.x);
        let low = TileLayout::Pair.arrange(area(2050.0, 1180.0), &[[875, 306]; 2], false, 0.0).cards;
        assert!(low[1].rect.min.y > low[0].rect.max.y, "low tiles are larger below each other: {low:?}");
        let one = TileLayout::Pair.arrange(area(2050.0, 1180.0), &[[875, 306], USUAL_SHAPE], false, 0.0).cards;
        assert!(one[1].rect.min.x > one[0].rect.max.x, "not beside a tall one: {one:?}");
    }

    #[test]
    fn a_tile_moved_alone_keeps_its_offset_while_all_are_panned() {
        let mut zooming = TileZooms::default();
        let [first, second] = [1, 2].map(ScenePosition::new);
        zooming.set_scale(2.0, 0.5);
        zooming.move_alone(second, vec2(0.1, -0.05));
        let part = Rect::from_center_size(pos2(0.5, 0.3), vec2(0.25, 0.25));
        zooming.pan(first, part, vec2(0.1, 0.0));
        let apart = zooming.zoom_of(second).center - zooming.zoom_of(first).center - vec2(0.1, -0.05);
        assert!(apart.length() < 1e-6, "{apart:?}");
        assert!((zooming.zoom_of(first).center.x - 0.6).abs() < 1e-6);
        zooming.pan(first, part, vec2(5.0, 0.0));
        assert!((zooming.zoom_of(first).center.x - 0.875).abs() < 1e-6, "it stops at the edge");
    }

    #[test]
    fn a_whole_tile_is_painted_in_its_own_shape() {
        let painted = paint(area(400.0, 400.0), USUAL_SHAPE, Zoom::default(), 1.0);
        assert_eq!(painted.part, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
        assert!((painted.rect.aspect_ratio() - 875.0 / 1024.0).abs() < 0.01);
        assert_eq!(painted.width_px as f32, painted.rect.width());
    }

    #[test]
    fn fills_the_width_but_does_not_enlarge_pixels() {
        let fit = Zoom { fit: TileFit::Width, ..Zoom::default() };
        let narrow = paint(area(613.0, 500.0), USUAL_SHAPE, fit, 1.0);
        assert_eq!((narrow.rect.width(), narrow.part.min.y), (613.0, 0.0), "from the top");
        assert!(narrow.scale >= 0.7 && narrow.part.height() < 0.75, "{narrow:?}");
        let wide = paint(area(1200.0, 500.0), USUAL_SHAPE, fit, 1.0);
        assert_eq!((wide.scale, wide.width_px), (1.0, 875));
        assert!((wide.rect.center().x - 610.0).abs() < 1.0, "in the middle: {wide:?}");
        assert_eq!(paint(area(1200.0, 500.0), USUAL_SHAPE, fit, 1.25).scale, 1.25, "a pixel is a point");
        assert_eq!(paint(area(600.0, 500.0), [60, 50], fit, 1.0).scale, 10.0, "a tiny tile is shown whole");
    }

    #[test]
    fn pixels_of_a_tile_fall_on_pixels_of_the_screen() {
        for (pixels_per_point, scale) in [(1.0, 1.0), (1.0, 2.0), (1.25, 1.0), (2.0, 0.7)] {
            let frame = Rect::from_min_size(pos2(10.4, 20.3), vec2(301.7, 299.2));
            let zoom = Zoom { scale: Some(scale), center: vec2(0.4321, 0.5678), fit: TileFit::Whole };
            let painted = paint(frame, USUAL_SHAPE, zoom, pixels_per_point);
            let shown = (vec2(875.0, 1024.0) * scale).round();
            let is_whole = |at: f32| (at - at.round()).abs() < 1e-2;
            let (corner, size) = (painted.rect.min.to_vec2(), painted.rect.size());
            let pixels = [corner * pixels_per_point, size * pixels_per_point, painted.part.min.to_vec2() * shown];
            assert!(pixels.iter().all(|at| is_whole(at.x) && is_whole(at.y)), "{pixels_per_point} {scale}: {pixels:?}");
            let stretch = size * pixels_per_point / (painted.part.size() * shown) - Vec2::splat(1.0);
            assert!(stretch.length() < 1e-4, "{stretch:?}");
        }
    }

    #[test]
    fn zooming_keeps_the_spot_under_the_pointer() {
        let frame = area(400.0, 400.0);
        let before = paint(frame, USUAL_SHAPE, Zoom::default(), 1.0);
        let pointer = before.rect.center() + vec2(30.0, -40.0);
        let spot = before.spot(pointer);
        let scale = before.scale * 3.0;
        let zoom = Zoom { scale: Some(scale), center: before.center_about(spot, scale), ..Zoom::default() };
        let moved = paint(frame, USUAL_SHAPE, zoom, 1.0).spot(pointer);
        // The frame fills up sideways while zooming in, so only the height is exact.
        assert!((moved.y - spot.y).abs() < 0.02, "{spot:?} {moved:?}");
    }

    #[test]
    fn zooming_out_ends_with_whole_tiles() {
        let mut zooming = TileZooms::default();
        zooming.set_scale(0.6, 0.5);
        assert_eq!(zooming.scale, Some(0.6));
        zooming.set_scale(100.0, 0.5);
        assert_eq!(zooming.scale, Some(LARGEST_SCALE));
        zooming.set_scale(0.4, 0.5);
        assert_eq!(zooming.scale, None);
        zooming.fit = TileFit::Width;
        zooming.set_scale(0.4, 0.5);
        assert_eq!(zooming.scale, Some(0.5), "whole, instead of as wide as the frame");
    }

    #[test]
    fn visible_part_never_leaves_the_picture() {
        for center in [vec2(0.0, 0.0), vec2(1.0, 1.0), vec2(0.5, 2.0)] {
            let zoom = Zoom { scale: Some(1.5), center, fit: TileFit::Whole };
            let part = paint(area(300.0, 300.0), USUAL_SHAPE, zoom, 1.0).part;
            assert!(part.min.x >= -1e-5 && part.min.y >= -1e-5 && part.max.x <= 1.00001 && part.max.y <= 1.00001);
        }
    }
}
