//! Blinking in a comparison: one wide pane that shows one of the two tiles. A tap on the key shows
//! the other one; while the key is held they alternate.

use std::time::Duration;

use egui::{Context, Event};

use crate::command::{Command, ViewCommand, keymap};

/// The time that each of two blinking pictures is shown, in seconds.
const BLINK_SECS: f64 = 0.4;
/// The time in seconds from which a press is not a tap.
const TAP_SECS: f64 = 0.35;

/// One of the two tiles of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Positive,
    Negative,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Positive => Self::Negative,
            Self::Negative => Self::Positive,
        }
    }
}

/// The state of blinking.
#[derive(Debug, Default)]
pub(super) struct Blinking {
    /// Whether it was switched on from a menu.
    pub(super) is_on: bool,
    /// The tile in the one wide pane; `None` for two panes.
    pub(super) wide: Option<Side>,
    /// Since when it alternates, by the clock of the frames, without a key.
    since: Option<f64>,
    /// A press of the key that is not released yet: its moment, and the pane before it.
    pressed: Option<(f64, Option<Side>)>,
}

impl Blinking {
    /// The tile in the one wide pane now. Requests the frame in which that changes.
    pub(super) fn turn(&mut self, ctx: &Context, keys_are_commands: bool) -> Option<Side> {
        let (presses, is_held, now) = key_of_blinking(ctx);
        let (presses, is_held) = if keys_are_commands { (presses, is_held) } else { (0, false) };
        for _ in 0..presses {
            // The first press shows the negative: the positive was read before.
            let before = self.wide;
            self.wide = Some(before.map_or(Side::Negative, Side::other));
            self.pressed = Some((now, before));
        }
        if let Some((since, before)) = self.pressed {
            let lasted = now - since;
            if !is_held {
                self.pressed = None;
                if lasted >= TAP_SECS {
                    self.wide = before;
                }
            } else if lasted >= TAP_SECS {
                return Some(self.alternate(ctx, lasted - TAP_SECS, before.unwrap_or(Side::Positive)));
            } else {
                ctx.request_repaint_after(Duration::from_secs_f64(TAP_SECS - lasted + 0.001));
            }
        }
        if !self.is_on {
            self.since = None;
            return self.wide;
        }
        let since = *self.since.get_or_insert(now);
        Some(self.alternate(ctx, now - since, Side::Negative))
    }

    /// The tile after some seconds of alternating that begin with `first`.
    fn alternate(&self, ctx: &Context, seconds: f64, first: Side) -> Side {
        let turns = seconds / BLINK_SECS;
        let rest = (turns.floor() + 1.0 - turns) * BLINK_SECS + 0.001;
        ctx.request_repaint_after(Duration::from_secs_f64(rest));
        if turns as i64 % 2 == 0 { first } else { first.other() }
    }

    /// Returns to two panes. Returns `false` if there are two already.
    pub(super) fn end(&mut self) -> bool {
        let is_wide = self.is_on || self.wide.is_some();
        *self = Self::default();
        is_wide
    }
}

/// The number of presses of the key in this frame, whether it is held, and the time.
fn key_of_blinking(ctx: &Context) -> (usize, bool, f64) {
    // Fetched first: the context's lock must not be taken within itself.
    let keymap = keymap::from_context(ctx);
    let blink = Command::View(ViewCommand::Blink);
    ctx.input(|input| {
        let is_press = |event: &&Event| match event {
            Event::Key { key, pressed: true, repeat: false, modifiers, .. } => {
                let scope = crate::command::KeyScope::Comparing;
                keymap.command(scope, *key, *modifiers).is_some_and(|entry| entry.command == blink)
            }
            _ => false,
        };
        (input.events.iter().filter(is_press).count(), keymap.is_held(blink, input), input.time)
    })
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers, RawInput};

    use super::*;

    fn frame(ctx: &Context, blinking: &mut Blinking, time: f64, pressed: &[bool]) -> Option<Side> {
        let key = |pressed| Event::Key {
            key: Key::Space,
            physical_key: None,
            pressed,
            repeat: false,
            modifiers: Modifiers::NONE,
        };
        let events = pressed.iter().map(|pressed| key(*pressed)).collect();
        let mut shown = None;
        let output = ctx.run_ui(RawInput { time: Some(time), events, ..RawInput::default() }, |_| {
            shown = blinking.turn(ctx, true);
        });
        output.drop_without_applying_deltas();
        shown
    }

    #[test]
    fn a_tap_flips_and_stays_and_holding_alternates() {
        let (ctx, mut blinking) = (Context::default(), Blinking::default());
        assert_eq!(frame(&ctx, &mut blinking, 1.0, &[]), None);
        assert_eq!(frame(&ctx, &mut blinking, 1.1, &[true]), Some(Side::Negative), "at once");
        assert_eq!(frame(&ctx, &mut blinking, 1.2, &[false]), Some(Side::Negative));
        assert_eq!(frame(&ctx, &mut blinking, 2.0, &[true, false]), Some(Side::Positive), "within one frame");
        assert_eq!(frame(&ctx, &mut blinking, 3.0, &[]), Some(Side::Positive));
        // Held, both alternate; released, it is as before.
        assert_eq!(frame(&ctx, &mut blinking, 4.0, &[true]), Some(Side::Negative));
        let held: Vec<Option<Side>> =
            [4.4, 4.8, 5.2].into_iter().map(|time| frame(&ctx, &mut blinking, time, &[])).collect();
        assert_eq!(held, [Side::Positive, Side::Negative, Side::Positive].map(Some));
        assert_eq!(frame(&ctx, &mut blinking, 5.3, &[false]), Some(Side::Positive));
        assert!(blinking.end() && !blinking.end());
        assert_eq!(frame(&ctx, &mut blinking, 6.0, &[]), None);
    }
}
