//! What becomes of a row, in words for the report.

/// Why a row leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Its verdict is reject.
    Rejected,
    /// Its positive was judged not relevant.
    WrongPositive,
    /// Its positive was judged broken.
    BrokenPositive,
    /// Its positive is not where it should be.
    MissingPositive,
    /// Its positive cannot be decoded.
    UnreadablePositive,
    /// It has no verdict, and those were to leave.
    Unjudged,
    /// It, or its positive, was left unsure, and that was to leave.
    Unsure,
    /// One of its negatives is relevant, and such rows were to leave.
    HasFalseNegative,
    /// Too few negatives are left.
    TooFewNegatives,
    /// The same query with the same positive stands in another split.
    Leak,
    /// The line cannot be read any more.
    Unreadable,
}

impl Why {
    /// Every reason, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Rejected,
        Self::WrongPositive,
        Self::BrokenPositive,
        Self::MissingPositive,
        Self::UnreadablePositive,
        Self::Unjudged,
        Self::Unsure,
        Self::HasFalseNegative,
        Self::TooFewNegatives,
        Self::Leak,
        Self::Unreadable,
    ];

    /// The word in the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::WrongPositive => "wrong_positive",
            Self::BrokenPositive => "broken_positive",
            Self::MissingPositive => "missing_positive",
            Self::UnreadablePositive => "unreadable_positive",
            Self::Unjudged => "unjudged",
            Self::Unsure => "unsure",
            Self::HasFalseNegative => "has_false_negative",
            Self::TooFewNegatives => "too_few_negatives",
            Self::Leak => "leak",
            Self::Unreadable => "unreadable_row",
        }
    }
}

/// Why a row is written otherwise than it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    /// A relevant negative left.
    FalseNegative,
    /// A negative left that is the positive of this row, or of another row of its query.
    PositiveInNegatives,
    /// A negative judged broken left.
    BrokenNegative,
    /// A negative left that is not where it should be.
    MissingNegative,
    /// A negative left that cannot be decoded.
    UnreadableNegative,
    /// A negative left that was judged unsure.
    UnsureNegative,
    /// A relevant negative took the place of the wrong positive.
    PositiveReplaced,
    /// A relevant negative became the positive of another row.
    Promoted,
    /// Further candidates were taken in.
    Refilled,
    /// The negatives have another order.
    Reordered,
    /// It is marked as one of several rows of its query, of which one was promoted.
    Grouped,
}

impl Changed {
    /// Every reason, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::FalseNegative,
        Self::PositiveInNegatives,
        Self::BrokenNegative,
        Self::MissingNegative,
        Self::UnreadableNegative,
        Self::UnsureNegative,
        Self::PositiveReplaced,
        Self::Promoted,
        Self::Refilled,
        Self::Reordered,
        Self::Grouped,
    ];

    /// The word in the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::FalseNegative => "false_negative",
            Self::PositiveInNegatives => "positive_in_negatives",
            Self::BrokenNegative => "broken_negative",
            Self::MissingNegative => "missing_negative",
            Self::UnreadableNegative => "unreadable_negative",
            Self::UnsureNegative => "unsure_negative",
            Self::PositiveReplaced => "positive_replaced",
            Self::Promoted => "promoted",
            Self::Refilled => "refilled",
            Self::Reordered => "reordered",
            Self::Grouped => "grouped",
        }
    }
}

/// What becomes of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Written byte for byte.
    Keep,
    /// Written otherwise, for these reasons; sorted, none twice.
    Change(Vec<Changed>),
    /// Not written.
    Drop(Why),
}
