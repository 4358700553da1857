//! Key presses to commands, in the order in which they were pressed.
//!
//! Several presses can land in one frame, so the events are walked one by one. Where a text field has the focus, or a
//! dialog is open, no key is a command.

use egui::{Event, InputState};

use crate::command::{Command, entries};

/// The commands that this frame's key presses mean.
pub(crate) fn read(input: &InputState) -> Vec<Command> {
    input.events.iter().filter_map(command_of).collect()
}

fn command_of(event: &Event) -> Option<Command> {
    let Event::Key { key, pressed: true, repeat, modifiers, .. } = event else { return None };
    let entry = entries().find(|entry| entry.keys.iter().any(|shortcut| shortcut.fits(*key, *modifiers)))?;
    (!repeat || entry.repeats).then_some(entry.command)
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers, RawInput};
    use tilejury_audit::Verdict;

    use super::*;

    fn press(key: Key, repeat: bool) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat, modifiers: Modifiers::NONE }
    }

    fn commands(events: Vec<Event>) -> Vec<Command> {
        let ctx = egui::Context::default();
        let mut found = Vec::new();
        let _ = ctx.run_ui(RawInput { events, ..RawInput::default() }, |ui| found = ui.input(read));
        found
    }

    #[test]
    fn presses_in_one_frame_keep_their_order_and_number() {
        let found = commands(vec![press(Key::Num2, false), press(Key::A, false), press(Key::Num2, false), press(Key::Z, false)]);
        let expected =
            [Command::ToggleNegative(2), Command::Judge(Verdict::Accept), Command::ToggleNegative(2), Command::Undo];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_held_key_moves_on_but_never_judges_twice() {
        assert_eq!(commands(vec![press(Key::J, true), press(Key::A, true), press(Key::Num1, true)]), [Command::Next]);
    }

    #[test]
    fn releases_and_unknown_keys_mean_nothing() {
        let release = Event::Key { key: Key::A, physical_key: None, pressed: false, repeat: false, modifiers: Modifiers::NONE };
        assert!(commands(vec![release, press(Key::F9, false)]).is_empty());
    }
}
