//! The needs of access to a store from the environment, collected by the caller. Values are never
//! printed: the type has no `Debug` of its content.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// Credentials, other settings of stores, and folders.
#[derive(Clone, Default)]
pub struct Access {
    /// Variables of the environment by their names, as each store's own tools know them:
    /// `AWS_…`, `GOOGLE_…`, `AZURE_…`.
    pub variables: BTreeMap<String, String>,
    /// The token of the Hub, if there is one.
    pub hub_token: Option<String>,
    /// The address of the Hub or of a mirror of it.
    pub hub_endpoint: String,
    /// The tokens of servers of `tilejury serve` that a person typed, by the servers' origins.
    pub serve_tokens: BTreeMap<String, String>,
    /// A token of such a server without its place. It is shown only to a server that proves to know
    /// it.
    pub serve_token: Option<String>,
    /// The folder for what was fetched. It need not exist yet.
    pub cache: PathBuf,
    /// The most bytes that fetched tiles may take in that folder.
    pub cache_up_to_bytes: u64,
}

impl Access {
    /// The address of the Hub that everybody uses.
    pub const HUB: &'static str = "https://huggingface.co";
    /// The usual limit of the cache, in bytes.
    pub const CACHE_UP_TO_BYTES: u64 = 20_000_000_000;

    /// Access without credentials.
    pub fn anonymous(cache: PathBuf) -> Self {
        Self {
            hub_endpoint: Self::HUB.to_owned(),
            cache,
            cache_up_to_bytes: Self::CACHE_UP_TO_BYTES,
            ..Self::default()
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("variables", &self.variables.keys())
            .field("hub_token", &self.hub_token.is_some())
            .field("serve_tokens", &self.serve_tokens.keys())
            .field("serve_token", &self.serve_token.is_some())
            .field("hub_endpoint", &self.hub_endpoint)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
