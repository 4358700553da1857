//! The content of an audit's rows, frozen in its plan: a hash of each drawn row, and one of all
//! rows that are drawn from. An answer that was given on other negatives is found by them. Decides
//! nothing about answers.
//!
//! Plans of earlier versions have none: their rows are compared by their keys, which do not depend
//! on negatives.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;
use tilejury_data::{Dataset, Sample, SampleIndex, SampleKey};

/// The rule of these hashes; the rule of plans without them is 1.
const RULE: u32 = 2;
/// The letters of a row's hash in a plan.
const LETTERS: usize = 16;

/// The content of the rows of an audit. Stored in plans; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowContents {
    /// The rule of the hashes.
    rule: u32,
    /// The hash of all rows that are drawn from, whatever their order.
    scope: String,
    /// The hashes of the drawn rows, 16 letters each, in the order of the draw.
    rows: String,
}

/// The hash of a row: its query, its positive, and its different negatives, whatever their order.
fn of_sample(sample: &Sample) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"tilejury row 2\0");
    let negatives: BTreeSet<&str> = sample.negatives.iter().map(|tile| tile.path.as_str()).collect();
    for part in [sample.query.as_str(), sample.positive.path.as_str()].into_iter().chain(negatives) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// The letters of a row in a plan.
fn letters(sample: &Sample) -> String {
    hexadecimal(&of_sample(sample)[..LETTERS / 2])
}

/// The hash of rows: SHA-256 of their number and of the sum of their hashes modulo 2¹²⁸. A row that
/// cannot be read counts by its key.
fn of_scope(dataset: &Dataset, rows: impl Iterator<Item = SampleIndex>) -> String {
    let (mut number, mut sum) = (0_u64, 0_u128);
    for index in rows {
        number += 1;
        let hash = match dataset.sample(index) {
            Ok(sample) => of_sample(&sample).iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte)),
            Err(_) => dataset.entry(index).key.0,
        };
        sum = sum.wrapping_add(hash);
    }
    let parts = [b"tilejury rows 2\0", &number.to_le_bytes()[..], &sum.to_le_bytes()].concat();
    hexadecimal(&Sha256::digest(parts)[..16])
}

impl RowContents {
    /// The content of the rows in the scope of a plan, without the drawn ones. Reads them.
    pub(super) fn of_scope(dataset: &Dataset, rows: impl Iterator<Item = SampleIndex>) -> Self {
        Self { rule: RULE, scope: of_scope(dataset, rows), rows: String::new() }
    }

    /// Takes the drawn rows, in the order of the draw. Reads them.
    pub(super) fn take_drawn(&mut self, dataset: &Dataset, rows: &[SampleKey]) {
        let of_row = |key: &SampleKey| Some(letters(&dataset.sample(dataset.find(*key)?).ok()?));
        self.rows = rows.iter().map(|key| of_row(key).unwrap_or_else(|| "-".repeat(LETTERS))).collect();
    }

    /// The hash of each drawn row.
    pub(super) fn by_row(&self, rows: &[SampleKey]) -> HashMap<SampleKey, String> {
        let known = (0..rows.len()).map_while(|at| self.rows.get(at * LETTERS..(at + 1) * LETTERS));
        match self.rule {
            RULE => rows.iter().copied().zip(known.map(str::to_owned)).collect(),
            _ => HashMap::new(),
        }
    }

    /// Whether all rows that were drawn from have this content; `None` if that was frozen by
    /// another rule. Reads them.
    pub(super) fn is_of_scope(&self, dataset: &Dataset, rows: impl Iterator<Item = SampleIndex>) -> Option<bool> {
        (self.rule == RULE).then(|| of_scope(dataset, rows) == self.scope)
    }
}

/// Whether a row has another content than the plan froze.
pub(super) fn has_changed(frozen: &str, sample: &Sample) -> bool {
    frozen != letters(sample)
}
