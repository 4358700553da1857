//! Commands that change the view of the open dataset: zoom, scenes, columns, panels. None of them
//! judges.

use egui::{Vec2, vec2};
use tilejury_audit::text::count;
use tilejury_data::TileSlot;

use crate::command::{PanDirection, ViewCommand};
use crate::screen::notices::NoticeDuration;
use crate::screen::review_context::ReviewContext;
use crate::screen::view_state::{PageScene, Scene};
use crate::tile_loader::Picture;

/// The factor of one press of + or −.
const ZOOM_STEP: f32 = 1.25;
/// The part of the visible picture that one press of a panning key moves.
const PAN_STEP: f32 = 0.12;

impl ReviewContext<'_> {
    pub(super) fn view_command(&mut self, command: ViewCommand) {
        match command {
            ViewCommand::ZoomIn => self.zoom(|factor| factor * ZOOM_STEP),
            ViewCommand::ZoomOut => self.zoom(|factor| factor / ZOOM_STEP),
            ViewCommand::ZoomReset => *self.view.zooming() = Default::default(),
            ViewCommand::ActualPixels => self.zoom_to_actual_pixels(),
            ViewCommand::Pan(direction) => {
                self.view.text.stop_aiming();
                self.view.zooming().pan(pan_step(direction));
            }
            ViewCommand::PanAlone(direction) => self.pan_alone(direction),
            ViewCommand::Loupe => self.view.loupe = !self.view.loupe,
            ViewCommand::Blink => self.view.blink = !self.view.blink,
            ViewCommand::Alone => self.toggle_alone(),
            ViewCommand::Compare => self.toggle_comparison(),
            ViewCommand::Difference => self.toggle_difference(),
            ViewCommand::CompareNext => self.compare_with(|focus, negatives| focus % negatives + 1),
            ViewCommand::ComparePrevious => {
                self.compare_with(|focus, negatives| (focus + negatives - 2) % negatives + 1);
            }
            ViewCommand::CompareWith(number) => {
                let number = usize::from(number);
                self.compare_with(|focus, negatives| if number <= negatives { number } else { focus });
            }
            ViewCommand::Page => self.toggle_page(),
            ViewCommand::NextHit => self.go_to_hit(true),
            ViewCommand::PreviousHit => self.go_to_hit(false),
            ViewCommand::SelectText => self.toggle_selecting(),
            ViewCommand::CopyText => self.copy_selection(),
            ViewCommand::CopyTileText => self.copy_tile_text(),
            ViewCommand::TileSearch => self.toggle_tile_search(),
            ViewCommand::FoundNext => self.walk_found(1),
            ViewCommand::FoundPrevious => self.walk_found(-1),
            ViewCommand::FewerColumns => self.set_columns(|visible, _| Some(visible.saturating_sub(1).max(1))),
            ViewCommand::MoreColumns => self.set_columns(|visible, most| Some((visible + 1).min(most))),
            ViewCommand::AutoColumns => self.set_columns(|_, _| None),
            ViewCommand::Queue => {
                self.remembered.queue_open = !self.remembered.queue_open;
                self.save_remembered();
            }
            ViewCommand::Facets => {
                // In a closed list they are not visible: then both are shown.
                let shown = self.remembered.queue_open && self.remembered.facets_open;
                self.remembered.queue_open = true;
                self.remembered.facets_open = !shown;
                self.save_remembered();
            }
            ViewCommand::Inspector => {
                self.remembered.inspector_open = !self.remembered.inspector_open;
                self.save_remembered();
            }
        }
    }

    fn zoom(&mut self, scaled: impl FnOnce(f32) -> f32) {
        let zooming = self.view.zooming();
        let was_whole = zooming.shared.factor <= 1.0;
        zooming.set_factor(scaled(zooming.shared.factor));
        if was_whole {
            self.view.text.aim();
        }
    }

    fn zoom_to_actual_pixels(&mut self) {
        let focus = self.view.focus(self.screen.review.focus);
        let mut tiles = self.screen.placed.iter();
        let placed = tiles.find(|placed| placed.position == focus && matches!(placed.picture, Picture::Tile(_)));
        let full = placed.and_then(|placed| self.screen.store.full_size(&placed.picture));
        if let (Some(placed), Some([width, _])) = (placed, full) {
            let visible = placed.painted.width_px.max(1) as f32;
            self.zoom(|factor| factor * width as f32 / visible);
        }
    }

    fn pan_alone(&mut self, direction: PanDirection) {
        let focus = self.view.focus(self.screen.review.focus);
        self.view.text.stop_aiming();
        let zooming = self.view.zooming();
        let factor = zooming.shared.factor;
        // The tile moves where the arrow points: its visible part moves the other way.
        zooming.move_alone(focus, -pan_step(direction) / factor);
    }

    fn toggle_alone(&mut self) {
        self.view.text.show_scene();
        self.review().just_judged = None;
        match &mut self.view.scene {
            Scene::Page(page) => page.alone = !page.alone,
            Scene::Tiles(search) => search.alone = !search.alone,
            scene @ Scene::Alone => *scene = Scene::Grid,
            scene @ (Scene::Grid | Scene::Compare { .. }) => *scene = Scene::Alone,
        }
    }

    fn toggle_comparison(&mut self) {
        self.view.text.show_scene();
        let negatives = self.negatives();
        let review = &mut self.screen.review;
        review.just_judged = None;
        let scene = &mut self.view.scene;
        let focus = match scene {
            Scene::Compare { .. } => {
                *scene = Scene::Grid;
                return;
            }
            // On a page, its focused tile is the one to compare, if the row has it.
            Scene::Page(page) => page.tiles.as_ref().and_then(|tiles| {
                let path = tiles.get(page.focus.index())?;
                TileSlot::find(review.sample.as_ref()?, path)
            }),
            Scene::Tiles(search) => search.chosen().and_then(|tile| TileSlot::find(review.sample.as_ref()?, tile)),
            Scene::Grid | Scene::Alone => None,
        };
        review.focus = focus.unwrap_or(review.focus).nearest_negative(negatives);
        *scene = Scene::Compare { difference: false };
    }

    fn toggle_difference(&mut self) {
        let negatives = self.negatives();
        let review = &mut self.screen.review;
        review.just_judged = None;
        match &mut self.view.scene {
            Scene::Compare { difference } => *difference = !*difference,
            scene @ (Scene::Grid | Scene::Alone | Scene::Page(_) | Scene::Tiles(_)) => {
                review.focus = review.focus.nearest_negative(negatives);
                *scene = Scene::Compare { difference: true };
            }
        }
    }

    /// Focuses the negative that `choose` returns for the focused one and their number.
    fn compare_with(&mut self, choose: impl FnOnce(usize, usize) -> usize) {
        let negatives = self.negatives();
        let review = &mut self.screen.review;
        review.just_judged = None;
        review.focus = match negatives {
            0 => TileSlot::POSITIVE,
            _ => TileSlot::new(choose(review.focus.index().max(1), negatives)),
        };
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

    /// Sets the columns that `choose` returns for the visible and the largest number; `None` for
    /// automatic ones.
    fn set_columns(&mut self, choose: impl FnOnce(usize, usize) -> Option<usize>) {
        if !matches!(self.view.scene, Scene::Grid) {
            let text = "Columns apply to the view of all tiles; Esc returns to it.".to_owned();
            self.notices.toast(text, NoticeDuration::Short);
            return;
        }
        self.remembered.columns = choose(self.screen.visible_columns(), self.negatives().max(1));
        self.save_remembered();
        let text = match self.remembered.columns {
            Some(columns) => count(columns, "column"),
            None => "Automatic columns".to_owned(),
        };
        self.notices.toast(text, NoticeDuration::Short);
    }
}

fn pan_step(direction: PanDirection) -> Vec2 {
    match direction {
        PanDirection::Left => vec2(-PAN_STEP, 0.0),
        PanDirection::Right => vec2(PAN_STEP, 0.0),
        PanDirection::Up => vec2(0.0, -PAN_STEP),
        PanDirection::Down => vec2(0.0, PAN_STEP),
    }
}
