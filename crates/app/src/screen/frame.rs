//! The course of a frame: receive results, read keys, draw, carry out actions, request pictures.

use tilejury_data::SampleIndex;

use super::{App, Stage};
use crate::ui::UiAction;

impl App {
    /// Runs one frame: everything but painting. `before` is the duration of the previous frame in
    /// seconds, with painting but without waiting for the screen.
    pub fn frame(&mut self, ui: &mut egui::Ui, before: Option<f32>) {
        self.timings.begin_frame(before);
        self.receive();
        let now = self.ctx.input(|input| input.time);
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.viewing_time.begin_frame(now, before.map_or(0.0, f64::from));
        }
        let mut actions: Vec<UiAction> = Vec::new();
        let keys = self.keys_are_commands();
        if keys {
            self.read_keys(&mut actions);
        } else {
            self.read_quit(&mut actions);
        }
        self.read_drops(&mut actions);
        self.draw(ui, keys, &mut actions);
        if let Some(picker) = &mut self.picker
            && let Some(answer) = picker.poll(&self.ctx)
        {
            self.picker = None;
            self.picked(answer);
        }
        let before = self.last_change_and_sample();
        for action in actions {
            self.perform(action);
            self.limit_focus();
        }
        self.time_acts(before);
        self.update_export_preview();
        self.was_writing = self.is_writing();
        if let Stage::Reviewing(reviewing) = &mut self.stage {
            reviewing.request_tiles(&self.ctx, self.look.layout(self.remembered.columns), &self.look.zooming);
        }
        self.continue_leaving();
        self.remember_window();
        if self.timings.end_frame() {
            self.ctx.request_repaint();
        }
    }

    /// The number of the last stored change, and the index of the current sample.
    fn last_change_and_sample(&self) -> Option<(u64, SampleIndex)> {
        let review = &self.reviewing_now()?.review;
        Some((review.session.last_seq(), review.cursor()))
    }

    /// Notes for the timings whether the actions judged, or went to another sample: compared before
    /// and after, since many actions can do either.
    fn time_acts(&mut self, before: Option<(u64, SampleIndex)>) {
        let (Some((seq, sample)), Some((seq_now, sample_now))) = (before, self.last_change_and_sample()) else {
            return;
        };
        if seq_now > seq {
            self.timings.judged();
        }
        if sample_now != sample {
            self.timings.record_next_sample();
        }
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.frame(ui, frame.info().cpu_usage);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.wait_for_threads();
        self.save_remembered();
        self.saver = None;
    }
}
