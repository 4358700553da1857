//! The reasons of a rejected or unsure sample: a strip in the status line that needs no answer and
//! moves nothing. A narrow window shows less of each button.

use egui::scroll_area::ScrollBarVisibility::AlwaysHidden;
use egui::{Button, Color32, FontId, RichText, ScrollArea, TextStyle, Ui};
use tilejury_audit::{Judgement, Reason};

use super::{ReviewAction, UiAction};
use crate::command::{Keymap, ReviewCommand, keymap};
use crate::icons;

/// The size of the keys' text, in points.
const KEY_SIZE: f32 = 12.0;

/// The reasons that the strip offers.
pub(crate) struct ReasonsView<'a> {
    pub(crate) judgement: &'a Judgement,
    /// The position of the sample, unless it is the current one.
    pub(crate) sample: Option<String>,
    /// Whether the strip can be closed.
    pub(crate) can_close: bool,
}

/// Draws the strip.
pub(crate) fn show(ui: &mut Ui, view: &ReasonsView<'_>, actions: &mut Vec<UiAction>) {
    let judgement = view.judgement;
    let verdict = judgement.verdict.map_or("", |verdict| verdict.label());
    let keymap = keymap::from_context(ui.ctx());
    // The strip stays on the current row: its reasons are part of that row's display.
    if view.can_close
        && ui.button(icons::CLOSE).accessible_name("Close the reasons").on_hover_text("Close (Esc)").clicked()
    {
        actions.push(ReviewAction::DismissReasons.into());
    }
    let asked = match &view.sample {
        None => format!("{verdict}. Why?"),
        Some(sample) => format!("{verdict}: {sample}. Why?"),
    };
    ui.label(RichText::new(asked).strong());
    let form = StripForm::fitting(ui, &keymap);
    let list = ScrollArea::horizontal().id_salt("reasons").scroll_bar_visibility(AlwaysHidden);
    list.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for reason in Reason::ALL {
                let command = ReviewCommand::ToggleReason(*reason);
                let chosen = judgement.reasons.contains(reason);
                let mut button = Button::selectable(chosen, form.text(*reason, chosen));
                if form.has_keys() {
                    button = button.right_text(RichText::new(keymap.first(command)).size(KEY_SIZE).weak());
                }
                let response = ui.add(button).on_hover_text(keymap.hint(command));
                if response.accessible_name(reason.label()).clicked() {
                    actions.push(command.into());
                }
            }
        });
    });
}

/// The parts of the buttons, the widest form first. Hover texts always name the keys, and chosen
/// reasons are always highlighted.
#[derive(Clone, Copy)]
enum StripForm {
    Full,
    NoSigns,
    LabelsOnly,
}

impl StripForm {
    /// The widest form that fits, else the narrowest.
    fn fitting(ui: &Ui, keymap: &Keymap) -> Self {
        let width = ui.available_width();
        let fitting = [Self::Full, Self::NoSigns].into_iter().find(|form| form.width(ui, keymap) <= width);
        fitting.unwrap_or(Self::LabelsOnly)
    }

    fn text(self, reason: Reason, chosen: bool) -> String {
        match self {
            Self::Full => format!("{} {}", if chosen { icons::ACCEPT } else { icons::UNJUDGED }, reason.label()),
            Self::NoSigns | Self::LabelsOnly => reason.label().to_owned(),
        }
    }

    fn has_keys(self) -> bool {
        match self {
            Self::Full | Self::NoSigns => true,
            Self::LabelsOnly => false,
        }
    }

    /// The width of all buttons, in points.
    fn width(self, ui: &Ui, keymap: &Keymap) -> f32 {
        let font = TextStyle::Button.resolve(ui.style());
        let small = FontId::new(KEY_SIZE, font.family.clone());
        let measure =
            |text: String, font: &FontId| ui.painter().layout_no_wrap(text, font.clone(), Color32::WHITE).size().x;
        let button = |reason: &Reason| {
            let mut width = measure(self.text(*reason, false), &font) + 2.0 * ui.spacing().button_padding.x;
            if self.has_keys() {
                // A gap on both sides of the room between the text and the key.
                let key = keymap.first(ReviewCommand::ToggleReason(*reason));
                width += measure(key, &small) + 2.0 * ui.spacing().icon_spacing;
            }
            width
        };
        Reason::ALL.iter().map(button).sum()
    }
}
