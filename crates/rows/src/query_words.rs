//! The distinct queries of a set, numbered, and their words.
//!
//! Weighs and compares nothing.

use super::interner::{Interner, hash_of};
use super::normal_query::{units, write_normal};

/// The distinct queries while they are numbered.
#[derive(Default)]
pub struct QueryNumbering {
    /// Numbers of the queries' normal forms.
    numbers: Interner,
    word_numbers: Interner,
    words: QueryWords,
    /// The normal form of the current query.
    current_normal: String,
    /// The words of the current query.
    current_words: Vec<u32>,
}

/// The words of all distinct queries.
pub struct QueryWords {
    /// The word numbers of each query, distinct and sorted, one query after the other.
    word_lists: Vec<u32>,
    /// The start of each query's words; one more entry for the end.
    starts: Vec<u32>,
    /// The number of distinct queries with each word.
    frequency: Vec<u32>,
    /// The words themselves, one after the other; `ends` has the end of each.
    texts: String,
    ends: Vec<u32>,
}

impl Default for QueryWords {
    fn default() -> Self {
        Self { word_lists: Vec::new(), starts: vec![0], frequency: Vec::new(), texts: String::new(), ends: Vec::new() }
    }
}

impl QueryNumbering {
    /// Returns the number of a query's normal form, counted from 0 in the order of arrival.
    pub fn number(&mut self, query: &str) -> u32 {
        write_normal(query, &mut self.current_normal);
        let (number, new) = self.numbers.number(hash_of(&self.current_normal));
        if !new {
            return number;
        }
        let (word_numbers, words, current) = (&mut self.word_numbers, &mut self.words, &mut self.current_words);
        current.clear();
        for word in self.current_normal.split_terminator(' ') {
            // A unit is a word or, in scripts without spaces, a pair of letters.
            units(word, |unit| {
                let (word_number, new) = word_numbers.number(hash_of(unit));
                if new {
                    words.frequency.push(0);
                    words.texts.push_str(unit);
                    words.ends.push(words.texts.len() as u32);
                }
                current.push(word_number);
            });
        }
        current.sort_unstable();
        current.dedup();
        current.iter().for_each(|word| words.frequency[*word as usize] += 1);
        words.word_lists.extend_from_slice(current);
        words.starts.push(words.word_lists.len() as u32);
        number
    }

    /// The number of distinct queries so far.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no query yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of all queries, without the data for numbering more.
    pub fn finish(self) -> QueryWords {
        self.words
    }

    /// Returns the numbered words, the number of distinct queries that have each, and the number of
    /// queries: the data for comparing queries by their texts alone.
    pub fn into_frequencies(self) -> (Interner, Vec<u32>, usize) {
        let queries = self.len();
        (self.word_numbers, self.words.frequency, queries)
    }
}

impl QueryWords {
    /// The number of distinct queries.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no query.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The distinct words of a query, by number, in ascending order.
    pub fn words_of(&self, query: u32) -> &[u32] {
        let query = query as usize;
        let (Some(from), Some(to)) = (self.starts.get(query), self.starts.get(query + 1)) else { return &[] };
        &self.word_lists[*from as usize..*to as usize]
    }

    /// The number of different words.
    pub fn word_count(&self) -> usize {
        self.frequency.len()
    }

    /// The number of distinct queries that have a word.
    pub fn frequency(&self, word: u32) -> u32 {
        self.frequency.get(word as usize).copied().unwrap_or(0)
    }

    /// A word as written in the normal form; empty if there is no word with this number.
    pub fn text(&self, word: u32) -> &str {
        let word = word as usize;
        let Some(to) = self.ends.get(word) else { return "" };
        let from = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[from as usize..*to as usize]
    }
}
