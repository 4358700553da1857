//! Negatives of an export that are likely false negatives by their scores, in rows that nobody
//! judged. Decides nothing: a score is not a judgement.

use tilejury_data::rewrite::NewNegative;
use tilejury_data::{Dataset, TileSlot};

use super::plan::{ExportPlan, PlannedRow};
use crate::judgement::Judgements;
use crate::suspicion::{Findings, LIKELY};
use crate::text::grouped;

impl ExportPlan {
    /// Counts the written negatives that nobody marked, with a score of [`LIKELY`] or more, in rows
    /// without a verdict.
    pub fn suspects(&self, dataset: &Dataset, judgements: &Judgements, findings: &Findings) -> usize {
        let of_row = |row: &PlannedRow| {
            let index = row.sample;
            let likely = |slot: &TileSlot| row.writes_negative(*slot) && findings.tile_score(index, *slot) >= LIKELY;
            let likely: Vec<TileSlot> = findings.known_tiles(index).into_iter().filter(likely).collect();
            // Few rows have any, so few are read.
            let sample = if likely.is_empty() { None } else { dataset.sample(index).ok() };
            let marks = judgements.get(&dataset.entry(index).key);
            let tiles = likely.into_iter().filter_map(|slot| sample.as_ref()?.tiles().nth(slot.index()));
            tiles.filter(|tile| marks.is_none_or(|marks| marks.relevance(&tile.path).is_none())).count()
        };
        self.unjudged(dataset, judgements).map(of_row).sum()
    }
}

impl PlannedRow {
    /// Whether a tile of the sample is written as one of its negatives.
    fn writes_negative(&self, slot: TileSlot) -> bool {
        let Some(own) = slot.index().checked_sub(1) else { return false };
        let written = self.rewrite.as_ref().and_then(|rewrite| rewrite.negatives.as_ref());
        written.is_none_or(|written| written.contains(&NewNegative::Own(own)))
    }
}

/// Returns the words about the suspects that follow those about the rows that nobody judged.
pub fn suspects_words(suspects: usize) -> String {
    let have = if suspects == 1 { "has" } else { "have" };
    format!("{} of their negatives {have} a suspicion of 50 % or more", grouped(suspects))
}
