//! Rewrites the tiles in a row's line; all other bytes stay as they are.
//!
//! Knows JSON, but neither files nor the reasons for a change.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::row::{RowError, explain};

/// An element of a new list of negatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewNegative {
    /// One of the row's own negatives, by its index in the list; its bytes are copied.
    Own(usize),
    /// A path that is not in the list.
    New(String),
}

/// The changes to a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// A new `chunk_path`.
    pub positive: Option<String>,
    /// A new `neg_chunk_paths`.
    pub negatives: Option<Vec<NewNegative>>,
    /// A `query_group`: it replaces an existing one or becomes the last field.
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

/// Reads a field that is present, even if null; serde would treat null as missing.
fn present<'d, D: serde::Deserializer<'d>>(field: D) -> Result<Option<&'d RawValue>, D::Error> {
    Deserialize::deserialize(field).map(Some)
}

/// Rewrites a line. Elements of the list are separated as the row's own first two are. New text is
/// written without escapes for non-ASCII characters, as in the publisher's lines.
///
/// # Errors
/// As for [`crate::Row::parse`]; also if a negative's index is not in the row's list.
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
        // Spaced like the rest of the line.
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

/// Writes the new list as JSON, with the brackets and inner spaces of the old one.
fn list(text: &str, old: Option<&RawValue>, new: &[NewNegative]) -> Result<String, RowError> {
    let old = old.map_or("null", RawValue::get);
    let own: Option<Vec<&RawValue>> = serde_json::from_str(old).map_err(|e| RowError::Json(explain(&e)))?;
    let own = own.unwrap_or_default();
    let separator = match own.as_slice() {
        [first, second, ..] => &old[span(old, first).end..span(old, second).start],
        _ if text.contains("\": ") => ", ",
        _ => ",",
    };
    let elements: Result<Vec<String>, RowError> = new
        .iter()
        .map(|negative| match negative {
            NewNegative::Own(at) => own.get(*at).map(|raw| raw.get().to_owned()).ok_or_else(|| {
                RowError::Json(format!("the row has {} negatives, but number {} is needed", own.len(), at + 1))
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

/// The byte range of a raw value that is borrowed from `text`.
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
    fn keeps_all_other_bytes() {
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
    fn adds_a_missing_list() {
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
    fn sets_positive_group_and_list_together() {
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
    fn rejects_a_negative_that_the_row_lacks() {
        let line = br#"{"query": "q", "chunk_path": "p", "neg_chunk_paths": ["n"]}"#;
        assert!(rewritten(line, &negatives(&[Own(1)])).unwrap_err().to_string().contains("number 2 is needed"));
    }
}
