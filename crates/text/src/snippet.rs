//! The part of a text that covers a query best, on one line, with the query's words marked.

use std::ops::Range;

use crate::evidence::is_common_word;
use crate::forms::in_words_of;
use crate::passage::{PASSAGE_WORDS, Passage, PassageQuery, best_passage};
use crate::tokens::{Token, text_tokens};

/// The letters that a quote shows on either side of the quoted words, and at most as many more up
/// to the end of a word.
const AROUND: usize = 40;
/// The letters of the quoted words above which they are shortened in the middle.
const QUOTED_UP_TO: usize = 100;
/// The number of words before the first word of the query in a short part.
const WORDS_BEFORE: usize = 3;

/// A part of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// Its words with single spaces, and `…` where the text goes on.
    pub text: String,
    /// The bytes of the query's words in it, in order and apart from each other.
    pub hits: Vec<Range<usize>>,
}

impl Snippet {
    /// Returns the snippet of some 40 words that covers a query best, or the beginning of the text
    /// if it has no word of the query. Common words count only in a query that has no others.
    pub fn new(query: &str, text: &str) -> Self {
        let wanted = PassageQuery::for_reading(query, |stem| if is_common_word(stem) { 0.0 } else { 1.0 });
        let words = text_tokens(text);
        match best_passage(&wanted, &in_words_of(&wanted, text, &words), PASSAGE_WORDS) {
            Some(passage) => Self::of_passage(text, &words, &passage),
            None => Self::cut(text, &words, 0..words.len().min(PASSAGE_WORDS), &[]),
        }
    }

    /// Returns a passage of the text that `words` were cut from.
    pub fn of_passage(text: &str, words: &[Token], passage: &Passage) -> Self {
        Self::cut(text, words, passage.tokens.clone(), &passage.hits)
    }

    /// Returns the part of some `letters` that has most of the query's words, as short as the whole
    /// if that has no more letters. It begins a little before the first of these words.
    pub fn around_hits(&self, letters: usize) -> Self {
        if self.text.chars().count() <= letters || self.hits.is_empty() {
            return self.clone();
        }
        let starts = || self.text.match_indices(' ').map(|(at, _)| at + 1);
        // For each word of the query, the text from up to three words before it.
        let begin = |hit: &Range<usize>| {
            let before = starts().filter(|start| *start <= hit.start).collect::<Vec<_>>();
            let close = before.iter().rev().take(1 + WORDS_BEFORE);
            close.copied().take_while(|start| hit.start - start <= letters / 4).min().unwrap_or(hit.start)
        };
        let end = |begin: usize| {
            let tail = self.text.get(begin..).unwrap_or_default();
            tail.char_indices().nth(letters).map_or(self.text.len(), |(at, _)| begin + at)
        };
        let within = |begin: usize| self.hits.iter().filter(|hit| hit.start >= begin && hit.end <= end(begin)).count();
        let mut best = 0;
        for begin in self.hits.iter().map(begin) {
            if within(begin) > within(best) {
                best = begin;
            }
        }
        // If the text ends before the room is filled, the snippet begins earlier.
        let free = self.text.chars().count() - letters;
        let last = self.text.char_indices().nth(free).map_or(0, |(at, _)| at);
        best = starts().find(|start| *start >= last).map_or(best, |start| best.min(start));
        if best == 0 {
            return self.clone();
        }
        let moved = |at: usize| at - best + '…'.len_utf8();
        let hits = self.hits.iter().filter(|hit| hit.start >= best).map(|hit| moved(hit.start)..moved(hit.end));
        Self { text: format!("…{}", &self.text[best..]), hits: hits.collect() }
    }

    fn cut(text: &str, words: &[Token], shown: Range<usize>, hits: &[usize]) -> Self {
        let (Some(first), Some(last)) = (words.get(shown.start), words.get(shown.end.saturating_sub(1))) else {
            return Self::default();
        };
        // Signs before the first word and behind the last one belong to the text.
        let from = if shown.start == 0 { 0 } else { first.range.start };
        let to = if shown.end == words.len() { text.len() } else { last.range.end };
        let mut snippet = Self::after(from);
        let mut hits = hits.iter().map(|hit| words[*hit].range.clone()).peekable();
        let mut at = from;
        while let Some(mut hit) = hits.next() {
            // Pairs of letters overlap.
            while let Some(next) = hits.next_if(|next| next.start <= hit.end) {
                hit.end = hit.end.max(next.end);
            }
            snippet.push(&text[at..hit.start]);
            let start = snippet.text.len();
            snippet.push(&text[hit.clone()]);
            snippet.hits.push(start..snippet.text.len());
            at = hit.end;
        }
        snippet.push(&text[at.min(to)..to]);
        snippet.ending(text.len() - to)
    }

    /// Begins a part of a text behind this many bytes.
    fn after(bytes: usize) -> Self {
        Self { text: if bytes > 0 { "…".to_owned() } else { String::new() }, hits: Vec::new() }
    }

    /// Ends a part of a text before this many bytes.
    fn ending(mut self, bytes: usize) -> Self {
        self.text.truncate(self.text.trim_end().len());
        if bytes > 0 {
            self.text.push('…');
        }
        self
    }

    /// Adds text with each run of blanks as one space.
    fn push(&mut self, text: &str) {
        for letter in text.chars() {
            match letter.is_whitespace() {
                true if self.text.is_empty() || self.text.ends_with([' ', '…']) => {}
                true => self.text.push(' '),
                false => self.text.push(letter),
            }
        }
    }
}

/// Quotes bytes of a text with some words around them, as a [`Snippet`] shows a passage: on one
/// line, with `…` where the text goes on. Long quotes are shortened in the middle.
pub fn quote(text: &str, quoted: Range<usize>) -> String {
    let from = quoted.start - length_up_to_word_end(text[..quoted.start].chars().rev());
    let to = quoted.end + length_up_to_word_end(text[quoted.end..].chars());
    let mut snippet = Snippet::after(from);
    let words = &text[quoted.clone()];
    let head = words.char_indices().nth(QUOTED_UP_TO - AROUND);
    let tail = words.char_indices().rev().nth(AROUND - 1);
    match (head, tail) {
        (Some((head, _)), Some((tail, _))) if words.chars().nth(QUOTED_UP_TO).is_some() => {
            // Whole words, in a text that has spaces.
            let spaces = |part: &str| part.rfind(char::is_whitespace).zip(part.find(char::is_whitespace));
            let head = spaces(&words[..head]).map_or(head, |(last, _)| last);
            let tail = spaces(&words[tail..]).map_or(tail, |(_, first)| tail + first);
            snippet.push(text[from..quoted.start + head].trim_end());
            snippet.text.push_str(" … ");
            snippet.push(text[quoted.start + tail..to].trim_start());
        }
        _ => snippet.push(&text[from..to]),
    }
    snippet.ending(text.len() - to).text
}

/// The bytes of the letters around a quote, up to the end of a word. A text without spaces has no
/// word to end with.
fn length_up_to_word_end(letters: impl Iterator<Item = char>) -> usize {
    let (mut length, mut usual) = (0, 0);
    for (at, letter) in letters.enumerate() {
        if at >= AROUND && letter.is_whitespace() {
            return length;
        }
        if at >= 2 * AROUND {
            return usual;
        }
        length += letter.len_utf8();
        if at < AROUND {
            usual = length;
        }
    }
    length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_show_whole_words_around() {
        let text = "Salt melts at 801 °C.\nIt boils later.";
        let at = text.find("801").unwrap();
        assert_eq!(quote(text, at..at + 3), "Salt melts at 801 °C. It boils later.");
        let text = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
sixteen seventeen";
        let at = text.find("nine").unwrap();
        let quoted = quote(text, at..at + 4);
        assert_eq!(
            quoted,
            "…one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen…"
        );
    }

    #[test]
    fn a_long_quote_leaves_out_whole_words() {
        let text = "Ellet had built a light footbridge at Niagara. The gorge was too wide to throw a rope and too wild \
                    for a boat. A prize was offered for a kite that could fly across, and it went to a boy";
        let quoted = quote(text, 0..text.len());
        let (head, tail) = quoted.split_once(" … ").unwrap();
        assert!(text.starts_with(head) && text.ends_with(tail), "{quoted}");
        assert!(text[head.len()..].starts_with(' ') && text[..text.len() - tail.len()].ends_with(' '), "{quoted}");
        assert!(!quoted.contains("  "), "{quoted}");
    }

    #[test]
    fn quotes_are_not_long_without_spaces_either() {
        let long = "塩".repeat(300);
        let quoted = quote(&long, 300..303);
        assert_eq!(quoted, format!("…{}…", "塩".repeat(81)));
        let shown = quote(&long, 0..long.len());
        assert!(shown.contains(" … ") && shown.chars().count() < 110, "{shown}");
    }

    /// The snippet with its hits in brackets.
    fn marked(query: &str, text: &str) -> String {
        let snippet = Snippet::new(query, text);
        let mut marked = snippet.text;
        for hit in snippet.hits.iter().rev() {
            marked.insert(hit.end, ']');
            marked.insert(hit.start, '[');
        }
        marked
    }

    #[test]
    fn marks_the_words_of_the_query() {
        let text = "  Salt:\n\tit  melts at 801 °C.";
        assert_eq!(marked("What is the melting point of salts?", text), "[Salt]: it [melts] at 801 °C.");
        assert_eq!(marked("the at", text), "Salt: it melts [at] 801 °C.");
        assert_eq!(marked("pepper", text), "Salt: it melts at 801 °C.");
        assert_eq!(marked("明石海峡", "これは明石海峡大橋です"), "これは[明石海峡]大橋です");
        assert_eq!(marked("明石海峡", "これは 明石 海峡 大 橋"), "これは [明石 海峡] 大 橋");
        assert_eq!((marked("salt", ""), marked("salt", "—")), (String::new(), String::new()));
    }

    #[test]
    fn a_short_part_has_most_words_of_the_query() {
        let snippet = Snippet::new(
            "salt melting point",
            "Salt is old and a part of what people eat; at its melting point salt is hot.",
        );
        let short = snippet.around_hits(30);
        let words: Vec<&str> = short.hits.iter().map(|hit| &short.text[hit.clone()]).collect();
        assert_eq!(
            (short.text.as_str(), words),
            ("…at its melting point salt is hot.", vec!["melting", "point", "salt"])
        );
        assert_eq!(snippet.around_hits(500), snippet);
        assert_eq!(snippet.around_hits(60).text, "…a part of what people eat; at its melting point salt is hot.");
        let first = Snippet::new("salt", "Salt is old and a part of what people eat.");
        assert_eq!(first.around_hits(10), first, "it begins with the word");
        let none = Snippet::new("pepper", "Salt is old and a part of what people eat.");
        assert_eq!(none.around_hits(10), none);
        let spaceless = Snippet::new("大橋", "これは明石海峡とその近くの大橋です");
        assert!(spaceless.around_hits(6).text.starts_with("…大橋"), "{spaceless:?}");
    }

    #[test]
    fn shows_the_best_part_of_a_long_text() {
        let text = format!("{}, salt melts {}", "word ".repeat(90), "word ".repeat(90));
        let marked = marked("salt melting", &text);
        assert!(marked.starts_with("…word") && marked.ends_with("word…"), "{marked}");
        assert!(marked.contains("word , [salt] [melts] word"), "{marked}");
        assert_eq!(text_tokens(&marked).len(), 40);
    }
}
