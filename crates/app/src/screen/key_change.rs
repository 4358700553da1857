//! The key of a model's server on its way to the system's keyring, or out of it. The keyring may
//! ask for its password, so the window does not wait for it.

use crate::key_store::{NoKeyring, TypedKey};
use crate::model_server::key_host;
use crate::task::Task;

use super::App;

/// A change that goes on; its end in words.
pub(super) type KeyChange = Task<Result<String, String>>;

impl App {
    /// Keeps the key of an endpoint; without one, removes that which is kept.
    pub(super) fn change_key(&mut self, endpoint: String, key: Option<TypedKey>) {
        let keys = self.keys.clone();
        let work = move |_: &_| {
            let host = key_host(&endpoint).map_err(|error| error.to_string())?;
            let words = |error: NoKeyring| error.to_string();
            match key {
                Some(key) => {
                    keys.keep(&host, &key.0).map_err(words)?;
                    Ok(format!("The key for {host} is in the system's keyring."))
                }
                None => match keys.forget(&host).map_err(words)? {
                    true => Ok(format!("The key for {host} was removed from the system's keyring.")),
                    false => Ok(format!("The system's keyring has no key for {host}.")),
                },
            }
        };
        match Task::spawn("key", &self.ctx, work) {
            Ok(task) => self.key_change = Some(task),
            Err(error) => self.notify(format!("The keyring was not asked: {error}."), true),
        }
    }

    /// Reports the end of a change. Called once a frame.
    pub(super) fn poll_key_change(&mut self) {
        let Some(end) = self.key_change.as_mut().and_then(Task::poll) else { return };
        self.key_change = None;
        match end.unwrap_or_else(Err) {
            Ok(words) => self.notify(words, false),
            Err(reason) => self.notify(format!("The key was not changed: {reason}."), true),
        }
    }
}
