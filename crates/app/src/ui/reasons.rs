//! The reasons of a rejected or unsure sample: a strip in the line under the query, which says what
//! was just judged, needs no answer and moves nothing. A narrow window shows less of each button.

use std::borrow::Cow;

use egui::text::{LayoutJob, TextFormat};
use egui::{Button, Color32, FontId, Key, RichText, Role, Stroke, TextStyle, Ui, WidgetInfo, WidgetText};
use tilejury_audit::{Judgement, Reason};

use super::{ReviewAction, UiAction};
use crate::command::{Keymap, ReviewCommand, keymap};
use crate::icons;
use crate::theme::{palette, verdict_badge};

/// The key that closes the strip; it can have no other.
const CLOSING_KEY: &str = "Esc";

/// The most space beside the text of a button in a narrow form, in points.
const NARROW_PADDING: f32 = 5.0;

/// The sign of the key that is usually held for a reason.
const SHIFT: &str = "⇧";

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
        let (room, keys) = (ui.available_width(), ReasonKeys::new(&keymap::from_context(ui.ctx()), view.asks));
        let (first, last) = (0, before.len().saturating_sub(1));
        // The keys and the name of the row stay longer than the words about the visible row.
        let forms = [
            (first, true, StripForm::Full),
            (first, true, StripForm::NoSigns),
            (first, true, StripForm::Short),
            (last.min(1), true, StripForm::Short),
            (last.min(1), true, StripForm::Marked),
            (last.min(1), true, StripForm::LabelsOnly),
            (last, true, StripForm::LabelsOnly),
            (last, false, StripForm::LabelsOnly),
        ];
        let fits = |(at, named, form): &(usize, bool, StripForm)| {
            let font = TextStyle::Body.resolve(ui.style());
            let asked = measure(ui, asked(view, *named, *form, &keys), &font);
            // The gaps, and the sign of the verdict.
            let gaps = 24.0 + measure(ui, format!("{} ", icons::REJECT), &font);
            let close = if view.can_close { form.closing_width(ui) } else { 0.0 };
            let before = before.get(*at).copied().unwrap_or(0.0);
            form.is_possible(&keys) && before + asked + close + form.width(ui, &keys) + gaps <= room
        };
        let chosen = forms.into_iter().find(fits).unwrap_or((last, false, StripForm::LabelsOnly));
        (Self { form: chosen.2, named: chosen.1 }, chosen.0)
    }
}

/// The words before the buttons: `Rejected: train line 1. Why?`
fn asked(view: &ReasonsView<'_>, named: bool, form: StripForm, keys: &ReasonKeys) -> String {
    let verdict = view.judgement.verdict.map_or("", |verdict| verdict.label());
    let asked = match &view.sample {
        None if view.asks && named => format!("{verdict}. Why? Enter goes on"),
        _ if !named => "Why?".to_owned(),
        None => format!("{verdict}. Why?"),
        // Selected rows of which some are rejected and some unsure.
        Some(sample) if verdict.is_empty() => format!("{sample}. Why?"),
        Some(sample) => format!("{verdict}: {sample}. Why?"),
    };
    match (form, &keys.held) {
        (StripForm::Marked, Some(held)) => format!("{asked} {held} +"),
        _ => asked,
    }
}

/// The question with all keys, for a tooltip and for screen readers.
fn in_full(view: &ReasonsView<'_>, keys: &ReasonKeys) -> String {
    let asked = asked(view, true, StripForm::LabelsOnly, keys);
    let names: Vec<String> = Reason::ALL
        .iter()
        .zip(&keys.whole)
        .filter(|(_, key)| !key.is_empty())
        .map(|(reason, key)| format!("{key} {}", reason.label().to_lowercase()))
        .collect();
    let close = if view.can_close { ", Esc none" } else { "" };
    if names.is_empty() { asked } else { format!("{asked} {}{close}.", names.join(", ")) }
}

/// Draws the strip.
pub(crate) fn show(ui: &mut Ui, view: &ReasonsView<'_>, plan: StripPlan, actions: &mut Vec<UiAction>) {
    let judgement = &*view.judgement;
    let keymap = keymap::from_context(ui.ctx());
    let keys = ReasonKeys::new(&keymap, view.asks);
    let (sign, colour) = judgement
        .verdict
        .map_or(("", ui.visuals().text_color()), |verdict| verdict_badge(palette(ui.visuals()), verdict));
    let whole = in_full(view, &keys);
    let shown = asked(view, plan.named, plan.form, &keys);
    let label = ui.label(RichText::new(format!("{sign} {shown}")).strong().color(colour));
    label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &whole));
    label.on_hover_text(whole);
    ui.spacing_mut().item_spacing.x = plan.form.gap();
    ui.spacing_mut().button_padding.x = plan.form.padding(ui);
    for (at, reason) in Reason::ALL.iter().enumerate() {
        let command = ReviewCommand::ToggleReason(*reason);
        let chosen = judgement.reasons.contains(reason);
        let mut button = Button::selectable(chosen, plan.form.text(ui, *reason, chosen, keys.letters.get(at)));
        if let Some(key) = plan.form.key(&keys, at) {
            button = button.right_text(RichText::new(&*key).size(KEY_SIZE).weak());
        }
        let response = ui.add(button).on_hover_text(keymap.hint(command));
        if response.accessible_name(reason.label()).clicked() {
            actions.push(if view.asks { ReviewAction::AnswerReason(Some(*reason)).into() } else { command.into() });
        }
    }
    // The strip stays on the current row: its reasons are part of that row's display.
    if view.can_close {
        let mut button = Button::new(plan.form.closing()).frame_when_inactive(false);
        if plan.form.names_closing() {
            button = button.right_text(RichText::new(CLOSING_KEY).size(KEY_SIZE).weak());
        }
        let response = ui.add(button).on_hover_text("No reason: closes the question (Esc)");
        if response.accessible_name("Close the reasons").clicked() {
            actions.push(ReviewAction::DismissReasons.into());
        }
    }
}

/// The keys of the reasons, in their order.
struct ReasonKeys {
    /// The keys in full, such as `Shift+W`; empty for a reason without a key.
    whole: Vec<String>,
    /// The keys without what is held, such as `W`.
    letters: Vec<String>,
    /// The key held for each of them, such as `Shift`, if that is the same for all.
    held: Option<String>,
}

impl ReasonKeys {
    /// `asks`: plain keys answer.
    fn new(keymap: &Keymap, asks: bool) -> Self {
        let key = |reason: &Reason| {
            let plain = PLAIN_KEYS.into_iter().find(|(of, _)| asks && of == reason);
            plain.map_or_else(|| keymap.first(ReviewCommand::ToggleReason(*reason)), |(_, key)| key.name().to_owned())
        };
        Self::of(Reason::ALL.iter().map(key).collect())
    }

    fn of(whole: Vec<String>) -> Self {
        let parts: Option<Vec<(&str, &str)>> = whole.iter().map(|key| key.rsplit_once('+')).collect();
        let held = parts.as_ref().and_then(|parts| parts.first()).map(|(held, _)| *held);
        match parts.zip(held).filter(|(parts, held)| parts.iter().all(|(of_key, _)| of_key == held)) {
            Some((parts, held)) => {
                let letters = parts.iter().map(|(_, letter)| (*letter).to_owned()).collect();
                Self { held: Some(held.to_owned()), letters, whole }
            }
            None => Self { held: None, letters: whole.clone(), whole },
        }
    }
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
    /// The key held for all of them is a sign, such as `⇧W`.
    Short,
    /// The letter of the key is underlined where the label has it, and the key held named once.
    Marked,
    LabelsOnly,
}

impl StripForm {
    fn words(self, reason: Reason, chosen: bool) -> String {
        match self {
            Self::Full => format!("{} {}", if chosen { icons::ACCEPT } else { icons::UNJUDGED }, reason.label()),
            Self::NoSigns | Self::Short | Self::Marked | Self::LabelsOnly => reason.label().to_owned(),
        }
    }

    /// The words, with the letter of the key underlined if the form says so.
    fn text(self, ui: &Ui, reason: Reason, chosen: bool, letter: Option<&String>) -> WidgetText {
        let words = self.words(reason, chosen);
        match place_of(&words, letter).filter(|_| matches!(self, Self::Marked)) {
            Some(place) => underlined(ui, &words, place).into(),
            None => words.into(),
        }
    }

    /// Whether the button that closes the strip has words beside its key.
    fn names_closing(self) -> bool {
        !matches!(self, Self::Marked | Self::LabelsOnly)
    }

    /// Whether the keys can be written in this form.
    fn is_possible(self, keys: &ReasonKeys) -> bool {
        match self {
            Self::Short => keys.held.as_deref() == Some("Shift"),
            Self::Marked => keys.held.is_some(),
            Self::Full | Self::NoSigns | Self::LabelsOnly => true,
        }
    }

    /// The key of a reason as it is written beside it.
    fn key(self, keys: &ReasonKeys, at: usize) -> Option<Cow<'_, str>> {
        let letter = keys.letters.get(at);
        let has_letter = || place_of(Reason::ALL.get(at).map_or("", |reason| reason.label()), letter).is_some();
        match self {
            Self::Full | Self::NoSigns => keys.whole.get(at).map(|key| Cow::Borrowed(&**key)),
            Self::Short => letter.map(|letter| Cow::Owned(format!("{SHIFT}{letter}"))),
            Self::Marked if has_letter() => None,
            Self::Marked => letter.map(|letter| Cow::Borrowed(&**letter)),
            Self::LabelsOnly => None,
        }
    }

    /// The text of the button that closes the strip.
    fn closing(self) -> &'static str {
        if self.names_closing() { "No reason" } else { CLOSING_KEY }
    }

    /// The width of the button that closes the strip, in points.
    fn closing_width(self, ui: &Ui) -> f32 {
        let key = self.names_closing().then_some(CLOSING_KEY);
        button_width(ui, self.closing().to_owned(), key, self.padding(ui))
    }

    /// The width of all buttons, in points.
    fn width(self, ui: &Ui, keys: &ReasonKeys) -> f32 {
        let buttons = Reason::ALL.iter().enumerate();
        let padding = self.padding(ui);
        let width = |(at, reason): (usize, &Reason)| {
            button_width(ui, self.words(*reason, false), self.key(keys, at).as_deref(), padding) + self.gap()
        };
        buttons.map(width).sum()
    }

    /// The space after a button: with little padding, the ground of a chosen one would be too near
    /// to the next word.
    fn gap(self) -> f32 {
        if matches!(self, Self::Short) { 6.0 } else { 0.0 }
    }

    /// The space beside the text of a button, in points.
    fn padding(self, ui: &Ui) -> f32 {
        let usual = ui.spacing().button_padding.x;
        if matches!(self, Self::Full | Self::NoSigns) { usual } else { usual.min(NARROW_PADDING) }
    }
}

/// The place of a key's letter in a label, in bytes.
fn place_of(label: &str, letter: Option<&String>) -> Option<usize> {
    let letter = letter.filter(|letter| letter.len() == 1)?.to_lowercase();
    label.to_lowercase().find(&letter)
}

/// A label with one of its letters underlined.
fn underlined(ui: &Ui, label: &str, place: usize) -> LayoutJob {
    let (font_id, color) = (TextStyle::Button.resolve(ui.style()), Color32::PLACEHOLDER);
    let plain = TextFormat { font_id, color, ..TextFormat::default() };
    let marked = TextFormat { underline: Stroke::new(1.5, ui.visuals().text_color()), ..plain.clone() };
    let mut job = LayoutJob::default();
    job.append(&label[..place], 0.0, plain.clone());
    job.append(&label[place..=place], 0.0, marked);
    job.append(&label[place + 1..], 0.0, plain);
    job
}

/// The width of a button, in points.
fn button_width(ui: &Ui, text: String, key: Option<&str>, padding: f32) -> f32 {
    let font = TextStyle::Button.resolve(ui.style());
    let small = FontId::new(KEY_SIZE, font.family.clone());
    // A gap on both sides of the room between the text and the key.
    let of_key = key.map(|key| measure(ui, key.to_owned(), &small) + 2.0 * ui.spacing().icon_spacing);
    measure(ui, text, &font) + 2.0 * padding + of_key.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_all_hold_the_same_key_can_be_shortened() {
        let keys = |keys: &[&str]| ReasonKeys::of(keys.iter().map(|key| (*key).to_owned()).collect());
        let usual = keys(&["Shift+W", "Shift+Q"]);
        assert_eq!((usual.held.as_deref(), &usual.letters[..]), (Some("Shift"), &["W".to_owned(), "Q".to_owned()][..]));
        for mixed in [&["Shift+W", "Alt+Q"][..], &["W", "Q"], &["Shift+W", ""]] {
            let mixed = keys(mixed);
            assert_eq!((mixed.held, mixed.letters), (None, mixed.whole));
        }
    }

    #[test]
    fn a_letter_is_underlined_where_the_label_has_it() {
        let letter = |letter: &str| Some(letter.to_owned());
        assert_eq!(place_of("Wrong positive", letter("W").as_ref()), Some(0));
        assert_eq!(place_of("Unanswerable", letter("A").as_ref()), Some(2));
        assert_eq!(place_of("Unreadable", letter("X").as_ref()), None);
        assert_eq!(place_of("Other", letter("F12").as_ref()), None);
        let keys = ReasonKeys::new(&Keymap::default(), false);
        let shown = Reason::ALL.iter().enumerate().map(|(at, _)| StripForm::Marked.key(&keys, at));
        assert_eq!(shown.collect::<Vec<_>>(), [None, None, None, None, Some("X".into()), None]);
        assert_eq!(StripForm::Short.key(&keys, 0).as_deref(), Some("⇧W"));
    }

    #[test]
    fn the_question_names_its_row_and_every_key() {
        let judgement = Judgement { verdict: Some(tilejury_audit::Verdict::Reject), ..Judgement::default() };
        let sample = Some("train line 1".to_owned());
        let view = ReasonsView { judgement: Cow::Owned(judgement), sample, can_close: true, asks: false };
        let keys = ReasonKeys::new(&Keymap::default(), false);
        assert_eq!(asked(&view, true, StripForm::Short, &keys), "Rejected: train line 1. Why?");
        assert_eq!(asked(&view, true, StripForm::Marked, &keys), "Rejected: train line 1. Why? Shift +");
        assert_eq!(
            in_full(&view, &keys),
            "Rejected: train line 1. Why? Shift+W wrong positive, Shift+Q bad query, Shift+A unanswerable, \
             Shift+D duplicate, Shift+X unreadable, Shift+O other, Esc none."
        );
    }
}
