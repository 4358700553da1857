//! `tilejury bench audit`: simulated annotators judge made-up populations, look whenever they like,
//! stop when it suits them and disagree; counted is how often each interval held the truth.
//!
//! The intervals are those of the program: `AuditStatus` where it shows them, else the functions of
//! the stats crate that it calls. Only populations and people are made up here.

mod annotators;
mod answers;
mod coverage;
mod limits;
mod looking;
mod machines;
mod planned;
mod population;
mod runs;
mod stored;
mod suspicious;
mod tile_sets;

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use crate::mixed::mixed;
pub use coverage::{AuditMeasures, Coverage};
use population::Population;
use runs::Runs;

/// The shares of rows with a false negative.
const RATES: [f64; 4] = [0.005, 0.01, 0.06, 0.35];

/// The factor of further runs where chance would decide.
const AGAIN: usize = 10;

/// The inputs of the simulation.
#[derive(Clone, Copy, Debug)]
pub struct AuditBenchOptions {
    /// The runs of each scenario at each rate.
    pub runs: usize,
    /// The seed: the same one gives the same figures.
    pub seed: u64,
}

/// Simulates all scenarios. `stop` ends the work early.
///
/// # Errors
/// If it was stopped.
pub fn run(options: AuditBenchOptions, stop: &AtomicBool) -> anyhow::Result<AuditMeasures> {
    let start = Instant::now();
    let runs = Runs { number: options.runs, seed: options.seed, stop };
    let mut all = Vec::new();
    for rate in RATES {
        let population = Population::new(rate, runs.common("population", rate));
        let affected = population.affected();
        all.extend(measured(&runs, |runs| planned::measure(rate, &population, runs))?);
        all.extend(measured(&runs, |runs| looking::measure(rate, affected, runs))?);
        all.extend(measured(&runs, |runs| suspicious::in_bands(rate, &population, runs))?);
        all.extend(measured(&runs, |runs| suspicious::in_full(rate, &population, runs))?);
        all.extend(measured(&runs, |runs| limits::measure(rate, affected as usize, runs))?);
        all.extend(measured(&runs, |runs| annotators::measure(rate, runs))?);
        all.extend(measured(&runs, |runs| machines::measure(rate, affected, runs))?);
        all.extend(measured(&runs, |runs| machines::acceptance(rate, runs))?);
        all.extend(measured(&runs, |runs| tile_sets::measure(rate, runs))?);
        all.extend(measured(&runs, |runs| stored::measure(rate, runs))?);
    }
    Ok(AuditMeasures { all, seconds: start.elapsed().as_secs_f64() })
}

/// Counts a scenario. Where chance decides whether an interval held the truth often enough, it is
/// counted again from the beginning, in ten times as many other runs.
fn measured(
    runs: &Runs<'_>,
    measure: impl Fn(&Runs<'_>) -> anyhow::Result<Vec<Coverage>>,
) -> anyhow::Result<Vec<Coverage>> {
    let found = measure(runs)?;
    if !found.iter().any(Coverage::is_doubtful) {
        return Ok(found);
    }
    measure(&Runs { number: AGAIN * runs.number, seed: mixed(runs.seed), stop: runs.stop })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least share is 94 %, less three standard errors for the few runs: 84.8 % of 60.
    #[test]
    fn every_interval_holds_the_truth_often_enough() {
        let found = run(AuditBenchOptions { runs: 60, seed: 1 }, &AtomicBool::new(false)).unwrap();
        let faults = found.faults();
        assert!(faults.is_empty(), "{faults:#?}");
        let few = found.all.iter().filter(|measure| measure.runs < 4).collect::<Vec<_>>();
        assert!(few.is_empty(), "{few:#?}");
    }
}
