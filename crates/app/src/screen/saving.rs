//! Notices about the safety of judgements: saving, the sidecar's location, backups, and an earlier
//! crash.

use std::path::PathBuf;

use tilejury_audit::now;
use tilejury_audit::sidecar::{BackupOutcome, LocationReason, back_up, backup_folder};
use tilejury_audit::text::{capital, count};

use super::{App, Stage};
use crate::command::{DatasetCommand, keymap};
use crate::logging;
use crate::review::SaveEvent;
use crate::task::Task;

/// The beginning of the notice that disappears when everything is saved again.
const NOT_SAVED: &str = "Judgements are not being saved";

/// The outcome of a backup, or why there is none.
pub(super) type BackupResult = Result<BackupOutcome, String>;

impl App {
    /// Writes the settings without waiting.
    pub(super) fn save_settings(&self) {
        if let Some(saver) = &self.saver {
            saver.settings(&self.settings);
        }
    }

    /// Writes the state that the window remembers, without waiting.
    pub(super) fn save_remembered(&self) {
        if let Some(saver) = &self.saver {
            saver.remembered(&self.remembered);
        }
    }

    /// Notifies the person of events of saving.
    pub(super) fn handle_save_events(&mut self, events: Vec<SaveEvent>) {
        for event in events {
            self.notify_save_event(event);
        }
        if self.has_warned_unsaved && self.unsaved() == 0 {
            self.has_warned_unsaved = false;
            self.notices.withdraw(NOT_SAVED);
            self.notify("Everything is saved again.", false);
        }
        self.poll_backup();
    }

    fn notify_save_event(&mut self, event: SaveEvent) {
        match event {
            SaveEvent::Failed(failure) => {
                self.has_warned_unsaved = true;
                let key = keymap::from_context(&self.ctx).first(DatasetCommand::SaveAs);
                self.notify(
                    format!(
                        "{NOT_SAVED}: {failure}. They are kept in memory, and saving is retried; {key} saves them to another file."
                    ),
                    true,
                );
            }
            SaveEvent::FileReplaced => {
                self.notify(
                    "The file with the judgements had disappeared. It was written again, with all judgements.",
                    true,
                );
            }
            SaveEvent::SavedAs { path, whole } => {
                let file = path.display();
                let text = if whole {
                    format!(
                        "All judgements are also in {file}. To continue with that file, replace the old one with it, or open the dataset with --sidecar."
                    )
                } else {
                    format!(
                        "The unsaved judgements are in {file}. Those saved earlier could not be read; their file is unchanged, and `tilejury recover` may read it."
                    )
                };
                self.notify(text, true);
                if let Some(destination) = self.after_rescue.take() {
                    self.leave_for(destination);
                }
            }
            SaveEvent::NotSavedAs(message) => {
                self.after_rescue = None;
                self.notify(format!("Nothing was written: {message}."), true);
            }
            SaveEvent::ClockIsBack(last) => {
                let last = last.for_people(now());
                self.notify(
                    format!("The system clock is earlier than your last judgement ({last}). Correct the clock, or new judgements get wrong times. Their order is kept in any case."),
                    true,
                );
            }
        }
    }

    /// Notifies the person if judgements are not stored in the usual location, have no row, or
    /// began on another revision.
    pub(super) fn notify_sidecar_location(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let review = &reviewing.review;
        let location = review.saving.location().clone();
        let file = location.path.display();
        let orphans = review.orphans.len();
        let revision = review.revision_note.as_ref().map(|note| format!("{}.", capital(note)));
        log::info!(
            "opened {}: {}, judgements in {file}",
            review.path.display(),
            count(review.dataset().samples.len(), "row")
        );
        for warning in review.dataset().warnings.iter().take(100) {
            log::warn!("{warning}");
        }
        if !review.saving.has_log() {
            self.notify(
                format!("The disk with {file} does not let programs share memory; some network disks do not. Judgements are stored as safely, but more slowly. Let only one machine write there at a time."),
                true,
            );
        }
        let not_counted = |also: &PathBuf| format!(" Those in {} do not count here.", also.display());
        match (location.why, &location.also) {
            (LocationReason::RootReadOnly, also) => {
                let also = also.as_ref().map(not_counted).unwrap_or_default();
                self.notify(
                    format!("The dataset's folder cannot be written: judgements are kept in {file}.{also}"),
                    true,
                );
            }
            (LocationReason::StartedElsewhere, _) => self.notify(
                format!("Judging began while the dataset's folder could not be written; judgements stay in {file}."),
                true,
            ),
            (_, Some(also)) => {
                self.notify(format!("There are also judgements in {}; they do not count here.", also.display()), true);
            }
            _ => {}
        }
        if orphans > 0 {
            let key = keymap::from_context(&self.ctx).first(DatasetCommand::Orphans);
            let text = format!(
                "The rows changed since judging began: {} no longer in the dataset. Their judgements are kept; {key} lists them.",
                are(orphans)
            );
            self.notify(revision.map_or(text.clone(), |revision| format!("{text} {revision}")), true);
        } else if let Some(revision) = revision {
            // Nothing is to be done about it: the tooltip of the address has it as well.
            self.notify(revision, false);
        }
    }

    /// Starts a backup of the sidecar after opening, on its own thread.
    pub(super) fn start_backup(&mut self) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let sidecar = reviewing.review.saving.location().path.clone();
        let folder = backup_folder(&sidecar, &self.folders.backups());
        let task = Task::spawn("backup", &self.ctx, move |_| {
            back_up(&sidecar, &folder, now()).map_err(|error| error.to_string())
        });
        match task {
            Ok(mut task) => {
                // Closing the window waits for it: half a backup is useless.
                self.closing.extend(task.take_thread());
                self.backup = Some(task);
            }
            Err(error) => self.backup_ended(Err(error.to_string())),
        }
    }

    fn poll_backup(&mut self) {
        if let Some(result) = self.backup.as_mut().and_then(Task::poll) {
            self.backup = None;
            self.backup_ended(result.flatten());
        }
    }

    fn backup_ended(&mut self, result: BackupResult) {
        match result {
            Ok(BackupOutcome::NothingNew) => {}
            Ok(BackupOutcome::Written(file)) => log::info!("backup in {}", file.display()),
            Ok(BackupOutcome::WrittenButOlderHoldsMore { fuller, events, .. }) => self.notify(
                format!(
                    "An older backup holds more judgements than this file: {} in {}. Was the file replaced?",
                    count(events as usize, "change"),
                    fuller.display()
                ),
                true,
            ),
            Err(reason) => self.notify(format!("The judgements could not be backed up: {reason}."), true),
        }
    }

    /// Notifies the person once that the program stopped unexpectedly before.
    pub(super) fn notify_earlier_crash(&mut self) {
        let Some(last) = logging::reports(&self.folders.state).pop() else { return };
        if self.remembered.crash_told.as_ref() == Some(&last) {
            return;
        }
        let file = self.folders.state.join(&last);
        self.remembered.crash_told = Some(last);
        self.save_remembered();
        self.notify(
            format!("Tilejury stopped unexpectedly last time. The report is in {}. Nothing was sent.", file.display()),
            true,
        );
    }
}

fn are(orphans: usize) -> String {
    if orphans == 1 { "1 judged row is".to_owned() } else { format!("{orphans} judged rows are") }
}
