//! The answer at each address of a server. The token is asked for before anything else.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use http::header::{ALLOW, AUTHORIZATION, WWW_AUTHENTICATE};
use http::uri::PathAndQuery;
use http::{Method, StatusCode, Uri};
use percent_encoding::percent_decode_str;
use serde_json::json;
use tokio::task::spawn_blocking;
use url::form_urlencoded;

use super::answers::{self, refusal, set};
use super::places::Place;
use super::small_tile::{WIDTHS, small_tile};
use super::{REALM, Shared, judgements};

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/.tilejury/judgements", get(names))
        .route("/.tilejury/judgements/{name}", get(one).put(put).delete(remove))
        .route("/.tilejury/changes", get(changes))
        .route("/.tilejury/tile", get(tile))
        .fallback(file)
        .method_not_allowed_fallback(not_allowed)
        .layer(middleware::from_fn_with_state(shared.clone(), permitted))
        .with_state(shared)
}

/// The request without the name of the set at the beginning of its path: the set has two addresses,
/// with and without its name.
pub(super) fn below_name(mut request: Request, name: &str) -> Request {
    let path = request.uri().path();
    let (first, rest) = path[1.min(path.len())..].split_once('/').unwrap_or((path.trim_start_matches('/'), ""));
    if first.is_empty() || decoded(first).as_deref() != Some(name) {
        return request;
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(below) = format!("/{rest}{query}").parse::<PathAndQuery>() {
        *request.uri_mut() = Uri::from(below);
    }
    request
}

/// Lets a request pass that has the token, if the client does not ask too often.
async fn permitted(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let place = request.extensions().get::<Arc<Place>>().cloned();
    let Some(place) = place else { return refusal(StatusCode::INTERNAL_SERVER_ERROR, "the server failed") };
    let given = request.headers().get(AUTHORIZATION);
    let has_token = given.is_some_and(|given| shared.token.is_in(given.as_bytes()));
    if let Err(wait) = shared.limits.permit(place.client, has_token, Instant::now()) {
        let words = if has_token { "too many requests" } else { "too many requests without the token" };
        return answers::later(StatusCode::TOO_MANY_REQUESTS, wait, words);
    }
    if !has_token {
        let mut response = refusal(StatusCode::UNAUTHORIZED, "this server wants the token that it printed");
        set(&mut response, WWW_AUTHENTICATE, &format!("Bearer realm=\"{REALM}{}\"", shared.token.id()));
        return response;
    }
    place.note_use();
    next.run(request).await
}

/// The list of files, by which a client knows all of the set in one trip.
async fn list(State(shared): State<Arc<Shared>>) -> Response {
    let files = shared.files.clone();
    match spawn_blocking(move || files.list()).await {
        Ok(files) => answers::json(json!({"tilejury_serve": 1, "name": shared.name, "files": files}).to_string()),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "the files cannot be listed"),
    }
}

/// A file of the set.
async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return not_allowed().await;
    }
    let Some(path) = parts.uri.path().strip_prefix('/').and_then(decoded) else { return not_there() };
    let files = shared.files.clone();
    match spawn_blocking(move || files.open(&path)).await {
        Ok(Ok(open)) => answers::file(open, &parts.method, &parts.headers),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => not_there(),
        Ok(Err(error)) => refusal(StatusCode::INTERNAL_SERVER_ERROR, &format!("the file cannot be read: {error}")),
        Err(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read"),
    }
}

async fn names(State(shared): State<Arc<Shared>>) -> Response {
    either(judgements::list(&shared).await)
}

async fn one(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    either(judgements::get(&shared, name).await)
}

async fn put(State(shared): State<Arc<Shared>>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    either(judgements::put(&shared, name, &parts.headers, body).await)
}

async fn remove(State(shared): State<Arc<Shared>>, Path(name): Path<String>) -> Response {
    either(judgements::delete(&shared, name).await)
}

async fn changes(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let after = value(&uri, "after").unwrap_or_default();
    let seconds = value(&uri, "seconds").and_then(|text| text.parse().ok()).unwrap_or(0);
    either(judgements::changes(shared, after, seconds).await)
}

async fn tile(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let width = value(&uri, "width").and_then(|text| text.parse().ok()).filter(|width| WIDTHS.contains(width));
    let (Some(path), Some(width)) = (value(&uri, "path"), width) else {
        return refusal(StatusCode::BAD_REQUEST, "a path and a width from 16 to 2048 are needed");
    };
    let (dataset, files) = (shared.dataset.clone(), shared.files.clone());
    match spawn_blocking(move || small_tile(&dataset, &files, &path, width)).await {
        Ok(Ok(content)) => answers::bytes(content, "application/octet-stream"),
        Ok(Err(error)) => refusal(StatusCode::NOT_FOUND, &error.to_string()),
        Err(_) => refusal(StatusCode::NOT_FOUND, "the tile cannot be scaled"),
    }
}

async fn not_allowed() -> Response {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "the set is read only");
    set(&mut response, ALLOW, "GET, HEAD");
    response
}

fn not_there() -> Response {
    refusal(StatusCode::NOT_FOUND, "the set has no such file")
}

fn either(answer: Result<Response, Response>) -> Response {
    answer.unwrap_or_else(|refused| refused)
}

/// The text that a part of an address encodes.
fn decoded(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

/// A value of the query.
fn value(uri: &Uri, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
