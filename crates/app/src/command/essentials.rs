//! The twelve commands to know first: for the welcome screen, the cheat sheet and the beginning of
//! the help. Owns their short names and nothing else.

use tilejury_audit::Verdict;

use super::{AppCommand, Command, DatasetCommand, Keymap, ReviewCommand, ViewCommand};

/// The commands with names that say what a key is for.
const ESSENTIALS: [(Command, &str); 12] = [
    (Command::Review(ReviewCommand::Judge(Verdict::Accept)), "Accept, go to the next"),
    (Command::Review(ReviewCommand::Judge(Verdict::Reject)), "Reject"),
    (Command::Review(ReviewCommand::Judge(Verdict::Unsure)), "Unsure"),
    (Command::Review(ReviewCommand::ToggleNegative(1)), "Mark a negative relevant, or not"),
    (Command::Review(ReviewCommand::TogglePositive), "Mark the positive wrong, or not"),
    (Command::View(ViewCommand::PaneNext), "Next negative beside the positive"),
    (Command::Review(ReviewCommand::Next), "Leave it unjudged, go on"),
    (Command::Review(ReviewCommand::Undo), "Undo, and return to its row"),
    (Command::View(ViewCommand::Compare), "Compare with the positive"),
    (Command::Dataset(DatasetCommand::Search), "Search and filter"),
    (Command::App(AppCommand::Palette), "Find any command"),
    (Command::App(AppCommand::Help), "All keys"),
];

/// A command to know.
pub struct Essential {
    /// The command.
    pub command: Command,
    /// Its key, or the range of its keys.
    pub keys: String,
    /// Its purpose.
    pub name: &'static str,
}

/// Returns the twelve commands to know, in order, with their current keys.
pub fn essentials(keymap: &Keymap) -> impl Iterator<Item = Essential> {
    ESSENTIALS.into_iter().map(|(command, name)| {
        let keys = match command {
            Command::Review(ReviewCommand::ToggleNegative(_)) => {
                format!("{} … {}", keymap.first(command), keymap.first(ReviewCommand::ToggleNegative(9)))
            }
            _ => keymap.first(command),
        };
        Essential { command, keys, name }
    })
}
