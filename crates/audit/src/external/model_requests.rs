//! The requests to models that were sent and whose answer is not known: written before a request
//! leaves, and deleted in the transaction that stores their outcome.
//!
//! What is left after a kill may have been paid without an answer. Sends nothing.

use std::collections::HashMap;

use super::kept_reply::AnswerKey;
use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;
use crate::time::now;

/// A request that is about to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentRequest {
    /// The hash of what is asked.
    pub key: AnswerKey,
    /// The id that goes along.
    pub request: String,
}

impl ExternalStore {
    /// Stores that requests are about to be sent, in one transaction. When it returns, it is on
    /// disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_sent(&mut self, endpoint: &str, requests: &[SentRequest]) -> Result<(), SidecarError> {
        let import = self.write()?;
        let sql = "INSERT INTO model_sent (key, sent_at, endpoint, request) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET sent_at = excluded.sent_at, endpoint = excluded.endpoint,
                request = excluded.request";
        for sent in requests {
            import.put(sql, (sent.key, now().to_string(), endpoint, &sent.request))?;
        }
        import.commit()
    }

    /// Stores that a request was not sent, or that its reply was no answer and costs nothing.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_sent(&mut self, key: &AnswerKey) -> Result<(), SidecarError> {
        let import = self.write()?;
        import.forget_sent(key)?;
        import.commit()
    }

    /// Returns the ids of the requests to a server whose answer is not known, by what they asked.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn unanswered_requests(&self, endpoint: &str) -> Result<HashMap<AnswerKey, String>, SidecarError> {
        let mut requests = HashMap::new();
        if !self.has_second_reviews() {
            return Ok(requests);
        }
        let read = || {
            let mut statement = self.connection().prepare("SELECT key, request FROM model_sent WHERE endpoint = ?1")?;
            let rows = statement.query_map([endpoint], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        requests.extend(read().map_err(|source| self.failed(source))?);
        Ok(requests)
    }

    /// Returns how often each question had no usable answer.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn failures_by_key(&self) -> Result<HashMap<AnswerKey, u32>, SidecarError> {
        let mut failures = HashMap::new();
        if self.has_model_answers() {
            self.each("SELECT key, count(*) FROM model_errors GROUP BY key", &mut |row| {
                failures.insert(row.get(0)?, row.get(1)?);
                Ok(true)
            })?;
        }
        Ok(failures)
    }
}

impl ExternalImport<'_> {
    pub(super) fn forget_sent(&self, key: &AnswerKey) -> Result<(), SidecarError> {
        self.put("DELETE FROM model_sent WHERE key = ?1", [key])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::QuestionKind;
    use crate::external::testing::{model_answer, question};

    #[test]
    fn a_request_is_open_until_its_answer_is_stored() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let sent = |key: u8, request: &str| SentRequest { key: [key; 32], request: request.to_owned() };
        store.store_sent("http://host", &[sent(1, "a"), sent(2, "b"), sent(3, "c"), sent(4, "d")]).unwrap();
        store.store_sent("http://host", &[sent(4, "e")]).unwrap();
        let question = question("n.png", QuestionKind::Review);
        store.store_answer(&model_answer(1, 2, "salt"), std::slice::from_ref(&question)).unwrap();
        store.store_failure(&[2; 32], &question, ("cut short", "{"), false).unwrap();
        store.forget_sent(&[3; 32]).unwrap();
        let open = store.unanswered_requests("http://host").unwrap();
        assert_eq!(open, HashMap::from([([4; 32], "e".to_owned())]));
        store.store_failure(&[4; 32], &question, ("no answer in time", ""), true).unwrap();
        assert_eq!(store.unanswered_requests("http://host").unwrap(), open, "it may be paid");
        assert!(store.unanswered_requests("http://other").unwrap().is_empty());
        assert_eq!(store.failures_by_key().unwrap(), HashMap::from([([2; 32], 1), ([4; 32], 1)]));
    }
}
