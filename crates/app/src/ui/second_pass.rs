//! The dialog of the blind second pass: how many rows to draw, and the result of the last pass.
//! Draws no row that is still to be judged again.

use egui::{Button, Context, Id, Modal, RichText, ScrollArea, TextEdit, Ui};
use tilejury_audit::KeptJudgement;
use tilejury_audit::text::count;
use tilejury_data::{Dataset, SampleIndex};

use super::{AppAction, ReviewAction, UiAction, field_keys};
use crate::command::{Keymap, ReviewCommand, keymap};
use crate::icons::ACCEPT;
use crate::review::{PassOutcome, PassProgress};

/// The number of rows that is offered.
const ROWS: usize = 20;
/// The least width of a button that settles a row, in points: it has room for its sign and key.
const DECISION: f32 = 210.0;

/// The state of the dialog.
#[derive(Default)]
pub(crate) struct SecondPassDialog {
    pub(crate) rows: String,
    seed: String,
    /// The number of rows that can be drawn.
    candidates: usize,
    focused: bool,
}

impl SecondPassDialog {
    /// `candidates`: the number of rows that can be drawn.
    pub(crate) fn new(candidates: usize) -> Self {
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        // A short number that a person can note down; its low digits differ from draw to draw.
        let seed = seed.subsec_micros();
        Self { rows: ROWS.min(candidates).to_string(), seed: seed.to_string(), candidates, focused: false }
    }

    /// The number of rows and the seed.
    fn chosen(&self) -> Result<(usize, u32), String> {
        let rows: Option<usize> = self.rows.trim().parse().ok().filter(|rows| *rows > 0);
        let rows = rows.ok_or_else(|| format!("“{}” is not a number of rows", self.rows.trim()))?;
        if rows > self.candidates {
            return Err(format!("Only {} can be drawn", count(self.candidates, "row")));
        }
        let seed = self.seed.trim().parse();
        Ok((rows, seed.map_err(|_| format!("“{}” is not a seed; a number below 2^32 is", self.seed.trim()))?))
    }
}

/// The data of the dialog.
pub(crate) struct SecondPassView<'a> {
    /// The comparison of the last pass.
    pub(crate) outcome: Option<&'a PassOutcome>,
    pub(crate) dataset: &'a Dataset,
    /// The last pass, if it is not finished.
    pub(crate) unfinished: Option<PassProgress>,
}

pub(crate) fn show(
    ctx: &Context,
    dialog: &mut SecondPassDialog,
    view: &SecondPassView<'_>,
    actions: &mut Vec<UiAction>,
) {
    let modal = Modal::new(Id::unique("second pass")).show(ctx, |ui| {
        ui.set_width(640.0_f32.min(ctx.content_rect().width() - 40.0));
        super::title(ui, "Second pass", actions);
        let text = "Judge a random sample of your own rows again. Until a row has its second verdict, nothing shows \
                    the first one. Exports keep using the first one, unless you decide otherwise afterwards.";
        ui.label(RichText::new(text).weak());
        ui.separator();
        if let Some(pass) = view.unfinished {
            ui.horizontal_wrapped(|ui| {
                let rows = count(pass.rows, "row");
                ui.label(format!("Not finished: {} of {rows} judged again, seed {}.", pass.judged, pass.seed));
                let go_on = ui.add(super::button_with_key("Go on", "Enter"));
                if go_on.accessible_name("Go on").clicked() || field_keys::enter_is_free(ui) {
                    actions.push(ReviewAction::ResumePass.into());
                }
            });
            ui.separator();
        }
        new_pass(ui, dialog, view, actions);
        if let Some(outcome) = view.outcome.filter(|outcome| outcome.result.judged > 0) {
            ui.separator();
            result(ui, view, outcome, actions);
        }
    });
    if modal.should_close() {
        actions.push(AppAction::CloseDialog.into());
    }
}

fn new_pass(ui: &mut Ui, dialog: &mut SecondPassDialog, view: &SecondPassView<'_>, actions: &mut Vec<UiAction>) {
    if dialog.candidates == 0 {
        ui.label("No row can be drawn yet: rows that were judged together, and marks from other rows, do not count.");
        return;
    }
    let mut entered = false;
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Rows to draw");
        let rows = ui.add(TextEdit::singleline(&mut dialog.rows).desired_width(60.0)).labelled_by(label.id);
        ui.label(RichText::new(format!("of {}", dialog.candidates)).weak());
        ui.add_space(12.0);
        let label = ui.label("Seed");
        let seed = ui.add(TextEdit::singleline(&mut dialog.seed).desired_width(90.0)).labelled_by(label.id);
        seed.clone().on_hover_text("The same seed draws the same rows from the same judged rows. It is stored.");
        // Enter goes on with an unfinished pass, so the field does not take the keyboard then.
        if view.unfinished.is_none() {
            super::focus_first(&rows, &mut dialog.focused);
        }
        entered = field_keys::entered(ui, &rows) || field_keys::entered(ui, &seed);
        let chosen = dialog.chosen();
        let key = if view.unfinished.is_none() { "Enter" } else { "" };
        let begin = super::button_with_key("Begin", key);
        let begin = ui.add_enabled(chosen.is_ok(), begin).accessible_name("Begin");
        if let Ok((rows, seed)) = chosen
            && (begin.clicked() || entered)
        {
            actions.push(ReviewAction::BeginPass(rows, seed).into());
        }
    });
    if let Err(reason) = dialog.chosen() {
        ui.label(RichText::new(reason).color(crate::theme::palette(ui.visuals()).reject));
    }
}

fn result(ui: &mut Ui, view: &SecondPassView<'_>, outcome: &PassOutcome, actions: &mut Vec<UiAction>) {
    let result = &outcome.result;
    ui.label(RichText::new(result.rows_in_words()).strong());
    ui.label(result.verdicts_in_words());
    ui.label(result.tiles_in_words());
    if result.differences.is_empty() {
        return;
    }
    let keymap = keymap::from_context(ui.ctx());
    let key = |command: ReviewCommand| keymap.first(command);
    let text = format!(
        "Beside the tiles: {} shows the next changed row, {} keeps its first judgement, {} takes the second.",
        key(ReviewCommand::NextChanged),
        key(ReviewCommand::Settle(KeptJudgement::First)),
        key(ReviewCommand::Settle(KeptJudgement::Second))
    );
    ui.label(RichText::new(text).weak());
    ui.add_space(4.0);
    let height = (ui.ctx().content_rect().height() - 380.0).clamp(90.0, 320.0);
    // Otherwise a dialog that was small before leaves no room for the list.
    let area = ScrollArea::vertical().min_scrolled_height(height).max_height(height);
    area.auto_shrink([false, true]).show(ui, |ui| {
        for difference in &result.differences {
            let row = difference.sample;
            ui.separator();
            let place = view.dataset.describe_position(row);
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(&place).strong());
                ui.label(difference.in_words());
            });
            ui.horizontal(|ui| {
                if ui.button("Open").on_hover_text(format!("Show {place} with both judgements")).clicked() {
                    actions.push(ReviewAction::ComparePass(Some(row)).into());
                }
                decision(ui, row, outcome.settled(view.dataset, row), None, actions);
            });
        }
    });
}

/// The buttons that settle a row. Once it is settled they stay where they are, and the chosen one
/// is marked. `keys`: to show the keys of the buttons.
pub(super) fn decision(
    ui: &mut Ui,
    row: SampleIndex,
    settled: Option<KeptJudgement>,
    keys: Option<&Keymap>,
    actions: &mut Vec<UiAction>,
) {
    for (name, kept) in [("Keep the first", KeptJudgement::First), ("Take the second", KeptJudgement::Second)] {
        let is_chosen = settled == Some(kept);
        let text = if is_chosen { format!("{ACCEPT} {name}") } else { name.to_owned() };
        let mut button = Button::new(text).selected(is_chosen).min_size(egui::vec2(DECISION, 0.0));
        if let Some(keymap) = keys {
            button = button.right_text(RichText::new(keymap.first(ReviewCommand::Settle(kept))).weak());
        }
        let button = ui.add_enabled(settled.is_none(), button);
        let said = if is_chosen { kept.label() } else { name };
        if button.accessible_name(said).clicked() {
            actions.push(ReviewAction::Settle(row, kept).into());
        }
    }
}
