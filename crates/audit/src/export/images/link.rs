//! Links to the shards that contain the tiles of written rows, and to tiles that are files of their
//! own. Copies nothing.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use tilejury_data::{TileLocation, file_name};

use super::meter::ImageProgress;
use super::{WantedTile, shards_of};
use crate::export::ExportError;
use crate::export::checksums::size_of;
use crate::export::context::ExportContext;
use crate::export::rows::image_path;

pub(super) fn write(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    let tiles = &context.dataset.tiles;
    let meter = ImageProgress::new(context, 0)?;
    let mut taken = HashSet::new();
    for shard in shards_of(wanted) {
        let path = tiles.shard_path(shard);
        let file = file_name(path);
        // Two folders may have shards with the same name. Tiles are found in a shard of any name.
        let stem = file.strip_suffix(".tar").unwrap_or(&file);
        let names = std::iter::once(file.clone()).chain((2..).map(|number| format!("{stem}-{number}.tar")));
        let Some(name) = names.into_iter().find(|name| taken.insert(name.clone())) else { continue };
        link(context, path, &format!("image_shards/{name}"))?;
        meter.add(0)?;
    }
    for tile in wanted {
        if let TileLocation::File(file) = &tile.location {
            link(context, file, &image_path(&tile.path))?;
            meter.add(0)?;
        }
    }
    Ok(())
}

fn link(context: &ExportContext<'_>, to: &Path, name: &str) -> Result<(), ExportError> {
    let bytes = size_of(to)?;
    let path = context.folder.create_path(name)?;
    // On Windows few users may make symbolic links, and some file systems have none: then the shard
    // gets a second name.
    let linked = symlink(to, &path).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::hard_link(to, &path),
    });
    linked.map_err(|source| ExportError::Io { path, source })?;
    context.folder.linked(name, to, bytes);
    Ok(())
}

#[cfg(unix)]
fn symlink(to: &Path, from: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, from)
}

#[cfg(windows)]
fn symlink(to: &Path, from: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(to, from)
}
