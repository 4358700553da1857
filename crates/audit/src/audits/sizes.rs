//! The choice of the number of rows: which interval is to be expected of it.

use serde::Serialize;
use tilejury_stats::{Level, expected_width, highest_count};

/// The rates that intervals are expected for, as shares.
pub const EXPECTED_RATES: [f64; 5] = [0.005, 0.01, 0.02, 0.06, 0.35];

/// The numbers of rows that are offered; the whole population is offered as well if it is smaller
/// than one of them.
const OFFERED: [u64; 7] = [50, 100, 200, 400, 600, 1000, 2000];

/// A number of rows, and the interval that a draw of them can be expected to show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditSize {
    /// The number of rows.
    pub rows: u64,
    /// Half the width of the interval at each of [`EXPECTED_RATES`], as a share: the mean over all
    /// draws.
    pub half_widths: Vec<f64>,
    /// The one-sided upper end if no row is affected, as a share: what a plan with a limit shows.
    pub none_found: f64,
}

/// The numbers of rows to choose from, with the exact intervals to expect. Takes some hundredths of
/// a second.
pub fn audit_sizes(population: u64, level: Level) -> Vec<AuditSize> {
    let mut offered: Vec<u64> = OFFERED.into_iter().take_while(|rows| *rows < population).collect();
    if offered.len() < OFFERED.len() && population > 0 {
        offered.push(population);
    }
    offered.into_iter().filter_map(|rows| audit_size(population, rows, level)).collect()
}

/// The interval to expect of a number of rows; `None` for no row, and for more than there are.
pub fn audit_size(population: u64, rows: u64, level: Level) -> Option<AuditSize> {
    let half_width = |rate: &f64| {
        let affected = (rate * population as f64).round() as u64;
        Some(expected_width(population, affected, rows, level)? / 2.0)
    };
    let half_widths = EXPECTED_RATES.iter().map(half_width).collect::<Option<_>>()?;
    let none_found = highest_count(population, rows, 0, level)? as f64 / population as f64;
    Some(AuditSize { rows, half_widths, none_found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_the_means_over_all_draws() {
        let of_400 = audit_size(49_020, 400, Level::USUAL).unwrap();
        // By exact sums with scipy: 2.20 points at 1 %, 4.87 at 6 %; 0.74 % with none found.
        let near = |share: f64, percent: f64| assert!((share * 100.0 - percent).abs() < 0.006, "{of_400:?}");
        near(of_400.half_widths[1] * 2.0, 2.20);
        near(of_400.half_widths[3] * 2.0, 4.87);
        near(of_400.none_found, 0.74);
    }

    #[test]
    fn more_rows_make_narrower_intervals() {
        let sizes = audit_sizes(2500, Level::USUAL);
        assert_eq!(sizes.iter().map(|size| size.rows).collect::<Vec<_>>(), OFFERED);
        let narrows = |pair: &[AuditSize]| pair[0].half_widths.iter().zip(&pair[1].half_widths).all(|(a, b)| a > b);
        assert!(sizes.windows(2).all(narrows), "{sizes:?}");
        assert!(sizes.windows(2).all(|pair| pair[0].none_found > pair[1].none_found), "{sizes:?}");
    }

    #[test]
    fn a_small_population_is_offered_whole() {
        let sizes = audit_sizes(120, Level::USUAL);
        assert_eq!(sizes.iter().map(|size| size.rows).collect::<Vec<_>>(), [50, 100, 120]);
        assert_eq!((sizes[2].half_widths.clone(), sizes[2].none_found), (vec![0.0; 5], 0.0), "all rows are known");
        assert!(audit_sizes(0, Level::USUAL).is_empty());
        assert_eq!(audit_size(120, 121, Level::USUAL), None);
        assert_eq!(audit_size(120, 0, Level::USUAL), None);
    }
}
