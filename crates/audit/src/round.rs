//! The rounds of judging whose changes are kept apart from the judgements that count: second passes
//! and audits.
//!
//! Knows no rows. The text forms are stored with every change of a round, and never change.

use std::fmt;
use std::str::FromStr;

use crate::pass_id::PassId;
use crate::step::StepId;

/// A round of judging whose changes count nowhere else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Round {
    /// A second pass of one annotator.
    SecondPass(PassId),
    /// An audit, by the step that drew its rows.
    Audit(StepId),
    /// The second answers to rows of that audit that came back.
    Again(StepId),
    /// The adjudication of that audit: answers that take the place of its annotators' answers.
    Adjudication(StepId),
}

impl Round {
    /// The id, if it is a second pass.
    pub fn second_pass(&self) -> Option<&PassId> {
        if let Self::SecondPass(id) = self { Some(id) } else { None }
    }

    /// The step that drew the rows.
    pub fn drawn_by(&self) -> &StepId {
        match self {
            Self::SecondPass(id) => &id.step,
            Self::Audit(step) | Self::Again(step) | Self::Adjudication(step) => step,
        }
    }
}

impl From<PassId> for Round {
    fn from(id: PassId) -> Self {
        Self::SecondPass(id)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecondPass(id) => write!(f, "{id}"),
            Self::Audit(step) => write!(f, "audit {step}"),
            Self::Again(step) => write!(f, "again {step}"),
            Self::Adjudication(step) => write!(f, "adjudication {step}"),
        }
    }
}

impl FromStr for Round {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(' ') {
            Some(("audit", step)) => Ok(Self::Audit(step.parse()?)),
            Some(("again", step)) => Ok(Self::Again(step.parse()?)),
            Some(("adjudication", step)) => Ok(Self::Adjudication(step.parse()?)),
            _ => text.parse().map(Self::SecondPass),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_read_from_their_text() {
        let step = StepId { session: "abc".into(), seq: 12 };
        for (round, text) in [
            (Round::SecondPass(PassId { seed: 7, step: step.clone() }), "7@abc/12"),
            (Round::Audit(step.clone()), "audit abc/12"),
            (Round::Again(step.clone()), "again abc/12"),
            (Round::Adjudication(step), "adjudication abc/12"),
        ] {
            assert_eq!(round.to_string(), text);
            assert_eq!(text.parse(), Ok(round));
        }
        assert!("audit".parse::<Round>().is_err() && "audit x".parse::<Round>().is_err());
    }
}
