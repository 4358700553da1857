//! What the window tells by itself, in a corner over the tiles; all of it can be read again among the messages.

use std::time::{Duration, Instant};

use egui::RichText;

use super::{App, Stage, panel_views};
use crate::ui::{UiAction, annotators, copy_button, offer};

/// Room that the names of the menus need, in points.
const MENUS: f32 = 400.0;
/// Where the first line stands.
const TOP: f32 = 3.0;
/// More notices that stay would cover the tiles.
const NOTICES_THAT_STAY: usize = 3;

pub(super) struct Notice {
    pub(super) text: String,
    pub(super) since: Instant,
    pub(super) stays: NoticeDuration,
}

/// How long a notice is on show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeDuration {
    /// Until somebody puts it away.
    UntilDismissed,
    /// Some seconds.
    Normal,
    /// Long enough to read a word or two.
    Short,
}

impl NoticeDuration {
    pub(super) fn time(self) -> Duration {
        match self {
            Self::UntilDismissed => Duration::MAX,
            Self::Normal => Duration::from_secs(8),
            Self::Short => Duration::from_millis(2500),
        }
    }
}

impl App {
    pub(super) fn notify(&mut self, text: impl Into<String>, stays: bool) {
        let text = text.into();
        self.log_message(text.clone());
        self.toast(text, if stays { NoticeDuration::UntilDismissed } else { NoticeDuration::Normal });
    }

    /// Keeps what happened for the messages and the log.
    pub(super) fn log_message(&mut self, text: String) {
        log::info!("{text}");
        self.log.push(text);
    }

    /// Puts up a notice. It takes the place of another that goes away by itself, and never that of one that stays.
    pub(super) fn toast(&mut self, text: String, stays: NoticeDuration) {
        self.notices.retain(|notice| notice.stays == NoticeDuration::UntilDismissed && notice.text != text);
        let standing = self.notices.len();
        if standing >= NOTICES_THAT_STAY {
            self.notices.drain(..=standing - NOTICES_THAT_STAY);
        }
        self.notices.push(Notice { text, since: Instant::now(), stays });
        if stays != NoticeDuration::UntilDismissed {
            self.ctx.request_repaint_after(stays.time());
        }
    }

    /// Over the free end of the menu bar: nothing may move because there is something to say, and nothing be covered that
    /// one looks at.
    pub(super) fn draw_notices(&self, acts: &mut Vec<UiAction>) {
        // What is offered keeps its place, whatever is told meanwhile: that comes below.
        let top = match &self.stage {
            Stage::Reviewing(reviewing) => {
                let review = &reviewing.review;
                let below = annotators::question(&self.ctx, &panel_views::annotators(review), TOP, MENUS, acts);
                match panel_views::offer(review) {
                    Some(view) => offer::show(&self.ctx, &view, below, MENUS, acts),
                    None => below,
                }
            }
            _ => TOP,
        };
        if self.notices.is_empty() {
            return;
        }
        let area = egui::Area::new(egui::Id::unique("notice")).order(egui::Order::Foreground);
        area.anchor(egui::Align2::RIGHT_TOP, egui::vec2(-6.0, top)).show(&self.ctx, |ui| {
            for (at, notice) in self.notices.iter().enumerate() {
                let frame = egui::Frame::popup(ui.style()).inner_margin(egui::Margin::symmetric(8, 1));
                frame.show(ui, |ui| {
                    ui.set_max_width((self.ctx.content_rect().width() - MENUS).clamp(220.0, 560.0));
                    ui.horizontal(|ui| {
                        if ui.button("OK").clicked() {
                            acts.push(UiAction::DismissNotice(at));
                        }
                        if notice.stays == NoticeDuration::UntilDismissed {
                            copy_button(ui, &notice.text);
                        }
                        ui.add(egui::Label::new(RichText::new(&notice.text).strong()).wrap());
                    });
                });
            }
        });
    }
}
