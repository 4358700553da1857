//! The sockets of a server: takes connections, and answers the requests on each as long as it has a
//! place. Knows no file and no judgement.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::places::Place;
use super::{ENDS_WITHIN, Shared, ended, routes};

/// The time for the head of a request, also until it begins.
const HEAD_WITHIN: Duration = Duration::from_secs(120);
/// The most bytes of a head.
const HEAD_UP_TO_BYTES: usize = 32 << 10;
/// The pause when the system gives no further socket.
const PAUSE: Duration = Duration::from_millis(50);

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
