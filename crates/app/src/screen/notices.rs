//! Notices, which the status bar shows. Their texts can be read again in the messages.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::Context;

use super::{App, Stage, panel_views};
use crate::ui::news::{self, NoticeView};
use crate::ui::{UiAction, annotators, offer};

/// The width that the names of the menus need, in points.
const MENUS: f32 = 300.0;
/// The top of the first line, in points.
const TOP: f32 = 3.0;
/// The most notices that stay at once.
const NOTICES_THAT_STAY: usize = 3;

/// A notice.
struct Notice {
    text: String,
    /// The folder that it offers to open.
    folder: Option<PathBuf>,
    since: Instant,
    stays: NoticeDuration,
}

/// The time for which a notice is visible.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeDuration {
    /// Until the person closes it.
    UntilDismissed,
    /// Some seconds.
    Normal,
    /// Long enough to read a word or two.
    Short,
}

impl NoticeDuration {
    fn time(self) -> Duration {
        match self {
            Self::UntilDismissed => Duration::MAX,
            Self::Normal => Duration::from_secs(3),
            Self::Short => Duration::from_millis(2500),
        }
    }
}

/// The visible notices, and all texts so far.
pub(super) struct Notices {
    ctx: Context,
    visible: Vec<Notice>,
    log: Vec<String>,
}

impl Notices {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), visible: Vec::new(), log: Vec::new() }
    }

    /// All texts so far, the latest last.
    pub(super) fn log(&self) -> &[String] {
        &self.log
    }

    /// Shows a notice and keeps its text.
    pub(super) fn notify(&mut self, text: impl Into<String>, stays: bool) {
        let text = text.into();
        self.log_message(text.clone());
        self.toast(text, if stays { NoticeDuration::UntilDismissed } else { NoticeDuration::Normal });
    }

    /// Shows a notice that stays and offers to open a folder.
    pub(super) fn notify_with_folder(&mut self, text: String, folder: PathBuf) {
        self.notify(text, true);
        if let Some(notice) = self.visible.last_mut() {
            notice.folder = Some(folder);
        }
    }

    /// Keeps a text for the messages and the log, without a notice.
    pub(super) fn log_message(&mut self, text: String) {
        log::info!("{text}");
        self.log.push(text);
    }

    /// Shows a notice. It replaces one that would vanish, never one that stays.
    pub(super) fn toast(&mut self, text: String, stays: NoticeDuration) {
        self.visible.retain(|notice| notice.stays == NoticeDuration::UntilDismissed && notice.text != text);
        let staying = self.visible.len();
        if staying >= NOTICES_THAT_STAY {
            self.visible.drain(..=staying - NOTICES_THAT_STAY);
        }
        self.visible.push(Notice { text, folder: None, since: Instant::now(), stays });
        self.expire();
    }

    /// Removes expired notices, and asks for a frame when the next one expires. Any frame cancels
    /// what was asked for before, so each one has to ask.
    pub(super) fn expire(&mut self) {
        self.visible.retain(|notice| notice.since.elapsed() < notice.stays.time());
        let passing = self.visible.iter().filter(|notice| notice.stays != NoticeDuration::UntilDismissed);
        if let Some(left) = passing.map(|notice| notice.stays.time().saturating_sub(notice.since.elapsed())).min() {
            self.ctx.request_repaint_after(left);
        }
    }

    /// Removes the notices that begin with a text.
    pub(super) fn withdraw(&mut self, beginning: &str) {
        self.visible.retain(|notice| !notice.text.starts_with(beginning));
    }

    /// Removes the notices that mention something.
    pub(super) fn withdraw_about(&mut self, words: &str) {
        self.visible.retain(|notice| !notice.text.contains(words));
    }

    /// The visible notices, the latest last.
    pub(super) fn views(&self) -> Vec<NoticeView<'_>> {
        let stays = |notice: &Notice| notice.stays == NoticeDuration::UntilDismissed;
        let views = self.visible.iter().map(|notice| NoticeView {
            text: &notice.text,
            stays: stays(notice),
            folder: notice.folder.as_deref(),
        });
        views.collect()
    }

    /// Removes one notice.
    pub(super) fn dismiss(&mut self, index: usize) {
        if index < self.visible.len() {
            self.visible.remove(index);
        }
    }

    /// Removes the notices that would vanish.
    pub(super) fn clear_passing(&mut self) {
        self.visible.retain(|notice| notice.stays == NoticeDuration::UntilDismissed);
    }

    /// Removes all notices; their texts stay in the log.
    pub(super) fn clear(&mut self) {
        self.visible.clear();
    }
}

impl App {
    pub(super) fn notify(&mut self, text: impl Into<String>, stays: bool) {
        self.notices.notify(text, stays);
    }

    pub(super) fn log_message(&mut self, text: String) {
        self.notices.log_message(text);
    }

    pub(super) fn toast(&mut self, text: String, stays: NoticeDuration) {
        self.notices.toast(text, stays);
    }

    /// Draws what asks for an answer over the free end of the menu bar, and notices where there is
    /// no status bar.
    pub(super) fn draw_notices(&self, actions: &mut Vec<UiAction>) {
        match &self.stage {
            Stage::Reviewing(reviewing) => {
                let review = &reviewing.review;
                let below = annotators::question(&self.ctx, &panel_views::annotators(review), TOP, MENUS, actions);
                if let Some(view) = panel_views::offer(review) {
                    offer::show(&self.ctx, &view, below, MENUS, actions);
                }
            }
            _ if self.notices.visible.is_empty() => {}
            _ => news::over_line(&self.ctx, &self.notices.views(), actions),
        }
    }
}
