//! The person's hands: the key that was just pressed, the keys that were used so far, and tooltips
//! that make room for work at the keyboard. Judges nothing.

use std::time::{Duration, Instant};

use egui::{Context, Event, Id, LayerId, Order, layers::PaintList};
use tilejury_audit::session::AuditSession;
use tilejury_audit::{Judgement, Reason, Relevance, Shown, Verdict};

use super::held_help::HeldHelp;
use super::view_state::OverviewState;
use super::{App, Stage};
use crate::command::{Command, KeyPress, KeyScope, ReviewCommand, entry_of, is_modifier, keymap};
use crate::demo::{self, PlantedDefect, PlantedKind};
use crate::recents::RecentProgress;
use crate::settings::{FIRST_HOUR_SECS, KeyDisplay};
use crate::ui::UiAction;
use crate::ui::enabled::Enabled;
use crate::ui::hints::{HintView, LESSONS};
use crate::ui::news;

/// The time for which a pressed key is shown.
const SHOWN: Duration = Duration::from_secs(1);
/// A longer pause between two frames is no time of use.
const PAUSE_SECS: f64 = 10.0;
/// The notices about a list, which are wrong once another list is shown.
const ABOUT_THE_LIST: &str = "in this list";

/// The state of the hands.
#[derive(Default)]
pub(super) struct Hands {
    /// The key that was pressed last, the name of its command, and when.
    pressed: Option<(String, &'static str, Instant)>,
    /// Whether tooltips are hidden: a key was pressed, and the pointer rested since.
    hides_tooltips: bool,
    /// The time of the last frame in seconds.
    last_frame: Option<f64>,
    /// The defects of the open dataset, if it is the demo.
    pub(super) planted: Vec<PlantedDefect>,
    pub(super) recent: RecentProgress,
    /// The search and the order of the list that was shown last.
    list: Option<(String, bool)>,
    /// The text field that had the keyboard before a dialog opened.
    pub(super) field: Option<Id>,
    /// The text field that gets the keyboard back, and the frames until then: in the frame after a
    /// dialog, its field cannot have it yet.
    pub(super) returns: Option<(Id, u8)>,
    /// The key of the help, while it is held.
    pub(super) held_help: Option<HeldHelp>,
}

impl App {
    /// Follows the hands through a frame; `actions` are those of the keys.
    pub(super) fn follow_hands(&mut self, keys_are_commands: bool, actions: &[UiAction]) {
        let (now, pressed, moved) = self.ctx.input(|input| (input.time, presses_key(input), moves_pointer(input)));
        self.hands.hides_tooltips = !moved && (pressed || self.hands.hides_tooltips);
        let passed = now - self.hands.last_frame.replace(now).unwrap_or(now);
        if (0.0..PAUSE_SECS).contains(&passed) && self.reviewing_now().is_some() {
            self.remembered.used_secs = (self.remembered.used_secs + passed).min(FIRST_HOUR_SECS);
        }
        if keys_are_commands {
            self.follow_commands(actions);
        }
        self.follow_list();
        match self.stage {
            // Until the last review has stored everything, its numbers are not the last ones.
            Stage::Welcome { .. } if self.closing.iter().all(std::thread::JoinHandle::is_finished) => {
                self.hands.recent.ask(&self.remembered.known, &self.ctx);
            }
            Stage::Welcome { .. } => self.ctx.request_repaint_after(Duration::from_millis(50)),
            Stage::Opening { .. } | Stage::Reviewing(_) => self.hands.recent.forget(),
        }
        self.hands.recent.poll();
    }

    /// Shows and learns the keys of commands that were pressed.
    fn follow_commands(&mut self, actions: &[UiAction]) {
        let keymap = keymap::from_context(&self.ctx);
        let held = crate::command::entries().filter(|entry| entry.press == KeyPress::Held);
        let held: Vec<Command> = held
            .map(|entry| entry.command)
            .filter(|command| self.ctx.input(|input| keymap.is_held(*command, input)))
            .collect();
        let commands = actions.iter().filter_map(|action| match action {
            UiAction::Run(command) => Some(*command),
            _ => None,
        });
        let scope = if self.view_state.is_comparing() { KeyScope::Comparing } else { KeyScope::Everywhere };
        let enabled = self.enabled();
        for command in commands.chain(held) {
            let Some(entry) = entry_of(command).filter(|_| enabled.allows(command)) else { continue };
            // The key that was pressed, of several that the command has.
            let key = self.ctx.input(|input| {
                input.events.iter().find_map(|event| match event {
                    Event::Key { key, pressed: true, modifiers, .. }
                        if keymap.command(scope, *key, *modifiers).is_some_and(|other| other.command == command) =>
                    {
                        Some(crate::command::Shortcut::pressed(*key, *modifiers).text())
                    }
                    _ => None,
                })
            });
            let key = key.unwrap_or_else(|| keymap.first(command));
            self.hands.pressed = Some((key, entry.name, Instant::now()));
            self.learn(word(command, entry.word));
        }
    }

    /// Records that a hint is not needed any more.
    pub(super) fn learn(&mut self, word: &str) {
        let is_lesson = LESSONS.iter().any(|lesson| lesson.word == word);
        if is_lesson && self.remembered.learned.insert(word.to_owned()) {
            self.save_remembered();
        }
    }

    /// Removes what was said about a list once another one is shown.
    fn follow_list(&mut self) {
        let list = self.reviewing_now().map(|reviewing| {
            let navigator = &reviewing.review.navigator;
            (navigator.search_text().to_owned(), navigator.is_by_suspicion())
        });
        if self.hands.list != list {
            self.hands.list = list;
            self.notices.withdraw_about(ABOUT_THE_LIST);
        }
    }

    /// The line to show above the status bar, if any.
    pub(super) fn hint_view(&self, enabled: &Enabled) -> Option<HintView> {
        let reviewing = self.reviewing_now()?;
        let review = &reviewing.review;
        if !self.settings.hints {
            return None;
        }
        let is_due = |word: &str| {
            let entry = crate::command::entries().find(|entry| entry.word == word);
            entry.is_some_and(|entry| enabled.allows(entry.command)) && !self.remembered.learned.contains(word)
        };
        // The lessons are about rows.
        let shows_row = self.view_state.overview == OverviewState::Closed && reviewing.sheet.is_none();
        let teaches = shows_row && self.remembered.is_in_first_hour();
        let lesson = LESSONS.iter().find(|lesson| teaches && is_due(lesson.word) && lesson.fits(review.visible()));
        // The number of findings is hidden from a person who judges blind, and in a round.
        let counts = review.shows(Shown::Rate) && !review.is_in_round();
        let planted = (counts && !self.hands.planted.is_empty()).then(|| {
            let found = self.hands.planted.iter().filter(|defect| is_found(defect, &review.session)).count();
            (found, self.hands.planted.len())
        });
        (lesson.is_some() || planted.is_some()).then_some(HintView {
            lesson,
            hides_roles: review.hides_roles(),
            planted,
        })
    }

    /// The key that was just pressed and the name of its command, if it is to be shown. Asks for a
    /// frame when it is to vanish.
    pub(super) fn pressed_key(&self) -> Option<(String, &'static str)> {
        let is_wanted = match self.settings.show_keys {
            KeyDisplay::FirstHour => self.remembered.is_in_first_hour(),
            KeyDisplay::Always => true,
            KeyDisplay::Never => false,
        };
        let (key, name, at) = self.hands.pressed.as_ref().filter(|_| is_wanted)?;
        let left = SHOWN.checked_sub(at.elapsed())?;
        self.ctx.request_repaint_after(left);
        Some((key.clone(), name))
    }

    /// Shows the pressed key where no status bar does, and hides the tooltips of a resting pointer.
    /// Called after everything was drawn.
    pub(super) fn draw_hands(&self) {
        if self.reviewing_now().is_none()
            && let Some((key, name)) = self.pressed_key()
        {
            news::key_at_bottom(&self.ctx, &key, name);
        }
        if self.hands.hides_tooltips {
            hide_tooltips(&self.ctx);
        }
    }

    /// Loads the planted defects, if the open dataset is the demo.
    pub(super) fn know_planted(&mut self, is_demo: bool) {
        self.hands.planted = if is_demo { demo::planted() } else { Vec::new() };
    }
}

/// The lesson that a command belongs to: any number and any reason will do.
fn word(command: Command, word: &'static str) -> &'static str {
    match command {
        Command::Review(ReviewCommand::ToggleNegative(_)) => "negative-1",
        Command::Review(ReviewCommand::ToggleReason(_)) => "reason-wrong-positive",
        _ => word,
    }
}

fn presses_key(input: &egui::InputState) -> bool {
    let pressed = |event: &Event| matches!(event, Event::Key { key, pressed: true, .. } if !is_modifier(*key));
    input.events.iter().any(pressed)
}

fn moves_pointer(input: &egui::InputState) -> bool {
    let moved = |event: &Event| {
        matches!(
            event,
            Event::PointerMoved(_) | Event::MouseMoved(_) | Event::PointerButton { .. } | Event::Touch { .. }
        )
    };
    input.events.iter().any(moved)
}

/// Leaves tooltips out of the picture. The loupe, which is in the same order, stays.
fn hide_tooltips(ctx: &Context) {
    let loupe = LayerId::new(Order::Tooltip, Id::unique("loupe"));
    let layers: Vec<LayerId> = ctx.memory(|memory| memory.layer_ids().collect());
    ctx.graphics_mut(|graphics| {
        for layer in layers.into_iter().filter(|layer| layer.order == Order::Tooltip && *layer != loupe) {
            *graphics.entry(layer) = PaintList::default();
        }
    });
}

/// Whether the judgements show that a planted defect was seen.
fn is_found(defect: &PlantedDefect, session: &AuditSession) -> bool {
    let index = session.dataset.find_line(&defect.split, defect.line);
    let Some(judgement) = index.and_then(|index| session.judgement(index)) else { return false };
    let relevance = defect.tile.as_ref().and_then(|tile| judgement.relevance(tile));
    match defect.kind {
        PlantedKind::FalseNegative => relevance == Some(Relevance::Relevant),
        PlantedKind::WrongPositive => {
            relevance == Some(Relevance::NotRelevant) || judgement.reasons.contains(&Reason::WrongPositive)
        }
        PlantedKind::BrokenTile => relevance == Some(Relevance::Broken),
        PlantedKind::BadQuery => blames_query(judgement),
    }
}

fn blames_query(judgement: &Judgement) -> bool {
    judgement.verdict == Some(Verdict::Reject)
        && (judgement.reasons.contains(&Reason::BadQuery) || judgement.reasons.contains(&Reason::Unanswerable))
}
