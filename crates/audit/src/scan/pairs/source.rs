//! The tiles among which pairs are searched: those of files of scans. Their keys are read in one
//! pass; the fingerprints that are compared go to a file of their own, where each is found at once.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use arrow_array::{Array as _, Int64Array};
use parking_lot::Mutex;
use tilejury_vision::PictureFingerprint;

use super::super::read::{PartReader, value};
use super::PairError;
use super::tile_set::TileSet;
use crate::suspicion::fingerprints::FINGERPRINT_VERSION;

/// The keys of a tile.
#[derive(Clone, Copy, Debug)]
pub struct TileKeys<'k> {
    /// The number of the tile.
    pub tile: u32,
    /// The hashes of its pixels and of its bytes; `None` if it has no picture.
    pub hashes: Option<(&'k [u8; 16], &'k [u8; 16])>,
    /// Its bands.
    pub bands: &'k [u64],
}

/// The name of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileName {
    /// The path of its shard below the dataset.
    pub shard: String,
    /// Its name in the shard.
    pub member: String,
}

/// Tiles with their keys and fingerprints, numbered from 0.
pub trait TileSketches: Sync {
    /// The number of tiles.
    fn len(&self) -> u64;

    /// Whether there are no tiles.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Passes the keys of all tiles to `each`, in order.
    ///
    /// # Errors
    /// If they cannot be read, or those of `each`.
    fn keys(&self, each: &mut dyn FnMut(TileKeys<'_>) -> Result<(), PairError>) -> Result<(), PairError>;

    /// Makes the names of some tiles and the fingerprints of some available.
    ///
    /// # Errors
    /// If they cannot be read, or the folder cannot be written to.
    fn load(&mut self, named: &TileSet, compared: &TileSet, scratch: &Path) -> Result<(), PairError>;

    /// Returns the fingerprint of a tile that was made available.
    ///
    /// # Errors
    /// If it cannot be read.
    fn fingerprint(&self, tile: u32) -> Result<Option<PictureFingerprint>, PairError>;

    /// Returns the name of a tile that was made available.
    fn name(&self, tile: u32) -> Option<TileName>;
}

/// The tiles of files of scans, in the order of the files and of their rows.
pub struct PartTiles {
    files: Vec<PathBuf>,
    tiles: u64,
    /// The fingerprints, in a file without a name.
    fingerprints: Option<Mutex<File>>,
    /// By tile: the range of its fingerprint in the file.
    places: HashMap<u32, (u64, u32)>,
    /// By tile: the number of its shard, and its member.
    names: HashMap<u32, (u32, Box<str>)>,
    shards: Vec<String>,
}

impl PartTiles {
    /// Opens files, and counts their rows.
    ///
    /// # Errors
    /// If one cannot be used, or there are too many rows.
    pub fn open(files: &[PathBuf]) -> Result<Self, PairError> {
        let mut tiles = 0;
        for file in files {
            tiles += PartReader::open(file, &["schema_version", "pixels_hash", "bands", "fingerprint"])?.rows as u64;
        }
        if u32::try_from(tiles).is_err() {
            return Err(io::Error::other(format!("{tiles} tiles; at most {} can be compared", u32::MAX)).into());
        }
        let (places, names, shards) = (HashMap::new(), HashMap::new(), Vec::new());
        Ok(Self { files: files.to_vec(), tiles, fingerprints: None, places, names, shards })
    }
}

impl TileSketches for PartTiles {
    fn len(&self) -> u64 {
        self.tiles
    }

    fn keys(&self, each: &mut dyn FnMut(TileKeys<'_>) -> Result<(), PairError>) -> Result<(), PairError> {
        let mut tile = 0;
        let mut bands = Vec::new();
        let columns = ["schema_version", "bytes_hash", "pixels_hash", "bands", "fingerprint_version"];
        for file in &self.files {
            for batch in PartReader::open(file, &columns)? {
                let batch = batch?;
                batch.check_version()?;
                let (bytes, pixels) = (batch.bytes("bytes_hash")?, batch.bytes("pixels_hash")?);
                let (lists, versions) = (batch.lists("bands")?, batch.int32("fingerprint_version")?);
                for row in 0..batch.rows() {
                    let is_known = value(versions, row).map(i64::from) == Some(FINGERPRINT_VERSION);
                    let hash = |bytes: Option<&'_ [u8]>| -> Option<[u8; 16]> { bytes?.try_into().ok() };
                    let hashes = hash(value(pixels, row)).zip(hash(value(bytes, row))).filter(|_| is_known);
                    bands.clear();
                    let list = lists.is_valid(row).then(|| lists.value(row));
                    let list = list.as_ref().and_then(|list| list.as_any().downcast_ref::<Int64Array>());
                    bands.extend(list.into_iter().flatten().flatten().map(|band| band as u64));
                    let hashes = hashes.as_ref().map(|(pixels, bytes)| (pixels, bytes));
                    each(TileKeys { tile, hashes, bands: if is_known { &bands } else { &[] } })?;
                    tile += 1;
                }
            }
        }
        Ok(())
    }

    fn load(&mut self, named: &TileSet, compared: &TileSet, scratch: &Path) -> Result<(), PairError> {
        let mut out = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(scratch)?);
        let (mut tile, mut end) = (0, 0_u64);
        for file in &self.files {
            for batch in PartReader::open(file, &["shard", "member", "fingerprint"])? {
                let batch = batch?;
                let (shards, members) = (batch.texts("shard")?, batch.texts("member")?);
                let prints = batch.bytes("fingerprint")?;
                for row in 0..batch.rows() {
                    if named.contains(tile) {
                        let shard = shards.value(row);
                        if self.shards.last().is_none_or(|last| last != shard) {
                            self.shards.push(shard.to_owned());
                        }
                        let member = value(members, row).unwrap_or_default();
                        self.names.insert(tile, (self.shards.len() as u32 - 1, member.into()));
                    }
                    if let Some(print) = value(prints, row).filter(|_| compared.contains(tile)) {
                        out.write_all(print)?;
                        self.places.insert(tile, (end, print.len() as u32));
                        end += print.len() as u64;
                    }
                    tile += 1;
                }
            }
        }
        self.fingerprints = Some(Mutex::new(out.into_inner().map_err(io::IntoInnerError::into_error)?));
        Ok(())
    }

    fn fingerprint(&self, tile: u32) -> Result<Option<PictureFingerprint>, PairError> {
        let (Some(file), Some((from, len))) = (&self.fingerprints, self.places.get(&tile)) else { return Ok(None) };
        let mut bytes = vec![0; *len as usize];
        {
            use io::{Read as _, Seek as _};
            let mut file = file.lock();
            file.seek(io::SeekFrom::Start(*from))?;
            file.read_exact(&mut bytes)?;
        }
        Ok(PictureFingerprint::from_bytes(&bytes))
    }

    fn name(&self, tile: u32) -> Option<TileName> {
        let (shard, member) = self.names.get(&tile)?;
        Some(TileName { shard: self.shards.get(*shard as usize)?.clone(), member: member.to_string() })
    }
}
