//! The answers about tiles and queries that are alike, on the thread that searches tiles.
//!
//! Knows no view of the results and no judgement.

use std::path::Path;
use std::sync::Arc;

use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::suspicion::fingerprints::{FingerprintCache, PixelCopies, PixelWork};
use tilejury_audit::suspicion::{SimilarQueries, SimilarTile, TileLikeness, similar_tiles};
use tilejury_data::{Dataset, SampleIndex, TilePath, cores};
use tilejury_text::Snippet;

use crate::tile_search::{FoundTiles, TileHit};
use crate::ui::brief;

/// The most tiles, rows and groups that are listed: nobody looks at more.
const LISTED_UP_TO: usize = 200;
/// The letters of a query that a list may show.
const QUERY_UP_TO: usize = 300;

/// A question about tiles.
#[derive(Clone, Debug)]
pub(crate) enum TileQuestion {
    /// The tiles whose texts fit words best.
    Text(String),
    /// The tiles like a tile, and the rows with queries near that of a sample.
    Similar { tile: TilePath, sample: SampleIndex },
    /// The groups of tiles and of queries that are alike.
    Groups,
}

/// A row in a list of rows with near queries.
#[derive(Debug)]
pub(crate) struct NearQuery {
    pub(crate) sample: SampleIndex,
    pub(crate) query: String,
    /// The nearness of the query, 0 to 1; 1 in groups.
    pub(crate) nearness: f32,
}

/// The groups of a set, the largest first.
#[derive(Debug, Default)]
pub(crate) struct LikeGroups {
    /// `None` until a pixel scan has results.
    pub(crate) tiles: Option<Vec<Vec<TilePath>>>,
    pub(crate) queries: Vec<Vec<NearQuery>>,
}

/// Finds the tiles like a tile; the error is for a person to read.
pub(crate) fn find_similar(
    dataset: &Dataset,
    fingerprints: &Path,
    tile: &TilePath,
    progress: &dyn Progress,
) -> Result<Result<FoundTiles, String>, Cancelled> {
    let cache = FingerprintCache::open(fingerprints).or_else(|_| FingerprintCache::in_memory());
    let mut cache = match cache {
        Ok(cache) => cache,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // One core is left for the window.
    let work = PixelWork::new((cores() - 1).max(1), progress);
    let found = similar_tiles(dataset, &mut cache, tile, &work)?;
    let tiles = std::iter::once(itself(tile)).chain(found.tiles.into_iter().take(LISTED_UP_TO).map(hit)).collect();
    // The tile itself is one of all, and not compared.
    Ok(Ok(FoundTiles { tiles, searched: found.compared, others: found.all.saturating_sub(1) }))
}

/// The tile that the others are like, as the first of the list.
fn itself(tile: &TilePath) -> TileHit {
    let snippet = Snippet { text: "This tile".to_owned(), hits: Vec::new() };
    TileHit { tile: tile.clone(), score: 1.0, snippet }
}

fn hit(found: SimilarTile) -> TileHit {
    let text = match found.kind {
        TileLikeness::SameBytes => "The same file".to_owned(),
        TileLikeness::SamePixels => "The same picture in another file".to_owned(),
        TileLikeness::NearPicture => format!("Near picture, strength {:.2}", found.likeness),
    };
    TileHit { tile: found.tile, score: f64::from(found.likeness), snippet: Snippet { text, hits: Vec::new() } }
}

/// Finds the rows with the query of a sample, or a near one.
pub(crate) fn near_queries(
    dataset: &Dataset,
    sample: SampleIndex,
    progress: &dyn Progress,
) -> Result<Vec<NearQuery>, Cancelled> {
    let near = SimilarQueries::read(dataset, progress)?.near(sample);
    let named = near.into_iter().take(LISTED_UP_TO).map(|row| named(dataset, row.sample, row.nearness));
    Ok(named.collect())
}

/// Finds the groups of the set. `copies` are the tiles that a pixel scan found to be alike.
pub(crate) fn groups(
    dataset: &Dataset,
    copies: Option<&Arc<PixelCopies>>,
    progress: &dyn Progress,
) -> Result<LikeGroups, Cancelled> {
    let tiles = copies.map(|copies| {
        let mut groups = copies.groups();
        groups.truncate(LISTED_UP_TO);
        groups
    });
    let rows = SimilarQueries::read(dataset, progress)?.groups(progress)?;
    let group =
        |rows: Vec<SampleIndex>| rows.into_iter().take(LISTED_UP_TO).map(|row| named(dataset, row, 1.0)).collect();
    let queries = rows.into_iter().take(LISTED_UP_TO).map(group).collect();
    Ok(LikeGroups { tiles, queries })
}

fn named(dataset: &Dataset, sample: SampleIndex, nearness: f32) -> NearQuery {
    let query = dataset.row(sample).map(|row| brief(&row.query, QUERY_UP_TO).into_owned()).unwrap_or_default();
    NearQuery { sample, query, nearness }
}
