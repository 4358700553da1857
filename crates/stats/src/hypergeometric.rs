//! Exact statements about the number of affected units in a population of which some were drawn
//! without replacement.

use crate::interval::{CountInterval, Level};

/// The probabilities that at most and that at least `hits` of `drawn` units are affected, if
/// `affected` of the `population` are: the tails of the hypergeometric distribution.
///
/// The terms follow from their neighbours, starting at the likeliest one, and are divided by their
/// sum: no factorial is needed, and the digits do not depend on the size of the population. The
/// numbers must fit: `drawn` and `affected` are at most `population`.
pub fn tails(population: u64, affected: u64, drawn: u64, hits: u64) -> (f64, f64) {
    let lowest = (affected + drawn).saturating_sub(population);
    let highest = affected.min(drawn);
    let [population, affected_share, drawn_share] = [population, affected, drawn].map(|number| number as f64);
    let likeliest = ((drawn_share + 1.0) * (affected_share + 1.0) / (population + 2.0)) as u64;
    let likeliest = likeliest.clamp(lowest, highest);
    // The factor from the term of `k` to that of `k + 1`.
    let factor = |k: u64| {
        let k = k as f64;
        (affected_share - k) * (drawn_share - k) / ((k + 1.0) * (population - affected_share - drawn_share + k + 1.0))
    };
    let (mut sum, mut at_most, mut at_least) = (0.0, 0.0, 0.0);
    let mut add = |k: u64, term: f64| {
        sum += term;
        at_most += if k <= hits { term } else { 0.0 };
        at_least += if k >= hits { term } else { 0.0 };
    };
    let mut term = 1.0;
    for k in likeliest..=highest {
        add(k, term);
        term *= factor(k);
        if term == 0.0 {
            break;
        }
    }
    term = 1.0;
    for k in (lowest..likeliest).rev() {
        term /= factor(k);
        if term == 0.0 {
            break;
        }
        add(k, term);
    }
    (at_most / sum, at_least / sum)
}

/// The interval for the number of affected units of a `population` of which `drawn` were drawn at
/// random without replacement and `hits` of these are affected. It covers the truth with at least
/// the probability of the level, whatever the population (Buonaccorsi 1987, “A note on confidence
/// intervals for proportions in finite populations”; Wright 1991, “Exact confidence bounds when
/// sampling from small finite universes”). `None` if the numbers do not fit.
pub fn count_interval(population: u64, drawn: u64, hits: u64, level: Level) -> Option<CountInterval> {
    let high = highest(population, drawn, hits, level.error() / 2.0)?;
    // What is not affected has the same distribution.
    let low = population - highest(population, drawn, drawn - hits, level.error() / 2.0)?;
    Some(CountInterval { low, high })
}

/// The one-sided upper end: the highest number of affected units with which `hits` or fewer would
/// still be likelier than the error of the level. For plans that ask only for an upper end; after
/// seeing no hit it is too late to choose it. `None` if the numbers do not fit.
pub fn highest_count(population: u64, drawn: u64, hits: u64, level: Level) -> Option<u64> {
    highest(population, drawn, hits, level.error())
}

/// The highest number of affected units with which at most `hits` are likelier than `tail`.
fn highest(population: u64, drawn: u64, hits: u64, tail: f64) -> Option<u64> {
    if drawn > population || hits > drawn {
        return None;
    }
    let (mut fits, mut end) = (hits, population - drawn + hits);
    while fits < end {
        let middle = end - (end - fits) / 2;
        if tails(population, middle, drawn, hits).0 > tail {
            fits = middle;
        } else {
            end = middle - 1;
        }
    }
    Some(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_agree_with_those_of_every_count_in_scipy() {
        let check = |hits, drawn, low, high| {
            let found = count_interval(49_020, drawn, hits, Level::USUAL);
            assert_eq!(found, Some(CountInterval { low, high }));
        };
        check(3, 400, 77, 1063);
        check(0, 200, 0, 894);
        check(140, 400, 14_876, 19_547);
    }

    #[test]
    fn the_end_for_no_hit_is_one_sided() {
        for (drawn, percent) in [(50, 5.81), (100, 2.95), (200, 1.48), (400, 0.74), (1000, 0.30)] {
            let share = highest_count(49_020, drawn, 0, Level::USUAL).unwrap() as f64 / 490.2;
            assert!((share - percent).abs() < 0.006, "{drawn}: {share}");
        }
    }

    #[test]
    fn a_whole_population_leaves_nothing_open() {
        for hits in 0..=20 {
            assert_eq!(count_interval(20, 20, hits, Level::USUAL), Some(CountInterval { low: hits, high: hits }));
        }
        assert_eq!(count_interval(20, 0, 0, Level::USUAL), Some(CountInterval { low: 0, high: 20 }));
        assert_eq!(count_interval(0, 0, 0, Level::USUAL), Some(CountInterval { low: 0, high: 0 }));
    }

    #[test]
    fn numbers_that_do_not_fit_give_none() {
        assert_eq!(count_interval(20, 21, 0, Level::USUAL), None);
        assert_eq!(count_interval(20, 10, 11, Level::USUAL), None);
    }

    /// Exact coverage: for each possible truth, the probability of the samples whose interval has
    /// it.
    #[test]
    fn coverage_is_never_below_the_level() {
        let (population, drawn) = (60, 12);
        for truth in 0..=population {
            let covered: f64 = (0..=drawn)
                .filter(|hits| *hits <= truth && drawn - hits <= population - truth)
                .filter(|hits| {
                    let found = count_interval(population, drawn, *hits, Level::USUAL).unwrap();
                    (found.low..=found.high).contains(&truth)
                })
                .map(|hits| {
                    let (at_most, at_least) = tails(population, truth, drawn, hits);
                    at_most + at_least - 1.0
                })
                .sum();
            assert!(covered >= 0.95, "{truth}: {covered}");
        }
    }
}
