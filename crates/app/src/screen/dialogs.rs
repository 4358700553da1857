//! The dialogs over the window, one at a time.

use super::{App, Stage, panel_views};
use crate::folders::Folders;
use crate::review::Review;
use crate::ui::about::{self, AboutDialog, KnownPlace};
use crate::ui::annotators::{self, AnnotatorDialog};
use crate::ui::asking_dialog::{self, AskingDialog};
use crate::ui::audits_dialog::{self, AuditsDialog};
use crate::ui::check_dialog::{self, CheckDialog};
use crate::ui::command_palette::{self, CommandPalette};
use crate::ui::download::{self, DownloadDialog};
use crate::ui::enabled::Enabled;
use crate::ui::exchange_dialog::{self, ExchangeDialog, ExchangeView};
use crate::ui::export_dialog::{self, ExportDialog};
use crate::ui::file_dialog::Picker;
use crate::ui::go_to::{self, GoToDialog};
use crate::ui::help::{self, HelpDialog};
use crate::ui::merge_dialog::{self, MergeDialog, MergeView};
use crate::ui::new_audit::{self, NewAuditDialog};
use crate::ui::offline_dialog::{self, OfflineDialog};
use crate::ui::open_address::{self, OpenAddressDialog};
use crate::ui::reading_dialog::{self, ReadingDialog};
use crate::ui::save_filter::{self, SaveFilterDialog};
use crate::ui::scoreboard::{self, ScoreboardDialog};
use crate::ui::second_pass::{self, SecondPassDialog};
use crate::ui::settings_dialog::{self, SettingsDialog};
use crate::ui::team_dialog::{self, TeamDialog};
use crate::ui::{BackgroundStatus, UiAction, cheat_sheet, closing, jobs_dialog, long_step, messages, orphans};

/// The open dialog.
pub(super) enum Dialog {
    Help(HelpDialog),
    CheatSheet,
    About(AboutDialog),
    Palette(CommandPalette),
    Settings(Box<SettingsDialog>),
    GoTo(GoToDialog),
    Messages,
    Orphans,
    Annotator(AnnotatorDialog),
    Jobs,
    Reading(ReadingDialog),
    Asking(AskingDialog),
    Check(CheckDialog),
    Export(Box<ExportDialog>),
    SaveFilter(SaveFilterDialog),
    OpenAddress(OpenAddressDialog),
    Download(DownloadDialog),
    Offline(OfflineDialog),
    Scoreboard(ScoreboardDialog),
    SecondPass(SecondPassDialog),
    NewAudit(Box<NewAuditDialog>),
    Audits(AuditsDialog),
    Merge(MergeDialog),
    Exchange(ExchangeDialog),
    Team(TeamDialog),
}

impl App {
    /// Draws the open dialog, or the question before leaving.
    pub(super) fn draw_dialog(&mut self, enabled: &Enabled, actions: &mut Vec<UiAction>) {
        let ctx = self.ctx.clone();
        let review = match &self.stage {
            Stage::Reviewing(reviewing) => Some(&reviewing.review),
            _ => None,
        };
        if self.is_waiting_to_leave() && self.is_about_answers() {
            if self.asking_now().is_none() && self.is_sending_last() {
                closing::show_exchange(&ctx, actions);
            } else {
                closing::show_answers(&ctx, self.waits_at_most(), actions);
            }
            return;
        }
        if let Some(review) = review.filter(|_| self.is_waiting_to_leave()) {
            let writing = self.is_writing_files();
            closing::show(&ctx, review.at_risk(), review.saving.failure(), writing, self.is_quitting(), actions);
            return;
        }
        if let Some(progress) = review.and_then(Review::running) {
            long_step::show(&ctx, progress, actions);
            return;
        }
        // The in-window picker is drawn below dialogs: one would take its clicks.
        if self.picker.as_ref().is_some_and(Picker::in_window) {
            return;
        }
        let (settings, job, tour) = (&self.settings, self.job.as_ref(), self.tour_view());
        let scope = self.key_scope();
        let at_work = match &self.stage {
            Stage::Reviewing(reviewing) => BackgroundStatus {
                job,
                pixels: reviewing.pixels.as_ref(),
                reading: reviewing.reading.progress(),
                asking: reviewing.asking.running(),
            },
            _ => BackgroundStatus { job, ..BackgroundStatus::default() },
        };
        let running = match (&self.stage, &self.dialog) {
            (Stage::Reviewing(reviewing), Some(Dialog::Exchange(_))) => reviewing.exchanging.running.as_ref(),
            _ => None,
        };
        let running = running.map(|running| (running.folder.as_str(), running.state()));
        match (&mut self.dialog, review) {
            (Some(Dialog::Help(dialog)), _) => help::show(&ctx, dialog, actions),
            (Some(Dialog::OpenAddress(dialog)), _) => {
                open_address::show(&ctx, dialog, &self.remembered.recent, actions);
            }
            (Some(Dialog::Offline(dialog)), Some(_)) => offline_dialog::show(&ctx, dialog, actions),
            (Some(Dialog::Download(dialog)), Some(_)) => download::show(&ctx, dialog, actions),
            (Some(Dialog::About(dialog)), review) => about::show(&ctx, dialog, &places(&self.folders, review), actions),
            (Some(Dialog::CheatSheet), _) => cheat_sheet::show(&ctx, actions),
            (Some(Dialog::Palette(dialog)), review) => {
                let view = panel_views::palette(review, (enabled, scope), settings, &self.remembered);
                command_palette::show(&ctx, dialog, &view, actions);
            }
            (Some(Dialog::Settings(dialog)), _) => {
                let file = self.folders.settings_file();
                settings_dialog::show(
                    &ctx,
                    dialog,
                    settings,
                    &self.annotator,
                    (&file, self.folders.fetched()),
                    actions,
                );
            }
            (Some(Dialog::GoTo(dialog)), Some(review)) => {
                go_to::show(&ctx, dialog, panel_views::go_to(review), actions);
            }
            (Some(Dialog::Messages), Some(review)) => {
                messages::show(&ctx, review.dataset(), self.notices.log(), actions);
            }
            (Some(Dialog::Annotator(dialog)), Some(review)) => {
                annotators::dialog(&ctx, dialog, &panel_views::annotators(review), actions);
            }
            (Some(Dialog::Orphans), Some(review)) => orphans::show(&ctx, &review.orphans, actions),
            (Some(Dialog::Jobs), Some(_)) => {
                jobs_dialog::show(&ctx, at_work, &self.finished, actions);
            }
            (Some(Dialog::Reading(dialog)), Some(_)) => reading_dialog::show(&ctx, dialog, actions),
            (Some(Dialog::Asking(dialog)), Some(_)) => asking_dialog::show(&ctx, dialog, actions),
            (Some(Dialog::Check(dialog)), Some(_)) => check_dialog::show(&ctx, job.is_some(), dialog, actions),
            (Some(Dialog::Export(dialog)), Some(review)) => {
                export_dialog::show(&ctx, dialog, &panel_views::export(review, job, tour), actions);
            }
            (Some(Dialog::SaveFilter(dialog)), Some(review)) => {
                let is_invalid = review.navigator.search_error().is_some();
                save_filter::show(&ctx, dialog, review.navigator.search_text(), is_invalid, &settings.filters, actions);
            }
            (Some(Dialog::Scoreboard(dialog)), Some(review)) => {
                dialog.update(review.version, || review.scoreboard());
                scoreboard::show(&ctx, dialog, review.signals.weights_reset(), actions);
            }
            (Some(Dialog::SecondPass(dialog)), Some(review)) => {
                second_pass::show(&ctx, dialog, &panel_views::second_pass(review), actions);
            }
            (Some(Dialog::NewAudit(dialog)), Some(review)) => {
                let view = panel_views::new_audit(review, &dialog.fields.name);
                new_audit::show(&ctx, dialog, &view, actions);
            }
            (Some(Dialog::Audits(dialog)), Some(review)) => {
                let entries: Vec<_> = review.audit_entries().collect();
                audits_dialog::show(&ctx, dialog, &entries, actions);
            }
            (Some(Dialog::Merge(dialog)), Some(review)) => {
                if let Err(error) = dialog.update(&ctx) {
                    log::warn!("the sidecars to merge were not examined: {error}");
                }
                let view = MergeView { unsaved: review.unsaved(), dataset: &review.path, job };
                merge_dialog::show(&ctx, dialog, &view, actions);
            }
            (Some(Dialog::Exchange(dialog)), Some(_)) => {
                let view = ExchangeView { running, settings };
                exchange_dialog::show(&ctx, dialog, &view, actions);
            }
            (Some(Dialog::Team(dialog)), Some(review)) => {
                team_dialog::show(&ctx, dialog, &panel_views::team(review), actions);
            }
            // Dialogs of a review are not drawn without one.
            (None | Some(_), _) => {}
        }
    }
}

/// The places of the program's files, and of the judgements of the open dataset.
fn places(folders: &Folders, review: Option<&Review>) -> Vec<KnownPlace> {
    let judgements = review.map(|review| review.saving.location().path.clone());
    let judgements = judgements.map(|path| KnownPlace::file("Judgements of this dataset", path));
    let others = [
        KnownPlace::file("Settings", folders.settings_file()),
        KnownPlace::folder("Data", folders.data.clone()),
        KnownPlace::folder("Backups of judgements", folders.backups()),
        KnownPlace::folder("Cache", folders.cache.clone()),
        KnownPlace::folder("Fetched tiles", folders.fetched()),
        KnownPlace::folder("Log and crash reports", folders.state.clone()),
    ];
    judgements.into_iter().chain(others).collect()
}
