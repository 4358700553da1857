//! The open review: divides the room, and draws the panels beside or over the tiles. The queue is
//! drawn in `queue_side.rs`.

use egui::{Area, CentralPanel, Context, Frame, Id, Order, Panel, Rect, Ui, pos2, vec2};
use tilejury_audit::Shown;

use super::arrangement::{Arrangement, PANES_AT_LEAST, STAGE_AT_LEAST, SidePlace, Wanted, arrange, beside_panes};
use super::side_panels::Reviewed;
use super::side_state::{Over, Sides};
use super::view_state::{HomeScene, OverviewState};
use super::{App, Stage, adjudication, audits, blind, panel_views, second_pass, sheet_pairs, side_panels};
use crate::exchange_task::Exchange;
use crate::settings::panels::{PANEL_WIDTHS, SidePanel};
use crate::ui::dock::{self, DockChange, RAIL, WhyEmpty};
use crate::ui::enabled::OpenPanels;
use crate::ui::hints::Teaching;
use crate::ui::news::NewsView;
use crate::ui::{BackgroundStatus, UiAction, hints, progress_bar, status, tour};

/// The room for the tiles and what is beside them in this frame.
pub(super) struct Room<'a> {
    pub(super) body: Rect,
    /// The places of the queue and of the panels.
    pub(super) places: Arrangement,
    /// The least width of the tiles beside the panels, in points.
    stage: f32,
    has_queue: bool,
    /// Whether one row is shown: panels are about one, the overview and the sheet about many.
    shows_row: bool,
    /// Whether no panel shows more than its header.
    all_folded: bool,
    why_empty: WhyEmpty<'a>,
}

impl App {
    /// Draws the open review.
    pub(super) fn draw_review(
        &mut self,
        ui: &mut Ui,
        keys_are_commands: bool,
        line: Option<&Teaching>,
        actions: &mut Vec<UiAction>,
    ) {
        let Some(reviewing) = self.reviewing_now() else { return };
        let cursor = reviewing.review.cursor();
        self.view_state.show_sample(cursor, self.settings.keep_zoom);
        self.draw_bars(ui, line, actions);
        let mut sides = std::mem::take(&mut self.view_state.sides);
        let empty = self.empty_panels(ui.ctx());
        let why_empty = |panel: SidePanel| empty.iter().zip(SidePanel::ALL).find(|(_, of)| *of == panel)?.0.clone();
        let room = self.room(ui.available_rect_before_wrap(), &why_empty);
        sides.take_places(room.places, room.all_folded);
        self.draw_queue(ui, &room, actions);
        let change = self.draw_panels(ui, &room, &mut sides, keys_are_commands, actions);
        self.draw_queue_over(ui, room.body, &mut sides, actions);
        self.draw_middle(ui, keys_are_commands, actions);
        let has_list = matches!(room.places.queue, SidePlace::Beside(_)) || sides.over == Some(Over::Queue);
        let hovered = self.view_state.queue.hovered.filter(|_| has_list);
        if let Some(reviewing) = self.reviewing() {
            reviewing.hover(hovered);
        }
        self.view_state.sides = sides;
        if let Some(change) = change {
            self.change_dock(change, &why_empty);
        }
    }

    /// Draws what is above and below everything else: the status bar, the hint and the line about
    /// a round.
    fn draw_bars(&self, ui: &mut Ui, line: Option<&Teaching>, actions: &mut Vec<UiAction>) {
        let Stage::Reviewing(reviewing) = &self.stage else { return };
        let news = NewsView { notices: self.notices.views(), pressed: self.pressed_key() };
        let running = BackgroundStatus {
            job: self.job.as_ref(),
            pixels: reviewing.pixels.as_ref(),
            reading: reviewing.reading.progress(),
            asking: reviewing.asking.running(),
        };
        let goal = self.settings.session_counter.then_some(self.settings.daily_goal);
        Panel::bottom("status").show(ui, |ui| {
            let review = &reviewing.review;
            progress_bar::show(ui, review.listed_verdicts(), review.shows(Shown::Rate));
            let exchange = reviewing.exchanging.running.as_ref().map(Exchange::state);
            let mut view = panel_views::status(&reviewing.review, goal, reviewing.connection_view(), exchange);
            view.position = reviewing.position_of_keys();
            status::show(ui, &view, running, &news, actions);
        });
        match line {
            Some(Teaching::Hint(hint)) => _ = Panel::bottom("hint").show(ui, |ui| hints::show(ui, hint, actions)),
            Some(Teaching::Tour(view)) => _ = Panel::bottom("tour").show(ui, |ui| tour::show(ui, view, actions)),
            None => {}
        }
        blind::draw_line(ui, &reviewing.review, actions);
        adjudication::draw_table(ui, &reviewing.review, actions);
        second_pass::draw_line(ui, &reviewing.review, self.view_state.compares_pass, actions);
        audits::draw_line(ui, &reviewing.review, actions);
    }

    /// The reason why each panel has nothing to show, if it has nothing.
    fn empty_panels(&self, ctx: &Context) -> [Option<String>; SidePanel::ALL.len()] {
        let Stage::Reviewing(reviewing) = &self.stage else { return Default::default() };
        let signals = panel_views::why_no_signals(ctx, &reviewing.review, || reviewing.describe_reading());
        SidePanel::ALL.map(|panel| side_panels::why_empty(panel, &reviewing.review, signals.as_deref()))
    }

    /// Divides the room.
    fn room<'a>(&self, body: Rect, why_empty: WhyEmpty<'a>) -> Room<'a> {
        let (view_state, panels) = (&self.view_state, &self.remembered.panels);
        let has_sheet = self.reviewing_now().is_some_and(|reviewing| reviewing.sheet.is_some());
        let shows_row = view_state.overview == OverviewState::Closed && !has_sheet;
        let all_folded = dock::is_all_folded(panels, why_empty);
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
        Room { body, places, stage, has_queue, shows_row, all_folded, why_empty }
    }

    /// Draws the panels beside the tiles, their rail, and the panels over the tiles if they lie
    /// there. Returns what a person changed.
    fn draw_panels(
        &mut self,
        ui: &mut Ui,
        room: &Room<'_>,
        sides: &mut Sides,
        keys_are_commands: bool,
        actions: &mut Vec<UiAction>,
    ) -> Option<DockChange> {
        let Stage::Reviewing(reviewing) = &self.stage else { return None };
        let (view_state, panels, why_empty) = (&self.view_state, &mut self.remembered.panels, room.why_empty);
        let reviewed = Reviewed { reviewing, view_state, keys: sides.keys.filter(|_| keys_are_commands) };
        let (mut change, mut pressed) = (None, None);
        let mut content = |ui: &mut Ui, panel: SidePanel| {
            if side_panels::is_pressed(ui) {
                pressed = Some(panel);
            }
            side_panels::show(ui, panel, &mut sides.states, &reviewed, actions);
        };
        match room.places.panels {
            SidePlace::Closed => {}
            SidePlace::Beside(width) => {
                let rail = if room.has_queue { RAIL } else { 0.0 };
                let most = (room.body.width() - room.stage - rail).clamp(*PANEL_WIDTHS.start(), *PANEL_WIDTHS.end());
                let panel = Panel::right("panels").default_size(width).size_range(*PANEL_WIDTHS.start()..=most);
                let shown = panel.show(ui, |ui| {
                    change = dock::show(ui, panels, why_empty, &mut content);
                });
                panels.width = shown.response.rect.width();
            }
            SidePlace::Rail => {
                let rail = Panel::right("panel rail").exact_size(RAIL).resizable(false).frame(rail_frame(ui));
                rail.show(ui, |ui| {
                    change = dock::rail(ui, panels, why_empty).or(dock::open_menu(ui, panels, "+"));
                });
            }
        }
        if sides.over == Some(Over::Panels) && room.shows_row {
            let has_two_panes = view_state.has_panes() || view_state.is_comparing();
            let width = beside_panes(ui.available_width(), panels.width).filter(|_| has_two_panes);
            let place = place_over(room.body, panels.width, &reviewed);
            let show = |ui: &mut Ui| change = change.or(dock::show(ui, panels, why_empty, &mut content));
            match width {
                Some(width) => {
                    Panel::right("panels beside panes").exact_size(width).resizable(false).show(ui, show);
                }
                None => over(ui, "panels over", place, show),
            }
        }
        if ui.input(|input| input.pointer.any_pressed()) {
            sides.keys = pressed;
        }
        change
    }

    /// Draws what is in the middle: the overview, the contact sheet, or the tiles of the row.
    fn draw_middle(&mut self, ui: &mut Ui, keys_are_commands: bool, actions: &mut Vec<UiAction>) {
        let Stage::Reviewing(reviewing) = &mut self.stage else { return };
        if self.view_state.overview != OverviewState::Closed {
            let highlights = self.settings.highlights;
            CentralPanel::default().show(ui, |ui| reviewing.draw_overview(ui, highlights, keys_are_commands, actions));
        } else if reviewing.sheet.is_some() {
            let size = sheet_pairs::size_in_range(self.remembered.sheet_pairs);
            reviewing.draw_sheet(ui, size, self.settings.highlights, actions);
        } else {
            let (view_state, grid) = (&mut self.view_state, &self.remembered.grid);
            reviewing.draw(ui, view_state, &self.settings, grid, keys_are_commands, actions);
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

/// The place of the panels over the tiles.
fn place_over(body: Rect, width: f32, reviewed: &Reviewed<'_>) -> Rect {
    let Reviewed { reviewing, view_state, .. } = reviewed;
    let width = width.min(body.width() - 2.0 * RAIL - 24.0);
    // Of two panes, the one that the panel is not about.
    let on_left = (view_state.has_panes() || view_state.is_comparing()) && !reviewing.review.focus.is_positive();
    let right = if on_left { body.left() + RAIL + width } else { body.right() - RAIL };
    // The query stays readable, and the buttons below the tiles can be pressed.
    let top = reviewing.area.filter(|_| on_left).map_or(body.top(), |area| area.top());
    let bottom = reviewing.area.map_or(body.bottom(), |area| area.bottom());
    Rect::from_min_max(pos2(right - width, top), pos2(right, bottom))
}

/// Draws something over the tiles.
pub(super) fn over(ui: &Ui, id: &str, rect: Rect, add: impl FnOnce(&mut Ui)) {
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
