//! A line of a split, parsed without copying.
//!
//! Knows JSON but not files. Its errors say what to correct.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::shown::shown;

/// The names of the fields with the query, the positive and the negatives.
pub(crate) const ROW_FIELDS: [&str; 3] = ["query", "chunk_path", "neg_chunk_paths"];

/// Initial room for negatives; the published sets have 2 to 7 per row.
const TILES_IN_MOST_ROWS: usize = 7;

/// The longest line, in bytes, for which an error names the wrong field.
const EXPLAIN_UP_TO_BYTES: usize = 1 << 20;

/// The fields of a row that the program uses. All other fields stay in the line's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The text query.
    pub query: Cow<'a, str>,
    /// The positive's path, as spelled in the row.
    pub positive: Cow<'a, str>,
    /// The hard negatives' paths in the row's order, as spelled there; empty if the field is
    /// missing, null or empty.
    pub negatives: Vec<Cow<'a, str>>,
    /// The expected answer, if the row has one. A value that is not a string is given as JSON.
    pub answer: Option<Cow<'a, str>>,
}

/// A reason why a line is not a usable row.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RowError {
    /// The line is not UTF-8.
    #[error("not UTF-8 (byte {at} of the line); save the file as UTF-8")]
    NotUtf8 {
        /// 1-based byte position in the line.
        at: usize,
    },
    /// The line is not a JSON object.
    #[error("not a JSON object; each line must hold one row in braces")]
    NotObject,
    /// The JSON is broken, a field is missing or a type is wrong; in serde's words.
    #[error("{0}")]
    Json(String),
    /// Rows are separated by a carriage return.
    #[error("a carriage return (CR) separates two rows: save the file with LF line ends")]
    CarriageReturn,
    /// The line begins with a byte-order mark, which belongs only at the start of a file.
    #[error("begins with a byte-order mark, perhaps because files were joined; remove its 3 bytes (EF BB BF)")]
    Mark,
    /// The line is too long to be parsed.
    #[error("a line of {bytes} bytes, too long for a row; check whether line ends were lost")]
    TooLong {
        /// Its length up to its `\n`.
        bytes: u64,
    },
    /// The line's number is too large.
    #[error("it comes after more than 4 billion lines; split the file")]
    TooFarDown,
    /// The file changed after it was opened.
    #[error("the file {0} since it was opened; open the dataset again")]
    FileChanged(&'static str),
    /// A required field is empty.
    #[error("`{0}` is empty")]
    Empty(&'static str),
}

/// The required fields of a row: all that opening a dataset needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowHead<'a> {
    pub(crate) query: Cow<'a, str>,
    pub(crate) positive: Cow<'a, str>,
    /// The number of negatives.
    pub(crate) negatives: usize,
}

/// The fields of a line; `L` is the type of the list of negatives.
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
        // serde would accept a JSON list for a struct.
        if !text.trim_start().starts_with('{') {
            return Err(if text.starts_with('\u{feff}') { RowError::Mark } else { RowError::NotObject });
        }
        let fields: Self = serde_json::from_str(text).map_err(|error| parse_error(text, &error))?;
        if fields.query.trim().is_empty() {
            return Err(RowError::Empty("query"));
        }
        if fields.chunk_path.trim().is_empty() {
            return Err(RowError::Empty("chunk_path"));
        }
        Ok(fields)
    }
}

/// A borrowed string in a list: serde borrows a `Cow` only with this attribute.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A string whose text is dropped. It takes no memory, and neither does a list of them.
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

/// A list of texts, with initial room for what most rows have.
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
    /// Parses a line, with or without its line end.
    ///
    /// # Errors
    /// If the line is not a row. The caller adds the line's number.
    pub fn parse(line: &'a [u8]) -> Result<Self, RowError> {
        let fields: Fields<'a, List<Text<'a>>> = Fields::parse(line)?;
        // In place: the list is converted without a copy.
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
    /// The row's paths as spelled, the positive's first.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.positive).chain(&self.negatives).map(AsRef::as_ref)
    }
}

impl<'a> RowHead<'a> {
    /// Parses a line as [`Row::parse`] does, with the same errors for the same lines, but keeps
    /// only the head.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, RowError> {
        let fields: Fields<'a, List<AnyText>> = Fields::parse(line)?;
        let negatives = fields.neg_chunk_paths.map_or(0, |list| list.0.len());
        Ok(Self { query: fields.query, positive: fields.chunk_path, negatives })
    }
}

/// Returns why a line in braces is not a row.
fn parse_error(text: &str, error: &serde_json::Error) -> RowError {
    let mut rests = text.split('\r').skip(1);
    if rests.any(|rest| rest.trim_start().starts_with('{')) {
        return RowError::CarriageReturn;
    }
    RowError::Json(explain_row(text, error))
}

/// Describes an error with the name of the field whose type is wrong, which serde leaves out.
fn explain_row(text: &str, error: &serde_json::Error) -> String {
    let explained = explain(error);
    // Parsing a line into values takes many times its own memory.
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
    match ROW_FIELDS.iter().find(|name| wrong(name)) {
        Some(name) => format!("`{name}`: {explained}"),
        None => explained,
    }
}

/// Describes an error by its column: serde's line number counts within the one line that it was
/// given.
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

    /// The error of a line, the same for a whole row and for its head.
    fn error(line: &str) -> String {
        let error = Row::parse(line.as_bytes()).unwrap_err();
        assert_eq!(RowHead::parse(line.as_bytes()), Err(error.clone()), "{line}");
        error.to_string()
    }

    #[test]
    fn parses_all_allowed_forms() {
        let line = r#"{"query": "Où ?", "chunk_path": "images/a.png", "x": [1, {"y": null}], "neg_chunk_paths": ["b", "c\u00e9"]}"#;
        let row = Row::parse(line.as_bytes()).unwrap();
        assert_eq!((row.query.as_ref(), row.positive.as_ref()), ("Où ?", "images/a.png"));
        let head = RowHead { query: row.query.clone(), positive: row.positive.clone(), negatives: 2 };
        assert_eq!(RowHead::parse(line.as_bytes()), Ok(head));
        assert_eq!(row.negatives, ["b", "cé"]);
        assert!(matches!(row.query, Cow::Borrowed(_)), "no copy unless something is escaped");
        for none in [r#""neg_chunk_paths": null"#, r#""neg_chunk_paths": []"#, r#""z": 1"#] {
            let line = format!(r#"{{"query": "q", "chunk_path": "a", {none}}}"#);
            assert!(Row::parse(line.as_bytes()).unwrap().negatives.is_empty(), "{none}");
            assert!(RowHead::parse(line.as_bytes()).is_ok(), "{none}");
        }
    }

    #[test]
    fn reads_an_answer_of_any_type() {
        let answer = |json: &str| {
            let line = format!(r#"{{"query": "q", "chunk_path": "a", "answer": {json}}}"#);
            Row::parse(line.as_bytes()).unwrap().answer.map(Cow::into_owned)
        };
        assert_eq!(answer(r#""1889 \"x\"""#).as_deref(), Some("1889 \"x\""));
        assert_eq!(answer("[1, 2]").as_deref(), Some("[1, 2]"));
        assert_eq!(answer("null"), None);
    }

    #[test]
    fn describes_the_error_in_a_bad_line() {
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
