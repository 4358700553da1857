//! The kinds of findings that rows can have, for filters and for lists by kind, and the names of
//! all kinds. Checks nothing.

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

/// The name of such a kind, in the middle of a sentence: that of the glossary, which signals,
/// tiles and exports use as well.
pub fn kind_name(kind: &str) -> String {
    match kind {
        "corrupt_tile" => "unreadable tile".to_owned(),
        "copy_of_positive" => "copy of the positive".to_owned(),
        "split_leak" => "leak".to_owned(),
        other => other.replace('_', " "),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{ChangeReason, DropReason};
    use crate::suspicion::Signal;
    use crate::text::capital;

    #[test]
    fn a_fault_has_one_name_everywhere() {
        let found = |kind: &str| capital(&kind_name(kind));
        let [own, repeated] = [Signal::OwnPositive, Signal::Repeated].map(Signal::label);
        assert_eq!([own, repeated], ["positive_in_negatives", "repeated_negative"].map(found));
        assert_eq!(own, ChangeReason::PositiveInNegatives.label());
        assert_eq!(repeated, ChangeReason::RepeatedNegative.label());
        assert_eq!(found("copy_of_positive"), ChangeReason::CopyOfPositive.label());
        assert_eq!([Signal::SplitLeak.label(), DropReason::Leak.label()], ["split_leak"; 2].map(found));
        // A tile that is left out is called by its place in the row.
        let left_out = |kind: &str| ["positive", "negative"].map(|place| found(kind).replace("tile", place));
        let missing = [DropReason::MissingPositive.label(), ChangeReason::MissingNegative.label()];
        assert_eq!(missing, left_out("missing_tile"));
        let unreadable = [DropReason::UnreadablePositive.label(), ChangeReason::UnreadableNegative.label()];
        assert_eq!(unreadable, left_out("corrupt_tile"));
    }
}
