//! Negatives that are copies, under another path, of a positive of their query or of a tile that
//! was judged relevant to it.
//!
//! Reads the pixels of only those tiles that must be compared, through the cache of fingerprints.
//! Makes no decision about rows: the plan passes in which tiles count as positives.

use std::panic::catch_unwind;
use std::path::Path;

use parking_lot::Mutex;
use rustc_hash::{FxHashMap, FxHashSet};
use tilejury_data::{Dataset, SampleKey, TileError, TilePath, cores, decode};
use tilejury_rows::{QueryKey, RowKeyTable, RowKeys, TileId};
use tilejury_vision::PictureFingerprint;

use super::ExportError;
use super::copies_report::{CopiesReport, CopyCoverage};
use super::options::{Copies, ExportOptions, TileCheck, Unjudged};
use super::source::JudgementSource;
use crate::judgement::{Relevance, Verdict};
use crate::progress::Progress;
use crate::suspicion::fingerprints::{
    FingerprintCache, Fingerprints, OverlaidPairs, PixelWork, TileFingerprint, make_some,
};
use crate::suspicion::{CopyKind, copies_among, copy_kind};

/// Counts of negatives by kind of copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CopyCounts {
    same_bytes: usize,
    same_pixels: usize,
    near: usize,
}

impl CopyCounts {
    /// Counts one more copy.
    pub(super) fn count(&mut self, kind: CopyKind) {
        *match kind {
            CopyKind::SameBytes => &mut self.same_bytes,
            CopyKind::SamePixels => &mut self.same_pixels,
            CopyKind::Near => &mut self.near,
        } += 1;
    }

    /// Adds other counts.
    pub(super) fn add(&mut self, other: Self) {
        self.same_bytes += other.same_bytes;
        self.same_pixels += other.same_pixels;
        self.near += other.near;
    }
}

/// A query and a tile.
type Pair = (QueryKey, TileId);

/// The copies among the tiles of each query.
pub(super) struct CopiesByQuery {
    option: Copies,
    /// By negative: the tiles of its query that it is a copy of.
    originals: FxHashMap<Pair, Vec<(TileId, CopyKind)>>,
    /// By query: the tiles that could not be read, and whether they are compared with others as
    /// positives.
    unread: FxHashMap<QueryKey, Vec<(TileId, bool)>>,
    /// Tiles that were read and cannot be decoded.
    damaged: FxHashSet<TileId>,
    /// Whether a damaged tile may be in a written row.
    keeps_damaged: bool,
    /// Tiles that somebody marked as not relevant to this query; a confirmation by accepting does
    /// not count as a mark.
    marked: FxHashSet<Pair>,
    candidates: Option<CandidatePool>,
}

/// The pictures that further candidates are compared with.
struct CandidatePool {
    positives: FxHashMap<QueryKey, Vec<TilePath>>,
    fingerprints: Fingerprints,
    /// Candidates that were accepted although they could not be compared.
    unread: Mutex<FxHashSet<Pair>>,
}

/// The tiles of one query.
#[derive(Default)]
struct QueryTiles {
    /// Positives of its rows, and tiles that were judged relevant in any of them.
    positives: Vec<TilePath>,
    /// Negatives of rows that may be written.
    negatives: Vec<TilePath>,
}

impl CopiesByQuery {
    /// Compares all tiles that matter. `cache` is the file of fingerprints; without it, every tile
    /// is read.
    ///
    /// # Errors
    /// When `progress` stopped it.
    pub(super) fn find(
        dataset: &Dataset,
        row_keys: &RowKeyTable,
        source: &JudgementSource<'_>,
        options: &ExportOptions,
        cache: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        if options.copies == Copies::Trust {
            return Ok(Self::nothing(options.copies));
        }
        let (groups, marked) = groups(dataset, row_keys, source, options);
        let refill = options.refill && options.negatives > 0;
        let mut found = Self::among(dataset, &groups, refill, cache, progress)?;
        found.option = options.copies;
        found.marked = marked;
        found.keeps_damaged = options.tiles_looked_for() == TileCheck::Trust;
        Ok(found)
    }

    /// Finds the copies in a finished export, among its own rows and without judgements.
    ///
    /// # Errors
    /// When `progress` stopped it.
    pub(super) fn find_in_export(
        dataset: &Dataset,
        row_keys: &RowKeyTable,
        cache: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let no_judgements = JudgementSource::empty();
        let (groups, _) = groups(dataset, row_keys, &no_judgements, &ExportOptions::default());
        Self::among(dataset, &groups, false, cache, progress)
    }

    fn nothing(option: Copies) -> Self {
        Self {
            option,
            originals: FxHashMap::default(),
            unread: FxHashMap::default(),
            damaged: FxHashSet::default(),
            keeps_damaged: true,
            marked: FxHashSet::default(),
            candidates: None,
        }
    }

    fn among(
        dataset: &Dataset,
        groups: &FxHashMap<QueryKey, QueryTiles>,
        refill: bool,
        cache: Option<&Path>,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let mut found = Self::nothing(Copies::Drop);
        let (mut pairs, mut ids, mut wanted) = (Vec::new(), Vec::new(), Vec::new());
        for (query, group) in groups {
            for (positive, negative) in group.positives.iter().flat_map(|positive| {
                group.negatives.iter().filter(move |tile| *tile != positive).map(move |tile| (positive, tile))
            }) {
                pairs.push((positive, negative));
                ids.push((*query, TileId::new(positive), TileId::new(negative)));
                wanted.extend([positive, negative]);
            }
            if refill {
                wanted.extend(&group.positives);
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(found);
        }
        // Rows are changed by the result: only pixels confirm it.
        let work = PixelWork { overlaid: OverlaidPairs::All, ..PixelWork::new(cores(), progress) };
        // Without a cache on disk, the tiles are read again the next time.
        let mut cache = match cache.map(FingerprintCache::open) {
            Some(Ok(cache)) => cache,
            Some(Err(_)) | None => FingerprintCache::in_memory().map_err(|error| ExportError::Io {
                path: dataset.root.clone(),
                source: std::io::Error::other(error),
            })?,
        };
        let tiles = wanted.iter().map(|tile| (*tile).clone()).collect();
        let fingerprints = make_some(dataset, tiles, &mut cache, &work)?;
        let kinds = copies_among(&dataset.tiles, &fingerprints, &mut cache, &pairs, &work)?;
        let unread = |tile: &TilePath| fingerprints.get(tile).and_then(TileFingerprint::picture).is_none();
        let cannot_be_decoded = |tile: &&&TilePath| {
            matches!(fingerprints.get(tile), Some(TileFingerprint::Unreadable(_))) && is_damaged(dataset, tile)
        };
        found.damaged = wanted.iter().filter(cannot_be_decoded).map(|tile| TileId::new(tile)).collect();
        for (((query, positive, negative), kind), pair) in ids.into_iter().zip(kinds).zip(&pairs) {
            if let Some(kind) = kind {
                found.originals.entry((query, negative)).or_default().push((positive, kind));
                continue;
            }
            for (tile, id, is_positive) in [(pair.0, positive, true), (pair.1, negative, false)] {
                if unread(tile) {
                    let known = found.unread.entry(query).or_default();
                    if !known.contains(&(id, is_positive)) {
                        known.push((id, is_positive));
                    }
                }
            }
        }
        if refill {
            let positives = groups.iter().map(|(query, group)| (*query, group.positives.clone())).collect();
            found.candidates = Some(CandidatePool { positives, fingerprints, unread: Mutex::default() });
        }
        Ok(found)
    }

    /// The tiles that were read for the comparison and cannot be decoded.
    pub(super) fn damaged(&self) -> impl Iterator<Item = TileId> {
        self.damaged.iter().copied()
    }

    /// Whether no negative is a copy.
    pub(super) fn is_empty(&self) -> bool {
        self.originals.is_empty()
    }

    /// Whether any negative of a row is a copy.
    pub(super) fn affects(&self, row: &RowKeys<'_>) -> bool {
        !self.originals.is_empty() && row.negatives.iter().any(|tile| self.originals.contains_key(&(row.query, *tile)))
    }

    /// Returns how a negative of a query is a copy of one of the tiles that `counts` accepts as
    /// positive or relevant.
    pub(super) fn kind(&self, query: QueryKey, tile: TileId, counts: impl Fn(TileId) -> bool) -> Option<CopyKind> {
        let originals = self.originals.get(&(query, tile))?;
        originals.iter().filter(|(positive, _)| counts(*positive)).map(|(_, kind)| *kind).min()
    }

    /// Whether somebody marked a near picture as not relevant, so that it may be kept. An identical
    /// picture may never be kept.
    pub(super) fn is_marked(&self, query: QueryKey, tile: TileId, kind: CopyKind) -> bool {
        !kind.is_identical() && self.marked.contains(&(query, tile))
    }

    /// Whether copies are removed from the negatives.
    pub(super) fn leave(&self) -> bool {
        self.option == Copies::Drop
    }

    /// Whether a further candidate, which no row names yet, is a copy, or damaged where that
    /// matters. Reads its picture.
    pub(super) fn refuses_candidate(
        &self,
        dataset: &Dataset,
        query: QueryKey,
        tile: &TilePath,
        counts: impl Fn(TileId) -> bool,
    ) -> bool {
        let Some(candidates) = &self.candidates else { return false };
        let own = picture_of(dataset, tile);
        if own.is_none() && !self.keeps_damaged && is_damaged(dataset, tile) {
            return true;
        }
        let positives = candidates.positives.get(&query).into_iter().flatten();
        let positives: Vec<_> = positives.filter(|positive| counts(TileId::new(positive))).collect();
        let picture = |positive: &&TilePath| candidates.fingerprints.get(positive).and_then(TileFingerprint::picture);
        let is_copy = own.as_ref().is_some_and(|own| {
            let pictures = positives.iter().filter_map(|positive| Some((*positive, picture(positive)?)));
            pictures.into_iter().any(|positive| copy_kind(&dataset.tiles, positive, (tile, own)).is_some())
        });
        if own.is_none() && !positives.is_empty() {
            let mut unread = candidates.unread.lock();
            unread.insert((query, TileId::new(tile)));
        }
        is_copy
    }

    /// Returns the counts for an export of these rows. `is_written` returns whether a tile is the
    /// positive of a written row of the query.
    pub(super) fn report<'f>(
        &self,
        counts: CopyCounts,
        rows: impl Iterator<Item = RowKeys<'f>>,
        is_written: impl Fn(QueryKey, TileId) -> bool,
    ) -> CopiesReport {
        let CopyCounts { same_bytes, same_pixels, near } = counts;
        if self.option == Copies::Trust {
            return CopiesReport { looked_for: CopyCoverage::None, ..CopiesReport::default() };
        }
        let (mut unread, mut damaged, mut near_kept_by_mark) = (FxHashSet::default(), FxHashSet::default(), 0);
        let of_candidates = self.candidates.as_ref().map(|candidates| &candidates.unread);
        let of_candidates = of_candidates.map(|unread| unread.lock());
        for row in rows {
            for (tile, is_positive) in self.unread.get(&row.query).into_iter().flatten() {
                let is_in_row = *tile == row.positive || row.negatives.contains(tile);
                if *is_positive || is_in_row {
                    unread.insert(*tile);
                }
                if is_in_row && self.damaged.contains(tile) {
                    damaged.insert(*tile);
                }
            }
            for tile in row.negatives {
                if of_candidates.as_ref().is_some_and(|unread| unread.contains(&(row.query, *tile))) {
                    unread.insert(*tile);
                }
                let kind = self.kind(row.query, *tile, |positive| is_written(row.query, positive));
                let kept = kind.is_some_and(|kind| self.is_marked(row.query, *tile, kind));
                near_kept_by_mark += usize::from(kept);
            }
        }
        let looked_for = if unread.is_empty() { CopyCoverage::All } else { CopyCoverage::Some };
        let (tiles_not_read, damaged) = (unread.len(), damaged.len());
        CopiesReport { looked_for, tiles_not_read, damaged, same_bytes, same_pixels, near, near_kept_by_mark }
    }
}

/// Returns the tiles to compare, by query, from rows that may be written, and the tiles that were
/// marked as not relevant.
fn groups(
    dataset: &Dataset,
    row_keys: &RowKeyTable,
    source: &JudgementSource<'_>,
    options: &ExportOptions,
) -> (FxHashMap<QueryKey, QueryTiles>, FxHashSet<Pair>) {
    let mut groups: FxHashMap<QueryKey, QueryTiles> = FxHashMap::default();
    let mut marked = FxHashSet::default();
    let people = source.people();
    let marks = |sample: SampleKey, tile: &TilePath| {
        people.iter().any(|person| person.mark(sample, tile) == Some(Relevance::NotRelevant))
    };
    for (index, sample) in dataset.indices().zip(&dataset.samples) {
        let (Some(row), Ok(text)) = (row_keys.row(index.index()), dataset.row(index)) else { continue };
        let group = groups.entry(row.query).or_default();
        let judgement = source.judgements.get(&sample.key);
        let mut spellings = text.spellings().map(TilePath::new).filter(|tile| !tile.as_str().is_empty());
        group.positives.extend(spellings.next());
        // The negatives of a row that is dropped for its verdict do not matter.
        let verdict = judgement.and_then(|judgement| judgement.verdict);
        let leaves = verdict == Some(Verdict::Reject) || (verdict.is_none() && options.unjudged == Unjudged::Drop);
        if !leaves {
            group.negatives.extend(spellings);
        }
        for (tile, relevance) in judgement.into_iter().flat_map(|judgement| &judgement.tiles) {
            match relevance {
                Relevance::Relevant => group.positives.push(tile.clone()),
                Relevance::NotRelevant if marks(sample.key, tile) => {
                    marked.insert((row.query, TileId::new(tile)));
                }
                Relevance::NotRelevant | Relevance::Unsure | Relevance::Broken => {}
            }
        }
    }
    for group in groups.values_mut() {
        for tiles in [&mut group.positives, &mut group.negatives] {
            tiles.sort_unstable();
            tiles.dedup();
        }
    }
    (groups, marked)
}

/// Whether a tile is here and cannot be decoded. A tile that cannot be fetched is not damaged: no
/// row may change because a network failed.
fn is_damaged(dataset: &Dataset, tile: &TilePath) -> bool {
    let Ok(location) = dataset.tiles.locate(tile) else { return false };
    let mut bytes = Vec::new();
    match dataset.tiles.read_patiently(&location, &mut bytes) {
        Ok(()) => !matches!(catch_unwind(|| decode(&bytes)), Ok(Ok(_))),
        Err(TileError::Unreachable { .. } | TileError::ShardMissing { .. }) => false,
        Err(TileError::Missing { .. } | TileError::Unreadable { .. }) => true,
    }
}

fn picture_of(dataset: &Dataset, tile: &TilePath) -> Option<PictureFingerprint> {
    let mut bytes = Vec::new();
    dataset.tiles.read_patiently(&dataset.tiles.locate(tile).ok()?, &mut bytes).ok()?;
    match TileFingerprint::decode(&bytes).0 {
        TileFingerprint::Readable(picture) | TileFingerprint::Adopted(picture) => Some(picture),
        TileFingerprint::Unreadable(_) | TileFingerprint::Missing(_) | TileFingerprint::ShardMissing => None,
    }
}
