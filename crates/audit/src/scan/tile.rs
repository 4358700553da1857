//! The findings of a scan about one tile: its bytes are read once, hashed, decoded, and read as
//! text.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sha2::{Digest as _, Sha256};
use tilejury_data::{Member, TileLocation, TilePath, TileSource, decode};
use tilejury_data::{TileError, hash::hash};
use tilejury_text::ReadError;
use tilejury_vision::PictureFingerprint;

use super::contents::ScanContents;
use super::error::ScanError;
use crate::catch_panic::catch_panic;
use crate::external::{PictureText, read_text};

/// The shard of a row.
#[derive(Debug)]
pub(super) struct ShardFacts {
    /// The path below the dataset.
    pub(super) path: String,
    /// The length in bytes.
    pub(super) bytes: u64,
    pub(super) version: String,
}

/// A row of a scan: a member of a shard, or a shard that cannot be read.
#[derive(Debug)]
pub(super) struct ScannedTile {
    pub(super) shard: Arc<ShardFacts>,
    /// `None` for a shard that cannot be read.
    pub(super) member: Option<(TilePath, Member)>,
    pub(super) sha256: Option<[u8; 32]>,
    /// The XXH3 hash of the bytes, by which readings are found.
    pub(super) bytes_hash: Option<u128>,
    /// `None` if the bytes could not be read.
    pub(super) is_readable: Option<bool>,
    pub(super) size: Option<(u32, u32)>,
    pub(super) fingerprint: Option<PictureFingerprint>,
    pub(super) text: Option<PictureText>,
    /// The reason why the tile or its shard cannot be read or decoded.
    pub(super) error: Option<String>,
    pub(super) text_error: Option<String>,
}

impl ScannedTile {
    fn new(shard: Arc<ShardFacts>, member: Option<(TilePath, Member)>) -> Self {
        Self {
            shard,
            member,
            sha256: None,
            bytes_hash: None,
            is_readable: None,
            size: None,
            fingerprint: None,
            text: None,
            error: None,
            text_error: None,
        }
    }

    /// The row of a shard that cannot be read.
    pub(super) fn of_bad_shard(shard: Arc<ShardFacts>, error: String) -> Self {
        Self { error: Some(error), ..Self::new(shard, None) }
    }

    /// Reads a member of a shard. An error that may pass ends the scan.
    pub(super) fn read(
        tiles: &TileSource,
        (shard, facts): (usize, Arc<ShardFacts>),
        (path, member): (TilePath, Member),
        contents: &ScanContents,
        stop: &AtomicBool,
    ) -> Result<Self, ScanError> {
        let mut bytes = Vec::new();
        let mut tile = Self::new(facts, Some((path, member)));
        match tiles.read_once(&TileLocation::Member { shard, member }, &mut bytes) {
            Ok(()) => {}
            Err(error @ TileError::Unreachable { kind, .. }) if kind.is_passing() => {
                return Err(ScanError::Tile(error));
            }
            Err(error) => {
                tile.error = Some(error.to_string());
                return Ok(tile);
            }
        }
        tile.sha256 = Some(Sha256::digest(&bytes).into());
        tile.bytes_hash = Some(hash(&bytes, 0));
        // A tile that makes a decoder panic costs no other.
        match catch_panic(|| tile.decode(&bytes, contents, stop)) {
            Ok(decoded) => decoded.map(|()| tile),
            Err(panic) => {
                let shard = tile.shard.clone();
                let (sha256, bytes_hash) = (tile.sha256, tile.bytes_hash);
                Ok(Self { sha256, bytes_hash, error: Some(panic), ..Self::new(shard, tile.member) })
            }
        }
    }

    fn decode(&mut self, bytes: &[u8], contents: &ScanContents, stop: &AtomicBool) -> Result<(), ScanError> {
        let pixels = match decode(bytes) {
            Ok(pixels) => pixels,
            Err(error) => {
                self.is_readable = Some(false);
                self.error = Some(error.to_string());
                return Ok(());
            }
        };
        self.is_readable = Some(true);
        self.size = Some((pixels.width, pixels.height));
        if contents.fingerprints {
            self.fingerprint = Some(PictureFingerprint::new(bytes, &pixels));
        }
        let Some(texts) = &contents.texts else { return Ok(()) };
        let Some((path, _)) = &self.member else { return Ok(()) };
        let known_ink = self.fingerprint.as_ref().map(|fingerprint| fingerprint.ink);
        let ink = || known_ink.unwrap_or_else(|| PictureFingerprint::new(bytes, &pixels).ink);
        match read_text(&*texts.engine, &pixels, &texts.languages_of(path), ink, stop) {
            Ok(text) => self.text = Some(text),
            Err(ReadError::Stopped) => return Err(ScanError::Stopped),
            Err(error) => self.text_error = Some(error.to_string()),
        }
        Ok(())
    }
}
