//! Proposes pairs: equal pixels are pairs already; of each picture one tile represents its copies,
//! and representatives that share a band are compared.
//!
//! A band that very many tiles share, such as the header of a site, does not propose all of its
//! pairs: each of its tiles only with the first.

use std::path::Path;

use super::record::{record_of, tile};
use super::sorter::{Sorted, Sorter};
use super::source::{TileKeys, TileSketches};
use super::tile_set::TileSet;
use super::{PairError, PairKind, PairSettings, TilePair};
use crate::progress::{Progress, Stage};

/// Up to this many tiles of a band are all compared with each other.
const ALL_PAIRS_UP_TO: usize = 32;
/// Tiles between two reports.
const TILES_AT_ONCE: u64 = 1 << 16;

/// The proposed pairs, and what comparing them needs.
pub(super) struct Candidates {
    pub(super) tiles: u64,
    /// The two tiles of each pair, the smaller first, big-endian.
    pub(super) pairs: Sorted<8>,
    /// The tiles whose signatures are compared.
    pub(super) compared: TileSet,
    /// The tiles of which the names may be needed.
    pub(super) named: TileSet,
    pub(super) capped: u64,
}

impl Candidates {
    /// Finds them. Pairs of the same picture go to `found`.
    pub(super) fn find(
        source: &mut dyn TileSketches,
        settings: &PairSettings,
        scratch: &Path,
        found: &mut Sorter<17>,
        progress: &dyn Progress,
    ) -> Result<Self, PairError> {
        // The hash of the pixels, that of the bytes, the tile.
        let mut pictures: Sorter<36> = Sorter::new(scratch, settings.sort_bytes);
        // A band and the tile.
        let mut bands: Sorter<12> = Sorter::new(scratch, settings.sort_bytes);
        let (mut tiles, total) = (0_u64, source.len());
        source.keys(&mut |keys: TileKeys<'_>| {
            if tiles.is_multiple_of(TILES_AT_ONCE) {
                progress.report(Stage::Tiles.step(tiles as usize, total as usize))?;
            }
            tiles += 1;
            let Some((pixels, bytes)) = keys.hashes else { return Ok(()) };
            let mut record = [0; 36];
            record[..16].copy_from_slice(pixels);
            record[16..32].copy_from_slice(bytes);
            record[32..].copy_from_slice(&keys.tile.to_be_bytes());
            pictures.push(record)?;
            for band in keys.bands {
                let mut record = [0; 12];
                record[..8].copy_from_slice(&band.to_be_bytes());
                record[8..].copy_from_slice(&keys.tile.to_be_bytes());
                bands.push(record)?;
            }
            Ok(())
        })?;
        let (mut copies, mut named) = (TileSet::default(), TileSet::default());
        // The representative of the picture, and the first tile with the bytes of the last one.
        let mut same: Option<([u8; 36], [u8; 36])> = None;
        pictures.drain::<PairError>(&mut |record| {
            let Some((picture, file)) = same.filter(|(picture, _)| picture[..16] == record[..16]) else {
                same = Some((*record, *record));
                return Ok(());
            };
            let (kind, other) = match file[16..32] == record[16..32] {
                true => (PairKind::SameBytes, file),
                false => {
                    same = Some((picture, *record));
                    (PairKind::SamePixels, picture)
                }
            };
            let (a, b) = (tile(&other[32..]), tile(&record[32..]));
            copies.insert(b);
            [a, b].into_iter().for_each(|tile| named.insert(tile));
            Ok(found.push(record_of(TilePair { a: a.min(b), b: a.max(b), kind, shift: 0, rows: (0, 0) }))?)
        })?;
        let mut proposed: Sorter<8> = Sorter::new(scratch, settings.sort_bytes);
        let (mut band, mut of_band, mut capped) = ([0; 8], BandTiles::default(), 0);
        bands.drain::<PairError>(&mut |record| {
            if record[..8] != band {
                capped += of_band.end();
                band.copy_from_slice(&record[..8]);
            }
            let tile = tile(&record[8..]);
            if copies.contains(tile) { Ok(()) } else { of_band.add(tile, &mut proposed) }
        })?;
        capped += of_band.end();
        let mut pairs = proposed.sorted()?;
        let mut compared = TileSet::default();
        pairs.each::<PairError>(&mut |record| {
            for tile in [tile(&record[..4]), tile(&record[4..])] {
                compared.insert(tile);
                named.insert(tile);
            }
            Ok(())
        })?;
        Ok(Self { tiles, pairs, compared, named, capped })
    }
}

/// The tiles of one band so far.
#[derive(Default)]
struct BandTiles {
    /// The first of them.
    tiles: Vec<u32>,
    /// Whether there are more.
    is_capped: bool,
}

impl BandTiles {
    /// Adds a tile, and proposes its pairs.
    fn add(&mut self, tile: u32, proposed: &mut Sorter<8>) -> Result<(), PairError> {
        self.is_capped |= self.tiles.len() >= ALL_PAIRS_UP_TO;
        let others = if self.is_capped { &self.tiles[..1] } else { &self.tiles[..] };
        for other in others {
            let mut record = [0; 8];
            record[..4].copy_from_slice(&tile.min(*other).to_be_bytes());
            record[4..].copy_from_slice(&tile.max(*other).to_be_bytes());
            proposed.push(record)?;
        }
        if !self.is_capped {
            self.tiles.push(tile);
        }
        Ok(())
    }

    /// Ends the band. Returns 1 if not all of its pairs were proposed.
    fn end(&mut self) -> u64 {
        self.tiles.clear();
        u64::from(std::mem::take(&mut self.is_capped))
    }
}
