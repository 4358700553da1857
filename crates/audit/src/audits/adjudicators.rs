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
    /// Their common word; `None` as long as none of them gave a verdict. A question on which
    /// no word has the most votes is [`Say::Disputed`].
    pub answer: Option<RowAnswer>,
    /// Set if they differ: the tiles without a word that has the most votes, none if only the
    /// verdicts differ. Such a row is not settled.
    pub differ_on: Option<Vec<TilePath>>,
    /// The word of each, sorted by name.
    pub words: Vec<(Arc<str>, Judgement, RowAnswer)>,
}

impl AdjudicatedRow {
    /// Combines the words of adjudicators, sorted by name; `None` without one.
    pub(crate) fn new(sample: &Sample, words: Vec<(Arc<str>, Judgement, RowAnswer)>) -> Option<Self> {
        let verdicts: Vec<Verdict> = words.iter().filter_map(|(_, judgement, _)| judgement.verdict).collect();
        if words.len() < 2 {
            let answer = words.first()?.2.clone();
            return Some(Self { answer: (!verdicts.is_empty()).then_some(answer), differ_on: None, words });
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
        let positive = decided(&sample.positive.path, words.iter().map(of_positive).collect());
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
            positive: if positive == Say::Nothing { Say::No } else { positive },
            negatives,
            confirmed: words.iter().map(|word| word.2.confirmed).min().unwrap_or(0),
            is_unsure: !matches!(verdict, Some(Some(Verdict::Accept | Verdict::Reject))),
        };
        let differ = !tiles.is_empty() || verdict == Some(None);
        Some(Self { answer: (!verdicts.is_empty()).then_some(answer), differ_on: differ.then_some(tiles), words })
    }
}
