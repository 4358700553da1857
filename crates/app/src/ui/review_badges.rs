//! The reviews of models on a tile, as small badges: the grade, and by shape, sign and colour
//! whether its evidence is in the tile's text. The words are strangers' and are only shown.

use std::sync::Arc;

use egui::{CornerRadius, FontId, Galley, Painter, Pos2, Rect, RichText, Sense, Stroke, StrokeKind, Ui, vec2};
use tilejury_audit::external::{HIGHEST_GRADE, ModelReview, SecondReview, TileEvidence};
use tilejury_data::TileSlot;
use tilejury_data::shown::shown;

use super::tile_tooltip::tooltip;
use crate::icons;
use crate::theme::Palette;

/// The badges of one tile; a tile with more reviews has the number of the others.
const BADGES: usize = 3;
/// The space beside the text of a badge, and between badges.
const MARGIN: f32 = 5.0;
const GAP: f32 = 3.0;

/// The reviews of a tile that are shown; none while they are hidden.
#[derive(Clone, Default)]
pub(crate) struct TileReviews(Option<Arc<TileEvidence>>);

impl TileReviews {
    /// The reviews beside the text of a tile.
    pub(crate) fn new(evidence: Option<&Arc<TileEvidence>>) -> Self {
        Self(evidence.filter(|evidence| !evidence.reviews.is_empty()).cloned())
    }

    /// The reviews, the highest grade first.
    pub(crate) fn all(&self) -> &[ModelReview] {
        self.0.as_ref().map_or(&[], |evidence| &evidence.reviews)
    }

    /// The reviews in few words, for screen readers; `None` without any.
    pub(crate) fn words(&self) -> Option<String> {
        let words: Vec<String> = self.all().iter().map(in_few_words).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// The reviews of the tiles of a row, with the names of their tiles, in the panel of signals.
pub(crate) struct ReviewedTile {
    pub(crate) slot: TileSlot,
    pub(crate) reviews: TileReviews,
}

fn in_few_words(review: &ModelReview) -> String {
    outcome(&format!("{} gives grade {}", shown(&review.source), review.grade), ", ", "", review)
}

/// The words of a badge, with the sign of the check; beside other models', with its name.
fn badge_words(review: &ModelReview, sign: &str, is_named: bool) -> String {
    let name = if is_named { format!("{}: ", shown(&review.source)) } else { String::new() };
    outcome(&format!("{name}grade {}", review.grade), " ", sign, review)
}

/// The outcome of the second stage in words.
fn second_in_words(second: SecondReview) -> &'static str {
    match (second.share(), second.is_consistent()) {
        (share, true) if share > 0.0 => "confirmed beside the positive",
        (share, _) if share >= 1.0 => "confirmed beside the positive; which is better depends on their order",
        (share, _) if share > 0.0 => "beside the positive only in one order",
        _ => "not confirmed beside the positive",
    }
}

/// The outcome of the second stage as a sign of a badge.
fn second_sign(second: SecondReview) -> &'static str {
    match second.share() {
        share if share >= 1.0 => "+",
        share if share > 0.0 => "?",
        _ => "−",
    }
}

/// The check of the evidence in words. A grade that needs no evidence and has none is not checked,
/// which is no news.
fn check(review: &ModelReview) -> Option<&'static str> {
    match (review.verified, review.evidence.is_empty()) {
        (Some(true), _) => Some("verified"),
        (Some(false), false) => Some("unverified"),
        (Some(false), true) => Some("without evidence"),
        (None, true) => None,
        (None, false) => Some("not checked"),
    }
}

/// The grade, the check with its sign, and the second stage, in words.
fn outcome(grade: &str, separator: &str, sign: &str, review: &ModelReview) -> String {
    let sign = if sign.is_empty() { String::new() } else { format!("{sign} ") };
    let check = check(review).map_or(String::new(), |check| format!("{separator}{sign}{check}"));
    let second = review.second.map_or(String::new(), |second| format!(", {}", second_in_words(second)));
    format!("{grade}{check}{second}")
}

/// A review in a sentence, with its evidence.
fn sentence(review: &ModelReview) -> String {
    let evidence = match review.evidence.as_str() {
        "" => String::new(),
        evidence => format!(": “{}”", shown(evidence)),
    };
    let grade = format!("{}: grade {} of {HIGHEST_GRADE}", shown(&review.source), review.grade);
    format!("{}{evidence}", outcome(&grade, ", ", "", review))
}

/// The badges with their widths, ready to be painted.
pub(super) struct Badges<'r> {
    shown: Vec<(&'r ModelReview, Arc<Galley>)>,
    more: Option<Arc<Galley>>,
}

impl<'r> Badges<'r> {
    /// `in_words`: the grade and its check are words, for a line that has room for them.
    pub(super) fn new(ui: &Ui, reviews: &'r TileReviews, palette: &Palette, in_words: bool) -> Self {
        let layout = |text: String, colour| ui.painter().layout_no_wrap(text, FontId::proportional(12.0), colour);
        let of = |review: &'r ModelReview| {
            let check = match review.verified {
                Some(true) => icons::ACCEPT,
                Some(false) => icons::REJECT,
                None => "",
            };
            let sign = if in_words {
                badge_words(review, check, reviews.all().len() > 1)
            } else {
                format!("{}{check}{}", review.grade, review.second.map_or("", second_sign))
            };
            let colour = match review.verified {
                Some(true) => ui.visuals().panel_fill,
                _ => colour(review, palette),
            };
            (review, layout(sign, colour))
        };
        let all = reviews.all();
        let more = all.len().saturating_sub(BADGES);
        Self {
            shown: all.iter().take(BADGES).map(of).collect(),
            more: (more > 0).then(|| layout(format!("+{more}"), palette.quiet)),
        }
    }

    /// The width of all, with the gap after them; 0 without any.
    pub(super) fn width(&self) -> f32 {
        let shown: f32 = self.shown.iter().map(|(_, text)| text.size().x + 2.0 * MARGIN + GAP).sum();
        shown + self.more.as_ref().map_or(0.0, |text| text.size().x + GAP)
    }

    /// Paints the badges from a middle left.
    pub(super) fn paint(
        self,
        ui: &Ui,
        painter: &Painter,
        left: Pos2,
        id: usize,
        reviews: &TileReviews,
        palette: &Palette,
    ) {
        let mut at = left;
        for (review, text) in self.shown {
            let size = text.size() + vec2(2.0 * MARGIN, 4.0);
            let rect = Rect::from_min_size(at - vec2(0.0, size.y / 2.0), size);
            let colour = colour(review, palette);
            let round = CornerRadius::same((size.y / 2.0) as u8);
            // Filled and round: verified. A round outline: not checked. A square one: not found.
            match review.verified {
                Some(true) => _ = painter.rect_filled(rect, round, colour),
                Some(false) => _ = painter.rect_stroke(rect, 0, Stroke::new(1.5, colour), StrokeKind::Inside),
                None => _ = painter.rect_stroke(rect, round, Stroke::new(1.0, colour), StrokeKind::Inside),
            }
            painter.galley(rect.min + vec2(MARGIN, 2.0), text, colour);
            at.x = rect.max.x + GAP;
        }
        if let Some(more) = self.more {
            let size = more.size();
            painter.galley(at - vec2(0.0, size.y / 2.0), more, palette.quiet);
            at.x += size.x;
        }
        let all = Rect::from_min_max(left - vec2(0.0, 9.0), at + vec2(0.0, 9.0));
        let response =
            ui.interact(all.intersect(painter.clip_rect()), ui.scope_id().with(("reviews", id)), Sense::hover());
        tooltip(&response, || reviews.all().iter().map(sentence).collect::<Vec<_>>().join("\n"));
    }
}

/// The colour of a grade: that of doubt if the tile answers the query.
fn colour(review: &ModelReview, palette: &Palette) -> egui::Color32 {
    if review.answers() { palette.unsure } else { palette.quiet }
}

/// Draws the reviews of a row's tiles in the panel of signals, models side by side.
pub(crate) fn panel(ui: &mut Ui, tiles: &[ReviewedTile]) {
    if tiles.is_empty() {
        return;
    }
    ui.add_space(6.0);
    ui.label(RichText::new("Reviews by models").strong());
    for tile in tiles {
        let name = match tile.slot {
            TileSlot::POSITIVE => "Positive".to_owned(),
            slot => format!("Negative {slot}"),
        };
        for review in tile.reviews.all() {
            ui.add(egui::Label::new(format!("{name} · {}", sentence(review))).wrap());
        }
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::{SampleKey, TilePath};

    use super::*;

    #[test]
    fn reviews_name_model_grade_and_check() {
        let review = |grade: u8, evidence: &str, verified| ModelReview {
            sample: SampleKey(1),
            tile: TilePath::new("a.png"),
            source: "m".into(),
            grade,
            soft: None,
            evidence: evidence.into(),
            verified,
            second: None,
        };
        assert_eq!(sentence(&review(3, "salt", Some(true))), "m: grade 3 of 3, verified: “salt”");
        assert_eq!(sentence(&review(2, "", Some(false))), "m: grade 2 of 3, without evidence");
        assert_eq!(in_few_words(&review(0, "", None)), "m gives grade 0");
        assert_eq!(in_few_words(&review(2, "salt", None)), "m gives grade 2, not checked");
        assert!(TileReviews::new(None).words().is_none());
        use tilejury_audit::external::PairOutcome::{Above, Below, DoesNotAnswer};
        let with = |tile_first, positive_first| {
            let second = Some(SecondReview { tile_first, positive_first });
            let review = ModelReview { second, ..review(3, "salt", Some(true)) };
            (in_few_words(&review), review.second.map(second_sign))
        };
        let (words, sign) = with(Below, Below);
        assert_eq!((words.as_str(), sign), ("m gives grade 3, verified, confirmed beside the positive", Some("+")));
        let (words, sign) = with(Above, DoesNotAnswer);
        assert_eq!(
            (words.as_str(), sign),
            ("m gives grade 3, verified, beside the positive only in one order", Some("?"))
        );
        let (words, sign) = with(DoesNotAnswer, DoesNotAnswer);
        assert_eq!((words.as_str(), sign), ("m gives grade 3, verified, not confirmed beside the positive", Some("−")));
        assert_eq!(badge_words(&review(0, "", None), "", false), "grade 0");
        assert_eq!(badge_words(&review(2, "salt", Some(false)), "x", true), "m: grade 2 x unverified");
        assert!(
            with(Above, Below).0.ends_with("confirmed beside the positive; which is better depends on their order")
        );
    }
}
