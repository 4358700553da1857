//! Check boxes and radio buttons: a ticked one has the colours of a selection, because the usual
//! grey tick in a grey box looks as if it could not be used. Owns no value.

use egui::{Checkbox, IntoAtoms, Response, Ui};

use crate::theme;

/// A check box.
pub(super) fn checkbox<'a>(ui: &mut Ui, checked: &'a mut bool, text: impl IntoAtoms<'a>) -> Response {
    let is_ticked = *checked;
    coloured(ui, is_ticked, |ui| ui.add(Checkbox::new(checked, text)))
}

/// A check box that can be used only if `enabled`.
pub(super) fn checkbox_if<'a>(ui: &mut Ui, enabled: bool, checked: &'a mut bool, text: impl IntoAtoms<'a>) -> Response {
    let is_ticked = *checked;
    coloured(ui, is_ticked, |ui| ui.add_enabled(enabled, Checkbox::new(checked, text)))
}

/// A radio button that chooses a value.
pub(super) fn radio_value<'a, V: PartialEq>(
    ui: &mut Ui,
    current: &mut V,
    value: V,
    text: impl IntoAtoms<'a>,
) -> Response {
    let is_chosen = *current == value;
    coloured(ui, is_chosen, |ui| ui.radio_value(current, value, text))
}

/// Draws a widget with the colours of its state. Always in a scope of its own, so that it keeps its
/// identity, and with it the keyboard, when it is ticked.
fn coloured(ui: &mut Ui, is_ticked: bool, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let scope = ui.scope(|ui| {
        if is_ticked {
            theme::tick(ui.visuals_mut());
        }
        add(ui)
    });
    scope.inner
}
