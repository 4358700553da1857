//! The word that is stored on all tiles of a set, and the answers that differ from it. Stores
//! nothing.

use super::answer::{RowAnswer, Say};
use crate::judgement::Relevance;
use crate::text_enum::text_enum;

text_enum! {
    /// The word that is stored on all tiles of a set.
    pub enum TileWord {
        /// They answer their queries.
        Relevant = "relevant", "relevant";
        /// They do not.
        NotRelevant = "not_relevant", "not relevant";
    }
}

impl TileWord {
    /// The mark that it is stored as.
    pub fn relevance(self) -> Relevance {
        match self {
            Self::Relevant => Relevance::Relevant,
            Self::NotRelevant => Relevance::NotRelevant,
        }
    }

    /// Whether an answer to a drawn tile differs from the word. Undecided and broken ones do.
    pub(super) fn is_wrong(self, said: Say) -> bool {
        said != match self {
            Self::Relevant => Say::Yes,
            Self::NotRelevant => Say::No,
        }
    }

    /// The number of drawn tiles of a row that differ from the word.
    pub(super) fn wrong_in(self, answer: &RowAnswer) -> u64 {
        answer.negatives.values().filter(|said| self.is_wrong(**said)).count() as u64
    }
}
