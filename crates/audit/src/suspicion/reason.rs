//! The reason for a finding, small enough to keep for every finding.
//!
//! Data only; `wording.rs` makes the sentence that a person reads.

use super::copy_placement::CopyPlacement;
use super::external_reason::ExternalReason;

/// What a finding goes by. Rows are indices into the dataset's samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The tile is the row's own positive.
    OwnPositive,
    /// The tile is the positive of another row; `likeness` of the queries is 1 where they are the same.
    OtherPositive {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
    },
    /// The tile is of the positive's page, so many chunks behind it (before it, where negative); `None` where names do not
    /// tell.
    SamePage {
        /// In chunks.
        chunks: Option<i32>,
    },
    /// The tile stands earlier in the list.
    Repeated {
        /// The first place, 1 for the first negative.
        first: u32,
    },
    /// No margin filter ran on the row.
    MiningHole(Retrieval),
    /// The tile's score against the positive's.
    Margin {
        /// The negative's score.
        score: f32,
        /// The positive's score.
        positive: f32,
    },
    /// The tile is a negative of that many rows.
    Hub {
        /// Distinct rows.
        rows: u32,
        /// The most that is usual in this set.
        usual_up_to: u32,
    },
    /// The row's query is in another split, with the same positive or another.
    SplitLeak {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
        /// Both have the same positive.
        same_positive: bool,
    },
    /// The tile's bytes are the positive's, under another path.
    SameBytes(PositiveOwner),
    /// The tile's pixels are the positive's, in another encoding.
    SamePixels(PositiveOwner),
    /// The tile shows the positive's content, moved or drawn otherwise.
    NearPicture {
        /// Whose positive.
        owner: PositiveOwner,
        /// How many pixels further down the content lies in the tile; further up where negative.
        shift: i32,
        /// Share, 0 to 1, of the rows with ink that agree where both overlap.
        equal_rows: f32,
        /// Share, 0 to 1, of the positive's rows that the tile has too.
        overlap: f32,
        /// Rows agree to the pixel; else by their coarse profile.
        exact: bool,
    },
    /// The tile is the positive's picture at another scale, in other colours, with other margins, or drawn otherwise.
    SamePicture {
        /// Whose positive.
        owner: PositiveOwner,
        /// How it lies in the tile.
        placed: CopyPlacement,
    },
    /// Next to nothing is on the tile.
    Blank {
        /// Share of its pixels, 0 to 1, that are ink.
        ink: f32,
    },
    /// Why the tile cannot be read or decoded.
    Unreadable(Box<str>),
    /// The tile is nowhere: where was looked.
    Missing(Box<str>),
    /// What another program says.
    Outside(ExternalReason),
}

/// Whose positive a tile was compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PositiveOwner {
    /// The row's own.
    Own,
    /// Another row's, whose query is the same or near.
    Other {
        /// The other row.
        row: u32,
        /// How near the queries are, 0 to 1: cosine similarity, typos and translations aside.
        likeness: f32,
    },
}

/// How a row says that its positive was never retrieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retrieval {
    /// The rank is 0 or null.
    NoRank,
    /// The score is 0 or null.
    NoScore,
    /// The list of retrieved tiles is there, and the positive is not on it.
    NotListed,
}
