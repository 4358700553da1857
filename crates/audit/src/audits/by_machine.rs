//! Audits that are divided by the word of a machine: how often it is right where it says that a row
//! has a false negative, how often one is missed where it says none, and the rate that follows.
//!
//! The machine's word is frozen in the plan, and people judge without it. Reads no imports;
//! `machine_words.rs` does.

use serde::{Deserialize, Serialize};
use tilejury_stats::{Band, Level, count_interval};

use super::answer::{RowAnswer, Say};
use crate::text_enum::text_enum;

text_enum! {
    /// The word of a machine on a row.
    pub enum MachineWord {
        /// A negative of the row is relevant.
        Yes = "yes", "yes";
        /// None of its negatives is.
        No = "no", "no";
        /// It said nothing of at least one of its negatives, and “relevant” of none.
        Nothing = "nothing", "nothing";
    }
}

/// The rows of a draw by the word of a machine. Stored in plans; fields are never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByMachine {
    /// The rule that gives the words, such as `reviews` or `bge>=0.7`.
    pub machine: String,
    /// The numbers of rows that it said “yes”, “no” and nothing of.
    pub population: [u64; 3],
    /// The word on each drawn row, in the order of the draw: `y`, `n`, `-`.
    pub words: String,
}

impl ByMachine {
    /// The letter of a word.
    pub(super) fn letter(word: MachineWord) -> char {
        match word {
            MachineWord::Yes => 'y',
            MachineWord::No => 'n',
            MachineWord::Nothing => '-',
        }
    }
}

/// The figures of the rows with one word. Shares are from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WordFigures {
    /// The rows with a false negative.
    pub hits: u64,
    /// The drawn rows with the word that count.
    pub n: u64,
    /// All rows with the word.
    pub population: u64,
    /// The share in the sample; null without a row.
    pub estimate: Option<f64>,
    /// The lower end of the exact interval; null before the planned number of rows.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
}

/// The figures of a machine's word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByMachineFigures {
    /// The rule that gives the words.
    pub machine: String,
    /// The level of the intervals.
    pub level: f64,
    /// Among the rows that it said “yes” of: its precision.
    pub yes: WordFigures,
    /// Among the rows that it said “no” of: its rate of misses.
    pub no: WordFigures,
    /// Among the rows that it said nothing of.
    pub nothing: WordFigures,
}

impl ByMachine {
    /// The figures of each word, by the answers in the order of the draw.
    pub(super) fn figures(&self, prefix: &[&RowAnswer], level: Level, finished: bool) -> ByMachineFigures {
        let bands = self.bands(prefix, &|answer| answer.has_false_negative() == Say::Yes);
        let of = |band: Band| {
            let Band { population, drawn: n, hits } = band;
            let found = count_interval(population, n, hits, level).filter(|_| finished && n > 0);
            let share = found.map(|found| found.share_of(population));
            WordFigures {
                hits,
                n,
                population,
                estimate: (n > 0).then(|| hits as f64 / n as f64),
                low: share.map(|ends| ends.low),
                high: share.map(|ends| ends.high),
            }
        };
        let [yes, no, nothing] = bands.map(of);
        ByMachineFigures { machine: self.machine.clone(), level: level.value(), yes, no, nothing }
    }

    /// The rows with each word, the drawn ones and those of these that a question is true of.
    pub(super) fn bands(&self, prefix: &[&RowAnswer], counts: &dyn Fn(&RowAnswer) -> bool) -> [Band; 3] {
        let mut bands = self.population.map(|population| Band { population, drawn: 0, hits: 0 });
        for (letter, answer) in self.words.chars().zip(prefix) {
            let at = MachineWord::ALL.iter().position(|word| Self::letter(*word) == letter);
            if let Some(band) = at.and_then(|at| bands.get_mut(at)) {
                band.drawn += 1;
                band.hits += u64::from(counts(answer));
            }
        }
        bands
    }
}
