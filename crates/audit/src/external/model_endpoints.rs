//! The servers that answered: whether one did, and the form of requests that it understands.

use rusqlite::OptionalExtension as _;

use super::store::ExternalStore;
use crate::sidecar::SidecarError;

impl ExternalStore {
    /// Whether a server at this address was asked before.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn was_asked(&self, endpoint: &str) -> Result<bool, SidecarError> {
        if !self.has_model_answers() {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM model_answers WHERE endpoint = ?1 LIMIT 1";
        let found = self.connection().query_row(sql, [endpoint], |_| Ok(())).optional();
        found.map(|found| found.is_some()).map_err(|source| self.failed(source))
    }

    /// Returns the form of requests that a server was found to understand, as a word.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn known_form(&self, endpoint: &str, model: &str) -> Result<Option<String>, SidecarError> {
        if !self.has_model_answers() {
            return Ok(None);
        }
        let sql = "SELECT form FROM model_endpoints WHERE endpoint = ?1 AND model = ?2";
        let found = self.connection().query_row(sql, [endpoint, model], |row| row.get(0)).optional();
        found.map_err(|source| self.failed(source))
    }

    /// Stores the form of requests that a server understands.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_form(&mut self, endpoint: &str, model: &str, form: &str) -> Result<(), SidecarError> {
        let import = self.write()?;
        let sql = "INSERT INTO model_endpoints (endpoint, model, form) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET form = excluded.form";
        import.put(sql, (endpoint, model, form))?;
        import.commit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::QuestionKind;
    use crate::external::testing::{model_answer, question};

    #[test]
    fn servers_that_answered_are_known_with_their_form() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        assert!(!store.was_asked("http://host").unwrap());
        store.store_answer(&model_answer(9, 2, "salt"), &[question("n.png", QuestionKind::Review)]).unwrap();
        assert!(store.was_asked("http://host").unwrap() && !store.was_asked("http://other").unwrap());
        assert_eq!(store.known_form("http://host", "m").unwrap(), None);
        store.store_form("http://host", "m", "plain").unwrap();
        store.store_form("http://host", "m", "schema").unwrap();
        assert_eq!(store.known_form("http://host", "m").unwrap().as_deref(), Some("schema"));
        assert_eq!(store.known_form("http://host", "other").unwrap(), None);
    }
}
