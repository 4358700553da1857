//! The reviews of models at an endpoint contradict the row: a model finds the query answered on a
//! negative, or not on the positive.
//!
//! Each model has one vote, so that three models that repeat each other are not three findings. A
//! review whose evidence is not in the tile's text finds nothing, and weighs less in the score. The
//! steps are our estimates.

use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::evidence::Evidence;
use super::external_evidence::{ExternalEvidence, shortened};
use super::relevance::UNCHECKED;
use super::{Finding, Signal};
use crate::external::{ExternalSignals, ModelReview};

/// The strength of a positive without an answer, by its grade: 0 and 1.
const NO_ANSWER: [f32; 2] = [0.8, 0.6];

pub(super) fn find(dataset: &Dataset, external: &ExternalSignals, sample: SampleIndex, out: &mut Vec<Finding>) {
    let reviews = external.model_reviews_of(dataset.entry(sample).key);
    if reviews.is_empty() {
        return;
    }
    let Ok(row) = dataset.row(sample) else { return };
    let positive = TilePath::new(&row.positive);
    for (slot, spelling) in TileSlot::first(1 + row.negatives.len()).zip(row.spellings()) {
        let path = TilePath::new(spelling);
        // Another signal reports the positive among the negatives.
        if !slot.is_positive() && path == positive {
            continue;
        }
        let of_tile: Vec<&ModelReview> = reviews.iter().filter(|review| review.tile == path).collect();
        out.extend(finding(sample, slot, &of_tile));
    }
}

/// The finding of the reviews of one tile, quoting the strongest of them.
fn finding(sample: SampleIndex, slot: TileSlot, reviews: &[&ModelReview]) -> Option<Finding> {
    let strengths = || reviews.iter().map(|review| strength(review, slot.is_positive()));
    let sum: f32 = strengths().sum();
    let (strongest, _) = reviews.iter().zip(strengths()).max_by(|a, b| a.1.total_cmp(&b.1))?;
    if sum <= 0.0 {
        return None;
    }
    let evidence = ExternalEvidence::ModelReview {
        source: Arc::from(strongest.source.as_str()),
        grade: strongest.grade,
        evidence: shortened(&strongest.evidence),
        verified: strongest.verified,
        second: strongest.second,
        agreeing: strengths().filter(|strength| *strength > 0.0).count() as u32,
        models: reviews.len() as u32,
    };
    Some(Finding {
        sample,
        tile: Some(slot),
        signal: Signal::Review,
        strength: sum / reviews.len() as f32,
        evidence: Evidence::External(evidence),
    })
}

fn strength(review: &ModelReview, is_positive: bool) -> f32 {
    // The first stage found an answer, so that the mean of both is at least a half.
    let second = review.second.map_or(1.0, |second| 0.5 * (1.0 + second.share()));
    match (review.answers(), is_positive, review.verified) {
        (true, false, Some(true)) => second,
        (true, false, None) => second * UNCHECKED,
        (true, ..) | (false, false, _) => 0.0,
        (false, true, _) => NO_ANSWER.get(usize::from(review.grade)).copied().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::SampleKey;

    use super::*;
    use crate::external::{PairOutcome, SecondReview};

    fn review(source: &str, grade: u8, verified: Option<bool>) -> ModelReview {
        let (sample, tile) = (SampleKey(1), TilePath::new("n.png"));
        let (source, evidence) = (source.into(), "salt".into());
        ModelReview { sample, tile, source, grade, soft: None, evidence, verified, second: None }
    }

    fn found(slot: usize, reviews: &[ModelReview]) -> Option<f32> {
        let reviews: Vec<&ModelReview> = reviews.iter().collect();
        finding(SampleIndex::new(0), TileSlot::new(slot), &reviews).map(|finding| finding.strength)
    }

    #[test]
    fn invented_evidence_finds_nothing() {
        assert_eq!(found(1, &[review("a", 3, Some(true))]), Some(1.0));
        assert_eq!(found(1, &[review("a", 2, None)]), Some(0.7), "as the documentation says");
        assert_eq!(found(1, &[review("a", 3, Some(false))]), None);
        assert_eq!(found(1, &[review("a", 1, Some(true))]), None, "related is what a hard negative is");
    }

    #[test]
    fn a_second_stage_lowers_what_it_does_not_confirm() {
        let with = |tile_first, positive_first| {
            let second = Some(SecondReview { tile_first, positive_first });
            found(1, &[ModelReview { second, ..review("a", 3, Some(true)) }])
        };
        let (yes, no) = (PairOutcome::Above, PairOutcome::DoesNotAnswer);
        assert_eq!([with(yes, yes), with(yes, no), with(no, no)], [Some(1.0), Some(0.75), Some(0.5)]);
    }

    #[test]
    fn each_model_has_one_vote() {
        assert_eq!(found(1, &[review("a", 3, Some(true)), review("b", 0, None)]), Some(0.5));
        assert_eq!(found(0, &[review("a", 0, None)]), Some(0.8));
        assert_eq!(found(0, &[review("a", 1, None), review("b", 3, Some(true))]), Some(0.3));
        assert_eq!(found(0, &[review("a", 3, Some(false))]), None, "the positive may be hard to read");
    }
}
