//! The nearness of two queries from their texts alone: the rule of `query_text`, with one number a
//! word instead of every query in memory.
//!
//! For questions that come one at a time, long after the rows were read.

use std::ops::Range;
use std::sync::OnceLock;

use tilejury_data::Dataset;
use tilejury_rows::{Interner, QueryNumbering, hash_of, normal_query, units};

use super::near_query::{LexiconEntry, UnsharedWord, WordDifference, known, may_be_near};
use super::query_text::{cosine, weight};
use crate::progress::{Cancelled, Progress, Stage};

/// The weights of the words of a set's queries.
pub struct WordWeights {
    words: Interner,
    /// By word: the number of distinct queries that have it.
    frequencies: Vec<u32>,
    /// The number of distinct queries.
    queries: usize,
}

/// A query that others are compared with.
pub struct WeighedQuery {
    normal: String,
    /// The distinct words, by hash.
    words: Vec<WeighedWord>,
    /// The root of the sum of the weights.
    norm: f32,
    /// The lexicon's entry for each word. Most queries are never compared so closely.
    known: OnceLock<Vec<LexiconEntry>>,
}

struct WeighedWord {
    hash: u64,
    /// Its range in the normal form, in bytes.
    range: Range<usize>,
    /// The number of queries in the set that have it.
    frequency: u32,
    weight: f32,
}

impl WordWeights {
    /// Reads every row once. Reports the rows.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn read(dataset: &Dataset, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let rows = dataset.samples.len();
        let mut queries = QueryNumbering::default();
        for sample in dataset.indices() {
            if sample.index().is_multiple_of(super::ROWS_AT_ONCE) {
                progress.report(Stage::Rows.step(sample.index(), rows))?;
            }
            if let Ok(row) = dataset.row(sample) {
                queries.number(&row.query);
            }
        }
        let (words, frequencies, queries) = queries.into_frequencies();
        Ok(Self { words, frequencies, queries })
    }

    /// Prepares a query, so that many can be compared with it.
    pub fn weigh(&self, query: &str) -> WeighedQuery {
        let normal = normal_query(query);
        let mut words: Vec<WeighedWord> = Vec::new();
        let start = normal.as_ptr() as usize;
        normal.split_terminator(' ').for_each(|word| {
            units(word, |unit| {
                let (hash, from) = (hash_of(unit), unit.as_ptr() as usize - start);
                let number = self.words.get(hash);
                let frequency =
                    number.and_then(|word| self.frequencies.get(word as usize)).copied().unwrap_or_default();
                let weight = weight(self.queries as f32, frequency);
                words.push(WeighedWord { hash, range: from..from + unit.len(), frequency, weight });
            });
        });
        words.sort_unstable_by_key(|word| word.hash);
        words.dedup_by_key(|word| word.hash);
        let norm = words.iter().map(|word| word.weight).sum::<f32>().sqrt();
        WeighedQuery { normal, words, norm, known: OnceLock::new() }
    }
}

impl WeighedQuery {
    /// Returns how near the other query is, 0 to 1; exactly 1 for the same query only. Near is at
    /// least `least`.
    pub fn nearness(&self, other: &Self, least: f32) -> f32 {
        if self.normal == other.normal {
            return 1.0;
        }
        let common = self.words.iter().filter(|word| other.has(word));
        let (weight, count) = common.fold((0.0, 0), |(weight, count), word| (weight + word.weight, count + 1));
        let by_words = cosine(weight, self.norm, other.norm);
        let sizes = (self.words.len(), other.words.len(), count);
        if by_words < least && !may_be_near(by_words, sizes) {
            return by_words;
        }
        let difference = self.difference(other);
        if by_words < least && !difference.may_be_near_by_forms(least) {
            by_words
        } else {
            difference.nearness(by_words)
        }
    }

    fn known(&self) -> &[LexiconEntry] {
        self.known.get_or_init(|| self.words.iter().map(|word| known(self.text(word))).collect())
    }

    fn difference<'w>(&'w self, other: &'w Self) -> WordDifference<'w> {
        let mut difference = WordDifference::default();
        for (word, known) in self.words.iter().zip(self.known()) {
            if other.has(word) {
                difference.add_common(self.text(word), word.weight, known);
            } else {
                difference.own.push(self.word(word, known));
            }
        }
        let unshared = other.words.iter().zip(other.known()).filter(|(word, _)| !self.has(word));
        difference.other.extend(unshared.map(|(word, known)| other.word(word, known)));
        difference
    }

    fn has(&self, word: &WeighedWord) -> bool {
        self.words.binary_search_by_key(&word.hash, |own| own.hash).is_ok()
    }

    fn text(&self, word: &WeighedWord) -> &str {
        self.normal.get(word.range.clone()).unwrap_or_default()
    }

    fn word<'w>(&'w self, word: &WeighedWord, known: &'w LexiconEntry) -> UnsharedWord<'w> {
        UnsharedWord { text: self.text(word), weight: word.weight, frequency: word.frequency, known }
    }
}

#[cfg(test)]
mod tests {
    use super::super::query_text::QueryTexts;
    use super::*;

    #[test]
    fn agrees_with_the_comparison_by_numbers() {
        let texts = [
            "What is the meaning of salt?",
            "what is  the meaning of SALT",
            "the meaning of salt",
            "salt of the meaning what is",
            "the meaning of pepper",
            "the maening of pepper",
            "the Bedeutung of pepper",
            "塩化物の融点は何度ですか",
            "塩化物の融点は何度",
            "???",
        ];
        let numbered = || {
            let mut queries = QueryNumbering::default();
            let numbers: Vec<u32> = texts.iter().map(|text| queries.number(text)).collect();
            (queries, numbers)
        };
        let (queries, numbers) = numbered();
        let queries = QueryTexts::new(queries.finish());
        let (words, frequencies, distinct) = numbered().0.into_frequencies();
        let words = WordWeights { words, frequencies, queries: distinct };
        for (a, first) in texts.iter().zip(&numbers) {
            for (b, second) in texts.iter().zip(&numbers) {
                let by_text = words.weigh(a).nearness(&words.weigh(b), 0.7);
                let by_number = queries.nearness(*first, *second, 0.7);
                assert!((by_text - by_number).abs() < 1e-5, "{a} / {b}: {by_text}, {by_number}");
                assert_eq!(by_text == 1.0, by_number == 1.0, "{a} / {b}");
            }
        }
    }
}
