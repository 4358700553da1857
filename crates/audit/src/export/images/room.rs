//! A check that the disk has room for the export, before the first file, so that nobody waits an
//! hour for a full disk.

use std::path::Path;

use super::WantedTile;
use crate::disk::free_bytes;
use crate::export::ExportError;
use crate::export::context::ExportContext;
use crate::export::options::{ExportOptions, Format, Images};

/// Bytes of headers and padding around the content of a tar member.
const AROUND_A_MEMBER: u64 = 3 * 512;
/// The block size of a disk: files take whole blocks.
const BLOCK: u64 = 4096;
/// Bytes for folders, the manifest, and errors in the estimate of texts, in addition to a hundredth
/// of the total.
const FIXED_RESERVE: u64 = 1 << 20;

/// Refuses to start if the disk has too little space.
pub(in crate::export) fn check_room(context: &ExportContext<'_>, wanted: &[WantedTile]) -> Result<(), ExportError> {
    let lines = context.dataset.splits.iter().flat_map(|split| &split.rows);
    let rows = lines.map(|row| u64::from(row.len) + 1).sum();
    let free = free_bytes(context.folder.temporary());
    enough(context.folder.target(), needed(context.options, wanted, rows), free)
}

/// Returns `NoRoom` if more is needed than is free. If the free space is unknown, the export
/// continues.
fn enough(path: &Path, needed: u64, free: Option<u64>) -> Result<(), ExportError> {
    match free {
        Some(free) if free < needed => Err(ExportError::NoRoom { path: path.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

/// Returns the bytes that an export takes; `rows` are the bytes of the splits' lines.
fn needed(options: &ExportOptions, wanted: &[WantedTile], rows: u64) -> u64 {
    let sum = |size: &dyn Fn(&WantedTile) -> u64| wanted.iter().map(size).sum::<u64>();
    let member = |tile: &WantedTile| tile.bytes.next_multiple_of(512) + AROUND_A_MEMBER;
    let images = match options.images {
        Images::None | Images::Link => 0,
        Images::Repack => sum(&member),
        Images::Extract => sum(&|tile| tile.bytes.next_multiple_of(BLOCK)),
    };
    let format_size = |format: &Format| match format {
        Format::ImageFolder => rows + sum(&|tile| tile.bytes.next_multiple_of(BLOCK)),
        Format::Parquet => rows + sum(&|tile| tile.uses * (tile.bytes + tile.path.as_str().len() as u64)),
        Format::WebDataset => 2 * rows + sum(&|tile| tile.uses * member(tile)),
        Format::Jsonl => 2 * rows,
        Format::Qrels | Format::Beir | Format::SentenceTransformers | Format::MsSwift | Format::Tevatron => rows,
    };
    let total = images + options.formats.iter().map(format_size).sum::<u64>();
    total + total / 100 + FIXED_RESERVE
}

#[cfg(test)]
mod tests {
    use tilejury_data::{SampleIndex, TileLocation, TilePath};

    use super::*;

    fn tile(bytes: u64, uses: u64) -> WantedTile {
        let (path, location) = (TilePath::new("a.png"), TileLocation::File("a.png".into()));
        WantedTile { path, location, bytes, uses, sample: SampleIndex::new(0) }
    }

    fn needed_mib(images: Images, formats: &[Format]) -> u64 {
        let options = ExportOptions { images, formats: formats.to_vec(), ..ExportOptions::default() };
        needed(&options, &[tile(100 << 20, 3), tile(1, 1)], 5 << 20) >> 20
    }

    #[test]
    fn counts_copied_pictures_once_and_embedded_ones_per_row() {
        assert_eq!(needed_mib(Images::None, &[]), 1);
        assert_eq!(needed_mib(Images::Link, &[Format::Jsonl]), 11);
        assert_eq!(needed_mib(Images::Repack, &[]), 102);
        assert_eq!(needed_mib(Images::Extract, &[]), 102);
        assert_eq!(needed_mib(Images::None, &[Format::ImageFolder]), 107);
        assert_eq!(needed_mib(Images::None, &[Format::Parquet]), 309);
        assert_eq!(needed_mib(Images::Repack, &[Format::WebDataset]), 415);
    }

    #[test]
    fn refuses_too_small_a_disk_and_tries_an_unknown_one() {
        let path = Path::new("/out");
        assert!(enough(path, 10, Some(10)).is_ok() && enough(path, 10, None).is_ok());
        let error = enough(path, 10, Some(9)).unwrap_err().to_string();
        assert_eq!(error, "/out: 10 bytes are needed, 9 are free; make room, or choose a folder on another disk");
    }
}
