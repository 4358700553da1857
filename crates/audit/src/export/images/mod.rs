//! The pictures of an export: links to the shards, new shards, or one file per tile. The bytes of a
//! tile are never changed.

mod extract;
mod link;
mod meter;
mod repack;
mod room;
mod wanted;

use std::collections::BTreeSet;

use tilejury_data::TileLocation;

use super::ExportError;
use super::context::ExportContext;
use super::options::Images;

pub(super) use room::check_room;
pub(crate) use wanted::tiles_to_write;
pub(super) use wanted::{WantedTile, own_file_error, read, sizes, wanted};

/// Writes the pictures as the options ask. Returns the numbers of the shards that were
/// read for the export; none for links.
pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<BTreeSet<usize>, ExportError> {
    match context.options.images {
        Images::None => {}
        Images::Link => link::write(context, wanted)?,
        Images::Repack => repack::write(context, wanted)?,
        Images::Extract => extract::write(context, wanted)?,
    }
    Ok(if context.options.reads_pictures() { shards_of(wanted) } else { BTreeSet::new() })
}

/// Returns the shards that contain tiles.
fn shards_of(wanted: &[WantedTile]) -> BTreeSet<usize> {
    let shard = |tile: &WantedTile| match tile.location {
        TileLocation::Member { shard, .. } => Some(shard),
        TileLocation::File(_) | TileLocation::Stored(_) => None,
    };
    wanted.iter().filter_map(shard).collect()
}
