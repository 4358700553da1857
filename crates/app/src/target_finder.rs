//! On the thread that answers questions: to which other rows a judgement could be carried over. Keeps what that takes from one
//! question to the next. Knows nothing of panels, and of what is said already.

use std::sync::Arc;

use tilejury_audit::Relevance;
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::propagation::{PropagationTarget, TargetSearch};
use tilejury_audit::search::SearchIndex;
use tilejury_audit::suspicion::fingerprints::PixelCopies;
use tilejury_audit::suspicion::{SuspicionSettings, WordWeights};
use tilejury_data::{Dataset, TilePath};

/// A sample, and what was said of its tiles.
pub(crate) struct TargetQuery {
    /// Questions count up: one with a lower number than the last is stale.
    pub(crate) number: u64,
    pub(crate) sample: usize,
    pub(crate) marks: Vec<(TilePath, Relevance)>,
}

/// What is kept.
#[derive(Default)]
pub(crate) struct TargetFinder {
    /// Made for the first question.
    words: Option<WordWeights>,
    /// `None` as long as no picture was looked at.
    pub(crate) copies: Option<Arc<PixelCopies>>,
}

impl TargetFinder {
    /// The answer. `all` cancels once nobody listens, `this` also once this question is stale.
    pub(crate) fn find(
        &mut self,
        dataset: &Dataset,
        index: &SearchIndex,
        question: &TargetQuery,
        all: &dyn Progress,
        this: &dyn Progress,
    ) -> Result<Vec<PropagationTarget>, Cancelled> {
        // The words serve every later question, too: only the end of all stops their making.
        let words = match self.words.take() {
            Some(words) => words,
            None => WordWeights::read(dataset, all)?,
        };
        let words = &*self.words.insert(words);
        let near_query = SuspicionSettings::default().near_query;
        let search = TargetSearch { dataset, index, words, copies: self.copies.as_deref(), near_query };
        search.find(question.sample, &question.marks, this)
    }
}
