//! A tile, scaled on the server to a width, as a JPEG: for pictures that are too small to read
//! anyway. Nobody judges by one.

use std::io::{self, Read as _};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;
use tilejury_data::tile_source::Lookup;
use tilejury_data::{Dataset, Scaler, TileLocation, TilePath, decode};

use super::files::Files;

/// The quality of the JPEG.
const QUALITY: u8 = 80;
/// A larger file is no tile.
const TILE_UP_TO_BYTES: u64 = 256 << 20;
/// The widths that are answered.
pub(super) const WIDTHS: std::ops::RangeInclusive<u32> = 16..=2048;

/// Scales a tile. Blocks.
///
/// # Errors
/// When the set has no such tile, or it is no picture.
pub(super) fn small_tile(dataset: &Dataset, files: &Files, path: &str, width: u32) -> io::Result<Vec<u8>> {
    let content = content(dataset, files, path)?;
    let pixels = decode(&content).map_err(|error| failed(error.to_string()))?;
    if pixels.width <= width {
        return Ok(content);
    }
    let height = (u64::from(pixels.height) * u64::from(width) / u64::from(pixels.width)).max(1) as u32;
    let small = Scaler::default().scale(&pixels, width, height).map_err(failed)?;
    // On white, as a page is.
    let rgb: Vec<u8> = small.rgba.chunks_exact(4).flat_map(on_white).collect();
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, QUALITY)
        .encode(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(|error| failed(error.to_string()))?;
    // A flat page can be smaller as it was.
    Ok(if out.len() < content.len() { out } else { content })
}

/// The bytes of a tile that is in a served file. Indexes at most the shard that its path names.
fn content(dataset: &Dataset, files: &Files, path: &str) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    if let Ok(open) = files.open(&format!("images/{path}")) {
        open.file.take(TILE_UP_TO_BYTES).read_to_end(&mut content)?;
        return Ok(content);
    }
    let not_found = || io::Error::new(io::ErrorKind::NotFound, "the set has no such tile");
    let Lookup::Found(location @ TileLocation::Member { shard, .. }) = dataset.tiles.look_up(&TilePath::new(path))
    else {
        return Err(not_found());
    };
    let shard = dataset.tiles.shard_path(shard).strip_prefix(&dataset.root).map_err(|_| not_found())?;
    files.open(&shard.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"))?;
    dataset.tiles.read(&location, &mut content).map_err(|error| failed(error.to_string()))?;
    Ok(content)
}

fn failed(words: String) -> io::Error {
    io::Error::other(words)
}

fn on_white(pixel: &[u8]) -> [u8; 3] {
    let alpha = u16::from(pixel[3]);
    let mix = |colour: u8| ((u16::from(colour) * alpha + 255 * (255 - alpha)) / 255) as u8;
    [mix(pixel[0]), mix(pixel[1]), mix(pixel[2])]
}
