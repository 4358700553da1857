//! The queue of an adjudication: rows on which annotators differ, with all their answers and
//! without their names.

use sha2::{Digest as _, Sha256};
use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};

use super::rows::{Answered, AnsweredRow, AnsweredRows};
use crate::audits::{RowAnswer, Say};
use crate::judgement::{Judgement, Verdict};
use crate::text_enum::text_enum;

text_enum! {
    /// The reason for adjudicating a row. The queue is in this order.
    pub enum DifferenceKind {
        /// Adjudicators gave different words.
        Adjudicators = "adjudicators", "Adjudicators differ";
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
    /// The answer about the positive and each negative.
    pub answer: RowAnswer,
    /// Whether it is the word of an adjudicator.
    pub of_adjudicator: bool,
}

impl HiddenAnswer {
    /// The answer about a tile: whether the positive is wrong, or a negative relevant.
    pub fn say(&self, tile: &TilePath) -> Say {
        self.answer.negatives.get(tile).copied().unwrap_or(self.answer.positive)
    }
}

impl Difference {
    /// Whether the row has the verdict of an adjudicator, and adjudicators do not differ.
    pub fn is_settled(&self) -> bool {
        self.adjudicated.is_some() && self.kind != DifferenceKind::Adjudicators
    }
}

/// The rows on which annotators differ: first those on which adjudicators do, with their words
/// among the answers, then those where a tile is relevant for one and not for another. With
/// `findings`, also the rows in which all found something. Settled rows are included.
pub fn differences(rows: &AnsweredRows, dataset: &Dataset, findings: bool) -> Vec<Difference> {
    let of_row = |row: &AnsweredRow| {
        let given: Vec<(&str, &Answered)> = rows
            .annotators
            .iter()
            .zip(&row.answers)
            .filter_map(|(name, answer)| Some((&**name, answer.as_ref()?)))
            .collect();
        let positive = dataset.sample(row.index).ok()?.positive.path;
        let of_annotators = || kind_of(&given, &positive, findings);
        let contested = row.contested.as_ref().map(|row| row.differ_on.clone().unwrap_or_default());
        let (kind, tiles) = contested.map(|tiles| (DifferenceKind::Adjudicators, tiles)).or_else(of_annotators)?;
        let words = row.contested.iter().flat_map(|row| &row.words);
        let words: Vec<(&str, Answered)> = words
            .map(|(name, judgement, answer)| {
                (&**name, Answered { judgement: judgement.clone(), answer: answer.clone() })
            })
            .collect();
        let all = given.iter().map(|(name, one)| (*name, *one, false));
        let all = all.chain(words.iter().map(|(name, one)| (*name, one, true)));
        Some(Difference {
            index: row.index,
            key: row.key,
            kind,
            tiles,
            answers: hidden(row.key, all),
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
fn hidden<'a>(key: SampleKey, given: impl Iterator<Item = (&'a str, &'a Answered, bool)>) -> Vec<HiddenAnswer> {
    let place = |name: &str| <[u8; 32]>::from(Sha256::digest(format!("{key}\n{name}")));
    let mut given: Vec<_> = given.map(|(name, one, of_adjudicator)| (place(name), one, of_adjudicator)).collect();
    given.sort_by_key(|(place, ..)| *place);
    let hide = |(_, one, of_adjudicator): ([u8; 32], &Answered, bool)| HiddenAnswer {
        judgement: one.judgement.clone(),
        answer: one.answer.clone(),
        of_adjudicator,
    };
    given.into_iter().map(hide).collect()
}
