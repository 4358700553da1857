//! Completions of a search while it is typed: names of filters, and the values of each.

use std::borrow::Cow;
use std::ops::Range;

use super::DatasetNames;
use super::fields::{FIELDS, Field, FieldHelp};
use super::lex::{Piece, TokenBody, is_filter_name, piece, quote, quote_signs, quote_value, tokens};
use super::parse::is_finished;
use crate::text::count;

/// The largest number of values of a field of the rows that are offered at once.
const MOST_VALUES: usize = 30;

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The text to insert, quotes included.
    pub insert: String,
    /// The bytes of the line that it replaces.
    pub replace: Range<usize>,
    /// The meaning, or how many rows have it; empty if the text itself shows it.
    pub hint: Cow<'static, str>,
    /// Whether it can only be what was meant: the value that it replaces was begun, and the filter
    /// cannot take it as it is.
    pub is_needed: bool,
}

/// The completions of the word or value at the cursor, a byte offset into the line. `tags` are
/// those in use.
///
/// The text before the cursor decides; the rest of the word or value after it is replaced as well.
/// The word or value itself is not offered again.
///
/// See [`unfinished_word`] for a word that may become the name of a filter.
pub fn complete(text: &str, cursor: usize, dataset_names: &DatasetNames, tags: &[&str]) -> Vec<Completion> {
    let Some(before) = text.get(..cursor) else { return Vec::new() };
    let Some(token) = tokens(before).pop().filter(|token| token.range.end == cursor) else { return Vec::new() };
    match token.body {
        TokenBody::Word(word) if word.quoted || word.text.is_empty() => Vec::new(),
        TokenBody::Word(word) => fields(&word, piece(text, word.range.start, false).range, dataset_names),
        TokenBody::Filter { name, mut values } => match (Field::named(&before[name.clone()]), values.pop()) {
            (Some(help), Some(value)) => {
                values_of(help, &value, piece(text, value.range.start, true).range, dataset_names, tags)
            }
            (None, Some(value)) => {
                values_of_row_field(&before[name], &value, piece(text, value.range.start, true).range, dataset_names)
            }
            _ => Vec::new(),
        },
    }
}

/// The last word of a line if it begins like the name of a filter: as long as it is being typed, it
/// may become that name. With its minus sign, if it has one.
pub fn unfinished_word(line: &str) -> Option<Range<usize>> {
    let token = tokens(line).pop().filter(|token| token.range.end == line.len())?;
    match token.body {
        TokenBody::Word(word) if !word.quoted && !word.text.is_empty() => {
            FIELDS.iter().any(|help| starts_with(help.name, &word.text)).then_some(token.range)
        }
        TokenBody::Word(_) | TokenBody::Filter { .. } => None,
    }
}

fn fields(word: &Piece, replace: Range<usize>, dataset_names: &DatasetNames) -> Vec<Completion> {
    let matching = FIELDS.iter().filter(|help| starts_with(help.name, &word.text));
    let offer =
        |name: &str, hint| Completion { insert: format!("{name}:"), replace: replace.clone(), hint, is_needed: false };
    let of_rows = dataset_names.fields.iter().filter(|field| {
        starts_with(&field.name, &word.text) && is_filter_name(&field.name) && Field::named(&field.name).is_none()
    });
    let of_rows = of_rows.map(|field| offer(&field.name, format!("a field of {}", count(field.rows, "row")).into()));
    matching.map(|help| offer(help.name, help.help.into())).chain(of_rows).collect()
}

/// The values of a field of the rows, those of most rows first.
fn values_of_row_field(
    name: &str,
    value: &Piece,
    replace: Range<usize>,
    dataset_names: &DatasetNames,
) -> Vec<Completion> {
    let values = dataset_names.fields.named(name).map_or(&[][..], |field| field.values.as_slice());
    let offered = values.iter().filter(|known| known.text != value.text && starts_with(&known.text, &value.text));
    offered
        .take(MOST_VALUES)
        .map(|known| Completion {
            insert: quote_value(&known.text),
            replace: replace.clone(),
            hint: count(known.rows, "row").into(),
            is_needed: false,
        })
        .collect()
}

fn values_of(
    help: &FieldHelp,
    value: &Piece,
    replace: Range<usize>,
    dataset_names: &DatasetNames,
    tags: &[&str],
) -> Vec<Completion> {
    let field = help.field;
    let tags = if field == Field::Tag { tags } else { &[] };
    // Any text is the name of a tag; only one in use finds something.
    let is_tag = || tags.iter().any(|tag| tag.eq_ignore_ascii_case(&value.text));
    let is_finished = is_finished(help, value, dataset_names) && (field != Field::Tag || is_tag());
    let is_needed = !value.text.is_empty() && !is_finished;
    let tags = tags.iter().map(|tag| (*tag, quote(tag), ""));
    let words = field.words(dataset_names).into_iter().map(|(word, hint)| (word, quote_signs(word), hint));
    tags.chain(words)
        .filter(|(word, _, _)| *word != value.text && starts_with(word, &value.text))
        .map(|(_, insert, hint)| Completion {
            insert: insert.into_owned(),
            replace: replace.clone(),
            hint: hint.into(),
            is_needed,
        })
        .collect()
}

fn starts_with(word: &str, typed: &str) -> bool {
    word.to_lowercase().starts_with(&typed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{FieldSummary, FieldValueCount, RowFieldNames};
    use std::sync::Arc;

    fn field(name: &str, values: &[(&str, usize)]) -> FieldSummary {
        let values = values.iter().map(|(text, rows)| FieldValueCount { text: (*text).to_owned(), rows: *rows });
        FieldSummary { name: name.into(), rows: 9, values: values.collect() }
    }

    /// Checks the lines that the completions at the cursor `|` would give.
    fn check(typed: &str, expected: &[&str]) {
        let dataset_names = DatasetNames {
            splits: vec!["train".into(), "my set".into()],
            signals: vec!["same-page".into(), "same-query".into()],
            fields: RowFieldNames::Read(Arc::new([
                field("source", &[("wiki", 5), ("my blog", 3), ("any", 1)]),
                field("verified", &[]),
                field("two words", &[]),
                field("split", &[]),
            ])),
            ..DatasetNames::default()
        };
        let cursor = typed.find('|').unwrap();
        let line = typed.replace('|', "");
        let lines: Vec<String> = complete(&line, cursor, &dataset_names, &["two words", "Twin", "none"])
            .into_iter()
            .map(|completion| {
                format!("{}{}{}", &line[..completion.replace.start], completion.insert, &line[completion.replace.end..])
            })
            .collect();
        assert_eq!(lines, expected, "{typed}");
    }

    #[test]
    fn complete_offers_filters_that_begin_like_the_word() {
        check("ver|", &["verdict:", "verified:"]);
        check("a -Fl| b", &["a -flag: b"]);
        check("so|", &["source:"]);
        check("spl|", &["split:"]);
        check("two|", &[]);
        check("po|", &["positive:", "positive-rank:", "positive-score:", "pos:"]);
        check("fl|ower", &["flag:"]);
        check("\"ver|", &[]);
        check("-|", &[]);
        check("a |", &[]);
        check("|", &[]);
        check("zzz|", &[]);
    }

    #[test]
    fn complete_offers_the_values_of_a_filter() {
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
        check("source:|", &["source:wiki", "source:\"my blog\"", "source:\"any\""]);
        check("-Source:wiki,m|", &["-Source:wiki,\"my blog\""]);
    }

    #[test]
    fn unfinished_word_is_the_last_one_if_it_begins_a_filter() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(unfinished_word(line).map(|range| &line[range]), expected, "{line}");
        };
        check("verd", Some("verd"));
        check("page 7 -Fla", Some("-Fla"));
        check("verdict", Some("verdict"));
        check("verd ", None);
        check("verdant", None);
        check("verdict:", None);
        check("\"verd", None);
        check("", None);
        check("-", None);
    }

    #[test]
    fn a_begun_value_needs_its_completion() {
        let check = |line: &str, expected: bool| {
            let names = DatasetNames { splits: vec!["train".into()], ..DatasetNames::default() };
            let offers = complete(line, line.len(), &names, &["twin"]);
            assert_eq!(offers.first().map(|offer| offer.is_needed), Some(expected), "{line}");
        };
        check("verdict:re", true);
        check("split:T", true);
        check("fn:>", true);
        check("tag:tw", true);
        check("verdict:", false);
        check("fn:1", false);
        check("note:y", false);
        check("verd", false);
    }

    #[test]
    fn complete_gives_hints_and_accepts_any_cursor() {
        let offers = complete("fn", 2, &DatasetNames::default(), &[]);
        assert!(offers[0].hint.starts_with("with this number of negatives judged relevant"));
        assert!(complete("é", 1, &DatasetNames::default(), &[]).is_empty());
        assert!(complete("fn", 9, &DatasetNames::default(), &[]).is_empty());
    }
}
