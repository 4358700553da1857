//! The rows of a set by suspicion, in the order in which it is frozen for an audit, with what is
//! known of their rates before it. Draws nothing.

use std::collections::{BTreeSet, HashSet};

use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;
use tilejury_data::{Dataset, SampleIndex, SampleKey};

use crate::decisions::{Decisions, SampleDecisions};
use crate::judgement::Relevance;
use crate::suspicion::Findings;

/// The number of judgements that the scores of a band are worth, as for the weights of signals.
const SCORE_COUNTS: f64 = 10.0;
/// The lowest share that is guessed from scores alone: rows without a finding have the score 0, but
/// some of them are affected, and a band must not be left out because nothing was found in it.
const LEAST_GUESS: f64 = 0.01;

/// A row in the order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OrderedRow {
    pub(super) key: SampleKey,
    score: f32,
    /// Whether anything is known that ranks it.
    is_ranked: bool,
    /// Whether a person who judged it found a false negative.
    affected: Option<bool>,
}

/// The rows of a set, the most suspicious first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SuspicionOrder(Vec<OrderedRow>);

impl SuspicionOrder {
    /// Orders the rows by the scores of `findings`, the highest first; of equal ones by the sum
    /// over their tiles, then by key, so that the order of the file is of no account. Rows that
    /// nothing is known of come last. `decisions`: the judgements so far, which tell the rates to
    /// expect.
    pub fn new(dataset: &Dataset, findings: &Findings, decisions: &Decisions) -> Self {
        let ranked: HashSet<SampleIndex> = findings.ranking().iter().copied().collect();
        let mut rows: Vec<(f32, OrderedRow)> = dataset
            .indices()
            .map(|index| {
                let (score, sum) = findings.highest_and_sum(index);
                let row = OrderedRow {
                    key: dataset.entry(index).key,
                    score,
                    is_ranked: ranked.contains(&index),
                    affected: decisions.get(index).and_then(is_affected),
                };
                (sum, row)
            })
            .collect();
        rows.sort_by(|(one_sum, one), (other_sum, other)| {
            let by_score = other.score.total_cmp(&one.score).then(other_sum.total_cmp(one_sum));
            other.is_ranked.cmp(&one.is_ranked).then(by_score).then(one.key.cmp(&other.key))
        });
        let mut known = HashSet::new();
        Self(rows.into_iter().map(|(_, row)| row).filter(|row| known.insert(row.key)).collect())
    }

    /// The same order of the rows with these keys.
    pub(super) fn among(&self, keys: &BTreeSet<SampleKey>) -> Self {
        Self(self.0.iter().filter(|row| keys.contains(&row.key)).copied().collect())
    }

    /// Whether nothing is known of any row.
    pub(super) fn is_blank(&self) -> bool {
        !self.0.iter().any(|row| row.is_ranked)
    }

    pub(super) fn rows(&self) -> &[OrderedRow] {
        &self.0
    }

    /// A hash of the keys in this order: another order has another.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for row in &self.0 {
            hash.update(format!("{}\n", row.key));
        }
        hexadecimal(&hash.finalize()[..16])
    }
}

/// Whether a row that was judged has a false negative; `None` if it was not judged.
fn is_affected(decided: &SampleDecisions) -> Option<bool> {
    let is_found = decided.negatives().any(|(_, decision)| decision.value == Relevance::Relevant);
    (is_found || decided.verdict.is_some()).then_some(is_found)
}

/// The share of affected rows to expect among some rows, and the number of judged ones that it
/// follows: the mean score of the rows counts as ten judgements, each judged row as one.
pub(super) fn guess(rows: &[OrderedRow]) -> (f64, u64) {
    let judged = rows.iter().filter_map(|row| row.affected);
    let (judged, affected) = judged.fold((0, 0), |(all, hits), hit| (all + 1, hits + u64::from(hit)));
    let scores: f64 = rows.iter().map(|row| f64::from(row.score)).sum();
    let mean = if rows.is_empty() { 0.0 } else { scores / rows.len() as f64 };
    let expected = SCORE_COUNTS * mean.clamp(LEAST_GUESS, 1.0 - LEAST_GUESS) + affected as f64;
    (expected / (SCORE_COUNTS + judged as f64), judged)
}

#[cfg(test)]
mod tests {
    use tilejury_data::TilePath;

    use super::*;

    fn row(score: f32, affected: Option<bool>) -> OrderedRow {
        OrderedRow { key: SampleKey::new("q", &TilePath::new("p"), 0), score, is_ranked: true, affected }
    }

    #[test]
    fn judged_rows_correct_what_scores_say() {
        assert_eq!(guess(&[row(0.4, None), row(0.2, None)]).1, 0);
        assert!((guess(&[row(0.4, None), row(0.2, None)]).0 - 0.3).abs() < 1e-6);
        let mut rows = vec![row(0.5, None); 10];
        rows.extend(vec![row(0.5, Some(false)); 40]);
        assert_eq!(guess(&rows), (0.1, 40), "five of ten by the scores, none of forty by people");
        assert_eq!(guess(&[row(0.0, None)]).0, LEAST_GUESS);
        assert_eq!(guess(&[]).0, LEAST_GUESS);
    }
}
