//! The kind of a JSONL file, guessed from its first lines.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::BOM;
use crate::row::Row;

/// The kind of content in a JSONL file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentKind {
    Rows,
    /// The output of `tilejury judgements`: its lines name rows by the same fields, but are not
    /// rows.
    Judgements,
    Other,
}

/// Guesses the kind of a file from its first lines.
pub(crate) fn content_of(file: &Path) -> io::Result<ContentKind> {
    const HEAD_BYTES: u64 = 1 << 20;
    const HEAD_LINES: usize = 32;
    let mut head = Vec::new();
    File::open(file)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    // Loading a UTF-16 file fails with an error that says what to do.
    if is_utf16(&head) {
        return Ok(ContentKind::Rows);
    }
    let head = head.strip_prefix(BOM).unwrap_or(&head);
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut rows = lines.take(HEAD_LINES).filter(|line| Row::parse(line).is_ok());
    Ok(match rows.next() {
        None => ContentKind::Other,
        Some(line) if is_judgement(line) => ContentKind::Judgements,
        Some(_) => ContentKind::Rows,
    })
}

/// Whether the text is UTF-16, which editors on Windows call Unicode: by its byte-order mark, or by
/// the zero byte in each ASCII character of JSON.
pub(super) fn is_utf16(head: &[u8]) -> bool {
    matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'{', 0, ..] | [0, b'{', ..])
}

fn is_judgement(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct ContentMarks {
        #[serde(rename = "annotator")]
        _annotator: IgnoredAny,
        #[serde(rename = "at")]
        _at: IgnoredAny,
        #[serde(rename = "line")]
        _line: IgnoredAny,
    }
    serde_json::from_slice::<ContentMarks>(line).is_ok()
}
