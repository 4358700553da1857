//! A dataset of the published shape, made of the tiles of a small one: its shards need no disk,
//! because any part of one is made when it is requested. Each tile has its own name in a comment,
//! so no two have the same bytes. Starts nothing and serves nothing.

use std::io;
use std::ops::Range;
use std::path::Path;

use anyhow::Context as _;
use tilejury_data::progress::NoProgress;
use tilejury_data::tile_source::TileLocation;
use tilejury_data::{Dataset, Sample, TilePath};

use crate::mixed::mixed;

/// The shards of the published set.
const PUBLISHED_SHARDS: usize = 1000;
/// The rows of the published set.
const PUBLISHED_ROWS: usize = 49_020;
/// The members of a shard.
pub(super) const MEMBERS: usize = 200;
/// The tiles of each page.
const PAGE_TILES: usize = 4;
/// A tile of fewer bytes is not a usual one.
const LEAST_TILE_BYTES: u64 = 100_000;
/// The blocks before the content of a member: an extended header, its body, and the header, as the
/// publisher's shards have them.
const PRELUDE_BYTES: usize = 3 * BLOCK;
const BLOCK: usize = 512;
/// Archives end with zeros up to a multiple of this.
const RECORD_BYTES: u64 = 10_240;
/// The bytes of a PNG before which a comment is allowed: its signature and its header.
const PNG_START: usize = 33;
/// The keyword of the comment.
const KEYWORD: &[u8] = b"Comment\0";

/// The shape and the tiles that it is made of.
pub(super) struct Shape {
    source: Dataset,
    /// The tiles that are used again and again, with their sizes in bytes.
    tiles: Vec<(TileLocation, u64)>,
    shards: usize,
    rows: usize,
}

impl Shape {
    /// A shape of so many shards, with rows in proportion, of the tiles of a dataset.
    ///
    /// # Errors
    /// If the dataset cannot be opened or has no tile of the usual size.
    pub(super) fn of(dataset: &Path, shards: usize) -> anyhow::Result<Self> {
        let source = Dataset::open(dataset)?;
        source.tiles.index_all(&NoProgress).ok().context("the shards cannot be indexed")?;
        let (mut tiles, mut bytes) = (Vec::new(), Vec::new());
        let mut paths: Vec<TilePath> = Vec::new();
        for index in source.indices() {
            paths.extend(source.sample(index).iter().flat_map(Sample::tiles).map(|tile| tile.path.clone()));
        }
        paths.sort_unstable();
        paths.dedup();
        for path in paths {
            let Ok(location) = source.tiles.locate(&path) else { continue };
            let is_usual = source.tiles.read(&location, &mut bytes).is_ok() && is_whole_png(&bytes);
            if is_usual && bytes.len() as u64 >= LEAST_TILE_BYTES {
                tiles.push((location, bytes.len() as u64));
            }
        }
        anyhow::ensure!(!tiles.is_empty(), "the dataset has no tile of {LEAST_TILE_BYTES} bytes or more");
        let rows = (PUBLISHED_ROWS * shards / PUBLISHED_SHARDS).max(20);
        Ok(Self { source, tiles, shards, rows })
    }

    pub(super) fn shards(&self) -> usize {
        self.shards
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The query of a row, and its tiles as `(shard, member)`, the positive first.
    pub(super) fn row(&self, row: usize) -> (String, Vec<(usize, usize)>) {
        let samples = self.source.samples.len().max(1);
        let sample = self.source.indices().nth(row % samples).and_then(|index| self.source.sample(index).ok());
        let query = sample.as_ref().map_or("", |sample| &sample.query);
        let count = sample.as_ref().map_or(3, |sample| sample.tiles().count());
        let tile = |at: usize| {
            let number = mixed(row as u64 * 64 + at as u64);
            (number as usize % self.shards, (number >> 32) as usize % MEMBERS)
        };
        let mut tiles: Vec<(usize, usize)> = Vec::with_capacity(count);
        for one in (0..count).map(tile) {
            if !tiles.contains(&one) {
                tiles.push(one);
            }
        }
        (format!("{query} ({row})"), tiles)
    }

    /// The size of a member in bytes.
    fn size(&self, shard: usize, member: usize) -> u64 {
        self.tiles[self.source_of(shard, member)].1 + (12 + KEYWORD.len() + name(shard, member).len()) as u64
    }

    fn source_of(&self, shard: usize, member: usize) -> usize {
        (shard * 31 + member) % self.tiles.len()
    }

    /// The offset of each member's first block, and of the end of the last one.
    pub(super) fn starts(&self, shard: usize) -> Vec<u64> {
        let mut starts = vec![0];
        let mut at = 0;
        for member in 0..MEMBERS {
            at += PRELUDE_BYTES as u64 + self.size(shard, member).next_multiple_of(BLOCK as u64);
            starts.push(at);
        }
        starts
    }

    /// The length of a shard in bytes.
    pub(super) fn len(&self, shard: usize) -> u64 {
        let end = self.starts(shard).last().copied().unwrap_or_default();
        (end + 2 * BLOCK as u64).next_multiple_of(RECORD_BYTES)
    }

    /// The bytes of a tile.
    ///
    /// # Errors
    /// If the tile that it is made of cannot be read.
    pub(super) fn tile(&self, shard: usize, member: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let location = &self.tiles[self.source_of(shard, member)].0;
        self.source.tiles.read(location, &mut bytes).map_err(io::Error::other)?;
        let comment = comment(&name(shard, member));
        bytes.splice(PNG_START..PNG_START, comment);
        Ok(bytes)
    }

    /// The blocks before a member's content.
    pub(super) fn prelude(&self, shard: usize, member: usize) -> Vec<u8> {
        let pax = b"30 mtime=1700000000.123456789\n";
        let mut blocks = header("././@PaxHeader", pax.len() as u64, b'x').to_vec();
        blocks.extend_from_slice(pax);
        blocks.resize(2 * BLOCK, 0);
        blocks.extend(header(&name(shard, member), self.size(shard, member), b'0'));
        blocks
    }

    /// Some bytes of a shard.
    ///
    /// # Errors
    /// If a tile that it is made of cannot be read.
    pub(super) fn read(&self, shard: usize, range: &Range<u64>) -> io::Result<Vec<u8>> {
        let starts = self.starts(shard);
        let mut bytes = Vec::with_capacity((range.end - range.start) as usize);
        let first = starts.partition_point(|start| *start <= range.start).saturating_sub(1);
        for member in (first..MEMBERS).take_while(|member| starts[*member] < range.end) {
            let mut whole = self.prelude(shard, member);
            // Searches for headers end before the picture, which takes the time.
            if range.end > starts[member] + PRELUDE_BYTES as u64 {
                whole.extend(self.tile(shard, member)?);
            }
            whole.resize((starts[member + 1] - starts[member]) as usize, 0);
            let from = range.start.saturating_sub(starts[member]).min(whole.len() as u64) as usize;
            let to = (range.end - starts[member]).min(whole.len() as u64) as usize;
            bytes.extend_from_slice(&whole[from..to]);
        }
        bytes.resize((range.end - range.start) as usize, 0);
        Ok(bytes)
    }

    /// The member that a path names.
    pub(super) fn member_at(path: &TilePath) -> Option<(usize, usize)> {
        let mut parts = path.as_str().split('/');
        let shard = parts.next()?.strip_prefix("shard_")?.parse().ok()?;
        let page: usize = parts.next()?.strip_prefix("shard_")?.parse().ok()?;
        let chunk: usize = parts.nth(1)?.strip_prefix("chunk_0000_")?.strip_suffix(".png")?.parse().ok()?;
        Some((shard, page * PAGE_TILES + chunk))
    }
}

/// The name of a member.
pub(super) fn name(shard: usize, member: usize) -> String {
    let (page, chunk) = (member / PAGE_TILES, member % PAGE_TILES);
    let article = 100_000 + shard * 60 + page;
    format!("shard_{shard:03}/shard_{page:05}/{article}.png.tiles/chunk_0000_{chunk:02}.png")
}

fn is_whole_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        && bytes.get(12..16) == Some(b"IHDR")
        && bytes.ends_with(b"IEND\xae\x42\x60\x82")
}

/// A comment of a PNG with its checksum.
fn comment(text: &str) -> Vec<u8> {
    let mut body = b"tEXt".to_vec();
    body.extend_from_slice(KEYWORD);
    body.extend_from_slice(text.as_bytes());
    let mut chunk = ((body.len() - 4) as u32).to_be_bytes().to_vec();
    let checksum = crc32(&body);
    chunk.append(&mut body);
    chunk.extend(checksum.to_be_bytes());
    chunk
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}

/// A header of a tar.
fn header(name: &str, size: u64, kind: u8) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, name.as_bytes());
    put(100, b"0000644\x000000000\x000000000\x00");
    put(124, format!("{size:011o}\0{:011o}\0        ", 1_700_000_000).as_bytes());
    put(156, &[kind]);
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn checksums_are_those_of_png() {
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn a_path_leads_back_to_its_member() {
        assert_eq!(Shape::member_at(&TilePath::new(&name(123, 77))), Some((123, 77)));
    }
}
