//! Commands of the reading view: switching to it, scrolling its panes, choosing what is in them,
//! numbers of two digits, and what comes after a mark.

use std::time::Duration;

use egui::{Vec2, vec2};
use tilejury_data::TileSlot;

use super::notices::NoticeDuration;
use super::reading_view::{SURVEY_UP_TO, size_of};
use super::review_context::ReviewContext;
use super::side_state::Over;
use super::view_state::{DigitPurpose, HomeScene, PendingDigit, QueueFold, Scene};
use crate::command::{Command, ReviewCommand, ViewCommand, keymap};
use crate::ui::ScenePosition;
use crate::ui::tiles::PlacedTile;

/// The part of the visible picture that an arrow key scrolls.
pub(super) const LINES: f32 = 0.15;
/// The part that a page scrolls: some lines are visible before and after it.
pub(super) const PAGE: f32 = 0.85;
/// The request of a survey that has one tile so far.
const PICK_ANOTHER: &str = "pick another to see both beside the positive.";
/// The time in seconds within which a second digit belongs to the first.
const SECOND_DIGIT_SECS: f64 = 0.5;

impl ReviewContext<'_> {
    /// Switches between the reading view and the grid, and remembers the choice. From other scenes
    /// it goes to the reading view.
    pub(super) fn toggle_reading_view(&mut self) {
        let home = match self.view.scene {
            Scene::ReadingView => HomeScene::Grid,
            _ => HomeScene::ReadingView,
        };
        self.go_home_to(home);
    }

    fn go_home_to(&mut self, home: HomeScene) {
        self.view.text.show_scene();
        self.view.blinking.end();
        self.review().just_judged = None;
        self.view.go_home_to(home);
        self.remembered.reading_view = home == HomeScene::ReadingView;
        self.save_remembered();
    }

    /// Folds or unfolds the queue: beside the reading view to a rail, beside the grid altogether.
    /// In a narrow window it lies over the tiles instead.
    pub(super) fn toggle_queue(&mut self) {
        let in_reading_view = self.view.home == HomeScene::ReadingView;
        let sides = &mut self.view.sides;
        if sides.queue_is_rail && (in_reading_view || self.remembered.queue_open) {
            sides.over = (sides.over != Some(Over::Queue)).then_some(Over::Queue);
            return;
        }
        // Nobody could see what a verdict applies to.
        self.review().selected.clear();
        if in_reading_view {
            self.view.queue_fold = match self.view.queue_fold {
                QueueFold::Rail => QueueFold::Unfolded,
                QueueFold::Unfolded | QueueFold::ForOverview | QueueFold::ForSearch { .. } => QueueFold::Rail,
            };
        } else {
            self.remembered.queue_open = !self.remembered.queue_open;
            self.save_remembered();
        }
    }

    /// Shows or hides the facets. In a folded queue they are not visible: then both are shown.
    pub(super) fn toggle_facets(&mut self) {
        let is_over = self.view.sides.over == Some(Over::Queue);
        let is_visible = match self.view.home {
            _ if self.view.sides.queue_is_rail => is_over,
            HomeScene::ReadingView => !self.view.is_queue_folded(),
            HomeScene::Grid => self.remembered.queue_open,
        };
        self.remembered.facets_open = !(is_visible && self.remembered.facets_open);
        self.save_remembered();
        if !is_visible {
            self.toggle_queue();
        }
    }

    /// Shows tiles in their places and sizes again; panes open at their passages.
    pub(super) fn reset_zoom(&mut self) {
        *self.view.zooming() = Default::default();
        self.view.text.aim();
        if self.view.has_panes() {
            self.view.reading_view.open_again();
        }
    }

    /// The panes as they were drawn last, with the sizes of their tiles.
    fn panes(&self) -> Vec<(PlacedTile, Vec2)> {
        let sized = |placed: &PlacedTile| {
            let full = self.screen.store.full_size(&placed.picture)?;
            Some((placed.clone(), size_of(full)))
        };
        self.screen.placed.iter().filter_map(sized).collect()
    }

    /// Scrolls a pane, and those that are locked to it, by fractions of its tile's size.
    pub(super) fn scroll_pane(&mut self, position: ScenePosition, by: Vec2) {
        let (panes, shares) = (self.panes(), self.view.zooming.scale.is_some());
        self.view.reading_view.scroll(position, by, &panes, shares);
    }

    /// Scrolls the focused tile by a part of what is visible of it.
    pub(super) fn scroll_focused(&mut self, part: f32) {
        let focus = self.view.focus(self.screen.review.focus);
        let Some(height) = self.placed(focus).map(|placed| placed.painted.part.height()) else { return };
        self.scroll(focus, vec2(0.0, part * height));
    }

    /// Scrolls the pane of the positive by a part of what is visible of it, whichever pane is in
    /// focus.
    pub(super) fn scroll_positive(&mut self, part: f32) {
        let positive = ScenePosition::from(TileSlot::POSITIVE);
        match self.placed(positive).map(|placed| placed.painted.part.height()) {
            Some(height) => self.scroll(positive, vec2(0.0, part * height)),
            None => {
                let text = "The positive is in no pane.".to_owned();
                self.notices.toast(text, NoticeDuration::Short);
            }
        }
    }

    /// Scrolls the focused pane by a page. At the end of its tile, the next one comes.
    pub(super) fn read_on(&mut self) {
        let focus = self.view.focus(self.screen.review.focus);
        let Some(part) = self.placed(focus).map(|placed| placed.painted.part) else { return };
        if part.max.y < 0.999 {
            // A rest that fits is shown at once, without a last short step.
            let rest = (1.0 - part.max.y) / part.height().max(f32::MIN_POSITIVE);
            self.scroll_focused(if rest <= 1.0 { rest } else { PAGE });
        } else if focus.index() < self.negatives() {
            self.move_focus(true);
        }
    }

    /// Switches between the positive beside a negative, and two negatives.
    pub(super) fn toggle_positive_away(&mut self) {
        if !self.view.is_reading_view() {
            self.go_home_to(HomeScene::ReadingView);
        }
        let away = &mut self.view.reading_view.positive_away;
        *away = !*away;
        let key = keymap::from_context(self.ctx).first(ViewCommand::PositiveAway);
        let text = match *away {
            true => format!("The positive is away: two negatives at once. {key} brings it back."),
            false => "The positive is back.".to_owned(),
        };
        self.notices.toast(text, NoticeDuration::Short);
    }

    /// Switches between panes that scroll together and separately.
    pub(super) fn toggle_lock(&mut self) {
        let locked = &mut self.view.reading_view.is_locked;
        *locked = !*locked;
        let text = if *locked { "Panes scroll together." } else { "Each pane scrolls separately." };
        self.notices.toast(text.to_owned(), NoticeDuration::Short);
    }

    /// Picks a negative for the survey, or takes it out.
    pub(super) fn pick_for_survey(&mut self, slot: TileSlot) {
        if slot.is_positive() || slot.index() > self.negatives() {
            return;
        }
        if !self.view.is_reading_view() {
            self.go_home_to(HomeScene::ReadingView);
        }
        if !self.view.reading_view.pick(slot) {
            let text = format!("A survey has up to {SURVEY_UP_TO} negatives; take one out first.");
            self.notices.toast(text, NoticeDuration::Short);
            return;
        }
        let picked = &self.view.reading_view.picked;
        if let [only] = picked[..] {
            let text = format!("Negative {only} is picked; {PICK_ANOTHER}");
            self.notices.toast(text, NoticeDuration::Short);
            return;
        }
        self.notices.withdraw_about(PICK_ANOTHER);
        if !picked.contains(&self.screen.review.focus)
            && let Some(first) = picked.first()
        {
            self.screen.review.focus = *first;
        }
    }

    /// The focus after a step in a survey, which stays among the picked tiles.
    pub(super) fn next_in_survey(&self, forwards: bool) -> Option<TileSlot> {
        let picked = &self.view.reading_view.picked;
        if !(self.view.is_reading_view() && self.view.reading_view.is_survey()) {
            return None;
        }
        let at = picked.iter().position(|slot| *slot == self.screen.review.focus).unwrap_or(0);
        let next = if forwards { at + 1 } else { at + picked.len() - 1 };
        picked.get(next % picked.len()).copied()
    }

    /// Takes a digit that names a negative. Where the row has negatives of two digits that begin
    /// with it, a mark waits for the second digit; looking at a tile does not.
    pub(super) fn press_digit(&mut self, digit: usize, purpose: DigitPurpose) {
        let (now, negatives) = (self.ctx.input(|input| input.time), self.screen.review.numbered_tiles());
        let before = self.view.digit.take().filter(|before| before.purpose == purpose);
        if let Some(before) = before {
            let both = 10 * before.digit + digit;
            if now - before.at <= SECOND_DIGIT_SECS && both <= negatives {
                self.use_number(both, purpose);
                return;
            }
            if purpose == DigitPurpose::Mark {
                self.use_number(before.digit, purpose);
            }
        }
        let waits = digit > 0 && 10 * digit <= negatives;
        if waits {
            self.view.digit = Some(PendingDigit { digit, at: now, purpose });
            self.wake_for_digit();
        }
        if !waits || purpose == DigitPurpose::Look {
            self.use_number(digit, purpose);
        }
    }

    fn wake_for_digit(&self) {
        self.ctx.request_repaint_after(Duration::from_secs_f64(SECOND_DIGIT_SECS + 0.01));
    }

    fn use_number(&mut self, number: usize, purpose: DigitPurpose) {
        match purpose {
            DigitPurpose::Mark => {
                let slot = self.screen.review.slot_of_number(number);
                self.mark_and_go_on(slot, |open| open.review().toggle(slot));
            }
            DigitPurpose::Look => self.look_at(number),
        }
    }

    /// Marks with the digit that waited for a second one in vain. `command` is the next command; a
    /// further digit belongs to it, also 0, which otherwise resets the zoom. Returns whether the
    /// command was that digit.
    pub(super) fn end_digit(&mut self, command: Option<Command>) -> bool {
        let Some(pending) = self.view.digit else { return false };
        match command {
            Some(Command::Review(ReviewCommand::ToggleNegative(_)) | Command::View(ViewCommand::LookAt(_))) => false,
            Some(Command::View(ViewCommand::ZoomReset))
                if 10 * pending.digit <= self.screen.review.numbered_tiles() =>
            {
                self.press_digit(0, pending.purpose);
                true
            }
            None if self.ctx.input(|input| input.time) - pending.at <= SECOND_DIGIT_SECS => {
                // Any frame in between cancels what was asked for before.
                self.wake_for_digit();
                false
            }
            _ => {
                self.flush_digit();
                false
            }
        }
    }

    /// Uses a digit that waits for a second one, alone.
    pub(super) fn flush_digit(&mut self) {
        if let Some(pending) = self.view.digit.take()
            && pending.purpose == DigitPurpose::Mark
        {
            self.use_number(pending.digit, pending.purpose);
        }
    }

    /// Shows or focuses a negative by its number, or that tile of a page or of a search.
    fn look_at(&mut self, number: usize) {
        self.review().just_judged = None;
        match &self.view.scene {
            Scene::Page(page) => {
                let tiles = page.tiles.as_ref().map_or(0, Vec::len);
                if number <= tiles {
                    self.focus(ScenePosition::new(number - 1));
                }
            }
            Scene::Tiles(search) if number <= search.hits().len() => self.focus_found(number - 1),
            Scene::Tiles(_) => {}
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => {
                if (1..=self.screen.review.numbered_tiles()).contains(&number) {
                    self.focus(self.screen.review.slot_of_number(number).into());
                }
            }
        }
    }

    /// Marks a tile of the row. In the reading view, the next undecided negative comes after a mark
    /// of the visible one; a mark of another tile leaves the visible one in its pane.
    pub(super) fn mark_and_go_on(&mut self, slot: TileSlot, mark: impl FnOnce(&mut Self)) {
        let shown = self.screen.review.focus;
        mark(self);
        if !self.view.is_reading_view() || self.screen.review.hides_roles() || slot.is_positive() {
            return;
        }
        self.screen.review.focus = shown;
        if slot == shown && self.settings.next_tile && self.is_marked(slot) && !self.view.reading_view.is_survey() {
            self.screen.review.focus = self.next_undecided().unwrap_or(shown);
        }
    }

    fn is_marked(&self, slot: TileSlot) -> bool {
        let review = &self.screen.review;
        let path = review.sample.as_ref().and_then(|sample| sample.tiles().nth(slot.index())).map(|tile| &tile.path);
        path.is_some_and(|path| review.judgement().relevance(path).is_some())
    }

    /// The next negative that has no mark and was not inspected, round and round; where an audit
    /// asks for some tiles only, the next one of these without a mark.
    fn next_undecided(&self) -> Option<TileSlot> {
        let asked = self.screen.review.asked_tiles();
        if !asked.is_empty() {
            return asked.into_iter().find(|(_, has_mark)| !has_mark).map(|(slot, _)| slot);
        }
        let (focus, negatives) = (self.screen.review.focus.index(), self.negatives());
        let after = (focus + 1..=negatives).chain(1..focus);
        let is_open = |slot: &TileSlot| !self.is_marked(*slot) && !self.screen.is_inspected(*slot);
        after.map(TileSlot::new).find(is_open)
    }
}
