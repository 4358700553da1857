//! One line of a split, read without copying.
//!
//! Knows JSON and nothing of files. What it rejects, it rejects with words a person can act on.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::shown::shown;

/// The sets hold 2 to 7 hard negatives a row.
const TILES_IN_MOST_ROWS: usize = 7;

/// Of longer lines only serde says what is wrong.
const EXPLAIN_UP_TO_BYTES: usize = 1 << 20;

/// The fields of a row that the program uses. Everything else in the line stays in the line's own bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The text query.
    pub query: Cow<'a, str>,
    /// The positive tile, as the row spells it.
    pub positive: Cow<'a, str>,
    /// The hard negatives in the row's order, as it spells them; empty where the field is missing, null or empty.
    pub negatives: Vec<Cow<'a, str>>,
    /// The gold answer, where the row has one. What is not a string is given as JSON.
    pub answer: Option<Cow<'a, str>>,
}

/// Why a line is not a usable row.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RowError {
    /// Bytes that are no text.
    #[error("not UTF-8 (byte {at} of the line); save the file as UTF-8")]
    NotUtf8 {
        /// 1-based byte position in the line.
        at: usize,
    },
    /// JSON, but no object, or no JSON at all.
    #[error("not a JSON object; each line must hold one row in braces")]
    NotObject,
    /// Broken JSON, a missing field or a wrong type, in serde's words.
    #[error("{0}")]
    Json(String),
    /// A line that ends where its file does not say so.
    #[error("a carriage return (CR) stands between two rows: save the file with LF line ends")]
    CarriageReturn,
    /// What an editor may put in front of a file, in front of a line.
    #[error("begins with a byte-order mark, as where files were joined; remove its 3 bytes (EF BB BF)")]
    Mark,
    /// A line that was not read for its length.
    #[error("a line of {bytes} bytes, too long for a row; see whether its line ends were lost")]
    TooLong {
        /// Up to its `\n`.
        bytes: u64,
    },
    /// More lines than can be numbered stand before it.
    #[error("more than 4 billion lines stand before it; split the file")]
    TooFarDown,
    /// The file is no longer the one that was opened.
    #[error("the file {0} since it was opened; open the dataset again")]
    FileChanged(&'static str),
    /// A field that is there but empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
}

/// What every row must have: all that opening a set needs of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowHead<'a> {
    pub(crate) query: Cow<'a, str>,
    pub(crate) positive: Cow<'a, str>,
    /// How many negatives there are.
    pub(crate) negatives: usize,
}

/// `L` is what becomes of the list of negatives.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Deserialize<'de>"))]
struct Fields<'a, L> {
    #[serde(borrow)]
    query: Cow<'a, str>,
    #[serde(borrow)]
    chunk_path: Cow<'a, str>,
    #[serde(default = "no_list")]
    neg_chunk_paths: Option<L>,
    #[serde(borrow, default)]
    answer: Option<&'a RawValue>,
}

fn no_list<L>() -> Option<L> {
    None
}

impl<'a, L: Deserialize<'a>> Fields<'a, L> {
    fn parse(line: &'a [u8]) -> Result<Self, RowError> {
        let text = std::str::from_utf8(line).map_err(|e| RowError::NotUtf8 { at: e.valid_up_to() + 1 })?;
        // serde would take a JSON list for a struct.
        if !text.trim_start().starts_with('{') {
            return Err(if text.starts_with('\u{feff}') { RowError::Mark } else { RowError::NotObject });
        }
        let fields: Self = serde_json::from_str(text).map_err(|error| refusal(text, &error))?;
        if fields.query.trim().is_empty() {
            return Err(RowError::Empty("query"));
        }
        if fields.chunk_path.trim().is_empty() {
            return Err(RowError::Empty("chunk_path"));
        }
        Ok(fields)
    }
}

/// A borrowed string inside a list: serde borrows a `Cow` only where it is told to.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A string that nobody wants to have. It takes no room, and nor does a list of such.
struct AnyText;

impl<'de> Deserialize<'de> for AnyText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = AnyText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, _: &str) -> Result<AnyText, E> {
                Ok(AnyText)
            }
        }
        from.deserialize_str(Any)
    }
}

/// A list of texts, with room from the start for what most rows have.
struct List<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::with_capacity(TILES_IN_MOST_ROWS);
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(items)
            }
        }
        from.deserialize_seq(Items(PhantomData)).map(Self)
    }
}

impl<'a> Row<'a> {
    /// Reads one line, with or without its line end.
    ///
    /// # Errors
    /// Says what is wrong with the line; its number is the caller's to add.
    pub fn parse(line: &'a [u8]) -> Result<Self, RowError> {
        let fields: Fields<'a, List<Text<'a>>> = Fields::parse(line)?;
        // In place: a list becomes another without a copy.
        let negatives = fields.neg_chunk_paths.map(|list| list.0.into_iter().map(|text| text.0).collect());
        Ok(Self {
            query: fields.query,
            positive: fields.chunk_path,
            negatives: negatives.unwrap_or_default(),
            answer: fields.answer.map(answer_text),
        })
    }
}

impl Row<'_> {
    /// The row's tiles as it spells them, the positive first.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.positive).chain(&self.negatives).map(AsRef::as_ref)
    }
}

impl<'a> RowHead<'a> {
    /// Reads one line as [`Row::parse`] does, and refuses the same lines with the same words; the rest of it is only looked at.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, RowError> {
        let fields: Fields<'a, List<AnyText>> = Fields::parse(line)?;
        let negatives = fields.neg_chunk_paths.map_or(0, |list| list.0.len());
        Ok(Self { query: fields.query, positive: fields.chunk_path, negatives })
    }
}

/// Why a line in braces is no row.
fn refusal(text: &str, error: &serde_json::Error) -> RowError {
    let mut behind = text.split('\r').skip(1);
    if behind.any(|rest| rest.trim_start().starts_with('{')) {
        return RowError::CarriageReturn;
    }
    RowError::Json(explain_row(text, error))
}

/// serde does not name the field whose type is wrong.
fn explain_row(text: &str, error: &serde_json::Error) -> String {
    let explained = explain(error);
    // To take a line apart costs many times its own room.
    if text.len() > EXPLAIN_UP_TO_BYTES {
        return explained;
    }
    let Ok(row) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) else { return explained };
    let wrong = |name: &&str| match (*name, row.get(*name)) {
        (_, None) => false,
        ("neg_chunk_paths", Some(list)) => {
            !list.is_null() && !list.as_array().is_some_and(|paths| paths.iter().all(serde_json::Value::is_string))
        }
        (_, Some(value)) => !value.is_string(),
    };
    match ["query", "chunk_path", "neg_chunk_paths"].iter().find(|name| wrong(name)) {
        Some(name) => format!("`{name}`: {explained}"),
        None => explained,
    }
}

/// serde counts lines within the one line it was given: only the column helps.
pub(crate) fn explain(error: &serde_json::Error) -> String {
    // serde quotes whole values.
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) if error.column() > 0 => format!("{} (column {})", shown(what), error.column()),
        _ => shown(&text).into_owned(),
    }
}

fn answer_text(raw: &RawValue) -> Cow<'_, str> {
    serde_json::from_str::<Text<'_>>(raw.get()).map_or(Cow::Borrowed(raw.get()), |text| text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a line, for those who want the whole row and for those who want its head.
    fn error(line: &str) -> String {
        let error = Row::parse(line.as_bytes()).unwrap_err();
        assert_eq!(RowHead::parse(line.as_bytes()), Err(error.clone()), "{line}");
        error.to_string()
    }

    #[test]
    fn reads_what_the_format_allows() {
        let line = r#"{"query": "Où ?", "chunk_path": "images/a.png", "x": [1, {"y": null}], "neg_chunk_paths": ["b", "c\u00e9"]}"#;
        let row = Row::parse(line.as_bytes()).unwrap();
        assert_eq!((row.query.as_ref(), row.positive.as_ref()), ("Où ?", "images/a.png"));
        let head = RowHead { query: row.query.clone(), positive: row.positive.clone(), negatives: 2 };
        assert_eq!(RowHead::parse(line.as_bytes()), Ok(head));
        assert_eq!(row.negatives, ["b", "cé"]);
        assert!(matches!(row.query, Cow::Borrowed(_)), "no copy where nothing is escaped");
        for none in [r#""neg_chunk_paths": null"#, r#""neg_chunk_paths": []"#, r#""z": 1"#] {
            let line = format!(r#"{{"query": "q", "chunk_path": "a", {none}}}"#);
            assert!(Row::parse(line.as_bytes()).unwrap().negatives.is_empty(), "{none}");
            assert!(RowHead::parse(line.as_bytes()).is_ok(), "{none}");
        }
    }

    #[test]
    fn an_answer_may_be_of_any_type() {
        let answer = |json: &str| {
            let line = format!(r#"{{"query": "q", "chunk_path": "a", "answer": {json}}}"#);
            Row::parse(line.as_bytes()).unwrap().answer.map(Cow::into_owned)
        };
        assert_eq!(answer(r#""1889 \"x\"""#).as_deref(), Some("1889 \"x\""));
        assert_eq!(answer("[1, 2]").as_deref(), Some("[1, 2]"));
        assert_eq!(answer("null"), None);
    }

    #[test]
    fn a_bad_line_says_what_is_wrong() {
        assert_eq!(error(r#"{"chunk_path": "a"}"#), "missing field `query` (column 19)");
        assert_eq!(error(r#"{"query": "q"}"#), "missing field `chunk_path` (column 14)");
        assert!(
            error(r#"{"query": 7, "chunk_path": "a"}"#).starts_with("`query`: invalid type: integer `7`, expected")
        );
        let list = r#"{"query": "q", "chunk_path": "a", "neg_chunk_paths": ["b", 3]}"#;
        assert!(error(list).starts_with("`neg_chunk_paths`: invalid type: integer `3`"));
        assert!(error(r#"{"query": "q", "chunk_path": "a", "neg_chunk_paths": "b"}"#).contains("expected a sequence"));
        assert!(error(r#"{"query": "q", "query": "r", "chunk_path": "a"}"#).contains("duplicate field"));
        assert!(error(r#"{"query": "q""#).contains("EOF"));
        assert!(error(r#"["q", "a"]"#).contains("not a JSON object"));
        assert_eq!(error(r#"{"query": " ", "chunk_path": "a"}"#), "`query` is empty");
        assert!(Row::parse(b"{\"query\": \"\xff\"}").unwrap_err().to_string().contains("byte 12"));
    }
}
