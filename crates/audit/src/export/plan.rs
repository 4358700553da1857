//! What becomes of each row, and why. Pure: from rows, judgements and options.

use std::collections::BTreeMap;

use tilejury_data::{Dataset, Sample};

use super::{ExportOptions, ExportReport};
use crate::judgement::{Judgement, Judgements, Relevance, Verdict};
use crate::same_query::SameQuery;

/// How often it is asked whether to go on, in rows.
const LOOK_UP_EVERY: usize = 4096;

/// What becomes of rows without a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unjudged {
    /// They stay, less what was said of their tiles.
    Keep,
    /// They leave.
    Drop,
}

/// Why a row leaves. The words are those of the report's `reasons`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its verdict is reject.
    Rejected,
    /// Its positive was judged not relevant.
    WrongPositive,
    /// Its positive was judged broken.
    BrokenPositive,
    /// It has no verdict, and those were to leave.
    Unjudged,
    /// Too few negatives are left.
    TooFewNegatives,
}

impl Why {
    /// The word in the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::WrongPositive => "wrong_positive",
            Self::BrokenPositive => "broken_positive",
            Self::Unjudged => "unjudged",
            Self::TooFewNegatives => "too_few_negatives",
        }
    }
}

/// Why a negative leaves its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Removed {
    /// It was judged relevant.
    FalseNegative,
    /// It was judged broken.
    BrokenNegative,
}

impl Removed {
    /// The word in the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::FalseNegative => "false_negative",
            Self::BrokenNegative => "broken_negative",
        }
    }
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Written byte for byte.
    Keep,
    /// Written with some negatives less.
    Change {
        /// For each negative, in the row's order, why it leaves, or `None` if it stays.
        negatives: Vec<Option<Removed>>,
    },
    /// Not written.
    Drop(Why),
}

/// The fate of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportPlan {
    /// By sample index.
    pub fates: Vec<Fate>,
}

impl ExportPlan {
    /// Decides over every row; `None` when `go_on` stopped it.
    pub fn new(
        dataset: &Dataset,
        judgements: &Judgements,
        options: ExportOptions,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Option<Self> {
        let nothing = Judgement::default();
        let fate = |index: usize| match dataset.sample(index) {
            Ok(sample) => fate(&sample, judgements.get(&sample.key).unwrap_or(&nothing), options),
            // Cannot happen to a row that was read when the set was opened, unless the file was cut since.
            Err(_) => Fate::Drop(Why::TooFewNegatives),
        };
        let mut fates = Vec::with_capacity(dataset.samples.len());
        for index in 0..dataset.samples.len() {
            if index.is_multiple_of(LOOK_UP_EVERY) && !go_on() {
                return None;
            }
            fates.push(fate(index));
        }
        Some(Self { fates })
    }

    /// Counts, without files.
    pub fn report(&self, dataset: &Dataset) -> ExportReport {
        let bad_row = |warning: &&tilejury_data::Warning| warning.kind == tilejury_data::WarningKind::BadRow;
        let bad_lines = dataset.warnings.iter().filter(bad_row).count();
        let mut report = ExportReport { bad_lines, ..ExportReport::default() };
        let same_query = SameQuery::of(dataset);
        let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (index, fate) in self.fates.iter().enumerate() {
            match fate {
                Fate::Keep => report.kept += 1,
                Fate::Change { negatives } => {
                    report.changed += 1;
                    for removed in [Removed::FalseNegative, Removed::BrokenNegative] {
                        if negatives.contains(&Some(removed)) {
                            *reasons.entry(removed.word()).or_default() += 1;
                        }
                    }
                }
                Fate::Drop(why) => {
                    report.dropped += 1;
                    *reasons.entry(why.word()).or_default() += 1;
                }
            }
            if self.holds_a_positive(dataset, &same_query, index) {
                report.still_suspicious.push(dataset.place_of(index));
            }
        }
        report.reasons = reasons;
        report
    }

    /// Is the row written with a tile among its negatives that is positive for its query?
    fn holds_a_positive(&self, dataset: &Dataset, same_query: &SameQuery, index: usize) -> bool {
        let Ok(sample) = dataset.sample(index) else { return false };
        sample.negatives.iter().enumerate().any(|(at, negative)| {
            let stays = match &self.fates[index] {
                Fate::Keep => true,
                Fate::Change { negatives } => negatives.get(at) == Some(&None),
                Fate::Drop(_) => false,
            };
            let positive = || same_query.row_with_positive(&sample, &negative.path).is_some();
            stays && (negative.path == sample.positive.path || positive())
        })
    }
}

fn fate(sample: &Sample, judgement: &Judgement, options: ExportOptions) -> Fate {
    if judgement.verdict == Some(Verdict::Reject) {
        return Fate::Drop(Why::Rejected);
    }
    match judgement.relevance(&sample.positive.path) {
        Some(Relevance::NotRelevant) => return Fate::Drop(Why::WrongPositive),
        Some(Relevance::Broken) => return Fate::Drop(Why::BrokenPositive),
        Some(Relevance::Relevant | Relevance::Unsure) | None => {}
    }
    if judgement.verdict.is_none() && options.unjudged == Unjudged::Drop {
        return Fate::Drop(Why::Unjudged);
    }
    let removed = |relevance| match relevance {
        Some(Relevance::Relevant) => Some(Removed::FalseNegative),
        Some(Relevance::Broken) => Some(Removed::BrokenNegative),
        Some(Relevance::NotRelevant | Relevance::Unsure) | None => None,
    };
    let negatives: Vec<Option<Removed>> =
        sample.negatives.iter().map(|tile| removed(judgement.relevance(&tile.path))).collect();
    if negatives.iter().filter(|removed| removed.is_none()).count() < options.negatives {
        return Fate::Drop(Why::TooFewNegatives);
    }
    if negatives.iter().all(Option::is_none) { Fate::Keep } else { Fate::Change { negatives } }
}
