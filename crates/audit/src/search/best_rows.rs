//! The rows whose queries have all the words of a text, or words that begin with them: for a person
//! who types a few letters to go to a row. Ranks by the words alone; knows no filter.

use memchr::memmem::Finder;
use tilejury_data::SampleIndex;

use super::index::SearchIndex;
use crate::progress::{Cancelled, Progress};

/// The words of a text, lower-cased, without signs and spaces.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether a script writes words without spaces between them, so that a word can begin anywhere.
fn has_no_spaces(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{2E80}'..='\u{A4CF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..)
}

/// The rank of a query: smaller is better, in the order of the parts.
type Rank = (usize, bool, bool, usize);

/// The words that a person typed.
pub struct RowWords {
    words: Vec<String>,
    finders: Vec<Finder<'static>>,
    /// The words with single spaces, if there are several.
    phrase: Option<String>,
}

impl RowWords {
    /// Prepares the words of a text.
    pub fn new(text: &str) -> Self {
        let words = words(text);
        let finders = words.iter().map(|word| Finder::new(word.as_bytes()).into_owned()).collect();
        let phrase = (words.len() > 1).then(|| words.join(" "));
        Self { words, finders, phrase }
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether a query has all the words, or words that begin with them.
    pub fn fit(&self, query: &str) -> bool {
        self.rank(&query.to_lowercase()).is_some()
    }

    /// The longest word, which is most likely the rarest.
    pub(super) fn longest(&self) -> Option<&str> {
        self.words.iter().map(String::as_str).max_by_key(|word| word.len())
    }

    /// The rank of a lower-cased query; `None` if it lacks a word.
    pub(super) fn rank(&self, query: &str) -> Option<Rank> {
        let mut parts = 0;
        for (word, finder) in self.words.iter().zip(&self.finders) {
            let mut begins = false;
            let mut whole = false;
            for at in finder.find_iter(query.as_bytes()) {
                let before = query[..at].chars().next_back();
                let after = query[at + word.len()..].chars().next();
                let first = word.chars().next();
                if before.is_none_or(|c| !c.is_alphanumeric()) || first.is_some_and(has_no_spaces) {
                    begins = true;
                    whole |= after.is_none_or(|c| !c.is_alphanumeric()) || first.is_some_and(has_no_spaces);
                }
                if whole {
                    break;
                }
            }
            if !begins {
                return None;
            }
            parts += usize::from(!whole);
        }
        let first = self.words.first().map_or("", String::as_str);
        let apart = self.phrase.as_ref().is_some_and(|phrase| !query.contains(phrase.as_str()));
        Some((parts, apart, !query.starts_with(first), query.len()))
    }
}

impl SearchIndex {
    /// The best rows for words, at most `most`: those with the most whole words first, then those
    /// that have the words next to each other, that begin with them, and that are shorter.
    ///
    /// # Errors
    /// When `progress` cancelled the search.
    pub fn best_rows(
        &self,
        wanted: &RowWords,
        most: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<SampleIndex>, Cancelled> {
        let Some(longest) = wanted.longest() else { return Ok(Vec::new()) };
        let mut best: Vec<(Rank, SampleIndex)> = Vec::new();
        self.visit_queries_with(longest, progress, |row, query| {
            let Some(rank) = wanted.rank(query) else { return };
            if best.len() < most || best.last().is_some_and(|worst| (rank, row) < *worst) {
                let at = best.partition_point(|other| *other < (rank, row));
                best.insert(at, (rank, row));
                best.truncate(most);
            }
        })?;
        Ok(best.into_iter().map(|(_, row)| row).collect())
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::Dataset;
    use tilejury_testkit::set::tile;
    use tilejury_testkit::{Row, Set};

    use super::*;
    use crate::progress::NoProgress;

    fn found(queries: &[&str], text: &str) -> Vec<usize> {
        let dir = tempfile::tempdir().unwrap();
        let mut set = Set::new();
        for (at, query) in queries.iter().enumerate() {
            let (positive, negative) = (tile(0, 2 * at as u32, 0), tile(0, 2 * at as u32 + 1, 0));
            set = set.row("train", &Row::new(query, &positive).negatives(&[&negative]));
        }
        let dataset = Dataset::open(&set.write(&dir.path().join("set"))).unwrap();
        let index = SearchIndex::build(&dataset);
        let rows = index.best_rows(&RowWords::new(text), 4, &NoProgress).unwrap();
        rows.into_iter().map(SampleIndex::index).collect()
    }

    #[test]
    fn whole_words_come_before_beginnings() {
        let queries = [
            "Who mined salt in the alps long ago?",
            "Salty mines of Hallein",
            "When was the salt mine of Hallein opened?",
            "Basalt and mines",
            "salt mine",
        ];
        assert_eq!(found(&queries, "salt mine"), [4, 2, 0, 1]);
        assert_eq!(found(&queries, "HALL"), [1, 2], "the shorter one first");
        assert_eq!(found(&queries, "asalt"), [0; 0], "not the end of a word");
        assert_eq!(found(&queries, "mine, salt!"), [4, 2, 0, 1], "in any order");
        assert_eq!(found(&queries, " ?! "), [0; 0]);
    }

    #[test]
    fn words_in_scripts_without_spaces_begin_anywhere() {
        assert_eq!(found(&["上海的天气怎么样？", "北京"], "天气"), [0]);
        assert_eq!(found(&["Où est l’œuvre?", "x"], "ŒUV"), [0]);
    }
}
