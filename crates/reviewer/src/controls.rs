//! The measure of a model by its controls: how often it finds the rows' own positives, and how
//! often it does not find foreign tiles.
//!
//! An estimate only, and an optimistic one: positives may be wrong, which makes the model look
//! worse, but foreign tiles are easier than hard negatives, and positives easier than false
//! negatives. Human judgements measure the model itself.

use std::collections::HashSet;

use tilejury_audit::external::{ANSWERS_FROM, ControlGrade, ExternalStore, QuestionKind};
use tilejury_audit::sidecar::SidecarError;
use tilejury_data::{Dataset, SampleKey};
use tilejury_stats::{Interval, Level, clopper_pearson};

/// The counts of a model's controls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ControlEstimate {
    /// Own positives that were asked about, and those that the model found to answer.
    pub positives: (u64, u64),
    /// Foreign tiles that were asked about, and those that the model found not to answer.
    pub foreign: (u64, u64),
}

impl ControlEstimate {
    /// The share of relevant tiles that the model finds, with 95 % confidence; `None` without
    /// controls (Clopper & Pearson 1934).
    pub fn sensitivity(&self) -> Option<Interval> {
        interval(self.positives)
    }

    /// The share of other tiles that it does not find, with 95 % confidence; `None` without
    /// controls.
    pub fn specificity(&self) -> Option<Interval> {
        interval(self.foreign)
    }
}

fn interval((asked, right): (u64, u64)) -> Option<Interval> {
    clopper_pearson(right as f64, asked as f64, Level::USUAL).filter(|_| asked > 0)
}

/// The measures of one model by its controls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelControls {
    /// The model, under the name that it was asked by.
    pub model: String,
    /// The measure by grades alone.
    pub first: ControlEstimate,
    /// The measure of both stages together; `None` if no control had a second.
    pub both: Option<ControlEstimate>,
}

/// Counts the controls of a model in a file of answers.
///
/// # Errors
/// When the file cannot be read.
pub fn model_controls(dataset: &Dataset, store: &ExternalStore, model: &str) -> Result<ModelControls, SidecarError> {
    let grades = store.control_grades(model)?;
    let both = grades.iter().any(|(_, control)| control.second.is_some());
    Ok(ModelControls {
        model: model.to_owned(),
        first: estimate_controls(dataset, &grades),
        both: both.then(|| estimate_both_stages(dataset, &grades)),
    })
}

/// Counts the controls of all models that have any, by name.
///
/// # Errors
/// When the file cannot be read.
pub fn all_controls(dataset: &Dataset, store: &ExternalStore) -> Result<Vec<ModelControls>, SidecarError> {
    let models = store.control_models()?;
    let counted = models.iter().map(|model| model_controls(dataset, store, model));
    let has_any = |of: &ModelControls| of.first.positives.0 + of.first.foreign.0 > 0;
    counted.filter(|of| of.as_ref().map_or(true, has_any)).collect()
}

/// Counts the controls of the samples of a dataset, by their grades alone.
pub fn estimate_controls(dataset: &Dataset, grades: &[(SampleKey, ControlGrade)]) -> ControlEstimate {
    estimate(dataset, grades, |control| control.grade >= ANSWERS_FROM)
}

/// Counts the same after the second stage, which may overrule the grades of doubtful ones.
pub fn estimate_both_stages(dataset: &Dataset, grades: &[(SampleKey, ControlGrade)]) -> ControlEstimate {
    estimate(dataset, grades, |control| {
        control.second.map_or(control.grade >= ANSWERS_FROM, |second| second.confirms(control.grade))
    })
}

fn estimate(
    dataset: &Dataset,
    grades: &[(SampleKey, ControlGrade)],
    answers: impl Fn(&ControlGrade) -> bool,
) -> ControlEstimate {
    let keys: HashSet<SampleKey> = dataset.samples.iter().map(|entry| entry.key).collect();
    let mut estimate = ControlEstimate::default();
    for (_, control) in grades.iter().filter(|(sample, _)| keys.contains(sample)) {
        let answers = answers(control);
        match control.kind {
            QuestionKind::Positive => {
                estimate.positives.0 += 1;
                estimate.positives.1 += u64::from(answers);
            }
            QuestionKind::Foreign => {
                estimate.foreign.0 += 1;
                estimate.foreign.1 += u64::from(!answers);
            }
            QuestionKind::Review => {}
        }
    }
    estimate
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tilejury_testkit::Set;

    use super::*;

    #[test]
    fn a_second_stage_overrules_grades() {
        use tilejury_audit::external::{PairOutcome, SecondReview};
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&Set::plain(1, 1).write(dir.path())).unwrap();
        let (yes, no) = (PairOutcome::Above, PairOutcome::DoesNotAnswer);
        let control = |kind, grade, tile_first, positive_first| {
            let second = Some(SecondReview { tile_first, positive_first });
            (dataset.samples[0].key, ControlGrade { kind, grade, second })
        };
        let grades = [
            control(QuestionKind::Positive, 1, yes, yes),
            control(QuestionKind::Positive, 2, yes, no),
            control(QuestionKind::Foreign, 3, no, no),
            control(QuestionKind::Foreign, 3, yes, yes),
        ];
        let both = estimate_both_stages(&dataset, &grades);
        assert_eq!(both, ControlEstimate { positives: (2, 2), foreign: (2, 1) });
        assert_eq!(estimate_controls(&dataset, &grades), ControlEstimate { positives: (2, 1), foreign: (2, 0) });
    }

    #[test]
    fn controls_count_for_their_own_dataset() {
        let dir = tempfile::tempdir().unwrap();
        let dataset = Dataset::open(&Set::plain(2, 1).write(dir.path())).unwrap();
        let key = dataset.samples[0].key;
        let control = |kind, grade| (key, ControlGrade { kind, grade, second: None });
        let mut grades = vec![
            control(QuestionKind::Positive, 3),
            control(QuestionKind::Positive, 2),
            control(QuestionKind::Positive, 1),
            control(QuestionKind::Foreign, 1),
            control(QuestionKind::Foreign, 2),
        ];
        grades.push((SampleKey(1), ControlGrade { kind: QuestionKind::Foreign, grade: 3, second: None }));
        let estimate = estimate_controls(&dataset, &grades);
        assert_eq!(estimate, ControlEstimate { positives: (3, 2), foreign: (2, 1) });
        let sensitivity = estimate.sensitivity().unwrap();
        // Of 2 of 3, by the tables of the exact interval.
        assert!((sensitivity.low - 0.0943).abs() < 1e-4 && (sensitivity.high - 0.9916).abs() < 1e-4);
        assert_eq!(ControlEstimate::default().specificity(), None);
    }
}
