//! A client's way to a server of `tilejury serve`: the token in an address, to whom it is shown,
//! and what such a server does beside sending files.

use std::sync::Arc;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;
use tilejury_data::TilePath;
use url::Url;

use crate::access::Access;
use crate::error::Failure;
use crate::serve::{OWN, REALM, id_of};
use crate::traffic::Traffic;
use crate::transport::Transport;

/// The part of an address that a server prints and never receives.
const FRAGMENT: &str = "token=";

/// The token in an address as a server printed it, behind `#`, with the origin that it is for.
pub fn token_in(text: &str) -> Option<(String, String)> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let token = url.fragment()?.strip_prefix(FRAGMENT).filter(|token| !token.is_empty())?;
    Some((url.origin().ascii_serialization(), token.to_owned()))
}

/// The origin of the server in an address; `None` if it is not that of a web server.
pub fn origin_of(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.origin().ascii_serialization())
}

/// The address at which a server exchanges judgements: that of the set, without a split in it.
pub(crate) fn place(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

/// The services of a server for an opened set, beside sending its files.
#[derive(Debug)]
pub(crate) struct ServedSet {
    place: String,
    transport: Transport,
}

impl ServedSet {
    pub(crate) fn new(url: &Url, transport: &Transport) -> Self {
        Self { place: place(url), transport: transport.clone() }
    }

    /// The address at which it exchanges judgements.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    /// A tile, scaled there to a width; `None` if that fails, for whatever reason.
    pub(crate) async fn small_tile(&self, tile: &TilePath, width: u32) -> Option<Vec<u8>> {
        let mut url = Url::parse(&format!("{}/{OWN}/tile", self.place)).ok()?;
        url.query_pairs_mut().append_pair("path", tile.as_str()).append_pair("width", &width.to_string());
        Some(self.transport.get(&url).await.ok()?.1)
    }
}

/// The client for a web server, with the token for it, if there is one.
pub(crate) async fn transport(url: &Url, access: &Access, traffic: Arc<Traffic>) -> Result<Transport, Failure> {
    let client = |token: Option<&str>| Transport::new(traffic.clone(), token.map(|token| (url, token)), &access.cache);
    if let Some(token) = access.serve_tokens.get(&url.origin().ascii_serialization()) {
        return client(Some(token));
    }
    let without = client(None)?;
    let Some(token) = &access.serve_token else { return Ok(without) };
    // It may be for another server: this one has to prove that it knows the token.
    let knows = without.refusal_of(url).await.is_some_and(|headers| is_challenge(&headers, token));
    if knows { client(Some(token)) } else { Ok(without) }
}

/// Whether the headers of a refusal have the mark of the token.
fn is_challenge(headers: &HeaderMap, token: &str) -> bool {
    let wanted = format!("Bearer realm=\"{REALM}{}\"", id_of(token));
    headers.get(WWW_AUTHENTICATE).is_some_and(|value| value.as_bytes() == wanted.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_token_belongs_to_the_server_in_its_address() {
        let found = |text| token_in(text);
        let expected = |origin: &str| Some((origin.to_owned(), "abc".to_owned()));
        assert_eq!(found("http://127.0.0.1:7878/set#token=abc"), expected("http://127.0.0.1:7878"));
        assert_eq!(found(" https://node/#token=abc\n"), expected("https://node"));
        for none in ["http://node/set", "http://node/#top", "http://node/#token=", "s3://bucket/#token=abc", "set"] {
            assert_eq!(found(none), None, "{none}");
        }
        assert_eq!(origin_of("https://node/a/b").as_deref(), Some("https://node"));
    }

    #[test]
    fn a_token_without_a_place_is_shown_to_no_other_server() {
        let headers = |value: &str| HeaderMap::from_iter([(WWW_AUTHENTICATE, value.parse().unwrap())]);
        let right = format!("Bearer realm=\"{REALM}{}\"", id_of("abc"));
        assert!(is_challenge(&headers(&right), "abc") && !is_challenge(&headers(&right), "abd"));
        assert!(!is_challenge(&headers("Bearer realm=\"tilejury\""), "abc"));
        assert!(!is_challenge(&HeaderMap::new(), "abc"));
    }
}
