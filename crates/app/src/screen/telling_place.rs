//! The most telling place of a tile, from the evidence on it. Only boxes: the visible part of a
//! tile is decided elsewhere.

use tilejury_audit::external::TileEvidence;
use tilejury_text::{Hit, HitKind, PixelBox, ReadFirst};

/// The box around a place; of one that goes on in another column, around its beginning.
pub(super) fn box_of(hit: &Hit) -> Option<PixelBox> {
    PixelBox::blocks(&hit.lines).first().copied()
}

/// The most telling place of a tile.
pub(super) fn best_box(evidence: &TileEvidence) -> Option<PixelBox> {
    evidence.highlights.read_first.map(|first| first.most)
}

/// The lines to open a pane at: those of the most telling place, as wide as the passage around it,
/// so that they can be read from end to end.
pub(super) fn lines_to_read(evidence: &TileEvidence) -> Option<ReadFirst> {
    let first = evidence.highlights.read_first?;
    let passage = evidence.highlights.hits.iter().find(|hit| hit.kind == HitKind::Passage).and_then(box_of);
    let lines = first.lines;
    let is_beside = |passage: &PixelBox| passage.y < lines.y + lines.height && lines.y < passage.y + passage.height;
    let Some(around) = passage.filter(is_beside).map(|passage| passage.union(lines)) else { return Some(first) };
    let wide = |area: PixelBox| PixelBox { x: around.x, width: around.width, ..area };
    Some(ReadFirst { lines: wide(first.lines), most: wide(first.most) })
}

/// An answer on one line, for tests.
#[cfg(test)]
pub(super) fn answer_at(x: u32, y: u32, width: u32, height: u32) -> Hit {
    Hit { kind: HitKind::Answer, words: 0..1, lines: vec![PixelBox { x, y, width, height }] }
}

#[cfg(test)]
mod tests {
    use super::{answer_at as hit, *};

    #[test]
    fn a_pane_opens_at_the_lines_around_the_answer() {
        let kind = |kind, hit: Hit| Hit { kind, ..hit };
        let mut evidence = TileEvidence::default();
        assert_eq!(lines_to_read(&evidence), None);
        let answer = kind(HitKind::Answer, hit(300, 205, 40, 14));
        let passage = kind(HitKind::Passage, hit(60, 200, 700, 80));
        let first = ReadFirst { lines: PixelBox { x: 200, y: 205, width: 140, height: 34 }, most: answer.lines[0] };
        evidence.highlights.read_first = Some(first);
        evidence.highlights.hits = vec![answer.clone(), passage];
        let wide = |area: PixelBox| PixelBox { x: 60, width: 700, ..area };
        assert_eq!(lines_to_read(&evidence), Some(ReadFirst { lines: wide(first.lines), most: wide(first.most) }));
        let elsewhere = kind(HitKind::Passage, hit(60, 600, 700, 80));
        evidence.highlights.hits = vec![answer, elsewhere];
        assert_eq!(lines_to_read(&evidence), Some(first), "the passage is elsewhere");
    }
}
