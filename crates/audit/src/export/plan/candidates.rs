//! Further negatives for rows that are short of them, from the row's own `retrieve_top20`.
//!
//! Judged candidates come first, then the least suspicious. The suspicion of a candidate, 0 to 1,
//! is 1 − (1 − p)(1 − m). p is 0.5 for a tile of the positive's page (the weight of that signal). m
//! depends on its score: above 0.95 of the positive's score it grows from 0 to 0.6 at the
//! positive's own score (the weight of that signal), and it is 0.6 if the positive has no score,
//! because then no margin filter could run. The strength of the signal `margin` has other bounds
//! (`suspicion/margin.rs`): it begins at 0.3. Of equally suspicious candidates, the one that was
//! retrieved higher comes first: it is harder.

use std::collections::HashSet;

use tilejury_data::{Dataset, Sample, SampleIndex, TilePath};

use crate::judgement::Relevance;
use crate::suspicion::{MiningRecord, Signal, SuspicionSettings, fraction_between, mining_record};

/// A candidate with its path in the row's spelling.
pub(super) struct RefillCandidate {
    pub(super) spelling: String,
    pub(super) path: TilePath,
    judged: bool,
    suspicion: f32,
}

/// Returns the candidates of a row that it does not have yet, best first. `relevance` returns what
/// is known about a tile for the row's query; relevant, unsure and broken tiles are not candidates.
pub(super) fn candidates(
    dataset: &Dataset,
    index: SampleIndex,
    sample: &Sample,
    positive: &TilePath,
    relevance: impl Fn(&TilePath) -> Option<Relevance>,
) -> Vec<RefillCandidate> {
    let extras = mining_record(dataset, index);
    let mut held: HashSet<TilePath> = sample.tiles().map(|tile| tile.path.clone()).collect();
    held.insert(positive.clone());
    let of_positive = score_of_positive(&extras, positive);
    let mut found = Vec::new();
    for retrieved in extras.retrieved.iter().flatten() {
        let path = TilePath::new(&retrieved.path);
        let judged = match relevance(&path) {
            None => false,
            Some(Relevance::NotRelevant) => true,
            Some(Relevance::Relevant | Relevance::Unsure | Relevance::Broken) => continue,
        };
        if path.as_str().is_empty() || !held.insert(path.clone()) {
            continue;
        }
        let page =
            if positive.page().is_some() && path.page() == positive.page() { Signal::SamePage.weight() } else { 0.0 };
        let suspicion = 1.0 - (1.0 - page) * (1.0 - margin(retrieved.score, of_positive));
        let spelling = spelled_as(&sample.positive.spelling, &sample.positive.path, &path);
        found.push(RefillCandidate { spelling, path, judged, suspicion });
    }
    found.sort_by(|a, b| b.judged.cmp(&a.judged).then(a.suspicion.total_cmp(&b.suspicion)));
    found
}

/// Returns the score of each tile, if the row's `retrieve_top20` has one.
pub(super) fn scores(dataset: &Dataset, index: SampleIndex, tiles: &[&TilePath]) -> Vec<Option<f64>> {
    let extras = mining_record(dataset, index);
    let known: Vec<(TilePath, Option<f64>)> =
        extras.retrieved.iter().flatten().map(|tile| (TilePath::new(&tile.path), tile.score)).collect();
    tiles.iter().map(|tile| known.iter().find(|(path, _)| path == *tile)?.1).collect()
}

fn score_of_positive(extras: &MiningRecord<'_>, positive: &TilePath) -> Option<f64> {
    let listed = extras.retrieved.iter().flatten().find(|tile| TilePath::new(&tile.path) == *positive);
    listed.and_then(|tile| tile.score).or(extras.positive_score).filter(|score| *score > 0.0)
}

fn margin(score: Option<f64>, of_positive: Option<f64>) -> f32 {
    let (Some(score), Some(of_positive)) = (score, of_positive) else { return Signal::Margin.weight() };
    let from = f64::from(SuspicionSettings::default().margin);
    Signal::Margin.weight() * fraction_between(score / of_positive, from, 1.0) as f32
}

/// Spells a tile as the row would: with the prefix that the row's own positive has before its
/// normalised path.
fn spelled_as(spelling: &str, own: &TilePath, path: &TilePath) -> String {
    let prefix = spelling.strip_suffix(own.as_str()).unwrap_or("images/");
    format!("{prefix}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_a_candidate_as_its_row_does() {
        let tile =
            |spelling: &str| spelled_as(spelling, &TilePath::new(spelling), &TilePath::new("images/shard_1/b.png"));
        assert_eq!(tile("images/shard_0/a.png"), "images/shard_1/b.png");
        assert_eq!(tile("/mnt/tiles/shard_0/a.png"), "/mnt/tiles/shard_1/b.png");
        assert_eq!(tile("shard_0/a.png"), "shard_1/b.png");
        assert_eq!(tile("shard_0//a.png"), "images/shard_1/b.png");
    }

    #[test]
    fn margin_grows_from_95_percent_of_the_positives_score() {
        let margin = |score| margin(Some(score), Some(0.5));
        assert!(margin(0.4) == 0.0 && margin(0.475) < 1e-6);
        assert!((margin(0.4875) - 0.3).abs() < 1e-3);
        assert!((margin(0.6) - 0.6).abs() < 1e-6);
        assert_eq!(super::margin(None, Some(0.5)), 0.6);
        assert_eq!(super::margin(Some(0.5), None), 0.6);
    }
}
