//! The keys of text fields, lists and dialogs: Enter, Escape, the arrows and Tab. Commands have
//! keys of their own, which `keys.rs` reads when none of these has the keyboard.

use egui::{Context, Event, Id, InputState, Key, Modifiers, Response, Ui};

/// Whether Enter ended a field in this frame.
pub(super) fn entered(ui: &Ui, field: &Response) -> bool {
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Whether Escape ended a field in this frame.
pub(super) fn cancelled(ui: &Ui, field: &Response) -> bool {
    field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape))
}

/// Whether Enter was pressed, and no button has the focus that it would press.
pub(super) fn enter_is_free(ui: &Ui) -> bool {
    is_unfocused(ui.ctx()) && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Whether Enter was pressed with or without Ctrl, and no button has the focus that it would press.
pub(super) fn enter_with(ctx: &Context, ctrl: bool) -> bool {
    is_unfocused(ctx) && is_pressed_with(ctx, ctrl)
}

/// Whether Enter was pressed with or without Ctrl, whatever has the focus.
pub(super) fn is_pressed_with(ctx: &Context, ctrl: bool) -> bool {
    // The event's own modifiers: after a quick press, Ctrl is up again at the end of the frame.
    let pressed = |event: &Event| {
        matches!(event, Event::Key { key: Key::Enter, pressed: true, repeat: false, modifiers, .. }
            if modifiers.command == ctrl)
    };
    ctx.input(|input| input.events.iter().any(pressed))
}

fn is_unfocused(ctx: &Context) -> bool {
    ctx.memory(|memory| memory.focused().is_none_or(|id| id == tab_holder()))
}

/// The invisible widget that has the focus while Tab chooses a tile. It takes no other key.
pub(super) fn tab_holder() -> Id {
    Id::unique("comparison")
}

/// Returns how many lines the arrows went down in this frame, up being negative, and consumes them:
/// a field in focus does not move its cursor.
pub(super) fn take_arrows(input: &mut InputState) -> i64 {
    let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as i64;
    pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
}

/// Returns whether Tab was pressed in this frame, and consumes it: the focus stays.
pub(super) fn take_tab(input: &mut InputState) -> bool {
    input.count_and_consume_key(Modifiers::NONE, Key::Tab) > 0
}

/// Returns the line of a list that an arrow selects.
pub(super) fn line_after_arrow(ui: &Ui, selected: usize, lines: usize) -> Option<usize> {
    match [Key::ArrowDown, Key::ArrowUp].map(|key| ui.input(|input| input.key_pressed(key))) {
        [true, _] if selected + 1 < lines => Some(selected + 1),
        [_, true] => selected.checked_sub(1),
        _ => None,
    }
}
