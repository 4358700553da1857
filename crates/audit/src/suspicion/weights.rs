//! The weights of the scores: of each signal in a set, and of the features of its negatives; the
//! defaults, or as measured.

use serde::{Deserialize, Serialize};

use super::relevance::FeatureWeights;
use super::signal::Signal;
use super::signal_score::SignalScore;

/// The number of judgements that the default weight is worth.
const DEFAULT_COUNTS: f64 = 10.0;

/// The weights that scores follow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RankingWeights {
    /// By signal, for its findings.
    pub signals: SignalWeights,
    /// By feature, for the values of negatives.
    pub features: FeatureWeights,
}

/// One weight per signal, each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalWeights([f32; Signal::ALL.len()]);

impl Default for SignalWeights {
    fn default() -> Self {
        Self(std::array::from_fn(|bit| Signal::ALL[bit].weight()))
    }
}

impl SignalWeights {
    /// Returns the weights that follow from judgements: `(10 · default + confirmed) / (10 +
    /// judged)`. That is the expected share if the default is worth ten judgements and each
    /// judgement is worth one: the posterior mean with a Beta prior (Gelman et al., "Bayesian Data
    /// Analysis", chapter 2). Few judgements change a weight little; without any, it is exactly the
    /// default.
    pub fn measured(scores: &[SignalScore]) -> Self {
        let mut weights = Self::default();
        for score in scores {
            let own = &mut weights.0[score.signal.bit() as usize];
            let confirmed = DEFAULT_COUNTS * f64::from(score.signal.weight()) + score.confirmed as f64;
            *own = (confirmed / (DEFAULT_COUNTS + score.judged as f64)) as f32;
        }
        weights
    }

    /// Returns the weight of a signal.
    pub fn weight(&self, signal: Signal) -> f32 {
        self.0[signal.bit() as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(signal: Signal, judged: usize, confirmed: usize, expected: f32) {
        let weight =
            SignalWeights::measured(&[SignalScore { judged, confirmed, ..SignalScore::new(signal) }]).weight(signal);
        assert!((weight - expected).abs() < 1e-6, "{weight} should be {expected}");
    }

    #[test]
    fn counts_the_default_as_ten_judgements() {
        check(Signal::Blank, 10, 10, 0.8);
        check(Signal::Blank, 10, 0, 0.3);
        check(Signal::Hub, 90, 90, 0.93);
        check(Signal::OwnPositive, 40, 0, 0.2);
    }

    #[test]
    fn signals_without_judgements_keep_their_exact_default() {
        let scores: Vec<SignalScore> = Signal::ALL.iter().copied().map(SignalScore::new).collect();
        assert_eq!(SignalWeights::measured(&scores), SignalWeights::default());
    }
}
