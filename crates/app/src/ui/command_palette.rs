//! The command palette: a few letters find a command, a setting, a saved filter, a recent dataset
//! or a row by its number or words; the last entry searches the rows for the text. Entries that
//! were chosen last come first.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::path::PathBuf;

use egui::text::LayoutJob;
use egui::{Align, Button, Context, FontSelection, Id, Modal, Response, RichText, ScrollArea, TextEdit, Ui};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tilejury_audit::search::RowWords;
use tilejury_data::SampleIndex;

use super::enabled::Enabled;
use super::field_keys;
use super::go_to::{self, GoToView};
use super::palette_settings;
use super::{AppAction, ReviewAction, UiAction};
use crate::bidi::for_display;
use crate::command::{AppCommand, Command, KeyPress, KeyScope, ReviewCommand, entries, essentials, keymap};
use crate::opening::OpenTarget;
use crate::settings::Settings;

/// The lead of a match in the name over one in another word.
const NAME_COUNTS_MORE: u32 = 8;
/// The height of a line, in points.
const LINE: f32 = 30.0;
/// The room below the list to the edge of the window, in points.
const BELOW_LIST: f32 = 28.0;
/// The lines that the list shows however low the window is.
const LINES_AT_LEAST: f32 = 4.0;
/// The letters of a query that fit in a line.
const QUERY_LETTERS: usize = 66;

/// Everything that can be found.
pub(crate) struct PaletteView<'a> {
    pub(crate) enabled: &'a Enabled,
    /// The scope of the keys in the view behind the palette.
    pub(crate) scope: KeyScope,
    /// The rows of the open dataset; `None` without one.
    pub(crate) rows: Option<GoToView<'a>>,
    /// The settings, with the saved filters.
    pub(crate) settings: &'a Settings,
    /// The datasets that were opened last.
    pub(crate) recent: &'a [PathBuf],
    /// The entries that were chosen last, by their lasting names, the latest first.
    pub(crate) chosen: &'a [String],
}

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct CommandPalette {
    pub(crate) text: String,
    chosen: usize,
    focused: bool,
    /// The text that rows were asked for last.
    asked: String,
    /// The rows that were found last.
    rows: Vec<SampleIndex>,
}

impl CommandPalette {
    /// Takes the rows that were found for a text, unless another was asked for since.
    pub(crate) fn take_rows(&mut self, text: &str, rows: Vec<SampleIndex>) {
        if text == self.asked {
            self.rows = rows;
        }
    }

    /// Asks for rows if the text changed. Of those that were found before, the ones that still fit
    /// stay until there is an answer.
    fn ask_for_rows(&mut self, rows: GoToView<'_>, actions: &mut Vec<UiAction>) {
        let text = self.text.trim();
        if text == self.asked {
            return;
        }
        self.asked = text.to_owned();
        let words = RowWords::new(text);
        let asks = text.chars().count() > 1 && !words.is_empty();
        let fits = |index: &SampleIndex| rows.dataset.row(*index).is_ok_and(|row| words.fit(&row.query));
        self.rows.retain(|index| asks && fits(index));
        if asks {
            actions.push(ReviewAction::FindRows(self.asked.clone()).into());
        }
    }
}

/// Something to choose.
#[derive(Clone)]
struct Item {
    /// The lasting name by which it is remembered; empty if it is not.
    id: String,
    name: String,
    /// The kind of the item: the menu of a command, or `Saved filter` and the like.
    kind: String,
    /// The keys that run the command in the view behind the palette.
    beside: String,
    help: String,
    /// Other words that find it.
    synonyms: &'static [&'static str],
    /// Whether it is used in every row, or one of the twelve commands to know first.
    is_common: bool,
    /// The missing thing that it needs; with one it cannot be chosen now.
    need: Option<&'static str>,
    action: UiAction,
}

impl Item {
    fn new(name: String, kind: impl Into<String>, help: String, action: UiAction) -> Self {
        let (id, beside) = (String::new(), String::new());
        Self { id, name, kind: kind.into(), beside, help, synonyms: &[], is_common: false, need: None, action }
    }

    /// Whether its name or another word for it has a text in one piece.
    fn has(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.name.to_lowercase().contains(&text) || self.synonyms.iter().any(|other| other.contains(&text))
    }
}

pub(crate) fn show(ctx: &Context, dialog: &mut CommandPalette, view: &PaletteView<'_>, actions: &mut Vec<UiAction>) {
    let screen = ctx.content_rect().size();
    let steps = ctx.input_mut(field_keys::take_arrows);
    // The top edge is fixed, so the field stays in place however many lines match.
    let id = Id::unique("palette");
    let area = Modal::default_area(id).anchor(egui::Align2::CENTER_TOP, [0.0, (screen.y * 0.12).min(90.0)]);
    super::catch_text(ctx, &mut dialog.text, dialog.focused);
    let modal = Modal::new(id).area(area).show(ctx, |ui| {
        ui.set_width(640.0_f32.min(screen.x * 0.9));
        let field = TextEdit::singleline(&mut dialog.text)
            .id(Id::unique("palette field"))
            .hint_text("A command, a setting, a saved filter, or a row: 12, eval:3, or words of its query")
            .font(egui::TextStyle::Heading)
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Find");
        super::focus_first(&field, &mut dialog.focused);
        if field.changed() {
            dialog.chosen = 0;
        }
        let found = matching(&dialog.text, items(ctx, view), view.chosen);
        let row = view.rows.and_then(|rows| row(&dialog.text, rows));
        if let Some(rows) = view.rows {
            dialog.ask_for_rows(rows, actions);
        }
        let by_words: Vec<Item> = view.rows.map(|rows| by_words(&dialog.rows, rows)).unwrap_or_default();
        let is_known = row.is_some() || !found.is_empty() || !by_words.is_empty();
        let search = view.rows.and_then(|_| search(&dialog.text));
        // A command that only has the letters somewhere comes after the rows that have the words.
        let (close, far): (Vec<Item>, Vec<Item>) =
            found.into_iter().partition(|item| by_words.is_empty() || item.need.is_none() && item.has(&dialog.text));
        let items: Vec<Item> = row.into_iter().chain(close).chain(by_words).chain(far).chain(search).collect();
        let last = items.len().saturating_sub(1);
        dialog.chosen = (dialog.chosen as i64 + steps).clamp(0, last as i64) as usize;
        let enter = field_keys::entered(ui, &field);
        ui.add_space(4.0);
        if !is_known {
            ui.label(RichText::new("No matches.").weak());
        }
        let height = height_of_list(ui, items.len(), screen.y);
        let list = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
        list.show(ui, |ui| {
            for (at, item) in items.iter().enumerate() {
                let chosen = at == dialog.chosen;
                let response = line(ui, item, chosen);
                if chosen && steps != 0 {
                    response.scroll_to_me(None);
                }
                if item.need.is_none() && (response.clicked() || (enter && chosen)) {
                    actions.push(AppAction::CloseDialog.into());
                    if !item.id.is_empty() {
                        actions.push(AppAction::Chose(item.id.clone()).into());
                    }
                    actions.push(item.action.clone());
                }
            }
        });
        // What cannot be chosen keeps the palette open.
        if enter && items.get(dialog.chosen).is_none_or(|item| item.need.is_some()) {
            field.request_focus();
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The height of the list in points: as many lines as there are and as the window has room for, so
/// that no line is cut.
fn height_of_list(ui: &Ui, lines: usize, screen: f32) -> f32 {
    let between = ui.spacing().item_spacing.y;
    let room = screen - ui.cursor().top() - BELOW_LIST;
    let fit = ((room + between) / (LINE + between)).floor().max(LINES_AT_LEAST);
    fit.min(lines as f32) * (LINE + between) - between
}

/// An item: its name, kind and need, and its keys at the right.
fn line(ui: &mut Ui, item: &Item, chosen: bool) -> Response {
    let mut text = LayoutJob::default();
    // What cannot be chosen is quiet, but the reason is there to be read.
    let mut name = RichText::new(&item.name).size(15.0);
    if item.need.is_some() {
        name = name.weak();
    }
    let kind = RichText::new(format!("   {}", item.kind)).small().weak();
    let need = item.need.map(|need| RichText::new(format!(" · {need}")).small());
    for part in [name, kind].into_iter().chain(need) {
        part.append_to(&mut text, ui.style(), FontSelection::Default, Align::Center);
    }
    let button = Button::selectable(chosen, text)
        .shortcut_text(RichText::new(if item.need.is_some() { "" } else { &item.beside }))
        .min_size(egui::vec2(ui.available_width(), LINE));
    let name = match item.need {
        Some(need) => format!("{} ({need})", item.name),
        None => item.name.clone(),
    };
    let response = ui.scope(|ui| {
        ui.visuals_mut().disabled_alpha = 1.0;
        ui.add_enabled(item.need.is_none(), button)
    });
    let response = response.inner.accessible_name(name);
    response.on_hover_text(&item.help).on_disabled_hover_text(&item.help)
}

fn items(ctx: &Context, view: &PaletteView<'_>) -> Vec<Item> {
    let keymap = keymap::from_context(ctx);
    let common: Vec<Command> =
        essentials(&keymap).map(|known| known.command).chain([ReviewCommand::Previous.into()]).collect();
    let mut items = Vec::new();
    for entry in entries().filter(|entry| entry.command != AppCommand::Palette.into()) {
        if entry.press == KeyPress::Held {
            continue;
        }
        let kind = match view.enabled.is_on(entry.command) {
            Some(on) => format!("{} · {}", entry.menu_path(), if on { "on" } else { "off" }),
            None => entry.menu_path(),
        };
        items.push(Item {
            id: entry.word.to_owned(),
            beside: keymap.text_in(entry, view.scope),
            synonyms: entry.synonyms(),
            is_common: common.contains(&entry.command),
            need: view.enabled.need(entry.command),
            ..Item::new(entry.name.to_owned(), kind, entry.help.to_owned(), UiAction::Run(entry.command))
        });
    }
    if view.rows.is_some() {
        items.extend(view.settings.filters.iter().map(|filter| {
            let action = UiAction::Review(ReviewAction::UseFilter(filter.search.clone()));
            let id = format!("filter:{}", filter.name);
            Item { id, ..Item::new(filter.name.clone(), "Saved filter", filter.search.clone(), action) }
        }));
    }
    items.extend(view.recent.iter().map(|path| {
        let action = UiAction::App(AppAction::Open(OpenTarget::Path(path.clone())));
        let name = format!("Open {}", tilejury_data::file_name(path));
        Item::new(name, "Recent dataset", path.display().to_string(), action)
    }));
    items.extend(palette_settings::entries(view.settings).into_iter().map(|setting| {
        let kind =
            if setting.state.is_empty() { "Setting".to_owned() } else { format!("Setting · {}", setting.state) };
        let item = Item::new(setting.name, kind, String::new(), setting.action);
        Item { id: setting.id, synonyms: setting.synonyms, ..item }
    }));
    items
}

/// The items that match the letters, best first; without letters all items, those chosen last
/// first. Items that cannot be chosen now come last.
fn matching(text: &str, items: Vec<Item>, chosen: &[String]) -> Vec<Item> {
    let mut items = match text.trim() {
        "" => recent_first(items, chosen),
        text => best_first(text, items, chosen),
    };
    items.sort_by_key(|item| item.need.is_some());
    items
}

fn recent_first(mut items: Vec<Item>, chosen: &[String]) -> Vec<Item> {
    let rank = |item: &Item| chosen.iter().position(|id| *id == item.id).unwrap_or(chosen.len());
    for item in &mut items {
        if rank(item) < chosen.len() {
            item.kind = format!("{} · recent", item.kind);
        }
    }
    items.sort_by_key(rank);
    items
}

/// The place of a text in a name or another word; the earlier, the better the match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Beginning {
    OfName,
    OfOtherName,
    OfWord,
    Elsewhere,
}

impl Beginning {
    fn of(text: &str, item: &Item) -> Self {
        let name = item.name.to_lowercase();
        let begins_words = |other: &str| {
            let begins = |part: &str| other.split(|c: char| !c.is_alphanumeric()).any(|word| word.starts_with(part));
            text.split_whitespace().all(begins)
        };
        let begins_other = |begins: &dyn Fn(&str) -> bool| item.synonyms.iter().any(|other| begins(other));
        if name.starts_with(text) {
            Self::OfName
        } else if begins_other(&|other| other == text || text.contains(' ') && other.starts_with(text)) {
            Self::OfOtherName
        } else if begins_words(&name) || begins_other(&begins_words) {
            Self::OfWord
        } else {
            Self::Elsewhere
        }
    }
}

/// Letters of a name may have others between them; other words must have the text in one piece.
/// First come the names that begin with the text, and the names in which it begins a word: those
/// chosen last, then the commands to know, then the shortest.
fn best_first(text: &str, items: Vec<Item>, chosen: &[String]) -> Vec<Item> {
    let mut matcher = Matcher::new(Config::DEFAULT);
    let letters = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let piece = Pattern::new(text, CaseMatching::Ignore, Normalization::Smart, AtomKind::Substring);
    let mut buffer = Vec::new();
    let mut score = |item: &Item| {
        let name = letters.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher);
        let others = item.synonyms.iter().filter_map(|other| {
            let mut buffer = Vec::new();
            piece.score(Utf32Str::new(other, &mut buffer), &mut matcher)
        });
        others.max().max(name.map(|score| score + NAME_COUNTS_MORE))
    };
    let text = text.to_lowercase();
    let order = |score: u32, item: &Item| {
        let beginning = Beginning::of(&text, item);
        // Letters that are scattered say little: there the match itself decides.
        let recent = match beginning {
            Beginning::Elsewhere => chosen.len(),
            Beginning::OfName | Beginning::OfOtherName | Beginning::OfWord => {
                chosen.iter().position(|id| *id == item.id).unwrap_or(chosen.len())
            }
        };
        let score = if beginning == Beginning::OfName { 0 } else { score };
        (beginning, recent, Reverse(score), !item.is_common, item.name.chars().count())
    };
    let mut scored: Vec<_> = items.into_iter().filter_map(|item| Some((order(score(&item)?, &item), item))).collect();
    scored.sort_by_key(|(order, _)| *order);
    scored.into_iter().map(|(_, item)| item).collect()
}

/// The row that a text names, as the first item.
fn row(text: &str, rows: GoToView<'_>) -> Option<Item> {
    let index = go_to::find(text, rows).ok()?;
    let row = rows.dataset.row(index).ok()?;
    let name = format!("Go to {}", rows.dataset.describe_position(index));
    let help = super::brief(&row.query, 300).into_owned();
    Some(Item::new(name, "Row", help, UiAction::Review(ReviewAction::Show(index))))
}

/// The rows whose queries have the words of the text.
fn by_words(found: &[SampleIndex], rows: GoToView<'_>) -> Vec<Item> {
    let item = |index: &SampleIndex| {
        let query = rows.dataset.row(*index).ok()?.query.replace('\n', " ");
        let place = format!("{}:{}", rows.dataset.split_of(*index).name, rows.dataset.line_of(*index));
        let name = format!("{place} · {}", for_display(&cut(&query, QUERY_LETTERS), |_| true));
        let help = super::brief(&query, 1000).into_owned();
        Some(Item::new(name, "Row", help, UiAction::Review(ReviewAction::Show(*index))))
    };
    found.iter().filter_map(item).collect()
}

/// The beginning of a text.
fn cut(text: &str, letters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(letters) {
        None => text.into(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()).into(),
    }
}

/// The search of the rows for the text, as the last item.
fn search(text: &str) -> Option<Item> {
    let text = text.trim();
    let name = format!("Search rows for “{}”", super::brief(text, 60));
    let action = UiAction::Review(ReviewAction::UseFilter(text.to_owned()));
    (!text.is_empty()).then(|| Item::new(name, "Search", "List the rows that match this text".to_owned(), action))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, enabled: Enabled, chosen: &[&str]) -> Vec<Item> {
        let settings = Settings::default();
        let view = PaletteView {
            enabled: &enabled,
            scope: KeyScope::Everywhere,
            rows: None,
            settings: &settings,
            recent: &[],
            chosen: &[],
        };
        let chosen: Vec<String> = chosen.iter().map(|id| (*id).to_owned()).collect();
        matching(text, items(&Context::default(), &view), &chosen)
    }

    fn reviewing() -> Enabled {
        Enabled { reviewing: true, reasons: true, ..Enabled::default() }
    }

    #[test]
    fn other_words_find_a_command() {
        for (text, id) in [
            ("dark mode", "theme"),
            ("theme", "theme:Dark"),
            ("night", "theme:Dark"),
            ("duplicate", "where-tile"),
            ("duplicate", "reason-duplicate"),
            ("text size", "larger"),
            ("text size", "size:150 %"),
            ("bookmark", "look-again"),
            ("stats", "scoreboard"),
            ("ocr", "read"),
            ("pedal", "setting:Change keys…"),
            ("memory", "setting:Memory for tiles…"),
            ("high contrast", "theme:High contrast"),
        ] {
            let ids: Vec<String> = found(text, reviewing(), &[]).into_iter().map(|item| item.id).take(8).collect();
            assert!(ids.iter().any(|found| found == id), "{text}: {ids:?}");
        }
        // A name comes before another word.
        assert_eq!(found("flag", reviewing(), &[])[0].id, "look-again");
        assert_eq!(found("reject", reviewing(), &[])[0].id, "reject");
    }

    #[test]
    fn the_plain_command_comes_before_rarer_ones() {
        let ids = |text: &str, chosen: &[&str]| -> Vec<String> {
            found(text, reviewing(), chosen).into_iter().map(|item| item.id).collect()
        };
        assert_eq!(ids("next", &[])[..2], ["next", "next-hit"], "the common one, then the shortest");
        assert_eq!(ids("next row", &[])[0], "next");
        assert_eq!(ids("previous", &[])[0], "previous");
        // After the names that begin with it come those in which it begins a word.
        let of_page = ids("page", &[]);
        let place = |id: &str| of_page.iter().position(|found| found == id);
        assert!(place("page-up").is_some() && place("page-up") < place("page"), "{of_page:?}");
        // What was chosen last comes before all others that begin alike.
        assert_eq!(ids("next", &["next-changed"])[..2], ["next-changed", "next"]);
        assert_ne!(ids("next", &["tile-text"])[0], "tile-text");
    }

    #[test]
    fn entries_chosen_last_come_first() {
        let ids: Vec<String> =
            found("", reviewing(), &["export", "size:150 %"]).into_iter().map(|item| item.id).take(3).collect();
        assert_eq!(ids, ["export", "size:150 %", "open-folder"]);
    }

    #[test]
    fn a_greyed_entry_is_last_and_says_what_it_needs() {
        // What was chosen last would come first, could it be chosen.
        let items = found("", Enabled::default(), &["accept"]);
        let accept = items.iter().find(|item| item.id == "accept").unwrap();
        assert_eq!(accept.need, Some("needs an open dataset"));
        let first_greyed = items.iter().position(|item| item.need.is_some()).unwrap();
        assert!(items[first_greyed..].iter().all(|item| item.need.is_some()));
    }
}
