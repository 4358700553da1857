//! The current keys: those of the table and the person's replacements for them.
//!
//! Two commands never share a key in one scope: such a change is refused, with the name of the
//! other command, or the two swap their keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Id, Key, Modifiers};

use super::{Command, Entry, KeyScope, Shortcut, entries, entry_of};

/// Changed keys by the command's word, as the settings store them. With an empty list a command has
/// no keys.
pub type KeyChanges = BTreeMap<String, Vec<String>>;

/// The current keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Keymap {
    /// The person's changes; every other command has the table's keys.
    changed: BTreeMap<String, Vec<Shortcut>>,
}

impl Keymap {
    /// Reads stored changes. Returns a message for each change that cannot be used; the others
    /// apply.
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
        // Only with all changes applied can clashes be found: two commands may have swapped their
        // keys. Dropping a change restores keys that another change may use, hence the loop.
        while let Some((entry, key, other)) = keymap.first_clash() {
            keymap.changed.remove(entry.word);
            complaints.push(format!("keys of {}: {} belongs to {}", entry.name, key.text(), other.name));
        }
        (keymap, complaints)
    }

    /// Finds a changed command with a key that belongs to another.
    fn first_clash(&self) -> Option<(&'static Entry, Shortcut, &'static Entry)> {
        entries().filter(|entry| self.is_changed(entry)).find_map(|entry| {
            let (key, other) = self.keys(entry).iter().find_map(|key| Some((*key, self.clash(entry, *key)?)))?;
            Some((entry, key, other))
        })
    }

    /// Returns the changes as the settings store them.
    pub fn changes(&self) -> KeyChanges {
        let texts = |keys: &Vec<Shortcut>| keys.iter().map(|key| key.text()).collect();
        self.changed.iter().map(|(word, keys)| (word.clone(), texts(keys))).collect()
    }

    /// Returns the keys of a command; hints show the first.
    pub fn keys<'k>(&'k self, entry: &'k Entry) -> &'k [Shortcut] {
        self.changed.get(entry.word).map_or(entry.keys, Vec::as_slice)
    }

    /// Whether the person changed its keys.
    pub fn is_changed(&self, entry: &Entry) -> bool {
        self.changed.contains_key(entry.word)
    }

    /// The keys as text, `J, ↓`; empty for none.
    pub fn text(&self, entry: &Entry) -> String {
        let keys: Vec<String> = self.keys(entry).iter().map(|key| key.text()).collect();
        keys.join(", ")
    }

    /// The keys of a command that run it in a scope: there, some may mean something else.
    pub fn keys_in<'k>(&'k self, entry: &'k Entry, scope: KeyScope) -> impl Iterator<Item = &'k Shortcut> {
        let runs = move |key: &&Shortcut| {
            self.command(scope, key.key, key.modifiers()).is_some_and(|other| other.command == entry.command)
        };
        self.keys(entry).iter().filter(runs)
    }

    /// The keys that run a command in a scope as text; empty for none.
    pub fn text_in(&self, entry: &Entry, scope: KeyScope) -> String {
        let keys: Vec<String> = self.keys_in(entry, scope).map(|key| key.text()).collect();
        keys.join(", ")
    }

    /// The first key of a command as text; empty for none.
    pub fn first(&self, command: impl Into<Command>) -> String {
        let key = entry_of(command).and_then(|entry| self.keys(entry).first());
        key.map(|key| key.text()).unwrap_or_default()
    }

    /// Returns a command's help with its first key, for hints.
    pub fn hint(&self, command: impl Into<Command>) -> String {
        let Some(entry) = entry_of(command) else { return String::new() };
        match self.keys(entry).first() {
            Some(key) => format!("{} ({})", entry.help, key.text()),
            None => entry.help.to_owned(),
        }
    }

    /// Gives a command one key instead of all it had.
    ///
    /// # Errors
    /// When the key belongs to another command, which the message names.
    pub fn rebind(&mut self, command: impl Into<Command>, key: Shortcut) -> Result<(), String> {
        let Some(entry) = entry_of(command) else { return Ok(()) };
        if let Some(other) = self.clash(entry, key) {
            return Err(format!("{} belongs to “{}”; give that another key first.", key.text(), other.name));
        }
        self.set(entry.command, vec![key]);
        Ok(())
    }

    /// Gives a command a key of another command, which gets the first of this command's keys that
    /// it can have in its place. Returns the other command.
    ///
    /// # Errors
    /// When no key of this command suits the other one; nothing changes.
    pub fn swap(&mut self, command: impl Into<Command>, key: Shortcut) -> Result<Option<&'static Entry>, String> {
        let Some(entry) = entry_of(command) else { return Ok(None) };
        let Some(other) = self.clash(entry, key) else {
            self.set(entry.command, vec![key]);
            return Ok(None);
        };
        let given: Vec<Shortcut> = self.keys(entry).to_vec();
        for back in given {
            let mut new = self.clone();
            new.set(entry.command, vec![key]);
            let others = self.keys(other).iter();
            let mut keys: Vec<Shortcut> = others.map(|known| if known.clashes(key) { back } else { *known }).collect();
            keys.dedup();
            new.set(other.command, keys);
            if new.clash(entry, key).is_none() && new.clash(other, back).is_none() {
                *self = new;
                return Ok(Some(other));
            }
        }
        Err(format!("“{}” has no key to give “{}” in exchange.", entry.name, other.name))
    }

    /// Gives a command the table's keys again.
    ///
    /// # Errors
    /// When one of them now belongs to another command, which the message names.
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

    /// Replaces the keys of a command, without a check for clashes.
    pub(super) fn set(&mut self, command: Command, keys: Vec<Shortcut>) {
        let Some(entry) = entry_of(command) else { return };
        if keys == entry.keys {
            self.changed.remove(entry.word);
        } else {
            self.changed.insert(entry.word.to_owned(), keys);
        }
    }

    /// Finds the other command that a key of this one belongs to.
    fn clash(&self, entry: &Entry, key: Shortcut) -> Option<&'static Entry> {
        entries().find(|other| {
            other.command != entry.command
                && may_clash(entry, other)
                && self.keys(other).iter().any(|known| known.clashes(key))
        })
    }

    /// Finds the other command that a key belongs to, which `command` could therefore not have.
    pub fn owner(&self, command: impl Into<Command>, key: Shortcut) -> Option<&'static Entry> {
        self.clash(entry_of(command)?, key)
    }

    /// Finds the command of a key press: one of the scope first, then one that works everywhere.
    pub fn command(&self, scope: KeyScope, key: Key, modifiers: Modifiers) -> Option<&'static Entry> {
        let fits = |entry: &&Entry| self.keys(entry).iter().any(|known| known.fits(key, modifiers));
        let here = entries().filter(|entry| entry.scope == scope && scope != KeyScope::Everywhere).find(fits);
        here.or_else(|| entries().filter(|entry| entry.scope == KeyScope::Everywhere).find(fits))
    }

    /// Whether a key of the command is held down.
    pub fn is_held(&self, command: impl Into<Command>, input: &egui::InputState) -> bool {
        let Some(entry) = entry_of(command) else { return false };
        // Other keys held with it do not count: a person may judge while holding it.
        self.keys(entry).iter().any(|key| input.key_down(key.key) && input.modifiers.command == key.command)
    }
}

/// Whether two commands must not share a key. A key of one scope may have another meaning elsewhere
/// if the table has it so: in a comparison, Tab chooses a negative.
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

/// Stores the keymap in the context, where panels find it.
pub fn install(ctx: &Context, keymap: Keymap) {
    ctx.data_mut(|data| data.insert_temp(id(), Arc::new(keymap)));
}

/// Returns the current keymap.
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
    fn refuses_a_key_of_another_command_by_name() {
        let mut keymap = Keymap::default();
        let refused = keymap.rebind(ACCEPT, Shortcut::key(Key::R)).unwrap_err();
        assert!(refused.contains("Reject"), "{refused}");
        keymap.rebind(ACCEPT, Shortcut::key(Key::F20)).unwrap();
        assert_eq!(keymap.command(KeyScope::Everywhere, Key::F20, Modifiers::NONE).unwrap().command, ACCEPT);
        assert!(keymap.command(KeyScope::Everywhere, Key::A, Modifiers::NONE).is_none());
        // A is free now; while another command has it, accept cannot get it back.
        keymap.rebind(ReviewCommand::Next, Shortcut::key(Key::A)).unwrap();
        assert!(keymap.reset(ACCEPT).unwrap_err().contains("Next row"));
        keymap.reset(ReviewCommand::Next).unwrap();
        keymap.reset(ACCEPT).unwrap();
        assert_eq!(keymap, Keymap::default());
    }

    #[test]
    fn swaps_keys_with_the_command_that_has_them() {
        let mut keymap = Keymap::default();
        let other = keymap.swap(ACCEPT, Shortcut::key(Key::R)).unwrap().unwrap();
        assert_eq!(other.name, "Reject");
        let changes = KeyChanges::from(
            [("accept", "R"), ("reject", "A")].map(|(word, key)| (word.to_owned(), vec![key.to_owned()])),
        );
        assert_eq!(keymap.changes(), changes);
        // The further keys of the other command stay with it.
        let mut keymap = Keymap::default();
        keymap.swap(ACCEPT, Shortcut::key(Key::J)).unwrap();
        assert_eq!(keymap.changes()["next"], ["A", "↓", "→"]);
        assert_eq!(Keymap::read(&keymap.changes()).1, Vec::<String>::new());
        // Without a key of its own, a command has nothing to give.
        let none = KeyChanges::from([("accept".to_owned(), Vec::new())]);
        let mut keymap = Keymap::read(&none).0;
        let refused = keymap.swap(ACCEPT, Shortcut::key(Key::R)).unwrap_err();
        assert!(refused.contains("no key to give"), "{refused}");
        assert_eq!(keymap.changes(), none);
    }

    #[test]
    fn every_key_of_egui_can_be_a_key_of_a_command() {
        // Pedals and gamepads are mapped to keys that no keyboard has.
        for key in Key::ALL.iter().filter(|key| !crate::command::is_modifier(**key)) {
            let shortcut = Shortcut::ctrl_shift(*key);
            assert_eq!(Shortcut::parse(&shortcut.text()).map(|read| read.key), Ok(*key), "{}", shortcut.text());
        }
        for key in [Key::F13, Key::F24, Key::F35] {
            let mut keymap = Keymap::default();
            keymap.rebind(ACCEPT, Shortcut::key(key)).unwrap();
            assert_eq!(Keymap::read(&keymap.changes()), (keymap.clone(), Vec::new()));
            assert_eq!(keymap.command(KeyScope::Everywhere, key, Modifiers::NONE).unwrap().command, ACCEPT);
        }
    }

    #[test]
    fn reads_stored_changes_and_reports_unusable_ones() {
        let mut keymap = Keymap::default();
        keymap.rebind(ACCEPT, Shortcut::ctrl_shift(Key::F20)).unwrap();
        assert_eq!(Keymap::read(&keymap.changes()), (keymap, Vec::new()));
        let change = |word: &str, key: &str| (word.to_owned(), vec![key.to_owned()]);
        let bad = KeyChanges::from([change("accept", "R"), change("dance", "F3"), change("next", "Hat")]);
        let (keymap, complaints) = Keymap::read(&bad);
        assert_eq!((keymap, complaints.len()), (Keymap::default(), 3), "{complaints:?}");
        // The second change is unusable, and so is the first, which needed its key.
        let (keymap, complaints) = Keymap::read(&KeyChanges::from([change("accept", "R"), change("reject", "Z")]));
        assert_eq!((keymap, complaints.len()), (Keymap::default(), 2), "{complaints:?}");
        let swapped = KeyChanges::from([change("accept", "R"), change("reject", "A")]);
        assert_eq!(Keymap::read(&swapped).0.changes(), swapped);
    }

    #[test]
    fn a_scope_comes_before_everywhere() {
        let keymap = Keymap::default();
        let right = |scope| keymap.command(scope, Key::ArrowRight, Modifiers::NONE).unwrap().command;
        assert_eq!(right(KeyScope::Everywhere), ReviewCommand::Next.into());
        assert_eq!(right(KeyScope::Panes), ViewCommand::PaneNext.into());
        let next = super::entry_of(ReviewCommand::Next).unwrap();
        assert_eq!(keymap.text_in(next, KeyScope::Everywhere), keymap.text(next));
        assert_eq!(keymap.text_in(next, KeyScope::Panes), "J", "the arrows change and scroll the pane");
        // Digits mark everywhere.
        for scope in [KeyScope::Everywhere, KeyScope::Panes, KeyScope::Comparing, KeyScope::TileSearch] {
            let one = keymap.command(scope, Key::Num1, Modifiers::NONE).unwrap().command;
            assert_eq!(one, ReviewCommand::ToggleNegative(1).into());
        }
    }
}
