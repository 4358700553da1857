//! The demo dataset, embedded in the binary. Its generator and sources are in `assets/demo`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tilejury_data::{LineNumber, TilePath};

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/demo/dataset/", $name)))),+]
    };
}

/// The defects that were planted in the demo, one JSON object a line.
const PLANTED: &str = include_str!("../../../assets/demo/truth.jsonl");

/// A planted defect that a judgement can show. The others, such as a leak between splits, are for
/// the check.
pub(crate) struct PlantedDefect {
    pub(crate) kind: PlantedKind,
    pub(crate) split: String,
    pub(crate) line: LineNumber,
    /// The tile with the defect; `None` for a defect of the query.
    pub(crate) tile: Option<TilePath>,
}

/// The kind of a planted defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlantedKind {
    FalseNegative,
    WrongPositive,
    BrokenTile,
    BadQuery,
}

/// Returns the planted defects, in the order of the file.
pub(crate) fn planted() -> Vec<PlantedDefect> {
    #[derive(serde::Deserialize)]
    struct Line {
        kind: String,
        split: String,
        line: u64,
        paths: Vec<String>,
    }
    let read = |text: &str| {
        let line: Line = serde_json::from_str(text).ok()?;
        let kind = match line.kind.as_str() {
            "false_negative" => PlantedKind::FalseNegative,
            "wrong_positive" => PlantedKind::WrongPositive,
            "corrupt_tile" => PlantedKind::BrokenTile,
            "bad_query" => PlantedKind::BadQuery,
            _ => return None,
        };
        let tile = line.paths.first().map(|path| TilePath::new(path));
        Some(PlantedDefect { kind, split: line.split, line: LineNumber::new(line.line), tile })
    };
    PLANTED.lines().filter_map(read).collect()
}

/// The files of the dataset, by their paths in it.
const FILES: &[(&str, &[u8])] = files![
    "README.md",
    "dataset_summary.json",
    "image_shards_summary.json",
    "train.jsonl",
    "train_hn.jsonl",
    "eval.jsonl",
    "eval_hn.jsonl",
    "test.jsonl",
    "test_hn.jsonl",
    "image_shards/shard_000.tar",
    "image_shards/shard_001.tar",
    "image_shards/shard_002.tar",
    "image_shards/shard_003.tar",
];

/// Writes the demo into a folder that is new, empty, or already has the demo. Returns its absolute
/// path.
///
/// # Errors
/// Returns an error if the folder holds anything else or cannot be written.
pub fn write(folder: &Path) -> io::Result<PathBuf> {
    let folder = std::path::absolute(folder)?;
    if is_complete(&folder) {
        return Ok(folder);
    }
    if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "the folder is not empty; the demo needs a new or an empty one",
        ));
    }
    // First under another name: a folder with half a demo would be mistaken for a dataset.
    let parent = folder.parent().unwrap_or(&folder).to_owned();
    let name = tilejury_data::file_name(&folder);
    let temporary = parent.join(format!(".{name}.tilejury-{}", std::process::id()));
    let written = write_all(&temporary).and_then(|()| {
        if folder.is_dir() {
            fs::remove_dir(&folder)?;
        }
        fs::rename(&temporary, &folder)
    });
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written.map(|()| folder)
}

fn write_all(folder: &Path) -> io::Result<()> {
    for (name, bytes) in FILES {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// Whether every file is there with its size. Files that a person added, above all a sidecar, do
/// not matter.
pub(crate) fn is_complete(folder: &Path) -> bool {
    FILES.iter().all(|(name, bytes)| folder.join(name).metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_planted_defect_is_in_the_demo() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(&folder.path().join("demo")).unwrap();
        let dataset = tilejury_data::Dataset::open(&path).unwrap();
        let planted = planted();
        let count = |kind| planted.iter().filter(|defect| defect.kind == kind).count();
        assert_eq!((count(PlantedKind::FalseNegative), count(PlantedKind::WrongPositive)), (15, 2));
        for defect in &planted {
            let index = dataset.find_line(&defect.split, defect.line).unwrap();
            let row = dataset.row(index).unwrap();
            let is_positive = |tile: &TilePath| TilePath::new(&row.positive) == *tile;
            let fits = match (defect.kind, &defect.tile) {
                (PlantedKind::BadQuery, tile) => tile.is_none(),
                (PlantedKind::WrongPositive, Some(tile)) => is_positive(tile),
                (_, Some(tile)) => row.negatives.iter().any(|path| TilePath::new(path) == *tile),
                (_, None) => false,
            };
            assert!(fits, "{:?} in {} {}", defect.kind, defect.split, defect.line);
        }
    }
}
