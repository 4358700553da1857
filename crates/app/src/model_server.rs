//! The client of a model's server, with the key that the environment or the system's keyring has
//! for it. A key is in no file, message or log.

use std::fmt;
use std::time::Duration;

use tilejury_reviewer::{EndpointClient, EndpointError};

use crate::key_store::{KEY_VARIABLE, KeyStore, NoKeyring};

/// The variable with the key of OpenAI's own host, for which it is used without another.
pub const OPENAI_KEY_VARIABLE: &str = "OPENAI_API_KEY";
/// The host that [`OPENAI_KEY_VARIABLE`] is for.
const HOST_OF_OPENAI: &str = "api.openai.com";
/// The time for one answer, unless a person chooses another.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// The place that a server's key is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyOrigin {
    /// A variable of the environment.
    Variable(&'static str),
    /// The system's keyring.
    Keyring,
    /// None: no key is sent.
    Nowhere,
    /// None, and the keyring could not be asked.
    Unknown(NoKeyring),
}

impl fmt::Display for KeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "with the key in {name}"),
            Self::Keyring => write!(f, "with the key in the system's keyring"),
            Self::Nowhere => write!(f, "without a key"),
            Self::Unknown(reason) => write!(f, "without a key: {reason}"),
        }
    }
}

/// A client with the place that its key is from.
#[derive(Debug)]
pub struct ModelClient {
    /// The client.
    pub client: EndpointClient,
    /// The place that its key is from.
    pub key: KeyOrigin,
}

/// Returns the client of an endpoint. Each request may take as long as `timeout`. It sends nothing
/// yet, but builds its connections and may ask the keyring: too slow for a frame.
///
/// # Errors
/// If the address or the key cannot be used.
pub fn model_client(endpoint: &str, timeout: Duration, keys: &dyn KeyStore) -> Result<ModelClient, EndpointError> {
    client(endpoint, timeout, keys, &|name| std::env::var(name).ok())
}

/// Returns the client of a second endpoint beside another one, whose key in the environment goes to
/// no other host.
///
/// # Errors
/// If the address or the key cannot be used.
pub fn second_client(
    endpoint: &str,
    beside: &EndpointClient,
    timeout: Duration,
    keys: &dyn KeyStore,
) -> Result<ModelClient, EndpointError> {
    client(endpoint, timeout, keys, &|name| {
        let is_same_host = EndpointClient::new(endpoint, None, timeout).is_ok_and(|of| of.host() == beside.host());
        std::env::var(name).ok().filter(|_| is_same_host)
    })
}

/// Returns the host, with its port unless that is the usual one, that a key for an endpoint is kept
/// for.
///
/// # Errors
/// If the address cannot be used.
pub fn key_host(endpoint: &str) -> Result<String, EndpointError> {
    Ok(EndpointClient::new(endpoint, None, ANSWER_WITHIN)?.host())
}

fn client(
    endpoint: &str,
    timeout: Duration,
    keys: &dyn KeyStore,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<ModelClient, EndpointError> {
    let without = EndpointClient::new(endpoint, None, timeout)?;
    let (found, key) = find_key(&without.host(), keys, variable);
    let client = match found {
        Some(found) => EndpointClient::new(endpoint, Some(&found), timeout)?,
        None => without,
    };
    Ok(ModelClient { client, key })
}

/// Finds the key of a host: the environment before the keyring, as it is the choice of this moment.
fn find_key(host: &str, keys: &dyn KeyStore, variable: &dyn Fn(&str) -> Option<String>) -> (Option<String>, KeyOrigin) {
    let given = |key: String| Some(key.trim().to_owned()).filter(|key| !key.is_empty());
    let variables = [Some(KEY_VARIABLE), (host == HOST_OF_OPENAI).then_some(OPENAI_KEY_VARIABLE)];
    for name in variables.into_iter().flatten() {
        if let Some(key) = variable(name).and_then(given) {
            return (Some(key), KeyOrigin::Variable(name));
        }
    }
    match keys.key(host).map(|key| key.and_then(given)) {
        Ok(Some(key)) => (Some(key), KeyOrigin::Keyring),
        Ok(None) => (None, KeyOrigin::Nowhere),
        Err(reason) => (None, KeyOrigin::Unknown(reason)),
    }
}

/// The place of a server and the protection of what is sent there, in words.
pub fn place_in_words(client: &EndpointClient) -> &'static str {
    match (client.is_this_machine(), client.is_encrypted()) {
        (true, _) => "on this machine",
        (false, true) => "on another machine, encrypted on the way",
        (false, false) => "on another machine, NOT encrypted on the way",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_store::KeysInMemory;

    struct Locked;

    impl KeyStore for Locked {
        fn key(&self, _: &str) -> Result<Option<String>, NoKeyring> {
            Err(NoKeyring("it is locked".to_owned()))
        }

        fn keep(&self, _: &str, _: &str) -> Result<(), NoKeyring> {
            Err(NoKeyring("it is locked".to_owned()))
        }

        fn forget(&self, _: &str) -> Result<bool, NoKeyring> {
            Err(NoKeyring("it is locked".to_owned()))
        }
    }

    #[test]
    fn a_key_comes_from_the_environment_or_the_keyring() {
        let keys = KeysInMemory::default();
        keys.keep("host", "kept").unwrap();
        keys.keep("blank", " \n").unwrap();
        let own = |name: &str| (name == KEY_VARIABLE).then(|| " mine\n".to_owned());
        let of_openai = |name: &str| (name == OPENAI_KEY_VARIABLE).then(|| "theirs".to_owned());
        let blank = |_: &str| Some(" ".to_owned());
        let find = |host: &str, variable: &dyn Fn(&str) -> Option<String>| find_key(host, &keys, variable);
        assert_eq!(find("host", &own), (Some("mine".into()), KeyOrigin::Variable(KEY_VARIABLE)));
        assert_eq!(find("host", &of_openai), (Some("kept".into()), KeyOrigin::Keyring));
        assert_eq!(find("host", &blank), (Some("kept".into()), KeyOrigin::Keyring));
        assert_eq!(find("other", &of_openai), (None, KeyOrigin::Nowhere), "a key is for one host");
        assert_eq!(find("blank", &blank), (None, KeyOrigin::Nowhere));
        let openai = (Some("theirs".into()), KeyOrigin::Variable(OPENAI_KEY_VARIABLE));
        assert_eq!(find(HOST_OF_OPENAI, &of_openai), openai);
    }

    #[test]
    fn a_key_is_for_one_port_of_a_host() {
        for (endpoint, expected) in [
            ("https://models.example/v1", "models.example"),
            ("https://models.example:443", "models.example"),
            ("http://127.0.0.1:7878", "127.0.0.1:7878"),
            ("http://[::1]:7878/set", "[::1]:7878"),
        ] {
            assert_eq!(key_host(endpoint).unwrap(), expected);
        }
        let keys = KeysInMemory::default();
        keys.keep("127.0.0.1:7878", "kept").unwrap();
        let origin = |endpoint: &str| client(endpoint, ANSWER_WITHIN, &keys, &|_| None).unwrap().key;
        assert_eq!(origin("http://127.0.0.1:7878"), KeyOrigin::Keyring);
        assert_eq!(origin("http://127.0.0.1:7879"), KeyOrigin::Nowhere, "another server on this machine");
    }

    #[test]
    fn without_a_keyring_the_environment_still_works() {
        assert_eq!(find_key("host", &Locked, &|_| Some("mine".into())).0.as_deref(), Some("mine"));
        let (key, origin) = find_key("host", &Locked, &|_| None);
        assert_eq!(key, None);
        let words = origin.to_string();
        assert!(words.starts_with("without a key: the system's keyring cannot be used (it is locked)"), "{words}");
    }
}
