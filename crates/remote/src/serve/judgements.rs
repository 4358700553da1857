//! The folder of judgements over HTTP: its names, one file, a new file, a file that another one
//! replaces, and waiting for changes. What a file of judgements is, the folder knows.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, to_bytes};
use axum::response::Response;
use futures_util::stream;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;
use tokio::sync::{Notify, Semaphore};
use tokio::task::spawn_blocking;

use super::answers::{bytes, empty, json as in_json, later, refusal, streamed};
use super::{JUDGEMENTS_UP_TO_BYTES, Shared, ended};

/// The folder of judgements of a served set. Its functions may block.
pub trait JudgementFiles: Send + Sync + 'static {
    /// The names of its files; no others that are in the folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Reads a file.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    fn read(&self, name: &str) -> Result<Vec<u8>, Refusal>;

    /// Writes a file whole or not at all; one that is there stays as it is.
    ///
    /// # Errors
    /// When it is none of judgements, or cannot be written.
    fn write(&self, name: &str, content: &[u8]) -> Result<(), Refusal>;

    /// Removes a file if another one holds all of its changes, and only then.
    ///
    /// # Errors
    /// When no other does, or it cannot be removed.
    fn remove(&self, name: &str) -> Result<(), Refusal>;
}

/// A reason why the folder does not do what a client asks for.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such file.
    NotFound,
    /// The request asks for something that is not allowed, in words.
    NotAllowed(String),
    /// The folder failed.
    Failed(io::Error),
}

/// The most files in the folder.
const FILES: usize = 100_000;
/// Files that are received at the same time: each is held in memory.
const AT_ONCE: usize = 4;
/// The time for the content of a file.
const WITHIN: Duration = Duration::from_secs(120);
/// The longest that a client waits for a change.
const WAITS_UP_TO: Duration = Duration::from_secs(30);
/// The interval at which the folder is listed while a client waits: others may write to it without
/// this server.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The folder, and those who wait for a change of it.
pub(super) struct Judgements {
    files: Arc<dyn JudgementFiles>,
    changed: Notify,
    receiving: Semaphore,
    /// One file at a time is written or removed.
    writing: tokio::sync::Mutex<()>,
}

impl Judgements {
    pub(super) fn new(files: Arc<dyn JudgementFiles>) -> Self {
        let (changed, receiving, writing) = (Notify::new(), Semaphore::new(AT_ONCE), tokio::sync::Mutex::default());
        Self { files, changed, receiving, writing }
    }

    async fn on_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn JudgementFiles) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Response> {
        let files = self.files.clone();
        let done = spawn_blocking(move || work(&*files)).await;
        done.map_err(|_| refusal(StatusCode::INTERNAL_SERVER_ERROR, "the server failed"))?.map_err(in_words)
    }

    async fn names(&self) -> Result<Vec<String>, Response> {
        let mut names = self.on_thread(|files| files.list().map_err(Refusal::Failed)).await?;
        names.sort();
        Ok(names)
    }
}

/// The answer for the names of the files, and a mark of them.
pub(super) async fn list(shared: &Shared) -> Result<Response, Response> {
    let names = shared.judgements.names().await?;
    let mark = mark_of(&names);
    Ok(in_json(json!({"names": names, "mark": mark}).to_string()))
}

/// The answer for a file.
pub(super) async fn get(shared: &Shared, name: String) -> Result<Response, Response> {
    let content = shared.judgements.on_thread(move |files| files.read(&name)).await?;
    Ok(bytes(content, "application/octet-stream"))
}

/// Takes a file.
pub(super) async fn put(shared: &Shared, name: String, headers: &HeaderMap, body: Body) -> Result<Response, Response> {
    let own = &shared.judgements;
    let too_long = || {
        let words = format!("a file of judgements has at most {} MB", JUDGEMENTS_UP_TO_BYTES >> 20);
        refusal(StatusCode::PAYLOAD_TOO_LARGE, &words)
    };
    // Nothing is read of a content that says that it is too long.
    let told = headers.get(CONTENT_LENGTH).and_then(|len| len.to_str().ok()?.parse::<u64>().ok());
    if told.is_some_and(|told| told > JUDGEMENTS_UP_TO_BYTES as u64) {
        return Err(too_long());
    }
    let busy = "the server receives other files now";
    let receives = tokio::time::timeout(Duration::from_secs(5), own.receiving.acquire());
    let Ok(Ok(_place)) = receives.await else {
        return Err(later(StatusCode::SERVICE_UNAVAILABLE, Duration::from_secs(2), busy));
    };
    let content = match tokio::time::timeout(WITHIN, to_bytes(body, JUDGEMENTS_UP_TO_BYTES)).await {
        Err(_) => return Err(refusal(StatusCode::REQUEST_TIMEOUT, "the content did not come in time")),
        Ok(Err(error)) if is_cut(&error) => return Err(too_long()),
        Ok(Err(_)) => return Err(refusal(StatusCode::BAD_REQUEST, "the content did not come whole")),
        Ok(Ok(content)) => content,
    };
    let _one_at_a_time = own.writing.lock().await;
    let write = move |files: &dyn JudgementFiles| {
        if files.list().map_err(Refusal::Failed)?.len() >= FILES {
            return Err(Refusal::NotAllowed(format!("the folder has {FILES} files already")));
        }
        files.write(&name, &content)
    };
    own.on_thread(write).await?;
    own.changed.notify_waiters();
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Removes a file that another one replaces.
pub(super) async fn delete(shared: &Shared, name: String) -> Result<Response, Response> {
    let own = &shared.judgements;
    let _one_at_a_time = own.writing.lock().await;
    own.on_thread(move |files| files.remove(&name)).await?;
    own.changed.notify_waiters();
    Ok(empty(StatusCode::NO_CONTENT))
}

/// Answers when the files are others than those of a mark, or after a time. Until then it sends a
/// space now and then, so that both ends know that the other is there.
pub(super) async fn changes(shared: Arc<Shared>, after: String, seconds: u64) -> Result<Response, Response> {
    let until = Instant::now() + Duration::from_secs(seconds).min(WAITS_UP_TO);
    // A failure is reported before the answer begins.
    let first = mark_of(&shared.judgements.names().await?);
    let state = (shared, after, Some(first));
    let parts = stream::unfold(Some(state), move |state| async move {
        let (shared, after, first) = state?;
        let mark = match first {
            Some(mark) => mark,
            None => {
                tokio::select! {
                    () = shared.judgements.changed.notified() => {}
                    () = tokio::time::sleep(LOOK_EVERY.min(until.saturating_duration_since(Instant::now()))) => {}
                    () = ended(shared.ending.clone()) => {}
                }
                // A folder that fails meanwhile is found out by the next request.
                shared.judgements.names().await.map_or_else(|_| after.clone(), |names| mark_of(&names))
            }
        };
        let is_over = *shared.ending.borrow() || Instant::now() >= until;
        if mark != after || is_over {
            return Some((Bytes::from(json!({"mark": mark}).to_string()), None));
        }
        Some((Bytes::from_static(b" "), Some((shared, after, None))))
    });
    Ok(streamed(parts))
}

/// A mark that differs for other names.
fn mark_of(names: &[String]) -> String {
    let hash = Sha256::digest(names.join("\n"));
    hexadecimal(&hash[..12])
}

/// Whether a body was longer than it may be.
fn is_cut(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

fn in_words(reason: Refusal) -> Response {
    match reason {
        Refusal::NotFound => refusal(StatusCode::NOT_FOUND, "there is no such file"),
        Refusal::NotAllowed(words) => refusal(StatusCode::CONFLICT, &words),
        Refusal::Failed(error) => {
            let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            let status = if is_full { StatusCode::INSUFFICIENT_STORAGE } else { StatusCode::INTERNAL_SERVER_ERROR };
            log::warn!("the folder of judgements failed: {error}");
            refusal(status, &format!("the server's folder of judgements failed: {error}"))
        }
    }
}
