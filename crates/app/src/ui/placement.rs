//! Layout: the columns of negatives, the size of the positive, the visible part of a tile. Pure
//! geometry, in points unless another unit is given.

use super::ScenePosition;
use std::collections::BTreeMap;

use egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::theme::GAP;

/// The size of a tile in the published datasets, in pixels; used until the tile's own is known.
pub(crate) const TILE_SIZE: [u32; 2] = [875, 1024];
/// Width by height of such a tile.
pub(crate) const TILE_ASPECT: f32 = TILE_SIZE[0] as f32 / TILE_SIZE[1] as f32;
/// The height above and below the picture in a cell: the tile's name, marks and path.
pub(crate) const CELL_CHROME: f32 = 50.0;
/// The smallest useful width of a tile in points: a narrower one only shows that it exists.
const READABLE: f32 = 140.0;
/// The minimum number of visible negatives, however small the window.
const SHORT_LIST: usize = 8;
/// The maximum zoom.
pub(crate) const ZOOM_UP_TO: f32 = 12.0;

/// The limit of the positive's size relative to a negative: beyond it, the positive only takes room
/// from the negatives.
const POSITIVE_LARGER: f32 = 1.25;

/// The value of a still larger positive, when it costs the negatives nothing or little.
const PAST_ENOUGH: f32 = 0.8;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileLayout {
    /// The positive on the left, the negatives beside it, in a fixed or an automatic number of
    /// columns.
    Grid(Option<usize>),
    /// Two tiles, as large as fit.
    Pair,
    /// One tile.
    Alone,
}

impl TileLayout {
    /// Lays out a number of tiles. A list that is too long for the area scrolls, and leaves room
    /// for a bar of that width.
    pub(crate) fn arrange(self, area: Rect, tiles: usize, bar: f32) -> TileCells {
        let fitting = |area: Rect| match self {
            Self::Grid(columns) => at_once(area, tiles, columns),
            Self::Pair | Self::Alone => tiles,
        };
        if !has_room(area) || tiles == 0 {
            return TileCells { cells: Vec::new(), scrolls: false };
        }
        if fitting(area) >= tiles {
            return TileCells { cells: self.cells(area, tiles), scrolls: false };
        }
        let area = Rect::from_min_max(area.min, area.max - vec2(bar, 0.0));
        TileCells { cells: self.cells(area, fitting(area)), scrolls: true }
    }

    /// The cells of that many tiles, the positive's first.
    fn cells(self, area: Rect, tiles: usize) -> Vec<Rect> {
        match self {
            _ if tiles == 0 => Vec::new(),
            Self::Grid(columns) => cells(area, tiles - 1, columns),
            Self::Pair if tiles > 1 => pair(area),
            Self::Pair | Self::Alone => vec![area],
        }
    }
}

/// The cells of tiles, as they are drawn and as their pictures are requested.
pub(crate) struct TileCells {
    /// The positive's first. If the list scrolls, those of its first rows; empty in an area that is
    /// too small.
    pub(crate) cells: Vec<Rect>,
    /// Whether the negatives scroll past the positive.
    pub(crate) scrolls: bool,
}

fn has_room(area: Rect) -> bool {
    area.width() >= 60.0 && area.height() >= 80.0
}

/// Two cells beside or below each other, whichever shows the pictures larger.
fn pair(area: Rect) -> Vec<Rect> {
    let beside = vec2((area.width() - GAP) / 2.0, area.height());
    let below = vec2(area.width(), (area.height() - GAP) / 2.0);
    let (size, step) = if picture_width(beside) >= picture_width(below) {
        (beside, vec2(beside.x + GAP, 0.0))
    } else {
        (below, vec2(0.0, below.y + GAP))
    };
    vec![Rect::from_min_size(area.min, size), Rect::from_min_size(area.min + step, size)]
}

/// The cells of a sample: the positive's, then the negatives' in order.
fn cells(area: Rect, negatives: usize, columns: Option<usize>) -> Vec<Rect> {
    if negatives == 0 {
        return vec![area];
    }
    // A chosen number of columns is used unless its tiles would be too low to show anything.
    let chosen = columns.map(|columns| columns.clamp(1, negatives));
    let chosen = chosen.and_then(|columns| (columns..=negatives).find_map(|columns| best(area, negatives, columns)));
    let by_itself = || (1..=negatives).filter_map(|columns| best(area, negatives, columns));
    let found = chosen.or_else(|| by_itself().max_by(|a, b| a.0.total_cmp(&b.0)));
    // The window is far too small: everything in one row, cut off if necessary.
    let cell = vec2((area.width() / (negatives + 1) as f32 - GAP).max(1.0), area.height());
    found.map_or_else(|| arrange(area, cell.x, cell, negatives, negatives), |(_, cells)| cells)
}

/// The best widths for that many columns, with a measure of quality; `None` if no picture would be
/// visible.
fn best(area: Rect, negatives: usize, columns: usize) -> Option<(f32, Vec<Rect>)> {
    let rows = negatives.div_ceil(columns);
    let scored = (16..=60).step_by(2).filter_map(|percent| {
        let positive_width = area.width() * percent as f32 / 100.0;
        let cell = vec2(
            (area.width() - positive_width - GAP * columns as f32) / columns as f32,
            (area.height() - GAP * (rows - 1) as f32) / rows as f32,
        );
        let positive = picture_width(vec2(positive_width, area.height()));
        let negative = picture_width(cell);
        if negative <= 0.0 {
            return None;
        }
        // All pictures should be as large as possible. The positive counts for more, because the
        // others are compared with it, but not past the point where it only takes room from them.
        // Roots favour evenness over one very large picture.
        let count = negatives as f32;
        let weight = (0.3 * count).max(1.2);
        // Where the height is the limit, the width is shared evenly.
        let uneven = (positive_width - cell.x).abs() / area.width();
        let enough = positive.min(POSITIVE_LARGER * negative).sqrt();
        let score =
            weight * enough + PAST_ENOUGH * (positive.sqrt() - enough) + count * negative.sqrt() - 0.01 * uneven;
        Some((score, positive_width, cell))
    });
    let (score, positive_width, cell) = scored.max_by(|a, b| a.0.total_cmp(&b.0))?;
    Some((score, arrange(area, positive_width, cell, columns, negatives)))
}

fn arrange(area: Rect, positive_width: f32, cell: Vec2, columns: usize, negatives: usize) -> Vec<Rect> {
    let mut cells = vec![Rect::from_min_size(area.min, vec2(positive_width, area.height()))];
    let origin = area.min + vec2(positive_width + GAP, 0.0);
    for at in 0..negatives {
        let (column, row) = ((at % columns) as f32, (at / columns) as f32);
        let min = origin + vec2(column * (cell.x + GAP), row * (cell.y + GAP));
        cells.push(Rect::from_min_size(min, cell));
    }
    cells
}

/// Returns how many tiles of a sample are laid out at once in a grid: all, if each can be shown at
/// a readable size; of longer lists as many as can, and the rest scrolls.
fn at_once(area: Rect, tiles: usize, columns: Option<usize>) -> usize {
    let readable = |tiles: &usize| {
        let cells = cells(area, tiles - 1, columns);
        cells.iter().skip(1).all(|cell| picture_width(cell.size()) >= READABLE)
    };
    if tiles <= SHORT_LIST + 1 {
        return tiles;
    }
    // The number that would fit beside each other alone: of a list of thousands the rest need not
    // be tried.
    let fit = |room: f32, side: f32| (room / side).max(0.0) as usize + 1;
    let most = fit(area.width(), READABLE) * fit(area.height(), READABLE / TILE_ASPECT + CELL_CHROME) + 1;
    (SHORT_LIST + 1..=tiles.min(most)).rev().find(readable).unwrap_or(SHORT_LIST + 1)
}

/// The width at which a tile of the usual shape is shown whole in a cell.
fn picture_width(cell: Vec2) -> f32 {
    cell.x.min((cell.y - CELL_CHROME) * TILE_ASPECT)
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
    fn cells_lie_in_the_area_and_do_not_overlap() {
        for (width, height) in [(900.0, 500.0), (1200.0, 650.0), (2200.0, 1200.0), (500.0, 900.0), (300.0, 90.0)] {
            for (negatives, columns) in (0..=20).flat_map(|negatives| [(negatives, None), (negatives, Some(1))]) {
                let area = area(width, height);
                let cells = cells(area, negatives, columns);
                assert_eq!(cells.len(), negatives + 1, "{width}×{height}, {negatives} in {columns:?}");
                for (at, cell) in cells.iter().enumerate() {
                    assert!(area.expand(0.5).contains_rect(*cell), "{negatives}: {cell:?}");
                    assert!(cells[at + 1..].iter().all(|other| !cell.shrink(0.5).intersects(*other)));
                }
            }
        }
    }

    #[test]
    fn two_negatives_are_nearly_as_large_as_the_positive() {
        let cells = cells(area(1300.0, 700.0), 2, None);
        let pictures: Vec<f32> = cells.iter().map(|cell| picture_width(cell.size())).collect();
        assert!(pictures[0] < 1.6 * pictures[1] && pictures[1] > 350.0, "{pictures:?}");
    }

    #[test]
    fn keeps_chosen_columns_and_a_pair_uses_the_longer_side() {
        let columns = |cells: &[Rect]| cells[1..].iter().filter(|cell| cell.min.y == cells[1].min.y).count();
        for wanted in 1..=5 {
            assert_eq!(columns(&cells(area(1300.0, 700.0), 5, Some(wanted))), wanted);
        }
        assert_eq!(columns(&cells(area(1300.0, 700.0), 2, Some(9))), 2);
        let wide = TileLayout::Pair.cells(area(1300.0, 700.0), 2);
        assert!(wide[1].min.x > wide[0].max.x && wide[0].min.y == wide[1].min.y);
        let tall = TileLayout::Pair.cells(area(500.0, 1200.0), 2);
        assert!(tall[1].min.y > tall[0].max.y && tall[0].min.x == tall[1].min.x);
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
        let painted = paint(area(400.0, 400.0), TILE_SIZE, Zoom::default(), 1.0);
        assert_eq!(painted.part, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
        assert!((painted.rect.aspect_ratio() - TILE_ASPECT).abs() < 0.01);
        assert_eq!(painted.width_px as f32, painted.rect.width());
    }

    #[test]
    fn zooming_keeps_the_spot_under_the_pointer() {
        let frame = area(400.0, 400.0);
        let zoom = Zoom::default();
        let before = paint(frame, TILE_SIZE, zoom, 1.0);
        let pointer = before.rect.center() + vec2(30.0, -40.0);
        let spot = before.spot(pointer);
        let after = paint(frame, TILE_SIZE, zoom.about(3.0, spot, before.part), 1.0);
        let moved = after.spot(pointer);
        // The frame fills up sideways while zooming in, so only the height is exact.
        assert!((moved.y - spot.y).abs() < 0.02, "{spot:?} {moved:?}");
    }

    #[test]
    fn visible_part_never_leaves_the_picture() {
        for center in [vec2(0.0, 0.0), vec2(1.0, 1.0), vec2(0.5, 2.0)] {
            let part = paint(area(300.0, 300.0), TILE_SIZE, Zoom { factor: 5.0, center }, 1.0).part;
            assert!(part.min.x >= -1e-5 && part.min.y >= -1e-5 && part.max.x <= 1.00001 && part.max.y <= 1.00001);
        }
    }
}
