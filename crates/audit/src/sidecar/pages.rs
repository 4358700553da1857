//! A damaged SQLite file, page by page: every row and every index entry that can still be read,
//! however it is reached.
//!
//! Trees and the list of tables are not followed. A row counts if its page lists it; a record that
//! looks like one of ours counts even if no page lists it. That finds rows that SQLite no longer
//! reaches, older versions of them, and those on unused pages. Knows bytes only; another module
//! decides the meaning of a row. The file is only read.
//!
//! Formats: SQLite "Database File Format", 1.3 (header), 1.5 and 1.6 (pages, cells), 4.1
//! (write-ahead log).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::inspect::beside;
use super::record::{ColumnValue, number, record, record_len, short, varint, varint_before};

const FILE_HEADER: usize = 100;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const TABLE_LEAF: u8 = 0x0d;
const INDEX_LEAF: u8 = 0x0a;
const INDEX_INTERIOR: u8 = 0x02;
/// Page sizes, the most likely first: the first one is SQLite's default since 2016.
const SIZES: [usize; 8] = [4096, 512, 1024, 2048, 8192, 16_384, 32_768, 65_536];
/// Bytes read at once. Around a position that the disk cannot read, this many are lost.
const BLOCK: usize = 4096;

/// The bytes of a file and of the write-ahead log beside it.
pub(super) struct SidecarBytes<'b> {
    pub(super) file: Cow<'b, [u8]>,
    pub(super) log: Cow<'b, [u8]>,
}

impl SidecarBytes<'_> {
    /// Reads both into memory. Bytes that the disk cannot read become zeros.
    pub(super) fn read(path: &Path) -> io::Result<Self> {
        let file = read_readable_blocks(File::open(path)?)?;
        let log = File::open(beside(path, "-wal")).and_then(read_readable_blocks).unwrap_or_default();
        Ok(Self { file: Cow::Owned(file), log: Cow::Owned(log) })
    }
}

fn read_readable_blocks(mut file: File) -> io::Result<Vec<u8>> {
    let len = usize::try_from(file.metadata()?.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::with_capacity(len);
    if file.read_to_end(&mut bytes).is_ok() {
        return Ok(bytes);
    }
    bytes.clear();
    bytes.resize(len, 0);
    for (block, part) in bytes.chunks_mut(BLOCK).enumerate() {
        let mut read = || -> io::Result<()> {
            file.seek(SeekFrom::Start((block * BLOCK) as u64))?;
            file.read_exact(part)
        };
        if read().is_err() {
            part.fill(0);
        }
    }
    Ok(bytes)
}

/// A position in a damaged sidecar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FilePosition {
    /// Whether it is in the write-ahead log, not in the file itself.
    pub log: bool,
    /// The offset in bytes.
    pub offset: u64,
}

/// A row of any table.
#[derive(Debug)]
pub(super) struct RecoveredRow {
    /// Its row id; `None` if a record was found without one.
    pub(super) id: Option<i64>,
    pub(super) values: Vec<ColumnValue>,
    pub(super) spot: FilePosition,
    /// Whether its page lists it; otherwise it may be the rest of an overwritten record.
    pub(super) listed: bool,
}

/// The rows and entries that were read, the newest first.
#[derive(Debug, Default)]
pub(super) struct RecoveredRows {
    pub(super) rows: Vec<RecoveredRow>,
    /// Entries of indexes: the indexed columns and the row id.
    pub(super) entries: Vec<Vec<ColumnValue>>,
    /// Rows that are only partly there.
    pub(super) broken: Vec<FilePosition>,
}

/// Reads every row of a file and its log. `ours` returns whether a record of our tables may begin
/// with these bytes.
pub(super) fn read(image: &SidecarBytes<'_>, ours: fn(&[u8]) -> bool) -> RecoveredRows {
    let with = |layout: &PageLayout| Pages::new(image, *layout).read(ours);
    let likely = layouts(image);
    let [first, ..] = likely.as_slice() else { return RecoveredRows::default() };
    let mut best = with(first);
    // Pages read at a wrong size yield few rows. If the header is damaged, no layout is certain.
    let score = |found: &RecoveredRows| {
        (found.rows.iter().filter(|row| row.listed).count() + found.entries.len(), found.rows.len())
    };
    for layout in &likely[1..] {
        let found = with(layout);
        if score(&found) > score(&best) {
            best = found;
        }
    }
    best
}

/// The size of a page in bytes, and how much of it rows may use.
#[derive(Clone, Copy, PartialEq, Eq)]
struct PageLayout {
    size: usize,
    usable: usize,
}

/// The possible page layouts, the most likely first; only one if the header is consistent.
fn layouts(image: &SidecarBytes<'_>) -> Vec<PageLayout> {
    let decoded = |size: usize| if size == 1 { 65_536 } else { size };
    let is_size = |size: &usize| SIZES.contains(size);
    let file = &image.file;
    let in_header = short(file, 16).map(decoded).filter(is_size);
    let in_log = number(&image.log, 8).map(|size| decoded(size as usize)).filter(is_size);
    let reserved = file.get(20).map_or(0, |reserved| usize::from(*reserved)).min(32);
    if let Some(size) = in_header {
        let pages = number(file, 28).unwrap_or(0) as usize;
        let fits =
            pages.checked_mul(size) == Some(file.len()) || (in_log == in_header && file.len().is_multiple_of(size));
        if reserved == 0 && fits && file.starts_with(b"SQLite format 3\0") && file.get(21..24) == Some(&[64, 32, 32]) {
            return vec![PageLayout { size, usable: size }];
        }
    }
    let mut layouts = Vec::new();
    for size in in_header.into_iter().chain(in_log).chain(SIZES) {
        for usable in [size - reserved, size] {
            let layout = PageLayout { size, usable };
            if !layouts.contains(&layout) {
                layouts.push(layout);
            }
        }
    }
    layouts
}

struct Pages<'i> {
    image: &'i SidecarBytes<'i>,
    layout: PageLayout,
    /// The offsets of the log's pages.
    frames: Vec<usize>,
    /// The offset of each page's latest version in the log.
    newest: HashMap<u32, usize>,
}

/// The content of a page.
#[derive(Clone, Copy)]
struct PageKind {
    table: bool,
    interior: bool,
}

impl<'i> Pages<'i> {
    fn new(image: &'i SidecarBytes<'i>, layout: PageLayout) -> Self {
        let log = &image.log;
        let stride = FRAME_HEADER + layout.size;
        let all: Vec<usize> =
            (LOG_HEADER..log.len()).step_by(stride).filter(|at| at + FRAME_HEADER < log.len()).collect();
        let salt = |at: &usize| log.get(at + 8..at + 16);
        // The log's current round. The first frame belongs to it even if the header disagrees.
        let mut round = log.get(16..24);
        if !all.iter().any(|at| salt(at) == round) {
            round = all.first().and_then(salt);
        }
        let mut newest = HashMap::new();
        let (now, before): (Vec<usize>, Vec<usize>) = all.iter().partition(|at| salt(at) == round);
        for at in before.iter().chain(&now) {
            if let Some(page) = number(log, *at) {
                newest.insert(page, at + FRAME_HEADER);
            }
        }
        // The latest frame comes first. Frames of earlier rounds hold valid rows as well.
        let frames = now.iter().rev().chain(before.iter().rev()).map(|at| at + FRAME_HEADER).collect();
        Self { image, layout, frames, newest }
    }

    fn read(&self, ours: fn(&[u8]) -> bool) -> RecoveredRows {
        let mut found = RecoveredRows::default();
        let in_log = self.frames.iter().map(|offset| (true, *offset));
        let in_file = (0..self.image.file.len()).step_by(self.layout.size).map(|offset| (false, offset));
        for (log, offset) in in_log.chain(in_file) {
            let header = if !log && offset == 0 { FILE_HEADER } else { 0 };
            let page = self.at(log, offset);
            let spot = |at: usize| FilePosition { log, offset: (offset + at) as u64 };
            let mut listed = HashSet::new();
            self.cells_of(page, header, &spot, &mut listed, &mut found);
            for at in header..page.len() {
                if ours(&page[at..]) && !listed.contains(&at) {
                    found.rows.extend(self.stray(page, at, spot(at)));
                }
            }
        }
        found
    }

    /// A page; the last one of a truncated file is shorter.
    fn at(&self, log: bool, offset: usize) -> &'i [u8] {
        let bytes: &[u8] = if log { &self.image.log } else { &self.image.file };
        bytes.get(offset..bytes.len().min(offset.saturating_add(self.layout.size))).unwrap_or_default()
    }

    /// The newest version of a page, by its number, from 1.
    fn numbered(&self, page: u32) -> Option<&'i [u8]> {
        if let Some(offset) = self.newest.get(&page) {
            return Some(self.at(true, *offset));
        }
        let offset = (page.checked_sub(1)? as usize).checked_mul(self.layout.size)?;
        (offset < self.image.file.len()).then(|| self.at(false, offset))
    }

    fn cells_of(
        &self,
        page: &[u8],
        header: usize,
        spot: &dyn Fn(usize) -> FilePosition,
        listed: &mut HashSet<usize>,
        found: &mut RecoveredRows,
    ) {
        let kind = match page.get(header) {
            Some(&TABLE_LEAF) => PageKind { table: true, interior: false },
            Some(&INDEX_LEAF) => PageKind { table: false, interior: false },
            Some(&INDEX_INTERIOR) => PageKind { table: false, interior: true },
            _ => return,
        };
        let first = header + if kind.interior { 12 } else { 8 };
        // A row takes at least three bytes besides its pointer.
        let cells = short(page, header + 3).unwrap_or(0).min(self.layout.size / 5);
        for cell in 0..cells {
            let at = short(page, first + 2 * cell).unwrap_or(0);
            match self.cell(page, at, kind) {
                Some((id, values, begins)) if kind.table => {
                    listed.insert(begins);
                    found.rows.push(RecoveredRow { id: Some(id), values, spot: spot(at), listed: true });
                }
                Some((_, values, _)) => found.entries.push(values),
                None if kind.table => found.broken.push(spot(at)),
                None => {}
            }
        }
    }

    /// The row id, the values, and the offset of the record in the page.
    fn cell(&self, page: &[u8], at: usize, kind: PageKind) -> Option<(i64, Vec<ColumnValue>, usize)> {
        let end = self.layout.usable.min(page.len());
        let mut rest = page.get(at + if kind.interior { 4 } else { 0 }..end)?;
        let len = usize::try_from(varint(&mut rest)?).ok()?;
        let id = if kind.table { varint(&mut rest)? as i64 } else { 0 };
        let payload = self.payload(rest, len, kind.table)?;
        Some((id, record(&payload)?, end - rest.len()))
    }

    /// A record that begins here and that no page lists. Its row id precedes it.
    fn stray(&self, page: &[u8], at: usize, spot: FilePosition) -> Option<RecoveredRow> {
        let rest = page.get(at..self.layout.usable.min(page.len()))?;
        let payload = self.payload(rest, record_len(rest)?, true)?;
        let id = varint_before(&page[..at]).and_then(|id| i64::try_from(id).ok());
        Some(RecoveredRow { id, values: record(&payload)?, spot, listed: false })
    }

    /// The bytes of a record. Those that do not fit into its page are read from overflow pages.
    fn payload<'p>(&self, rest: &'p [u8], len: usize, table: bool) -> Option<Cow<'p, [u8]>> {
        if len > self.image.file.len() + self.image.log.len() {
            return None;
        }
        let usable = self.layout.usable;
        let (most, least) =
            (if table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 }, (usable - 12) * 32 / 255 - 23);
        if len <= most {
            return Some(Cow::Borrowed(rest.get(..len)?));
        }
        let kept = least + (len - least) % (usable - 4);
        let here = if kept <= most { kept } else { least };
        let mut payload = rest.get(..here)?.to_vec();
        let mut next = number(rest, here)?;
        while payload.len() < len {
            let page = self.numbered(next)?;
            next = number(page, 0)?;
            let part = page.get(4..usable.min(page.len())).filter(|part| !part.is_empty())?;
            payload.extend_from_slice(&part[..part.len().min(len - payload.len())]);
        }
        Some(Cow::Owned(payload))
    }
}
