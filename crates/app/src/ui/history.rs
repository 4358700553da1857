//! The steps of judging: the change, the sample and the time of each. A click shows the row of a
//! step; buttons go back to it, redo steps, and restore undone branches. The panel itself changes
//! nothing.

use egui::{Align, Button, Context, Id, Layout, Modal, RichText};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::StepId;
use tilejury_audit::history::{HistoryLine, UndoHistory, UndoStep, UndoStepKind};
use tilejury_audit::now;
use tilejury_audit::text::count;
use tilejury_data::Dataset;

use super::{AppAction, ReviewAction, UiAction, field_keys};
use crate::command::ReviewCommand;
use crate::icons;
use crate::theme::palette;

const LINE: f32 = 28.0;

/// The steps to list, and the dataset with their rows.
pub(crate) struct HistoryView<'a> {
    pub(crate) history: &'a UndoHistory,
    pub(crate) dataset: &'a Dataset,
}

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct HistoryDialog {
    /// The selected line; `None` is the present. The inner `None` is the beginning.
    selected: Option<Option<StepId>>,
    /// The line that was last scrolled to.
    seen: Option<usize>,
    hovered: Option<usize>,
}

pub(crate) fn show(ctx: &Context, dialog: &mut HistoryDialog, view: &HistoryView<'_>, actions: &mut Vec<UiAction>) {
    let size = ctx.content_rect().size() * 0.8;
    // Newest on top; the last line is the beginning.
    let lines: Vec<HistoryLine<'_>> = view.history.lines().into_iter().rev().collect();
    let present = lines.iter().position(HistoryLine::is_present).unwrap_or(0);
    let name = |line: &HistoryLine<'_>| line.step().map(|step| step.original_id.clone());
    let of_selected =
        dialog.selected.as_ref().and_then(|original_id| lines.iter().position(|line| name(line) == *original_id));
    let mut selected = of_selected.unwrap_or(present);
    let hovered = dialog.hovered.take();
    let modal = Modal::new(Id::unique("history")).show(ctx, |ui| {
        ui.set_width(size.x.min(980.0));
        super::title(ui, "History", actions);
        ui.horizontal(|ui| {
            for command in [ReviewCommand::Undo, ReviewCommand::Redo] {
                super::command_button(ui, command, actions);
            }
            let help = "Click a step or press \u{2191} or \u{2193} to show its row. Undone steps stay in the list.";
            ui.label(RichText::new(help).weak());
        });
        ui.separator();
        if lines.len() == 1 {
            ui.label("Nothing judged yet.");
            return;
        }
        if let Some(to) = field_keys::line_after_arrow(ui, selected, lines.len()) {
            selected = to;
            choose(dialog, &lines, to, view.dataset, actions);
        }
        let room = (size.y - 150.0).max(120.0);
        let mut table = TableBuilder::new(ui)
            .striped(true)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(24.0))
            .column(Column::exact(130.0))
            .column(Column::exact(150.0))
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(room)
            .max_scroll_height(room)
            .auto_shrink([false, true])
            .animate_scrolling(false);
        if dialog.seen != Some(selected) {
            dialog.seen = Some(selected);
            table = table.scroll_to_row(selected, None);
        }
        table.body(|body| {
            body.rows(LINE, lines.len(), |mut row| {
                let at = row.index();
                row.set_selected(at == selected);
                let offers = at == selected || hovered == Some(at);
                line(&mut row, &lines[at], offers, at == selected, view.dataset, actions);
                let response = row.response();
                if response.contains_pointer() {
                    dialog.hovered = Some(at);
                }
                if response.clicked() {
                    choose(dialog, &lines, at, view.dataset, actions);
                }
            });
        });
    });
    if modal.should_close() || field_keys::enter_with(ctx, false) {
        actions.push(AppAction::CloseDialog.into());
    }
}

/// Selects a line and shows its row.
fn choose(
    dialog: &mut HistoryDialog,
    lines: &[HistoryLine<'_>],
    at: usize,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    let Some(line) = lines.get(at) else { return };
    dialog.selected = Some(line.step().map(|step| step.original_id.clone()));
    let row = line.step().filter(|step| step.kind == UndoStepKind::Judged).and_then(|step| step.edits.first());
    actions.extend(row.and_then(|edit| dataset.find(edit.sample)).map(|sample| ReviewAction::Show(sample).into()));
}

/// The action for a line: the text of its button, its tooltip, and what it does.
fn offer(line: &HistoryLine<'_>) -> Option<(String, &'static str, UiAction)> {
    match *line {
        HistoryLine::Beginning { undoes: 0 } | HistoryLine::Current { undoes: 0, .. } => None,
        HistoryLine::Beginning { undoes } => Some(go_back(undoes, 0)),
        // The state after such a step is the state before the steps that it undid.
        HistoryLine::Current { step, .. } if step.is_history_move() => None,
        HistoryLine::Current { depth, undoes, .. } => Some(go_back(undoes, depth)),
        HistoryLine::Undone { branch, steps, .. } => branch.map(|name| {
            let help = "Redoes these steps. One undo reverts all of them.";
            (
                format!("Restore ({})", count(steps, "step")),
                help,
                UiAction::Review(ReviewAction::RestoreSteps(name.clone())),
            )
        }),
        HistoryLine::Redo { depth, redoes, .. } => {
            let help = "Redoes the undone steps up to this one.";
            Some((
                format!("Redo up to here ({})", count(redoes, "step")),
                help,
                UiAction::Review(ReviewAction::RedoTo(depth)),
            ))
        }
    }
}

fn go_back(steps: usize, depth: usize) -> (String, &'static str, UiAction) {
    let text = format!("Go back to here (undoes {})", count(steps, "step"));
    (
        text,
        "Undoes every step above this one. One undo restores all of them.",
        UiAction::Review(ReviewAction::GoBack(depth)),
    )
}

fn line(
    row: &mut egui_extras::TableRow<'_, '_>,
    line: &HistoryLine<'_>,
    offers: bool,
    selected: bool,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    row.col(|ui| {
        if line.is_present() {
            let caret = ui.label(RichText::new(icons::CARET_RIGHT).color(palette(ui.visuals()).focus));
            caret.on_hover_text("The current state");
        }
    });
    let is_done = matches!(line, HistoryLine::Beginning { .. } | HistoryLine::Current { .. });
    let struck = |text: String| {
        let text = RichText::new(text);
        if is_done { text } else { text.weak().strikethrough() }
    };
    let (when, place, what) = match line.step() {
        Some(step) => words(step, dataset),
        None => (String::new(), String::new(), "The beginning".to_owned()),
    };
    for text in [when, place] {
        row.col(|ui| {
            ui.add(egui::Label::new(struck(text)).truncate().selectable(false));
        });
    }
    row.col(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some((text, help, action)) = offers.then(|| offer(line)).flatten() {
                let key = if selected { "Ctrl+Enter" } else { "" };
                let button = ui.add(Button::new(&text).right_text(RichText::new(key).small().weak()));
                let clicked = button.on_hover_text(help).accessible_name(text).clicked();
                if clicked || (selected && field_keys::enter_with(ui.ctx(), true)) {
                    actions.push(action);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(struck(what)).truncate().selectable(false));
            });
        });
    });
}

/// Returns the time, the row and the change of a step.
fn words(step: &UndoStep, dataset: &Dataset) -> (String, String, String) {
    let when = step.at.for_people(now());
    if step.kind != UndoStepKind::Judged {
        return (when, String::new(), step.sentence(None));
    }
    let index = step.edits.first().and_then(|edit| dataset.find(edit.sample));
    let sample = index.and_then(|index| dataset.sample(index).ok());
    let place = index.map_or_else(|| "not in the dataset".to_owned(), |index| dataset.describe_position(index));
    (when, place, step.sentence(sample.as_ref()))
}
