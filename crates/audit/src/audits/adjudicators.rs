//! The words of several adjudicators about one row: what counts of them together, and where they
//! differ. Knows neither audits nor events.

use std::collections::BTreeMap;
use std::sync::Arc;

use tilejury_data::{Sample, TilePath};

use super::answer::{RowAnswer, Say};
use crate::judgement::{Judgement, Verdict};
use crate::merge::majority;

/// The words of adjudicators about one row.
#[derive(Clone, Debug)]
pub struct AdjudicatedRow {
    /// Their common answer; `None` as long as none of them gave a verdict, if rows are asked for. A
    /// question on which no word has the most votes is [`Say::Disputed`].
    pub answer: Option<RowAnswer>,
    /// Set if they differ: the tiles without a word that has the most votes, none if only the
    /// verdicts differ. Such a row is not settled.
    pub differ_on: Option<Vec<TilePath>>,
    /// The word of each, sorted by name.
    pub words: Vec<(Arc<str>, Judgement, RowAnswer)>,
}

impl AdjudicatedRow {
    /// Combines the words of adjudicators, sorted by name; `None` without one. `of_tiles`: only
    /// tiles of the row are asked for, so that marks are words without a verdict, and verdicts are
    /// none.
    pub(crate) fn new(sample: &Sample, words: Vec<(Arc<str>, Judgement, RowAnswer)>, of_tiles: bool) -> Option<Self> {
        let verdicts: Vec<Verdict> = words.iter().filter_map(|(_, judgement, _)| judgement.verdict).collect();
        let is_given = of_tiles || !verdicts.is_empty();
        if words.len() < 2 {
            let answer = words.first()?.2.clone();
            return Some(Self { answer: is_given.then_some(answer), differ_on: None, words });
        }
        let mut tiles = Vec::new();
        let mut decided = |tile: &TilePath, says: Vec<Say>| {
            let together = majority(says.into_iter().filter(|say| *say != Say::Nothing), Say::Disputed);
            if together == Some(Say::Disputed) {
                tiles.push(tile.clone());
            }
            together.unwrap_or(Say::Nothing)
        };
        let of_positive = |(_, judgement, answer): &(Arc<str>, Judgement, RowAnswer)| match judgement.verdict {
            None if judgement.relevance(&sample.positive.path).is_none() => Say::Nothing,
            _ => answer.positive,
        };
        let positive = if of_tiles {
            Say::Nothing
        } else {
            match decided(&sample.positive.path, words.iter().map(of_positive).collect()) {
                Say::Nothing => Say::No,
                said => said,
            }
        };
        let of_each: BTreeMap<&TilePath, Vec<Say>> = words[0]
            .2
            .negatives
            .keys()
            .map(|tile| (tile, words.iter().map(|word| word.2.negatives[tile]).collect()))
            .collect();
        let negatives = of_each.into_iter().map(|(tile, says)| (tile.clone(), decided(tile, says))).collect();
        // The verdict that two of them tie on is none of the verdicts.
        let verdict = majority(verdicts.iter().map(|verdict| Some(*verdict)), None);
        let answer = RowAnswer {
            positive,
            negatives,
            confirmed: words.iter().map(|word| word.2.confirmed).min().unwrap_or(0),
            is_unsure: match of_tiles {
                true => words.iter().filter(|word| word.2.is_unsure).count() * 2 >= words.len(),
                false => !matches!(verdict, Some(Some(Verdict::Accept | Verdict::Reject))),
            },
        };
        let differ = !tiles.is_empty() || (verdict == Some(None) && !of_tiles);
        Some(Self { answer: is_given.then_some(answer), differ_on: differ.then_some(tiles), words })
    }
}
