//! The answer of a row in the text of a tile: the share of its words, and the phrase that states
//! it.
//!
//! Tolerates errors of reading in long answers, and other units. Whether a text that has the answer
//! also answers the query is not decided here.

use std::ops::Range;

use crate::evidence::{TextWords, WordFrequencies, is_common_word};
use crate::partial_match::partial_match;
use crate::quantity::{Quantity, is_one_of, quantities};
use crate::tokens::{Token, tokens};

/// The least likeness of an answer and a phrase that count as the same.
const SAME: f32 = 0.9;
/// The fewest letters and digits of an answer that may differ from the text: shorter answers have a
/// near form in many texts by chance.
const TOLERANT_FROM: usize = 6;

/// The answer of a row, cut into words.
#[derive(Clone, Debug)]
pub struct AnswerText {
    phrase: AnswerPhrase,
    /// The distinct words, with their weights.
    words: Vec<(String, f32)>,
}

impl AnswerText {
    /// Cuts an answer into words; `None` if none of them has weight.
    pub fn new(answer: &str, frequencies: &WordFrequencies) -> Option<Self> {
        let mut words: Vec<(String, f32)> = Vec::new();
        for token in tokens(answer) {
            let weight = frequencies.weight(&token.stem);
            if weight > 0.0 && words.iter().all(|(word, _)| *word != token.stem) {
                words.push((token.stem, weight));
            }
        }
        (!words.is_empty()).then(|| Self { phrase: AnswerPhrase::new(answer), words })
    }

    /// Returns the share of the answer's words that a text has, 0 to 1, by weight; 1 if the text
    /// states the answer in another form (see [`Self::phrase`]).
    pub fn cover(&self, text: &TextWords) -> f32 {
        let has = |word: &str| text.tokens.iter().any(|token| token.stem == word);
        let sum = |words: &mut dyn Iterator<Item = &(String, f32)>| words.map(|(_, weight)| weight).sum::<f32>();
        let share = sum(&mut self.words.iter().filter(|(word, _)| has(word))) / sum(&mut self.words.iter());
        if share < 1.0 && self.phrase(text).is_some() { 1.0 } else { share }
    }

    /// Returns the bytes of the first phrase that states the answer.
    pub fn phrase(&self, text: &TextWords) -> Option<Range<usize>> {
        self.phrase.places(&text.text, &text.tokens, &text.quantities, 1).pop()
    }
}

/// The rule that decides where a text states an answer.
#[derive(Clone, Debug)]
pub(crate) struct AnswerPhrase {
    text: String,
    words: Vec<Token>,
    /// The quantity that the answer is, once for each unit in which it is given.
    quantities: Vec<Quantity>,
}

impl AnswerPhrase {
    pub(crate) fn new(answer: &str) -> Self {
        let mut quantities = quantities(answer);
        let is_one = quantities.iter().all(|quantity| quantities[0].equals(quantity));
        let length: usize = quantities.iter().map(|quantity| quantity.range.len()).sum();
        // Other words may change what the quantity is of.
        if !is_one || 2 * length < answer.trim().len() {
            quantities.clear();
        }
        Self { text: answer.to_owned(), words: tokens(answer), quantities }
    }

    /// Returns the bytes of the first phrases that state the answer: nearly the same letters
    /// (spaces and punctuation are ignored) with the same digits; without any, equal quantities,
    /// maybe in another unit. An answer of fewer than six letters and digits must be there as it
    /// is, between other words.
    pub(crate) fn places(
        &self,
        text: &str,
        tokens: &[Token],
        quantities: &[Quantity],
        up_to: usize,
    ) -> Vec<Range<usize>> {
        let places = self.as_it_is(text, tokens, up_to);
        if !places.is_empty() {
            return places;
        }
        let equal = |found: &&Quantity| is_one_of(found, &self.quantities);
        quantities.iter().filter(equal).map(|found| found.range.clone()).take(up_to).collect()
    }

    /// Returns the bytes of the first phrase that is a copy: as for an answer, but in no other
    /// unit.
    pub(crate) fn copy(&self, text: &str, tokens: &[Token]) -> Option<Range<usize>> {
        self.as_it_is(text, tokens, 1).pop()
    }

    /// The places with nearly the same letters, or of a short answer the same words.
    fn as_it_is(&self, text: &str, tokens: &[Token], up_to: usize) -> Vec<Range<usize>> {
        let letters = self.text.chars().filter(|letter| letter.is_alphanumeric()).count();
        if letters < TOLERANT_FROM { self.same_words(text, tokens, up_to) } else { self.alike(text, tokens, up_to) }
    }

    /// The places with nearly the same letters.
    fn alike(&self, text: &str, tokens: &[Token], up_to: usize) -> Vec<Range<usize>> {
        let (mut places, mut from) = (Vec::new(), 0);
        // Each attempt goes through the rest of the text.
        for _ in 0..2 * up_to {
            let found = text.get(from..).and_then(|rest| partial_match(&self.text, rest, SAME));
            let Some(found) = found.map(|found| from + found.range.start..from + found.range.end) else { break };
            from = found.end.max(from + 1);
            if self.has_its_digits(text, tokens, &found) {
                places.push(found);
            }
            if places.len() >= up_to {
                break;
            }
        }
        places
    }

    /// Whether a phrase, with the words that it cuts, has the digits of the answer: another digit
    /// is another answer.
    fn has_its_digits(&self, text: &str, tokens: &[Token], range: &Range<usize>) -> bool {
        let touching = |token: &&Token| token.range.start < range.end && range.start < token.range.end;
        let words = tokens.iter().filter(touching);
        let (from, to) = words.fold((range.start, range.end), |(from, to), token| {
            let has_digit = token.stem.bytes().any(|byte| byte.is_ascii_digit());
            if has_digit { (from.min(token.range.start), to.max(token.range.end)) } else { (from, to) }
        });
        let found = text.get(from..to).unwrap_or_default();
        [false, true].into_iter().any(|misread| digits(&self.text, misread) == digits(found, misread))
    }

    /// The places where the text has the answer's words one after another, in any case.
    fn same_words(&self, text: &str, tokens: &[Token], up_to: usize) -> Vec<Range<usize>> {
        // Each “no” of a text is not an answer, and neither is each “the”.
        if self.words.iter().all(|word| is_common_word(&word.stem) || matches!(word.stem.as_str(), "yes" | "no")) {
            return Vec::new();
        }
        let lower = |text: &str, token: &Token| text.get(token.range.clone()).unwrap_or_default().to_lowercase();
        let same = |part: &&[Token]| {
            part.iter()
                .zip(&self.words)
                .all(|(found, asked)| found.stem == asked.stem && lower(text, found) == lower(&self.text, asked))
        };
        let places = tokens.windows(self.words.len()).filter(same);
        places.filter_map(|part| Some(part.first()?.range.start..part.last()?.range.end)).take(up_to).collect()
    }
}

/// The digits of a text. `misread`: in words with a digit, letters that are read for one count as
/// it, such as the `l` of `l821`.
fn digits(text: &str, misread: bool) -> String {
    let mut digits = String::new();
    for word in text.split(|letter: char| !letter.is_alphanumeric()) {
        let has_digit = word.bytes().any(|byte| byte.is_ascii_digit());
        digits.extend(word.chars().filter_map(|letter| match letter {
            letter if letter.is_ascii_digit() => Some(letter),
            'l' | 'I' if misread && has_digit => Some('1'),
            'O' | 'o' if misread && has_digit => Some('0'),
            _ => None,
        }));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(answer: &str, text: &str) -> Option<String> {
        let words = TextWords::new(text);
        let mut frequencies = WordFrequencies::default();
        frequencies.add(&words);
        let found = AnswerText::new(answer, &frequencies)?.phrase(&words)?;
        Some(text[found].to_owned())
    }

    #[test]
    fn long_answers_tolerate_errors_of_reading() {
        assert_eq!(
            phrase("Christiaan Huygens", "by Christiaan Huvgens in 1655").as_deref(),
            Some("Christiaan Huvgens")
        );
        assert_eq!(phrase("Christiaan Huygens", "by ChristiaanHuygens").as_deref(), Some("ChristiaanHuygens"));
        assert_eq!(phrase("Christiaan Huygens", "by Christopher Hughes"), None);
        assert_eq!(phrase("at 801 °C, or so", "melts at 8013 °C or so"), None, "another number");
        assert_eq!(phrase("at 801 °C, or so", "melts at 801 °C or s0"), None);
        assert_eq!(phrase("at 801 °C, or so", "melts at 801 °C er so").as_deref(), Some("at 801 °C er so"));
    }

    #[test]
    fn letters_read_for_digits_are_errors_of_reading() {
        assert_eq!(phrase("in spring 1821", "dug inspring l821 by hand").as_deref(), Some("inspring l821"));
        assert_eq!(phrase("in spring 1821", "dug in spring 1827 by hand"), None);
        assert_eq!(phrase("5 l of water", "takes 5l of water").as_deref(), Some("5l of water"));
    }

    #[test]
    fn short_answers_are_whole_words() {
        assert_eq!(phrase("1966", "banned in 1966.").as_deref(), Some("1966"));
        assert_eq!(phrase("1966", "number 19667, banned in 1966").as_deref(), Some("1966"));
        assert_eq!(phrase("1966", "number 19667"), None);
        assert_eq!(phrase("1966", "in 1965"), None);
    }

    #[test]
    fn quantities_match_in_other_units() {
        assert_eq!(phrase("478 km", "it is 297 miles long").as_deref(), Some("297 miles"));
        assert_eq!(phrase("478 km", "it is 397 miles long"), None);
        assert_eq!(phrase("26 m (85 ft)", "surface 85 ft above the sea").as_deref(), Some("85 ft"));
        assert_eq!(phrase("26 m (85 ft)", "climb 26 metres to the lake").as_deref(), Some("26 metres"));
        assert_eq!(phrase("26 m or 95 ft", "climb 26 metres to the lake"), None, "two answers");
        let falls = "979 m (3,212 ft)";
        assert_eq!(phrase(falls, "drops 983 metres (3,225 ft)"), None, "each is near the other unit");
        assert_eq!(phrase(falls, "drops 3,212 feet").as_deref(), Some("3,212 feet"));
        assert_eq!(phrase("29,002 ft", "the peak is 29,032 ft high"), None);
        assert_eq!(phrase("5 April 1998", "橋は 1998 年 4 月 5 日 に 開通した").as_deref(), Some("1998 年 4 月 5 日"));
        assert_eq!(phrase("17 November 1869", "inauguré le 17 novembre 1869").as_deref(), Some("17 novembre 1869"));
        assert_eq!(phrase("17 November 1869", "inauguré le 18 novembre 1869"), None);
    }

    #[test]
    fn cover_is_the_share_of_words() {
        let mut frequencies = WordFrequencies::default();
        frequencies.add(&TextWords::new("nothing of it"));
        let answer = AnswerText::new("Christiaan Huygens", &frequencies).unwrap();
        assert_eq!(answer.cover(&TextWords::new("a letter by Huygens")), 0.5);
        assert_eq!(answer.cover(&TextWords::new("Christian Huygens")), 1.0);
        assert!(AnswerText::new("the", &frequencies).is_none());
    }
}
