//! The pairs and clusters of tiles that a job found, in the cache of fingerprints: near pictures
//! among all tiles, not only those that rows compare.
//!
//! Their tables are in the file only once something was adopted. Stores and returns;
//! `super::copies` decides which of the pairs are copies.

use std::path::Path;

use rusqlite::OptionalExtension as _;
use tilejury_data::TilePath;

use super::cache::{CacheImport, FingerprintCache};
use super::fingerprint::TileFingerprint;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS adopted_pairs (
        a TEXT NOT NULL,
        b TEXT NOT NULL,
        PRIMARY KEY (a, b)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS adopted_clusters (tile TEXT PRIMARY KEY, cluster INTEGER NOT NULL) STRICT, WITHOUT ROWID;
";

/// The adopted pairs and clusters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdoptedPairs {
    /// The pairs of tiles with near pictures, by their fingerprints.
    pub(crate) near: Vec<(TilePath, TilePath)>,
    /// The tiles of clusters, by the numbers of these.
    pub(crate) clusters: Vec<(i64, TilePath)>,
}

impl FingerprintCache {
    /// Whether a job's results were adopted into a file, which need not exist.
    pub fn has_adopted(path: &Path) -> bool {
        path.is_file() && Self::open(path).is_ok_and(|cache| cache.is_adopted().unwrap_or(false))
    }

    fn is_adopted(&self) -> rusqlite::Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'adopted_pairs')";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    /// Returns the adopted pairs and clusters; none if they cannot be read.
    pub fn adopted_pairs(&self) -> AdoptedPairs {
        self.read_adopted().unwrap_or_default()
    }

    fn read_adopted(&self) -> rusqlite::Result<AdoptedPairs> {
        if !self.is_adopted()? {
            return Ok(AdoptedPairs::default());
        }
        let path = |text: String| TilePath::new(&text);
        let mut pairs = self.connection.prepare("SELECT a, b FROM adopted_pairs")?;
        let near = pairs.query_map([], |row| Ok((path(row.get(0)?), path(row.get(1)?))))?;
        let near = near.collect::<Result<_, _>>()?;
        let mut tiles = self.connection.prepare("SELECT cluster, tile FROM adopted_clusters ORDER BY cluster, tile")?;
        let clusters = tiles.query_map([], |row| Ok((row.get(0)?, path(row.get(1)?))))?;
        Ok(AdoptedPairs { near, clusters: clusters.collect::<Result<_, _>>()? })
    }
}

impl CacheImport<'_> {
    /// Notes that fingerprints were adopted.
    pub(crate) fn mark_adopted(&self) -> rusqlite::Result<()> {
        self.transaction.execute_batch(TABLES)
    }

    /// Removes the pairs and clusters that were adopted before.
    pub(crate) fn forget_pairs(&self) -> rusqlite::Result<()> {
        self.transaction.execute_batch("DELETE FROM adopted_pairs; DELETE FROM adopted_clusters;")
    }

    /// Adds a pair of near pictures.
    pub(crate) fn near_pair(&self, a: &TilePath, b: &TilePath) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO adopted_pairs VALUES (?1, ?2)";
        self.transaction.prepare_cached(sql)?.execute((a.as_str(), b.as_str())).map(drop)
    }

    /// Adds a tile to a cluster.
    pub(crate) fn cluster(&self, tile: &TilePath, cluster: i64) -> rusqlite::Result<()> {
        let sql = "INSERT OR REPLACE INTO adopted_clusters VALUES (?1, ?2)";
        self.transaction.prepare_cached(sql)?.execute((tile.as_str(), cluster)).map(drop)
    }

    /// Returns the fingerprint of a tile as it was added.
    pub(crate) fn fingerprint(&self, tile: &TilePath) -> rusqlite::Result<Option<TileFingerprint>> {
        let mut statement = self.transaction.prepare_cached("SELECT print FROM tiles WHERE path = ?1")?;
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let bytes = statement.query_row([tile.as_str()], read).optional()?;
        Ok(bytes.and_then(|bytes| TileFingerprint::from_bytes(&bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_and_clusters_are_replaced_by_later_ones() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.prints.sqlite");
        assert!(!FingerprintCache::has_adopted(&file));
        let mut cache = FingerprintCache::open(&file).unwrap();
        assert_eq!(cache.adopted_pairs(), AdoptedPairs::default());
        assert!(!FingerprintCache::has_adopted(&file));
        let tile = TilePath::new;
        for (a, b) in [("a", "b"), ("c", "d")] {
            let import = cache.import().unwrap();
            import.mark_adopted().unwrap();
            import.forget_pairs().unwrap();
            import.near_pair(&tile(a), &tile(b)).unwrap();
            import.cluster(&tile(a), 7).unwrap();
            import.cluster(&tile(b), 7).unwrap();
            import.commit().unwrap();
        }
        assert!(FingerprintCache::has_adopted(&file));
        let adopted = FingerprintCache::open(&file).unwrap().adopted_pairs();
        assert_eq!(adopted.near, [(tile("c"), tile("d"))]);
        assert_eq!(adopted.clusters, [(7, tile("c")), (7, tile("d"))]);
    }
}
