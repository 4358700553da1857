//! Groups of tiles that show the same picture, from the findings that compare a tile with a
//! positive.

use std::collections::HashMap;

use rustc_hash::FxHashMap;
use serde::Serialize;
use tilejury_data::{Dataset, TilePath, TileSlot};

use super::ROWS_PER_REPORT;
use super::hubs::path_of;
use crate::progress::{Cancelled, Progress, Stage};
use crate::search::quote;
use crate::suspicion::{Evidence, Findings, PositiveOwner};

/// The largest number of groups that are listed.
const MOST_CLUSTERS: usize = 12;

/// Tiles that show the same picture under several paths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CopyCluster {
    /// The tiles, sorted.
    pub tiles: Vec<String>,
    /// The number of findings about them.
    pub findings: usize,
    /// The number of rows with one of the first 20 tiles.
    pub rows: usize,
    /// The search that lists these rows.
    pub search: String,
}

/// The largest number of tiles in a search.
pub(super) const MOST_TILES: usize = 20;

pub(super) fn clusters(
    dataset: &Dataset,
    findings: &Findings,
    progress: &dyn Progress,
) -> Result<Vec<CopyCluster>, Cancelled> {
    let mut groups = Groups::default();
    for finding in findings.all() {
        let owner = match &finding.evidence {
            Evidence::SameBytes(owner) | Evidence::SamePixels(owner) => *owner,
            Evidence::NearPicture { owner, .. } | Evidence::SamePicture { owner, .. } => *owner,
            _ => continue,
        };
        let of_positive = match owner {
            PositiveOwner::Own => finding.sample,
            PositiveOwner::Other { row, .. } => row,
        };
        let tile = finding.tile.and_then(|slot| path_of(dataset, finding.sample, slot));
        let positive = path_of(dataset, of_positive, TileSlot::POSITIVE);
        if let (Some(tile), Some(positive)) = (tile, positive) {
            groups.join(tile, positive);
        }
    }
    let mut clusters = groups.largest();
    count_rows(dataset, &mut clusters, progress)?;
    Ok(clusters)
}

/// Counts the rows of each group. Parses every row, if there are groups.
fn count_rows(dataset: &Dataset, clusters: &mut [CopyCluster], progress: &dyn Progress) -> Result<(), Cancelled> {
    let mut cluster_of: FxHashMap<String, usize> = FxHashMap::default();
    for (at, cluster) in clusters.iter().enumerate() {
        cluster_of.extend(cluster.tiles.iter().take(MOST_TILES).map(|tile| (tile.clone(), at)));
    }
    if cluster_of.is_empty() {
        return Ok(());
    }
    let mut of_row: Vec<usize> = Vec::new();
    for sample in dataset.indices() {
        if sample.index() % ROWS_PER_REPORT == 0 {
            progress.report(Stage::Rows.step(sample.index(), dataset.samples.len()))?;
        }
        let Ok(row) = dataset.row(sample) else { continue };
        of_row.clear();
        of_row.extend(row.spellings().filter_map(|tile| cluster_of.get(&*TilePath::normal(tile)).copied()));
        of_row.sort_unstable();
        of_row.dedup();
        of_row.iter().for_each(|at| clusters[*at].rows += 1);
    }
    Ok(())
}

/// Groups of tiles that were joined pair by pair.
#[derive(Default)]
struct Groups {
    numbers: HashMap<TilePath, usize>,
    /// By tile: another tile of its group, or itself.
    parents: Vec<usize>,
    /// By tile: the number of pairs with it.
    pairs: Vec<usize>,
}

impl Groups {
    fn number(&mut self, tile: TilePath) -> usize {
        let next = self.parents.len();
        let number = *self.numbers.entry(tile).or_insert(next);
        if number == next {
            self.parents.push(next);
            self.pairs.push(0);
        }
        number
    }

    fn root(&mut self, mut tile: usize) -> usize {
        while self.parents[tile] != tile {
            self.parents[tile] = self.parents[self.parents[tile]];
            tile = self.parents[tile];
        }
        tile
    }

    fn join(&mut self, one: TilePath, other: TilePath) {
        let (one, other) = (self.number(one), self.number(other));
        self.pairs[one] += 1;
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one] = other;
    }

    fn largest(mut self) -> Vec<CopyCluster> {
        let mut groups: HashMap<usize, (Vec<String>, usize)> = HashMap::new();
        for (tile, number) in std::mem::take(&mut self.numbers) {
            let root = self.root(number);
            let group = groups.entry(root).or_default();
            group.0.push(tile.to_string());
            group.1 += self.pairs[number];
        }
        let mut clusters: Vec<CopyCluster> = groups
            .into_values()
            .filter(|(tiles, _)| tiles.len() > 1)
            .map(|(mut tiles, findings)| {
                tiles.sort_unstable();
                let quoted: Vec<_> = tiles.iter().take(MOST_TILES).map(|tile| quote(tile)).collect();
                CopyCluster { search: format!("tile:{}", quoted.join(",")), tiles, findings, rows: 0 }
            })
            .collect();
        clusters.sort_by(|a, b| b.tiles.len().cmp(&a.tiles.len()).then_with(|| a.tiles.cmp(&b.tiles)));
        clusters.truncate(MOST_CLUSTERS);
        clusters
    }
}
