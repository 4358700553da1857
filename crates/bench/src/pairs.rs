//! Measures the search for pairs among made-up tiles, millions of them: time, memory, candidates,
//! and how they grow.
//!
//! The tiles exist only as a rule from number to fingerprint, so that ten million need no disk.
//! The rates of their rows, copies and headers are chosen here; `pairs/like.rs` takes them from
//! scanned tiles.

mod like;

use std::path::Path;
use std::time::Instant;

use serde::Serialize;
use tilejury_audit::progress::Progress;
use tilejury_audit::scan::pairs::{
    PairCounts, PairError, PairSettings, TileKeys, TileName, TileSet, TileSketches, find_pairs,
};
use tilejury_data::cores;
use tilejury_vision::PictureFingerprint;

use super::memory::with_peak_memory;
pub use like::{LikeTiles, SetGrowth, TileDistribution};

/// The bytes of each list that is sorted in memory.
const SORT_BYTES: usize = 128 << 20;
/// Of a thousand tiles, those that are blank, exact copies, scrolled copies of a tile nearby.
const BLANK: u64 = 20;
const COPIES: u64 = 40;
const SCROLLED: u64 = 120;
/// Tiles per site with a header of its own; a site has twice as many tiles as the next smaller one.
const TILES_PER_SITE: u64 = 500;
/// The bytes of a row's profile.
const PROFILE_BYTES: usize = 24;

/// The measures of one size.
#[derive(Clone, Debug, Serialize)]
pub struct PairsMeasure {
    /// All tiles.
    pub tiles: u64,
    /// The pairs of different pictures that were compared.
    pub candidates: u64,
    /// The pairs that were found.
    pub pairs: u64,
    /// The clusters that they connect.
    pub clusters: u64,
    /// The time, in seconds.
    pub seconds: f64,
    /// The most private memory, in MB; `None` if the system does not report it.
    pub peak_mb: Option<f64>,
    /// The exponent by which the time grew since the size before: 1 is linear.
    pub time_exponent: Option<f64>,
    /// The same of the candidates.
    pub candidates_exponent: Option<f64>,
}

/// Measures one size after the other of tiles with chosen rates, and passes each to `each`.
/// `scratch` is a folder for lists.
///
/// # Errors
/// If the disk fails, or the work was cancelled.
pub fn run_made_up(
    sizes: &[u64],
    scratch: &Path,
    progress: &dyn Progress,
    each: &mut dyn FnMut(&PairsMeasure) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    run(&MadeUpTiles::fingerprint_bytes, sizes, scratch, progress, each)
}

/// The same of tiles that are distributed as scanned ones.
///
/// # Errors
/// If the disk fails, or the work was cancelled.
pub fn run_like(
    source: &LikeTiles,
    sizes: &[u64],
    scratch: &Path,
    progress: &dyn Progress,
    each: &mut dyn FnMut(&PairsMeasure) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    run(&|tile, bytes| source.fingerprint_bytes(tile, bytes), sizes, scratch, progress, each)
}

fn run(
    rule: &Rule<'_>,
    sizes: &[u64],
    scratch: &Path,
    progress: &dyn Progress,
    each: &mut dyn FnMut(&PairsMeasure) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut before: Option<PairsMeasure> = None;
    for tiles in sizes {
        let settings =
            PairSettings { distance: 0.5, threads: cores(), sort_bytes: SORT_BYTES, scratch: scratch.to_owned() };
        let start = Instant::now();
        let mut source = TilesByRule { tiles: *tiles, rule };
        let (found, peak_mb) = with_peak_memory(|| find_pairs(&mut source, &settings, progress, &mut |_, _, _| Ok(())));
        let PairCounts { tiles, candidates, pairs, clusters, .. } = found?;
        let seconds = (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let exponent = |now: f64, earlier: f64, smaller: u64| {
            let grown = (now / earlier).ln() / (tiles as f64 / smaller as f64).ln();
            (grown * 100.0).round() / 100.0
        };
        let before_it = before.as_ref().filter(|before| before.tiles != tiles);
        let measure = PairsMeasure {
            tiles,
            candidates,
            pairs,
            clusters,
            seconds,
            peak_mb: peak_mb.map(|peak| (peak * 10.0).round() / 10.0),
            time_exponent: before_it.map(|before| exponent(seconds, before.seconds, before.tiles)),
            candidates_exponent: before_it
                .map(|before| exponent(candidates as f64, before.candidates as f64, before.tiles)),
        };
        each(&measure)?;
        before = Some(measure);
    }
    Ok(())
}

/// Writes the bytes of the fingerprint of a tile, by its number.
type Rule<'r> = dyn Fn(u64, &mut Vec<u8>) + Sync + 'r;

/// Tiles that exist only as a rule.
struct TilesByRule<'r> {
    tiles: u64,
    rule: &'r Rule<'r>,
}

/// The rule of tiles whose rates are chosen here.
struct MadeUpTiles;

/// The kind of a made-up tile.
enum Kind {
    Blank,
    /// A copy of another tile.
    Copy(u64),
    /// Shows the rows of another tile from one of them on.
    Scrolled(u64),
    Own,
}

/// Mixes numbers to one that looks random (SplitMix64).
fn mixed(a: u64, b: u64) -> u64 {
    let mut z = (a ^ b.rotate_left(32).wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

impl MadeUpTiles {
    fn kind(tile: u64) -> Kind {
        let random = mixed(tile, 1);
        let near = tile.saturating_sub(1 + mixed(tile, 2) % 8);
        match random % 1000 {
            _ if tile == 0 => Kind::Own,
            share if share < BLANK => Kind::Blank,
            share if share < BLANK + COPIES => Kind::Copy(mixed(tile, 3) % tile),
            share if share < BLANK + COPIES + SCROLLED => Kind::Scrolled(near),
            _ => Kind::Own,
        }
    }

    /// The tile whose picture a tile shows.
    fn shown(mut tile: u64) -> u64 {
        while let Kind::Copy(of) = Self::kind(tile) {
            tile = of;
        }
        tile
    }

    /// The number of rows of a page.
    fn rows(tile: u64) -> u64 {
        20 + mixed(tile, 4) % 51
    }

    fn fingerprint_bytes(tile: u64, out: &mut Vec<u8>) {
        let shown = Self::shown(tile);
        out.clear();
        out.extend_from_slice(&100_000_u64.to_le_bytes());
        let is_blank = matches!(Self::kind(shown), Kind::Blank);
        // Half of the blank tiles are one picture.
        let picture = if is_blank && mixed(shown, 5).is_multiple_of(2) { u64::MAX } else { shown };
        for seed in [6, 7, 8, 9] {
            out.extend_from_slice(&mixed(picture, seed).to_le_bytes());
        }
        for side in [875_u32, 1024] {
            out.extend_from_slice(&side.to_le_bytes());
        }
        out.extend_from_slice(&0.1_f32.to_le_bytes());
        // A profile without rows and cells.
        out.extend_from_slice(&[3, 0, 0, 0, 0]);
        if is_blank {
            return;
        }
        let (page, skipped) = match Self::kind(shown) {
            Kind::Scrolled(of) => (Self::shown(of), 1 + mixed(shown, 10) % 12),
            _ => (shown, 0),
        };
        let count = Self::rows(page);
        let site = (mixed(page, 11) % (page / TILES_PER_SITE + 1)).next_power_of_two();
        let headed = if mixed(page, 12) % 10 < 6 { 1 + mixed(site, 13) % 3 } else { 0 };
        let mut row = |y: u64, of: u64, number: u64| {
            out.extend_from_slice(&(y as u16).to_le_bytes());
            for part in 0..PROFILE_BYTES as u64 / 8 {
                // Both halves of a byte are a step, of which 0 does not occur.
                let steps = mixed(of, number * 3 + part + 100) | 0x1111_1111_1111_1111;
                out.extend_from_slice(&steps.to_le_bytes());
            }
        };
        (0..headed).for_each(|number| row(4 + 9 * number, u64::MAX - site, number));
        for number in skipped..skipped + count {
            // Below the end of the page that was scrolled, rows are the tile's own.
            let of = if number < count { page } else { shown };
            row(40 + 14 * (number - skipped), of, number);
        }
    }
}

impl TileSketches for TilesByRule<'_> {
    fn len(&self) -> u64 {
        self.tiles
    }

    fn keys(&self, each: &mut dyn FnMut(TileKeys<'_>) -> Result<(), PairError>) -> Result<(), PairError> {
        let mut bytes = Vec::new();
        for tile in 0..self.tiles {
            (self.rule)(tile, &mut bytes);
            let Some(picture) = PictureFingerprint::from_bytes(&bytes) else { continue };
            let (pixels, file) = (picture.pixels.to_le_bytes(), picture.bytes.1.to_le_bytes());
            each(TileKeys { tile: tile as u32, hashes: Some((&pixels, &file)), bands: &picture.bands() })?;
        }
        Ok(())
    }

    fn load(&mut self, _: &TileSet, _: &TileSet, _: &Path) -> Result<(), PairError> {
        Ok(())
    }

    fn fingerprint(&self, tile: u32) -> Result<Option<PictureFingerprint>, PairError> {
        let mut bytes = Vec::new();
        (self.rule)(tile.into(), &mut bytes);
        Ok(PictureFingerprint::from_bytes(&bytes))
    }

    fn name(&self, _: u32) -> Option<TileName> {
        None
    }
}

#[cfg(test)]
mod tests {
    use tilejury_audit::progress::NoProgress;

    use super::*;

    #[test]
    fn made_up_tiles_have_the_copies_they_should() {
        let scratch = tempfile::tempdir().unwrap();
        let mut found = Vec::new();
        run_made_up(&[2000, 4000], scratch.path(), &NoProgress, &mut |measure| {
            found.push(measure.clone());
            Ok(())
        })
        .unwrap();
        let (small, large) = (&found[0], &found[1]);
        // Copies and scrolled ones are 16 of 100; each is in a pair, most of them in one only.
        assert!((300..900).contains(&large.pairs), "{large:?}");
        assert!(large.candidates > large.pairs / 2 && small.pairs < large.pairs, "{found:?}");
        assert!(large.time_exponent.is_some() && small.time_exponent.is_none());
    }
}
