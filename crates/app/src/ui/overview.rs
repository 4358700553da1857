//! The overview of the set: its problems, then cards of bars, then the first rows to look at. Each
//! bar filters the list when it is clicked.

use egui::{Key, Modifiers, RichText, ScrollArea, Ui};
use tilejury_audit::overview::Overview;
use tilejury_audit::search::has_terms;
use tilejury_audit::text::grouped;

use super::count_bar::{self, CountBar};
use super::first_rows::{self, FirstRowsView};
use super::overview_cards::{Card, cards};
use super::overview_view::{OverviewView, filter};
use super::{ReviewAction, UiAction, audit_card, overview_problems};
use crate::command::{DatasetCommand, keymap};
use crate::theme::palette;
use crate::tile_request::TileRequest;

/// The least width of a card, in points.
const CARD: f32 = 300.0;
/// The most columns of cards: more would leave the lower part of a large window empty.
const MOST_COLUMNS: usize = 5;
/// The width from which cards have higher lines, and the height of these, in points.
const WIDE: f32 = 400.0;
const WIDE_LINE: f32 = 25.0;
/// The size of the sentence about the set, in points.
const SUMMARY: f32 = 18.0;

/// The tooltips of the sentence about the set: the rows that it counts.
const WRONG: &str = "Certainly wrong: a tile cannot be read or is blank, a negative is the positive or a copy of it or \
    repeats, no negatives, the same row again or in another split. A row that only repeats a negative, or that has \
    none, has little suspicion. Missing shards do not count. A verdict does not take \
    a row out of the number: the judged ones are counted beside it.";
const LIKELY: &str = "Probably wrong: other rows with a suspicion of 50 % or more. That is the score of the row's most \
    suspicious tile, from all signals together. A signal alone can be weak: a negative from the page of the positive \
    scores 15 %.";

const FIRST_WRONG: &str =
    "The first listed row without a verdict that is probably wrong: its suspicion is 50 % or more.";

/// Draws the overview. Returns the pictures in view.
pub(crate) fn show(
    ui: &mut Ui,
    view: &OverviewView<'_>,
    first_rows: &FirstRowsView<'_>,
    actions: &mut Vec<UiAction>,
) -> Vec<TileRequest> {
    let no_focus = ui.memory(|memory| memory.focused().is_none());
    let enter = view.keys_are_commands
        && no_focus
        && ui.input(|input| input.modifiers == Modifiers::NONE && input.key_pressed(Key::Enter));
    head(ui, view, enter, actions);
    let Some(overview) = view.overview else {
        ui.horizontal(|ui| {
            super::busy::busy(ui);
            ui.label("Counting…");
        });
        return Vec::new();
    };
    let (room, mut requests) = (ui.available_height(), Vec::new());
    ScrollArea::vertical().id_salt("overview").auto_shrink(false).show(ui, |ui| {
        let from = ui.cursor().top();
        summary(ui, view, overview, actions);
        overview_problems::show(ui, view, overview, actions);
        ui.add_space(6.0);
        let cards = cards(palette(ui.visuals()), overview);
        let columns = ((ui.available_width() / CARD) as usize).clamp(1, cards.len().clamp(1, MOST_COLUMNS));
        let wide = ui.available_width() / columns as f32 >= WIDE;
        let line = if wide { WIDE_LINE } else { count_bar::LINE };
        ui.columns(columns, |columns| {
            let mut heights = vec![0; columns.len()];
            if !view.audits.is_empty() {
                audit_card::show(&mut columns[0], &view.audits, actions);
                heights[0] = view.audits.len() + 4;
            }
            for card in &cards {
                // Into the shortest column.
                let (at, _) = heights.iter().enumerate().min_by_key(|(_, height)| **height).unwrap_or((0, &0));
                heights[at] += card.lines.len() + 3;
                draw_card(&mut columns[at], card, line, view, actions);
            }
        });
        let room = room - (ui.cursor().top() - from);
        first_rows::show(ui, first_rows, room, &mut requests, actions);
    });
    requests
}

fn head(ui: &mut Ui, view: &OverviewView<'_>, enter: bool, actions: &mut Vec<UiAction>) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.heading("Overview");
        if let Some(overview) = view.overview {
            let (rows, judged) = (grouped(overview.rows), grouped(overview.judged));
            let share = 100.0 * overview.judged as f64 / overview.rows.max(1) as f64;
            ui.label(RichText::new(format!("{rows} rows, {judged} judged ({share:.0} %)")).weak());
        }
        // What comes and goes is behind the buttons: a click must find them where they were.
        if ui.add_enabled(!view.search.is_empty(), egui::Button::new("Show all")).clicked() {
            actions.push(ReviewAction::UseFilter(String::new()).into());
        }
        let is_any_wrong = view.overview.is_some_and(|overview| overview.wrong + overview.likely > 0);
        let button = ui.add_enabled(is_any_wrong, super::button_with_key("First wrong row", "Enter"));
        let button = button.accessible_name("First wrong row");
        if button.on_hover_text(FIRST_WRONG).clicked() || enter {
            actions.push(ReviewAction::ShowFirstWrong.into());
        }
        let key = keymap::from_context(ui.ctx()).first(DatasetCommand::Overview);
        let rows = match view.search {
            "" => "Go to the rows".to_owned(),
            _ => format!("Go to the {} listed", count_bar::rows(view.listed)),
        };
        let button = ui.add(super::button_with_key(&*rows, "Esc")).accessible_name(&rows);
        if button.on_hover_text(format!("Esc or {key}: the row from before, if it is listed")).clicked() {
            actions.push(DatasetCommand::Overview.into());
        }
        if view.is_counting && !view.waits_for_signals {
            super::busy::busy(ui);
        }
        if view.waits_for_signals {
            super::busy::busy(ui);
            ui.label(RichText::new("Computing signals…").weak());
        } else if let Some((done, total)) = view.reading {
            let text = format!("{} of {} tiles read: more may be found", grouped(done), grouped(total));
            ui.label(RichText::new(text).weak()).on_hover_text(
                "The signals of texts count once the tiles are read. What is known so far is from rows, paths and pixels.",
            );
        }
    });
    ui.separator();
}

/// The rows of a number that are judged already, to follow that number: `, 20 of them judged`.
/// Empty if none is.
fn judged_of(judged: usize, all: usize) -> String {
    match judged {
        0 => String::new(),
        1 if all == 1 => ", judged".to_owned(),
        judged if judged == all => ", all of them judged".to_owned(),
        judged => format!(", {} of them judged", grouped(judged)),
    }
}

fn is_or_are(rows: usize) -> &'static str {
    if rows == 1 { "is" } else { "are" }
}

/// One sentence about the set: how many rows are wrong, and how many probably, and how many of each
/// are judged; a click lists those that are probably wrong.
fn summary(ui: &mut Ui, view: &OverviewView<'_>, overview: &Overview, actions: &mut Vec<UiAction>) {
    if view.waits_for_signals || overview.rows == 0 {
        return;
    }
    let colours = palette(ui.visuals());
    let (wrong, likely) = (overview.wrong, overview.likely);
    let share = |rows: usize| match 100.0 * rows as f64 / overview.rows as f64 {
        percent if rows > 0 && percent < 1.0 => format!("{} (under 1 %)", grouped(rows)),
        percent => format!("{} ({percent:.0} %)", grouped(rows)),
    };
    let text = ui.visuals().text_color();
    let word = |words: String, colour| RichText::new(words).size(SUMMARY).color(colour);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.label(word(share(wrong), if wrong > 0 { colours.reject } else { text })).on_hover_text(WRONG);
        let judged = judged_of(overview.wrong_judged, wrong);
        let of_rows = format!(" of {} {} certainly wrong{judged}; ", count_bar::rows(overview.rows), is_or_are(wrong));
        ui.label(word(of_rows, text)).on_hover_text(WRONG);
        let words = format!("a further {} {} probably wrong", share(likely), is_or_are(likely));
        if likely > 0 {
            let selected = view.search == overview.likely_search;
            let link = ui.link(word(words, colours.unsure).strong());
            let help = if selected { "Click: list all rows again." } else { "Click: list these rows." };
            if link.on_hover_text(format!("{LIKELY}\n\n{}\n{help}", overview.likely_search)).clicked() {
                filter(ui, view, &overview.likely_search, actions);
            }
        } else {
            ui.label(word(words, text)).on_hover_text(LIKELY);
        }
        let (rest, judged) = (overview.rows - wrong - likely, judged_of(overview.likely_judged, likely));
        let rest = format!("{judged}; {} {} less suspicious or not at all", share(rest), is_or_are(rest));
        ui.label(word(rest, text)).on_hover_text(LIKELY);
    });
    ui.add_space(4.0);
}

fn draw_card(ui: &mut Ui, card: &Card<'_>, line_height: f32, view: &OverviewView<'_>, actions: &mut Vec<UiAction>) {
    egui::Frame::group(ui.style()).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.label(RichText::new(&*card.title).strong());
        super::unjustified(ui, |ui| _ = ui.label(RichText::new(card.about).weak().small()));
        let longest = card.lines.iter().map(|line| line.label.chars().count()).max().unwrap_or(0);
        let label_width = (longest as f32 * 7.5 + 6.0).clamp(28.0, ui.available_width() * 0.52);
        let digits = card.lines.iter().map(|line| line.number.chars().count()).max().unwrap_or(0);
        for line in &card.lines {
            let is_filter = !line.search.is_empty() && line.rows > 0;
            let bar = CountBar {
                label: &line.label,
                parts: &line.parts,
                full: line.full,
                number: &line.number,
                selected: is_filter && has_terms(view.search, &line.search),
                clickable: is_filter,
                height: line_height,
                label_width,
                number_width: (digits as f32 * 6.5).max(24.0),
            };
            let name = line.name(&card.title);
            let response = count_bar::show(ui, &bar, &name);
            let clicked = response.clicked();
            response.on_hover_ui(|ui| {
                ui.label(name);
                if is_filter {
                    ui.label(RichText::new(&*line.search).monospace());
                    ui.label(RichText::new("Click: list these rows. Shift+click: add to the search.").weak());
                }
            });
            if clicked {
                filter(ui, view, &line.search, actions);
            }
        }
    });
    ui.add_space(6.0);
}
