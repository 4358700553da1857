//! Negatives of an export that are likely false negatives by their scores, in rows that nobody
//! judged. Decides nothing: a score is not a judgement.

use tilejury_data::{Dataset, SampleIndex, TileSlot};

use super::plan::ExportPlan;
use crate::judgement::Judgements;
use crate::suspicion::{Findings, LIKELY};
use crate::text::grouped;

impl ExportPlan {
    /// Counts the unmarked negatives with a score of [`LIKELY`] or more in written rows without a
    /// verdict.
    pub fn suspects(&self, dataset: &Dataset, judgements: &Judgements, findings: &Findings) -> usize {
        let of_row = |index: SampleIndex| {
            let likely = |slot: &TileSlot| !slot.is_positive() && findings.tile_score(index, *slot) >= LIKELY;
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

/// Returns the words about the suspects that follow those about the rows that nobody judged.
pub fn suspects_words(suspects: usize) -> String {
    let have = if suspects == 1 { "has" } else { "have" };
    format!("{} of their negatives {have} a suspicion of 50 % or more", grouped(suspects))
}
