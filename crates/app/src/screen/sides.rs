//! The queue and the side panels beside the tiles. Draws the open review with them,
//! and keeps their state that is not remembered.

use egui::{Area, CentralPanel, Frame, Id, Order, Panel, Rect, Ui, pos2, vec2};
use tilejury_data::{SampleIndex, TilePath};

use super::arrangement::{PANES_AT_LEAST, STAGE_AT_LEAST, SidePlace, Wanted, arrange};
use super::side_panels::Reviewed;
use super::side_state::Over;
use super::view_state::{HomeScene, OverviewState};
use super::{App, QUEUE_AT_LEAST, Stage, hovering, panel_views, second_pass, sheet_page, side_panels};
use crate::settings::panels::{PANEL_WIDTHS, SidePanel};
use crate::ui::dock::{self, DockChange, RAIL, WhyEmpty};
use crate::ui::enabled::OpenPanels;
use crate::ui::hints::HintView;
use crate::ui::news::NewsView;
use crate::ui::search::search_field;
use crate::ui::{BackgroundStatus, UiAction, hints, overview, progress_bar, queue, queue_rail, status};

impl App {
    /// Draws the open review.
    pub(super) fn draw_review(
        &mut self,
        ui: &mut Ui,
        keys_are_commands: bool,
        hint: Option<&HintView>,
        actions: &mut Vec<UiAction>,
    ) {
        let news = NewsView { notices: self.notices.views(), pressed: self.pressed_key() };
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        let (view_state, settings) = (&mut self.view_state, &self.settings);
        view_state.show_sample(reviewing.review.cursor(), settings.keep_zoom);
        let running = BackgroundStatus {
            job: self.job.as_ref(),
            pixels: reviewing.pixels.as_ref(),
            reading: reviewing.reading.progress(),
        };
        let goal = settings.session_counter.then_some(settings.daily_goal);
        Panel::bottom("status").show(ui, |ui| {
            progress_bar::show(ui, reviewing.review.listed_verdicts());
            status::show(ui, &panel_views::status(&reviewing.review, goal), running, &news, actions);
        });
        if let Some(hint) = hint {
            Panel::bottom("hint").show(ui, |ui| hints::show(ui, hint, actions));
        }
        second_pass::draw_line(ui, &reviewing.review, view_state.compares_pass, actions);
        let mut sides = std::mem::take(&mut view_state.sides);
        let body = ui.available_rect_before_wrap();
        let signals = panel_views::why_no_signals(ui.ctx(), &reviewing.review, || reviewing.describe_reading());
        let empty = SidePanel::ALL.map(|panel| side_panels::why_empty(panel, &reviewing.review, signals.as_deref()));
        let why_empty = |panel: SidePanel| empty.iter().zip(SidePanel::ALL).find(|(_, of)| *of == panel)?.0.clone();
        let panels = &mut self.remembered.panels;
        // The overview and the sheet are about many rows; panels are about one.
        let shows_row = view_state.overview == OverviewState::Closed && reviewing.sheet.is_none();
        let all_folded = dock::is_all_folded(panels, &why_empty);
        let in_reading_view = view_state.home == HomeScene::ReadingView;
        let has_queue = self.remembered.queue_open || in_reading_view;
        let stage = if in_reading_view { PANES_AT_LEAST } else { STAGE_AT_LEAST };
        let places = arrange(Wanted {
            room: body.width(),
            queue: has_queue.then_some(self.remembered.queue_width),
            panels: (!all_folded && shows_row).then_some(panels.width),
            rail: !panels.open.is_empty() && shows_row,
            stage,
        });
        sides.take_places(places, all_folded);
        let (review, seen) = (&reviewing.review, &reviewing.seen_tiles);
        let was_seen = |sample: SampleIndex, tile: &TilePath| {
            seen.was_seen(sample, tile) || review.session.looks(sample).is_some_and(|looks| looks.get(tile).is_some())
        };
        let view = panel_views::queue(
            review,
            &settings.filters,
            self.remembered.queue_rows,
            self.remembered.facets_open,
            &was_seen,
            hovering::hovered_row(&reviewing.hovered, &reviewing.texts),
        );
        let folded = view_state.folds_queue(ui.ctx());
        match places.queue {
            SidePlace::Closed => {}
            _ if folded || places.queue == SidePlace::Rail => {
                reviewing.thumbnails.clear();
                queue_rail::show(ui, &panel_views::rail(&reviewing.review), actions);
            }
            SidePlace::Beside(width) => {
                // Squeezed, it has another id: in a wide window it gets its own width again.
                let squeezed = width < self.remembered.queue_width;
                let most = (body.width() * 0.45).clamp(QUEUE_AT_LEAST + 20.0, 760.0);
                let panel = Panel::left(if squeezed { "queue squeezed" } else { "queue" })
                    .default_size(width)
                    .size_range(QUEUE_AT_LEAST..=if squeezed { width } else { most.max(width) });
                let store = &mut reviewing.store;
                let shown = panel.show(ui, |ui| queue::show(ui, &mut view_state.queue, &view, store, actions));
                reviewing.thumbnails.clone_from(&view_state.queue.thumbnails);
                if !squeezed {
                    self.remembered.queue_width = shown.response.rect.width();
                }
            }
            SidePlace::Rail => {}
        }
        let mut change = None;
        let reviewed = Reviewed { reviewing, view_state, keys: sides.keys.filter(|_| keys_are_commands) };
        let states = &mut sides.states;
        let mut pressed = None;
        let mut content = |ui: &mut Ui, panel: SidePanel| {
            if side_panels::is_pressed(ui) {
                pressed = Some(panel);
            }
            side_panels::show(ui, panel, states, &reviewed, actions);
        };
        match places.panels {
            SidePlace::Closed => {}
            SidePlace::Beside(width) => {
                let rail = if has_queue { RAIL } else { 0.0 };
                let most = (body.width() - stage - rail).clamp(*PANEL_WIDTHS.start(), *PANEL_WIDTHS.end());
                let panel = Panel::right("panels").default_size(width).size_range(*PANEL_WIDTHS.start()..=most);
                let shown = panel.show(ui, |ui| {
                    change = dock::show(ui, panels, &why_empty, &mut content);
                });
                panels.width = shown.response.rect.width();
            }
            SidePlace::Rail => {
                let rail = Panel::right("panel rail").exact_size(RAIL).resizable(false).frame(rail_frame(ui));
                rail.show(ui, |ui| {
                    change = dock::rail(ui, panels, &why_empty).or(dock::open_menu(ui, panels));
                });
            }
        }
        if sides.over == Some(Over::Panels) && shows_row {
            let width = panels.width.min(body.width() - 2.0 * RAIL - 24.0);
            // Of two panes, the one that the panel is not about.
            let on_left =
                (view_state.has_panes() || view_state.is_comparing()) && !reviewing.review.focus.is_positive();
            let right = if on_left { body.left() + RAIL + width } else { body.right() - RAIL };
            // The query stays readable.
            let top = reviewing.area.filter(|_| on_left).map_or(body.top(), |area| area.top());
            let rect = Rect::from_min_max(pos2(right - width, top), pos2(right, body.bottom()));
            over(ui, "panels over", rect, |ui| {
                change = change.or(dock::show(ui, panels, &why_empty, &mut content));
            });
        }
        if ui.input(|input| input.pointer.any_pressed()) {
            sides.keys = pressed;
        }
        if sides.over == Some(Over::Queue) {
            let width = self.remembered.queue_width.min(body.width() - RAIL - 40.0);
            let left = body.left() + RAIL;
            let rect = Rect::from_min_max(pos2(left, body.top()), pos2(left + width, body.bottom()));
            let store = &mut reviewing.store;
            over(ui, "queue over", rect, |ui| queue::show(ui, &mut view_state.queue, &view, store, actions));
            reviewing.thumbnails.clone_from(&view_state.queue.thumbnails);
            if sides.wants_search {
                sides.wants_search = !ui.memory(|memory| memory.has_focus(search_field()));
                ui.memory_mut(|memory| memory.request_focus(search_field()));
            }
        }
        if view_state.overview != OverviewState::Closed {
            let view = panel_views::overview(&reviewing.review, keys_are_commands);
            CentralPanel::default().show(ui, |ui| overview::show(ui, &view, actions));
        } else if reviewing.sheet.is_some() {
            let size = sheet_page::size_in_range(self.remembered.sheet_pairs);
            reviewing.draw_sheet(ui, size, settings.highlights, actions);
        } else {
            reviewing.draw(ui, view_state, settings, &self.remembered.grid, keys_are_commands, actions);
        }
        let has_list = matches!(places.queue, SidePlace::Beside(_)) || sides.over == Some(Over::Queue);
        reviewing.hover(view_state.queue.hovered.filter(|_| has_list));
        view_state.sides = sides;
        if let Some(change) = change {
            self.change_dock(change, &why_empty);
        }
    }

    pub(super) fn open_panels(&self) -> OpenPanels {
        let panels = &self.remembered.panels;
        OpenPanels {
            signals: panels.is_open(SidePanel::Signals),
            fields: panels.is_open(SidePanel::Fields),
            text: panels.is_open(SidePanel::Text),
            history: panels.is_open(SidePanel::History),
        }
    }

    /// Carries out a change of the panels.
    fn change_dock(&mut self, change: DockChange, why_empty: WhyEmpty<'_>) {
        let (panels, sides) = (&mut self.remembered.panels, &mut self.view_state.sides);
        let is_empty = |panel: SidePanel| why_empty(panel).is_some();
        match change {
            DockChange::Fold(panel) => panels.toggle_fold(panel, is_empty(panel)),
            DockChange::Close(panel) => panels.close(panel),
            DockChange::MoveUp(panel) => panels.move_up(panel),
            DockChange::Open(panel) => {
                let folded =
                    panels.open.iter().find(|open| open.panel == panel).map(|open| open.is_folded(is_empty(panel)));
                if folded == Some(false) && sides.over == Some(Over::Panels) {
                    sides.over = None;
                } else {
                    panels.show(panel);
                    if folded == Some(true) && is_empty(panel) {
                        panels.toggle_fold(panel, true);
                    }
                    sides.over = Some(Over::Panels);
                }
            }
        }
        self.save_remembered();
    }
}

fn rail_frame(ui: &Ui) -> Frame {
    Frame::side_top_panel(ui.style()).inner_margin(egui::Margin::symmetric(2, 2))
}

/// Draws something over the tiles.
fn over(ui: &Ui, id: &str, rect: Rect, add: impl FnOnce(&mut Ui)) {
    let area = Area::new(Id::unique(id)).order(Order::Middle).fixed_pos(rect.min).constrain(false).movable(false);
    area.show(ui.ctx(), |ui| {
        let frame =
            Frame::side_top_panel(ui.style()).stroke(ui.visuals().window_stroke).shadow(ui.visuals().popup_shadow);
        frame.show(ui, |ui| {
            let size = rect.size() - frame.total_margin().sum();
            ui.set_min_size(size.max(vec2(1.0, 1.0)));
            ui.set_max_size(size.max(vec2(1.0, 1.0)));
            add(ui);
        });
    });
}
