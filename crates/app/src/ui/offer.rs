//! The line that offers to propagate a mark to other rows with the same tile. It covers the free
//! end of the menu bar, needs no answer and moves nothing.

use egui::{Align2, Area, Button, Context, Frame, Id, Label, Margin, Order, RichText, TextStyle, Ui, vec2};
use tilejury_audit::Relevance;
use tilejury_audit::suspicion::SuspicionSettings;
use tilejury_audit::text::{capital, count};
use tilejury_data::SampleIndex;

use super::{ReviewAction, UiAction, text_width};
use crate::command::{ReviewCommand, keymap};
use crate::icons;
use crate::review::PropagationOffer;

/// The width of the button around its text and key, in points.
const BUTTON: f32 = 44.0;

/// The content of the line.
pub(crate) struct OfferView<'a> {
    pub(crate) offer: &'a PropagationOffer,
    /// The position of the sample that it is from, unless that is the current one.
    pub(crate) sample: Option<String>,
    /// The first rows, those with the nearest queries first.
    pub(crate) rows: Vec<OfferedRow>,
}

/// A row that has the tile.
pub(crate) struct OfferedRow {
    pub(crate) sample: SampleIndex,
    /// Its split and line.
    pub(crate) place: String,
    pub(crate) query: String,
    /// The nearness of its query, 0 to 1.
    pub(crate) nearness: f32,
}

/// The rows that are named; the others are counted.
pub(crate) const NAMED_ROWS: usize = 3;
/// The meaning of a near query, for tooltips.
pub(super) const NEAR_QUERY: &str =
    "A near query asks the same in other words, in another language or with a typo: most of its words are the same.";

/// Draws the line at `top`, with `menus` points on the left kept free.
pub(crate) fn show(ctx: &Context, view: &OfferView<'_>, top: f32, menus: f32, actions: &mut Vec<UiAction>) {
    let offer = view.offer;
    let keymap = keymap::from_context(ctx);
    let area = Area::new(Id::unique("offer")).order(Order::Foreground).anchor(Align2::RIGHT_TOP, vec2(-6.0, top));
    area.show(ctx, |ui| {
        Frame::popup(ui.style()).inner_margin(Margin::symmetric(8, 1)).show(ui, |ui| {
            ui.set_max_width((ctx.content_rect().width() - menus).max(220.0));
            ui.horizontal(|ui| {
                let dismiss = ui.button(icons::CLOSE).accessible_name("Dismiss").on_hover_text("Dismiss (Esc)");
                if dismiss.clicked() {
                    actions.push(ReviewAction::Decline.into());
                }
                let key = keymap.first(ReviewCommand::Propagate);
                let words = text_width(ui, &question(offer), &TextStyle::Button);
                let wide = ui.available_width() - words - text_width(ui, &key, &TextStyle::Small) - BUTTON;
                let button = Button::new(question(offer)).right_text(RichText::new(key).small());
                ui.scope(|ui| {
                    ui.set_max_width(wide);
                    ui.horizontal_wrapped(|ui| rows(ui, view, actions));
                });
                let response = ui.add(button).on_hover_text(keymap.hint(ReviewCommand::Propagate));
                if response.accessible_name(question(offer)).clicked() {
                    actions.push(ReviewCommand::Propagate.into());
                }
            });
        });
    });
}

/// The sentence, and the rows that it is about.
fn rows(ui: &mut Ui, view: &OfferView<'_>, actions: &mut Vec<UiAction>) {
    ui.spacing_mut().item_spacing.x = 5.0;
    let text = RichText::new(format!("{}:", sentence(view.offer, view.sample.as_deref()))).strong();
    let label = ui.add(Label::new(text).wrap());
    if view.offer.near > 0 {
        label.on_hover_text(NEAR_QUERY);
    }
    for row in &view.rows {
        let link = ui.link(&row.place).on_hover_text(row.explained());
        if link.clicked() {
            actions.push(ReviewAction::Show(row.sample).into());
        }
    }
    let more = view.offer.rows.len().saturating_sub(view.rows.len());
    if more > 0 {
        ui.label(format!("and {more} more"));
    }
}

impl OfferedRow {
    /// Its query, and how that is related to the query of the row that was marked.
    fn explained(&self) -> String {
        let query = super::brief(&self.query, 300);
        match self.nearness {
            nearness if nearness >= 1.0 => format!("Go to {}, which has the same query:\n{query}", self.place),
            nearness if nearness >= SuspicionSettings::default().near_query => {
                format!("Go to {}, which has a near query:\n{query}\n\n{NEAR_QUERY}", self.place)
            }
            _ => format!("Go to {}, which has another query:\n{query}", self.place),
        }
    }
}

/// Describes the rows and the tiles they have. `place` names the sample if it is no longer visible.
fn sentence(offer: &PropagationOffer, place: Option<&str>) -> String {
    let (subject, it, verb) = match offer.tiles.as_slice() {
        [(None, _)] => ("the added tile".to_owned(), "it", "is"),
        [(Some(slot), _)] if slot.is_positive() => ("the positive".to_owned(), "it", "is"),
        [(Some(slot), _)] => (format!("negative {slot}"), "it", "is"),
        tiles => (count(tiles.len(), "tile"), "them", "are"),
    };
    let copy = if offer.tiles.len() == 1 { "a copy" } else { "copies" };
    let copies = match (offer.copies, offer.near_copies) {
        (false, false) => String::new(),
        (true, false) => format!("or {copy} of {it} "),
        (false, true) => format!("or a near copy of {it} "),
        (true, true) => format!("or {copy}, exact or near, of {it} "),
    };
    let own = if place.is_some() { "its query" } else { "this query" };
    let near = match (offer.same, offer.near) {
        (0, 1) => "a near query",
        (0, _) => "near queries",
        (_, 1) => "a near one",
        _ => "near ones",
    };
    let other = if offer.other == 1 { "another query" } else { "other queries" };
    let kinds = [(offer.same, own), (offer.near, near), (offer.other, other)];
    let mut rows: Vec<String> = Vec::new();
    for (number, query) in kinds.into_iter().filter(|(number, _)| *number > 0) {
        let number = if rows.is_empty() { count(number, "more row") } else { number.to_string() };
        rows.push(format!("{number} of {query}"));
    }
    let rows = match rows.as_slice() {
        [first, second, third] => format!("{first}, {second} and {third}"),
        rows => rows.join(" and "),
    };
    let positives = match offer.positives {
        0 => String::new(),
        number => format!(", in {number} as the positive"),
    };
    let otherwise = match offer.otherwise {
        0 => String::new(),
        1 => " (1 is marked otherwise and stays)".to_owned(),
        number => format!(" ({number} are marked otherwise and stay)"),
    };
    let text = format!("{subject} {copies}{verb} in {rows}{positives}{otherwise}");
    match place {
        Some(place) => format!("{place}: {text}"),
        None => capital(&text),
    }
}

/// The label of the button.
fn question(offer: &PropagationOffer) -> String {
    let it = if offer.tiles.len() == 1 { "it" } else { "them" };
    let first = offer.tiles.first().map(|(_, relevance)| *relevance);
    let same = first.filter(|first| offer.tiles.iter().all(|(_, relevance)| relevance == first));
    let what = same.map_or(String::new(), |relevance: Relevance| format!("{} ", relevance.label().to_lowercase()));
    format!("Mark {it} {what}there too")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tilejury_data::TileSlot;

    #[test]
    fn the_line_says_which_rows_hold_what() {
        let check = |offer: PropagationOffer, place: Option<&str>, line: &str, ask: &str| {
            assert_eq!((sentence(&offer, place).as_str(), question(&offer).as_str()), (line, ask));
        };
        let one = |at: usize, relevance: Relevance| PropagationOffer {
            tiles: vec![(Some(TileSlot::new(at)), relevance)],
            ..PropagationOffer::default()
        };
        check(
            PropagationOffer { same: 4, near: 2, ..one(3, Relevance::NotRelevant) },
            None,
            "Negative 3 is in 4 more rows of this query and 2 of near ones",
            "Mark it not relevant there too",
        );
        check(
            PropagationOffer { near: 1, positives: 1, otherwise: 1, ..one(3, Relevance::NotRelevant) },
            None,
            "Negative 3 is in 1 more row of a near query, in 1 as the positive (1 is marked otherwise and stays)",
            "Mark it not relevant there too",
        );
        check(
            PropagationOffer { same: 1, near: 1, other: 2, copies: true, ..one(0, Relevance::Broken) },
            Some("train line 7"),
            "train line 7: the positive or a copy of it is in 1 more row of its query, 1 of a near one and 2 of other queries",
            "Mark it broken there too",
        );
        check(
            PropagationOffer { same: 1, near_copies: true, ..one(0, Relevance::Relevant) },
            None,
            "The positive or a near copy of it is in 1 more row of this query",
            "Mark it relevant there too",
        );
        check(
            PropagationOffer { same: 2, copies: true, near_copies: true, ..one(2, Relevance::Relevant) },
            None,
            "Negative 2 or a copy, exact or near, of it is in 2 more rows of this query",
            "Mark it relevant there too",
        );
        let tiles = |second| vec![(Some(TileSlot::POSITIVE), Relevance::Relevant), (Some(TileSlot::new(2)), second)];
        check(
            PropagationOffer {
                same: 12,
                otherwise: 3,
                copies: true,
                tiles: tiles(Relevance::NotRelevant),
                ..PropagationOffer::default()
            },
            None,
            "2 tiles or copies of them are in 12 more rows of this query (3 are marked otherwise and stay)",
            "Mark them there too",
        );
        check(
            PropagationOffer { same: 1, tiles: tiles(Relevance::Relevant), ..PropagationOffer::default() },
            None,
            "2 tiles are in 1 more row of this query",
            "Mark them relevant there too",
        );
        check(
            PropagationOffer { near: 1, tiles: vec![(None, Relevance::Relevant)], ..PropagationOffer::default() },
            None,
            "The added tile is in 1 more row of a near query",
            "Mark it relevant there too",
        );
    }
}
