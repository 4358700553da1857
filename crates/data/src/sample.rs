//! The unit that a person judges: a query with its tiles, under a key that does not depend on
//! files.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::row::Row;
use crate::tile_path::TilePath;

/// The stable key of a sample: the first 128 bits of SHA-256(`tilejury sample 1` ‖ 0 ‖ query ‖ 0 ‖
/// normal form of the positive's path ‖ 0 ‖ occurrence as 4 bytes, little-endian).
///
/// It does not depend on the order of rows, a new download or the spelling of the path. The
/// occurrence is 0 except for exact repeats of (query, positive) within the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SampleKey(pub u128);

impl SampleKey {
    /// The key of a query with its positive.
    pub fn new(query: &str, positive: &TilePath, occurrence: u32) -> Self {
        Self::from_normal(query, positive.as_str(), occurrence)
    }

    /// Makes the key like [`Self::new`], from a path in normal form.
    pub(crate) fn from_normal(query: &str, positive: &str, occurrence: u32) -> Self {
        // In one piece: a hash that is fed in pieces copies each of them first, and opening a
        // dataset makes a key for every row.
        let parts =
            [b"tilejury sample 1\0", query.as_bytes(), b"\0", positive.as_bytes(), b"\0", &occurrence.to_le_bytes()];
        Self(first_128_bits(&parts.concat()))
    }
}

impl fmt::Display for SampleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for SampleKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// The hash of a dataset's rows, whatever their order: it identifies the dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatasetFingerprint(pub u128);

impl DatasetFingerprint {
    /// Makes the fingerprint from the keys of all samples: SHA-256 of their number and their sum
    /// modulo 2¹²⁸.
    pub fn from_keys(keys: impl IntoIterator<Item = SampleKey>) -> Self {
        let (mut count, mut sum) = (0_u64, 0_u128);
        for key in keys {
            count += 1;
            sum = sum.wrapping_add(key.0);
        }
        Self(first_128_bits(&[b"tilejury dataset 1\0", &count.to_le_bytes()[..], &sum.to_le_bytes()].concat()))
    }
}

impl fmt::Display for DatasetFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

fn first_128_bits(bytes: &[u8]) -> u128 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// A tile of a sample, as spelled in the row and in normal form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileRef {
    /// The path as spelled in the row.
    pub spelling: String,
    /// The normal form, by which tiles are matched.
    pub path: TilePath,
}

impl TileRef {
    fn new(spelling: &str) -> Self {
        Self { spelling: spelling.to_owned(), path: TilePath::new(spelling) }
    }
}

/// A row, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The stable key.
    pub key: SampleKey,
    /// The text query.
    pub query: String,
    /// The expected answer, if the row has one.
    pub answer: Option<String>,
    /// The positive tile.
    pub positive: TileRef,
    /// The hard negatives in the row's order, repeats included.
    pub negatives: Vec<TileRef>,
}

impl Sample {
    /// Makes an owned sample from a row.
    pub fn new(key: SampleKey, row: Row<'_>) -> Self {
        Self {
            key,
            query: row.query.into_owned(),
            answer: row.answer.map(std::borrow::Cow::into_owned),
            positive: TileRef::new(&row.positive),
            negatives: row.negatives.iter().map(|spelling| TileRef::new(spelling)).collect(),
        }
    }

    /// The tiles, positive first.
    pub fn tiles(&self) -> impl Iterator<Item = &TileRef> {
        std::iter::once(&self.positive).chain(&self.negatives)
    }

    /// Whether the row names a tile, in any spelling.
    pub fn has_tile(&self, tile: &TilePath) -> bool {
        self.tiles().any(|own| own.path == *tile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_the_same_for_all_spellings_and_versions() {
        let key = |path: &str, occurrence| SampleKey::new("What is salt?", &TilePath::new(path), occurrence);
        let one = key("images/shard_000/shard_00001/1.png.tiles/chunk_0000_00.png", 0);
        assert_eq!(one, key("/mnt/x/shard_000/shard_00001/1.png.tiles/chunk_0000_00.png", 0));
        assert_ne!(one, key("images/shard_000/shard_00001/1.png.tiles/chunk_0000_00.png", 1));
        // Existing sidecars hold this value: it must not change.
        assert_eq!(one.to_string(), "949705581ec635bf579a303ae40578eb");
        assert_eq!(one.to_string().parse::<SampleKey>().unwrap(), one);
    }

    #[test]
    fn fingerprint_depends_on_content_but_not_order() {
        let keys = [SampleKey(1), SampleKey(2), SampleKey(9)];
        let reordered = [SampleKey(9), SampleKey(1), SampleKey(2)];
        assert_eq!(DatasetFingerprint::from_keys(keys), DatasetFingerprint::from_keys(reordered));
        assert_ne!(DatasetFingerprint::from_keys(keys), DatasetFingerprint::from_keys([SampleKey(1), SampleKey(2)]));
    }
}
