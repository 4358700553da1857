//! The spot of a pane at which its edges cut no line of text, and above all no marked one. Pure
//! geometry, in pixels of the tile.

use tilejury_text::PixelBox;

/// The least height of a line, in pixels.
const LINE: f32 = 8.0;
/// The number of lines by which a pane may be moved to show others whole.
const MOVES: f32 = 3.0;
/// The room for letters that hang below a marked word or rise above it, in heights of the word.
const HANGING: f32 = 0.3;
/// The space between an edge and a line that is left out, in pixels.
const APART: f32 = 2.0;

/// The height of the lines around a place.
pub(super) fn line_height(place: PixelBox, marked: &[PixelBox]) -> f32 {
    let here = marked.iter().filter(|line| line.y < place.y + place.height && place.y < line.y + line.height);
    here.map(|line| line.height).min().unwrap_or(place.height).min(place.height).max(LINE as u32) as f32
}

/// The lines of a tile.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TileLines<'a> {
    /// Those with a mark.
    pub(crate) marked: &'a [PixelBox],
    /// All of them, as far as they are known.
    pub(crate) all: &'a [PixelBox],
}

/// Moves the top of a view that is `visible` high on a tile that is `height` high, as little as
/// possible, so that the upper and the lower edge cut no marked line, and then as few others as
/// possible. The lines of `area` stay in the view.
pub(super) fn whole_lines(top: f32, visible: f32, height: f32, area: PixelBox, lines: TileLines<'_>) -> f32 {
    let line = line_height(area, lines.marked);
    let last = (height - visible).max(0.0);
    let start = top.clamp(0.0, last);
    let is_near = |edge: f32, marked: &PixelBox| {
        let (from, to) = ends(*marked, 0.0);
        from < edge + 2.0 * MOVES * line && to > edge - 2.0 * MOVES * line
    };
    let near = |marked: &&PixelBox| is_near(start, marked) || is_near(start + visible, marked);
    let marked: Vec<PixelBox> = lines.marked.iter().filter(near).copied().collect();
    let all: Vec<PixelBox> = lines.all.iter().filter(near).copied().collect();
    // The picture itself ends at its edges: nothing is cut there.
    let cuts = |lines: &[PixelBox], top: f32, around: f32| {
        let is_cut = |edge: f32, line: &PixelBox| {
            let (from, to) = ends(*line, around);
            from + 0.5 < edge && edge < to - 0.5
        };
        let number = |edge: f32| lines.iter().filter(|line| is_cut(edge, line)).count();
        let upper = if top > 0.0 { number(top) } else { 0 };
        upper + if top < last { number(top + visible) } else { 0 }
    };
    let (from, to) = ends(area, 0.0);
    let margin = line.min(((visible - (to - from)) / 2.0).max(0.0));
    let holds = |top: f32| {
        let above = top <= (from - margin).max(0.0) + 0.5;
        let below = top + visible >= (to + margin).min(height) - 0.5;
        above && (below || to - from > visible)
    };
    // A line at an edge is shown with a line around it, or left out.
    let candidates = marked
        .iter()
        .chain(&all)
        .flat_map(|marked| [0.0, HANGING].map(|around| ends(*marked, around)))
        .flat_map(|(from, to)| {
            [from - line, from - APART, to + APART, to + line - visible, to + APART - visible, from - APART - visible]
        });
    let allowed = |top: &f32| (top - start).abs() <= MOVES * line && (0.0..=last).contains(top) && holds(*top);
    // Marked letters before the room around them, then other letters, then as little as possible.
    let order = |top: f32| [cuts(&marked, top, 0.0), cuts(&marked, top, HANGING), cuts(&all, top, 0.0)];
    let best = candidates.filter(allowed).chain([start]).map(|top| (top, order(top), (top - start).abs()));
    let best = best.min_by(|(_, a, near), (_, b, far)| a.cmp(b).then(near.total_cmp(far)));
    best.map_or(start, |(top, ..)| top)
}

/// The top of a view of the beginning of a tile: at most the margin above the first line is left
/// out, if the lower edge would cut a line otherwise.
pub(super) fn whole_lines_of_top(visible: f32, height: f32, lines: &[PixelBox]) -> f32 {
    let last = height - visible;
    let Some(first) = lines.iter().map(|line| line.y as f32).min_by(f32::total_cmp) else { return 0.0 };
    let most = (first - 2.0 * APART).min(last);
    let cuts = |top: f32| {
        let is_cut = |line: &&PixelBox| {
            let (from, to) = ends(**line, 0.0);
            from + 0.5 < top + visible && top + visible < to - 0.5
        };
        lines.iter().filter(is_cut).count()
    };
    let below = lines.iter().map(|line| ends(*line, HANGING).1 - visible);
    let candidates = below.filter(|top| (0.0..=most).contains(top)).chain([0.0]);
    let best = candidates.map(|top| (cuts(top), top));
    best.min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map_or(0.0, |(_, top)| top)
}

/// The upper and the lower end of a line, with a part of its height around it.
fn ends(line: PixelBox, around: f32) -> (f32, f32) {
    let around = around * line.height as f32;
    (line.y as f32 - around, (line.y + line.height) as f32 + around)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(y: u32) -> PixelBox {
        PixelBox { x: 10, y, width: 300, height: 16 }
    }

    /// The top of a view of 300 of 1000 pixels, and the marked lines that its edges cut.
    fn view(top: f32, area: PixelBox, marked: &[PixelBox]) -> (f32, usize) {
        let top = whole_lines(top, 300.0, 1000.0, area, TileLines { marked, all: &[] });
        let is_cut = |edge: f32| {
            let cut = |line: &&PixelBox| ends(**line, HANGING).0 < edge && edge < ends(**line, HANGING).1;
            marked.iter().filter(cut).count()
        };
        (top, is_cut(top) + is_cut(top + 300.0))
    }

    #[test]
    fn no_marked_line_is_cut() {
        for start in 300..340 {
            // Lines of 16 pixels every 30: the first of them is at one edge or at the other.
            let lines: Vec<PixelBox> = (0..33).map(|at| line(30 * at + 3)).collect();
            for marked in [&lines[..], &lines[10..13], &lines[19..23], &[lines[11], lines[21]]] {
                let (top, cut) = view(start as f32, line(443), marked);
                assert_eq!(cut, 0, "{start}, {top}: {marked:?}");
                assert!((top - start as f32).abs() <= 48.0, "{start}: {top}");
            }
        }
    }

    #[test]
    fn a_view_that_cuts_nothing_stays() {
        assert_eq!(view(310.0, line(440), &[line(400), line(500)]), (310.0, 0));
        assert_eq!(view(310.0, line(440), &[]), (310.0, 0));
    }

    #[test]
    fn no_other_line_is_cut_if_that_can_be_helped() {
        let all: Vec<PixelBox> = (0..33).map(|at| line(30 * at + 3)).collect();
        let is_cut = |edge: f32| all.iter().any(|line| ends(*line, 0.0).0 < edge && edge < ends(*line, 0.0).1);
        for start in 300..340 {
            let lines = TileLines { marked: &[line(443)], all: &all };
            let top = whole_lines(start as f32, 300.0, 1000.0, line(443), lines);
            assert!(!is_cut(top) && !is_cut(top + 300.0), "{start}: {top}");
            assert!((top - start as f32).abs() <= 48.0, "{start}: {top}");
        }
    }

    #[test]
    fn the_beginning_of_a_tile_cuts_no_line_below() {
        for first in 4..40 {
            let all: Vec<PixelBox> = (0..30).map(|at| line(30 * at + first)).collect();
            let top = whole_lines_of_top(300.0, 1000.0, &all);
            let cut = all.iter().any(|line| ends(*line, 0.0).0 < top + 300.0 && top + 300.0 < ends(*line, 0.0).1);
            assert!(top <= first as f32, "the first line is whole: {first}, {top}");
            // Without a margin above the first line there is nothing to leave out.
            assert!(!cut || first < 20, "{first}: {top}");
        }
        assert_eq!(whole_lines_of_top(300.0, 1000.0, &[line(20), line(60)]), 0.0, "nothing is cut");
        assert_eq!(whole_lines_of_top(300.0, 200.0, &[line(20), line(290)]), 0.0, "all of the tile is visible");
        assert_eq!(whole_lines_of_top(300.0, 1000.0, &[]), 0.0);
    }

    #[test]
    fn the_lines_to_read_stay_in_the_view() {
        // Moving the view off the upper line would push the last line of the area out of it.
        let area = PixelBox { height: 260, ..line(320) };
        let (top, _) = view(310.0, area, &[line(300), line(320), line(564)]);
        assert!(top <= 320.0 && top + 300.0 >= 580.0, "{top}");
        assert_eq!(view(-50.0, line(4), &[line(4), line(290)]).0, 0.0, "the beginning of the tile");
    }

    #[test]
    fn a_line_is_as_high_as_those_beside_it() {
        assert_eq!(line_height(PixelBox { height: 100, ..line(100) }, &[line(120), line(500)]), 16.0);
        assert_eq!(line_height(line(100), &[]), 16.0);
        assert_eq!(line_height(PixelBox { height: 1, ..line(100) }, &[]), LINE);
    }
}
