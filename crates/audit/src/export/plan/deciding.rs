//! The fate of one row by itself, with what is known of its query. What several rows decide together comes after it.

use tilejury_data::rewrite::{Negative, Rewrite};
use tilejury_data::{Dataset, Sample, TilePath};

use super::absent::{Absence, Absent};
use super::candidates::{candidates, scores};
use super::fate::{Changed, Fate, Why};
use super::known::Known;
use crate::export::options::{ExportOptions, FalseNegatives, Order, Unjudged, Unsure};
use crate::judgement::{Judgement, Judgements, Relevance, Verdict};

/// Looks at rows one by one.
pub(super) struct Decider<'a> {
    pub(super) dataset: &'a Dataset,
    pub(super) judgements: &'a Judgements,
    pub(super) options: &'a ExportOptions,
    pub(super) known: &'a Known,
    pub(super) absent: &'a Absent,
}

/// What was decided over a row.
pub(super) struct Decided {
    pub(super) fate: Fate,
    /// The rows to be written: the row itself, then one for each tile that is promoted. Empty for one that leaves.
    pub(super) rows: Vec<DecidedRow>,
    /// A relevant tile stays among the negatives by the person's own wish.
    pub(super) waived: bool,
}

/// A row to be written.
pub(super) struct DecidedRow {
    pub(super) positive: TilePath,
    pub(super) rewrite: Option<Rewrite>,
    /// Tiles of it that nobody could look for.
    pub(super) not_here: usize,
}

/// A negative that is written.
struct Kept {
    negative: Negative,
    path: TilePath,
}

/// What is left of a row's negatives.
#[derive(Default)]
struct Left {
    kept: Vec<Kept>,
    changed: Vec<Changed>,
    /// Relevant ones, as the row spells them, each once.
    relevant: Vec<(String, TilePath)>,
    waived: bool,
    not_here: usize,
}

fn drop(why: Why) -> Decided {
    Decided { fate: Fate::Drop(why), rows: Vec::new(), waived: false }
}

impl Decider<'_> {
    pub(super) fn decide(&self, index: usize) -> Decided {
        // A row that was read when the set was opened can be unreadable only where the file was cut since.
        let Ok(sample) = self.dataset.sample(index) else { return drop(Why::Unreadable) };
        let nothing = Judgement::default();
        let own = self.judgements.get(&sample.key).unwrap_or(&nothing);
        let positive = &sample.positive.path;
        let of_positive = self.known.relevance(index, own, positive);
        if let Some(why) = self.leaves(own, of_positive, positive) {
            return drop(why);
        }
        let wrong = of_positive == Some(Relevance::NotRelevant);
        let promote = self.options.false_negatives == FalseNegatives::Promote;
        let Some(mut left) = self.negatives(index, &sample, own, wrong) else { return drop(Why::HasFalseNegative) };
        let mut relevant = std::mem::take(&mut left.relevant).into_iter().filter(|_| promote);
        let mut replaced = None;
        if wrong {
            replaced = relevant.next();
            if replaced.is_none() {
                return drop(Why::WrongPositive);
            }
            left.changed.push(Changed::PositiveReplaced);
        }
        let positive = replaced.as_ref().map_or(positive, |(_, path)| path);
        self.refill(index, &sample, own, positive, &mut left);
        if left.kept.len() < self.options.negatives {
            return drop(Why::TooFewNegatives);
        }
        self.arrange(index, &mut left);
        let as_it_was = left.kept.len() == sample.negatives.len()
            && left.kept.iter().enumerate().all(|(at, kept)| kept.negative == Negative::Own(at));
        let negatives: Vec<Negative> = left.kept.into_iter().map(|kept| kept.negative).collect();
        let own_row = DecidedRow {
            positive: positive.clone(),
            rewrite: (!as_it_was || replaced.is_some()).then(|| Rewrite {
                positive: replaced.map(|(spelling, _)| spelling),
                negatives: (!as_it_was).then(|| negatives.clone()),
                query_group: None,
            }),
            not_here: left.not_here,
        };
        let promoted = relevant.map(|(spelling, path)| DecidedRow {
            positive: path,
            rewrite: Some(Rewrite { positive: Some(spelling), negatives: Some(negatives.clone()), query_group: None }),
            not_here: left.not_here,
        });
        let rows = std::iter::once(own_row).chain(promoted).collect();
        left.changed.sort_unstable();
        left.changed.dedup();
        let fate = if left.changed.is_empty() { Fate::Keep } else { Fate::Change(left.changed) };
        Decided { fate, rows, waived: left.waived }
    }

    /// Why a row leaves whatever its negatives are.
    fn leaves(&self, own: &Judgement, of_positive: Option<Relevance>, positive: &TilePath) -> Option<Why> {
        let unsure_leaves = self.options.unsure == Unsure::Drop;
        match (own.verdict, of_positive, self.absent.of_row(positive)) {
            (Some(Verdict::Reject), ..) => Some(Why::Rejected),
            (_, Some(Relevance::Broken), _) => Some(Why::BrokenPositive),
            (.., Some(Absence::Unreadable)) => Some(Why::UnreadablePositive),
            (.., Some(Absence::Missing)) => Some(Why::MissingPositive),
            (.., Some(Absence::NotHere)) if self.options.needs_pictures() => Some(Why::MissingPositive),
            (_, Some(Relevance::Unsure), _) if unsure_leaves => Some(Why::Unsure),
            (Some(Verdict::Unsure), ..) if unsure_leaves => Some(Why::Unsure),
            (None, ..) if self.options.unjudged == Unjudged::Drop => Some(Why::Unjudged),
            _ => None,
        }
    }

    /// Which negatives stay; `None` where the row leaves because of them.
    fn negatives(&self, index: usize, sample: &Sample, own: &Judgement, wrong: bool) -> Option<Left> {
        let mut left = Left::default();
        for (at, tile) in sample.negatives.iter().enumerate() {
            let relevance = self.known.relevance(index, own, &tile.path);
            let is_positive =
                (tile.path == sample.positive.path && !wrong) || self.known.is_positive(index, &tile.path);
            let absence = self.absent.of_row(&tile.path);
            let there = !matches!(absence, Some(Absence::Missing | Absence::Unreadable));
            let leaves = match (relevance, absence) {
                (Some(Relevance::Relevant), _) if tile.path != sample.positive.path || wrong => {
                    match self.options.false_negatives {
                        FalseNegatives::DropRow => return None,
                        FalseNegatives::Keep if !is_positive && there => {
                            left.waived = true;
                            None
                        }
                        _ => {
                            let known = left.relevant.iter().any(|(_, path)| *path == tile.path);
                            if there && !known {
                                left.relevant.push((tile.spelling.clone(), tile.path.clone()));
                            }
                            Some(Changed::FalseNegative)
                        }
                    }
                }
                _ if is_positive => Some(Changed::PositiveInNegatives),
                (Some(Relevance::Broken), _) => Some(Changed::BrokenNegative),
                (_, Some(Absence::Missing)) => Some(Changed::MissingNegative),
                (_, Some(Absence::Unreadable)) => Some(Changed::UnreadableNegative),
                (_, Some(Absence::NotHere)) if self.options.needs_pictures() => Some(Changed::MissingNegative),
                (Some(Relevance::Unsure), _) if self.options.unsure == Unsure::Drop => Some(Changed::UnsureNegative),
                _ => None,
            };
            match leaves {
                Some(why) => left.changed.push(why),
                None => {
                    left.not_here += usize::from(absence == Some(Absence::NotHere));
                    left.kept.push(Kept { negative: Negative::Own(at), path: tile.path.clone() });
                }
            }
        }
        left.not_here += usize::from(self.absent.of_row(&sample.positive.path) == Some(Absence::NotHere));
        Some(left)
    }

    fn refill(&self, index: usize, sample: &Sample, own: &Judgement, positive: &TilePath, left: &mut Left) {
        let short = self.options.negatives.saturating_sub(left.kept.len());
        if !self.options.refill || short == 0 {
            return;
        }
        let relevance = |tile: &TilePath| {
            let positive = self.known.is_positive(index, tile).then_some(Relevance::Relevant);
            positive.or_else(|| self.known.relevance(index, own, tile))
        };
        let found = candidates(self.dataset, index, sample, positive, relevance).into_iter();
        let there = found.filter(|candidate| self.absent.look(self.dataset, &candidate.path).is_none()).take(short);
        for candidate in there {
            left.kept.push(Kept { negative: Negative::New(candidate.spelling), path: candidate.path });
            left.changed.push(Changed::Refilled);
        }
    }

    fn arrange(&self, index: usize, left: &mut Left) {
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
        let mut kept: Vec<Option<Kept>> = std::mem::take(&mut left.kept).into_iter().map(Some).collect();
        left.kept = places.into_iter().filter_map(|at| kept[at].take()).collect();
        left.changed.push(Changed::Reordered);
    }
}
