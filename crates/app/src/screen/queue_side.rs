//! The queue of the open review: beside the tiles, folded to a rail, or over them. The room for it
//! is divided in `sides.rs`; `ui/queue.rs` draws its inside.

use egui::{Panel, Rect, Ui, pos2};
use tilejury_data::{SampleIndex, TilePath};

use super::arrangement::SidePlace;
use super::side_state::{Over, Sides};
use super::sides::{Room, over};
use super::{App, QUEUE_AT_LEAST, Stage, hovering, panel_views};
use crate::ui::dock::RAIL;
use crate::ui::search::search_field;
use crate::ui::{UiAction, queue, queue_rail};

impl App {
    /// Draws the queue beside the tiles, or its rail.
    pub(super) fn draw_queue(&mut self, ui: &mut Ui, room: &Room<'_>, actions: &mut Vec<UiAction>) {
        let folded = self.view_state.folds_queue(ui.ctx());
        match room.places.queue {
            SidePlace::Closed => {}
            SidePlace::Beside(width) if !folded => {
                // Squeezed, it has another id: in a wide window it gets its own width again.
                let squeezed = width < self.remembered.queue_width;
                let most = (room.body.width() * 0.45).clamp(QUEUE_AT_LEAST + 20.0, 760.0);
                let panel = Panel::left(if squeezed { "queue squeezed" } else { "queue" })
                    .default_size(width)
                    .size_range(QUEUE_AT_LEAST..=if squeezed { width } else { most.max(width) });
                let shown = panel.show(ui, |ui| self.draw_list(ui, actions));
                if !squeezed {
                    self.remembered.queue_width = shown.response.rect.width();
                }
            }
            SidePlace::Beside(_) | SidePlace::Rail => {
                let Stage::Reviewing(reviewing) = &mut self.stage else { return };
                reviewing.thumbnails.clear();
                queue_rail::show(ui, &panel_views::rail(&reviewing.review, reviewing.position_of_keys()), actions);
            }
        }
    }

    /// Draws the inside of the queue.
    fn draw_list(&mut self, ui: &mut Ui, actions: &mut Vec<UiAction>) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let (review, seen) = (&reviewing.review, &reviewing.seen_tiles);
        let was_seen = |sample: SampleIndex, tile: &TilePath| {
            seen.was_seen(sample, tile) || review.session.looks(sample).is_some_and(|looks| looks.get(tile).is_some())
        };
        let view = panel_views::queue(
            review,
            &self.settings.filters,
            self.remembered.queue_rows,
            self.remembered.facets_open,
            &was_seen,
            hovering::hovered_row(&reviewing.hovered, &reviewing.texts),
        );
        queue::show(ui, &mut self.view_state.queue, &view, &mut reviewing.store, actions);
        reviewing.thumbnails.clone_from(&self.view_state.queue.thumbnails);
    }

    /// Draws the queue over the tiles, if it lies there.
    pub(super) fn draw_queue_over(&mut self, ui: &Ui, body: Rect, sides: &mut Sides, actions: &mut Vec<UiAction>) {
        if sides.over != Some(Over::Queue) {
            return;
        }
        let width = self.remembered.queue_width.min(body.width() - RAIL - 40.0);
        let left = body.left() + RAIL;
        let rect = Rect::from_min_max(pos2(left, body.top()), pos2(left + width, body.bottom()));
        over(ui, "queue over", rect, |ui| self.draw_list(ui, actions));
        if sides.wants_search {
            sides.wants_search = !ui.memory(|memory| memory.has_focus(search_field()));
            ui.memory_mut(|memory| memory.request_focus(search_field()));
        }
    }
}
