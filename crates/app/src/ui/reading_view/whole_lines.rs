//! The spot of a pane at which its edges cut no marked line. Pure geometry, in pixels of the tile.

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

/// Moves the top of a view that is `visible` high on a tile that is `height` high, as little as
/// possible, so that the upper and the lower edge cut no marked line. The lines of `area` stay in
/// the view.
pub(super) fn whole_lines(top: f32, visible: f32, height: f32, area: PixelBox, marked: &[PixelBox]) -> f32 {
    let line = line_height(area, marked);
    let last = (height - visible).max(0.0);
    let start = top.clamp(0.0, last);
    let is_near = |edge: f32, marked: &PixelBox| {
        let (from, to) = ends(*marked, 0.0);
        from < edge + 2.0 * MOVES * line && to > edge - 2.0 * MOVES * line
    };
    let near = |marked: &&PixelBox| is_near(start, marked) || is_near(start + visible, marked);
    let lines: Vec<PixelBox> = marked.iter().filter(near).copied().collect();
    // The picture itself ends at its edges: nothing is cut there.
    let cuts = |top: f32, around: f32| {
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
    let candidates =
        lines.iter().flat_map(|marked| [0.0, HANGING].map(|around| ends(*marked, around))).flat_map(|(from, to)| {
            [from - line, from - APART, to + APART, to + line - visible, to + APART - visible, from - APART - visible]
        });
    let allowed = |top: &f32| (top - start).abs() <= MOVES * line && (0.0..=last).contains(top) && holds(*top);
    // Letters before the room around them, then as little as possible.
    let order = |top: f32| (cuts(top, 0.0), cuts(top, HANGING), (top - start).abs());
    let best = candidates.filter(allowed).chain([start]).map(|top| (top, order(top)));
    let best = best.min_by(|(_, a), (_, b)| a.0.cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    best.map_or(start, |(top, _)| top)
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
        let top = whole_lines(top, 300.0, 1000.0, area, marked);
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
