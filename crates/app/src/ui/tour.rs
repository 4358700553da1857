//! The line of the guided tour, in place of the line of hints: it takes its own room, so it covers
//! nothing. It owns the words of the steps; when a step is done is decided in `screen/tour`.

use egui::{Label, RichText, Ui};
use tilejury_audit::Verdict;

use super::{AppAction, UiAction};
use crate::command::{AppCommand, Command, DatasetCommand, Keymap, ReviewCommand, ViewCommand, entry_of, keymap};
use crate::icons;
use crate::theme::palette;

/// A step of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TourStep {
    Judge,
    Mark,
    Compare,
    Sort,
    Export,
    /// Everything was done.
    Done,
}

impl TourStep {
    /// All steps in order, without the end.
    const ALL: [Self; 5] = [Self::Judge, Self::Mark, Self::Compare, Self::Sort, Self::Export];

    /// The step after this one.
    pub(crate) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|step| *step == self);
        at.and_then(|at| Self::ALL.get(at + 1)).copied().unwrap_or(Self::Done)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Judge => "Judge a row",
            Self::Mark => "Mark a false negative",
            Self::Compare => "Compare two tiles",
            Self::Sort => "Suspicious rows first",
            Self::Export => "Export a clean copy",
            Self::Done => "The tour is over",
        }
    }

    /// `Step 2 of 5: Mark a false negative`.
    fn heading(self) -> String {
        match Self::ALL.iter().position(|step| *step == self) {
            Some(at) => format!("Step {} of {}: {}", at + 1, Self::ALL.len(), self.name()),
            None => self.name().to_owned(),
        }
    }
}

/// The state of a step that its words depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TourState {
    /// The person has not begun it.
    Begun,
    /// Its first half is done: the comparison is open, the order awaited, the dialog open.
    Halfway,
    /// The person did something else with the row, which undo mends.
    Mistaken,
    /// Another row or view is open.
    Elsewhere,
}

/// The content of the line.
#[derive(Clone, Copy)]
pub(crate) struct TourView {
    pub(crate) step: TourStep,
    pub(crate) state: TourState,
    /// The number of the false negative to mark.
    pub(crate) negative: u8,
}

/// Draws the line: heading, sentence, buttons.
pub(crate) fn show(ui: &mut Ui, view: &TourView, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.add_space(3.0);
    ui.horizontal(|ui| {
        heading(ui, view);
        let is_over = view.step == TourStep::Done;
        if !is_over && button(ui, "Show me again", &keymap.first(AppCommand::Tour)) {
            actions.push(AppCommand::Tour.into());
        }
        if button(ui, if is_over { "Leave" } else { "Skip the tour" }, "Esc") {
            actions.push(AppAction::EndTour.into());
        }
    });
    // While the export is open, the sentence is in its dialog.
    let is_in_dialog = matches!(view.step, TourStep::Export | TourStep::Done) && view.state == TourState::Halfway;
    if !is_in_dialog {
        ui.label(sentence(view, &keymap));
    }
    ui.add_space(3.0);
}

/// Draws heading and sentence in a dialog, which has its own buttons.
pub(crate) fn show_in_dialog(ui: &mut Ui, view: &TourView) {
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        heading(ui, view);
        ui.label(sentence(view, &keymap));
    });
    ui.separator();
}

fn heading(ui: &mut Ui, view: &TourView) {
    let colour = palette(ui.visuals()).unsure;
    let heading = RichText::new(format!("{} {}", icons::DEMO, view.step.heading())).strong().size(16.0).color(colour);
    ui.add(Label::new(heading).extend());
}

fn button(ui: &mut Ui, name: &str, key: &str) -> bool {
    let button = super::button_with_key(name, key);
    ui.add(button).accessible_name(name).clicked()
}

/// A key of a command, or its place in the menus if it has none.
fn way(keymap: &Keymap, command: impl Into<Command>) -> String {
    let command = command.into();
    let key = keymap.first(command);
    match entry_of(command) {
        Some(entry) if key.is_empty() => format!("{} › {}", entry.menu.name(), entry.name),
        _ => key,
    }
}

/// The sentence of a step in its state, with the person's own keys.
fn sentence(view: &TourView, keymap: &Keymap) -> String {
    let way = |command: Command| way(keymap, command);
    let again = way(AppCommand::Tour.into());
    let undo = way(ReviewCommand::Undo.into());
    if view.state == TourState::Elsewhere {
        return format!("You are at another row or view. Look around; {again} shows this step again.");
    }
    match (view.step, view.state) {
        (TourStep::Judge, TourState::Mistaken) => {
            format!("This row is right as it is. {undo} undoes that; then {} accepts it.", way(accept()))
        }
        (TourStep::Judge, _) => format!(
            "Read the query, its positive and its negatives. Here the positive answers it and no negative does, so press {} to accept the row.",
            way(accept())
        ),
        (TourStep::Mark, TourState::Mistaken) => format!(
            "That was another tile or a verdict. {undo} undoes it; then {} marks negative {}.",
            way(ReviewCommand::ToggleNegative(view.negative).into()),
            view.negative
        ),
        (TourStep::Mark, _) => format!(
            "Negative {} answers this query too: a false negative, which would teach the model something wrong. Press {} to mark it as relevant.",
            view.negative,
            way(ReviewCommand::ToggleNegative(view.negative).into())
        ),
        (TourStep::Compare, TourState::Halfway) => format!(
            "{} flips between the two, {} shows their difference. Press Esc to return to the row.",
            way(ViewCommand::Blink.into()),
            way(ViewCommand::Difference.into())
        ),
        (TourStep::Compare, _) => format!(
            "Hard to tell two tiles apart? Press {} to compare the positive with the negative (menu View).",
            way(ViewCommand::Compare.into())
        ),
        (TourStep::Sort, TourState::Halfway) => {
            "The signals are being computed; the list is sorted in a moment.".to_owned()
        }
        (TourStep::Sort, _) => format!(
            "Signals rank the rows by how likely something is wrong. Press {} to list the most suspicious rows first (menu Go).",
            way(ReviewCommand::SuspiciousFirst.into())
        ),
        (TourStep::Export, TourState::Halfway) => {
            "The preview shows the outcome for every row before anything is written. Press the button Export, or Ctrl and Enter, to write a clean copy beside the demo."
                .to_owned()
        }
        (TourStep::Export, _) => format!(
            "Your judgements become a clean training set. Press {} to open the export (menu File).",
            way(DatasetCommand::Export.into())
        ),
        (TourStep::Done, TourState::Halfway) => {
            "The clean copy is written, and this was the last step. Esc closes the dialog.".to_owned()
        }
        (TourStep::Done, _) => format!(
            "This was the whole way from a set to its clean copy. {} opens a set of yours, {} lists all keys, {} begins the tour again. Esc returns to what was open before; the copy of the demo is removed.",
            way(AppCommand::OpenFolder.into()),
            way(AppCommand::Help.into()),
            again
        ),
    }
}

fn accept() -> Command {
    ReviewCommand::Judge(Verdict::Accept).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Shortcut;

    #[test]
    fn sentences_name_the_keys_of_the_person() {
        let mut keymap = Keymap::default();
        let view = TourView { step: TourStep::Judge, state: TourState::Begun, negative: 1 };
        assert!(sentence(&view, &keymap).contains("press A to accept"));
        keymap.rebind(accept(), Shortcut::key(egui::Key::F12)).unwrap_err();
        keymap.rebind(accept(), Shortcut::ctrl(egui::Key::F12)).unwrap();
        assert!(sentence(&view, &keymap).contains("press Ctrl+F12 to accept"), "{}", sentence(&view, &keymap));
    }

    #[test]
    fn every_step_has_a_sentence_in_every_state() {
        let mut step = TourStep::Judge;
        let mut steps = vec![step];
        while step != TourStep::Done {
            step = step.next();
            steps.push(step);
        }
        assert_eq!(steps.len(), 6);
        for step in steps {
            for state in [TourState::Begun, TourState::Halfway, TourState::Mistaken, TourState::Elsewhere] {
                let sentence = sentence(&TourView { step, state, negative: 1 }, &Keymap::default());
                assert!(sentence.ends_with('.') && sentence.len() > 40, "{step:?} {state:?}: {sentence}");
            }
        }
    }
}
