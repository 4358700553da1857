//! A server's reply as it is kept with what it answers: under the hash of what was asked, whole,
//! and with the tokens that it took. Reviews and comparisons have one each.

use std::collections::HashSet;

use rusqlite::ToSql;

use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;
use crate::time::now;

/// The SHA-256 of what was asked.
pub type AnswerKey = [u8; 32];

/// A reply with an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptReply {
    /// The hash of what was asked.
    pub key: AnswerKey,
    /// The address of the server.
    pub endpoint: String,
    /// The model, as the server reported it.
    pub model: String,
    /// The version of the prompt.
    pub prompt: String,
    /// The tokens that the server counted in the question.
    pub prompt_tokens: u64,
    /// The tokens that it counted in the answer.
    pub completion_tokens: u64,
    /// The whole reply.
    pub raw: String,
}

impl ExternalStore {
    /// Returns the keys of a table of replies.
    pub(super) fn keys_in(&self, table: &str) -> Result<HashSet<AnswerKey>, SidecarError> {
        let mut keys = HashSet::new();
        self.each(&format!("SELECT key FROM {table}"), &mut |row| {
            keys.insert(row.get(0)?);
            Ok(true)
        })?;
        Ok(keys)
    }
}

impl ExternalImport<'_> {
    /// Stores a reply with the answer in it, which is in columns of its own, in a table of replies.
    /// The first reply to a question counts: another one is from a program beside this one.
    pub(super) fn keep_reply(
        &self,
        table: &str,
        reply: &KeptReply,
        answer: &[(&str, &dyn ToSql)],
    ) -> Result<(), SidecarError> {
        let tokens = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        let (at, prompt_tokens, completion_tokens) =
            (now().to_string(), tokens(reply.prompt_tokens), tokens(reply.completion_tokens));
        let mut values: Vec<(&str, &dyn ToSql)> = vec![
            ("key", &reply.key),
            ("asked_at", &at),
            ("endpoint", &reply.endpoint),
            ("model", &reply.model),
            ("prompt", &reply.prompt),
            ("prompt_tokens", &prompt_tokens),
            ("completion_tokens", &completion_tokens),
            ("raw", &reply.raw),
        ];
        values.extend_from_slice(answer);
        let columns: Vec<&str> = values.iter().map(|(column, _)| *column).collect();
        let places: Vec<String> = (1..=values.len()).map(|place| format!("?{place}")).collect();
        let sql = format!(
            "INSERT INTO {table} ({}) VALUES ({}) ON CONFLICT DO NOTHING",
            columns.join(", "),
            places.join(", ")
        );
        let values: Vec<&dyn ToSql> = values.into_iter().map(|(_, value)| value).collect();
        self.put(&sql, values.as_slice())?;
        self.forget_sent(&reply.key)
    }
}
