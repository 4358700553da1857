//! Judging blind in the window: the commands that switch it, the words of what is refused, and the
//! line that says what is hidden. What is hidden is decided in `review/visible.rs`.
//!
//! A round that must be judged blind, such as an audit whose plan says so, calls
//! [`ReviewContext::require_blinding`] with [`Blinding::Blind`] when it begins and with
//! [`Blinding::Off`] when it ends. Until then no key shows more, whatever the person chose.

use egui::{Panel, Ui};
use tilejury_audit::Shown;

use super::App;
use super::notices::NoticeDuration;
use super::review_context::ReviewContext;
use crate::blinding::Blinding;
use crate::command::{Command, DatasetCommand, ReviewCommand, ViewCommand, keymap};
use crate::list_order::OrderKey;
use crate::review::Review;
use crate::ui::blind_line::{self, BlindView};
use crate::ui::{ReviewAction, UiAction};

/// Draws the line about what is hidden, if anything is.
pub(super) fn draw_line(ui: &mut Ui, review: &Review, actions: &mut Vec<UiAction>) {
    if review.blinding() == Blinding::Off {
        return;
    }
    let view = BlindView {
        visible: review.visible(),
        without_roles: review.blinding() == Blinding::WithoutRoles,
        is_required: review.is_blinding_required(),
    };
    Panel::top("blind").show(ui, |ui| blind_line::show(ui, &view, actions));
}

impl App {
    /// Hides as much as the person asked for in the last session.
    pub(super) fn restore_blinding(&mut self) {
        let blinding = self.remembered.blinding;
        if let Some(reviewing) = self.reviewing().filter(|_| blinding != Blinding::Off) {
            reviewing.review.set_blinding(blinding);
        }
    }

    /// The reason why a command is refused while something is hidden.
    pub(super) fn why_hidden(&self, command: Command) -> Option<String> {
        let review = &self.reviewing_now()?.review;
        // On an answered row the roles may be compared with.
        if command == ViewCommand::Compare.into() && review.hides_roles() && review.judgement().verdict.is_some() {
            return None;
        }
        let shown = command.reveals().filter(|shown| !review.shows(*shown))?;
        // A second pass refuses in its own words.
        (review.blinding() != Blinding::Off).then(|| refusal(&self.ctx, review, shown))
    }
}

/// The words for something that is hidden.
fn refusal(ctx: &egui::Context, review: &Review, shown: Shown) -> String {
    let keymap = keymap::from_context(ctx);
    let command = match (review.blinding(), shown) {
        (Blinding::WithoutRoles, Shown::Roles) => DatasetCommand::BlindRoles,
        _ => DatasetCommand::Blind,
    };
    let next = match review.is_blinding_required() {
        true => "this round is judged blind".to_owned(),
        false => format!("{} shows what is hidden", keymap.first(command)),
    };
    format!("Blind: {} are hidden; {next}.", shown.label())
}

impl ReviewContext<'_> {
    /// Hides as much as a round asks for; [`Blinding::Off`] when it ends. See the head of this
    /// file.
    pub(in crate::screen) fn require_blinding(&mut self, blinding: Blinding) {
        if self.screen.review.blinding() != blinding {
            self.leave_row();
        }
        self.review().require_blinding(blinding);
        self.screen.forget_looks();
    }

    /// Hides as much as the person asks for, and remembers it.
    fn set_blinding(&mut self, blinding: Blinding) {
        if self.screen.review.is_blinding_required() {
            self.notify("This round is judged blind: nothing more can be shown before it ends.");
            return;
        }
        self.leave_row();
        self.review().set_blinding(blinding);
        self.screen.forget_looks();
        self.remembered.blinding = blinding;
        self.save_remembered();
        self.screen.review.navigator.search_text().clone_into(&mut self.view.queue.search.text);
        let text = match blinding {
            Blinding::Off => "Everything is shown again. Each verdict keeps what was shown.",
            Blinding::Blind => "You judge blind. Each verdict keeps what was hidden.",
            Blinding::WithoutRoles => "You judge blind, without the roles of tiles. Mark each tile, then accept.",
        };
        self.notify(text);
    }

    pub(super) fn toggle_blind(&mut self) {
        let is_on = self.screen.review.blinding() != Blinding::Off;
        self.set_blinding(if is_on { Blinding::Off } else { Blinding::Blind });
    }

    pub(super) fn toggle_blind_roles(&mut self) {
        let is_on = self.screen.review.blinding() == Blinding::WithoutRoles;
        self.set_blinding(if is_on { Blinding::Blind } else { Blinding::WithoutRoles });
    }

    /// Refuses an action of a panel that would tell what is hidden.
    pub(super) fn refuses_blind(&mut self, action: &ReviewAction) -> bool {
        let review = &self.screen.review;
        if review.blinding() == Blinding::Off {
            return false;
        }
        let told = match action {
            ReviewAction::Search(text) | ReviewAction::UseFilter(text) if review.hides_search(text) => {
                let text = "Blind: this search would tell what is hidden.".to_owned();
                self.notices.toast(text, NoticeDuration::Short);
                return true;
            }
            ReviewAction::Sort(order) => match order.key {
                OrderKey::Suspicion => Shown::Order,
                OrderKey::Verdict => Shown::Rate,
                OrderKey::File | OrderKey::Query | OrderKey::Negatives | OrderKey::Judged => return false,
            },
            ReviewAction::ShowConflicts(_) => Shown::Others,
            ReviewAction::ShowFinding(_) | ReviewAction::FollowFinding(_) => Shown::Signals,
            ReviewAction::ShowFirstWrong => Shown::Order,
            ReviewAction::SearchTiles(_) | ReviewAction::MarkAlike(_) => Shown::Scores,
            ReviewAction::FindOccurrences(_)
            | ReviewAction::RemoveReason(_)
            | ReviewAction::JudgeRows(..)
            | ReviewAction::MarkInRows(..) => Shown::Roles,
            _ => return false,
        };
        if review.shows(told) {
            return false;
        }
        let text = refusal(self.ctx, review, told);
        self.notices.toast(text, NoticeDuration::Short);
        true
    }

    /// Gives the row without roles the verdict that follows from its tiles.
    pub(super) fn judge_by_tiles(&mut self) {
        let keymap = keymap::from_context(self.ctx);
        let row = self.screen.review.cursor();
        let tiles = self.screen.seen();
        let open = self.screen.review.unmarked_numbers();
        let Some(more) = self.screen.review.judge_by_tiles(tiles, self.settings.auto_advance) else {
            let numbers: Vec<String> = open.iter().map(ToString::to_string).collect();
            let rest = keymap.first(ReviewCommand::MarkNegatives(Some(tilejury_audit::Relevance::NotRelevant)));
            let are = if open.len() == 1 { "has" } else { "have" };
            let tiles = if open.len() == 1 { "Tile" } else { "Tiles" };
            self.notify(format!(
                "{tiles} {} {are} no mark. A digit marks a tile as relevant; {rest} marks the rest as not relevant.",
                numbers.join(", ")
            ));
            return;
        };
        let place = self.screen.review.dataset().describe_position(row);
        self.screen.report_step(format!("Answered {place}"), ReviewCommand::Undo);
        if let Some(text) = self.end_in_words(more) {
            self.notify(text);
        }
    }
}
