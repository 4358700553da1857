//! The kinds of findings that rows can have, for filters and for lists by kind. Checks nothing.

use tilejury_data::SampleIndex;

use super::Problem;
use crate::session::AuditSession;

/// The kinds of findings that name a row: the word in `check --json` and in filters, and its
/// meaning. Bit `i` of a sample's findings is the `i`-th.
pub const ROW_KINDS: [(&str, &str); 8] = [
    ("missing_tile", "A tile is in no shard"),
    ("corrupt_tile", "A tile cannot be decoded"),
    ("positive_in_negatives", "A negative is the positive of the same query"),
    ("copy_of_positive", "A negative is a copy of the positive"),
    ("repeated_negative", "A negative occurs more than once in the row"),
    ("repeated_row", "The same query and positive are in an earlier row of the split"),
    ("split_leak", "The same query and positive are in another split"),
    ("many_negatives", "The row has very many negatives"),
];

/// The bit of this kind; `None` if rows cannot have it.
fn bit(kind: &str) -> Option<u16> {
    ROW_KINDS.iter().position(|(word, _)| *word == kind).map(|at| 1 << at)
}

impl AuditSession {
    /// Sets which samples have which findings, for [`SampleStatus::check`]. `rows` has the sample
    /// of each finding, if it is about one.
    ///
    /// [`SampleStatus::check`]: crate::session::SampleStatus::check
    pub fn set_check_findings<'p>(&mut self, found: impl IntoIterator<Item = (&'p Problem, Option<SampleIndex>)>) {
        let mut check = vec![0; self.dataset.samples.len()];
        for (problem, row) in found {
            if let (Some(row), Some(bit)) = (row, bit(problem.kind)) {
                check[row.index()] |= bit;
            }
        }
        self.set_check(&check);
    }
}
