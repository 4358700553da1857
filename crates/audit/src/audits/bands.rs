//! The use of suspicion that a plan stores: the bands that rows were drawn within, or the most
//! suspicious rows, which are all judged. Draws nothing and counts no answer.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The bands of an audit, frozen with its plan. The most suspicious band is the first one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bands {
    /// A hash of the keys of all rows in the order of suspicion.
    pub order_hash: String,
    /// The number of rows of each band.
    pub sizes: Vec<u64>,
    /// The number of rows that are drawn from each.
    pub drawn: Vec<u64>,
    /// The share of affected rows in each that the numbers were chosen for, from 0 to 1.
    pub guesses: Vec<f64>,
    /// The rows of each that had been judged before, which the guesses follow.
    pub judged: Vec<u64>,
    /// The band of each drawn row, in the order of the draw: a digit, `1` for the first band.
    pub of_rows: String,
}

/// The most suspicious rows of an audit, all of which are judged. Frozen with the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// Their number. They are the first rows of the draw, the most suspicious first.
    pub rows: u64,
    /// A hash of the keys of all rows in the order of suspicion.
    pub order_hash: String,
    /// The turn of each among all rows of the audit by place, from 0: if a person stops before all
    /// of them are judged, the others belong to the rows that were drawn at random.
    pub turns: Vec<u64>,
}

impl First {
    /// The turns of the rows of a draw, in its order: those of the drawn rows are the ones that
    /// these leave. `rows`: the number of all rows.
    pub(super) fn all_turns(&self, rows: u64) -> Vec<u64> {
        let taken: BTreeSet<u64> = self.turns.iter().copied().collect();
        let left = (0..rows).filter(|turn| !taken.contains(turn));
        self.turns.iter().copied().chain(left).collect()
    }
}

/// The number of judgements that bands are expected to need, compared with a plain draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Saving {
    /// The rows to judge within bands.
    pub rows: u64,
    /// The rows of a plain draw that would say as much.
    pub plain: u64,
}

impl Saving {
    /// The judgements that are saved; `None` if there are none.
    pub fn saved(self) -> Option<u64> {
        self.plain.checked_sub(self.rows).filter(|saved| *saved > 0)
    }
}

impl Bands {
    /// The band of the row at a place of the draw, from 0; `None` behind the last one.
    pub fn of_row(&self, place: usize) -> Option<usize> {
        let digit = self.of_rows.as_bytes().get(place)?;
        usize::from(*digit).checked_sub(usize::from(b'1')).filter(|band| *band < self.sizes.len())
    }

    /// The judgements that the bands save if the guesses are right: the rows of a plain draw whose
    /// estimate has the same variance.
    pub fn expected_saving(&self) -> Saving {
        let all = self.sizes.iter().sum::<u64>() as f64;
        let (mut share, mut variance) = (0.0, 0.0);
        for ((size, drawn), guess) in self.sizes.iter().zip(&self.drawn).zip(&self.guesses) {
            let (size, drawn) = (*size as f64, *drawn as f64);
            if size > 0.0 {
                share += size / all * guess;
                variance += (size / all).powi(2) * (1.0 - drawn / size) * guess * (1.0 - guess) / drawn;
            }
        }
        saving(self.drawn.iter().sum(), share * (1.0 - share) / variance, all)
    }
}

/// The saving of `rows` rows that count for `effective` independent ones, in a set of `population`
/// rows.
pub(super) fn saving(rows: u64, effective: f64, population: f64) -> Saving {
    // A plain draw of so many rows has the same variance: (1 − n/N)/n = 1/n*.
    let plain = if effective.is_finite() { effective / (1.0 + effective / population) } else { population };
    Saving { rows, plain: plain.round() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(sizes: &[u64], drawn: &[u64], guesses: &[f64]) -> Bands {
        Bands {
            order_hash: String::new(),
            sizes: sizes.to_vec(),
            drawn: drawn.to_vec(),
            guesses: guesses.to_vec(),
            judged: vec![0; sizes.len()],
            of_rows: "1422".into(),
        }
    }

    #[test]
    fn a_saving_is_stated_only_if_there_is_one() {
        // Four bands with the same share, each drawn by its size: as much as a plain draw.
        let flat = bands(&[100, 400, 1500, 8000], &[10, 40, 150, 800], &[0.1; 4]).expected_saving();
        assert_eq!((flat, flat.saved()), (Saving { rows: 1000, plain: 1000 }, None));
        let sharp = bands(&[490, 1961, 7353, 39_216], &[40, 80, 130, 150], &[0.8, 0.4, 0.1, 0.01]).expected_saving();
        assert!(sharp.saved().is_some_and(|saved| saved > 200), "{sharp:?}");
        let wrong = bands(&[490, 1961, 7353, 39_216], &[200, 100, 90, 10], &[0.1; 4]).expected_saving();
        assert_eq!(wrong.saved(), None, "{wrong:?}");
    }

    #[test]
    fn rows_know_their_band() {
        let bands = bands(&[10; 4], &[1; 4], &[0.1; 4]);
        assert_eq!((0..5).map(|at| bands.of_row(at)).collect::<Vec<_>>(), [Some(0), Some(3), Some(1), Some(1), None]);
    }
}
