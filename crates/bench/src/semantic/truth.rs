//! The truth of a set whose false negatives are all known: labels of its negatives, and the texts
//! of its tiles. Only read by `bench`; no search may ever see it.
//!
//! `truth.jsonl` has a line for each row: `{"split", "line", "false_negatives", "true_negatives"}`,
//! two lists of `{"path", "kind"}`.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tilejury_data::{Dataset, LineNumber, SampleIndex, TilePath, TileSlot};

/// A negative whose relevance is known.
#[derive(Clone, Debug)]
pub(crate) struct LabelledNegative {
    /// Its row.
    pub(crate) sample: SampleIndex,
    /// Its place in the row.
    pub(crate) tile: TileSlot,
    /// Whether it answers the query, at least partly.
    pub(crate) relevant: bool,
    /// The kind of false or true negative.
    pub(crate) kind: String,
    /// Whether its row has an answer.
    pub(crate) has_answer: bool,
}

#[derive(Deserialize)]
struct Line {
    split: String,
    line: u64,
    false_negatives: Vec<Negative>,
    true_negatives: Vec<Negative>,
}

#[derive(Deserialize)]
struct Negative {
    path: String,
    kind: String,
}

#[derive(Deserialize)]
struct Text {
    path: String,
    text: String,
}

/// Reads the labels of a dataset's negatives.
///
/// # Errors
/// Returns an error if the file cannot be read, or a line has another form or names no negative of
/// the dataset.
pub(crate) fn read(path: &Path, dataset: &Dataset) -> anyhow::Result<Vec<LabelledNegative>> {
    let mut labelled = Vec::new();
    for (place, line) in lines::<Line>(path)? {
        let sample = dataset.find_line(&line.split, LineNumber::new(line.line));
        let sample =
            sample.with_context(|| format!("{place}: no usable row on line {} of {}", line.line, line.split))?;
        let row = dataset.sample(sample)?;
        let has_answer = dataset.row(sample)?.answer.is_some_and(|answer| !answer.trim().is_empty());
        let labels = [(line.false_negatives, true), (line.true_negatives, false)];
        for (negative, relevant) in
            labels.into_iter().flat_map(|(all, relevant)| all.into_iter().map(move |of| (of, relevant)))
        {
            let path = TilePath::new(&negative.path);
            let found = TileSlot::of_tiles(&row).skip(1).find(|(_, tile)| tile.path == path);
            let (tile, _) = found.with_context(|| format!("{place}: the row has no negative {}", negative.path))?;
            labelled.push(LabelledNegative { sample, tile, relevant, kind: negative.kind, has_answer });
        }
    }
    Ok(labelled)
}

/// Reads the true texts of tiles.
///
/// # Errors
/// Returns an error if the file cannot be read or a line has another form.
pub(crate) fn read_texts(path: &Path) -> anyhow::Result<HashMap<TilePath, String>> {
    let lines = lines::<Text>(path)?;
    Ok(lines.into_iter().map(|(_, line)| (TilePath::new(&line.path), line.text)).collect())
}

/// Parses the lines of a file, each with its place.
fn lines<T: DeserializeOwned>(path: &Path) -> anyhow::Result<Vec<(String, T)>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
    let parse = |(at, line): (usize, &str)| {
        let place = format!("{}: line {}", path.display(), at + 1);
        let parsed = serde_json::from_str(line).with_context(|| place.clone())?;
        Ok((place, parsed))
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(parse).collect()
}
