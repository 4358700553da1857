//! What the rows and judgements of a set say together of tiles: which are relevant to a query that several rows share, and
//! which are broken wherever they stand.
//!
//! Gathers; decides over no row.

use rustc_hash::FxHashSet;
use tilejury_data::Dataset;

use crate::export::facts::{Facts, RowFacts, TileId};
use crate::judgement::{Judgement, Judgements, Reason, Relevance, Verdict};
use crate::same_query::QueryKey;

/// A query with a tile.
type Pair = (QueryKey, TileId);

/// What is known of a set's tiles beyond the row where it was said.
#[derive(Default)]
pub(super) struct Known {
    /// The positives of each query's rows, but for those that were judged wrong and relevant in no other row.
    positives: FxHashSet<Pair>,
    /// Judged relevant in any row of the query.
    relevant: FxHashSet<Pair>,
    /// Judged not relevant in one row of the query, and relevant in none.
    not_relevant: FxHashSet<Pair>,
    broken: FxHashSet<TileId>,
    /// Every tile that any judgement names.
    judged: FxHashSet<TileId>,
}

impl Known {
    pub(super) fn of(dataset: &Dataset, facts: &Facts, judgements: &Judgements) -> Self {
        let mut known = Self::default();
        known.positives.reserve(dataset.samples.len());
        let mut wrong = Vec::new();
        for (sample, row) in dataset.samples.iter().zip(facts.rows()) {
            let judgement = judgements.get(&sample.key);
            for (tile, relevance) in judgement.iter().flat_map(|judgement| &judgement.tiles) {
                let tile = TileId::of(tile);
                known.judged.insert(tile);
                match (relevance, row) {
                    (Relevance::Broken, _) => known.broken.insert(tile),
                    (Relevance::Relevant, Some(row)) => known.relevant.insert((row.query, tile)),
                    (Relevance::NotRelevant, Some(row)) => known.not_relevant.insert((row.query, tile)),
                    (Relevance::Unsure, _) | (_, None) => continue,
                };
            }
            let Some(row) = row else { continue };
            let pair = (row.query, row.positive);
            if judgement.is_some_and(|judgement| calls_wrong(judgement, row.positive)) {
                wrong.push(pair);
            } else {
                known.positives.insert(pair);
            }
        }
        known.not_relevant.retain(|pair| !known.relevant.contains(pair));
        known.positives.extend(wrong.into_iter().filter(|pair| known.relevant.contains(pair)));
        known
    }

    /// What is said of a tile with respect to a row's query: in the row itself, else in others of the query. That it is
    /// relevant counts most, wherever it is said; that it is broken may be said in any row.
    pub(super) fn relevance(&self, query: QueryKey, own: Option<Relevance>, tile: TileId) -> Option<Relevance> {
        if !self.judged.contains(&tile) {
            return None;
        }
        if self.relevant.contains(&(query, tile)) {
            return Some(Relevance::Relevant);
        }
        own.or_else(|| {
            if self.broken.contains(&tile) {
                Some(Relevance::Broken)
            } else {
                self.not_relevant.contains(&(query, tile)).then_some(Relevance::NotRelevant)
            }
        })
    }

    /// Is a tile the positive of a row of this query?
    pub(super) fn is_positive(&self, query: QueryKey, tile: TileId) -> bool {
        self.positives.contains(&(query, tile))
    }

    /// Is nothing known of a row's tiles, but that its positive is one?
    pub(super) fn nothing_of(&self, row: &RowFacts<'_>) -> bool {
        let mut negatives = row.negatives.iter();
        !self.judged.contains(&row.positive)
            && !negatives.any(|tile| self.judged.contains(tile) || self.is_positive(row.query, *tile))
    }
}

/// Does a judgement say that the row's positive does not answer?
fn calls_wrong(judgement: &Judgement, positive: TileId) -> bool {
    let own = judgement.tiles.iter().find(|(tile, _)| TileId::of(tile) == positive);
    match own.map(|(_, relevance)| relevance) {
        Some(Relevance::NotRelevant) => true,
        Some(Relevance::Relevant) => false,
        Some(Relevance::Unsure | Relevance::Broken) | None => {
            judgement.verdict == Some(Verdict::Reject) && judgement.reasons.contains(&Reason::WrongPositive)
        }
    }
}
