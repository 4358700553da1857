//! Takes the pairs and clusters of files of pairs into the cache of fingerprints.
//!
//! A pair counts only if both tiles were adopted, and if their fingerprints give the same result:
//! then it is of the same scans. Reads no tile.

use std::collections::HashSet;
use std::path::PathBuf;

use tilejury_data::TilePath;
use tilejury_vision::PictureFingerprint;

use super::adopt_error::AdoptError;
use super::pairs::{PAIRS_VERSION, PairKind};
use super::read::{PartBatch, PartReader, value};
use crate::suspicion::fingerprints::{CacheImport, TileFingerprint};

/// The columns that are adopted.
pub(super) const COLUMNS: [&str; 10] = [
    "schema_version",
    "a_shard",
    "a_member",
    "b_shard",
    "b_member",
    "kind",
    "matched_rows",
    "overlap_rows",
    "shift",
    "cluster",
];
/// Clusters are numbered in each file: the numbers of the next one begin here.
const CLUSTERS_OF_A_FILE: i64 = 1 << 33;

/// The counts of adopted pairs.
#[derive(Default)]
pub(super) struct AdoptedPairCounts {
    pub(super) pairs: usize,
    pub(super) clusters: usize,
    /// The number of pairs that the fingerprints of their tiles do not give.
    pub(super) stale: usize,
}

/// Stores the pairs and clusters of files in place of earlier ones. `is_adopted` returns whether a
/// tile was adopted from a shard.
pub(super) fn take(
    files: &[PathBuf],
    is_adopted: &dyn Fn(&str, &TilePath) -> bool,
    prints: &CacheImport<'_>,
) -> Result<AdoptedPairCounts, AdoptError> {
    prints.forget_pairs()?;
    let mut counts = AdoptedPairCounts::default();
    let mut clusters = HashSet::new();
    // Pairs are sorted by the first tile, so its fingerprint is read once.
    let mut last: Option<(TilePath, Option<PictureFingerprint>)> = None;
    for (number, file) in (0_i64..).zip(files) {
        for batch in PartReader::open(file, &COLUMNS)? {
            let batch = batch?;
            check_version(&batch)?;
            let shards = [batch.texts("a_shard")?, batch.texts("b_shard")?];
            let members = [batch.texts("a_member")?, batch.texts("b_member")?];
            let of_cluster = batch.int64("cluster")?;
            for row in 0..batch.rows() {
                let tile = |at: usize| TilePath::new(members[at].value(row));
                let (a, b) = (tile(0), tile(1));
                let known = [(0, &a), (1, &b)].map(|(at, tile)| is_adopted(shards[at].value(row), tile));
                if known == [true, true] {
                    if last.as_ref().is_none_or(|(tile, _)| *tile != a) {
                        last = Some((a.clone(), picture(prints, &a)?));
                    }
                    let own = last.as_ref().and_then(|(_, picture)| picture.as_ref());
                    match kind(&batch, row, own, picture(prints, &b)?.as_ref())? {
                        Some(PairKind::NearSignature) => prints.near_pair(&a, &b)?,
                        Some(PairKind::SameBytes | PairKind::SamePixels) => {}
                        None => {
                            counts.stale += 1;
                            continue;
                        }
                    }
                    counts.pairs += 1;
                }
                let cluster = number * CLUSTERS_OF_A_FILE + of_cluster.value(row);
                for (tile, _) in [&a, &b].into_iter().zip(known).filter(|(_, known)| *known) {
                    prints.cluster(tile, cluster)?;
                    clusters.insert(cluster);
                }
            }
        }
    }
    counts.clusters = clusters.len();
    Ok(counts)
}

fn check_version(batch: &PartBatch) -> Result<(), AdoptError> {
    let other = batch.int32("schema_version")?.iter().flatten().find(|version| *version != PAIRS_VERSION);
    match other {
        None => Ok(()),
        Some(other) => {
            let message = format!("its columns have version {other}, this program knows {PAIRS_VERSION}");
            Err(batch.failed(message).into())
        }
    }
}

fn picture(prints: &CacheImport<'_>, tile: &TilePath) -> Result<Option<PictureFingerprint>, AdoptError> {
    Ok(match prints.fingerprint(tile)? {
        Some(TileFingerprint::Readable(picture) | TileFingerprint::Adopted(picture)) => Some(picture),
        _ => None,
    })
}

/// Returns the kind of a pair; `None` if the fingerprints of its tiles do not give it.
fn kind(
    batch: &PartBatch,
    row: usize,
    a: Option<&PictureFingerprint>,
    b: Option<&PictureFingerprint>,
) -> Result<Option<PairKind>, AdoptError> {
    let Some((a, b)) = a.zip(b) else { return Ok(None) };
    let kinds = [PairKind::SameBytes, PairKind::SamePixels, PairKind::NearSignature];
    let word = batch.texts("kind")?.value(row);
    let number = |name: &str| batch.int32(name).map(|column| value(column, row));
    let is_so = |kind: PairKind| {
        Ok::<_, AdoptError>(match kind {
            PairKind::SameBytes => a.bytes == b.bytes,
            PairKind::SamePixels => a.pixels == b.pixels,
            PairKind::NearSignature => {
                let stored = (number("shift")?, number("matched_rows")?, number("overlap_rows")?);
                a.likeness_of_signatures(b).is_some_and(|found| {
                    let rows = |rows: u32| i32::try_from(rows).ok();
                    stored == (Some(found.shift), rows(found.matched_rows), rows(found.overlap_rows))
                })
            }
        })
    };
    match kinds.into_iter().find(|kind| kind.word() == word) {
        Some(kind) => Ok(is_so(kind)?.then_some(kind)),
        None => Ok(None),
    }
}
