//! The weights of the features: the defaults, or as fitted to judgements.

use serde::{Deserialize, Serialize};

use super::feature::{EvidenceSource, Feature, FeatureKind};
use super::table::FeatureTable;
use super::{PRIOR, log_odds};

/// A weight for each feature of a set, and the log-odds of a negative about which nothing is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureWeights {
    /// The log-odds without any evidence.
    pub intercept: f32,
    /// By the feature's index.
    pub weights: Vec<f32>,
}

impl Default for FeatureWeights {
    fn default() -> Self {
        Self { intercept: log_odds(PRIOR), weights: Vec::new() }
    }
}

impl FeatureWeights {
    /// Returns the default weights of a table's features. Those of scores are divided by √n for n
    /// sources of scores: programs that score tiles agree with each other, so each of them adds
    /// less than the first.
    pub fn of_table(table: &FeatureTable) -> Self {
        let sources = table.features().iter().filter(|feature| feature.kind == FeatureKind::Score).count();
        let share = 1.0 / (sources.max(1) as f32).sqrt();
        let weight = |feature: &Feature| {
            let of_scores = if feature.kind.is_of_score() { share } else { 1.0 };
            of_scores * feature.kind.default_weight()
        };
        Self { weights: table.features().iter().map(weight).collect(), ..Self::default() }
    }

    /// Returns the contribution of a negative's values to its log-odds, without the intercept.
    pub(in crate::suspicion) fn sum(&self, values: &[(u16, f32)]) -> f32 {
        values.iter().map(|(feature, value)| self.weight(*feature) * value).sum()
    }

    /// Returns the contribution of one source alone: see [`Self::sum`].
    pub(in crate::suspicion) fn sum_of(
        &self,
        table: &FeatureTable,
        values: &[(u16, f32)],
        source: &EvidenceSource,
    ) -> f32 {
        let own = values.iter().filter(|(feature, _)| table.features()[usize::from(*feature)].source == *source);
        own.map(|(feature, value)| self.weight(*feature) * value).sum()
    }

    /// Returns the weight of a feature by its index.
    pub fn weight(&self, feature: u16) -> f32 {
        self.weights.get(usize::from(feature)).copied().unwrap_or(0.0)
    }
}
