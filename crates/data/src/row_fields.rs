//! The fields of a row that the program does not use itself, in the row's order, for people to
//! read. Parses one line; knows no files, and decides nothing about the row.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::Value;

use crate::row::{RowError, explain};

/// The fields that make a row: shown as the query and the tiles.
const ROW_ITSELF: [&str; 3] = ["query", "chunk_path", "neg_chunk_paths"];

/// A field of a row with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct RowField {
    /// The name.
    pub name: String,
    /// The value; names within it are sorted.
    pub value: Value,
}

/// Returns every field of a line except the query and the tiles, in the line's order.
///
/// # Errors
/// If the line is not a JSON object in UTF-8.
pub fn other_fields(line: &[u8]) -> Result<Vec<RowField>, RowError> {
    let text = std::str::from_utf8(line).map_err(|e| RowError::NotUtf8 { at: e.valid_up_to() + 1 })?;
    let mut from = serde_json::Deserializer::from_str(text.trim());
    let fields = from.deserialize_map(InOrder).map_err(|error| RowError::Json(explain(&error)))?;
    Ok(fields.into_iter().filter(|field| !ROW_ITSELF.contains(&field.name.as_str())).collect())
}

/// Reads an object in its own order: a map of `serde_json` would sort it.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<RowField>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry()? {
            fields.push(RowField { name, value });
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_fields_keep_the_order_of_the_row() {
        let line = br#" {"url": "u", "query": "q", "chunk_path": "a", "source": {"b": [1]}, "neg_chunk_paths": []} "#;
        let fields = other_fields(line).unwrap();
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["url", "source"]);
        assert_eq!(fields[1].value, serde_json::json!({"b": [1]}));
    }

    #[test]
    fn a_line_that_is_no_object_is_refused() {
        assert!(matches!(other_fields(b"[1]"), Err(RowError::Json(_))));
        assert_eq!(other_fields(b"{\"a\": \"\xff\"}"), Err(RowError::NotUtf8 { at: 8 }));
    }
}
