//! A person who looks at the numbers after each row, and when they stop: before the planned number
//! of rows an audit shows the running interval, then the exact one.

use std::sync::OnceLock;

use tilejury_stats::{CountInterval, Level, count_interval, running_interval};

use super::coverage::{Coverage, Shown};
use super::population::{ROWS, drawn};
use super::runs::Runs;

/// The planned number of rows.
pub(super) const PLANNED: usize = 400;

/// The running intervals of all numbers of rows and hits, each computed once.
pub(super) struct RunningIntervals {
    population: u64,
    up_to: usize,
    level: Level,
    known: Vec<OnceLock<CountInterval>>,
}

impl RunningIntervals {
    /// The intervals of up to this number of rows.
    pub(super) fn new(population: u64, up_to: usize, level: Level) -> Self {
        let known = (0..=up_to).flat_map(|_| (0..=up_to).map(|_| OnceLock::new())).collect();
        Self { population, up_to, level, known }
    }

    /// The interval with `hits` among the first `judged` rows.
    pub(super) fn at(&self, judged: usize, hits: usize) -> CountInterval {
        let computed = || {
            let whole = CountInterval { low: 0, high: self.population };
            running_interval(self.population, judged as u64, hits as u64, self.level).unwrap_or(whole)
        };
        *self.known[judged * (self.up_to + 1) + hits].get_or_init(computed)
    }
}

/// The reason to stop before the planned number of rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum StopWhen {
    /// The interval is at most this wide, as a share.
    Narrow(f64),
    /// The upper end is at most this share of the true rate: a person who hopes for few.
    Low(f64),
    /// The lower end is at least this share of the true rate: a person who hopes for many.
    High(f64),
}

impl StopWhen {
    /// Whether a person stops at an interval.
    fn stops_at(self, shown: CountInterval, truth: u64, population: u64) -> bool {
        match self {
            Self::Narrow(width) => (shown.high - shown.low) as f64 <= width * population as f64,
            Self::Low(share) => shown.high as f64 <= share * truth as f64,
            Self::High(share) => shown.low as f64 >= share * truth as f64,
        }
    }

    /// The number of rows after which a person stops who looks after each of them; `None` if they
    /// go on to the last but one. `hits`: those among the first 1, 2, … rows.
    pub(super) fn stopped(self, intervals: &RunningIntervals, hits: &[usize], truth: u64) -> Option<usize> {
        let looks = hits.iter().enumerate().take(hits.len().saturating_sub(1));
        let mut looks = looks.map(|(at, hits)| (at + 1, intervals.at(at + 1, *hits)));
        looks.find(|(_, shown)| self.stops_at(*shown, truth, intervals.population)).map(|(judged, _)| judged)
    }
}

/// The hits among the first 1, 2, … rows.
pub(super) fn hits_so_far(rows: impl Iterator<Item = bool>) -> Vec<usize> {
    let mut hits = 0;
    let so_far = |is_hit| {
        hits += usize::from(is_hit);
        hits
    };
    rows.map(so_far).collect()
}

/// Measures the intervals that a person sees who looks after each row, where not one of them may
/// miss the truth: whatever makes a person stop, they do no worse. In the population, the first
/// rows are affected.
pub(super) fn measure(rate: f64, affected: u64, runs: &Runs<'_>) -> anyhow::Result<Vec<Coverage>> {
    let names = ["affected rows, seen after each of 400", "the same, and the exact interval at 400"];
    let levels = [Level::CAUTIOUS, Level::USUAL].map(Level::value);
    let intervals = RunningIntervals::new(ROWS as u64, PLANNED, Level::CAUTIOUS);
    let misses = |ends: CountInterval| !(ends.low..=ends.high).contains(&affected);
    let shown = runs.each(names[0], rate, |mut draws| {
        let rows = drawn(&mut draws, ROWS, PLANNED);
        let hits = hits_so_far(rows.into_iter().map(|row| (row as u64) < affected));
        let mut looks = (1..PLANNED).zip(&hits).map(|(judged, hits)| intervals.at(judged, *hits));
        let before = looks.any(misses);
        let last = intervals.at(PLANNED, hits[PLANNED - 1]);
        let at_end = count_interval(ROWS as u64, PLANNED as u64, hits[PLANNED - 1] as u64, Level::USUAL);
        let of = |ends: CountInterval| {
            let width = (ends.high - ends.low) as f64 / ROWS as f64;
            Shown { holds: !before && !misses(ends), width, judged: PLANNED as u64 }
        };
        [Some(of(last)), at_end.map(of)]
    })?;
    let of = |at: usize| Coverage::new(names[at], rate, levels[at], shown.iter().map(|shown| shown[at]));
    Ok(vec![of(0), of(1)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_stop_when_it_suits_them() {
        let intervals = RunningIntervals::new(1000, 100, Level::CAUTIOUS);
        let none = vec![0; 100];
        let stopped = |when: StopWhen, truth| when.stopped(&intervals, &none, truth);
        let narrow = stopped(StopWhen::Narrow(0.1), 0).unwrap();
        let width = |judged| intervals.at(judged, 0).high;
        assert!(width(narrow) <= 100 && width(narrow - 1) > 100);
        assert_eq!(stopped(StopWhen::Low(1.0), 100), Some(narrow));
        assert_eq!(stopped(StopWhen::High(0.5), 10), None);
    }
}
