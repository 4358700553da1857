//! The verdict buttons, the reasons, the note.

use egui::{Button, Id, Key, RichText, TextEdit, Ui};
use tilejury_audit::session::can_have_reasons;
use tilejury_audit::{Judgement, Reason, Verdict};

use super::Act;
use crate::command::{Command, entry_of, hint};
use crate::theme::{palette, verdict_badge};

/// What the bar shows.
pub(crate) struct JudgeView<'a> {
    /// What was said of the sample on show.
    pub(crate) judgement: &'a Judgement,
    /// What was said of the sample that reasons go to, and its name where it is not the one on show.
    pub(crate) reasons_of: &'a Judgement,
    pub(crate) reasons_name: Option<&'a str>,
}

/// The note while it is being written.
pub(crate) struct NoteEdit {
    pub(crate) text: String,
}

/// The field that notes are written in: it gets the keyboard the moment it is asked for.
pub(crate) fn note_field() -> Id {
    Id::unique("note field")
}

pub(crate) fn show(ui: &mut Ui, view: &JudgeView<'_>, note: &mut Option<NoteEdit>, acts: &mut Vec<Act>) {
    ui.horizontal(|ui| {
        verdicts(ui, view.judgement.verdict, acts);
        ui.separator();
        match note {
            Some(edit) => edit_note(ui, edit, acts),
            None => show_note(ui, view.judgement, acts),
        }
    });
    // Always there, if only grey: tiles that jump at every verdict would be hard on the eye.
    let offered = can_have_reasons(view.reasons_of.verdict);
    reasons(ui, view, offered, acts);
}

fn verdicts(ui: &mut Ui, present: Option<Verdict>, acts: &mut Vec<Act>) {
    let palette = palette(ui.visuals());
    for verdict in Verdict::ALL {
        let command = Command::Judge(*verdict);
        let Some(entry) = entry_of(command) else { continue };
        let (sign, colour) = verdict_badge(palette, *verdict);
        let text = RichText::new(format!("{sign} {}  {}", entry.name, entry.keys_text())).size(16.0).color(colour);
        let mut button = Button::new(text).min_size(egui::vec2(116.0, 34.0));
        if present == Some(*verdict) {
            button = button.stroke(egui::Stroke::new(2.0, colour));
        }
        let response = ui.add(button).on_hover_text(hint(command)).accessible_name(entry.name);
        if response.clicked() {
            acts.push(Act::Do(command));
        }
    }
}

fn show_note(ui: &mut Ui, judgement: &Judgement, acts: &mut Vec<Act>) {
    let label = if judgement.note.is_empty() { "Note  N" } else { "Edit note  N" };
    if ui.button(label).on_hover_text(hint(Command::Note)).accessible_name("Write a note").clicked() {
        acts.push(Act::Do(Command::Note));
    }
    if !judgement.note.is_empty() {
        ui.add(egui::Label::new(judgement.note.replace('\n', " ⏎ ")).truncate()).on_hover_text(&judgement.note);
    }
}

fn edit_note(ui: &mut Ui, edit: &mut NoteEdit, acts: &mut Vec<Act>) {
    let label = ui.label("Note:");
    let width = (ui.available_width() - 150.0).max(120.0);
    let response = ui
        .add(
            TextEdit::singleline(&mut edit.text)
                .id(note_field())
                .desired_width(width)
                .hint_text("Enter saves, Esc leaves it"),
        )
        .labelled_by(label.id);
    let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    if ui.button("Save").clicked() || (response.lost_focus() && enter) {
        acts.push(Act::SaveNote(edit.text.clone()));
    } else if ui.button("Leave").clicked() || (response.lost_focus() && escape) {
        acts.push(Act::LeaveNote);
    }
}

fn reasons(ui: &mut Ui, view: &JudgeView<'_>, offered: bool, acts: &mut Vec<Act>) {
    ui.horizontal_wrapped(|ui| {
        let of = match (view.reasons_of.verdict, view.reasons_name) {
            (Some(verdict), None) if can_have_reasons(Some(verdict)) => format!("{}. Why?", verdict.label()),
            (Some(verdict), Some(name)) => format!("{}: {name}. Why?", verdict.label()),
            _ => "Reasons, after R or U:".to_owned(),
        };
        // Of one width, so that the reasons stay where they are.
        let room = egui::vec2(200.0, ui.spacing().interact_size.y);
        let layout = egui::Layout::left_to_right(egui::Align::Center);
        ui.allocate_ui_with_layout(room, layout, |ui| {
            ui.set_min_width(room.x);
            ui.add(egui::Label::new(RichText::new(of).weak()).truncate());
        });
        for reason in Reason::ALL {
            let command = Command::ToggleReason(*reason);
            let keys = entry_of(command).map(super::super::command::Entry::keys_text).unwrap_or_default();
            let chosen = view.reasons_of.reasons.contains(reason);
            let sign = if chosen { "✔ " } else { "" };
            let label = format!("{sign}{}  {}", reason.label(), keys.replace("Shift+", "⬆"));
            let button = ui.add_enabled(offered, Button::selectable(chosen, label));
            if button.on_hover_text(hint(command)).accessible_name(reason.label()).clicked() {
                acts.push(Act::Do(command));
            }
        }
    });
}
