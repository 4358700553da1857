//! The answers of models at an endpoint as they are stored: one transaction for each, under the
//! hash of what was asked, so that nothing is asked twice.
//!
//! Asks nothing. A failed question is a row of its own, and no answer.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, params};
use tilejury_data::{SampleKey, TilePath};

use super::model_reviews::is_verified;
use super::pair_outcome::SecondReview;
use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;
use crate::sidecar::rows::parsed;
use crate::text_enum::text_enum;
use crate::time::now;

/// The SHA-256 of what was asked.
pub type AnswerKey = [u8; 32];

text_enum! {
    /// The purpose of a question.
    pub enum QuestionKind {
        /// A review of a row's negative.
        Review = "review", "Review";
        /// A control: the row's own positive, which should answer its query.
        Positive = "positive", "Own positive";
        /// A control: a tile of another row and page, which should not.
        Foreign = "foreign", "Foreign tile";
    }
}

/// A question about one tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelQuestion {
    /// The sample with the query.
    pub sample: SampleKey,
    /// The tile.
    pub tile: TilePath,
    /// The model, under the name that it is asked by.
    pub source: String,
    /// The purpose.
    pub kind: QuestionKind,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelAnswer {
    /// The hash of what was asked.
    pub key: AnswerKey,
    /// The address of the server.
    pub endpoint: String,
    /// The model, as the server reported it.
    pub model: String,
    /// The version of the prompt.
    pub prompt: String,
    /// The grade, 0 to 3.
    pub grade: u8,
    /// The mean grade by the model's probabilities, if it gave them.
    pub soft: Option<f32>,
    /// The copied words.
    pub evidence: String,
    /// The tokens that the server counted in the question.
    pub prompt_tokens: u64,
    /// The tokens that it counted in the answer.
    pub completion_tokens: u64,
    /// The whole answer of the server.
    pub raw: String,
}

/// The grade of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ControlGrade {
    /// The purpose: never a review.
    pub kind: QuestionKind,
    /// The grade, 0 to 3.
    pub grade: u8,
    /// The second stage, if the grade was doubtful and both comparisons were made.
    pub second: Option<SecondReview>,
}

impl ExternalStore {
    /// Whether the file has tables for the answers of models: a file of an older version that is
    /// only read lacks them.
    pub(super) fn has_model_answers(&self) -> bool {
        self.version().is_ok_and(|version| version >= 3)
    }

    /// Returns the keys of all answers.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn answer_keys(&self) -> Result<HashSet<AnswerKey>, SidecarError> {
        let mut keys = HashSet::new();
        if self.has_model_answers() {
            self.each("SELECT key FROM model_answers", &mut |row| {
                keys.insert(row.get(0)?);
                Ok(true)
            })?;
        }
        Ok(keys)
    }

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

    /// Stores an answer and what it answers, in one transaction. Returns whether the evidence is in
    /// the tile's text, for each question. When it returns, it is on disk.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn store_answer(
        &mut self,
        answer: &ModelAnswer,
        questions: &[ModelQuestion],
    ) -> Result<Vec<Option<bool>>, SidecarError> {
        let verified = self.verified(questions, answer.grade, &answer.evidence)?;
        let import = self.write()?;
        import.model_answer(answer)?;
        import.answered(&answer.key, questions, &verified)?;
        import.forget_sent(&answer.key)?;
        import.commit()?;
        Ok(verified)
    }

    /// Stores that a known answer answers these questions, too.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn store_known(&mut self, key: &AnswerKey, questions: &[ModelQuestion]) -> Result<(), SidecarError> {
        let sql = "SELECT grade, evidence FROM model_answers WHERE key = ?1";
        let found = self.connection().query_row(sql, [key], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        let found: Option<(u8, String)> = found.map_err(|source| self.failed(source))?;
        let Some((grade, evidence)) = found else { return Ok(()) };
        let verified = self.verified(questions, grade, &evidence)?;
        let import = self.write()?;
        import.answered(key, questions, &verified)?;
        import.commit()
    }

    fn verified(
        &self,
        questions: &[ModelQuestion],
        grade: u8,
        evidence: &str,
    ) -> Result<Vec<Option<bool>>, SidecarError> {
        let verified = questions.iter().map(|question| {
            let text = self.tile_text(&question.tile)?;
            Ok(is_verified(evidence, grade, text.as_deref()))
        });
        verified.collect()
    }

    /// Stores that a question has no usable answer, and why.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_failure(
        &mut self,
        key: &AnswerKey,
        question: &ModelQuestion,
        message: &str,
        raw: &str,
    ) -> Result<(), SidecarError> {
        let import = self.write()?;
        let (sample, tile) = (question.sample.to_string(), question.tile.as_str());
        import.put(
            "INSERT INTO model_errors (asked_at, sample, tile, source, key, message, raw)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![now().to_string(), sample, tile, question.source, key, message, raw],
        )?;
        import.forget_sent(key)?;
        import.commit()
    }

    /// Returns the number of questions without a usable answer that are on record.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn failure_count(&self) -> Result<usize, SidecarError> {
        if !self.has_model_answers() {
            return Ok(0);
        }
        let count = self.connection().query_row("SELECT count(*) FROM model_errors", [], |row| row.get::<_, i64>(0));
        count.map(|count| count as usize).map_err(|source| self.failed(source))
    }

    /// Returns the models that have controls, by name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn control_models(&self) -> Result<Vec<String>, SidecarError> {
        let mut models = Vec::new();
        if self.has_model_answers() {
            self.each("SELECT DISTINCT source FROM model_controls ORDER BY source", &mut |row| {
                models.push(row.get(0)?);
                Ok(true)
            })?;
        }
        Ok(models)
    }

    /// Returns the grades of a model's controls, by sample and tile.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn control_grades(&self, source: &str) -> Result<Vec<(SampleKey, ControlGrade)>, SidecarError> {
        if !self.has_model_answers() {
            return Ok(Vec::new());
        }
        let sql = "SELECT c.sample, c.kind, a.grade, c.tile FROM model_controls c JOIN model_answers a ON a.key = c.key
            WHERE c.source = ?1 ORDER BY c.sample, c.tile";
        let read = || {
            let mut statement = self.connection().prepare(sql)?;
            let rows = statement.query_map([source], |row| {
                let control = ControlGrade { kind: parsed(row, 1)?, grade: row.get(2)?, second: None };
                Ok((parsed(row, 0)?, control, TilePath::new(&row.get::<_, String>(3)?)))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let controls = read().map_err(|source| self.failed(source))?;
        let with_second = controls.into_iter().map(|(sample, control, tile): (SampleKey, ControlGrade, TilePath)| {
            let second = self.second_review(sample, &tile, source)?;
            Ok((sample, ControlGrade { second, ..control }))
        });
        with_second.collect()
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

impl ExternalImport<'_> {
    fn model_answer(&self, answer: &ModelAnswer) -> Result<(), SidecarError> {
        // The first answer to a question counts: another one is from a program beside this one.
        let sql = "INSERT INTO model_answers (key, asked_at, endpoint, model, prompt, grade, soft, evidence,
                prompt_tokens, completion_tokens, raw)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT DO NOTHING";
        let tokens = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
        self.put(
            sql,
            params![
                answer.key,
                now().to_string(),
                answer.endpoint,
                answer.model,
                answer.prompt,
                answer.grade,
                answer.soft,
                answer.evidence,
                tokens(answer.prompt_tokens),
                tokens(answer.completion_tokens),
                answer.raw
            ],
        )
    }

    fn answered(
        &self,
        key: &AnswerKey,
        questions: &[ModelQuestion],
        verified: &[Option<bool>],
    ) -> Result<(), SidecarError> {
        for (question, verified) in questions.iter().zip(verified) {
            let (sample, tile) = (question.sample.to_string(), question.tile.as_str());
            // The positive belongs to its row, so that its grade is a review, too.
            if question.kind != QuestionKind::Foreign {
                let sql = "INSERT INTO model_reviews (sample, tile, source, key, verified) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT DO UPDATE SET key = excluded.key, verified = excluded.verified";
                self.put(sql, (&sample, tile, &question.source, key, verified))?;
            }
            if question.kind != QuestionKind::Review {
                let sql = "INSERT INTO model_controls (sample, tile, source, kind, key) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT DO UPDATE SET kind = excluded.kind, key = excluded.key";
                self.put(sql, (&sample, tile, &question.source, question.kind.word(), key))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::testing::model_answer;

    fn question(tile: &str, kind: QuestionKind) -> ModelQuestion {
        ModelQuestion { sample: SampleKey(1), tile: TilePath::new(tile), source: "m".into(), kind }
    }

    #[test]
    fn one_answer_can_answer_several_questions() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        assert!(!store.was_asked("http://host").unwrap());
        let answer = model_answer(9, 2, "salt");
        let questions = [question("p.png", QuestionKind::Positive), question("x.png", QuestionKind::Foreign)];
        store.store_answer(&answer, &questions).unwrap();
        store.store_known(&answer.key, &[question("n.png", QuestionKind::Review)]).unwrap();
        store.store_known(&[0; 32], &[question("o.png", QuestionKind::Review)]).unwrap();
        let tiles: Vec<String> =
            store.model_reviews().unwrap().iter().map(|review| review.tile.as_str().to_owned()).collect();
        assert_eq!(tiles, ["n.png", "p.png"], "a foreign tile belongs to no row");
        let kinds: Vec<QuestionKind> =
            store.control_grades("m").unwrap().into_iter().map(|(_, control)| control.kind).collect();
        assert_eq!(kinds, [QuestionKind::Positive, QuestionKind::Foreign]);
        assert_eq!(store.control_grades("other").unwrap(), []);
        assert_eq!(store.control_models().unwrap(), ["m"]);
        assert!(store.was_asked("http://host").unwrap());
        assert_eq!(store.answer_keys().unwrap(), HashSet::from([answer.key]));
    }

    #[test]
    fn the_first_answer_counts_and_failures_are_no_answers() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let negative = question("n.png", QuestionKind::Review);
        store.store_failure(&[9; 32], &negative, "cut short", "{").unwrap();
        assert_eq!((store.failure_count().unwrap(), store.model_reviews().unwrap()), (1, Vec::new()));
        assert!(store.answer_keys().unwrap().is_empty());
        store.store_answer(&model_answer(9, 2, "salt"), std::slice::from_ref(&negative)).unwrap();
        store.store_answer(&model_answer(9, 0, ""), std::slice::from_ref(&negative)).unwrap();
        assert_eq!(store.model_reviews().unwrap()[0].grade, 2);
        store.store_form("http://host", "m", "plain").unwrap();
        store.store_form("http://host", "m", "schema").unwrap();
        assert_eq!(store.known_form("http://host", "m").unwrap().as_deref(), Some("schema"));
    }
}
