//! The stored result for a tile: the fingerprint of its picture, or why there is none.
//!
//! Made from bytes; the cache keeps it as bytes.

use std::time::{Duration, Instant};

use tilejury_data::decode;
use tilejury_vision::PictureFingerprint;

/// The fingerprint of a tile.
#[derive(Clone, Debug, PartialEq)]
pub enum TileFingerprint {
    /// A tile that could be decoded.
    Readable(PictureFingerprint),
    /// The same, from a job that read the tile elsewhere. The tile is not read again for the
    /// signals: its near pictures are found by fingerprints alone.
    Adopted(PictureFingerprint),
    /// A tile that could not be decoded, with the reason in words.
    Unreadable(Box<str>),
    /// A tile that was not found, with the places that were searched, in words. Never stored, since
    /// it may be there later.
    Missing(Box<str>),
    /// A tile whose shard is missing, which is not a fault of the tile. Never stored.
    ShardMissing,
}

impl TileFingerprint {
    /// Returns the fingerprint of the picture, if there is one.
    pub fn picture(&self) -> Option<&PictureFingerprint> {
        match self {
            Self::Readable(picture) | Self::Adopted(picture) => Some(picture),
            Self::Unreadable(_) | Self::Missing(_) | Self::ShardMissing => None,
        }
    }

    /// Whether it is the fingerprint of a picture that was read elsewhere.
    pub fn is_adopted(&self) -> bool {
        matches!(self, Self::Adopted(_))
    }

    /// Decodes the bytes of a tile and makes its fingerprint. Also returns the time for decoding.
    pub(crate) fn decode(bytes: &[u8]) -> (Self, Duration) {
        let start = Instant::now();
        let decoded = decode(bytes);
        let decoding = start.elapsed();
        let fingerprint = match decoded {
            Ok(pixels) => Self::Readable(PictureFingerprint::new(bytes, &pixels)),
            Err(error) => Self::Unreadable(error.to_string().into()),
        };
        (fingerprint, decoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undecodable_bytes_give_a_reason() {
        let (fingerprint, _) = TileFingerprint::decode(&[]);
        assert_eq!(fingerprint, TileFingerprint::Unreadable("the file is empty (0 bytes)".into()));
        assert!(fingerprint.picture().is_none());
    }
}
