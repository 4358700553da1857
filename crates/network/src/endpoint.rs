//! Requests to a model server at an address that a person gave: bytes there, bytes back.
//!
//! The key goes to that address and to no other: redirects are not followed. Neither the key nor a
//! password of the address is in any message. What the bytes mean is not decided here, and nothing
//! is tried again.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method};
use thiserror::Error;
use url::{Host, Url};

use crate::asked_wait::{LONGEST, asked_wait};
use crate::runtime::wait;
use crate::words::without_addresses;

/// The header with the id of a request.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The time for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval at which a request notices that it is to stop.
const CHECK_EVERY: Duration = Duration::from_millis(20);
/// The word before the key in its header.
const BEARER: &str = "Bearer ";
/// Shorter words than this are no secret, such as `none`, and may be in any answer.
const KEY_FROM_LENGTH: usize = 8;
/// The word that an answer has in place of the key.
const IN_PLACE_OF_KEY: &[u8] = b"(the key)";
/// The most bytes of an answer.
const ANSWER_UP_TO_BYTES: usize = 16 << 20;

/// The reason why most texts are no address.
const NO_SCHEME: &str = "neither http:// nor https://";

/// A reason why an address cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// It is no address of the web.
    #[error("not an address: {0}; expected http://HOST:PORT or https://HOST")]
    Address(String),
    /// It has a name or a password in it.
    #[error("the address must not have a name or a password in it; give the key apart from it")]
    Password,
    /// The key has characters that no header can have.
    #[error("the key has characters that a key cannot have")]
    Key,
    /// The system gave no client.
    #[error("no client for the network: {0}")]
    Client(String),
}

/// A reason why no answer came.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EndpointFault {
    /// The server could not be reached: nothing was sent.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The connection was lost after the request had begun.
    #[error("the connection was lost: {0}")]
    Connection(String),
    /// The answer did not come in time.
    #[error("no answer in time")]
    Timeout,
    /// The answer is longer than any answer may be.
    #[error("the answer is too long")]
    TooLong,
    /// The caller stopped.
    #[error("stopped")]
    Stopped,
}

/// An answer, whatever its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointAnswer {
    /// The status, such as 200.
    pub status: u16,
    /// The time that the server asks to wait before the next request.
    pub wait: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// A client for one address.
pub struct EndpointClient {
    client: reqwest::Client,
    base: Url,
    key: Option<HeaderValue>,
    timeout: Duration,
}

impl fmt::Debug for EndpointClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EndpointClient({})", self.base)
    }
}

impl EndpointClient {
    /// Takes the address of a server, with or without `/v1` at its end, and its key. Each request
    /// may take as long as `timeout`.
    ///
    /// # Errors
    /// If the address or the key cannot be used, or the system gives no client.
    pub fn new(address: &str, key: Option<&str>, timeout: Duration) -> Result<Self, EndpointError> {
        let base = base(address)?;
        let key = key.map(|key| {
            let mut value = HeaderValue::from_str(&format!("{BEARER}{key}")).map_err(|_| EndpointError::Key)?;
            value.set_sensitive(true);
            Ok(value)
        });
        // The client is built inside the runtime, which chooses the cryptography.
        let build = async {
            reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(CONNECT_TIMEOUT)
                .user_agent(concat!("tilejury/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        let client = wait(build).map_err(|error| EndpointError::Client(error.to_string()))?;
        let client = client.map_err(|error| EndpointError::Client(without_addresses(&error.to_string())))?;
        Ok(Self { client, base, key: key.transpose()?, timeout })
    }

    /// Whether an address can be used.
    ///
    /// # Errors
    /// If it is none, or has a name or a password in it.
    pub fn check_address(address: &str) -> Result<(), EndpointError> {
        base(address).map(drop)
    }

    /// The address, without `/v1`.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The host, with its port unless that is the usual one: two servers on one machine are two.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        self.base.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether the server is this machine.
    pub fn is_this_machine(&self) -> bool {
        match self.base.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// Whether what is sent is encrypted on its way.
    pub fn is_encrypted(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Requests what is at a path, such as `v1/models`. Blocks.
    ///
    /// # Errors
    /// If no answer comes.
    pub fn get(&self, path: &str, stop: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
        self.send(Method::GET, path, None, None, stop)
    }

    /// Sends JSON to a path. An id is sent in the header `Idempotency-Key`: a server that knows it
    /// answers a repeated request with its first answer. Blocks.
    ///
    /// # Errors
    /// If no answer comes. The server may have received the request all the same.
    pub fn post(
        &self,
        path: &str,
        body: Vec<u8>,
        id: Option<&str>,
        stop: &AtomicBool,
    ) -> Result<EndpointAnswer, EndpointFault> {
        self.send(Method::POST, path, Some(body), id, stop)
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        id: Option<&str>,
        stop: &AtomicBool,
    ) -> Result<EndpointAnswer, EndpointFault> {
        let url = self.base.join(path).map_err(|error| EndpointFault::Unreachable(error.to_string()))?;
        let mut request = self.client.request(method, url);
        if let Some(key) = &self.key {
            request = request.header(AUTHORIZATION, key.clone());
        }
        if let Some(id) = id {
            request = request.header(IDEMPOTENCY_KEY, id);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let answer = async {
            let response = request.send().await.map_err(|error| fault(&error))?;
            let status = response.status().as_u16();
            let wait = wish_to_wait(status, response.headers(), SystemTime::now());
            Ok(EndpointAnswer { status, wait, body: self.without_key(whole_body(response).await?) })
        };
        let stopped = async {
            while !stop.load(Ordering::Relaxed) {
                tokio::time::sleep(CHECK_EVERY).await;
            }
        };
        let sent = async {
            let in_time = std::pin::pin!(tokio::time::timeout(self.timeout, answer));
            match futures_util::future::select(in_time, std::pin::pin!(stopped)).await {
                futures_util::future::Either::Left((answer, _)) => answer.map_err(|_| EndpointFault::Timeout)?,
                futures_util::future::Either::Right(_) => Err(EndpointFault::Stopped),
            }
        };
        wait(sent).map_err(|error| EndpointFault::Unreachable(error.to_string()))?
    }
}

impl EndpointClient {
    /// An answer with its key taken out: a server may quote it in a message, and answers are stored
    /// and shown.
    fn without_key(&self, body: Vec<u8>) -> Vec<u8> {
        let key = self.key.as_ref().and_then(|value| value.to_str().ok()?.strip_prefix(BEARER));
        match key.filter(|key| key.len() >= KEY_FROM_LENGTH) {
            // Some servers write a slash in JSON as `\/`.
            Some(key) => replaced(replaced(body, key), &key.replace('/', "\\/")),
            None => body,
        }
    }
}

/// Bytes with each occurrence of a word replaced.
fn replaced(body: Vec<u8>, word: &str) -> Vec<u8> {
    let word = word.as_bytes();
    if !body.windows(word.len()).any(|part| part == word) {
        return body;
    }
    let (mut clean, mut rest) = (Vec::with_capacity(body.len()), &body[..]);
    while let Some(at) = rest.windows(word.len()).position(|part| part == word) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(IN_PLACE_OF_KEY);
        rest = &rest[at + word.len()..];
    }
    clean.extend_from_slice(rest);
    clean
}

/// The address of a server, with a slash at its end and without what people copy along: `v1`, or
/// the whole path of chats.
fn base(address: &str) -> Result<Url, EndpointError> {
    let wrong = |reason: &str| EndpointError::Address(reason.to_owned());
    let mut url = match Url::parse(address.trim()) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => return Err(wrong(NO_SCHEME)),
        Err(error) => return Err(wrong(&error.to_string())),
    };
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(wrong(NO_SCHEME));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(EndpointError::Password);
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("a question mark or a # in it"));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/chat/completions").unwrap_or(path);
    let path = path.strip_suffix("/v1").unwrap_or(path).to_owned();
    url.set_path(&format!("{path}/"));
    Ok(url)
}

async fn whole_body(mut response: reqwest::Response) -> Result<Vec<u8>, EndpointFault> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| fault(&error))? {
        if body.len() + part.len() > ANSWER_UP_TO_BYTES {
            return Err(EndpointFault::TooLong);
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// The fault in the words of the network's library, without the address.
fn fault(error: &reqwest::Error) -> EndpointFault {
    if error.is_timeout() {
        return EndpointFault::Timeout;
    }
    let is_unreachable = error.is_connect();
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let words = without_addresses(&cause.to_string());
    if is_unreachable { EndpointFault::Unreachable(words) } else { EndpointFault::Connection(words) }
}

/// The wait that an answer asks for, in seconds or until a date. Some servers describe their limit
/// in every answer, which asks for a wait only once it is reached.
fn wish_to_wait(status: u16, headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    if status != 429 && !headers.contains_key(RETRY_AFTER) {
        return None;
    }
    asked_wait(headers).or_else(|| {
        let date = headers.get(RETRY_AFTER)?.to_str().ok()?;
        let at = SystemTime::from(jiff::fmt::rfc2822::parse(date).ok()?.timestamp());
        Some(at.duration_since(now).unwrap_or_default().min(LONGEST))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn client(address: &str) -> EndpointClient {
        EndpointClient::new(address, Some("sk-secret"), Duration::from_secs(1)).unwrap()
    }

    #[test]
    fn addresses_lose_what_people_copy_along() {
        let address = |text: &str| client(text).address().to_owned();
        assert_eq!(address("http://localhost:8000"), "http://localhost:8000");
        assert_eq!(address("http://localhost:8000/v1/"), "http://localhost:8000");
        assert_eq!(address("https://host/gateway/v1"), "https://host/gateway");
        assert_eq!(address("https://host/gateway/v1/chat/completions"), "https://host/gateway");
        assert_eq!(client("https://host/gateway/v1").base.join("v1/models").unwrap().path(), "/gateway/v1/models");
        for wrong in ["localhost:8000", "ftp://host", "https://", "https://host/v1?key=1"] {
            assert!(matches!(base(wrong), Err(EndpointError::Address(_))), "{wrong}");
        }
        for bare in ["127.0.0.1:8000", "host", "", "localhost:8000"] {
            assert_eq!(base(bare), Err(EndpointError::Address(NO_SCHEME.to_owned())), "{bare}");
        }
        let refused = base("https://me:word@host").unwrap_err();
        assert_eq!(refused, EndpointError::Password);
        assert!(!refused.to_string().contains("environment"), "a key may be kept elsewhere: {refused}");
        assert!(client("http://127.0.0.1:1").is_this_machine() && client("http://[::1]:1").is_this_machine());
        assert!(!client("http://host").is_this_machine());
    }

    #[test]
    fn keys_are_in_no_text() {
        let client = client("https://host");
        assert!(!format!("{client:?} {:?}", client.key).contains("secret"));
        let wrong = EndpointClient::new("https://host", Some("a\nsecret"), Duration::from_secs(1)).unwrap_err();
        assert!(!wrong.to_string().contains("secret"));
    }

    #[test]
    fn an_answer_that_quotes_the_key_loses_it() {
        let hidden = |key: &str, body: &str| {
            let client = EndpointClient::new("https://host", Some(key), Duration::from_secs(1)).unwrap();
            String::from_utf8(client.without_key(body.as_bytes().to_vec())).unwrap()
        };
        assert_eq!(hidden("sk-secret", "sk-secretsk-secret, sk-secre"), "(the key)(the key), sk-secre");
        assert_eq!(hidden("sk/secret", r#"{"error": "bad: sk\/secret"}"#), r#"{"error": "bad: (the key)"}"#);
        assert_eq!(hidden("EMPTY", "EMPTY"), "EMPTY", "no secret");
    }

    #[test]
    fn waits_are_seconds_or_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        let wait = |value: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            wish_to_wait(503, &headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait("Sun, 09 Sep 2001 01:47:10 GMT"), Some(30));
        assert_eq!(wait("Sun, 09 Sep 2001 01:00:00 GMT"), Some(0));
        assert_eq!(wait("Sun, 09 Sep 2040 01:00:00 GMT"), Some(24 * 3600), "no server stops a client for good");
        assert_eq!(wait("soon"), None);
        let limit = HeaderMap::from_iter([("ratelimit".parse().unwrap(), r#""api";r=499;t=245"#.parse().unwrap())]);
        let limited = |status| wish_to_wait(status, &limit, now).map(|wait| wait.as_secs());
        assert_eq!([500, 503, 429].map(limited), [None, None, Some(245)], "the limit is not reached by a fault");
    }
}
