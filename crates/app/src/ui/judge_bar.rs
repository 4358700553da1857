//! The verdict buttons, the flag, the tags and the note of the current sample.

use egui::{Button, RichText, TextEdit, Ui};
use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::{Judgement, Verdict};
use tilejury_data::SampleIndex;

use super::feedback::{self, FeedbackView};
use super::query::LOW;
use super::spotlight::{self, Spot};
use super::tags::{self, TagEdit};
use super::{ReviewAction, UiAction, ViewAction, field_keys};
use crate::command::{ReviewCommand, entry_of, keymap};
use crate::icons;
use crate::settings::panels::SidePanel;
use crate::theme::{palette, verdict_badge};

/// The width in points below which buttons show icons only.
const ROOMY: f32 = 740.0;

/// The command that removes the verdict.
const CLEAR: ReviewCommand = ReviewCommand::ClearVerdict;

/// The width that tags leave to the note, in points.
const NOTE_AT_LEAST: f32 = 180.0;

/// The data of the bar.
pub(crate) struct JudgeView<'a> {
    /// The judgement of the current sample.
    pub(crate) judgement: &'a Judgement,
    /// Whether the roles of tiles are hidden, so that the verdict follows from the tiles.
    pub(crate) hides_roles: bool,
    /// All tags in use, the most frequent first.
    pub(crate) known_tags: &'a [(String, usize)],
    /// The last step, or the effect of accepting.
    pub(crate) feedback: FeedbackView,
}

/// The open editor.
pub(crate) enum TextEditor {
    Note(NoteEdit),
    Tags(TagEdit),
}

/// The note being written.
pub(crate) struct NoteEdit {
    pub(crate) text: String,
    /// The row of the note, which may not be the current one.
    pub(crate) sample: SampleIndex,
    /// That row in words: `train line 5`.
    pub(crate) place: String,
}

/// The field for notes; it gets the focus at the moment it is asked for.
pub(crate) fn note_field() -> egui::Id {
    egui::Id::unique("note field")
}

pub(crate) fn show(ui: &mut Ui, view: &JudgeView<'_>, writing: &mut Option<TextEditor>, actions: &mut Vec<UiAction>) {
    let roomy = ui.available_width() >= ROOMY;
    ui.horizontal(|ui| {
        verdicts(ui, view, roomy, actions);
        ui.separator();
        rest(ui, view, writing, roomy, actions);
    });
    feedback::show(ui, &view.feedback, actions);
}

fn verdicts(ui: &mut Ui, view: &JudgeView<'_>, roomy: bool, actions: &mut Vec<UiAction>) {
    let present = view.judgement.verdict;
    let palette = palette(ui.visuals());
    let keymap = keymap::from_context(ui.ctx());
    for verdict in Verdict::ALL {
        let command = ReviewCommand::Judge(*verdict);
        let Some(entry) = entry_of(command) else { continue };
        let (sign, colour) = verdict_badge(palette, *verdict);
        let name = if roomy { entry.name } else { "" };
        let text = RichText::new(format!("{sign} {name}")).size(16.0).color(colour);
        let key = RichText::new(keymap.first(command)).size(13.0).weak();
        let width = if roomy { 120.0 } else { 56.0 };
        let height = if ui.ctx().content_rect().height() < LOW { 26.0 } else { 34.0 };
        let mut button = Button::new(text).right_text(key).min_size(egui::vec2(width, height));
        if present == Some(*verdict) {
            button = button.stroke(egui::Stroke::new(2.0, colour)).selected(true);
        }
        let mut hint = keymap.hint(command);
        if present == Some(*verdict) {
            hint = format!("{hint}\n{}, or a right click here, clears the verdict.", keymap.first(CLEAR));
        }
        let by_tiles = format!(
            "Roles are hidden: the verdict follows from the marks of the tiles. {} takes it.",
            keymap.first(ReviewCommand::Judge(Verdict::Accept))
        );
        if view.hides_roles && *verdict == Verdict::Accept {
            hint.clone_from(&by_tiles);
        }
        let can_be_given = !(view.hides_roles && *verdict == Verdict::Reject);
        let response = ui.add_enabled(can_be_given, button).on_hover_text(hint).on_disabled_hover_text(by_tiles);
        let response = response.accessible_name(entry.name);
        if *verdict == Verdict::Accept {
            spotlight::note(ui.ctx(), Spot::Accept, response.rect);
        }
        if response.clicked() {
            actions.push(command.into());
        } else if response.secondary_clicked() && present == Some(*verdict) {
            actions.push(CLEAR.into());
        }
    }
}

fn rest(ui: &mut Ui, view: &JudgeView<'_>, writing: &mut Option<TextEditor>, roomy: bool, actions: &mut Vec<UiAction>) {
    match writing {
        Some(TextEditor::Note(edit)) => edit_note(ui, edit, actions),
        Some(TextEditor::Tags(edit)) => tags::edit(ui, edit, view.judgement, view.known_tags, actions),
        None => show_rest(ui, view.judgement, roomy, actions),
    }
}

fn show_rest(ui: &mut Ui, judgement: &Judgement, roomy: bool, actions: &mut Vec<UiAction>) {
    let keymap = keymap::from_context(ui.ctx());
    let colours = palette(ui.visuals());
    let mut button = |ui: &mut Ui, command: ReviewCommand, icon: &str, word: &str, on: bool| {
        let Some(entry) = entry_of(command) else { return };
        let word = if roomy { format!("{icon} {word}") } else { icon.to_owned() };
        let mut text = RichText::new(word);
        if on {
            text = text.color(colours.unsure);
        }
        let key = RichText::new(keymap.first(command)).size(12.0).weak();
        let button = Button::new(text).right_text(key);
        if ui.add(button).on_hover_text(keymap.hint(command)).accessible_name(entry.name).clicked() {
            actions.push(command.into());
        }
    };
    let flagged = judgement.tags.contains(LOOK_AGAIN);
    let (icon, word) = if flagged { (icons::LOOK_AGAIN_FILL, "Flagged") } else { (icons::LOOK_AGAIN, "Flag") };
    button(ui, ReviewCommand::LookAgain, icon, word, flagged);
    button(ui, ReviewCommand::Tags, icons::TAG, "Tags", false);
    button(ui, ReviewCommand::Note, icons::NOTE, "Note", false);
    // The note gets the width that tags leave; tags that do not fit are counted: the bar never
    // grows.
    let room = ui.available_width();
    let tags = if judgement.note.is_empty() { room } else { (room - NOTE_AT_LEAST).max(room * 0.5) };
    tags::fitting_chips(ui, judgement, tags, actions);
    if !judgement.note.is_empty() {
        let note = judgement.note.replace('\n', " ⏎ ");
        let note = ui.add(egui::Label::new(note).truncate().sense(egui::Sense::click()));
        let note = note.on_hover_text(format!("{}\n\nClick to show all notes.", judgement.note));
        if note.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            actions.push(ViewAction::OpenPanel(SidePanel::Notes).into());
        }
    }
}

fn edit_note(ui: &mut Ui, edit: &mut NoteEdit, actions: &mut Vec<UiAction>) {
    let label = ui.label(format!("Note on {}:", edit.place));
    let width = (ui.available_width() - 230.0).max(60.0);
    let response = ui
        .add(
            TextEdit::singleline(&mut edit.text)
                .id(note_field())
                .desired_width(width)
                .hint_text("Enter saves, Esc cancels"),
        )
        .labelled_by(label.id);
    if ui.button("Save (Enter)").clicked() || field_keys::entered(ui, &response) {
        actions.push(ReviewAction::SaveNote(edit.text.clone()).into());
    } else if ui.button("Cancel (Esc)").clicked() || field_keys::cancelled(ui, &response) {
        actions.push(ReviewAction::CancelEditing.into());
    }
}
