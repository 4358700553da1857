//! The marks on a tile: the answer, a model's answer, the passage, the words of the query, and
//! selected words. Paints only; what to mark is found by the text crate.

use std::ops::Range;
use std::sync::Arc;

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use tilejury_audit::external::{TextState, TileEvidence};
use tilejury_text::{Hit, HitKind, PixelBox, PlacedText, WordBox};

use super::placement::PaintedTile;
use crate::theme::HIGHLIGHTS;

/// The distance of a mark from the letters, in points.
const AROUND: f32 = 2.0;
/// The most width of the edge of an answer, and of the frame around the current hit.
const EDGE: f32 = 1.5;
const FRAME: f32 = 2.5;
/// The part of a line's height that such an edge may take, down to one point.
const EDGE_PART: f32 = 0.1;
const FRAME_PART: f32 = 0.16;
/// The least space between letters and the side of a frame, so that they do not touch.
const CLEAR: f32 = 1.5;
/// The part of a line's height that a mark may take from the space to the next line.
const BETWEEN_LINES: f32 = 0.3;
/// The most space within a column, in lines.
const COLUMN_GAP: u32 = 4;
/// The most words of a passage in a column that has no bar beside it.
const STUB: usize = 2;
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
            match hit.kind {
                // The bar is beside the text, also if the passage begins within a line.
                HitKind::Passage => {
                    let words = evidence.text.run_start(hit.words.start)..hit.words.end;
                    columns(&evidence.text, &words).iter().for_each(|column| bar(&painter, place(column)));
                }
                HitKind::Answer | HitKind::ModelAnswer => {
                    let room = if hit.kind == HitKind::Answer { AROUND } else { AROUND + 1.0 };
                    let framed = |line: &PixelBox| {
                        framed(&evidence.text, &hit.words, *line, place(line), (room, EDGE, EDGE_PART))
                    };
                    let lines = Framed::alike(hit.lines.iter().map(framed));
                    lines.into_iter().for_each(|line| answer(&painter, hit.kind, line));
                }
                // Its words are underlined already.
                HitKind::QueryWords => {}
            }
        }
    }
    if let Some(hit) = view.marked_hit() {
        // A frame around each block of the place: the same for every kind.
        for block in PixelBox::blocks(&hit.lines) {
            let look = (AROUND + 3.0, FRAME, FRAME_PART);
            framed(&evidence.text, &hit.words, block, place(&block), look).paint(&painter, 5, colour(hit.kind));
        }
    }
}

/// The frame of the words of a line or a block.
#[derive(Clone, Copy, Debug)]
struct Framed {
    /// Its inner edge.
    rect: Rect,
    width: f32,
    /// Whether there is room for an edge beside the words, and for one above them. Without sides,
    /// it is only above and below them, or only below.
    has_sides: bool,
    has_top: bool,
}

impl Framed {
    /// The middles of its edges, each from one end to the other.
    fn edges(&self) -> Vec<Vec<Pos2>> {
        let rect = self.rect.expand(self.width / 2.0);
        let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom()];
        if self.has_sides {
            return vec![[corners.as_slice(), &corners[..1]].concat()];
        }
        corners.chunks(2).skip(usize::from(!self.has_top)).map(<[Pos2]>::to_vec).collect()
    }

    /// The frames of several lines, all with the same edges.
    fn alike(lines: impl Iterator<Item = Self>) -> Vec<Self> {
        let lines: Vec<Self> = lines.collect();
        let has_sides = lines.iter().all(|line| line.has_sides);
        let has_top = lines.iter().all(|line| line.has_top);
        lines.into_iter().map(|line| Self { has_sides, has_top, ..line }).collect()
    }

    fn paint(&self, painter: &Painter, corner: u8, colour: Color32) {
        if self.has_sides {
            let stroke = Stroke::new(self.width, colour);
            painter.rect_stroke(self.rect, CornerRadius::same(corner), stroke, StrokeKind::Outside);
            return;
        }
        for edge in self.edges() {
            let along = Rect::from_points(&edge).expand2(vec2(0.0, self.width / 2.0));
            painter.rect_filled(along, 0.0, colour);
        }
    }
}

/// Returns the frame of some words of a line or a block, `room` points away from them, with an edge
/// of at most `most` points and that part of a line's height. It covers no letter: beside the words
/// it is in the middle of the gap to the next word, if it fits in there, and above and below as far
/// away as the next line allows.
fn framed(
    text: &PlacedText,
    words: &Range<usize>,
    area: PixelBox,
    place: Rect,
    (room, most, part): (f32, f32, f32),
) -> Framed {
    let scale = place.width() / area.width.max(1) as f32;
    let neighbour = |at: Option<usize>| {
        let word = text.reading.words.get(at?)?;
        let middle = word.y + word.height / 2;
        (area.y..=area.y + area.height).contains(&middle).then_some((word.x, word.x + word.width))
    };
    let before = neighbour(words.start.checked_sub(1)).and_then(|(_, right)| area.x.checked_sub(right));
    let after = neighbour(Some(words.end)).and_then(|(left, _)| left.checked_sub(area.x + area.width));
    let line = text.lines_of(&(words.start..words.start + 1)).first().map_or(area.height, |line| line.height);
    let height = line as f32 * scale;
    let width = (part * height).clamp(1.0, most);
    let free = |gap: Option<u32>| gap.map_or(f32::INFINITY, |gap| gap as f32 * scale);
    let (before, after) = (free(before), free(after));
    let has_sides = before.min(after) >= width + 2.0 * CLEAR;
    let has_top = BETWEEN_LINES * height - width >= 1.0;
    let edge = if has_sides { width } else { CLEAR };
    let beside = |gap: f32| ((gap - edge) / 2.0).clamp(0.0, room);
    let between = (BETWEEN_LINES * height - width).clamp(0.0, room);
    let min = place.min - vec2(beside(before), between);
    Framed { rect: Rect::from_min_max(min, place.max + vec2(beside(after), between)), width, has_sides, has_top }
}

/// The columns of the tile that a passage is in, each from its first line to its last. A word or
/// two in another column are a caption that was read in between, and have no bar.
fn columns(text: &PlacedText, words: &Range<usize>) -> Vec<PixelBox> {
    let mut columns: Vec<PixelBox> = Vec::new();
    for block in PixelBox::blocks(&text.lines_of(words)) {
        let is_beside = |column: &&mut PixelBox| {
            let (left, right) = (column.x.max(block.x), (column.x + column.width).min(block.x + block.width));
            let is_same = 2 * right.saturating_sub(left) > column.width.min(block.width);
            let gap = block.y.saturating_sub(column.y + column.height);
            is_same && gap <= COLUMN_GAP * text.usual_height()
        };
        match columns.iter_mut().find(is_beside) {
            Some(column) => *column = column.union(block),
            None => columns.push(block),
        }
    }
    if columns.len() > 1 {
        let within = |column: &PixelBox| {
            let words = text.reading.words.get(words.clone()).unwrap_or_default().iter();
            let middle = |word: &WordBox| (word.x + word.width / 2, word.y + word.height / 2);
            let is_in = |(x, y): (u32, u32)| {
                (column.x..=column.x + column.width).contains(&x) && (column.y..=column.y + column.height).contains(&y)
            };
            words.filter(|word| is_in(middle(word))).count()
        };
        columns.retain(|column| within(column) > STUB);
    }
    columns
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

/// An answer, or a model's answer.
fn answer(painter: &Painter, kind: HitKind, framed: Framed) {
    let colour = colour(kind);
    let is_model = kind == HitKind::ModelAnswer;
    painter.rect_filled(framed.rect, 2.0, colour.gamma_multiply(if is_model { 0.1 } else { 0.14 }));
    if !is_model {
        framed.paint(painter, 2, colour);
        return;
    }
    for edge in framed.edges() {
        painter.extend(Shape::dashed_line(&edge, Stroke::new(framed.width, colour), DASHES.0, DASHES.1));
    }
}

/// The bar beside a column of a passage.
fn bar(painter: &Painter, block: Rect) {
    let right = block.min.x - AROUND - 2.0;
    let bar = Rect::from_min_max(pos2(right - 2.5, block.min.y), pos2(right, block.max.y));
    painter.rect_filled(bar, 1.0, colour(HitKind::Passage));
}

#[cfg(test)]
mod tests {
    use tilejury_text::TileReading;

    use super::super::placement::{Zoom, paint};
    use super::*;

    #[test]
    fn frames_cover_no_letter_at_any_scale() {
        let word = |text: &str, x: u32, width: u32| {
            let starts_line = x == 40;
            WordBox { text: text.into(), x, y: 100, width, height: 16, confidence: 1.0, starts_line }
        };
        let words = vec![word("by", 40, 20), word("Homan", 64, 50), word("Walsh.", 118, 50), word("His", 174, 24)];
        let text = PlacedText::new(TileReading { words });
        let area = text.lines_of(&(1..3))[0];
        let (mut with_sides, mut without) = (0, 0);
        for scale in [0.4, 0.5, 0.7, 1.0, 2.0, 4.0] {
            let at = |x: u32| x as f32 * scale;
            let place = Rect::from_min_size(pos2(at(area.x), at(area.y)), vec2(at(area.width), at(area.height)));
            for look in [(AROUND, EDGE, EDGE_PART), (AROUND + 3.0, FRAME, FRAME_PART)] {
                let found = framed(&text, &(1..3), area, place, look);
                assert!(found.rect.contains_rect(place), "{scale}: {found:?}");
                assert!(
                    found.width <= (0.16 * at(16)).max(1.0) + 1e-3,
                    "{scale}: small words have thin edges: {found:?}"
                );
                let above = place.min.y - found.rect.min.y + found.width;
                assert!(above <= (0.3 * at(16)).max(found.width) + 1e-3, "{scale}: {found:?}");
                let is_above = found.edges().iter().flatten().any(|end| end.y < place.min.y);
                let free = place.min.y - found.rect.min.y;
                assert!(!is_above || free >= 1.0 || found.has_sides, "{scale}: {found:?}");
                let outer = if found.has_sides { found.rect.expand(found.width) } else { found.rect };
                assert!(outer.min.x > at(60) && outer.max.x < at(174), "{scale}: other words stay whole: {found:?}");
                if found.has_sides {
                    with_sides += 1;
                    assert!(outer.min.x >= at(60) + CLEAR && outer.max.x <= at(174) - CLEAR, "{scale}: {found:?}");
                    assert!(place.expand2(vec2(0.99 * CLEAR, 0.0)).max.x <= found.rect.max.x, "{scale}: {found:?}");
                    assert!(place.expand2(vec2(0.99 * CLEAR, 0.0)).min.x >= found.rect.min.x, "{scale}: {found:?}");
                } else {
                    without += 1;
                    let is_aside = |edge: &Vec<Pos2>| edge.iter().all(|end| !place.y_range().contains(end.y));
                    assert_eq!(found.edges().len(), 1 + usize::from(found.has_top), "{scale}: {found:?}");
                    assert!(found.edges().iter().all(is_aside), "{scale}: {found:?}");
                }
            }
        }
        assert!(with_sides >= 4 && without >= 4, "{with_sides}, {without}");
        // With free space around them, and for words without boxes, marks have all their room.
        let place = Rect::from_min_size(pos2(0.0, 0.0), vec2(104.0, 16.0));
        let alone = framed(&PlacedText::default(), &(0..1), area, place, (2.0, EDGE, EDGE_PART));
        assert_eq!((alone.rect.min.x, alone.rect.max.x, alone.has_sides), (-2.0, 106.0, true));
    }

    #[test]
    fn a_passage_has_one_bar_a_column_and_none_beside_a_caption() {
        let line = |x: u32, y: u32, words: usize| {
            (0..words).map(move |at| {
                let text = format!("w{at}");
                WordBox { text, x: x + 60 * at as u32, y, width: 50, height: 16, confidence: 1.0, starts_line: at == 0 }
            })
        };
        let lines = [line(40, 100, 6), line(600, 104, 2), line(42, 150, 6), line(40, 174, 6)];
        let words: Vec<WordBox> = lines.into_iter().flatten().collect();
        let all = 0..words.len();
        let text = PlacedText::new(TileReading { words });
        assert_eq!(columns(&text, &all), [PixelBox { x: 40, y: 100, width: 352, height: 90 }]);
        assert_eq!(columns(&text, &(6..8)).len(), 1, "a short passage keeps its only bar");
    }

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
