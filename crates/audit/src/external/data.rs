//! The results of other programs for a dataset, by sample. Read once; adds nothing of its own.

use std::collections::HashMap;

use tilejury_data::{Dataset, SampleKey};

use super::{AnswerFinder, Answers, ExternalScore, ExternalStore, MachineReview};
use crate::sidecar::SidecarError;

/// Texts to read between two checks for cancellation.
const TEXTS_AT_ONCE: usize = 256;

/// Everything that was imported and belongs to a dataset's samples.
#[derive(Clone, Debug, Default)]
pub struct ExternalSignals {
    /// By sample.
    reviews: HashMap<SampleKey, Vec<MachineReview>>,
    /// By sample.
    scores: HashMap<SampleKey, Vec<ExternalScore>>,
    /// The occurrences of rows' answers in texts.
    pub answers: Answers,
}

impl ExternalSignals {
    /// Sorts the results by sample.
    pub fn new(reviews: Vec<MachineReview>, scores: Vec<ExternalScore>, answers: Answers) -> Self {
        let mut data = Self { answers, ..Self::default() };
        reviews.into_iter().for_each(|review| data.reviews.entry(review.sample).or_default().push(review));
        scores.into_iter().for_each(|score| data.scores.entry(score.sample).or_default().push(score));
        data
    }

    /// Reads all of a file. `go_on` is told how many texts of how many are done and stops the work
    /// by returning `false`; then `None` is returned.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        external: &ExternalStore,
        dataset: &Dataset,
        go_on: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Option<Self>, SidecarError> {
        let total = external.text_count()?;
        if !go_on(0, total) {
            return Ok(None);
        }
        let (reviews, scores) = (external.reviews()?, external.scores()?);
        let mut answers = AnswerFinder::new(dataset);
        let (mut done, mut stopped) = (0, false);
        if !answers.is_idle() {
            external.texts(&mut |text| {
                answers.read(&text.tile, &text.text);
                done += 1;
                stopped = done % TEXTS_AT_ONCE == 0 && !go_on(done, total);
                !stopped
            })?;
        }
        Ok((!stopped).then(|| Self::new(reviews, scores, answers.finish())))
    }

    /// Returns a sample's reviews.
    pub fn reviews_of(&self, sample: SampleKey) -> &[MachineReview] {
        self.reviews.get(&sample).map_or(&[], Vec::as_slice)
    }

    /// Returns a sample's scores, of every source.
    pub fn scores_of(&self, sample: SampleKey) -> &[ExternalScore] {
        self.scores.get(&sample).map_or(&[], Vec::as_slice)
    }
}
