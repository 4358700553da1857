//! The line above a tile: its name, its signals, its mark, each in as many words as fit.

use std::sync::Arc;

use egui::{Color32, CornerRadius, FontId, Galley, Painter, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, vec2};

use tilejury_audit::text::count;

use super::placement::TileZooms;
use super::review_badges::Badges;
use super::tile_tooltip::tooltip;
use super::tile_view::{TileRole, TileView};
use crate::icons;
use crate::suspicion_reasons::{percent, with_reasons};
use crate::theme::{PILL_OPACITY, Palette};
use crate::tile_request::Picture;

/// The width of a line from which it has the word for a negative.
const WITH_WORDS: f32 = 230.0;
/// The space beside the text of a pill.
const PILL_MARGIN: f32 = 7.0;

/// The line above the picture: name, signals, mark. The words of the mark give room first, then
/// those of the signals: the name is the same for all cards of a width.
pub(super) fn head(ui: &Ui, line: Rect, view: &TileView<'_>, zooming: &TileZooms, palette: &Palette, colour: Color32) {
    let line = line.shrink2(vec2(6.0, 0.0));
    let painter = ui.painter_at(line);
    let font = FontId::proportional(14.0);
    let role = match view.role {
        TileRole::Positive => palette.positive,
        _ => ui.visuals().text_color(),
    };
    let layout = |text: String, colour: Color32| ui.painter().layout_no_wrap(text, font.clone(), colour);
    let is_moved = zooming.offset(view.position) != Vec2::ZERO && zooming.scale.is_some();
    let pin = |name: String| if is_moved { format!("{name}  {}", icons::PIN) } else { name };
    let is_narrow = line.width() < WITH_WORDS;
    let mut names = names(view, is_narrow).into_iter().map(|name| layout(pin(name), role)).collect::<Vec<_>>();
    let badge = view.badge(palette);
    let mut badges: Vec<_> = badge
        .into_iter()
        .flat_map(|(sign, word, _)| [format!("{sign} {word}"), sign.to_owned()])
        .map(|text| layout(text, colour))
        .collect();
    let pill_colour = if view.signals.suspicion.is_some() { palette.unsure } else { ui.visuals().weak_text_color() };
    let mut pills = pills(ui, view, pill_colour);
    let mut reviews = Badges::new(ui, &view.reviews, palette, true);
    let longest = |galleys: &[Arc<Galley>]| galleys.first().map_or(0.0, |galley| galley.size().x);
    let width = |of_reviews: f32, names: &[Arc<Galley>], badges: &[Arc<Galley>], pills: &[Arc<Galley>]| {
        let pill = longest(pills);
        longest(names)
            + longest(badges)
            + of_reviews
            + 12.0
            + if pill > 0.0 { pill + 2.0 * PILL_MARGIN + 10.0 } else { 0.0 }
    };
    // What can be said in fewer words gives room, the least telling first.
    if width(reviews.width(), &names, &badges, &pills) > line.width() {
        reviews = Badges::new(ui, &view.reviews, palette, false);
    }
    let of_reviews = reviews.width();
    while width(of_reviews, &names, &badges, &pills) > line.width() {
        let shortened = [&mut badges, &mut pills, &mut names].into_iter().find(|galleys| galleys.len() > 1);
        let Some(galleys) = shortened else { break };
        galleys.remove(0);
    }
    let mut left = line.left_center();
    if let Some(name) = names.into_iter().next() {
        let size = name.size();
        painter.galley(left - vec2(0.0, size.y / 2.0), name, role);
        left.x += size.x + 10.0;
    }
    if let Some(badge) = badges.into_iter().next() {
        let at = line.right_center() - vec2(badge.size().x, badge.size().y / 2.0);
        painter.galley(at, badge, colour);
    }
    if of_reviews > 0.0 {
        reviews.paint(ui, &painter, left, view.position.index(), &view.reviews, palette);
        left.x += of_reviews + 7.0;
    }
    if let Some(text) = pills.into_iter().next() {
        pill(ui, &painter, left, text, view, pill_colour);
    }
}

/// The names of a tile in its head, the longest first; in a narrow card without the word for its
/// role.
fn names(view: &TileView<'_>, is_narrow: bool) -> Vec<String> {
    let (long, short) = match view.role {
        _ if matches!(view.picture, Picture::Difference(..)) => {
            let name = format!("{} Difference, positive and negative {}", icons::DIFFERENCE, view.position.index());
            (name, format!("{} Difference", icons::DIFFERENCE))
        }
        TileRole::Positive => (format!("{} POSITIVE", icons::POSITIVE), icons::POSITIVE.to_owned()),
        TileRole::Negative(at) => (format!("{at}  Negative"), at.to_string()),
        TileRole::Hidden(at) | TileRole::Neighbour(at) => (format!("Tile {at}"), at.to_string()),
        TileRole::Found(at) => (format!("{} Found tile {at}", icons::SEARCH), format!("{} {at}", icons::SEARCH)),
    };
    let is_short = is_narrow && matches!(view.role, TileRole::Negative(_));
    let forms = if is_short { vec![short] } else { vec![long, short] };
    let remarked = view.remark.iter().flat_map(|remark| forms.iter().map(move |form| format!("{form} · {remark}")));
    remarked.collect::<Vec<_>>().into_iter().chain(forms.iter().cloned()).collect()
}

/// The texts of the pill with the signals, the longest first; of a suspicious tile without signals
/// its score with the reasons; else none.
fn pills(ui: &Ui, view: &TileView<'_>, colour: Color32) -> Vec<Arc<Galley>> {
    let warning = icons::WARNING;
    let layout = |text: String| ui.painter().layout_no_wrap(text, FontId::proportional(12.0), colour);
    let Some(first) = view.signals.findings.first() else {
        let Some(score) = view.signals.suspicion else { return Vec::new() };
        let (score, reasons) = (percent(score), view.signals.sources());
        let long = with_reasons(format!("{warning} Suspicion {score}"), &reasons);
        let short = [reasons.len(), 1, 0]
            .map(|shown| with_reasons(format!("{warning} {score}"), reasons.get(..shown).unwrap_or_default()));
        return std::iter::once(long).chain(short).map(layout).collect();
    };
    let names: Vec<String> = view.signals.findings.iter().map(|finding| view.signals.name_of(finding)).collect();
    pill_texts(&view.signals.name_of(first), &names).into_iter().map(layout).collect()
}

/// The texts of a pill for signals with these names, the longest first.
fn pill_texts(first: &str, names: &[String]) -> Vec<String> {
    let warning = icons::WARNING;
    match names.len() {
        0 | 1 => vec![format!("{warning} {first}"), warning.to_owned()],
        all => vec![
            format!("{warning} {}", names.join(", ")),
            format!("{warning} {first} and {}", count(all - 1, "more signal")),
            format!("{warning} {}", count(all, "signal")),
            format!("{warning} {all}"),
        ],
    }
}

/// Paints the first signal where the eye lands; the sentences of all are its tooltip.
fn pill(ui: &Ui, painter: &Painter, left: Pos2, text: Arc<Galley>, view: &TileView<'_>, colour: Color32) {
    let size = text.size() + vec2(2.0 * PILL_MARGIN, 4.0);
    let rect = Rect::from_min_size(left - vec2(0.0, size.y / 2.0), size);
    let round = CornerRadius::same((size.y / 2.0) as u8);
    painter.rect_filled(rect, round, colour.gamma_multiply(PILL_OPACITY));
    painter.rect_stroke(rect, round, Stroke::new(1.0, colour.gamma_multiply(0.7)), StrokeKind::Inside);
    painter.galley(rect.min + vec2(PILL_MARGIN, 2.0), text, colour);
    let id = ui.scope_id().with(("signals", view.position.index()));
    let response = ui.interact(rect.intersect(painter.clip_rect()), id, Sense::hover());
    tooltip(&response, || view.signals.sentences());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_signals_are_named_or_counted() {
        let warning = icons::WARNING;
        let texts = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let texts = pill_texts(&names[0], &names);
            texts.iter().map(|text| text.replace(warning, "!")).collect::<Vec<_>>()
        };
        assert_eq!(texts(&["Same page"]), ["! Same page", "!"]);
        let three = ["! A, B, C", "! A and 2 more signals", "! 3 signals", "! 3"];
        assert_eq!(texts(&["A", "B", "C"]), three);
        assert_eq!(texts(&["A", "B"])[1], "! A and 1 more signal");
    }
}
