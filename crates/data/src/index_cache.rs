//! Shard indexes kept from one run to the next, in one file that can be deleted at any time.
//!
//! An index is used only if its shard still has the same length and times as when it was made, and
//! if its own bytes are undamaged; otherwise the shard is walked again. A cache that cannot be read
//! or written costs only time.
//!
//! Layout, with little-endian numbers: [`MAGIC`]; the number of shards and the length of their list
//! in bytes (u32 each); the list; its CRC-32; the indexes as in `index_bytes`. For each shard, the
//! list has its name (a text), its length (u64), when its content and when its state changed (i64
//! each, in nanoseconds), and the offset of its index after the list (u64), with length and CRC-32
//! (u32 each).

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use crate::file_stamp::FileStamp;
use crate::index_bytes::{BytesReader, put_index, put_text, read_index};
use crate::positional_read::ReadAt as _;
use crate::shard::ShardIndex;

/// The last byte is the version of the layout and of the rules that make an index.
const MAGIC: [u8; 8] = *b"TJSHARD\x02";
const HEAD_BYTES: usize = MAGIC.len() + 8;
/// A longer list was not written by this program.
const LIST_UP_TO_BYTES: usize = 256 << 20;
/// Indexes past this size in total are left out. A hundred thousand published shards need less, and
/// a single larger index belongs to no usual shard.
const INDEXES_UP_TO_BYTES: usize = 1 << 30;
/// A shard that changed this shortly before it was read may change again without a newer time.
const SETTLED_AFTER_NANOS: i64 = 3_000_000_000;

/// An opened cache file.
#[derive(Debug)]
pub(crate) struct IndexCache {
    file: File,
    shards: HashMap<String, ShardRecord>,
}

#[derive(Debug)]
struct ShardRecord {
    stamp: FileStamp,
    offset: u64,
    len: u32,
    crc: u32,
}

impl IndexCache {
    /// Opens the file and reads its list; `None` if it is missing or unusable.
    pub(crate) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut head = [0; HEAD_BYTES];
        file.read_exact_at(&mut head, 0).ok()?;
        let mut numbers = BytesReader::new(head.strip_prefix(&MAGIC)?);
        let (count, len) = (numbers.u32(), numbers.u32() as usize);
        let mut list = vec![0; Some(len).filter(|len| *len <= LIST_UP_TO_BYTES)? + 4];
        file.read_exact_at(&mut list, HEAD_BYTES as u64).ok()?;
        let crc = list.split_off(len);
        if crc32fast::hash(&list).to_le_bytes() != *crc {
            return None;
        }
        let indexes = (HEAD_BYTES + len + 4) as u64;
        let mut list = BytesReader::new(&list);
        let shards = (0..count).map_while(|_| {
            let name = list.text().to_owned();
            let stamp = FileStamp { len: list.u64(), modified: list.i64(), changed: list.i64() };
            let record =
                ShardRecord { stamp, offset: indexes.checked_add(list.u64())?, len: list.u32(), crc: list.u32() };
            list.whole.then_some((name, record))
        });
        let shards = shards.collect();
        list.whole.then_some(Self { file, shards })
    }

    /// The index of a shard, if one is stored for the shard in its present state.
    pub(crate) fn index(&self, name: &str, now: FileStamp) -> Option<ShardIndex> {
        let record = self.shards.get(name).filter(|record| record.stamp == now)?;
        let mut bytes = vec![0; record.len as usize];
        self.file.read_exact_at(&mut bytes, record.offset).ok()?;
        (crc32fast::hash(&bytes) == record.crc).then(|| read_index(&bytes, now)).flatten()
    }
}

/// Writes indexes with their shards' names. The file gets its name last, so that a reader has
/// either the old file or the new one. Shards that changed just before `now`, in nanoseconds since
/// 1970, are left out.
///
/// # Errors
/// If the folder or the file cannot be created or written.
pub(crate) fn write<'s>(
    path: &Path,
    now: i64,
    indexes: impl Iterator<Item = (String, &'s ShardIndex)>,
) -> io::Result<()> {
    let settled = |stamp: FileStamp| stamp.modified.max(stamp.changed) <= now - SETTLED_AFTER_NANOS;
    let (mut list, mut bodies, mut count) = (Vec::new(), Vec::new(), 0_u32);
    for (name, index) in indexes.filter(|(_, index)| index.whole && settled(index.stamp)) {
        let from = bodies.len();
        put_index(&mut bodies, index);
        if bodies.len() > INDEXES_UP_TO_BYTES {
            bodies.truncate(from);
            continue;
        }
        let body = &bodies[from..];
        put_text(&mut list, &name);
        list.extend(index.stamp.len.to_le_bytes());
        list.extend(index.stamp.modified.to_le_bytes());
        list.extend(index.stamp.changed.to_le_bytes());
        list.extend((from as u64).to_le_bytes());
        list.extend((body.len() as u32).to_le_bytes());
        list.extend(crc32fast::hash(body).to_le_bytes());
        count += 1;
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut own = path.as_os_str().to_owned();
    own.push(format!(".{}", std::process::id()));
    let written = File::create(&own).and_then(|mut file| {
        let numbers = [count.to_le_bytes(), (list.len() as u32).to_le_bytes()].concat();
        for part in [&MAGIC[..], &numbers, &list, &crc32fast::hash(&list).to_le_bytes(), &bodies] {
            file.write_all(part)?;
        }
        Ok(())
    });
    written.and_then(|()| fs::rename(&own, path)).inspect_err(|_| {
        let _ = fs::remove_file(&own);
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;
    use crate::tile_path::TilePath;

    /// A shard with a tile, a duplicate of it and no end mark; its index; and a path for the cache.
    fn shard(dir: &Path) -> (std::path::PathBuf, ShardIndex, std::path::PathBuf) {
        let path = dir.join("shard_000.tar");
        let mut tar = tar::Builder::new(Vec::new());
        for content in ["one", "two"] {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, "shard_000/a.png", content.as_bytes()).unwrap();
        }
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        tar.append_data(&mut header, "images/images/b.png", &[][..]).unwrap();
        let mut bytes = tar.into_inner().unwrap();
        bytes.truncate(bytes.len() - 1024);
        fs::write(&path, bytes).unwrap();
        let index = ShardIndex::scan(&path).unwrap();
        (path, index, dir.join("cache/set.shards"))
    }

    const NAME: &str = "shard_000.tar";
    /// A time long after everything was written.
    const LATER: i64 = i64::MAX;

    fn remember(file: &Path, index: &ShardIndex) {
        write(file, LATER, [(NAME.to_owned(), index)].into_iter()).unwrap();
    }

    #[test]
    fn restores_a_stored_index() {
        let dir = tempfile::tempdir().unwrap();
        let (_, index, file) = shard(dir.path());
        assert_eq!(index.problems.len(), 2, "{:?}", index.problems);
        remember(&file, &index);
        let cache = IndexCache::open(&file).unwrap();
        let restored = cache.index(NAME, index.stamp).unwrap();
        for name in ["shard_000/a.png", "images/images/b.png"] {
            let path = TilePath::new(name);
            assert!(index.get(&path).is_some());
            assert_eq!((restored.len(), restored.get(&path)), (2, index.get(&path)), "{name}");
        }
        assert_eq!(restored.problems, index.problems);
        assert!(cache.index("shard_001.tar", index.stamp).is_none());
        let names: Vec<_> =
            file.parent().unwrap().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["set.shards"], "no other file remains");
    }

    #[test]
    fn ignores_the_index_of_a_changed_shard() {
        let dir = tempfile::tempdir().unwrap();
        let (_, index, file) = shard(dir.path());
        remember(&file, &index);
        let cache = IndexCache::open(&file).unwrap();
        let FileStamp { len, modified, changed } = index.stamp;
        for other in [
            FileStamp { len: len + 512, ..index.stamp },
            FileStamp { modified: modified + 1, ..index.stamp },
            FileStamp { changed: changed + 1, ..index.stamp },
        ] {
            assert!(cache.index(NAME, other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn leaves_out_a_shard_not_read_to_its_end() {
        let dir = tempfile::tempdir().unwrap();
        let (_, mut index, file) = shard(dir.path());
        for whole in [false, true] {
            index.whole = whole;
            remember(&file, &index);
            assert_eq!(IndexCache::open(&file).unwrap().index(NAME, index.stamp).is_some(), whole);
        }
    }

    #[test]
    fn leaves_out_a_shard_written_just_before() {
        let dir = tempfile::tempdir().unwrap();
        let (_, index, file) = shard(dir.path());
        let unsettled = index.stamp.modified.max(index.stamp.changed) + SETTLED_AFTER_NANOS - 1;
        for (now, remembers) in [(unsettled, false), (unsettled + 1, true)] {
            write(&file, now, [(NAME.to_owned(), &index)].into_iter()).unwrap();
            let cache = IndexCache::open(&file).unwrap();
            assert_eq!(cache.index(NAME, index.stamp).is_some(), remembers);
        }
    }

    #[test]
    fn returns_nothing_from_a_damaged_file() {
        let dir = tempfile::tempdir().unwrap();
        let (_, index, file) = shard(dir.path());
        remember(&file, &index);
        let whole = fs::read(&file).unwrap();
        let read_back = || IndexCache::open(&file).and_then(|cache| cache.index(NAME, index.stamp));
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&file, bytes).unwrap();
            assert!(read_back().is_none(), "byte {at}");
            fs::write(&file, &whole[..at]).unwrap();
            assert!(read_back().is_none(), "cut at {at}");
        }
        fs::write(&file, &whole).unwrap();
        assert!(read_back().is_some());
    }
}
