//! A question to the Hub for a diagnosis of the set-up: whether it answers. Sends no token, and
//! fetches no more than a line of a list.

use std::sync::Arc;
use std::time::{Duration, Instant};
use tilejury_network::wait;

use crate::access::Access;
use crate::error::{Failure, RemoteError};
use crate::hub::endpoint;
use crate::traffic::Traffic;
use crate::transport::Transport;

/// The name of the Hub in messages: the address may hold a password.
const NAME: &str = "the Hub";

/// Asks the Hub for one line of its list of datasets. Blocks until it answers, or does not in time.
/// Returns the time that it took.
///
/// # Errors
/// If it cannot be reached. Any answer of it, even a refusal, is reaching it.
pub fn reach_hub(access: &Access) -> Result<Duration, RemoteError> {
    // The client is built inside the runtime, which chooses the cryptography.
    let ask = async {
        let url = endpoint(&access.hub_endpoint)?.join("/api/datasets?limit=1");
        let url = url.map_err(|error| Failure::Other(error.to_string()))?;
        let transport = Transport::new(Arc::<Traffic>::default(), None, &access.cache)?;
        let begun = Instant::now();
        match transport.get(&url).await {
            Ok(_) => Ok(begun.elapsed()),
            Err(failure) if is_answer(&failure) => Ok(begun.elapsed()),
            Err(failure) => Err(failure),
        }
    };
    let answer = wait(ask).map_err(|error| Failure::Other(error.to_string()).at(&NAME))?;
    answer.map_err(|failure| failure.at(&NAME))
}

/// Whether a failure shows that the server was reached.
fn is_answer(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Unauthenticated(_)
            | Failure::Refused(_)
            | Failure::NotFound
            | Failure::Limited(_)
            | Failure::Status(400..=499)
    )
}
