//! The draw from a set of negatives: tiles by their hash, shown as the rows that have them.
//!
//! Every tile has the same chance, whatever its row, so the draw is a simple random sample of
//! tiles; rows with more of them come up more often, and no rate of rows follows. Finds no tiles;
//! `tile_rule.rs` does.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;
use tilejury_data::{Dataset, SampleKey};

use super::begin::{Draw, hash_of};
use super::bulk_acceptance::units_to_accept;
use super::plan::AuditPlan;
use super::plan_error::PlanError;
use super::tile_rule::{SetTile, TileRule};
use super::tile_set::{DrawnTile, TileSet};
use super::tile_word::TileWord;

/// The hash of a set with its word.
pub(super) fn tile_set_hash(word: TileWord, tiles: &BTreeSet<SetTile>) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{word}\n"));
    for SetTile { sample, tile } in tiles {
        hash.update(format!("{sample} {tile}\n"));
    }
    hexadecimal(&hash.finalize()[..16])
}

/// Draws from a set of negatives: the smallest number of tiles that can show that the set may be
/// accepted, by the SHA-256 of the seed, the key and the path. Their rows are shown, each once, in
/// the order of their first tiles. `tiles`: those that the rule finds now.
///
/// # Errors
/// When the plan makes no sense, finds nothing, or no number of tiles can show it.
pub fn draw_tiles(
    mut plan: AuditPlan,
    dataset: &Dataset,
    rule: &TileRule,
    tiles: &BTreeSet<SetTile>,
) -> Result<Draw, PlanError> {
    plan.check()?;
    if tiles.is_empty() {
        return Err(PlanError::NoTile(rule.to_string()));
    }
    let number = units_to_accept(tiles.len() as u64, &plan)?;
    let place = |tile: &SetTile| tilejury_stats::place(&plan.seed, &format!("{}\n{}", tile.sample, tile.tile));
    let mut order: Vec<([u8; 32], &SetTile)> = tiles.iter().map(|tile| (place(tile), tile)).collect();
    order.sort_unstable();
    let drawn: Vec<&SetTile> = order.into_iter().take(number as usize).map(|(_, tile)| tile).collect();
    let mut known = BTreeSet::new();
    let rows: Vec<SampleKey> = drawn.iter().map(|tile| tile.sample).filter(|key| known.insert(*key)).collect();
    let population: BTreeSet<SampleKey> = tiles.iter().map(|tile| tile.sample).collect();
    let set = TileSet {
        rule: rule.to_string(),
        word: rule.word(),
        tiles: tiles.len() as u64,
        hash: tile_set_hash(rule.word(), tiles),
        drawn: drawn
            .into_iter()
            .map(|one| DrawnTile { row: one.sample.to_string(), tile: one.tile.to_string() })
            .collect(),
        gold: Vec::new(),
    };
    (plan.rows, plan.population) = (rows.len() as u64, population.len() as u64);
    plan.population_hash = hash_of(&population);
    plan.fingerprint = dataset.fingerprint.to_string();
    // A person who knows the word of the machine is no measure of it.
    plan.blind = true;
    plan.take_tiles(set);
    Ok(Draw { plan, rows })
}
