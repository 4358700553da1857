//! The grades of a model's controls, from which its sensitivity and specificity are estimated.
//! `model_answers.rs` stores them.

use tilejury_data::{SampleKey, TilePath};

use super::model_answers::QuestionKind;
use super::pair_outcome::SecondReview;
use super::store::ExternalStore;
use crate::sidecar::SidecarError;
use crate::sidecar::rows::parsed;

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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::testing::{model_answer, question};

    #[test]
    fn controls_have_their_kind_and_no_review_among_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let questions = [
            question("p.png", QuestionKind::Positive),
            question("x.png", QuestionKind::Foreign),
            question("n.png", QuestionKind::Review),
        ];
        store.store_answer(&model_answer(9, 2, "salt"), &questions).unwrap();
        let kinds: Vec<(QuestionKind, u8)> =
            store.control_grades("m").unwrap().into_iter().map(|(_, control)| (control.kind, control.grade)).collect();
        assert_eq!(kinds, [(QuestionKind::Positive, 2), (QuestionKind::Foreign, 2)]);
        assert_eq!(store.control_grades("other").unwrap(), []);
        assert_eq!(store.control_models().unwrap(), ["m"]);
    }
}
