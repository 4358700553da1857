//! Complete sets of keys for people who judge with one hand, while the other has the mouse. Owns
//! only where they differ from the keys of the table.

use super::keymap::{KeyChanges, Keymap};

/// A complete set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyLayout {
    /// The keys of the table.
    Default,
    /// Judging with the left hand: A, S, D, F, and the keys around them.
    LeftHand,
    /// Judging with the right hand: J, K, L, ;, and the keys around them.
    RightHand,
}

/// The keys of a command in a layout, by the command's word.
type Change = (&'static str, &'static [&'static str]);

/// Verdicts and marks are on the home row. What had these keys moves to free ones, with Alt or Ctrl
/// if it is rare. Keys on the other side stay where they hurt nobody.
const LEFT: &[Change] = &[
    // A accepts by default.
    ("reject", &["S"]),
    ("unsure", &["D"]),
    ("toggle", &["F"]),
    ("previous-tile", &["Q", ","]),
    ("next-tile", &["W", "."]),
    ("positive", &["R", "P"]),
    ("next", &["T", "J", "↓", "→"]),
    ("previous", &["G", "K", "↑", "←"]),
    ("next-suspicious", &["Alt+G"]),
    ("difference", &["Alt+D"]),
    ("alone", &["Alt+F"]),
    ("tile-unsure", &["U"]),
    ("where-tile", &["Alt+E"]),
    ("go-to", &["Ctrl+G"]),
    ("positive-down", &["Alt+C", "Alt+↓"]),
    ("positive-up", &["Alt+Z", "Alt+↑"]),
];

const RIGHT: &[Change] = &[
    ("accept", &["J"]),
    ("reject", &["K"]),
    ("unsure", &["L"]),
    ("toggle", &[";", "T"]),
    // In panes the arrows scroll, so going on has keys of its own.
    ("next", &["M", "↓", "→"]),
    ("previous", &["O", "↑", "←"]),
    ("next-hit", &["F3"]),
    ("page", &["Alt+K"]),
    ("undo", &["U", "Z", "Ctrl+Z"]),
    ("compare", &["H", "C"]),
    ("propagate", &["I", "E"]),
    ("not-relevant", &["'", "X"]),
    ("broken", &["Delete", "B"]),
    ("loupe", &["N", "V"]),
    ("queue", &["Alt+J"]),
    ("tags", &["Alt+H"]),
    ("actual-pixels", &["Alt+I"]),
    ("note", &["Ctrl+N"]),
];

impl KeyLayout {
    /// All layouts, the default first.
    pub const ALL: [Self; 3] = [Self::Default, Self::LeftHand, Self::RightHand];

    /// The name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Default",
            Self::LeftHand => "Left hand (A S D F)",
            Self::RightHand => "Right hand (J K L ;)",
        }
    }

    /// Returns its keys.
    pub fn keymap(self) -> Keymap {
        Keymap::read(&self.changes()).0
    }

    fn changes(self) -> KeyChanges {
        let changes = match self {
            Self::Default => &[],
            Self::LeftHand => LEFT,
            Self::RightHand => RIGHT,
        };
        let texts = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
        changes.iter().map(|(word, keys)| ((*word).to_owned(), texts(keys))).collect()
    }
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};

    use super::*;
    use crate::command::{Entry, KeyScope, Shortcut, entries};

    /// The commands that a row takes: verdicts, marks, tiles, a closer look, going on and back.
    const LOOP: [&str; 14] = [
        "accept",
        "reject",
        "unsure",
        "toggle",
        "next-tile",
        "previous-tile",
        "positive",
        "compare",
        "loupe",
        "undo",
        "propagate",
        "broken",
        "not-relevant",
        "next",
    ];

    /// Commands that do the same in panes or in a comparison under another name.
    const PANES: [(&str, &str); 4] = [
        ("next-tile", "pane-next"),
        ("previous-tile", "pane-previous"),
        ("next-tile", "compare-next"),
        ("previous-tile", "compare-previous"),
    ];

    #[test]
    fn either_hand_scrolls_a_pane() {
        // The thumb has Space: down, and with Shift up.
        for layout in KeyLayout::ALL {
            let keymap = layout.keymap();
            let command = |modifiers| keymap.command(KeyScope::Panes, Key::Space, modifiers).map(|entry| entry.word);
            assert_eq!(command(Modifiers::NONE), Some("read-on"), "{layout:?}");
            assert_eq!(command(Modifiers::SHIFT), Some("page-up"), "{layout:?}");
        }
        // Each hand also reaches the keys of the positive's pane.
        for (layout, key, word) in [
            (KeyLayout::LeftHand, Key::C, "positive-down"),
            (KeyLayout::LeftHand, Key::Z, "positive-up"),
            (KeyLayout::RightHand, Key::ArrowDown, "positive-down"),
            (KeyLayout::RightHand, Key::ArrowUp, "positive-up"),
        ] {
            let found = layout.keymap().command(KeyScope::Panes, key, Modifiers::ALT).map(|entry| entry.word);
            assert_eq!(found, Some(word), "{layout:?}");
        }
        let keymap = KeyLayout::RightHand.keymap();
        for (key, word) in [(Key::ArrowDown, "scroll-down"), (Key::ArrowUp, "scroll-up")] {
            assert_eq!(keymap.command(KeyScope::Panes, key, Modifiers::NONE).map(|entry| entry.word), Some(word));
        }
    }

    #[test]
    fn layouts_are_complete_and_free_of_clashes() {
        for layout in KeyLayout::ALL {
            let changes = layout.changes();
            let (keymap, complaints) = Keymap::read(&changes);
            assert_eq!(complaints, Vec::<String>::new(), "{layout:?}");
            assert_eq!(keymap.changes(), changes, "{layout:?}: a change that changes nothing");
            for entry in entries() {
                assert!(!keymap.keys(entry).is_empty(), "{layout:?}: {} has no key", entry.name);
            }
        }
        assert_eq!(KeyLayout::Default.keymap(), Keymap::default());
    }

    /// Commands that have a key together: one of a scope, and one that works everywhere. There, the
    /// latter is not needed, or has another key.
    const SHADOWED: [(&str, &str); 8] = [
        ("pane-next", "next"),
        ("pane-previous", "previous"),
        ("scroll-down", "next"),
        ("scroll-up", "previous"),
        ("found-next", "next"),
        ("found-previous", "previous"),
        // Panes are not those of a comparison, where a tile blinks.
        ("read-on", "blink"),
        // To mark a found tile as relevant is to add it.
        ("add-found", "relevant"),
    ];
    /// Of these, the commands that have no other key in the scope.
    const NOT_NEEDED: [(KeyScope, &str); 2] = [(KeyScope::Panes, "blink"), (KeyScope::TileSearch, "relevant")];

    /// Whether the keys of both mean something at the same time.
    fn are_active_together(a: &Entry, b: &Entry) -> bool {
        a.scope == b.scope || a.scope == KeyScope::Everywhere || b.scope == KeyScope::Everywhere
    }

    #[test]
    fn commands_that_are_active_together_share_no_key() {
        for layout in KeyLayout::ALL {
            let keymap = layout.keymap();
            let of_entry = |entry| keymap.keys(entry).iter().map(move |key| (entry, *key)).collect::<Vec<_>>();
            let all: Vec<(&Entry, Shortcut)> = entries().flat_map(of_entry).collect();
            for (at, (entry, key)) in all.iter().enumerate() {
                for (other, other_key) in &all[at + 1..] {
                    let known = [(entry.word, other.word), (other.word, entry.word)];
                    let is_known = known.iter().any(|pair| SHADOWED.contains(pair));
                    let shared = key.clashes(*other_key) && are_active_together(entry, other);
                    assert!(!shared || is_known, "{layout:?}: {} and {} share {}", entry.name, other.name, key.text());
                }
            }
        }
    }

    #[test]
    fn a_command_of_every_scope_has_a_key_in_each() {
        for layout in KeyLayout::ALL {
            let keymap = layout.keymap();
            for scope in [KeyScope::Panes, KeyScope::Comparing, KeyScope::TileSearch] {
                let is_found = |entry: &Entry, key: &Shortcut| {
                    keymap.command(scope, key.key, key.modifiers()).is_some_and(|found| found.word == entry.word)
                };
                let hidden = entries().filter(|entry| {
                    entry.scope == KeyScope::Everywhere && !keymap.keys(entry).iter().any(|key| is_found(entry, key))
                });
                for entry in hidden {
                    assert!(
                        NOT_NEEDED.contains(&(scope, entry.word)),
                        "{layout:?}, {scope:?}: {} has no key",
                        entry.name
                    );
                }
            }
        }
    }

    #[test]
    fn one_hand_reaches_all_keys_of_a_row() {
        let left = [
            Key::A,
            Key::S,
            Key::D,
            Key::F,
            Key::G,
            Key::Q,
            Key::W,
            Key::E,
            Key::R,
            Key::T,
            Key::Z,
            Key::X,
            Key::C,
            Key::V,
            Key::B,
        ];
        let right = [
            Key::J,
            Key::K,
            Key::L,
            Key::Semicolon,
            Key::Quote,
            Key::H,
            Key::Y,
            Key::U,
            Key::I,
            Key::O,
            Key::P,
            Key::N,
            Key::M,
            Key::Comma,
            Key::Period,
            Key::Slash,
            Key::Delete,
            Key::ArrowDown,
            Key::ArrowUp,
        ];
        for (layout, reach) in [(KeyLayout::LeftHand, &left[..]), (KeyLayout::RightHand, &right[..])] {
            let keymap = layout.keymap();
            for word in LOOP.into_iter().chain(["previous"]) {
                let entry = entries().find(|entry| entry.word == word).unwrap();
                let first = keymap.keys(entry)[0];
                assert!(reach.contains(&first.key), "{layout:?}: {word} is on {}", first.text());
                // In the reading view and in a comparison, too, it is this command's key.
                for scope in [KeyScope::Everywhere, KeyScope::Panes, KeyScope::Comparing] {
                    let found = keymap.command(scope, first.key, first.modifiers()).unwrap();
                    let is_same = found.word == word || PANES.contains(&(word, found.word));
                    assert!(is_same, "{layout:?}, {scope:?}: {} is {}", first.text(), found.name);
                }
                assert_eq!(first, Shortcut::key(first.key), "{layout:?}: {word} needs two keys");
            }
        }
    }
}
