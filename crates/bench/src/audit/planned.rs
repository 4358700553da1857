//! An audit of a simple random sample: what the program shows at its planned number of rows, and
//! where a person stops who looks. All figures are those of `AuditStatus`.

use tilejury_audit::audits::{AuditPlan, AuditStatus, RateFigures, RowAnswer};
use tilejury_stats::Level;

use super::answers::Answers;
use super::coverage::{Coverage, Shown};
use super::looking::{PLANNED, RunningIntervals, StopWhen, hits_so_far};
use super::population::{MadeUpRow, Population, ROWS, drawn};
use super::runs::Runs;
use crate::mixed::Draws;

/// The shares of affected and of other rows that a person leaves unsure: affected ones are harder.
const UNSURE: (f64, f64) = (0.2, 0.02);

/// The intervals of this scenario.
const INTERVALS: [&str; 7] = [
    "affected rows, 400 planned and judged",
    "rows with a wrong positive, 400 judged",
    "false negatives among negatives, 400 rows judged",
    "affected rows, some left unsure: outer ends",
    "affected rows, stops when at most 6 points wide",
    "affected rows, stops when surely below 1.2 × the truth",
    "affected rows, stops when surely above 0.8 × the truth",
];

/// The truth about a population.
struct Truth {
    affected: u64,
    wrong_positives: u64,
    share_of_negatives: f64,
}

/// One audit.
struct OneRun<'r> {
    plan: &'r AuditPlan,
    truth: &'r Truth,
    intervals: &'r RunningIntervals,
    answers: &'r Answers,
}

/// Measures the intervals of a rate.
pub(super) fn measure(rate: f64, population: &Population, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let mut plan = AuditPlan::new("simulated", "1", PLANNED as u64);
    plan.population = ROWS as u64;
    let truth = Truth {
        affected: population.affected(),
        wrong_positives: population.count(|row| row.wrong_positive),
        share_of_negatives: population.share_of_negatives(),
    };
    let intervals = RunningIntervals::new(ROWS as u64, PLANNED, Level::CAUTIOUS);
    let answers = Answers::new();
    let one = OneRun { plan: &plan, truth: &truth, intervals: &intervals, answers: &answers };
    let shown = runs.each("planned", rate, |mut draws| {
        let rows: Vec<&MadeUpRow> =
            drawn(&mut draws, ROWS, PLANNED).into_iter().map(|at| &population.rows[at]).collect();
        one.shown(&rows, &mut draws)
    })?;
    let of = |(at, name): (usize, &str)| {
        Coverage::new(name, rate, Level::USUAL.value(), shown.iter().map(|shown| shown[at]))
    };
    Ok(INTERVALS.into_iter().enumerate().map(of).collect())
}

impl OneRun<'_> {
    /// The values of each of [`INTERVALS`].
    fn shown(&self, rows: &[&MadeUpRow], draws: &mut Draws) -> [Option<Shown>; INTERVALS.len()] {
        let truth = self.truth;
        let said: Vec<Option<&RowAnswer>> = rows.iter().map(|row| Some(self.answers.of(row))).collect();
        let unsure: Vec<Option<&RowAnswer>> = rows
            .iter()
            .map(|row| {
                let share = if row.is_affected() { UNSURE.0 } else { UNSURE.1 };
                Some(if draws.fraction() < share { self.answers.unsure_of(row) } else { self.answers.of(row) })
            })
            .collect();
        let done = AuditStatus::from_answers(self.plan, &said);
        let with_unsure = AuditStatus::from_answers(self.plan, &unsure).unsure;
        let hits = hits_so_far(rows.iter().map(|row| row.is_affected()));
        let count = |figures: &RateFigures, truth: u64| {
            let shares = (figures.low_count?, figures.high_count?);
            let of_rows = |count: u64| count as f64 / ROWS as f64;
            Some(Shown::new(of_rows(truth), of_rows(shares.0), of_rows(shares.1), figures.n))
        };
        let at_end = count(&done.rows, truth.affected);
        let stopped = |stop: StopWhen| match stop.stopped(self.intervals, &hits, truth.affected) {
            Some(judged) => count(&AuditStatus::from_answers(self.plan, &said[..judged]).rows, truth.affected),
            None => at_end,
        };
        let share = |low: Option<f64>, high: Option<f64>, truth: f64| Some(Shown::new(truth, low?, high?, done.judged));
        [
            at_end,
            count(&done.wrong_positives, truth.wrong_positives),
            share(done.negatives.low, done.negatives.high, truth.share_of_negatives),
            share(with_unsure.low, with_unsure.high, truth.affected as f64 / ROWS as f64),
            stopped(StopWhen::Narrow(0.06)),
            stopped(StopWhen::Low(1.2)),
            stopped(StopWhen::High(0.8)),
        ]
    }
}
