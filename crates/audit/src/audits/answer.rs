//! The answer to a drawn row: one for its positive and one for each of its negatives.

use std::collections::BTreeMap;

use tilejury_data::{Sample, TilePath};
use tilejury_stats::RowCount;

use crate::judgement::{Judgement, Relevance, Verdict};

/// The answer to a question about a tile or a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Say {
    /// Yes.
    Yes,
    /// No.
    No,
    /// The person could not decide.
    Unsure,
    /// Two people said different things.
    Disputed,
    /// The tile cannot be read: it counts nowhere.
    Broken,
    /// Nothing was said.
    Nothing,
}

impl Say {
    /// The answer of two people together.
    fn together(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Nothing, said) | (said, Self::Nothing) => said,
            _ => Self::Disputed,
        }
    }

    /// Whether it may be a yes.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Unsure | Self::Disputed | Self::Nothing)
    }
}

/// The answer to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowAnswer {
    /// Whether the positive is wrong.
    pub positive: Say,
    /// Whether each different negative is relevant, that is a false negative.
    pub negatives: BTreeMap<TilePath, Say>,
    /// The number of negatives that were only confirmed by accepting the row.
    pub confirmed: u64,
    /// Whether the row as a whole was left unsure.
    pub is_unsure: bool,
}

impl RowAnswer {
    /// The answer of a judgement with a verdict. `is_confirmed`: whether a tile's relevance came
    /// from accepting the row.
    ///
    /// In an accepted row, a negative without a mark is not relevant.
    pub(super) fn new(sample: &Sample, judgement: &Judgement, is_confirmed: &dyn Fn(&TilePath) -> bool) -> Self {
        let positive = &sample.positive.path;
        let judgement = judgement.clone().reconciled(positive);
        let is_accepted = judgement.verdict == Some(Verdict::Accept);
        let is_unsure = judgement.verdict == Some(Verdict::Unsure);
        let mut confirmed = 0;
        let mut negatives = BTreeMap::new();
        for negative in sample.negatives.iter().map(|tile| &tile.path).filter(|tile| *tile != positive) {
            let relevance = judgement.relevance(negative);
            let by_accept = relevance.is_none() && is_accepted;
            let say = match relevance {
                Some(Relevance::Relevant) => Say::Yes,
                Some(Relevance::NotRelevant) => Say::No,
                Some(Relevance::Unsure) => Say::Unsure,
                Some(Relevance::Broken) => Say::Broken,
                None if by_accept => Say::No,
                None => Say::Nothing,
            };
            let is_new = negatives.insert(negative.clone(), say).is_none();
            confirmed += u64::from(is_new && say == Say::No && (by_accept || is_confirmed(negative)));
        }
        let positive = match judgement.relevance(positive) {
            Some(Relevance::NotRelevant) => Say::Yes,
            Some(Relevance::Broken) => Say::Broken,
            Some(Relevance::Unsure) => Say::Unsure,
            None if is_unsure => Say::Unsure,
            Some(Relevance::Relevant) | None => Say::No,
        };
        Self { positive, negatives, confirmed, is_unsure }
    }

    /// The answer of a judgement to some tiles of a row, and to nothing else; `None` as long as one
    /// of them has no mark, unless the row as a whole was left unsure. A verdict alone is no answer
    /// to a tile.
    pub(super) fn of_tiles(
        sample: &Sample,
        judgement: &Judgement,
        tiles: &[TilePath],
        is_confirmed: &dyn Fn(&TilePath) -> bool,
    ) -> Option<Self> {
        if !answers_tiles(judgement, tiles) {
            return None;
        }
        let marks = Judgement { verdict: None, ..judgement.clone() };
        let all = Self::new(sample, &marks, is_confirmed);
        let say = |tile: &TilePath| (tile.clone(), all.negatives.get(tile).copied().unwrap_or(Say::Nothing));
        let negatives: BTreeMap<TilePath, Say> = tiles.iter().map(say).collect();
        let confirmed = negatives.iter().filter(|(tile, said)| **said == Say::No && is_confirmed(tile)).count() as u64;
        let is_unsure = judgement.verdict == Some(Verdict::Unsure);
        Some(Self { positive: Say::Nothing, negatives, confirmed, is_unsure })
    }

    /// The answer of a judgement, if it has a verdict; no tile of it counts as confirmed by
    /// accepting the row.
    pub(crate) fn of_judgement(sample: &Sample, judgement: &Judgement) -> Option<Self> {
        judgement.verdict.map(|_| Self::of_marks(sample, judgement))
    }

    /// The answer of a judgement with or without a verdict, likewise.
    pub(crate) fn of_marks(sample: &Sample, judgement: &Judgement) -> Self {
        Self::new(sample, judgement, &|_| false)
    }

    /// Removes its answer about a negative.
    pub(crate) fn forget(&mut self, tile: &TilePath) {
        if let Some(say) = self.negatives.get_mut(tile) {
            *say = Say::Nothing;
        }
    }

    /// The answer with all negatives unsure.
    pub(super) fn with_unsure_negatives(mut self) -> Self {
        self.negatives.values_mut().for_each(|say| *say = Say::Unsure);
        Self { confirmed: 0, is_unsure: true, ..self }
    }

    /// The answer of two people to one row.
    #[must_use]
    pub(super) fn together(mut self, other: Self) -> Self {
        self.positive = self.positive.together(other.positive);
        for (tile, said) in other.negatives {
            let mine = self.negatives.entry(tile).or_insert(Say::Nothing);
            *mine = mine.together(said);
        }
        self.confirmed = self.confirmed.min(other.confirmed);
        self.is_unsure |= other.is_unsure;
        self
    }

    /// The answers for its tiles.
    pub fn says(&self) -> impl Iterator<Item = &Say> {
        std::iter::once(&self.positive).chain(self.negatives.values())
    }

    /// Whether the row is wrong as it is: its positive is, or one of its negatives is relevant, or
    /// that is undecided.
    pub(super) fn is_wrong(&self) -> bool {
        self.positive != Say::No || self.has_false_negative() != Say::No
    }

    /// Whether the row has a false negative.
    pub fn has_false_negative(&self) -> Say {
        let mut said = self.negatives.values();
        if said.clone().any(|say| *say == Say::Yes) {
            return Say::Yes;
        }
        match said.any(|say| say.is_open()) || self.is_unsure {
            true => Say::Unsure,
            false => Say::No,
        }
    }

    /// The negatives for the share of negatives.
    pub fn count(&self) -> RowCount {
        let number = |wanted: Say| self.negatives.values().filter(|say| **say == wanted).count() as u64;
        RowCount { hits: number(Say::Yes), decided: number(Say::Yes) + number(Say::No) }
    }

    /// Its negatives that are open.
    pub fn open_negatives(&self) -> u64 {
        self.negatives.values().filter(|say| say.is_open()).count() as u64
    }

    /// The number of its tiles that cannot be read.
    pub fn broken(&self) -> u64 {
        self.says().filter(|say| **say == Say::Broken).count() as u64
    }
}

/// Whether a judgement answers what is asked about some tiles of a row: all of them have a mark, or
/// the row as a whole was left unsure.
pub fn answers_tiles(judgement: &Judgement, tiles: &[TilePath]) -> bool {
    judgement.verdict == Some(Verdict::Unsure) || tiles.iter().all(|tile| judgement.relevance(tile).is_some())
}
