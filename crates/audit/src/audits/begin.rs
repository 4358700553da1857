//! The beginning of an audit: the rows that are drawn from, their order, and the events that store
//! the plan with the drawn rows.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use tilejury_data::hash::hexadecimal;
use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_stats::{outlook_below, plan_below};

use super::content::RowContents;
use super::plan::{AuditPlan, Below};
use super::plan_error::PlanError;
use crate::event::{Event, StepEventBuilder};
use crate::judgement::FieldChange;
use crate::origin::Origin;
use crate::round::Round;
use crate::session::new_session_id;
use crate::sidecar::SampleRecord;
use crate::time::Timestamp;

/// A plan with its rows drawn.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The plan, with its population.
    pub plan: AuditPlan,
    /// The drawn rows in the order of the draw.
    pub rows: Vec<SampleKey>,
}

impl Draw {
    /// A draw, with the content of its rows frozen in the plan. Reads them.
    pub(super) fn new(mut plan: AuditPlan, rows: Vec<SampleKey>, dataset: &Dataset) -> Self {
        if let Some(contents) = &mut plan.contents {
            contents.take_drawn(dataset, &rows);
        }
        Self { plan, rows }
    }
}

/// Draws the rows of a plan from the rows of a dataset that are in its scope. Rows with the same
/// key are one.
///
/// The first rows by [`tilejury_stats::place`] are a simple random sample, whatever their number,
/// and the same in every order of the file.
///
/// # Errors
/// When the plan makes no sense, or has more rows than there are.
pub fn draw(plan: AuditPlan, dataset: &Dataset, in_scope: impl Fn(SampleIndex) -> bool) -> Result<Draw, PlanError> {
    let (plan, population) = with_population(plan, dataset, in_scope)?;
    if let Some(below) = plan.below.filter(|_| plan.looking) {
        let least = outlook_below(plan.population, below.limit, 0, 0, plan.level()).map(|outlook| outlook.without_hit);
        if least.is_none_or(|least| least > plan.rows) {
            return Err(PlanError::FewForLimit { wanted: plan.rows, least: least.unwrap_or(plan.population) });
        }
    }
    if let Some(below) = plan.below.filter(|_| !plan.looking) {
        let least = plan_rows_below(plan.population, below, &plan)?;
        if plan.rows < least {
            return Err(PlanError::FewToShow { wanted: plan.rows, least, allowed: below.allowed });
        }
    }
    let rows = by_place(&plan.seed, population).into_iter().take(plan.rows as usize).collect();
    Ok(Draw::new(plan, rows, dataset))
}

/// Enters the rows of a dataset that are in the scope of a plan into it, and returns their keys.
pub(super) fn with_population(
    mut plan: AuditPlan,
    dataset: &Dataset,
    in_scope: impl Fn(SampleIndex) -> bool,
) -> Result<(AuditPlan, BTreeSet<SampleKey>), PlanError> {
    plan.check()?;
    let rows = || dataset.indices().filter(|index| in_scope(*index));
    let population: BTreeSet<SampleKey> = rows().map(|index| dataset.entry(index).key).collect();
    if population.is_empty() {
        return Err(PlanError::Nothing);
    }
    plan.population = population.len() as u64;
    plan.population_hash = hash_of(&population);
    plan.fingerprint = dataset.fingerprint.to_string();
    if plan.rows == 0 || plan.rows > plan.population {
        return Err(PlanError::Rows { wanted: plan.rows, population: plan.population });
    }
    plan.contents = Some(RowContents::of_scope(dataset, rows()));
    Ok((plan, population))
}

/// Rows in the order of their places.
pub(super) fn by_place(seed: &str, keys: impl IntoIterator<Item = SampleKey>) -> Vec<SampleKey> {
    let place = |key: SampleKey| (tilejury_stats::place(seed, &key.to_string()), key);
    let mut order: Vec<([u8; 32], SampleKey)> = keys.into_iter().map(place).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, key)| key).collect()
}

/// The number of rows that shows a rate below a limit: see [`plan_below`]. `population`: the number
/// of different rows to draw from.
///
/// # Errors
/// When no number shows it.
pub fn plan_rows_below(population: u64, below: Below, plan: &AuditPlan) -> Result<u64, PlanError> {
    if !(below.limit > 0.0 && below.limit <= 1.0) {
        return Err(PlanError::Limit);
    }
    let found = plan_below(population, below.limit, below.allowed, plan.level());
    found.map(|found| found.drawn).ok_or(PlanError::Below { population, allowed: below.allowed })
}

/// The events that store an audit, and the records of its rows.
pub fn begin(draw: &Draw, dataset: &Dataset, annotator: &str, at: Timestamp) -> (Vec<Event>, Vec<SampleRecord>) {
    let step = StepEventBuilder::new(new_session_id().into(), 0, annotator.into(), at);
    (events(draw, step), records(draw, dataset))
}

/// The events that store an audit, as one step.
pub(crate) fn events(draw: &Draw, step: StepEventBuilder) -> Vec<Event> {
    let Some(first) = draw.rows.first() else { return Vec::new() };
    let round = Round::Audit(step.step().clone());
    let mut step = step.in_round(Some(round));
    let mut events = vec![step.event(*first, FieldChange::Note(draw.plan.to_text()), None, Origin::default())];
    let opened = |key: &SampleKey| step.event(*key, FieldChange::Verdict(None), None, Origin::default());
    events.extend(draw.rows.iter().map(opened));
    events
}

/// The records of the drawn rows, which the sidecar keeps. Reads the rows.
pub fn records(draw: &Draw, dataset: &Dataset) -> Vec<SampleRecord> {
    draw.rows.iter().filter_map(|key| SampleRecord::new(dataset, dataset.find(*key)?)).collect()
}

/// A seed that nobody chose.
pub fn random_seed() -> String {
    (uuid::Uuid::new_v4().as_u128() as u32).to_string()
}

/// A hash of keys.
pub(super) fn hash_of(keys: &BTreeSet<SampleKey>) -> String {
    let mut hash = Sha256::new();
    for key in keys {
        hash.update(format!("{key}\n"));
    }
    hexadecimal(&hash.finalize()[..16])
}
