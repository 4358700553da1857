//! All commands of the window in one table: name, keys, menu and line of help of each.
//!
//! Menus, the palette, the key help, the buttons' hints and the tables of docs/keys.md come from
//! it, and key presses are looked up in it. What a command does is not here.

mod essentials;
mod help_lines;
pub mod keymap;
mod layouts;
mod reveals;
mod scopes;
mod shortcut;
mod synonyms;
mod table;

pub use essentials::{Essential, essentials};
pub use help_lines::{HelpLine, help_lines};
pub use keymap::Keymap;
pub use layouts::KeyLayout;
pub use scopes::{AppCommand, Command, DatasetCommand, PanDirection, ReviewCommand, ViewCommand};
pub use shortcut::{Shortcut, is_modifier};
pub use table::entries;

/// The menu that lists a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names suffice")]
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

/// The scope of a command's keys: a key may have another meaning where tiles are in panes, in a
/// comparison, or in the search of texts, than everywhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names suffice")]
pub enum KeyScope {
    Everywhere,
    Panes,
    Comparing,
    TileSearch,
}

impl KeyScope {
    /// The views in which its keys mean this; `None` for all.
    pub fn place(self) -> Option<&'static str> {
        match self {
            Self::Everywhere => None,
            Self::Panes => Some("reading view, single tile"),
            Self::Comparing => Some("comparison"),
            Self::TileSearch => Some("found tiles"),
        }
    }
}

/// The effect of holding a command's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPress {
    /// Once for each press, however long the key is held.
    Once,
    /// Repeatedly while the key is held.
    Repeats,
    /// While the key is held; from a menu, until the command is chosen again.
    Held,
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Its name in the settings file; never changes.
    pub word: &'static str,
    /// The menu that lists it.
    pub menu: Menu,
    /// The submenu of `menu` that lists it, by name; `None` for the menu itself.
    pub submenu: Option<&'static str>,
    /// Its name in the window.
    pub name: &'static str,
    /// Its keys unless the person changed them; hints show the first.
    pub keys: &'static [Shortcut],
    /// One or two sentences of help.
    pub help: &'static str,
    /// The effect of holding a key.
    pub press: KeyPress,
    /// The scope of its keys.
    pub scope: KeyScope,
}

impl Entry {
    /// Returns the way to the entry through the menus, such as `View › Zoom`.
    pub fn menu_path(&self) -> String {
        match self.submenu {
            Some(submenu) => format!("{} › {submenu}", self.menu.name()),
            None => self.menu.name().to_owned(),
        }
    }
}

/// Returns a command's line of the table.
pub fn entry_of(command: impl Into<Command>) -> Option<&'static Entry> {
    let command = command.into();
    entries().find(|entry| entry.command == command)
}

#[cfg(test)]
mod tests {
    use tilejury_audit::{Reason, Relevance, Verdict};

    use super::*;

    #[test]
    fn no_key_has_two_meanings() {
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
    fn every_command_is_in_the_table_once_with_help() {
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
            assert!(entry_of(ReviewCommand::Judge(*verdict)).is_some());
        }
        for reason in Reason::ALL {
            assert!(entry_of(ReviewCommand::ToggleReason(*reason)).is_some());
        }
        for relevance in Relevance::ALL {
            assert!(entry_of(ReviewCommand::MarkFocused(Some(*relevance))).is_some());
            assert!(entry_of(ReviewCommand::MarkNegatives(Some(*relevance))).is_some());
        }
    }

    /// `UPDATE_DOCS=1 cargo test` rewrites the tables.
    #[test]
    fn the_docs_list_these_keys() {
        let mut tables = String::new();
        let lines = help_lines(&Keymap::default());
        for menu in Menu::ALL {
            tables.push_str(&format!("**{}**\n\n| keys | what | help |\n|---|---|---|\n", menu.name()));
            for line in lines.iter().filter(|line| line.menu == menu) {
                let place = line.place.map(|place| format!(" ({place})")).unwrap_or_default();
                tables.push_str(&format!("| {} | {}{place} | {} |\n", line.keys, line.name, line.help));
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
