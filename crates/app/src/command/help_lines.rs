//! The table as lines that a person reads: for the help and for docs/keys.md. Owns no entry and no
//! key.

use super::{Command, Keymap, Menu, ReviewCommand, ViewCommand, entries};

/// A line of the help.
pub struct HelpLine {
    /// The menu of the command.
    pub menu: Menu,
    /// Its keys.
    pub keys: String,
    /// Its name.
    pub name: &'static str,
    /// The views in which the keys mean this; `None` for all.
    pub place: Option<&'static str>,
    /// Its help.
    pub help: &'static str,
    /// Other words for it.
    pub synonyms: &'static [&'static str],
}

/// Returns the lines for help and docs/keys.md; nine digits as one line.
pub fn help_lines(keymap: &Keymap) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for menu in Menu::ALL {
        for entry in entries().filter(|entry| entry.menu == menu) {
            let range = |first: Command, last: Command| {
                let (first, last) = (keymap.first(first), keymap.first(last));
                format!("{first} … {last}")
            };
            let (keys, name) = match entry.command {
                Command::Review(ReviewCommand::ToggleNegative(1)) => {
                    (range(entry.command, ReviewCommand::ToggleNegative(9).into()), "Toggle a negative")
                }
                Command::View(ViewCommand::LookAt(1)) => {
                    (range(entry.command, ViewCommand::LookAt(9).into()), "Look at a negative")
                }
                Command::View(ViewCommand::SurveyPick(1)) => {
                    (range(entry.command, ViewCommand::SurveyPick(9).into()), "Pick a negative for the survey")
                }
                Command::Review(ReviewCommand::ToggleNegative(_))
                | Command::View(ViewCommand::LookAt(_) | ViewCommand::SurveyPick(_)) => continue,
                _ => (keymap.text(entry), entry.name),
            };
            let place = entry.scope.place();
            lines.push(HelpLine { menu, keys, name, place, help: entry.help, synonyms: entry.synonyms() });
        }
    }
    lines
}
