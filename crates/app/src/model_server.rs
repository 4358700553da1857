//! The client of a model's server, with the key that the environment has for it. A key is in no
//! file, message or log.

use std::time::Duration;

use tilejury_reviewer::{EndpointClient, EndpointError};

/// The variable with the key of an endpoint.
pub const KEY_VARIABLE: &str = "TILEJURY_API_KEY";
/// The variable with the key of OpenAI's own host, for which it is used without another.
pub const OPENAI_KEY_VARIABLE: &str = "OPENAI_API_KEY";
/// The host that [`OPENAI_KEY_VARIABLE`] is for.
const HOST_OF_OPENAI: &str = "api.openai.com";
/// The time for one answer, unless a person chooses another.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// Returns the client of an endpoint. Each request may take as long as `timeout`. It sends nothing
/// yet, but builds its connections: too slow for a frame.
///
/// # Errors
/// If the address or the key cannot be used.
pub fn model_client(endpoint: &str, timeout: Duration) -> Result<EndpointClient, EndpointError> {
    let client = EndpointClient::new(endpoint, None, timeout)?;
    match key_for(client.host()) {
        Some(key) => EndpointClient::new(endpoint, Some(key.trim()), timeout),
        None => Ok(client),
    }
}

/// A key is for one host; any other endpoint needs a key of its own.
fn key_for(host: &str) -> Option<String> {
    let key = |name: &str| std::env::var(name).ok().filter(|key| !key.trim().is_empty());
    key(KEY_VARIABLE).or_else(|| key(OPENAI_KEY_VARIABLE).filter(|_| host == HOST_OF_OPENAI))
}

/// The place of a server and the protection of what is sent there, in words.
pub fn place_in_words(client: &EndpointClient) -> &'static str {
    match (client.is_this_machine(), client.is_encrypted()) {
        (true, _) => "on this machine",
        (false, true) => "on another machine, encrypted on the way",
        (false, false) => "on another machine, NOT encrypted on the way",
    }
}
