//! The exchange of judgements in the status bar: a light and a few words. Exchanges nothing: a
//! click opens the dialog.

use std::time::{Duration, Instant};

use egui::{RichText, TextStyle, Ui};

use super::exchange_words::{ExchangeLight, concerns, in_words, sentences};
use super::{UiAction, text_width};
use crate::command::{DatasetCommand, keymap};
use crate::exchange_task::ExchangeState;
use crate::theme::palette;

/// The width of a button around its text, with the separator after it, in points.
const BUTTON: f32 = 30.0;
/// The interval at which the words follow the time.
const FOLLOWS_EVERY: Duration = Duration::from_secs(10);

/// Draws the chip, as much of it as there is room for beside `room` points.
pub(crate) fn show(ui: &mut Ui, state: &ExchangeState, room: f32, actions: &mut Vec<UiAction>) {
    let now = Instant::now();
    let light = ExchangeLight::of(state, now);
    let texts = in_words(state, now).into_iter().map(|words| format!("{} {words}", light.sign()));
    let fits = |text: &String| text_width(ui, text, &TextStyle::Body) + BUTTON + room < ui.available_width();
    let text = texts.into_iter().find(fits).unwrap_or_else(|| light.sign().to_owned());
    let colours = palette(ui.visuals());
    let text = RichText::new(text).color(match light {
        ExchangeLight::Current => colours.accept,
        ExchangeLight::Waiting => ui.visuals().weak_text_color(),
        ExchangeLight::Failing => colours.unsure,
    });
    let mut lines = sentences(state, now);
    lines.extend(concerns(state));
    lines.push(keymap::from_context(ui.ctx()).hint(DatasetCommand::Exchange));
    let chip = ui.add(egui::Button::new(text).frame_when_inactive(light == ExchangeLight::Failing));
    if chip.on_hover_text(lines.join("\n")).clicked() {
        actions.push(DatasetCommand::Exchange.into());
    }
    ui.separator();
    ui.ctx().request_repaint_after(FOLLOWS_EVERY);
}
