//! The answers of annotators to a row side by side, without names: one column each, and the
//! adjudicator's own. Draws; decides nothing.

use egui::{Button, Grid, RichText, ScrollArea, Ui};
use tilejury_audit::Relevance;
use tilejury_audit::text::{count, grouped};

use super::{UiAction, ViewAction};
use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::icons::ACCEPT;
use crate::review::{ShownDifference, ShownTile, letter};
use crate::theme::{Palette, badge_without_role, palette, verdict_badge};

/// The most answers that have a key.
const KEYS: usize = 3;
/// The height of the table, in points: more rows are scrolled to.
const HEIGHT: f32 = 150.0;

/// Draws the line and the table.
pub(crate) fn show(ui: &mut Ui, shown: &ShownDifference<'_>, actions: &mut Vec<UiAction>) {
    let colours = palette(ui.visuals());
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        let (settled, all) = shown.settled;
        let text = format!("Adjudication of “{}”: row {} of {all}, {settled} settled", shown.audit, shown.position);
        ui.label(RichText::new(text).strong().color(colours.focus));
        let mut about = format!("{} · names are hidden · {}", shown.kind, in_words(all, shown.answered));
        if shown.without_mark > 0 {
            let (tiles, are) = (count(shown.without_mark, "tile"), if shown.without_mark == 1 { "is" } else { "are" });
            about += &format!(" · {tiles} without a mark {are} not listed");
        }
        ui.label(RichText::new(about).weak());
        let end = ui.button(format!("End  {}", keymap.first(DatasetCommand::Adjudicate)));
        if end.accessible_name("End the adjudication").clicked() {
            actions.push(DatasetCommand::Adjudicate.into());
        }
    });
    // Otherwise a panel that was small before leaves no room for the tiles.
    let area = ScrollArea::both().id_salt("answers").min_scrolled_height(HEIGHT).max_height(HEIGHT);
    area.auto_shrink([false, true]).show(ui, |ui| {
        Grid::new("answers").num_columns(shown.verdicts.len() + 2).striped(true).spacing([18.0, 3.0]).show(ui, |ui| {
            ui.label(RichText::new(count(shown.verdicts.len(), "answer")).weak());
            for column in 0..shown.verdicts.len() {
                take(ui, shown, column, actions);
            }
            ui.label(RichText::new("Your word").strong());
            ui.end_row();
            verdicts(ui, shown, colours);
            for tile in &shown.tiles {
                row(ui, tile, colours, actions);
            }
        });
    });
}

/// The rows that differ, of those that could: a row with one answer cannot.
fn in_words(all: usize, (several, one): (usize, usize)) -> String {
    let differ = if all == 1 { "differs" } else { "differ" };
    let differ = format!("{} of {} with several answers {differ}", grouped(all), count(several, "row"));
    match one {
        0 => differ,
        one => format!("{differ}; {} with one answer cannot", grouped(one)),
    }
}

/// The button that takes an answer, with its key.
fn take(ui: &mut Ui, shown: &ShownDifference<'_>, column: usize, actions: &mut Vec<UiAction>) {
    let is_taken = shown.taken == Some(column);
    let name = format!("Take {}", letter(column));
    let text = if is_taken { format!("{ACCEPT} {name}") } else { name.clone() };
    let mut button = Button::new(text).selected(is_taken);
    let command = u8::try_from(column).ok().map(ReviewCommand::TakeAnswer);
    if let Some(command) = command.filter(|_| column < KEYS) {
        button = button.right_text(RichText::new(keymap::from_context(ui.ctx()).first(command)).weak());
    }
    let clicked = ui.add(button).accessible_name(&name).clicked();
    if let Some(command) = command.filter(|_| clicked) {
        actions.push(command.into());
    }
}

/// The verdicts, marked as a tile is: where annotators differ, and what the adjudicator decided.
fn verdicts(ui: &mut Ui, shown: &ShownDifference<'_>, colours: &Palette) {
    let name = RichText::new("Verdict");
    ui.label(if shown.verdicts_differ { name.strong().color(colours.unsure) } else { name });
    shown.verdicts.iter().for_each(|verdict| _ = ui.label(verdict));
    match &shown.own {
        Some((verdict, words)) => {
            let (sign, colour) = verdict_badge(colours, *verdict);
            ui.label(RichText::new(format!("{sign} {words}")).color(colour));
        }
        None => _ = ui.label(RichText::new("–").weak()),
    }
    ui.end_row();
}

/// A tile with its marks; a click puts it into focus.
fn row(ui: &mut Ui, tile: &ShownTile, colours: &Palette, actions: &mut Vec<UiAction>) {
    let name = RichText::new(&tile.name);
    let name = if tile.differs { name.strong().color(colours.unsure) } else { name };
    if ui.link(name).clicked() {
        actions.push(ViewAction::Focus(tile.slot.into()).into());
    }
    for (mark, by_accepting) in tile.marks.iter().zip(&tile.by_accepting) {
        if *by_accepting {
            let help = "The row was accepted, and the tile has no mark: that counts as not relevant.";
            ui.label(RichText::new("Not relevant (by accepting)").weak()).on_hover_text(help);
        } else {
            mark_of(ui, *mark, colours);
        }
    }
    mark_of(ui, tile.own, colours);
    ui.end_row();
}

fn mark_of(ui: &mut Ui, mark: Option<Relevance>, colours: &Palette) {
    match badge_without_role(colours, mark) {
        Some((sign, word, colour)) => ui.label(RichText::new(format!("{sign} {word}")).color(colour)),
        None => ui.label(RichText::new("–").weak()),
    };
}
