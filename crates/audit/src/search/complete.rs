//! What could be typed next: names of filters, and the values each can take.

use std::ops::Range;

use super::Vocabulary;
use super::fields::{FIELDS, Field};
use super::lex::{Body, Piece, piece, quote, quote_signs, tokens};

/// One offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What would be written, quotes included.
    pub insert: String,
    /// The bytes of the line that it would take the place of.
    pub replace: Range<usize>,
    /// What it means; empty where it says so itself.
    pub hint: &'static str,
}

/// What could stand in place of the word or value at the cursor, a byte offset into the line. `tags` are those in use.
///
/// What is before the cursor decides; what is behind it, up to the end of the word or value, is replaced as well. What
/// stands there already is not offered again.
pub fn complete(text: &str, cursor: usize, vocabulary: &Vocabulary, tags: &[&str]) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let Some(token) = tokens(before).pop().filter(|token| token.range.end == cursor) else { return Vec::new() };
    match token.body {
        Body::Word(word) if word.quoted || word.text.is_empty() => Vec::new(),
        Body::Word(word) => fields(&word, piece(text, word.range.start, false).range),
        Body::Filter { name, mut values } => match (Field::named(&before[name]), values.pop()) {
            (Some(help), Some(value)) => {
                values_of(help.field, &value, piece(text, value.range.start, true).range, vocabulary, tags)
            }
            _ => Vec::new(),
        },
    }
}

fn fields(word: &Piece, replace: Range<usize>) -> Vec<Completion> {
    let fitting = FIELDS.iter().filter(|help| starts_with(help.name, &word.text));
    let offer = |name: &str, hint| Completion { insert: format!("{name}:"), replace: replace.clone(), hint };
    fitting.map(|help| offer(help.name, help.help)).collect()
}

fn values_of(
    field: Field,
    value: &Piece,
    replace: Range<usize>,
    vocabulary: &Vocabulary,
    tags: &[&str],
) -> Vec<Completion> {
    let tags = if field == Field::Tag { tags } else { &[] };
    let tags = tags.iter().map(|tag| (*tag, quote(tag), ""));
    let words = field.words(vocabulary).into_iter().map(|(word, hint)| (word, quote_signs(word), hint));
    tags.chain(words)
        .filter(|(word, _, _)| *word != value.text && starts_with(word, &value.text))
        .map(|(_, insert, hint)| Completion { insert: insert.into_owned(), replace: replace.clone(), hint })
        .collect()
}

fn starts_with(word: &str, typed: &str) -> bool {
    word.to_lowercase().starts_with(&typed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor is at `|`; what is offered is written as the lines that would come of it.
    fn check(typed: &str, expected: &[&str]) {
        let vocabulary = Vocabulary {
            splits: vec!["train".into(), "my set".into()],
            signals: vec!["same-page".into(), "same-query".into()],
        };
        let cursor = typed.find('|').unwrap();
        let line = typed.replace('|', "");
        let lines: Vec<String> = complete(&line, cursor, &vocabulary, &["two words", "Twin", "none"])
            .into_iter()
            .map(|offer| format!("{}{}{}", &line[..offer.replace.start], offer.insert, &line[offer.replace.end..]))
            .collect();
        assert_eq!(lines, expected, "{typed}");
    }

    #[test]
    fn a_word_that_begins_like_a_filter_offers_it() {
        check("ver|", &["verdict:"]);
        check("a -Fl| b", &["a -flag: b"]);
        check("po|", &["positive:", "pos:"]);
        check("fl|ower", &["flag:"]);
        check("\"ver|", &[]);
        check("-|", &[]);
        check("a |", &[]);
        check("|", &[]);
        check("zzz|", &[]);
    }

    #[test]
    fn a_filter_offers_its_values() {
        check("verdict:|", &["verdict:accept", "verdict:reject", "verdict:unsure", "verdict:none"]);
        check("verdict:re|x a", &["verdict:reject a"]);
        check("verdict:reject,U|", &["verdict:reject,unsure"]);
        check("verdict:reject|", &[]);
        check("-judged:|", &["-judged:yes", "-judged:no"]);
        check("split:m|", &["split:\"my set\""]);
        check("split:\"my|", &["split:\"my set\""]);
        check("signal:same-p|", &["signal:same-page"]);
        check("tag:tw|", &["tag:\"two words\"", "tag:Twin"]);
        check("tag:\"two w|ords\" b", &["tag:\"two words\" b"]);
        check("tag:n|", &["tag:\"none\"", "tag:none"]);
        check("fn:>|", &["fn:>0"]);
        check("page:1|", &[]);
        check("nofilter:|", &[]);
    }

    #[test]
    fn hints_explain_and_no_cursor_is_too_far() {
        let offers = complete("fn", 2, &Vocabulary::default(), &[]);
        assert!(offers[0].hint.starts_with("how many negatives were judged relevant"));
        assert!(complete("é", 1, &Vocabulary::default(), &[]).is_empty());
        assert!(complete("fn", 9, &Vocabulary::default(), &[]).is_empty());
    }
}
