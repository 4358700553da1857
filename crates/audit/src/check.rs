//! The problems of a dataset, each with its position. Only reads, and continues after a problem.

mod copies;
mod kinds;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use tilejury_data::{
    Dataset, LineNumber, MissingShards, Sample, SampleIndex, SampleKey, TileError, TilePath, TileSource, Warning, cores,
};
use tilejury_rows::SameQuery;

use crate::parallel::in_parallel;
use crate::progress::{Cancelled, Progress, Stage};

use crate::suspicion::fingerprints::{FingerprintCache, TileFingerprint, known_at};
use crate::text::count;

pub use kinds::{ROW_KINDS, kind_name};

/// One problem. The fields are those of `check --json`; a field that does not apply is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Its kind.
    pub kind: &'static str,
    /// The split's name.
    pub split: Option<String>,
    /// The line in the split's file, from 1.
    pub line: Option<LineNumber>,
    /// A tile in the row's spelling, a shard's file or a member's name. A missing shard is named
    /// without its folder.
    pub path: Option<String>,
    /// The problem and its meaning.
    pub message: String,
}

/// The number of tiles that one thread takes at a time.
const TILES_AT_ONCE: usize = 64;

/// The samples that name a tile.
type TileUses = BTreeMap<TilePath, Vec<SampleIndex>>;

/// The fingerprints of tiles that were decoded.
type FingerprintsByTile = Vec<(TilePath, TileFingerprint)>;

/// The way in which a check learns what is in tiles.
#[derive(Clone, Copy, Debug)]
pub enum CheckedTiles<'f> {
    /// Every tile is decoded.
    Decoded,
    /// Not at all, except that adopted fingerprints in this file, which need not exist, show tiles
    /// that cannot be decoded, and copies.
    Adopted(&'f Path),
    /// Not at all.
    NotDecoded,
}

/// The problems that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The problems, by their positions.
    pub problems: Vec<Problem>,
    /// Its knowledge of the tiles.
    pub depth: CheckDepth,
}

/// The knowledge that a check had of the pictures of tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDepth {
    /// Every tile was decoded.
    Decoded,
    /// No tile was decoded, but some have adopted fingerprints.
    Adopted {
        /// The number of tiles with a fingerprint.
        known: usize,
        /// The number of all tiles.
        tiles: usize,
    },
    /// Nothing: copies of positives were not searched for.
    NotDecoded,
}

impl CheckDepth {
    /// Returns a sentence about what was not examined; `None` if every tile was decoded.
    pub fn note(&self) -> Option<String> {
        match self {
            Self::Decoded => None,
            Self::Adopted { known, tiles } => Some(format!(
                "Tiles were not decoded; copies of positives were searched for by the adopted fingerprints of {known} \
                 of {}.",
                count(*tiles, "tile")
            )),
            Self::NotDecoded => {
                Some("Tiles were not decoded, and copies of positives were not searched for.".to_owned())
            }
        }
    }
}

/// Checks rows, shards and the presence of every tile. If tiles are decoded, which is done on all
/// cores, or their fingerprints were adopted, also finds copies of positives among the negatives.
///
/// Reports shards, tiles, and the pairs of pictures that are compared.
///
/// # Errors
/// When `progress` cancelled the work.
pub fn check(dataset: &Dataset, how: CheckedTiles<'_>, progress: &dyn Progress) -> Result<Checked, Cancelled> {
    let decode_tiles = matches!(how, CheckedTiles::Decoded);
    let mut findings: Vec<Problem> = dataset.warnings.iter().map(|warning| from_warning(dataset, warning)).collect();
    let uses = rows(dataset, &mut findings);
    // Indexed again instead of using the remembered index: a check must see what the shards contain
    // now.
    let shards = dataset.tiles.reopened();
    shards.index_all(progress)?;
    findings.extend(shards.warnings().iter().map(|warning| from_warning(dataset, warning)));
    findings.extend(MissingShards::find(dataset, &shards).shards().iter().map(|shard| Problem {
        kind: "missing_shard",
        split: None,
        line: None,
        path: Some(shard.file.clone()),
        message: format!("is missing: {} in {} cannot be read", count(shard.tiles, "tile"), count(shard.rows, "row")),
    }));
    let (found, fingerprints) = tiles(dataset, &shards, &uses, decode_tiles, progress)?;
    findings.extend(found);
    findings.extend(not_fetched(&shards, &uses));
    let mut depth = CheckDepth::NotDecoded;
    match how {
        CheckedTiles::Decoded => {
            depth = CheckDepth::Decoded;
            let decoded = CheckedFingerprints { all: fingerprints, cache: None };
            findings.extend(copies::find(dataset, &shards, decoded, progress)?);
        }
        CheckedTiles::Adopted(file) if FingerprintCache::has_adopted(file) => {
            if let Ok(cache) = FingerprintCache::open(file) {
                let (damaged, known) = adopted(dataset, &shards, &uses, cache);
                findings.extend(damaged);
                depth = CheckDepth::Adopted { known: known.all.len(), tiles: uses.len() };
                findings.extend(copies::find(dataset, &shards, known, progress)?);
            }
        }
        CheckedTiles::Adopted(_) | CheckedTiles::NotDecoded => {}
    }
    let rank = |finding: &Problem| dataset.splits.iter().position(|split| Some(&split.name) == finding.split.as_ref());
    findings.sort_by_cached_key(|finding| {
        (rank(finding).is_none(), rank(finding), finding.line, finding.kind, finding.path.clone())
    });
    Ok(Checked { problems: findings, depth })
}

/// The fingerprints in which copies are found.
struct CheckedFingerprints {
    all: FingerprintsByTile,
    /// The cache that they are from; no tile is read then.
    cache: Option<FingerprintCache>,
}

/// Returns the fingerprints of a cache, and the problems that they show.
fn adopted(
    dataset: &Dataset,
    shards: &TileSource,
    uses: &TileUses,
    cache: FingerprintCache,
) -> (Vec<Problem>, CheckedFingerprints) {
    // A cache that cannot be read has no fingerprints.
    let known = known_at(dataset, uses.keys(), &cache, |tile| shards.locate(tile).ok()).unwrap_or_default();
    let mut damaged = Vec::new();
    for (path, fingerprint) in &known {
        let TileFingerprint::Unreadable(why) = fingerprint else { continue };
        let (Some((path, users)), message) = (uses.get_key_value(path), Arc::from(&**why)) else { continue };
        let of_row = |index: &SampleIndex| MissingTile {
            index: *index,
            path,
            kind: "corrupt_tile",
            message: Arc::clone(&message),
        };
        damaged.extend(users.iter().map(of_row));
    }
    (
        missing_tile_problems(dataset, damaged),
        CheckedFingerprints { all: known.into_iter().collect(), cache: Some(cache) },
    )
}

/// Checks the rows alone. Returns which samples use which tile.
fn rows(dataset: &Dataset, findings: &mut Vec<Problem>) -> TileUses {
    let mut uses = TileUses::new();
    let same_query = SameQuery::read(dataset);
    let mut same: HashMap<SampleKey, Vec<SampleIndex>> = HashMap::new();
    for index in dataset.indices() {
        let Ok(sample) = dataset.sample(index) else { continue };
        same.entry(SampleKey::new(&sample.query, &sample.positive.path, 0)).or_default().push(index);
        let mut seen = BTreeSet::new();
        for negative in &sample.negatives {
            if negative.path == sample.positive.path {
                let message = "the row's positive is among its own negatives";
                findings.push(finding(dataset, index, "positive_in_negatives", Some(&negative.spelling), message));
            } else if let Some(other) = same_query.row_with_positive(&sample, &negative.path) {
                let message = format!("is the positive of the same query in {}", dataset.describe_position(other));
                findings.push(finding(dataset, index, "positive_in_negatives", Some(&negative.spelling), &message));
            }
            if !seen.insert(&negative.path) {
                let message = "occurs more than once among the row's negatives";
                findings.push(finding(dataset, index, "repeated_negative", Some(&negative.spelling), message));
            }
        }
        for tile in sample.tiles() {
            let users = uses.entry(tile.path.clone()).or_default();
            if users.last() != Some(&index) {
                users.push(index);
            }
        }
    }
    for group in same.values().filter(|group| group.len() > 1) {
        repeats(dataset, group, findings);
    }
    uses
}

/// Reports rows with the same query and positive: a repeat within a split, a leak between splits.
fn repeats(dataset: &Dataset, group: &[SampleIndex], findings: &mut Vec<Problem>) {
    let split = |index: SampleIndex| dataset.entry(index).split;
    let mut first_of: BTreeMap<u16, SampleIndex> = BTreeMap::new();
    for index in group {
        first_of.entry(split(*index)).or_insert(*index);
    }
    for index in group.iter().copied() {
        if let Some(first) = first_of.get(&split(index)).filter(|first| **first != index) {
            let message = format!("the same query and positive as {}", dataset.describe_position(*first));
            findings.push(finding(dataset, index, "repeated_row", None, &message));
        }
        if let Some((_, other)) = first_of.iter().find(|(other, _)| **other != split(index)) {
            let message =
                format!("the same query and positive are in another split: {}", dataset.describe_position(*other));
            findings.push(finding(dataset, index, "split_leak", None, &message));
        }
    }
}

/// Returns a problem for each shard at an address that could not be fetched: whether its tiles
/// exist is not known.
fn not_fetched(shards: &TileSource, uses: &TileUses) -> Vec<Problem> {
    if shards.storage().is_none() {
        return Vec::new();
    }
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for error in uses.keys().filter_map(|path| shards.failure_of(path)) {
        *found.entry(error.to_string()).or_default() += 1;
    }
    let problem = |(error, tiles): (String, usize)| Problem {
        kind: "not_looked_for",
        split: None,
        line: None,
        path: None,
        message: format!("{error}; {} in it could not be looked for", count(tiles, "tile")),
    };
    found.into_iter().map(problem).collect()
}

/// Checks each distinct tile once, on all cores. Reports a problem for every row that names a
/// faulty one.
fn tiles<'u>(
    dataset: &Dataset,
    shards: &TileSource,
    uses: &'u TileUses,
    decode_tiles: bool,
    progress: &dyn Progress,
) -> Result<(Vec<Problem>, FingerprintsByTile), Cancelled> {
    let all: Vec<_> = uses.iter().collect();
    let parts: Vec<_> = all.chunks(TILES_AT_ONCE).collect();
    let done = AtomicUsize::new(0);
    // Only problems and fingerprints are kept: a set can name millions of tiles.
    let check_part = |part: &&[(&'u TilePath, &'u Vec<SampleIndex>)]| {
        let (mut missing, mut fingerprints, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for (path, users) in part.iter().copied() {
            match tile(shards, path, decode_tiles, &mut bytes) {
                Ok(None) => {}
                Ok(Some(fingerprint)) => fingerprints.push((path.clone(), fingerprint)),
                Err((kind, message)) => {
                    let message: Arc<str> = message.into();
                    let of_row =
                        |index: &SampleIndex| MissingTile { index: *index, path, kind, message: message.clone() };
                    missing.extend(users.iter().map(of_row));
                }
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if progress.report(Stage::Tiles.step(done, all.len())).is_err() {
                return ControlFlow::Break((missing, fingerprints));
            }
        }
        ControlFlow::Continue((missing, fingerprints))
    };
    let (found, complete) = in_parallel(&parts, cores(), check_part);
    if !complete {
        return Err(Cancelled);
    }
    let (missing, fingerprints): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let missing = missing.into_iter().flatten().collect();
    Ok((missing_tile_problems(dataset, missing), fingerprints.into_iter().flatten().collect()))
}

/// A tile that a row names, and its problem.
struct MissingTile<'p> {
    index: SampleIndex,
    path: &'p TilePath,
    kind: &'static str,
    message: Arc<str>,
}

/// Returns the problems, with paths in the spelling of their rows. Each row is read once, however
/// many of its tiles have problems.
fn missing_tile_problems(dataset: &Dataset, mut missing: Vec<MissingTile<'_>>) -> Vec<Problem> {
    missing.sort_by_key(|tile| tile.index);
    let problems_of_row = |row: &[MissingTile<'_>]| {
        let index = row.first().map_or(SampleIndex::default(), |tile| tile.index);
        let sample = dataset.sample(index).ok();
        let mut spellings: HashMap<&TilePath, &str> = HashMap::new();
        for tile in sample.iter().flat_map(Sample::tiles) {
            spellings.entry(&tile.path).or_insert(&tile.spelling);
        }
        let problem = |tile: &MissingTile<'_>| {
            finding(dataset, index, tile.kind, spellings.get(tile.path).copied(), &tile.message)
        };
        row.iter().map(problem).collect::<Vec<_>>()
    };
    missing.chunk_by(|one, next| one.index == next.index).flat_map(problems_of_row).collect()
}

/// Returns a tile's fingerprint if it was decoded, or its problem.
fn tile(
    shards: &TileSource,
    path: &TilePath,
    decode_tiles: bool,
    bytes: &mut Vec<u8>,
) -> Result<Option<TileFingerprint>, (&'static str, String)> {
    // It is reported once. Every further try would take as long as the first.
    if shards.failure_of(path).is_some() {
        return Ok(None);
    }
    let location = match shards.locate(path) {
        Ok(location) => location,
        // The problem of the shard is reported once.
        Err(TileError::ShardMissing { .. } | TileError::Unreachable { .. }) => return Ok(None),
        Err(error) => return Err(("missing_tile", error.to_string())),
    };
    if !decode_tiles {
        return Ok(None);
    }
    match shards.read_patiently(&location, bytes) {
        Ok(()) => {}
        // The shard was removed during the check: the next check reports it.
        Err(TileError::ShardMissing { .. }) => return Ok(None),
        Err(error @ TileError::Unreachable { .. }) => return Err(("not_looked_for", error.to_string())),
        Err(error) => return Err(("corrupt_tile", error.to_string())),
    }
    match TileFingerprint::decode(bytes).0 {
        TileFingerprint::Unreadable(why) | TileFingerprint::Missing(why) => Err(("corrupt_tile", why.into())),
        fingerprint => Ok(Some(fingerprint)),
    }
}

fn finding(dataset: &Dataset, index: SampleIndex, kind: &'static str, path: Option<&str>, message: &str) -> Problem {
    Problem {
        kind,
        split: Some(dataset.split_of(index).name.clone()),
        line: Some(dataset.line_of(index)),
        path: path.map(str::to_owned),
        message: message.to_owned(),
    }
}

fn from_warning(dataset: &Dataset, warning: &Warning) -> Problem {
    let relative = |file: &Path| match (file.strip_prefix(&dataset.root), dataset.tiles.storage()) {
        (Ok(file), _) => file.display().to_string(),
        (Err(_), Some(storage)) => {
            let file = file.to_string_lossy();
            file.strip_prefix(storage.address()).map_or(&*file, |path| path.trim_start_matches('/')).to_owned()
        }
        (Err(_), None) => file.display().to_string(),
    };
    let split = dataset.splits.iter().find(|split| split.file == warning.file);
    let message = match &warning.member {
        Some(_) => format!("{}: {}", relative(&warning.file), warning.message),
        None => warning.message.clone(),
    };
    Problem {
        kind: warning.kind.name(),
        split: split.map(|split| split.name.clone()),
        line: warning.line,
        path: warning.member.clone().or_else(|| split.is_none().then(|| relative(&warning.file))),
        message,
    }
}
