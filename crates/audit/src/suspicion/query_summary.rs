//! Summaries of queries that rule out most pairs of them as near without reading their words.
//!
//! Only rules out: `query_text` decides about the rest.

use super::near_query::may_be_near;
use super::query_text::{QueryTexts, cosine};

/// The words whose marks a summary lists; more words than this set bits instead.
const LISTED_UP_TO: usize = 16;

/// The words of a query in a few bytes, enough to rule out that most queries are near it.
#[derive(Clone, Copy)]
pub(super) struct QuerySummary {
    /// The mark of each word, then zeros. With too many words, these are the bits of a set of
    /// marks, by the high byte of each.
    marks: [u16; LISTED_UP_TO],
    norm: f32,
    words: u32,
}

/// A query that is compared with summaries.
pub(super) struct QueryProbe {
    /// The mark and the weight of each word.
    words: Vec<(u16, f32)>,
    norm: f32,
}

impl QuerySummary {
    /// Summarises a query.
    pub(super) fn new(queries: &QueryTexts, query: u32) -> Self {
        let words = queries.words_of(query);
        let mut marks = [0; LISTED_UP_TO];
        if words.len() <= LISTED_UP_TO {
            marks.iter_mut().zip(words).for_each(|(mark, word)| *mark = mark_of(*word));
        } else {
            words.iter().map(|word| place_of(mark_of(*word))).for_each(|(at, bit)| marks[at] |= bit);
        }
        Self { marks, norm: queries.norm(query), words: words.len() as u32 }
    }

    /// Whether the query may have a word with this mark.
    fn may_have(&self, mark: u16) -> bool {
        if self.words as usize > LISTED_UP_TO {
            let (at, bit) = place_of(mark);
            return self.marks[at] & bit != 0;
        }
        // All of them, without an early end: that is one instruction or two.
        self.marks.iter().fold(false, |found, own| found | (*own == mark))
    }
}

impl QueryProbe {
    /// Prepares a query to be compared with summaries.
    pub(super) fn new(queries: &QueryTexts, query: u32) -> Self {
        let words = queries.words_of(query).iter().map(|word| (mark_of(*word), queries.weight(*word))).collect();
        Self { words, norm: queries.norm(query) }
    }

    /// Whether a query may be near, given its summary: `false` only if [`QueryTexts::nearness`] is
    /// below `least`. Words that share a mark count as common, so it errs on the side of `true`.
    pub(super) fn may_be_near(&self, other: &QuerySummary, least: f32) -> bool {
        let (mut common, mut weight) = (0, 0.0);
        for (mark, of_word) in &self.words {
            let has = other.may_have(*mark);
            common += usize::from(has);
            weight += if has { *of_word } else { 0.0 };
        }
        // Sums in another order are rounded in another way.
        let rounding = 1.0 + f32::EPSILON * (self.words.len() + 16) as f32;
        let by_words = cosine(weight * rounding, self.norm, other.norm);
        let (own, others) = (self.words.len(), other.words as usize);
        by_words >= least || may_be_near(by_words, (own, others, common))
    }
}

/// Returns one of 65,535 marks for a word; 0 is none.
fn mark_of(word: u32) -> u16 {
    ((word.wrapping_mul(0x9e37_79b1) >> 16) as u16).max(1)
}

/// Returns the place of a mark in a set of bits: the number of a group of 16, and the bit in it.
fn place_of(mark: u16) -> (usize, u16) {
    (usize::from(mark >> 12), 1 << (mark >> 8 & 15))
}

#[cfg(test)]
mod tests {
    use tilejury_rows::QueryNumbering;

    use super::*;

    /// The nearness that two queries need.
    const LEAST: f32 = 0.7;

    /// Queries of these numbers of words. Each second one has a third of the words of the one
    /// before it, and no others have a word in common.
    fn queries(lengths: &[usize]) -> QueryTexts {
        let mut all = QueryNumbering::default();
        for (at, words) in lengths.iter().enumerate() {
            let shared = if at % 2 == 1 { words / 3 } else { 0 };
            let own = (shared..*words).map(|word| format!("w{at}x{word}"));
            let words = (0..shared).map(|word| format!("w{}x{word}", at - 1)).chain(own);
            all.number(&words.collect::<Vec<_>>().join(" "));
        }
        QueryTexts::new(all.finish())
    }

    #[test]
    fn most_queries_of_any_length_are_ruled_out() {
        for words in [4, 15, 16, 17, 30, 60] {
            let queries = queries(&[words; 200]);
            let summaries: Vec<_> = (0..200).map(|query| QuerySummary::new(&queries, query)).collect();
            let mut left = 0;
            for query in 0..200 {
                let probe = QueryProbe::new(&queries, query);
                assert!(probe.may_be_near(&summaries[query as usize], LEAST), "a query and its own summary");
                left += summaries.iter().filter(|other| probe.may_be_near(other, LEAST)).count();
            }
            assert!(left < 200 * 200 / 8, "{words} words: {left} of 40,000 pairs are left");
        }
    }
}
