//! The answers of rows in the texts of tiles, found as whole words in one pass over the texts,
//! however many there are.
//!
//! Counts and quotes; [`crate::suspicion`] decides how suspicious the result is. Words are those of
//! queries: lower case, without punctuation; in scripts without spaces, each pair of neighbouring
//! letters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};
use tilejury_rows::words_with_ranges;
use tilejury_text::quote;

/// The occurrences of a dataset's answers in texts.
#[derive(Clone, Debug, Default)]
pub struct AnswersInTexts {
    /// Number of texts with any words.
    pub texts: u32,
    /// By sample; without rows that have no answer or no text for any of their tiles.
    pub rows: HashMap<SampleIndex, RowAnswer>,
}

/// The occurrences of one row's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowAnswer {
    /// The answer's words.
    pub words: Arc<[String]>,
    /// Number of texts in the dataset that contain it.
    pub in_texts: u32,
    /// Whether the text of the positive is known.
    pub positive_has_text: bool,
    /// The row's tiles that contain it; the positive has index 0.
    pub mentions: Vec<AnswerMention>,
}

/// A tile whose text contains a row's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerMention {
    /// The tile in the row.
    pub tile: TileSlot,
    /// The answer and the words around it, as in the text.
    pub quote: Arc<str>,
}

/// A search for the answers of all rows, text by text.
#[derive(Default)]
pub struct AnswerFinder {
    words: HashMap<String, u32>,
    /// The words of the distinct answers, by answer number.
    answers: Vec<Vec<u32>>,
    spelled: Vec<Arc<[String]>>,
    /// The answers that begin with a word and the next one; the second is `None` for an answer of
    /// one word.
    by_start: HashMap<(u32, Option<u32>), Vec<u32>>,
    /// By answer number.
    in_texts: Vec<u32>,
    /// By tile: the samples with an answer that have the tile, the tile's index in the row, and the
    /// answer's number.
    samples_of_tile: HashMap<TilePath, Vec<(SampleIndex, TileSlot, u32)>>,
    found: AnswersInTexts,
    /// The answer number of each sample in `found`.
    answer_of: HashMap<SampleIndex, u32>,
}

impl AnswerFinder {
    /// Collects the answers of all rows.
    pub fn new(dataset: &Dataset) -> Self {
        let mut finder = Self::default();
        let mut numbers = HashMap::new();
        for sample in dataset.indices() {
            let Ok(row) = dataset.row(sample) else { continue };
            let Some(answer) = row.answer.as_deref() else { continue };
            let spelled: Vec<String> = words_with_ranges(answer).map(|(word, _)| word).collect();
            if spelled.is_empty() {
                continue;
            }
            let words: Vec<u32> = spelled.iter().map(|word| finder.word(word)).collect();
            let number = *numbers.entry(words.clone()).or_insert_with(|| {
                finder.by_start.entry((words[0], words.get(1).copied())).or_default().push(finder.answers.len() as u32);
                finder.answers.push(words);
                finder.spelled.push(spelled.into());
                finder.answers.len() as u32 - 1
            });
            for (at, spelling) in row.spellings().enumerate() {
                finder.samples_of_tile.entry(TilePath::new(spelling)).or_default().push((
                    sample,
                    TileSlot::new(at),
                    number,
                ));
            }
        }
        finder.in_texts = vec![0; finder.answers.len()];
        finder
    }

    fn word(&mut self, word: &str) -> u32 {
        let next = self.words.len() as u32;
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    /// Searches the text of a tile.
    pub fn read(&mut self, tile: &TilePath, text: &str) {
        let (words, ranges): (Vec<Option<u32>>, Vec<std::ops::Range<usize>>) =
            words_with_ranges(text).map(|(word, range)| (self.words.get(&word).copied(), range)).unzip();
        if words.is_empty() {
            return;
        }
        self.found.texts += 1;
        let found = self.answers_in(&words);
        found.keys().for_each(|answer| self.in_texts[*answer as usize] += 1);
        for (sample, at, answer) in self.samples_of_tile.get(tile).into_iter().flatten() {
            let row = self.found.rows.entry(*sample).or_default();
            self.answer_of.insert(*sample, *answer);
            row.positive_has_text |= at.is_positive();
            let Some(first) = found.get(answer) else { continue };
            let last = first + self.answers[*answer as usize].len() - 1;
            let quote = quote(text, ranges[*first].start..ranges[last].end).into();
            row.mentions.push(AnswerMention { tile: *at, quote });
        }
    }

    /// Returns the answers that a text contains, each with the index of its first word at its first
    /// occurrence.
    fn answers_in(&self, words: &[Option<u32>]) -> HashMap<u32, usize> {
        let mut found = HashMap::new();
        let mut tried = HashSet::new();
        for (at, word) in words.iter().enumerate() {
            let Some(word) = *word else { continue };
            let next = words.get(at + 1).copied().flatten();
            let starts = [Some((word, None)), next.map(|next| (word, Some(next)))];
            for start in starts.into_iter().flatten() {
                for answer in self.by_start.get(&start).into_iter().flatten() {
                    let expected = &self.answers[*answer as usize];
                    let found_words = words.get(at..at + expected.len());
                    if found_words
                        .is_some_and(|found| found.iter().zip(expected).all(|(word, other)| *word == Some(*other)))
                        && tried.insert(*answer)
                    {
                        found.insert(*answer, at);
                    }
                }
            }
        }
        found
    }

    /// Whether no row has an answer: no text need be searched.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Returns what was found in the texts so far.
    pub fn found(&self) -> AnswersInTexts {
        let mut found = self.found.clone();
        for (sample, row) in &mut found.rows {
            let answer = self.answer_of.get(sample).copied().unwrap_or_default() as usize;
            row.words = self.spelled[answer].clone();
            row.in_texts = self.in_texts[answer];
            row.mentions.sort_by_key(|mention| mention.tile);
        }
        found
    }
}
