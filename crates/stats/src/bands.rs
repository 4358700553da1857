//! Rates from rows that were drawn within bands of suspicion, more where errors are likelier.

use crate::interval::{Interval, Level, clopper_pearson};

/// The rows of a band, those drawn from it at random, and the hits among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// All rows of the band.
    pub population: u64,
    /// The judged rows.
    pub drawn: u64,
    /// The affected rows among them.
    pub hits: u64,
}

/// The share of affected rows in all bands together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandsEstimate {
    /// The share, each band by its size; from 0 to 1.
    pub estimate: f64,
    /// Its interval.
    pub interval: Interval,
    /// The number of rows of a simple random sample that would say as much.
    pub effective_n: f64,
}

/// The share of affected rows of all bands. Each band counts by its size; the variance uses the
/// share of each band with half a hit added, so a band without a hit is not taken for certain,
/// unless it was judged whole; the interval is that of [`clopper_pearson`] for the effective number
/// of rows (as in Korn & Graubard 1998). `None` if a band has rows of which none were drawn, or
/// counts that do not fit.
pub fn bands_rate(bands: &[Band], level: Level) -> Option<BandsEstimate> {
    let all: u64 = bands.iter().map(|band| band.population).sum();
    if all == 0 || bands.iter().any(|band| band.hits > band.drawn || band.drawn > band.population) {
        return None;
    }
    if bands.iter().any(|band| band.population > 0 && band.drawn == 0) {
        return None;
    }
    let (mut estimate, mut expected, mut variance) = (0.0, 0.0, 0.0);
    for band in bands.iter().filter(|band| band.population > 0) {
        let [population, drawn, hits] = [band.population, band.drawn, band.hits].map(|number| number as f64);
        let weight = population / all as f64;
        // Of a band that was judged whole, nothing is uncertain.
        let share = if drawn < population { (hits + 0.5) / (drawn + 1.0) } else { hits / drawn };
        estimate += weight * hits / drawn;
        expected += weight * share;
        variance += weight * weight * (1.0 - drawn / population) * share * (1.0 - share) / drawn;
    }
    let estimate = estimate.clamp(0.0, 1.0);
    if variance <= 0.0 {
        // Every row was judged.
        return Some(BandsEstimate {
            estimate,
            interval: Interval { low: estimate, high: estimate },
            effective_n: all as f64,
        });
    }
    let effective_n = expected * (1.0 - expected) / variance;
    let interval = clopper_pearson((estimate * effective_n).min(effective_n), effective_n, level)?;
    Some(BandsEstimate { estimate, interval, effective_n })
}

/// The numbers of rows to draw from bands of these sizes, `total` together, if the share of
/// affected rows in each is about that guess; at least `least` of each, and never more than a band
/// has. There are fewer than `total` only if the bands have fewer, and more only if `least` asks
/// for more.
///
/// In proportion to size times standard deviation (Neyman 1934, “On the two different aspects of
/// the representative method”), in whole numbers: each row goes to the band where it lowers the
/// variance most (Wright 2012, “The equivalence of Neyman optimum allocation for sampling and equal
/// proportions for apportioning the U.S. House of Representatives”).
pub fn allocate(total: u64, bands: &[(u64, f64)], least: u64) -> Vec<u64> {
    let mut numbers: Vec<u64> = bands.iter().map(|(population, _)| least.min(*population)).collect();
    let deviation = |share: f64| (share.clamp(0.0, 1.0) * (1.0 - share.clamp(0.0, 1.0))).sqrt();
    let no_guess = bands.iter().all(|(_, share)| deviation(*share) == 0.0);
    let weight = |at: usize| bands[at].0 as f64 * if no_guess { 1.0 } else { deviation(bands[at].1) };
    while numbers.iter().sum::<u64>() < total {
        let gain = |at: &usize| {
            let number = numbers[*at] as f64;
            // The first row of a band comes before the second of any other.
            if number == 0.0 { f64::INFINITY } else { weight(*at) / (number * (number + 1.0)).sqrt() }
        };
        let open = (0..bands.len()).filter(|at| numbers[*at] < bands[*at].0);
        // Of equal bands, the first.
        let Some(best) = open.rev().max_by(|a, b| gain(a).total_cmp(&gain(b))) else { break };
        numbers[best] += 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_band_counts_by_its_size() {
        let bands = [
            Band { population: 490, drawn: 100, hits: 50 },
            Band { population: 1961, drawn: 100, hits: 20 },
            Band { population: 7353, drawn: 100, hits: 5 },
            Band { population: 39_216, drawn: 100, hits: 1 },
        ];
        let found = bands_rate(&bands, Level::USUAL).unwrap();
        let expected = (490.0 * 0.5 + 1961.0 * 0.2 + 7353.0 * 0.05 + 39_216.0 * 0.01) / 49_020.0;
        assert!((found.estimate - expected).abs() < 1e-15);
        assert!(found.interval.low < expected && expected < found.interval.high);
    }

    #[test]
    fn a_band_without_a_draw_gives_none() {
        let judged = Band { population: 10, drawn: 5, hits: 0 };
        assert_eq!(bands_rate(&[judged, Band { population: 90, drawn: 0, hits: 0 }], Level::USUAL), None);
        assert!(bands_rate(&[judged, Band { population: 0, drawn: 0, hits: 0 }], Level::USUAL).is_some());
        let whole = [Band { population: 10, drawn: 10, hits: 1 }, Band { population: 30, drawn: 30, hits: 3 }];
        assert_eq!(bands_rate(&whole, Level::USUAL).unwrap().interval, Interval { low: 0.1, high: 0.1 });
    }

    #[test]
    fn bands_judged_whole_do_not_narrow_the_interval_of_others() {
        let rest = Band { population: 88, drawn: 38, hits: 0 };
        let whole = Band { population: 22, drawn: 22, hits: 0 };
        let alone = bands_rate(&[rest], Level::USUAL).unwrap();
        let both = bands_rate(&[whole, rest], Level::USUAL).unwrap();
        let rows = |found: BandsEstimate, all: f64| found.interval.high * all;
        let difference = rows(both, 110.0) / rows(alone, 88.0);
        assert!((difference - 1.0).abs() < 0.03, "the same rows are uncertain: {difference}");
    }

    #[test]
    fn allocations_fit_the_bands() {
        let sizes = [(490, 0.5), (1961, 0.2), (7353, 0.05), (39_216, 0.005)];
        let numbers = allocate(400, &sizes, 10);
        assert_eq!(numbers.iter().sum::<u64>(), 400);
        assert!(numbers.iter().all(|number| *number >= 10), "{numbers:?}");
        assert!(numbers[3] > numbers[0], "a band counts by its size, too: {numbers:?}");
        assert_eq!(allocate(400, &[(3, 0.5), (1000, 0.1)], 10), [3, 397], "a small band is taken whole");
        assert_eq!(allocate(400, &[(30, 0.5), (100, 0.1)], 10), [30, 100], "never more than there are");
        assert_eq!(allocate(30, &[(100, 0.0), (100, 0.0)], 0), [15, 15], "no guess: equal parts");
        assert_eq!(allocate(0, &sizes, 10), [10, 10, 10, 10]);
    }
}
