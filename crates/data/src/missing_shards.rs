//! The shards that rows name but that are missing, and how many tiles and rows they affect.
//!
//! A shard that was not fetched, or was moved, is not damage: it is reported once, rather than once
//! per tile. Uses the paths in rows and file names; reads no shard.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::dataset::Dataset;
use crate::sample_index::SampleIndex;
use crate::tile_path::TilePath;
use crate::tile_source::TileSource;

/// A missing shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingShard {
    /// The file name.
    pub file: String,
    /// The number of different tiles in it that rows name.
    pub tiles: usize,
    /// The number of rows that name such a tile.
    pub rows: usize,
}

/// The missing shards of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingShards {
    shards: Vec<MissingShard>,
    /// Ascending indexes of the samples that name a tile in any of them.
    samples: Vec<SampleIndex>,
}

impl MissingShards {
    /// Finds the missing shards among those that the rows of a dataset name, in the dataset's own
    /// tile source or another one of the same root. Reads each row once. A tar of another name may
    /// hold a shard's tiles, which is known only after that tar is indexed: until then, the shard
    /// does not count as missing.
    pub fn find(dataset: &Dataset, tiles: &TileSource) -> Self {
        let mut missing: HashMap<String, bool> = HashMap::new();
        let mut found: BTreeMap<String, (HashSet<TilePath>, usize)> = BTreeMap::new();
        let mut samples = Vec::new();
        for index in dataset.indices() {
            let Ok(row) = dataset.row(index) else { continue };
            let mut shards_in_row: HashSet<String> = HashSet::new();
            for spelling in row.spellings() {
                let normal = TilePath::normal(spelling);
                let Some((name, _)) = normal.split_once('/').filter(|(name, _)| name.starts_with("shard_")) else {
                    continue;
                };
                let is_missing = match missing.get(name) {
                    Some(is_missing) => *is_missing,
                    None => *missing.entry(name.to_owned()).or_insert_with(|| tiles.lacks_shard(name)),
                };
                if !is_missing {
                    continue;
                }
                let path = TilePath::new(spelling);
                if tiles.is_in_other_shard(&path) {
                    continue;
                }
                let (shard_tiles, shard_rows) = found.entry(name.to_owned()).or_default();
                shard_tiles.insert(path);
                *shard_rows += usize::from(shards_in_row.insert(name.to_owned()));
            }
            if !shards_in_row.is_empty() {
                samples.push(index);
            }
        }
        let shard = |(name, (tiles, rows)): (String, (HashSet<TilePath>, usize))| MissingShard {
            file: format!("{name}.tar"),
            tiles: tiles.len(),
            rows,
        };
        Self { shards: found.into_iter().map(shard).collect(), samples }
    }

    /// The shards, by name.
    pub fn shards(&self) -> &[MissingShard] {
        &self.shards
    }

    /// The number of different tiles in missing shards that rows name.
    pub fn tiles(&self) -> usize {
        self.shards.iter().map(|shard| shard.tiles).sum()
    }

    /// The number of rows that name such a tile.
    pub fn rows(&self) -> usize {
        self.samples.len()
    }

    /// Whether no shard is missing.
    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Whether a sample names a tile in a missing shard.
    pub fn concerns(&self, sample: SampleIndex) -> bool {
        self.samples.binary_search(&sample).is_ok()
    }
}
