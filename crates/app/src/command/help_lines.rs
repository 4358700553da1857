//! The table as lines that a person reads: for the help and for docs/keys.md. Owns no entry and no
//! key.

use super::{Command, Keymap, Menu, ReviewCommand, ViewCommand, entries};

/// Returns the lines for help and docs/keys.md: menu, keys, name, help; nine digits as one line.
pub fn help_lines(keymap: &Keymap) -> Vec<(Menu, String, &'static str, &'static str)> {
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
            lines.push((menu, keys, name, entry.help));
        }
    }
    lines
}
