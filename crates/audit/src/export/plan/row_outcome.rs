//! The outcome of a row, in words for the report.

use crate::text_enum::text_enum;

text_enum! {
    /// The reason why a row is dropped.
    pub enum DropReason {
        /// Its verdict is reject.
        Rejected = "rejected", "Rejected";
        /// Its positive was judged not relevant.
        WrongPositive = "wrong_positive", "Wrong positive";
        /// Its positive was judged broken.
        BrokenPositive = "broken_positive", "Broken positive";
        /// Its positive was not found.
        MissingPositive = "missing_positive", "Missing positive";
        /// Its positive cannot be decoded.
        UnreadablePositive = "unreadable_positive", "Unreadable positive";
        /// Its positive was marked as not relevant in another row of the query, where it is a
        /// negative, and nobody judged it as a positive.
        Conflict = "conflict", "Conflict";
        /// It has no verdict, and the options drop such rows.
        Unjudged = "unjudged", "Unjudged";
        /// It or its positive was judged unsure, and the options drop such rows.
        Unsure = "unsure", "Unsure";
        /// One of its negatives is relevant, and the options drop such rows.
        HasFalseNegative = "has_false_negative", "Has false negative";
        /// Too few of its negatives remain.
        TooFewNegatives = "too_few_negatives", "Too few negatives";
        /// Another split has the same query with the same positive.
        Leak = "leak", "Leak";
        /// Its line can no longer be read.
        Unreadable = "unreadable_row", "Unreadable row";
    }
}

text_enum! {
    /// A change to a row that is written.
    pub enum ChangeReason {
        /// A relevant negative was removed.
        FalseNegative = "false_negative", "False negative";
        /// A negative was removed that is the positive of this row or of another row of its query.
        PositiveInNegatives = "positive_in_negatives", "Positive in negatives";
        /// A negative was removed that is a copy, under another path, of a positive of the query or
        /// of a tile relevant to it.
        CopyOfPositive = "copy_of_positive", "Copy of the positive";
        /// A negative judged broken was removed.
        BrokenNegative = "broken_negative", "Broken negative";
        /// A negative that was not found was removed.
        MissingNegative = "missing_negative", "Missing negative";
        /// A negative that cannot be decoded was removed.
        UnreadableNegative = "unreadable_negative", "Unreadable negative";
        /// A negative judged unsure was removed.
        UnsureNegative = "unsure_negative", "Unsure negative";
        /// A repeat of a negative was removed.
        RepeatedNegative = "repeated_negative", "Repeated negative";
        /// A relevant negative replaced the wrong positive.
        PositiveReplaced = "positive_replaced", "Positive replaced";
        /// A relevant negative became the positive of another row.
        Promoted = "promoted", "Promoted";
        /// Further candidates were added.
        Refilled = "refilled", "Refilled";
        /// The negatives were put into another order.
        Reordered = "reordered", "Reordered";
        /// The row was marked as one of several rows of its query, one of which was promoted.
        Grouped = "grouped", "Grouped";
    }
}

/// The outcome of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// Written byte for byte.
    Keep,
    /// Written with these changes; sorted, without repeats.
    Change(Vec<ChangeReason>),
    /// Not written.
    Drop(DropReason),
}
