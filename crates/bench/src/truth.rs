//! A truth file: the known defects of a dataset. Only read by `bench`; no search may ever see it.
//!
//! JSON Lines: `{"kind","sub","split","line","bad_paths"}`, one defect per line; other fields are
//! ignored.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use tilejury_data::{Dataset, LineNumber, SampleIndex, TilePath, TileSlot};

/// One defect of one row.
pub(super) struct Defect {
    /// `false_negative`, `split_leak`, ….
    pub(super) kind: String,
    /// The more specific kind.
    pub(super) sub: String,
    /// The sample.
    pub(super) sample: SampleIndex,
    /// The tiles at fault.
    pub(super) tiles: Vec<TilePath>,
    /// The slots of the tiles at fault that are negatives of the row.
    pub(super) negatives: Vec<TileSlot>,
}

#[derive(Deserialize)]
struct Line {
    kind: String,
    #[serde(default)]
    sub: Option<String>,
    split: String,
    line: u64,
    #[serde(default)]
    bad_paths: Vec<String>,
}

/// Reads the truth file of a dataset.
///
/// # Errors
/// Returns an error if the file cannot be read, or a line is not a defect or names no row of the
/// dataset.
pub(super) fn read(path: &Path, dataset: &Dataset) -> anyhow::Result<Vec<Defect>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let mut defects = Vec::new();
    for (at, text) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("{}: line {}", path.display(), at + 1);
        let line: Line = serde_json::from_str(text).with_context(place)?;
        let sample = dataset.find_line(&line.split, LineNumber::new(line.line));
        let sample =
            sample.with_context(|| format!("{}: no usable row on line {} of {}", place(), line.line, line.split))?;
        let tiles: Vec<TilePath> = line.bad_paths.iter().map(|path| TilePath::new(path)).collect();
        let named: HashSet<&TilePath> = tiles.iter().collect();
        let row = dataset.sample(sample)?;
        let negatives = TileSlot::of_tiles(&row).skip(1).filter(|(_, tile)| named.contains(&tile.path));
        let negatives = negatives.map(|(slot, _)| slot).collect();
        defects.push(Defect { kind: line.kind, sub: line.sub.unwrap_or_default(), sample, tiles, negatives });
    }
    Ok(defects)
}
