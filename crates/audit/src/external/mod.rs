//! Results of other programs for a dataset's tiles: verdicts of a vision model, answers of models
//! at an endpoint, scores of rerankers and embedders, texts that were read from the pictures.
//!
//! They are kept in a file of their own beside the sidecar, never in it: all of them can be
//! produced again, and judgements cannot. Nothing here is a judgement or changes one;
//! [`crate::suspicion`] decides what the results mean for a sample.

mod answers_in_texts;
mod asked_models;
mod comparisons;
mod counts;
mod data;
mod import;
mod kept_reply;
mod lines;
mod location;
mod machine_reviews;
mod model_answers;
mod model_controls;
mod model_endpoints;
mod model_requests;
mod model_reviews;
mod pair_outcome;
mod parquet_lines;
mod picture_text;
mod read_tiles;
mod reader;
mod reading_order;
mod readings;
mod rows;
mod scores;
mod second_reviews;
mod stems;
mod store;
#[cfg(test)]
mod testing;
mod text_index;
mod texts;
mod tile_evidence;
mod word_counts;

use crate::text_enum::text_enum;

use tilejury_data::{SampleKey, TilePath};

pub use answers_in_texts::{AnswerFinder, AnswerMention, AnswersInTexts, RowAnswer};
pub use asked_models::AskedModels;
pub use comparisons::{RowComparison, TextComparison, TextComparisons};
pub use counts::ImportCounts;
pub use data::ExternalSignals;
pub use import::{ImportError, ImportKind, import};
pub use kept_reply::{AnswerKey, KeptReply};
pub use location::{file_beside, for_reading, for_writing};
pub use model_answers::{ModelAnswer, ModelQuestion, QuestionKind};
pub use model_controls::ControlGrade;
pub use model_requests::SentRequest;
pub use model_reviews::{HIGHEST_GRADE, ModelReview};
pub use pair_outcome::{ANSWERS_FROM, PairOutcome, SecondReview, TileRanking};
pub(crate) use picture_text::{PictureText, languages_for, read_text};
pub use read_tiles::{ReadingObserver, ReadingOptions, ReadingState, ReadingSummary, read_queue, read_tiles};
pub use reader::ExternalReader;
pub use reading_order::{
    QueueCounts, ReadingExtent, ReadingQueue, TOP_ROWS, estimated_time, rows_in_order, tiles_of_rows,
};
pub use readings::{ReadingStamp, StoredReading};
pub(crate) use readings::{boxes, reading, spaced_text};
pub use second_reviews::{ModelComparison, SecondQuestion};
pub use store::{ExternalImport, ExternalStore};
pub use text_index::{FoundTile, TextOrigin, TextPattern};
pub use tile_evidence::{EvidenceRequest, TextState, TileEvidence, find_evidence};

/// A vision model's review of one tile for one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineReview {
    /// The sample with the query.
    pub sample: SampleKey,
    /// One of the sample's tiles.
    pub tile: TilePath,
    /// The model's judgement of its own answer.
    pub verdict: MachineVerdict,
    /// The answer that it read from the tile; it may be empty.
    pub answer: String,
}

text_enum! {
    /// A model's verdict on the answer that it gave from a tile. The words are those of
    /// `candidate_reviews.jsonl`.
    pub enum MachineVerdict {
        /// The tile answers the query.
        Correct = "CORRECT", "Correct";
        /// It gave an answer, and the answer is wrong.
        Wrong = "WRONG", "Wrong";
        /// It found no answer.
        CannotAnswer = "CANNOT_ANSWER", "Cannot answer";
    }
}

/// A score that a program gave to a tile for a query. Higher means nearer; scores of different
/// sources are not comparable.
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalScore {
    /// The sample with the query.
    pub sample: SampleKey,
    /// One of the sample's tiles.
    pub tile: TilePath,
    /// The program, or one of its models.
    pub source: String,
    /// The score, which is finite.
    pub score: f32,
}

/// The text on a tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileText {
    /// A tile of some row.
    pub tile: TilePath,
    /// The text, as the reading program gave it.
    pub text: String,
}
