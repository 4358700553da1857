//! The line that teaches the next useful key, and the number of planted defects found in the demo.
//! What was learned is not decided here (`screen/hands`).

use egui::{Align, Label, Layout, RichText, Ui};
use tilejury_audit::{Shown, Visible};

use super::tour::TourView;
use super::{AppAction, UiAction};
use crate::command::{Command, Keymap, entries, keymap};
use crate::icons;

/// Something to learn: the command, by its word in the table, and what its key is good for. `{}` is
/// the key.
pub(crate) struct Lesson {
    /// Its lasting name: the word of the command.
    pub(crate) word: &'static str,
    text: &'static str,
    /// The text while the roles of tiles are hidden; `None` where the lesson would name them.
    without_roles: Option<&'static str>,
}

/// A lesson about the roles of tiles.
const fn of_roles(word: &'static str, text: &'static str) -> Lesson {
    Lesson { word, text, without_roles: None }
}

/// A lesson that also helps a person from whom roles are hidden.
const fn lesson(word: &'static str, text: &'static str, without_roles: &'static str) -> Lesson {
    Lesson { word, text, without_roles: Some(without_roles) }
}

/// A lesson that names no role.
const fn always(word: &'static str, text: &'static str) -> Lesson {
    lesson(word, text, text)
}

impl Lesson {
    /// Whether it may be shown: it teaches neither what is hidden, nor names it.
    pub(crate) fn fits(&self, visible: Visible) -> bool {
        let command = entries().find(|entry| entry.word == self.word).map(|entry| entry.command);
        let shown = command.and_then(Command::reveals).is_none_or(|told| visible.has(told));
        shown && (visible.has(Shown::Roles) || self.without_roles.is_some())
    }
}

/// The lessons in order: what a row needs, then what saves the most time.
pub(crate) const LESSONS: [Lesson; 12] = [
    of_roles(
        "reason-wrong-positive",
        "Why? Shift and a letter name the reason: {} is a wrong positive. The reasons are under the query.",
    ),
    lesson(
        "negative-1",
        "A negative that answers the query? Press its number: {} … 9.",
        "A tile that answers the query? Press its number: {} … 9.",
    ),
    lesson("pane-next", "{} shows the next negative beside the positive.", "{} shows the next tile."),
    of_roles("compare", "Hard to tell? {} compares the two: Space flips between them."),
    lesson(
        "accept",
        "Positive right, negatives wrong? {} accepts the row and goes on.",
        "Every tile has a mark? {} takes the verdict that follows and goes on.",
    ),
    of_roles("reject", "The query or its positive is bad? {} rejects the row and offers reasons, each with its key."),
    always("undo", "Was that wrong? {} undoes it and returns to its row."),
    always("next-suspicious", "{} goes to the next row that has a signal."),
    always("search", "{} searches queries and filters rows."),
    always("palette", "{} finds any command by a few letters."),
    always("loupe", "Hold {} to magnify the tile under the pointer."),
    always("cheat-sheet", "{} shows the twelve most useful keys."),
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
    /// Whether the roles of tiles are hidden.
    pub(crate) hides_roles: bool,
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
                ui.add(Label::new(sentence(lesson, view.hides_roles, &keymap)).truncate());
            });
        });
    });
}

fn sentence(lesson: &Lesson, hides_roles: bool, keymap: &Keymap) -> String {
    let command = entries().find(|entry| entry.word == lesson.word).map(|entry| entry.command);
    let key = command.map(|command| keymap.first(command)).unwrap_or_default();
    let text = lesson.without_roles.filter(|_| hides_roles).unwrap_or(lesson.text);
    text.replace("{}", &key)
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
            for hides_roles in [false, true] {
                let sentence = sentence(lesson, hides_roles, &keymap);
                assert!(sentence.ends_with('.') && !sentence.contains('{'), "{sentence}");
            }
        }
    }

    #[test]
    fn blind_lessons_name_nothing_that_is_hidden() {
        let words = |visible: Visible| -> Vec<&str> {
            LESSONS.iter().filter(|lesson| lesson.fits(visible)).map(|lesson| lesson.word).collect()
        };
        assert_eq!(words(Visible::ALL).len(), LESSONS.len());
        let blind = words(Visible::NONE.with(Shown::Roles));
        assert!(blind.contains(&"reject") && !blind.contains(&"next-suspicious"), "{blind:?}");
        for lesson in LESSONS.iter().filter(|lesson| lesson.fits(Visible::NONE)) {
            let sentence = sentence(lesson, true, &Keymap::default()).to_lowercase();
            let told = ["positive", "negative", "signal", "reject"].into_iter().find(|word| sentence.contains(word));
            assert_eq!(told, None, "{sentence}");
        }
    }
}
