//! Likely answers and the skills of annotators, from their answers alone (Dawid & Skene). Never the
//! truth of a rate: two annotators do not determine their skills.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::{SampleIndex, TilePath};
use tilejury_stats::{Answer, dawid_skene};

use super::rows::AnsweredRows;
use crate::audits::Say;

/// The most steps of the computation.
const STEPS: usize = 10_000;

/// The probabilities of the model, about negatives.
#[derive(Clone, Debug, PartialEq)]
pub struct Skills {
    /// The share of relevant negatives; `None` without answers.
    pub share: Option<f64>,
    /// The steps until nothing changed.
    pub steps: usize,
    /// Whether the answers determine the skills: at least three annotators answered to some
    /// negative.
    pub is_identified: bool,
    /// The annotators with an answer.
    pub annotators: Vec<Skill>,
    /// The negatives with an answer.
    pub tiles: Vec<LikelyTile>,
}

/// The skill of an annotator by the model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skill {
    /// The annotator.
    pub annotator: String,
    /// Their answers, yes or no.
    pub answers: u64,
    /// The probability that they call a relevant negative relevant.
    pub sensitivity: f64,
    /// The probability that they call another one not relevant.
    pub specificity: f64,
}

/// A negative with its probability.
#[derive(Clone, Debug, PartialEq)]
pub struct LikelyTile {
    /// The row.
    pub index: SampleIndex,
    /// The tile.
    pub tile: TilePath,
    /// The answers, yes or no.
    pub answers: u64,
    /// The probability that it is relevant.
    pub probability: f64,
}

impl Skills {
    /// Fits the model to all answers about negatives that are yes or no.
    pub fn new(rows: &AnsweredRows) -> Self {
        let mut units: Vec<(SampleIndex, TilePath, u64)> = Vec::new();
        let mut answers: Vec<Answer> = Vec::new();
        for row in &rows.rows {
            let mut numbers: BTreeMap<&TilePath, usize> = BTreeMap::new();
            for (annotator, one) in row.answers.iter().enumerate().filter_map(|(at, one)| Some((at, one.as_ref()?))) {
                for (tile, say) in &one.answer.negatives {
                    let value = match say {
                        Say::Yes => 1,
                        Say::No => 0,
                        _ => continue,
                    };
                    let unit = *numbers.entry(tile).or_insert_with(|| {
                        units.push((row.index, tile.clone(), 0));
                        units.len() - 1
                    });
                    units[unit].2 += 1;
                    answers.push(Answer { unit, annotator, value });
                }
            }
        }
        let found = dawid_skene(&answers, 2, STEPS);
        let skill = |(at, shares): (usize, &Vec<Vec<f64>>)| {
            let given = answers.iter().filter(|answer| answer.annotator == at).count() as u64;
            (given > 0).then(|| Skill {
                annotator: rows.annotators[at].to_string(),
                answers: given,
                sensitivity: shares[1][1],
                specificity: shares[0][0],
            })
        };
        let is_identified = units.iter().any(|(_, _, answers)| *answers > 2);
        let tiles = units.into_iter().zip(&found.units).map(|((index, tile, answers), shares)| LikelyTile {
            index,
            tile,
            answers,
            probability: shares[1],
        });
        Self {
            share: found.shares.get(1).copied().filter(|_| !answers.is_empty()),
            steps: found.steps,
            is_identified,
            annotators: found.annotators.iter().enumerate().filter_map(skill).collect(),
            tiles: tiles.collect(),
        }
    }
}
