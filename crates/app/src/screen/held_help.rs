//! The key of the help while it is held: the keys that work here and now are shown until it is
//! released. A tap opens the help. Draws nothing itself.

use std::time::Duration;

use egui::{Event, Key, Modifiers};

use super::view_state::{OverviewState, Scene};
use super::{App, Stage};
use crate::command::{AppCommand, KeyScope, Keymap, is_modifier, keymap};
use crate::ui::keys_here::{self, KeysHereView, Place};
use crate::ui::{AppAction, UiAction};

/// The time in seconds after which a press is no tap any more.
const TAP_SECS: f64 = 0.4;
/// The time between two frames while the keys are shown: the first one only measures them.
const SHOWN_EVERY_SECS: f64 = 0.05;

/// The key that is held.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldHelp {
    key: Key,
    physical: Option<Key>,
    with_shift: bool,
    since: f64,
    /// Whether another key was pressed meanwhile, so that its release is no tap.
    shown: bool,
}

impl HeldHelp {
    /// Whether an event is its release. With Shift released first, the key has another name.
    fn is_release(&self, event: &Event) -> bool {
        let Event::Key { key, physical_key, pressed: false, .. } = event else { return false };
        *key == self.key || self.physical.is_some() && *physical_key == self.physical
    }
}

/// A press of a key that is not held already.
fn pressed(event: &Event) -> Option<(Key, Option<Key>, Modifiers)> {
    match event {
        Event::Key { key, physical_key, pressed: true, repeat: false, modifiers } if !is_modifier(*key) => {
            Some((*key, *physical_key, *modifiers))
        }
        _ => None,
    }
}

impl App {
    /// Whether the keys are shown: nobody sees the tiles below them.
    pub(super) fn shows_keys(&self) -> bool {
        self.hands.held_help.is_some_and(|held| held.shown)
    }

    /// Follows the key of the help while it is held, which takes all other keys. Returns whether
    /// it did.
    pub(super) fn follow_held_help(&mut self, actions: &mut Vec<UiAction>) -> bool {
        let Some(held) = &mut self.hands.held_help else { return false };
        let (now, focused, shift) = self.ctx.input(|input| (input.time, input.focused, input.modifiers.shift));
        if !focused {
            // The release goes to another window.
            self.hands.held_help = None;
            return true;
        }
        held.shown |= now - held.since >= TAP_SECS;
        let events = self.ctx.input(|input| input.events.clone());
        let other = events.iter().position(|event| pressed(event).is_some());
        let released = events.iter().any(|event| held.is_release(event)) || held.with_shift && !shift;
        let is_tap = !held.shown && (released || other.is_some());
        if is_tap {
            // Anyone who types on already means the field of the help.
            let typed = other.map(|at| events[at..].iter().filter_map(text).collect::<String>()).unwrap_or_default();
            actions.push(AppCommand::Help.into());
            if !typed.is_empty() {
                actions.push(AppAction::TypeText(typed).into());
            }
        }
        let left = held.since + TAP_SECS - now;
        if is_tap || released {
            self.hands.held_help = None;
            // The release may be the last event for a while.
            self.ctx.request_repaint();
        } else {
            self.ctx.request_repaint_after(Duration::from_secs_f64(left.max(SHOWN_EVERY_SECS)));
        }
        true
    }

    /// Waits for the release of the help's key where this frame only pressed it.
    pub(super) fn hold_help(&mut self, actions: &mut Vec<UiAction>) {
        let is_help =
            |action: &UiAction| matches!(action, UiAction::Run(command) if *command == AppCommand::Help.into());
        if !actions.iter().any(is_help) {
            return;
        }
        let keymap = keymap::from_context(&self.ctx);
        let (now, events) = self.ctx.input(|input| (input.time, input.events.clone()));
        let Some((at, held)) = events.iter().enumerate().find_map(|(at, event)| Some((at, help_key(&keymap, event)?)))
        else {
            return;
        };
        let behind = &events[at + 1..];
        if behind.iter().any(|event| held.is_release(event) || pressed(event).is_some()) {
            return;
        }
        actions.retain(|action| !is_help(action));
        self.hands.held_help = Some(HeldHelp { since: now, ..held });
        self.ctx.request_repaint_after(Duration::from_secs_f64(TAP_SECS));
    }

    /// Shows the keys that work here and now, while the help's key is held.
    pub(super) fn draw_keys_here(&self) {
        if self.shows_keys() {
            let enabled = self.enabled();
            let (place, scope) = self.place();
            keys_here::show(&self.ctx, &KeysHereView { place, scope, enabled: &enabled });
        }
    }

    fn place(&self) -> (Place, KeyScope) {
        let Stage::Reviewing(reviewing) = &self.stage else { return (Place::Welcome, KeyScope::Everywhere) };
        if self.view_state.overview != OverviewState::Closed {
            return (Place::Overview, KeyScope::Everywhere);
        }
        if reviewing.sheet.is_some() {
            return (Place::ContactSheet, KeyScope::Everywhere);
        }
        let place = match &self.view_state.scene {
            Scene::Grid => Place::Grid,
            Scene::ReadingView => Place::ReadingView,
            Scene::Alone => Place::Alone,
            Scene::Compare { .. } => Place::Comparison,
            Scene::Page(_) => Place::Page,
            Scene::Tiles(_) => Place::TileSearch,
        };
        (place, self.key_scope())
    }
}

fn text(event: &Event) -> Option<&str> {
    match event {
        Event::Text(text) => Some(text),
        _ => None,
    }
}

/// The key of the help, if an event is a press of it without Ctrl or Alt.
fn help_key(keymap: &Keymap, event: &Event) -> Option<HeldHelp> {
    let (key, physical, modifiers) = pressed(event)?;
    let entry = keymap.command(KeyScope::Everywhere, key, modifiers)?;
    let is_plain = !modifiers.command && !modifiers.alt && entry.command == AppCommand::Help.into();
    is_plain.then_some(HeldHelp { key, physical, with_shift: modifiers.shift, since: 0.0, shown: false })
}
