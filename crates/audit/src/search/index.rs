//! The index of all rows, which answers searches fast, and the search in it.
//!
//! Words are searched in one compact copy of all queries; lines and counts come from the list of
//! samples. A row is parsed only if its bytes do not rule it out. Reads the data of the dataset,
//! never a file.
//!
//! There is no full-text index: SQLite's FTS5 over 900,000 queries took 2.4 s to build (10.8 s with
//! trigrams, which find parts of words as this does) and 120 to 190 ms for a word in half of them;
//! this copy takes 0.6 s and 8 ms. FTS5 is faster only for a word that no query contains, with 0.02
//! against 3 ms.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use parking_lot::Mutex;
use tilejury_data::{Dataset, Row, SampleIndex, TilePath};
use tilejury_rows::rows_in_order;

use super::field_tests::{FieldProbe, FieldTest};
use super::needles::{ESCAPE, Needles, escapes_ascii};
use super::row_fields::RowFields;
use super::rows::{ListTest, RowTest};
use super::{Search, Term, TextMatches, line_of};
use crate::progress::{Cancelled, Progress, Stage};

/// The number of rows between two reports, which can cancel the search: a few milliseconds at most.
const ROWS_PER_REPORT: usize = 4096;

/// All queries of a dataset in one piece of memory, and other data of each row that then needs no
/// parsing.
pub struct SearchIndex {
    /// The queries, lower-cased, each followed by a zero byte.
    text: Vec<u8>,
    /// The start of each query; one more entry for the end.
    starts: Vec<usize>,
    /// The number of negatives of each row, up to 65,535.
    negatives: Vec<u16>,
    /// The rows that write printable ASCII as escapes, so that their bytes rule nothing out;
    /// ascending, mostly none.
    escaped: Vec<SampleIndex>,
    /// All fields of the rows; read when they are first asked for.
    fields: OnceLock<RowFields>,
    reading_fields: Mutex<()>,
}

/// The index of some rows that follow each other.
#[derive(Default)]
struct IndexPart {
    text: Vec<u8>,
    /// The start of each query in the text of the part.
    starts: Vec<usize>,
    negatives: Vec<u16>,
    escaped: Vec<SampleIndex>,
}

impl IndexPart {
    fn read(dataset: &Dataset, rows: Range<usize>) -> Self {
        let (mut part, escape) = (Self::default(), Finder::new(ESCAPE));
        for at in rows.map(SampleIndex::new) {
            part.starts.push(part.text.len());
            let line = line_of(dataset, at);
            let row = Row::parse(line).ok();
            if let Some(row) = &row {
                part.text.extend_from_slice(row.query.to_lowercase().as_bytes());
            }
            part.text.push(0);
            let negatives = row.map_or(0, |row| row.negatives.len());
            part.negatives.push(u16::try_from(negatives).unwrap_or(u16::MAX));
            if escapes_ascii(line, &escape) {
                part.escaped.push(at);
            }
        }
        part
    }
}

impl SearchIndex {
    /// Reads every row once, on all cores. Lower case follows Unicode. About 70 bytes per row.
    pub fn build(dataset: &Dataset) -> Self {
        let rows = dataset.samples.len();
        let mut index = Self {
            text: Vec::new(),
            starts: Vec::with_capacity(rows + 1),
            negatives: Vec::with_capacity(rows),
            escaped: Vec::new(),
            fields: OnceLock::new(),
            reading_fields: Mutex::new(()),
        };
        // Nobody cancels it.
        let _: Result<(), Cancelled> =
            rows_in_order(rows, |range| Ok(IndexPart::read(dataset, range)), |part| index.append(part));
        index.starts.push(index.text.len());
        index
    }

    fn append(&mut self, mut part: IndexPart) {
        let from = self.text.len();
        self.starts.extend(part.starts.iter().map(|start| from + start));
        self.text.append(&mut part.text);
        self.negatives.append(&mut part.negatives);
        self.escaped.append(&mut part.escaped);
    }

    /// All samples in the order of their queries' text, without regard to case.
    pub fn by_query(&self) -> Vec<SampleIndex> {
        self.sorted_by_key(|row| &self.text[self.starts[row]..self.starts[row + 1]])
    }

    /// All samples by their number of negatives, the fewest first.
    pub fn by_negatives(&self) -> Vec<SampleIndex> {
        self.sorted_by_key(|row| self.negatives[row])
    }

    fn sorted_by_key<K: Ord>(&self, key: impl Fn(usize) -> K) -> Vec<SampleIndex> {
        let mut rows: Vec<usize> = (0..self.negatives.len()).collect();
        rows.sort_by_key(|row| key(*row));
        rows.into_iter().map(SampleIndex::new).collect()
    }

    /// The size of the copy of the queries, in bytes: a search for a word reads all of it.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// The number of negatives of a row, up to 65,535.
    pub fn negatives(&self, row: SampleIndex) -> u16 {
        self.negatives.get(row.index()).copied().unwrap_or_default()
    }

    /// The fields of the rows. The first call reads every row; others wait for it.
    ///
    /// # Errors
    /// When `progress` cancelled the work.
    pub fn fields(&self, dataset: &Dataset, progress: &dyn Progress) -> Result<&RowFields, Cancelled> {
        let _reading = match self.fields.get() {
            Some(fields) => return Ok(fields),
            None => self.reading_fields.lock(),
        };
        // Another thread may have read them meanwhile.
        match self.fields.get() {
            Some(fields) => Ok(fields),
            None => {
                let read = RowFields::read(dataset, progress)?;
                Ok(self.fields.get_or_init(|| read))
            }
        }
    }

    /// The samples whose rows match, ascending; `None` if the search asks nothing of rows, so that
    /// all match. `texts` was looked up for this search. It reports often, so that a newer search
    /// need not wait for this one.
    ///
    /// # Errors
    /// When `progress` cancelled the search.
    pub fn find(
        &self,
        search: &Search,
        texts: &TextMatches,
        dataset: &Dataset,
        progress: &dyn Progress,
    ) -> Result<Option<Vec<SampleIndex>>, Cancelled> {
        if !search.needs_rows() {
            return Ok(None);
        }
        // The longest word is most likely the rarest: it is searched in all text, the other words
        // only in the rows that contain it.
        let words = search.list.iter().filter_map(|term| Some((term, term.required_word()?)));
        let first = words.max_by_key(|(_, word)| word.len());
        let list: Vec<_> =
            search.list.iter().filter(|term| first.is_none_or(|(first, _)| !std::ptr::eq(first, *term))).collect();
        let rows: Vec<RowProbe<'_>> = search.rows.iter().map(|term| RowProbe::new(term, texts)).collect();
        let fields = match search.needs_fields() {
            true => field_terms(search, self.fields(dataset, progress)?),
            false => Vec::new(),
        };
        let matches = |row: &SampleIndex| {
            let at = *row;
            list.iter().all(|term| term.admits(|test| self.holds(test, dataset, at)))
                && fields.iter().all(|term| term.holds(|probe| probe.holds(dataset, at, || self.is_escaped(at))))
                && (rows.is_empty() || self.matches_text(&rows, dataset, at))
        };
        match first {
            Some((_, word)) => sift(self.rows_with(word).into_iter(), progress, matches),
            None => sift(self.indices(), progress, matches),
        }
        .map(Some)
    }

    /// The rows whose query contains a word that is not empty.
    fn rows_with(&self, word: &str) -> Vec<SampleIndex> {
        let finder = Finder::new(word.as_bytes());
        let mut found = Vec::new();
        let mut row = 0;
        while let Some(at) = self.text.get(self.starts[row]..).and_then(|rest| finder.find(rest)) {
            row = self.row_of(self.starts[row] + at, row);
            found.push(SampleIndex::new(row));
            row += 1;
        }
        found
    }

    /// Calls `visit` with every query that contains a word that is not empty, lower-cased, and its
    /// row.
    pub(super) fn visit_queries_with(
        &self,
        word: &str,
        progress: &dyn Progress,
        mut visit: impl FnMut(SampleIndex, &str),
    ) -> Result<(), Cancelled> {
        for row in until_cancelled(self.rows_with(word).into_iter(), progress) {
            let row = row?;
            let (from, to) = (self.starts[row.index()], self.starts[row.index() + 1]);
            if let Ok(query) = std::str::from_utf8(&self.text[from..to.max(from + 1) - 1]) {
                visit(row, query);
            }
        }
        Ok(())
    }

    /// The row of a byte of the text. It is at or after `from`, mostly close: doubling strides find
    /// it faster than halving the whole.
    fn row_of(&self, byte: usize, from: usize) -> usize {
        let mut stride = 1;
        while self.starts.get(from + stride).is_some_and(|start| *start <= byte) {
            stride *= 2;
        }
        let (low, high) = (from + stride / 2, (from + stride).min(self.starts.len()));
        low + self.starts[low..high].partition_point(|start| *start <= byte) - 1
    }

    fn holds(&self, test: &ListTest, dataset: &Dataset, at: SampleIndex) -> bool {
        match test {
            ListTest::Word(word) => {
                let (from, to) = (self.starts[at.index()], self.starts[at.index() + 1]);
                memchr::memmem::find(&self.text[from..to], word.as_bytes()).is_some()
            }
            ListTest::Split(split) => usize::from(dataset.entry(at).split) == *split,
            ListTest::Line(span) => span.contains(&dataset.line_of(at).get()),
            ListTest::Negatives(span) => span.contains(&u64::from(self.negatives[at.index()])),
        }
    }

    fn matches_text(&self, probes: &[RowProbe<'_>], dataset: &Dataset, at: SampleIndex) -> bool {
        let line = line_of(dataset, at);
        let escaped = self.is_escaped(at);
        let row = LazyCell::new(|| Row::parse(line).ok());
        probes.iter().all(|probe| {
            let holds = |(test, needles, tiles): &RowTestProbe<'_>| {
                (escaped || needles.iter().any(|needles| needles.may_contain_text(line)))
                    && (*row).as_ref().is_some_and(|row| test.holds(row, *tiles))
            };
            probe.tests.iter().any(holds) != probe.negated
        })
    }

    /// Calls `visit` with every row that may contain the text of any of the needles, parsed.
    pub(super) fn visit<'a>(
        &self,
        dataset: &'a Dataset,
        needles: &[Needles],
        progress: &dyn Progress,
        mut visit: impl FnMut(SampleIndex, Row<'a>),
    ) -> Result<(), Cancelled> {
        for row in until_cancelled(self.indices(), progress) {
            let at = row?;
            let line = line_of(dataset, at);
            if (self.is_escaped(at) || needles.iter().any(|needles| needles.may_contain_text(line)))
                && let Ok(row) = Row::parse(line)
            {
                visit(at, row);
            }
        }
        Ok(())
    }

    fn indices(&self) -> impl Iterator<Item = SampleIndex> + use<> {
        SampleIndex::first(self.negatives.len())
    }

    fn is_escaped(&self, at: SampleIndex) -> bool {
        !self.escaped.is_empty() && self.escaped.binary_search(&at).is_ok()
    }
}

impl Term<ListTest> {
    /// The word that every query must contain for this term.
    fn required_word(&self) -> Option<&str> {
        match self.any.as_slice() {
            [ListTest::Word(word)] if !self.negated => Some(word),
            _ => None,
        }
    }
}

/// A term about a field, with its tests prepared.
struct FieldTerm<'a> {
    negated: bool,
    tests: Vec<FieldProbe<'a>>,
}

impl<'a> FieldTerm<'a> {
    fn holds(&self, holds: impl FnMut(&FieldProbe<'a>) -> bool) -> bool {
        self.tests.iter().any(holds) != self.negated
    }
}

fn field_terms<'a>(search: &'a Search, fields: &'a RowFields) -> Vec<FieldTerm<'a>> {
    let prepared = |term: &'a Term<FieldTest>| FieldTerm {
        negated: term.negated,
        tests: term.any.iter().map(|test| FieldProbe::new(test, fields)).collect(),
    };
    search.fields.iter().map(prepared).collect()
}

/// A term about the row's text.
struct RowProbe<'a> {
    negated: bool,
    tests: Vec<RowTestProbe<'a>>,
}

/// A test with the bytes of which it requires some, and the tiles whose texts it asks about.
type RowTestProbe<'a> = (&'a RowTest, Vec<Needles>, Option<&'a HashSet<TilePath>>);

impl<'a> RowProbe<'a> {
    fn new(term: &'a Term<RowTest>, texts: &'a TextMatches) -> Self {
        let tests = term.any.iter().map(|test| match texts.of(test) {
            Some(tiles) => (test, Needles::of_any(tiles.iter()), Some(tiles)),
            None => (test, vec![test.needles()], None),
        });
        Self { negated: term.negated, tests: tests.collect() }
    }
}

fn sift(
    rows: impl Iterator<Item = SampleIndex>,
    progress: &dyn Progress,
    matches: impl Fn(&SampleIndex) -> bool,
) -> Result<Vec<SampleIndex>, Cancelled> {
    until_cancelled(rows, progress).filter(|row| row.as_ref().map_or(true, &matches)).collect()
}

/// The rows, until the search is cancelled.
fn until_cancelled(
    rows: impl Iterator<Item = SampleIndex>,
    progress: &dyn Progress,
) -> impl Iterator<Item = Result<SampleIndex, Cancelled>> {
    rows.enumerate().map(move |(at, row)| {
        if at % ROWS_PER_REPORT == 0 {
            progress.report(Stage::Rows.step(at, 0))?;
        }
        Ok(row)
    })
}
