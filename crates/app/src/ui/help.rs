//! The key help, from the command table.

use egui::{Align, Color32, Context, Event, Id, Label, Layout, Modal, RichText, TextStyle, Ui};
use egui_extras::{Column, TableBuilder, TableRow};
use tilejury_audit::search::FIELDS;

use super::{AppAction, UiAction};
use crate::command::{AppCommand, KeyScope, Keymap, Menu, help_lines, keymap};

/// The heading of the search syntax.
const FILTERS: &str = "Search syntax";
const KEYS_WIDTH: f32 = 200.0;
const NAMES_WIDTH: f32 = 190.0;

/// A line of the table.
struct HelpLine {
    /// The heading of its group.
    group: &'static str,
    keys: String,
    name: &'static str,
    help: &'static str,
}

pub(crate) fn show(ctx: &Context, actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.86;
    let keymap = keymap::from_context(ctx);
    let modal = Modal::new(Id::unique("help")).show(ctx, |ui| {
        ui.set_width(size.x.min(980.0));
        super::title(ui, "Keys and help", actions);
        ui.label("While a text field has the focus, keys type text. Leave the field with Esc or Enter.");
        ui.separator();
        table(ui, &lines(&keymap), size.y - 110.0);
    });
    let is_help = |event: &Event| match event {
        Event::Key { key, pressed: true, modifiers, .. } => keymap
            .command(KeyScope::Everywhere, *key, *modifiers)
            .is_some_and(|entry| entry.command == AppCommand::Help.into()),
        _ => false,
    };
    let closing_key = ctx.input(|input| input.events.iter().any(is_help));
    if modal.should_close() || closing_key {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// The commands by menu, and the search syntax after those of the menu Go.
fn lines(keymap: &Keymap) -> Vec<HelpLine> {
    let commands = help_lines(keymap).into_iter();
    let mut lines: Vec<HelpLine> =
        commands.map(|(menu, keys, name, help)| HelpLine { group: menu.name(), keys, name, help }).collect();
    let after_go = lines.iter().rposition(|line| line.group == Menu::Go.name()).map_or(lines.len(), |at| at + 1);
    let filters = FIELDS.iter().map(|field| HelpLine {
        group: FILTERS,
        keys: field.example.to_owned(),
        name: field.name,
        help: field.help,
    });
    lines.splice(after_go..after_go, filters);
    lines
}

/// All lines below the headings of their groups, in a table of this height.
fn table(ui: &mut Ui, lines: &[HelpLine], height: f32) {
    let width = ui.available_width() - KEYS_WIDTH - NAMES_WIDTH - 40.0;
    let font = TextStyle::Body.resolve(ui.style());
    let layout = |help: &str| ui.painter().layout(help.to_owned(), font.clone(), Color32::WHITE, width);
    let heights: Vec<f32> = lines.iter().map(|line| layout(line.help).size().y + 8.0).collect();
    let table = TableBuilder::new(ui)
        .striped(true)
        .column(Column::exact(KEYS_WIDTH))
        .column(Column::exact(NAMES_WIDTH))
        .column(Column::remainder())
        .min_scrolled_height(height)
        .max_scroll_height(height)
        .auto_shrink([false, true]);
    table.body(|mut body| {
        let mut group = None;
        for (line, height) in lines.iter().zip(heights) {
            if group != Some(line.group) {
                group = Some(line.group);
                body.row(34.0, |mut row| heading(&mut row, line.group));
            }
            body.row(height, |mut row| {
                row.col(|ui| {
                    ui.label(RichText::new(&line.keys).monospace());
                });
                row.col(|ui| {
                    ui.label(line.name);
                });
                row.col(|ui| {
                    ui.add(Label::new(line.help).wrap());
                });
            });
        }
    });
}

fn heading(row: &mut TableRow<'_, '_>, group: &str) {
    row.col(|ui| {
        ui.with_layout(Layout::left_to_right(Align::Max), |ui| ui.label(RichText::new(group).strong().size(16.0)));
    });
    row.col(|_| {});
    row.col(|_| {});
}
