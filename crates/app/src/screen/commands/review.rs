//! Commands that judge the current sample, or go to another. How a judgement changes the review is
//! in `crate::review`.

use tilejury_audit::judgement::LOOK_AGAIN;
use tilejury_audit::session::can_have_reasons;
use tilejury_audit::text::{count, uncapital};
use tilejury_audit::{JudgeAction, Relevance, RowsAction, Verdict};
use tilejury_data::TileSlot;

use crate::command::{DatasetCommand, ReviewCommand, keymap};
use crate::review::{NextTarget, Review, RoundKind, UndoOutcome};
use crate::screen::notices::NoticeDuration;
use crate::screen::review_context::ReviewContext;
use crate::screen::view_state::{DigitPurpose, Scene};
use crate::settings::panels::SidePanel;
use crate::ui::ScenePosition;
use crate::ui::check_findings::sentence;

/// The notice while the findings are being computed.
const STILL_COMPUTING: &str = "Still computing signals.";
/// The notices where no other row is like that.
const ALL_JUDGED: &str = "Every other row in this list is judged.";
const NONE_UNDECIDED: &str = "No other row in this list is undecided.";

impl ReviewContext<'_> {
    pub(super) fn review_command(&mut self, command: ReviewCommand) {
        if self.sheet_command(command) {
            return;
        }
        if let Some(action) = self.for_selected_rows(command) {
            self.judge_rows(self.screen.review.selected.rows(), action);
            return;
        }
        if command.judges() && self.is_too_quick() {
            return;
        }
        let needs_sample = matches!(
            command,
            ReviewCommand::Note | ReviewCommand::NoteJudged | ReviewCommand::Tags | ReviewCommand::LookAgain
        );
        if needs_sample && self.screen.review.sample.is_none() {
            return;
        }
        // Any other command ends the writing of a note; its text is kept.
        if command != ReviewCommand::Note {
            self.save_note();
        }
        self.carry_out(command);
    }

    /// Carries out a command on the visible row, or goes to another.
    fn carry_out(&mut self, command: ReviewCommand) {
        match command {
            ReviewCommand::Undo => self.begin(JudgeAction::Undo),
            ReviewCommand::Redo => self.begin(JudgeAction::Redo),
            ReviewCommand::Judge(verdict) => self.judge(verdict),
            ReviewCommand::ClearVerdict => self.clear_verdict(),
            ReviewCommand::Propagate => self.propagate(),
            ReviewCommand::ToggleReason(reason) => self.toggle_reason(reason),
            ReviewCommand::Note => self.write_note(),
            ReviewCommand::NoteJudged => self.write_note_on_judged(),
            ReviewCommand::CopyLastNote => self.copy_last_note(),
            ReviewCommand::Tags => self.write_tags(),
            ReviewCommand::LookAgain => self.toggle_flag(),
            ReviewCommand::ToggleNegative(number) => self.press_digit(usize::from(number), DigitPurpose::Mark),
            // In a comparison the focus stays on the tile beside the positive.
            ReviewCommand::TogglePositive => self.review().toggle(TileSlot::POSITIVE),
            ReviewCommand::ToggleFocused => self.toggle_focused(),
            ReviewCommand::MarkFocused(relevance) => self.mark_focused(relevance),
            ReviewCommand::MarkNegatives(relevance) => self.mark_negatives(relevance),
            ReviewCommand::AddFoundTile => self.add_found_tile(),
            ReviewCommand::FocusNextTile => self.move_focus(true),
            ReviewCommand::FocusPreviousTile => self.move_focus(false),
            ReviewCommand::Next => self.review().step(1),
            ReviewCommand::Previous => self.review().step(-1),
            ReviewCommand::FollowFinding => self.follow_next_finding(),
            ReviewCommand::ExtendDown => self.extend_rows(1),
            ReviewCommand::ExtendUp => self.extend_rows(-1),
            ReviewCommand::NextFinding => self.step_finding(true),
            ReviewCommand::PreviousFinding => self.step_finding(false),
            ReviewCommand::First => self.review().go_to_first(),
            ReviewCommand::Last => self.review().go_to_last(),
            ReviewCommand::NextUnjudged => self.go_to_next(NextTarget::Unjudged, ALL_JUDGED),
            ReviewCommand::NextSuspicious => self.go_to_next_suspicious(),
            ReviewCommand::NextUndecided => self.go_to_next(NextTarget::Undecided, NONE_UNDECIDED),
            ReviewCommand::LastJudged => self.go_to_last_judged(),
            ReviewCommand::Back => self.go_to_place(true),
            ReviewCommand::Forward => self.go_to_place(false),
            ReviewCommand::SuspiciousFirst => self.sort_by_suspicion(),
            ReviewCommand::NextChanged => self.next_changed(),
            ReviewCommand::Settle(kept) => self.settle_visible(kept),
            ReviewCommand::TakeAnswer(column) => self.take_answer(usize::from(column)),
        }
    }

    fn clear_verdict(&mut self) {
        let last_seq = self.review().session.last_seq();
        self.review().clear_verdict();
        self.report_if_new(last_seq, |review| {
            format!("Cleared the verdict of {}", review.dataset().describe_position(review.cursor()))
        });
    }

    fn toggle_focused(&mut self) {
        let slot = self.screen.review.focus;
        let focus = self.view.focus(slot);
        self.mark_and_go_on(slot, |open| open.mark_visible_tile(focus, Review::toggle));
    }

    fn mark_focused(&mut self, relevance: Option<Relevance>) {
        let slot = self.screen.review.focus;
        let focus = self.view.focus(slot);
        self.mark_and_go_on(slot, |open| open.mark(focus, relevance));
    }

    fn mark_negatives(&mut self, relevance: Option<Relevance>) {
        if relevance != Some(Relevance::Broken) || !self.refuses_broken(None) {
            self.review().mark_negatives(relevance);
        }
    }

    fn sort_by_suspicion(&mut self) {
        if !self.review().order_by_suspicion() {
            self.notify(STILL_COMPUTING);
        }
    }

    /// The judgement of all selected rows that a command asks for; `None` if it concerns the
    /// visible row, or no row is selected.
    fn for_selected_rows(&self, command: ReviewCommand) -> Option<RowsAction> {
        let review = &self.screen.review;
        if review.selected.is_empty() {
            return None;
        }
        match command {
            ReviewCommand::Judge(verdict) => Some(RowsAction::Verdict(Some(verdict))),
            ReviewCommand::ClearVerdict => Some(RowsAction::Verdict(None)),
            ReviewCommand::LookAgain => Some(review.toggled_tag(LOOK_AGAIN)),
            ReviewCommand::ToggleReason(reason) => review.toggled_reason(reason),
            _ => None,
        }
    }

    /// Whether the row was visible for too short a time to judge it; if so, a notice says it. The
    /// key press is dropped, and never carried out later.
    fn is_too_quick(&mut self) -> bool {
        let review = &self.screen.review;
        let row = review.cursor();
        if review.sample.is_none() || self.screen.viewing_time.has_lasted(row, self.settings.settle_ms) {
            return false;
        }
        let row = review.dataset().describe_position(row);
        let text = format!("Too quick: {row} was visible too briefly; the key was ignored.");
        self.notices.toast(text, NoticeDuration::Short);
        true
    }

    fn judge(&mut self, verdict: Verdict) {
        if self.screen.review.hides_roles() {
            match verdict {
                Verdict::Accept => return self.judge_by_tiles(),
                Verdict::Reject => {
                    let key = keymap::from_context(self.ctx).first(ReviewCommand::Judge(Verdict::Accept));
                    self.notify(format!("Roles are hidden: the verdict follows from the tiles. {key} takes it."));
                    return;
                }
                Verdict::Unsure => {}
            }
        }
        let tiles = self.screen.seen();
        let unseen = self.screen.unconfirmed(&tiles);
        let review = &mut self.screen.review;
        let copies = review.copies(&tiles);
        if verdict == Verdict::Accept && review.hold_accept(&tiles, &copies) {
            return;
        }
        let mut notices = Vec::new();
        if verdict == Verdict::Accept {
            notices.extend(review.describe_copies(&tiles, &copies));
        }
        // The sample stays until a reason or Enter, if the person wants to be asked.
        let asks = self.settings.reason_first && can_have_reasons(Some(verdict));
        self.view.asking = asks.then_some(review.cursor());
        let (row, last_seq) = (review.cursor(), review.session.last_seq());
        let more = review.judge(verdict, tiles, copies, self.settings.auto_advance && !asks);
        self.report_if_new(last_seq, |review| {
            format!("{} {}", verdict.label(), review.dataset().describe_position(row))
        });
        if let Some(unseen) = unseen.filter(|_| verdict == Verdict::Accept) {
            notices.push(unseen);
        }
        notices.extend(self.end_in_words(more));
        if !notices.is_empty() {
            self.notify(notices.join(" "));
        }
    }

    /// The words after a verdict if the list or the round has come to its end. `more`: whether a
    /// row is left to go on with.
    pub(in crate::screen) fn end_in_words(&self, more: bool) -> Option<String> {
        match self.screen.review.round_kind() {
            Some(RoundKind::Audit) => self.audit_is_answered(),
            Some(RoundKind::Adjudication) => (!more).then(|| self.adjudication_is_done()),
            Some(RoundKind::SecondPass) | None => {
                if let Some(pass) = self.screen.review.pass_progress().filter(|pass| pass.is_finished()) {
                    let key = keymap::from_context(self.ctx).first(DatasetCommand::SecondPass);
                    let rows = count(pass.rows, "row");
                    return Some(format!("All {rows} are judged again. {key} ends the pass and shows the result."));
                }
                (!more).then(|| self.list_is_judged())
            }
        }
    }

    /// The end of the list, and what may come next.
    fn list_is_judged(&self) -> String {
        let keymap = keymap::from_context(self.ctx);
        let next = if self.screen.review.navigator.search_text().trim().is_empty() {
            format!(
                "{} shows the overview, {} exports.",
                keymap.first(DatasetCommand::Overview),
                keymap.first(DatasetCommand::Export)
            )
        } else {
            format!("{} lists all rows.", keymap.first(DatasetCommand::ShowAll))
        };
        format!("Every row in this list is judged. {next}")
    }

    fn propagate(&mut self) {
        if let Some(rows) = self.review().propagate() {
            self.notify(format!("Marked in {}.", count(rows, "more row")));
        }
    }

    fn toggle_flag(&mut self) {
        let review = self.review();
        review.toggle_flag();
        let place = review.dataset().describe_position(review.cursor());
        let flagged = review.judgement().tags.contains(LOOK_AGAIN);
        let text = if flagged { format!("Flagged {place}.") } else { format!("Flag of {place} removed.") };
        self.screen.report_step(text, ReviewCommand::Undo);
    }

    /// Reports a step that was undone or redone.
    pub(in crate::screen) fn report_undo(&mut self, is_undo: bool, step: &str) {
        let step = if self.screen.review.hides_roles() { "The last step" } else { step };
        let (done, reverts) = if is_undo { ("Undone", ReviewCommand::Redo) } else { ("Redone", ReviewCommand::Undo) };
        self.screen.report_step(format!("{done}: {}", uncapital(step)), reverts);
    }

    /// Reports a step with Undo, if there is an event after number `last_seq`: otherwise Undo would
    /// revert another step.
    fn report_if_new(&mut self, last_seq: u64, text: impl FnOnce(&Review) -> String) {
        let review = &self.screen.review;
        if review.session.last_seq() > last_seq {
            let text = text(review);
            self.screen.report_step(text, ReviewCommand::Undo);
        }
    }

    /// Reports an undo or a redo.
    pub(in crate::screen) fn report_moved(&mut self, is_undo: bool, outcome: UndoOutcome) {
        match outcome {
            UndoOutcome::Nothing if is_undo => self.notify("Nothing to undo."),
            UndoOutcome::Nothing => self.notify("Nothing to redo."),
            UndoOutcome::Step(step) => self.report_undo(is_undo, &step),
            UndoOutcome::Moved(moved) => self.notify_history_move(Some(moved)),
            UndoOutcome::Propagated(rows) => {
                let rows = count(rows, "row");
                self.notify(format!("Marks {} in {rows}.", if is_undo { "undone" } else { "redone" }));
            }
        }
    }

    /// Marks a visible tile, or removes its mark; on a page, too.
    pub(in crate::screen) fn mark(&mut self, position: ScenePosition, relevance: Option<Relevance>) {
        if relevance != Some(Relevance::Broken) || !self.refuses_broken(Some(position)) {
            self.mark_visible_tile(position, |review, tile| review.mark(tile, relevance));
        }
    }

    pub(in crate::screen) fn move_focus(&mut self, forwards: bool) {
        let tiles = self.screen.review.sample.as_ref().map_or(0, |sample| sample.negatives.len() + 1);
        let comparing = self.view.is_comparing() || self.view.is_reading_view();
        if self.view.is_searching_tiles() {
            self.walk_found(if forwards { 1 } else { -1 });
            return;
        }
        if let Some(next) = self.next_in_survey(forwards) {
            self.focus(next.into());
            return;
        }
        let (focus, tiles) = match &mut self.view.scene {
            Scene::Page(page) => {
                page.scroll = true;
                (page.focus.index(), page.tiles.as_ref().map_or(0, Vec::len))
            }
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } | Scene::Tiles(_) => {
                (self.screen.review.focus.index(), tiles)
            }
        };
        let tiles = tiles.max(1);
        let mut focus = (focus + if forwards { 1 } else { tiles - 1 }) % tiles;
        // The positive is visible anyway.
        if comparing && !self.screen.review.hides_roles() && focus == 0 && tiles > 1 {
            focus = if forwards { 1 } else { tiles - 1 };
        }
        self.focus(ScenePosition::new(focus));
    }

    fn go_to_next(&mut self, target: NextTarget, none: &str) {
        let review = self.review();
        review.just_judged = None;
        if !review.next(target) {
            self.notify(none);
        }
    }

    fn go_to_next_suspicious(&mut self) {
        if self.screen.review.signals.findings().is_none() {
            self.review().just_judged = None;
            self.notify(STILL_COMPUTING);
        } else {
            self.go_to_next(NextTarget::Suspicious, "No other unjudged row in this list is suspicious.");
        }
    }

    /// Goes to the row of the next or the previous finding of the last check. The first time, the
    /// list of findings opens beside the tiles.
    fn step_finding(&mut self, forwards: bool) {
        let review = &mut self.screen.review;
        let Some(findings) = review.check.as_ref().map(|check| check.problems().len()) else {
            let key = keymap::from_context(self.ctx).first(DatasetCommand::Check);
            self.notify(format!("No check has run since the dataset was opened; {key} checks it."));
            return;
        };
        let found = review.step_finding(forwards).map(|(number, problem)| (number, sentence(problem)));
        if !std::mem::replace(&mut self.view.findings_listed, true) {
            self.open_panel(SidePanel::Check);
        }
        let text = match found {
            // The list beside the tiles has the whole sentence; here it would cover the query.
            Some((number, _)) if self.remembered.panels.is_open(SidePanel::Check) => {
                format!("Finding {number} of {findings}.")
            }
            Some((number, sentence)) => format!("{number} of {findings}: {sentence}"),
            None if findings == 0 => "The last check found nothing.".to_owned(),
            None => "No finding of the last check is about a row.".to_owned(),
        };
        self.notices.toast(text, NoticeDuration::Short);
    }

    fn extend_rows(&mut self, steps: i64) {
        self.remembered.queue_open = true;
        self.review().extend_selection(steps);
    }

    /// Goes back to the place before the last jump, or forward again.
    fn go_to_place(&mut self, back: bool) {
        if self.review().go_to_place(back).is_some() {
            let search = self.screen.review.navigator.search_text();
            self.view.queue.search.text = search.to_owned();
        }
    }

    fn go_to_last_judged(&mut self) {
        let review = self.review();
        review.just_judged = None;
        if !review.go_to_last_judged() {
            self.notify("No other row was judged before.");
        }
    }
}
