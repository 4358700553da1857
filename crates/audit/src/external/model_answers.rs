//! The answers of models at an endpoint as they are stored: one transaction for each, under the
//! hash of what was asked, so that nothing is asked twice.
//!
//! Asks nothing. A failed question is a row of its own, and no answer.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, ToSql, params};
use tilejury_data::{SampleKey, TilePath};

use super::kept_reply::{AnswerKey, KeptReply};
use super::model_reviews::is_verified;
use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;
use crate::text_enum::text_enum;
use crate::time::now;

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
    /// The reply that it is from.
    pub reply: KeptReply,
    /// The grade, 0 to 3.
    pub grade: u8,
    /// The mean grade by the model's probabilities, if it gave them.
    pub soft: Option<f32>,
    /// The copied words.
    pub evidence: String,
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
        if self.has_model_answers() { self.keys_in("model_answers") } else { Ok(HashSet::new()) }
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
        let own: [(&str, &dyn ToSql); 3] =
            [("grade", &answer.grade), ("soft", &answer.soft), ("evidence", &answer.evidence)];
        import.keep_reply("model_answers", &answer.reply, &own)?;
        import.answered(&answer.reply.key, questions, &verified)?;
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

    /// Stores that a question has no usable answer, why, and the beginning of the reply. With
    /// `is_open` its request stays on record: a reply may be on its way that nobody received.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_failure(
        &mut self,
        key: &AnswerKey,
        question: &ModelQuestion,
        (message, raw): (&str, &str),
        is_open: bool,
    ) -> Result<(), SidecarError> {
        let import = self.write()?;
        let (sample, tile) = (question.sample.to_string(), question.tile.as_str());
        import.put(
            "INSERT INTO model_errors (asked_at, sample, tile, source, key, message, raw)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![now().to_string(), sample, tile, question.source, key, message, raw],
        )?;
        if !is_open {
            import.forget_sent(key)?;
        }
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
}

impl ExternalImport<'_> {
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
    use crate::external::testing::{model_answer, question};

    #[test]
    fn one_answer_can_answer_several_questions() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let answer = model_answer(9, 2, "salt");
        let questions = [question("p.png", QuestionKind::Positive), question("x.png", QuestionKind::Foreign)];
        store.store_answer(&answer, &questions).unwrap();
        store.store_known(&answer.reply.key, &[question("n.png", QuestionKind::Review)]).unwrap();
        store.store_known(&[0; 32], &[question("o.png", QuestionKind::Review)]).unwrap();
        let tiles: Vec<String> =
            store.model_reviews().unwrap().iter().map(|review| review.tile.as_str().to_owned()).collect();
        assert_eq!(tiles, ["n.png", "p.png"], "a foreign tile belongs to no row");
        assert_eq!(store.answer_keys().unwrap(), HashSet::from([answer.reply.key]));
    }

    #[test]
    fn the_first_answer_counts_and_failures_are_no_answers() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let negative = question("n.png", QuestionKind::Review);
        store.store_failure(&[9; 32], &negative, ("cut short", "{"), false).unwrap();
        assert_eq!((store.failure_count().unwrap(), store.model_reviews().unwrap()), (1, Vec::new()));
        assert!(store.answer_keys().unwrap().is_empty());
        store.store_answer(&model_answer(9, 2, "salt"), std::slice::from_ref(&negative)).unwrap();
        store.store_answer(&model_answer(9, 0, ""), std::slice::from_ref(&negative)).unwrap();
        assert_eq!(store.model_reviews().unwrap()[0].grade, 2);
    }
}
