//! The fate of one row by itself, with what is known of its query. What several rows decide together comes after it.

use rustc_hash::FxHashSet;
use tilejury_data::rewrite::{NewNegative, Rewrite};
use tilejury_data::{Dataset, Sample, TilePath};
use tilejury_rows::{Facts, RowFacts, TileId};

use super::candidates::{candidates, scores};
use super::query_facts::QueryFacts;
use super::row_outcome::{Changed, RowOutcome, Why};
use super::unavailable_tiles::{Absence, UnavailableTiles};
use crate::export::copies::{CopyCounts, FoundCopies};
use crate::export::options::{Conflicts, ExportOptions, FalseNegatives, Order, Unjudged, Unsure};
use crate::judgement::{Judgements, Relevance, Verdict};

/// Looks at rows one by one.
pub(super) struct Decider<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) facts: &'a Facts,
    pub(super) judgements: &'a Judgements,
    pub(super) options: &'a ExportOptions,
    pub(super) known: &'a QueryFacts<'a>,
    pub(super) absent: &'a UnavailableTiles,
    pub(super) copies: &'a FoundCopies,
}

/// What was decided over a row.
pub(super) struct RowDecision {
    pub(super) fate: RowOutcome,
    /// The row as it will be; none for one that leaves.
    pub(super) row: Option<DecidedRow>,
    /// Rows beside it, one for each tile that is promoted.
    pub(super) promoted: Vec<DecidedRow>,
    /// A relevant tile stays among the negatives by the person's own wish.
    pub(super) waived: bool,
    /// Negatives that are copies of a positive.
    pub(super) copies: CopyCounts,
}

/// A row to be written.
pub(super) struct DecidedRow {
    pub(super) positive: TileId,
    /// Boxed, since most rows have none.
    pub(super) rewrite: Option<Box<Rewrite>>,
    /// Tiles of it that nobody could look for.
    pub(super) not_here: usize,
}

/// A negative that is written.
struct KeptNegative {
    negative: NewNegative,
    path: TilePath,
}

/// What is left of a row's negatives.
#[derive(Default)]
struct Remaining {
    kept: Vec<KeptNegative>,
    changed: Vec<Changed>,
    /// Relevant ones, as the row spells them, each once.
    relevant: Vec<(String, TilePath)>,
    waived: bool,
    not_here: usize,
    copies: CopyCounts,
}

fn drop(why: Why) -> RowDecision {
    RowDecision {
        fate: RowOutcome::Drop(why),
        row: None,
        promoted: Vec::new(),
        waived: false,
        copies: CopyCounts::default(),
    }
}

impl RowDecision {
    /// The row itself, then the promoted ones.
    pub(super) fn rows(&self) -> impl Iterator<Item = &DecidedRow> + Clone {
        self.row.iter().chain(&self.promoted)
    }
}

impl Decider<'_> {
    pub(super) fn decide(&self, index: usize) -> RowDecision {
        let Some(row) = self.facts.row(index) else { return drop(Why::Unreadable) };
        let own = self.judgements.get(&self.dataset.samples[index].key);
        let verdict = own.and_then(|own| own.verdict);
        if self.stays_unchanged(&row, verdict) {
            let row = DecidedRow { positive: row.positive, rewrite: None, not_here: 0 };
            let (promoted, copies) = Default::default();
            return RowDecision { fate: RowOutcome::Keep, row: Some(row), promoted, waived: false, copies };
        }
        let Ok(sample) = self.dataset.sample(index) else { return drop(Why::Unreadable) };
        let of_positive = self.known.answers.as_positive(row.query, row.positive);
        if let Some(why) = self.leaves(&row, verdict, of_positive) {
            return drop(why);
        }
        let wrong = of_positive == Some(Relevance::NotRelevant);
        let promote = self.options.false_negatives == FalseNegatives::Promote;
        let Some(mut left) = self.negatives(&row, &sample) else { return drop(Why::HasFalseNegative) };
        let mut relevant = std::mem::take(&mut left.relevant).into_iter().filter(|_| promote);
        let mut replaced = None;
        if wrong {
            replaced = relevant.next();
            if replaced.is_none() {
                return drop(Why::WrongPositive);
            }
            left.changed.push(Changed::PositiveReplaced);
        }
        let positive = replaced.as_ref().map_or(&sample.positive.path, |(_, path)| path);
        self.refill(index, &row, &sample, positive, &mut left);
        if left.kept.len() < self.options.negatives {
            return RowDecision { copies: left.copies, ..drop(Why::TooFewNegatives) };
        }
        self.arrange(index, &mut left);
        let as_it_was = left.kept.len() == sample.negatives.len()
            && left.kept.iter().enumerate().all(|(at, kept)| kept.negative == NewNegative::Own(at));
        let negatives: Vec<NewNegative> = left.kept.into_iter().map(|kept| kept.negative).collect();
        let id = TileId::new(positive);
        let own = (!as_it_was || replaced.is_some()).then(|| Rewrite {
            positive: replaced.map(|(spelling, _)| spelling),
            negatives: (!as_it_was).then(|| negatives.clone()),
            query_group: None,
        });
        let row = DecidedRow { positive: id, rewrite: own.map(Box::new), not_here: left.not_here };
        let promoted = relevant.map(|(spelling, path)| {
            let negatives = Some(negatives.clone());
            let rewrite = Rewrite { positive: Some(spelling), negatives, query_group: None };
            DecidedRow { positive: TileId::new(&path), rewrite: Some(Box::new(rewrite)), not_here: left.not_here }
        });
        let promoted = promoted.collect();
        left.changed.sort_unstable();
        left.changed.dedup();
        let fate = if left.changed.is_empty() { RowOutcome::Keep } else { RowOutcome::Change(left.changed) };
        RowDecision { fate, row: Some(row), promoted, waived: left.waived, copies: left.copies }
    }

    /// Would the closer look find nothing? So it is with most rows of most sets, and it costs a tenth.
    fn stays_unchanged(&self, row: &RowFacts<'_>, verdict: Option<Verdict>) -> bool {
        let stays = match verdict {
            Some(Verdict::Accept) => true,
            None => self.options.unjudged == Unjudged::Keep,
            Some(Verdict::Unsure) => self.options.unsure == Unsure::Keep,
            Some(Verdict::Reject) => false,
        };
        stays
            && self.options.order == Order::AsIs
            && row.negatives.len() >= self.options.negatives
            && !row.repeats_a_negative()
            && self.known.nothing_of(row)
            && self.absent.nothing_of(row)
            && self.copies.nothing_of(row)
    }

    /// Why a row leaves whatever its negatives are.
    fn leaves(&self, row: &RowFacts<'_>, verdict: Option<Verdict>, of_positive: Option<Relevance>) -> Option<Why> {
        let unsure_leaves = self.options.unsure == Unsure::Drop;
        let conflict_leaves =
            || self.options.conflicts == Conflicts::Drop && self.known.answers.is_conflict(row.query, row.positive);
        match (verdict, of_positive, self.absent.reason_in_row(row.positive)) {
            (Some(Verdict::Reject), ..) => Some(Why::Rejected),
            (_, Some(Relevance::Broken), _) => Some(Why::BrokenPositive),
            (.., Some(Absence::Unreadable)) => Some(Why::UnreadablePositive),
            (.., Some(Absence::Missing)) => Some(Why::MissingPositive),
            (.., Some(Absence::NotHere)) if self.options.needs_pictures() => Some(Why::MissingPositive),
            _ if conflict_leaves() => Some(Why::Conflict),
            (_, Some(Relevance::Unsure), _) if unsure_leaves => Some(Why::Unsure),
            (Some(Verdict::Unsure), ..) if unsure_leaves => Some(Why::Unsure),
            (None, ..) if self.options.unjudged == Unjudged::Drop => Some(Why::Unjudged),
            _ => None,
        }
    }

    /// Which negatives stay; `None` where the row leaves because of them.
    fn negatives(&self, row: &RowFacts<'_>, sample: &Sample) -> Option<Remaining> {
        let mut left = Remaining::default();
        // Filled only where a tile stands twice, as in few rows.
        let (repeats, mut kept) = (row.repeats_a_negative(), FxHashSet::default());
        for (at, (tile, id)) in sample.negatives.iter().zip(row.negatives).enumerate() {
            let relevance = self.known.as_negative(row.query, *id);
            let is_positive = self.known.is_positive(row.query, *id);
            let absence = self.absent.reason_in_row(*id);
            let there = !matches!(absence, Some(Absence::Missing | Absence::Unreadable));
            let leaves = match (relevance, absence) {
                (Some(Relevance::Relevant), _) if *id != row.positive => match self.options.false_negatives {
                    FalseNegatives::DropRow => return None,
                    FalseNegatives::Keep if !is_positive && there => {
                        left.waived = true;
                        kept.contains(id).then_some(Changed::RepeatedNegative)
                    }
                    _ => {
                        let known = left.relevant.iter().any(|(_, path)| *path == tile.path);
                        if there && !known {
                            left.relevant.push((tile.spelling.clone(), tile.path.clone()));
                        }
                        Some(Changed::FalseNegative)
                    }
                },
                _ if is_positive => Some(Changed::PositiveInNegatives),
                _ if self.is_copy(row, *id, relevance, &mut left.copies) => Some(Changed::CopyOfPositive),
                (Some(Relevance::Broken), _) => Some(Changed::BrokenNegative),
                (_, Some(Absence::Missing)) => Some(Changed::MissingNegative),
                (_, Some(Absence::Unreadable)) => Some(Changed::UnreadableNegative),
                (_, Some(Absence::NotHere)) if self.options.needs_pictures() => Some(Changed::MissingNegative),
                (Some(Relevance::Unsure), _) if self.options.unsure == Unsure::Drop => Some(Changed::UnsureNegative),
                _ if kept.contains(id) => Some(Changed::RepeatedNegative),
                _ => None,
            };
            match leaves {
                Some(why) => left.changed.push(why),
                None => {
                    if repeats {
                        kept.insert(*id);
                    }
                    left.not_here += usize::from(absence == Some(Absence::NotHere));
                    left.kept.push(KeptNegative { negative: NewNegative::Own(at), path: tile.path.clone() });
                }
            }
        }
        left.not_here += usize::from(self.absent.reason_in_row(row.positive) == Some(Absence::NotHere));
        Some(left)
    }

    /// Does a negative leave as a copy? Counts those that stay as well.
    fn is_copy(&self, row: &RowFacts<'_>, tile: TileId, relevance: Option<Relevance>, counts: &mut CopyCounts) -> bool {
        let Some(kind) = self.copies.kind(row.query, tile, |other| self.counts_as_positive(row, other)) else {
            return false;
        };
        if relevance == Some(Relevance::NotRelevant) && self.copies.is_marked(row.query, tile, kind) {
            return false;
        }
        counts.count(kind);
        self.copies.leave()
    }

    /// Is a tile a positive of the row's query, or relevant to it?
    fn counts_as_positive(&self, row: &RowFacts<'_>, tile: TileId) -> bool {
        self.known.is_positive(row.query, tile) || self.known.as_negative(row.query, tile) == Some(Relevance::Relevant)
    }

    fn refill(&self, index: usize, row: &RowFacts<'_>, sample: &Sample, positive: &TilePath, left: &mut Remaining) {
        let short = self.options.negatives.saturating_sub(left.kept.len());
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
        let is_copy = |tile: &TilePath| self.copies.is_candidate_a_copy(self.dataset, row.query, tile, counts);
        let there = found
            .filter(|candidate| {
                self.absent.reason_on_disk(self.dataset, &candidate.path).is_none() && !is_copy(&candidate.path)
            })
            .take(short);
        for candidate in there {
            left.kept.push(KeptNegative { negative: NewNegative::New(candidate.spelling), path: candidate.path });
            left.changed.push(Changed::Refilled);
        }
    }

    fn arrange(&self, index: usize, left: &mut Remaining) {
        if self.options.order == Order::AsIs {
            return;
        }
        let paths: Vec<&TilePath> = left.kept.iter().map(|kept| &kept.path).collect();
        let scores = scores(self.dataset, index, &paths);
        let mut places: Vec<usize> = (0..scores.len()).collect();
        let score = |at: &usize| scores[*at].unwrap_or(f64::NEG_INFINITY);
        places.sort_by(|a, b| score(b).total_cmp(&score(a)));
        if places.is_sorted() {
            return;
        }
        let mut kept: Vec<Option<KeptNegative>> = std::mem::take(&mut left.kept).into_iter().map(Some).collect();
        left.kept = places.into_iter().filter_map(|at| kept[at].take()).collect();
        left.changed.push(Changed::Reordered);
    }
}
