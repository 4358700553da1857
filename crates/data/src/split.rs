//! One JSONL file: its bytes, where each row lies in it, and what is wrong with the lines that are no rows.
//!
//! Rows are offsets, parsed again when somebody looks; the original bytes stay reachable, so that an untouched row can
//! leave the program byte for byte as it came. `bytes` holds or maps the file, `scan` finds the rows, `content` tells a
//! split from other files of that kind.

mod bytes;
mod content;
mod scan;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::dataset::HARD_NEGATIVES;
use crate::row::{Row, RowError};
use crate::sample::SampleKey;
use crate::warning::{Warning, WarningKind};
use bytes::SplitBytes;
pub(crate) use content::{ContentKind, content_of};
use scan::{LIMITS, LimitedList, ScanLimits, ScannedRows, scan};

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
    /// How many lines hold something and are no rows; not all of them have a warning of their own.
    pub bad_lines: u64,
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
pub(crate) struct LoadedRows {
    pub(crate) split: Split,
    pub(crate) keys: Vec<SampleKey>,
    pub(crate) warnings: Vec<Warning>,
}

impl Split {
    /// Reads a file and finds its rows, on all cores for large files.
    pub(crate) fn load(name: String, file: &Path, export_names: Vec<String>) -> io::Result<LoadedRows> {
        Self::load_within(name, file, export_names, LIMITS)
    }

    fn load_within(name: String, file: &Path, export_names: Vec<String>, limits: ScanLimits) -> io::Result<LoadedRows> {
        let bytes = SplitBytes::open(file, limits.hold_up_to)?;
        let mut head = [0; 2];
        let read = bytes.read_at(0, &mut head)?;
        if content::is_utf16(&head[..read]) {
            return Err(io::Error::other("its text is UTF-16; save the file as UTF-8"));
        }
        let ScannedRows { rows, keys, bad, many, .. } = scan(&bytes, limits)?;
        let bad_lines = bad.first.len() as u64 + bad.more;
        let warn =
            |kind, line, message| Warning { kind, file: file.to_owned(), line: Some(line), member: None, message };
        let bad = warnings(bad, "are no rows", |error| error.to_string());
        let many = warnings(many, "have too many negatives", |count| {
            format!(
                "has {count} negatives, more than {}; see whether they are this row's. It counts as it is",
                limits.negatives
            )
        });
        let bad = bad.map(|(line, message)| warn(WarningKind::BadRow, line, message));
        let many = many.map(|(line, message)| warn(WarningKind::ManyNegatives, line, message));
        let mut warnings: Vec<Warning> = bad.chain(many).collect();
        warnings.sort_by_key(|warning| warning.line);
        let split = Self { name, file: file.to_owned(), export_names, rows, bad_lines, bytes };
        Ok(LoadedRows { split, keys, warnings })
    }

    /// Everything that was read of the file; nothing where it is large and changed since. Only to be looked at for a moment:
    /// what goes through all of it reads by [`Self::read_at`].
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes().unwrap_or_default()
    }

    /// How many bytes the file had when it was opened.
    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// Had it none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads bytes of the file from an offset on, as they were when it was opened; fewer than there is room for only at the
    /// end.
    ///
    /// # Errors
    /// When the file is large, so that it was not kept, and cannot be read or changed since.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, into)
    }

    /// Does a file hold the same bytes and no others? Sizes first, so that files that differ seldom cost a read.
    pub(crate) fn is_same_as(&self, file: &Path) -> io::Result<bool> {
        if file.metadata()?.len() != self.len() {
            return Ok(false);
        }
        let mut file = File::open(file)?;
        let (mut at, mut other, mut own) = (0, vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let read = file.read(&mut other)?;
            if read == 0 {
                return Ok(at == self.len());
            }
            let expected = self.read_at(at, &mut own[..read])?;
            if own[..expected] != other[..read] {
                return Ok(false);
            }
            at += read as u64;
        }
    }

    /// The bytes of a row's line, without its line end; empty where [`Self::line`] is an error.
    pub fn line_bytes(&self, row: usize) -> &[u8] {
        self.line(row).unwrap_or_default()
    }

    /// The bytes of a row's line, without its line end.
    ///
    /// # Errors
    /// When the file is large, so that it was not kept, and changed since it was opened.
    pub fn line(&self, row: usize) -> Result<&[u8], RowError> {
        let Some(place) = self.rows.get(row) else { return Ok(&[]) };
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
        let rest = self.slice(place.offset + u64::from(place.len), 2).unwrap_or_default();
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
    /// Only where a large file changed since it was opened: every row was read once then.
    pub fn row(&self, row: usize) -> Result<Row<'_>, RowError> {
        Row::parse(self.line(row)?)
    }

    fn slice(&self, offset: u64, len: u64) -> Result<&[u8], RowError> {
        let bytes = self.bytes.bytes()?;
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        let end = usize::try_from(offset.saturating_add(len)).unwrap_or(usize::MAX).min(bytes.len());
        Ok(&bytes[start..end])
    }
}

/// Lines with what is to be told of them; a last one speaks of those that were left out, by the words `are`.
fn warnings<T>(told: LimitedList<T>, are: &str, message: impl Fn(T) -> String) -> impl Iterator<Item = (u64, String)> {
    let first = told.first.len();
    let more = (told.more > 0).then(|| {
        let message =
            format!("{} more lines from this one on {are}; only the first {first} are told one by one", told.more);
        (told.more_from, message)
    });
    told.first.into_iter().map(move |(line, what)| (line, message(what))).chain(more)
}
