//! “Is the rate below a limit?”: plans with a number of allowed hits, and evidence while judging.

use crate::hypergeometric::tails;
use crate::interval::Level;

/// A plan that shows that a rate is below a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BelowPlan {
    /// The number of rows to draw.
    pub drawn: u64,
    /// The highest number of affected rows among them with which the rate is shown to be below.
    pub allowed: u64,
}

/// The rows without a further hit that are still needed to show that a rate is below a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// More rows if no further hit comes; 0 if it is shown already.
    pub without_hit: u64,
    /// More rows, the hit included, if the next row is a hit and none after it.
    pub after_one_hit: u64,
}

/// The lowest number of affected units that is not below the `limit`, a share.
fn not_below(population: u64, limit: f64) -> u64 {
    // A product like 0.05 · 100 may come out just above a whole number.
    ((limit * population as f64 - 1e-9).ceil().max(0.0) as u64).min(population)
}

/// The smallest plan that shows a rate below `limit`, a share, with `allowed` hits: in a population
/// that just reaches the limit, so few hits come with at most the error of the level. `None` if
/// even the whole population would not show it, and unless the limit is above 0 and at most 1.
///
/// The allowed number is part of the plan: to choose it after a hit would be to look at the result
/// first.
pub fn plan_below(population: u64, limit: f64, allowed: u64, level: Level) -> Option<BelowPlan> {
    if !(limit > 0.0 && limit <= 1.0) {
        return None;
    }
    let affected = not_below(population, limit);
    let shows = |drawn: u64| tails(population, affected, drawn, allowed).0 <= level.error();
    if affected <= allowed {
        return None;
    }
    let (mut low, mut high) = (allowed, population);
    while low < high {
        let middle = low + (high - low) / 2;
        if shows(middle) { high = middle } else { low = middle + 1 }
    }
    Some(BelowPlan { drawn: low, allowed })
}

/// The evidence that fewer units than the limit are affected, by the `hits` of the units `drawn` so
/// far: a person may look after each of them and end when it reaches 1/error (20 for 95 %), for if
/// the rate is not below, it ever does so with at most that error (Ville 1939).
///
/// The mean, over three shares below the limit (a half, a fifth, a twentieth of it), of the
/// likelihood of the sample if that share is affected, divided by its likelihood if just the limit
/// is. `None` if the numbers do not fit or the limit is not above 0 and at most 1.
pub fn evidence_below(population: u64, limit: f64, drawn: u64, hits: u64) -> Option<f64> {
    if population == 0 || drawn > population || hits > drawn || !(limit > 0.0 && limit <= 1.0) {
        return None;
    }
    let affected = not_below(population, limit);
    if hits > affected {
        return Some(0.0);
    }
    if drawn - hits > population - affected {
        // So many unaffected ones cannot be in a population that reaches the limit.
        return Some(f64::INFINITY);
    }
    let reached = affected as f64 / population as f64;
    // The likelihood of the sample in this order, unit by unit.
    let of_hits: f64 = (0..hits).map(|i| ((affected - i) as f64 / (population - i) as f64).ln()).sum();
    let of_misses: f64 =
        (0..drawn - hits).map(|j| ((population - affected - j) as f64 / (population - hits - j) as f64).ln()).sum();
    let at_limit = of_hits + of_misses;
    let mean = [0.5, 0.2, 0.05]
        .map(|part| {
            let share = reached * part;
            let below = hits as f64 * share.ln() + (drawn - hits) as f64 * (-share).ln_1p();
            (below - at_limit).exp()
        })
        .iter()
        .sum::<f64>()
        / 3.0;
    Some(mean)
}

/// The rows that are still needed to show that the rate is below the limit, by [`evidence_below`].
/// `None` if even the rest of the population without a hit would not show it.
pub fn outlook_below(population: u64, limit: f64, drawn: u64, hits: u64, level: Level) -> Option<Outlook> {
    let needed = 1.0 / level.error();
    let shown = |drawn, hits| evidence_below(population, limit, drawn, hits).is_some_and(|evidence| evidence >= needed);
    let more = |start: u64, hits: u64| {
        if start > population || !shown(population, hits) {
            return None;
        }
        let (mut low, mut high) = (start, population);
        while low < high {
            let middle = low + (high - low) / 2;
            if shown(middle, hits) { high = middle } else { low = middle + 1 }
        }
        Some(low - drawn)
    };
    let without_hit = more(drawn, hits)?;
    let after_one_hit = more(drawn + 1, hits + 1).unwrap_or(population - drawn);
    Some(Outlook { without_hit, after_one_hit })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: u64 = 49_020;

    #[test]
    fn plans_are_the_smallest_that_show_it() {
        let check = |limit, expected: &[u64]| {
            let found: Vec<u64> = (0..expected.len() as u64)
                .map(|allowed| plan_below(ROWS, limit, allowed, Level::USUAL).unwrap().drawn)
                .collect();
            assert_eq!(found, expected, "{limit}");
        };
        check(0.01, &[297, 470, 624, 769, 907]);
        check(0.005, &[592, 937, 1242, 1528]);
        check(0.02, &[148, 235, 312, 385]);
        check(0.05, &[59, 93, 124, 153]);
    }

    #[test]
    fn a_plan_that_nothing_can_fulfil_is_none() {
        assert_eq!(plan_below(100, 0.01, 1, Level::USUAL), None, "one row reaches the limit; one is allowed");
        assert_eq!(plan_below(100, 0.0, 0, Level::USUAL), None);
        assert_eq!(plan_below(100, 1.5, 0, Level::USUAL), None);
        assert_eq!(plan_below(100, 0.01, 0, Level::USUAL), Some(BelowPlan { drawn: 95, allowed: 0 }));
    }

    #[test]
    fn evidence_needs_somewhat_more_rows_than_a_plan() {
        // Measured beside numpy: 368 rows without a hit, 618 with one, 837, 1033, 1214.
        for (hits, rows) in [(0, 368), (1, 618), (2, 837), (3, 1033), (4, 1214)] {
            assert!(evidence_below(ROWS, 0.01, rows, hits).unwrap() >= 20.0, "{hits}");
            assert!(evidence_below(ROWS, 0.01, rows - 1, hits).unwrap() < 20.0, "{hits}");
        }
    }

    #[test]
    fn the_outlook_is_what_the_evidence_needs() {
        let found = outlook_below(ROWS, 0.01, 210, 0, Level::USUAL).unwrap();
        assert_eq!(found, Outlook { without_hit: 158, after_one_hit: 408 });
        let found = outlook_below(ROWS, 0.01, 400, 0, Level::USUAL).unwrap();
        assert_eq!(found.without_hit, 0);
    }

    #[test]
    fn certainty_and_impossibility_are_told_apart() {
        // 5 of 100 reach the limit: 6 hits exclude “below”, 96 misses prove it.
        assert_eq!(evidence_below(100, 0.05, 10, 6), Some(0.0));
        assert_eq!(evidence_below(100, 0.05, 96, 0), Some(f64::INFINITY));
        assert_eq!(evidence_below(100, 0.05, 101, 0), None);
        assert_eq!(outlook_below(100, 0.05, 10, 6, Level::USUAL), None);
    }
}
