//! Commands that concern the open dataset as a whole: its dialogs, searches, work in the
//! background.

use tilejury_audit::now;
use tilejury_audit::search::OccurrenceQuery;
use tilejury_data::TilePath;

use crate::command::DatasetCommand;
use crate::jobs::{JobKind, WholeSetWork};
use crate::screen::App;
use crate::screen::dialogs::Dialog;
use crate::screen::leaving::Destination;
use crate::screen::side_state::Over;
use crate::settings::panels::SidePanel;
use crate::ui::annotators::AnnotatorDialog;
use crate::ui::file_dialog::PickerPurpose;
use crate::ui::search::focus_at_end;
use crate::ui::tile_search::tile_search_field;

impl App {
    pub(super) fn dataset_command(&mut self, command: DatasetCommand) {
        match command {
            DatasetCommand::Export => self.export_dialog(),
            DatasetCommand::Check => self.check_dialog(),
            DatasetCommand::IndexShards => self.ask_or_begin(WholeSetWork::Job(JobKind::Index)),
            DatasetCommand::LookForShards => self.check_shards_now(),
            DatasetCommand::RetryTiles => self.retry_tiles(),
            DatasetCommand::KeepOffline => self.keep_list_offline(),
            DatasetCommand::ScanTiles => self.toggle_pixel_scan(),
            DatasetCommand::ReadSample => self.read_sample(),
            DatasetCommand::ReadTiles => self.toggle_reading(),
            DatasetCommand::StopReading => self.stop_reading(),
            DatasetCommand::AskSample => self.ask_about_sample(),
            DatasetCommand::AskListed => self.ask_about_list(),
            DatasetCommand::PauseAsking => self.toggle_asking(),
            DatasetCommand::StopAsking => self.stop_asking(),
            DatasetCommand::Jobs => self.dialog = Some(Dialog::Jobs),
            DatasetCommand::Scoreboard => self.open_scoreboard(),
            DatasetCommand::ResetWeights => self.reset_weights(Some(now())),
            DatasetCommand::Overview => {
                if let Some(mut open) = self.review_context() {
                    open.toggle_overview();
                }
            }
            DatasetCommand::Report => {
                self.save_note();
                self.pick(PickerPurpose::SaveReport);
            }
            DatasetCommand::AuditReport => {
                self.save_note();
                self.pick(PickerPurpose::AuditReportFolder);
            }
            DatasetCommand::SecondPass => self.second_pass_command(),
            DatasetCommand::NewAudit => self.open_new_audit(),
            DatasetCommand::AuditExport => self.audit_export(),
            DatasetCommand::Audits => self.audits_command(),
            DatasetCommand::AcceptSet => self.accept_set_command(),
            DatasetCommand::Adjudicate => self.adjudicate_command(),
            DatasetCommand::Blind => {
                if let Some(mut open) = self.review_context() {
                    open.toggle_blind();
                }
            }
            DatasetCommand::BlindRoles => {
                if let Some(mut open) = self.review_context() {
                    open.toggle_blind_roles();
                }
            }
            DatasetCommand::Messages => self.dialog = Some(Dialog::Messages),
            DatasetCommand::Annotator => self.dialog = Some(Dialog::Annotator(AnnotatorDialog::default())),
            DatasetCommand::Orphans => self.dialog = Some(Dialog::Orphans),
            DatasetCommand::RetrySaving => {
                self.save_note();
                if let Some(reviewing) = self.reviewing() {
                    reviewing.review.saving.retry();
                }
            }
            DatasetCommand::SaveAs => {
                self.save_note();
                self.pick(PickerPurpose::SaveJudgements);
            }
            DatasetCommand::Exchange => self.exchange_dialog(),
            DatasetCommand::ExchangeNow => self.exchange_now(),
            DatasetCommand::Team => self.team_dialog(false),
            DatasetCommand::Assign => self.team_dialog(true),
            DatasetCommand::MyPart => {
                if let Some(mut open) = self.review_context() {
                    open.show_my_part();
                }
            }
            DatasetCommand::MergeSidecars => self.merge_dialog(),
            DatasetCommand::History => {
                // A note that is stored later would end what can be redone.
                self.save_note();
                self.toggle_panel(SidePanel::History);
            }
            DatasetCommand::GoTo => self.dialog = Some(Dialog::GoTo(Default::default())),
            DatasetCommand::SaveFilter => self.dialog = Some(Dialog::SaveFilter(Default::default())),
            DatasetCommand::CloseDataset => self.leave_for(Destination::Welcome),
            DatasetCommand::Search if self.view_state.is_searching_tiles() => {
                self.ctx.memory_mut(|memory| memory.request_focus(tile_search_field()));
            }
            DatasetCommand::Search => {
                self.remembered.queue_open = true;
                let sides = &mut self.view_state.sides;
                sides.wants_search = sides.queue_is_rail;
                if sides.queue_is_rail {
                    sides.over = Some(Over::Queue);
                } else {
                    self.view_state.unfold_queue(true);
                }
                focus_at_end(&self.ctx, &mut self.view_state.queue.search);
            }
            DatasetCommand::ShowAll => {
                if let Some(mut open) = self.review_context() {
                    open.use_filter(String::new());
                }
            }
            DatasetCommand::FindTile => self.find_focused_tile(OccurrenceQuery::Tile),
            DatasetCommand::FindPage => self.find_focused_tile(OccurrenceQuery::Page),
        }
    }

    fn toggle_panel(&mut self, panel: SidePanel) {
        if let Some(mut open) = self.review_context() {
            open.toggle_panel(panel);
        }
    }

    fn find_focused_tile(&mut self, query: impl FnOnce(TilePath) -> OccurrenceQuery) {
        if let Some(mut open) = self.review_context()
            && let Some(tile) = open.focused_tile()
        {
            open.toggle_occurrences(query(tile));
        }
    }
}
