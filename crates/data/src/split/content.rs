//! What a JSONL file of any name seems to hold, by its first bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::BOM;
use crate::row::Row;

/// What a JSONL file of any name seems to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ContentKind {
    Rows,
    /// What `tilejury judgements` prints: its lines name rows by the same fields, and are none.
    Judgements,
    Other,
}

/// Looks at the first lines of a file.
pub(crate) fn content_of(file: &Path) -> io::Result<ContentKind> {
    const LOOK_AT_BYTES: u64 = 1 << 20;
    const LOOK_AT_LINES: usize = 32;
    let mut head = Vec::new();
    File::open(file)?.take(LOOK_AT_BYTES).read_to_end(&mut head)?;
    // Of such a file nobody can say more here; to load it says what to do about it.
    if is_utf16(&head) {
        return Ok(ContentKind::Rows);
    }
    let head = head.strip_prefix(BOM).unwrap_or(&head);
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut rows = lines.take(LOOK_AT_LINES).filter(|line| Row::parse(line).is_ok());
    Ok(match rows.next() {
        None => ContentKind::Other,
        Some(line) if is_judgement(line) => ContentKind::Judgements,
        Some(_) => ContentKind::Rows,
    })
}

/// Is it text in the encoding that editors on Windows call Unicode? By its byte-order mark, or by the zero byte that every
/// sign of JSON has in it.
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
