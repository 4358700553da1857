//! The targets of a propagation, found on the thread that answers questions. It keeps the word
//! weights and copies between questions. It must not know panels, nor judgements of other rows.

use std::sync::Arc;

use tilejury_audit::Relevance;
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_audit::propagation::{PropagationTarget, TargetSearch};
use tilejury_audit::search::SearchIndex;
use tilejury_audit::suspicion::fingerprints::PixelCopies;
use tilejury_audit::suspicion::{SuspicionSettings, WordWeights};
use tilejury_data::{Dataset, SampleIndex, TilePath};

/// A question for the rows that marks of a sample could be applied to.
pub(crate) struct TargetQuery {
    /// Numbers grow: a question with a lower number than the last is stale.
    pub(crate) number: u64,
    pub(crate) sample: SampleIndex,
    pub(crate) marks: Vec<(TilePath, Relevance)>,
}

/// The data that is kept between questions.
#[derive(Default)]
pub(crate) struct TargetFinder {
    /// Read for the first question.
    words: Option<WordWeights>,
    /// `None` until a pixel scan has results.
    pub(crate) copies: Option<Arc<PixelCopies>>,
}

impl TargetFinder {
    /// Finds the targets. `all` cancels once the set is closed, `this` also once this question is
    /// stale.
    pub(crate) fn find(
        &mut self,
        dataset: &Dataset,
        index: &SearchIndex,
        question: &TargetQuery,
        all: &dyn Progress,
        this: &dyn Progress,
    ) -> Result<Vec<PropagationTarget>, Cancelled> {
        // Later questions need the words too: only closing the set stops reading them.
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
