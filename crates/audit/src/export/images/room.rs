//! Is there room for what will be written? Asked before the first file, so that nobody waits an hour for a full disk.

use std::path::Path;

use super::Wanted;
use crate::export::ExportError;
use crate::export::context::Context;
use crate::export::options::{ExportOptions, Format, Images};

/// Headers and padding that a member of a tar has around its content.
const AROUND_A_MEMBER: u64 = 3 * 512;
/// Files take whole blocks of the disk.
const BLOCK: u64 = 4096;
/// For folders, the manifest, and what the estimate of texts has wrong: beside a hundredth of all.
const AND_AT_LEAST: u64 = 1 << 20;

/// Refuses to begin where the disk is too small.
pub(in crate::export) fn check_room(context: &Context<'_>, wanted: &[Wanted]) -> Result<(), ExportError> {
    let lines = context.dataset.splits.iter().flat_map(|split| &split.rows);
    let rows = lines.map(|row| u64::from(row.len) + 1).sum();
    let free = free(context.folder.temporary());
    enough(context.folder.target(), needed(context.options, wanted, rows), free)
}

/// `NoRoom` where what is needed is more than what is free. Where nobody can tell, it is tried.
fn enough(path: &Path, needed: u64, free: Option<u64>) -> Result<(), ExportError> {
    match free {
        Some(free) if free < needed => Err(ExportError::NoRoom { path: path.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// What an export takes; `rows` are the bytes of the splits' lines.
fn needed(options: &ExportOptions, wanted: &[Wanted], rows: u64) -> u64 {
    let sum = |of: &dyn Fn(&Wanted) -> u64| wanted.iter().map(of).sum::<u64>();
    let member = |tile: &Wanted| tile.bytes.next_multiple_of(512) + AROUND_A_MEMBER;
    let images = match options.images {
        Images::None | Images::Link => 0,
        Images::Repack => sum(&member),
        Images::Extract => sum(&|tile| tile.bytes.next_multiple_of(BLOCK)),
    };
    let of_format = |format: &Format| match format {
        Format::ImageFolder => rows + sum(&|tile| tile.bytes.next_multiple_of(BLOCK)),
        Format::Parquet => rows + sum(&|tile| tile.uses * (tile.bytes + tile.path.as_str().len() as u64)),
        Format::WebDataset => 2 * rows + sum(&|tile| tile.uses * member(tile)),
        Format::Jsonl => 2 * rows,
        _ => rows,
    };
    let all = images + options.formats.iter().map(of_format).sum::<u64>();
    all + all / 100 + AND_AT_LEAST
}

/// What the file system of a folder has free for this user, where the system tells.
#[cfg(unix)]
fn free(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(unix))]
fn free(_path: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use tilejury_data::{TileLocation, TilePath};

    use super::*;

    fn tile(bytes: u64, uses: u64) -> Wanted {
        let (path, location) = (TilePath::new("a.png"), TileLocation::File("a.png".into()));
        Wanted { path, location, bytes, uses, sample: 0 }
    }

    fn asked(images: Images, formats: &[Format]) -> u64 {
        let options = ExportOptions { images, formats: formats.to_vec(), ..ExportOptions::default() };
        needed(&options, &[tile(100 << 20, 3), tile(1, 1)], 5 << 20) >> 20
    }

    #[test]
    fn pictures_count_once_where_they_are_copied_and_by_row_where_they_are_embedded() {
        assert_eq!(asked(Images::None, &[]), 1);
        assert_eq!(asked(Images::Link, &[Format::Jsonl]), 11);
        assert_eq!(asked(Images::Repack, &[]), 102);
        assert_eq!(asked(Images::Extract, &[]), 102);
        assert_eq!(asked(Images::None, &[Format::ImageFolder]), 107);
        assert_eq!(asked(Images::None, &[Format::Parquet]), 309);
        assert_eq!(asked(Images::Repack, &[Format::WebDataset]), 415);
    }

    #[test]
    fn too_small_a_disk_is_told_and_an_unknown_one_is_tried() {
        let path = Path::new("/out");
        assert!(enough(path, 10, Some(10)).is_ok() && enough(path, 10, None).is_ok());
        let error = enough(path, 10, Some(9)).unwrap_err().to_string();
        assert_eq!(error, "/out: 10 bytes are needed, 9 are free; make room, or name a folder on another disk");
    }
}
