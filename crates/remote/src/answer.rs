//! The meaning of an answer of a server: a status that is no success, a page instead of a file, a
//! part that was not asked for. Requests nothing.

use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use http::{HeaderMap, Method, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody};
use tilejury_data::shown::{shown, without_secrets};
use tilejury_network::{asked_wait, without_addresses};

use crate::error::Failure;
use crate::kept_list::is_region;

/// The bytes of an error page that are searched.
const ERROR_BODY_BYTES: usize = 4096;
/// The most bytes of a list in XML.
const LIST_UP_TO_BYTES: u64 = 64 << 20;

/// The range that a request asks for.
pub(crate) fn asked_range(request: &HttpRequest) -> Option<std::ops::Range<u64>> {
    let value = request.headers().get(RANGE)?.to_str().ok()?;
    let (first, last) = value.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..last.checked_add(1)?)
}

/// Whether a whole file came in answer to a request for a part of it.
pub(crate) fn is_whole(response: &HttpResponse, request: &HttpRequest) -> bool {
    let headers = response.headers();
    response.status() == StatusCode::OK
        && request.headers().contains_key(RANGE)
        && !headers.contains_key(CONTENT_RANGE)
        && !is_page(headers, request.uri())
}

/// Whether a web page came where a file was asked for. Only an address with a slash at its end is
/// that of a page.
pub(crate) fn is_page(headers: &HeaderMap, asked: &Uri) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html")) && !asked.path().ends_with('/')
}

/// Turns an answer that is no success into an error, and cuts a body that is longer than it may be.
pub(crate) async fn checked(response: HttpResponse, request: &HttpRequest) -> Result<HttpResponse, HttpError> {
    let (status, range) = (response.status(), asked_range(request));
    if !status.is_success() {
        return Err(error(refusal(response, request).await, request));
    }
    // An answer without content may name any type of it.
    let no_length = response.headers().get(CONTENT_LENGTH).is_some_and(|length| length == "0");
    let is_empty = status == StatusCode::NO_CONTENT || (request.method() == Method::PUT && no_length);
    if !is_empty && is_page(response.headers(), request.uri()) {
        return Err(error(Failure::WebPage, request));
    }
    let (mut parts, body) = response.into_parts();
    let mut up_to = u64::MAX;
    if let Some(range) = range {
        let is_part = parts.headers.get(CONTENT_RANGE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
            let range = format!("bytes {}-{}/", range.start, range.end - 1);
            // An impossible length has more digits.
            value.strip_prefix(&range).is_some_and(|len| len.len() < 19)
        });
        if !is_part {
            return Err(error(Failure::OtherPart, request));
        }
        // Some servers call a part the whole.
        parts.status = StatusCode::PARTIAL_CONTENT;
        up_to = range.end - range.start;
        // A server that sends a body in chunks need not tell its length.
        parts.headers.entry(CONTENT_LENGTH).or_insert_with(|| up_to.into());
    } else if is_xml(&parts.headers) {
        up_to = LIST_UP_TO_BYTES;
    }
    let told = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if *request.method() != Method::HEAD && told.is_some_and(|told| told > up_to) {
        return Err(error(Failure::TooLong, request));
    }
    Ok(HttpResponse::from_parts(parts, cut(body, up_to)))
}

/// Whether an answer is in XML, as lists are. Some services name its characters too.
fn is_xml(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim_end().ends_with("/xml"))
}

/// A body that becomes an error after so many bytes, and whose errors have no addresses in them.
fn cut(body: HttpResponseBody, up_to: u64) -> HttpResponseBody {
    let limited = Limited::new(body, usize::try_from(up_to).unwrap_or(usize::MAX));
    HttpResponseBody::new(limited.map_err(|error| match error.downcast::<HttpError>() {
        Ok(error) => HttpError::new(error.kind(), of_connection(&error)),
        Err(_) => HttpError::new(HttpErrorKind::Unknown, Failure::TooLong),
    }))
}

/// The failure of an answer that is no success.
async fn refusal(response: HttpResponse, request: &HttpRequest) -> Failure {
    let (status, headers) = (response.status(), response.headers());
    let (wait, region) = (asked_wait(headers), other_region(&response));
    if headers.contains_key(crate::serve::MARK) {
        let words = start_of(response.into_body()).await;
        return Failure::of_served(status, wait, &shown(&words));
    }
    let code = headers.get("x-error-code").and_then(|code| code.to_str().ok()).map(str::to_owned);
    let code = match code {
        Some(code) => code,
        None => code_in(&start_of(response.into_body()).await),
    };
    if code == "GatedRepo" {
        return Failure::Gated { page: page_of_dataset(request.uri()) };
    }
    match region {
        Some(region) if status != StatusCode::BAD_REQUEST || code == "AuthorizationHeaderMalformed" => {
            Failure::Region(region)
        }
        _ => Failure::from_status(status, wait, &code),
    }
}

/// The region of a bucket of S3, in an answer that says that it is another one than was asked.
fn other_region(response: &HttpResponse) -> Option<String> {
    let is_told = matches!(response.status().as_u16(), 301 | 307 | 400);
    let region = response.headers().get("x-amz-bucket-region").filter(|_| is_told)?.to_str().ok()?;
    is_region(region).then(|| region.to_owned())
}

/// A failure as an error of the client. Reads of ranges are tried again by the reader of the set,
/// which knows who waits; other requests by the store.
pub(crate) fn error(failure: Failure, request: &HttpRequest) -> HttpError {
    let again = matches!(failure, Failure::Status(500..) | Failure::Connection(_) | Failure::Timeout);
    let again = again && !request.headers().contains_key(RANGE);
    HttpError::new(if again { HttpErrorKind::Request } else { HttpErrorKind::Unknown }, failure)
}

/// The failure of a request without an answer, or of a body that ended early.
pub(crate) fn of_connection(error: &HttpError) -> Failure {
    let mut cause: &dyn std::error::Error = error;
    loop {
        if let Some(failure) = cause.downcast_ref::<Failure>() {
            return failure.clone();
        }
        match cause.source() {
            Some(source) => cause = source,
            None if error.kind() == HttpErrorKind::Timeout => return Failure::Timeout,
            None => return without_answer(&cause.to_string()),
        }
    }
}

/// The words of rustls when the other side answers in plain text.
const NO_TLS: &str = "corrupt message of type InvalidContentType";

/// The failure for the last cause of a lost connection, in the words of the network's library.
fn without_answer(cause: &str) -> Failure {
    match cause.strip_prefix("invalid peer certificate: ") {
        Some(reason) => Failure::Certificate(without_addresses(reason)),
        None if cause.contains(NO_TLS) => Failure::NoTls,
        None => Failure::Connection(without_addresses(cause)),
    }
}

/// The page of the dataset of the Hub that an address belongs to. The address of a mirror may have
/// a name and a password in it, which are left out.
fn page_of_dataset(uri: &Uri) -> String {
    let text = uri.to_string();
    let Some((before, after)) = text.split_once("/datasets/") else { return without_secrets(&text) };
    let repo: Vec<&str> = after.splitn(3, ['/', '?']).take(2).collect();
    without_secrets(&format!("{}/datasets/{}", before.trim_end_matches("/api"), repo.join("/")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_dataset_is_found_below_a_mirror_too() {
        for address in [
            "https://host/mirror/api/datasets/o/n/tree/main/a",
            "https://host/mirror/datasets/o/n/resolve/main/a?x=1",
            "https://host/mirror/api/datasets/o/n?x=1",
        ] {
            let page = address.parse().map(|uri| page_of_dataset(&uri));
            assert_eq!(page.ok().as_deref(), Some("https://host/mirror/datasets/o/n"));
        }
        let page = "https://name:secret@host/api/datasets/o/n".parse().map(|address| page_of_dataset(&address));
        assert_eq!(page.ok().as_deref(), Some("https://…@host/datasets/o/n"));
    }

    #[test]
    fn lists_in_xml_are_known_by_their_type() {
        let is = |kind| is_xml(&HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(kind))]));
        assert!(is("application/xml") && is("application/xml; charset=UTF-8"));
        assert!(!is("application/octet-stream") && !is("text/plain; note=/xml"));
    }

    #[test]
    fn the_code_of_an_error_has_no_other_characters() {
        assert_eq!(code_in("<Error><Code>RequestTimeTooSkewed</Code></Error>"), "RequestTimeTooSkewed");
        assert_eq!(code_in("<Code>A\u{1b}[0m B</Code>"), "A0mB");
        assert_eq!(code_in("<html>"), "");
    }
}
