//! The walk through the headers of a shard. A broken member does not end it, and no header can make
//! it use more memory or time than the file's length allows.

use std::borrow::Cow;
use std::io;

use rustc_hash::{FxBuildHasher, FxHashMap};
use tar::{EntryType, Header};

use super::extension::{PendingExtensions, global_names_members};
use super::header::{checksum_fits, is_surely_header, is_without_content, member_name, other_format, size};
use super::links::{self, Link};
use super::problems::Problems;
use super::window::{PADDED_TO_BYTES, ReadWindow};
use super::{BLOCK, Member, ShardProblem};
use crate::positional_read::ReadAt;
use crate::shown::shown;
use crate::tile_path::TilePath;

/// The largest PAX body or long name that is read, in bytes.
const EXTENSION_UP_TO_BYTES: u64 = 1 << 20;
/// Initial room for members; the published shards hold 200 tiles.
const USUAL_MEMBERS: usize = 224;
/// The bytes that are read after the end mark: at the beginning and at the end of what follows it.
const TAIL_BYTES: (u64, u64) = (1 << 20, 1 << 16);

/// The limits of a walk, for files that are not real shards.
#[derive(Clone, Copy, Debug)]
pub(super) struct WalkLimits {
    /// Members, links included. A member takes about 100 bytes of memory besides its name.
    pub(super) members: usize,
    /// Total bytes of all names.
    pub(super) name_bytes: usize,
    /// Problems that are listed.
    pub(super) problems: usize,
    /// Bytes searched for a header after damaged ones. They are read, so a sparse file could
    /// otherwise keep the walk busy for hours.
    pub(super) searched: u64,
}

/// Two million members are ten thousand published shards in one; with their names they take half a
/// gigabyte of memory.
pub(super) const LIMITS: WalkLimits =
    WalkLimits { members: 2_000_000, name_bytes: 256 << 20, problems: 1000, searched: 1 << 30 };

pub(super) struct Walk<'f> {
    window: ReadWindow<'f>,
    limits: WalkLimits,
    members: FxHashMap<TilePath, Member>,
    name_bytes: usize,
    /// Links to members that had not been seen.
    links: Vec<Link>,
    problems: Problems,
}

impl<'f> Walk<'f> {
    pub(super) fn new(file: &'f dyn ReadAt, len: u64, limits: WalkLimits) -> Self {
        Self {
            window: ReadWindow::new(file, len),
            limits,
            members: FxHashMap::with_capacity_and_hasher(USUAL_MEMBERS, FxBuildHasher),
            name_bytes: 0,
            links: Vec::new(),
            problems: Problems::new(limits.problems),
        }
    }

    /// Walks the shard. Returns the members, the problems, and whether the file was readable to its
    /// end.
    pub(super) fn finish(mut self) -> (FxHashMap<TilePath, Member>, Vec<ShardProblem>, bool) {
        let (mut at, mut pending) = (0, PendingExtensions::default());
        let read = loop {
            match self.step(at, &mut pending) {
                Ok(Some(next)) => at = next,
                Ok(None) => break true,
                Err(error) => {
                    self.unreadable(at, &error);
                    break false;
                }
            }
        };
        if let Some(start) = pending.start.filter(|_| read) {
            self.problems.push(None, format!("the extension header at byte {start} has no member after it"));
        }
        self.resolve_links();
        (self.members, self.problems.finish(), read)
    }

    /// Reads the block at `at`. Returns the offset of the next header, or `None` if there is none.
    fn step(&mut self, at: u64, pending: &mut PendingExtensions) -> io::Result<Option<u64>> {
        let len = self.window.len;
        let block = self.window.get(at, BLOCK as usize)?;
        let whole = block.len() as u64 == BLOCK;
        if whole && block.iter().all(|byte| *byte == 0) {
            self.tail(at)?;
            return Ok(None);
        }
        let header = whole.then(|| Header::from_byte_slice(block).clone());
        if let Some(header) = header.as_ref().filter(|header| checksum_fits(header)) {
            if self.is_full(at) {
                *pending = PendingExtensions::default();
                return Ok(None);
            }
            return self.member(at, header, pending);
        }
        if let Some(other) = Some(block).filter(|_| at == 0).and_then(other_format) {
            self.problems.conclude(other);
            return Ok(None);
        }
        let Some(header) = header else {
            self.problems.conclude(match len {
                0 => "is empty, so not a tar archive; download it again".into(),
                _ => format!(
                    "ends at byte {} without an end-of-archive mark: it may be cut short; compare its size with the original's",
                    at.min(len)
                ),
            });
            return Ok(None);
        };
        *pending = PendingExtensions::default();
        let next = self.next_header(at + BLOCK)?;
        let message = match next {
            Some(next) => format!("no valid tar header at byte {at} (wrong checksum); continued at byte {next}"),
            None => format!("no valid tar header at byte {at} (wrong checksum), and none after it"),
        };
        // Bytes that are not a header hold no name: then the problem is the shard's.
        let name = member_name(&header);
        let readable = !name.is_empty() && !name.chars().any(|c| c.is_control() || c == char::REPLACEMENT_CHARACTER);
        self.problems.push(Some(name.as_str()).filter(|_| readable), message);
        Ok(next)
    }

    /// Returns whether the shard has as many members as are read from one shard, and reports where
    /// the walk ends.
    fn is_full(&mut self, at: u64) -> bool {
        let members = self.members.len() + self.links.len();
        let full = members >= self.limits.members || self.name_bytes >= self.limits.name_bytes;
        if full {
            self.problems.conclude(format!(
                "holds more than one shard can: {members} members are indexed, and nothing from byte {at} on was read; \
                 split it into several shards"
            ));
        }
        full
    }

    /// Reads a header. Returns the offset of the next one, or `None` if the walk cannot continue.
    fn member(&mut self, at: u64, header: &Header, pending: &mut PendingExtensions) -> io::Result<Option<u64>> {
        let kind = header.entry_type();
        let is_extension = matches!(kind.as_byte(), b'x' | b'X' | b'g' | b'L' | b'K');
        let content = if kind.is_gnu_sparse() { self.skip_sparse_map(at, header)? } else { at + BLOCK };
        let pax_size = pending.size.filter(|_| !is_extension);
        let size = match pax_size.map_or_else(|| size(header), Ok) {
            Ok(size) => size,
            Err(problem) => {
                return self.damaged_size(
                    at,
                    content,
                    header,
                    pending,
                    &format!("has {problem} in the header at byte {at}"),
                );
            }
        };
        let fits = content.checked_add(size).is_some_and(|end| end <= self.window.len);
        // The size is then that of the file on disk, and the next header follows immediately.
        let bare = is_without_content(kind)
            && size > 0
            && (!fits || is_surely_header(self.window.get(content, BLOCK as usize)?));
        if !fits && !bare {
            let remaining = self.window.len.saturating_sub(content);
            let problem = format!("claims {size} bytes, but only {remaining} are left in the shard");
            return self.damaged_size(at, content, header, pending, &problem);
        }
        let size = if bare { 0 } else { size };
        let next = (content + size).div_ceil(BLOCK) * BLOCK;
        if is_extension {
            // A global header applies to all later members and belongs to none.
            if !kind.is_pax_global_extensions() {
                pending.start.get_or_insert(at);
            }
            self.extension(content, size, kind, pending)?;
        } else {
            // A member whose padding is cut off cannot be copied as it is.
            let start = if next > self.window.len { content } else { pending.start.unwrap_or(at) };
            let member = Member { start, offset: content, size };
            self.entry(header, member, std::mem::take(pending));
        }
        Ok(Some(next))
    }

    /// Handles a member with an impossible size. It is kept up to the next header or the end of the
    /// shard, so that the tile is shown as cut short, or even whole, rather than as missing.
    fn damaged_size(
        &mut self,
        at: u64,
        content: u64,
        header: &Header,
        pending: &mut PendingExtensions,
        problem: &str,
    ) -> io::Result<Option<u64>> {
        let (kind, mut pending) = (header.entry_type(), std::mem::take(pending));
        let next = self.next_header(at + BLOCK)?;
        let remedy = match next {
            Some(next) => format!("its size is damaged; continued at byte {next}"),
            None => "it is cut short; download it again".into(),
        };
        let name = pending.take_name().unwrap_or_else(|| member_name(header));
        let available = next.unwrap_or(self.window.len).saturating_sub(content);
        if matches!(kind, EntryType::Regular | EntryType::Continuous) && !pending.sparse && available > 0 {
            self.insert(&name, Member { start: content, offset: content, size: available });
        }
        self.problems.push(Some(&name), format!("{problem}: {remedy}"));
        Ok(next)
    }

    /// Adds a member, given its last header.
    fn entry(&mut self, header: &Header, member: Member, mut pending: PendingExtensions) {
        let kind = header.entry_type();
        let pending_name = pending.take_name();
        let own = header.path_bytes();
        // Nearly all names are in the header as they are and need no copy.
        let name = pending_name.map_or_else(|| String::from_utf8_lossy(&own), Cow::Owned);
        let problem = match kind {
            _ if pending.sparse || kind.is_gnu_sparse() => {
                "is a sparse member, not a plain file; write the shard without --sparse".into()
            }
            // Before folders had a type, they had the type of files.
            EntryType::Regular if name.ends_with('/') && member.size == 0 => return,
            EntryType::Regular if name.ends_with('/') => {
                format!("has a folder's name, but {} bytes of content; it is skipped", member.size)
            }
            EntryType::Regular | EntryType::Continuous => return self.insert(&name, member),
            EntryType::Link => {
                let own = || header.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let target = pending.link.or_else(own).unwrap_or_default();
                return self.link(name.into_owned(), target);
            }
            EntryType::Directory => return,
            EntryType::Symlink | EntryType::Char | EntryType::Block | EntryType::Fifo => {
                "is a link or a device, not a file; it is skipped".into()
            }
            _ => match kind.as_byte() {
                // A folder with a list of its names; the label of a tape.
                b'D' | b'V' => return,
                b'M' => "is the rest of a file that begins in another archive; it is skipped".into(),
                byte => format!("is of unknown type `{}`; it is skipped", byte.escape_ascii()),
            },
        };
        self.problems.push(Some(&name), problem);
    }

    /// The offset of the content of an old GNU sparse member: more blocks of its map may come
    /// before it.
    fn skip_sparse_map(&mut self, at: u64, header: &Header) -> io::Result<u64> {
        let mut content = at + BLOCK;
        let mut has_more = header.as_bytes()[482] != 0;
        while has_more {
            let block = self.window.get(content, BLOCK as usize)?;
            has_more = block.get(504).is_some_and(|more| *more != 0);
            content += BLOCK;
        }
        Ok(content)
    }

    fn extension(
        &mut self,
        content: u64,
        size: u64,
        kind: EntryType,
        pending: &mut PendingExtensions,
    ) -> io::Result<()> {
        if size > EXTENSION_UP_TO_BYTES {
            self.problems.push(None, format!("an extension header of {size} bytes at byte {content} is skipped"));
            return Ok(());
        }
        let body = self.window.get(content, size as usize)?;
        if kind.is_gnu_longname() || kind.is_gnu_longlink() {
            let name = PendingExtensions::long_name(body);
            if name.is_none() {
                let message = format!("the long name at byte {content} is empty; the name in the header is used");
                self.problems.push(None, message);
            }
            *(if kind.is_gnu_longname() { &mut pending.path } else { &mut pending.link }) = name;
        } else if !kind.is_pax_global_extensions() {
            for problem in pending.pax(body) {
                self.problems.push(None, format!("the PAX header at byte {content} {problem}"));
            }
        } else if global_names_members(body) {
            let message =
                format!("the global PAX header at byte {content} gives all members one name or size; it is ignored");
            self.problems.push(None, message);
        }
        Ok(())
    }

    fn insert(&mut self, name: &str, member: Member) {
        let normal = TilePath::normal(name);
        // Most normal forms are a part of the name: then no part of it leads out of the archive.
        let plain = matches!(normal, Cow::Borrowed(_)) && !name.starts_with('/');
        let path = TilePath::from_normal(&normal);
        if path.as_str().is_empty() {
            return self.problems.push(Some(name), "has a name that no tile can have; it is skipped".into());
        }
        if let Some(reason) = Some(name).filter(|_| !plain).and_then(escape_reason) {
            self.problems.push(Some(name), format!("{reason}; it is read as {}", shown(path.as_str())));
        }
        let len = path.as_str().len();
        if self.members.insert(path, member).is_some() {
            self.problems.push(Some(name), "occurs more than once in the shard; the last one counts".into());
        } else {
            self.name_bytes += len;
        }
    }

    /// Adds a hard link, which is another name for a member. Python's `tarfile` writes one if the
    /// files on disk were linked.
    fn link(&mut self, name: String, target: String) {
        match self.members.get(&TilePath::new(&target)).copied() {
            // The header there has the other name.
            Some(member) => self.insert(&name, Member { start: member.offset, ..member }),
            None => {
                self.name_bytes += name.len() + target.len();
                self.links.push(Link { name, target });
            }
        }
    }

    fn resolve_links(&mut self) {
        let (found, lost) = links::in_order(std::mem::take(&mut self.links), |path| self.members.contains_key(path));
        for link in found {
            self.link(link.name, link.target);
        }
        for Link { name, target } in lost.into_iter().chain(std::mem::take(&mut self.links)) {
            let message = format!("is a hard link to {}, which the shard does not hold", shown(&target));
            self.problems.push(Some(&name), message);
        }
    }

    /// Checks the bytes after the end mark at `at`: usually the padding that tar adds, which was
    /// read together with the mark.
    fn tail(&mut self, at: u64) -> io::Result<()> {
        let len = self.window.len;
        let (from_begin, from_end) = TAIL_BYTES;
        let near = self.window.get(at, PADDED_TO_BYTES)?;
        let mut found = near.iter().position(|byte| *byte != 0).map(|first| at + first as u64);
        let mut from = at + near.len() as u64;
        while found.is_none() && from < len {
            if from - at >= from_begin {
                from = from.max(len.saturating_sub(from_end));
            }
            let bytes = self.window.stretch(from)?;
            found = bytes.iter().position(|byte| *byte != 0).map(|first| from + first as u64);
            from += bytes.len() as u64;
        }
        let Some(found) = found else { return Ok(()) };
        let block = found / BLOCK * BLOCK;
        self.problems.conclude(if is_surely_header(self.window.get(block, BLOCK as usize)?) {
            format!(
                "has another archive after its end, from byte {block} on, which is skipped; make it a separate shard"
            )
        } else {
            let count = len - found;
            format!("has {count} bytes after the end of the archive, from byte {found} on; they are ignored")
        });
        Ok(())
    }

    /// The offset of the next block, from `from` on, that is certainly a header.
    fn next_header(&mut self, from: u64) -> io::Result<Option<u64>> {
        let mut at = from;
        while at + BLOCK <= self.window.len {
            if self.limits.searched == 0 {
                self.problems.conclude(format!(
                    "has so much between its headers that the search for more stopped at byte {at}; download it again"
                ));
                return Ok(None);
            }
            let mut searched = 0;
            for block in self.window.stretch(at)?.chunks_exact(BLOCK as usize) {
                if is_surely_header(block) {
                    return Ok(Some(at + searched));
                }
                searched += BLOCK;
            }
            at += searched;
            self.limits.searched = self.limits.searched.saturating_sub(searched);
        }
        Ok(None)
    }

    fn unreadable(&mut self, at: u64, error: &io::Error) {
        let message = match error.kind() {
            io::ErrorKind::UnexpectedEof => format!(
                "became shorter than {} bytes while it was read, at byte {at}; open the dataset again when it is complete",
                self.window.len
            ),
            _ => format!("cannot be read at byte {at}: {error}; the members before it are used"),
        };
        self.problems.conclude(message);
    }
}

/// The way a name leads out of the archive, if it does.
fn escape_reason(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    let relative = bytes.strip_prefix(b"images/").unwrap_or(bytes);
    if matches!(bytes, [b'/' | b'\\', ..]) || matches!(relative, [drive, b':', ..] if drive.is_ascii_alphabetic()) {
        return Some("has an absolute name");
    }
    // Most names have no such part.
    if !name.contains("..") {
        return None;
    }
    let mut depth = 0_usize;
    for part in name.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return Some("has a name that leads out of the archive"),
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    None
}
