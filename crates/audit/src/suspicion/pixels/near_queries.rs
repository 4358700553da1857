//! Finds the queries near a query without comparing all with all.
//!
//! A cosine of at least t needs common words that weigh at least t² of all the words of either
//! (common ≤ |b|², so common ≥ t·|a|·|b| gives common ≥ t²·|a|²). So two near queries share one of
//! the rarest words, which together weigh more than the remaining words may (prefix filtering:
//! Chaudhuri, Ganti & Kaushik, 2006), and only queries that share such a word are compared.
//!
//! Queries that are near in spite of typos or translations need not share as much; those that share
//! a word of few queries are found.

use std::ops::RangeInclusive;

use crate::suspicion::query_text::QueryTexts;

/// A word that is among the rarest of more queries than this belongs to a template; queries that
/// share only this word are not worth the time.
const QUERIES_OF_A_WORD_UP_TO: usize = 1024;
/// Words in this number of queries find near queries with typos and translations. A word of one
/// query alone is in no other query.
const FEW_QUERIES: RangeInclusive<u32> = 2..=128;
/// The number of such words, the rarest, by which a query is found.
const FOUND_BY: usize = 4;
/// The largest number of near queries that are returned, the nearest first.
const NEAR_UP_TO: usize = 64;

/// The queries by their rarest words.
pub(in crate::suspicion) struct NearQueries<'q> {
    queries: &'q QueryTexts,
    least: f32,
    /// By word: the queries that have it among their rarest, in order.
    with_word: Vec<Vec<u32>>,
    /// By word of few queries: the queries that have it among the rarest of these, in order.
    with_rare: Vec<Vec<u32>>,
}

impl<'q> NearQueries<'q> {
    /// Indexes the queries; near is a nearness of at least `least`.
    pub(in crate::suspicion) fn new(queries: &'q QueryTexts, least: f32) -> Self {
        let mut with_word = vec![Vec::new(); queries.word_count()];
        let mut with_rare = vec![Vec::new(); queries.word_count()];
        for query in 0..queries.len() as u32 {
            for word in rarest(queries, query, least) {
                with_word[word as usize].push(query);
            }
            for word in rare_words(queries, query).into_iter().take(FOUND_BY) {
                with_rare[word as usize].push(query);
            }
        }
        Self { queries, least, with_word, with_rare }
    }

    /// Returns the queries near this one, without itself, the nearest first.
    pub(in crate::suspicion) fn near(&self, query: u32) -> Vec<(u32, f32)> {
        let words = rarest(self.queries, query, self.least);
        let lists = words.iter().map(|word| &self.with_word[*word as usize]);
        let lists = lists.filter(|list| list.len() <= QUERIES_OF_A_WORD_UP_TO);
        let rare = rare_words(self.queries, query);
        let lists = lists.chain(rare.iter().map(|word| &self.with_rare[*word as usize]));
        let mut candidates: Vec<u32> = lists.flatten().copied().filter(|other| *other != query).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let nearness = |other: u32| (other, self.queries.nearness(query, other, self.least));
        let mut near: Vec<_> = candidates.into_iter().map(nearness).filter(|(_, near)| *near >= self.least).collect();
        near.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        near.truncate(NEAR_UP_TO);
        near
    }
}

/// Returns the words of a query that few queries have, the rarest first.
fn rare_words(queries: &QueryTexts, query: u32) -> Vec<u32> {
    let few = |word: &u32| FEW_QUERIES.contains(&queries.frequency(*word));
    let mut words: Vec<u32> = queries.words_of(query).iter().copied().filter(few).collect();
    words.sort_unstable_by_key(|word| (queries.frequency(*word), *word));
    words
}

/// Returns the rarest words of a query, until the rest weighs less than a near query must share.
fn rarest(queries: &QueryTexts, query: u32, least: f32) -> Vec<u32> {
    let mut words = queries.words_of(query).to_vec();
    words.sort_unstable_by(|a, b| queries.weight(*b).total_cmp(&queries.weight(*a)).then(a.cmp(b)));
    let mut rest: f32 = words.iter().map(|word| queries.weight(*word)).sum();
    // A little less than the bound, because of rounded sums.
    let enough = 0.999 * least * least * rest;
    let taken = words.iter().take_while(|word| {
        let take = rest >= enough;
        rest -= queries.weight(**word);
        take
    });
    let count = taken.count();
    words.truncate(count);
    words
}

#[cfg(test)]
mod tests {
    use tilejury_rows::QueryNumbering;

    use super::*;

    #[test]
    fn finds_the_same_as_comparing_all_with_all() {
        let mut queries = QueryNumbering::default();
        let words =
            ["salt", "pepper", "what", "is", "the", "meaning", "of", "argument", "event", "loop", "in", "python"];
        for n in 0..400_usize {
            let picked = (0..3 + n % 6).map(|k| words[(n * 7 + k * k * 5 + n / 12) % words.len()]);
            queries.number(&picked.collect::<Vec<_>>().join(" "));
        }
        let queries = QueryTexts::new(queries.finish());
        let near = NearQueries::new(&queries, 0.7);
        let mut pairs = 0;
        for query in 0..queries.len() as u32 {
            let others = (0..queries.len() as u32).filter(|other| *other != query);
            let mut all: Vec<u32> = others.filter(|other| queries.nearness(query, *other, 0.7) >= 0.7).collect();
            let mut found: Vec<u32> = near.near(query).into_iter().map(|(other, _)| other).collect();
            found.sort_unstable();
            if all.len() > NEAR_UP_TO {
                all = found.clone();
            }
            assert_eq!(found, all, "{query}");
            pairs += found.len();
        }
        assert!(pairs > 100, "{pairs}");
    }

    #[test]
    fn finds_typos_and_translations() {
        let mut queries = QueryNumbering::default();
        let numbers = [
            "how do I install the Corvex driver",
            "how do I isntall the Corvex driver",
            "how do I installiere the Corvex Treiber",
        ];
        let numbers = numbers.map(|query| queries.number(query));
        (0..300).for_each(|n| {
            queries.number(&format!("how do I install the a{n} driver"));
        });
        let queries = QueryTexts::new(queries.finish());
        let near = NearQueries::new(&queries, 0.7);
        let found = |query: u32| near.near(query).into_iter().map(|(other, _)| other).collect::<Vec<_>>();
        let mut near_first = found(numbers[0]);
        near_first.sort_unstable();
        assert_eq!(near_first, numbers[1..]);
        assert!(found(numbers[1]).contains(&numbers[0]) && found(numbers[2]).contains(&numbers[0]));
    }
}
