//! The results of other programs for a dataset, by sample. Adds nothing of its own; `reader.rs`
//! reads them.

use std::collections::HashMap;

use tilejury_data::SampleKey;

use super::comparisons::TextComparisons;
use super::{AnswersInTexts, ExternalScore, MachineReview, ModelReview};

/// Everything that was imported and belongs to a dataset's samples.
#[derive(Clone, Debug, Default)]
pub struct ExternalSignals {
    /// By sample.
    reviews: HashMap<SampleKey, Vec<MachineReview>>,
    /// By sample.
    model_reviews: HashMap<SampleKey, Vec<ModelReview>>,
    /// By sample.
    scores: HashMap<SampleKey, Vec<ExternalScore>>,
    /// The occurrences of rows' answers in texts.
    pub answers: AnswersInTexts,
    /// The texts of rows' tiles, compared with their queries and positives.
    pub comparisons: TextComparisons,
}

impl ExternalSignals {
    /// Sorts the results by sample.
    pub fn new(reviews: Vec<MachineReview>, scores: Vec<ExternalScore>, answers: AnswersInTexts) -> Self {
        let mut data = Self { answers, ..Self::default() };
        reviews.into_iter().for_each(|review| data.reviews.entry(review.sample).or_default().push(review));
        scores.into_iter().for_each(|score| data.scores.entry(score.sample).or_default().push(score));
        data
    }

    /// Adds the reviews of models at an endpoint.
    pub fn with_model_reviews(mut self, reviews: Vec<ModelReview>) -> Self {
        reviews.into_iter().for_each(|review| self.model_reviews.entry(review.sample).or_default().push(review));
        self
    }

    /// Returns a sample's reviews by models at an endpoint, of every model.
    pub fn model_reviews_of(&self, sample: SampleKey) -> &[ModelReview] {
        self.model_reviews.get(&sample).map_or(&[], Vec::as_slice)
    }

    /// Returns the same without the reviews by models at an endpoint.
    pub fn without_model_reviews(&self) -> Self {
        Self { model_reviews: HashMap::default(), ..self.clone() }
    }

    /// Returns the same without the reviews by one model.
    #[must_use]
    pub fn without_model(mut self, model: &str) -> Self {
        self.model_reviews.values_mut().for_each(|reviews| reviews.retain(|review| review.source != model));
        self
    }

    /// Returns the same without the scores of the sources that a test names.
    #[must_use]
    pub fn without_scores(mut self, is_left_out: impl Fn(&str) -> bool) -> Self {
        self.scores.values_mut().for_each(|scores| scores.retain(|score| !is_left_out(&score.source)));
        self
    }

    /// Returns a sample's imported reviews.
    pub fn reviews_of(&self, sample: SampleKey) -> &[MachineReview] {
        self.reviews.get(&sample).map_or(&[], Vec::as_slice)
    }

    /// Returns a sample's scores, of every source.
    pub fn scores_of(&self, sample: SampleKey) -> &[ExternalScore] {
        self.scores.get(&sample).map_or(&[], Vec::as_slice)
    }
}
