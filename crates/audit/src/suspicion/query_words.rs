//! How near two queries are, from their texts alone: the rule of `query_text`, kept as one number a word instead of every query.
//!
//! For questions that come one at a time, long after the rows were gone through.

use tilejury_data::Dataset;

use super::numbers::{Numbers, hash_of};
use super::query_text::{Queries, cosine, normal_query, units, weight};

/// What each word of a set's queries weighs.
pub struct QueryWords {
    words: Numbers,
    /// By word: in how many distinct queries it stands.
    frequencies: Vec<u32>,
    /// How many distinct queries there are.
    queries: usize,
}

/// A query that others are compared with.
pub struct WeighedQuery {
    normal: String,
    /// Hashes of the distinct words, sorted, each with its weight.
    words: Vec<(u64, f32)>,
    /// The root of the sum of the weights.
    norm: f32,
}

impl QueryWords {
    /// Reads every row once. `stop` is asked again and again; `None` when it said so.
    pub fn of(dataset: &Dataset, stop: &dyn Fn() -> bool) -> Option<Self> {
        let mut queries = Queries::default();
        for sample in 0..dataset.samples.len() {
            if sample.is_multiple_of(super::ROWS_AT_ONCE) && stop() {
                return None;
            }
            if let Ok(row) = dataset.row(sample) {
                queries.number(&row.query);
            }
        }
        let (words, frequencies, queries) = queries.into_frequencies();
        Some(Self { words, frequencies, queries })
    }

    /// Prepares a query, so that many can be compared with it.
    pub fn weigh(&self, query: &str) -> WeighedQuery {
        let normal = normal_query(query);
        let mut distinct = Vec::new();
        normal.split_terminator(' ').for_each(|word| units(word, |unit| distinct.push(hash_of(unit))));
        distinct.sort_unstable();
        distinct.dedup();
        let weighed = distinct.into_iter().map(|word| {
            let number = self.words.get(word);
            let frequency = number.and_then(|word| self.frequencies.get(word as usize)).copied().unwrap_or_default();
            (word, weight(self.queries as f32, frequency))
        });
        let words: Vec<(u64, f32)> = weighed.collect();
        let norm = words.iter().map(|(_, weight)| weight).sum::<f32>().sqrt();
        WeighedQuery { normal, words, norm }
    }
}

impl WeighedQuery {
    /// Cosine similarity, 0 to 1; exactly 1 for the same query only.
    pub fn likeness(&self, other: &Self) -> f32 {
        if self.normal == other.normal {
            return 1.0;
        }
        let common =
            self.words.iter().filter(|(word, _)| other.words.binary_search_by(|(own, _)| own.cmp(word)).is_ok());
        cosine(common.map(|(_, weight)| weight).sum(), self.norm, other.norm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_comparison_by_numbers() {
        let texts = [
            "What is the meaning of salt?",
            "what is  the meaning of SALT",
            "the meaning of salt",
            "salt of the meaning what is",
            "the meaning of pepper",
            "塩化物の融点は何度ですか",
            "塩化物の融点は何度",
            "???",
        ];
        let numbered = || {
            let mut queries = Queries::default();
            let numbers: Vec<u32> = texts.iter().map(|text| queries.number(text)).collect();
            (queries, numbers)
        };
        let (mut queries, numbers) = numbered();
        queries.weigh();
        let (words, frequencies, distinct) = numbered().0.into_frequencies();
        let words = QueryWords { words, frequencies, queries: distinct };
        for (a, first) in texts.iter().zip(&numbers) {
            for (b, second) in texts.iter().zip(&numbers) {
                let (by_text, by_number) =
                    (words.weigh(a).likeness(&words.weigh(b)), queries.likeness(*first, *second));
                assert!((by_text - by_number).abs() < 1e-5, "{a} / {b}: {by_text}, {by_number}");
                assert_eq!(by_text == 1.0, by_number == 1.0, "{a} / {b}");
            }
        }
    }
}
