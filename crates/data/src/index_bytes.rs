//! The bytes of a shard's index: its members and problems. Little-endian numbers; a text is its
//! length (u32) and its UTF-8. Reads and writes memory only.

use crate::file_stamp::FileStamp;
use crate::shard::{Member, ShardIndex, ShardProblem};
use crate::storage::StoredFile;
use crate::tile_path::TilePath;

/// The last byte is the version of the layout and of the rules that make an index.
const MAGIC: [u8; 8] = *b"TJINDEX\x01";

impl ShardIndex {
    /// The bytes of an index, for [`Self::from_bytes`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::from(MAGIC);
        put_index(&mut bytes, self);
        let crc = crc32fast::hash(&bytes);
        bytes.extend(crc.to_le_bytes());
        bytes
    }

    /// Restores the index of a stored shard; `None` if the bytes are damaged or of another version
    /// of the layout.
    pub fn from_bytes(bytes: &[u8], shard: &StoredFile) -> Option<Self> {
        let (bytes, crc) = bytes.split_last_chunk()?;
        if crc32fast::hash(bytes) != u32::from_le_bytes(*crc) {
            return None;
        }
        read_index(bytes.strip_prefix(&MAGIC)?, shard.file_stamp())
    }
}

pub(crate) fn put_index(into: &mut Vec<u8>, index: &ShardIndex) {
    into.extend((index.len() as u32).to_le_bytes());
    for (path, member) in index.members() {
        put_text(into, path.as_str());
        [member.start, member.offset, member.size].iter().for_each(|number| into.extend(number.to_le_bytes()));
    }
    into.extend((index.problems.len() as u32).to_le_bytes());
    for problem in &index.problems {
        into.extend(u32::from(problem.member.is_some()).to_le_bytes());
        put_text(into, problem.member.as_deref().unwrap_or_default());
        put_text(into, &problem.message);
    }
}

pub(crate) fn read_index(bytes: &[u8], stamp: FileStamp) -> Option<ShardIndex> {
    let mut from = BytesReader::new(bytes);
    let count = from.u32();
    let members = (0..count).map_while(|_| {
        let path = TilePath::from_normal(from.text());
        let member = Member { start: from.u64(), offset: from.u64(), size: from.u64() };
        from.whole.then_some((path, member))
    });
    let members = members.collect();
    let count = from.u32();
    let problems = (0..count).map_while(|_| {
        let named = from.u32() == 1;
        let (member, message) = (from.text().to_owned(), from.text().to_owned());
        from.whole.then_some(ShardProblem { member: named.then_some(member), message })
    });
    let problems = problems.collect();
    from.whole.then(|| ShardIndex::from_parts(members, problems, stamp))
}

pub(crate) fn put_text(into: &mut Vec<u8>, text: &str) {
    into.extend((text.len() as u32).to_le_bytes());
    into.extend(text.as_bytes());
}

/// Reads values from the front of some bytes. At the end of the bytes, values are empty and `whole`
/// is false.
pub(crate) struct BytesReader<'b> {
    bytes: &'b [u8],
    pub(crate) whole: bool,
}

impl<'b> BytesReader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, whole: true }
    }

    fn take(&mut self, count: usize) -> &'b [u8] {
        let taken = self.bytes.split_off(..count);
        self.whole &= taken.is_some();
        taken.unwrap_or_default()
    }

    fn number<const N: usize>(&mut self) -> [u8; N] {
        self.take(N).try_into().unwrap_or([0; N])
    }

    pub(crate) fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.number())
    }

    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.number())
    }

    pub(crate) fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.number())
    }

    pub(crate) fn text(&mut self) -> &'b str {
        let len = self.u32() as usize;
        let text = std::str::from_utf8(self.take(len));
        self.whole &= text.is_ok();
        text.unwrap_or_default()
    }
}
