//! The state of each tile of a row as a small sign: colour and shape both say it. Paints and names
//! states; it decides none.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};
use tilejury_audit::Relevance;
use tilejury_audit::text::count;

use crate::theme::Palette;

/// The distance between the middles of two signs, in points.
const STEP: f32 = 10.0;
/// The additional gap after the positive.
const GAP_AFTER_POSITIVE: f32 = 4.0;
/// Half the size of a sign.
const HALF: f32 = 3.5;
/// The most signs of a row; the tooltip counts all.
const MOST: usize = 12;

/// The state of a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileDot {
    /// Marked by the annotator.
    Marked(Relevance),
    /// Not marked, and suspicious.
    Suspicious,
    /// Seen, but neither marked nor suspicious.
    Seen,
    /// None of these.
    Unseen,
}

impl TileDot {
    /// The name of the state of a tile.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Marked(Relevance::Relevant) => "relevant",
            Self::Marked(Relevance::NotRelevant) => "not relevant",
            Self::Marked(Relevance::Unsure) => "unsure",
            Self::Marked(Relevance::Broken) => "broken",
            Self::Suspicious => "suspicious",
            Self::Seen => "seen",
            Self::Unseen => "not seen",
        }
    }
}

/// The states of a row's tiles in words: `positive relevant; negatives: 1 relevant, 3 not seen`.
pub(crate) fn words(dots: &[TileDot]) -> String {
    let Some((positive, negatives)) = dots.split_first() else { return String::new() };
    let mut kinds: Vec<(TileDot, usize)> = Vec::new();
    for dot in negatives {
        match kinds.iter_mut().find(|(kind, _)| kind == dot) {
            Some((_, number)) => *number += 1,
            None => kinds.push((*dot, 1)),
        }
    }
    let parts: Vec<String> = kinds.iter().map(|(kind, number)| format!("{number} {}", kind.name())).collect();
    let negatives =
        if parts.is_empty() { "no negatives".to_owned() } else { format!("negatives: {}", parts.join(", ")) };
    format!("positive {}; {negatives}", positive.name())
}

/// The width that the signs of that many tiles take, in points.
pub(crate) fn width(tiles: usize) -> f32 {
    let negatives = tiles.min(MOST).saturating_sub(1) as f32;
    let more = if tiles > MOST { 26.0 } else { 0.0 };
    if tiles == 0 { 0.0 } else { STEP + GAP_AFTER_POSITIVE + negatives * STEP + more }
}

/// Paints the signs of a row's tiles, the positive first, from a point at the left.
pub(crate) fn paint(painter: &Painter, palette: &Palette, left: Pos2, dots: &[TileDot]) {
    let mut x = left.x + STEP / 2.0;
    for (at, dot) in dots.iter().take(MOST).enumerate() {
        sign(painter, palette, pos2(x, left.y), *dot, at == 0);
        x += STEP + if at == 0 { GAP_AFTER_POSITIVE } else { 0.0 };
    }
    if dots.len() > MOST {
        let text = format!("+{}", dots.len() - MOST);
        let font = egui::FontId::proportional(11.0);
        painter.text(pos2(x - HALF, left.y), egui::Align2::LEFT_CENTER, text, font, palette.negative);
    }
}

pub(super) fn sign(painter: &Painter, palette: &Palette, middle: Pos2, dot: TileDot, is_positive: bool) {
    let polygon = |points: Vec<Pos2>, colour: Color32| {
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let around = |offsets: &[Vec2]| offsets.iter().map(|offset| middle + *offset).collect::<Vec<_>>();
    match dot {
        TileDot::Marked(Relevance::Relevant) => {
            let colour = if is_positive { palette.positive } else { palette.false_negative };
            let reach = HALF + 1.0;
            polygon(around(&[vec2(0.0, -reach), vec2(reach, 0.0), vec2(0.0, reach), vec2(-reach, 0.0)]), colour);
        }
        TileDot::Marked(Relevance::NotRelevant) => {
            let colour = if is_positive { palette.reject } else { palette.negative };
            painter.rect_filled(Rect::from_center_size(middle, Vec2::splat(2.0 * HALF - 1.0)), 0.0, colour);
        }
        TileDot::Marked(Relevance::Unsure) => {
            let half: Vec<Vec2> =
                (0..=8).map(|step| HALF * Vec2::angled((90.0 + 22.5 * step as f32).to_radians())).collect();
            polygon(around(&half), palette.unsure);
            painter.circle_stroke(middle, HALF, Stroke::new(1.2, palette.unsure));
        }
        TileDot::Marked(Relevance::Broken) => {
            let stroke = Stroke::new(1.8, palette.broken);
            painter.line_segment([middle - Vec2::splat(HALF), middle + Vec2::splat(HALF)], stroke);
            painter.line_segment([middle + vec2(-HALF, HALF), middle + vec2(HALF, -HALF)], stroke);
        }
        TileDot::Suspicious => {
            let reach = HALF + 0.5;
            polygon(around(&[vec2(0.0, -reach), vec2(reach, reach - 1.0), vec2(-reach, reach - 1.0)]), palette.unsure);
        }
        TileDot::Seen => {
            painter.circle_filled(middle, HALF - 1.0, palette.negative);
        }
        TileDot::Unseen => {
            painter.circle_stroke(middle, HALF - 1.0, Stroke::new(1.0, palette.quiet));
        }
    }
}

/// The meanings of the signs, for a tooltip.
pub(crate) fn legend(ui: &mut egui::Ui, palette: &Palette) {
    let all = [
        TileDot::Marked(Relevance::Relevant),
        TileDot::Marked(Relevance::NotRelevant),
        TileDot::Marked(Relevance::Unsure),
        TileDot::Marked(Relevance::Broken),
        TileDot::Suspicious,
        TileDot::Seen,
        TileDot::Unseen,
    ];
    for dot in all {
        ui.horizontal(|ui| {
            let (area, _) = ui.allocate_exact_size(Vec2::splat(12.0), egui::Sense::hover());
            sign(ui.painter(), palette, area.center(), dot, false);
            ui.label(dot.name());
        });
    }
    ui.label(format!("The first sign is the positive; at most {} are shown.", count(MOST, "tile")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_count_each_state_of_the_negatives() {
        let relevant = TileDot::Marked(Relevance::Relevant);
        assert_eq!(words(&[]), "");
        assert_eq!(words(&[relevant]), "positive relevant; no negatives");
        assert_eq!(
            words(&[TileDot::Seen, TileDot::Unseen, relevant, TileDot::Unseen, TileDot::Suspicious]),
            "positive seen; negatives: 2 not seen, 1 relevant, 1 suspicious"
        );
    }

    #[test]
    fn width_grows_up_to_the_most_signs() {
        assert!(width(0) == 0.0 && width(2) > width(1));
        assert_eq!(width(13), width(200));
    }
}
