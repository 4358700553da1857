//! Audits in the window: the dialog that plans one, the list of all of them, entering one and
//! leaving it. What an audit is, is in `review/audits.rs`.

use egui::{Panel, Ui};
use std::path::PathBuf;

use super::dialogs::Dialog;
use super::leaving::Destination;
use super::{App, Stage};
use crate::audit_drawing::DrawSource;
use crate::blinding::Blinding;
use crate::command::{DatasetCommand, keymap};
use crate::imported_store::ImportedStore;
use crate::jobs::JobKind;
use crate::opening::OpenTarget;
use crate::review::{AuditEntry, Review};
use crate::screen::review_context::ReviewContext;
use crate::ui::audits_dialog::AuditsDialog;
use crate::ui::export_result::NO_PICTURES;
use crate::ui::new_audit::NewAuditDialog;
use crate::ui::{UiAction, audit_line};
use tilejury_audit::export::{Format, Images};
use tilejury_audit::text::{count, grouped};

/// The export that can be audited.
#[derive(Default)]
pub(super) struct ExportToAudit {
    /// The last export of the open dataset that can be opened as one, and whether it has pictures.
    written: Option<(PathBuf, bool)>,
    /// The export that is being opened to be audited.
    opening: Option<PathBuf>,
}

impl ExportToAudit {
    /// Remembers an export that was written, if it can be opened.
    pub(super) fn written(&mut self, kind: &JobKind) {
        if let JobKind::Export { out, options, .. } = kind {
            let has_pictures = options.images != Images::None;
            self.written = options.formats.contains(&Format::Jsonl).then(|| (out.clone(), has_pictures));
        }
    }

    /// Whether there is an export with rows and pictures to judge.
    pub(super) fn can_be_judged(&self) -> bool {
        self.written.as_ref().is_some_and(|(_, has_pictures)| *has_pictures)
    }

    /// Forgets what was written: the dataset is closed.
    pub(super) fn forget(&mut self) {
        self.written = None;
    }
}

/// The beginning of the notice about an audit that is not finished.
const UNFINISHED: &str = "The audit “";

impl App {
    /// Opens the dialog that plans an audit.
    pub(super) fn open_new_audit(&mut self) {
        self.save_note();
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let review = &reviewing.review;
        let search = review.navigator.search_text().trim();
        let is_usable =
            !search.is_empty() && review.navigator.search_error().is_none() && !review.navigator.is_searching();
        let found = is_usable.then(|| (search.to_owned(), review.navigator.listed().to_vec()));
        let mut dialog = NewAuditDialog::new(free_name(review), review.dataset().samples.len(), found);
        let (sidecar, annotator) = (review.saving.location().path.clone(), review.session.annotator.to_string());
        dialog.planning.read_pace(review.dataset(), sidecar, annotator, &self.ctx);
        dialog.fields.called_relevant = review.navigator.finds_called_relevant();
        self.dialog = Some(Dialog::NewAudit(Box::new(dialog)));
    }

    /// Opens the last export as a dataset, and then the dialog for an audit that asks whether the
    /// rate in it is below a limit.
    pub(super) fn audit_export(&mut self) {
        let Some((folder, has_pictures)) = self.exported.written.clone() else { return };
        if !has_pictures {
            self.notify(format!("{NO_PICTURES} Export again with pictures or links to them."), false);
            return;
        }
        self.exported.opening = Some(folder.clone());
        self.leave_for(Destination::Open(OpenTarget::Path(folder)));
    }

    /// Opens that dialog, if the opened set is the export.
    pub(super) fn open_audit_of_export(&mut self) {
        let Some(folder) = self.exported.opening.take() else { return };
        if self.reviewing_now().is_some_and(|reviewing| reviewing.review.path == folder) {
            self.open_new_audit();
            if let Some(Dialog::NewAudit(dialog)) = &mut self.dialog {
                dialog.fields.asks_below = true;
            }
        }
    }

    /// Opens the list of audits; an audit that runs is left first.
    pub(super) fn audits_command(&mut self) {
        let Some((number, is_done)) = self.running_audit() else { return self.show_audits(None) };
        if let Some(mut open) = self.review_context() {
            open.end_round();
        }
        self.audit_left(number, is_done);
    }

    /// The number of the audit that runs, and whether all rows of the annotator have an answer.
    pub(super) fn running_audit(&self) -> Option<(usize, bool)> {
        let review = &self.reviewing_now()?.review;
        let (number, _) = review.running_audit()?;
        Some((number, review.audit_progress()?.to_go() == 0))
    }

    /// Shows the list of audits, with the result of one of them.
    pub(super) fn show_audits(&mut self, shown: Option<usize>) {
        self.save_note();
        self.dialog = Some(Dialog::Audits(AuditsDialog::at(shown)));
    }

    /// Opens the list of audits at one that was planned to accept a set. In the list, the key of
    /// the command accepts it.
    pub(super) fn accept_set_command(&mut self) {
        let Some(reviewing) = self.reviewing_now() else { return };
        match reviewing.review.set_to_accept() {
            Some(number) => self.show_audits(Some(number)),
            None => {
                let key = keymap::from_context(&self.ctx).first(DatasetCommand::NewAudit);
                self.notify(format!("No audit was planned to accept a set. {key} plans one, under “More”."), false);
            }
        }
    }

    /// Shows the result of an audit that was left, if all rows of the annotator have an answer;
    /// else says how to go on with it.
    pub(super) fn audit_left(&mut self, number: usize, is_done: bool) {
        if is_done {
            self.show_audits(Some(number));
            return;
        }
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Audits);
        self.notify(format!("You left the audit; your answers in it are kept. {key} lists the audits."), false);
    }

    /// Says that an audit of an earlier session is not finished.
    pub(super) fn offer_audit(&mut self) {
        let Some(reviewing) = self.reviewing_now() else { return };
        let Some((name, answered, rows)) = reviewing.review.unfinished_audit() else { return };
        let key = keymap::from_context(&self.ctx).first(DatasetCommand::Audits);
        let rows = count(rows, "row");
        let text =
            format!("{UNFINISHED}{name}” is not finished: {answered} of {rows} answered. {key} goes on with it.");
        self.notify(text, true);
    }

    /// Draws the rows of the plan in the open dialog.
    pub(super) fn begin_audit(&mut self) {
        let (Some(Dialog::NewAudit(dialog)), Stage::Reviewing(reviewing)) = (&mut self.dialog, &self.stage) else {
            return;
        };
        let review = &reviewing.review;
        let Some(plan) = dialog.plan(review.audits.has_name(dialog.fields.name.trim())) else { return };
        let fields = &dialog.fields;
        let source = DrawSource {
            scope: fields.scope.clone(),
            rule: fields.more.draw_rule(),
            gold: fields.more.gold(),
            findings: review.signals.shared().cloned(),
            imports: ImportedStore { sidecar: review.saving.location().clone(), sidecars: self.folders.sidecars() },
        };
        dialog.failure = None;
        if let Err(error) = dialog.planning.draw(plan, source, review.dataset(), &self.ctx) {
            dialog.failure = Some(format!("The rows could not be drawn: {error}."));
        }
    }

    /// Closes the list once an audit was entered. Lets the dialog that plans one compute what it
    /// shows, and enters the audit once its rows are drawn.
    pub(super) fn refresh_audits(&mut self) {
        if matches!(self.dialog, Some(Dialog::Audits(_))) && self.round_kind().is_some() {
            self.dialog = None;
        }
        let (Some(Dialog::NewAudit(dialog)), Stage::Reviewing(reviewing)) = (&mut self.dialog, &mut self.stage) else {
            return;
        };
        let review = &mut reviewing.review;
        let inputs = dialog.fields.outlook_inputs();
        let imports = ImportedStore { sidecar: review.saving.location().clone(), sidecars: self.folders.sidecars() };
        if let Err(reason) = dialog.planning.update(inputs, imports, review.dataset(), &self.ctx) {
            dialog.failure = Some(format!("The rows could not be counted: {reason}."));
        }
        match dialog.planning.take_drawn() {
            None => {}
            Some(Err(reason)) => dialog.failure = Some(format!("No audit was begun: {reason}.")),
            Some(Ok((draw, records))) => {
                let (name, rows) = (draw.plan.name.clone(), grouped(draw.rows.len()));
                let number = review.begin_audit(&draw, records);
                self.dialog = None;
                let Some((number, mut open)) = number.zip(self.review_context()) else { return };
                if let Err(reason) = open.enter_audit(number) {
                    self.notify(format!("The audit “{name}” is begun with {rows} rows. {reason}"), true);
                }
            }
        }
    }
}

/// The first of `audit 1`, `audit 2` … that no audit has.
fn free_name(review: &Review) -> String {
    let names = (review.audits.len() + 1..).map(|number| format!("audit {number}"));
    names.into_iter().find(|name| !review.audits.has_name(name)).unwrap_or_default()
}

/// Draws the line about the audit that runs.
pub(super) fn draw_line(ui: &mut Ui, review: &Review, actions: &mut Vec<UiAction>) {
    let (Some(progress), Some((_, audit))) = (review.audit_progress(), review.running_audit()) else { return };
    let (sentences, guideline) = (sentences(&audit), audit.plan.guideline.as_ref());
    let guideline = guideline.map(|guideline| guideline.text.as_str());
    let asked: Vec<(String, bool)> =
        review.asked_tiles().into_iter().map(|(slot, has_mark)| (review.tile_name(slot), has_mark)).collect();
    Panel::top("audit").show(ui, |ui| audit_line::show(ui, &progress, &asked, guideline, &sentences, actions));
}

/// The state of an audit in sentences, if it may be shown.
fn sentences(audit: &AuditEntry<'_>) -> Vec<String> {
    let status = audit.status.filter(|_| audit.shows_rates());
    status.map(|status| status.sentences(audit.plan)).unwrap_or_default()
}

impl ReviewContext<'_> {
    /// Accepts the set of an audit, or undoes that; the list may show what its search finds.
    pub(super) fn accept_set(&mut self, number: usize) {
        self.review().accept_set(number);
        self.screen.review.navigator.search_text().clone_into(&mut self.view.queue.search.text);
    }

    /// Shows the rows of an audit; a notice says why not.
    pub(super) fn show_audit(&mut self, number: usize) {
        if let Err(reason) = self.enter_audit(number) {
            self.notify(reason);
        }
    }

    /// Shows the rows of an audit.
    ///
    /// # Errors
    /// The reason why not, in a sentence.
    pub(super) fn enter_audit(&mut self, number: usize) -> Result<(), String> {
        self.leave_row();
        self.review().enter_audit(number)?;
        self.notices.withdraw(UNFINISHED);
        if self.screen.review.running_audit().is_some_and(|(_, audit)| audit.plan.blind) {
            self.require_blinding(Blinding::Blind);
        }
        self.round_began();
        Ok(())
    }

    /// The words after the last row of an audit got its answer.
    pub(super) fn audit_is_answered(&self) -> Option<String> {
        let progress = self.screen.review.audit_progress().filter(|progress| progress.to_go() == 0)?;
        let key = keymap::from_context(self.ctx).first(DatasetCommand::Audits);
        let rows = count(progress.rows, "row");
        Some(format!("All {rows} of the audit have an answer. {key} leaves it and shows the result."))
    }
}
