//! A person's choices for a model as a reviewer. The key of its server is none of them: it is never
//! stored.

use serde::{Deserialize, Serialize};
use tilejury_reviewer::Budget;

/// The choices for a model at an endpoint. Without an address and a model nothing can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ReviewerSettings {
    /// The address of the server, without `/v1`; empty for none.
    pub(crate) endpoint: String,
    /// The model, as the server names it; empty for none.
    pub(crate) model: String,
    /// The controls as a share of the other questions, in percent: 0 to 100.
    pub(crate) controls_percent: u32,
    /// Whether doubtful tiles are compared with the positive of their row.
    pub(crate) second_stage: bool,
    /// The most requests at a time: 1 to 256.
    pub(crate) at_a_time: u32,
    /// The most requests of a run; 0 for as many as it needs.
    pub(crate) most_calls: u32,
    /// The most tokens of a run, in thousands; 0 for as many as it needs.
    pub(crate) most_kilotokens: u32,
}

/// The limits of [`ReviewerSettings::controls_percent`].
pub(crate) const CONTROLS_PERCENT: std::ops::RangeInclusive<u32> = 0..=100;
/// The limits of [`ReviewerSettings::at_a_time`].
pub(crate) const AT_A_TIME: std::ops::RangeInclusive<u32> = 1..=256;

impl Default for ReviewerSettings {
    fn default() -> Self {
        Self {
            endpoint: String::new(),
            model: String::new(),
            controls_percent: 10,
            second_stage: true,
            at_a_time: 16,
            most_calls: 0,
            most_kilotokens: 0,
        }
    }
}

impl ReviewerSettings {
    /// Returns the choices with every number within its limits.
    pub(super) fn in_range(mut self) -> Self {
        self.endpoint = self.endpoint.trim().to_owned();
        self.model = self.model.trim().to_owned();
        self.controls_percent = self.controls_percent.min(*CONTROLS_PERCENT.end());
        self.at_a_time = self.at_a_time.clamp(*AT_A_TIME.start(), *AT_A_TIME.end());
        self
    }

    /// Whether there is a model to ask.
    pub(crate) fn is_complete(&self) -> bool {
        !self.endpoint.is_empty() && !self.model.is_empty()
    }

    /// The controls as a share of the other questions.
    pub(crate) fn controls(&self) -> f64 {
        f64::from(self.controls_percent) / 100.0
    }

    /// The ceilings of a run.
    pub(crate) fn budget(&self) -> Budget {
        let ceiling = |most: u64| (most > 0).then_some(most);
        Budget {
            calls: ceiling(self.most_calls.into()),
            tokens: ceiling(1000 * u64::from(self.most_kilotokens)),
            ..Budget::default()
        }
    }
}
