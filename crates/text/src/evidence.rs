//! The evidence in a tile's text that the tile answers a query: how much of the query its best
//! passage covers, and how much it shares with the passage of the positive, which holds the answer.

use rustc_hash::FxHashMap;

use crate::passage::{AROUND_WORDS, PASSAGE_WORDS, Passage, PassageQuery, best_passage};
use crate::quantity::{Quantity, is_one_of, quantities};
use crate::tokens::{Token, text_tokens};

/// Words that carry no topic, in the languages of the glossary. Stems as [`tokens`] returns them.
const COMMON: &[&str] = &[
    "the", "a", "an", "of", "in", "on", "at", "to", "for", "and", "or", "is", "are", "was", "were", "be", "been", "by",
    "with", "from", "as", "that", "which", "who", "whom", "what", "when", "where", "how", "why", "do", "did", "it",
    "its", "this", "these", "those", "there", "their", "his", "her", "has", "have", "had", "not", "than", "then",
    "into", "out", "ov", "und", "up", "p", "many", "much", "doe", "the", "der", "die", "das", "den", "dem", "des",
    "ein", "eine", "im", "von", "zu", "mit", "auf", "ist", "war", "wie", "wer", "wann", "le", "la", "les", "un", "une",
    "du", "de", "et", "est", "en", "dan", "par", "pour", "sur", "qui", "que", "quel", "el", "los", "las", "del", "y",
    "por", "con", "cual", "и", "в", "на", "с", "по", "что", "как",
];

/// Whether a stem is a word that carries no topic.
pub fn is_common_word(stem: &str) -> bool {
    COMMON.contains(&stem)
}

/// The number of texts that have each word.
#[derive(Clone, Debug, Default)]
pub struct WordFrequencies {
    texts: u32,
    by_stem: FxHashMap<String, u32>,
}

impl WordFrequencies {
    /// Takes the number of texts, and of those that have each of some words.
    pub fn from_counts(texts: u32, counts: impl IntoIterator<Item = (String, u32)>) -> Self {
        Self { texts, by_stem: counts.into_iter().collect() }
    }

    /// Counts the distinct words of a text.
    pub fn add(&mut self, text: &TextWords) {
        self.texts += 1;
        for stem in text.distinct_stems() {
            match self.by_stem.get_mut(stem) {
                Some(count) => *count += 1,
                None => _ = self.by_stem.insert(stem.to_owned(), 1),
            }
        }
    }

    /// Removes a text that was counted.
    pub fn remove(&mut self, text: &TextWords) {
        self.texts = self.texts.saturating_sub(1);
        for stem in text.distinct_stems() {
            if let Some(count) = self.by_stem.get_mut(stem) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// Returns the weight of a word: 0 for a common word, else its idf as in BM25 (Robertson &
    /// Zaragoza, "The Probabilistic Relevance Framework", 2009), ln(1 + (N − n + ½) / (n + ½)).
    pub fn weight(&self, stem: &str) -> f32 {
        if is_common_word(stem) {
            return 0.0;
        }
        let (all, with) = (self.texts as f32, self.by_stem.get(stem).copied().unwrap_or(0) as f32);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }
}

/// The text of a tile, cut into words.
#[derive(Clone, Debug, Default)]
pub struct TextWords {
    /// The text.
    pub text: String,
    /// The words.
    pub tokens: Vec<Token>,
    /// The quantities.
    pub quantities: Vec<Quantity>,
}

impl TextWords {
    /// Cuts a text into words.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), tokens: text_tokens(text), quantities: quantities(text) }
    }

    fn distinct_stems(&self) -> Vec<&str> {
        let mut stems: Vec<&str> = self.tokens.iter().map(|token| token.stem.as_str()).collect();
        stems.sort_unstable();
        stems.dedup();
        stems
    }

    /// The tokens of a passage and of the words around it.
    fn around(&self, passage: &Passage, words: usize) -> &[Token] {
        let from = passage.tokens.start.saturating_sub(words);
        &self.tokens[from..(passage.tokens.end + words).min(self.tokens.len())]
    }

    fn quantities_in<'t>(&'t self, tokens: &'t [Token]) -> impl Iterator<Item = &'t Quantity> {
        let bytes =
            tokens.first().map_or(0, |token| token.range.start)..tokens.last().map_or(0, |token| token.range.end);
        self.quantities.iter().filter(move |quantity| bytes.contains(&quantity.range.start))
    }
}

/// The evidence in one text.
#[derive(Clone, Debug, PartialEq)]
pub struct TextEvidence {
    /// The passage that covers the query best; `None` if the text has no word of the query.
    pub passage: Option<Passage>,
    /// The share of the words of the positive's passage, by weight and without those of the query,
    /// that the passage or the words around it have. 0 to 1.
    pub shared: f32,
    /// Whether a number of the positive's passage occurs there too; `None` if it has none.
    pub same_number: Option<bool>,
    /// Whether a quantity of the positive's passage occurs there, maybe in another unit.
    pub same_quantity: Option<bool>,
}

/// The query of a row and the passage of its positive, with which other texts are compared.
pub struct EvidenceFinder<'f> {
    frequencies: &'f WordFrequencies,
    query: PassageQuery,
    /// The distinct words of the positive's passage that are not in the query.
    answer_words: Vec<String>,
    answer_quantities: Vec<Quantity>,
}

impl<'f> EvidenceFinder<'f> {
    /// Prepares a query. `positive` is the text of the row's positive, if it was read.
    pub fn new(query: &str, positive: Option<&TextWords>, frequencies: &'f WordFrequencies) -> Self {
        let query = PassageQuery::new(query, |stem| frequencies.weight(stem));
        let passage = positive.and_then(|text| Some((text, best_passage(&query, &text.tokens, PASSAGE_WORDS)?)));
        let (mut answer_words, mut answer_quantities) = (Vec::new(), Vec::new());
        if let Some((text, passage)) = passage {
            let tokens = text.around(&passage, 0);
            let own = tokens.iter().map(|token| token.stem.clone());
            answer_words = own.filter(|stem| query.weight_of(stem) == 0.0 && frequencies.weight(stem) > 0.0).collect();
            answer_words.sort_unstable();
            answer_words.dedup();
            answer_quantities = text.quantities_in(tokens).cloned().collect();
        }
        Self { frequencies, query, answer_words, answer_quantities }
    }

    /// Whether the positive has a passage with words besides those of the query.
    pub fn has_answer_words(&self) -> bool {
        !self.answer_words.is_empty()
    }

    /// Compares a text.
    pub fn find(&self, text: &TextWords) -> TextEvidence {
        let passage = best_passage(&self.query, &text.tokens, PASSAGE_WORDS);
        let around = passage.as_ref().map_or(&[][..], |passage| text.around(passage, AROUND_WORDS));
        let has = |stem: &str| around.iter().any(|token| token.stem == stem);
        let weigh =
            |words: &mut dyn Iterator<Item = &String>| words.map(|word| self.frequencies.weight(word)).sum::<f32>();
        let total = weigh(&mut self.answer_words.iter());
        let shared = weigh(&mut self.answer_words.iter().filter(|word| has(word))) / total.max(f32::MIN_POSITIVE);
        let mut numbers =
            self.answer_words.iter().filter(|word| word.bytes().any(|byte| byte.is_ascii_digit())).peekable();
        let same_number = numbers.peek().is_some().then(|| numbers.any(|word| has(word)));
        let mut quantities = text.quantities_in(around);
        let same_quantity = (!self.answer_quantities.is_empty())
            .then(|| quantities.any(|found| is_one_of(found, &self.answer_quantities)));
        TextEvidence { passage, shared, same_number, same_quantity }
    }
}
