//! The host to which a Hub leads for its files. Knows no address of a file: those are signed.

use http::Version;
use serde::{Deserialize, Serialize};
use url::Url;

/// The connections that are opened in advance to a host where requests cannot share one.
const CONNECTIONS: usize = 8;

/// A host that a Hub leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Host {
    /// Its address without any path.
    origin: String,
    /// Whether all requests share one connection, as they do since HTTP/2.
    is_shared: bool,
}

impl Host {
    /// The host of an address that was answered in a version of HTTP.
    pub(crate) fn of(address: &Url, version: Version) -> Option<Self> {
        let origin = address.origin();
        origin.is_tuple().then(|| Self { origin: origin.ascii_serialization(), is_shared: version >= Version::HTTP_2 })
    }

    /// Its address without any path.
    pub(crate) fn url(&self) -> Option<Url> {
        Url::parse(&self.origin).ok()
    }

    /// The number of connections that are of use.
    pub(crate) fn connections(&self) -> usize {
        if self.is_shared { 1 } else { CONNECTIONS }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn nothing_of_an_address_is_kept_but_its_host() {
        let address = Url::parse("https://user:pass@cdn.example:8443/a/b?X-Amz-Signature=abc").unwrap();
        let host = Host::of(&address, Version::HTTP_2).unwrap();
        assert_eq!((host.url().unwrap().as_str(), host.connections()), ("https://cdn.example:8443/", 1));
        assert_eq!(Host::of(&address, Version::HTTP_11).unwrap().connections(), CONNECTIONS);
    }
}
