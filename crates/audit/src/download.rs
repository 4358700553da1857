//! The download that a piece of work needs from where a dataset is, so that a person can decide
//! before it starts. Requests nothing.

use std::collections::HashSet;
use std::path::Path;

use tilejury_data::tile_source::ToFetch;
use tilejury_data::{Dataset, TilePath};

use crate::export::{
    Copies, ExportError, ExportOptions, ExportPlan, ExportReport, Format, Images, TileCheck, export_options,
    tiles_to_write,
};
use crate::suspicion::fingerprints::{FingerprintCache, known_at};

/// Counts the download for the pixels of all tiles: for the signals from pixels, and for checks
/// that decode. `fingerprints` is the file of tile fingerprints, of which none is needed again.
pub fn of_pixels(dataset: &Dataset, fingerprints: Option<&Path>) -> ToFetch {
    if dataset.tiles.storage().is_none() {
        return ToFetch::default();
    }
    let all = tiles_of(dataset);
    let known = fingerprints.map(|file| with_fingerprint(dataset, &all, file)).unwrap_or_default();
    dataset.tiles.to_fetch(all.iter(), all.iter(), &|tile, _| known.contains(tile))
}

/// Counts the largest download for planning the rows of an export: the pictures that it decodes,
/// and those that it compares to find copies of positives.
pub fn of_export_rows(dataset: &Dataset, options: &ExportOptions, fingerprints: Option<&Path>) -> ToFetch {
    if options.tiles_looked_for() == TileCheck::Decode {
        of_pixels(dataset, None)
    } else if options.copies == Copies::Trust {
        ToFetch::default()
    } else {
        of_pixels(dataset, fingerprints)
    }
}

/// Counts the largest download for an export: also the pictures that it writes.
pub fn of_export(dataset: &Dataset, options: &ExportOptions, fingerprints: Option<&Path>) -> ToFetch {
    if options.images.are_copied() { of_pixels(dataset, None) } else { of_export_rows(dataset, options, fingerprints) }
}

/// Counts the largest download for comparing an export with its dataset: planning its rows again,
/// and the pictures in which copies are looked for, whatever its options, if it has none itself.
///
/// # Errors
/// If its manifest cannot be read.
pub fn of_verification(dataset: &Dataset, out: &Path, fingerprints: Option<&Path>) -> Result<ToFetch, ExportError> {
    let options = export_options(out)?;
    let planned = of_export_rows(dataset, &options, fingerprints);
    let looks_for_copies = options.formats.contains(&Format::Jsonl) && options.images == Images::None;
    let compared = if looks_for_copies { of_pixels(dataset, fingerprints) } else { ToFetch::default() };
    Ok(if compared.tiles > planned.tiles { compared } else { planned })
}

/// Counts the download for the pictures that an export by a plan copies. New shards are made of
/// ranges of the old ones, without the cache.
///
/// # Errors
/// If a row can no longer be read.
pub fn of_pictures(
    dataset: &Dataset,
    plan: &ExportPlan,
    report: &ExportReport,
    options: &ExportOptions,
) -> Result<ToFetch, ExportError> {
    if dataset.tiles.storage().is_none() || !options.images.are_copied() {
        return Ok(ToFetch { is_exact: true, ..ToFetch::default() });
    }
    let tiles = tiles_to_write(dataset, plan, report, options)?;
    if options.images == Images::Extract {
        return Ok(of_tiles(dataset, tiles.iter()));
    }
    let size = |tile: &TilePath| dataset.tiles.size_of(&dataset.tiles.known_location(tile)?).ok();
    let sizes: Vec<u64> = tiles.iter().filter_map(size).collect();
    Ok(ToFetch { tiles: tiles.len(), bytes: sizes.iter().sum(), is_exact: sizes.len() == tiles.len() })
}

/// Counts the download for some tiles.
pub fn of_tiles<'t>(dataset: &Dataset, tiles: impl Iterator<Item = &'t TilePath>) -> ToFetch {
    if dataset.tiles.storage().is_none() {
        return ToFetch::default();
    }
    dataset.tiles.to_fetch(tiles, tiles_of(dataset).iter(), &|_, _| false)
}

/// The tiles whose fingerprints are stored.
fn with_fingerprint(dataset: &Dataset, tiles: &HashSet<TilePath>, file: &Path) -> HashSet<TilePath> {
    // A cache that is not there yet is not created here.
    let Some(cache) = file.is_file().then(|| FingerprintCache::open(file).ok()).flatten() else {
        return HashSet::new();
    };
    dataset.tiles.confirm_shards(0..dataset.tiles.shard_count());
    let known = known_at(dataset, tiles, &cache, |tile| dataset.tiles.known_location(tile));
    known.map(|known| known.into_keys().collect()).unwrap_or_default()
}

fn tiles_of(dataset: &Dataset) -> HashSet<TilePath> {
    let rows = dataset.indices().filter_map(|sample| dataset.row(sample).ok());
    rows.flat_map(|row| row.spellings().map(TilePath::new).collect::<Vec<_>>()).collect()
}
