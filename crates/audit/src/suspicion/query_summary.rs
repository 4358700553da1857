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

    #[test]
    fn near_queries_of_any_length_are_not_ruled_out() {
        let words =
            |from: usize, count: usize| (from..from + count).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
        let lengths = [1, 2, 15, 16, 17, 18, 40, 300];
        let texts = lengths.iter().flat_map(|count| [words(0, *count), words(1, *count), words(500, *count)]);
        let mut all = QueryNumbering::default();
        let numbers: Vec<u32> = texts.map(|text| all.number(&text)).collect();
        let queries = QueryTexts::new(all.finish());
        let (mut near, mut ruled_out) = (0, 0);
        for (a, b) in numbers.iter().flat_map(|a| numbers.iter().map(move |b| (*a, *b))).filter(|(a, b)| a != b) {
            let may_be = QueryProbe::new(&queries, a).may_be_near(&QuerySummary::new(&queries, b), 0.7);
            let is_near = queries.nearness(a, b, 0.7) >= 0.7;
            assert!(may_be || !is_near, "{a} and {b}");
            (near, ruled_out) = (near + u32::from(is_near), ruled_out + u32::from(!may_be));
        }
        assert!(near > 20 && ruled_out > 200, "{near} {ruled_out}");
    }
}
