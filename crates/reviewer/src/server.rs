//! The server of a model, as the other files of this crate know it: anything that answers requests.

use std::sync::atomic::AtomicBool;

use serde::Deserialize;
use tilejury_network::{EndpointAnswer, EndpointClient, EndpointFault};

use crate::answer::error_message;

/// A server that can be asked.
pub trait ModelServer: Sync {
    /// The address, without a key or a password.
    fn address(&self) -> &str;

    /// Requests what is at a path.
    ///
    /// # Errors
    /// If no answer comes.
    fn get(&self, path: &str, stop: &AtomicBool) -> Result<EndpointAnswer, EndpointFault>;

    /// Sends JSON to a path, perhaps with an id, under which a server that knows ids answers once.
    ///
    /// # Errors
    /// If no answer comes.
    fn post(
        &self,
        path: &str,
        body: Vec<u8>,
        id: Option<&str>,
        stop: &AtomicBool,
    ) -> Result<EndpointAnswer, EndpointFault>;
}

impl ModelServer for EndpointClient {
    fn address(&self) -> &str {
        EndpointClient::address(self)
    }

    fn get(&self, path: &str, stop: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
        EndpointClient::get(self, path, stop)
    }

    fn post(
        &self,
        path: &str,
        body: Vec<u8>,
        id: Option<&str>,
        stop: &AtomicBool,
    ) -> Result<EndpointAnswer, EndpointFault> {
        EndpointClient::post(self, path, body, id, stop)
    }
}

#[derive(Deserialize)]
struct ModelList {
    data: Vec<ListedModel>,
}

#[derive(Deserialize)]
struct ListedModel {
    id: String,
}

/// Returns the name under which a server lists a model. A server with one model answers with it,
/// whatever name was asked for, so that its name counts. Without a list, the name is the one asked
/// for.
///
/// # Errors
/// If the server cannot be reached, refuses the key, or has several models and not this one.
pub fn model_id(server: &dyn ModelServer, asked: &str, stop: &AtomicBool) -> Result<String, String> {
    let answer = server.get("v1/models", stop).map_err(|fault| format!("{}: {fault}", server.address()))?;
    match answer.status {
        401 | 403 => return Err(format!("{} refuses the key (status {})", server.address(), answer.status)),
        200 => {}
        _ => return Ok(asked.to_owned()),
    }
    let Ok(list) = serde_json::from_slice::<ModelList>(&answer.body) else { return Ok(asked.to_owned()) };
    let names: Vec<&str> = list.data.iter().map(|model| model.id.as_str()).collect();
    match names[..] {
        [] => Ok(asked.to_owned()),
        [only] => Ok(only.to_owned()),
        _ if names.contains(&asked) => Ok(asked.to_owned()),
        // A gateway may know more names than it lists.
        [first, second, ..] if names.len() <= 20 => Err(format!(
            "{} has no model {asked}; it has {}",
            server.address(),
            if names.len() == 2 { format!("{first} and {second}") } else { names.join(", ") }
        )),
        _ => Ok(asked.to_owned()),
    }
}

/// The hint for a path that a server does not have.
const ADDRESS_MAY_BE_WRONG: &str = "the address may be wrong: it ends before /v1";

/// The words for a status that is no success, with the message of the server.
pub(crate) fn refusal(answer: &EndpointAnswer) -> String {
    let message = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let message = message.map(|body| error_message(body.get("error").unwrap_or(&body)));
    match message.filter(|message| !message.is_empty()) {
        // Servers that miss a model name it.
        Some(message) if answer.status == 404 && !message.to_lowercase().contains("model") => {
            format!("status 404: {message}; {ADDRESS_MAY_BE_WRONG}")
        }
        None if answer.status == 404 => format!("status 404; {ADDRESS_MAY_BE_WRONG}"),
        Some(message) => format!("status {}: {message}", answer.status),
        None if (300..400).contains(&answer.status) => {
            format!("status {}, a redirect, which is not followed: name the address that it leads to", answer.status)
        }
        None => format!("status {}", answer.status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lists(u16, &'static str);

    impl ModelServer for Lists {
        fn address(&self) -> &str {
            "http://host"
        }

        fn get(&self, _: &str, _: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
            Ok(EndpointAnswer { status: self.0, body: self.1.as_bytes().to_vec(), ..EndpointAnswer::default() })
        }

        fn post(&self, _: &str, _: Vec<u8>, _: Option<&str>, _: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
            Err(EndpointFault::Timeout)
        }
    }

    #[test]
    fn the_name_of_the_only_model_counts() {
        let id = |status, body| model_id(&Lists(status, body), "m", &AtomicBool::new(false));
        assert_eq!(id(200, r#"{"data": [{"id": "/models/a.gguf"}]}"#), Ok("/models/a.gguf".to_owned()));
        assert_eq!(id(200, r#"{"data": [{"id": "a"}, {"id": "m"}]}"#), Ok("m".to_owned()));
        assert_eq!(id(404, ""), Ok("m".to_owned()));
        assert_eq!(id(200, "<html>"), Ok("m".to_owned()));
        let several = id(200, r#"{"data": [{"id": "a"}, {"id": "b"}]}"#);
        assert_eq!(several, Err("http://host has no model m; it has a and b".to_owned()));
        assert_eq!(id(401, ""), Err("http://host refuses the key (status 401)".to_owned()));
    }

    #[test]
    fn a_path_that_is_missing_is_no_missing_model() {
        let words = |body: &str| {
            refusal(&EndpointAnswer { status: 404, body: body.as_bytes().to_vec(), ..EndpointAnswer::default() })
        };
        assert_eq!(words(r#"{"detail": "Not Found"}"#), format!("status 404: Not Found; {ADDRESS_MAY_BE_WRONG}"));
        assert_eq!(words("<html>"), format!("status 404; {ADDRESS_MAY_BE_WRONG}"));
        let of_model = r#"{"error": {"message": "The model `m` does not exist."}}"#;
        assert_eq!(words(of_model), "status 404: The model `m` does not exist.");
    }
}
