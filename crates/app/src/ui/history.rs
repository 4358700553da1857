//! The steps of judging: the change, the sample and the time of each. A click shows the row of a
//! step; buttons go back to it, redo steps, and restore undone branches. The panel itself changes
//! nothing.

use std::collections::HashMap;

use egui::{Align, Id, Layout, RichText, Ui};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::StepId;
use tilejury_audit::history::{HistoryLine, UndoHistory, UndoStep, UndoStepKind};
use tilejury_audit::now;
use tilejury_audit::text::count;
use tilejury_data::Dataset;

use super::{ReviewAction, UiAction, field_keys};
use crate::command::ReviewCommand;
use crate::icons;
use crate::theme::palette;

/// The height of a step: two lines of text.
const LINE: f32 = 40.0;

/// The steps to list, and the dataset with their rows.
pub(crate) struct HistoryView<'a> {
    pub(crate) history: &'a UndoHistory,
    pub(crate) dataset: &'a Dataset,
    /// Whether the arrows choose a step.
    pub(crate) has_keys: bool,
}

/// The state of the panel.
#[derive(Debug, Default)]
pub(crate) struct HistoryPanel {
    /// The selected line; `None` is the present. The inner `None` is the beginning.
    selected: Option<Option<StepId>>,
    /// The line that was last scrolled to.
    seen: Option<usize>,
    /// The row and the change of steps that were drawn: a step can have a hundred thousand edits.
    words: HashMap<StepId, (String, String)>,
}

/// The number of steps whose words are kept.
const WORDS_KEPT: usize = 1000;

pub(crate) fn show(ui: &mut Ui, panel: &mut HistoryPanel, view: &HistoryView<'_>, actions: &mut Vec<UiAction>) {
    // Newest on top; the last line is the beginning.
    let lines: Vec<HistoryLine<'_>> = view.history.lines().into_iter().rev().collect();
    let present = lines.iter().position(HistoryLine::is_present).unwrap_or(0);
    let name = |line: &HistoryLine<'_>| line.step().map(|step| step.original_id.clone());
    let of_selected =
        panel.selected.as_ref().and_then(|original_id| lines.iter().position(|line| name(line) == *original_id));
    let mut selected = of_selected.unwrap_or(present);
    if lines.len() == 1 {
        ui.label("Nothing judged yet.");
        return;
    }
    if view.has_keys
        && let Some(to) = field_keys::line_after_arrow(ui, selected, lines.len())
    {
        selected = to;
        choose(panel, &lines, to, view.dataset, actions);
    }
    let offered = lines.get(selected).and_then(offer);
    ui.horizontal_wrapped(|ui| {
        for command in [ReviewCommand::Undo, ReviewCommand::Redo] {
            super::command_button(ui, command, actions);
        }
        if let Some((text, help, action)) = &offered {
            let key = if view.has_keys { "Ctrl+Enter" } else { "" };
            let button = ui.add(super::button_with_key(text, key).wrap());
            let clicked = button.on_hover_text(*help).accessible_name(text).clicked();
            if clicked || (view.has_keys && field_keys::enter_with(ui.ctx(), true)) {
                actions.push(action.clone());
            }
        }
    });
    if offered.is_none() {
        ui.label(RichText::new("Click a step to show its row.").weak().small());
    }
    ui.separator();
    ui.push_id(Id::unique("history"), |ui| {
        let mut table = TableBuilder::new(ui)
            .striped(true)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(18.0))
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(0.0)
            .auto_shrink([false, false])
            .animate_scrolling(false);
        if panel.seen != Some(selected) {
            panel.seen = Some(selected);
            table = table.scroll_to_row(selected, None);
        }
        table.body(|body| {
            body.rows(LINE, lines.len(), |mut row| {
                let at = row.index();
                row.set_selected(at == selected);
                let words = lines[at].step().map(|step| panel.words_of(step, view.dataset));
                line(&mut row, &lines[at], words);
                if row.response().clicked() {
                    choose(panel, &lines, at, view.dataset, actions);
                }
            });
        });
    });
}

/// Selects a line and shows its row.
fn choose(
    panel: &mut HistoryPanel,
    lines: &[HistoryLine<'_>],
    at: usize,
    dataset: &Dataset,
    actions: &mut Vec<UiAction>,
) {
    let Some(line) = lines.get(at) else { return };
    panel.selected = Some(line.step().map(|step| step.original_id.clone()));
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

fn line(row: &mut egui_extras::TableRow<'_, '_>, line: &HistoryLine<'_>, words: Option<(String, String)>) {
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
    let when = line.step().map(|step| step.at.for_people(now())).unwrap_or_default();
    let (place, what) = words.unwrap_or_else(|| (String::new(), "The beginning".to_owned()));
    row.col(|ui| {
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(2.0);
            ui.add(egui::Label::new(struck(what)).truncate().selectable(false));
            ui.horizontal(|ui| {
                for text in [place, when].into_iter().filter(|text| !text.is_empty()) {
                    let label = egui::Label::new(struck(text).small().weak()).truncate().selectable(false);
                    ui.add(label);
                }
            });
        });
    });
}

impl HistoryPanel {
    /// The row and the change of a step.
    fn words_of(&mut self, step: &UndoStep, dataset: &Dataset) -> (String, String) {
        if self.words.len() > WORDS_KEPT {
            self.words.clear();
        }
        self.words.entry(step.original_id.clone()).or_insert_with(|| words(step, dataset)).clone()
    }
}

/// Returns the row and the change of a step.
fn words(step: &UndoStep, dataset: &Dataset) -> (String, String) {
    if step.kind != UndoStepKind::Judged || step.is_bulk() {
        return (String::new(), step.sentence(None));
    }
    let index = step.edits.first().and_then(|edit| dataset.find(edit.sample));
    let sample = index.and_then(|index| dataset.sample(index).ok());
    let place = index.map_or_else(|| "not in the dataset".to_owned(), |index| dataset.describe_position(index));
    (place, step.sentence(sample.as_ref()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use egui_kittest::Harness;
    use egui_kittest::kittest::Queryable as _;
    use tilejury_audit::{AuditSession, JudgeAction, RowsAction, Verdict};
    use tilejury_data::SampleIndex;
    use tilejury_testkit::Set;

    use super::*;

    #[test]
    fn fifty_thousand_steps_are_drawn_by_the_visible_ones() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Arc::new(Dataset::open(&Set::plain(10, 3).write(dir.path())).unwrap());
        let mut session = AuditSession::new(dataset.clone(), "ann", &[]);
        for at in 0..50_000 {
            let verdict = [Verdict::Reject, Verdict::Unsure][at / 10 % 2];
            session.apply(JudgeAction::Verdict(SampleIndex::new(at % 10), Some(verdict)), now());
        }
        session.apply(JudgeAction::Rows(dataset.indices().collect(), RowsAction::Verdict(None)), now());
        assert_eq!(session.depth().0, 50_001);
        let (mut panel, mut has_fonts) = (HistoryPanel::default(), false);
        let mut harness = Harness::builder().with_size((300.0, 800.0)).build_ui(move |ui| {
            // Fonts count from the next frame on.
            if !std::mem::replace(&mut has_fonts, true) {
                return crate::fonts::install(ui.ctx());
            }
            let view = HistoryView { history: session.history(), dataset: &dataset, has_keys: false };
            show(ui, &mut panel, &view, &mut Vec::new());
        });
        harness.run_steps(3);
        assert!(harness.query_by_label_contains("Verdict cleared: 10 rows").is_some());
        let drawn = harness.query_all_by_label_contains("train line").count();
        assert!((10..40).contains(&drawn), "{drawn} steps were laid out");
        let start = Instant::now();
        harness.run_steps(10);
        // Generous: drawing all of them would take seconds.
        let frame = start.elapsed() / 10;
        assert!(frame < Duration::from_millis(100), "{frame:?} a frame");
    }
}
