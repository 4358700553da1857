//! A damaged SQLite file, page by page: every table row that can still be read, whatever leads to it.
//!
//! Trees, indexes and the list of tables are not asked: a row counts where its page tells of it. That finds rows that SQLite
//! cannot reach any more, older versions of them, and ones of pages that are no longer in use. The file is only read.
//! Formats: SQLite "Database File Format", 1.3 (header), 1.5 and 1.6 (pages, cells), 2.1 (records), 4.1 (write-ahead log).

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::look::beside;

const FILE_HEADER: usize = 100;
const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
/// What kind a page is of that holds rows of a table.
const TABLE_LEAF: u8 = 0x0d;
/// What SQLite makes since 2016, and what is assumed where the header is lost.
const USUAL_PAGE: usize = 4096;
/// No note is this long: a longer value is damage.
const VALUE_UP_TO_BYTES: u64 = 64 << 20;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Text(String),
    /// A float or a blob: none of our columns has one.
    Other,
}

/// One row of some table.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) values: Vec<Value>,
}

/// What was read of a file.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) rows: Vec<Row>,
    /// Rows that are there in part only.
    pub(super) broken: usize,
}

/// Reads every row of a file and of the write-ahead log beside it. Takes memory for all of them.
pub(super) fn read(path: &Path) -> io::Result<Found> {
    let mut pages = Pages::open(path)?;
    let mut found = Found::default();
    for place in pages.places() {
        if let Some(page) = pages.at(place) {
            let header = if place == (Place { log: false, offset: 0 }) { FILE_HEADER } else { 0 };
            pages.rows_of(&page, header, &mut found);
        }
    }
    Ok(found)
}

/// Where a page lies.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    log: bool,
    offset: u64,
}

struct Pages {
    file: File,
    file_len: u64,
    log: Option<File>,
    /// Bytes of a page, and of it what rows may take.
    size: usize,
    usable: usize,
    /// Where the log has pages, and where its last version of each lies.
    frames: Vec<u64>,
    newest: HashMap<u32, u64>,
}

impl Pages {
    fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let file_len = file.metadata()?.len();
        let mut header = Vec::new();
        (&mut file).take(FILE_HEADER as u64).read_to_end(&mut header)?;
        let mut log = File::open(beside(path, "-wal")).ok();
        let mut log_header = Vec::new();
        if let Some(log) = &mut log {
            log.take(LOG_HEADER).read_to_end(&mut log_header)?;
        }
        // A header that has lost its first word is believed in nothing else.
        let header = if header.starts_with(b"SQLite") { header.as_slice() } else { &[] };
        let in_header = header.get(16..18).map(|bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
        let in_header = in_header.map(|size| if size == 1 { 65_536 } else { size });
        let in_log = number(&log_header, 8).map(|size| size as usize);
        let is_size = |size: &usize| size.is_power_of_two() && (512..=65_536).contains(size);
        let size = in_header.filter(is_size).or(in_log.filter(is_size)).unwrap_or(USUAL_PAGE);
        let reserved = header.get(20).map_or(0, |reserved| usize::from(*reserved)).min(32);
        let mut pages =
            Self { file, file_len, log, size, usable: size - reserved, frames: Vec::new(), newest: HashMap::new() };
        pages.read_frames(&log_header);
        Ok(pages)
    }

    /// Frames that belong to the log's present round: those of earlier ones are in the file already.
    fn read_frames(&mut self, log_header: &[u8]) {
        let Some(log) = &mut self.log else { return };
        let Some(salt) = log_header.get(16..24) else { return };
        let mut at = LOG_HEADER;
        let mut header = [0; FRAME_HEADER as usize];
        while log.seek(SeekFrom::Start(at)).is_ok() && log.read_exact(&mut header).is_ok() {
            let content = at + FRAME_HEADER;
            if header[8..16] == *salt
                && let Some(page) = number(&header, 0)
            {
                self.frames.push(content);
                self.newest.insert(page, content);
            }
            at = content + self.size as u64;
        }
    }

    /// The newest come first.
    fn places(&self) -> Vec<Place> {
        let in_log = self.frames.iter().rev().map(|offset| Place { log: true, offset: *offset });
        let in_file = (0..self.file_len.div_ceil(self.size as u64))
            .map(|page| Place { log: false, offset: page * self.size as u64 });
        in_log.chain(in_file).collect()
    }

    /// A page, filled up with zeros where the file ends or cannot be read.
    fn at(&mut self, place: Place) -> Option<Vec<u8>> {
        let file = if place.log { self.log.as_mut()? } else { &mut self.file };
        file.seek(SeekFrom::Start(place.offset)).ok()?;
        let mut page = Vec::with_capacity(self.size);
        let _ = file.take(self.size as u64).read_to_end(&mut page);
        page.resize(self.size, 0);
        Some(page)
    }

    /// The newest version of a page, by its number from 1 on.
    fn numbered(&mut self, page: u32) -> Option<Vec<u8>> {
        if let Some(offset) = self.newest.get(&page) {
            return self.at(Place { log: true, offset: *offset });
        }
        let offset = u64::from(page.checked_sub(1)?) * self.size as u64;
        (offset < self.file_len).then(|| self.at(Place { log: false, offset }))?
    }

    fn rows_of(&mut self, page: &[u8], header: usize, found: &mut Found) {
        if page.get(header) != Some(&TABLE_LEAF) {
            return;
        }
        let short =
            |at: usize| page.get(at..at + 2).map_or(0, |bytes| usize::from(u16::from_be_bytes([bytes[0], bytes[1]])));
        // Three bytes are the least that a row takes beside its pointer.
        let cells = short(header + 3).min(self.size / 5);
        for cell in 0..cells {
            let at = short(header + 8 + 2 * cell);
            match self.cell(page, at) {
                Some(row) => found.rows.push(row),
                None => found.broken += 1,
            }
        }
    }

    fn cell(&mut self, page: &[u8], at: usize) -> Option<Row> {
        let mut rest = page.get(at..self.usable)?;
        let len = varint(&mut rest)?;
        let id = varint(&mut rest)? as i64;
        if len > VALUE_UP_TO_BYTES {
            return None;
        }
        let len = len as usize;
        let (most, least) = (self.usable - 35, (self.usable - 12) * 32 / 255 - 23);
        if len <= most {
            return Some(Row { id, values: record(rest.get(..len)?)? });
        }
        let kept = least + (len - least) % (self.usable - 4);
        let here = if kept <= most { kept } else { least };
        let mut payload = rest.get(..here)?.to_vec();
        let mut next = number(rest, here)?;
        while payload.len() < len {
            let page = self.numbered(next)?;
            next = number(&page, 0)?;
            let part = page.get(4..self.usable)?;
            payload.extend_from_slice(&part[..part.len().min(len - payload.len())]);
        }
        Some(Row { id, values: record(&payload)? })
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Takes a number of one to nine bytes off the front.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for taken in 0..9 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        if taken == 8 {
            return Some(value << 8 | u64::from(*byte));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The values of a record; `None` where its parts do not fit together.
fn record(payload: &[u8]) -> Option<Vec<Value>> {
    let mut rest = payload;
    let header = usize::try_from(varint(&mut rest)?).ok()?;
    let mut kinds = payload.get(payload.len() - rest.len()..header)?;
    let mut body = payload.get(header..)?;
    let mut values = Vec::new();
    while !kinds.is_empty() {
        let kind = varint(&mut kinds)?;
        let len = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            12.. => (kind - 12) / 2,
            _ => return None,
        };
        let (bytes, behind) = body.split_at_checked(usize::try_from(len).ok()?)?;
        body = behind;
        values.push(match kind {
            0 => Value::Null,
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => {
                let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
                Value::Integer(
                    bytes.iter().fold(if negative { -1 } else { 0 }, |sum, byte| sum << 8 | i64::from(*byte)),
                )
            }
            kind if kind % 2 == 1 && kind > 12 => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
            _ => Value::Other,
        });
    }
    body.is_empty().then_some(values)
}
