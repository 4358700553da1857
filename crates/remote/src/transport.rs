//! Every request of every store passes here. It follows redirects and keeps the signed address of a
//! file for later requests, leaves credentials behind when a redirect leads to another host, waits
//! if the server asks for it, counts, and turns bad answers into a [`Failure`].

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, LOCATION, RANGE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use parking_lot::Mutex;
use url::Url;

use crate::error::Failure;
use crate::traffic::Traffic;

/// The most redirects of one request.
const REDIRECTS: usize = 5;
/// A server's wish to wait is granted up to this time; a longer one is an error for a person.
const WAIT_UP_TO: Duration = Duration::from_secs(5);
/// Waits of one request.
const WAITS: usize = 2;
/// The time for a connection, and for any next part of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The bytes of an error page that are looked at.
const ERROR_BODY_BYTES: usize = 4096;

/// The client of one dataset. Clones share everything.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

struct Shared {
    client: reqwest::Client,
    traffic: Arc<Traffic>,
    /// A token and the origin that it is for.
    token: Option<(url::Origin, HeaderValue)>,
    /// Where requests were redirected to, by address.
    redirected: Mutex<HashMap<String, Url>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// # Errors
    /// If the system gives no certificates or no randomness.
    pub(crate) fn new(traffic: Arc<Traffic>, token: Option<(&Url, &str)>) -> Result<Self, Failure> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(TIMEOUT)
            .read_timeout(TIMEOUT)
            .user_agent(concat!("tilejury/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::Other(format!("no client for the network: {error}")))?;
        let token = token.and_then(|(url, token)| {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}")).ok()?;
            value.set_sensitive(true);
            Some((url.origin(), value))
        });
        Ok(Self(Arc::new(Shared { client, traffic, token, redirected: Mutex::default() })))
    }

    /// Requests a small document, such as a list of files.
    pub(crate) async fn get(&self, url: &Url) -> Result<(HeaderMap, Vec<u8>), Failure> {
        let request = http::Request::get(url.as_str()).body(object_store::client::HttpRequestBody::empty());
        let request = request.map_err(|error| Failure::Other(error.to_string()))?;
        let response = self.call(request).await.map_err(|error| Failure::of(&error))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|error| of_connection(&error))?;
        Ok((parts.headers, body.to_bytes().to_vec()))
    }

    /// Follows redirects until there is an answer.
    async fn follow(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let asked = request.uri().to_string();
        if let Some((origin, token)) = &self.0.token
            && Url::parse(&asked).is_ok_and(|url| url.origin() == *origin)
        {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        for _ in 0..=REDIRECTS {
            let response = self.send_with_waits(&request).await?;
            let Some(to) = redirect(&response, request.uri()) else { return checked(response, &request).await };
            self.0.redirected.lock().insert(asked.clone(), to.clone());
            request =
                readdressed(&request, &to).ok_or_else(|| refused(&Failure::Other("a bad redirect".to_owned())))?;
        }
        Err(refused(&Failure::Other(format!("more than {REDIRECTS} redirects"))))
    }

    /// Sends a request, again if the server asks to wait for a short time.
    async fn send_with_waits(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut waits = 0;
        loop {
            let response = self.send(request.clone()).await?;
            let busy = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            let Some(wait) = asked_wait(response.headers()).filter(|_| busy) else { return Ok(response) };
            self.0.traffic.limited(wait);
            if wait > WAIT_UP_TO || waits == WAITS {
                return Ok(response);
            }
            waits += 1;
            tokio::time::sleep(wait).await;
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let traffic = self.0.traffic.clone();
        traffic.sent();
        let mut open = OpenRequest { traffic, was_answered: false };
        let begun = Instant::now();
        let response = HttpService::call(&self.0.client, request).await.map_err(|error| {
            let retryable = error.kind();
            HttpError::new(retryable, of_connection(&error))
        })?;
        open.traffic.answered(begun.elapsed());
        open.was_answered = true;
        let (parts, body) = response.into_parts();
        let body = body.map_frame(move |frame| {
            open.traffic.received(frame.data_ref().map_or(0, bytes_len));
            frame
        });
        Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body)))
    }
}

fn bytes_len(bytes: &impl AsRef<[u8]>) -> usize {
    bytes.as_ref().len()
}

/// A request whose answer is not read to its end. Dropped with the body.
struct OpenRequest {
    traffic: Arc<Traffic>,
    was_answered: bool,
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.traffic.ended(self.was_answered);
    }
}

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if *request.method() == Method::GET {
            let asked = request.uri().to_string();
            let known = self.0.redirected.lock().get(&asked).cloned();
            if let Some(direct) = known.and_then(|to| readdressed(&request, &to)) {
                let response = self.send_with_waits(&direct).await?;
                // A signed address has a limited life, and ends in one of these ways.
                if !matches!(response.status().as_u16(), 300..=399 | 400 | 401 | 403 | 404 | 410) {
                    return checked(response, &direct).await;
                }
                self.0.redirected.lock().remove(&asked);
            }
        }
        self.follow(request).await
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// The target of a redirect.
fn redirect(response: &HttpResponse, from: &Uri) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect)?.to_str().ok()?;
    let to = Url::parse(&from.to_string()).ok()?.join(location).ok()?;
    matches!(to.scheme(), "http" | "https").then_some(to)
}

/// The same request to another address; without credentials if that is another host.
fn readdressed(request: &HttpRequest, to: &Url) -> Option<HttpRequest> {
    let same_host = Url::parse(&request.uri().to_string()).is_ok_and(|from| from.origin() == to.origin());
    let mut request = request.clone();
    *request.uri_mut() = to.as_str().parse().ok()?;
    request.headers_mut().remove(HOST);
    if !same_host {
        for name in [AUTHORIZATION, COOKIE] {
            request.headers_mut().remove(name);
        }
    }
    Some(request)
}

/// The wait that an answer asks for: `Retry-After` in seconds, or the `t` of the `RateLimit` field
/// (draft-ietf-httpapi-ratelimit-headers), which the Hub sends.
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let seconds = text(RETRY_AFTER.as_str()).and_then(|value| value.trim().parse().ok());
    let limit = || {
        let parameters = text("ratelimit")?.split([';', ',']).map(str::trim);
        parameters.filter_map(|part| part.strip_prefix("t=")?.parse().ok()).next()
    };
    seconds.or_else(limit).map(Duration::from_secs)
}

/// Turns an answer that is no success into an error.
async fn checked(response: HttpResponse, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
    let status = response.status();
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.starts_with("text/html"));
    if status.is_success() {
        let wants_range = request.headers().contains_key(RANGE);
        return match status {
            StatusCode::OK if wants_range && is_page => Err(refused(&Failure::WebPage)),
            StatusCode::OK if wants_range => Err(refused(&Failure::NoRanges)),
            _ => Ok(response),
        };
    }
    let region = other_region(&response);
    let (wait, gated) = (asked_wait(response.headers()), error_code(response.headers()));
    let code = gated.unwrap_or_default();
    let body = response.into_body();
    let code = if code.is_empty() { code_in(&start_of(body).await) } else { code };
    let failure = match region {
        Some(region) if status != StatusCode::BAD_REQUEST || code == "AuthorizationHeaderMalformed" => {
            Failure::Region(region)
        }
        _ => Failure::from_status(status, wait, &code),
    };
    let kind = if status.is_server_error() { HttpErrorKind::Request } else { HttpErrorKind::Unknown };
    Err(HttpError::new(kind, failure))
}

/// The region of a bucket of S3, in an answer that says that it is another one than was asked.
fn other_region(response: &HttpResponse) -> Option<String> {
    let is_told = matches!(response.status().as_u16(), 301 | 307 | 400);
    let region = response.headers().get("x-amz-bucket-region").filter(|_| is_told)?.to_str().ok()?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (!region.is_empty() && region.chars().all(is_name)).then(|| region.to_owned())
}

/// The reason in an answer of the Hub.
fn error_code(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-error-code")?.to_str().ok()?.to_owned())
}

/// The beginning of a body.
async fn start_of(mut body: HttpResponseBody) -> String {
    let mut start = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        start.extend(frame.into_data().unwrap_or_default());
        if start.len() > ERROR_BODY_BYTES {
            break;
        }
    }
    String::from_utf8_lossy(&start).into_owned()
}

/// The reason in the XML of S3 and Azure: `<Code>AccessDenied</Code>`.
fn code_in(body: &str) -> String {
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map(|(code, _)| code.chars().filter(char::is_ascii_alphanumeric).collect()).unwrap_or_default()
}

/// An error that no other try will mend.
fn refused(failure: &Failure) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, failure.clone())
}

/// The failure of a request without an answer.
pub(crate) fn of_connection(error: &HttpError) -> Failure {
    match error.kind() {
        HttpErrorKind::Timeout => Failure::Timeout,
        _ => {
            let mut cause: &dyn std::error::Error = error;
            while let Some(source) = cause.source() {
                if let Some(failure) = source.downcast_ref::<Failure>() {
                    return failure.clone();
                }
                cause = source;
            }
            Failure::Connection(cause.to_string())
        }
    }
}
