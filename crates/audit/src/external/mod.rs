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

use std::str::FromStr;

use tilejury_data::{SampleKey, TilePath};

pub use answers::{AnswerFinder, Answers, Mention, RowAnswer};
pub use data::ExternalSignals;
pub use import::{ImportCounts, ImportError, ImportKind, import};
pub use location::{file_beside, for_reading, for_writing};
pub use store::{ExternalImport, ExternalStore};

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

/// What a model thought of the answer that it gave from a tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineVerdict {
    /// The tile answers the query.
    Correct,
    /// It answered, and the answer does not hold.
    Wrong,
    /// It found no answer.
    CannotAnswer,
}

impl MachineVerdict {
    /// The word that `candidate_reviews.jsonl` uses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Correct => "CORRECT",
            Self::Wrong => "WRONG",
            Self::CannotAnswer => "CANNOT_ANSWER",
        }
    }
}

impl FromStr for MachineVerdict {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = [Self::Correct, Self::Wrong, Self::CannotAnswer].into_iter().find(|verdict| verdict.word() == word);
        found.ok_or_else(|| format!("`{word}` is no verdict; expected CORRECT, WRONG or CANNOT_ANSWER"))
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
