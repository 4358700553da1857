//! The steps of judging: what each did, to which sample, when. A click goes back, or forth, to the moment behind it.

use egui::{Context, Id, Key, Modal, RichText};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::history::Step;
use tilejury_audit::now;

use super::Act;
use crate::command::Command;
use crate::icons;
use crate::review::Review;
use crate::theme::palette;

const LINE: f32 = 26.0;

/// The dialog's own state.
#[derive(Default)]
pub(crate) struct HistoryDialog {
    /// The place that was scrolled to last.
    seen: Option<usize>,
}

pub(crate) fn show(ctx: &Context, dialog: &mut HistoryDialog, review: &Review, acts: &mut Vec<Act>) {
    let size = ctx.content_rect().size() * 0.8;
    let history = review.session.history();
    // In the order of time: what stands, then what was taken back, the next to be done again first.
    let steps: Vec<(&Step, bool)> = history
        .undo
        .iter()
        .map(|step| (step, true))
        .chain(history.redo.iter().rev().map(|step| (step, false)))
        .collect();
    let place = history.undo.len();
    let modal = Modal::new(Id::unique("history")).show(ctx, |ui| {
        ui.set_width(size.x.min(900.0));
        super::title(ui, "History", acts);
        ui.horizontal(|ui| {
            for command in [Command::Undo, Command::Redo] {
                super::command_button(ui, command, acts);
            }
            ui.label(RichText::new("A click goes to the moment just behind a step. Nothing is ever lost.").weak());
        });
        ui.separator();
        if steps.is_empty() {
            ui.label("Nothing was judged yet.");
            return;
        }
        let room = (size.y - 150.0).max(120.0);
        let mut table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::exact(24.0))
            .column(Column::exact(130.0))
            .column(Column::exact(150.0))
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(room)
            .max_scroll_height(room)
            .auto_shrink([false, true])
            .animate_scrolling(false);
        // The last steps come first to the eye.
        let lines = steps.len() + 1;
        if dialog.seen != Some(place) {
            dialog.seen = Some(place);
            table = table.scroll_to_row(lines - 1 - place, None);
        }
        table.body(|body| {
            body.rows(LINE, lines, |mut row| {
                // Newest on top; the last line is the beginning.
                let behind = lines - 1 - row.index();
                row.set_selected(behind == place);
                let step = behind.checked_sub(1).and_then(|at| steps.get(at));
                line(&mut row, step.copied(), behind == place, review);
                let response = row.response();
                let name = if behind == place { "The present" } else { "Go to this moment" };
                if response.on_hover_text(name).clicked() && behind != place {
                    acts.push(Act::StepTo(behind));
                }
            });
        });
    });
    let keys = ctx.input(|input| [Key::ArrowDown, Key::ArrowUp].map(|key| input.key_pressed(key)));
    match keys {
        [true, _] if place > 0 => acts.push(Act::StepTo(place - 1)),
        [_, true] if place < steps.len() => acts.push(Act::StepTo(place + 1)),
        _ => {}
    }
    if modal.should_close() {
        acts.push(Act::CloseDialog);
    }
}

fn line(row: &mut egui_extras::TableRow<'_, '_>, step: Option<(&Step, bool)>, present: bool, review: &Review) {
    let index = step.and_then(|(step, _)| review.dataset().find(step.edits.first()?.sample));
    row.col(|ui| {
        if present {
            ui.label(RichText::new(icons::CARET_RIGHT).color(palette(ui.visuals()).focus));
        }
    });
    let (when, place, what, stands) = match step {
        Some((step, stands)) => {
            let sample = index.and_then(|index| review.dataset().sample(index).ok());
            let place = index.map_or_else(|| "not in the set".to_owned(), |index| review.dataset().place_of(index));
            (step.at.for_people(now()), place, step.sentence(sample.as_ref()), stands)
        }
        None => (String::new(), String::new(), "The beginning".to_owned(), true),
    };
    for text in [when, place, what] {
        row.col(|ui| {
            let mut text = RichText::new(text);
            if !stands {
                text = text.weak().strikethrough();
            }
            ui.add(egui::Label::new(text).truncate().selectable(false));
        });
    }
}
