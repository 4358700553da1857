//! The words of a text in a form in which forms of one word are equal.
//!
//! Builds on the words of queries, so that a query and a text are cut alike. Adds what texts need:
//! no marks, plain stems, and numbers without separators.

use std::ops::Range;

use tilejury_rows::{spaceless, words_with_ranges};
use unicode_normalization::char::decompose_canonical;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The form that is compared: lower case, without marks and the usual English endings; a number
    /// without separators.
    pub stem: String,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// English endings, longest first, that are cut if at least three letters stay.
const ENDINGS: [&str; 9] = ["edly", "ing", "ies", "ion", "ed", "es", "er", "ly", "s"];

/// Returns the words of a text.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (word, range) in words_with_ranges(text) {
        if let Some(last) = tokens.last_mut()
            // Pairs of letters overlap: nothing is between them.
            && let Some(between) = text.get(last.range.end..range.start)
            && continues_number(last, between, &word)
        {
            last.stem.push_str(&word);
            last.range.end = range.end;
            continue;
        }
        tokens.push(Token { stem: stem(&fold(&word)), range });
    }
    tokens
}

/// Returns the words of a text that a program may have read from a picture. Such programs put
/// blanks between words of scripts that have none, and lines end within words: those blanks count
/// for nothing, so that the pairs of letters are those of a query.
pub fn text_tokens(text: &str) -> Vec<Token> {
    let mut joined = String::with_capacity(text.len());
    // Where blanks were left out: the place in `joined`, and the bytes left out up to there.
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    let mut letters = text.char_indices().peekable();
    let mut after_spaceless = false;
    while let Some((at, letter)) = letters.next() {
        if after_spaceless && matches!(letter, ' ' | '\n') && letters.peek().is_some_and(|(_, next)| spaceless(*next)) {
            gaps.push((joined.len(), at + letter.len_utf8() - joined.len()));
            continue;
        }
        after_spaceless = spaceless(letter);
        joined.push(letter);
    }
    if gaps.is_empty() {
        return tokens(text);
    }
    let before = |gaps: &[(usize, usize)]| gaps.last().map_or(0, |(_, bytes)| *bytes);
    let mut tokens = tokens(&joined);
    for token in &mut tokens {
        // A blank before the first letter or behind the last one is not part of the word.
        let start = before(&gaps[..gaps.partition_point(|(at, _)| *at <= token.range.start)]);
        let end = before(&gaps[..gaps.partition_point(|(at, _)| *at < token.range.end)]);
        token.range = token.range.start + start..token.range.end + end;
    }
    tokens
}

/// Whether a group of three digits continues a number with separators, as in `9,288` or `9 288`.
fn continues_number(number: &Token, between: &str, group: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // A narrow or non-breaking space separates thousands, a plain one two numbers.
    matches!(between, "," | "." | "'" | "’" | "\u{a0}" | "\u{2009}" | "\u{202f}")
        && group.len() == 3
        && digits(group)
        && digits(&number.stem)
        && !number.stem.starts_with('0')
        // A year is no first group; a number with one separator may have more.
        && (number.stem.len() <= 3 || number.range.len() > number.stem.len())
}

/// Returns a word without the marks on its Latin letters: `é` becomes `e`. Letters that do not
/// decompose into a letter and a mark have their usual spellings. Letters of other scripts stay,
/// since a mark makes another letter there (`й`, `が`).
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'đ' => folded.push('d'),
            'ı' => folded.push('i'),
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            letter if letter.is_ascii() => folded.push(letter),
            '\u{300}'..='\u{36f}' => (),
            letter => folded.push(base(letter)),
        }
    }
    folded
}

/// The Latin letter under the marks of a letter; any other letter unchanged.
fn base(letter: char) -> char {
    let mut first = None;
    decompose_canonical(letter, |part| {
        first.get_or_insert(part);
    });
    first.filter(char::is_ascii_alphabetic).unwrap_or(letter)
}

fn stem(word: &str) -> String {
    if word.len() < 4 || word.chars().any(|letter| letter.is_numeric() || spaceless(letter)) {
        return word.to_owned();
    }
    let cut = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= 3));
    cut.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.stem).collect()
    }

    #[test]
    fn forms_of_a_word_are_equal() {
        assert_eq!(stems("Bridges opened, opening ÉTÉ"), ["bridg", "open", "open", "ete"]);
        assert_eq!(stems("is its bus"), ["is", "its", "bus"]);
    }

    #[test]
    fn blanks_within_scripts_without_blanks_do_not_count() {
        let text = "明石 海峡 大 橋 は 3 本\n州、 東 京 DNS";
        let stems = |text: &str| text_tokens(text).into_iter().map(|token| token.stem).collect::<Vec<_>>();
        assert_eq!(stems(text), stems("明石海峡大橋は 3 本州、 東京 DNS"));
        assert_eq!(stems(text)[..3], ["明石", "石海", "海峡"]);
        let found: Vec<&str> = text_tokens(text).iter().map(|token| &text[token.range.clone()]).collect();
        assert_eq!(found[..6], ["明石", "石 海", "海峡", "峡 大", "大 橋", "橋 は"]);
        assert_eq!(found[6..], ["3", "本\n州", "東 京", "DNS"]);
        assert_eq!(text_tokens("Bridges opened"), tokens("Bridges opened"));
    }

    #[test]
    fn numbers_lose_their_separators() {
        assert_eq!(stems("9,288 km"), ["9288", "km"]);
        assert_eq!(stems("1.234.567 and 9\u{202f}288"), ["1234567", "and", "9288"]);
        assert_eq!(stems("1998 2022, 5 in 1914"), ["1998", "2022", "5", "in", "1914"]);
        assert_eq!(stems("2020,300"), ["2020", "300"]);
        assert_eq!(stems("4.22 K"), ["4", "22", "k"]);
        assert_eq!(stems("明石海 3,911 m"), ["明石", "石海", "3911", "m"]);
        let text = "a 9,288 b";
        assert_eq!(&text[tokens(text)[1].range.clone()], "9,288");
    }
}
