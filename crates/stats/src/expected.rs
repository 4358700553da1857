//! The width of an interval to expect before anything was judged.

use crate::hypergeometric::{count_interval, tails};
use crate::interval::Level;

/// Samples that are rarer than this are left out of the mean.
const RARE: f64 = 1e-12;

/// The mean width of [`count_interval`], as a share of the `population`, if `affected` units of it
/// are affected and `drawn` are drawn: over all samples, each by its probability. Half of it is
/// what a person means by “plus or minus”. `None` if the numbers do not fit, or nothing is drawn.
pub fn expected_width(population: u64, affected: u64, drawn: u64, level: Level) -> Option<f64> {
    if drawn == 0 || drawn > population || affected > population {
        return None;
    }
    let (lowest, highest) = ((affected + drawn).saturating_sub(population), affected.min(drawn));
    let likeliest = ((drawn + 1) as f64 * (affected + 1) as f64 / (population + 2) as f64) as u64;
    let likeliest = likeliest.clamp(lowest, highest);
    let (mut sum, mut weights) = (0.0, 0.0);
    // Returns whether the sample was likely enough to count.
    let mut add = |hits: u64| {
        let (at_most, at_least) = tails(population, affected, drawn, hits);
        let weight = at_most + at_least - 1.0;
        let found = count_interval(population, drawn, hits, level).filter(|_| weight > RARE);
        let Some(found) = found else { return false };
        sum += weight * (found.high - found.low) as f64 / population as f64;
        weights += weight;
        true
    };
    // From the likeliest sample on, in both directions, until they are too rare.
    let _ = (likeliest..=highest).take_while(|hits| add(*hits)).count();
    let _ = (lowest..likeliest).rev().take_while(|hits| add(*hits)).count();
    (weights > 0.0).then(|| sum / weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_all_samples() {
        // By exact sums with scipy, in percentage points.
        let check = |affected, drawn, points: f64| {
            let width = expected_width(49_020, affected, drawn, Level::USUAL).unwrap();
            assert!((100.0 * width - points).abs() < 0.006, "{affected} of {drawn}: {width}");
        };
        check(245, 100, 4.47);
        check(490, 400, 2.20);
        check(2941, 400, 4.87);
        check(17_157, 1000, 5.94);
    }

    #[test]
    fn a_whole_population_leaves_no_width() {
        assert_eq!(expected_width(50, 5, 50, Level::USUAL), Some(0.0));
        assert_eq!(expected_width(50, 0, 50, Level::USUAL), Some(0.0));
        assert_eq!(expected_width(50, 5, 0, Level::USUAL), None);
        assert_eq!(expected_width(50, 51, 5, Level::USUAL), None);
        assert_eq!(expected_width(50, 5, 51, Level::USUAL), None);
    }
}
