//! The outcome of a single row, given what is known about its query. Rules that concern several
//! rows are applied later.

use rustc_hash::FxHashSet;
use tilejury_data::rewrite::{NewNegative, Rewrite};
use tilejury_data::{Dataset, Sample, SampleIndex, TilePath};
use tilejury_rows::{RowKeyTable, RowKeys, TileId};

use super::candidates::{candidates, scores};
use super::query_facts::QueryFacts;
use super::row_outcome::{ChangeReason, DropReason, RowOutcome};
use super::unavailable_tiles::{Absence, UnavailableTiles};
use crate::export::copies::{CopiesByQuery, CopyCounts};
use crate::export::options::{Conflicts, ExportOptions, FalseNegatives, NegativeOrder, Unjudged, Unsure};
use crate::judgement::{Judgements, Relevance, Verdict};

/// Decides rows one by one.
pub(super) struct Decider<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) row_keys: &'a RowKeyTable,
    pub(super) judgements: &'a Judgements,
    pub(super) options: &'a ExportOptions,
    pub(super) known: &'a QueryFacts<'a>,
    pub(super) unavailable: &'a UnavailableTiles,
    pub(super) copies: &'a CopiesByQuery,
}

/// The decision about a row.
pub(super) struct RowDecision {
    pub(super) outcome: RowOutcome,
    /// The row as it will be written; `None` if it is dropped.
    pub(super) row: Option<DecidedRow>,
    /// Additional rows, one for each promoted tile.
    pub(super) promoted: Vec<DecidedRow>,
    /// Whether a relevant tile is kept among the negatives by option.
    pub(super) waived: bool,
    /// Negatives that are copies of a positive.
    pub(super) copies: CopyCounts,
}

/// A row to write.
pub(super) struct DecidedRow {
    pub(super) positive: TileId,
    /// Boxed, because most rows have none.
    pub(super) rewrite: Option<Box<Rewrite>>,
    /// Number of its tiles that could not be looked up because their shards are missing.
    pub(super) not_here: usize,
}

/// A negative that is written.
struct KeptNegative {
    negative: NewNegative,
    path: TilePath,
}

/// The remaining negatives of a row.
#[derive(Default)]
struct Remaining {
    kept: Vec<KeptNegative>,
    changed: Vec<ChangeReason>,
    /// Relevant negatives in the row's spelling, each once.
    relevant: Vec<(String, TilePath)>,
    waived: bool,
    not_here: usize,
    copies: CopyCounts,
}

impl RowDecision {
    /// A row that is dropped.
    fn dropped(why: DropReason) -> Self {
        Self {
            outcome: RowOutcome::Drop(why),
            row: None,
            promoted: Vec::new(),
            waived: false,
            copies: CopyCounts::default(),
        }
    }

    /// Returns the row itself, then the promoted ones.
    pub(super) fn rows(&self) -> impl Iterator<Item = &DecidedRow> + Clone {
        self.row.iter().chain(&self.promoted)
    }
}

impl Decider<'_> {
    pub(super) fn decide(&self, index: SampleIndex) -> RowDecision {
        let Some(row) = self.row_keys.row(index.index()) else { return RowDecision::dropped(DropReason::Unreadable) };
        let judgement = self.judgements.get(&self.dataset.entry(index).key);
        let verdict = judgement.and_then(|judgement| judgement.verdict);
        if self.stays_unchanged(&row, verdict) {
            let row = DecidedRow { positive: row.positive, rewrite: None, not_here: 0 };
            let (promoted, copies) = Default::default();
            return RowDecision { outcome: RowOutcome::Keep, row: Some(row), promoted, waived: false, copies };
        }
        let Ok(sample) = self.dataset.sample(index) else { return RowDecision::dropped(DropReason::Unreadable) };
        let positive_answer = self.known.answers.as_positive(row.query, row.positive);
        if let Some(why) = self.reason_to_drop(&row, verdict, positive_answer) {
            return RowDecision::dropped(why);
        }
        let is_positive_wrong = positive_answer == Some(Relevance::NotRelevant);
        let promote = self.options.false_negatives == FalseNegatives::Promote;
        let Some(mut remaining) = self.remaining_negatives(&row, &sample) else {
            return RowDecision::dropped(DropReason::HasFalseNegative);
        };
        let mut relevant = std::mem::take(&mut remaining.relevant).into_iter().filter(|_| promote);
        let mut replaced = None;
        if is_positive_wrong {
            replaced = relevant.next();
            if replaced.is_none() {
                return RowDecision::dropped(DropReason::WrongPositive);
            }
            remaining.changed.push(ChangeReason::PositiveReplaced);
        }
        let positive = replaced.as_ref().map_or(&sample.positive.path, |(_, path)| path);
        self.refill(index, &row, &sample, positive, &mut remaining);
        if remaining.kept.len() < self.options.negatives {
            return RowDecision { copies: remaining.copies, ..RowDecision::dropped(DropReason::TooFewNegatives) };
        }
        self.arrange(index, &mut remaining);
        let unchanged = remaining.kept.len() == sample.negatives.len()
            && remaining.kept.iter().enumerate().all(|(at, kept)| kept.negative == NewNegative::Own(at));
        let negatives: Vec<NewNegative> = remaining.kept.into_iter().map(|kept| kept.negative).collect();
        let id = TileId::new(positive);
        let rewrite = (!unchanged || replaced.is_some()).then(|| Rewrite {
            positive: replaced.map(|(spelling, _)| spelling),
            negatives: (!unchanged).then(|| negatives.clone()),
            query_group: None,
        });
        let row = DecidedRow { positive: id, rewrite: rewrite.map(Box::new), not_here: remaining.not_here };
        let promoted = relevant.map(|(spelling, path)| {
            let negatives = Some(negatives.clone());
            let rewrite = Rewrite { positive: Some(spelling), negatives, query_group: None };
            DecidedRow { positive: TileId::new(&path), rewrite: Some(Box::new(rewrite)), not_here: remaining.not_here }
        });
        let promoted = promoted.collect();
        remaining.changed.sort_unstable();
        remaining.changed.dedup();
        let outcome =
            if remaining.changed.is_empty() { RowOutcome::Keep } else { RowOutcome::Change(remaining.changed) };
        RowDecision { outcome, row: Some(row), promoted, waived: remaining.waived, copies: remaining.copies }
    }

    /// Whether the full decision would change nothing. This holds for most rows of most datasets,
    /// and takes a tenth of the time.
    fn stays_unchanged(&self, row: &RowKeys<'_>, verdict: Option<Verdict>) -> bool {
        let stays = match verdict {
            Some(Verdict::Accept) => true,
            None => self.options.unjudged == Unjudged::Keep,
            Some(Verdict::Unsure) => self.options.unsure == Unsure::Keep,
            Some(Verdict::Reject) => false,
        };
        stays
            && self.options.order == NegativeOrder::AsIs
            && row.negatives.len() >= self.options.negatives
            && !row.repeats_a_negative()
            && !self.known.affects(row)
            && !self.unavailable.affects(row)
            && !self.copies.affects(row)
    }

    /// Returns why a row is dropped, regardless of its negatives.
    fn reason_to_drop(
        &self,
        row: &RowKeys<'_>,
        verdict: Option<Verdict>,
        positive_answer: Option<Relevance>,
    ) -> Option<DropReason> {
        let drops_unsure = self.options.unsure == Unsure::Drop;
        let drops_conflict =
            || self.options.conflicts == Conflicts::Drop && self.known.answers.is_conflict(row.query, row.positive);
        match (verdict, positive_answer, self.unavailable.reason_in_row(row.positive)) {
            (Some(Verdict::Reject), ..) => Some(DropReason::Rejected),
            (_, Some(Relevance::Broken), _) => Some(DropReason::BrokenPositive),
            (.., Some(Absence::Unreadable)) => Some(DropReason::UnreadablePositive),
            (.., Some(Absence::Missing)) => Some(DropReason::MissingPositive),
            (.., Some(Absence::NotHere)) if self.options.needs_pictures() => Some(DropReason::MissingPositive),
            _ if drops_conflict() => Some(DropReason::Conflict),
            (_, Some(Relevance::Unsure), _) if drops_unsure => Some(DropReason::Unsure),
            (Some(Verdict::Unsure), ..) if drops_unsure => Some(DropReason::Unsure),
            (None, ..) if self.options.unjudged == Unjudged::Drop => Some(DropReason::Unjudged),
            _ => None,
        }
    }

    /// Returns the negatives that are kept; `None` if the row is dropped because of them.
    fn remaining_negatives(&self, row: &RowKeys<'_>, sample: &Sample) -> Option<Remaining> {
        let mut remaining = Remaining::default();
        // Filled only if the row has a tile twice, which few rows have.
        let (repeats, mut kept) = (row.repeats_a_negative(), FxHashSet::default());
        for (at, (tile, id)) in sample.negatives.iter().zip(row.negatives).enumerate() {
            let relevance = self.known.as_negative(row.query, *id);
            let is_positive = self.known.is_positive(row.query, *id);
            let absence = self.unavailable.reason_in_row(*id);
            let is_available = !matches!(absence, Some(Absence::Missing | Absence::Unreadable));
            let change = match (relevance, absence) {
                (Some(Relevance::Relevant), _) if *id != row.positive => match self.options.false_negatives {
                    FalseNegatives::DropRow => return None,
                    FalseNegatives::Keep if !is_positive && is_available => {
                        remaining.waived = true;
                        kept.contains(id).then_some(ChangeReason::RepeatedNegative)
                    }
                    FalseNegatives::Keep | FalseNegatives::DropNegative | FalseNegatives::Promote => {
                        let known = remaining.relevant.iter().any(|(_, path)| *path == tile.path);
                        if is_available && !known {
                            remaining.relevant.push((tile.spelling.clone(), tile.path.clone()));
                        }
                        Some(ChangeReason::FalseNegative)
                    }
                },
                _ if is_positive => Some(ChangeReason::PositiveInNegatives),
                _ if self.is_copy(row, *id, relevance, &mut remaining.copies) => Some(ChangeReason::CopyOfPositive),
                (Some(Relevance::Broken), _) => Some(ChangeReason::BrokenNegative),
                (_, Some(Absence::Missing)) => Some(ChangeReason::MissingNegative),
                (_, Some(Absence::Unreadable)) => Some(ChangeReason::UnreadableNegative),
                (_, Some(Absence::NotHere)) if self.options.needs_pictures() => Some(ChangeReason::MissingNegative),
                (Some(Relevance::Unsure), _) if self.options.unsure == Unsure::Drop => {
                    Some(ChangeReason::UnsureNegative)
                }
                _ if kept.contains(id) => Some(ChangeReason::RepeatedNegative),
                _ => None,
            };
            match change {
                Some(change) => remaining.changed.push(change),
                None => {
                    if repeats {
                        kept.insert(*id);
                    }
                    remaining.not_here += usize::from(absence == Some(Absence::NotHere));
                    remaining.kept.push(KeptNegative { negative: NewNegative::Own(at), path: tile.path.clone() });
                }
            }
        }
        remaining.not_here += usize::from(self.unavailable.reason_in_row(row.positive) == Some(Absence::NotHere));
        Some(remaining)
    }

    /// Whether a negative is removed as a copy. Also counts those that are kept by option.
    fn is_copy(&self, row: &RowKeys<'_>, tile: TileId, relevance: Option<Relevance>, counts: &mut CopyCounts) -> bool {
        let Some(kind) = self.copies.kind(row.query, tile, |other| self.counts_as_positive(row, other)) else {
            return false;
        };
        if relevance == Some(Relevance::NotRelevant) && self.copies.is_marked(row.query, tile, kind) {
            return false;
        }
        counts.count(kind);
        self.copies.leave()
    }

    /// Whether a tile is a positive of the row's query or relevant to it.
    fn counts_as_positive(&self, row: &RowKeys<'_>, tile: TileId) -> bool {
        self.known.is_positive(row.query, tile) || self.known.as_negative(row.query, tile) == Some(Relevance::Relevant)
    }

    fn refill(
        &self,
        index: SampleIndex,
        row: &RowKeys<'_>,
        sample: &Sample,
        positive: &TilePath,
        remaining: &mut Remaining,
    ) {
        let short = self.options.negatives.saturating_sub(remaining.kept.len());
        if !self.options.refill || short == 0 {
            return;
        }
        let relevance = |tile: &TilePath| {
            let id = TileId::new(tile);
            let positive = self.known.is_positive(row.query, id).then_some(Relevance::Relevant);
            positive.or_else(|| self.known.as_negative(row.query, id))
        };
        let found = candidates(self.dataset, index, sample, positive, relevance).into_iter();
        let new_positive = TileId::new(positive);
        let counts = |tile: TileId| tile == new_positive || self.counts_as_positive(row, tile);
        let is_refused = |tile: &TilePath| self.copies.refuses_candidate(self.dataset, row.query, tile, counts);
        let usable = found
            .filter(|candidate| {
                self.unavailable.reason_on_disk(self.dataset, &candidate.path).is_none() && !is_refused(&candidate.path)
            })
            .take(short);
        for candidate in usable {
            remaining.kept.push(KeptNegative { negative: NewNegative::New(candidate.spelling), path: candidate.path });
            remaining.changed.push(ChangeReason::Refilled);
        }
    }

    fn arrange(&self, index: SampleIndex, remaining: &mut Remaining) {
        if self.options.order == NegativeOrder::AsIs {
            return;
        }
        let paths: Vec<&TilePath> = remaining.kept.iter().map(|kept| &kept.path).collect();
        let scores = scores(self.dataset, index, &paths);
        let mut order: Vec<usize> = (0..scores.len()).collect();
        let score = |at: &usize| scores[*at].unwrap_or(f64::NEG_INFINITY);
        order.sort_by(|a, b| score(b).total_cmp(&score(a)));
        if order.is_sorted() {
            return;
        }
        let mut kept: Vec<Option<KeptNegative>> = std::mem::take(&mut remaining.kept).into_iter().map(Some).collect();
        remaining.kept = order.into_iter().filter_map(|at| kept[at].take()).collect();
        remaining.changed.push(ChangeReason::Reordered);
    }
}
