//! The interval that holds whenever a person ends an audit, also after looking at each step.

use crate::interval::{CountInterval, Level};

/// The prior on the share of affected units: Beta(½, 2). It makes the interval narrow where few are
/// affected, so the share that is counted must be the rare one: wrong rows, not right ones.
const PRIOR: (f64, f64) = (0.5, 2.0);

/// The interval for the number of affected units of a `population`, of which `drawn` were drawn one
/// by one in random order and `hits` are affected. It holds for all moments at once with the
/// probability of the level: a person may look after each judgement and end when they like.
///
/// All numbers whose prior is less than 1/error times their posterior (Waudby-Smith & Ramdas 2020,
/// “Confidence sequences for sampling without replacement”, with a beta-binomial prior). It depends
/// on the two counts alone, not on the order of judgements, so undo and later corrections do no
/// harm. `None` if the numbers do not fit.
pub fn running_interval(population: u64, drawn: u64, hits: u64, level: Level) -> Option<CountInterval> {
    if drawn > population || hits > drawn {
        return None;
    }
    let (lowest, highest) = (hits, population - drawn + hits);
    let limit = -level.error().ln();
    let inside = |affected: u64| log_ratio(population, drawn, hits, affected) < limit;
    // The ratio has one minimum, near the share of hits.
    let likeliest = if drawn == 0 { hits } else { ((population + 1) as f64 * hits as f64 / drawn as f64) as u64 };
    let likeliest = likeliest.clamp(lowest, highest);
    let (mut low, mut end) = (lowest, likeliest);
    while low < end {
        let middle = low + (end - low) / 2;
        if inside(middle) { end = middle } else { low = middle + 1 }
    }
    let (mut high, mut end) = (likeliest, highest);
    while high < end {
        let middle = end - (end - high) / 2;
        if inside(middle) { high = middle } else { end = middle - 1 }
    }
    Some(CountInterval { low, high })
}

/// The logarithm of prior over posterior of a number of affected units. The terms that depend on
/// the prior of this number alone cancel out, which leaves products of as many factors as units
/// were drawn.
fn log_ratio(population: u64, drawn: u64, hits: u64, affected: u64) -> f64 {
    let [population, affected] = [population, affected].map(|number| number as f64);
    let of_hits: f64 = (0..hits).map(|i| ((PRIOR.0 + i as f64) / (affected - i as f64)).ln()).sum();
    let of_misses: f64 =
        (0..drawn - hits).map(|j| ((PRIOR.1 + j as f64) / (population - affected - j as f64)).ln()).sum();
    let of_drawn: f64 = (0..drawn).map(|k| ((population - k as f64) / (PRIOR.0 + PRIOR.1 + k as f64)).ln()).sum();
    of_hits + of_misses + of_drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_agree_with_those_of_every_count_in_scipy() {
        let check = |hits, drawn, low, high| {
            let found = running_interval(49_020, drawn, hits, Level::USUAL);
            assert_eq!(found, Some(CountInterval { low, high }));
        };
        check(3, 400, 25, 1535);
        check(0, 200, 0, 1294);
        check(8, 100, 1063, 9315);
    }

    #[test]
    fn nothing_drawn_leaves_everything_open() {
        assert_eq!(running_interval(500, 0, 0, Level::USUAL), Some(CountInterval { low: 0, high: 500 }));
    }

    #[test]
    fn a_whole_population_leaves_nothing_open() {
        for hits in [0, 1, 7, 20] {
            let found = running_interval(20, 20, hits, Level::CAUTIOUS);
            assert_eq!(found, Some(CountInterval { low: hits, high: hits }));
        }
    }

    #[test]
    fn numbers_that_do_not_fit_give_none() {
        assert_eq!(running_interval(20, 21, 0, Level::USUAL), None);
        assert_eq!(running_interval(20, 10, 11, Level::USUAL), None);
    }

    /// A person looks after each of 200 judgements; the truth is outside at no moment in at least
    /// the share of runs that the level says. The numbers come from a fixed linear generator.
    #[test]
    fn looking_at_every_step_misses_the_truth_seldom() {
        let (population, affected, runs) = (2000_u64, 120_u64, 300);
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let missed = (0..runs)
            .filter(|_| {
                let mut hits = 0;
                (0..200_u64).any(|drawn| {
                    let share = (affected - hits) as f64 / (population - drawn) as f64;
                    hits += u64::from(next() < share);
                    let found = running_interval(population, drawn + 1, hits, Level::USUAL).unwrap();
                    !(found.low..=found.high).contains(&affected)
                })
            })
            .count();
        assert!(missed <= runs / 20, "{missed} of {runs}");
    }
}
