//! The marks on a tile: the answer, a model's answer, the passage, the words of the query, and
//! selected words. Paints only; what to mark is found by the text crate.

use std::ops::Range;
use std::sync::Arc;

use egui::{Color32, CornerRadius, Painter, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_text::{Hit, HitKind, PixelBox};

use super::placement::PaintedTile;
use crate::theme::HIGHLIGHTS;

/// The distance of a mark from the letters, in points.
const AROUND: f32 = 2.0;
/// The dashes of a model's answer and the gaps between them.
const DASHES: (f32, f32) = (5.0, 3.0);

/// The marks of one tile.
#[derive(Clone, Default)]
pub(crate) struct HighlightView {
    /// The text; `None` until it was looked up, and in pictures that are no tile.
    pub(crate) evidence: Option<Arc<TileEvidence>>,
    /// Whether the evidence is marked.
    pub(crate) on: bool,
    /// The place that a person went to last.
    pub(crate) marked: Option<usize>,
    /// The selected words.
    pub(crate) selection: Option<Range<usize>>,
    /// Whether dragging selects words.
    pub(crate) selects: bool,
    /// Whether a selection is being dragged.
    pub(crate) dragging: bool,
    /// Whether any tile was read: else all say the same, and only the one in focus does.
    pub(crate) any_read: bool,
    /// The title of the row's page, else the heading that was read.
    pub(crate) title: Option<Arc<str>>,
    /// The reason why there is no picture, and so no text either.
    pub(crate) failure: Option<Arc<str>>,
}

impl HighlightView {
    /// The place that a person went to last, if it is on this tile.
    fn marked_hit(&self) -> Option<&Hit> {
        self.evidence.as_ref()?.highlights.hits.get(self.marked?)
    }

    /// The words on a tile whose text is not known, if evidence is marked.
    pub(crate) fn not_read(&self) -> Option<&'static str> {
        let state = self.evidence.as_ref().filter(|_| self.on && self.any_read)?.state;
        match state {
            TextState::NotRead | TextState::Outdated | TextState::NotLegible => Some("not read"),
            TextState::Read | TextState::Imported => None,
        }
    }

    /// The lines that are marked; none while marks are hidden.
    pub(crate) fn marked_lines(&self) -> Vec<PixelBox> {
        let Some(evidence) = self.evidence.as_ref().filter(|_| self.on) else { return Vec::new() };
        let hits = evidence.highlights.hits.iter().flat_map(|hit| &hit.lines);
        hits.chain(&evidence.highlights.query_words).copied().collect()
    }

    /// All lines of the text; none while marks are hidden.
    pub(crate) fn all_lines(&self) -> &[PixelBox] {
        self.evidence.as_ref().filter(|_| self.on).map(|evidence| evidence.text.lines()).unwrap_or_default()
    }

    /// Whether words of the tile can be selected.
    pub(crate) fn has_words(&self) -> bool {
        self.evidence.as_ref().is_some_and(|evidence| !evidence.text.reading.words.is_empty())
    }
}

/// Returns the place of a box of a tile of `full` pixels on the screen; parts outside the painted
/// part of the tile are outside its rectangle.
pub(crate) fn on_screen(painted: &PaintedTile, full: [u32; 2], area: PixelBox) -> Rect {
    let full = vec2(full[0].max(1) as f32, full[1].max(1) as f32);
    let scale = painted.rect.size() / painted.part.size().max(Vec2::splat(f32::MIN_POSITIVE));
    let min = (vec2(area.x as f32, area.y as f32) / full - painted.part.min.to_vec2()) * scale;
    Rect::from_min_size(painted.rect.min + min, vec2(area.width as f32, area.height as f32) / full * scale)
}

/// Paints the marks of a tile. `painter` is limited to the picture.
pub(crate) fn paint(painter: &Painter, painted: &PaintedTile, full: [u32; 2], view: &HighlightView) {
    let Some(evidence) = &view.evidence else { return };
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(painted.rect));
    let place = |area: &PixelBox| on_screen(painted, full, *area);
    if let Some(selected) = &view.selection {
        for line in evidence.text.lines_of(selected) {
            painter.rect_filled(place(&line).expand(AROUND), 2.0, HIGHLIGHTS.selection.gamma_multiply(0.45));
        }
    }
    let highlights = &evidence.highlights;
    if view.on {
        for line in highlights.query_words.iter().map(place) {
            underline(&painter, line);
        }
        for hit in highlights.hits.iter().rev() {
            let lines = match hit.kind {
                // The bar is beside the text, also if the passage begins within a line.
                HitKind::Passage => {
                    let words = evidence.text.run_start(hit.words.start)..hit.words.end;
                    PixelBox::blocks(&evidence.text.lines_of(&words))
                }
                _ => hit.lines.clone(),
            };
            shape(&painter, hit.kind, &lines.iter().map(place).collect::<Vec<_>>());
        }
    }
    if let Some(hit) = view.marked_hit() {
        // A wide outline around each block of the place: the same for every kind.
        for around in PixelBox::blocks(&hit.lines) {
            let rect = place(&around).expand(AROUND + 3.0);
            painter.rect_stroke(rect, CornerRadius::same(5), Stroke::new(4.0, Color32::WHITE), StrokeKind::Outside);
            let ring = Stroke::new(2.5, colour(hit.kind));
            painter.rect_stroke(rect, CornerRadius::same(5), ring, StrokeKind::Outside);
        }
    }
}

fn colour(kind: HitKind) -> Color32 {
    match kind {
        HitKind::Answer => HIGHLIGHTS.answer,
        HitKind::ModelAnswer => HIGHLIGHTS.model_answer,
        HitKind::Passage | HitKind::QueryWords => HIGHLIGHTS.query,
    }
}

fn underline(painter: &Painter, line: Rect) {
    let thickness = (line.height() * 0.12).clamp(1.0, 2.5);
    let bar = Rect::from_min_max(pos2(line.min.x, line.max.y + 0.5), pos2(line.max.x, line.max.y + 0.5 + thickness));
    painter.rect_filled(line.expand2(vec2(1.0, 0.0)), 1.0, HIGHLIGHTS.query.gamma_multiply(0.14));
    painter.rect_filled(bar, 0.0, HIGHLIGHTS.query);
}

fn shape(painter: &Painter, kind: HitKind, lines: &[Rect]) {
    let colour = colour(kind);
    match kind {
        HitKind::Answer => {
            for line in lines {
                let rect = line.expand(AROUND);
                painter.rect_filled(rect, 2.0, colour.gamma_multiply(0.16));
                painter.rect_stroke(rect, 2.0, Stroke::new(1.5, colour), StrokeKind::Outside);
            }
        }
        HitKind::ModelAnswer => {
            for line in lines {
                let rect = line.expand(AROUND + 1.0);
                let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
                let path = [corners.as_slice(), &corners[..1]].concat();
                painter.rect_filled(rect, 2.0, colour.gamma_multiply(0.1));
                painter.extend(Shape::dashed_line(&path, Stroke::new(1.5, colour), DASHES.0, DASHES.1));
            }
        }
        HitKind::Passage => {
            for block in lines {
                let right = block.min.x - AROUND - 2.0;
                let bar = Rect::from_min_max(pos2(right - 2.5, block.min.y), pos2(right, block.max.y));
                painter.rect_filled(bar, 1.0, colour);
            }
        }
        // Its words are underlined already.
        HitKind::QueryWords => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::placement::{Zoom, paint};
    use super::*;

    #[test]
    fn a_box_follows_the_zoom() {
        let frame = Rect::from_min_size(pos2(100.0, 50.0), vec2(400.0, 500.0));
        let full = [800, 1000];
        let area = PixelBox { x: 400, y: 500, width: 80, height: 20 };
        let whole = on_screen(&paint(frame, full, Zoom::default(), 1.0), full, area);
        assert_eq!(whole, Rect::from_min_size(pos2(300.0, 300.0), vec2(40.0, 10.0)));
        let zoom = |scale, center| Zoom { scale: Some(scale), center, ..Zoom::default() };
        let zoomed = paint(frame, full, zoom(1.0, vec2(0.55, 0.51)), 1.0);
        let rect = on_screen(&zoomed, full, area);
        assert!((rect.size() - vec2(80.0, 20.0)).length() < 0.1, "{rect:?}");
        assert!((rect.center() - frame.center()).length() < 0.1, "{rect:?}");
        let away = paint(frame, full, zoom(2.0, vec2(0.2, 0.2)), 1.0);
        assert!(!away.rect.intersects(on_screen(&away, full, area)));
    }
}
