//! Which shards are named by rows and are not here, and how much of the set that takes away.
//!
//! A shard that was not fetched, or was moved, is no damage: this tells of it once, not once a tile. Goes by the paths of rows
//! and the names of files; reads no shard.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::dataset::Dataset;
use crate::tile_path::TilePath;
use crate::tile_source::TileSource;

/// A shard that is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingShard {
    /// The name of its file.
    pub file: String,
    /// How many different tiles of it rows name.
    pub tiles: usize,
    /// In how many rows.
    pub rows: usize,
}

/// The shards that are not here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingShards {
    shards: Vec<MissingShard>,
    /// Indexes of the samples that name a tile of any of them, ascending.
    samples: Vec<u32>,
}

impl MissingShards {
    /// Looks for the shards that the rows of a dataset name, in the dataset's own source of tiles or another one of the same
    /// root. Reads each row once. What a row says of a shard of which a tar of another name holds the tiles is only known when
    /// that tar is indexed: until then, nothing is missing.
    pub fn find(dataset: &Dataset, tiles: &TileSource) -> Self {
        let mut lacks: HashMap<String, bool> = HashMap::new();
        let mut found: BTreeMap<String, (HashSet<TilePath>, usize)> = BTreeMap::new();
        let mut samples = Vec::new();
        for index in 0..dataset.samples.len() {
            let Ok(row) = dataset.row(index) else { continue };
            let mut of_row: HashSet<String> = HashSet::new();
            for spelling in row.spellings() {
                let normal = TilePath::normal(spelling);
                let Some((name, _)) = normal.split_once('/').filter(|(name, _)| name.starts_with("shard_")) else {
                    continue;
                };
                let lacking = match lacks.get(name) {
                    Some(lacking) => *lacking,
                    None => *lacks.entry(name.to_owned()).or_insert_with(|| tiles.lacks_shard(name)),
                };
                if !lacking {
                    continue;
                }
                let path = TilePath::new(spelling);
                if tiles.is_in_other_shard(&path) {
                    continue;
                }
                let of_shard = found.entry(name.to_owned()).or_default();
                of_shard.0.insert(path);
                of_shard.1 += usize::from(of_row.insert(name.to_owned()));
            }
            if !of_row.is_empty() {
                samples.push(index as u32);
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

    /// How many different tiles of them rows name.
    pub fn tiles(&self) -> usize {
        self.shards.iter().map(|shard| shard.tiles).sum()
    }

    /// In how many rows.
    pub fn rows(&self) -> usize {
        self.samples.len()
    }

    /// Is none missing?
    pub fn is_empty(&self) -> bool {
        self.shards.is_empty()
    }

    /// Does a sample name a tile of any of them?
    pub fn concerns(&self, sample: usize) -> bool {
        u32::try_from(sample).is_ok_and(|sample| self.samples.binary_search(&sample).is_ok())
    }
}
