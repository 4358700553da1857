//! The facts about a sample that a search can ask for besides its judgement. Looked up only for the
//! filters that ask.

use tilejury_data::{SampleIndex, TileSlot};

use crate::assignments::AssignedRows;
use crate::decisions::Decisions;
use crate::judgement::Relevance;
use crate::merge::JudgedRows;
use crate::overview::{TeamNumber, TeamRows};
use crate::suspicion::{Findings, GradedNegative, RetrievalValue, decimal};
use crate::time::Timestamp;

/// The facts about one sample. Those that have a default are unknown if only signals are known.
pub trait SampleFacts {
    /// Its signals, a bit each.
    fn signals(&self) -> u32;

    /// Its score, from 0 to 1.
    fn suspicion(&self) -> f64 {
        0.0
    }

    /// The time of its verdict, if it was accepted or rejected.
    fn judged_at(&self) -> Option<Timestamp> {
        None
    }

    /// Whether somebody inspected a negative at one of these positions, counted from 1, and judged
    /// it relevant.
    fn has_false_negative(&self, _at: impl Fn(u64) -> bool) -> bool {
        false
    }

    /// Whether the annotator of a name gave it a verdict.
    fn is_judged_by(&self, _annotator: &str) -> bool {
        false
    }

    /// Whether it is assigned to the annotator of a name, or without one to anybody.
    fn is_assigned(&self, _to: Option<&str>) -> bool {
        false
    }

    /// Whether it is behind a number of a person in the team's figures.
    fn is_behind(&self, _annotator: &str, _number: TeamNumber) -> bool {
        false
    }

    /// Whether an earlier row has its query and its positive.
    fn is_repeated(&self) -> bool {
        false
    }

    /// The reviews of its negatives by models at an endpoint.
    fn graded_negatives(&self) -> &[GradedNegative] {
        &[]
    }

    /// Whether the values of this kind by one retriever, or by any, are the wanted ones.
    fn has_retrieved(
        &self,
        _value: RetrievalValue,
        _retriever: Option<&str>,
        are_wanted: impl Fn(&mut dyn Iterator<Item = f64>) -> bool,
    ) -> bool {
        are_wanted(&mut std::iter::empty())
    }
}

/// Only signals are known.
impl SampleFacts for u32 {
    fn signals(&self) -> u32 {
        *self
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
    /// The rows with a verdict of each annotator.
    pub judged_rows: &'a JudgedRows,
    /// The rows that are assigned to annotators.
    pub assigned: &'a AssignedRows,
    /// The rows behind the team's figures, once they were counted.
    pub team: Option<&'a TeamRows>,
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

    fn has_false_negative(&self, at: impl Fn(u64) -> bool) -> bool {
        let counts = |slot: TileSlot| at(slot.index() as u64);
        self.decisions.get(self.sample).is_some_and(|decisions| {
            decisions.negatives().any(|(slot, decided)| decided.value == Relevance::Relevant && counts(slot))
        })
    }

    fn is_judged_by(&self, annotator: &str) -> bool {
        self.judged_rows.has(annotator, self.sample)
    }

    fn is_assigned(&self, to: Option<&str>) -> bool {
        match to {
            Some(name) => self.assigned.has(name, self.sample),
            None => self.assigned.has_anybody(self.sample),
        }
    }

    fn is_behind(&self, annotator: &str, number: TeamNumber) -> bool {
        self.team.is_some_and(|rows| rows.has(annotator, number, self.sample))
    }

    fn is_repeated(&self) -> bool {
        self.findings.is_some_and(|findings| findings.row_values().is_repeated(self.sample))
    }

    fn graded_negatives(&self) -> &[GradedNegative] {
        self.findings.map_or(&[], |findings| findings.row_values().graded(self.sample))
    }

    fn has_retrieved(
        &self,
        value: RetrievalValue,
        retriever: Option<&str>,
        are_wanted: impl Fn(&mut dyn Iterator<Item = f64>) -> bool,
    ) -> bool {
        match self.findings {
            Some(findings) => are_wanted(&mut findings.row_values().retrieved(self.sample, value, retriever)),
            None => are_wanted(&mut std::iter::empty()),
        }
    }
}
