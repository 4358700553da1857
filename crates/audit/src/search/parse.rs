//! Parses a line of text into a [`Search`], or into an error in one sentence that says what to
//! change.

use std::ops::Range;

use thiserror::Error;
use tilejury_data::TilePath;

use crate::check::ROW_KINDS;
use crate::external::TextPattern;
use crate::judgement::{Reason, Verdict};
use crate::suspicion::RetrievalValue;

use super::field_tests::{Decimals, FieldTest, ValueTest};
use super::fields::{Field, FieldHelp, nearest};
use super::judged::{AssignedTo, JudgedTest};
use super::lex::{Piece, Token, TokenBody, tokens};
use super::number;
use super::retrieval_tests::RetrievalTest;
use super::review_tests::ReviewTest;
use super::rows::{ListTest, RowTest, TextTest, TileRole, TileTest};
use super::team_test::TeamTest;
use super::{DatasetNames, Search, Term};

/// An error in a search, and its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct SearchError {
    /// The wrong bytes of the line.
    pub range: Range<usize>,
    /// The fault, and what could be written instead.
    pub message: String,
    /// Whether there is no filter of that name.
    pub is_unknown_filter: bool,
}

/// A test, by the part of the program that answers it.
enum Test {
    List(ListTest),
    Row(RowTest),
    Judged(JudgedTest),
    Field(FieldTest),
}

impl Search {
    /// Parses a line. An unfinished filter (`verdict:`, `fn:>`, an open quote) is not an error: it
    /// matches everything, or what its finished part matches.
    ///
    /// # Errors
    /// On the first filter that does not exist, not even as a field of the rows, or that cannot
    /// take its value.
    pub fn parse(text: &str, dataset_names: &DatasetNames) -> Result<Self, SearchError> {
        let mut search = Self::default();
        for token in tokens(text) {
            let negated = token.negated;
            let tests = tests(text, token, dataset_names)?;
            let (mut list, mut rows, mut judged, mut fields) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for test in tests {
                match test {
                    Test::List(test) => list.push(test),
                    Test::Row(test) => rows.push(test),
                    Test::Judged(test) => judged.push(test),
                    Test::Field(test) => fields.push(test),
                }
            }
            push(&mut search.list, negated, list);
            push(&mut search.rows, negated, rows);
            push(&mut search.judged, negated, judged);
            push(&mut search.fields, negated, fields);
        }
        Ok(search)
    }
}

/// Adds a term. A term without tests would admit nothing, so it is left out.
fn push<T>(terms: &mut Vec<Term<T>>, negated: bool, any: Vec<T>) {
    if !any.is_empty() {
        terms.push(Term { negated, any });
    }
}

/// Returns the tests of one term, any of which may hold. One part of the program answers all of
/// them, since they are of one field.
fn tests(line: &str, token: Token, dataset_names: &DatasetNames) -> Result<Vec<Test>, SearchError> {
    let (name, values) = match token.body {
        TokenBody::Word(word) => return Ok(word_test(&word.text)),
        TokenBody::Filter { name, values } => (name, values),
    };
    let Some(help) = Field::named(&line[name.clone()]) else {
        let typed = &line[name.start..token.range.end];
        // A colon at the end of a word is punctuation until something follows it.
        if typed.len() == name.len() + 1 {
            return Ok(word_test(typed));
        }
        if !dataset_names.fields.may_have(&line[name.clone()]) {
            let message = no_such_filter(&line[name.clone()], typed, dataset_names);
            return Err(SearchError { message, range: name, is_unknown_filter: true });
        }
        return field_tests(&line[name], &values);
    };
    let mut tests = Vec::new();
    for value in values.iter().filter(|value| !value.text.is_empty()) {
        let test = value_test(help, value, dataset_names).map_err(|problem| SearchError {
            range: value.range.clone(),
            message: format!("`{}:{}`: {problem}", help.name, value.text),
            is_unknown_filter: false,
        })?;
        tests.extend(test);
    }
    Ok(tests)
}

/// Returns the tests of a field of the rows, any of which may hold.
fn field_tests(name: &str, values: &[Piece]) -> Result<Vec<Test>, SearchError> {
    let mut tests = Vec::new();
    for value in values.iter().filter(|value| !value.text.is_empty()) {
        let test = match value.quoted {
            true => Some(ValueTest::Text(value.text.to_lowercase())),
            false => ValueTest::parse(&value.text).map_err(|problem| SearchError {
                range: value.range.clone(),
                message: format!("`{name}:{}`: {problem}", value.text),
                is_unknown_filter: false,
            })?,
        };
        tests.extend(test.map(|value| Test::Field(FieldTest { name: name.to_owned(), value })));
    }
    Ok(tests)
}

fn word_test(word: &str) -> Vec<Test> {
    if word.is_empty() { Vec::new() } else { vec![Test::List(ListTest::Word(word.to_lowercase()))] }
}

fn no_such_filter(name: &str, typed: &str, dataset_names: &DatasetNames) -> String {
    let quoted = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
    let instead = match nearest(name, dataset_names).as_slice() {
        [] => "docs/search.md lists all filters.".to_owned(),
        near => format!("Did you mean {}? docs/search.md lists all filters.", quoted(near)),
    };
    format!("Unknown filter `{name}`. {instead} To search for the text, write \"{}\"", typed.replace('"', "\"\""))
}

/// Whether a value is finished: the filter can take it as it is.
pub(super) fn is_finished(help: &FieldHelp, value: &Piece, dataset_names: &DatasetNames) -> bool {
    matches!(value_test(help, value, dataset_names), Ok(Some(_)))
}

/// Returns the test for a value; `None` if the value is unfinished.
fn value_test(help: &FieldHelp, value: &Piece, dataset_names: &DatasetNames) -> Result<Option<Test>, String> {
    let text = value.text.as_str();
    let path = || TilePath::new(text);
    let word = || choose(help, text, dataset_names);
    let yes = || word().map(|at| at == 0);
    let tile = |role, test| Test::Row(RowTest::Tile(role, test));
    Ok(Some(match help.field {
        Field::Split => Test::List(ListTest::Split(word()?)),
        Field::Line => return Ok(number::parse(text)?.map(|span| Test::List(ListTest::Line(span)))),
        Field::Negatives => return Ok(number::parse(text)?.map(|span| Test::List(ListTest::Negatives(span)))),
        Field::Tile => tile(TileRole::Any, TileTest::Is(path())),
        Field::PositiveTile => tile(TileRole::Positive, TileTest::Is(path())),
        Field::NegativeTile => tile(TileRole::Negative, TileTest::Is(path())),
        Field::Page => tile(TileRole::Any, TileTest::page(text)),
        Field::Path => tile(TileRole::Any, TileTest::Spelled(text.to_lowercase())),
        Field::Answer => Test::Row(RowTest::Answer(text_test(value))),
        Field::Text => Test::Row(RowTest::Text(TileRole::Any, pattern(value)?)),
        Field::PositiveText => Test::Row(RowTest::Text(TileRole::Positive, pattern(value)?)),
        Field::NegativeText => Test::Row(RowTest::Text(TileRole::Negative, pattern(value)?)),
        // `none` comes after the verdicts.
        Field::Verdict => Test::Judged(JudgedTest::Verdict(Verdict::ALL.get(word()?).copied())),
        Field::Judged => Test::Judged(JudgedTest::Judged(yes()?)),
        Field::Reason => {
            let reason = Reason::ALL.get(word()?).copied();
            return Ok(reason.map(|reason| Test::Judged(JudgedTest::Reason(reason))));
        }
        Field::FalseNegatives => {
            return Ok(number::parse(text)?.map(|span| Test::Judged(JudgedTest::FalseNegatives(span))));
        }
        Field::FalseNegativeAt => {
            return Ok(number::parse(text)?.map(|span| Test::Judged(JudgedTest::FalseNegativeAt(span))));
        }
        Field::JudgedBy => {
            let at = word()?;
            Test::Judged(JudgedTest::JudgedBy(dataset_names.annotators.get(at).cloned().unwrap_or_default()))
        }
        Field::Assigned => Test::Judged(JudgedTest::Assigned(match (word()?, &dataset_names.me) {
            (0, _) => AssignedTo::Anybody(true),
            (1, _) => AssignedTo::Anybody(false),
            (2, Some(me)) => AssignedTo::Annotator(me.clone()),
            (at, me) => {
                let names = dataset_names.assigned.get(at - 2 - usize::from(me.is_some()));
                AssignedTo::Annotator(names.cloned().unwrap_or_default())
            }
        })),
        Field::Team => {
            return Ok(TeamTest::parse(text, dataset_names)?.map(|test| Test::Judged(JudgedTest::Team(test))));
        }
        Field::Repeated => Test::Judged(JudgedTest::Repeated(yes()?)),
        Field::PositiveRank => return retrieval(RetrievalValue::Rank, text, dataset_names),
        Field::PositiveScore => return retrieval(RetrievalValue::Score, text, dataset_names),
        Field::Review => return Ok(ReviewTest::parse(text)?.map(|test| Test::Judged(JudgedTest::Review(test)))),
        Field::Verified => Test::Judged(JudgedTest::Verified(yes()?)),
        Field::Margin => return retrieval(RetrievalValue::Margin, text, dataset_names),
        Field::Unconfirmed => {
            return Ok(number::parse(text)?.map(|span| Test::Judged(JudgedTest::Unconfirmed(span))));
        }
        Field::OfRows => {
            let (name, wanted) = text.split_once('=').unwrap_or((text, ""));
            if !dataset_names.fields.may_have(name) {
                let near = nearest(name, dataset_names);
                let near = near.first().map(|near| format!("; did you mean `{near}`?"));
                return Err(format!("no row has a field `{name}`{}", near.unwrap_or_default()));
            }
            let test = match (wanted, value.quoted) {
                ("", _) => Some(ValueTest::Present(true)),
                (_, true) => Some(ValueTest::Text(wanted.to_lowercase())),
                (_, false) => ValueTest::parse(wanted)?,
            };
            return Ok(test.map(|value| Test::Field(FieldTest { name: name.to_owned(), value })));
        }
        Field::Shard => word().map(|_| Test::Judged(JudgedTest::ShardMissing))?,
        // `any` comes after the kinds.
        Field::Check => {
            let at = word()?;
            Test::Judged(JudgedTest::Check(if at < ROW_KINDS.len() { 1 << at } else { u16::MAX }))
        }
        Field::Positive => word().map(|_| Test::Judged(JudgedTest::WrongPositive))?,
        Field::Conflict => Test::Judged(JudgedTest::Conflict(yes()?)),
        Field::Undecided => Test::Judged(JudgedTest::Undecided(yes()?)),
        Field::Flag => Test::Judged(JudgedTest::Flagged(yes()?)),
        Field::Tag => Test::Judged(match keyword(value, ["any", "none"]) {
            Some(at) => JudgedTest::Tagged(at == 0),
            None => JudgedTest::Tag(text.to_lowercase()),
        }),
        Field::Note => Test::Judged(JudgedTest::Note(text_test(value))),
        Field::Suspicion => return Ok(Decimals::parse(text)?.map(|range| Test::Judged(JudgedTest::Suspicion(range)))),
        Field::JudgedOn => match text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            true => Test::Judged(JudgedTest::JudgedOn(text.to_owned())),
            false => return Err(format!("`{text}` is not a day; write 2025-03-21 or 2025-03")),
        },
        Field::Signal => Test::Judged(JudgedTest::Signal(1 << word()?)),
        Field::Suspicious => Test::Judged(JudgedTest::Suspicious(yes()?)),
    }))
}

/// Returns the test of a value that retrievers gave.
fn retrieval(value: RetrievalValue, text: &str, dataset_names: &DatasetNames) -> Result<Option<Test>, String> {
    let test = RetrievalTest::parse(value, text, dataset_names.retrievers.as_deref())?;
    Ok(test.map(|test| Test::Judged(JudgedTest::Retrieval(test))))
}

/// Returns the index of the filter's word. Case counts only between names that differ in nothing
/// else.
fn choose(help: &FieldHelp, text: &str, dataset_names: &DatasetNames) -> Result<usize, String> {
    let words = help.field.words(dataset_names);
    let exact = words.iter().position(|(word, _)| *word == text);
    exact.or_else(|| words.iter().position(|(word, _)| word.eq_ignore_ascii_case(text))).ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        match words.as_slice() {
            [] => format!("this dataset has no {} to search for", help.name),
            [only] => format!("`{text}` is not a value; the only one is {only}"),
            _ => format!("`{text}` is not one of {}", words.join(", ")),
        }
    })
}

fn text_test(value: &Piece) -> TextTest {
    match keyword(value, ["yes", "no"]) {
        Some(at) => TextTest::Present(at == 0),
        None => TextTest::Contains(value.text.to_lowercase()),
    }
}

/// Returns the words that a tile's text must have: in quotes a phrase.
fn pattern(value: &Piece) -> Result<TextPattern, String> {
    let text = value.text.as_str();
    let pattern = if value.quoted { TextPattern::phrase(text) } else { TextPattern::words(text) };
    pattern.ok_or_else(|| format!("`{text}` has no word to search for"))
}

/// Returns the index of a keyword. In quotes, a keyword is ordinary text.
fn keyword(value: &Piece, words: [&str; 2]) -> Option<usize> {
    words.iter().position(|word| !value.quoted && word.eq_ignore_ascii_case(&value.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::RowFieldNames;

    fn parse(text: &str) -> Result<Search, SearchError> {
        let signals = vec!["same-page".into()];
        let fields = RowFieldNames::of(&["source", "split"]);
        Search::parse(
            text,
            &DatasetNames { splits: vec!["train".into(), "Eval".into()], signals, fields, ..DatasetNames::default() },
        )
    }

    #[test]
    fn parse_ignores_unfinished_filters() {
        for text in ["", "  ", "-", "\"", "verdict:", "-verdict:", "verdict:,", "fn:>", "line:..", "tag:\"", "tile:"] {
            assert!(parse(text).unwrap().is_empty(), "{text}");
        }
        assert_eq!(parse("verdict:reject,"), parse("verdict:reject"));
        assert_eq!(parse("\"two wo"), parse("\"two wo\""));
    }

    #[test]
    fn parse_reads_one_search_in_several_forms() {
        assert_eq!(parse("Split:TRAIN"), parse("split:train"));
        assert_eq!(parse("Où"), parse("\"où\""));
        // Case counts only between names that differ in nothing else.
        let cases = DatasetNames { splits: vec!["Dev".into(), "dev".into()], ..DatasetNames::default() };
        let split = |text: &str| Search::parse(text, &cases).unwrap();
        assert_ne!(split("split:dev"), split("split:Dev"));
        assert_eq!(split("split:DEV"), split("split:Dev"));
        assert_ne!(parse("text:\"two words\""), parse("text:two"));
        assert_ne!(parse("note:\"no\""), parse("note:no"));
        assert_eq!(parse("path:Images/X"), parse("path:images/x"));
        assert_ne!(parse("field:\"source=any\""), parse("field:source=any"));
        assert_eq!(parse("verdict:\"none\""), parse("verdict:none"));
        assert_ne!(parse("answer:\"yes\""), parse("answer:yes"));
        assert_ne!(parse("-x"), parse("x"));
        assert_eq!(parse("tile:/mnt/shard_1/a.png"), parse("tile:images/shard_1/a.png"));
        let (both, words) = (parse("a judged:yes").unwrap(), parse("a").unwrap());
        assert!(both != words && both.asks_same_of_rows(&words) && both.needs_rows());
    }

    #[test]
    fn parse_takes_other_colons_for_words() {
        for text in ["http://x", "12:30", "où:x", "Dune:", ":x", "\"foo:bar\"", "-\"foo:bar\""] {
            let search = parse(text).unwrap();
            assert!(search.rows.is_empty() && search.judged.is_empty() && search.list.len() == 1, "{text}");
            assert!(matches!(search.list[0].any.as_slice(), [ListTest::Word(_)]), "{text}");
        }
    }

    #[test]
    fn errors_have_a_place_and_say_what_to_write() {
        let check = |text: &str, wrong: &str, expected: &str| {
            let error = parse(text).unwrap_err();
            assert_eq!((&text[error.range.clone()], error.message.as_str()), (wrong, expected));
        };
        check("é verdict:foo", "foo", "`verdict:foo`: `foo` is not one of accept, reject, unsure, none");
        check("judged:yes,maybe x", "maybe", "`judged:maybe`: `maybe` is not one of yes, no");
        check("split:test", "test", "`split:test`: `test` is not one of train, Eval");
        check("positive:right", "right", "`positive:right`: `right` is not a value; the only one is wrong");
        check("fn:x", "x", "`fn:x`: `x` is not a number; write 3, >0, >=2, <3, <=3 or 1..3");
        check("line:3..1", "3..1", "`line:3..1`: `3..1` ends before it begins");
        check(
            "a -verdit:accept",
            "verdit",
            "Unknown filter `verdit`. Did you mean `verdict`? docs/search.md lists all filters. \
             To search for the text, write \"verdit:accept\"",
        );
        // A list of all filters could not be read in a message.
        let all = "docs/search.md lists all filters. To search for the text, write";
        check("zzzzzz:1", "zzzzzz", &format!("Unknown filter `zzzzzz`. {all} \"zzzzzz:1\""));
        let error = Search::parse("signal:x", &DatasetNames::default()).unwrap_err().message;
        assert_eq!(error, "`signal:x`: this dataset has no signal to search for");
    }

    #[test]
    fn parse_takes_names_of_fields_for_filters() {
        let search = parse("source:wiki -source:any field:source=x field:split=dev \"field\"").unwrap();
        assert_eq!((search.fields.len(), search.list.len()), (4, 1));
        assert!(search.needs_fields() && search.needs_rows());
        // A filter comes before a field of the same name.
        assert!(parse("split:train").unwrap().fields.is_empty());
        // An unfinished value matches everything.
        assert!(parse("source: source:>").unwrap().fields.is_empty());
        assert_ne!(parse("source:\"any\""), parse("source:any"));
        let error = |text: &str| parse(text).unwrap_err().message;
        assert_eq!(error("source:>x"), "`source:>x`: `x` is not a number; write >0, >=2.5, <3, <=3, 1..3 or 1..<3");
        assert_eq!(error("field:sorce=x"), "`field:sorce=x`: no row has a field `sorce`; did you mean `source`?");
        let found = "Unknown filter `sauce`. Did you mean `source`?";
        assert!(error("sauce:x").starts_with(found), "{}", error("sauce:x"));
        // Before the fields are read, any name may be one.
        let unread = DatasetNames { fields: RowFieldNames::Unread, ..DatasetNames::default() };
        assert!(Search::parse("sauce:x", &unread).unwrap().needs_fields());
    }
}
