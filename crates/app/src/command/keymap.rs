//! The keys in force for this person: the table's own keys and the person's replacements for them.
//!
//! Two commands never share a key in one scope; a change that would make them is refused, and says whose key it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Id, Key, Modifiers};

use super::{Command, Entry, KeyScope, Shortcut, entries, entry_of};

/// Changed keys by the command's word, as the settings store them. An empty list takes a command's keys away.
pub type KeyChanges = BTreeMap<String, Vec<String>>;

/// The keys in force.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keymap {
    /// What the person changed; every other command has the table's keys.
    changed: BTreeMap<String, Vec<Shortcut>>,
}

impl Keymap {
    /// From stored changes. What cannot be used is left out and told: the rest holds.
    pub fn read(changes: &KeyChanges) -> (Self, Vec<String>) {
        let (mut keymap, mut complaints) = (Self::default(), Vec::new());
        for (word, keys) in changes {
            let Some(entry) = entries().find(|entry| entry.word == word) else {
                complaints.push(format!("keys: there is no command `{word}`"));
                continue;
            };
            match keys.iter().map(|key| Shortcut::parse(key)).collect::<Result<Vec<_>, _>>() {
                Ok(keys) => keymap.set(entry.command, keys),
                Err(reason) => complaints.push(format!("keys of {}: {reason}", entry.name)),
            }
        }
        // Clashes are looked for when all are in: two commands may have swapped their keys. A change that is taken back
        // brings keys back that another change may have, so it is looked until there is none.
        while let Some((entry, key, other)) = keymap.first_clash() {
            keymap.changed.remove(entry.word);
            complaints.push(format!("keys of {}: {} belongs to {}", entry.name, key.text(), other.name));
        }
        (keymap, complaints)
    }

    /// A changed command one of whose keys belongs to another.
    fn first_clash(&self) -> Option<(&'static Entry, Shortcut, &'static Entry)> {
        entries().filter(|entry| self.is_changed(entry)).find_map(|entry| {
            let (key, other) = self.keys(entry).iter().find_map(|key| Some((*key, self.clash(entry, *key)?)))?;
            Some((entry, key, other))
        })
    }

    /// As the settings store it.
    pub fn changes(&self) -> KeyChanges {
        let texts = |keys: &Vec<Shortcut>| keys.iter().map(|key| key.text()).collect();
        self.changed.iter().map(|(word, keys)| (word.clone(), texts(keys))).collect()
    }

    /// The keys of a command; the first is the one to show.
    pub fn keys<'k>(&'k self, entry: &'k Entry) -> &'k [Shortcut] {
        self.changed.get(entry.word).map_or(entry.keys, Vec::as_slice)
    }

    /// Did the person change its keys?
    pub fn is_changed(&self, entry: &Entry) -> bool {
        self.changed.contains_key(entry.word)
    }

    /// The keys as text, `J, ↓`; empty for none.
    pub fn text(&self, entry: &Entry) -> String {
        let keys: Vec<String> = self.keys(entry).iter().map(|key| key.text()).collect();
        keys.join(", ")
    }

    /// The first key of a command as text; empty for none.
    pub fn first(&self, command: impl Into<Command>) -> String {
        let key = entry_of(command).and_then(|entry| self.keys(entry).first());
        key.map(|key| key.text()).unwrap_or_default()
    }

    /// A command's help with its first key: for hints.
    pub fn hint(&self, command: impl Into<Command>) -> String {
        let Some(entry) = entry_of(command) else { return String::new() };
        match self.keys(entry).first() {
            Some(key) => format!("{} ({})", entry.help, key.text()),
            None => entry.help.to_owned(),
        }
    }

    /// Gives a command one key that replaces all the keys it had.
    ///
    /// # Errors
    /// When the key belongs to another command; says to which.
    pub fn rebind(&mut self, command: impl Into<Command>, key: Shortcut) -> Result<(), String> {
        let Some(entry) = entry_of(command) else { return Ok(()) };
        if let Some(other) = self.clash(entry, key) {
            return Err(format!("{} belongs to “{}”; give that another key first.", key.text(), other.name));
        }
        self.set(entry.command, vec![key]);
        Ok(())
    }

    /// Gives a command the table's keys again.
    ///
    /// # Errors
    /// When one of them belongs to another command by now; says to which.
    pub fn reset(&mut self, command: impl Into<Command>) -> Result<(), String> {
        let Some(entry) = entry_of(command) else { return Ok(()) };
        for key in entry.keys {
            if let Some(other) = self.clash(entry, *key) {
                return Err(format!("{} belongs to “{}” now; give that another key first.", key.text(), other.name));
            }
        }
        self.changed.remove(entry.word);
        Ok(())
    }

    fn set(&mut self, command: Command, keys: Vec<Shortcut>) {
        let Some(entry) = entry_of(command) else { return };
        if keys == entry.keys {
            self.changed.remove(entry.word);
        } else {
            self.changed.insert(entry.word.to_owned(), keys);
        }
    }

    /// The other command that a key belongs to, where this one would have it.
    fn clash(&self, entry: &Entry, key: Shortcut) -> Option<&'static Entry> {
        entries().find(|other| {
            other.command != entry.command
                && may_clash(entry, other)
                && self.keys(other).iter().any(|known| known.clashes(key))
        })
    }

    /// The command that a press means in a scope: one of that scope before one of everywhere.
    pub fn command(&self, scope: KeyScope, key: Key, modifiers: Modifiers) -> Option<&'static Entry> {
        let fits = |entry: &&Entry| self.keys(entry).iter().any(|known| known.fits(key, modifiers));
        let here = entries().filter(|entry| entry.scope == scope && scope != KeyScope::Everywhere).find(fits);
        here.or_else(|| entries().filter(|entry| entry.scope == KeyScope::Everywhere).find(fits))
    }

    /// Is a key of this command held down?
    pub fn is_held(&self, command: impl Into<Command>, input: &egui::InputState) -> bool {
        let Some(entry) = entry_of(command) else { return false };
        // Other keys held with it do not matter: a person may judge while holding it.
        self.keys(entry).iter().any(|key| input.key_down(key.key) && input.modifiers.command == key.command)
    }
}

/// A key of one scope may mean something else everywhere else, if the table says so: digits choose in a comparison what
/// they mark in the grid.
fn may_clash(a: &Entry, b: &Entry) -> bool {
    if a.scope == b.scope {
        return true;
    }
    let shadows = a.keys.iter().any(|key| b.keys.iter().any(|other| key.clashes(*other)));
    (a.scope == KeyScope::Everywhere || b.scope == KeyScope::Everywhere) && !shadows
}

fn id() -> Id {
    Id::unique("keymap")
}

/// Puts the keymap where panels find it, as they find the colours.
pub fn install(ctx: &Context, keymap: Keymap) {
    ctx.data_mut(|data| data.insert_temp(id(), Arc::new(keymap)));
}

/// The keymap in force.
pub fn from_context(ctx: &Context) -> Arc<Keymap> {
    ctx.data(|data| data.get_temp(id())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use tilejury_audit::Verdict;

    use super::*;
    use crate::command::{ReviewCommand, ViewCommand};

    const ACCEPT: Command = Command::Review(ReviewCommand::Judge(Verdict::Accept));

    #[test]
    fn a_key_that_belongs_to_another_is_refused_with_its_name() {
        let mut keymap = Keymap::default();
        let refused = keymap.rebind(ACCEPT, Shortcut::key(Key::R)).unwrap_err();
        assert!(refused.contains("Reject"), "{refused}");
        keymap.rebind(ACCEPT, Shortcut::key(Key::F2)).unwrap();
        assert_eq!(keymap.command(KeyScope::Everywhere, Key::F2, Modifiers::NONE).unwrap().command, ACCEPT);
        assert!(keymap.command(KeyScope::Everywhere, Key::A, Modifiers::NONE).is_none());
        // A is free now, and as long as another has it, accept cannot have it back.
        keymap.rebind(ReviewCommand::Next, Shortcut::key(Key::A)).unwrap();
        assert!(keymap.reset(ACCEPT).unwrap_err().contains("Next sample"));
        keymap.reset(ReviewCommand::Next).unwrap();
        keymap.reset(ACCEPT).unwrap();
        assert_eq!(keymap, Keymap::default());
    }

    #[test]
    fn stored_changes_come_back_and_unusable_ones_are_told() {
        let mut keymap = Keymap::default();
        keymap.rebind(ACCEPT, Shortcut::ctrl_shift(Key::F2)).unwrap();
        assert_eq!(Keymap::read(&keymap.changes()), (keymap, Vec::new()));
        let change = |word: &str, key: &str| (word.to_owned(), vec![key.to_owned()]);
        let bad = KeyChanges::from([change("accept", "R"), change("dance", "F3"), change("next", "Hat")]);
        let (keymap, complaints) = Keymap::read(&bad);
        assert_eq!((keymap, complaints.len()), (Keymap::default(), 3), "{complaints:?}");
        // The second change cannot stand, and so neither can the first, which counted on it.
        let (keymap, complaints) = Keymap::read(&KeyChanges::from([change("accept", "R"), change("reject", "Z")]));
        assert_eq!((keymap, complaints.len()), (Keymap::default(), 2), "{complaints:?}");
        let swapped = KeyChanges::from([change("accept", "R"), change("reject", "A")]);
        assert_eq!(Keymap::read(&swapped).0.changes(), swapped);
    }

    #[test]
    fn a_place_comes_before_everywhere() {
        let keymap = Keymap::default();
        let one = |scope| keymap.command(scope, Key::Num1, Modifiers::NONE).unwrap().command;
        assert_eq!(one(KeyScope::Everywhere), ReviewCommand::ToggleNegative(1).into());
        assert_eq!(one(KeyScope::Comparing), ViewCommand::CompareWith(1).into());
    }
}
