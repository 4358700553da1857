//! The question “is the rate below a limit?”, asked of populations that just reach it: a plan with
//! a number of allowed hits, and the evidence that a person looks at after each row.

use tilejury_audit::audits::{AuditPlan, AuditStatus, Below, RowAnswer, plan_rows_below};
use tilejury_stats::{Level, outlook_below};

use super::answers::Answers;
use super::coverage::{Coverage, Shown};
use super::population::{ROWS, drawn};
use super::runs::Runs;

/// The numbers of allowed hits.
const ALLOWED: [u64; 2] = [0, 2];
/// The rows after which a person who looks at the evidence gives up.
const PATIENCE: usize = 2000;

/// Measures the statements about a limit that the population just reaches.
pub(super) fn measure(rate: f64, affected: usize, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let limit = affected as f64 / ROWS as f64;
    let mut all = Vec::new();
    for allowed in ALLOWED {
        all.extend(with_plan(rate, affected, Below { limit, allowed }, runs)?);
    }
    let name = "not “below” at the limit, evidence seen after each row";
    // The rows with which each number of hits shows it; a number that never does is left out.
    let needed: Vec<u64> = (0..=PATIENCE as u64)
        .map_while(|hits| {
            let outlook = outlook_below(ROWS as u64, limit, hits, hits, Level::USUAL)?;
            Some(hits + outlook.without_hit).filter(|rows| *rows <= PATIENCE as u64)
        })
        .collect();
    let shown = runs.each(name, rate, |mut draws| {
        let mut hits = 0;
        let rows = drawn(&mut draws, ROWS, PATIENCE);
        let is_shown = |(judged, row): (usize, usize)| {
            hits += usize::from(row < affected);
            needed.get(hits).is_some_and(|needed| judged as u64 >= *needed)
        };
        let found = (1..).zip(rows).map(is_shown).position(|shown| shown);
        let judged = found.map_or(PATIENCE, |at| at + 1) as u64;
        Some(Shown { holds: found.is_none(), width: 0.0, judged })
    })?;
    all.push(Coverage::new(name, rate, Level::USUAL.value(), shown.into_iter()).without_width());
    Ok(all)
}

/// An audit with the number of rows that shows it. In the population, the first rows are affected.
fn with_plan(rate: f64, affected: usize, below: Below, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let mut plan = AuditPlan::new("simulated", "1", 1);
    (plan.population, plan.below) = (ROWS as u64, Some(below));
    plan.rows = plan_rows_below(ROWS as u64, below, &plan)?;
    let answers = Answers::new();
    let names = [
        format!("not “below” at the limit, plan with {} allowed", below.allowed),
        format!("affected rows, upper end of the plan with {} allowed", below.allowed),
    ];
    let shown = runs.each(&names[0], rate, |mut draws| {
        let rows = drawn(&mut draws, ROWS, plan.rows as usize);
        let said: Vec<Option<&RowAnswer>> = rows.into_iter().map(|row| Some(answers.of_one(row < affected))).collect();
        let status = AuditStatus::from_answers(&plan, &said);
        let claimed = status.below.and_then(|below| below.shown) == Some(true);
        let end =
            status.rows.high_count.map(|high| Shown::new(below.limit, 0.0, high as f64 / ROWS as f64, status.judged));
        [Some(Shown { holds: !claimed, width: 0.0, judged: status.judged }), end]
    })?;
    let of = |at: usize| Coverage::new(&names[at], rate, Level::USUAL.value(), shown.iter().map(|shown| shown[at]));
    Ok(vec![of(0).without_width(), of(1)])
}
