//! Made-up populations of rows: negatives of which some are false, wrong positives, and a score of
//! suspicion. Knows no annotator and no interval.

use std::collections::HashMap;

use tilejury_stats::normal_quantile;

use crate::mixed::Draws;

/// The rows of a population: as many as the published set has.
pub(super) const ROWS: usize = 49_020;
/// The numbers of negatives of a row, with their shares of all rows.
const NEGATIVES: [(u64, f64); 6] = [(2, 0.08), (3, 0.12), (4, 0.15), (5, 0.2), (6, 0.2), (7, 0.25)];
/// The most negatives of a row.
pub(super) const MOST_NEGATIVES: u64 = 7;
/// The correlation of two negatives of a row: they tend to be wrong together.
const CORRELATION: f64 = 0.3;
/// The share of rows with a wrong positive, as a share of those with a false negative.
const WRONG_POSITIVES: f64 = 0.5;

/// A row.
#[derive(Clone, Copy, Debug)]
pub(super) struct MadeUpRow {
    /// Its negatives.
    pub(super) negatives: u64,
    /// Those that are relevant.
    pub(super) false_negatives: u64,
    /// Whether its positive is wrong.
    pub(super) wrong_positive: bool,
    /// The part of its score that does not depend on the truth: standard normal.
    noise: f64,
}

impl MadeUpRow {
    /// Whether it has a false negative.
    pub(super) fn is_affected(&self) -> bool {
        self.false_negatives > 0
    }
}

/// A population, in the order of its file.
pub(super) struct Population {
    /// The rows.
    pub(super) rows: Vec<MadeUpRow>,
}

impl Population {
    /// Makes up a population in which about this share of the rows has a false negative: the false
    /// negatives of a row are beta-binomial.
    pub(super) fn new(rate: f64, mut draws: Draws) -> Self {
        let share = share_of_negatives(rate);
        let by_negatives: HashMap<u64, Vec<f64>> =
            NEGATIVES.iter().map(|(negatives, _)| (*negatives, chances(*negatives, share))).collect();
        let row = |_| {
            let negatives = chosen(draws.fraction(), NEGATIVES.iter().map(|(_, share)| *share));
            let negatives = NEGATIVES[negatives].0;
            let false_negatives = chosen(draws.fraction(), by_negatives[&negatives].iter().copied()) as u64;
            MadeUpRow {
                negatives,
                false_negatives,
                wrong_positive: draws.fraction() < WRONG_POSITIVES * rate,
                noise: normal_quantile(draws.fraction().max(1e-12)),
            }
        };
        Self { rows: (0..ROWS).map(row).collect() }
    }

    /// The number of rows that a question is true of.
    pub(super) fn count(&self, question: impl Fn(&MadeUpRow) -> bool) -> u64 {
        self.rows.iter().filter(|row| question(row)).count() as u64
    }

    /// The number of rows with a false negative.
    pub(super) fn affected(&self) -> u64 {
        self.count(MadeUpRow::is_affected)
    }

    /// The share of negatives that are relevant.
    pub(super) fn share_of_negatives(&self) -> f64 {
        let sum = |number: fn(&MadeUpRow) -> u64| self.rows.iter().map(number).sum::<u64>() as f64;
        sum(|row| row.false_negatives) / sum(|row| row.negatives)
    }

    /// Whether each row is affected, the most suspicious rows first. Scores are normal, with
    /// another mean for affected rows, so that an affected row is above another one with the
    /// probability `auc`.
    pub(super) fn by_suspicion(&self, auc: f64) -> Vec<bool> {
        let distance = std::f64::consts::SQRT_2 * normal_quantile(auc);
        let score = |row: &MadeUpRow| row.noise + if row.is_affected() { distance } else { 0.0 };
        let mut order: Vec<(f64, bool)> = self.rows.iter().map(|row| (score(row), row.is_affected())).collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        order.into_iter().map(|(_, affected)| affected).collect()
    }
}

/// The share of negatives that gives this share of rows: found by halving.
fn share_of_negatives(rate: f64) -> f64 {
    let (mut low, mut high) = (0.0, 0.9);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        let without: f64 = NEGATIVES.iter().map(|(negatives, share)| share * chances(*negatives, middle)[0]).sum();
        if 1.0 - without < rate { low = middle } else { high = middle }
    }
    low
}

/// The probabilities of 0 to `negatives` false ones among the negatives of a row: beta-binomial.
fn chances(negatives: u64, share: f64) -> Vec<f64> {
    let both = 1.0 / CORRELATION - 1.0;
    let (a, b) = (share * both, (1.0 - share) * both);
    let none: f64 = (0..negatives).map(|at| (b + at as f64) / (a + b + at as f64)).product();
    let mut all = vec![none];
    for number in 0..negatives {
        let (number, rest) = (number as f64, (negatives - number) as f64);
        let factor = rest / (number + 1.0) * (a + number) / (b + rest - 1.0);
        all.push(all.last().copied().unwrap_or_default() * factor);
    }
    all
}

/// The place in a list of probabilities that a number from 0 to 1 falls on.
fn chosen(mut number: f64, chances: impl Iterator<Item = f64>) -> usize {
    let mut last = 0;
    for (at, chance) in chances.enumerate() {
        last = at;
        if number < chance {
            break;
        }
        number -= chance;
    }
    last
}

/// Numbers below `all`, drawn without replacement, in the order of the draw.
pub(super) fn drawn(draws: &mut Draws, all: usize, number: usize) -> Vec<usize> {
    // The first places of a Fisher-Yates shuffle. Only what moved is kept.
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let mut next = |at: usize| {
        let other = at + draws.below(all - at);
        let here = moved.get(&at).copied().unwrap_or(at);
        moved.insert(other, here).unwrap_or(other)
    };
    (0..number.min(all)).map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn populations_have_the_rates_that_were_asked_for() {
        for rate in [0.005, 0.06, 0.35] {
            let found = Population::new(rate, Draws::new(1));
            let affected = found.affected() as f64 / ROWS as f64;
            let error = 4.0 * (rate * (1.0 - rate) / ROWS as f64).sqrt();
            assert!((affected - rate).abs() < error, "{affected} for {rate}");
            assert!(found.share_of_negatives() < affected, "a row has several negatives");
        }
        assert!((chances(5, 0.1).iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn affected_rows_are_above_others_as_often_as_asked() {
        let order = Population::new(0.06, Draws::new(2)).by_suspicion(0.8);
        let affected = order.iter().filter(|affected| **affected).count();
        let (mut above, mut pairs) = (0, 0.0);
        for is_affected in order {
            above += usize::from(is_affected);
            pairs += if is_affected { 0.0 } else { above as f64 };
        }
        let auc = pairs / (affected * (ROWS - affected)) as f64;
        assert!((auc - 0.8).abs() < 0.015, "{auc}");
    }

    #[test]
    fn a_draw_has_no_row_twice_and_each_as_often() {
        let mut times = [0; 12];
        for seed in 0..2000 {
            let mut found = drawn(&mut Draws::new(seed), 12, 4);
            found.iter().for_each(|at| times[*at] += 1);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), 4);
        }
        assert!(times.iter().all(|times| (560..780).contains(times)), "{times:?}: 667 expected each");
        let mut whole = drawn(&mut Draws::new(1), 5, 9);
        whole.sort_unstable();
        assert_eq!(whole, [0, 1, 2, 3, 4]);
    }
}
