//! The added tiles that an export grades as relevant: tiles that people added to a row which does
//! not name them.
//!
//! Finds them in the judgements; writes nothing. The grade itself is that of [`Answers`].

use rustc_hash::FxHashSet;
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_rows::{QueryKey, RowKeyTable, RowKeys, TileId};

use crate::answers::{Answers, QueryTile};
use crate::judgement::Judgements;

/// A tile that is relevant to the query of a row that does not name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedTile {
    /// The first row of the query that it was added to.
    pub sample: SampleIndex,
    /// The tile.
    pub tile: TilePath,
}

/// Returns the added tiles of the queries of written rows, each once for a query, in the order of
/// their rows. A tile that is the positive of a written row of the query is not one of them, nor is
/// one whose answer for the query is not relevant by now. `row_keys` are those of the dataset's
/// rows.
pub(super) fn added_tiles<'f>(
    dataset: &Dataset,
    row_keys: &RowKeyTable,
    judgements: &Judgements,
    answers: &Answers,
    written: impl Iterator<Item = RowKeys<'f>>,
) -> Vec<AddedTile> {
    let mut found: Vec<(QueryTile, AddedTile)> = Vec::new();
    for (key, judgement) in judgements.iter().filter(|(_, judgement)| !judgement.tiles.is_empty()) {
        let row = dataset.find(*key).and_then(|sample| Some((sample, row_keys.row(sample.index())?)));
        let Some((sample, row)) = row else { continue };
        for tile in judgement.tiles.keys() {
            let id = TileId::new(tile);
            let is_outside = id != row.positive && !row.negatives.contains(&id);
            if is_outside && answers.grade(row.query, id) == Some(true) {
                found.push(((row.query, id), AddedTile { sample, tile: tile.clone() }));
            }
        }
    }
    if found.is_empty() {
        return Vec::new();
    }
    let added: FxHashSet<QueryKey> = found.iter().map(|((query, _), _)| *query).collect();
    let (mut queries, mut positives): (FxHashSet<QueryKey>, FxHashSet<QueryTile>) = Default::default();
    for row in written.filter(|row| added.contains(&row.query)) {
        queries.insert(row.query);
        positives.insert((row.query, row.positive));
    }
    found.retain(|(pair, _)| queries.contains(&pair.0) && !positives.contains(pair));
    found.sort_unstable_by(|(_, a), (_, b)| (a.sample, &a.tile).cmp(&(b.sample, &b.tile)));
    let mut seen: FxHashSet<QueryTile> = FxHashSet::default();
    found.into_iter().filter(|(pair, _)| seen.insert(*pair)).map(|(_, added)| added).collect()
}
