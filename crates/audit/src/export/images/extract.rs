//! Pictures as one file per tile, under the paths used in the rows. Each is read, hashed and
//! written in one pass; existing files are not overwritten.

use super::meter::ImageProgress;
use super::{WantedTile, own_file_error, read};
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::rows::image_path;
use crate::export::workers::in_parallel_from;

/// Tiles that one worker takes at a time: neighbours in one shard, read in its order.
const TILES_AT_ONCE: usize = 32;

pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    let meter = ImageProgress::new(context, wanted.iter().map(|tile| tile.bytes).sum())?;
    let parts: Vec<&[WantedTile]> = wanted.chunks(TILES_AT_ONCE).collect();
    in_parallel_from(&context.dataset.tiles, &parts, |part| {
        let mut bytes = Vec::new();
        for tile in *part {
            read(context, tile.sample, &tile.path, &mut bytes)?;
            let written = context.folder.picture(&image_path(&tile.path), &bytes);
            written.map_err(|error| own_file_error(context, tile.sample, &tile.path, error))?;
            meter.add(bytes.len() as u64)?;
        }
        Ok(())
    })?;
    context.folder.sync(&wanted.iter().map(|tile| image_path(&tile.path)).collect::<Vec<_>>())
}
