//! A negative scored nearly as high as the positive, or higher: the retriever takes it for an
//! answer. The threshold is a share of the positive's score, 0.95 by default: "TopK-PercPos" of
//! NV-Retriever (Moreira et al., 2024).
//!
//! Strength depends on the ratio of the scores: from 0.3 at the threshold to 0.7 at equal scores,
//! and on to 1 at 1.1 times the positive's. A positive's score that is not above 0 gives no ratio.
//! Among the rows' own scores it means that there is no score. In an imported source, whose scores
//! may be below 0, only the order counts: strength is 0.7 above the positive's.
//!
//! Scores are compared only within one source. The strongest of several sources counts. An imported
//! score up to the threshold raises a finding, too, if it is so high among the set's negatives that
//! it makes relevance at least three times as likely (see [`super::relevance`]). The strength of
//! that finding is the rise of the log-odds, divided by four, up to 1.
//!
//! An export that refills rows ranks candidates by the same ratio with other bounds
//! (`export/plan/candidates.rs`): from 0 at the threshold, and no more above equal scores.

use std::ops::{Div, Sub};

use tilejury_data::{SampleIndex, TileSlot};

use super::evidence::Evidence;
use super::external_evidence::ExternalEvidence;
use super::relevance::{EvidenceSource, FeatureKind};
use super::text_overlap::{FULL_AT as RISE_AT_FULL, RAISED_FROM};
use super::{Finding, Signal, SignalInputs};

/// The least ratio with strength 1.
const FULL_AT: f32 = 1.1;
/// The strength at equal scores.
const EQUAL: f32 = 0.7;

pub(super) fn find(inputs: &SignalInputs<'_>, sample: SampleIndex, out: &mut Vec<Finding>) {
    let Some((own, negatives)) = inputs.table.positive_and_negatives(sample) else { return };
    let threshold = inputs.settings.margin;
    let by_row = |at: TileSlot| {
        let score = |tile| inputs.scores.get(inputs.table, sample, tile);
        let (positive, score) = (score(TileSlot::POSITIVE).filter(|positive| *positive > 0.0)?, score(at)?);
        Some((above(score, positive, threshold)?, Evidence::Margin { score, positive }))
    };
    let by_sources = |at: TileSlot| {
        let found = inputs.scores.imported(sample, at).filter_map(|(source, score, positive)| {
            let evidence = ExternalEvidence::Margin { source: source.clone(), score, positive };
            Some((above(score, positive, threshold)?, Evidence::External(evidence)))
        });
        found.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let by_height = |at: TileSlot| {
        let found = inputs.scores.sources_of(sample).into_iter().filter_map(|source| {
            let score = inputs.scores.imported_score(sample, at, source)?;
            let (values, of_source) = (inputs.features.of_tile(sample, at), EvidenceSource::Scores(source.clone()));
            let rise = inputs.weights.sum_of(inputs.features, values, &of_source);
            let deviations = inputs.features.value(sample, at, FeatureKind::Score, &of_source)?;
            let evidence = ExternalEvidence::HighScore { source: source.clone(), score, deviations };
            (rise >= RAISED_FROM).then(|| ((rise / RISE_AT_FULL).min(1.0), Evidence::External(evidence)))
        });
        found.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    for (at, _) in negatives.filter(|(_, tile)| *tile != own) {
        let strongest = by_row(at).into_iter().chain(by_sources(at)).max_by(|a, b| a.0.total_cmp(&b.0));
        let strongest = strongest.or_else(|| by_height(at));
        let Some((strength, evidence)) = strongest else { continue };
        out.push(Finding { sample, tile: Some(at), signal: Signal::Margin, strength, evidence });
    }
}

/// Returns the strength of a negative's score; `None` up to the threshold.
fn above(score: f32, positive: f32, threshold: f32) -> Option<f32> {
    if positive > 0.0 {
        (score > threshold * positive).then(|| strength(score / positive, threshold))
    } else {
        (score > positive).then_some(EQUAL)
    }
}

/// Returns the strength of a ratio above the threshold.
fn strength(ratio: f32, threshold: f32) -> f32 {
    if ratio < 1.0 {
        0.3 + (EQUAL - 0.3) * fraction_between(ratio, threshold, 1.0)
    } else {
        EQUAL + (1.0 - EQUAL) * fraction_between(ratio, 1.0, FULL_AT)
    }
}

/// Returns how far a ratio of scores is from one ratio towards another, from 0 to 1.
pub(crate) fn fraction_between<T>(ratio: T, from: T, to: T) -> T
where
    T: Copy + PartialOrd + From<f32> + Sub<Output = T> + Div<Output = T>,
{
    let (zero, one, least) = (T::from(0.0), T::from(1.0), T::from(f32::EPSILON));
    let width = if to - from > least { to - from } else { least };
    let fraction = (ratio - from) / width;
    if fraction < zero {
        zero
    } else if fraction > one {
        one
    } else {
        fraction
    }
}

#[cfg(test)]
mod tests {
    use super::{above, strength};

    #[test]
    fn strength_grows_above_the_threshold() {
        let grows = [0.951, 0.97, 0.999, 1.0, 1.05, 1.1].map(|ratio| strength(ratio, 0.95));
        assert!(grows.is_sorted() && grows[0] > 0.3 && grows[0] < 0.32, "{grows:?}");
        assert!((grows[3] - 0.7).abs() < 1e-6 && (grows[5] - 1.0).abs() < 1e-6 && strength(9.0, 0.95) == 1.0);
        assert!((0.7..=1.0).contains(&strength(1.3, 1.2)), "a threshold above 1");
    }

    #[test]
    fn below_zero_only_the_order_counts() {
        assert_eq!(above(-0.5, -1.0, 0.95), Some(0.7));
        assert_eq!(above(-1.0, -1.0, 0.95), None);
        assert_eq!(above(-1.2, -1.0, 0.95), None);
        assert_eq!(above(0.94, 1.0, 0.95), None);
    }
}
