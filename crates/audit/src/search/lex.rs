//! Splits a line of text into words, phrases and filters with their ranges. Knows no field and no
//! meaning.
//!
//! Inside quotes all characters are literal, and two quotes in a row mean one. An open quote
//! reaches to the end of the line: an unfinished line can always be split.

use std::borrow::Cow;
use std::ops::Range;

/// Words that are more than text to some filters; in quotes they are text.
const KEYWORDS: [&str; 4] = ["yes", "no", "any", "none"];

/// A term of the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    /// Whether it began with `-`.
    pub(super) negated: bool,
    pub(super) body: TokenBody,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum TokenBody {
    /// A word or a phrase.
    Word(Piece),
    /// `name:value,value`; it always has a value, which can be empty.
    Filter { name: Range<usize>, values: Vec<Piece> },
}

/// A word, a phrase, or a value of a filter.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The bytes in the line, quotes included.
    pub(super) range: Range<usize>,
    /// The text without quotes.
    pub(super) text: String,
    pub(super) quoted: bool,
}

/// Splits a line into its terms.
pub(super) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(blanks) = line[at..].find(|sign: char| !sign.is_whitespace()) {
        let token = token(line, at + blanks);
        at = token.range.end;
        tokens.push(token);
    }
    tokens
}

fn token(line: &str, start: usize) -> Token {
    let negated = line[start..].starts_with('-');
    let from = start + usize::from(negated);
    let Some(name) = filter_name(&line[from..]) else {
        let word = piece(line, from, false);
        return Token { range: start..word.range.end, negated, body: TokenBody::Word(word) };
    };
    let name = from..from + name.len();
    let mut at = name.end;
    let mut values = Vec::new();
    // Each value follows the colon or a comma.
    loop {
        let value = piece(line, at + 1, true);
        at = value.range.end;
        values.push(value);
        if !line[at..].starts_with(',') {
            return Token { range: start..at, negated, body: TokenBody::Filter { name, values } };
        }
    }
}

/// The text before the colon, if it looks like a name. Addresses (`http://…`) and times (`12:30`)
/// are words.
fn filter_name(rest: &str) -> Option<&str> {
    let (name, after) = rest.split_once(':')?;
    (is_filter_name(name) && !after.starts_with("//")).then_some(name)
}

/// Whether a name can be followed by a colon as a filter.
pub fn is_filter_name(name: &str) -> bool {
    name.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_' || sign == '-')
}

/// The piece that begins at a byte: a quoted one, or one up to the next blank (and in a list, the
/// next comma).
pub(super) fn piece(line: &str, start: usize, in_list: bool) -> Piece {
    let rest = &line[start..];
    let Some(inner) = rest.strip_prefix('"') else {
        let ends = |sign: char| sign.is_whitespace() || (in_list && sign == ',');
        let len = rest.find(ends).unwrap_or(rest.len());
        return Piece { range: start..start + len, text: rest[..len].to_owned(), quoted: false };
    };
    let mut text = String::new();
    let mut end = line.len();
    let mut signs = inner.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        if sign != '"' || signs.next_if(|(_, next)| *next == '"').is_some() {
            text.push(sign);
        } else {
            end = start + at + 2;
            break;
        }
    }
    Piece { range: start..end, text, quoted: true }
}

/// Writes a value so that a filter takes it literally: in quotes only if needed.
///
/// `format!("tile:{}", quote(path))` finds that path, whatever characters are in it. It works for a
/// single word, too.
pub fn quote(value: &str) -> Cow<'_, str> {
    let keyword = KEYWORDS.iter().any(|word| word.eq_ignore_ascii_case(value));
    if keyword { in_quotes(value).into() } else { quote_signs(value) }
}

/// Writes a value of a field of the rows so that its filter takes it for a text, also if it looks
/// like a comparison or a range.
pub fn quote_value(value: &str) -> String {
    match value.starts_with(['<', '>', '=']) || value.contains("..") {
        true => in_quotes(value),
        false => quote(value).into_owned(),
    }
}

/// Like [`quote`], but leaves keywords their meaning.
pub(super) fn quote_signs(value: &str) -> Cow<'_, str> {
    let special = |sign: char| sign.is_whitespace() || matches!(sign, '"' | ',' | ':');
    // After a colon, two slashes would turn it into an address.
    let plain = !value.is_empty() && !value.starts_with('-') && !value.starts_with("//") && !value.contains(special);
    if plain { value.into() } else { in_quotes(value).into() }
}

fn in_quotes(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Formats tokens: `-` negated, `name=value|value` filters, quoted pieces in «».
    fn check(line: &str, expected: &str) {
        let text = |piece: &Piece| if piece.quoted { format!("«{}»", piece.text) } else { piece.text.clone() };
        let written: Vec<String> = tokens(line)
            .iter()
            .map(|token| {
                let sign = if token.negated { "-" } else { "" };
                let body = match &token.body {
                    TokenBody::Word(word) => text(word),
                    TokenBody::Filter { name, values } => {
                        format!("{}={}", &line[name.clone()], values.iter().map(text).collect::<Vec<_>>().join("|"))
                    }
                };
                format!("{sign}{body}")
            })
            .collect();
        assert_eq!(written.join(" "), expected, "{line}");
    }

    #[test]
    fn tokens_are_words_phrases_and_filters() {
        check("  one\ttwo ", "one two");
        check(r#""two words" -"not these" -this well-known"#, "«two words» -«not these» -this well-known");
        check("a:b,c -a:b", "a=b|c -a=b");
        check(r#"tag:"two words","a, b",c"#, "tag=«two words»|«a, b»|c");
        check(r#"a:"he said ""no""" 15" x"#, r#"a=«he said "no"» 15" x"#);
        check("a: b", "a= b");
        check("a:b, c", "a=b| c");
    }

    #[test]
    fn tokens_take_lookalikes_of_filters_for_words() {
        check(r#"http://x 12:30 :x où:x "foo:bar" -"foo:bar""#, "http://x 12:30 :x où:x «foo:bar» -«foo:bar»");
    }

    #[test]
    fn tokens_accept_a_line_cut_anywhere() {
        let line = r#"-tag:"two é",b  "open "" quote, -"#;
        for (end, _) in line.char_indices() {
            let mut before = 0;
            for token in tokens(&line[..end]) {
                assert!(token.range.start >= before && token.range.end > token.range.start, "{}", &line[..end]);
                before = token.range.end;
            }
        }
        check(r#"a:"open b"#, "a=«open b»");
        check("-", "-");
    }

    #[test]
    fn quoted_values_are_read_back() {
        for value in
            ["plain", "two words", "a,b", "say \"no\"", "-x", "", "C:\\a b", "yes", "é", "\"", "a\"\"b\n", "//x"]
        {
            for line in [format!("x:{}", quote(value)), format!("x:{} more", quote(value))] {
                let tokens = tokens(&line);
                let TokenBody::Filter { values, .. } = &tokens[0].body else { panic!("{line}") };
                assert_eq!((values.len(), values[0].text.as_str()), (1, value), "{line}");
            }
        }
        assert_eq!(quote("images/a_b-c.png"), "images/a_b-c.png");
        assert_eq!((quote("None"), quote_signs("none")), ("\"None\"".into(), "none".into()));
    }
}
