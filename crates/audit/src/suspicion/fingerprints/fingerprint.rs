//! What is remembered of a tile: the fingerprint of its picture, or why there is none.
//!
//! Made from bytes; the cache keeps it as bytes.

use std::time::{Duration, Instant};

use tilejury_data::decode;
use tilejury_vision::PictureFingerprint;

/// The print of a tile.
#[derive(Clone, Debug, PartialEq)]
pub enum TileFingerprint {
    /// Of a tile that could be decoded.
    Readable(PictureFingerprint),
    /// Why it could not, in words.
    Unreadable(Box<str>),
    /// Of a tile that is nowhere: where was looked, in words. Never kept: tomorrow it may be there.
    Missing(Box<str>),
    /// Of a tile whose shard is not here, which is no fault of the tile. Never kept.
    ShardMissing,
}

impl TileFingerprint {
    /// The picture's, where there is one.
    pub fn picture(&self) -> Option<&PictureFingerprint> {
        match self {
            Self::Readable(picture) => Some(picture),
            Self::Unreadable(_) | Self::Missing(_) | Self::ShardMissing => None,
        }
    }

    /// Decodes the bytes of a tile and makes its print. Also tells how long decoding took.
    pub(crate) fn decode(bytes: &[u8]) -> (Self, Duration) {
        let start = Instant::now();
        let decoded = decode(bytes);
        let decoding = start.elapsed();
        let print = match decoded {
            Ok(pixels) => Self::Readable(PictureFingerprint::new(bytes, &pixels)),
            Err(error) => Self::Unreadable(error.to_string().into()),
        };
        (print, decoding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_tile_give_a_reason() {
        let (print, _) = TileFingerprint::decode(&[]);
        assert_eq!(print, TileFingerprint::Unreadable("the file is empty (0 bytes)".into()));
        assert!(print.picture().is_none());
    }
}
