//! From a request to its picture: reading, decoding, scaling. Chooses no request.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use egui::ColorImage;
use tilejury_data::shown::shown;
use tilejury_data::tile_source::{Lookup, TileError};
use tilejury_data::{DecodeError, Pixels, TilePath};
use tilejury_vision::{align, difference, hash_of_pixels};

use super::{LoadOutcome, LoaderState, MissingShard, TileFault};
use crate::theme;
use crate::tile_request::{Picture, PictureSize, TileRequest};

/// The most tiles that are remembered as fetched.
const FETCHED_UP_TO: usize = 10_000;

/// Loads a picture, or puts its request back until the shards are indexed.
pub(super) fn load_or_defer(shared: &LoaderState, request: &TileRequest, bytes: &mut Vec<u8>) -> LoadOutcome {
    let made = match &request.picture {
        // Thumbnails of many rows must not take the place of the tiles that come next.
        Picture::Tile(path) if request.grade == PictureSize::Thumbnail => {
            let known = shared.decoded.get(path).or_else(|| small_pixels(shared, path, request.width)).map(Ok);
            known.unwrap_or_else(|| read_pixels(shared, path, request, bytes)).map(|pixels| (pixels, None))
        }
        Picture::Tile(path) => pixels(shared, path, request, bytes).map(|pixels| (pixels, None)),
        Picture::Difference(a, b) => both(shared, [a, b], request, bytes),
    };
    match made {
        Ok((pixels, caption)) => fit(shared, &pixels, caption, request),
        Err(LoadError::Failed(TileError::ShardMissing { shard: file })) => {
            LoadOutcome::ShardMissing(MissingShard { file, is_at_address: shared.fetching.is_some() })
        }
        Err(LoadError::Failed(TileError::Unreachable { message, kind, .. })) => {
            LoadOutcome::Unreachable { message, kind }
        }
        Err(LoadError::Failed(TileError::Missing { path, searched })) => {
            LoadOutcome::Failed(TileFault::missing(format!("{} is {searched}", shown(path.as_str()))))
        }
        Err(LoadError::Failed(error)) => LoadOutcome::Failed(TileFault::unreadable(error.to_string())),
        Err(LoadError::Undecodable(error)) => LoadOutcome::Failed(TileFault::unreadable(error.to_string())),
        // No shard is indexed for a thumbnail alone.
        Err(LoadError::NeedsAllShards) if request.grade == PictureSize::Thumbnail => {
            LoadOutcome::Failed(TileFault::missing("the tile is not in the shard that its path names"))
        }
        // Nor are all shards of a dataset at an address indexed without being asked for.
        Err(LoadError::NeedsAllShards) if shared.fetching.is_some() => LoadOutcome::Failed(TileFault::missing(
            "the tile is not in the shard that its path names; “Index all shards” lets it be found in another",
        )),
        Err(LoadError::NeedsAllShards) => {
            shared.jobs().deep.push(request.clone());
            LoadOutcome::Searching
        }
    }
}

/// The reason why pixels are not available now.
enum LoadError {
    NeedsAllShards,
    Failed(TileError),
    Undecodable(DecodeError),
}

/// The pixels of a tile, decoded now or before.
fn pixels(
    shared: &LoaderState,
    path: &TilePath,
    request: &TileRequest,
    bytes: &mut Vec<u8>,
) -> Result<Arc<Pixels>, LoadError> {
    if let Some(pixels) = shared.decoded.get(path) {
        return Ok(pixels);
    }
    let pixels = read_pixels(shared, path, request, bytes)?;
    shared.decoded.put(path, &pixels);
    Ok(pixels)
}

/// The pixels of a tile, decoded now.
fn read_pixels(
    shared: &LoaderState,
    path: &TilePath,
    request: &TileRequest,
    bytes: &mut Vec<u8>,
) -> Result<Arc<Pixels>, LoadError> {
    read_bytes(shared, path, bytes)?;
    let _slot = shared.decode_slot(request);
    let pixels = (shared.decode)(bytes).map_err(LoadError::Undecodable);
    forget_fetched(shared, bytes);
    Ok(Arc::new(pixels?))
}

/// The pixels of a thumbnail that the place of the tile makes, if it does: some kilobytes instead
/// of the tile.
fn small_pixels(shared: &LoaderState, path: &TilePath, width: u32) -> Option<Arc<Pixels>> {
    let small = shared.dataset.tiles.small_tile(path, width)?;
    (shared.decode)(&small).ok().map(Arc::new)
}

/// Fetches the bytes of a tile, so that they are kept on the disk.
pub(super) fn fetch(shared: &LoaderState, request: &TileRequest, bytes: &mut Vec<u8>) {
    let Picture::Tile(path) = &request.picture else { return };
    // The failure is reported once the tile is to be shown.
    let _ = read_bytes(shared, path, bytes);
    forget_fetched(shared, bytes);
    let mut jobs = shared.jobs();
    if jobs.fetched.len() >= FETCHED_UP_TO {
        jobs.fetched.clear();
    }
    jobs.fetched.insert(path.clone());
}

/// Frees the buffer of a worker that waits for the network most of the time. A read from there
/// fills no buffer again.
fn forget_fetched(shared: &LoaderState, bytes: &mut Vec<u8>) {
    if shared.fetching.is_some() {
        *bytes = Vec::new();
    }
}

/// Reads the bytes of a tile into the buffer.
fn read_bytes(shared: &LoaderState, path: &TilePath, bytes: &mut Vec<u8>) -> Result<(), LoadError> {
    let tiles = &shared.dataset.tiles;
    let location = match tiles.look_up_to_read(path) {
        Lookup::Found(location) => location,
        Lookup::NeedsAllShards => return Err(LoadError::NeedsAllShards),
        Lookup::Unreachable(error) => return Err(LoadError::Failed(error)),
        Lookup::Missing => return Err(LoadError::Failed(tiles.missing(path))),
    };
    let read = tiles.read(&location, bytes).map_err(LoadError::Failed);
    shared.did_fetch(path);
    read
}

type DecodedPicture = (Arc<Pixels>, Option<String>);

fn both(
    shared: &LoaderState,
    [a, b]: [&TilePath; 2],
    request: &TileRequest,
    bytes: &mut Vec<u8>,
) -> Result<DecodedPicture, LoadError> {
    let (a, b) = (pixels(shared, a, request, bytes)?, pixels(shared, b, request, bytes)?);
    let difference = difference(&a, &b, align(&a, &b), &theme::DIFFERENCE);
    let mut sentence = difference.sentence();
    if difference.equal_pixels < 1.0 {
        sentence += theme::DIFFERENCE_COLOURS;
    }
    Ok((Arc::new(difference.picture), Some(sentence)))
}

fn fit(shared: &LoaderState, pixels: &Pixels, caption: Option<String>, request: &TileRequest) -> LoadOutcome {
    let full = [pixels.width, pixels.height];
    let [width, height] = shown_size(full, request.width, shared.max_side.load(Ordering::Relaxed));
    let size = [width as usize, height as usize];
    let is_tile = matches!(request.picture, Picture::Tile(_)) && request.grade == PictureSize::Shown;
    let content = is_tile.then(|| hash_of_pixels(pixels));
    if [width, height] == full {
        return LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &pixels.rgba),
            full,
            caption,
            content,
        };
    }
    let _slot = shared.decode_slot(request);
    let mut scaler = shared.scalers.lock().pop().unwrap_or_default();
    let scaled = scaler.scale(pixels, width, height);
    shared.scalers.lock().push(scaler);
    match scaled {
        Ok(small) => LoadOutcome::Picture {
            image: ColorImage::from_rgba_unmultiplied(size, &small.rgba),
            full,
            caption,
            content,
        },
        Err(reason) => LoadOutcome::Failed(TileFault::unreadable(reason)),
    }
}

/// The size of the texture for a tile shown `width` pixels wide: never larger than the tile, nor
/// than a texture may be.
pub(crate) fn shown_size(full: [u32; 2], width: u32, max_side: u32) -> [u32; 2] {
    let [full_width, full_height] = full.map(|side| side.max(1));
    let by_width = f64::from(width.clamp(1, full_width)) / f64::from(full_width);
    let by_limit = f64::from(max_side) / f64::from(full_width.max(full_height));
    let scale = by_width.min(by_limit).min(1.0);
    [full_width, full_height].map(|side| ((f64::from(side) * scale).round() as u32).clamp(1, max_side))
}
