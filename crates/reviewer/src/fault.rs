//! A request without an answer: its kind, by which faults are alike, its message, and the
//! beginning of the reply.
//!
//! Decides nothing: `conduct.rs` does.

use tilejury_network::{EndpointAnswer, EndpointFault};

use crate::answer::AnswerFault;
use crate::server::refusal;

/// The bytes of a reply that a fault keeps.
const KEPT_OF_REPLY: usize = 4096;

/// A request without an answer.
pub(crate) struct Fault {
    /// The kind: the same for faults that differ in what they quote only.
    pub(crate) kind: String,
    pub(crate) message: String,
    /// The beginning of the reply; empty if none came.
    pub(crate) raw: String,
}

impl Fault {
    /// No reply came.
    pub(crate) fn of_connection(fault: &EndpointFault) -> Self {
        let kind = match fault {
            EndpointFault::Unreachable(_) | EndpointFault::Connection(_) => "connection",
            EndpointFault::Timeout => "timeout",
            EndpointFault::TooLong => "too long",
            EndpointFault::Stopped => "stopped",
        };
        Self { kind: kind.to_owned(), message: fault.to_string(), raw: String::new() }
    }

    /// The reply has a status that is no success.
    pub(crate) fn of_status(reply: &EndpointAnswer) -> Self {
        Self { kind: reply.status.to_string(), message: refusal(reply), raw: beginning(&reply.body) }
    }

    /// The reply has no usable answer.
    pub(crate) fn of_answer(fault: &AnswerFault, body: &[u8]) -> Self {
        let message = fault.to_string();
        // The words before a colon quote nothing.
        let kind = message.split(':').next().unwrap_or_default().to_owned();
        Self { kind, message, raw: beginning(body) }
    }
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..KEPT_OF_REPLY).unwrap_or(body)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_alike_whatever_they_quote() {
        let answer = |fault: AnswerFault| Fault::of_answer(&fault, b"{}").kind;
        assert_eq!(answer(AnswerFault::NotJson("a".into())), answer(AnswerFault::NotJson("b: c".into())));
        assert_ne!(answer(AnswerFault::Refused("a".into())), answer(AnswerFault::NotJson("a".into())));
        let status = |status, body: &[u8]| {
            Fault::of_status(&EndpointAnswer { status, body: body.to_vec(), ..EndpointAnswer::default() })
        };
        assert_eq!(status(500, b"a").kind, status(500, b"b").kind);
        assert_ne!(status(500, b"").kind, status(429, b"").kind);
        assert_eq!(status(500, &[b'a'; 9000]).raw.len(), KEPT_OF_REPLY);
        let connection = |fault| Fault::of_connection(&fault).kind;
        assert_eq!(
            connection(EndpointFault::Unreachable("a".into())),
            connection(EndpointFault::Connection("b".into()))
        );
        assert_ne!(connection(EndpointFault::Timeout), connection(EndpointFault::TooLong));
    }
}
