//! The panels, one file each. A panel is given the data that it shows and pushes the actions that
//! the person asks for; it changes only its own display state. The actions are carried out in one
//! place, `screen`.

pub(crate) mod about;
mod accept_set;
mod actions;
pub(crate) mod adjudication_table;
pub(crate) mod annotators;
pub(crate) mod asking_dialog;
mod audit_card;
mod audit_field;
mod audit_fields;
pub(crate) mod audit_line;
mod audit_more;
mod audit_more_fields;
mod audit_size_table;
pub(crate) mod audits_dialog;
mod background_chip;
mod bar_part;
pub(crate) mod blind_line;
mod busy;
pub(crate) mod card;
pub(crate) mod cheat_sheet;
pub(crate) mod check_dialog;
pub(crate) mod check_findings;
pub(crate) mod closing;
pub(crate) mod command_palette;
pub(crate) mod completing;
pub(crate) mod connection_chip;
pub(crate) mod contact_sheet;
mod count_bar;
pub(crate) mod dock;
pub(crate) mod download;
pub(crate) mod enabled;
pub(crate) mod evidence_shares;
mod exchange_chip;
pub(crate) mod exchange_dialog;
pub(crate) mod exchange_words;
pub(crate) mod export_dialog;
pub(crate) mod export_download;
mod export_outlook;
pub(crate) mod export_result;
pub(crate) mod facets;
pub(crate) mod feedback;
mod field_keys;
pub(crate) mod file_dialog;
pub(crate) mod first_rows;
pub(crate) mod found_tiles;
pub(crate) mod go_to;
pub(crate) mod grid_layout;
pub(crate) mod help;
pub(crate) mod highlights;
pub(crate) mod hints;
pub(crate) mod history;
pub(crate) mod inspector;
pub(crate) mod jobs_dialog;
pub(crate) mod judge_bar;
mod key_settings;
pub(crate) mod keys_here;
pub(crate) mod long_step;
pub(crate) mod loupe;
pub(crate) mod menu;
pub(crate) mod merge_dialog;
pub(crate) mod messages;
mod needs;
pub(crate) mod new_audit;
pub(crate) mod news;
pub(crate) mod notes;
pub(crate) mod occurrences;
pub(crate) mod offer;
pub(crate) mod offline_dialog;
pub(crate) mod open_address;
pub(crate) mod opening;
pub(crate) mod orphans;
pub(crate) mod overview;
mod overview_cards;
mod overview_problems;
pub(crate) mod overview_view;
pub(crate) mod page;
mod palette_settings;
pub(crate) mod placement;
pub(crate) mod precision_axis;
pub(crate) mod progress_bar;
pub(crate) mod query;
pub(crate) mod queue;
mod queue_menu;
pub(crate) mod queue_rail;
mod queue_row;
pub(crate) mod queue_view;
mod rate_plot;
pub(crate) mod reading_dialog;
pub(crate) mod reading_view;
pub(crate) mod reasons;
pub(crate) mod review_badges;
mod reviewer_settings;
pub(crate) mod row_chips;
pub(crate) mod row_fields;
mod row_mark;
mod row_tooltip;
pub(crate) mod sample;
pub(crate) mod save_filter;
pub(crate) mod scene_position;
pub(crate) mod scoreboard;
pub(crate) mod search;
pub(crate) mod second_pass;
pub(crate) mod second_pass_line;
pub(crate) mod settings_dialog;
pub(crate) mod sheet_pair;
pub(crate) mod similar;
mod size_of_download;
mod small_picture;
pub(crate) mod snippet;
pub(crate) mod spotlight;
pub(crate) mod status;
pub(crate) mod tags;
pub(crate) mod team_dialog;
mod team_line;
mod ticks;
pub(crate) mod tile;
mod tile_dots;
mod tile_head;
pub(crate) mod tile_line;
pub(crate) mod tile_search;
pub(crate) mod tile_text;
mod tile_tooltip;
mod tile_view;
pub(crate) mod tiles;
pub(crate) mod tour;
pub(crate) mod welcome;

use egui::{Align, Button, Layout, Ui};
use tilejury_audit::text;

pub(crate) use self::actions::{AppAction, ReviewAction, SettingsPlace, SheetAction, UiAction, ViewAction};
pub(crate) use self::scene_position::ScenePosition;
use crate::asking_task::AskingTask;
use crate::command::{Command, entry_of, keymap};
use crate::jobs::Job;
use crate::pixel_scan::PixelScan;
use crate::reading_task::ReadingProgress;

/// The background work.
#[derive(Clone, Copy, Default)]
pub(crate) struct BackgroundStatus<'r> {
    /// The job that a person started.
    pub(crate) job: Option<&'r Job>,
    /// The pixel scan, which can run beside the job.
    pub(crate) pixels: Option<&'r PixelScan>,
    /// The reading of text, which can run beside both.
    pub(crate) reading: Option<ReadingProgress>,
    /// The model that is being asked, which can run beside all of them.
    pub(crate) asking: Option<&'r AskingTask>,
}

/// A button with its key, which is quieter than its name.
fn button_with_key<'a>(name: impl Into<String>, key: impl Into<String>) -> Button<'a> {
    Button::new(name.into()).right_text(egui::RichText::new(key).small().weak())
}

/// The heading of a dialog, with its Close button on the right.
fn title(ui: &mut Ui, text: &str, actions: &mut Vec<UiAction>) {
    ui.horizontal(|ui| {
        ui.heading(text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(button_with_key("Close", "Esc")).accessible_name("Close").clicked() {
                actions.push(AppAction::CloseDialog.into());
            }
        });
    });
}

/// Inserts text that was typed before a dialog's field had the focus. Must be called before the
/// field is drawn, as long as `has_it` is false.
fn catch_text(ctx: &egui::Context, into: &mut String, has_it: bool) {
    if has_it {
        return;
    }
    ctx.input_mut(|input| {
        input.events.retain(|event| match event {
            egui::Event::Text(text) => {
                into.push_str(text);
                false
            }
            _ => true,
        });
    });
}

/// Keeps the open list of a combo box above its dialog: a click into the dialog has raised that.
fn list_on_top(ui: &egui::Ui, button: &egui::Response) {
    let list = button.id.with("popup");
    if egui::Popup::is_id_open(ui.ctx(), list) {
        ui.ctx().move_to_top(egui::LayerId::new(egui::Order::Foreground, list));
    }
}

/// Focuses a dialog's field, once.
fn focus_first(field: &egui::Response, has_it: &mut bool) {
    if !*has_it {
        field.request_focus();
        *has_it = field.has_focus();
    }
}

/// Returns a text short enough for a line or two: its beginning if it is longer. Each frame lays
/// out the text that it shows, so an endless one would be slow.
pub(crate) fn brief(text: &str, characters: usize) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => text.into(),
        Some((end, _)) => {
            format!("{}… ({} more)", &text[..end], text::count(text[end..].chars().count(), "character")).into()
        }
    }
}

/// The width of a text in points.
fn text_width(ui: &Ui, text: &str, style: &egui::TextStyle) -> f32 {
    let font = style.resolve(ui.style());
    ui.painter().layout_no_wrap(text.to_owned(), font, egui::Color32::WHITE).size().x
}

/// Lays out plain paragraphs where columns would stretch their words to the full width.
fn unjustified(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.with_layout(Layout::top_down(Align::LEFT), add);
}

/// A button that copies an error message as a whole, for a report or a web search.
pub(crate) fn copy_button(ui: &mut Ui, text: &str) {
    let button = Button::new(egui::RichText::new(crate::icons::COPY)).small();
    if ui.add(button).on_hover_text("Copy").accessible_name("Copy the message").clicked() {
        ui.ctx().copy_text(text.to_owned());
    }
}

/// A button for a command, with its name and key.
fn command_button(ui: &mut Ui, command: impl Into<Command>, actions: &mut Vec<UiAction>) {
    command_button_if(ui, true, command, actions);
}

/// A button for a command that is greyed out unless it can be run.
fn command_button_if(
    ui: &mut Ui,
    can_run: bool,
    command: impl Into<Command>,
    actions: &mut Vec<UiAction>,
) -> egui::Response {
    let command = command.into();
    let entry = entry_of(command);
    let (name, help) = entry.map_or(("", ""), |entry| (entry.name, entry.help));
    let keymap = keymap::from_context(ui.ctx());
    let button = button_with_key(name, keymap.first(command));
    let response = ui.add_enabled(can_run, button).on_hover_text(help).accessible_name(name);
    if response.clicked() {
        actions.push(UiAction::Run(command));
    }
    response
}
