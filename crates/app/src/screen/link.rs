//! The connection of the open dataset, followed from frame to frame: whether it was lost and is
//! back, when tiles that could not be fetched are tried again, and whether what comes can be kept.
//! Requests nothing itself.

use std::time::{Duration, Instant};

use egui::Context;

use crate::connection::{Connection, ConnectionNow};

/// The time after which tiles that could not be fetched are tried again, as long as the reason may
/// pass. It doubles with each try in vain, up to the longest.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);
/// The interval between frames that show the state of a busy connection.
const SHOWN_EVERY: Duration = Duration::from_millis(300);

/// A followed connection.
pub(super) struct Link {
    connection: Connection,
    /// Set while tiles cannot be fetched for a passing reason.
    lost: Option<LostLink>,
    /// Whether the person knows that the cache cannot be written.
    reported_cache: bool,
}

/// A connection that was lost.
struct LostLink {
    /// The last try.
    since: Instant,
    /// The bytes received until then.
    bytes: u64,
    /// The time until the next try.
    wait: Duration,
    /// Whether the server allowed no request in the last frame.
    is_limited: bool,
}

impl Link {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection, lost: None, reported_cache: false }
    }

    /// The state of the connection now.
    pub(super) fn now(&self) -> ConnectionNow {
        self.connection.now()
    }

    /// Whether tiles cannot be fetched for a reason that may pass.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// The reason why the cache cannot be written, as long as that is so.
    pub(super) fn cache_problem(&self) -> Option<String> {
        self.connection.cache_problem()
    }

    /// The reason why the cache cannot be written, once for each time that it begins.
    pub(super) fn new_cache_problem(&mut self) -> Option<String> {
        let problem = self.cache_problem();
        let is_new = problem.is_some() && !self.reported_cache;
        self.reported_cache = problem.is_some();
        problem.filter(|_| is_new)
    }

    /// Follows the connection while a number of tiles, `passing`, cannot be fetched for a passing
    /// reason. Returns whether to try them again: as soon as anything else is received or the
    /// server allows the next request, and from time to time. The frames it asks for also keep the
    /// waits current that tiles tell. Called once a frame.
    pub(super) fn follow(&mut self, passing: usize, ctx: &Context) -> bool {
        let now = self.now();
        if now.waiting > 0 || now.limited_for.is_some() || passing > 0 {
            ctx.request_repaint_after(SHOWN_EVERY);
        }
        if passing == 0 {
            self.lost = None;
            return false;
        }
        let is_limited = now.limited_for.is_some();
        let first = || LostLink { since: Instant::now(), bytes: now.bytes, wait: TRY_AGAIN_AFTER, is_limited };
        let lost = self.lost.get_or_insert_with(first);
        let (waited, is_back) = (lost.since.elapsed(), now.bytes > lost.bytes);
        let is_allowed = lost.is_limited && !is_limited;
        lost.is_limited = is_limited;
        let is_due = is_back || is_allowed || (waited >= lost.wait && !is_limited);
        if is_due {
            let wait = if is_back { TRY_AGAIN_AFTER } else { (lost.wait * 2).min(LONGEST) };
            *lost = LostLink { since: Instant::now(), bytes: now.bytes, wait, is_limited };
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;
    use tilejury_data::Pace;

    use super::*;

    #[test]
    fn tiles_are_tried_again_when_the_server_allows_it() {
        let limited_for = Arc::new(Mutex::new(Some(Duration::from_secs(41))));
        let shared = limited_for.clone();
        let pace = Pace { latency: Duration::ZERO, bytes_per_second: 1e6, bytes_per_second_each: 1e6 };
        let now = move || ConnectionNow { bytes: 0, requests: 0, waiting: 0, pace, limited_for: *shared.lock() };
        let mut link = Link::new(Connection::new(now, || None));
        let ctx = Context::default();
        assert!(!link.follow(1, &ctx) && !link.follow(1, &ctx));
        *limited_for.lock() = None;
        assert!(link.follow(1, &ctx), "at once, and not only seconds later");
        assert!(!link.follow(1, &ctx));
    }
}
