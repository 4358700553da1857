//! The line counts of an import, while its lines are read and as its result. Reads nothing itself.

use std::collections::HashSet;

use tilejury_data::{LineNumber, SampleIndex};

use super::rows::Unmatched;
use crate::interchange::BadLine;

/// The number of bad lines that are named; the others are only counted.
const NAMED_UP_TO: usize = 100;

/// The result of an import. Every line that is not bad is either matched or unmatched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportCounts {
    /// Lines that are not blank, including bad ones.
    pub lines: usize,
    /// Lines about a tile of a row in this dataset.
    pub matched: usize,
    /// Lines about a query that no row has.
    pub unknown_queries: usize,
    /// Lines about a tile that no row of the query has.
    pub unknown_tiles: usize,
    /// Matched lines without a result, because a file was missing or a program failed.
    pub silent: usize,
    /// Distinct rows that matched lines are about.
    pub rows: usize,
    /// Lines that cannot be read.
    pub bad_lines: usize,
    /// The first of these.
    pub bad: Vec<BadLine>,
}

impl ImportCounts {
    /// Returns the number of readable lines that match nothing in this dataset.
    pub fn unmatched(&self) -> usize {
        self.unknown_queries + self.unknown_tiles
    }
}

/// The counts while lines are read.
#[derive(Default)]
pub(super) struct LineCounts {
    counts: ImportCounts,
    rows: HashSet<SampleIndex>,
}

impl LineCounts {
    /// Counts a line that cannot be read. Like the next functions, it returns `true`: reading
    /// continues.
    pub(super) fn bad(&mut self, line: LineNumber, message: &str) -> bool {
        self.counts.lines += 1;
        self.counts.bad_lines += 1;
        if self.counts.bad.len() < NAMED_UP_TO {
            self.counts.bad.push(BadLine::new(line, message));
        }
        true
    }

    /// Counts a line that matches no row.
    pub(super) fn unmatched(&mut self, reason: Unmatched) -> bool {
        self.counts.lines += 1;
        match reason {
            Unmatched::Query => self.counts.unknown_queries += 1,
            Unmatched::Tile => self.counts.unknown_tiles += 1,
        }
        true
    }

    /// Counts a line about these rows.
    pub(super) fn matched(&mut self, rows: impl Iterator<Item = SampleIndex>) {
        self.counts.lines += 1;
        self.counts.matched += 1;
        self.rows.extend(rows);
    }

    /// Records that the line that was just matched has no result.
    pub(super) fn silent(&mut self) -> bool {
        self.counts.silent += 1;
        true
    }

    /// Returns the counts of all lines.
    pub(super) fn result(self) -> ImportCounts {
        ImportCounts { rows: self.rows.len(), ..self.counts }
    }
}
