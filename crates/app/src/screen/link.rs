//! The connection of the open dataset, followed from frame to frame: whether it was lost and is back,
//! and when tiles that could not be fetched are tried again. Requests nothing itself.

use std::time::{Duration, Instant};

use egui::Context;

use super::review_screen::ReviewScreen;
use crate::connection::{Connection, ConnectionNow};

/// The time after which tiles that could not be fetched are tried again, as long as the reason may
/// pass.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(15);
/// The interval between frames that show the state of a busy connection.
const SHOWN_EVERY: Duration = Duration::from_millis(300);

/// A followed connection.
pub(super) struct Link {
    connection: Connection,
    /// Since when tiles cannot be fetched for a passing reason, and the bytes received until then.
    lost: Option<(Instant, u64)>,
}

impl Link {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, lost: None }
    }

    /// The state of the connection now.
    pub(super) fn now(&self) -> ConnectionNow {
        self.connection.now()
    }

    /// Whether tiles cannot be fetched for a reason that may pass.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }
}

impl ReviewScreen {
    /// Lets tiles be tried again that could not be fetched: as soon as anything else is received,
    /// and from time to time. Called once a frame.
    pub(super) fn follow_link(&mut self, ctx: &Context) {
        let (_, passing) = self.store.unreachable();
        let Some(link) = &mut self.link else { return };
        let now = link.now();
        if now.waiting > 0 || now.limited_for.is_some() {
            ctx.request_repaint_after(SHOWN_EVERY);
        }
        if passing == 0 {
            link.lost = None;
            return;
        }
        let (since, bytes) = *link.lost.get_or_insert((Instant::now(), now.bytes));
        let waited = since.elapsed();
        let is_back = now.bytes > bytes || (waited >= TRY_AGAIN_AFTER && now.limited_for.is_none());
        if is_back && self.store.retry_passing() {
            link.lost = Some((Instant::now(), now.bytes));
            self.forget_unfetched();
        }
        ctx.request_repaint_after(TRY_AGAIN_AFTER.saturating_sub(waited).max(SHOWN_EVERY));
    }
}
