//! The cheap stage before a run: scores of the rows' texts or pictures decide which negatives are
//! asked about.
//!
//! A negative is asked about if its score is near its positive's or above it, or if one of them has
//! none; of the others a share that is drawn by hash, since nothing else would show what the scores
//! miss. Controls stay. Asks no model itself and stores nothing.

use std::collections::HashMap;

use tilejury_audit::external::{ExternalScore, ExternalStore, QuestionKind};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};
use tilejury_stats::place;

use crate::picture::{Picture, tile_picture};
use crate::plan::{AskPlan, PlannedQuestion};
use crate::scoring::{ScoreError, Scorer};

/// The share of the positive's score from which a negative is near (NV-Retriever's rule).
const NEAR_FROM: f32 = 0.95;

/// The counts of a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChosenCounts {
    /// Negatives near their positive or above it.
    pub near: usize,
    /// Negatives without a score, or whose positive has none.
    pub unscored: usize,
    /// Others that were drawn.
    pub drawn: usize,
    /// Others, which are not asked about.
    pub left_out: usize,
}

/// Scores the tiles of one row that have no score yet: their texts, as far as they were read, or
/// their pictures. Returns the new scores.
///
/// # Errors
/// What the server or the file refused, or the ceiling that is reached.
pub fn score_row(
    dataset: &Dataset,
    sample: SampleIndex,
    store: &ExternalStore,
    scorer: &Scorer<'_>,
    known: &HashMap<(SampleKey, TilePath), f32>,
) -> Result<Vec<ExternalScore>, ScoreError> {
    let Ok(row) = dataset.row(sample) else { return Ok(Vec::new()) };
    let (key, mut tiles) = (dataset.entry(sample).key, Vec::<TilePath>::new());
    for tile in row.spellings().map(TilePath::new) {
        if !known.contains_key(&(key, tile.clone())) && !tiles.contains(&tile) {
            tiles.push(tile);
        }
    }
    let scores = match scorer.sees_pictures() {
        true => of_pictures(dataset, scorer, &row.query, &tiles)?,
        false => of_texts(store, scorer, &row.query, &tiles)?,
    };
    let scored = tiles
        .into_iter()
        .zip(scores)
        .filter_map(|(tile, score)| Some(ExternalScore { sample: key, tile, source: scorer.source(), score: score? }));
    Ok(scored.collect())
}

/// The score of each tile by its text; a tile that was not read has none.
fn of_texts(
    store: &ExternalStore,
    scorer: &Scorer<'_>,
    query: &str,
    tiles: &[TilePath],
) -> Result<Vec<Option<f32>>, ScoreError> {
    let texts = tiles.iter().map(|tile| store.tile_text(tile)).collect::<Result<Vec<_>, SidecarError>>();
    let texts = texts.map_err(|error| ScoreError::Failed(error.to_string()))?;
    let known: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
    if known.is_empty() {
        return Ok(vec![None; tiles.len()]);
    }
    let mut scores = scorer.scores(query, &known)?.into_iter();
    Ok(texts.iter().map(|text| text.as_ref().and_then(|_| scores.next().flatten())).collect())
}

/// The score of each tile by its picture; one that cannot be read has none, and is reported when it
/// is asked about.
fn of_pictures(
    dataset: &Dataset,
    scorer: &Scorer<'_>,
    query: &str,
    tiles: &[TilePath],
) -> Result<Vec<Option<f32>>, ScoreError> {
    let pictures: Vec<Option<Picture>> = tiles.iter().map(|tile| tile_picture(dataset, tile).ok()).collect();
    let known: Vec<Picture> = pictures.iter().flatten().cloned().collect();
    let mut scores = scorer.picture_scores(query, &known)?.into_iter();
    Ok(pictures.iter().map(|picture| picture.as_ref().and_then(|_| scores.next())).collect())
}

/// Leaves those questions of a plan that the scores choose. `rest` is the share of the others that
/// is asked about all the same.
pub fn choose(
    dataset: &Dataset,
    plan: AskPlan,
    scores: &HashMap<(SampleKey, TilePath), f32>,
    rest: f64,
) -> (AskPlan, ChosenCounts) {
    let mut counts = ChosenCounts::default();
    let AskPlan { questions, controls, .. } = plan;
    let score = |sample: SampleKey, tile: TilePath| scores.get(&(sample, tile)).copied();
    let questions: Vec<PlannedQuestion> = questions
        .into_iter()
        .filter(|planned| {
            let of = &planned.question;
            if of.kind != QuestionKind::Review {
                return true;
            }
            let row = dataset.find(of.sample).and_then(|sample| dataset.row(sample).ok());
            let positive = row.and_then(|row| score(of.sample, TilePath::new(&row.positive)));
            let (Some(positive), Some(own)) = (positive, score(of.sample, of.tile.clone())) else {
                counts.unscored += 1;
                return true;
            };
            // Scores of some rerankers are negative.
            if own >= positive - (1.0 - NEAR_FROM) * positive.abs() {
                counts.near += 1;
                return true;
            }
            let drawn = share(of.sample, &of.tile) < rest;
            counts.drawn += usize::from(drawn);
            counts.left_out += usize::from(!drawn);
            drawn
        })
        .collect();
    let rows: std::collections::HashSet<SampleKey> = questions.iter().map(|of| of.question.sample).collect();
    (AskPlan { rows: rows.len(), questions, controls }, counts)
}

/// A number from 0 to 1 for a question, the same in every run.
fn share(sample: SampleKey, tile: &TilePath) -> f64 {
    let hash = place("first stage: rest", &format!("{sample} {}", tile.as_str()));
    let number = hash.iter().take(6).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    number as f64 / (1_u64 << 48) as f64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tilejury_testkit::Set;

    use super::*;

    #[test]
    fn near_and_unread_negatives_are_chosen() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&Set::plain(40, 5).write(dir.path())).unwrap();
        let rows: Vec<SampleIndex> = dataset.indices().collect();
        let plan = crate::plan::plan(&dataset, &rows, "m", 0.1);
        let all = plan.questions.len() - plan.controls;
        // By their place: above, near, far, far, unread; the last row's positive is unread.
        let of_place = [Some(0.9), Some(0.775), Some(0.7), Some(-0.5), None];
        let mut scores = HashMap::new();
        for sample in &rows {
            let (row, key) = (dataset.row(*sample).unwrap(), dataset.entry(*sample).key);
            if sample != rows.last().unwrap() {
                scores.insert((key, TilePath::new(&row.positive)), 0.8);
            }
            for (negative, score) in row.negatives.iter().zip(of_place) {
                if let Some(score) = score {
                    scores.insert((key, TilePath::new(negative)), score);
                }
            }
        }
        let (chosen, counts) = choose(&dataset, plan.clone(), &scores, 0.0);
        let expected = ChosenCounts { near: 78, unscored: 39 + 5, drawn: 0, left_out: 78 };
        assert_eq!((counts, chosen.controls), (expected, plan.controls));
        assert_eq!(chosen.questions.len(), all - 78 + plan.controls, "controls stay");
        let (_, some) = choose(&dataset, plan.clone(), &scores, 0.25);
        assert!((8..=32).contains(&some.drawn) && some.drawn + some.left_out == 78, "{some:?}");
        let (everything, _) = choose(&dataset, plan.clone(), &scores, 1.0);
        assert_eq!(everything, plan);
    }

    #[test]
    fn negative_scores_are_compared_by_their_distance() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&Set::plain(1, 2).write(dir.path())).unwrap();
        let plan = crate::plan::plan(&dataset, &[SampleIndex::new(0)], "m", 0.0);
        let (row, key) = (dataset.row(SampleIndex::new(0)).unwrap(), dataset.samples[0].key);
        let mut scores = HashMap::from([((key, TilePath::new(&row.positive)), -2.0)]);
        for (negative, score) in row.negatives.iter().zip([-2.05, -3.0]) {
            scores.insert((key, TilePath::new(negative)), score);
        }
        let (_, counts) = choose(&dataset, plan, &scores, 0.0);
        assert_eq!((counts.near, counts.left_out), (1, 1));
    }
}
