//! The agreement of two series of answers about the same things.

use crate::interval::{Interval, Level, clopper_pearson};
use crate::quantile::normal_quantile;

/// The widest spread that rounding errors of a variance of zero make.
const ROUNDING: f64 = 1e-6;

/// Cohen's kappa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// The agreement beyond chance: 1 if all answers agree, 0 if as many as by chance.
    pub value: f64,
    /// The 95 % interval. `None` if its formula gives no width: where every pair agrees, it would
    /// be a single point, which says more than the data do.
    pub interval: Option<Interval>,
}

/// Cohen's kappa of a square table of pairs, `counts[first][second]` (Cohen 1960, “A coefficient of
/// agreement for nominal scales”), with the large-sample interval of Fleiss, Cohen & Everitt 1969
/// (“Large sample standard errors of kappa and weighted kappa”, formula 13). `None` without pairs,
/// and if all answers are the same one: chance alone would agree as well then.
pub fn kappa(counts: &[Vec<u64>]) -> Option<Kappa> {
    let size = counts.len();
    let pairs: u64 = counts.iter().flatten().sum();
    if pairs == 0 || counts.iter().any(|row| row.len() != size) {
        return None;
    }
    let n = pairs as f64;
    let share = |first: usize, second: usize| counts[first][second] as f64 / n;
    let of_first = |at: usize| (0..size).map(|other| share(at, other)).sum::<f64>();
    let of_second = |at: usize| (0..size).map(|other| share(other, at)).sum::<f64>();
    let observed: f64 = (0..size).map(|at| share(at, at)).sum();
    let chance: f64 = (0..size).map(|at| of_first(at) * of_second(at)).sum();
    if 1.0 - chance < 1e-12 {
        return None;
    }
    let value = (observed - chance) / (1.0 - chance);
    let mut sum = 0.0;
    for first in 0..size {
        for second in 0..size {
            let pair = share(first, second);
            sum += if first == second {
                pair * ((1.0 - chance) - (of_first(first) + of_second(first)) * (1.0 - observed)).powi(2)
            } else {
                pair * ((of_second(first) + of_first(second)) * (1.0 - observed)).powi(2)
            };
        }
    }
    let variance = (sum - (observed * chance - 2.0 * chance + observed).powi(2)) / (n * (1.0 - chance).powi(4));
    let spread = normal_quantile(0.975) * variance.max(0.0).sqrt();
    let interval =
        (spread > ROUNDING).then(|| Interval { low: (value - spread).max(-1.0), high: (value + spread).min(1.0) });
    Some(Kappa { value, interval })
}

/// Two annotators' answers to a question with yes and no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TwoByTwo {
    /// Both said yes.
    pub both: u64,
    /// Only the first said yes.
    pub only_first: u64,
    /// Only the second said yes.
    pub only_second: u64,
    /// Both said no.
    pub neither: u64,
}

impl TwoByTwo {
    /// The number of pairs.
    pub fn pairs(self) -> u64 {
        self.both + self.only_first + self.only_second + self.neither
    }

    /// The agreement on yes: of all times that it was said, the share where both said it (Cicchetti
    /// & Feinstein 1990, “High agreement but low kappa: II”), with its interval. `None` if nobody
    /// said yes.
    pub fn positive_agreement(self, level: Level) -> Option<(f64, Interval)> {
        agreement_on(self.both, self.only_first + self.only_second, level)
    }

    /// The agreement on no, likewise.
    pub fn negative_agreement(self, level: Level) -> Option<(f64, Interval)> {
        agreement_on(self.neither, self.only_first + self.only_second, level)
    }

    /// Cohen's kappa; see [`kappa`].
    pub fn kappa(self) -> Option<Kappa> {
        kappa(&[vec![self.both, self.only_first], vec![self.only_second, self.neither]])
    }

    /// The counts of answers of each pair, yes and no, one row a pair: for the coefficients that
    /// take any number of annotators.
    pub fn units(self) -> Vec<Vec<u64>> {
        let differ = self.only_first + self.only_second;
        [(self.both, [2, 0]), (differ, [1, 1]), (self.neither, [0, 2])]
            .into_iter()
            .flat_map(|(times, counts)| (0..times).map(move |_| counts.to_vec()))
            .collect()
    }
}

/// The agreement on an answer that two annotators both gave in `both` pairs and that only one of
/// them gave in `one` pairs: of all times that it was given, the share where both gave it
/// (Cicchetti & Feinstein 1990). The interval is that of [`clopper_pearson`] for the share of pairs
/// with both among those with any, mapped by 2f/(1+f): where nearly all pairs agree, Wilson's holds
/// the share less often than it states. `None` if nobody gave it.
pub fn agreement_on(both: u64, one: u64, level: Level) -> Option<(f64, Interval)> {
    let found = clopper_pearson(both as f64, (both + one) as f64, level)?;
    let mapped = |share: f64| 2.0 * share / (1.0 + share);
    let value = 2.0 * both as f64 / (2 * both + one) as f64;
    Some((value, Interval { low: mapped(found.low), high: mapped(found.high) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_agrees_with_statsmodels() {
        // statsmodels 0.15.0, `cohens_kappa`: kappa ± 1.959964 · sqrt(var_kappa).
        let found = kappa(&[vec![20, 5], vec![10, 15]]).unwrap();
        assert!((found.value - 0.4).abs() < 1e-12, "{found:?}");
        let interval = found.interval.unwrap();
        assert!(
            (interval.low - 0.151_092_3).abs() < 1e-6 && (interval.high - 0.648_907_7).abs() < 1e-6,
            "{interval:?}"
        );
    }

    #[test]
    fn no_variation_gives_no_kappa() {
        assert_eq!(kappa(&[vec![0, 0], vec![0, 0]]), None);
        assert_eq!(kappa(&[vec![9, 0], vec![0, 0]]), None, "chance agrees as well");
        assert_eq!(kappa(&[vec![4, 0], vec![0, 5]]).unwrap(), Kappa { value: 1.0, interval: None });
        assert_eq!(kappa(&[vec![4, 0]]), None, "not a square");
    }

    #[test]
    fn agreement_is_told_for_yes_and_no_apart() {
        let table = TwoByTwo { both: 8, only_first: 2, only_second: 3, neither: 187 };
        let (yes, interval) = table.positive_agreement(Level::USUAL).unwrap();
        assert!((yes - 16.0 / 21.0).abs() < 1e-12);
        // Clopper & Pearson of 8 of 13 is 0.315778 to 0.861421.
        assert!((interval.low - 0.479_986).abs() < 1e-6 && (interval.high - 0.925_552).abs() < 1e-6, "{interval:?}");
        assert!((table.negative_agreement(Level::USUAL).unwrap().0 - 374.0 / 379.0).abs() < 1e-12);
        let none = TwoByTwo { neither: 5, ..TwoByTwo::default() };
        assert_eq!(none.positive_agreement(Level::USUAL), None);
    }
}
