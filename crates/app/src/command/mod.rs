//! Every thing a person can do in the window, in one table: its name, its keys, its menu and its line of help.
//!
//! Menus, the palette, the key help, the buttons' hints and the tables of docs/keys.md come from here; the keys are read by it.
//! What a command does is not here.

pub mod keymap;
mod shortcut;
mod table;

use tilejury_audit::{Reason, Relevance, Verdict};

pub use keymap::Keymap;
pub use shortcut::{Shortcut, is_modifier};
pub use table::{entries, help_lines};

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the table says of each what it does")]
pub enum Command {
    OpenFolder,
    OpenFile,
    OpenDemo,
    Export,
    Check,
    IndexShards,
    LookForShards,
    LookAtPixels,
    Jobs,
    Messages,
    Settings,
    CloseDataset,
    Quit,
    RetrySaving,
    SaveAs,
    Orphans,
    Annotator,
    Undo,
    Redo,
    History,
    Judge(Verdict),
    ClearVerdict,
    Propagate,
    AutoAdvance,
    ToggleReason(Reason),
    Note,
    NoteJudged,
    CopyLastNote,
    Tags,
    LookAgain,
    ToggleNegative(u8),
    TogglePositive,
    ToggleFocused,
    MarkFocused(Option<Relevance>),
    MarkNegatives(Option<Relevance>),
    FocusNextTile,
    FocusPreviousTile,
    WhereTile,
    WherePage,
    Next,
    Previous,
    NextUnjudged,
    NextSuspicious,
    NextUndecided,
    LastJudged,
    SuspiciousFirst,
    First,
    Last,
    Search,
    ShowAll,
    SaveFilter,
    GoTo,
    Palette,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    ActualPixels,
    Pan(PanDirection),
    PanAlone(PanDirection),
    KeepZoom,
    Loupe,
    LoupeScale,
    Alone,
    Compare,
    CompareNext,
    ComparePrevious,
    CompareWith(u8),
    Blink,
    Difference,
    Page,
    FewerColumns,
    MoreColumns,
    AutoColumns,
    Queue,
    Inspector,
    Scoreboard,
    ResetWeights,
    SessionCounter,
    ThemeSwitch,
    Larger,
    Smaller,
    UsualSize,
    FullScreen,
    Help,
}

/// Where a picture is moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PanDirection {
    Left,
    Right,
    Up,
    Down,
}

impl Command {
    /// Does it say something of the row in view, which a person must have seen for that?
    pub fn judges(self) -> bool {
        matches!(
            self,
            Self::Judge(_)
                | Self::ClearVerdict
                | Self::ToggleNegative(_)
                | Self::TogglePositive
                | Self::ToggleFocused
                | Self::MarkFocused(_)
                | Self::MarkNegatives(_)
        )
    }

    /// Does it open something that the keys behind it are meant for?
    pub fn takes_keyboard(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::NoteJudged
                | Self::Tags
                | Self::Search
                | Self::SaveFilter
                | Self::GoTo
                | Self::Palette
                | Self::History
                | Self::Help
                | Self::Messages
                | Self::Jobs
                | Self::Scoreboard
                | Self::Settings
                | Self::WhereTile
                | Self::WherePage
                | Self::Export
                | Self::Check
                | Self::SaveAs
                | Self::Orphans
                | Self::Annotator
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
    Look,
    View,
    Help,
}

impl Menu {
    /// The menus from left to right.
    pub const ALL: [Self; 8] =
        [Self::File, Self::Edit, Self::Judge, Self::Tiles, Self::Go, Self::Look, Self::View, Self::Help];

    /// The name in the menu bar.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Edit => "Edit",
            Self::Judge => "Judge",
            Self::Tiles => "Tiles",
            Self::Go => "Go",
            Self::Look => "Look",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

/// Where a command's keys hold. A key of one place may mean something else everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum KeyScope {
    Everywhere,
    Comparing,
}

/// How a command's key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPress {
    /// Once a press, however long it is held.
    Once,
    /// Again and again while it is held.
    Repeats,
    /// As long as it is held; given from a menu, until it is given again.
    Held,
}

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it does.
    pub command: Command,
    /// Its name in the settings file; never changes.
    pub word: &'static str,
    /// The menu it is in.
    pub menu: Menu,
    /// Its name there.
    pub name: &'static str,
    /// The keys that do it unless the person changed them; the first is shown.
    pub keys: &'static [Shortcut],
    /// One sentence of help.
    pub help: &'static str,
    /// How the key works.
    pub press: KeyPress,
    /// Where the keys hold.
    pub scope: KeyScope,
}

/// The line of a command.
pub fn entry_of(command: Command) -> Option<&'static Entry> {
    entries().find(|entry| entry.command == command)
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
                let both = entry.scope == other.scope && key.clashes(*other_key);
                assert!(!both, "{} and {} share {}", entry.name, other.name, key.text());
            }
        }
    }

    #[test]
    fn every_command_stands_in_the_table_once_with_a_sentence_of_help() {
        let all: Vec<&Entry> = entries().collect();
        for (at, entry) in all.iter().enumerate() {
            assert!(entry.help.ends_with('.') && !entry.name.is_empty(), "{}", entry.name);
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(entry.word.chars().all(plain), "{}", entry.word);
            assert!(!entry.keys.is_empty(), "{} has no key", entry.name);
            for other in &all[at + 1..] {
                let differ = other.command != entry.command && other.name != entry.name && other.word != entry.word;
                assert!(differ, "{} and {}", entry.name, other.name);
            }
        }
        for verdict in Verdict::ALL {
            assert!(entry_of(Command::Judge(*verdict)).is_some());
        }
        for reason in Reason::ALL {
            assert!(entry_of(Command::ToggleReason(*reason)).is_some());
        }
        for relevance in Relevance::ALL {
            assert!(entry_of(Command::MarkFocused(Some(*relevance))).is_some());
            assert!(entry_of(Command::MarkNegatives(Some(*relevance))).is_some());
        }
    }

    /// `UPDATE_DOCS=1 cargo test` rewrites the tables.
    #[test]
    fn the_docs_list_these_keys() {
        let mut tables = String::new();
        let lines = help_lines(&Keymap::default());
        for menu in Menu::ALL {
            tables.push_str(&format!("**{}**\n\n| keys | what | help |\n|---|---|---|\n", menu.name()));
            for (_, keys, name, help) in lines.iter().filter(|line| line.0 == menu) {
                tables.push_str(&format!("| {keys} | {name} | {help} |\n"));
            }
            tables.push('\n');
        }
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keys.md");
        let page = std::fs::read_to_string(&file).unwrap();
        let from = page.find("**File**").unwrap();
        let to = page.find("![The command palette]").unwrap();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&file, format!("{}{tables}{}", &page[..from], &page[to..])).unwrap();
        } else {
            assert_eq!(&page[from..to], tables, "the key tables of docs/keys.md are not those of the program");
        }
    }
}
