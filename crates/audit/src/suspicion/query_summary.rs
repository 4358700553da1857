//! Summaries of queries that rule out most pairs of them as near without reading their words.
//!
//! Only rules out: `query_text` decides about the rest.

use super::near_query::may_be_near;
use super::query_text::{QueryTexts, cosine};

/// The words of a query in a few bytes, enough to rule out that most queries are near it.
#[derive(Clone, Copy)]
pub(super) struct QuerySummary {
    /// The bit of each word.
    bits: u128,
    norm: f32,
    words: u32,
}

/// A query that is compared with summaries.
pub(super) struct QueryProbe {
    /// The bit and the weight of each word.
    words: Vec<(u128, f32)>,
    norm: f32,
}

impl QuerySummary {
    /// Summarises a query.
    pub(super) fn new(queries: &QueryTexts, query: u32) -> Self {
        let words = queries.words_of(query);
        let bits = words.iter().fold(0, |bits, word| bits | bit_of(*word));
        Self { bits, norm: queries.norm(query), words: words.len() as u32 }
    }
}

impl QueryProbe {
    /// Prepares a query to be compared with summaries.
    pub(super) fn new(queries: &QueryTexts, query: u32) -> Self {
        let words = queries.words_of(query).iter().map(|word| (bit_of(*word), queries.weight(*word))).collect();
        Self { words, norm: queries.norm(query) }
    }

    /// Whether a query may be near, given its summary: `false` only if [`QueryTexts::nearness`] is
    /// below `least`. Words that share a bit count as common, so it errs on the side of `true`.
    pub(super) fn may_be_near(&self, other: &QuerySummary, least: f32) -> bool {
        let (mut common, mut weight) = (0, 0.0);
        for (bit, of_word) in &self.words {
            if other.bits & bit != 0 {
                common += 1;
                weight += of_word;
            }
        }
        // Sums in another order are rounded in another way.
        let rounding = 1.0 + f32::EPSILON * (self.words.len() + 16) as f32;
        let by_words = cosine(weight * rounding, self.norm, other.norm);
        let (own, others) = (self.words.len(), other.words as usize);
        by_words >= least || may_be_near(by_words, (own, others, common))
    }
}

/// Returns one of 128 bits for a word.
fn bit_of(word: u32) -> u128 {
    1 << (word.wrapping_mul(0x9e37_79b1) >> 25)
}
