//! A file of JSON objects, one per line, and errors for lines that are not. Knows no field by name.

use std::io::{self, BufRead};

use serde::Deserialize;
use tilejury_data::LineNumber;

use crate::sidecar::SidecarError;

/// An error that ends the reading of a file, whatever its lines contain.
#[derive(Debug)]
pub(super) enum ReadStop {
    /// Of the file that is read.
    Read(io::Error),
    /// Of the file that is written.
    Store(SidecarError),
}

impl From<io::Error> for ReadStop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<SidecarError> for ReadStop {
    fn from(error: SidecarError) -> Self {
        Self::Store(error)
    }
}

/// A function that is called with a line's number and bytes; `false` ends the reading.
pub(super) type LineHandler<'f> = dyn FnMut(LineNumber, &[u8]) -> Result<bool, ReadStop> + 'f;

/// Calls `each` with the number, from 1, and the bytes of every line that is not blank, until it
/// returns `false`.
pub(super) fn each_line(input: &mut dyn BufRead, each: &mut LineHandler<'_>) -> Result<(), ReadStop> {
    let mut line = Vec::new();
    for number in (1..).map(LineNumber::new) {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text =
            line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == LineNumber::FIRST).unwrap_or(&line).trim_ascii();
        if !text.is_empty() && !each(number, text)? {
            break;
        }
    }
    Ok(())
}

/// Parses one line; `expected` describes a valid one.
pub(super) fn parse<'l, T: Deserialize<'l>>(line: &'l [u8], expected: &str) -> Result<T, String> {
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 (byte {} of the line); save the file as UTF-8", error.valid_up_to() + 1))?;
    // serde would accept a JSON list for a struct.
    if !text.starts_with('{') {
        return Err(format!("not a JSON object; expected {expected}"));
    }
    serde_json::from_str(text).map_err(|error| {
        // serde counts lines within the one line it was given.
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        format!("{message} (column {}); expected {expected}", error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lines_as_an_editor_does() {
        let mut found = Vec::new();
        let mut text: &[u8] = b"\xef\xbb\xbfa\r\n\n  \nb \nc";
        each_line(&mut text, &mut |number, line| {
            found.push((number, String::from_utf8_lossy(line).into_owned()));
            Ok(true)
        })
        .unwrap();
        assert_eq!(
            found,
            [(1, "a"), (4, "b"), (5, "c")].map(|(number, text)| (LineNumber::new(number), text.to_owned()))
        );
    }

    #[test]
    fn reports_what_a_bad_line_should_have_been() {
        #[derive(Debug, Deserialize)]
        struct Line {
            #[serde(rename = "path")]
            _path: String,
        }
        let error = |line: &[u8]| parse::<Line>(line, "{\"path\"}").unwrap_err();
        assert_eq!(error(b"{}"), "missing field `path` (column 2); expected {\"path\"}");
        assert_eq!(error(b"[\"a\"]"), "not a JSON object; expected {\"path\"}");
        assert!(error(b"{\"path\": 7}").starts_with("invalid type: integer `7`, expected a string"));
        assert!(error(b"{\"path\": \"\xff\"}").starts_with("not UTF-8 (byte 11"));
    }
}
