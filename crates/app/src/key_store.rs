//! The keys of model servers in the keyring of the system, one for each host. A key is in no file
//! of this program, and in no message or log.
//!
//! Chooses nothing: `model_server.rs` decides which key a server gets.

use std::collections::HashMap;
use std::fmt;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use keyring::{Entry, Error};
use parking_lot::Mutex;

/// The variable of the environment with the key of an endpoint, which needs no keyring.
pub const KEY_VARIABLE: &str = "TILEJURY_API_KEY";
/// The name of the program in a keyring.
const SERVICE: &str = "tilejury";
/// The time for a keyring, which may ask a person for its password.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// A reason why a keyring cannot be used, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoKeyring(pub String);

impl fmt::Display for NoKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the system's keyring cannot be used ({}); a key in {KEY_VARIABLE} needs none", self.0)
    }
}

impl std::error::Error for NoKeyring {}

/// A place that keeps keys, each for one host. All functions may block.
pub trait KeyStore: Send + Sync {
    /// Returns the key of a host.
    ///
    /// # Errors
    /// If there is no keyring, or it refuses.
    fn key(&self, host: &str) -> Result<Option<String>, NoKeyring>;

    /// Keeps the key of a host, in the place of an earlier one.
    ///
    /// # Errors
    /// If there is no keyring, or it refuses.
    fn keep(&self, host: &str, key: &str) -> Result<(), NoKeyring>;

    /// Removes the key of a host. Returns whether there was one.
    ///
    /// # Errors
    /// If there is no keyring, or it refuses.
    fn forget(&self, host: &str) -> Result<bool, NoKeyring>;
}

/// A key as a person typed it. It is in no text for developers, either.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TypedKey(pub(crate) String);

impl fmt::Debug for TypedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedKey")
    }
}

/// The keyring of the system: the Secret Service on Linux, the keychain on macOS, the credential
/// manager on Windows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeyring;

impl SystemKeyring {
    /// Runs work on the entry of a host, on a thread that is left behind if no answer comes.
    fn with_entry<T: Send + 'static>(
        host: &str,
        work: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, NoKeyring> {
        let (host, (sender, answer)) = (host.to_owned(), sync_channel(1));
        let run = move || {
            let done = match Entry::new(SERVICE, &host) {
                Ok(entry) => work(&entry).map_err(|error| reason(&error)),
                Err(error) => Err(reason(Entry::store_status().as_ref().err().unwrap_or(&error))),
            };
            // Nobody receives an answer that came too late.
            let _ = sender.send(done);
        };
        let thread = std::thread::Builder::new().name("keyring".to_owned()).spawn(run);
        thread.map_err(|error| NoKeyring(error.to_string()))?;
        let late = || Err(format!("no answer within {} seconds", ANSWERS_WITHIN.as_secs()));
        answer.recv_timeout(ANSWERS_WITHIN).unwrap_or_else(|_| late()).map_err(NoKeyring)
    }
}

/// The words for an error, without what is kept.
fn reason(error: &Error) -> String {
    match error {
        Error::PlatformFailure(error) | Error::NoStorageAccess(error) => error.to_string(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "what it keeps is not a key".to_owned(),
        other => other.to_string(),
    }
}

impl KeyStore for SystemKeyring {
    fn key(&self, host: &str) -> Result<Option<String>, NoKeyring> {
        Self::with_entry(host, |entry| match entry.get_password() {
            Err(Error::NoEntry) => Ok(None),
            found => found.map(Some),
        })
    }

    fn keep(&self, host: &str, key: &str) -> Result<(), NoKeyring> {
        let key = key.to_owned();
        Self::with_entry(host, move |entry| entry.set_password(&key))
    }

    fn forget(&self, host: &str) -> Result<bool, NoKeyring> {
        Self::with_entry(host, |entry| match entry.delete_credential() {
            Err(Error::NoEntry) => Ok(false),
            removed => removed.map(|()| true),
        })
    }
}

/// A store that keeps keys as long as it lives, for measurements and tests: they leave the person's
/// keyring alone.
#[derive(Default)]
pub struct KeysInMemory(Mutex<HashMap<String, String>>);

impl KeyStore for KeysInMemory {
    fn key(&self, host: &str) -> Result<Option<String>, NoKeyring> {
        Ok(self.0.lock().get(host).cloned())
    }

    fn keep(&self, host: &str, key: &str) -> Result<(), NoKeyring> {
        self.0.lock().insert(host.to_owned(), key.to_owned());
        Ok(())
    }

    fn forget(&self, host: &str) -> Result<bool, NoKeyring> {
        Ok(self.0.lock().remove(host).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_in_no_message() {
        for error in
            [Error::BadEncoding(b"sk-secret".to_vec()), Error::BadDataFormat(b"sk-secret".to_vec(), "sk-secret".into())]
        {
            assert_eq!(reason(&error), "what it keeps is not a key");
        }
        let words = NoKeyring(reason(&Error::NoStorageAccess("it is locked".into()))).to_string();
        assert_eq!(words, "the system's keyring cannot be used (it is locked); a key in TILEJURY_API_KEY needs none");
    }
}
