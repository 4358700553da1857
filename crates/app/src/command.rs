//! Every thing a person can do in the window, in one table: its name, its keys, its menu and its line of help.
//!
//! Menus, the key help, the buttons' hints and README's key table come from here; the keys are read by it. What a
//! command does is not here.

use egui::{Key, Modifiers};
use tilejury_audit::{Reason, Relevance, Verdict};

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table below says of each what it does")]
pub enum Command {
    OpenFolder,
    OpenFile,
    OpenDemo,
    Export,
    Messages,
    CloseDataset,
    Quit,
    Undo,
    Redo,
    Judge(Verdict),
    ClearVerdict,
    ToggleReason(Reason),
    Note,
    ToggleNegative(u8),
    TogglePositive,
    ToggleFocused,
    MarkFocused(Option<Relevance>),
    FocusNextTile,
    FocusPreviousTile,
    Next,
    Previous,
    NextUnjudged,
    First,
    Last,
    Search,
    GoTo,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    FullSize,
    Queue,
    ThemeSwitch,
    FullScreen,
    Help,
    RetrySaving,
}

impl Command {
    /// Does it open something that the keys behind it are meant for?
    pub fn takes_keyboard(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::Search
                | Self::GoTo
                | Self::Help
                | Self::Messages
                | Self::Export
                | Self::OpenFolder
                | Self::OpenFile
        )
    }
}

/// Where a command stands in the menu bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Menu {
    File,
    Edit,
    Judge,
    Tiles,
    Go,
    View,
    Help,
}

impl Menu {
    /// The menus from left to right.
    pub const ALL: [Self; 7] = [Self::File, Self::Edit, Self::Judge, Self::Tiles, Self::Go, Self::View, Self::Help];

    /// The name in the menu bar.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Judge => "Judge",
            Self::Tiles => "Tiles",
            Self::Go => "Go",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

/// A key with what must be held with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key by its meaning on the person's keyboard.
    pub key: Key,
    /// Control, or Command on a Mac.
    pub command: bool,
    /// Shift. Not looked at for signs and digits, which need it on some keyboards.
    pub shift: bool,
}

impl Shortcut {
    /// Does a press of `key` with `modifiers` mean this?
    pub fn fits(self, key: Key, modifiers: Modifiers) -> bool {
        let shift_fits = modifiers.shift == self.shift || (!self.shift && !shift_matters(key));
        key == self.key && modifiers.command == self.command && shift_fits && !modifiers.alt
    }

    /// Could one press mean both?
    pub fn clashes(self, other: Self) -> bool {
        let shift = self.shift == other.shift || !shift_matters(self.key);
        self.key == other.key && self.command == other.command && shift
    }

    /// As a person reads it: `Ctrl+Shift+Z`.
    pub fn text(self) -> String {
        let mut text = String::new();
        if self.command {
            text.push_str(if cfg!(target_os = "macos") { "⌘" } else { "Ctrl+" });
        }
        if self.shift {
            text.push_str("Shift+");
        }
        text.push_str(match self.key {
            Key::Plus => "+",
            Key::Equals => "=",
            Key::Minus => "−",
            Key::Slash => "/",
            Key::Questionmark => "?",
            Key::Comma => ",",
            Key::Period => ".",
            Key::ArrowLeft => "←",
            Key::ArrowRight => "→",
            Key::ArrowUp => "↑",
            Key::ArrowDown => "↓",
            Key::Backspace => "Backspace",
            key => key.name(),
        });
        text
    }
}

/// Letters and named keys tell Shift apart; signs and digits may need it to be typed at all.
fn shift_matters(key: Key) -> bool {
    let sign =
        matches!(key, Key::Plus | Key::Equals | Key::Minus | Key::Slash | Key::Questionmark | Key::Comma | Key::Period);
    let digit = key.name().len() == 1 && key.name().chars().all(|c| c.is_ascii_digit());
    !sign && !digit
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// The menu it is in.
    pub menu: Menu,
    /// Its name there.
    pub name: &'static str,
    /// The keys that do it; the first is shown.
    pub keys: &'static [Shortcut],
    /// One sentence of help.
    pub help: &'static str,
    /// Whether holding the key repeats it.
    pub repeats: bool,
}

impl Entry {
    /// The keys as text, `J, ↓`; empty for none.
    pub fn keys_text(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|key| key.text()).collect();
        keys.join(", ")
    }
}

const fn key(key: Key) -> Shortcut {
    Shortcut { key, command: false, shift: false }
}

const fn shift(key: Key) -> Shortcut {
    Shortcut { key, command: false, shift: true }
}

const fn ctrl(key: Key) -> Shortcut {
    Shortcut { key, command: true, shift: false }
}

const fn ctrl_shift(key: Key) -> Shortcut {
    Shortcut { key, command: true, shift: true }
}

const fn entry(
    command: Command,
    menu: Menu,
    name: &'static str,
    keys: &'static [Shortcut],
    help: &'static str,
) -> Entry {
    Entry { command, menu, name, keys, help, repeats: false }
}

const fn repeating(entry: Entry) -> Entry {
    Entry { repeats: true, ..entry }
}

macro_rules! negatives {
    ($($number:literal $key:ident),+) => {
        [$(entry(
            Command::ToggleNegative($number), Menu::Tiles, concat!("Toggle negative ", $number), &[key(Key::$key)],
            "Mark this negative as relevant (a false negative), or as not relevant.",
        )),+]
    };
}

/// Digits stand for the negatives on show.
const NEGATIVES: [Entry; 9] = negatives!(1 Num1, 2 Num2, 3 Num3, 4 Num4, 5 Num5, 6 Num6, 7 Num7, 8 Num8, 9 Num9);

/// Everything but the digits.
const OTHERS: &[Entry] = &[
    entry(Command::OpenFolder, Menu::File, "Open folder…", &[ctrl(Key::O)], "Open a dataset folder."),
    entry(
        Command::OpenFile,
        Menu::File,
        "Open file…",
        &[ctrl_shift(Key::O)],
        "Open one .jsonl file of a dataset; its folder is the root.",
    ),
    entry(
        Command::OpenDemo,
        Menu::File,
        "Open the demo",
        &[],
        "Open the small built-in dataset, with defects to find.",
    ),
    entry(
        Command::Export,
        Menu::File,
        "Export…",
        &[ctrl(Key::E)],
        "Write a cleaned copy of the splits to a new folder.",
    ),
    entry(
        Command::Messages,
        Menu::File,
        "Messages",
        &[ctrl(Key::M)],
        "Show what is wrong with the dataset's files, and what happened so far.",
    ),
    entry(
        Command::RetrySaving,
        Menu::File,
        "Try to save again",
        &[],
        "Try now to store judgements that could not be saved.",
    ),
    entry(Command::CloseDataset, Menu::File, "Close dataset", &[ctrl(Key::W)], "Go back to the welcome screen."),
    entry(Command::Quit, Menu::File, "Quit", &[ctrl(Key::Q)], "Save what is unsaved and leave."),
    repeating(entry(
        Command::Undo,
        Menu::Edit,
        "Undo",
        &[key(Key::Z), ctrl(Key::Z)],
        "Take back the last judgement and return to its sample.",
    )),
    repeating(entry(
        Command::Redo,
        Menu::Edit,
        "Redo",
        &[ctrl_shift(Key::Z), ctrl(Key::Y)],
        "Do again what was taken back.",
    )),
    entry(
        Command::Judge(Verdict::Accept),
        Menu::Judge,
        "Accept",
        &[key(Key::A)],
        "Accept the sample, confirm every tile on show, and go on to the next unjudged one.",
    ),
    entry(Command::Judge(Verdict::Reject), Menu::Judge, "Reject", &[key(Key::R)], "Reject the sample and go on."),
    entry(
        Command::Judge(Verdict::Unsure),
        Menu::Judge,
        "Unsure",
        &[key(Key::U)],
        "Leave the sample undecided and go on.",
    ),
    entry(
        Command::ClearVerdict,
        Menu::Judge,
        "Clear the verdict",
        &[shift(Key::C)],
        "Take the verdict away; what was said of tiles stays.",
    ),
    entry(
        Command::Note,
        Menu::Judge,
        "Write a note",
        &[key(Key::N)],
        "Write a note on the sample; Enter saves it, Esc leaves it as it was.",
    ),
    entry(
        Command::ToggleReason(Reason::WrongPositive),
        Menu::Judge,
        "Reason: wrong positive",
        &[shift(Key::W)],
        "The positive does not answer the query. Reasons go to the sample just rejected or left unsure.",
    ),
    entry(
        Command::ToggleReason(Reason::BadQuery),
        Menu::Judge,
        "Reason: bad query",
        &[shift(Key::Q)],
        "The query is no sensible query.",
    ),
    entry(
        Command::ToggleReason(Reason::Unanswerable),
        Menu::Judge,
        "Reason: unanswerable",
        &[shift(Key::A)],
        "No tile could answer the query.",
    ),
    entry(
        Command::ToggleReason(Reason::Duplicate),
        Menu::Judge,
        "Reason: duplicate",
        &[shift(Key::D)],
        "The set has this sample elsewhere.",
    ),
    entry(
        Command::ToggleReason(Reason::Unreadable),
        Menu::Judge,
        "Reason: unreadable",
        &[shift(Key::X)],
        "The positive cannot be read.",
    ),
    entry(
        Command::ToggleReason(Reason::Other),
        Menu::Judge,
        "Reason: other",
        &[shift(Key::O)],
        "Something else; a note can say what.",
    ),
    entry(
        Command::TogglePositive,
        Menu::Tiles,
        "Toggle the positive",
        &[key(Key::P)],
        "Mark the positive as not relevant (a wrong positive), or as relevant.",
    ),
    repeating(entry(
        Command::FocusNextTile,
        Menu::Tiles,
        "Next tile",
        &[key(Key::Period)],
        "Move the focus to the next tile.",
    )),
    repeating(entry(
        Command::FocusPreviousTile,
        Menu::Tiles,
        "Previous tile",
        &[key(Key::Comma)],
        "Move the focus to the tile before.",
    )),
    entry(
        Command::ToggleFocused,
        Menu::Tiles,
        "Toggle the tile in focus",
        &[key(Key::T)],
        "Mark the tile in focus as relevant or not relevant.",
    ),
    entry(
        Command::MarkFocused(Some(Relevance::Relevant)),
        Menu::Tiles,
        "Mark as relevant",
        &[key(Key::Y)],
        "The tile in focus answers the query.",
    ),
    entry(
        Command::MarkFocused(Some(Relevance::NotRelevant)),
        Menu::Tiles,
        "Mark as not relevant",
        &[key(Key::X)],
        "The tile in focus does not answer the query.",
    ),
    entry(
        Command::MarkFocused(Some(Relevance::Unsure)),
        Menu::Tiles,
        "Mark as unsure",
        &[key(Key::Q)],
        "Nobody can tell whether the tile in focus answers the query.",
    ),
    entry(
        Command::MarkFocused(Some(Relevance::Broken)),
        Menu::Tiles,
        "Mark as broken",
        &[key(Key::B)],
        "The tile in focus cannot be read.",
    ),
    entry(
        Command::MarkFocused(None),
        Menu::Tiles,
        "Clear the mark",
        &[key(Key::Backspace)],
        "Take back what was said of the tile in focus.",
    ),
    repeating(entry(
        Command::Next,
        Menu::Go,
        "Next sample",
        &[key(Key::J), key(Key::ArrowDown), key(Key::ArrowRight)],
        "Go to the next sample of the list; leaves this one as it is.",
    )),
    repeating(entry(
        Command::Previous,
        Menu::Go,
        "Previous sample",
        &[key(Key::K), key(Key::ArrowUp), key(Key::ArrowLeft)],
        "Go to the sample before.",
    )),
    entry(
        Command::NextUnjudged,
        Menu::Go,
        "Next unjudged",
        &[shift(Key::J)],
        "Go to the next sample of the list without a verdict.",
    ),
    entry(Command::First, Menu::Go, "First sample", &[key(Key::Home)], "Go to the start of the list."),
    entry(Command::Last, Menu::Go, "Last sample", &[key(Key::End)], "Go to the end of the list."),
    entry(
        Command::GoTo,
        Menu::Go,
        "Go to…",
        &[key(Key::G)],
        "Go to a place in the list, or to a line of a split: 12, or eval:3.",
    ),
    entry(
        Command::Search,
        Menu::Go,
        "Search",
        &[key(Key::Slash), ctrl(Key::F)],
        "List the samples whose query holds all the words.",
    ),
    repeating(entry(
        Command::ZoomIn,
        Menu::View,
        "Zoom in",
        &[key(Key::Plus), key(Key::Equals)],
        "Enlarge all tiles about the same spot.",
    )),
    repeating(entry(Command::ZoomOut, Menu::View, "Zoom out", &[key(Key::Minus)], "Make all tiles smaller again.")),
    entry(Command::ZoomReset, Menu::View, "Whole tiles", &[key(Key::Num0)], "Show tiles whole again."),
    entry(
        Command::FullSize,
        Menu::View,
        "Tile in full size",
        &[key(Key::F)],
        "Show the tile in focus alone; wheel to zoom, drag to move, Esc to return. A double click does the same.",
    ),
    entry(Command::Queue, Menu::View, "Queue", &[key(Key::L)], "Show or hide the list of samples."),
    entry(
        Command::ThemeSwitch,
        Menu::View,
        "Dark or light",
        &[ctrl(Key::D)],
        "Switch between the dark and the light theme.",
    ),
    entry(Command::FullScreen, Menu::View, "Full screen", &[key(Key::F11)], "Fill the screen, or return to a window."),
    entry(Command::Help, Menu::Help, "Keys and help", &[key(Key::Questionmark), key(Key::F1)], "Show this list."),
];

/// The whole table.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    NEGATIVES.iter().chain(OTHERS)
}

/// The line of a command.
pub fn entry_of(command: Command) -> Option<&'static Entry> {
    entries().find(|entry| entry.command == command)
}

/// A command's name with its first key, as `Accept (A)`: for hints.
pub fn hint(command: Command) -> String {
    let Some(entry) = entry_of(command) else { return String::new() };
    match entry.keys.first() {
        Some(key) => format!("{} ({})", entry.help, key.text()),
        None => entry.help.to_owned(),
    }
}

/// Lines for help and README: menu, keys, name, help; the nine digits as one line.
pub fn help_lines() -> Vec<(Menu, String, &'static str, &'static str)> {
    let mut lines = Vec::new();
    for menu in Menu::ALL {
        if menu == Menu::Tiles {
            let first = &NEGATIVES[0];
            lines.push((menu, "1 … 9".to_owned(), "Toggle a negative", first.help));
        }
        lines.extend(
            OTHERS
                .iter()
                .filter(|entry| entry.menu == menu)
                .map(|entry| (menu, entry.keys_text(), entry.name, entry.help)),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let all: Vec<(&Entry, Shortcut)> =
            entries().flat_map(|entry| entry.keys.iter().map(move |key| (entry, *key))).collect();
        for (at, (entry, key)) in all.iter().enumerate() {
            for (other, other_key) in &all[at + 1..] {
                assert!(!key.clashes(*other_key), "{} and {} share {}", entry.name, other.name, key.text());
            }
        }
    }

    #[test]
    fn every_command_stands_in_the_table_once_with_a_sentence_of_help() {
        let all: Vec<&Entry> = entries().collect();
        for (at, entry) in all.iter().enumerate() {
            assert!(entry.help.ends_with('.') && !entry.name.is_empty(), "{}", entry.name);
            assert!(
                all[at + 1..].iter().all(|other| other.command != entry.command && other.name != entry.name),
                "{}",
                entry.name
            );
        }
        for verdict in Verdict::ALL {
            assert!(entry_of(Command::Judge(*verdict)).is_some());
        }
        for reason in Reason::ALL {
            assert!(entry_of(Command::ToggleReason(*reason)).is_some());
        }
        for relevance in Relevance::ALL {
            assert!(entry_of(Command::MarkFocused(Some(*relevance))).is_some());
        }
    }

    #[test]
    fn signs_are_found_with_or_without_shift_and_letters_are_not() {
        let held = |shift| Modifiers { shift, ..Modifiers::NONE };
        assert!(key(Key::Questionmark).fits(Key::Questionmark, held(true)));
        assert!(key(Key::Num3).fits(Key::Num3, held(true)));
        assert!(!key(Key::A).fits(Key::A, held(true)));
        assert!(shift(Key::A).fits(Key::A, held(true)));
        assert!(!key(Key::Z).fits(Key::Z, Modifiers::COMMAND));
        assert!(!key(Key::A).fits(Key::A, Modifiers::ALT));
    }

    #[test]
    fn the_readme_lists_these_keys() {
        let readme = include_str!("../../../README.md");
        for (_, keys, name, _) in help_lines() {
            if !keys.is_empty() {
                assert!(readme.contains(&format!("| {keys} | {name} |")), "README's table lacks: | {keys} | {name} |");
            }
        }
    }
}
