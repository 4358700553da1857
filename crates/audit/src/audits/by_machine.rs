//! Audits that are divided by the word of a machine: how often it is right where it says that a row
//! has a false negative, how often one is missed where it says none, and the rate that follows.
//!
//! The machine's word is frozen in the plan, and people judge without it. Reads no imports;
//! `machine_words.rs` does.

use serde::{Deserialize, Serialize};
use tilejury_stats::{Band, Level, count_interval};

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

/// The letters of the words in plans.
const LETTERS: [char; 3] = ['y', 'n', '-'];

impl MachineWord {
    /// Its position among the words.
    pub(super) fn at(self) -> usize {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Nothing => 2,
        }
    }
}

impl ByMachine {
    /// The letter of the word at a position.
    pub(super) fn letter(word: usize) -> char {
        LETTERS.get(word).copied().unwrap_or('-')
    }

    /// The position of the word on the row at a place of the draw; `None` behind the last one.
    pub(super) fn of_row(&self, place: usize) -> Option<usize> {
        let letter = char::from(*self.words.as_bytes().get(place)?);
        LETTERS.iter().position(|known| *known == letter)
    }

    /// The numbers of drawn rows with each word.
    pub(super) fn drawn(&self) -> [u64; 3] {
        LETTERS.map(|letter| self.words.matches(letter).count() as u64)
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

impl ByMachineFigures {
    /// The figures of each word. `words`: the rows with each, the drawn ones that count and the
    /// affected ones of these.
    pub(super) fn new(by: &ByMachine, words: &[Band], level: Level, finished: bool) -> Self {
        let of = |at: usize| {
            let none = Band { population: 0, drawn: 0, hits: 0 };
            let Band { population, drawn: n, hits } = words.get(at).copied().unwrap_or(none);
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
        let [yes, no, nothing] = [of(0), of(1), of(2)];
        Self { machine: by.machine.clone(), level: level.value(), yes, no, nothing }
    }
}
