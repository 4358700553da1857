//! What other programs say of a dataset's tiles: verdicts of a vision model, scores of rerankers and embedders, texts that
//! were read off the pictures.
//!
//! Kept in a file of its own beside the sidecar, never in it: all of it can be had again, and judgements cannot. Nothing
//! here is a judgement, and nothing here changes one; what it says against a sample is the business of
//! [`crate::suspicion`].

mod answers;
mod data;
mod import;
mod lines;
mod location;
mod machine_reviews;
mod rows;
mod scores;
mod store;
mod texts;

use tilejury_data::{SampleKey, TilePath};

pub use answers::{AnswerFinder, Answers, Mention, RowAnswer};
pub use data::ExternalSignals;
pub use import::{ImportCounts, ImportError, ImportKind, import};
pub use location::{file_beside, for_reading, for_writing};
pub use store::{ExternalImport, ExternalStore};

use crate::text_enum::text_enum;

/// A vision model's review of one tile for one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineReview {
    /// The sample whose query it is.
    pub sample: SampleKey,
    /// One of the sample's tiles.
    pub tile: TilePath,
    /// What the model thought of its own answer.
    pub verdict: MachineVerdict,
    /// The answer that it read off the tile; it may be empty.
    pub answer: String,
}

text_enum! {
    /// What a model thought of the answer that it gave from a tile. The words are those of `candidate_reviews.jsonl`.
    MachineVerdict {
        /// The tile answers the query.
        Correct = "CORRECT", "Correct";
        /// It answered, and the answer does not hold.
        Wrong = "WRONG", "Wrong";
        /// It found no answer.
        CannotAnswer = "CANNOT_ANSWER", "Cannot answer";
    }
}

/// A score that a program gave to a tile for a query. Higher is nearer; scores of different sources do not compare.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalScore {
    /// The sample whose query it is.
    pub sample: SampleKey,
    /// One of the sample's tiles.
    pub tile: TilePath,
    /// Which program, or which of its models.
    pub source: String,
    /// Finite.
    pub score: f32,
}

/// What can be read on a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileText {
    /// A tile of some row.
    pub tile: TilePath,
    /// As the reading program gave it.
    pub text: String,
}
