//! The results of other programs for a dataset, by sample. Read once; adds nothing of its own.

use std::collections::HashMap;
use std::sync::mpsc::sync_channel;
use std::thread;

use parking_lot::Mutex;
use tilejury_data::{Dataset, SampleKey, cores};

use tilejury_text::{TextWords, WordFrequencies};

use super::comparisons::{TextComparisons, compare_all};
use super::{AnswerFinder, AnswersInTexts, ExternalScore, ExternalStore, MachineReview, TileText};
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
        let mut done = 0;
        let counted = count_words(external, &mut |text| {
            answers.read(&text.tile, &text.text);
            done += 1;
            done % TEXTS_AT_ONCE != 0 || report(done).is_ok()
        })?;
        let Some(frequencies) = counted else { return Ok(Err(Cancelled)) };
        let mut data = Self::new(reviews, scores, answers.finish());
        if texts > 0 {
            let mut go_on = |rows: usize| report(texts + rows).is_ok();
            match compare_all(external.path(), dataset, &frequencies, texts, &mut go_on)? {
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

/// Counts the words of all texts, on several threads, and passes each text to `each` on this one.
/// Stops and returns `None` when `each` returns `false`.
fn count_words(
    external: &ExternalStore,
    each: &mut dyn FnMut(&TileText) -> bool,
) -> Result<Option<WordFrequencies>, SidecarError> {
    let (out, texts) = sync_channel::<TileText>(TEXTS_AT_ONCE);
    let texts = Mutex::new(texts);
    thread::scope(|scope| {
        let count = || {
            let mut own = WordFrequencies::default();
            // The lock is held only while one text is taken.
            while let Ok(text) = { texts.lock().recv() } {
                own.add(&TextWords::new(&text.text));
            }
            own
        };
        let counters: Vec<_> = (0..cores()).map(|_| scope.spawn(count)).collect();
        let mut going = true;
        external.tile_texts(&mut |text| {
            going = each(&text);
            going && out.send(text).is_ok()
        })?;
        drop(out);
        let mut all = WordFrequencies::default();
        counters.into_iter().filter_map(|counter| counter.join().ok()).for_each(|own| all.merge(own));
        Ok(going.then_some(all))
    })
}
