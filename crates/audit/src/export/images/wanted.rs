//! The tiles whose pictures are written, and their locations: those that written rows name, and the
//! added ones that a format grades.

use std::collections::HashSet;
use std::io::ErrorKind;

use tilejury_data::tile_source::{Lookup, TopNames};
use tilejury_data::{Dataset, SampleIndex, TileError, TileLocation, TilePath};

use crate::export::added::AddedTile;
use crate::export::context::{ExportContext, ROWS_PER_REPORT};
use crate::export::rows::rows;
use crate::export::{ExportError, ExportOptions, ExportPlan, ExportReport};
use crate::progress::Stage;

/// A tile that at least one written row names, in any spelling, or an added one.
pub(in crate::export) struct WantedTile {
    pub(super) path: TilePath,
    pub(super) location: TileLocation,
    /// The size of its content in bytes.
    pub(super) bytes: u64,
    /// Number of times that rows name it; 0 if it was only added.
    pub(super) uses: u64,
    /// The first sample whose row names it, or that it was added to.
    pub(super) sample: SampleIndex,
}

/// Returns every tile whose picture is written, by path; none if no pictures are written. An added
/// tile that cannot be found has no picture, and keeps its grade.
///
/// # Errors
/// When one of them can no longer be found, or the work was stopped.
pub(in crate::export) fn wanted(context: &ExportContext<'_>) -> Result<Vec<WantedTile>, ExportError> {
    if !context.options.needs_pictures() {
        return Ok(Vec::new());
    }
    let mut named: Vec<(TilePath, SampleIndex)> = Vec::new();
    for (_, planned) in context.splits() {
        for (at, row) in rows(context.dataset, planned).enumerate() {
            if at.is_multiple_of(ROWS_PER_REPORT) {
                context.report_progress(Stage::Tiles.step(0, 0))?;
            }
            let row = row?;
            named.extend(row.tiles().map(|tile| (tile.clone(), row.sample)));
        }
    }
    named.sort_unstable();
    let names = context.dataset.tiles.top_names();
    let mut tiles: Vec<WantedTile> = Vec::new();
    let total = named.len();
    for (at, (path, sample)) in named.into_iter().enumerate() {
        if at.is_multiple_of(ROWS_PER_REPORT) {
            context.report_progress(Stage::Tiles.step(at, total))?;
        }
        match tiles.last_mut() {
            Some(last) if last.path == path => last.uses += 1,
            _ => {
                let failed = |error: TileError| tile_error(context, sample, &path, &error);
                let location = locate(context, &path, &names).map_err(failed)?;
                let bytes = context.dataset.tiles.size_of(&location).map_err(failed)?;
                tiles.push(WantedTile { path, location, bytes, uses: 1, sample });
            }
        }
    }
    if context.options.has_pictures_of_added() {
        for AddedTile { sample, tile } in context.added {
            let Err(at) = tiles.binary_search_by(|wanted| wanted.path.cmp(tile)) else { continue };
            let Ok(location) = locate(context, tile, &names) else { continue };
            let failed = |error: TileError| tile_error(context, *sample, tile, &error);
            let bytes = context.dataset.tiles.size_of(&location).map_err(failed)?;
            tiles.insert(at, WantedTile { path: tile.clone(), location, bytes, uses: 0, sample: *sample });
        }
    }
    Ok(tiles)
}

/// Returns the tiles whose pictures an export by this plan writes; those of added tiles only if a
/// format grades them.
///
/// # Errors
/// If a row can no longer be read.
pub(crate) fn tiles_to_write(
    dataset: &Dataset,
    plan: &ExportPlan,
    report: &ExportReport,
    options: &ExportOptions,
) -> Result<HashSet<TilePath>, ExportError> {
    let mut tiles = HashSet::new();
    if options.needs_pictures() {
        for row in rows(dataset, &plan.rows) {
            tiles.extend(row?.tiles().cloned());
        }
    }
    if options.has_pictures_of_added() {
        tiles.extend(report.added.iter().map(|added| added.tile.clone()));
    }
    Ok(tiles)
}

fn locate(context: &ExportContext<'_>, path: &TilePath, names: &TopNames) -> Result<TileLocation, TileError> {
    match context.dataset.tiles.look_up_with(path, names) {
        Lookup::Found(location) => Ok(location),
        Lookup::NeedsAllShards | Lookup::Missing | Lookup::Unreachable(_) => context.dataset.tiles.locate(path),
    }
}

/// Returns the total size of some of the wanted tiles in bytes.
pub(in crate::export) fn sizes<'t>(wanted: &[WantedTile], tiles: impl Iterator<Item = &'t TilePath>) -> u64 {
    let size = |tile| Some(wanted[wanted.binary_search_by(|wanted| wanted.path.cmp(tile)).ok()?].bytes);
    tiles.filter_map(size).sum()
}

/// Reads a tile of a row into `into`, replacing its content.
pub(in crate::export) fn read(
    context: &ExportContext<'_>,
    sample: SampleIndex,
    tile: &TilePath,
    into: &mut Vec<u8>,
) -> Result<(), ExportError> {
    let tiles = &context.dataset.tiles;
    let result = tiles.locate(tile).and_then(|location| tiles.read_patiently(&location, into));
    result.map_err(|error| tile_error(context, sample, tile, &error))
}

/// Creates the error for a tile that cannot be read, with the position of the row that names it.
pub(super) fn tile_error(
    context: &ExportContext<'_>,
    sample: SampleIndex,
    tile: &TilePath,
    error: &dyn std::fmt::Display,
) -> ExportError {
    let place = context.dataset.describe_position(sample);
    ExportError::Tile { place, tile: tile.clone(), message: error.to_string() }
}

/// Turns an error of writing a tile's own file into one of the tile if its name is the cause. No
/// file system accepts every name that a tar member can have, and none has a file and a folder with
/// the same name. Errors of the disk stay as they are.
pub(in crate::export) fn own_file_error(
    context: &ExportContext<'_>,
    sample: SampleIndex,
    tile: &TilePath,
    error: ExportError,
) -> ExportError {
    use ErrorKind::{AlreadyExists, InvalidFilename, InvalidInput, IsADirectory, NotADirectory};
    match &error {
        ExportError::Io { source, .. }
            if matches!(
                source.kind(),
                AlreadyExists | InvalidFilename | InvalidInput | IsADirectory | NotADirectory
            ) =>
        {
            let message =
                format!("it cannot be a file of its own ({source}); reject the row, or keep the pictures in shards");
            tile_error(context, sample, tile, &message)
        }
        _ => error,
    }
}
