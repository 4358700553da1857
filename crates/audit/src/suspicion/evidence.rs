//! The evidence of a finding, small enough to keep for every finding.
//!
//! Data only; `wording.rs` makes the sentence that a person reads.

use tilejury_data::{SampleIndex, TileSlot};
use tilejury_vision::ComparedRows;

use super::copy_placement::CopyPlacement;
use super::external_evidence::ExternalEvidence;

/// The evidence of a finding. Rows are indices into the dataset's samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// The tile is the row's own positive.
    OwnPositive,
    /// The tile is the positive of another row; `nearness` of the queries is 1 if they are the
    /// same.
    OtherPositive {
        /// The other row.
        row: SampleIndex,
        /// The nearness of the queries, 0 to 1: the cosine of their words, in which a typo or a
        /// translation counts as the same word.
        nearness: f32,
    },
    /// The tile is from the positive's page.
    SamePage {
        /// The number of chunks from the positive to it; negative if it comes before. `None` if the
        /// names do not show that.
        chunks: Option<i32>,
    },
    /// The tile also occurs earlier in the list.
    Repeated {
        /// Its first slot.
        first: TileSlot,
    },
    /// No margin filter ran on the row.
    MiningHole(UnretrievedPositive),
    /// The tile's score compared with the positive's.
    Margin {
        /// The negative's score.
        score: f32,
        /// The positive's score.
        positive: f32,
    },
    /// The tile is a negative of unusually many rows.
    Hub {
        /// The number of distinct rows.
        rows: u32,
        /// The largest usual number of rows in this set.
        usual_up_to: u32,
    },
    /// The row's query is in another split, with the same positive or another.
    SplitLeak {
        /// The other row.
        row: SampleIndex,
        /// The nearness of the queries, 0 to 1: the cosine of their words, in which a typo or a
        /// translation counts as the same word.
        nearness: f32,
        /// Whether both have the same positive.
        same_positive: bool,
    },
    /// The tile has the positive's bytes under another path.
    SameBytes(PositiveOwner),
    /// The tile has the positive's pixels in another encoding.
    SamePixels(PositiveOwner),
    /// The tile shows the positive's content, shifted or rendered differently.
    NearPicture {
        /// The row that has the positive.
        owner: PositiveOwner,
        /// The number of pixels that the content is further down in the tile; negative if further
        /// up.
        shift: i32,
        /// Share, 0 to 1, of the rows with ink that agree in the overlap.
        equal_rows: f32,
        /// Share, 0 to 1, of the positive's rows that are also in the tile.
        overlap: f32,
        /// The kind of rows that were compared.
        rows: ComparedRows,
    },
    /// The tile is the positive's picture at another scale, in other colours, with other margins,
    /// or rendered differently.
    SamePicture {
        /// The row that has the positive.
        owner: PositiveOwner,
        /// Its position and appearance in the tile.
        placed: CopyPlacement,
    },
    /// The tile is blank or nearly so.
    Blank {
        /// Share of its pixels, 0 to 1, that is ink.
        ink: f32,
    },
    /// The tile cannot be read or decoded, with the reason.
    Unreadable(Box<str>),
    /// The tile was not found, with the places that were searched.
    Missing(Box<str>),
    /// The result of another program.
    External(ExternalEvidence),
}

/// The owner of the positive that a tile was compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PositiveOwner {
    /// The row itself.
    Own,
    /// Another row, with the same or a near query.
    Other {
        /// The other row.
        row: SampleIndex,
        /// The nearness of the queries, 0 to 1: the cosine of their words, in which a typo or a
        /// translation counts as the same word.
        nearness: f32,
    },
}

/// The evidence in a row that its positive was never retrieved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnretrievedPositive {
    /// The rank is 0 or null.
    NoRank,
    /// The score is 0 or null.
    NoScore,
    /// There is a list of retrieved tiles without the positive.
    NotListed,
}
