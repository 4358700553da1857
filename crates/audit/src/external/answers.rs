//! Where the answers of rows stand in the texts of tiles, as whole words: one pass over the texts, whatever their number.
//!
//! Counts and quotes; how much that says against a row is the business of [`crate::suspicion`]. Words are those of
//! queries: small letters, without punctuation; in scripts without spaces each pair of neighbouring letters.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, TilePath};
use tilejury_rows::words_with_ranges;

/// Letters around an answer that a quote shows on either side, and the letters of the answer that it shows at most.
const AROUND: usize = 40;
const SHOWN_UP_TO: usize = 100;

/// What the texts say of the answers of a set.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Texts with any words in them.
    pub texts: u32,
    /// By sample; rows without an answer, or without a text of any of their tiles, are not there.
    pub rows: HashMap<u32, RowAnswer>,
}

/// What the texts say of one row's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowAnswer {
    /// The answer's words.
    pub words: Arc<[String]>,
    /// How many texts of the set hold it.
    pub in_texts: u32,
    /// The text of the positive is known.
    pub positive_has_text: bool,
    /// The row's tiles that hold it, the positive being 0.
    pub mentions: Vec<Mention>,
}

/// A place where a row's answer stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// The tile's place in the row.
    pub tile: usize,
    /// The words around, as the text has them.
    pub quote: Arc<str>,
}

/// Finds answers, text by text.
#[derive(Default)]
pub struct AnswerFinder {
    words: HashMap<String, u32>,
    /// The distinct answers by number: their words.
    answers: Vec<Vec<u32>>,
    spelled: Vec<Arc<[String]>>,
    /// The answers that begin with a word and the next one; `None` for the next of an answer of one word.
    by_start: HashMap<(u32, Option<u32>), Vec<u32>>,
    /// By answer.
    in_texts: Vec<u32>,
    /// By tile: the samples that have an answer and hold it, with its place and the answer's number.
    holding: HashMap<TilePath, Vec<(u32, usize, u32)>>,
    found: Answers,
    /// The answer of each sample in `found`.
    answer_of: HashMap<u32, u32>,
}

impl AnswerFinder {
    /// Knows the answers of all rows.
    pub fn new(dataset: &Dataset) -> Self {
        let mut finder = Self::default();
        let mut numbers = HashMap::new();
        for sample in 0..dataset.samples.len() {
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
                finder.holding.entry(TilePath::new(spelling)).or_default().push((sample as u32, at, number));
            }
        }
        finder.in_texts = vec![0; finder.answers.len()];
        finder
    }

    /// Does any row have an answer?
    pub fn is_idle(&self) -> bool {
        self.answers.is_empty()
    }

    fn word(&mut self, word: &str) -> u32 {
        let next = self.words.len() as u32;
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    /// Takes in the text of a tile.
    pub fn read(&mut self, tile: &TilePath, text: &str) {
        let (words, places): (Vec<Option<u32>>, Vec<std::ops::Range<usize>>) =
            words_with_ranges(text).map(|(word, place)| (self.words.get(&word).copied(), place)).unzip();
        if words.is_empty() {
            return;
        }
        self.found.texts += 1;
        let found = self.answers_in(&words);
        found.keys().for_each(|answer| self.in_texts[*answer as usize] += 1);
        for (sample, at, answer) in self.holding.get(tile).into_iter().flatten() {
            let row = self.found.rows.entry(*sample).or_default();
            self.answer_of.insert(*sample, *answer);
            row.positive_has_text |= *at == 0;
            let Some(first) = found.get(answer) else { continue };
            let last = first + self.answers[*answer as usize].len() - 1;
            let quote = quote(text, places[*first].start, places[last].end).into();
            row.mentions.push(Mention { tile: *at, quote });
        }
    }

    /// The answers that stand in a text, each with the place of its first word where it stands first.
    fn answers_in(&self, words: &[Option<u32>]) -> HashMap<u32, usize> {
        let mut found = HashMap::new();
        let mut tried = HashSet::new();
        for (at, word) in words.iter().enumerate() {
            let Some(word) = *word else { continue };
            let next = words.get(at + 1).copied().flatten();
            let starts = [Some((word, None)), next.map(|next| (word, Some(next)))];
            for start in starts.into_iter().flatten() {
                for answer in self.by_start.get(&start).into_iter().flatten() {
                    let wanted = &self.answers[*answer as usize];
                    let stands = words.get(at..at + wanted.len());
                    if stands.is_some_and(|stands| stands.iter().zip(wanted).all(|(word, other)| *word == Some(*other)))
                        && tried.insert(*answer)
                    {
                        found.insert(*answer, at);
                    }
                }
            }
        }
        found
    }

    /// What was found.
    pub fn finish(mut self) -> Answers {
        for (sample, row) in &mut self.found.rows {
            let answer = self.answer_of.get(sample).copied().unwrap_or_default() as usize;
            row.words = self.spelled[answer].clone();
            row.in_texts = self.in_texts[answer];
            row.mentions.sort_by_key(|mention| mention.tile);
        }
        self.found
    }
}

/// The bytes from `from` to `to` of a text with what stands around them, on one line. A long answer is cut in its middle.
fn quote(text: &str, from: usize, to: usize) -> String {
    let (before, found, behind) = (&text[..from], &text[from..to], &text[to..]);
    let start = before.char_indices().rev().nth(AROUND).map(|(at, letter)| at + letter.len_utf8());
    let end = behind.char_indices().nth(AROUND).map(|(at, _)| at);
    let found = if found.chars().count() <= SHOWN_UP_TO {
        found.to_owned()
    } else {
        let head: String = found.chars().take(SHOWN_UP_TO - AROUND).collect();
        let tail = found.char_indices().rev().nth(AROUND - 1).map_or(found, |(at, _)| &found[at..]);
        format!("{head} … {tail}")
    };
    let (open, close) = (if start.is_some() { "…" } else { "" }, if end.is_some() { "…" } else { "" });
    let whole = format!("{}{found}{}", &before[start.unwrap_or(0)..], &behind[..end.unwrap_or(behind.len())]);
    format!("{open}{}{close}", whole.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn a_quote_shows_what_stands_around() {
        let text = "Salt melts at 801 °C.\nIt boils later.";
        let at = text.find("801").unwrap();
        assert_eq!(quote(text, at, at + 3), "Salt melts at 801 °C. It boils later.");
        let long = format!("{} answer {}", "ä".repeat(90), "ö".repeat(90));
        let at = long.find("answer").unwrap();
        let shown = quote(&long, at, at + 6);
        assert_eq!(shown, format!("…{} answer {}…", "ä".repeat(39), "ö".repeat(39)));
        let shown = quote(&long, 0, long.len());
        assert!(shown.contains(" … ") && shown.chars().count() < 110, "{shown}");
    }
}
