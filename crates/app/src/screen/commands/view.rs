//! Commands that change the view of the open dataset: zoom, scenes, columns, panels. None of them
//! judges.

use tilejury_audit::text::count;
use tilejury_data::TileSlot;

use crate::command::{ViewCommand, keymap};
use crate::screen::notices::NoticeDuration;
use crate::screen::pane_commands::{LINES, PAGE};
use crate::screen::review_context::ReviewContext;
use crate::screen::view_state::{DigitPurpose, PageScene, Scene};
use crate::settings::panels::SidePanel;

/// The factor of one press of + or −.
const ZOOM_STEP: f32 = 1.25;

impl ReviewContext<'_> {
    pub(super) fn view_command(&mut self, command: ViewCommand) {
        if self.sheet_view_command(command) {
            return;
        }
        match command {
            ViewCommand::ContactSheet => self.toggle_sheet(),
            ViewCommand::ZoomIn => self.zoom(|scale| scale * ZOOM_STEP),
            ViewCommand::ZoomOut => self.zoom(|scale| scale / ZOOM_STEP),
            ViewCommand::ZoomReset => self.reset_zoom(),
            ViewCommand::ReadingView => self.toggle_reading_view(),
            ViewCommand::LookAt(number) => self.press_digit(usize::from(number), DigitPurpose::Look),
            ViewCommand::PaneNext => self.move_focus(true),
            ViewCommand::PanePrevious => self.move_focus(false),
            ViewCommand::ReadOn => self.read_on(),
            ViewCommand::ScrollDown => self.scroll_focused(LINES),
            ViewCommand::ScrollUp => self.scroll_focused(-LINES),
            ViewCommand::PageDown => self.scroll_focused(PAGE),
            ViewCommand::PageUp => self.scroll_focused(-PAGE),
            ViewCommand::PositiveDown => self.scroll_positive(LINES),
            ViewCommand::PositiveUp => self.scroll_positive(-LINES),
            ViewCommand::PositiveAway => self.toggle_positive_away(),
            ViewCommand::LockPanes => self.toggle_lock(),
            ViewCommand::SurveyPick(number) => self.pick_for_survey(TileSlot::new(usize::from(number))),
            ViewCommand::ActualPixels => self.zoom_to_actual_pixels(),
            ViewCommand::Pan(direction) => self.pan(direction),
            ViewCommand::PanAlone(direction) => self.pan_alone(direction),
            ViewCommand::Loupe => self.view.loupe = !self.view.loupe,
            ViewCommand::Blink => self.view.blinking.is_on = !self.view.blinking.is_on,
            ViewCommand::Alone => self.toggle_alone(),
            ViewCommand::Compare => {
                self.review().show_roles();
                self.toggle_comparison();
            }
            ViewCommand::Difference => self.toggle_difference(),
            ViewCommand::CompareNext => self.compare_next(1),
            ViewCommand::ComparePrevious => self.compare_next(-1),
            ViewCommand::Page => self.toggle_page(),
            ViewCommand::NextHit => self.go_to_hit(true),
            ViewCommand::PreviousHit => self.go_to_hit(false),
            ViewCommand::SelectText => self.toggle_selecting(),
            ViewCommand::CopyText => self.copy_selection(),
            ViewCommand::CopyTileText => self.copy_tile_text(),
            ViewCommand::TileSearch => self.toggle_tile_search(),
            ViewCommand::Similar => self.toggle_similar(),
            ViewCommand::FoundNext => self.walk_found(1),
            ViewCommand::FoundPrevious => self.walk_found(-1),
            ViewCommand::FewerColumns => self.set_columns(|visible, _| Some(visible.saturating_sub(1).max(1))),
            ViewCommand::MoreColumns => self.set_columns(|visible, most| Some((visible + 1).min(most))),
            ViewCommand::AutoColumns => self.set_columns(|_, _| None),
            ViewCommand::FitWidth => self.toggle_fit_width(),
            ViewCommand::Queue => self.toggle_queue(),
            ViewCommand::Facets => self.toggle_facets(),
            ViewCommand::QueueRows => {
                let rows = self.remembered.queue_rows.next();
                self.use_queue_rows(rows);
                self.notices.toast(format!("Queue: {}", rows.name().to_lowercase()), NoticeDuration::Short);
            }
            ViewCommand::Inspector => self.toggle_panel(SidePanel::Signals),
            ViewCommand::RowFields => self.toggle_panel(SidePanel::Fields),
            ViewCommand::TileText => self.toggle_panel(SidePanel::Text),
            ViewCommand::UnfoldQuery => self.view.query_unfolded = !self.view.query_unfolded,
        }
    }

    fn toggle_alone(&mut self) {
        self.view.text.show_scene();
        self.review().just_judged = None;
        match &mut self.view.scene {
            Scene::Page(page) => page.alone = !page.alone,
            Scene::Tiles(search) => search.alone = !search.alone,
            Scene::Alone => self.view.scene = self.view.home_scene(),
            scene @ (Scene::Grid | Scene::ReadingView | Scene::Compare { .. }) => *scene = Scene::Alone,
        }
    }

    fn toggle_comparison(&mut self) {
        self.view.text.show_scene();
        self.view.blinking.end();
        if self.view.is_comparing() {
            self.review().just_judged = None;
            self.view.scene = self.view.home_scene();
            return;
        }
        let negatives = self.negatives();
        let suspect = self.suspect_to_compare();
        self.compare_from_panes();
        let review = &mut self.screen.review;
        review.just_judged = None;
        let scene = &mut self.view.scene;
        let focus = match scene {
            // On a page, its focused tile is the one to compare, if the row has it.
            Scene::Page(page) => page.tiles.as_ref().and_then(|tiles| {
                let path = tiles.get(page.focus.index())?;
                TileSlot::find(review.sample.as_ref()?, path)
            }),
            Scene::Tiles(search) => search.chosen().and_then(|tile| TileSlot::find(review.sample.as_ref()?, tile)),
            Scene::Grid | Scene::ReadingView | Scene::Alone | Scene::Compare { .. } => suspect,
        };
        review.focus = focus.unwrap_or(review.focus).nearest_negative(negatives);
        *scene = Scene::Compare { difference: false };
    }

    fn toggle_difference(&mut self) {
        self.review().just_judged = None;
        if let Scene::Compare { difference } = &mut self.view.scene {
            *difference = !*difference;
            let difference = *difference;
            self.align_compared(difference);
            return;
        }
        let (negatives, suspect) = (self.negatives(), self.suspect_to_compare());
        // Both begin where the right pane is.
        if self.view.has_panes() && self.view.zooming.scale.is_none() {
            let part = self.placed(self.view.focus(self.screen.review.focus)).map(|placed| placed.painted.part);
            let center = part.map(|part| part.center().to_vec2());
            self.view.zooming.center = center.unwrap_or(self.view.zooming.center);
        }
        self.view.zooming.alone.clear();
        let review = &mut self.screen.review;
        review.focus = suspect.unwrap_or(review.focus).nearest_negative(negatives);
        self.view.scene = Scene::Compare { difference: true };
    }

    /// The most suspicious negative, if the person did not choose another tile.
    fn suspect_to_compare(&self) -> Option<TileSlot> {
        let review = &self.screen.review;
        if self.screen.has_moved_focus() {
            return None;
        }
        review.by_suspicion(self.negatives()).first().copied()
    }

    /// Compares with the negative a number of steps further by suspicion, round and round.
    fn compare_next(&mut self, steps: i64) {
        let negatives = self.negatives();
        let review = &mut self.screen.review;
        review.just_judged = None;
        let order = review.by_suspicion(negatives);
        let at = order.iter().position(|slot| *slot == review.focus).unwrap_or(0) as i64;
        let next = (at + steps).rem_euclid(order.len().max(1) as i64) as usize;
        review.focus = order.get(next).copied().unwrap_or(TileSlot::POSITIVE);
    }

    fn toggle_page(&mut self) {
        self.view.text.show_scene();
        let review = &mut self.screen.review;
        review.just_judged = None;
        let scene = &mut self.view.scene;
        if let Scene::Page(page) = scene {
            *scene = page.back.take();
            return;
        }
        if let Some(tile) = self.focused_tile() {
            self.review().searcher().find_page(tile.clone());
            let back = Box::new(self.view.scene.take());
            self.view.scene = Scene::Page(PageScene::new(tile, back));
        }
    }

    fn toggle_fit_width(&mut self) {
        let grid = &mut self.remembered.grid;
        grid.fit_width = !grid.fit_width;
        let words = match grid.fit_width {
            true => "Tiles fill the width of their cards; the wheel scrolls each.",
            false => "Tiles are shown whole.",
        };
        self.notices.toast(words.to_owned(), NoticeDuration::Short);
        self.save_remembered();
        // Tiles begin as they do in a row that just appeared.
        *self.view.zooming() = Default::default();
        self.view.text.aim();
    }

    /// Sets the columns that `choose` returns for the visible and the largest number; `None` for
    /// automatic ones.
    fn set_columns(&mut self, choose: impl FnOnce(usize, usize) -> Option<usize>) {
        if !matches!(self.view.scene, Scene::Grid) {
            let key = keymap::from_context(self.ctx).first(ViewCommand::ReadingView);
            let text = format!("Columns apply to the grid of all tiles; {key} shows it.");
            self.notices.toast(text, NoticeDuration::Short);
            return;
        }
        let negatives = self.negatives();
        let columns = choose(self.screen.visible_columns(), negatives.max(1));
        self.remembered.grid.set_columns(negatives, columns);
        self.save_remembered();
        let rows = format!("for rows with {}", count(negatives, "negative"));
        let text = match columns {
            Some(columns) => format!("{} {rows}", count(columns, "column")),
            None => format!("Automatic columns {rows}"),
        };
        self.notices.toast(text, NoticeDuration::Short);
    }
}
