//! The facts about a sample that a search can ask for besides its judgement. Looked up only for the
//! filters that ask.

use tilejury_data::SampleIndex;

use crate::decisions::Decisions;
use crate::suspicion::Findings;
use crate::time::Timestamp;

/// The facts about one sample.
pub trait SampleFacts {
    /// Its signals, a bit each.
    fn signals(&self) -> u32;

    /// Its score, from 0 to 1.
    fn suspicion(&self) -> f64;

    /// The time of its verdict, if it was accepted or rejected.
    fn judged_at(&self) -> Option<Timestamp>;
}

/// Only signals are known.
impl SampleFacts for u32 {
    fn signals(&self) -> u32 {
        *self
    }

    fn suspicion(&self) -> f64 {
        0.0
    }

    fn judged_at(&self) -> Option<Timestamp> {
        None
    }
}

/// The facts about a sample from the findings and the decisions.
pub struct KnownFacts<'a> {
    /// The sample.
    pub sample: SampleIndex,
    /// The findings, once there are any.
    pub findings: Option<&'a Findings>,
    /// The decisions on all samples.
    pub decisions: &'a Decisions,
}

impl SampleFacts for KnownFacts<'_> {
    fn signals(&self) -> u32 {
        self.findings.map_or(0, |findings| findings.signals(self.sample))
    }

    fn suspicion(&self) -> f64 {
        self.findings.map_or(0.0, |findings| decimal(findings.score(self.sample)))
    }

    fn judged_at(&self) -> Option<Timestamp> {
        Some(self.decisions.get(self.sample)?.verdict?.at)
    }
}

/// A score as the decimal number that a person types for it: 0.9 is at least 0.9.
pub(crate) fn decimal(score: f32) -> f64 {
    (f64::from(score) * 1e6).round() / 1e6
}
