//! One tar shard: which members it holds and where their bytes lie, found by reading headers alone.
//!
//! Positional reads only: no shared cursor, no lock, nothing unpacked. Header fields are parsed by the `tar` crate; the
//! walk is ours, because a broken member must not end it. Formats: POSIX.1-1988 ustar (with its name prefix),
//! POSIX.1-2001 PAX (`path`, `size`), GNU long names. A header whose checksum is wrong is reported, and the walk goes
//! on at the next block that is a header.

use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::{FxBuildHasher, FxHashMap};
use tar::{EntryType, Header};

use crate::tile_path::TilePath;

const BLOCK: u64 = 512;
/// A member of the published sets is a PAX header, its body and the header proper: one read takes all three.
const WINDOW_BYTES: usize = 3 * BLOCK as usize;
/// PAX bodies and long names past this are no names.
const EXTENSION_UP_TO_BYTES: u64 = 1 << 20;
/// The published shards hold 200 tiles.
const USUAL_MEMBERS: usize = 224;
/// Read size while looking for the next header behind a broken one.
const SEARCH_BYTES: usize = 1 << 16;

/// Where a member's bytes lie in its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Byte offset of the first header that belongs to it, extension headers included. The same as `offset` where no header
    /// fits what is there: another name of a hard link, or a member that is cut short.
    pub start: u64,
    /// Byte offset of the first content byte.
    pub offset: u64,
    /// Content length in bytes.
    pub size: u64,
}

impl Member {
    /// Headers, content and padding as they can be moved to another archive; `None` where the member needs a new header.
    pub fn record(self) -> Option<Range<u64>> {
        let end = self.offset.checked_add(self.size)?.checked_next_multiple_of(BLOCK)?;
        (self.start < self.offset).then_some(self.start..end)
    }
}

/// Something wrong with a shard or one of its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardProblem {
    /// The member, where one can be named; else it is the shard as a whole.
    pub member: Option<String>,
    /// What was found at which byte, and what it means.
    pub message: String,
}

/// The members of one shard, by normal form of their names.
#[derive(Debug)]
pub struct ShardIndex {
    members: FxHashMap<TilePath, Member>,
    /// What was wrong on the way.
    pub problems: Vec<ShardProblem>,
    pub(crate) stamp: Stamp,
}

/// Tells whether a file is still the one that was indexed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) len: u64,
    /// When its content was written last, in nanoseconds from 1970 on; 0 where the system does not tell.
    pub(crate) modified: i64,
    /// When anything of it changed last, its age as it is told among that: nobody can set it back. 0 where the system has no
    /// such time.
    pub(crate) changed: i64,
}

impl Stamp {
    pub(crate) fn of(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            meta.ctime().saturating_mul(1_000_000_000).saturating_add(meta.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = 0;
        Self { len: meta.len(), modified: meta.modified().map_or(0, nanos), changed }
    }
}

/// In nanoseconds from 1970 on.
pub(crate) fn nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).map(|since| since.as_nanos());
    since.ok().and_then(|nanos| i64::try_from(nanos).ok()).unwrap_or(0)
}

impl ShardIndex {
    /// An index that was made before.
    pub(crate) fn of(members: FxHashMap<TilePath, Member>, problems: Vec<ShardProblem>, stamp: Stamp) -> Self {
        Self { members, problems, stamp }
    }

    /// Walks the headers of a tar file.
    ///
    /// # Errors
    /// When the file cannot be opened or read. A damaged archive is no error: what was found before and behind the
    /// damage is indexed, and [`Self::problems`] tells of it.
    pub fn scan(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let stamp = Stamp::of(&file.metadata()?);
        let mut walk = Walk {
            window: Window { file: &file, start: 0, bytes: Vec::with_capacity(WINDOW_BYTES), len: stamp.len },
            members: FxHashMap::with_capacity_and_hasher(USUAL_MEMBERS, FxBuildHasher),
            links: Vec::new(),
            problems: Vec::new(),
        };
        walk.run()?;
        walk.resolve_links();
        Ok(Self { members: walk.members, problems: walk.problems, stamp })
    }

    /// The member of that name.
    pub fn get(&self, path: &TilePath) -> Option<Member> {
        self.members.get(path).copied()
    }

    /// The members' names, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &TilePath> {
        self.members.keys()
    }

    /// The members with their names, in no order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (&TilePath, &Member)> {
        self.members.iter()
    }

    /// How many tiles the shard holds.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Holds it none?
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Opens the shard, for positional reads of what was indexed.
    ///
    /// # Errors
    /// When the file cannot be opened, or is no longer the one that was indexed.
    pub fn open(&self, path: &Path) -> io::Result<File> {
        let file = File::open(path)?;
        if Stamp::of(&file.metadata()?) != self.stamp {
            return Err(io::Error::other("the shard changed since it was indexed; open the dataset again"));
        }
        Ok(file)
    }

    /// Reads a member's bytes into `into`, replacing what it held.
    ///
    /// # Errors
    /// When the file cannot be read, or is no longer the one that was indexed.
    pub fn read(&self, path: &Path, member: Member, into: &mut Vec<u8>) -> io::Result<()> {
        let file = self.open(path)?;
        // What it held need not be wiped first.
        into.resize(usize::try_from(member.size).map_err(io::Error::other)?, 0);
        read_exact_at(&file, into, member.offset)
    }
}

/// Names and sizes that extension headers give to the member that follows.
#[derive(Default)]
struct Pending {
    /// Where the first of them begins.
    start: Option<u64>,
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
}

struct Walk<'f> {
    window: Window<'f>,
    members: FxHashMap<TilePath, Member>,
    links: Vec<(String, String)>,
    problems: Vec<ShardProblem>,
}

impl Walk<'_> {
    fn run(&mut self) -> io::Result<()> {
        if self.window.len == 0 {
            self.shard_problem("is empty: no tar archive; download it again".into());
            return Ok(());
        }
        if self.window.get(0, 2)? == [0x1f, 0x8b] {
            self.shard_problem("is gzip-compressed; tiles are read in place, so decompress it to a plain .tar".into());
            return Ok(());
        }
        let mut at = 0;
        let mut pending = Pending::default();
        loop {
            let block = self.window.get(at, BLOCK as usize)?;
            if (block.len() as u64) < BLOCK {
                let message = format!(
                    "ends at byte {at} without an end-of-archive mark: it may be cut short; compare its size with the original's"
                );
                self.shard_problem(message);
                return Ok(());
            }
            if block.iter().all(|byte| *byte == 0) {
                return Ok(());
            }
            let header = Header::from_byte_slice(block).clone();
            if !checksum_fits(&header) {
                let next = self.next_header(at + BLOCK)?;
                let message = match next {
                    Some(next) => format!("no valid tar header at byte {at} (wrong checksum); went on at byte {next}"),
                    None => format!("no valid tar header at byte {at} (wrong checksum), and none behind it"),
                };
                // Of bytes that are no header the name is none either: then it is the shard that is broken.
                let name = member_name(&header);
                let readable =
                    !name.is_empty() && !name.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
                self.problem(Some(name).filter(|_| readable), message);
                pending = Pending::default();
                match next {
                    Some(next) => at = next,
                    None => return Ok(()),
                }
                continue;
            }
            match self.member(at, &header, &mut pending)? {
                Some(next) => at = next,
                None => return Ok(()),
            }
        }
    }

    /// Takes in one header; returns where the next one is, or `None` when the walk cannot go on.
    fn member(&mut self, at: u64, header: &Header, pending: &mut Pending) -> io::Result<Option<u64>> {
        let content = at + BLOCK;
        let kind = header.entry_type();
        let own_size = match header.entry_size() {
            Ok(size) => size,
            Err(error) => {
                self.problem(Some(member_name(header)), format!("unreadable size in the header at byte {at}: {error}"));
                return self.next_header(content);
            }
        };
        let is_extension = kind.is_pax_local_extensions()
            || kind.is_pax_global_extensions()
            || kind.is_gnu_longname()
            || kind.is_gnu_longlink();
        let size = if is_extension { own_size } else { pending.size.unwrap_or(own_size) };
        let end = content.checked_add(size).filter(|end| *end <= self.window.len);
        let Some(end) = end else {
            let name = pending.path.take().unwrap_or_else(|| member_name(header));
            let there = self.window.len.saturating_sub(content);
            let message = format!(
                "says {size} bytes, but only {there} are left in the shard: it is cut short; download it again"
            );
            // Kept as far as it goes: then the tile is shown as cut short rather than as missing.
            if kind.is_file() && there > 0 {
                self.insert(&name, Member { start: content, offset: content, size: there });
            }
            self.problem(Some(name), message);
            return Ok(None);
        };
        let next = end.div_ceil(BLOCK) * BLOCK;
        if is_extension {
            // A global header speaks of all members behind it and belongs to none.
            if !kind.is_pax_global_extensions() {
                pending.start.get_or_insert(at);
            }
            self.extension(content, size, kind, pending)?;
            return Ok(Some(next));
        }
        let start = pending.start.unwrap_or(at);
        let given = pending.path.take();
        let link = pending.link.take();
        *pending = Pending::default();
        if matches!(kind, EntryType::Regular | EntryType::Continuous) {
            // Nearly all are such, and nearly all names stand in the header as they are: no copy is made of them.
            let own = header.path_bytes();
            let own = || String::from_utf8_lossy(&own);
            self.insert(&given.map_or_else(own, Cow::Owned), Member { start, offset: content, size });
            return Ok(Some(next));
        }
        let name = given.unwrap_or_else(|| member_name(header));
        match kind {
            EntryType::Link => {
                let own = || header.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                self.links.push((name, link.or_else(own).unwrap_or_default()));
            }
            EntryType::Directory => {}
            EntryType::GNUSparse => {
                self.problem(
                    Some(name),
                    "is a sparse member, which holds no plain file; write the shard without --sparse".into(),
                );
            }
            EntryType::Symlink | EntryType::Char | EntryType::Block | EntryType::Fifo => {
                self.problem(Some(name), "is a link or a device, not a file; it is passed over".into());
            }
            _ => self
                .problem(Some(name), format!("is of unknown type {:?}; it is passed over", char::from(kind.as_byte()))),
        }
        Ok(Some(next))
    }

    fn extension(&mut self, content: u64, size: u64, kind: EntryType, pending: &mut Pending) -> io::Result<()> {
        if size > EXTENSION_UP_TO_BYTES {
            self.shard_problem(format!("an extension header of {size} bytes at byte {content} is passed over"));
            return Ok(());
        }
        let body = self.window.get(content, size as usize)?;
        if kind.is_gnu_longname() || kind.is_gnu_longlink() {
            let end = body.iter().position(|byte| *byte == 0).unwrap_or(body.len());
            let name = Some(String::from_utf8_lossy(&body[..end]).into_owned());
            if kind.is_gnu_longname() { pending.path = name } else { pending.link = name }
        } else if kind.is_pax_local_extensions() {
            let whole = pax_records(body, |key, value| {
                let text = || String::from_utf8_lossy(value).into_owned();
                match key {
                    b"path" => pending.path = Some(text()),
                    b"linkpath" => pending.link = Some(text()),
                    b"size" => pending.size = text().parse().ok(),
                    _ => {}
                }
            });
            if !whole {
                self.shard_problem(format!(
                    "the PAX header at byte {content} is damaged; what could be read of it counts"
                ));
            }
        }
        Ok(())
    }

    fn insert(&mut self, name: &str, member: Member) {
        if self.members.insert(TilePath::new(name), member).is_some() {
            self.problem(Some(name.to_owned()), "stands in the shard more than once; the last one counts".into());
        }
    }

    /// A hard link is another name for a member; Python's `tarfile` writes them where the files on disk were linked.
    fn resolve_links(&mut self) {
        for (name, target) in std::mem::take(&mut self.links) {
            match self.members.get(&TilePath::new(&target)).copied() {
                // The header there has the other name.
                Some(member) => self.insert(&name, Member { start: member.offset, ..member }),
                None => self.problem(Some(name), format!("is a hard link to {target}, which the shard does not hold")),
            }
        }
    }

    /// The next block from `from` on that is a header beyond doubt: ustar magic and a fitting checksum.
    fn next_header(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at + BLOCK <= self.window.len {
            let bytes = self.window.fresh(at, SEARCH_BYTES)?;
            let blocks = bytes.chunks_exact(BLOCK as usize);
            if blocks.len() == 0 {
                break;
            }
            for block in blocks {
                if block[257..262] == *b"ustar" && checksum_fits(Header::from_byte_slice(block)) {
                    return Ok(Some(at));
                }
                at += BLOCK;
            }
        }
        Ok(None)
    }

    fn problem(&mut self, member: Option<String>, message: String) {
        self.problems.push(ShardProblem { member, message });
    }

    fn shard_problem(&mut self, message: String) {
        self.problem(None, message);
    }
}

/// The name as the header block has it, ustar prefix included.
fn member_name(header: &Header) -> String {
    String::from_utf8_lossy(&header.path_bytes()).into_owned()
}

/// Gives each record of a PAX body to `take`: `LENGTH KEY=VALUE` and a newline, where the length counts all of it (POSIX
/// `pax`, "pax Extended Header"). By length, not by line: values may hold newlines. False where a record is damaged.
fn pax_records(mut body: &[u8], mut take: impl FnMut(&[u8], &[u8])) -> bool {
    while !body.is_empty() && body[0] != 0 {
        let Some(space) = body.iter().take(20).position(|byte| *byte == b' ') else { return false };
        let len = std::str::from_utf8(&body[..space]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let Some(record) = len.and_then(|len| body.get(space + 1..len)) else { return false };
        let Some((b'\n', record)) = record.split_last() else { return false };
        let Some(equals) = record.iter().position(|byte| *byte == b'=') else { return false };
        take(&record[..equals], &record[equals + 1..]);
        body = &body[space + 1 + record.len() + 1..];
    }
    true
}

/// Sums the block with its checksum field read as spaces (POSIX `pax`, "ustar Interchange Format"). Some old writers
/// summed signed bytes.
fn checksum_fits(header: &Header) -> bool {
    let Ok(stored) = header.cksum() else { return false };
    let block = header.as_bytes();
    let field = &block[148..156];
    let unsigned = |bytes: &[u8]| bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let spaces = 8 * u32::from(b' ');
    if stored == unsigned(block) - unsigned(field) + spaces {
        return true;
    }
    let signed = |bytes: &[u8]| bytes.iter().map(|byte| i64::from(*byte as i8)).sum::<i64>();
    i64::from(stored) == signed(block) - signed(field) + i64::from(spaces)
}

/// A few bytes of the file, read ahead by one positional read.
struct Window<'f> {
    file: &'f File,
    start: u64,
    bytes: Vec<u8>,
    len: u64,
}

impl Window<'_> {
    /// Bytes from `at` on; fewer than `count` only at the end of the file.
    fn get(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let count = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        let held_to = self.start + self.bytes.len() as u64;
        if at < self.start || at + count as u64 > held_to {
            return Ok(&self.fresh(at, WINDOW_BYTES.max(count))?[..count]);
        }
        let from = (at - self.start) as usize;
        Ok(&self.bytes[from..from + count])
    }

    /// Reads the window anew at `at`, up to `count` bytes.
    fn fresh(&mut self, at: u64, count: usize) -> io::Result<&[u8]> {
        let count = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX).min(count);
        self.bytes.resize(count, 0);
        self.start = at;
        read_exact_at(self.file, &mut self.bytes, at)?;
        Ok(&self.bytes)
    }
}

/// Fills `into` from a byte offset without moving any cursor.
#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

/// Fills `into` from a byte offset; other threads have handles of their own, so the cursor is nobody else's.
#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut into: &mut [u8], mut at: u64) -> io::Result<()> {
    while !into.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, into, at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                into = &mut into[read..];
                at += read as u64;
            }
        }
    }
    Ok(())
}
