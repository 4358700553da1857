//! The tags of the current sample: as chips, and a field with completion that adds and removes
//! them.

use egui::{Button, Id, RichText, TextEdit, Ui};
use tilejury_audit::Judgement;
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::text::count;

use super::completing::{CompletionLine, CompletionListState, Side};
use super::{ReviewAction, UiAction, field_keys};
use crate::icons;

/// The maximum number of tags offered at once.
const OFFERED: usize = 12;

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
    for tag in judgement.tags.iter().filter(|tag| *tag != LOOK_AGAIN) {
        let chip = Button::new(RichText::new(format!("{} {tag}  {}", icons::TAG, icons::CLOSE)).size(13.0));
        let chip = ui.add(chip.corner_radius(12)).on_hover_text("Remove this tag");
        if chip.accessible_name(format!("Remove tag {tag}")).clicked() {
            actions.push(ReviewAction::ToggleTag(tag.clone()).into());
        }
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
            let on = if judgement.tags.contains(tag) { "on this sample, " } else { "" };
            CompletionLine { text: tag.clone(), hint: format!("{on}{}", count(*number, "sample")) }
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
