//! The tiles that are negatives of unusually many rows, from the findings of hubs.

use std::collections::HashMap;

use serde::Serialize;
use tilejury_data::{Dataset, TilePath, TileSlot};

use crate::search::quote;
use crate::suspicion::{Evidence, Findings};

/// The largest number of hubs that are listed.
const MOST_HUBS: usize = 12;

/// A tile that is a negative of unusually many rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HubTile {
    /// Its path.
    pub tile: String,
    /// The rows that have it as a negative.
    pub rows: usize,
    /// The largest usual number of rows.
    pub usual_up_to: usize,
    /// The search that lists the rows.
    pub search: String,
}

pub(super) fn largest(dataset: &Dataset, findings: &Findings) -> Vec<HubTile> {
    let mut found: Vec<_> = findings
        .all()
        .iter()
        .filter_map(|finding| match finding.evidence {
            Evidence::Hub { rows, usual_up_to } => Some((rows, usual_up_to, finding.sample, finding.tile?)),
            _ => None,
        })
        .collect();
    found.sort_by_key(|(rows, ..)| std::cmp::Reverse(*rows));
    let mut hubs: Vec<HubTile> = Vec::new();
    let mut known: HashMap<TilePath, ()> = HashMap::new();
    for (rows, usual_up_to, sample, slot) in found {
        let Some(tile) = path_of(dataset, sample, slot) else { continue };
        if known.insert(tile.clone(), ()).is_some() {
            continue;
        }
        if hubs.len() == MOST_HUBS {
            break;
        }
        hubs.push(HubTile {
            search: format!("negative:{}", quote(tile.as_str())),
            tile: tile.to_string(),
            rows: rows as usize,
            usual_up_to: usual_up_to as usize,
        });
    }
    hubs
}

/// The path of a row's tile.
pub(super) fn path_of(dataset: &Dataset, sample: tilejury_data::SampleIndex, slot: TileSlot) -> Option<TilePath> {
    let row = dataset.row(sample).ok()?;
    row.spellings().nth(slot.index()).map(TilePath::new)
}
