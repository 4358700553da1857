//! What pixels say, remembered: the print of every tile, made once, and kept in a file that can be thrown away.
//!
//! Decodes and stores; what two fingerprints mean for a row is the business of `super::pixels`.

mod build;
mod cache;
mod copies;
mod fingerprint;
mod stamp;
mod stored;
mod work;

use std::time::Duration;

use tilejury_data::TilePath;
use tilejury_rows::{Interner, TileId};

pub use build::{FingerprintBuild, make};
pub use cache::{CacheError, FingerprintCache};
pub use copies::PixelCopies;
pub use fingerprint::TileFingerprint;
pub use work::Work;

pub(crate) use build::make_some;

/// The fingerprints of the tiles that rows name: of all, or of those that were read so far.
#[derive(Clone, Debug)]
pub struct Fingerprints {
    /// Each path once.
    tiles: Vec<TilePath>,
    numbers: Interner,
    /// `None` for those that were not read yet.
    all: Vec<Option<TileFingerprint>>,
    /// How fast those were made that the cache did not have.
    pub pace: ReadingPace,
    /// What kept fingerprints from being read from the cache, or stored in it.
    pub cache_trouble: Option<String>,
}

impl Fingerprints {
    /// Prints that were made elsewhere, each tile once.
    pub(crate) fn from_parts(fingerprints: Vec<(TilePath, TileFingerprint)>) -> Self {
        let mut numbers = Interner::default();
        let (tiles, all): (Vec<_>, Vec<_>) = fingerprints.into_iter().map(|(tile, print)| (tile, Some(print))).unzip();
        tiles.iter().for_each(|tile: &TilePath| {
            numbers.number(TileId::new(tile).hash());
        });
        Self { tiles, numbers, all, pace: ReadingPace::default(), cache_trouble: None }
    }

    /// The print of a tile; `None` for one that no row named, or that was not read yet.
    pub fn get(&self, tile: &TilePath) -> Option<&TileFingerprint> {
        let at = self.numbers.get(TileId::new(tile).hash())? as usize;
        self.all.get(at)?.as_ref().filter(|_| self.tiles[at] == *tile)
    }

    /// Which tiles have the same pixels under several paths.
    pub fn copies(&self) -> PixelCopies {
        let fingerprints = self.tiles.iter().zip(&self.all);
        let pictures = fingerprints.filter_map(|(tile, print)| Some((tile, print.as_ref()?.picture()?.pixels)));
        PixelCopies::new(pictures)
    }

    /// How many tiles there are, read or not.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// How fast tiles were read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReadingPace {
    /// Tiles read and decoded, not counting those that the cache had.
    pub read: usize,
    /// In so many seconds.
    pub secs: f32,
    /// Share, 0 to 1, of the working time of all threads that went into decoding; the rest is reading and the fingerprints.
    pub decode_share: f32,
}

impl ReadingPace {
    /// Tiles a second; 0 before anything is read.
    pub fn tiles_per_sec(&self) -> f32 {
        if self.secs > 0.0 { self.read as f32 / self.secs } else { 0.0 }
    }

    /// Returns how long reading so many more tiles will take at this pace; `None` before anything is read.
    pub fn time_for(&self, tiles: usize) -> Option<Duration> {
        (self.read > 0).then(|| Duration::from_secs_f32(self.secs / self.read as f32 * tiles as f32))
    }
}
