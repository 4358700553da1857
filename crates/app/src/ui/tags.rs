//! The tags of the current sample: as chips, and a field with completion that adds and removes
//! them.

use egui::{Button, Color32, FontId, Id, RichText, TextEdit, Ui};
use tilejury_audit::Judgement;
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::text::{count, shortened};

use super::completing::{CompletionLine, CompletionListState, Side};
use super::{ReviewAction, UiAction, field_keys};
use crate::command::ReviewCommand;
use crate::icons;

/// The maximum number of tags offered at once.
const OFFERED: usize = 12;

/// The size of a chip's text, in points.
const CHIP_TEXT: f32 = 13.0;
/// The letters of a tag that its chip shows.
const CHIP_LETTERS: usize = 22;
/// The width of the chip with the number of further tags, in points.
const MORE: f32 = 58.0;

/// The state of the field.
#[derive(Default)]
pub(crate) struct TagEdit {
    pub(crate) text: String,
    /// The row of the tags, in words.
    place: String,
    completing: CompletionListState,
}

impl TagEdit {
    /// The field for the tags of a row.
    pub(crate) fn new(place: String) -> Self {
        Self { place, ..Self::default() }
    }
}

/// The field for tags.
pub(crate) fn tag_field() -> Id {
    Id::unique("tag field")
}

/// The tags as chips; a click removes a tag.
pub(crate) fn chips(ui: &mut Ui, judgement: &Judgement, actions: &mut Vec<UiAction>) {
    for tag in shown(judgement) {
        chip(ui, tag, actions);
    }
}

/// As many tags as fit into a width in points, and the number of the others, which its tooltip
/// names. No chip is cut within its word.
pub(crate) fn fitting_chips(ui: &mut Ui, judgement: &Judgement, room: f32, actions: &mut Vec<UiAction>) {
    let tags: Vec<&String> = shown(judgement).collect();
    let gap = ui.spacing().item_spacing.x;
    let widths: Vec<f32> = tags.iter().map(|tag| chip_width(ui, tag) + gap).collect();
    let fit = number_that_fits(&widths, room, MORE);
    for tag in &tags[..fit] {
        chip(ui, tag, actions);
    }
    let rest: Vec<&str> = tags[fit..].iter().map(|tag| tag.as_str()).collect();
    if !rest.is_empty() {
        let text = RichText::new(format!("{} +{}", icons::TAG, rest.len())).size(CHIP_TEXT);
        let more = ui.add(Button::new(text).corner_radius(12)).on_hover_text(rest.join("\n"));
        if more.accessible_name(format!("More tags: {}", rest.join(", "))).clicked() {
            actions.push(ReviewCommand::Tags.into());
        }
    }
}

fn shown(judgement: &Judgement) -> impl Iterator<Item = &String> {
    judgement.tags.iter().filter(|tag| *tag != LOOK_AGAIN)
}

/// The number of chips that fit into a room; fewer if the others need `more` for their number.
fn number_that_fits(widths: &[f32], room: f32, more: f32) -> usize {
    if widths.iter().sum::<f32>() <= room {
        return widths.len();
    }
    let mut used = more;
    widths
        .iter()
        .take_while(|width| {
            used += **width;
            used <= room
        })
        .count()
}

fn chip_text(tag: &str) -> String {
    format!("{} {}  {}", icons::TAG, shortened(tag, CHIP_LETTERS), icons::CLOSE)
}

fn chip_width(ui: &Ui, tag: &str) -> f32 {
    let font = FontId::proportional(CHIP_TEXT);
    let width = ui.painter().layout_no_wrap(chip_text(tag), font, Color32::WHITE).size().x;
    width + 2.0 * ui.spacing().button_padding.x
}

fn chip(ui: &mut Ui, tag: &String, actions: &mut Vec<UiAction>) {
    let chip = ui.add(Button::new(RichText::new(chip_text(tag)).size(CHIP_TEXT)).corner_radius(12));
    let chip = chip.on_hover_text(format!("{tag}\nPress to remove this tag"));
    if chip.accessible_name(format!("Remove tag {tag}")).clicked() {
        actions.push(ReviewAction::ToggleTag(tag.clone()).into());
    }
}

/// The field, after the sample's tags.
pub(crate) fn edit(
    ui: &mut Ui,
    edit: &mut TagEdit,
    judgement: &Judgement,
    known: &[(String, usize)],
    actions: &mut Vec<UiAction>,
) {
    let label = ui.label(format!("Tag {}:", edit.place));
    let typed = edit.text.trim().to_lowercase();
    let fits = |tag: &str| tag != LOOK_AGAIN && tag.to_lowercase().contains(&typed);
    let mut offers: Vec<CompletionLine> = known
        .iter()
        .filter(|(tag, _)| fits(tag))
        .take(OFFERED)
        .map(|(tag, number)| {
            let on = if judgement.tags.contains(tag) { "on this row, " } else { "" };
            CompletionLine { text: tag.clone(), hint: format!("{on}{}", count(*number, "row")) }
        })
        .collect();
    let written = edit.text.trim().to_owned();
    if !written.is_empty() && !known.iter().any(|(tag, _)| *tag == written) {
        offers.push(CompletionLine { text: written, hint: "new tag: Enter".to_owned() });
    }
    let by_tab = !typed.is_empty();
    edit.completing.take_keys(ui, tag_field(), !offers.is_empty(), by_tab);
    let field = TextEdit::singleline(&mut edit.text)
        .id(tag_field())
        .desired_width(220.0_f32.min(ui.available_width() - 70.0).max(60.0))
        .lock_focus(!offers.is_empty() && (by_tab || edit.completing.has_chosen()))
        .hint_text("Enter adds or removes");
    let field = ui.add(field).labelled_by(label.id);
    if field.changed() {
        edit.completing.forget();
    }
    let enter = field_keys::entered(ui, &field);
    let by_arrow = edit.completing.has_chosen();
    let chosen_offer = edit.completing.show(ui, &field, &offers, "", Side::Above, enter && by_arrow);
    let tag = match chosen_offer {
        Some(at) => offers.get(at).map(|offer| offer.text.clone()),
        None if enter && !by_arrow => Some(edit.text.trim().to_owned()),
        None => None,
    };
    match tag {
        // Enter in an empty field closes it.
        Some(tag) if tag.is_empty() => actions.push(ReviewAction::CancelEditing.into()),
        Some(tag) => {
            actions.push(ReviewAction::ToggleTag(tag).into());
            edit.text.clear();
            edit.completing.forget();
            field.request_focus();
        }
        None if ui.button("Done").clicked() || field_keys::cancelled(ui, &field) => {
            actions.push(ReviewAction::CancelEditing.into());
        }
        None => {}
    }
    chips(ui, judgement, actions);
}

#[cfg(test)]
mod tests {
    use super::number_that_fits;

    #[test]
    fn chips_that_do_not_fit_are_counted() {
        assert_eq!(number_that_fits(&[40.0, 40.0], 80.0, 30.0), 2);
        assert_eq!(number_that_fits(&[40.0, 40.0, 40.0], 115.0, 30.0), 2);
        assert_eq!(number_that_fits(&[40.0, 40.0], 60.0, 30.0), 0);
        assert_eq!(number_that_fits(&[], 0.0, 30.0), 0);
    }
}
