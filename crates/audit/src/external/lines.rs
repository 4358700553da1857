//! A file line by line, each line an object of JSON, and words for a line that is none. Knows no field by name.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::sidecar::SidecarError;

/// What ends the reading of a file, whatever its lines say.
#[derive(Debug)]
pub(super) enum ReadStop {
    /// The file that is read.
    Read(io::Error),
    /// The file that is written to.
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

/// What is done with a line, by its number and its bytes; `false` ends the reading.
pub(super) type LineHandler<'f> = dyn FnMut(usize, &[u8]) -> Result<bool, ReadStop> + 'f;

/// Calls `each` with the 1-based number and the bytes of every line that is not blank, until it returns `false`.
pub(super) fn each_line(input: &mut dyn BufRead, each: &mut LineHandler<'_>) -> Result<(), ReadStop> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let text = line.strip_prefix(b"\xef\xbb\xbf").filter(|_| number == 1).unwrap_or(&line).trim_ascii();
        if !text.is_empty() && !each(number, text)? {
            break;
        }
    }
    Ok(())
}

/// Reads one line; `expected` tells what such a line looks like.
pub(super) fn parse<'l, T: Deserialize<'l>>(line: &'l [u8], expected: &str) -> Result<T, String> {
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 (byte {} of the line); save the file as UTF-8", error.valid_up_to() + 1))?;
    // serde would take a JSON list for a struct.
    if !text.starts_with('{') {
        return Err(format!("not a JSON object; expected {expected}"));
    }
    serde_json::from_str(text).map_err(|error| {
        // serde counts lines within the one line it was given.
        let words = error.to_string();
        let what = words.rsplit_once(" at line ").map_or(words.as_str(), |(what, _)| what);
        format!("{what} (column {}); expected {expected}", error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        let mut found = Vec::new();
        let mut text: &[u8] = b"\xef\xbb\xbfa\r\n\n  \nb \nc";
        each_line(&mut text, &mut |number, line| {
            found.push((number, String::from_utf8_lossy(line).into_owned()));
            Ok(true)
        })
        .unwrap();
        assert_eq!(found, [(1, "a".into()), (4, "b".into()), (5, "c".into())]);
    }

    #[test]
    fn a_bad_line_says_what_was_expected() {
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
