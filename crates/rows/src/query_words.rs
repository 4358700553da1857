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
    /// The query that is being numbered.
    current: QueryPart,
    /// Its words.
    current_words: Vec<u32>,
}

/// Some queries with their words, to be numbered later: the work that needs no other query, so that
/// several threads can share it.
#[derive(Default)]
pub(crate) struct QueryPart {
    /// The hash of each query's normal form.
    queries: Vec<u64>,
    /// The end of each query's words.
    ends: Vec<u32>,
    /// The words of all queries, as numbers in this part.
    lists: Vec<u32>,
    words: Interner,
    /// The different words, one after the other; `word_ends` has the end of each.
    texts: String,
    word_ends: Vec<u32>,
    /// The normal form of the last query.
    normal: String,
}

impl QueryPart {
    /// Adds a query.
    pub(crate) fn add(&mut self, query: &str) {
        write_normal(query, &mut self.normal);
        self.queries.push(hash_of(&self.normal));
        let (words, lists, texts, ends) = (&mut self.words, &mut self.lists, &mut self.texts, &mut self.word_ends);
        for word in self.normal.split_terminator(' ') {
            // A unit is a word or, in scripts without spaces, a pair of letters.
            units(word, |unit| {
                let (number, new) = words.number(hash_of(unit));
                if new {
                    texts.push_str(unit);
                    ends.push(texts.len() as u32);
                }
                lists.push(number);
            });
        }
        self.ends.push(lists.len() as u32);
    }

    fn clear(&mut self) {
        self.queries.clear();
        self.ends.clear();
        self.lists.clear();
        self.words.clear();
        self.texts.clear();
        self.word_ends.clear();
    }

    fn text(&self, word: u32) -> &str {
        text_of(&self.texts, &self.word_ends, word)
    }
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
        let mut current = std::mem::take(&mut self.current);
        current.clear();
        current.add(query);
        let mut number = 0;
        self.number_part(&current, |of_query| number = of_query);
        self.current = current;
        number
    }

    /// Numbers the queries of a part, as if they arrived one after the other, and calls `each` with
    /// the number of each.
    pub(crate) fn number_part(&mut self, part: &QueryPart, mut each: impl FnMut(u32)) {
        const UNKNOWN: u32 = u32::MAX;
        // Most words of a part are in several of its queries, and are looked up once.
        let mut numbers = vec![UNKNOWN; part.word_ends.len()];
        let mut from = 0;
        for (hash, end) in part.queries.iter().zip(&part.ends) {
            let list = &part.lists[from..*end as usize];
            from = *end as usize;
            let (number, new) = self.numbers.number(*hash);
            if new {
                self.add_words(list, part, &mut numbers, UNKNOWN);
            }
            each(number);
        }
    }

    /// Adds the words of a new query. `numbers`: the numbers of the part's words, as far as they
    /// are not `unknown`.
    fn add_words(&mut self, list: &[u32], part: &QueryPart, numbers: &mut [u32], unknown: u32) {
        let (words, current) = (&mut self.words, &mut self.current_words);
        current.clear();
        for word in list {
            let number = &mut numbers[*word as usize];
            if *number == unknown {
                let (known, new) = self.word_numbers.number(part.words.hash(*word));
                if new {
                    words.frequency.push(0);
                    words.texts.push_str(part.text(*word));
                    words.ends.push(words.texts.len() as u32);
                }
                *number = known;
            }
            current.push(*number);
        }
        current.sort_unstable();
        current.dedup();
        current.iter().for_each(|word| words.frequency[*word as usize] += 1);
        words.word_lists.extend_from_slice(current);
        words.starts.push(words.word_lists.len() as u32);
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
        text_of(&self.texts, &self.ends, word)
    }
}

/// A word of a list of texts; empty if there is none with this number.
fn text_of<'t>(texts: &'t str, ends: &[u32], word: u32) -> &'t str {
    let word = word as usize;
    let Some(to) = ends.get(word) else { return "" };
    let from = word.checked_sub(1).map_or(0, |before| ends[before]);
    &texts[from as usize..*to as usize]
}
