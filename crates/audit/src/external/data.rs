//! The results of other programs for a dataset, by sample. Read once; adds nothing of its own.

use std::collections::HashMap;

use tilejury_data::{Dataset, SampleKey};

use tilejury_text::{TextWords, WordFrequencies};

use super::comparisons::{TextComparisons, compare_all};
use super::{AnswerFinder, AnswersInTexts, ExternalScore, ExternalStore, MachineReview};
use crate::progress::{Cancelled, Progress, Stage};
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

    /// Reads all of a file. Reports the texts; the inner error is that `progress` cancelled the
    /// work.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(
        external: &ExternalStore,
        dataset: &Dataset,
        progress: &dyn Progress,
    ) -> Result<Result<Self, Cancelled>, SidecarError> {
        let (texts, rows) = (external.tile_text_count()?, dataset.samples.len());
        let total = if texts == 0 { 0 } else { texts + rows };
        let report = |done| progress.report(Stage::Rows.step(done, total));
        if report(0).is_err() {
            return Ok(Err(Cancelled));
        }
        let (reviews, scores) = (external.reviews()?, external.scores()?);
        let mut answers = AnswerFinder::new(dataset);
        let mut frequencies = WordFrequencies::default();
        let (mut done, mut cancelled) = (0, Ok(()));
        external.tile_texts(&mut |text| {
            answers.read(&text.tile, &text.text);
            frequencies.add(&TextWords::new(&text.text));
            done += 1;
            if done % TEXTS_AT_ONCE == 0 {
                cancelled = report(done);
            }
            cancelled.is_ok()
        })?;
        if cancelled.is_err() {
            return Ok(Err(Cancelled));
        }
        let mut data = Self::new(reviews, scores, answers.finish());
        if texts > 0 {
            let mut go_on = |row: usize| !row.is_multiple_of(TEXTS_AT_ONCE) || report(texts + row).is_ok();
            match compare_all(external, dataset, frequencies, texts, &mut go_on)? {
                Some(comparisons) => data.comparisons = comparisons,
                None => return Ok(Err(Cancelled)),
            }
        }
        Ok(Ok(data))
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
