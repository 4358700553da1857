//! Made-up tiles that are distributed as real ones: the fingerprints of scanned tiles, repeated
//! under other rows.
//!
//! A repetition reorders the bands of a row and turns the sign of some steps, in all rows alike. So
//! within a repetition every pair is as near as in the scanned tiles, with the same bands in
//! common, and between two repetitions hardly any row is alike. Blank pictures are the same in all
//! of them.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use tilejury_audit::scan::pairs::{PartTiles, TileSet, TileSketches as _};
use tilejury_vision::PictureFingerprint;

use super::mixed;

/// The bytes of a fingerprint before the hash of its pixels, up to the length of its profile, and
/// of a row of its signature: see [`PictureFingerprint::to_bytes`].
const BEFORE_PIXELS: usize = 8 + 16;
const BEFORE_PROFILE: usize = BEFORE_PIXELS + 16 + 4 + 4 + 4;
const ROW_BYTES: usize = 2 + 24;
/// Bands are reordered among so many that follow each other, so that narrow pictures keep theirs.
const REORDERED: usize = 16;
/// A band that at least this many different pictures have is one of a header or a footer, not of
/// two parts of one page.
const OF_A_SITE: usize = 4;

/// The way in which a set grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetGrowth {
    /// Further sites: each repetition has headers of its own.
    Sites,
    /// Further pages of the same sites: headers are the same in all repetitions.
    Pages,
}

/// The distribution of scanned tiles.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TileDistribution {
    /// The number of tiles with a picture.
    pub scanned: usize,
    /// The share of tiles, 0 to 1, that have no bands because they are nearly blank.
    pub blank: f64,
    /// The share of tiles, 0 to 1, that have the pixels of an earlier one, blank ones left out.
    pub copies: f64,
    /// The mean number of bands of a picture that is neither blank nor a copy.
    pub bands: f64,
    /// Of the different bands, the number that one picture has, two, three, up to eight, more.
    pub pictures_of_bands: [usize; 5],
    /// The most pictures that have a band in common.
    pub most_pictures: usize,
}

/// Scanned tiles, to be repeated.
pub struct LikeTiles {
    prints: Vec<Vec<u8>>,
    /// By tile: the rows of its signature that other pages of its site have.
    of_site: Vec<Vec<bool>>,
    growth: SetGrowth,
    /// The distribution of the scanned ones.
    pub distribution: TileDistribution,
}

impl LikeTiles {
    /// Reads the fingerprints of files of scans.
    ///
    /// # Errors
    /// If a file cannot be used, or there is no fingerprint.
    pub fn read(files: &[PathBuf], scratch: &Path, growth: SetGrowth) -> anyhow::Result<Self> {
        let mut tiles = PartTiles::open(files)?;
        let mut all = TileSet::default();
        (0..tiles.len() as u32).for_each(|tile| all.insert(tile));
        tiles.load(&TileSet::default(), &all, scratch)?;
        let mut pictures = Vec::new();
        for tile in 0..tiles.len() as u32 {
            pictures.extend(tiles.fingerprint(tile)?);
        }
        (!pictures.is_empty()).then_some(()).context("the files have no fingerprints")?;
        Ok(Self::of(&pictures, growth))
    }

    fn of(pictures: &[PictureFingerprint], growth: SetGrowth) -> Self {
        let mut seen = HashMap::new();
        let mut distribution = TileDistribution { scanned: pictures.len(), ..TileDistribution::default() };
        let (mut blank, mut copies) = (0, 0);
        let mut pictures_of_band: HashMap<u64, usize> = HashMap::new();
        for picture in pictures {
            let bands = picture.bands();
            let is_copy = seen.insert(picture.pixels, ()).is_some();
            blank += usize::from(bands.is_empty());
            copies += usize::from(is_copy && !bands.is_empty());
            if !is_copy {
                bands.into_iter().for_each(|band| *pictures_of_band.entry(band).or_default() += 1);
            }
        }
        let share = |count: usize| (count as f64 / pictures.len() as f64 * 1e4).round() / 1e4;
        let own = pictures.len() - blank - copies;
        let all_bands: usize = pictures_of_band.values().sum();
        distribution.bands = (all_bands as f64 / own.max(1) as f64 * 100.0).round() / 100.0;
        (distribution.blank, distribution.copies) = (share(blank), share(copies));
        for count in pictures_of_band.values() {
            let at = match count {
                ..=1 => 0,
                2 => 1,
                3 => 2,
                4..=8 => 3,
                _ => 4,
            };
            distribution.pictures_of_bands[at] += 1;
        }
        distribution.most_pictures = pictures_of_band.values().copied().max().unwrap_or_default();
        let mut prints = Vec::with_capacity(pictures.len());
        for picture in pictures {
            let mut bytes = Vec::new();
            picture.to_bytes(&mut bytes);
            prints.push(bytes);
        }
        let of_site = rows_of_sites(&prints, pictures);
        Self { prints, of_site, growth, distribution }
    }

    pub(super) fn fingerprint_bytes(&self, tile: u64, out: &mut Vec<u8>) {
        let (repetition, at) = (tile / self.prints.len() as u64, (tile % self.prints.len() as u64) as usize);
        let (Some(print), Some(of_site)) = (self.prints.get(at), self.of_site.get(at)) else { return };
        out.clear();
        out.extend_from_slice(print);
        let from = rows_from(print);
        if repetition == 0 || from == print.len() {
            return;
        }
        for hash in out[8..BEFORE_PIXELS + 16].chunks_exact_mut(8) {
            let before = hash.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
            hash.copy_from_slice(&mixed(before, repetition).to_le_bytes());
        }
        let own = Repetition::new(repetition);
        for (row, of_site) in out[from..].chunks_exact_mut(ROW_BYTES).zip(of_site) {
            if !of_site || self.growth == SetGrowth::Sites {
                own.apply(&mut row[2..]);
            }
        }
    }
}

/// The position of the first row of a signature.
fn rows_from(print: &[u8]) -> usize {
    let profile = print
        .get(BEFORE_PROFILE..BEFORE_PROFILE + 2)
        .map_or(0, |length| usize::from(length[0]) | usize::from(length[1]) << 8);
    (BEFORE_PROFILE + 2 + profile).min(print.len())
}

/// Returns by tile which rows of its signature are those of a site: several different pictures have
/// them.
fn rows_of_sites(prints: &[Vec<u8>], pictures: &[PictureFingerprint]) -> Vec<Vec<bool>> {
    let rows = |print: &Vec<u8>| {
        let rows = print[rows_from(print)..].chunks_exact(ROW_BYTES);
        rows.map(|row| row[2..].to_vec()).collect::<Vec<_>>()
    };
    let mut owners: HashMap<Vec<u8>, Vec<u128>> = HashMap::new();
    for (print, picture) in prints.iter().zip(pictures) {
        for row in rows(print) {
            let owners = owners.entry(row).or_default();
            if owners.len() < OF_A_SITE && !owners.contains(&picture.pixels) {
                owners.push(picture.pixels);
            }
        }
    }
    let is_of_site = |row: Vec<u8>| owners.get(&row).is_some_and(|owners| owners.len() >= OF_A_SITE);
    prints.iter().map(|print| rows(print).into_iter().map(is_of_site).collect()).collect()
}

/// The change of rows in a repetition: the order of bands, and the steps whose sign is turned.
struct Repetition {
    order: [usize; 2 * (ROW_BYTES - 2)],
    turned: u64,
}

impl Repetition {
    fn new(number: u64) -> Self {
        let mut order: [usize; 2 * (ROW_BYTES - 2)] = std::array::from_fn(|band| band);
        for (block, bands) in (0..).zip(order.chunks_mut(REORDERED)) {
            for at in (1..bands.len()).rev() {
                bands.swap(at, (mixed(number, 1000 * block + at as u64) % (at as u64 + 1)) as usize);
            }
        }
        Self { order, turned: mixed(number, 1) }
    }

    /// Changes the profile of a row: two bands in each byte, each a step from 1 to 15 with 8 for
    /// none.
    fn apply(&self, profile: &mut [u8]) {
        let steps: Vec<u8> = profile.iter().flat_map(|pair| [pair & 15, pair >> 4]).collect();
        let changed = |band: usize| {
            let step = self.order.get(band).and_then(|from| steps.get(*from)).copied().unwrap_or(8);
            if self.turned >> band & 1 == 1 { 16 - step } else { step }
        };
        for (at, pair) in profile.iter_mut().enumerate() {
            *pair = changed(2 * at) | changed(2 * at + 1) << 4;
        }
    }
}

#[cfg(test)]
mod tests {
    use tilejury_audit::progress::NoProgress;
    use tilejury_data::decode;

    use super::super::{PairsMeasure, run_like};
    use super::*;

    fn pictures() -> Vec<PictureFingerprint> {
        let page = |seed: u32, from: u32| tilejury_testkit::picture::page(875, 600, seed, from);
        let copy = page(1, 0);
        // A copy, a scrolled page, a blank tile, and others.
        let tiles = [copy.clone(), copy, page(2, 0), page(2, 60), tilejury_testkit::picture::flat(875, 600, 255)];
        let tiles = tiles.into_iter().chain((10..15).map(|seed| page(seed, 0)));
        tiles.map(|png| PictureFingerprint::new(&png, &decode(&png).unwrap())).collect()
    }

    fn measured(growth: SetGrowth, tiles: u64) -> PairsMeasure {
        let scratch = tempfile::tempdir().unwrap();
        let mut found = Vec::new();
        let source = LikeTiles::of(&pictures(), growth);
        run_like(&source, &[tiles], scratch.path(), &NoProgress, &mut |measure| {
            found.push(measure.clone());
            Ok(())
        })
        .unwrap();
        found.remove(0)
    }

    #[test]
    fn distribution_counts_copies_blank_tiles_and_bands() {
        let distribution = LikeTiles::of(&pictures(), SetGrowth::Sites).distribution;
        assert_eq!((distribution.scanned, distribution.blank, distribution.copies), (10, 0.1, 0.1));
        assert!(distribution.bands > 7.0 && distribution.pictures_of_bands[1] > 0, "{distribution:?}");
        assert_eq!(distribution.most_pictures, 2, "{distribution:?}");
    }

    #[test]
    fn repetitions_have_the_pairs_of_the_scanned_tiles() {
        let (once, hundred) = (measured(SetGrowth::Sites, 10), measured(SetGrowth::Sites, 1000));
        assert_eq!((once.pairs, once.clusters), (2, 2), "{once:?}");
        // A hundred times as many, and all blank tiles are one picture: 99 more pairs, one cluster.
        assert_eq!((hundred.pairs, hundred.clusters), (299, 201), "{hundred:?}");
        assert!(hundred.candidates <= 100 * once.candidates + 20, "{hundred:?}");
    }
}
