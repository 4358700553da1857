//! The spot of a tile that a pane shows. Pure geometry.

use egui::{Rect, Vec2, vec2};
use tilejury_text::{PixelBox, ReadFirst};

use super::READABLE_SCALE;
use super::whole_lines::{TileLines, line_height, whole_lines, whole_lines_of_top};
use crate::ui::placement::{TileFit, TileZooms, clamp_center, room_of};

/// The share of a pane's height above the middle of a passage: more text follows it than precedes.
const ABOVE: f32 = 0.4;
/// The most margin above and below a passage, as a share of the pane's height: usually a line.
const MARGIN: f32 = 0.2;
/// The share of a pane's width that a passage may fill.
const WIDE: f32 = 0.96;

/// The spot of a tile that a pane shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum PaneSpot {
    /// The beginning.
    #[default]
    Top,
    /// The beginning of a tile whose text is known: without most of the margin above it, if that
    /// keeps the lower edge from cutting a line.
    TopOfText,
    /// Lines, at a scale at which they can be read.
    Passage(ReadFirst),
    /// A spot in fractions of width and height, in the middle; at a scale of its own, if there is
    /// one.
    Center { center: Vec2, scale: Option<f32> },
}

/// The scale of the tiles in panes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PaneScale {
    /// As wide as the pane, or larger if that makes a passage readable.
    Readable,
    /// As wide as the pane.
    Width,
    /// Screen pixels per pixel of every tile, as a person chose.
    Chosen(f32),
}

impl PaneSpot {
    /// The zoom of a tile of `full` pixels at this spot. `shared` is the scale of all tiles, if a
    /// person chose one or they are compared. `lines` are the lines of the tile: it opens so that
    /// the edges of the pane cut none of them, if that can be helped.
    pub(crate) fn zooms(
        self,
        frame: Rect,
        full: [u32; 2],
        shared: PaneScale,
        lines: TileLines<'_>,
        pixels_per_point: f32,
    ) -> TileZooms {
        let room = room_of(frame, pixels_per_point);
        let fit = TileFit::Width.scale(room, full, pixels_per_point);
        let own = match self {
            Self::Top | Self::TopOfText => None,
            Self::Passage(first) => readable_scale(first.lines, room, fit, pixels_per_point),
            Self::Center { scale, .. } => scale,
        };
        let scale = match shared {
            PaneScale::Readable => own,
            PaneScale::Width => None,
            PaneScale::Chosen(scale) => Some(scale),
        };
        let size = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
        // In pixels of the tile.
        let visible = room / scale.unwrap_or(fit);
        let center = match self {
            Self::Top => vec2(0.5, 0.0),
            Self::TopOfText => {
                let top = whole_lines_of_top(visible.y, size.y, lines.all);
                vec2(0.5, (top + visible.y / 2.0) / size.y)
            }
            Self::Passage(first) => {
                let (top, area) = top_of_view(first, lines.marked, visible.y);
                let top = whole_lines(top, visible.y.min(size.y), size.y, area, lines);
                vec2(middle(area.x, area.width), top + visible.y / 2.0) / size
            }
            Self::Center { center, .. } => center,
        };
        let center = clamp_center(center, (visible / size).min(Vec2::splat(1.0)));
        TileZooms { scale, fit: TileFit::Width, center, ..TileZooms::default() }
    }
}

/// The least scale at which the whole width of a tile is preferred: lines that are cut off read
/// worse than lines that are a little small.
const WHOLE_LINES: f32 = 0.5;

/// The least gain from a larger scale, as a factor: other lines may be cut off for it.
const WORTH: f32 = 1.15;

/// The scale at which a passage can be read, if a tile as wide as the pane is much too small for
/// that; the passage must not be wider than the pane.
fn readable_scale(area: PixelBox, room: Vec2, fit: f32, pixels_per_point: f32) -> Option<f32> {
    if fit >= WHOLE_LINES * pixels_per_point {
        return None;
    }
    let most = WIDE * room.x / area.width.max(1) as f32;
    let scale = (READABLE_SCALE * pixels_per_point).min(most);
    (scale > fit * WORTH).then_some(scale)
}

fn middle(from: u32, size: u32) -> f32 {
    from as f32 + size as f32 / 2.0
}

/// The top of the visible part for some lines, in pixels of the tile, and the lines that are in it:
/// all of them, or those that matter most if there is no room for all with a line around them.
fn top_of_view(first: ReadFirst, marked: &[PixelBox], visible: f32) -> (f32, PixelBox) {
    let margin = line_height(first.most, marked).min(MARGIN * visible);
    let fits = |area: PixelBox| area.height as f32 + 2.0 * margin <= visible;
    let area = if fits(first.lines) { first.lines } else { first.most };
    let above = if fits(area) { (ABOVE * visible - area.height as f32 / 2.0).max(margin) } else { margin };
    (area.y as f32 - above, area)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::grid_layout::USUAL_SHAPE;
    use crate::ui::placement::paint;

    fn frame(width: f32, height: f32) -> Rect {
        Rect::from_min_size(egui::pos2(10.0, 20.0), vec2(width, height))
    }

    fn visible(spot: PaneSpot, frame: Rect) -> (Rect, f32) {
        let zooms = spot.zooms(frame, USUAL_SHAPE, PaneScale::Readable, TileLines::default(), 1.0);
        let painted = paint(frame, USUAL_SHAPE, zooms.zoom_of(crate::ui::ScenePosition::default()), 1.0);
        let part = painted.part;
        let size = vec2(USUAL_SHAPE[0] as f32, USUAL_SHAPE[1] as f32);
        (
            Rect::from_min_max((part.min.to_vec2() * size).to_pos2(), (part.max.to_vec2() * size).to_pos2()),
            painted.scale,
        )
    }

    #[test]
    fn a_passage_is_visible_as_a_whole_wherever_it_is() {
        for y in [0, 200, 500, 900, 1000] {
            let area = PixelBox { x: 60, y, width: 700, height: 24 };
            let (seen, scale) = visible(PaneSpot::Passage(area.into()), frame(613.0, 420.0));
            assert!(seen.min.y <= y as f32 && seen.max.y >= (y + 24) as f32, "{y}: {seen:?}");
            assert!((0.0..=1024.5).contains(&seen.max.y) && scale >= 0.7, "{seen:?} {scale}");
        }
    }

    #[test]
    fn a_passage_that_is_higher_than_the_pane_shows_its_beginning() {
        let area = PixelBox { x: 60, y: 300, width: 700, height: 700 };
        let (seen, _) = visible(PaneSpot::Passage(area.into()), frame(613.0, 300.0));
        assert!((200.0..300.0).contains(&seen.min.y), "{seen:?}");
    }

    #[test]
    fn lines_without_room_give_way_to_those_that_matter_most() {
        let lines = PixelBox { x: 60, y: 100, width: 700, height: 800 };
        let most = PixelBox { x: 60, y: 870, width: 300, height: 20 };
        let (seen, _) = visible(PaneSpot::Passage(ReadFirst { lines, most }), frame(613.0, 300.0));
        assert!(seen.min.y < 850.0 && seen.max.y > 910.0, "{seen:?}");
        let (seen, _) = visible(PaneSpot::Passage(ReadFirst { lines, most }), frame(613.0, 700.0));
        assert!(seen.min.y < 85.0 && seen.max.y > 915.0, "all of them: {seen:?}");
    }

    #[test]
    fn the_first_and_the_last_line_have_a_line_around_them() {
        for height in [20, 200, 330, 340] {
            let area = PixelBox { x: 60, y: 300, width: 700, height };
            let marked: Vec<PixelBox> =
                (0..height / 20).map(|line| PixelBox { y: 300 + 20 * line, height: 16, ..area }).collect();
            let lines = TileLines { marked: &marked, all: &marked };
            let zooms =
                PaneSpot::Passage(area.into()).zooms(frame(875.0, 374.0), USUAL_SHAPE, PaneScale::Width, lines, 1.0);
            let top = zooms.center.y * USUAL_SHAPE[1] as f32 - 187.0;
            assert!(top <= 284.5 && top + 374.0 >= (300 + height + 15) as f32, "{height}: {top}");
        }
    }

    #[test]
    fn a_narrow_pane_enlarges_a_passage_as_far_as_it_fits() {
        let area = PixelBox { x: 400, y: 300, width: 400, height: 60 };
        let (seen, scale) = visible(PaneSpot::Passage(area.into()), frame(400.0, 400.0));
        assert_eq!(scale, 0.7);
        assert!(seen.min.x <= 400.0 && seen.max.x >= 800.0, "{seen:?}");
        let wide = PixelBox { x: 20, width: 830, ..area };
        let (seen, scale) = visible(PaneSpot::Passage(wide.into()), frame(400.0, 400.0));
        assert!(scale < 0.5, "not cut off: {scale}");
        assert!(seen.min.x <= 0.5 && seen.max.x >= USUAL_SHAPE[0] as f32 - 0.5, "all of its width: {seen:?}");
        let (_, scale) = visible(PaneSpot::Passage(area.into()), frame(470.0, 400.0));
        assert!((0.5..0.6).contains(&scale), "whole lines, beside the queue of a small window: {scale}");
    }

    #[test]
    fn the_beginning_of_a_text_cuts_no_line_below() {
        let all: Vec<PixelBox> =
            (0..30).map(|at| PixelBox { x: 60, y: 30 + 30 * at, width: 700, height: 16 }).collect();
        let lines = TileLines { marked: &[], all: &all };
        let top = |spot: PaneSpot| {
            let zooms = spot.zooms(frame(875.0, 400.0), USUAL_SHAPE, PaneScale::Width, lines, 1.0);
            zooms.center.y * USUAL_SHAPE[1] as f32 - 200.0
        };
        assert_eq!(top(PaneSpot::Top).round(), 0.0);
        let moved = top(PaneSpot::TopOfText);
        assert!(moved > 0.5 && moved < 30.0, "{moved}");
        assert!(
            all.iter().all(|line| (line.y + line.height) as f32 <= moved + 400.5 || line.y as f32 >= moved + 399.5)
        );
    }

    #[test]
    fn a_chosen_scale_comes_before_the_readable_one() {
        let area = PixelBox { x: 400, y: 300, width: 400, height: 60 };
        let zooms = |scale| {
            PaneSpot::Passage(area.into()).zooms(frame(400.0, 400.0), USUAL_SHAPE, scale, TileLines::default(), 1.0)
        };
        assert_eq!(zooms(PaneScale::Chosen(0.5)).scale, Some(0.5));
        assert_eq!(zooms(PaneScale::Width).scale, None);
    }
}
