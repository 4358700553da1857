//! The queue of an adjudication: rows on which annotators differ, with all their answers and
//! without their names.

use sha2::{Digest as _, Sha256};
use tilejury_data::{SampleIndex, SampleKey, TilePath};

use super::rows::{Answered, AnsweredRow, AnsweredRows};
use crate::audits::{RowAnswer, Say};
use crate::judgement::{Judgement, Verdict};
use crate::text_enum::text_enum;

text_enum! {
    /// The reason for adjudicating a row. The queue is in this order.
    pub enum DifferenceKind {
        /// For one annotator a tile is relevant, for another it is not.
        Relevance = "relevance", "Relevant for one, not for another";
        /// One accepted the row and another rejected it.
        Verdict = "verdict", "Accepted by one, rejected by another";
        /// One decided what another left open.
        Unsure = "unsure", "Left open by one";
        /// All agree on a finding, and the plan wants every finding adjudicated.
        Finding = "finding", "Found by all";
    }
}

/// A row to adjudicate.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The row.
    pub index: SampleIndex,
    /// Its key.
    pub key: SampleKey,
    /// The reason for its place in the queue.
    pub kind: DifferenceKind,
    /// The tiles to decide on, in the order of their paths. Empty if only verdicts differ.
    pub tiles: Vec<TilePath>,
    /// The answers in an order that tells nobody's name, another one in each row.
    pub answers: Vec<HiddenAnswer>,
    /// The answer of the adjudication, once there is one.
    pub adjudicated: Option<RowAnswer>,
}

/// An answer without the name of its annotator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenAnswer {
    /// The judgement.
    pub judgement: Judgement,
    /// The answers about the positive and each negative.
    pub answer: RowAnswer,
}

impl HiddenAnswer {
    /// The answer about a tile: whether the positive is wrong, or a negative relevant.
    pub fn say(&self, tile: &TilePath) -> Say {
        self.answer.negatives.get(tile).copied().unwrap_or(self.answer.positive)
    }
}

impl Difference {
    /// Whether the adjudicator has given the row a verdict.
    pub fn is_settled(&self) -> bool {
        self.adjudicated.is_some()
    }
}

/// The rows on which annotators differ: first those where a tile is relevant for one and not for
/// another. With `findings`, also the rows in which somebody alone, or all of them, found
/// something. Settled rows are included.
pub fn differences(rows: &AnsweredRows, dataset: &tilejury_data::Dataset, findings: bool) -> Vec<Difference> {
    let of_row = |row: &AnsweredRow| {
        let given: Vec<(&str, &Answered)> = rows
            .annotators
            .iter()
            .zip(&row.answers)
            .filter_map(|(name, answer)| Some((&**name, answer.as_ref()?)))
            .collect();
        let positive = dataset.sample(row.index).ok()?.positive.path;
        let (kind, tiles) = kind_of(&given, &positive, findings)?;
        Some(Difference {
            index: row.index,
            key: row.key,
            kind,
            tiles,
            answers: hidden(row.key, given),
            adjudicated: row.adjudicated.clone(),
        })
    };
    let mut found: Vec<Difference> = rows.rows.iter().filter_map(of_row).collect();
    found.sort_by_key(|difference| difference.kind);
    found
}

/// The reason for adjudicating a row, with the tiles to decide on.
fn kind_of(
    given: &[(&str, &Answered)],
    positive: &TilePath,
    findings: bool,
) -> Option<(DifferenceKind, Vec<TilePath>)> {
    let says = |tile: Option<&TilePath>| -> Vec<Say> {
        let say = |answer: &RowAnswer| match tile {
            None => answer.positive,
            Some(tile) => answer.negatives.get(tile).copied().unwrap_or(Say::Nothing),
        };
        given.iter().map(|(_, one)| say(&one.answer)).collect()
    };
    let negatives = given.first()?.1.answer.negatives.keys();
    let questions: Vec<(&TilePath, Vec<Say>)> =
        std::iter::once((positive, says(None))).chain(negatives.map(|tile| (tile, says(Some(tile))))).collect();
    let tiles = |wanted: &dyn Fn(&[Say]) -> bool| -> Vec<TilePath> {
        questions.iter().filter(|(_, says)| wanted(says)).map(|(tile, _)| (*tile).clone()).collect()
    };
    let has = |says: &[Say], say: Say| says.contains(&say);
    let opposed = tiles(&|says| has(says, Say::Yes) && has(says, Say::No));
    if !opposed.is_empty() {
        return Some((DifferenceKind::Relevance, opposed));
    }
    let gave = |verdict| given.iter().any(|(_, one)| one.judgement.verdict == Some(verdict));
    if gave(Verdict::Accept) && gave(Verdict::Reject) {
        return Some((DifferenceKind::Verdict, Vec::new()));
    }
    let decided = |says: &[Say]| has(says, Say::Yes) || has(says, Say::No);
    let open = tiles(&|says| decided(says) && (has(says, Say::Unsure) || has(says, Say::Broken)));
    let differ = given.iter().any(|(_, one)| one.judgement.verdict != given[0].1.judgement.verdict);
    if !open.is_empty() || differ {
        return Some((DifferenceKind::Unsure, open));
    }
    let found = tiles(&|says| has(says, Say::Yes));
    (findings && !found.is_empty()).then_some((DifferenceKind::Finding, found))
}

/// Answers without names, ordered by a hash of the row and the name.
fn hidden(key: SampleKey, given: Vec<(&str, &Answered)>) -> Vec<HiddenAnswer> {
    let place = |name: &str| <[u8; 32]>::from(Sha256::digest(format!("{key}\n{name}")));
    let mut given: Vec<_> = given.into_iter().map(|(name, one)| (place(name), one)).collect();
    given.sort_by_key(|(place, _)| *place);
    let hide = |one: &Answered| HiddenAnswer { judgement: one.judgement.clone(), answer: one.answer.clone() };
    given.into_iter().map(|(_, one)| hide(one)).collect()
}
