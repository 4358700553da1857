//! The places of connections: how many there are, and which ends when another one needs a place.
//! Touches no socket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The most connections. Another one takes the place of the one that was idle longest, first of
/// those that never showed the token.
const CONNECTIONS: usize = 400;
/// The time in which a connection shows the token: one that sends slowly, or nothing, ends.
const TOKEN_WITHIN: Duration = Duration::from_secs(10);

/// The open connections.
#[derive(Default)]
pub(super) struct Connections {
    next: AtomicU64,
    places: Mutex<HashMap<u64, Arc<Place>>>,
}

/// A connection, as its requests and its rivals see it.
pub(super) struct Place {
    pub(super) client: IpAddr,
    has_token: AtomicBool,
    used: Mutex<Instant>,
    end: Notify,
}

impl Place {
    /// Notes that a request with the token came.
    pub(super) fn note_use(&self) {
        self.has_token.store(true, Ordering::Relaxed);
        *self.used.lock() = Instant::now();
    }

    /// Returns when the connection has to end: another one needs its place, or it never showed the
    /// token.
    pub(super) async fn ended(&self) {
        tokio::select! {
            () = self.end.notified() => {}
            () = async {
                tokio::time::sleep(TOKEN_WITHIN).await;
                if self.has_token.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
            } => {}
        }
    }
}

impl Connections {
    pub(super) fn count(&self) -> usize {
        self.places.lock().len()
    }

    pub(super) fn enter(&self, client: IpAddr) -> (u64, Arc<Place>) {
        let (id, now) = (self.next.fetch_add(1, Ordering::Relaxed), Instant::now());
        let place = Place { client, has_token: AtomicBool::new(false), used: Mutex::new(now), end: Notify::new() };
        let place = Arc::new(place);
        if self.count() >= CONNECTIONS {
            self.make_room();
        }
        self.places.lock().insert(id, place.clone());
        (id, place)
    }

    /// Ends the connection that others need most: of those without the token, or else of all, the
    /// one that was idle longest.
    pub(super) fn make_room(&self) {
        let mut places = self.places.lock();
        let rank = |place: &Place| (place.has_token.load(Ordering::Relaxed), *place.used.lock());
        let first = places.iter().min_by_key(|(_, place)| rank(place)).map(|(id, _)| *id);
        if let Some(ended) = first.and_then(|id| places.remove(&id)) {
            // Kept for a task that does not wait for it yet.
            ended.end.notify_one();
        }
    }

    pub(super) fn leave(&self, id: u64) {
        self.places.lock().remove(&id);
    }
}
