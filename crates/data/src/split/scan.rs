//! Finds the rows in the bytes of a split, on all cores for large files. No line takes more memory
//! than a row may, and only the first bad lines are listed.

use std::io;
use std::ops::Range;
use std::thread;

use memchr::{memchr, memrchr};

use super::bytes::{READ_AT_ONCE, SplitBytes};
use super::{BOM, RowSpan};
use crate::row::{RowError, RowHead};
use crate::sample::SampleKey;
use crate::tile_path::TilePath;

/// Below this size, a second thread costs more than it gains.
const PART_AT_LEAST_BYTES: u64 = 1 << 20;

/// Limits for a file that may hold anything.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScanLimits {
    /// Files up to this size in bytes are held in memory, where no change of the file can reach
    /// them.
    pub(super) hold_up_to: u64,
    /// A longer line is not a row, in bytes.
    pub(super) line_up_to: usize,
    /// The number of lines that are listed for each kind of problem.
    pub(super) listed: usize,
    /// Rows with more negatives than this get a warning.
    pub(super) negatives: usize,
}

/// Rows of the published sets have a few hundred bytes and 2 to 7 negatives; a row with the text of
/// a book in another field still counts. Ten thousand warnings are more than anyone reads and take
/// a few megabytes.
pub(super) const LIMITS: ScanLimits =
    ScanLimits { hold_up_to: 256 << 20, line_up_to: 16 << 20, listed: 10_000, negatives: 1000 };

/// Lines with one kind of problem: the first ones, and the number of others.
#[derive(Debug)]
pub(super) struct LimitedList<T> {
    pub(super) first: Vec<(u64, T)>,
    pub(super) more: u64,
    /// The line of the first of those others.
    pub(super) more_from: u64,
}

impl<T> Default for LimitedList<T> {
    fn default() -> Self {
        Self { first: Vec::new(), more: 0, more_from: 0 }
    }
}

impl<T> LimitedList<T> {
    fn add(&mut self, up_to: usize, line: u64, problem: T) {
        if self.first.len() < up_to {
            self.first.push((line, problem));
        } else {
            self.leave_out(line, 1);
        }
    }

    fn leave_out(&mut self, line: u64, count: u64) {
        if self.more == 0 {
            self.more_from = line;
        }
        self.more += count;
    }

    /// Adds the lines of a part that comes after `lines` others.
    fn append(&mut self, up_to: usize, lines: u64, part: Self) {
        part.first.into_iter().for_each(|(line, problem)| self.add(up_to, lines + line, problem));
        if part.more > 0 {
            self.leave_out(lines + part.more_from, part.more);
        }
    }
}

/// The rows and problems found in a file or in a part of one. Lines count from 1 within it.
#[derive(Default)]
pub(super) struct ScannedRows {
    pub(super) rows: Vec<RowSpan>,
    pub(super) keys: Vec<SampleKey>,
    pub(super) bad: LimitedList<RowError>,
    /// Rows with very many negatives, and how many each has.
    pub(super) many: LimitedList<usize>,
    lines: u64,
}

/// Finds the rows of a split.
///
/// # Errors
/// If it cannot be read to its end or changes during the scan.
pub(super) fn scan(bytes: &SplitBytes, limits: ScanLimits) -> io::Result<ScannedRows> {
    let mut head = [0; BOM.len()];
    let read = bytes.read_at(0, &mut head)?;
    let start = if head[..read] == *BOM { BOM.len() as u64 } else { 0 };
    let workers = crate::cores();
    let parts = parts_at_line_ends(bytes, start, workers as u64)?;
    // Not by `rayon`: there is one part for each core, and a thread that ends early is an error.
    let scanned: Vec<io::Result<ScannedRows>> = thread::scope(|scope| {
        let handles: Vec<_> =
            parts.iter().map(|range| scope.spawn(|| ScannedRows::in_part(bytes, range.clone(), limits))).collect();
        let lost = |_| Err(io::Error::other("a thread that read it stopped unexpectedly"));
        handles.into_iter().map(|handle| handle.join().unwrap_or_else(lost)).collect()
    });
    let mut all = ScannedRows::default();
    for part in scanned {
        all.append(part?, limits.listed);
    }
    Ok(all)
}

/// Cuts `start..` into about `count` ranges, each ending after a line end.
fn parts_at_line_ends(bytes: &SplitBytes, start: u64, count: u64) -> io::Result<Vec<Range<u64>>> {
    let len = bytes.len();
    let size = (len.saturating_sub(start) / count.max(1)).max(PART_AT_LEAST_BYTES);
    let (mut parts, mut from) = (Vec::new(), start);
    while from < len {
        let to = if len - from <= size { len } else { (bytes.line_end(from + size)? + 1).min(len) };
        parts.push(from..to);
        from = to;
    }
    Ok(parts)
}

impl ScannedRows {
    fn in_part(bytes: &SplitBytes, range: Range<u64>, limits: ScanLimits) -> io::Result<Self> {
        let mut part = Self::default();
        match bytes.in_memory() {
            // The ranges are within the bytes.
            Some(held) => part.lines(range.start, &held[range.start as usize..range.end as usize], limits),
            None => part.read(bytes, range, limits)?,
        }
        Ok(part)
    }

    /// Reads a part of a file piece by piece. Reading through a mapping would end the process if
    /// the file were cut short meanwhile.
    fn read(&mut self, bytes: &SplitBytes, range: Range<u64>, limits: ScanLimits) -> io::Result<()> {
        let mut buffer = vec![0; READ_AT_ONCE.min(limits.line_up_to + 1)];
        // The buffer holds `filled` bytes of the file from `at`, where a line begins.
        let (mut at, mut filled) = (range.start, 0);
        loop {
            let remaining = usize::try_from(range.end - at).unwrap_or(usize::MAX);
            let want = remaining.min(buffer.len());
            filled += bytes.read_at(at + filled as u64, &mut buffer[filled..want])?;
            if filled < want {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if filled == remaining {
                self.lines(at, &buffer[..filled], limits);
                return Ok(());
            }
            match memrchr(b'\n', &buffer[..filled]) {
                Some(end) => {
                    let next = end + 1;
                    self.lines(at, &buffer[..next], limits);
                    buffer.copy_within(next..filled, 0);
                    (at, filled) = (at + next as u64, filled - next);
                }
                None if filled <= limits.line_up_to => {
                    buffer.resize((2 * buffer.len()).min(limits.line_up_to + 1), 0);
                }
                None => {
                    let end = bytes.line_end(at + filled as u64)?.min(range.end);
                    self.lines += 1;
                    self.bad.add(limits.listed, self.lines, RowError::TooLong { bytes: end - at });
                    (at, filled) = ((end + 1).min(range.end), 0);
                }
            }
        }
    }

    /// Adds whole lines that begin at `offset`.
    fn lines(&mut self, offset: u64, bytes: &[u8], limits: ScanLimits) {
        let mut from = 0;
        while from < bytes.len() {
            let end = memchr(b'\n', &bytes[from..]).map_or(bytes.len(), |at| from + at);
            self.lines += 1;
            self.line(offset + from as u64, &bytes[from..end], limits);
            from = end + 1;
        }
    }

    /// Adds a line, given without its `\n`.
    fn line(&mut self, offset: u64, line: &[u8], limits: ScanLimits) {
        // A blank line may be as long as the file, too.
        let (bytes, too_long) = (line.len() as u64, line.len() > limits.line_up_to);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !too_long && line.trim_ascii().is_empty() {
            return;
        }
        let row = if too_long { Err(RowError::TooLong { bytes }) } else { RowHead::parse(line) };
        let position = u32::try_from(line.len()).ok().zip(u32::try_from(self.lines).ok());
        match (row, position) {
            (Ok(row), Some((len, line))) => {
                self.rows.push(RowSpan { offset, len, line });
                self.keys.push(SampleKey::from_normal(&row.query, &TilePath::normal(&row.positive), 0));
                if row.negatives > limits.negatives {
                    self.many.add(limits.listed, self.lines, row.negatives);
                }
            }
            (Ok(_), None) => self.bad.add(limits.listed, self.lines, RowError::TooFarDown),
            (Err(error), _) => self.bad.add(limits.listed, self.lines, error),
        }
    }

    /// Adds the part that follows.
    fn append(&mut self, mut part: Self, listed: usize) {
        if self.lines == 0 {
            // The first part is most of a small file, and half of a large one.
            *self = part;
            return;
        }
        let before = self.lines;
        self.rows.reserve(part.rows.len());
        self.keys.reserve(part.keys.len());
        for (row, key) in part.rows.iter_mut().zip(part.keys) {
            match u32::try_from(before + u64::from(row.line)) {
                Ok(line) => {
                    self.rows.push(RowSpan { line, ..*row });
                    self.keys.push(key);
                }
                Err(_) => self.bad.add(listed, before + u64::from(row.line), RowError::TooFarDown),
            }
        }
        self.bad.append(listed, before, part.bad);
        self.many.append(listed, before, part.many);
        self.lines += part.lines;
    }
}
