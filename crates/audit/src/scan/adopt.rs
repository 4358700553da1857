//! Takes the results of a job into the caches that the window and the commands read, without
//! reading a tile again: fingerprints, texts with their boxes, and pairs.
//!
//! A row counts only if the shard here has the length and the version that were scanned, and has
//! the tile at the same place. All rows are stored, or none; storing them twice changes nothing.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use arrow_array::Array as _;
use sha2::{Digest as _, Sha256};
use tilejury_data::{Dataset, Member, TileLocation, TilePath};
use tilejury_vision::PictureFingerprint;

use super::adopt_error::AdoptError;
use super::adopt_pairs;
use super::read::{PartBatch, PartError, PartReader, value};
use crate::external::{ExternalImport, ExternalStore, StoredReading, reading};
use crate::progress::{Cancelled, Progress, Stage};
use crate::sidecar::SidecarError;
use crate::suspicion::fingerprints::{
    CacheImport, FINGERPRINT_VERSION, FingerprintCache, PixelWork, TileFingerprint, TileStamp, locate_tiles, tiles_of,
};

/// The columns that are adopted.
const COLUMNS: [&str; 20] = [
    "schema_version",
    "shard",
    "shard_bytes",
    "shard_version",
    "member",
    "offset",
    "size",
    "sha256",
    "bytes_hash",
    "unreadable",
    "error",
    "fingerprint_version",
    "fingerprint",
    "engine",
    "engine_version",
    "languages",
    "missing_language",
    "legible",
    "text",
    "boxes",
];
/// The columns by which a file of a scan is recognised.
const OF_SCAN: [&str; 3] = ["schema_version", "shard", "member"];

/// The Parquet files of a folder, each kind by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFiles {
    /// The files of scans.
    pub parts: Vec<PathBuf>,
    /// The files of pairs.
    pub pairs: Vec<PathBuf>,
    /// All others.
    pub others: Vec<PathBuf>,
}

/// The result of adopting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Adopted {
    /// The number of files.
    pub parts: usize,
    /// The number of their rows.
    pub rows: usize,
    /// The number of tiles whose fingerprints, or faults, were stored.
    pub fingerprints: usize,
    /// The number of tiles whose texts were stored.
    pub texts: usize,
    /// The number of rows about tiles that no row of the dataset names, or that are elsewhere.
    pub unnamed: usize,
    /// The number of tiles of the dataset that no file has.
    pub missing: usize,
    /// The number of pairs of tiles that were stored, or are known by their hashes.
    pub pairs: usize,
    /// The number of clusters of which tiles were stored.
    pub clusters: usize,
    /// The number of pairs that do not agree with the fingerprints of these files.
    pub stale_pairs: usize,
    /// The shards, by path, whose rows were left out, with the reason.
    pub left_out: BTreeMap<String, String>,
}

/// Returns the Parquet files of a folder.
///
/// # Errors
/// If the folder cannot be read.
pub fn job_files(folder: &Path) -> std::io::Result<JobFiles> {
    let mut files = Vec::new();
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "parquet") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    let mut sorted = JobFiles::default();
    for path in files {
        let of_kind = match () {
            () if PartReader::has_columns(&path, &OF_SCAN) => &mut sorted.parts,
            () if PartReader::has_columns(&path, &adopt_pairs::COLUMNS) => &mut sorted.pairs,
            () => &mut sorted.others,
        };
        of_kind.push(path);
    }
    Ok(sorted)
}

/// Whether rows of a shard are adopted.
enum ShardState {
    /// The shard with this number here is the one that was scanned.
    Same(usize),
    /// It has the same length, but its version is of another kind or time: the bytes of each tile
    /// are compared.
    Compared(usize),
    LeftOut,
}

/// Adopts the rows of files of scans and of pairs. With `compare`, the tiles of a shard of another
/// time or place are read and compared by their hashes, but not decoded. `store` opens the file of
/// texts, if it is needed.
///
/// # Errors
/// If a file cannot be used, something cannot be stored, or the work was cancelled. Then nothing
/// was stored.
pub fn adopt(
    dataset: &Dataset,
    files: &JobFiles,
    cache: &mut FingerprintCache,
    store: &mut dyn FnMut() -> Result<ExternalStore, SidecarError>,
    compare: bool,
    progress: &dyn Progress,
) -> Result<Adopted, AdoptError> {
    let (files, pairs) = (&files.parts, &files.pairs);
    let mut readers = Vec::new();
    for file in files {
        readers.push(PartReader::open(file, &COLUMNS)?);
    }
    let places = Places::find(dataset, progress)?;
    let total: usize = readers.iter().map(|reader| reader.rows).sum();
    let mut texts = match has_texts(files)? {
        true => Some(store()?),
        false => None,
    };
    let prints = cache.import()?;
    let texts = texts.as_mut().map(ExternalStore::write).transpose()?;
    let mut adoption = Adoption { dataset, places, prints, texts, compare, states: HashMap::new(), bytes: Vec::new() };
    let mut adopted = Adopted { parts: files.len(), ..Adopted::default() };
    for reader in readers {
        for batch in reader {
            progress.report(Stage::Rows.step(adopted.rows, total))?;
            adoption.take(&batch?, &mut adopted)?;
        }
    }
    adopted.missing = adoption.places.by_tile.values().filter(|place| !place.is_adopted).count();
    adoption.prints.mark_adopted()?;
    if !pairs.is_empty() {
        let is_adopted = |shard: &str, tile: &TilePath| adoption.places.is_adopted(shard, tile);
        let counts = adopt_pairs::take(pairs, &is_adopted, &adoption.prints)?;
        (adopted.pairs, adopted.clusters, adopted.stale_pairs) = (counts.pairs, counts.clusters, counts.stale);
    }
    adoption.prints.commit()?;
    if let Some(texts) = adoption.texts {
        texts.commit()?;
    }
    Ok(adopted)
}

fn has_texts(files: &[PathBuf]) -> Result<bool, PartError> {
    for file in files {
        for batch in PartReader::open(file, &["text"])? {
            let batch = batch?;
            let texts = batch.texts("text")?;
            if texts.null_count() < texts.len() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The places of the tiles that rows name.
struct Places {
    by_tile: HashMap<TilePath, Place>,
    /// The numbers of shards by path.
    shards: HashMap<String, usize>,
}

struct Place {
    shard: usize,
    member: Member,
    stamp: TileStamp,
    is_adopted: bool,
}

impl Places {
    fn find(dataset: &Dataset, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let (tiles, _) = tiles_of(dataset);
        let found = locate_tiles(dataset, &tiles, &PixelWork::new(1, progress))?;
        let place = |(tile, found): (TilePath, _)| match found {
            Ok(crate::suspicion::fingerprints::StampedLocation {
                location: TileLocation::Member { shard, member },
                stamp: Some(stamp),
            }) => Some((tile, Place { shard, member, stamp, is_adopted: false })),
            _ => None,
        };
        let by_tile = tiles.into_iter().zip(found).filter_map(place).collect();
        let shards = dataset.tiles.shard_files().into_iter().map(|(number, path)| (path, number)).collect();
        Ok(Self { by_tile, shards })
    }
}

impl Places {
    /// Whether the fingerprint or the text of a tile was adopted from a shard.
    fn is_adopted(&self, shard: &str, tile: &TilePath) -> bool {
        let place = self.by_tile.get(tile).filter(|place| place.is_adopted);
        place.is_some_and(|place| self.shards.get(shard) == Some(&place.shard))
    }
}

struct Adoption<'a> {
    dataset: &'a Dataset,
    places: Places,
    prints: CacheImport<'a>,
    texts: Option<ExternalImport<'a>>,
    compare: bool,
    /// By path, length and version.
    states: HashMap<(String, i64, String), ShardState>,
    bytes: Vec<u8>,
}

impl Adoption<'_> {
    fn take(&mut self, batch: &PartBatch, adopted: &mut Adopted) -> Result<(), AdoptError> {
        batch.check_version()?;
        let (shards, versions, members) =
            (batch.texts("shard")?, batch.texts("shard_version")?, batch.texts("member")?);
        let (lengths, offsets) = (batch.int64("shard_bytes")?, batch.int64("offset")?);
        let (sizes, hashes) = (batch.int64("size")?, batch.bytes("sha256")?);
        for row in 0..batch.rows() {
            adopted.rows += 1;
            let Some(member) = value(members, row) else { continue };
            let key = (shards.value(row).to_owned(), lengths.value(row), versions.value(row).to_owned());
            let (number, compared) = match self.state(key, adopted) {
                ShardState::Same(number) => (*number, false),
                ShardState::Compared(number) => (*number, true),
                ShardState::LeftOut => continue,
            };
            let tile = TilePath::new(member);
            let at = (offsets.value(row) as u64, sizes.value(row) as u64);
            let place = self.places.by_tile.get_mut(&tile);
            let Some(place) = place.filter(|it| it.shard == number && (it.member.offset, it.member.size) == at) else {
                adopted.unnamed += 1;
                continue;
            };
            if compared {
                let location = TileLocation::Member { shard: number, member: place.member };
                let read = self.dataset.tiles.read_once(&location, &mut self.bytes);
                let same =
                    read.is_ok() && value(hashes, row).is_some_and(|hash| hash == &Sha256::digest(&self.bytes)[..]);
                if !same {
                    let reason = "some of its tiles have other bytes than those that were scanned";
                    adopted.left_out.insert(shards.value(row).to_owned(), reason.to_owned());
                    continue;
                }
            }
            if let Some(print) = fingerprint(batch, row)? {
                self.prints.put(&tile, &place.stamp, &print)?;
                place.is_adopted = true;
                adopted.fingerprints += 1;
            }
            if let (Some(texts), Some(read)) = (&self.texts, stored_reading(batch, row, &tile, &place.stamp)?) {
                texts.reading(&read)?;
                place.is_adopted = true;
                adopted.texts += 1;
            }
        }
        Ok(())
    }

    fn state(&mut self, key: (String, i64, String), adopted: &mut Adopted) -> &ShardState {
        let Self { places, dataset, compare, states, .. } = self;
        states.entry(key).or_insert_with_key(|(path, bytes, version)| {
            let mut leave_out = |reason: String| {
                adopted.left_out.insert(path.clone(), reason);
                ShardState::LeftOut
            };
            let Some(number) = places.shards.get(path) else {
                return leave_out("the dataset has no such shard".to_owned());
            };
            match dataset.tiles.shard_version(*number) {
                Err(error) => leave_out(error.to_string()),
                Ok((here, _)) if here != *bytes as u64 => {
                    leave_out(format!("another version was scanned: it had {bytes} bytes, here it has {here}"))
                }
                Ok((_, here)) if here == *version => ShardState::Same(*number),
                Ok(_) if *compare => ShardState::Compared(*number),
                Ok((_, here)) => leave_out(format!(
                    "another version was scanned: {version}, here it is {here}; --compare compares the bytes of its tiles"
                )),
            }
        })
    }
}

/// Returns the fingerprint of a row; `None` if it has none, or none of this version.
fn fingerprint(batch: &PartBatch, row: usize) -> Result<Option<TileFingerprint>, PartError> {
    let (versions, unreadable) = (batch.int32("fingerprint_version")?, batch.flags("unreadable")?);
    if value(unreadable, row) == Some(true) {
        return Ok(value(batch.texts("error")?, row).map(|reason| TileFingerprint::Unreadable(reason.into())));
    }
    if value(versions, row).map(i64::from) != Some(FINGERPRINT_VERSION) {
        return Ok(None);
    }
    let Some(bytes) = value(batch.bytes("fingerprint")?, row) else { return Ok(None) };
    let damaged = || batch.failed("it has a fingerprint that cannot be read".to_owned());
    PictureFingerprint::from_bytes(bytes).map(|picture| Some(TileFingerprint::Adopted(picture))).ok_or_else(damaged)
}

/// Returns the reading of a row, if it has one.
fn stored_reading(
    batch: &PartBatch,
    row: usize,
    tile: &TilePath,
    stamp: &TileStamp,
) -> Result<Option<StoredReading>, PartError> {
    let text = |name: &str| Ok::<_, PartError>(value(batch.texts(name)?, row).map(str::to_owned));
    let Some(words) = text("text")? else { return Ok(None) };
    let damaged = |what: &str| batch.failed(format!("it has a text {what}"));
    let hash = value(batch.bytes("bytes_hash")?, row).and_then(|hash| hash.try_into().ok());
    let engine = text("engine")?.zip(text("engine_version")?).ok_or_else(|| damaged("without an engine"))?;
    let boxes = value(batch.bytes("boxes")?, row).unwrap_or_default();
    Ok(Some(StoredReading {
        tile: tile.clone(),
        hash: u128::from_le_bytes(hash.ok_or_else(|| damaged("without the hash of its bytes"))?),
        stamp: stamp.clone(),
        engine,
        languages: text("languages")?.unwrap_or_default(),
        missing: text("missing_language")?,
        legible: value(batch.flags("legible")?, row).unwrap_or(false),
        reading: reading(&words, boxes).ok_or_else(|| damaged("whose words and boxes differ in number"))?,
    }))
}
