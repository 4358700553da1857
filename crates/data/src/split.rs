//! One JSONL file: its bytes, where each row lies in it, and what is wrong with the lines that are no rows.
//!
//! Rows are offsets, parsed again when somebody looks; the original bytes stay reachable, so that an untouched row can
//! leave the program byte for byte as it came.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::thread;

use memchr::memchr;
use memmap2::Mmap;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::dataset::HARD_NEGATIVES;
use crate::row::{Row, RowError, RowHead};
use crate::sample::SampleKey;
use crate::tile_path::TilePath;
use crate::warning::{Warning, WarningKind};

/// Files up to this size are held in memory, where nothing that happens to the file can reach them.
const HOLD_UP_TO_BYTES: u64 = 256 << 20;
/// Below this size a second thread costs more than it brings.
const PART_AT_LEAST_BYTES: usize = 1 << 20;
/// What an editor on another system may put in front of a UTF-8 file.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// One split file with the places of its rows.
#[derive(Debug)]
pub struct Split {
    /// `train`, `eval`, `test`, or the file's stem.
    pub name: String,
    /// The file the rows are read from.
    pub file: PathBuf,
    /// The names under which an export of this split is written; more than one where the layout keeps the same rows
    /// twice (`train.jsonl` and `train_hn.jsonl`).
    pub export_names: Vec<String>,
    /// The rows in file order.
    pub rows: Vec<RowPlace>,
    bytes: SplitBytes,
}

/// Where one row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowPlace {
    /// Byte offset of the line's first byte.
    pub offset: u64,
    /// Bytes of the line without its line end.
    pub len: u32,
    /// 1-based line number in the file.
    pub line: u32,
}

/// The rows of a file, the first-occurrence key of each, and what was wrong.
pub(crate) struct Loaded {
    pub(crate) split: Split,
    pub(crate) keys: Vec<SampleKey>,
    pub(crate) warnings: Vec<Warning>,
}

impl Split {
    /// Reads a file and finds its rows, on all cores for large files.
    pub(crate) fn load(name: String, file: &Path, export_names: Vec<String>) -> io::Result<Loaded> {
        let bytes = SplitBytes::open(file)?;
        let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let parts = parts_at_line_ends(&bytes, start, workers);
        let scanned: Vec<Part> = thread::scope(|scope| {
            let handles: Vec<_> = parts.iter().map(|range| scope.spawn(|| Part::scan(&bytes, range.clone()))).collect();
            handles.into_iter().map(|handle| handle.join().unwrap_or_default()).collect()
        });
        let (mut rows, mut keys, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        let mut lines_before = 0_u32;
        for mut part in scanned {
            part.rows.iter_mut().for_each(|row| row.line += lines_before);
            rows.append(&mut part.rows);
            keys.append(&mut part.keys);
            warnings.extend(part.bad.into_iter().map(|(line, error)| Warning {
                kind: WarningKind::BadRow,
                file: file.to_owned(),
                line: Some(u64::from(lines_before + line)),
                member: None,
                message: error.to_string(),
            }));
            lines_before += part.lines;
        }
        Ok(Loaded { split: Self { name, file: file.to_owned(), export_names, rows, bytes }, keys, warnings })
    }

    /// Everything that was read of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a row's line, without its line end.
    pub fn line_bytes(&self, row: usize) -> &[u8] {
        let Some(place) = self.rows.get(row) else { return &[] };
        self.slice(place.offset, u64::from(place.len))
    }

    /// What the split is for: its name without what marks hard negatives. `train` and `train_hn` are one split by what they
    /// mean, whether or not their rows are the same.
    pub fn family(&self) -> &str {
        self.name.strip_suffix(HARD_NEGATIVES).unwrap_or(&self.name)
    }

    /// The line end that follows a row: `\n`, `\r\n`, or nothing at the end of the file.
    pub fn line_end(&self, row: usize) -> &[u8] {
        let Some(place) = self.rows.get(row) else { return &[] };
        let rest = self.slice(place.offset + u64::from(place.len), 2);
        if rest.starts_with(b"\r\n") {
            b"\r\n"
        } else if rest.starts_with(b"\n") {
            b"\n"
        } else {
            b""
        }
    }

    /// Parses a row again.
    ///
    /// # Errors
    /// Only where the file changed under a mapping: every row was read once when the split was opened.
    pub fn row(&self, row: usize) -> Result<Row<'_>, RowError> {
        Row::parse(self.line_bytes(row))
    }

    fn slice(&self, offset: u64, len: u64) -> &[u8] {
        let bytes: &[u8] = &self.bytes;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = usize::try_from(offset.saturating_add(len)).unwrap_or(usize::MAX).min(bytes.len());
        &bytes[start..end]
    }
}

/// What a JSONL file of any name seems to hold, by its first lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Rows,
    /// What `tilejury judgements` prints: its lines name rows by the same fields, and are none.
    Judgements,
    Other,
}

/// Looks at the first lines of a file.
pub(crate) fn content_of(file: &Path) -> io::Result<Content> {
    const LOOK_AT_BYTES: u64 = 1 << 20;
    const LOOK_AT_LINES: usize = 32;
    let mut head = Vec::new();
    File::open(file)?.take(LOOK_AT_BYTES).read_to_end(&mut head)?;
    let head = head.strip_prefix(BOM).unwrap_or(&head);
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut rows = lines.take(LOOK_AT_LINES).filter(|line| Row::parse(line).is_ok());
    Ok(match rows.next() {
        None => Content::Other,
        Some(line) if is_judgement(line) => Content::Judgements,
        Some(_) => Content::Rows,
    })
}

fn is_judgement(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(rename = "annotator")]
        _annotator: IgnoredAny,
        #[serde(rename = "at")]
        _at: IgnoredAny,
        #[serde(rename = "line")]
        _line: IgnoredAny,
    }
    serde_json::from_slice::<Marks>(line).is_ok()
}

/// Does a file hold these bytes and no others? Sizes first, so that files that differ seldom cost a read.
pub(crate) fn holds_bytes(file: &Path, bytes: &[u8]) -> io::Result<bool> {
    if file.metadata()?.len() != bytes.len() as u64 {
        return Ok(false);
    }
    let (mut file, mut rest) = (File::open(file)?, bytes);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(rest.is_empty()),
            read => match rest.split_off(..read) {
                Some(expected) if expected == &buffer[..read] => {}
                _ => return Ok(false),
            },
        }
    }
}

#[derive(Debug)]
enum SplitBytes {
    Held(Vec<u8>),
    Mapped(Mmap),
}

impl SplitBytes {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let len = file.metadata()?.len();
        if len <= HOLD_UP_TO_BYTES {
            let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
            file.read_to_end(&mut bytes)?;
            return Ok(Self::Held(bytes));
        }
        // SAFETY: the mapping is read-only. Splits of this size are download artefacts that nobody edits in place; a
        // file cut short under us would end the process, which loses nothing: judgements are on disk as they are made.
        #[allow(unsafe_code)]
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self::Mapped(map))
    }
}

impl Deref for SplitBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Held(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

/// Cuts `start..` into about `count` ranges, each ending after a line end.
fn parts_at_line_ends(bytes: &[u8], start: usize, count: usize) -> Vec<std::ops::Range<usize>> {
    let size = (bytes.len().saturating_sub(start) / count.max(1)).max(PART_AT_LEAST_BYTES);
    let mut parts = Vec::with_capacity(count + 1);
    let mut from = start;
    while from < bytes.len() {
        let aim = from.saturating_add(size).min(bytes.len());
        let to = memchr(b'\n', &bytes[aim..]).map_or(bytes.len(), |at| aim + at + 1);
        parts.push(from..to);
        from = to;
    }
    parts
}

/// What one thread found in its part of the file. Lines count from 1 within the part.
#[derive(Default)]
struct Part {
    rows: Vec<RowPlace>,
    keys: Vec<SampleKey>,
    bad: Vec<(u32, RowError)>,
    lines: u32,
}

impl Part {
    fn scan(bytes: &[u8], range: std::ops::Range<usize>) -> Self {
        let mut part = Self::default();
        let mut from = range.start;
        while from < range.end {
            let end = memchr(b'\n', &bytes[from..range.end]).map_or(range.end, |at| from + at);
            part.lines += 1;
            let line = &bytes[from..end];
            part.line(from, line.strip_suffix(b"\r").unwrap_or(line));
            from = end + 1;
        }
        part
    }

    fn line(&mut self, offset: usize, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        let Ok(len) = u32::try_from(line.len()) else {
            let reason = format!("a line of {} bytes; no row is that long", line.len());
            self.bad.push((self.lines, RowError::Json(reason)));
            return;
        };
        match RowHead::parse(line) {
            Ok(row) => {
                self.rows.push(RowPlace { offset: offset as u64, len, line: self.lines });
                self.keys.push(SampleKey::of_normal(&row.query, &TilePath::normal(&row.positive), 0));
            }
            Err(error) => self.bad.push((self.lines, error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(content: &[u8]) -> Loaded {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("train.jsonl");
        std::fs::write(&file, content).unwrap();
        Split::load("train".into(), &file, Vec::new()).unwrap()
    }

    #[test]
    fn line_numbers_and_bytes_survive_bom_crlf_blank_lines_and_a_missing_end() {
        let a = r#"{"query": "a", "chunk_path": "1"}"#;
        let b = r#"{"query": "b", "chunk_path": "2"}"#;
        let loaded = load(format!("\u{feff}{a}\r\n\n  \n{b}").as_bytes());
        assert!(loaded.warnings.is_empty());
        let split = loaded.split;
        assert_eq!(split.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [1, 4]);
        assert_eq!(split.line_bytes(0), a.as_bytes());
        assert_eq!(split.line_end(0), b"\r\n");
        assert_eq!(split.line_bytes(1), b.as_bytes());
        assert_eq!(split.line_end(1), b"");
    }

    #[test]
    fn bad_lines_are_named_and_the_rest_loads() {
        let loaded = load(b"{\"query\": \"a\", \"chunk_path\": \"1\"}\nnot json\n\xff\xfe\n{\"query\": \"b\", \"chunk_path\": \"2\"}\n");
        assert_eq!(loaded.split.rows.len(), 2);
        let lines: Vec<_> = loaded.warnings.iter().map(|warning| warning.line).collect();
        assert_eq!(lines, [Some(2), Some(3)]);
        assert!(loaded.warnings[1].message.contains("UTF-8"));
    }

    #[test]
    fn a_large_file_read_in_parts_has_the_same_rows_as_one_read_at_once() {
        let lines: Vec<String> = (0..60_000)
            .map(|n| format!("{{\"query\": \"question {n}\", \"chunk_path\": \"images/{n}.png\"}}\n"))
            .collect();
        let content = lines.concat();
        assert!(content.len() > 2 * PART_AT_LEAST_BYTES, "more than one part");
        let loaded = load(content.as_bytes());
        assert_eq!(loaded.split.rows.len(), lines.len());
        for (n, row) in loaded.split.rows.iter().enumerate() {
            assert_eq!(row.line as usize, n + 1);
        }
        assert_eq!(loaded.split.line_bytes(59_999), lines[59_999].trim_end().as_bytes());
    }
}
