//! Redirects: where an answer leads, which headers go along, and the other addresses of files, each
//! of which is found once for all who need it. Sends nothing.

use std::sync::Arc;

use http::header::{
    ACCEPT, ACCEPT_ENCODING, HOST, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
    LOCATION, RANGE, USER_AGENT,
};
use http::{HeaderMap, Method};
use object_store::client::{HttpError, HttpRequest, HttpResponse};
use url::Url;

use crate::answer::error;
use crate::error::Failure;

/// The headers that go along to another host. Any other may be a credential: `Authorization`,
/// `Cookie`, `x-amz-security-token`, `x-ms-…`, `x-goog-…`, the key of some gateway.
const ALONG: [HeaderName; 8] =
    [ACCEPT, ACCEPT_ENCODING, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE, USER_AGENT];

/// The other address of a file, shared by all its requests. The first that needs it finds it, while
/// the others wait.
pub(crate) type Target = Arc<tokio::sync::Mutex<Found>>;

/// The outcome of the last search for another address.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// The number of searches so far.
    pub(crate) searches: u64,
    /// The address.
    pub(crate) address: Option<Url>,
    /// Whether the address was composed like that of another file, and no answer confirmed it yet.
    pub(crate) is_composed: bool,
    /// The reason why the last search had no answer. It holds for all who waited for it.
    pub(crate) failure: Option<Failure>,
}

/// The target of a redirect. A request that brings something along, such as a secret for which a
/// token is given, is never sent elsewhere.
pub(crate) fn redirect(response: &HttpResponse, request: &HttpRequest) -> Option<Url> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let can_be_sent_on = matches!(*request.method(), Method::GET | Method::HEAD);
    let location = response.headers().get(LOCATION).filter(|_| is_redirect && can_be_sent_on)?.to_str().ok()?;
    let to = Url::parse(&request.uri().to_string()).ok()?.join(location).ok()?;
    matches!(to.scheme(), "http" | "https").then_some(to)
}

/// The same request to another address; without credentials if that is another host.
pub(crate) fn readdressed(request: &HttpRequest, to: &Url) -> Result<HttpRequest, HttpError> {
    let same_host = parsed(request)?.origin() == to.origin();
    let mut request = request.clone();
    let uri = to.as_str().parse();
    *request.uri_mut() = uri.map_err(|_| error(Failure::Other("a redirect to no address".to_owned()), &request))?;
    if same_host {
        request.headers_mut().remove(HOST);
    } else {
        let headers = std::mem::take(request.headers_mut());
        let along = |name: &HeaderName| Some((name.clone(), headers.get(name)?.clone()));
        *request.headers_mut() = ALONG.iter().filter_map(along).collect::<HeaderMap>();
    }
    Ok(request)
}

/// The address of a request.
pub(crate) fn parsed(request: &HttpRequest) -> Result<Url, HttpError> {
    Url::parse(&request.uri().to_string()).map_err(|_| error(Failure::Other("not an address".to_owned()), request))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use object_store::client::{HttpRequestBody, HttpResponseBody};

    use super::*;

    /// Headers that carry credentials, of every store and of some gateways.
    const CREDENTIALS: [&str; 12] = [
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-amz-security-token",
        "x-amz-content-sha256",
        "x-amz-server-side-encryption-customer-key",
        "x-ms-copy-source-authorization",
        "x-ms-encryption-key",
        "x-goog-iam-authorization-token",
        "x-goog-api-key",
        "x-api-key",
        "api-key",
    ];

    fn request(method: Method) -> HttpRequest {
        let mut request = http::Request::builder().method(method).uri("https://host:8443/a");
        for name in CREDENTIALS.into_iter().chain(["host", "range", "if-match"]) {
            request = request.header(name, "value");
        }
        request.body(HttpRequestBody::empty()).unwrap()
    }

    fn names(to: &str) -> Vec<String> {
        let sent = readdressed(&request(Method::GET), &Url::parse(to).unwrap()).unwrap();
        assert_eq!(sent.uri().to_string(), to);
        let mut names: Vec<String> = sent.headers().keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    #[test]
    fn credentials_of_every_kind_stay_on_their_host() {
        // Another name, another port, and the same without encryption.
        for to in ["https://other:8443/b", "https://host/b", "http://host:8443/b", "https://sub.host:8443/b"] {
            assert_eq!(names(to), ["if-match", "range"], "{to}");
        }
        let kept = names("https://host:8443/b");
        assert!(CREDENTIALS.iter().all(|name| kept.contains(&(*name).to_owned())), "{kept:?}");
        assert!(!kept.contains(&"host".to_owned()));
    }

    #[test]
    fn only_requests_without_content_are_sent_on() {
        let to = |method, location: &str| {
            let mut response = HttpResponse::new(HttpResponseBody::from(Vec::new()));
            *response.status_mut() = http::StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(LOCATION, location.parse().unwrap());
            redirect(&response, &request(method)).map(|url| url.to_string())
        };
        assert_eq!(to(Method::GET, "/b").as_deref(), Some("https://host:8443/b"));
        assert_eq!(to(Method::HEAD, "//other/b").as_deref(), Some("https://other/b"));
        assert_eq!(to(Method::POST, "https://other/b"), None);
        assert_eq!(to(Method::GET, "file:///etc/passwd"), None);
    }
}
