//! Groups of tiles that show the same picture, from the findings that compare a tile with a
//! positive.

use std::collections::HashMap;

use serde::Serialize;
use tilejury_data::{Dataset, TilePath, TileSlot};

use super::hubs::path_of;
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
    /// The search that lists the rows of the first tiles.
    pub search: String,
}

/// The largest number of tiles in a search.
const MOST_TILES: usize = 20;

pub(super) fn clusters(dataset: &Dataset, findings: &Findings) -> Vec<CopyCluster> {
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
    groups.largest()
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
                CopyCluster { search: format!("tile:{}", quoted.join(",")), tiles, findings }
            })
            .collect();
        clusters.sort_by(|a, b| b.tiles.len().cmp(&a.tiles.len()).then_with(|| a.tiles.cmp(&b.tiles)));
        clusters.truncate(MOST_CLUSTERS);
        clusters
    }
}
