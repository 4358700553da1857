//! The votes of models at an endpoint about one tile, as the score counts them. Finds nothing.

use crate::external::ModelReview;

/// The weight of evidence that cannot be looked for, because the tile's text is not known.
pub(in crate::suspicion) const UNCHECKED: f32 = 0.7;
/// The weight of evidence that is not in the tile's text.
const UNVERIFIED: f32 = 0.3;

/// Returns how surely the models find that a tile answers the query, and that it does not, 0 to 1
/// each. The first is lowered where the evidence is not in the tile's text.
pub(super) fn votes<'r>(reviews: impl Iterator<Item = &'r ModelReview>) -> Option<(f32, f32)> {
    let (mut answers, mut does_not, mut models) = (0.0, 0.0, 0.0);
    for review in reviews {
        let relevance = review.relevance();
        let trusted = match review.verified {
            Some(true) => 1.0,
            None => UNCHECKED,
            Some(false) => UNVERIFIED,
        };
        answers += relevance * trusted;
        does_not += 1.0 - relevance;
        models += 1.0;
    }
    (models > 0.0).then(|| (answers / models, does_not / models))
}

#[cfg(test)]
mod tests {
    use tilejury_data::{SampleKey, TilePath};

    use super::*;

    fn review(source: &str, grade: u8, verified: Option<bool>) -> ModelReview {
        let (sample, tile) = (SampleKey(1), TilePath::new("n.png"));
        let (source, evidence) = (source.into(), "salt".into());
        ModelReview { sample, tile, source, grade, soft: None, evidence, verified, second: None }
    }

    #[test]
    fn invented_evidence_weighs_less() {
        let vote = |verified| votes([review("a", 3, verified)].iter()).unwrap();
        assert_eq!(
            [vote(Some(true)), vote(None), vote(Some(false))],
            [(1.0, 0.0), (0.7, 0.0), (0.3, 0.0)],
            "as the documentation says"
        );
    }

    #[test]
    fn both_stages_count_alike() {
        use crate::external::{PairOutcome, SecondReview};
        let vote = |grade, soft, tile_first, positive_first| {
            let second = Some(SecondReview { tile_first, positive_first });
            votes([ModelReview { soft, second, ..review("a", grade, Some(true)) }].iter()).unwrap()
        };
        let (yes, no) = (PairOutcome::Below, PairOutcome::DoesNotAnswer);
        assert_eq!(vote(3, None, yes, PairOutcome::Above), (1.0, 0.0));
        assert_eq!(vote(3, None, yes, no), (0.75, 0.25), "the order decided");
        assert_eq!(vote(3, None, no, no), (0.5, 0.5));
        assert_eq!(vote(1, Some(1.5), yes, yes), (0.75, 0.25));
    }

    #[test]
    fn the_votes_of_models_are_averaged() {
        let soft = ModelReview { soft: Some(1.5), ..review("a", 2, Some(true)) };
        assert_eq!(votes([soft, review("b", 0, None)].iter()), Some((0.25, 0.75)));
        assert_eq!(votes(std::iter::empty()), None);
    }
}
