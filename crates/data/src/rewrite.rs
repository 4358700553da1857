//! A row's line with other tiles in it: every byte that is not concerned stays as it was.
//!
//! Knows JSON and nothing of files, nor of why a row changes.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::row::{RowError, explain};

/// One element of the new list of negatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewNegative {
    /// One of the row's own, by its place in the list, with the bytes that it has there.
    Own(usize),
    /// A path that the list does not have.
    New(String),
}

/// What is to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Another `chunk_path`.
    pub positive: Option<String>,
    /// Another `neg_chunk_paths`.
    pub negatives: Option<Vec<NewNegative>>,
    /// A `query_group`; it replaces one that is there, or becomes the last field.
    pub query_group: Option<String>,
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    chunk_path: &'a RawValue,
    #[serde(borrow, default, deserialize_with = "present")]
    neg_chunk_paths: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    query_group: Option<&'a RawValue>,
}

/// A field that is there, null too; serde would take null for a missing one.
fn present<'d, D: serde::Deserializer<'d>>(field: D) -> Result<Option<&'d RawValue>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

/// The line rewritten. Elements of the list are parted as the first two of the row's own are; new text is written without
/// escapes for other scripts, as the publisher's lines have it.
///
/// # Errors
/// As [`crate::Row::parse`]; also when an own negative is named that the row does not have.
pub fn rewritten(line: &[u8], rewrite: &Rewrite) -> Result<Vec<u8>, RowError> {
    let text = std::str::from_utf8(line).map_err(|e| RowError::NotUtf8 { at: e.valid_up_to() + 1 })?;
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|e| RowError::Json(explain(&e)))?;
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let mut appended = Vec::new();
    let mut set = |name: &str, field: Option<&RawValue>, value: String| match field {
        Some(field) => edits.push((span(text, field), value)),
        None => appended.push((name.to_owned(), value)),
    };
    if let Some(positive) = &rewrite.positive {
        set("chunk_path", Some(fields.chunk_path), json(positive));
    }
    if let Some(negatives) = &rewrite.negatives {
        let list = list(text, fields.neg_chunk_paths, negatives)?;
        set("neg_chunk_paths", fields.neg_chunk_paths, list);
    }
    if let Some(group) = &rewrite.query_group {
        set("query_group", fields.query_group, json(group));
    }
    if !appended.is_empty() {
        let end = text.trim_end().len() - 1;
        // As the rest of the line is spaced.
        let (colon, comma) = if text.contains("\": ") { (": ", ", ") } else { (":", ",") };
        let field = |(name, value): &(String, String)| format!("{comma}\"{name}\"{colon}{value}");
        edits.push((end..end, appended.iter().map(field).collect()));
    }
    edits.sort_by_key(|(at, _)| at.start);
    let mut out = Vec::with_capacity(line.len() + 64);
    let mut from = 0;
    for (at, value) in edits {
        out.extend_from_slice(&line[from..at.start]);
        out.extend_from_slice(value.as_bytes());
        from = at.end;
    }
    out.extend_from_slice(&line[from..]);
    Ok(out)
}

/// The new list as JSON, with the brackets and the spaces within them that the old one has.
fn list(text: &str, old: Option<&RawValue>, new: &[NewNegative]) -> Result<String, RowError> {
    let old = old.map_or("null", RawValue::get);
    let own: Option<Vec<&RawValue>> = serde_json::from_str(old).map_err(|e| RowError::Json(explain(&e)))?;
    let own = own.unwrap_or_default();
    let separator = match own.as_slice() {
        [first, second, ..] => &old[span(old, first).end..span(old, second).start],
        _ if text.contains("\": ") => ", ",
        _ => ",",
    };
    let elements: Result<Vec<String>, RowError> =
        new.iter()
            .map(|negative| match negative {
                NewNegative::Own(at) => own.get(*at).map(|raw| raw.get().to_owned()).ok_or_else(|| {
                    RowError::Json(format!("{} negatives in the row, number {} wanted", own.len(), at + 1))
                }),
                NewNegative::New(path) => Ok(json(path)),
            })
            .collect();
    let elements = elements?.join(separator);
    Ok(match (own.first(), own.last()) {
        (Some(first), Some(last)) => {
            format!("{}{elements}{}", &old[..span(old, first).start], &old[span(old, last).end..])
        }
        _ => format!("[{elements}]"),
    })
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Where a raw value, borrowed from `text`, lies in it.
fn span(text: &str, raw: &RawValue) -> Range<usize> {
    let start = raw.get().as_ptr() as usize - text.as_ptr() as usize;
    start..start + raw.get().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use NewNegative::{New, Own};

    #[track_caller]
    fn check(line: &str, rewrite: &Rewrite, expected: &str) {
        assert_eq!(String::from_utf8(rewritten(line.as_bytes(), rewrite).unwrap()).unwrap(), expected);
    }

    fn negatives(negatives: &[NewNegative]) -> Rewrite {
        Rewrite { negatives: Some(negatives.to_vec()), ..Rewrite::default() }
    }

    #[test]
    fn every_other_byte_stays() {
        let line = r#"{"z":1.50, "neg_chunk_paths" : [ "a",  "b\u00e9",  "c" ], "query":"q","chunk_path":"p"}"#;
        check(line, &Rewrite::default(), line);
        check(line, &negatives(&[Own(0), Own(1), Own(2)]), line);
        let with = |list: &str| format!(r#"{{"z":1.50, "neg_chunk_paths" : [{list}], "query":"q","chunk_path":"p"}}"#);
        check(line, &negatives(&[Own(0), Own(2)]), &with(r#" "a",  "c" "#));
        check(line, &negatives(&[Own(1)]), &with(r#" "b\u00e9" "#));
        check(line, &negatives(&[]), &with("  "));
        check(line, &negatives(&[Own(2), New("é\"".into()), Own(0)]), &with(r#" "c",  "é\"",  "a" "#));
    }

    #[test]
    fn a_list_that_is_not_there_is_made() {
        let new = negatives(&[New("a".into()), New("b".into())]);
        check(
            r#"{"query": "q", "chunk_path": "p"}"#,
            &new,
            r#"{"query": "q", "chunk_path": "p", "neg_chunk_paths": ["a", "b"]}"#,
        );
        check(
            r#"{"query":"q","chunk_path":"p"} "#,
            &new,
            r#"{"query":"q","chunk_path":"p","neg_chunk_paths":["a","b"]} "#,
        );
        for none in ["null", "[]", "[ ]"] {
            let line = format!(r#"{{"neg_chunk_paths": {none}, "query": "q", "chunk_path": "p"}}"#);
            check(&line, &new, r#"{"neg_chunk_paths": ["a", "b"], "query": "q", "chunk_path": "p"}"#);
        }
    }

    #[test]
    fn positive_and_group_are_set_together_with_the_list() {
        let rewrite =
            Rewrite { positive: Some("n".into()), negatives: Some(vec![Own(1)]), query_group: Some("g".into()) };
        check(
            r#"{"chunk_path": "p", "query": "q", "neg_chunk_paths": ["n", "m"], "x": {}}"#,
            &rewrite,
            r#"{"chunk_path": "n", "query": "q", "neg_chunk_paths": ["m"], "x": {}, "query_group": "g"}"#,
        );
        check(
            r#"{"query_group": 7, "chunk_path": "p", "query": "q", "neg_chunk_paths": ["n", "m"]}"#,
            &rewrite,
            r#"{"query_group": "g", "chunk_path": "n", "query": "q", "neg_chunk_paths": ["m"]}"#,
        );
    }

    #[test]
    fn a_negative_that_the_row_lacks_is_an_error() {
        let line = br#"{"query": "q", "chunk_path": "p", "neg_chunk_paths": ["n"]}"#;
        assert!(rewritten(line, &negatives(&[Own(1)])).unwrap_err().to_string().contains("number 2 wanted"));
    }
}
