//! The places of queries in the lines of their rows, so that they are read a second time without
//! parsing the rows again.
//!
//! Knows lines, not files.

use std::borrow::Cow;

use tilejury_data::Row;

/// The place of a row's query in its line.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct QueryPlace {
    from: u16,
    /// In bytes; 0 if the query has no place.
    len: u16,
}

impl QueryPlace {
    /// The place of the query of a row that was parsed from a line. A query with an escaped
    /// character has none, since the line has another text, and neither has one after 64 KB.
    pub(crate) fn new(line: &[u8], row: &Row<'_>) -> Self {
        let Cow::Borrowed(query) = &row.query else { return Self::default() };
        let from = (query.as_ptr() as usize).wrapping_sub(line.as_ptr() as usize);
        match (u16::try_from(from), u16::try_from(query.len())) {
            (Ok(from), Ok(len)) => Self { from, len },
            _ => Self::default(),
        }
    }

    /// The query in the same line; `None` if it has no place.
    pub(crate) fn query(self, line: &[u8]) -> Option<&str> {
        let (from, len) = (usize::from(self.from), usize::from(self.len));
        if len == 0 {
            return None;
        }
        std::str::from_utf8(line.get(from..from + len)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_found_by_their_places() {
        let long = "x".repeat(70_000);
        for (fields, is_found) in [
            (r#""query": "Où est le fleuve ?", "chunk_path": "a""#.to_owned(), true),
            (r#""chunk_path": "query", "query":"query""#.to_owned(), true),
            (r#""query": "escaped \"word\"", "chunk_path": "a""#.to_owned(), false),
            (format!(r#""query": "{long}", "chunk_path": "a""#), false),
            (format!(r#""chunk_path": "{long}", "query": "q""#), false),
        ] {
            let line = format!("{{{fields}}}");
            let row = Row::parse(line.as_bytes()).unwrap();
            let place = QueryPlace::new(line.as_bytes(), &row);
            assert_eq!(place.query(line.as_bytes()), is_found.then_some(&*row.query), "{fields:.60}");
            assert!(!is_found || place.query(b"{}").is_none(), "another line");
        }
    }
}
