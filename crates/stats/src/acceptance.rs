//! Plans that show that at most a share of a set is wrong, before all of it is accepted at once.

use crate::hypergeometric::tails;
use crate::interval::Level;

/// The highest number of wrong units in a set of which at most this share is wrong.
pub fn most_wrong(set: u64, share: f64) -> u64 {
    // A product like 0.05 · 100 may come out just below a whole number.
    ((share * set as f64 + 1e-9).floor().max(0.0) as u64).min(set)
}

/// The smallest number of units to draw from a `set` so that at most `allowed` wrong ones among
/// them show that at most `share` of the set is wrong: with one more wrong unit in the set than
/// that, so few come with at most the error of the level (the lot acceptance sampling of Dodge &
/// Romig 1929, “A method of sampling inspection”, with the hypergeometric distribution). `None` if
/// even the whole set would not show it, and unless the share is at least 0 and below 1.
///
/// The set and the allowed number must be fixed before the draw: to choose the set by the same
/// judgements would be to look at the result first.
pub fn plan_acceptance(set: u64, share: f64, allowed: u64, level: Level) -> Option<u64> {
    if !(0.0..1.0).contains(&share) {
        return None;
    }
    let too_many = most_wrong(set, share) + 1;
    if too_many > set || too_many <= allowed {
        return None;
    }
    let shows = |drawn: u64| tails(set, too_many, drawn, allowed).0 <= level.error();
    let (mut low, mut high) = (allowed, set);
    while low < high {
        let middle = low + (high - low) / 2;
        if shows(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scipy.stats.hypergeom.cdf(allowed, 1240, 63, n).
    #[test]
    fn plans_are_the_smallest_that_show_it() {
        let drawn = |allowed| plan_acceptance(1240, 0.05, allowed, Level::USUAL).unwrap();
        assert_eq!([0, 1, 2].map(drawn), [57, 89, 118]);
        for (rows, allowed) in [(160, 3), (200, 5), (300, 9)] {
            assert!(drawn(allowed) <= rows && rows < drawn(allowed + 1), "{rows}");
        }
    }

    #[test]
    fn a_set_that_nothing_can_show_has_no_plan() {
        assert_eq!(most_wrong(1240, 0.05), 62);
        assert_eq!(most_wrong(100, 0.05), 5);
        assert_eq!(plan_acceptance(0, 0.05, 0, Level::USUAL), None);
        assert_eq!(plan_acceptance(10, 0.05, 1, Level::USUAL), None, "one wrong row is too many; one is allowed");
        assert_eq!(plan_acceptance(10, 0.05, 0, Level::USUAL), Some(10));
        assert_eq!(plan_acceptance(10, 1.0, 0, Level::USUAL), None);
    }
}
