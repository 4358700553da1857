//! Draws that use suspicion: within bands, or beside the most suspicious rows, which are all
//! judged.

use std::collections::BTreeMap;

use tilejury_data::{Dataset, SampleIndex, SampleKey};
use tilejury_stats::allocate;

use super::bands::{Bands, First};
use super::begin::{Draw, by_place, with_population};
use super::parts::from_parts;
use super::plan::AuditPlan;
use super::plan_error::PlanError;
use super::suspicion_order::{SuspicionOrder, guess};

/// The ends of the bands but the last, as shares of the rows, the most suspicious first.
const CUTS: [f64; 3] = [0.01, 0.05, 0.2];
/// The lowest number of rows that are drawn from a band, unless it has fewer.
const AT_LEAST: u64 = 10;

/// The use of suspicion in an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// Rows are drawn within four bands, more where errors are likelier.
    Bands,
    /// So many of the rows are the most suspicious ones; the others are drawn from the rest.
    First(u64),
}

/// Draws the rows of a plan from the rows of a dataset that are in its scope, with the use of an
/// order of suspicion, which is frozen in the plan. [`draw`](super::draw) is the plain draw.
///
/// # Errors
/// When the plan makes no sense, has more rows than there are or too few for its bands, asks for a
/// limit, or nothing is known that ranks a row.
pub fn draw_by_suspicion(
    plan: AuditPlan,
    suspicion: Suspicion,
    order: &SuspicionOrder,
    dataset: &Dataset,
    in_scope: impl Fn(SampleIndex) -> bool,
) -> Result<Draw, PlanError> {
    if plan.below.is_some() {
        return Err(PlanError::LimitBySuspicion);
    }
    let (mut plan, population) = with_population(plan, dataset, in_scope)?;
    let order = order.among(&population);
    if order.is_blank() {
        return Err(PlanError::NothingRanked);
    }
    let rows = match suspicion {
        Suspicion::Bands => {
            let (bands, rows) = within_bands(&plan.seed, plan.rows, &order)?;
            plan.bands = Some(bands);
            rows
        }
        Suspicion::First(first) => {
            if first == 0 || first >= plan.rows {
                return Err(PlanError::First { first, rows: plan.rows });
            }
            let keys = |from: usize| order.rows().iter().skip(from).map(|row| row.key);
            let (number, rest) = (first as usize, (plan.rows - first) as usize);
            let drawn = by_place(&plan.seed, keys(number)).into_iter().take(rest);
            let rows: Vec<SampleKey> = keys(0).take(number).chain(drawn).collect();
            let turns: BTreeMap<SampleKey, u64> =
                by_place(&plan.seed, rows.iter().copied()).into_iter().zip(0..).collect();
            let turns = rows.iter().take(number).filter_map(|key| turns.get(key).copied()).collect();
            plan.first = Some(First { rows: first, order_hash: order.hash(), turns });
            rows
        }
    };
    Ok(Draw::new(plan, rows, dataset))
}

/// Draws `rows` rows within bands. Returns the bands and the rows in the order of the draw.
fn within_bands(seed: &str, rows: u64, order: &SuspicionOrder) -> Result<(Bands, Vec<SampleKey>), PlanError> {
    let all = order.rows();
    let ends = CUTS.iter().map(|cut| (cut * all.len() as f64).round() as usize).chain([all.len()]);
    let mut start = 0;
    let bands: Vec<_> = ends.map(|end| &all[std::mem::replace(&mut start, end)..end]).collect();
    let sizes: Vec<u64> = bands.iter().map(|band| band.len() as u64).collect();
    let (guesses, judged): (Vec<f64>, Vec<u64>) = bands.iter().map(|band| guess(band)).unzip();
    let least = sizes.iter().map(|size| AT_LEAST.min(*size)).sum();
    if rows < least {
        return Err(PlanError::FewForBands { wanted: rows, least });
    }
    let asked: Vec<(u64, f64)> = sizes.iter().copied().zip(guesses.iter().copied()).collect();
    let drawn = allocate(rows, &asked, AT_LEAST);
    let parts = bands.iter().zip(&drawn).map(|(band, number)| (band.iter().map(|row| row.key).collect(), *number));
    let mixed = from_parts(seed, parts.collect());
    let of_rows = mixed.iter().map(|(band, _)| char::from(b'1' + *band as u8)).collect();
    let keys = mixed.into_iter().map(|(_, key)| key).collect();
    Ok((Bands { order_hash: order.hash(), sizes, drawn, guesses, judged, of_rows }, keys))
}
