//! The search language: one line of text that says which samples are wanted.
//!
//! A line is read once into a [`Search`]. [`SearchIndex::find`] answers the part of it that only rows decide, on a
//! thread of its own; [`Search::admits`] answers the part that judgements and signals decide, sample by sample. Nothing
//! here changes anything, reads a file, or knows what a signal means.

mod complete;
mod fields;
mod index;
mod judged;
mod lex;
mod needles;
mod number;
mod occurrences;
mod parse;
mod rows;

pub use complete::{Completion, complete};
pub use fields::{FIELDS, FieldHelp};
pub use index::SearchIndex;
pub use lex::quote;
pub use occurrences::{Occurrence, OccurrenceQuery, occurrences};
pub use parse::SearchError;

pub(crate) use occurrences::rows_with;

use tilejury_data::Dataset;

use crate::judgement::Judgement;
use crate::session::SampleStatus;

use judged::JudgedTest;
use rows::{ListTest, RowTest};

/// Names that depend on the dataset on show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// The splits, in the dataset's order.
    pub splits: Vec<String>,
    /// The signals; bit `i` of a sample's signals stands for the `i`-th. Only the first 32 can be asked for.
    pub signals: Vec<String>,
}

impl Vocabulary {
    /// The names of a dataset's splits, and these signals.
    pub fn new(dataset: &Dataset, signals: &[&str]) -> Self {
        Self {
            splits: dataset.splits.iter().map(|split| split.name.clone()).collect(),
            signals: signals.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}

/// What is asked for. All terms must hold; the default asks for nothing and admits every sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What the index and the list of samples answer.
    list: Vec<Term<ListTest>>,
    /// What only the row's own text answers.
    rows: Vec<Term<RowTest>>,
    /// What judgements and signals answer.
    judged: Vec<Term<JudgedTest>>,
}

/// One term of a search: any of some tests, or none of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term<T> {
    negated: bool,
    any: Vec<T>,
}

impl<T> Term<T> {
    fn admits(&self, holds: impl FnMut(&T) -> bool) -> bool {
        self.any.iter().any(holds) != self.negated
    }
}

impl Search {
    /// Is nothing asked for?
    pub fn is_empty(&self) -> bool {
        !self.needs_rows() && !self.depends_on_judgements()
    }

    /// Must [`SearchIndex::find`] be asked?
    pub fn needs_rows(&self) -> bool {
        !self.list.is_empty() || !self.rows.is_empty()
    }

    /// Can a judgement, or a signal found later, change what is admitted?
    pub fn depends_on_judgements(&self) -> bool {
        !self.judged.is_empty()
    }

    /// Do signals decide what is admitted?
    pub fn depends_on_signals(&self) -> bool {
        let of_signals = |test: &JudgedTest| matches!(test, JudgedTest::Signal(_) | JudgedTest::Suspicious(_));
        self.judged.iter().any(|term| term.any.iter().any(of_signals))
    }

    /// Would [`SearchIndex::find`] answer both searches alike? Then the answer to one serves the other.
    pub fn asks_same_of_rows(&self, other: &Self) -> bool {
        self.list == other.list && self.rows == other.rows
    }

    /// Do the judgement and the signals of a sample fit? The judgement and the signals are asked for only where
    /// `status` leaves it open.
    pub fn admits<'a>(
        &self,
        status: SampleStatus,
        judgement: impl Fn() -> Option<&'a Judgement>,
        signals: impl Fn() -> u32,
    ) -> bool {
        self.judged.iter().all(|term| term.admits(|test| test.holds(status, &judgement, &signals)))
    }
}
