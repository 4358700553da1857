//! The second stage of a model's reviews: a doubtful tile beside the row's positive, both ways.
//!
//! Stores the answers, says which tiles are doubtful, and what two answers mean together. Asks
//! nothing, and is no judgement.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, Row};
use tilejury_data::{SampleKey, TilePath};

use super::kept_reply::{AnswerKey, KeptReply};
use super::model_answers::ModelQuestion;
use super::model_reviews::{first_relevance, is_verified};
use super::pair_outcome::{ANSWERS_FROM, PairOutcome, SecondReview, TileRanking};
use super::store::{ExternalImport, ExternalStore};
use crate::sidecar::SidecarError;
use crate::sidecar::rows::parsed;

/// The relevance between which a model wavers, by its probabilities.
const WAVERING: std::ops::RangeInclusive<f32> = 0.3..=0.7;

/// One comparison of a doubtful tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondQuestion {
    /// The question of the first stage.
    pub question: ModelQuestion,
    /// Whether the tile is the first of the two.
    pub tile_first: bool,
}

/// The answer to a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelComparison {
    /// The reply that it is from.
    pub reply: KeptReply,
    /// The tiles that answer.
    pub ranking: TileRanking,
}

impl ExternalStore {
    /// Whether the file has tables for the second stage: a file of an older version that is only
    /// read lacks them.
    pub(super) fn has_second_reviews(&self) -> bool {
        self.version().is_ok_and(|version| version >= 4)
    }

    /// Whether the review of a question is doubtful: it found an answer with words that are on the
    /// tile, or the model wavered. A question without a review is not.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn is_doubtful(&self, question: &ModelQuestion) -> Result<bool, SidecarError> {
        let sql = "SELECT grade, soft, evidence FROM model_answers WHERE key = coalesce(
            (SELECT key FROM model_reviews WHERE sample = ?1 AND tile = ?2 AND source = ?3),
            (SELECT key FROM model_controls WHERE sample = ?1 AND tile = ?2 AND source = ?3))";
        let values = (question.sample.to_string(), question.tile.as_str(), &question.source);
        let read = |row: &Row<'_>| Ok((row.get::<_, u8>(0)?, row.get::<_, Option<f64>>(1)?, row.get::<_, String>(2)?));
        let found = self.connection().query_row(sql, values, read).optional();
        let Some((grade, soft, evidence)) = found.map_err(|source| self.failed(source))? else { return Ok(false) };
        if soft.is_some_and(|soft| WAVERING.contains(&first_relevance(soft as f32))) {
            return Ok(true);
        }
        let text = self.tile_text(&question.tile)?;
        Ok(grade >= ANSWERS_FROM && is_verified(&evidence, grade, text.as_deref()) == Some(true))
    }

    /// Returns the keys of all comparisons.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn comparison_keys(&self) -> Result<HashSet<AnswerKey>, SidecarError> {
        if self.has_second_reviews() { self.keys_in("model_comparisons") } else { Ok(HashSet::new()) }
    }

    /// Stores a comparison and what it answers, in one transaction. When it returns, it is on disk.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_comparison(
        &mut self,
        comparison: &ModelComparison,
        questions: &[SecondQuestion],
    ) -> Result<(), SidecarError> {
        let import = self.write()?;
        import.keep_reply("model_comparisons", &comparison.reply, &[("ranking", &comparison.ranking.word())])?;
        import.compared(&comparison.reply.key, questions)?;
        import.commit()
    }

    /// Stores that a known comparison answers these questions, too.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn store_known_comparison(
        &mut self,
        key: &AnswerKey,
        questions: &[SecondQuestion],
    ) -> Result<(), SidecarError> {
        let import = self.write()?;
        import.compared(key, questions)?;
        import.commit()
    }

    /// Passes the second stage of every review that has both orders to `take`, with its sample,
    /// tile and source.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn second_reviews(
        &self,
        take: &mut dyn FnMut(SampleKey, TilePath, String, SecondReview),
    ) -> Result<(), SidecarError> {
        if !self.has_second_reviews() {
            return Ok(());
        }
        let sql = "SELECT f.sample, f.tile, f.source, a.ranking, b.ranking
            FROM model_second_reviews f JOIN model_comparisons a ON a.key = f.key
            JOIN model_second_reviews l ON l.sample = f.sample AND l.tile = f.tile AND l.source = f.source
                AND l.tile_first = 0
            JOIN model_comparisons b ON b.key = l.key WHERE f.tile_first = 1";
        self.each(sql, &mut |row| {
            let outcome = |column, of_first| parsed::<TileRanking>(row, column).map(|of| of.outcome(of_first));
            let second = SecondReview { tile_first: outcome(3, true)?, positive_first: outcome(4, false)? };
            take(parsed(row, 0)?, TilePath::new(&row.get::<_, String>(1)?), row.get(2)?, second);
            Ok(true)
        })
    }

    /// Returns the second stage of the review of a tile, once both orders are answered.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn second_review(
        &self,
        sample: SampleKey,
        tile: &TilePath,
        source: &str,
    ) -> Result<Option<SecondReview>, SidecarError> {
        if !self.has_second_reviews() {
            return Ok(None);
        }
        let sql = "SELECT c.ranking FROM model_second_reviews s JOIN model_comparisons c ON c.key = s.key
            WHERE s.sample = ?1 AND s.tile = ?2 AND s.source = ?3 AND s.tile_first = ?4";
        let outcome = |tile_first: bool| -> rusqlite::Result<Option<PairOutcome>> {
            let mut statement = self.connection().prepare_cached(sql)?;
            let values = (sample.to_string(), tile.as_str(), source, tile_first);
            let ranking = statement.query_row(values, |row| parsed::<TileRanking>(row, 0)).optional()?;
            Ok(ranking.map(|ranking| ranking.outcome(tile_first)))
        };
        let both = || -> rusqlite::Result<_> { Ok((outcome(true)?, outcome(false)?)) };
        Ok(match both().map_err(|source| self.failed(source))? {
            (Some(tile_first), Some(positive_first)) => Some(SecondReview { tile_first, positive_first }),
            _ => None,
        })
    }
}

impl ExternalImport<'_> {
    fn compared(&self, key: &AnswerKey, questions: &[SecondQuestion]) -> Result<(), SidecarError> {
        for SecondQuestion { question, tile_first } in questions {
            self.put(
                "INSERT INTO model_second_reviews (sample, tile, source, tile_first, key) VALUES (?1, ?2, ?3, ?4, ?5)
                    ON CONFLICT DO UPDATE SET key = excluded.key",
                (question.sample.to_string(), question.tile.as_str(), &question.source, tile_first, key),
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::testing::{kept_reply, model_answer, question};
    use crate::external::{QuestionKind, TileText};

    #[test]
    fn rankings_have_an_outcome_for_each_tile() {
        use PairOutcome::{Above, Below, DoesNotAnswer};
        let of = |first| TileRanking::ALL.iter().map(|ranking| ranking.outcome(first)).collect::<Vec<_>>();
        assert_eq!(of(true), [DoesNotAnswer, Above, DoesNotAnswer, Above, Below]);
        assert_eq!(of(false), [DoesNotAnswer, DoesNotAnswer, Above, Below, Above]);
        let second = |tile_first, positive_first| SecondReview { tile_first, positive_first };
        assert_eq!(second(Above, Below).share(), 1.0);
        assert!(!second(Above, Below).is_consistent() && second(Below, Below).is_consistent());
        assert_eq!((second(Above, DoesNotAnswer).share(), second(DoesNotAnswer, DoesNotAnswer).share()), (0.5, 0.0));
        assert!(second(Below, Above).confirms(1) && !second(DoesNotAnswer, DoesNotAnswer).confirms(3));
        assert!(second(Above, DoesNotAnswer).confirms(2) && !second(Above, DoesNotAnswer).confirms(1));
    }

    #[test]
    fn verified_answers_and_wavering_models_are_doubtful() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let import = store.write().unwrap();
        for tile in ["a.png", "b.png", "c.png", "f.png"] {
            import.text(&TileText { tile: TilePath::new(tile), text: "salt melts".into() }).unwrap();
        }
        import.commit().unwrap();
        let mut wavers = model_answer(4, 1, "");
        wavers.soft = Some(1.5);
        let mut sure = model_answer(5, 1, "salt");
        sure.soft = Some(1.2);
        for (answer, tile, kind, expected) in [
            (model_answer(1, 2, "salt"), "a.png", QuestionKind::Review, true),
            (model_answer(2, 3, "pepper"), "b.png", QuestionKind::Review, false),
            (model_answer(3, 3, "salt"), "unread.png", QuestionKind::Review, false),
            (wavers, "c.png", QuestionKind::Positive, true),
            (sure, "c.png", QuestionKind::Review, false),
            (model_answer(6, 3, "salt"), "f.png", QuestionKind::Foreign, true),
        ] {
            let question = question(tile, kind);
            store.store_answer(&answer, std::slice::from_ref(&question)).unwrap();
            assert_eq!(store.is_doubtful(&question).unwrap(), expected, "{tile} {answer:?}");
        }
        assert!(!store.is_doubtful(&question("never.png", QuestionKind::Review)).unwrap());
    }

    #[test]
    fn a_second_review_needs_both_orders() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = ExternalStore::open(&dir.path().join("outside.sqlite")).unwrap();
        let question = question("n.png", QuestionKind::Review);
        store.store_answer(&model_answer(1, 2, "salt"), std::slice::from_ref(&question)).unwrap();
        let second = |store: &ExternalStore| store.model_reviews().unwrap()[0].second;
        let comparison = |key: u8, ranking| ModelComparison { reply: kept_reply(key), ranking };
        let asked = |tile_first| [SecondQuestion { question: question.clone(), tile_first }];
        store.store_comparison(&comparison(8, TileRanking::FirstThenSecond), &asked(true)).unwrap();
        assert_eq!(second(&store), None);
        store.store_comparison(&comparison(9, TileRanking::FirstThenSecond), &asked(false)).unwrap();
        let expected = SecondReview { tile_first: PairOutcome::Above, positive_first: PairOutcome::Below };
        assert_eq!(second(&store), Some(expected));
        // A comparison that is known answers an equal question.
        store.store_known_comparison(&[8; 32], &asked(false)).unwrap();
        let expected = SecondReview { positive_first: PairOutcome::Below, ..expected };
        assert_eq!(second(&store), Some(expected));
        assert_eq!(store.comparison_keys().unwrap().len(), 2);
    }
}
