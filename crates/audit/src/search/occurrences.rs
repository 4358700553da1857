//! Where else a tile stands: every row of the dataset that holds it, and as what.

use tilejury_data::{Dataset, TilePath};

use super::index::{SearchIndex, Stopped};
use super::rows::TileTest;

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This very tile.
    Tile(TilePath),
    /// Every tile of the page that this one belongs to: those in the same folder. A tile without a folder is alone.
    Page(TilePath),
}

/// One row that holds what was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Index of the sample.
    pub sample: u32,
    /// It is the row's positive.
    pub positive: bool,
    /// Its places among the row's negatives, counted from 1.
    pub negatives: Vec<usize>,
}

/// Every row that holds the tile or the page, by index. `stop` is asked again and again.
///
/// # Errors
/// When `stop` said so.
pub fn occurrences(
    dataset: &Dataset,
    index: &SearchIndex,
    wanted: &Wanted,
    stop: &dyn Fn() -> bool,
) -> Result<Vec<Occurrence>, Stopped> {
    let test = match wanted {
        Wanted::Tile(tile) => TileTest::Is(tile.clone()),
        Wanted::Page(tile) => match tile.page() {
            Some(folder) => TileTest::In(folder.to_owned()),
            None => TileTest::Is(tile.clone()),
        },
    };
    let mut found = Vec::new();
    index.visit(dataset, &test.needles(), stop, |sample, row| {
        let positive = test.holds(&row.positive);
        let numbered = row.negatives.iter().enumerate();
        let negatives: Vec<usize> = numbered.filter(|(_, path)| test.holds(path)).map(|(at, _)| at + 1).collect();
        if positive || !negatives.is_empty() {
            found.push(Occurrence { sample, positive, negatives });
        }
    })?;
    Ok(found)
}
