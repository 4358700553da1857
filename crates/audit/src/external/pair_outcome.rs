//! The meaning of two comparisons of a doubtful tile with another one. Stores nothing.

use crate::text_enum::text_enum;

/// The grade from which a tile answers the query, at least partly.
pub const ANSWERS_FROM: u8 = 2;

text_enum! {
    /// The tiles of a comparison that answer the query, the better one first.
    pub enum TileRanking {
        /// Neither.
        Neither = "none", "Neither";
        /// The first alone.
        First = "1", "The first";
        /// The second alone.
        Second = "2", "The second";
        /// Both, the first better.
        FirstThenSecond = "1, 2", "The first, then the second";
        /// Both, the second better.
        SecondThenFirst = "2, 1", "The second, then the first";
    }
}

text_enum! {
    /// The outcome of a comparison for the doubtful tile.
    pub enum PairOutcome {
        /// It answers the query, better than the other tile.
        Above = "above", "Above the positive";
        /// It answers the query, and the other tile does so better.
        Below = "below", "Below the positive";
        /// It does not answer the query.
        DoesNotAnswer = "no", "No answer";
    }
}

impl TileRanking {
    /// Returns the outcome for the first tile of the two, or for the second.
    pub fn outcome(self, of_first: bool) -> PairOutcome {
        match (self, of_first) {
            (Self::First | Self::FirstThenSecond, true) | (Self::Second | Self::SecondThenFirst, false) => {
                PairOutcome::Above
            }
            (Self::SecondThenFirst, true) | (Self::FirstThenSecond, false) => PairOutcome::Below,
            (Self::Neither | Self::Second, true) | (Self::Neither | Self::First, false) => PairOutcome::DoesNotAnswer,
        }
    }
}

/// The second stage of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondReview {
    /// The outcome where the tile came first.
    pub tile_first: PairOutcome,
    /// The outcome where the positive came first.
    pub positive_first: PairOutcome,
}

impl SecondReview {
    /// Whether both orders have the same outcome. Else it depends on the order.
    pub fn is_consistent(self) -> bool {
        self.tile_first == self.positive_first
    }

    /// The share of orders in which the tile answers the query: 0, 0.5 or 1.
    pub fn share(self) -> f32 {
        let answers = |outcome| f32::from(u8::from(outcome != PairOutcome::DoesNotAnswer));
        0.5 * (answers(self.tile_first) + answers(self.positive_first))
    }

    /// Whether a tile with a grade answers the query after both stages. If only one order says so,
    /// the grade stays.
    pub fn confirms(self, grade: u8) -> bool {
        let share = self.share();
        share >= 1.0 || (share > 0.0 && grade >= ANSWERS_FROM)
    }
}
