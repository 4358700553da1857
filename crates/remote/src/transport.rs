//! Every request of every store passes here. It follows redirects and keeps the signed address of a
//! file for later requests, waits if the server asks for it, and counts. What an answer means is
//! decided in `answer.rs`, and what goes along to another host in `redirect.rs`.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};
use parking_lot::Mutex;
use tilejury_network::asked_wait;
use url::Url;

use crate::answer::{asked_range, checked, error, is_page, is_whole, of_connection};
use crate::error::Failure;
use crate::host::Host;
use crate::limits::Limits;
use crate::redirect::{Found, Target, parsed, readdressed, redirect};
use crate::traffic::Traffic;
use crate::tries::{PROMPT, with_tries};
use crate::whole_file::{Slot, WholeFiles};

/// The most redirects of one request.
const REDIRECTS: usize = 5;
/// A server's wish to wait is granted up to this time; a longer one is an error for a person.
const WAIT_UP_TO: Duration = Duration::from_secs(5);
/// Waits of one request.
const WAITS: usize = 2;
/// The time for a connection, and for any next part of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The time for an answer to a request with content.
const WRITING_TIMEOUT: Duration = Duration::from_secs(60);
/// The most bytes of a document, such as a page of a list.
const DOCUMENT_UP_TO_BYTES: usize = 64 << 20;

/// The client of one dataset. Clones share everything.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

struct Shared {
    client: reqwest::Client,
    traffic: Arc<Traffic>,
    /// A token and the origin that it is for.
    token: Option<(url::Origin, HeaderValue)>,
    /// Where the files of a Hub were redirected to, by address.
    redirected: Mutex<HashMap<String, Target>>,
    /// The host that they were redirected to last.
    host: Mutex<Option<Host>>,
    /// Whether an address that was composed did not work: then no others are.
    composes_in_vain: AtomicBool,
    limits: Limits,
    whole: WholeFiles,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transport")
    }
}

impl Transport {
    /// Files of servers that send no parts are kept in `folder`, without names.
    ///
    /// # Errors
    /// If the system gives no certificates or no randomness.
    pub(crate) fn new(traffic: Arc<Traffic>, token: Option<(&Url, &str)>, folder: &Path) -> Result<Self, Failure> {
        Self::waiting(TIMEOUT, traffic, token, folder)
    }

    /// As [`Self::new`], for requests with content, which takes time before an answer begins.
    ///
    /// # Errors
    /// As those of [`Self::new`].
    pub(crate) fn for_writing(
        traffic: Arc<Traffic>,
        token: Option<(&Url, &str)>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        Self::waiting(WRITING_TIMEOUT, traffic, token, folder)
    }

    fn waiting(
        timeout: Duration,
        traffic: Arc<Traffic>,
        token: Option<(&Url, &str)>,
        folder: &Path,
    ) -> Result<Self, Failure> {
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(TIMEOUT)
            .read_timeout(timeout)
            .user_agent(concat!("tilejury/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::Other(format!("no client for the network: {error}")))?;
        let token = match token {
            Some((url, token)) => {
                let value = HeaderValue::from_str(&format!("Bearer {token}"));
                let mut value = value.map_err(|_| {
                    Failure::Other("what HF_TOKEN, TILEJURY_TOKEN or the address gives is not a token".to_owned())
                })?;
                value.set_sensitive(true);
                Some((url.origin(), value))
            }
            None => None,
        };
        let (redirected, host, composes_in_vain) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        let (limits, whole) = (Limits::default(), WholeFiles::new(folder));
        Ok(Self(Arc::new(Shared { client, traffic, token, redirected, host, composes_in_vain, limits, whole })))
    }

    /// Requests a small document, such as a list of files; again if that may help.
    pub(crate) async fn get(&self, url: &Url) -> Result<(HeaderMap, Vec<u8>), Failure> {
        with_tries(PROMPT, async || {
            let request = http::Request::get(url.as_str()).body(HttpRequestBody::empty());
            let request = request.map_err(|error| Failure::Other(error.to_string()))?;
            let response = self.call(request).await.map_err(|error| Failure::of(&error))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, DOCUMENT_UP_TO_BYTES).collect().await.map_err(|error| {
                error.downcast_ref().map_or(Failure::TooLong, |error: &HttpError| of_connection(error))
            })?;
            Ok((parts.headers, body.to_bytes().to_vec()))
        })
        .await
    }

    /// Asks for an address without a token, and returns the headers of the answer if it is the
    /// refusal of a server that wants one. Follows no redirect.
    pub(crate) async fn refusal_of(&self, url: &Url) -> Option<HeaderMap> {
        let response = self.send(head(url).ok()?).await.ok()?;
        (response.status() == StatusCode::UNAUTHORIZED).then(|| response.headers().clone())
    }

    /// Sends content to an address, once, and returns the answer. It follows no redirect.
    pub(crate) async fn post(&self, url: &Url, content_type: &str, content: Vec<u8>) -> Result<Vec<u8>, Failure> {
        let request = http::Request::post(url.as_str()).header(CONTENT_TYPE, content_type);
        let request = request.body(HttpRequestBody::from(content));
        let request = request.map_err(|error| Failure::Other(error.to_string()))?;
        let response = self.call(request).await.map_err(|error| Failure::of(&error))?;
        let body = Limited::new(response.into_parts().1, DOCUMENT_UP_TO_BYTES)
            .collect()
            .await
            .map_err(|error| error.downcast_ref().map_or(Failure::TooLong, |error: &HttpError| of_connection(error)))?;
        Ok(body.to_bytes().to_vec())
    }

    /// Sends a request and follows redirects. Returns the last request too.
    async fn follow(&self, request: &HttpRequest) -> Result<(HttpResponse, HttpRequest), HttpError> {
        let mut request = self.with_token(request.clone());
        for _ in 0..=REDIRECTS {
            let response = self.send_with_waits(&request).await?;
            match redirect(&response, &request) {
                Some(to) => request = readdressed(&request, &to)?,
                None => return Ok((response, request)),
            }
        }
        Err(error(Failure::Other(format!("more than {REDIRECTS} redirects")), &request))
    }

    /// The other address of a file of a Hub.
    fn target(&self, address: &str) -> Target {
        self.0.redirected.lock().entry(address.to_owned()).or_default().clone()
    }

    /// Asks where a file of a Hub is. The answer is the file itself if it has no other address.
    async fn search(&self, found: &mut Found, asked: HttpRequest) -> Result<(HttpResponse, HttpRequest), HttpError> {
        (found.searches, found.address, found.is_composed) = (found.searches + 1, None, false);
        let request = self.with_token(asked);
        let answer = self.send_with_waits(&request).await;
        found.failure = answer.as_ref().err().map(|error| Failure::of(error));
        let response = answer?;
        found.address = redirect(&response, &request);
        Ok((response, request))
    }

    /// Finds the other address of a file of a Hub before its bytes are needed. A failure is none:
    /// it is looked for again then.
    pub(crate) async fn find_target(&self, url: &Url) {
        let target = self.target(url.as_str());
        let mut found = target.lock().await;
        if found.address.is_none()
            && let Ok(asked) = head(url)
        {
            let _ = self.search(&mut found, asked).await;
        }
    }

    /// Returns the other address of a file of a Hub at a branch or tag, and the commit that it is
    /// of.
    pub(crate) async fn target_at_revision(&self, url: &Url) -> Option<(Url, String)> {
        let (response, request) = self.search(&mut Found::default(), head(url).ok()?).await.ok()?;
        let commit = response.headers().get("x-repo-commit")?.to_str().ok()?.to_owned();
        Some((redirect(&response, &request)?, commit))
    }

    /// Takes the other address of a file of a Hub that was found at a branch or tag.
    pub(crate) async fn take_target(&self, url: &Url, to: Url) {
        self.target(url.as_str()).lock().await.address = Some(to);
    }

    /// Takes an address for a file that was composed like that of another one, if nothing is known
    /// of its own, and while every composed one has worked.
    pub(crate) async fn take_composed(&self, url: &Url, to: Url) {
        let target = self.target(url.as_str());
        let mut found = target.lock().await;
        if found.address.is_none() && found.searches == 0 && !self.0.composes_in_vain.load(Ordering::Relaxed) {
            (found.address, found.is_composed) = (Some(to), true);
        }
    }

    /// Opens connections to a host before an address on it is known.
    pub(crate) fn connect_to(&self, host: &Host) {
        let Some(url) = host.url() else { return };
        for _ in 0..host.connections() {
            let Ok(request) = head(&url) else { return };
            let own = self.clone();
            tokio::spawn(async move { own.send(request).await.map(drop) });
        }
    }

    /// The other host on which files of a Hub were last found.
    pub(crate) fn host(&self) -> Option<Host> {
        self.0.host.lock().clone()
    }

    fn note_host(&self, response: &HttpResponse, sent: &HttpRequest, asked: &HttpRequest) {
        let Ok(to) = parsed(sent) else { return };
        if parsed(asked).is_ok_and(|asked| asked.origin() != to.origin()) {
            *self.0.host.lock() = Host::of(&to, response.version());
        }
    }

    /// Sends a request for a file of a Hub to the address that an earlier one was redirected to.
    async fn by_target(&self, asked: &HttpRequest) -> Result<(HttpResponse, HttpRequest), HttpError> {
        let (response, sent) = self.by_known_target(asked).await?;
        self.note_host(&response, &sent, asked);
        Ok((response, sent))
    }

    async fn by_known_target(&self, asked: &HttpRequest) -> Result<(HttpResponse, HttpRequest), HttpError> {
        let target = self.target(&asked.uri().to_string());
        let found = target.lock().await;
        let (searches, known, is_composed) = (found.searches, found.address.clone(), found.is_composed);
        drop(found);
        if let Some(to) = &known {
            let direct = readdressed(asked, to)?;
            let response = self.send_with_waits(&direct).await;
            if let Ok(response) = response
                && is_of_target(&response, &direct)
                && (!is_composed || response.status().is_success())
            {
                return Ok((response, direct));
            }
            if is_composed {
                self.0.composes_in_vain.store(true, Ordering::Relaxed);
            }
        }
        let mut found = target.lock().await;
        // Another request may have searched meanwhile; then its outcome is used, whatever it is.
        if found.searches == searches {
            let answer = self.search(&mut found, asked.clone()).await?;
            if found.address.is_none() {
                return Ok(answer);
            }
        } else if let Some(failure) = found.failure.as_ref().filter(|_| found.address.is_none()) {
            return Err(error(failure.clone(), asked));
        }
        let to = found.address.clone();
        drop(found);
        let Some(to) = to else { return self.follow(asked).await };
        self.follow(&readdressed(&self.with_token(asked.clone()), &to)?).await
    }

    /// A part of a file whose server sends no parts. The first request fetches the file, or has it
    /// in its answer already; the others wait for it.
    async fn part_of_whole(
        &self,
        request: &HttpRequest,
        range: &Range<u64>,
        slot: &Slot,
        answer: Option<HttpResponse>,
    ) -> Result<HttpResponse, HttpError> {
        let address = request.uri().to_string();
        let kept = slot.get_or_try_init(async || {
            let response = match answer {
                Some(response) => response,
                None => self.follow(request).await.map_err(|error| Failure::of(&error))?.0,
            };
            self.0.whole.keep(&address, response).await
        });
        let kept = kept.await.and_then(|kept| kept.as_ref().map_err(Clone::clone)?.part(range));
        kept.map_err(|failure| error(failure, request))
    }

    /// The request with the token, if the token is for its host.
    fn with_token(&self, mut request: HttpRequest) -> HttpRequest {
        if let Some((origin, token)) = &self.0.token
            && Url::parse(&request.uri().to_string()).is_ok_and(|url| url.origin() == *origin)
        {
            request.headers_mut().insert(AUTHORIZATION, token.clone());
        }
        request
    }

    /// Sends a request, again if the server asks to wait for a short time.
    async fn send_with_waits(&self, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
        let url = parsed(request)?;
        for waits in 0.. {
            if let Some(wait) = self.0.limits.remaining(&url) {
                if wait > WAIT_UP_TO {
                    return Err(error(Failure::Limited(Some(wait)), request));
                }
                tokio::time::sleep(wait).await;
            }
            let response = self.send(request.clone()).await.map_err(|failure| error(failure, request))?;
            let is_busy = matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            let Some(wait) = asked_wait(response.headers()).filter(|_| is_busy) else { return Ok(response) };
            self.0.limits.wait(&url, wait);
            self.0.traffic.limited(wait);
            if wait > WAIT_UP_TO || waits == WAITS {
                return Ok(response);
            }
        }
        Err(error(Failure::Timeout, request))
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let traffic = self.0.traffic.clone();
        traffic.sent();
        let mut open = OpenRequest { traffic, answered: None, bytes: 0 };
        let begun = Instant::now();
        let response = HttpService::call(&self.0.client, request).await.map_err(|error| of_connection(&error))?;
        open.traffic.answered(begun.elapsed());
        open.answered = Some(Instant::now());
        let (parts, body) = response.into_parts();
        let body = body.map_frame(move |frame| {
            let bytes = frame.data_ref().map_or(0, bytes_len);
            open.bytes += bytes as u64;
            open.traffic.received(bytes);
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
    /// The time at which the answer began.
    answered: Option<Instant>,
    /// The bytes of its body so far.
    bytes: u64,
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.traffic.ended(self.answered.map(|at| (self.bytes, at.elapsed())));
    }
}

#[async_trait]
impl HttpService for Transport {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = request.uri().to_string();
        let range = asked_range(&request);
        if let (Some(range), Some(slot)) = (&range, self.0.whole.known(&address)) {
            return self.part_of_whole(&request, range, &slot, None).await;
        }
        let is_file_of_hub = *request.method() == Method::GET && request.uri().path().contains("/resolve/");
        let (response, sent) =
            if is_file_of_hub { self.by_target(&request).await } else { self.follow(&request).await }?;
        match range.filter(|_| is_whole(&response, &sent)) {
            Some(range) => {
                let slot = self.0.whole.slot(&address);
                self.part_of_whole(&request, &range, &slot, Some(response)).await
            }
            None => checked(response, &sent).await,
        }
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// A request for the head of an answer.
fn head(url: &Url) -> http::Result<HttpRequest> {
    http::Request::head(url.as_str()).body(HttpRequestBody::empty())
}

/// Whether an answer is that of a file, good or bad. A signed address has a limited life, and ends
/// in one of the other ways.
fn is_of_target(response: &HttpResponse, request: &HttpRequest) -> bool {
    !matches!(response.status().as_u16(), 300..=399 | 400 | 401 | 403 | 404 | 410)
        && !is_page(response.headers(), request.uri())
}
