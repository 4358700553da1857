//! Second passes: rows that a person judged before and judges again without seeing the earlier
//! judgement. They measure the person's own consistency.
//!
//! The changes of a pass are stored with its id and count nowhere else. Reads events; neither makes
//! nor stores any.

mod agreement;
mod draw;
mod result;
mod words;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{Dataset, SampleIndex, SampleKey, TilePath};

use crate::current_origins::CurrentOrigins;
use crate::event::Event;
use crate::judgement::{Judgement, Judgements};
use crate::merge::CurrentJudgements;
use crate::origin::Origin;
use crate::pass_id::PassId;
use crate::round::Round;
use crate::time::Timestamp;

pub use agreement::{AgreementTable, Kappa};
pub use draw::draw;
pub use result::{PassResult, RowDifference, TileDifference, settled_rows};

/// A second pass.
#[derive(Clone, Debug)]
pub struct SecondPass {
    /// The id.
    pub id: PassId,
    /// The annotator.
    pub annotator: Arc<str>,
    /// The time of the draw.
    pub at: Timestamp,
    /// The drawn rows, in the order in which they are shown.
    pub rows: Vec<SampleKey>,
    /// The changes of the pass, in stored order.
    pub events: Vec<Event>,
    /// The judgements of the drawn rows as they were at the draw.
    first: HashMap<SampleKey, FirstJudgement>,
}

/// The judgement of a row when it was drawn.
#[derive(Clone, Debug, Default)]
struct FirstJudgement {
    judgement: Judgement,
    /// The tiles that nobody judged in this row: propagated marks, and those made in bulk.
    not_looked_at: HashSet<TilePath>,
}

impl FirstJudgement {
    fn new(key: SampleKey, judgement: Option<&Judgement>, origins: &CurrentOrigins) -> Self {
        let judgement = judgement.cloned().unwrap_or_default();
        let is_blind = |tile: &&TilePath| !is_look(&origins.tile_origin(key, tile));
        let not_looked_at = judgement.tiles.keys().filter(is_blind).cloned().collect();
        Self { judgement, not_looked_at }
    }
}

/// Whether a value was given to one row alone: neither in bulk nor by propagation.
pub(crate) fn is_look(origin: &Origin) -> bool {
    !origin.bulk && origin.propagated_from.is_none()
}

fn is_of(event: &Event, id: &PassId) -> bool {
    event.round.as_ref().and_then(Round::second_pass) == Some(id)
}

impl SecondPass {
    /// A pass from the events of the step that drew its rows; `None` if there are none.
    pub(crate) fn drawn(draw: &[Event], judgements: &Judgements, origins: &CurrentOrigins) -> Option<Self> {
        let first = draw.first()?;
        let mut pass = Self {
            id: first.round.as_ref()?.second_pass()?.clone(),
            annotator: first.annotator.clone(),
            at: first.at,
            rows: Vec::new(),
            events: Vec::new(),
            first: HashMap::new(),
        };
        draw.iter().for_each(|event| pass.add_row(event.sample, judgements, origins));
        Some(pass)
    }

    fn add_row(&mut self, key: SampleKey, judgements: &Judgements, origins: &CurrentOrigins) {
        if !self.first.contains_key(&key) {
            self.rows.push(key);
            self.first.insert(key, FirstJudgement::new(key, judgements.get(&key), origins));
        }
    }

    /// Adds changes that were made in the pass; others are left out.
    pub fn record(&mut self, events: &[Event]) {
        self.events.extend(events.iter().filter(|event| is_of(event, &self.id)).cloned());
    }

    /// The drawn rows that a dataset holds, in the order in which they are shown.
    pub fn rows_in(&self, dataset: &Dataset) -> Vec<SampleIndex> {
        self.rows.iter().filter_map(|key| dataset.find(*key)).collect()
    }

    /// The judgements of the pass.
    pub fn judgements(&self) -> Judgements {
        let mut judgements = Judgements::new();
        for event in self.events.iter().filter(|event| self.first.contains_key(&event.sample)) {
            judgements.entry(event.sample).or_default().apply(event.change.clone());
        }
        judgements
    }

    /// The number of rows with a verdict in the pass, and the number of all its rows, as far as
    /// the dataset holds them.
    pub fn progress(&self, dataset: &Dataset) -> (usize, usize) {
        let (judgements, rows) = (self.judgements(), self.rows_in(dataset));
        let is_judged = |row: &&SampleIndex| {
            let key = dataset.samples.get(row.index()).map(|sample| sample.key);
            key.and_then(|key| judgements.get(&key)).is_some_and(|judgement| judgement.verdict.is_some())
        };
        (rows.iter().filter(is_judged).count(), rows.len())
    }
}

/// The second passes among events in stored order, the oldest first. `events` are those of all
/// annotators, with those of second passes: see [`crate::Sidecar::all_events`].
pub fn passes(events: &[Event]) -> Vec<SecondPass> {
    let people: HashSet<&str> =
        events.iter().filter(|event| event.round.is_some()).map(|event| &*event.annotator).collect();
    let mut standing: HashMap<&str, CurrentJudgements> = HashMap::new();
    let mut passes: Vec<SecondPass> = Vec::new();
    for event in events.iter().filter(|event| people.contains(&*event.annotator)) {
        let standing = standing.entry(&*event.annotator).or_default();
        let Some(round) = &event.round else {
            standing.apply(event);
            continue;
        };
        let Some(id) = round.second_pass() else { continue };
        match passes.iter_mut().find(|pass| pass.id == *id) {
            Some(pass) if event.step == id.step => pass.add_row(event.sample, &standing.judgements, &standing.origins),
            Some(pass) => pass.record(std::slice::from_ref(event)),
            None if event.step == id.step => {
                passes.extend(SecondPass::drawn(std::slice::from_ref(event), &standing.judgements, &standing.origins));
            }
            // A change whose draw is lost, as after the recovery of a damaged file: nobody knows
            // what it is compared with.
            None => {}
        }
    }
    passes
}
