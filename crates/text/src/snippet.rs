//! A passage as people read it: the words of the text on one line, and which of them the query has.

use std::ops::Range;

use crate::passage::Passage;
use crate::tokens::Token;

/// A part of a text to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// The text, with one space in place of spaces and line breaks.
    pub text: String,
    /// The bytes of `text` that are words of the query, in order, without overlaps.
    pub hits: Vec<Range<usize>>,
    /// Whether the part begins after the start of the whole text.
    pub cut_before: bool,
    /// Whether it ends before the end of the whole text.
    pub cut_after: bool,
}

impl Snippet {
    /// Takes a passage out of the text that `tokens` were cut from.
    pub fn of_passage(text: &str, tokens: &[Token], passage: &Passage) -> Self {
        let hits = passage.hits.iter().filter_map(|hit| Some(tokens.get(*hit)?.range.clone()));
        let own = tokens.get(passage.tokens.clone()).unwrap_or(&[]);
        match (own.first(), own.last()) {
            (Some(first), Some(last)) => Self::of_bytes(text, first.range.start..last.range.end, hits),
            _ => Self::default(),
        }
    }

    /// Takes a part out of a text. `hits` are bytes of the whole text, in order.
    pub fn of_bytes(text: &str, part: Range<usize>, hits: impl IntoIterator<Item = Range<usize>>) -> Self {
        let part = with_whole_words(text, part);
        let Some(shown) = text.get(part.clone()) else { return Self::default() };
        let mut snippet = Self {
            cut_before: text.get(..part.start).is_some_and(has_word),
            cut_after: text.get(part.end..).is_some_and(has_word),
            ..Self::default()
        };
        // The bytes of the new text at which each hit begins and ends.
        let mut hits = hits.into_iter().filter(|hit| part.start <= hit.start && hit.end <= part.end).peekable();
        let mut begun = None;
        for (at, letter) in shown.char_indices() {
            let at = part.start + at;
            if let Some(hit) = hits.peek() {
                if begun.is_some() && at >= hit.end {
                    snippet.end_hit(&mut begun);
                    hits.next();
                }
            }
            // Pairs of letters overlap: the second begins within the first.
            while hits.peek().is_some_and(|hit| begun.is_none() && hit.end <= at) {
                hits.next();
            }
            let space = letter.is_whitespace();
            if hits.peek().is_some_and(|hit| begun.is_none() && hit.start <= at) && !space {
                begun = Some(snippet.text.len());
            }
            match space {
                false => snippet.text.push(letter),
                true if snippet.text.ends_with(' ') || snippet.text.is_empty() => {}
                true => snippet.text.push(' '),
            }
        }
        snippet.end_hit(&mut begun);
        snippet.text.truncate(snippet.text.trim_end().len());
        snippet
    }

    fn end_hit(&mut self, begun: &mut Option<usize>) {
        let Some(start) = begun.take() else { return };
        match self.hits.last_mut() {
            // Neighbouring pairs of letters are one hit.
            Some(last) if last.end >= start => last.end = self.text.len(),
            _ => self.hits.push(start..self.text.len()),
        }
    }
}

fn has_word(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// Extends a part of a text by the signs around it that belong to its first and last word, such as
/// a bracket or a full stop.
fn with_whole_words(text: &str, part: Range<usize>) -> Range<usize> {
    let belongs = |letter: &char| !letter.is_whitespace() && !letter.is_alphanumeric();
    let before = text.get(..part.start).unwrap_or_default().chars().rev().take_while(belongs);
    let after = text.get(part.end..).unwrap_or_default().chars().take_while(belongs);
    let (before, after) = (before.map(char::len_utf8).sum::<usize>(), after.map(char::len_utf8).sum::<usize>());
    part.start - before..part.end + after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::{PassageQuery, best_passage};
    use crate::tokens::tokens;

    fn find(query: &str, text: &str, words: usize) -> (String, bool, bool) {
        let cut = tokens(text);
        let passage = best_passage(&PassageQuery::new(query, |_| 1.0), &cut, words).unwrap();
        let snippet = Snippet::of_passage(text, &cut, &passage);
        let mut marked = snippet.text.clone();
        for hit in snippet.hits.iter().rev() {
            marked.insert(hit.end, ']');
            marked.insert(hit.start, '[');
        }
        (marked, snippet.cut_before, snippet.cut_after)
    }

    #[test]
    fn a_snippet_is_one_line_with_its_hits() {
        let text = "Pure\nsalt  (NaCl) melts\nat 801 °C. Sugar does not.";
        assert_eq!(find("melting salt", text, 5), ("Pure [salt] (NaCl) [melts] at".to_owned(), false, true));
        assert_eq!(find("sugar", text, 40).0, "Pure salt (NaCl) melts at 801 °C. [Sugar] does not.");
        assert!(!find("sugar", text, 40).1);
        assert_eq!(find("not", text, 1), ("[not].".to_owned(), true, false));
    }

    #[test]
    fn pairs_of_letters_become_one_hit() {
        assert_eq!(find("明石海峡", "日本の明石海峡大橋です", 40).0, "日本の[明石海峡]大橋です");
    }

    #[test]
    fn a_part_outside_the_text_is_empty() {
        assert_eq!(Snippet::of_bytes("abc", 5..9, []), Snippet::default());
    }
}
