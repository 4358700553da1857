//! The command palette: a few letters find a command, a saved filter, a recent dataset or a row.

use std::path::PathBuf;

use egui::text::LayoutJob;
use egui::{Align, Button, Context, FontSelection, Id, Modal, Response, RichText, ScrollArea, TextEdit, Ui};
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::enabled::Enabled;
use super::field_keys;
use super::go_to::{self, GoToView};
use super::{AppAction, ReviewAction, UiAction};
use crate::command::{AppCommand, KeyPress, entries, keymap};
use crate::opening::OpenTarget;
use crate::settings::SavedFilter;

/// Everything that can be found.
pub(crate) struct PaletteView<'a> {
    pub(crate) enabled: &'a Enabled,
    /// The rows of the open dataset; `None` without one.
    pub(crate) rows: Option<GoToView<'a>>,
    pub(crate) filters: &'a [SavedFilter],
    /// The datasets that were opened last.
    pub(crate) recent: &'a [PathBuf],
}

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct CommandPalette {
    pub(crate) text: String,
    chosen: usize,
    focused: bool,
}

/// Something to choose.
struct Item {
    name: String,
    /// The kind of the item: the menu of a command, or `Saved filter` and the like.
    kind: String,
    /// The keys of the command.
    beside: String,
    help: String,
    action: UiAction,
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
            .hint_text("A command, a saved filter, a recent dataset, or a row: 12, eval:3")
            .font(egui::TextStyle::Heading)
            .desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name("Find");
        super::focus_first(&field, &mut dialog.focused);
        if field.changed() {
            dialog.chosen = 0;
        }
        let found = matching(&dialog.text, items(ctx, view));
        let row = view.rows.and_then(|rows| row(&dialog.text, rows));
        let items: Vec<Item> = row.into_iter().chain(found).collect();
        let last = items.len().saturating_sub(1);
        dialog.chosen = (dialog.chosen as i64 + steps).clamp(0, last as i64) as usize;
        let enter = field_keys::entered(ui, &field);
        ui.add_space(4.0);
        if items.is_empty() {
            ui.label(RichText::new("No matches.").weak());
        }
        let height = (screen.y * 0.6).min(520.0);
        let list = ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]);
        list.show(ui, |ui| {
            for (at, item) in items.iter().enumerate() {
                let chosen = at == dialog.chosen;
                let response = line(ui, item, chosen);
                if chosen && steps != 0 {
                    response.scroll_to_me(None);
                }
                if response.clicked() || (enter && chosen) {
                    actions.push(AppAction::CloseDialog.into());
                    actions.push(item.action.clone());
                }
            }
        });
        if enter && items.is_empty() {
            field.request_focus();
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// An item: its name and kind, and its keys at the right.
fn line(ui: &mut Ui, item: &Item, chosen: bool) -> Response {
    let mut text = LayoutJob::default();
    for part in [RichText::new(&item.name).size(15.0), RichText::new(format!("   {}", item.kind)).small().weak()] {
        part.append_to(&mut text, ui.style(), FontSelection::Default, Align::Center);
    }
    let button = Button::selectable(chosen, text)
        .shortcut_text(RichText::new(&item.beside))
        .min_size(egui::vec2(ui.available_width(), 30.0));
    ui.add(button).accessible_name(&item.name).on_hover_text(&item.help)
}

fn items(ctx: &Context, view: &PaletteView<'_>) -> Vec<Item> {
    let keymap = keymap::from_context(ctx);
    let mut items = Vec::new();
    for entry in
        entries().filter(|entry| view.enabled.allows(entry.command) && entry.command != AppCommand::Palette.into())
    {
        if entry.press == KeyPress::Held {
            continue;
        }
        items.push(Item {
            name: entry.name.to_owned(),
            kind: entry.menu_path(),
            beside: keymap.text(entry),
            help: entry.help.to_owned(),
            action: UiAction::Run(entry.command),
        });
    }
    if view.rows.is_some() {
        items.extend(view.filters.iter().map(|filter| Item {
            name: filter.name.clone(),
            kind: "Saved filter".to_owned(),
            beside: String::new(),
            help: filter.search.clone(),
            action: UiAction::Review(ReviewAction::UseFilter(filter.search.clone())),
        }));
    }
    items.extend(view.recent.iter().map(|path| Item {
        name: format!("Open {}", tilejury_data::file_name(path)),
        kind: "Recent dataset".to_owned(),
        beside: String::new(),
        help: path.display().to_string(),
        action: UiAction::App(AppAction::Open(OpenTarget::Path(path.clone()))),
    }));
    items
}

/// The items that match the letters, best first; without letters all items, in menu order.
fn matching(text: &str, items: Vec<Item>) -> Vec<Item> {
    if text.trim().is_empty() {
        return items;
    }
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::parse(text.trim(), CaseMatching::Ignore, Normalization::Smart);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Item)> = items
        .into_iter()
        .filter_map(|item| {
            let score = pattern.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher)?;
            Some((score, item))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, item)| item).collect()
}

/// The row that a text names, as the first item.
fn row(text: &str, rows: GoToView<'_>) -> Option<Item> {
    let index = go_to::find(text, rows).ok()?;
    let row = rows.dataset.row(index).ok()?;
    Some(Item {
        name: format!("Go to {}", rows.dataset.describe_position(index)),
        kind: "Row".to_owned(),
        beside: String::new(),
        help: super::brief(&row.query, 300).into_owned(),
        action: UiAction::Review(ReviewAction::Show(index)),
    })
}
