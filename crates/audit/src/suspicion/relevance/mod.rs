//! The log-odds that a negative is relevant, from everything that other programs and the texts of
//! tiles say about it. [docs/signals.md](../../../../docs/signals.md) explains the model.
//!
//! [`FeatureTable`] holds the values, [`FeatureWeights`] the weights. Findings of the other signals
//! enter as an offset, which [`super::Findings`] adds.

mod collect;
mod feature;
mod fit;
mod table;
mod votes;
mod weights;

pub use feature::{EvidenceSource, Feature, FeatureKind};
pub use fit::FitCounts;
pub use table::FeatureTable;
pub use weights::FeatureWeights;

pub(super) use collect::collect;
pub(super) use fit::{JudgedNegative, fit};
#[cfg(test)]
pub(super) use table::FeatureValue;
pub(super) use votes::UNCHECKED;

/// The note to show with a ranking of a set of which neither texts, scores nor reviews are known.
pub const NOTHING_IS_KNOWN: &str = "no texts, scores or reviews are known for this set, so the order follows rows, paths and \
    pictures alone: they show copies, but hardly any negative that answers its query in other words";

/// The share of negatives that are relevant, before anything is known of one: some 10 %. RLHN found
/// false negatives in about a third of comparable rows (Thakur et al., "Fixing Data That Hurts
/// Performance", 2025), which have three to seven negatives each.
pub(super) const PRIOR: f32 = 0.1;
/// The largest probability that a single finding can mean: an exact copy may still be a copy of a
/// wrong positive.
const SUREST: f32 = 0.999;

/// Returns the log-odds of a probability, at most those of 0.999.
pub(super) fn log_odds(probability: f32) -> f32 {
    let probability = probability.clamp(1.0 - SUREST, SUREST);
    (probability / (1.0 - probability)).ln()
}

/// Returns the probability of log-odds: the logistic function.
pub(super) fn probability(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Returns by how much a finding raises the log-odds, if a finding alone makes its tile a defect
/// with that probability. Never below 0: a weak finding is no evidence of the opposite.
pub(super) fn raise(probability: f32) -> f32 {
    (log_odds(probability) - log_odds(PRIOR)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_alone_has_its_own_probability() {
        for alone in [0.2, 0.5, 0.9] {
            assert!((probability(log_odds(PRIOR) + raise(alone)) - alone).abs() < 1e-6);
        }
        assert_eq!(raise(0.05), 0.0, "below the prior");
        assert!(raise(1.0).is_finite());
    }
}
