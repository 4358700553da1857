//! Key presses to commands, in the order in which they were pressed.
//!
//! Several presses can land in one frame, so the events are walked one by one. Where a text field
//! has the focus, or a dialog is open, no key is a command.

use egui::{Event, Key, Modifiers};

use crate::command::{Command, KeyPress, KeyScope, Keymap};

/// Returns the commands of this frame's key presses. Presses after one that opens a text field or a
/// dialog are meant for that and are not commands: their text is returned, to be inserted there.
pub(crate) fn read(events: &[Event], keymap: &Keymap, place: KeyScope) -> (Vec<Command>, String) {
    let mut commands = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let Some(command) = command_of(event, keymap, place) else { continue };
        commands.push(command);
        if command.takes_keyboard() {
            return (commands, text_behind(&events[at..]));
        }
    }
    (commands, String::new())
}

/// Returns the text typed after a key, without the key's own character.
fn text_behind(events: &[Event]) -> String {
    let with_command = matches!(events.first(), Some(Event::Key { modifiers, .. }) if modifiers.command);
    let mut typed = events.iter().filter_map(|event| match event {
        Event::Text(text) => Some(text.as_str()),
        _ => None,
    });
    // Some systems send the character of a key right after its press, even while Alt is held.
    let own = matches!(events.get(1), Some(Event::Text(_))) && !with_command;
    if own {
        typed.next();
    }
    typed.collect()
}

fn command_of(event: &Event, keymap: &Keymap, place: KeyScope) -> Option<Command> {
    if matches!(event, Event::Copy) {
        // The system's event in place of this press.
        return Some(keymap.command(place, Key::C, Modifiers::COMMAND)?.command);
    }
    let Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return None };
    let entry = keymap.command(place, *key, *modifiers)?;
    match entry.press {
        KeyPress::Once => (!repeat).then_some(entry.command),
        KeyPress::Repeats => Some(entry.command),
        // Whether it is held is checked where it matters.
        KeyPress::Held => None,
    }
}

#[cfg(test)]
mod tests {
    use tilejury_audit::Verdict;

    use super::*;
    use crate::command::{ReviewCommand, ViewCommand};

    fn press(key: Key, repeat: bool) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat, modifiers: Modifiers::NONE }
    }

    fn read(events: &[Event]) -> Vec<Command> {
        super::read(events, &Keymap::default(), KeyScope::Everywhere).0
    }

    #[test]
    fn presses_in_one_frame_keep_their_order_and_number() {
        let found =
            read(&[press(Key::Num2, false), press(Key::A, false), press(Key::Num2, false), press(Key::Z, false)]);
        let expected = [
            Command::Review(ReviewCommand::ToggleNegative(2)),
            Command::Review(ReviewCommand::Judge(Verdict::Accept)),
            Command::Review(ReviewCommand::ToggleNegative(2)),
            Command::Review(ReviewCommand::Undo),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_held_key_moves_on_but_never_judges_twice() {
        assert_eq!(
            read(&[press(Key::J, true), press(Key::A, true), press(Key::Num1, true)]),
            [Command::Review(ReviewCommand::Next)]
        );
    }

    #[test]
    fn the_copy_event_is_the_press_of_its_key() {
        assert_eq!(read(&[Event::Copy]), [Command::View(ViewCommand::CopyText)]);
    }

    #[test]
    fn ignores_keys_pressed_after_one_that_opens_a_field() {
        let keys = [Key::Num1, Key::N, Key::A, Key::R].map(|key| press(key, false));
        assert_eq!(
            read(&keys),
            [Command::Review(ReviewCommand::ToggleNegative(1)), Command::Review(ReviewCommand::Note)]
        );
    }

    #[test]
    fn text_typed_in_the_frame_that_opens_a_field_is_not_lost() {
        let text = |text: &str| Event::Text(text.into());
        let typed = |events: &[Event]| super::read(events, &Keymap::default(), KeyScope::Everywhere).1;
        assert_eq!(typed(&[press(Key::N, false), text("n"), press(Key::A, false), text("a"), text("b")]), "ab");
        assert_eq!(typed(&[press(Key::N, false), press(Key::A, false), text("a")]), "a");
        let ctrl =
            Event::Key { key: Key::K, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::COMMAND };
        assert_eq!(typed(&[ctrl, text("x")]), "x");
        let alt =
            Event::Key { key: Key::N, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::ALT };
        assert_eq!(typed(&[alt, text("n"), press(Key::X, false), text("x")]), "x");
        assert_eq!(typed(&[press(Key::A, false), text("a")]), "");
    }

    #[test]
    fn releases_held_and_unknown_keys_mean_nothing() {
        let release =
            Event::Key { key: Key::A, physical_key: None, pressed: false, repeat: false, modifiers: Modifiers::NONE };
        assert!(read(&[release, press(Key::F13, false), press(Key::V, false)]).is_empty());
    }
}
