//! Commands that write: notes, tags, and the reasons of a verdict, of which one opens the note.

use egui::text::{CCursor, CCursorRange};
use egui::{Id, TextEdit};
use tilejury_audit::Reason;
use tilejury_audit::text::count;
use tilejury_data::SampleIndex;

use crate::screen::review_context::ReviewContext;
use crate::ui::judge_bar::{NoteEdit, TextEditor, note_field};
use crate::ui::tags::{TagEdit, tag_field};

impl ReviewContext<'_> {
    /// Opens the note of the current sample; a note that is being written stays open.
    pub(super) fn write_note(&mut self) {
        if matches!(self.view.writing, Some(TextEditor::Note(_))) {
            self.request_focus(note_field());
        } else {
            self.open_note(self.screen.review.cursor());
        }
    }

    pub(super) fn write_note_on_judged(&mut self) {
        let review = &self.screen.review;
        match review.just_judged.or(review.judged_here) {
            Some(sample) => self.open_note(sample),
            None => self.notify("No row has been judged since the dataset was opened."),
        }
    }

    pub(super) fn copy_last_note(&mut self) {
        let review = self.review();
        let had_one = !review.judgement().note.is_empty();
        let copied = review.copy_last_note().map(|sample| review.dataset().describe_position(sample));
        self.notify(match copied {
            Some(place) if had_one => format!("Note copied from {place}; it replaced the note of this row."),
            Some(place) => format!("Note copied from {place}."),
            None => "No other row has a note to copy.".to_owned(),
        });
    }

    pub(super) fn write_tags(&mut self) {
        let review = &self.screen.review;
        let place = match review.selected.len() {
            0 => review.dataset().describe_position(review.cursor()),
            rows => format!("{} selected", count(rows, "row")),
        };
        self.view.writing = Some(TextEditor::Tags(TagEdit::new(place)));
        self.request_focus(tag_field());
    }

    pub(super) fn toggle_reason(&mut self, reason: Reason) {
        let review = self.review();
        let has_toggled = review.toggle_reason(reason);
        let sample = review.reasons_of();
        let has = review.session.judgement(sample).is_some_and(|judgement| judgement.reasons.contains(&reason));
        if reason == Reason::Other && has {
            self.open_note(sample);
        }
        if !has_toggled {
            self.notify("Only a rejected or unsure row has reasons.");
        }
    }

    /// Adds a reason to the sample that waits for one, and goes on to the next.
    pub(in crate::screen) fn answer_reason(&mut self, reason: Option<Reason>) {
        let Some(sample) = self.view.asking.take() else { return };
        let review = &self.screen.review;
        let has =
            |reason: &Reason| review.session.judgement(sample).is_some_and(|known| known.reasons.contains(reason));
        if let Some(reason) = reason.filter(|reason| !has(reason)) {
            self.toggle_reason(reason);
        }
        let more = !self.settings.auto_advance || self.review().go_to_next_unjudged();
        if let Some(text) = self.end_in_words(more) {
            self.notify(text);
        }
    }

    fn open_note(&mut self, sample: SampleIndex) {
        let review = &self.screen.review;
        let mut text = review.session.judgement(sample).map(|judgement| judgement.note.clone()).unwrap_or_default();
        // Anyone who writes on begins with a new word; storing removes the space if nobody does.
        if !text.is_empty() {
            text.push(' ');
        }
        let end = CCursor::new(text.chars().count());
        let mut state = TextEdit::load_state(self.ctx, note_field()).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::one(end)));
        state.store(self.ctx, note_field());
        let place = review.dataset().describe_position(sample);
        self.view.writing = Some(TextEditor::Note(NoteEdit { text, sample, place }));
        self.request_focus(note_field());
    }

    fn request_focus(&self, field: Id) {
        self.ctx.memory_mut(|memory| memory.request_focus(field));
    }
}
