//! The search field: words and filters with completion, error messages, and the menu of built-in
//! and saved filters.

use egui::text::{CCursor, CCursorRange};
use egui::{Id, Rect, RichText, Stroke, StrokeKind, TextEdit, TextStyle, Ui, pos2, vec2};
use tilejury_audit::search::{Completion, DatasetNames, FIELDS, SearchError, complete, unfinished_word};
use tilejury_data::Split;

use super::completing::{CompletionLine, CompletionListState, Side};
use super::{AppAction, ReviewAction, UiAction, field_keys};
use crate::command::{DatasetCommand, keymap};
use crate::icons;
use crate::settings::SavedFilter;
use crate::theme::palette;

/// The built-in filters, with their names.
const READY: [(&str, &str); 11] = [
    ("Unjudged", "judged:no"),
    ("Judged", "judged:yes"),
    ("Accepted", "verdict:accept"),
    ("Rejected", "verdict:reject"),
    ("Undecided", "undecided:yes"),
    ("False negatives", "fn:>0"),
    ("Wrong positives", "positive:wrong"),
    ("Conflicts", "conflict:yes"),
    ("Suspicious", "suspicious:yes"),
    ("Flagged", "flag:yes"),
    ("With a note", "note:yes"),
];

/// The state that the field shows, besides the text that is being typed.
pub(crate) struct SearchView<'a> {
    /// The text that the list follows.
    pub(crate) text: &'a str,
    pub(crate) error: Option<&'a SearchError>,
    pub(crate) dataset_names: &'a DatasetNames,
    /// Every tag in use, the most used first.
    pub(crate) tags: &'a [(String, usize)],
    pub(crate) splits: &'a [Split],
    pub(crate) filters: &'a [SavedFilter],
}

/// The state of the field.
#[derive(Default)]
pub(crate) struct SearchPanel {
    pub(crate) text: String,
    completing: CompletionListState,
}

/// The search field; it gets the focus at the moment it is asked for.
pub(crate) fn search_field() -> Id {
    Id::unique("search field")
}

/// Gives the field the keyboard, with the cursor behind its text, where another word can begin.
pub(crate) fn focus_at_end(ctx: &egui::Context, panel: &mut SearchPanel) {
    if ctx.memory(|memory| memory.has_focus(search_field())) {
        return;
    }
    if !panel.text.is_empty() && !panel.text.ends_with(char::is_whitespace) {
        panel.text.push(' ');
    }
    put_cursor(ctx, panel.text.chars().count());
    ctx.memory_mut(|memory| memory.request_focus(search_field()));
}

impl SearchPanel {
    /// Adds text that was typed before the field was visible.
    pub(crate) fn push_typed(&mut self, ctx: &egui::Context, text: &str) {
        self.text.push_str(text);
        put_cursor(ctx, self.text.chars().count());
    }
}

/// Puts the cursor of the field behind a number of characters.
fn put_cursor(ctx: &egui::Context, chars: usize) {
    let mut state = TextEdit::load_state(ctx, search_field()).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(chars))));
    state.store(ctx, search_field());
}

pub(crate) fn show(ui: &mut Ui, panel: &mut SearchPanel, view: &SearchView<'_>, actions: &mut Vec<UiAction>) {
    let mut half_typed = false;
    ui.horizontal(|ui| {
        half_typed = field(ui, panel, view, actions);
        ui.menu_button(icons::FILTER, |ui| menu(ui, view, actions))
            .response
            .accessible_name("Filters")
            .on_hover_text("Common and saved filters");
    });
    // An unfinished filter is not an error yet.
    if let Some(error) = view.error.filter(|_| !half_typed) {
        let text = format!("{} {}", icons::WARNING, error.message);
        ui.label(RichText::new(text).color(palette(ui.visuals()).reject));
        if error.is_unknown_filter {
            ui.collapsing("All filters", |ui| {
                ui.horizontal_wrapped(|ui| {
                    for field in FIELDS {
                        ui.label(RichText::new(field.name).monospace().small())
                            .on_hover_text(format!("{}: {}", field.example, field.help));
                    }
                });
            });
        }
    }
}

/// Draws the key that gives a field the keyboard at its right edge.
fn key_cap(ui: &Ui, field: Rect, key: &str) {
    if key.is_empty() {
        return;
    }
    let weak = ui.visuals().weak_text_color();
    let galley = ui.painter().layout_no_wrap(key.to_owned(), TextStyle::Small.resolve(ui.style()), weak);
    let size = vec2(galley.size().x + 10.0, galley.size().y + 2.0);
    let cap = Rect::from_center_size(pos2(field.right() - size.x / 2.0 - 5.0, field.center().y), size);
    ui.painter().rect_stroke(cap, 3.0, Stroke::new(1.0, weak), StrokeKind::Inside);
    ui.painter().galley(cap.center() - galley.size() / 2.0, galley, weak);
}

/// Returns whether the typed text could be completed.
fn field(ui: &mut Ui, panel: &mut SearchPanel, view: &SearchView<'_>, actions: &mut Vec<UiAction>) -> bool {
    let mut offers = completions(ui, &panel.text, view);
    panel.completing.take_keys(ui, search_field(), !offers.is_empty(), true);
    let label = ui.label(icons::SEARCH);
    let edit = TextEdit::singleline(&mut panel.text)
        .id(search_field())
        .hint_text("words, or verdict:reject")
        // Tab accepts a completion; without one it moves to the next field.
        .lock_focus(!offers.is_empty())
        .desired_width((ui.available_width() - 44.0).max(60.0));
    let response = ui.add(edit).labelled_by(label.id).accessible_name("Search");
    if panel.text.is_empty() && !response.has_focus() {
        key_cap(ui, response.rect, &keymap::from_context(ui.ctx()).first(DatasetCommand::Search));
    }
    if response.changed() {
        panel.completing.forget();
        // Of what is typed now, not of what was there before.
        offers = completions(ui, &panel.text, view);
        actions.push(ReviewAction::Search(panel.text.clone()).into());
    }
    let enter = field_keys::entered(ui, &response);
    let by_arrow = panel.completing.has_chosen();
    let lines: Vec<CompletionLine> = offers
        .iter()
        .map(|offer| CompletionLine { text: offer.insert.clone(), hint: offer.hint.to_string() })
        .collect();
    let takes = by_arrow || offers.first().is_some_and(|offer| offer.is_needed);
    let note = match unfinished_word(&panel.text) {
        _ if by_arrow => "Enter takes the chosen one.".to_owned(),
        Some(word) if !takes => format!("Tab takes the first. Enter or a space searches for “{}”.", &panel.text[word]),
        _ if takes => "Enter or Tab takes the first.".to_owned(),
        _ => "Tab takes the first.".to_owned(),
    };
    // Enter at once after a letter is for the words as they are: nobody has seen the list yet.
    let by_enter = enter && takes && !response.changed();
    let before = offers.first().and_then(|offer| panel.text.get(..offer.replace.start)).unwrap_or_default();
    let below = Side::Below(super::text_width(ui, before, &TextStyle::Body));
    let taken = panel.completing.show(ui, &response, &lines, &note, below, by_enter);
    if let Some(offer) = taken.and_then(|at| offers.get(at)) {
        take(ui, panel, offer);
        actions.push(ReviewAction::Search(panel.text.clone()).into());
        return true;
    }
    if enter {
        actions.push(ReviewAction::EnterSearch.into());
    }
    if field_keys::cancelled(ui, &response) && !panel.text.is_empty() {
        panel.text.clear();
        actions.push(ReviewAction::Search(String::new()).into());
    }
    if response.lost_focus() && !panel.completing.is_pressed() {
        actions.push(ReviewAction::EndSearchEdit.into());
    }
    response.has_focus() && !offers.is_empty()
}

/// The possible completions at the cursor.
fn completions(ui: &Ui, text: &str, view: &SearchView<'_>) -> Vec<Completion> {
    if !ui.memory(|memory| memory.has_focus(search_field())) && text.is_empty() {
        return Vec::new();
    }
    let cursor = TextEdit::load_state(ui.ctx(), search_field())
        .and_then(|state| state.cursor.char_range())
        .map_or(text.len(), |range| byte_of(text, range.primary.index.into()));
    let tags: Vec<&str> = view.tags.iter().map(|(tag, _)| tag.as_str()).collect();
    complete(text, cursor, view.dataset_names, &tags)
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

/// Inserts a completion, and puts the cursor after it.
fn take(ui: &Ui, panel: &mut SearchPanel, offer: &Completion) {
    if panel.text.get(offer.replace.clone()).is_none() {
        return;
    }
    panel.text.replace_range(offer.replace.clone(), &offer.insert);
    // The name of a filter needs its value next; a complete value may be followed by another word.
    let mut end = offer.replace.start + offer.insert.len();
    if !offer.insert.ends_with(':') && end == panel.text.len() {
        panel.text.push(' ');
        end += 1;
    }
    put_cursor(ui.ctx(), panel.text[..end].chars().count());
}

fn menu(ui: &mut Ui, view: &SearchView<'_>, actions: &mut Vec<UiAction>) {
    ui.set_min_width(260.0);
    let mut offer = |ui: &mut Ui, icon: &str, name: &str, search: &str| {
        let text = format!("{icon}{name}");
        let button = egui::Button::selectable(view.text == search, text)
            .right_text(RichText::new(search).monospace().small().weak());
        if ui.add(button).accessible_name(name).clicked() {
            actions.push(ReviewAction::UseFilter(search.to_owned()).into());
            ui.close();
        }
    };
    offer(ui, "", "All rows", "");
    for (name, search) in READY {
        offer(ui, "", name, search);
    }
    if view.splits.len() > 1 {
        ui.separator();
        for split in view.splits {
            let search = format!("split:{}", tilejury_audit::search::quote(&split.name));
            offer(ui, "", &format!("{} ({})", split.name, split.rows.len()), &search);
        }
    }
    if !view.filters.is_empty() {
        ui.separator();
    }
    let icon = format!("{} ", icons::SAVED_FILTER);
    for filter in view.filters {
        offer(ui, &icon, &filter.name, &filter.search);
    }
    ui.separator();
    let asked = actions.len();
    super::command_button(ui, DatasetCommand::SaveFilter, actions);
    if actions.len() > asked {
        ui.close();
    }
    if !view.filters.is_empty() {
        ui.menu_button("Delete a saved filter", |ui| {
            for filter in view.filters {
                if ui.button(&filter.name).clicked() {
                    actions.push(AppAction::ForgetFilter(filter.name.clone()).into());
                    ui.close();
                }
            }
        });
    }
    ui.menu_button("All filters", |ui| {
        egui::Grid::new("fields").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
            for field in FIELDS {
                ui.label(RichText::new(field.example).monospace());
                ui.label(field.help);
                ui.end_row();
            }
        });
        ui.label(RichText::new("A leading minus negates a word or a filter; commas mean “or”.").weak());
    });
}
