//! The evidence that a ranking may use, one kind at a time and together.

use std::path::Path;

use tilejury_audit::external::{
    AnswersInTexts, ExternalScore, ExternalSignals, ExternalStore, MachineReview, TextComparisons,
};
use tilejury_audit::progress::{Cancelled, Progress};
use tilejury_data::Dataset;

/// A choice of evidence.
pub(super) struct Condition {
    pub(super) name: &'static str,
    pub(super) text: bool,
    pub(super) answers: bool,
    pub(super) embeddings: bool,
    pub(super) scores: bool,
    pub(super) reviews: bool,
}

const NOTHING: Condition =
    Condition { name: "nothing", text: false, answers: false, embeddings: false, scores: false, reviews: false };
const TEXT: Condition = Condition { name: "text", text: true, ..NOTHING };
const ANSWERS: Condition = Condition { name: "text + answers", answers: true, ..TEXT };

/// The choices that are compared with the truth. Those without their evidence are left out.
pub(super) const CONDITIONS: &[Condition] = &[
    NOTHING,
    TEXT,
    ANSWERS,
    Condition { name: "embeddings", embeddings: true, ..NOTHING },
    Condition { name: "text + embeddings", embeddings: true, ..TEXT },
    Condition { name: "text + answers + embeddings", embeddings: true, ..ANSWERS },
    Condition { name: "scores", scores: true, ..NOTHING },
    Condition { name: "text + answers + scores", scores: true, ..ANSWERS },
    Condition { name: "reviews", reviews: true, ..NOTHING },
    Condition { name: "text + answers + reviews", reviews: true, ..ANSWERS },
    Condition { name: "scores + reviews", scores: true, reviews: true, ..NOTHING },
    Condition { name: "text + answers + scores + reviews", scores: true, reviews: true, ..ANSWERS },
    Condition {
        name: "text + answers + embeddings + scores + reviews",
        embeddings: true,
        scores: true,
        reviews: true,
        ..ANSWERS
    },
];

/// Everything that is known about a set.
#[derive(Clone)]
pub(super) struct Known {
    reviews: Vec<MachineReview>,
    scores: Vec<ExternalScore>,
    embeddings: Vec<ExternalScore>,
    answers: AnswersInTexts,
    comparisons: TextComparisons,
}

impl Known {
    /// Reads a file of imports. Scores of a source that is not among `scores` are embeddings.
    pub(super) fn read(
        file: &Path,
        dataset: &Dataset,
        scores: &[ExternalScore],
        progress: &dyn Progress,
    ) -> anyhow::Result<Self> {
        let store = ExternalStore::open(file)?;
        let external = ExternalSignals::read(&store, dataset, progress)?.map_err(|Cancelled| stopped())?;
        let is_score = |score: &ExternalScore| scores.iter().any(|other| other.source == score.source);
        let (scores, embeddings) = store.scores()?.into_iter().partition(is_score);
        let ExternalSignals { answers, comparisons, .. } = external;
        Ok(Self { reviews: store.reviews()?, scores, embeddings, answers, comparisons })
    }

    /// Adds scores of sources that are not known yet as embeddings.
    pub(super) fn with_embeddings(mut self, more: &[ExternalScore]) -> Self {
        let is_known = |source: &str| self.scores.iter().chain(&self.embeddings).any(|known| known.source == source);
        let more: Vec<ExternalScore> = more.iter().filter(|score| !is_known(&score.source)).cloned().collect();
        self.embeddings.extend(more);
        self
    }

    /// Returns the same with the texts of another file.
    pub(super) fn with_texts_of(
        &self,
        file: &Path,
        dataset: &Dataset,
        progress: &dyn Progress,
    ) -> anyhow::Result<Self> {
        let store = ExternalStore::open(file)?;
        let external = ExternalSignals::read(&store, dataset, progress)?.map_err(|Cancelled| stopped())?;
        let ExternalSignals { answers, comparisons, .. } = external;
        Ok(Self { answers, comparisons, ..self.clone() })
    }

    /// Returns the evidence of a condition; `None` if some of it is not known.
    pub(super) fn of(&self, condition: &Condition) -> Option<ExternalSignals> {
        let is_missing = (condition.reviews && self.reviews.is_empty())
            || (condition.scores && self.scores.is_empty())
            || (condition.embeddings && self.embeddings.is_empty());
        if is_missing {
            return None;
        }
        let reviews = if condition.reviews { self.reviews.clone() } else { Vec::new() };
        let mut scores = if condition.scores { self.scores.clone() } else { Vec::new() };
        if condition.embeddings {
            scores.extend(self.embeddings.iter().cloned());
        }
        let answers = if condition.answers { self.answers.clone() } else { AnswersInTexts::default() };
        let mut external = ExternalSignals::new(reviews, scores, answers);
        if condition.text {
            external.comparisons = self.comparisons.clone();
        }
        if !condition.answers {
            for negative in external.comparisons.rows.values_mut().flat_map(|row| &mut row.negatives) {
                (negative.answer, negative.answer_phrase) = (None, None);
            }
        }
        Some(external)
    }
}

fn stopped() -> anyhow::Error {
    anyhow::anyhow!("stopped")
}
