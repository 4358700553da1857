//! The agreement of two series of answers about the same things: counts, percent agreement, Cohen's
//! kappa, agreement on one answer. Arithmetic only.

use std::marker::PhantomData;

use tilejury_stats::Level;

use crate::interval::exact;
use crate::text_enum::TextEnum;

/// The counts of pairs: a first answer and the second answer about the same thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgreementTable<T> {
    /// The counts by the position of the first answer in [`TextEnum::ALL`], then of the second.
    counts: Vec<Vec<usize>>,
    answers: PhantomData<T>,
}

/// Cohen's kappa.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kappa {
    /// The agreement beyond chance: 1 if all answers agree, 0 if as many as by chance.
    pub value: f64,
    /// The 95 % interval. `None` if its formula gives no width: where every pair agrees, it would
    /// be a single point, which says more than the data do.
    pub interval: Option<(f64, f64)>,
}

impl<T: TextEnum> Default for AgreementTable<T> {
    fn default() -> Self {
        Self { counts: vec![vec![0; T::ALL.len()]; T::ALL.len()], answers: PhantomData }
    }
}

impl<T: TextEnum> AgreementTable<T> {
    /// Counts a pair of answers.
    pub fn add(&mut self, first: T, second: T) {
        let at = |answer: T| T::ALL.iter().position(|known| *known == answer);
        if let (Some(first), Some(second)) = (at(first), at(second)) {
            self.counts[first][second] += 1;
        }
    }

    /// The number of pairs.
    pub fn pairs(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// The number of pairs with the same answer twice.
    pub fn same(&self) -> usize {
        (0..self.counts.len()).map(|at| self.counts[at][at]).sum()
    }

    /// The number of pairs with this first and this second answer.
    pub fn count(&self, first: T, second: T) -> usize {
        let at = |answer: T| T::ALL.iter().position(|known| *known == answer);
        at(first).zip(at(second)).map_or(0, |(first, second)| self.counts[first][second])
    }

    /// The share of pairs that agree; `None` without pairs.
    pub fn share(&self) -> Option<f64> {
        (self.pairs() > 0).then(|| self.same() as f64 / self.pairs() as f64)
    }

    /// The exact 95 % interval of that share; `None` without pairs.
    pub fn interval(&self) -> Option<(f64, f64)> {
        exact(self.same(), self.pairs())
    }

    /// Cohen's kappa; see [`tilejury_stats::kappa`]. `None` without pairs, and if all answers are
    /// the same one.
    pub fn kappa(&self) -> Option<Kappa> {
        let counts: Vec<Vec<u64>> =
            self.counts.iter().map(|row| row.iter().map(|count| *count as u64).collect()).collect();
        let found = tilejury_stats::kappa(&counts)?;
        Some(Kappa { value: found.value, interval: found.interval.map(|ends| (ends.low, ends.high)) })
    }

    /// The agreement on one answer: of all times that it was given, the share where it was given
    /// both times, with its 95 % interval; see [`tilejury_stats::agreement_on`]. `None` if it was
    /// never given.
    pub fn on(&self, answer: T) -> Option<(f64, (f64, f64))> {
        let at = T::ALL.iter().position(|known| *known == answer)?;
        let both = self.counts[at][at];
        let once: usize = (0..self.counts.len())
            .filter(|other| *other != at)
            .map(|other| self.counts[at][other] + self.counts[other][at])
            .sum();
        let (value, ends) = tilejury_stats::agreement_on(both as u64, once as u64, Level::USUAL)?;
        Some((value, (ends.low, ends.high)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a missing value fails the test")]
mod tests {
    use super::*;
    use crate::judgement::{Relevance, Verdict};

    fn table<T: TextEnum>(counts: &[&[usize]]) -> AgreementTable<T> {
        let mut table = AgreementTable::default();
        for (first, row) in counts.iter().enumerate() {
            for (second, times) in row.iter().enumerate() {
                (0..*times).for_each(|_| table.add(T::ALL[first], T::ALL[second]));
            }
        }
        table
    }

    #[track_caller]
    fn check(counts: &[&[usize]], value: f64, low: f64, high: f64) {
        let kappa = table::<Verdict>(counts).kappa().unwrap();
        let (found_low, found_high) = kappa.interval.unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 5e-6;
        assert!(near(kappa.value, value) && near(found_low, low) && near(found_high, high), "{kappa:?}");
    }

    #[test]
    fn kappa_and_its_interval_are_those_of_statsmodels() {
        // statsmodels 0.15.0, `cohens_kappa`: kappa ± 1.959964 · sqrt(var_kappa).
        check(&[&[10, 2, 0], &[3, 4, 0], &[0, 1, 0]], 0.384615, 0.005227, 0.764004);
        check(&[&[14, 3, 1], &[2, 6, 0], &[1, 1, 2]], 0.521912, 0.244608, 0.799217);
        check(&[&[40, 0, 0], &[1, 1, 0], &[0, 0, 0]], 0.655738, 0.029828, 1.000000);
        check(&[&[5, 4, 0], &[4, 5, 0], &[0, 0, 0]], 0.111111, -0.347996, 0.570219);
    }

    #[test]
    fn full_agreement_has_no_interval() {
        let all = table::<Verdict>(&[&[12, 0, 0], &[0, 7, 0], &[0, 0, 0]]);
        assert_eq!(all.kappa(), Some(Kappa { value: 1.0, interval: None }));
        assert_eq!((all.same(), all.pairs(), all.share()), (19, 19, Some(1.0)));
        // One answer only: chance would agree as well.
        assert_eq!(table::<Verdict>(&[&[12]]).kappa(), None);
        let none = AgreementTable::<Verdict>::default();
        assert_eq!((none.kappa(), none.share(), none.interval()), (None, None, None));
    }

    #[test]
    fn agreement_on_one_answer_counts_only_its_pairs() {
        let tiles = table::<Relevance>(&[&[8, 2], &[3, 900]]);
        let (share, (low, high)) = tiles.on(Relevance::Relevant).unwrap();
        assert!((share - 16.0 / 21.0).abs() < 1e-12);
        // Clopper & Pearson of 8 of 13 is 0.31578 to 0.86142.
        assert!((low - 0.47999).abs() < 5e-5 && (high - 0.92555).abs() < 5e-5, "{low} {high}");
        assert_eq!(tiles.on(Relevance::Broken), None);
        assert_eq!(tiles.count(Relevance::NotRelevant, Relevance::Relevant), 3);
    }
}
