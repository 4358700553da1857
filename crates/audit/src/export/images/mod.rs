//! The pictures of an export: links to the shards, new shards, or one file per tile. The bytes of a
//! tile are never changed.

mod extract;
mod link;
mod meter;
mod repack;
mod room;
mod wanted;

use std::collections::BTreeSet;
use std::path::PathBuf;

use tilejury_data::TileLocation;

use super::ExportError;
use super::context::ExportContext;
use super::options::Images;

pub(super) use room::check_room;
pub(super) use wanted::{WantedTile, own_file_error, read, sizes, wanted};

/// Writes the pictures as the options ask. Returns the shards that were read for the export,
/// sorted; none for links.
pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<Vec<PathBuf>, ExportError> {
    match context.options.images {
        Images::None => {}
        Images::Link => link::write(context, wanted)?,
        Images::Repack => repack::write(context, wanted)?,
        Images::Extract => extract::write(context, wanted)?,
    }
    if !context.options.reads_pictures() {
        return Ok(Vec::new());
    }
    let shards = shards_of(wanted);
    Ok(shards.into_iter().map(|shard| context.dataset.tiles.shard_path(shard).to_owned()).collect())
}

/// Returns the shards that contain tiles.
fn shards_of(wanted: &[WantedTile]) -> BTreeSet<usize> {
    let shard = |tile: &WantedTile| match tile.location {
        TileLocation::Member { shard, .. } => Some(shard),
        TileLocation::File(_) | TileLocation::Stored(_) => None,
    };
    wanted.iter().filter_map(shard).collect()
}
