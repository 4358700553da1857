//! Many runs of one simulation, on all cores. Each run has draws of its own, which depend on its
//! number alone: more cores change nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tilejury_data::cores;

use crate::mixed::{Draws, mixed};

/// The runs of every simulation.
pub(super) struct Runs<'r> {
    /// Their number.
    pub(super) number: usize,
    /// The seed of all draws.
    pub(super) seed: u64,
    /// Set to stop.
    pub(super) stop: &'r AtomicBool,
}

impl Runs<'_> {
    /// The draws of one run of a scenario.
    fn draws(&self, scenario: &str, rate: f64, run: usize) -> Draws {
        let named = scenario.bytes().fold(mixed(self.seed), |number, byte| mixed(number ^ u64::from(byte)));
        Draws::new(mixed(named ^ rate.to_bits()).wrapping_add(run as u64))
    }

    /// The draws for what all runs of a rate have in common.
    pub(super) fn common(&self, scenario: &str, rate: f64) -> Draws {
        self.draws(scenario, rate, usize::MAX)
    }

    /// Runs a simulation as often as is asked for; the results are in the order of the runs.
    ///
    /// # Errors
    /// If it was stopped.
    pub(super) fn each<R: Send>(
        &self,
        scenario: &str,
        rate: f64,
        simulate: impl Fn(Draws) -> R + Sync,
    ) -> anyhow::Result<Vec<R>> {
        let next = AtomicUsize::new(0);
        let work = || {
            let mut own = Vec::new();
            loop {
                let run = next.fetch_add(1, Ordering::Relaxed);
                if run >= self.number || self.stop.load(Ordering::Relaxed) {
                    return own;
                }
                own.push((run, simulate(self.draws(scenario, rate, run))));
            }
        };
        let mut all = thread::scope(|scope| {
            let others: Vec<_> = (1..cores()).map(|_| scope.spawn(work)).collect();
            let mut all = work();
            for other in others {
                all.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            all
        });
        anyhow::ensure!(all.len() == self.number, "stopped");
        all.sort_unstable_by_key(|(run, _)| *run);
        Ok(all.into_iter().map(|(_, result)| result).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_the_same_in_any_order_and_differ() {
        let stop = AtomicBool::new(false);
        let runs = Runs { number: 100, seed: 7, stop: &stop };
        let first = runs.each("a", 0.5, |mut draws| draws.fraction()).unwrap();
        assert_eq!(runs.each("a", 0.5, |mut draws| draws.fraction()).unwrap(), first);
        let mut different = first.clone();
        different.sort_by(f64::total_cmp);
        different.dedup();
        assert_eq!(different.len(), 100);
        for (scenario, rate, seed) in [("b", 0.5, 7), ("a", 0.6, 7), ("a", 0.5, 8)] {
            let others = Runs { seed, ..runs }.each(scenario, rate, |mut draws| draws.fraction()).unwrap();
            assert_ne!(others, first);
        }
        stop.store(true, Ordering::Relaxed);
        assert!(runs.each("a", 0.5, |_| ()).is_err());
    }
}
