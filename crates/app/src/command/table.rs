//! The table of commands: how an entry is built, and all of them in order. The entries are in the
//! files below, grouped by menu. Their words are stored in settings files: they never change.

mod file;
mod go;
mod judge;
mod view;

use egui::Key;

use super::{
    AppCommand, Command, DatasetCommand, Entry, KeyPress, KeyScope, Menu, ReviewCommand, Shortcut, ViewCommand,
};

const fn key(key: Key) -> Shortcut {
    Shortcut::key(key)
}

const fn shift(key: Key) -> Shortcut {
    Shortcut::shift(key)
}

const fn ctrl(key: Key) -> Shortcut {
    Shortcut::ctrl(key)
}

const fn ctrl_shift(key: Key) -> Shortcut {
    Shortcut::ctrl_shift(key)
}

const fn alt(key: Key) -> Shortcut {
    Shortcut::alt(key)
}

const fn app(command: AppCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::App(command), word, name)
}

const fn dataset(command: DatasetCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::Dataset(command), word, name)
}

const fn review(command: ReviewCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::Review(command), word, name)
}

const fn view(command: ViewCommand, word: &'static str, name: &'static str) -> Entry {
    entry(Command::View(command), word, name)
}

/// Begins an entry: no keys yet, one action a press, everywhere. `in_menu` sets its menu.
const fn entry(command: Command, word: &'static str, name: &'static str) -> Entry {
    Entry {
        command,
        word,
        menu: Menu::Help,
        submenu: None,
        name,
        keys: &[],
        help: "",
        press: KeyPress::Once,
        scope: KeyScope::Everywhere,
    }
}

impl Entry {
    const fn keys(self, keys: &'static [Shortcut]) -> Self {
        Self { keys, ..self }
    }

    const fn help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }

    /// Puts it into a submenu.
    const fn under(self, submenu: &'static str) -> Self {
        Self { submenu: Some(submenu), ..self }
    }

    const fn repeats(self) -> Self {
        Self { press: KeyPress::Repeats, ..self }
    }

    const fn held(self) -> Self {
        Self { press: KeyPress::Held, ..self }
    }

    /// Limits the keys to the reading view and a tile alone.
    const fn in_panes(self) -> Self {
        Self { scope: KeyScope::Panes, ..self }
    }

    /// Limits the keys to comparisons.
    const fn comparing(self) -> Self {
        Self { scope: KeyScope::Comparing, ..self }
    }

    /// Limits the keys to the search in the texts of tiles.
    const fn in_tile_search(self) -> Self {
        Self { scope: KeyScope::TileSearch, ..self }
    }
}

const fn in_menu<const N: usize>(menu: Menu, mut entries: [Entry; N]) -> [Entry; N] {
    let mut at = 0;
    while at < N {
        entries[at].menu = menu;
        at += 1;
    }
    entries
}

const fn in_submenu<const N: usize>(menu: Menu, submenu: &'static str, entries: [Entry; N]) -> [Entry; N] {
    let mut entries = in_menu(menu, entries);
    let mut at = 0;
    while at < N {
        entries[at].submenu = Some(submenu);
        at += 1;
    }
    entries
}

/// Returns the whole table.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    let before: [&'static [Entry]; 9] = [
        file::FILE,
        file::EDIT,
        judge::ANNOTATORS,
        judge::JUDGE,
        judge::NEGATIVES,
        judge::TILES,
        judge::ALL_NEGATIVES,
        judge::OTHER_ROWS,
        go::GO,
    ];
    before.into_iter().chain(view::VIEW).chain([file::HELP]).flatten()
}
