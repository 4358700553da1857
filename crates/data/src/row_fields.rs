//! The fields of a row that the program does not use itself, in the row's order, for people to
//! read. Parses one line; knows no files, and decides nothing about the row.

use serde_json::Value;

use crate::raw_fields::walk;
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
    let mut fields = Vec::new();
    let visited = walk(text.trim(), |name, value| {
        if !ROW_ITSELF.contains(&name.as_ref()) {
            fields.push(RowField { name: name.into_owned(), value });
        }
    });
    visited.map_err(|error| RowError::Json(explain(&error)))?;
    Ok(fields)
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

    #[test]
    fn an_error_names_its_column() {
        let error = |line: &[u8]| other_fields(line).unwrap_err().to_string();
        assert_eq!(error(br#"{"a": 1, "b": }"#), "expected value (column 15)");
        // Spaces before the row do not count.
        assert_eq!(error(br#"  {"a": 1, "query": }"#), "expected value (column 19)");
        assert_eq!(error(br#"{"a": 01}"#), "invalid number (column 8)");
        assert_eq!(error(br#"{"a"}"#), "expected `:` (column 5)");
    }
}
