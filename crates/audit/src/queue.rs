//! The order in which samples are gone through, and which of them are on the list.
//!
//! The list follows the filter at once; the sample on show never changes because of it. Rebuilding is one pass over a
//! small record a sample, so a million of them cost a few milliseconds.

use tilejury_data::Dataset;

use crate::judgement::Verdict;
use crate::session::Standing;

/// Which state of judging a sample must be in to be listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Every sample.
    #[default]
    All,
    /// Without a verdict.
    Unjudged,
    /// With a verdict.
    Judged,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
    /// Unsure.
    Unsure,
    /// With a negative judged relevant.
    FalseNegative,
    /// With the positive judged not relevant.
    WrongPositive,
    /// With a note.
    Noted,
}

impl Status {
    /// Every state, in the order in which they are offered.
    pub const ALL: [Self; 9] = [
        Self::All,
        Self::Unjudged,
        Self::Judged,
        Self::Accepted,
        Self::Rejected,
        Self::Unsure,
        Self::FalseNegative,
        Self::WrongPositive,
        Self::Noted,
    ];

    /// What a person reads.
    pub fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Unjudged => "Unjudged",
            Self::Judged => "Judged",
            Self::Accepted => "Accepted",
            Self::Rejected => "Rejected",
            Self::Unsure => "Unsure",
            Self::FalseNegative => "False negatives",
            Self::WrongPositive => "Wrong positives",
            Self::Noted => "With a note",
        }
    }

    fn admits(self, standing: Standing) -> bool {
        match self {
            Self::All => true,
            Self::Unjudged => standing.verdict.is_none(),
            Self::Judged => standing.verdict.is_some(),
            Self::Accepted => standing.verdict == Some(Verdict::Accept),
            Self::Rejected => standing.verdict == Some(Verdict::Reject),
            Self::Unsure => standing.verdict == Some(Verdict::Unsure),
            Self::FalseNegative => standing.false_negative,
            Self::WrongPositive => standing.wrong_positive,
            Self::Noted => standing.noted,
        }
    }
}

/// What must hold for a sample to be listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Index of the split, or any.
    pub split: Option<usize>,
    /// The state of judging.
    pub status: Status,
}

/// The list, and the place in it.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    /// What is asked for.
    pub filter: Filter,
    /// Indexes of the samples whose query matches the search, ascending; `None` without a search.
    pub matches: Option<Vec<u32>>,
    /// The listed samples, ascending by index.
    pub listed: Vec<u32>,
    /// The sample on show; it need not be listed.
    pub cursor: usize,
}

impl Queue {
    /// Lists anew what the filter admits.
    pub fn rebuild(&mut self, dataset: &Dataset, standings: &[Standing]) {
        let admits = |index: &u32| {
            let at = *index as usize;
            let split = dataset.samples.get(at).map(|sample| usize::from(sample.split));
            let standing = standings.get(at).copied().unwrap_or_default();
            (self.filter.split.is_none() || split == self.filter.split) && self.filter.status.admits(standing)
        };
        self.listed = match &self.matches {
            Some(matches) => matches.iter().copied().filter(admits).collect(),
            None => (0..dataset.samples.len() as u32).filter(admits).collect(),
        };
    }

    /// Where the cursor stands in the list, or would stand.
    pub fn position(&self) -> Result<usize, usize> {
        self.listed.binary_search(&(self.cursor as u32))
    }

    /// The sample `steps` places on (or back, if negative) from the cursor; stops at the ends.
    pub fn step(&self, steps: i64) -> Option<usize> {
        let last = self.listed.len().checked_sub(1)? as i64;
        let from = match self.position() {
            Ok(at) => at as i64,
            // Off the list, the next one is one step on, and the one before is one step back.
            Err(at) if steps > 0 => at as i64 - 1,
            Err(at) => at as i64,
        };
        let to = (from + steps).clamp(0, last);
        self.listed.get(to as usize).map(|index| *index as usize)
    }

    /// The next listed sample without a verdict behind the cursor, or else from the start of the list.
    pub fn next_unjudged(&self, standings: &[Standing]) -> Option<usize> {
        let from = self.listed.partition_point(|index| *index as usize <= self.cursor);
        let unjudged = |index: &&u32| {
            **index as usize != self.cursor
                && standings.get(**index as usize).is_some_and(|standing| standing.verdict.is_none())
        };
        let behind = self.listed[from..].iter().find(unjudged);
        behind.or_else(|| self.listed[..from].iter().find(unjudged)).map(|index| *index as usize)
    }
}
