//! The share of negatives that are false, where rows were drawn and each has several negatives.

use crate::interval::{Interval, Level, clopper_pearson};
use crate::quantile::student_quantile;

/// The judged negatives of a drawn row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCount {
    /// The negatives that are relevant.
    pub hits: u64,
    /// All negatives that were decided: those without “unsure” and “broken”.
    pub decided: u64,
}

/// A share with its interval, where the units are not independent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareEstimate {
    /// The share in the sample, from 0 to 1.
    pub estimate: f64,
    /// Its interval.
    pub interval: Interval,
    /// The number of independent units that would say as much as the sample does.
    pub effective_n: f64,
    /// The design effect: the decided negatives, divided by [`Self::effective_n`]. Above 1 if
    /// negatives of one row tend to be wrong together.
    pub design_effect: f64,
}

/// The share of negatives that are relevant in a set of `population` rows, of which `rows` were
/// drawn at random without replacement.
///
/// The estimate is the ratio of the sums, its variance the linearised one with the correction for
/// the finite population (Cochran 1977, “Sampling techniques”, 6.3). The interval is that of
/// [`clopper_pearson`] for an effective number of negatives (Korn & Graubard 1998, “Confidence
/// intervals for proportions with small expected number of positive counts estimated from survey
/// data”); where the sample shows no variance, each row counts as one. `None` without a decided
/// negative, and if more rows were drawn than there are.
pub fn share_of_negatives(population: u64, rows: &[RowCount], level: Level) -> Option<ShareEstimate> {
    let hits: u64 = rows.iter().map(|row| row.hits).sum();
    let decided: u64 = rows.iter().map(|row| row.decided).sum();
    if decided == 0 || rows.len() as u64 > population || rows.iter().any(|row| row.hits > row.decided) {
        return None;
    }
    let (drawn, all) = (rows.len() as f64, decided as f64);
    let estimate = hits as f64 / all;
    let variance = if rows.len() < 2 {
        0.0
    } else {
        let squares: f64 = rows.iter().map(|row| (row.hits as f64 - estimate * row.decided as f64).powi(2)).sum();
        (1.0 - drawn / population as f64) * drawn / (drawn - 1.0) * squares / (all * all)
    };
    let independent = estimate * (1.0 - estimate) / all;
    if rows.len() as u64 == population {
        // Every row was judged: nothing is left to chance.
        let interval = Interval { low: estimate, high: estimate };
        return Some(ShareEstimate { estimate, interval, effective_n: all, design_effect: 1.0 });
    }
    if variance <= 0.0 || independent <= 0.0 {
        let interval = clopper_pearson(estimate * drawn, drawn, level)?;
        return Some(ShareEstimate { estimate, interval, effective_n: drawn, design_effect: all / drawn });
    }
    let probability = 1.0 - level.error() / 2.0;
    let correction = student_quantile(all - 1.0, probability) / student_quantile(drawn - 1.0, probability);
    let effective_n = (estimate * (1.0 - estimate) / variance * correction * correction).min(all);
    let interval = clopper_pearson((estimate * effective_n).min(effective_n), effective_n, level)?;
    Some(ShareEstimate { estimate, interval, effective_n, design_effect: all / effective_n })
}

/// The share of negatives that are relevant, where rows were drawn within parts of a set, more
/// from some than from others: `(population, rows)` of each part, as in [`share_of_negatives`].
/// Each row counts for as many as it was drawn from (the combined ratio estimate; Cochran 1977,
/// 6.11). `None` without a decided negative, and if a part has rows of which none were drawn.
pub fn share_in_strata(strata: &[(u64, Vec<RowCount>)]) -> Option<f64> {
    let (mut hits, mut decided) = (0.0, 0.0);
    for (population, rows) in strata.iter().filter(|(population, _)| *population > 0) {
        let weight = *population as f64 / rows.len() as f64;
        if rows.is_empty() {
            return None;
        }
        hits += weight * rows.iter().map(|row| row.hits).sum::<u64>() as f64;
        decided += weight * rows.iter().map(|row| row.decided).sum::<u64>() as f64;
    }
    (decided > 0.0).then(|| hits / decided)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(counts: &[(u64, u64)]) -> Vec<RowCount> {
        counts.iter().map(|(hits, decided)| RowCount { hits: *hits, decided: *decided }).collect()
    }

    #[test]
    fn negatives_that_are_wrong_together_count_for_fewer() {
        let alone: Vec<(u64, u64)> = (0..200).map(|row| (u64::from(row % 5 == 0), 4)).collect();
        let together: Vec<(u64, u64)> = (0..200).map(|row| (if row % 20 == 0 { 4 } else { 0 }, 4)).collect();
        let alone = share_of_negatives(50_000, &rows(&alone), Level::USUAL).unwrap();
        let together = share_of_negatives(50_000, &rows(&together), Level::USUAL).unwrap();
        assert_eq!(alone.estimate, 0.05);
        assert_eq!(together.estimate, 0.05);
        assert!(alone.design_effect < 1.15 && together.design_effect > 3.9, "{alone:?} {together:?}");
        assert!(together.effective_n < 205.0 && alone.effective_n > 700.0, "{alone:?} {together:?}");
        assert!(together.interval.high > alone.interval.high);
    }

    #[test]
    fn without_a_hit_each_row_counts_as_one() {
        let found = share_of_negatives(50_000, &rows(&[(0, 5); 100]), Level::USUAL).unwrap();
        assert_eq!((found.estimate, found.effective_n), (0.0, 100.0));
        assert!((found.interval.high - 0.036_216_7).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_set_judged_whole_has_no_width() {
        let found = share_of_negatives(3, &rows(&[(1, 2), (0, 3), (0, 5)]), Level::USUAL).unwrap();
        assert_eq!(found.interval, Interval { low: 0.1, high: 0.1 });
    }

    #[test]
    fn rows_of_a_part_count_for_those_they_stand_for() {
        let parts = |first: &[(u64, u64)]| share_in_strata(&[(10, rows(first)), (90, rows(&[(0, 4), (1, 4)]))]);
        // 10 rows with 2 of 4, 90 rows with half of one of 4.
        assert_eq!(parts(&[(2, 4)]), Some((20.0 + 45.0) / 400.0));
        assert_eq!(parts(&[]), None, "a part without a draw");
        assert_eq!(share_in_strata(&[(0, Vec::new()), (5, rows(&[(1, 2)]))]), Some(0.5));
        assert_eq!(share_in_strata(&[(5, rows(&[(0, 0)]))]), None);
    }

    #[test]
    fn nothing_decided_gives_none() {
        assert_eq!(share_of_negatives(100, &[], Level::USUAL), None);
        assert_eq!(share_of_negatives(100, &rows(&[(0, 0), (0, 0)]), Level::USUAL), None);
        assert_eq!(share_of_negatives(1, &rows(&[(0, 4), (0, 4)]), Level::USUAL), None);
        assert!(share_of_negatives(100, &rows(&[(1, 4)]), Level::USUAL).is_some(), "one row");
    }
}
