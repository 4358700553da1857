//! The sockets of a server: takes connections, gives each a time and a place, and ends those that
//! are in the way of others. Knows no file and no judgement.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::{ENDS_WITHIN, Shared, ended, routes};

/// The most connections. Another one takes the place of the one that was idle longest, first of
/// those that never showed the token.
const CONNECTIONS: usize = 400;
/// The time in which a connection shows the token: whoever sends slowly, or nothing, has no longer.
const TOKEN_WITHIN: Duration = Duration::from_secs(10);
/// The time for the head of a request, also until it begins.
const HEAD_WITHIN: Duration = Duration::from_secs(120);
/// The most bytes of a head.
const HEAD_UP_TO_BYTES: usize = 32 << 10;
/// The pause when the system gives no further socket.
const PAUSE: Duration = Duration::from_millis(50);

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
    async fn ended(&self) {
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

    fn enter(&self, client: IpAddr) -> (u64, Arc<Place>) {
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
    fn make_room(&self) {
        let mut places = self.places.lock();
        let rank = |place: &Place| (place.has_token.load(Ordering::Relaxed), *place.used.lock());
        let first = places.iter().min_by_key(|(_, place)| rank(place)).map(|(id, _)| *id);
        if let Some(ended) = first.and_then(|id| places.remove(&id)) {
            // Kept for a task that does not wait for it yet.
            ended.end.notify_one();
        }
    }

    fn leave(&self, id: u64) {
        self.places.lock().remove(&id);
    }
}

/// Takes connections until the server ends.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>, acceptor: Option<TlsAcceptor>) {
    let router = routes::router(shared.clone());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = ended(shared.ending.clone()) => return,
        };
        // Out of sockets, or the client has left already.
        let Ok((stream, from)) = accepted else {
            shared.connections.make_room();
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (id, place) = shared.connections.enter(from.ip().to_canonical());
        let (shared, router, acceptor) = (shared.clone(), router.clone(), acceptor.clone());
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            tokio::select! {
                () = place.ended() => {}
                () = speak(stream, &shared, &place, router, acceptor) => {}
            }
            shared.connections.leave(id);
        });
    }
}

async fn speak(
    stream: TcpStream,
    shared: &Arc<Shared>,
    place: &Arc<Place>,
    router: axum::Router,
    acceptor: Option<TlsAcceptor>,
) {
    match acceptor {
        None => answer(stream, shared, place, router).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                answer(stream, shared, place, router).await;
            }
        }
    }
}

/// Answers the requests of a connection.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    shared: &Arc<Shared>,
    place: &Arc<Place>,
    router: axum::Router,
) {
    let service = service_fn(|mut request: http::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(place.clone());
        let request = routes::below_name(request.map(Body::new), &shared.name);
        let mut router = router.clone();
        async move { router.call(request).await }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_UP_TO_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // A connection that was lost, or sent no HTTP, is none to tell of.
        _ = connection.as_mut() => {}
        () = ended(shared.ending.clone()) => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(ENDS_WITHIN, connection).await;
        }
    }
}
