//! The fingerprint of every tile, made once and kept in a file that can be deleted.
//!
//! Decodes and stores; `super::pixels` decides what two fingerprints mean for a row.

mod adopted;
mod build;
mod cache;
mod copies;
mod fingerprint;
mod pixel_work;
mod stamp;
mod stored;

use std::time::Duration;

use tilejury_data::TilePath;
use tilejury_rows::{Interner, TileId};
use tilejury_vision::PictureFingerprint;

pub use adopted::AdoptedPairs;
pub use build::{FingerprintBuild, make};
pub use cache::{CacheError, FingerprintCache};
pub use copies::PixelCopies;
pub use fingerprint::TileFingerprint;
pub use pixel_work::{OverlaidPairs, PixelWork};
pub use stamp::TileStamp;
pub(crate) use stamp::TileStamper;

pub(crate) use build::{StampedLocation, known_at, locate_tiles, make_some, tiles_of};
pub(crate) use cache::{CacheImport, VERSION as FINGERPRINT_VERSION};

/// The fingerprints of the tiles that rows name: of all, or of those that were read so far.
#[derive(Clone, Debug)]
pub struct Fingerprints {
    /// Each path once.
    tiles: Vec<TilePath>,
    numbers: Interner,
    /// `None` for tiles that were not read yet.
    all: Vec<Option<TileFingerprint>>,
    /// The pace of making those that the cache did not have.
    pub pace: ReadingPace,
    /// The reason why fingerprints could not be read from the cache or stored in it.
    pub cache_trouble: Option<String>,
}

impl Fingerprints {
    /// Takes fingerprints that were made elsewhere, each tile once.
    pub(crate) fn from_parts(fingerprints: Vec<(TilePath, TileFingerprint)>) -> Self {
        let mut numbers = Interner::default();
        let (tiles, all): (Vec<_>, Vec<_>) =
            fingerprints.into_iter().map(|(tile, fingerprint)| (tile, Some(fingerprint))).unzip();
        tiles.iter().for_each(|tile: &TilePath| {
            numbers.number(TileId::new(tile).hash());
        });
        Self { tiles, numbers, all, pace: ReadingPace::default(), cache_trouble: None }
    }

    /// Returns the fingerprint of a tile; `None` if no row names it, or if it was not read yet.
    pub fn get(&self, tile: &TilePath) -> Option<&TileFingerprint> {
        let at = self.numbers.get(TileId::new(tile).hash())? as usize;
        self.all.get(at)?.as_ref().filter(|_| self.tiles[at] == *tile)
    }

    /// Returns the tiles that were read and have a picture.
    pub(crate) fn pictures(&self) -> impl Iterator<Item = (&TilePath, &PictureFingerprint)> {
        let all = self.tiles.iter().zip(&self.all);
        all.filter_map(|(tile, fingerprint)| Some((tile, fingerprint.as_ref()?.picture()?)))
    }

    /// Returns the tiles that have the same pixels under several paths.
    pub fn copies(&self) -> PixelCopies {
        let fingerprints = self.tiles.iter().zip(&self.all);
        let pictures =
            fingerprints.filter_map(|(tile, fingerprint)| Some((tile, fingerprint.as_ref()?.picture()?.pixels)));
        PixelCopies::new(pictures)
    }

    /// Returns the number of tiles, read or not.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Returns the number of tiles that were read or have a fingerprint.
    pub fn known(&self) -> usize {
        self.all.iter().flatten().count()
    }

    /// Whether there are no tiles.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// The pace of reading tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadingPace {
    /// The number of tiles read and decoded, without those from the cache.
    pub read: usize,
    /// The seconds that it took.
    pub secs: f32,
    /// Share, 0 to 1, of the working time of all threads that was spent on decoding; the rest is
    /// for reading and fingerprints.
    pub decode_share: f32,
}

impl ReadingPace {
    /// Returns tiles per second; 0 before anything is read.
    pub fn tiles_per_sec(&self) -> f32 {
        if self.secs > 0.0 { self.read as f32 / self.secs } else { 0.0 }
    }

    /// Returns how long reading this many more tiles will take at this pace; `None` before anything
    /// is read.
    pub fn time_for(&self, tiles: usize) -> Option<Duration> {
        (self.read > 0).then(|| Duration::from_secs_f32(self.secs / self.read as f32 * tiles as f32))
    }
}
