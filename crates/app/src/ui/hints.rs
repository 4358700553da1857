//! The line that teaches the next useful key, and the number of planted defects found in the demo.
//! What was learned is not decided here (`screen/hands`).

use egui::{Align, Label, Layout, RichText, Ui};

use super::tour::TourView;
use super::{AppAction, UiAction};
use crate::command::{Keymap, entries, keymap};
use crate::icons;

/// Something to learn: the command, by its word in the table, and what its key is good for. `{}` is
/// the key.
pub(crate) struct Lesson {
    /// Its lasting name: the word of the command.
    pub(crate) word: &'static str,
    text: &'static str,
}

const fn lesson(word: &'static str, text: &'static str) -> Lesson {
    Lesson { word, text }
}

/// The lessons in order: what a row needs, then what saves the most time.
pub(crate) const LESSONS: [Lesson; 12] = [
    lesson(
        "reason-wrong-positive",
        "Why? Shift and a letter name the reason: {} is a wrong positive. The reasons are under the query.",
    ),
    lesson("negative-1", "A negative that answers the query? Press its number: {} … 9."),
    lesson("pane-next", "{} shows the next negative beside the positive."),
    lesson("compare", "Hard to tell? {} compares the two: Space flips between them."),
    lesson("accept", "Positive right, negatives wrong? {} accepts the row and goes on."),
    lesson("reject", "The query or its positive is bad? {} rejects the row; then a letter gives the reason."),
    lesson("undo", "Was that wrong? {} undoes it and returns to its row."),
    lesson("next-suspicious", "{} goes to the next row that has a signal."),
    lesson("search", "{} searches queries and filters rows."),
    lesson("palette", "{} finds any command by a few letters."),
    lesson("loupe", "Hold {} to magnify the tile under the pointer."),
    lesson("cheat-sheet", "{} shows the twelve most useful keys."),
];

/// The line that teaches: a hint, or the tour.
pub(crate) enum Teaching {
    Hint(HintView),
    Tour(TourView),
}

/// The content of the line of a hint.
pub(crate) struct HintView {
    /// The next lesson.
    pub(crate) lesson: Option<&'static Lesson>,
    /// In the demo: how many of the planted defects were found.
    pub(crate) planted: Option<(usize, usize)>,
}

pub(crate) fn show(ui: &mut Ui, view: &HintView, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    ui.horizontal(|ui| {
        if let Some((found, all)) = view.planted {
            let text = format!("{} {found} of {all} planted defects found", icons::DEMO);
            ui.label(RichText::new(text).strong()).on_hover_text(
                "The demo has false negatives, wrong positives, a damaged tile and a bad query. A defect counts as found when its tile is marked or its row is rejected for the reason. Defects that only the check can find are not counted.",
            );
            ui.separator();
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.small_button("No more hints").on_hover_text("They can be switched on again in the settings").clicked() {
                actions.push(AppAction::NoHints.into());
            }
            let Some(lesson) = view.lesson else { return };
            if ui.small_button("I know").on_hover_text("Show the next hint").clicked() {
                actions.push(AppAction::Learned(lesson.word).into());
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(sentence(lesson, &keymap)).truncate());
            });
        });
    });
}

fn sentence(lesson: &Lesson, keymap: &Keymap) -> String {
    let command = entries().find(|entry| entry.word == lesson.word).map(|entry| entry.command);
    let key = command.map(|command| keymap.first(command)).unwrap_or_default();
    lesson.text.replace("{}", &key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_name_the_keys_of_known_commands() {
        let keymap = Keymap::default();
        for (at, lesson) in LESSONS.iter().enumerate() {
            assert!(entries().any(|entry| entry.word == lesson.word), "{}", lesson.word);
            assert!(LESSONS[at + 1..].iter().all(|other| other.word != lesson.word), "{}", lesson.word);
            let sentence = sentence(lesson, &keymap);
            assert!(sentence.ends_with('.') && !sentence.contains('{'), "{sentence}");
        }
    }
}
