//! What becomes of a row, in words for the report.

use crate::text_enum::text_enum;

text_enum! {
    /// Why a row leaves.
    Why {
        /// Its verdict is reject.
        Rejected = "rejected", "Rejected";
        /// Its positive was judged not relevant.
        WrongPositive = "wrong_positive", "Wrong positive";
        /// Its positive was judged broken.
        BrokenPositive = "broken_positive", "Broken positive";
        /// Its positive is not where it should be.
        MissingPositive = "missing_positive", "Missing positive";
        /// Its positive cannot be decoded.
        UnreadablePositive = "unreadable_positive", "Unreadable positive";
        /// Its positive was marked as not relevant in another row of the query, where it is a negative, and nobody answered for it
        /// as a positive.
        Conflict = "conflict", "Conflict";
        /// It has no verdict, and those were to leave.
        Unjudged = "unjudged", "Unjudged";
        /// It, or its positive, was left unsure, and that was to leave.
        Unsure = "unsure", "Unsure";
        /// One of its negatives is relevant, and such rows were to leave.
        HasFalseNegative = "has_false_negative", "Has false negative";
        /// Too few negatives are left.
        TooFewNegatives = "too_few_negatives", "Too few negatives";
        /// The same query with the same positive stands in another split.
        Leak = "leak", "Leak";
        /// The line cannot be read any more.
        Unreadable = "unreadable_row", "Unreadable row";
    }
}

text_enum! {
    /// Why a row is written otherwise than it was.
    Changed {
        /// A relevant negative left.
        FalseNegative = "false_negative", "False negative";
        /// A negative left that is the positive of this row, or of another row of its query.
        PositiveInNegatives = "positive_in_negatives", "Positive in negatives";
        /// A negative left that is a copy of a positive of the query, or of a tile relevant to it, under another path.
        CopyOfPositive = "copy_of_positive", "Copy of the positive";
        /// A negative judged broken left.
        BrokenNegative = "broken_negative", "Broken negative";
        /// A negative left that is not where it should be.
        MissingNegative = "missing_negative", "Missing negative";
        /// A negative left that cannot be decoded.
        UnreadableNegative = "unreadable_negative", "Unreadable negative";
        /// A negative left that was judged unsure.
        UnsureNegative = "unsure_negative", "Unsure negative";
        /// A negative left that the row has twice.
        RepeatedNegative = "repeated_negative", "Repeated negative";
        /// A relevant negative took the place of the wrong positive.
        PositiveReplaced = "positive_replaced", "Positive replaced";
        /// A relevant negative became the positive of another row.
        Promoted = "promoted", "Promoted";
        /// Further candidates were taken in.
        Refilled = "refilled", "Refilled";
        /// The negatives have another order.
        Reordered = "reordered", "Reordered";
        /// It is marked as one of several rows of its query, of which one was promoted.
        Grouped = "grouped", "Grouped";
    }
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// Written byte for byte.
    Keep,
    /// Written otherwise, for these reasons; sorted, none twice.
    Change(Vec<Changed>),
    /// Not written.
    Drop(Why),
}
