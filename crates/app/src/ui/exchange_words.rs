//! The state of an exchange of judgements in words and by a sign: for the status bar and the
//! dialog.

use std::time::{Duration, Instant};

use tilejury_audit::pace::spell;
use tilejury_audit::text::{capital, count, grouped};

use crate::exchange_task::ExchangeState;
use crate::icons;

/// A delay up to this is not worth a word: exchanges are that far apart.
const CURRENT_FOR: Duration = Duration::from_secs(90);

/// The light: whether the judgements of others are current here, and one's own with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExchangeLight {
    /// All that is known was exchanged in the last minute.
    Current,
    /// Something waits, which is usual.
    Waiting,
    /// The latest exchange failed, or was left in part.
    Failing,
}

impl ExchangeLight {
    pub(crate) fn of(state: &ExchangeState, now: Instant) -> Self {
        let behind = behind(state, now);
        if state.failure.is_some() || !state.report.left_out.is_empty() {
            Self::Failing
        } else if state.to_send > 0 || behind.is_none_or(|behind| behind > CURRENT_FOR) {
            Self::Waiting
        } else {
            Self::Current
        }
    }

    /// A sign that differs from the others without colour.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Current => icons::ACCEPTED,
            Self::Waiting => icons::UNJUDGED,
            Self::Failing => icons::WARNING,
        }
    }
}

/// The time since the last exchange that succeeded.
fn behind(state: &ExchangeState, now: Instant) -> Option<Duration> {
    state.last.map(|last| now.saturating_duration_since(last))
}

/// The state in a few words, the longest first.
pub(crate) fn in_words(state: &ExchangeState, now: Instant) -> Vec<String> {
    let behind = behind(state, now);
    let age = match behind {
        None if state.is_running => Some("exchanging…".to_owned()),
        None => Some("not exchanged".to_owned()),
        Some(behind) if behind <= CURRENT_FOR => state.failure.is_some().then(|| "exchange failed".to_owned()),
        Some(behind) => Some(format!("{} behind", spell(behind))),
    };
    let waiting = (state.to_send > 0).then(|| format!("{} to send", grouped(state.to_send)));
    let left_out = state.report.left_out.len();
    let left_out = (left_out > 0).then(|| format!("{} left out", grouped(left_out)));
    let parts: Vec<String> = age.into_iter().chain(waiting).chain(left_out).collect();
    match parts.last() {
        None => vec!["Exchanged".to_owned()],
        Some(last) => vec![parts.join(" · "), last.clone()],
    }
}

/// The state in sentences.
pub(crate) fn sentences(state: &ExchangeState, now: Instant) -> Vec<String> {
    let mut lines = Vec::new();
    match (behind(state, now), state.is_running) {
        (_, true) => lines.push("Exchanging now…".to_owned()),
        (Some(behind), _) if behind < Duration::from_secs(5) => lines.push("Exchanged just now.".to_owned()),
        (Some(behind), _) => lines.push(format!("Exchanged {} ago.", spell(behind))),
        (None, _) => {}
    }
    if state.is_live {
        lines.push("The server announces changes, so those of others arrive within seconds.".to_owned());
    }
    if state.to_send > 0 {
        lines.push(format!("{} to send, saved on this machine.", count(state.to_send, "change")));
    }
    if state.sent + state.received > 0 {
        lines.push(format!(
            "{} sent and {} received since the dataset was opened.",
            count(state.sent, "change"),
            grouped(state.received)
        ));
    }
    lines
}

/// The points for a person to look into, a sentence each.
pub(crate) fn concerns(state: &ExchangeState) -> Vec<String> {
    let failure =
        state.failure.iter().map(|reason| format!("The latest exchange failed: {reason}. It is tried again."));
    failure.chain(state.report.notes().iter().map(|note| format!("{}.", capital(note)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_and_the_sign_say_what_waits() {
        let now = Instant::now() + Duration::from_secs(1000);
        let ago = |seconds: u64| now.checked_sub(Duration::from_secs(seconds));
        let said = |state: &ExchangeState| (in_words(state, now).remove(0), ExchangeLight::of(state, now));
        let good = ExchangeState { last: ago(30), ..ExchangeState::default() };
        assert_eq!(said(&good), ("Exchanged".to_owned(), ExchangeLight::Current));
        let waiting = ExchangeState { to_send: 14, ..good.clone() };
        assert_eq!(said(&waiting), ("14 to send".to_owned(), ExchangeLight::Waiting));
        let failed = ExchangeState { failure: Some("no such folder".to_owned()), ..waiting.clone() };
        assert_eq!(said(&failed), ("exchange failed · 14 to send".to_owned(), ExchangeLight::Failing));
        let late = ExchangeState { last: ago(120), ..waiting };
        assert_eq!(said(&late), ("2 min behind · 14 to send".to_owned(), ExchangeLight::Waiting));
        let failing = ExchangeState { failure: Some("no such folder".to_owned()), ..late };
        assert_eq!(said(&failing), ("2 min behind · 14 to send".to_owned(), ExchangeLight::Failing));
        assert!(concerns(&failing)[0].contains("no such folder"));
        let never = ExchangeState { last: None, ..failing };
        assert_eq!(said(&never).0, "not exchanged · 14 to send");
        let first = ExchangeState { is_running: true, failure: None, ..never };
        assert_eq!(said(&first).0, "exchanging… · 14 to send");
        let mut part = good;
        part.report.left_out.insert("f.jsonl".to_owned(), "it is not whole".to_owned());
        assert_eq!(said(&part), ("1 left out".to_owned(), ExchangeLight::Failing));
    }
}
