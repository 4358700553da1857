//! What the rows and judgements of a set say together of tiles: which are relevant to a query that several rows share, and
//! which are broken wherever they stand.
//!
//! Gathers; decides over no row.

use std::collections::{HashMap, HashSet};

use tilejury_data::{Dataset, TilePath};

use super::LOOK_UP_EVERY;
use crate::export::workers::in_parts;
use crate::judgement::{Judgement, Judgements, Reason, Relevance, Verdict};
use crate::same_query::QueryKey;

/// What is known of a query that stands in several rows.
#[derive(Debug, Default)]
pub(super) struct Shared {
    /// The positives of its rows, but for those that were judged wrong and relevant in no other row.
    positives: HashSet<TilePath>,
    /// The positives that were judged wrong, while it is gathered.
    wrong: HashSet<TilePath>,
    /// Judged relevant in any of its rows.
    relevant: HashSet<TilePath>,
    /// Judged not relevant in one of its rows, and relevant in none.
    not_relevant: HashSet<TilePath>,
}

/// What is known of a set's tiles beyond the row where it was said.
pub(super) struct Known {
    /// By sample: its query's place in `shared`; `ALONE` where no other row has the query.
    query_of: Vec<u32>,
    shared: Vec<Shared>,
    broken: HashSet<TilePath>,
}

const ALONE: u32 = u32::MAX;

impl Known {
    /// Reads every row once, and those that share a query once more. `None` when `go_on` stopped it.
    pub(super) fn of(dataset: &Dataset, judgements: &Judgements, go_on: &mut dyn FnMut() -> bool) -> Option<Self> {
        let rows = dataset.samples.len();
        let mut first_of: HashMap<QueryKey, u32> = HashMap::with_capacity(rows);
        let mut query_of = vec![ALONE; rows];
        let mut shared = Vec::new();
        let samples: Vec<usize> = (0..rows).collect();
        let key = |index: &usize| dataset.row(*index).ok().map(|row| QueryKey::of(&row.query));
        let keys = in_parts(&samples, |part| part.iter().map(key).collect::<Vec<_>>());
        for (index, key) in keys.into_iter().flatten().enumerate() {
            if index.is_multiple_of(LOOK_UP_EVERY) && !go_on() {
                return None;
            }
            let Some(key) = key else { continue };
            let first = *first_of.entry(key).or_insert(index as u32) as usize;
            if first == index {
                continue;
            }
            if query_of[first] == ALONE {
                query_of[first] = shared.len() as u32;
                shared.push(Shared::default());
            }
            query_of[index] = query_of[first];
        }
        let mut known = Self { query_of, shared, broken: HashSet::new() };
        for index in 0..rows {
            known.take_in(dataset, judgements, index);
        }
        for shared in &mut known.shared {
            let Shared { positives, wrong, relevant, not_relevant } = shared;
            not_relevant.retain(|tile| !relevant.contains(tile));
            positives.extend(wrong.drain().filter(|tile| relevant.contains(tile)));
        }
        Some(known)
    }

    fn take_in(&mut self, dataset: &Dataset, judgements: &Judgements, index: usize) {
        let judgement = judgements.get(&dataset.samples[index].key);
        for (tile, relevance) in judgement.iter().flat_map(|judgement| &judgement.tiles) {
            if *relevance == Relevance::Broken {
                self.broken.insert(tile.clone());
            }
        }
        let Some(shared) = self.shared.get_mut(self.query_of[index] as usize) else { return };
        let Ok(row) = dataset.row(index) else { return };
        let positive = TilePath::new(&row.positive);
        let wrong = judgement.is_some_and(|judgement| calls_wrong(judgement, &positive));
        if wrong { &mut shared.wrong } else { &mut shared.positives }.insert(positive);
        for (tile, relevance) in judgement.iter().flat_map(|judgement| &judgement.tiles) {
            match relevance {
                Relevance::Relevant => shared.relevant.insert(tile.clone()),
                Relevance::NotRelevant => shared.not_relevant.insert(tile.clone()),
                Relevance::Unsure | Relevance::Broken => continue,
            };
        }
    }

    fn shared(&self, sample: usize) -> Option<&Shared> {
        self.shared.get(*self.query_of.get(sample)? as usize)
    }

    /// What is said of a tile with respect to a row's query: in the row itself, else in others of the query. That it is
    /// relevant counts most, wherever it is said; that it is broken may be said in any row.
    pub(super) fn relevance(&self, sample: usize, own: &Judgement, tile: &TilePath) -> Option<Relevance> {
        let shared = self.shared(sample);
        let own = own.relevance(tile);
        let elsewhere = |of: fn(&Shared) -> &HashSet<TilePath>| shared.is_some_and(|shared| of(shared).contains(tile));
        if own != Some(Relevance::Relevant) && elsewhere(|shared| &shared.relevant) {
            return Some(Relevance::Relevant);
        }
        own.or_else(|| {
            if self.broken.contains(tile) {
                Some(Relevance::Broken)
            } else {
                elsewhere(|shared| &shared.not_relevant).then_some(Relevance::NotRelevant)
            }
        })
    }

    /// Is a tile the positive of another row of this row's query, or of itself?
    pub(super) fn is_positive(&self, sample: usize, tile: &TilePath) -> bool {
        self.shared(sample).is_some_and(|shared| shared.positives.contains(tile))
    }

    /// Two rows with the same number here, other than none, have the same query.
    pub(super) fn query(&self, sample: usize) -> Option<u32> {
        self.query_of.get(sample).copied().filter(|query| *query != ALONE)
    }
}

/// Does a judgement say that the row's positive does not answer?
fn calls_wrong(judgement: &Judgement, positive: &TilePath) -> bool {
    match judgement.relevance(positive) {
        Some(Relevance::NotRelevant) => true,
        Some(Relevance::Relevant) => false,
        Some(Relevance::Unsure | Relevance::Broken) | None => {
            judgement.verdict == Some(Verdict::Reject) && judgement.reasons.contains(&Reason::WrongPositive)
        }
    }
}
