//! The whole note of the current row, and all rows with a note. A click shows a row; the note is
//! written in the bar below the tiles.

use egui::{Id, Label, RichText, ScrollArea, Ui};
use egui_extras::{Column, TableBuilder};
use tilejury_audit::text::count;
use tilejury_audit::{AuditSession, Judgement};
use tilejury_data::{Dataset, SampleIndex};

use super::{ReviewAction, UiAction, tags};
use crate::bidi::for_display;
use crate::command::ReviewCommand;

/// The height of a row: its position and a line of its note.
const LINE: f32 = 40.0;
/// The most height of the note of the current row, in points.
const NOTE: f32 = 180.0;

/// The content of the panel.
pub(crate) struct NotesView<'a> {
    pub(crate) judgement: &'a Judgement,
    pub(crate) session: &'a AuditSession,
    pub(crate) dataset: &'a Dataset,
    pub(crate) current: SampleIndex,
}

/// The rows with a note, in the order of the dataset.
#[derive(Debug, Default)]
pub(crate) struct NotesPanel {
    /// The version of the judgements that they were collected from.
    version: Option<u64>,
    rows: Vec<SampleIndex>,
}

impl NotesPanel {
    /// Collects the rows, if a judgement has changed since.
    pub(crate) fn update(&mut self, version: u64, session: &AuditSession) {
        if self.version == Some(version) {
            return;
        }
        self.version = Some(version);
        let statuses = session.statuses().iter().zip(SampleIndex::first(session.statuses().len()));
        self.rows = statuses.filter(|(status, _)| status.has_note).map(|(_, row)| row).collect();
    }
}

pub(crate) fn show(ui: &mut Ui, panel: &NotesPanel, view: &NotesView<'_>, actions: &mut Vec<UiAction>) {
    ui.horizontal_wrapped(|ui| {
        super::command_button(ui, ReviewCommand::Note, actions);
        tags::chips(ui, view.judgement, actions);
    });
    let note = &view.judgement.note;
    if note.is_empty() {
        ui.label(RichText::new("This row has no note.").weak());
    } else {
        ScrollArea::vertical().id_salt("note").max_height(NOTE).show(ui, |ui| {
            let shown = for_display(note, |_| true).into_owned();
            ui.add(Label::new(shown).wrap().selectable(true));
        });
    }
    ui.separator();
    ui.label(RichText::new(format!("{} with a note", count(panel.rows.len(), "row"))).weak());
    ui.push_id(Id::unique("rows with notes"), |ui| {
        let table = TableBuilder::new(ui)
            .striped(true)
            .column(Column::remainder().clip(true))
            .sense(egui::Sense::click())
            .min_scrolled_height(0.0)
            .auto_shrink([false, false]);
        table.body(|body| {
            body.rows(LINE, panel.rows.len(), |mut row| {
                let index = panel.rows[row.index()];
                row.set_selected(index == view.current);
                row.col(|ui| {
                    ui.vertical(|ui| {
                        ui.spacing_mut().item_spacing.y = 1.0;
                        ui.add_space(2.0);
                        let place = view.dataset.describe_position(index);
                        ui.add(Label::new(RichText::new(place).weak()).truncate().selectable(false));
                        let note = view.session.judgement(index).map_or("", |judgement| judgement.note.as_str());
                        let note = super::brief(note, 200).replace('\n', " ");
                        ui.add(Label::new(for_display(&note, |_| true)).truncate().selectable(false));
                    });
                });
                if row.response().on_hover_text("Go to this row").clicked() {
                    actions.push(ReviewAction::Show(index).into());
                }
            });
        });
    });
}
