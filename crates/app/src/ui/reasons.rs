//! The reasons of a rejected or unsure sample: a strip in the line under the query, which says what
//! was just judged, needs no answer and moves nothing. A narrow window shows less of each button.

use std::borrow::Cow;

use egui::{Button, Color32, FontId, Key, RichText, Role, TextStyle, Ui, WidgetInfo};
use tilejury_audit::{Judgement, Reason};

use super::{ReviewAction, UiAction};
use crate::command::{Keymap, ReviewCommand, keymap};
use crate::icons;
use crate::theme::{palette, verdict_badge};

/// The size of the keys' text, in points.
const KEY_SIZE: f32 = 12.0;

/// The plain keys that answer while the strip asks before the next sample.
const PLAIN_KEYS: [(Reason, Key); 6] = [
    (Reason::WrongPositive, Key::W),
    (Reason::BadQuery, Key::Q),
    (Reason::Unanswerable, Key::N),
    (Reason::Duplicate, Key::D),
    (Reason::Unreadable, Key::X),
    (Reason::Other, Key::O),
];

/// Returns the reason of a plain key while the strip asks.
pub(crate) fn reason_of(key: Key) -> Option<Reason> {
    PLAIN_KEYS.into_iter().find(|(_, plain)| *plain == key).map(|(reason, _)| reason)
}

/// The reasons that the strip offers.
pub(crate) struct ReasonsView<'a> {
    /// The judgement of the sample; of several selected rows, what theirs have in common.
    pub(crate) judgement: Cow<'a, Judgement>,
    /// The position of the sample, unless it is the current one; or the number of selected rows.
    pub(crate) sample: Option<String>,
    /// Whether the strip can be closed.
    pub(crate) can_close: bool,
    /// Whether a plain key answers and goes on.
    pub(crate) asks: bool,
}

/// The part of the strip that has room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StripPlan {
    form: StripForm,
    /// Whether the verdict is named in full.
    named: bool,
}

impl StripPlan {
    /// The fullest strip for a width in points, and what it leaves of the text before it. `before`
    /// has the widths of that text, from the fullest to the shortest.
    pub(crate) fn fitting(ui: &Ui, view: &ReasonsView<'_>, before: &[f32]) -> (Self, usize) {
        let (room, keymap) = (ui.available_width(), keymap::from_context(ui.ctx()));
        let (first, last) = (0, before.len().saturating_sub(1));
        let forms = [
            (first, true, StripForm::Full),
            (first, true, StripForm::NoSigns),
            (first, true, StripForm::LabelsOnly),
            (last.min(1), true, StripForm::LabelsOnly),
            (last.min(1), false, StripForm::LabelsOnly),
            (last, false, StripForm::LabelsOnly),
        ];
        let fits = |(at, named, form): &(usize, bool, StripForm)| {
            let asked = measure(ui, asked(view, *named), &TextStyle::Body.resolve(ui.style()));
            // The button that closes, and the gaps.
            let close = if view.can_close { 34.0 } else { 0.0 };
            let before = before.get(*at).copied().unwrap_or(0.0);
            before + asked + close + form.width(ui, &keymap, view.asks) + 24.0 <= room
        };
        let chosen = forms.into_iter().find(fits).unwrap_or((last, false, StripForm::LabelsOnly));
        (Self { form: chosen.2, named: chosen.1 }, chosen.0)
    }
}

/// The words before the buttons: `Rejected: train line 1. Why?`
fn asked(view: &ReasonsView<'_>, named: bool) -> String {
    let verdict = view.judgement.verdict.map_or("", |verdict| verdict.label());
    match &view.sample {
        None if view.asks && named => format!("{verdict}. Why? Enter goes on"),
        _ if !named => "Why?".to_owned(),
        None => format!("{verdict}. Why?"),
        // Selected rows of which some are rejected and some unsure.
        Some(sample) if verdict.is_empty() => format!("{sample}. Why?"),
        Some(sample) => format!("{verdict}: {sample}. Why?"),
    }
}

/// Draws the strip.
pub(crate) fn show(ui: &mut Ui, view: &ReasonsView<'_>, plan: StripPlan, actions: &mut Vec<UiAction>) {
    let judgement = &*view.judgement;
    let keymap = keymap::from_context(ui.ctx());
    // The strip stays on the current row: its reasons are part of that row's display.
    if view.can_close
        && ui.button(icons::CLOSE).accessible_name("Close the reasons").on_hover_text("Close (Esc)").clicked()
    {
        actions.push(ReviewAction::DismissReasons.into());
    }
    let (sign, colour) = judgement
        .verdict
        .map_or(("", ui.visuals().text_color()), |verdict| verdict_badge(palette(ui.visuals()), verdict));
    let whole = asked(view, true);
    let label = ui.label(RichText::new(format!("{sign} {}", asked(view, plan.named))).strong().color(colour));
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    label.on_hover_text(whole);
    ui.spacing_mut().item_spacing.x = 0.0;
    for reason in Reason::ALL {
        let command = ReviewCommand::ToggleReason(*reason);
        let chosen = judgement.reasons.contains(reason);
        let mut button = Button::selectable(chosen, plan.form.text(*reason, chosen));
        if plan.form.has_keys() {
            button = button.right_text(RichText::new(key(&keymap, *reason, view.asks)).size(KEY_SIZE).weak());
        }
        let response = ui.add(button).on_hover_text(keymap.hint(command));
        if response.accessible_name(reason.label()).clicked() {
            actions.push(if view.asks { ReviewAction::AnswerReason(Some(*reason)).into() } else { command.into() });
        }
    }
}

/// The key of a reason: a plain one while the strip asks.
fn key(keymap: &Keymap, reason: Reason, asks: bool) -> String {
    let plain = PLAIN_KEYS.into_iter().find(|(of, _)| asks && *of == reason);
    plain.map_or_else(|| keymap.first(ReviewCommand::ToggleReason(reason)), |(_, key)| key.name().to_owned())
}

fn measure(ui: &Ui, text: String, font: &FontId) -> f32 {
    ui.painter().layout_no_wrap(text, font.clone(), Color32::WHITE).size().x
}

/// The parts of the buttons, the widest form first. Hover texts always name the keys, and chosen
/// reasons are always highlighted.
#[derive(Clone, Copy, Debug)]
enum StripForm {
    Full,
    NoSigns,
    LabelsOnly,
}

impl StripForm {
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
    fn width(self, ui: &Ui, keymap: &Keymap, asks: bool) -> f32 {
        let font = TextStyle::Button.resolve(ui.style());
        let small = FontId::new(KEY_SIZE, font.family.clone());
        let button = |reason: &Reason| {
            let mut width = measure(ui, self.text(*reason, false), &font) + 2.0 * ui.spacing().button_padding.x;
            if self.has_keys() {
                // A gap on both sides of the room between the text and the key.
                width += measure(ui, key(keymap, *reason, asks), &small) + 2.0 * ui.spacing().icon_spacing;
            }
            width
        };
        Reason::ALL.iter().map(button).sum()
    }
}
