//! How much each signal weighs in a set: by default, or by what was measured.

use super::signal::Signal;
use super::signal_score::SignalScore;

/// The default weight counts as many judgements as this.
const DEFAULT_COUNTS: f64 = 10.0;

/// One weight a signal, each 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignalWeights([f32; Signal::ALL.len()]);

impl Default for SignalWeights {
    fn default() -> Self {
        Self(std::array::from_fn(|bit| Signal::ALL[bit].weight()))
    }
}

impl SignalWeights {
    /// The weights that follow what people found: `(10 · default + confirmed) / (10 + judged)`. That is the mean of what is
    /// believed of a share when the default is worth ten judgements and each judgement is worth one, the posterior of a
    /// Beta prior (Gelman et al., "Bayesian Data Analysis", chapter 2). Few judgements move a weight little; where nothing was
    /// judged, it is the default exactly.
    pub fn measured(scores: &[SignalScore]) -> Self {
        let mut weights = Self::default();
        for score in scores {
            let own = &mut weights.0[score.signal.bit() as usize];
            let confirmed = DEFAULT_COUNTS * f64::from(score.signal.weight()) + score.confirmed as f64;
            *own = (confirmed / (DEFAULT_COUNTS + score.judged as f64)) as f32;
        }
        weights
    }

    /// The weight of a signal.
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
    fn the_default_counts_as_ten_judgements() {
        check(Signal::SamePage, 10, 10, 0.75);
        check(Signal::SamePage, 10, 0, 0.25);
        check(Signal::Hub, 90, 90, 0.93);
        check(Signal::OwnPositive, 40, 0, 0.2);
    }

    #[test]
    fn what_nobody_judged_keeps_its_default_to_the_last_bit() {
        let scores: Vec<SignalScore> = Signal::ALL.iter().copied().map(SignalScore::new).collect();
        assert_eq!(SignalWeights::measured(&scores), SignalWeights::default());
    }
}
