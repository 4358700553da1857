//! The row's positive was never retrieved, so the filter that drops negatives near the positive's
//! score could not work: any of the negatives may be false. The evidence is a `positive_rank` (or
//! `source_positive_rank`) of 0 or null, such a score, or a `retrieve_top20` without the positive
//! in a row without rank and score.
//!
//! A finding on the row, with strength 0.5; it also counts for each of its negatives.

use tilejury_data::SampleIndex;
use tilejury_rows::TileId;

use super::evidence::{Evidence, UnretrievedPositive};
use super::mining_record::MiningRecord;
use super::{Finding, Signal};

/// `tiles` are the row's, positive first.
pub(super) fn find(sample: SampleIndex, tiles: &[TileId], record: &MiningRecord<'_>, out: &mut Vec<Finding>) {
    let Some(evidence) = hole(tiles, record) else { return };
    out.push(Finding {
        sample,
        tile: None,
        signal: Signal::MiningHole,
        strength: 0.5,
        evidence: Evidence::MiningHole(evidence),
    });
}

fn hole(tiles: &[TileId], record: &MiningRecord<'_>) -> Option<UnretrievedPositive> {
    match (record.positive_rank, record.positive_score, &record.retrieved) {
        (Some(0.0), ..) => Some(UnretrievedPositive::NoRank),
        (_, Some(0.0), _) => Some(UnretrievedPositive::NoScore),
        (None, None, Some(retrieved)) if !retrieved.is_empty() => {
            let positive = *tiles.first()?;
            let listed = retrieved.iter().any(|entry| TileId::from_spelling(&entry.path) == positive);
            (!listed).then_some(UnretrievedPositive::NotListed)
        }
        _ => None,
    }
}
