//! The actions of panels on the open review, and on the view of its sample.

use std::collections::BTreeSet;

use tilejury_audit::merge::AnnotatorScope;
use tilejury_audit::text::{capital, count};
use tilejury_audit::{JudgeAction, Relevance, RowsAction};
use tilejury_data::{LineNumber, SampleIndex, TilePath};

use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::list_order::ListOrder;
use crate::review::Sorted;
use crate::screen::notices::NoticeDuration;
use crate::screen::review_context::ReviewContext;
use crate::screen::view_state::OverviewState;
use crate::settings::QueueRows;
use crate::ui::judge_bar::TextEditor;
use crate::ui::search::search_field;
use crate::ui::tile_search::tile_search_field;
use crate::ui::{ReviewAction, ViewAction};

/// The search for the rows of conflicts.
const CONFLICTS: &str = "conflict:yes";

impl ReviewContext<'_> {
    pub(super) fn review_action(&mut self, action: ReviewAction) {
        if self.refuses_in_round(&action) || self.refuses_blind(&action) {
            return;
        }
        match action {
            ReviewAction::BeginPass(number, seed) => self.begin_pass(number, seed),
            ReviewAction::ResumePass => self.resume_pass(),
            ReviewAction::EnterAudit(number) => self.show_audit(number),
            ReviewAction::AssignListed(to, overlap) => self.assign_listed(&to, overlap),
            ReviewAction::Withdraw(number) => self.withdraw_assignment(number),
            ReviewAction::AcceptSet(number) => self.accept_set(number),
            ReviewAction::ComparePass(row) => self.compare_row(row),
            ReviewAction::NextChanged => self.next_changed(),
            ReviewAction::Settle(row, kept) => self.settle(row, kept),
            ReviewAction::ShowFirstWrong => self.show_first_wrong(),
            ReviewAction::StepBack => self.escape(),
            ReviewAction::Show(index) => self.show_row(index),
            ReviewAction::EnterSearch => self.enter_search(),
            ReviewAction::FindRows(text) => self.review().searcher().find_best_rows(text),
            ReviewAction::ShowRow(split, line) => self.show_line(&split, line),
            ReviewAction::Search(text) => self.review().search(text),
            ReviewAction::EndSearchEdit => self.review().end_search_edit(),
            ReviewAction::Sort(order) => self.sort_by(order),
            ReviewAction::UseQueueRows(rows) => self.use_queue_rows(rows),
            ReviewAction::SelectUpTo(row) => self.review().select_up_to(row),
            ReviewAction::ToggleSelected(row) => self.review().toggle_selected(row),
            ReviewAction::ClearSelection => _ = self.review().selected.clear(),
            ReviewAction::ShowFinding(at) => self.show_finding(at),
            ReviewAction::FollowFinding(at) => self.follow_finding(at),
            ReviewAction::UseFilter(text) => self.use_filter(text),
            ReviewAction::ShowConflicts(scope) => self.show_conflicts(scope),
            ReviewAction::FindOccurrences(query) => self.find_occurrences(query),
            ReviewAction::MarkInRows(rows, tile, relevance) => self.mark_in_rows(rows, tile, relevance),
            ReviewAction::Mark(tile, relevance) => self.mark(tile, relevance),
            ReviewAction::AddRelevant(tile) => self.add_relevant(self.screen.review.cursor(), tile),
            ReviewAction::RemoveRelevant(sample, tile) => self.remove_relevant(sample, tile),
            ReviewAction::SearchTiles(words) => self.search_tiles(words),
            ReviewAction::SaveNote(text) => self.set_note(&text),
            ReviewAction::ToggleTag(tag) => self.toggle_tag(&tag),
            ReviewAction::CancelEditing => self.view.writing = None,
            ReviewAction::StopJudging => self.stop_judging(),
            ReviewAction::MarkAlike(relevance) => self.mark_alike(relevance),
            ReviewAction::JudgeRows(rows, action) => self.judge_rows(rows, action),
            ReviewAction::RemoveReason(reason) => self.review().remove_reason(reason),
            ReviewAction::AnswerReason(reason) => self.answer_reason(reason),
            ReviewAction::DismissReasons => self.dismiss_reasons(),
            ReviewAction::RedoTo(steps) => self.redo_to(steps),
            ReviewAction::GoBack(depth) => self.move_in_history(JudgeAction::GoBack(depth)),
            ReviewAction::RestoreSteps(name) => self.move_in_history(JudgeAction::RestoreBranch(name)),
            ReviewAction::Decline => _ = self.review().decline(),
        }
    }

    pub(super) fn view_action(&mut self, action: ViewAction) {
        match action {
            ViewAction::Focus(position) => self.focus(position),
            ViewAction::FocusFound(at) => self.focus_found(at),
            ViewAction::ShowGroups(shown) => self.show_groups(shown),
            ViewAction::OpenTileGroup(at) => self.open_tile_group(at),
            ViewAction::WalkFound(steps) => self.walk_found(steps),
            ViewAction::Zoom(tile, factor, spot) => self.zoom_at(tile, factor, spot),
            ViewAction::Scroll(tile, by) => self.scroll(tile, by),
            ViewAction::MoveAlone(tile, by) if self.view.has_panes() => self.scroll_pane(tile, by),
            ViewAction::MoveAlone(tile, by) => {
                self.leave_tiles();
                self.view.zooming().move_alone(tile, by);
            }
            ViewAction::StartSelection(tile, spot) => self.start_selection(tile, spot),
            ViewAction::ExtendSelection(spot) => self.extend_selection(spot),
            ViewAction::EndSelection => self.view.text.dragging = false,
            ViewAction::ClearSelection => self.view.text.selection = None,
            ViewAction::OpenPanel(panel) => self.open_panel(panel),
            ViewAction::ClosePanel(panel) => self.close_panel(panel),
        }
    }

    /// Writes text into the field that has the keyboard but was not visible when the text was
    /// typed.
    pub(super) fn type_text(&mut self, text: &str) {
        match &mut self.view.writing {
            Some(TextEditor::Note(edit)) => edit.text.push_str(text),
            Some(TextEditor::Tags(edit)) => edit.text.push_str(text),
            None if self.ctx.memory(|memory| memory.has_focus(search_field())) => {
                let search = &mut self.view.queue.search;
                search.push_typed(self.ctx, text);
                self.screen.review.search(search.text.clone());
            }
            None if self.ctx.memory(|memory| memory.has_focus(tile_search_field())) => {
                self.view.tile_search.text.push_str(text);
                self.search_tiles(self.view.tile_search.text.clone());
            }
            None => {}
        }
    }

    /// Goes one step back. Where there is nothing to leave, and the list is one that was chosen in
    /// the overview, a notice names the key that shows it again.
    fn escape(&mut self) {
        let review = &self.screen.review;
        let has_more = review.is_in_round() || review.just_judged.is_some();
        if self.step_back() || has_more {
            return;
        }
        let search = self.screen.review.navigator.search_text();
        if self.view.search_of_overview.as_deref() == Some(search) {
            let keymap = keymap::from_context(self.ctx);
            let (overview, all) = (keymap.first(DatasetCommand::Overview), keymap.first(DatasetCommand::ShowAll));
            self.notices
                .toast(format!("{overview} shows the overview again; {all} lists all rows."), NoticeDuration::Short);
        }
    }

    /// Goes one step back: closes the contact sheet, else ends the selection of rows, else closes
    /// the reasons, else the comparison, tile or page, else declines the offer. Returns whether
    /// there was anything of these.
    pub(in crate::screen) fn step_back(&mut self) -> bool {
        // What lies over the tiles is the nearest.
        if self.close_overview() || self.view.sides.over.take().is_some() {
            return true;
        }
        // A digit that waits for a second one is dropped, not used.
        if self.view.digit.take().is_some() || self.screen.sheet.take().is_some() || self.review().selected.clear() {
            return true;
        }
        let mut steps = self.view.asking.take().is_some();
        if self.review().just_judged.take().is_none() {
            let goes_back = self.view.back() || self.review().decline();
            if !goes_back {
                self.end_round();
            }
            steps |= goes_back;
        }
        if self.view.tile_search_scene().is_none() {
            self.review().searcher().stop_tile_search();
        }
        steps
    }

    fn sort_by(&mut self, order: ListOrder) {
        if self.review().sort_by(order) == Sorted::AfterSignals {
            self.notify("Still computing signals; the list is sorted when they are known.");
        }
    }

    pub(in crate::screen) fn use_queue_rows(&mut self, rows: QueueRows) {
        self.remembered.queue_rows = rows;
        self.remembered.queue_open = true;
        self.save_remembered();
    }

    /// Shows a row that a person chose.
    pub(in crate::screen) fn show_row(&mut self, index: SampleIndex) {
        self.view.overview = OverviewState::Closed;
        self.save_note();
        self.show(index);
    }

    fn show_line(&mut self, split: &str, line: LineNumber) {
        self.view.overview = OverviewState::Closed;
        self.save_note();
        match self.review().dataset().find_line(split, line) {
            Some(index) => self.show(index),
            None => self.notify(format!("Line {line} of {split} is not a usable row.")),
        }
    }

    pub(in crate::screen) fn show_finding(&mut self, at: usize) {
        self.save_note();
        self.review().show_finding(at);
    }

    fn enter_search(&mut self) {
        self.view.overview = OverviewState::Closed;
        self.review().enter_search();
    }

    /// Stores the note that was written, for the row that it was begun on.
    fn set_note(&mut self, text: &str) {
        let sample = match self.view.writing.take() {
            Some(TextEditor::Note(edit)) => edit.sample,
            Some(TextEditor::Tags(_)) | None => self.screen.review.cursor(),
        };
        self.review().set_note(sample, text);
    }

    fn dismiss_reasons(&mut self) {
        self.view.asking = None;
        self.review().just_judged = None;
    }

    fn redo_to(&mut self, steps: usize) {
        self.save_note();
        self.review().redo_to(steps);
    }

    fn show(&mut self, index: SampleIndex) {
        self.screen.sheet = None;
        let review = self.review();
        review.just_judged = None;
        review.show(index);
    }

    /// Adds a tile that the row of a sample does not name, as relevant to its query.
    pub(in crate::screen) fn add_relevant(&mut self, sample: SampleIndex, tile: TilePath) {
        let name = tile.short_name().into_owned();
        match self.review().add_relevant(sample, tile) {
            Ok(()) => {
                let undo = keymap::from_context(self.ctx).first(ReviewCommand::Undo);
                self.notify(format!("{name} is added to the row as relevant; {undo} removes it."));
            }
            Err(why) => self.notify(format!("{name} is not added: {why}.")),
        }
    }

    fn mark_in_rows(&mut self, rows: BTreeSet<SampleIndex>, tile: TilePath, relevance: Option<Relevance>) {
        let undo = keymap::from_context(self.ctx).first(ReviewCommand::Undo);
        let text = match (self.review().mark_in_rows(rows, tile, relevance), relevance) {
            (0, _) => "Nothing to mark: the rows already have this mark.".to_owned(),
            (rows, Some(_)) => format!("Marked in {}; {undo} undoes all.", count(rows, "row")),
            (rows, None) => format!("Mark removed in {}; {undo} undoes all.", count(rows, "row")),
        };
        self.notify(text);
    }

    /// Adds a tag to the selected rows, or removes it; to the visible row if none is selected.
    fn toggle_tag(&mut self, tag: &str) {
        let review = &self.screen.review;
        if !review.selected.is_empty() {
            self.judge_rows(review.selected.rows(), review.toggled_tag(tag));
            return;
        }
        let review = self.review();
        review.toggle_tag(tag);
        let place = review.dataset().describe_position(review.cursor());
        let added = review.judgement().tags.contains(tag);
        let text = if added { format!("Tag {tag} added to {place}") } else { format!("Tag {tag} of {place} removed") };
        self.screen.report_step(text, ReviewCommand::Undo);
    }

    pub(in crate::screen) fn judge_rows(&mut self, rows: Vec<SampleIndex>, action: RowsAction) {
        self.save_note();
        self.begin(JudgeAction::Rows(rows, action));
    }

    fn remove_relevant(&mut self, sample: SampleIndex, tile: TilePath) {
        if let Err(why) = self.review().remove_relevant(sample, tile) {
            self.notify(capital(&format!("{why}.")));
        }
    }

    fn show_conflicts(&mut self, scope: AnnotatorScope) {
        let review = &mut self.screen.review;
        review.conflicts_of(scope);
        CONFLICTS.clone_into(&mut self.view.queue.search.text);
        review.search_for(CONFLICTS.to_owned());
        review.show_first();
        self.remembered.queue_open = true;
        self.view.unfold_queue(false);
    }

    fn move_in_history(&mut self, action: JudgeAction) {
        self.save_note();
        let moved = self.review().move_in_history(action);
        self.notify_history_move(moved);
    }
}
