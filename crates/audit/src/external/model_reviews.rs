//! The reviews of models at an endpoint: grade, copied evidence, and whether the evidence is in the
//! tile's text. Reads them, and checks the evidence again when more texts are known.
//!
//! `model_answers.rs` stores what they are made of. A review is never a judgement.

use std::collections::HashMap;

use rusqlite::Row;
use tilejury_data::{SampleKey, TilePath};
use tilejury_text::copied_places;

use super::pair_outcome::{ANSWERS_FROM, SecondReview};
use super::store::ExternalStore;
use crate::sidecar::SidecarError;
use crate::sidecar::rows::parsed;

/// The highest grade.
pub const HIGHEST_GRADE: u8 = 3;

/// A model's review of one tile for one query.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReview {
    /// The sample with the query.
    pub sample: SampleKey,
    /// One of the sample's tiles.
    pub tile: TilePath,
    /// The model, under the name that it was asked by.
    pub source: String,
    /// The grade: 0 unrelated, 1 related, 2 answers in part, 3 answers.
    pub grade: u8,
    /// The mean grade by the model's probabilities, if they are known.
    pub soft: Option<f32>,
    /// The words that the model says it copied from the tile; they may be empty.
    pub evidence: String,
    /// Whether the words are in the tile's text; `None` if the text is not known, or there are
    /// none.
    pub verified: Option<bool>,
    /// The comparisons with the positive, if the review was doubtful and both were made.
    pub second: Option<SecondReview>,
}

/// The relevance of a tile by its exact grade, from 0 for grade 1, related, to 1 for grade 2, an
/// answer in part: probabilities may be anywhere between them.
pub(super) fn first_relevance(exact_grade: f32) -> f32 {
    (exact_grade - 1.0).clamp(0.0, 1.0)
}

impl ModelReview {
    /// Whether the tile answers the query, at least partly.
    pub fn answers(&self) -> bool {
        self.grade >= ANSWERS_FROM
    }

    /// The grade as exactly as it is known, 0 to 3.
    pub fn exact_grade(&self) -> f32 {
        self.soft.unwrap_or(f32::from(self.grade))
    }

    /// The certainty that the tile answers the query, 0 to 1: the mean of both stages, if there
    /// was a second one.
    pub fn relevance(&self) -> f32 {
        let first = first_relevance(self.exact_grade());
        self.second.map_or(first, |second| 0.5 * (first + second.share()))
    }
}

/// Whether copied words are in the text of a tile; `None` without a text. Without words a tile that
/// answers the query is not verified, and any other has nothing to verify.
pub(super) fn is_verified(evidence: &str, grade: u8, text: Option<&str>) -> Option<bool> {
    let text = text?;
    if evidence.trim().is_empty() {
        return (grade >= ANSWERS_FROM).then_some(false);
    }
    Some(copied_places(evidence, text).is_some())
}

impl ExternalStore {
    /// Returns the reviews of all models, by sample, tile and source. Evidence that was stored
    /// before the tile's text was known is looked for now.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn model_reviews(&self) -> Result<Vec<ModelReview>, SidecarError> {
        self.model_reviews_where("1")
    }

    /// Returns the reviews of one tile for a sample, the highest grade first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn model_reviews_of(&self, sample: SampleKey, of: &TilePath) -> Result<Vec<ModelReview>, SidecarError> {
        if !self.has_model_answers() {
            return Ok(Vec::new());
        }
        let sql =
            format!("{SELECT} WHERE r.sample = ?1 AND r.tile = ?2 ORDER BY a.grade DESC, r.verified DESC, r.source");
        let read = || {
            let mut statement = self.connection().prepare_cached(&sql)?;
            let rows = statement.query_map((sample.to_string(), of.as_str()), review)?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let mut reviews = read().map_err(|source| self.failed(source))?;
        for review in &mut reviews {
            review.second = self.second_review(sample, of, &review.source)?;
        }
        Ok(reviews)
    }

    fn model_reviews_where(&self, condition: &str) -> Result<Vec<ModelReview>, SidecarError> {
        let mut all = Vec::new();
        if !self.has_model_answers() {
            return Ok(all);
        }
        self.each(&format!("{SELECT} WHERE {condition} ORDER BY r.sample, r.tile, r.source"), &mut |row| {
            all.push(review(row)?);
            Ok(true)
        })?;
        let mut texts: HashMap<TilePath, Option<String>> = HashMap::new();
        for review in all.iter_mut().filter(|review| review.verified.is_none()) {
            let text = match texts.get(&review.tile) {
                Some(text) => text,
                None => texts.entry(review.tile.clone()).or_insert(self.tile_text(&review.tile)?),
            };
            review.verified = is_verified(&review.evidence, review.grade, text.as_deref());
        }
        let mut second: HashMap<(SampleKey, TilePath, String), SecondReview> = HashMap::new();
        self.second_reviews(&mut |sample, tile, source, review| {
            second.insert((sample, tile, source), review);
        })?;
        for review in all.iter_mut().filter(|_| !second.is_empty()) {
            let of = (review.sample, review.tile.clone(), review.source.clone());
            review.second = second.get(&of).copied();
        }
        Ok(all)
    }

    /// Looks again for all evidence that was not found, as texts may have been read or imported
    /// since. Returns the number of reviews that changed.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn check_evidence(&mut self) -> Result<usize, SidecarError> {
        if !self.has_model_answers() {
            return Ok(0);
        }
        let open = self.model_reviews_where("r.verified IS NOT 1")?;
        let mut changed = Vec::new();
        for review in open {
            let text = self.tile_text(&review.tile)?;
            let verified = is_verified(&review.evidence, review.grade, text.as_deref());
            if let Some(verified) = verified {
                changed.push((review, verified));
            }
        }
        let import = self.write()?;
        let mut count = 0;
        for (review, verified) in changed {
            let sql = "UPDATE model_reviews SET verified = ?4
                WHERE sample = ?1 AND tile = ?2 AND source = ?3 AND verified IS NOT ?4";
            count += import.change(sql, (review.sample.to_string(), review.tile.as_str(), &review.source, verified))?;
        }
        import.commit()?;
        Ok(count)
    }
}

const SELECT: &str = "SELECT r.sample, r.tile, r.source, a.grade, a.soft, a.evidence, r.verified
    FROM model_reviews r JOIN model_answers a ON a.key = r.key";

fn review(row: &Row<'_>) -> rusqlite::Result<ModelReview> {
    Ok(ModelReview {
        sample: parsed(row, 0)?,
        tile: TilePath::new(&row.get::<_, String>(1)?),
        source: row.get(2)?,
        grade: row.get(3)?,
        soft: row.get::<_, Option<f64>>(4)?.map(|soft| soft as f32),
        evidence: row.get(5)?,
        verified: row.get(6)?,
        second: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::testing::{model_answer, stored_reading};
    use crate::external::{ModelQuestion, QuestionKind, TileText};

    #[test]
    fn evidence_is_looked_for_when_texts_arrive() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("outside.sqlite");
        let mut store = ExternalStore::open(&path).unwrap();
        let question = |tile: &str, source: &str| ModelQuestion {
            sample: SampleKey(7),
            tile: TilePath::new(tile),
            source: source.to_owned(),
            kind: QuestionKind::Review,
        };
        for (at, (tile, evidence)) in
            [("a.png", "opened in 1821"), ("b.png", "closed in 1950"), ("c.png", "")].into_iter().enumerate()
        {
            let answer = model_answer(at as u8, 3, evidence);
            store.store_answer(&answer, &[question(tile, "m")]).unwrap();
        }
        let verified =
            |store: &ExternalStore| store.model_reviews().unwrap().iter().map(|of| of.verified).collect::<Vec<_>>();
        assert_eq!(verified(&store), [None, None, None]);
        let import = store.write().unwrap();
        import.reading(&stored_reading("a.png", "The mine was opened in 1821.")).unwrap();
        import.reading(&stored_reading("b.png", "The mine was opened in 1821.")).unwrap();
        import.reading(&stored_reading("c.png", "The mine was opened in 1821.")).unwrap();
        import.commit().unwrap();
        assert_eq!(verified(&store), [Some(true), Some(false), Some(false)], "without storing anything");
        assert_eq!(store.check_evidence().unwrap(), 3);
        assert_eq!(store.check_evidence().unwrap(), 0);
        let import = store.write().unwrap();
        import.text(&TileText { tile: TilePath::new("b.png"), text: "It was closed in 1950.".into() }).unwrap();
        import.commit().unwrap();
        assert_eq!(store.check_evidence().unwrap(), 1);
        assert_eq!(verified(&store), [Some(true), Some(true), Some(false)]);
        drop(store);
        let read = ExternalStore::open_for_reading(&path).unwrap().unwrap();
        assert_eq!(verified(&read), [Some(true), Some(true), Some(false)]);
        let of_tile = read.model_reviews_of(SampleKey(7), &TilePath::new("a.png")).unwrap();
        assert_eq!((of_tile.len(), of_tile[0].evidence.as_str()), (1, "opened in 1821"));
    }
}
