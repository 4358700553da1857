//! The course of a frame: receive results, read keys, draw, carry out actions, request pictures.

use tilejury_data::SampleIndex;

use super::{App, Stage};
use crate::ui::{AppAction, UiAction};

impl App {
    /// Runs one frame: everything but painting. `previous_frame` is the duration of the
    /// previous frame in seconds, with painting but without waiting for the screen.
    pub fn frame(&mut self, ui: &mut egui::Ui, previous_frame: Option<f32>) {
        self.timings.begin_frame(previous_frame);
        self.receive();
        self.go_on_judging();
        let (now, has_focus) = self.ctx.input(|input| (input.time, input.focused));
        // A dialog covers the tiles, and so do the keys.
        let watches = has_focus && self.dialog.is_none() && !self.shows_keys();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.viewing_time.begin_frame(now, previous_frame.map_or(0.0, f64::from));
            reviewing.looks.begin_frame(now, watches);
        }
        if let Some(mut open) = self.review_context() {
            open.end_digit(None);
        }
        let mut actions: Vec<UiAction> = Vec::new();
        let keys_are_commands = self.keys_are_commands();
        if keys_are_commands {
            if !self.follow_held_help(&mut actions) {
                self.read_keys(&mut actions);
                self.hold_help(&mut actions);
            }
            // Anyone who goes on with a command has the arrows for it again.
            if actions.iter().any(|action| matches!(action, UiAction::Run(_))) {
                self.view_state.sides.keys = None;
            }
        } else {
            self.hands.held_help = None;
            self.read_dialog_keys(&mut actions);
            self.read_field_keys(&mut actions);
        }
        self.follow_hands(keys_are_commands, &actions);
        if keys_are_commands {
            self.read_paste();
        }
        self.read_drops(&mut actions);
        self.follow_findings();
        self.draw(ui, keys_are_commands, &mut actions);
        if let Some(picker) = &mut self.picker
            && let Some(answer) = picker.poll(&self.ctx)
        {
            self.picker = None;
            self.picked(answer);
        }
        let closes = |action: &UiAction| matches!(action, UiAction::App(AppAction::CloseDialog));
        let only_closed = actions.iter().all(closes);
        let earlier = self.last_event_and_sample();
        for action in actions {
            self.perform(action);
            self.limit_focus();
        }
        self.return_to_field(only_closed);
        self.follow_tour();
        self.record_actions(earlier);
        self.remember_list();
        self.update_export_preview();
        self.was_writing = self.is_writing();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            let layout = |negatives| self.view_state.layout(self.remembered.grid.of(negatives));
            reviewing.request_tiles(&self.ctx, &layout, &self.view_state);
            reviewing.request_texts(&self.view_state);
        }
        self.continue_leaving();
        self.remember_window();
        if self.timings.end_frame() {
            self.ctx.request_repaint();
        }
    }

    /// The number of the last event, and the index of the current sample.
    fn last_event_and_sample(&self) -> Option<(u64, SampleIndex)> {
        let review = &self.reviewing_now()?.review;
        Some((review.session.last_seq(), review.cursor()))
    }

    /// Records for the timings whether the actions judged, or went to another sample: compared with
    /// `earlier`, the state before them, since many actions can do either.
    fn record_actions(&mut self, earlier: Option<(u64, SampleIndex)>) {
        let (Some((seq, sample)), Some((seq_now, sample_now))) = (earlier, self.last_event_and_sample()) else {
            return;
        };
        if seq_now > seq {
            self.timings.record_judged();
        }
        if sample_now != sample {
            self.timings.record_next_sample();
        }
    }

    /// Draws the words while a file is dragged over the window.
    pub(super) fn draw_drop_hint(&self) {
        if self.ctx.input(|input| input.raw.hovered_files.is_empty()) {
            return;
        }
        let painter =
            self.ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop hint")));
        let rect = self.ctx.content_rect();
        painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(160));
        let font = egui::FontId::proportional(28.0);
        painter.text(
            rect.center(),
            egui::Align2::CENTER_CENTER,
            "Drop a dataset folder, a .jsonl or a .parquet file to open it",
            font,
            egui::Color32::WHITE,
        );
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.know_opengl(frame.gl());
        self.frame(ui, frame.info().cpu_usage);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.finish_closing();
        self.save_remembered();
        self.saver = None;
    }
}
