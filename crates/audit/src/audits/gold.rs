//! Gold rows: rows outside of a draw whose answer is known, mixed in to compare annotators with it.
//! Where tiles are drawn, a gold row is asked for one tile with a known word. They are in no rate.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use tilejury_data::{SampleKey, TilePath};

use super::answer::{RowAnswer, Say};
use super::begin::Draw;
use super::plan_error::PlanError;
use super::tile_set::DrawnTile;

/// Mixes gold rows into a draw of rows or of tiles, by their hash. `known`: the adjudicated answers
/// to rows; those of drawn rows are left out.
///
/// # Errors
/// When there are fewer.
pub fn mix_gold(draw: &mut Draw, number: usize, known: &HashMap<SampleKey, RowAnswer>) -> Result<(), PlanError> {
    if draw.plan.tiles().is_none() {
        return mix_gold_rows(draw, number, known.keys().copied());
    }
    let drawn: HashSet<SampleKey> = draw.rows.iter().copied().collect();
    let is_known = |said: &Say| matches!(said, Say::Yes | Say::No);
    let mut order: BTreeMap<[u8; 32], (SampleKey, &TilePath)> = BTreeMap::new();
    for (key, answer) in known.iter().filter(|(key, _)| !drawn.contains(key)) {
        for tile in answer.negatives.iter().filter(|(_, said)| is_known(said)).map(|(tile, _)| tile) {
            let place = tilejury_stats::gold_place(&draw.plan.seed, &format!("{key}\n{tile}"));
            order.insert(place, (*key, tile));
        }
    }
    // One tile of a row: a second one of it would be answered at the same look.
    let mut rows = HashSet::new();
    let chosen: Vec<(SampleKey, &TilePath)> =
        order.into_values().filter(|(key, _)| rows.insert(*key)).take(number).collect();
    if chosen.len() < number {
        return Err(PlanError::GoldTiles { wanted: number, there: chosen.len() });
    }
    draw.plan.gold = chosen.iter().map(|(key, _)| key.to_string()).collect();
    let tiles = chosen.into_iter().map(|(key, tile)| DrawnTile { row: key.to_string(), tile: tile.to_string() });
    draw.plan.take_gold_tiles(tiles.collect());
    Ok(())
}

/// Mixes gold rows into a draw of rows: `number` of `known`, the rows with an adjudicated answer.
///
/// # Errors
/// When there are fewer.
fn mix_gold_rows(draw: &mut Draw, number: usize, known: impl IntoIterator<Item = SampleKey>) -> Result<(), PlanError> {
    let drawn: BTreeSet<&SampleKey> = draw.rows.iter().collect();
    let known: BTreeSet<SampleKey> = known.into_iter().filter(|key| !drawn.contains(key)).collect();
    if known.len() < number {
        return Err(PlanError::Gold { wanted: number, there: known.len() });
    }
    let place = |key: &SampleKey| tilejury_stats::gold_place(&draw.plan.seed, &key.to_string());
    let mut order: Vec<([u8; 32], SampleKey)> = known.into_iter().map(|key| (place(&key), key)).collect();
    order.sort_unstable();
    draw.plan.gold = order.into_iter().take(number).map(|(_, key)| key.to_string()).collect();
    Ok(())
}
