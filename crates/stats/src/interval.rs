//! Levels, intervals, and the two intervals for a share of independent trials.

use crate::quantile::{beta_quantile, normal_quantile};

/// The confidence level of an interval, between 0 and 1 without either.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level(f64);

impl Level {
    /// 95 %.
    pub const USUAL: Self = Self(0.95);
    /// 99 %: for the running interval of an audit whose number of rows is planned.
    pub const CAUTIOUS: Self = Self(0.99);

    /// A level; `None` unless it is above 0 and below 1.
    pub fn new(level: f64) -> Option<Self> {
        (level > 0.0 && level < 1.0).then_some(Self(level))
    }

    /// The level, from 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// The probability of an error: 1 minus the level.
    pub fn error(self) -> f64 {
        1.0 - self.0
    }
}

/// An interval of shares, each end from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// An interval of the number of affected units in a population, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountInterval {
    /// The lowest number.
    pub low: u64,
    /// The highest number.
    pub high: u64,
}

impl CountInterval {
    /// The same interval as shares of a population of this size. A population of none has the
    /// share 0.
    pub fn share_of(self, population: u64) -> Interval {
        let share = |count: u64| if population == 0 { 0.0 } else { count as f64 / population as f64 };
        Interval { low: share(self.low), high: share(self.high) }
    }

    /// The interval for a population that has `more` affected units besides.
    pub fn shifted(self, more: u64) -> Self {
        Self { low: self.low + more, high: self.high + more }
    }
}

/// The score interval for `hits` of `trials` independent trials; `None` without trials. For
/// scoreboards: it also serves for few trials, but for rare events its lower end is too high
/// (Wilson 1927, “Probable inference, the law of succession, and statistical inference”).
pub fn wilson(hits: u64, trials: u64, level: Level) -> Option<Interval> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let share = hits.min(trials) as f64 / n;
    let z = normal_quantile(1.0 - level.error() / 2.0);
    let squared = z * z;
    let centre = share + squared / (2.0 * n);
    let spread = z * (share * (1.0 - share) / n + squared / (4.0 * n * n)).sqrt();
    let end = |value: f64| (value / (1.0 + squared / n)).clamp(0.0, 1.0);
    // At the ends the two terms cancel out; rounding errors must not remain.
    let low = if hits == 0 { 0.0 } else { end(centre - spread) };
    let high = if hits >= trials { 1.0 } else { end(centre + spread) };
    Some(Interval { low, high })
}

/// The exact interval for `hits` of `trials`, by inversion of the binomial tails (Clopper & Pearson
/// 1934, “The use of confidence or fiducial limits illustrated in the case of the binomial”). Both
/// numbers may be fractions, as those of an effective sample are; `None` unless
/// 0 ≤ `hits` ≤ `trials` and `trials` > 0.
pub fn clopper_pearson(hits: f64, trials: f64, level: Level) -> Option<Interval> {
    if !(trials > 0.0 && trials.is_finite() && (0.0..=trials).contains(&hits)) {
        return None;
    }
    let misses = trials - hits;
    let tail = level.error() / 2.0;
    let low = if hits > 0.0 { beta_quantile(hits, misses + 1.0, tail) } else { 0.0 };
    let high = if misses > 0.0 { 1.0 - beta_quantile(misses, hits + 1.0, tail) } else { 1.0 };
    Some(Interval { low, high })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: Interval, low: f64, high: f64, margin: f64) {
        assert!((found.low - low).abs() < margin && (found.high - high).abs() < margin, "{found:?}");
    }

    #[test]
    fn wilson_agrees_with_published_values() {
        let check = |hits, trials, low, high| check(wilson(hits, trials, Level::USUAL).unwrap(), low, high, 5e-5);
        check(8, 10, 0.4902, 0.9433);
        check(0, 10, 0.0, 0.2775);
        check(10, 10, 0.7225, 1.0);
        check(50, 100, 0.4038, 0.5962);
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
        assert_eq!(wilson(0, 0, Level::USUAL), None);
    }

    #[test]
    fn clopper_pearson_agrees_with_published_values() {
        let check =
            |hits, trials, low, high| check(clopper_pearson(hits, trials, Level::USUAL).unwrap(), low, high, 5e-5);
        // Newcombe (1998), table I, "exact".
        check(81.0, 263.0, 0.2527, 0.3676);
        check(15.0, 148.0, 0.0578, 0.1617);
        check(0.0, 20.0, 0.0, 0.1684);
        check(1.0, 29.0, 0.0009, 0.1776);
    }

    #[test]
    fn unusable_numbers_give_no_interval() {
        for (hits, trials) in [(0.0, 0.0), (-1.0, 5.0), (6.0, 5.0), (f64::NAN, 5.0), (1.0, f64::INFINITY)] {
            assert_eq!(clopper_pearson(hits, trials, Level::USUAL), None, "{hits} of {trials}");
        }
        for level in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(Level::new(level), None);
        }
    }
}
