//! Models at an endpoint disagree about a tile: one finds the query answered on it, another does
//! not. Whichever is wrong, a person should read the tile.
//!
//! An answer with words that are not on the tile disagrees with nobody: its model invented them.
//! The strength grows with the distance of the grades. The weight is small, so that models that
//! disagree never accuse a tile more than models that agree; the steps are our estimates.

use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::evidence::Evidence;
use super::external_evidence::ExternalEvidence;
use super::{Finding, Signal};
use crate::external::{ExternalSignals, ModelReview};

/// The strengths of grades that are one, two and three apart.
const BY_DISTANCE: [f32; 3] = [0.8, 0.9, 1.0];

pub(super) fn find(dataset: &Dataset, external: &ExternalSignals, sample: SampleIndex, out: &mut Vec<Finding>) {
    let reviews = external.model_reviews_of(dataset.entry(sample).key);
    if reviews.len() < 2 {
        return;
    }
    let Ok(row) = dataset.row(sample) else { return };
    let positive = TilePath::new(&row.positive);
    for (slot, spelling) in TileSlot::first(1 + row.negatives.len()).zip(row.spellings()) {
        let path = TilePath::new(spelling);
        // Another signal reports the positive among the negatives.
        if slot.is_positive() || path != positive {
            let of_tile: Vec<&ModelReview> = reviews.iter().filter(|review| review.tile == path).collect();
            out.extend(finding(sample, slot, &of_tile));
        }
    }
}

/// The finding of the reviews of one tile, with the two that are furthest apart.
fn finding(sample: SampleIndex, slot: TileSlot, reviews: &[&ModelReview]) -> Option<Finding> {
    let counts = |review: &&&ModelReview| !(review.answers() && review.verified == Some(false));
    let high = reviews.iter().filter(counts).max_by_key(|review| review.grade)?;
    let low = reviews.iter().filter(counts).min_by_key(|review| review.grade)?;
    if !high.answers() || low.answers() {
        return None;
    }
    let strength = BY_DISTANCE.get(usize::from(high.grade - low.grade).checked_sub(1)?).copied()?;
    let named = |review: &ModelReview| (Arc::from(review.source.as_str()), review.grade);
    let evidence = Evidence::External(ExternalEvidence::Disagreement { high: named(high), low: named(low) });
    Some(Finding { sample, tile: Some(slot), signal: Signal::ModelsDisagree, strength, evidence })
}

#[cfg(test)]
mod tests {
    use tilejury_data::SampleKey;

    use super::*;

    fn found(slot: usize, reviews: &[(&str, u8, Option<bool>)]) -> Option<(f32, String)> {
        let (sample, tile) = (SampleKey(1), TilePath::new("n.png"));
        let review = |(source, grade, verified): &(&str, u8, Option<bool>)| ModelReview {
            sample,
            tile: tile.clone(),
            source: (*source).into(),
            grade: *grade,
            soft: None,
            evidence: "salt".into(),
            verified: *verified,
            second: None,
        };
        let reviews: Vec<ModelReview> = reviews.iter().map(review).collect();
        let reviews: Vec<&ModelReview> = reviews.iter().collect();
        let finding = finding(SampleIndex::new(0), TileSlot::new(slot), &reviews)?;
        let Evidence::External(evidence) = &finding.evidence else { return None };
        Some((finding.strength, evidence.sentence(finding.tile)))
    }

    #[test]
    fn grades_on_two_sides_of_an_answer_disagree() {
        let of = |grades: &[u8]| {
            let reviews: Vec<_> = grades.iter().zip(["a", "b", "c"]).map(|(grade, of)| (of, *grade, None)).collect();
            found(1, &reviews).map(|(strength, _)| strength)
        };
        assert_eq!([of(&[3]), of(&[0, 1]), of(&[3, 2]), of(&[])], [None; 4]);
        assert_eq!([of(&[1, 2]), of(&[3, 1]), of(&[0, 2]), of(&[0, 3, 1])], [0.8, 0.9, 0.9, 1.0].map(Some));
        let (_, words) = found(0, &[("a", 0, None), ("b", 3, Some(true))]).unwrap();
        assert_eq!(words, "b gives the positive grade 3 of 3, and a grade 0");
    }

    #[test]
    fn invented_words_disagree_with_nobody() {
        assert_eq!(found(1, &[("a", 3, Some(false)), ("b", 0, Some(false))]), None);
        assert!(found(1, &[("a", 3, Some(true)), ("b", 0, Some(false))]).is_some(), "no answer invents nothing");
    }
}
