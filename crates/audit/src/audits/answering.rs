//! The kinds of answers to the rows of an audit, each with the round in which it is stored.

use std::sync::Arc;

use crate::round::Round;
use crate::step::StepId;

/// A kind of answers to an audit, with the annotator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answering {
    /// Those of an annotator.
    First(Arc<str>),
    /// Those of an annotator to rows that came back. They never replace the first ones.
    Again(Arc<str>),
    /// Those of an adjudicator, which take the place of the annotators' answers.
    Adjudication(Arc<str>),
}

impl Answering {
    /// The round of these answers in the audit that a step began.
    pub fn round(&self, audit: &StepId) -> Round {
        match self {
            Self::First(_) => Round::Audit(audit.clone()),
            Self::Again(_) => Round::Again(audit.clone()),
            Self::Adjudication(_) => Round::Adjudication(audit.clone()),
        }
    }
}
