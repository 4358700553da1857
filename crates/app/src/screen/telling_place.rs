//! The most telling place of a tile, from the evidence on it. Only boxes: the visible part of a
//! tile is decided elsewhere.

use tilejury_audit::external::TileEvidence;
use tilejury_text::{Hit, HitKind, PixelBox};

/// The box around a place.
pub(super) fn box_of(hit: &Hit) -> Option<PixelBox> {
    PixelBox::around(hit.lines.iter().copied())
}

/// The most telling place of a tile.
pub(super) fn best_box(evidence: &TileEvidence) -> Option<PixelBox> {
    evidence.highlights.hits.iter().find_map(box_of)
}

/// The lines to open a pane at: those of the most telling place, as wide as the passage around it,
/// so that they can be read from end to end.
pub(super) fn lines_to_read(evidence: &TileEvidence) -> Option<PixelBox> {
    let best = best_box(evidence)?;
    let passage = evidence.highlights.hits.iter().find(|hit| hit.kind == HitKind::Passage).and_then(box_of);
    let is_beside = |passage: &PixelBox| passage.y < best.y + best.height && best.y < passage.y + passage.height;
    let Some(around) = passage.filter(is_beside).map(|passage| passage.union(best)) else { return Some(best) };
    Some(PixelBox { x: around.x, width: around.width, ..best })
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
        evidence.highlights.hits = vec![answer.clone(), passage];
        assert_eq!(lines_to_read(&evidence), Some(PixelBox { x: 60, y: 205, width: 700, height: 14 }));
        let elsewhere = kind(HitKind::Passage, hit(60, 600, 700, 80));
        evidence.highlights.hits = vec![answer.clone(), elsewhere];
        assert_eq!(lines_to_read(&evidence), Some(answer.lines[0]), "the passage is elsewhere");
    }
}
