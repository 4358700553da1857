//! The row's positive was never retrieved, so the filter that drops negatives near the positive's score had nothing to go
//! by: any of the negatives may be false. Told by `positive_rank` (or `source_positive_rank`) of 0 or null, by the scores
//! of these names, or by a `retrieve_top20` without the positive and no word of a rank.
//!
//! A finding on the row, strength 0.5; it weighs on each of its negatives.

use tilejury_rows::RowTableBuilder;

use super::mining_record::MiningRecord;
use super::reason::{Reason, Retrieval};
use super::{Finding, Signal};

pub(super) fn find(table: &RowTableBuilder, sample: usize, extras: &MiningRecord<'_>, out: &mut Vec<Finding>) {
    let Some(how) = hole(table, sample, extras) else { return };
    out.push(Finding {
        sample: sample as u32,
        tile: None,
        signal: Signal::MiningHole,
        strength: 0.5,
        reason: Reason::MiningHole(how),
    });
}

fn hole(table: &RowTableBuilder, sample: usize, extras: &MiningRecord<'_>) -> Option<Retrieval> {
    match (extras.positive_rank, extras.positive_score, &extras.retrieved) {
        (Some(0.0), ..) => Some(Retrieval::NoRank),
        (_, Some(0.0), _) => Some(Retrieval::NoScore),
        (None, None, Some(retrieved)) if !retrieved.is_empty() => {
            let positive = *table.tiles(sample).first()?;
            let listed = retrieved.iter().any(|entry| table.tile_number(&entry.path) == Some(positive));
            (!listed).then_some(Retrieval::NotListed)
        }
        _ => None,
    }
}
