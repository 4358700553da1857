//! The comparison of the two judgements of a second pass: how often they agree, and the rows where
//! they differ. Decides nothing.

use std::collections::{BTreeSet, HashMap};

use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath, TileSlot};

use super::{AgreementTable, SecondPass};
use crate::history::UndoHistory;
use crate::judgement::{FieldChange, Judgement, Relevance, Verdict};
use crate::pass_id::{KeptJudgement, PassId};

/// The result of a second pass, over the rows that were judged again so far.
#[derive(Clone, Debug, Default)]
pub struct PassResult {
    /// The drawn rows that the dataset holds.
    pub rows: usize,
    /// Those that have a verdict in the pass.
    pub judged: usize,
    /// The verdicts of these rows.
    pub verdicts: AgreementTable<Verdict>,
    /// The relevance of their tiles, as far as a person gave it in this row both times. Each tile
    /// counts once for a row.
    pub tiles: AgreementTable<Relevance>,
    /// Tiles that have a relevance in one of the two judgements only.
    pub tiles_once: usize,
    /// The rows where the judgements differ, in the order of the pass.
    pub differences: Vec<RowDifference>,
}

/// A row whose two judgements differ in the verdict, in the reasons or in the relevance of a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowDifference {
    /// The row.
    pub sample: SampleIndex,
    /// Its judgement when it was drawn.
    pub first: Judgement,
    /// Its judgement in the pass.
    pub second: Judgement,
    /// The tiles whose relevance differs.
    pub tiles: Vec<TileDifference>,
}

/// A tile with two values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileDifference {
    /// Its first slot in the row.
    pub slot: TileSlot,
    /// Its path.
    pub tile: TilePath,
    /// The relevance at the draw.
    pub first: Relevance,
    /// The relevance in the pass.
    pub second: Relevance,
}

impl PassResult {
    /// Compares the judgements of a pass. Rows that the dataset does not hold, or that cannot be
    /// read, are left out.
    pub fn new(pass: &SecondPass, dataset: &Dataset) -> Self {
        let second = pass.judgements();
        let mut result = Self::default();
        for index in pass.rows_in(dataset) {
            let Ok(sample) = dataset.sample(index) else { continue };
            result.rows += 1;
            let (Some(first), Some(second)) = (pass.first.get(&sample.key), second.get(&sample.key)) else { continue };
            let positive = &sample.positive.path;
            let (before, after) = (first.judgement.clone().reconciled(positive), second.clone().reconciled(positive));
            let (Some(one), Some(other)) = (before.verdict, after.verdict) else { continue };
            result.judged += 1;
            result.verdicts.add(one, other);
            let mut done = BTreeSet::new();
            let mut tiles = Vec::new();
            for (slot, tile) in TileSlot::of_tiles(&sample) {
                if !done.insert(&tile.path) {
                    continue;
                }
                let looked_at = before.relevance(&tile.path).filter(|_| !first.not_looked_at.contains(&tile.path));
                match (looked_at, after.relevance(&tile.path)) {
                    (Some(first), Some(second)) => {
                        result.tiles.add(first, second);
                        if first != second {
                            tiles.push(TileDifference { slot, tile: tile.path.clone(), first, second });
                        }
                    }
                    (Some(_), None) | (None, Some(_)) => result.tiles_once += 1,
                    (None, None) => {}
                }
            }
            if one != other || before.reasons != after.reasons || !tiles.is_empty() {
                result.differences.push(RowDifference { sample: index, first: before, second: after, tiles });
            }
        }
        result
    }

    /// The number of rows whose two judgements agree in everything that is compared.
    pub fn same(&self) -> usize {
        self.judged - self.differences.len()
    }
}

/// The rows of a pass that a person settled, by the steps of their history that are done.
pub fn settled_rows(history: &UndoHistory, pass: &PassId) -> HashMap<SampleKey, KeptJudgement> {
    // A step that went back repeats a value that it took away.
    let steps = history.undo.iter().filter(|step| !step.is_history_move());
    let edits = steps.flat_map(|step| &step.edits);
    let settled = edits.filter(|edit| matches!(edit.after, FieldChange::Verdict(_))).filter_map(|edit| {
        let settlement = edit.origin.settles.as_ref().filter(|settlement| settlement.pass == *pass)?;
        Some((edit.sample, settlement.kept))
    });
    settled.collect()
}
