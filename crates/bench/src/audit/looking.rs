//! A person who looks at the numbers after each row, and when they stop. The intervals are those
//! that an audit shows before the planned number of rows.

use std::sync::OnceLock;

use tilejury_stats::{CountInterval, Level, running_interval};

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
    /// The truth is outside: nobody can know, so no person does worse.
    Wrong,
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
            Self::Wrong => !(shown.low..=shown.high).contains(&truth),
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
        assert_eq!(stopped(StopWhen::Wrong, 99).map(|judged| width(judged) < 99), Some(true));
        assert_eq!(stopped(StopWhen::Wrong, 1), None, "one affected row cannot be excluded so soon");
        assert_eq!(stopped(StopWhen::High(0.5), 10), None);
    }
}
