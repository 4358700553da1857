//! Answers: a file or a part of it, which is read as the client takes it, and refusals in words.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::Response;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::task::spawn_blocking;

use super::MARK;
use super::files::OpenFile;
use super::ranges::{Asked, asked};
use super::stamp::e_tag;

/// The bytes that are read at a time.
const CHUNK: u64 = 256 << 10;

/// An answer without content.
pub(super) fn empty(status: StatusCode) -> Response {
    with_status(status, Body::empty())
}

/// A refusal, with its reason for a person.
pub(super) fn refusal(status: StatusCode, words: &str) -> Response {
    let mut response = with_status(status, Body::from(words.to_owned()));
    set(&mut response, CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

/// A refusal that holds for a time.
pub(super) fn later(status: StatusCode, wait: Duration, words: &str) -> Response {
    let mut response = refusal(status, words);
    set(&mut response, RETRY_AFTER, &wait.as_secs_f64().ceil().max(1.0).to_string());
    response
}

/// A document in JSON.
pub(super) fn json(text: String) -> Response {
    let mut response = with_status(StatusCode::OK, Body::from(text));
    set(&mut response, CONTENT_TYPE, "application/json");
    response
}

/// Bytes that are here already.
pub(super) fn bytes(content: Vec<u8>, kind: &'static str) -> Response {
    let mut response = with_status(StatusCode::OK, Body::from(content));
    set(&mut response, CONTENT_TYPE, kind);
    response
}

/// A file, or the part of it that is asked for.
pub(super) fn file(open: OpenFile, method: &Method, headers: &HeaderMap) -> Response {
    let OpenFile { file, len, e_tag: version } = open;
    let (status, part) = match asked(headers, len, &version) {
        Asked::Whole => (StatusCode::OK, 0..len),
        Asked::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
        Asked::Refused(status) => {
            let words = match status {
                StatusCode::RANGE_NOT_SATISFIABLE => "a request is for one range of bytes that the file has",
                _ => "the file has another version",
            };
            let mut response = if status.is_client_error() { refusal(status, words) } else { empty(status) };
            set(&mut response, ETAG, &version);
            if status == StatusCode::RANGE_NOT_SATISFIABLE {
                set(&mut response, CONTENT_RANGE, &format!("bytes */{len}"));
            }
            return response;
        }
    };
    let (start, end) = (part.start, part.end);
    let body = if *method == Method::HEAD { Body::empty() } else { content(file, start, end, version.clone()) };
    let mut response = with_status(status, body);
    if status == StatusCode::PARTIAL_CONTENT {
        set(&mut response, CONTENT_RANGE, &format!("bytes {start}-{}/{len}", end - 1));
    }
    set(&mut response, CONTENT_LENGTH, &(end - start).to_string());
    set(&mut response, CONTENT_TYPE, "application/octet-stream");
    set(&mut response, ACCEPT_RANGES, "bytes");
    set(&mut response, ETAG, &version);
    response
}

/// The bytes of a part, read while the client takes them: a client that stops takes no thread and
/// no memory. If the file changed meanwhile, the answer ends before its end, so that nobody takes a
/// mixture of both for the file.
fn content(file: File, start: u64, end: u64, version: String) -> Body {
    let parts = stream::try_unfold((file, start, version), move |(mut file, at, version)| async move {
        if at >= end {
            return Ok(None);
        }
        let read = spawn_blocking(move || {
            let mut chunk = vec![0; CHUNK.min(end - at) as usize];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut chunk)?;
            if e_tag(&file.metadata()?) != version {
                return Err(io::Error::other("the file changed"));
            }
            Ok((chunk, file, version))
        });
        let (chunk, file, version) = read.await.map_err(io::Error::other)??;
        let next = at + chunk.len() as u64;
        io::Result::Ok(Some((Bytes::from(chunk), (file, next, version))))
    });
    Body::from_stream(parts)
}

/// Parts of a body that cannot fail.
pub(super) fn streamed(parts: impl futures_util::Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures_util::StreamExt as _;
    let mut response = with_status(StatusCode::OK, Body::from_stream(parts.map(Ok::<_, Infallible>)));
    set(&mut response, CONTENT_TYPE, "application/json");
    response
}

fn with_status(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    set(&mut response, HeaderName::from_static(MARK), "1");
    // A browser guesses no type, and nothing between here and a client keeps a copy.
    set(&mut response, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&mut response, CACHE_CONTROL, "no-store");
    response
}

pub(super) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
