//! The search language: one line of text that describes the wanted samples.
//!
//! A line is parsed once into a [`Search`]. [`TextMatches::find`] looks up the texts of tiles, and
//! [`SearchIndex::find`] answers the part that depends only on rows, on a thread of its own;
//! [`Search::admits`] answers the part that depends on judgements and signals, sample by sample.
//! Nothing here changes data, or knows the meaning of a signal.

mod best_rows;
mod complete;
mod edit;
mod facts;
mod field_names;
mod field_tests;
mod fields;
mod index;
mod judged;
mod lex;
mod needles;
mod number;
mod occurrences;
mod parse;
mod retrieval_tests;
mod review_tests;
mod row_fields;
mod rows;
mod team_test;
mod texts;

pub use best_rows::RowWords;
pub use complete::{Completion, complete, unfinished_word};
pub use edit::{SearchTerm, has_terms, toggle_terms};
pub use facts::{KnownFacts, SampleFacts};
pub use field_names::{FieldSummary, FieldValueCount, RowFieldNames};
pub use fields::{FIELDS, FieldHelp};
pub use index::SearchIndex;
pub use lex::{is_filter_name, quote, quote_value};
pub use occurrences::{Occurrence, OccurrenceQuery, occurrences, rows_of_tiles};
pub use parse::SearchError;
pub use row_fields::{RowField, RowFields};
pub use texts::{TextMatches, TextSearchError};

pub(crate) use occurrences::rows_with;

use std::cmp::Reverse;

use tilejury_data::{Dataset, SampleIndex, TileSlot};

use crate::judgement::Judgement;
use crate::overview::{TeamNumber, TeamRows};
use crate::session::SampleStatus;
use crate::suspicion::{GradedNegative, RetrievalValue, Signal};
use crate::visible::{Shown, Visible};

use field_tests::FieldTest;
use judged::{JudgedTest, is_verified};
use rows::{ListTest, RowTest, TileRole};

/// Names that depend on the open dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatasetNames {
    /// The splits, in the dataset's order.
    pub splits: Vec<String>,
    /// The signals; bit `i` of a sample's signals is the `i`-th. Only the first 32 can be searched
    /// for.
    pub signals: Vec<String>,
    /// The fields of the rows, which can be searched by their names.
    pub fields: RowFieldNames,
    /// The sources of scores, once they are known.
    pub retrievers: Option<Vec<String>>,
    /// Everybody who judged rows of the dataset.
    pub annotators: Vec<String>,
    /// Everybody to whom rows are assigned.
    pub assigned: Vec<String>,
    /// The numbers of the team that have rows, as `NAME=WORD`, once they were counted.
    pub team: Option<Vec<String>>,
    /// The annotator who searches, if there is one: the meaning of `me`.
    pub me: Option<String>,
}

impl DatasetNames {
    /// Takes the numbers of the team, as they were counted.
    pub fn set_team(&mut self, rows: &TeamRows) {
        let words = |name: &str| TeamNumber::ALL.iter().map(|number| number.search(name)).collect::<Vec<_>>();
        self.team = Some(rows.annotators().flat_map(words).collect());
    }

    /// Collects them from the names of a dataset's splits and these signals. The fields of the rows
    /// are not read yet.
    pub fn new(dataset: &Dataset, signals: &[&str]) -> Self {
        Self {
            splits: dataset.splits.iter().map(|split| split.name.clone()).collect(),
            signals: signals.iter().map(|name| (*name).to_owned()).collect(),
            fields: RowFieldNames::Unread,
            ..Self::default()
        }
    }
}

/// A parsed search. All terms must hold; the default has none and admits every sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Terms that the index and the list of samples answer.
    list: Vec<Term<ListTest>>,
    /// Terms that the index of the rows' fields answers.
    fields: Vec<Term<FieldTest>>,
    /// Terms that only the row's own text answers.
    rows: Vec<Term<RowTest>>,
    /// Terms that judgements and signals answer.
    judged: Vec<Term<JudgedTest>>,
}

/// A term of a search: any of its tests must hold, or none of them.
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
    /// Whether the search has no terms.
    pub fn is_empty(&self) -> bool {
        !self.needs_rows() && !self.depends_on_judgements()
    }

    /// Whether [`SearchIndex::find`] must answer a part of it.
    pub fn needs_rows(&self) -> bool {
        !self.list.is_empty() || !self.rows.is_empty() || self.needs_fields()
    }

    /// Whether it asks about fields of the rows that have no filter of their own.
    pub fn needs_fields(&self) -> bool {
        !self.fields.is_empty()
    }

    /// Whether a judgement, or a signal found later, can change the admitted samples.
    pub fn depends_on_judgements(&self) -> bool {
        !self.judged.is_empty()
    }

    /// Whether signals decide about a sample, or the margin that one of them is made of.
    pub fn depends_on_signals(&self) -> bool {
        let reads_signals = |test: &JudgedTest| match test {
            JudgedTest::Signal(_) | JudgedTest::Suspicious(_) | JudgedTest::Suspicion(_) => true,
            JudgedTest::Retrieval(test) => test.value == RetrievalValue::Margin,
            _ => false,
        };
        self.judged.iter().any(|term| term.any.iter().any(reads_signals))
    }

    /// The things beside a row that the search tells: a list of rows with signals tells which rows
    /// have them.
    pub fn tells(&self) -> Visible {
        let judged = self.judged.iter().flat_map(|term| &term.any).filter_map(|test| match test {
            JudgedTest::Signal(_) | JudgedTest::Check(_) => Some(Shown::Signals),
            JudgedTest::Suspicious(_) | JudgedTest::Suspicion(_) | JudgedTest::Retrieval(_) => Some(Shown::Scores),
            JudgedTest::Review(_) | JudgedTest::Verified(_) => Some(Shown::Reviews),
            JudgedTest::Conflict(_) | JudgedTest::Undecided(_) | JudgedTest::JudgedBy(_) | JudgedTest::Team(_) => {
                Some(Shown::Others)
            }
            JudgedTest::Verdict(Some(_)) | JudgedTest::Reason(_) | JudgedTest::WrongPositive => Some(Shown::Rate),
            JudgedTest::FalseNegatives(_) | JudgedTest::FalseNegativeAt(_) => Some(Shown::Rate),
            JudgedTest::Verdict(None)
            | JudgedTest::Judged(_)
            | JudgedTest::Unconfirmed(_)
            | JudgedTest::ShardMissing
            | JudgedTest::Flagged(_)
            | JudgedTest::Tagged(_)
            | JudgedTest::Tag(_)
            | JudgedTest::Note(_)
            | JudgedTest::JudgedOn(_)
            | JudgedTest::Assigned(_)
            | JudgedTest::Repeated(_) => None,
        });
        let rows = self.rows.iter().flat_map(|term| &term.any).filter_map(|test| match test {
            RowTest::Tile(role, _) | RowTest::Text(role, _) => (*role != TileRole::Any).then_some(Shown::Roles),
            RowTest::Answer(_) => None,
        });
        let fields = (!self.fields.is_empty()).then_some(Shown::Scores);
        judged.chain(rows).chain(fields).fold(Visible::NONE, Visible::with)
    }

    /// Whether it finds rows with a negative that a machine called relevant: to accept them as they
    /// are would say the opposite.
    pub fn finds_called_relevant(&self) -> bool {
        let says = |test: &JudgedTest, holds: bool| match test {
            JudgedTest::Review(test) => holds && test.is_of_relevant(),
            JudgedTest::Verified(verified) => *verified == holds,
            JudgedTest::Signal(bit) => holds && *bit == 1 << Signal::Review.bit(),
            _ => false,
        };
        self.judged.iter().any(|term| term.any.iter().all(|test| says(test, !term.negated)))
    }

    /// Returns the negative whose reviews are what the search asks for: of several the one with the
    /// highest grade, and of these the first. `None` if it does not ask for reviews.
    pub fn reviewed_negative(&self, reviews: &[GradedNegative]) -> Option<TileSlot> {
        let is_of_reviews = |test: &JudgedTest| matches!(test, JudgedTest::Review(_) | JudgedTest::Verified(_));
        let terms = self.judged.iter().filter(|term| !term.negated && term.any.iter().all(is_of_reviews));
        let terms: Vec<_> = terms.collect();
        let is_asked_for = |slot: TileSlot| {
            let of_tile: Vec<GradedNegative> = reviews.iter().filter(|of| of.slot == slot).cloned().collect();
            terms.iter().all(|term| {
                term.admits(|test| match test {
                    JudgedTest::Review(test) => test.holds(&of_tile),
                    JudgedTest::Verified(verified) => of_tile.iter().any(is_verified) == *verified,
                    _ => false,
                })
            })
        };
        let asked_for = reviews.iter().filter(|of| !terms.is_empty() && is_asked_for(of.slot));
        asked_for.min_by_key(|of| (Reverse(of.grade), of.slot)).map(|of| of.slot)
    }

    /// Whether findings of a check decide about a sample.
    pub fn needs_check(&self) -> bool {
        self.judged.iter().any(|term| term.any.iter().any(|test| matches!(test, JudgedTest::Check(_))))
    }

    /// Whether the rows behind the numbers of the team decide about a sample.
    pub fn needs_team(&self) -> bool {
        self.judged.iter().any(|term| term.any.iter().any(|test| matches!(test, JudgedTest::Team(_))))
    }

    /// Whether [`SearchIndex::find`] has the same answer to both searches, so that one answer
    /// serves both.
    pub fn asks_same_of_rows(&self, other: &Self) -> bool {
        self.list == other.list && self.rows == other.rows && self.fields == other.fields
    }

    /// Whether the judgement and the facts of a sample match, such as its signals. They are read
    /// only if `status` does not decide.
    pub fn admits<'a, F: SampleFacts>(
        &self,
        status: SampleStatus,
        judgement: impl Fn() -> Option<&'a Judgement>,
        facts: impl Fn() -> F,
    ) -> bool {
        self.judged.iter().all(|term| term.admits(|test| test.holds(status, &judgement, &facts)))
    }
}

fn line_of(dataset: &Dataset, at: SampleIndex) -> &[u8] {
    dataset.split_of(at).line_bytes(dataset.entry(at).row as usize)
}
