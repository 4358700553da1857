//! A JSONL file: its bytes, the offset of each row, and the lines that are not rows.
//!
//! Rows are kept as offsets and parsed again on demand. The original bytes stay available, so that
//! an export can copy an unchanged row byte for byte. `bytes` holds or maps the file, `scan` finds
//! the rows, and `content` distinguishes splits from other `.jsonl` files.

mod bytes;
mod content;
mod scan;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::line_number::LineNumber;
use crate::parquet::{ParquetFile, ParquetLines};
use crate::row::{Row, RowError};
use crate::sample::SampleKey;
use crate::warning::{Warning, WarningKind};
use bytes::SplitBytes;
pub(crate) use content::{ContentKind, content_of};
use scan::{LIMITS, LimitedList, ScanLimits, ScannedRows, scan};

/// The suffix that the layout gives to the name of a file with hard negatives.
pub(crate) const HARD_NEGATIVES: &str = "_hn";
/// A byte-order mark, which some editors put in front of a UTF-8 file.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// A split file with the positions of its rows.
#[derive(Debug)]
pub struct Split {
    /// `train`, `eval`, `test`, or the file's stem.
    pub name: String,
    /// The file of the dataset with the rows. If they are in several Parquet files, a pattern for
    /// their names.
    pub file: PathBuf,
    /// The Parquet files with the rows, in order, each as it was read; empty for JSON lines.
    pub parquet: Vec<ParquetFile>,
    /// The file names for an export of this split; two if the layout keeps the same rows twice
    /// (`train.jsonl` and `train_hn.jsonl`).
    pub export_names: Vec<String>,
    /// The rows in file order.
    pub rows: Vec<RowSpan>,
    /// The number of non-blank lines that are not rows; not each of them has its own warning.
    pub bad_lines: u64,
    bytes: SplitBytes,
}

/// The position of a row in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowSpan {
    /// Byte offset of the line's first byte.
    pub offset: u64,
    /// Length of the line in bytes, without its line end.
    pub len: u32,
    /// 1-based line number in the file. Not a [`LineNumber`], which would need 8 bytes more for
    /// each row: [`Dataset::line_of`](crate::Dataset::line_of) returns one.
    pub line: u32,
}

/// The rows of a file with their first-occurrence keys and warnings.
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

    /// Reads the lines of Parquet files. `file` is the pattern for their names.
    pub(crate) fn load_parquet(
        name: String,
        file: &Path,
        made: ParquetLines,
        export_names: Vec<String>,
    ) -> io::Result<LoadedRows> {
        let mut loaded = Self::load(name, &made.lines, export_names)?;
        loaded.split.file = file.to_owned();
        loaded.split.parquet = made.files;
        loaded.warnings.iter_mut().for_each(|warning| warning.file = file.to_owned());
        Ok(loaded)
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
        let bad = warnings(bad, "are not rows", |error| error.to_string());
        let many = warnings(many, "have too many negatives", |count| {
            format!(
                "has {count} negatives, more than {}; check whether they belong to this row. It is used as it is",
                limits.negatives
            )
        });
        let bad = bad.map(|(line, message)| warn(WarningKind::BadRow, line, message));
        let many = many.map(|(line, message)| warn(WarningKind::ManyNegatives, line, message));
        let mut warnings: Vec<Warning> = bad.chain(many).collect();
        warnings.sort_by_key(|warning| warning.line);
        let split = Self { name, file: file.to_owned(), parquet: Vec::new(), export_names, rows, bad_lines, bytes };
        Ok(LoadedRows { split, keys, warnings })
    }

    /// All bytes of the file; empty if the file is large and changed after it was opened. Use the
    /// slice only briefly: code that passes over the whole file uses [`Self::read_at`].
    pub fn bytes(&self) -> &[u8] {
        self.bytes.bytes().unwrap_or_default()
    }

    /// The length of the file in bytes when it was opened.
    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// Whether the file was empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads bytes from an offset, as they were when the file was opened. Fills `into` unless the
    /// file ends before.
    ///
    /// # Errors
    /// If the file is too large to be held in memory, and cannot be read or changed after it was
    /// opened.
    pub fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, into)
    }

    /// Returns whether a file holds exactly the same bytes. Compares sizes first, so that different
    /// files rarely cost a read.
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

    /// The bytes of a row's line, without its line end; empty if [`Self::line`] fails.
    pub fn line_bytes(&self, row: usize) -> &[u8] {
        self.line(row).unwrap_or_default()
    }

    /// The bytes of a row's line, without its line end.
    ///
    /// # Errors
    /// If the file is too large to be held in memory and changed after it was opened.
    pub fn line(&self, row: usize) -> Result<&[u8], RowError> {
        let Some(span) = self.rows.get(row) else { return Ok(&[]) };
        self.slice(span.offset, u64::from(span.len))
    }

    /// The name of the split without the suffix for hard negatives. `train` and `train_hn` serve
    /// the same purpose, whether or not their rows are the same.
    pub fn family(&self) -> &str {
        self.name.strip_suffix(HARD_NEGATIVES).unwrap_or(&self.name)
    }

    /// The line end that follows a row: `\n`, `\r\n`, or nothing at the end of the file.
    pub fn line_end(&self, row: usize) -> &[u8] {
        let Some(span) = self.rows.get(row) else { return &[] };
        let rest = self.slice(span.offset + u64::from(span.len), 2).unwrap_or_default();
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
    /// Only if a large file changed after it was opened: every row was parsed once then.
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

/// Returns the listed lines with their messages, and one more message for the rest, in the words of
/// `are`.
fn warnings<T>(
    lines: LimitedList<T>,
    are: &str,
    message: impl Fn(T) -> String,
) -> impl Iterator<Item = (LineNumber, String)> {
    let first = lines.first.len();
    let more = (lines.more > 0).then(|| {
        let message = format!("{} more lines from this one on {are}; only the first {first} are listed", lines.more);
        (LineNumber::new(lines.more_from), message)
    });
    lines.first.into_iter().map(move |(line, problem)| (LineNumber::new(line), message(problem))).chain(more)
}
