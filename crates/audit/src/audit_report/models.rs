//! The models at an endpoint in a report: how they graded the set, what their controls show, and
//! what people said to their grades in an audit. Counts and words; the answers of people are
//! counted by the caller.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tilejury_data::{Dataset, SampleKey, TilePath};
use tilejury_stats::{Level, clopper_pearson};

use super::content::{ControlShare, GradeFigures, ModelFigures, PeopleSaid};
use super::numbers::{interval, ratio};
use super::page::Block;
use crate::audits::percent;
use crate::external::{ANSWERS_FROM, AskedModels, HIGHEST_GRADE, QuestionKind};
use crate::text::{count, grouped};

/// The figures of each model over the rows of the set, by name.
pub(super) fn models(dataset: &Dataset, asked: &AskedModels) -> Vec<ModelFigures> {
    let is_here = |key: SampleKey| dataset.find(key).is_some();
    let mut names: BTreeSet<&str> = asked.controls.iter().map(|(model, _)| model.as_str()).collect();
    names.extend(asked.reviews.iter().map(|review| review.source.as_str()));
    let figures = names.into_iter().map(|model| {
        let reviews = || asked.reviews.iter().filter(|review| review.source == model && is_here(review.sample));
        let controls = asked.controls.iter().filter(|(name, _)| name == model).flat_map(|(_, grades)| grades);
        let controls: Vec<_> = controls.filter(|(sample, _)| is_here(*sample)).map(|(_, control)| control).collect();
        let share = |kind: QuestionKind, finds: bool| {
            let of: Vec<bool> = controls
                .iter()
                .filter(|control| control.kind == kind)
                .map(|control| (control.grade >= ANSWERS_FROM) == finds)
                .collect();
            let (right, asked) = (of.iter().filter(|right| **right).count() as u64, of.len() as u64);
            let ends = clopper_pearson(right as f64, asked as f64, Level::USUAL).filter(|_| asked > 0)?;
            Some(ControlShare { right, asked, low: ends.low, high: ends.high })
        };
        ModelFigures {
            model: model.to_owned(),
            grades: (0..=HIGHEST_GRADE).map(|grade| reviews().filter(|review| review.grade == grade).count()).collect(),
            verified: reviews().filter(|review| review.verified == Some(true)).count(),
            sensitivity: share(QuestionKind::Positive, true),
            specificity: share(QuestionKind::Foreign, false),
        }
    });
    figures
        .filter(|of| of.grades.iter().sum::<usize>() > 0 || of.sensitivity.is_some() || of.specificity.is_some())
        .collect()
}

/// Chooses negatives of rows.
type AdmitsNegative<'f> = dyn Fn(SampleKey, &TilePath) -> bool + 'f;

/// The answers of people to each grade of each model. `count` counts those to the negatives that a
/// function admits.
pub(super) fn by_grade(asked: &AskedModels, count: &dyn Fn(&AdmitsNegative<'_>) -> PeopleSaid) -> Vec<GradeFigures> {
    let mut said: BTreeMap<&str, HashMap<(SampleKey, &TilePath), u8>> = BTreeMap::new();
    for review in &asked.reviews {
        said.entry(&review.source).or_default().insert((review.sample, &review.tile), review.grade);
    }
    let mut all = Vec::new();
    for (model, grades) in said {
        for grade in 0..=HIGHEST_GRADE {
            let said = count(&|sample, tile| grades.get(&(sample, tile)) == Some(&grade));
            if said.any() {
                all.push(GradeFigures { model: model.to_owned(), grade, said });
            }
        }
    }
    all
}

/// The model in sentences.
pub(super) fn in_words(found: &ModelFigures, page: &mut Vec<Block>) {
    let grades: Vec<String> = found
        .grades
        .iter()
        .enumerate()
        .map(|(grade, reviews)| format!("{} of grade {grade}", grouped(*reviews)))
        .collect();
    let mut text = format!(
        "Reviews by the model {} over all rows: {}. The words that it copied are on the tile in {}.",
        found.model,
        grades.join(", "),
        count(found.verified, "review")
    );
    let share = |of: &ControlShare| {
        let [right, asked] = [of.right, of.asked].map(|number| grouped(number as usize));
        format!("{right} of {asked} (95 %: {} to {})", percent(of.low), percent(of.high))
    };
    let mut parts = Vec::new();
    parts.extend(found.sensitivity.as_ref().map(|of| format!("found {} of the rows' own positives", share(of))));
    parts.extend(found.specificity.as_ref().map(|of| format!("passed over {} of foreign tiles", share(of))));
    if !parts.is_empty() {
        text += &format!(
            " By its controls, it {}. Controls are easier than hard negatives, so this is optimistic.",
            parts.join(" and ")
        );
    }
    page.push(Block::paragraph(text));
}

/// A table of the answers of people to the words of a machine. `word` names these.
pub(super) fn people_said<'f>(word: &str, rows: impl Iterator<Item = (String, &'f PeopleSaid)>) -> Block {
    let cells = |(word, said): (String, &PeopleSaid)| {
        vec![
            word,
            grouped(said.negatives as usize),
            grouped(said.relevant as usize),
            ratio(said.relevant, said.negatives),
            interval(said.low, said.high),
            grouped(said.open as usize),
        ]
    };
    let head = [word, "decided by people", "relevant", "share", "interval", "open"];
    Block::table(&head, 1..6, rows.map(cells).collect())
}

/// The grades of each model against the answers of people in an audit, as tables.
pub(super) fn tables(audit: &str, found: &[GradeFigures], page: &mut Vec<Block>) {
    let models: BTreeSet<&str> = found.iter().map(|of| of.model.as_str()).collect();
    for model in models {
        let rows = found.iter().filter(|of| of.model == model).map(|of| (of.grade.to_string(), &of.said));
        page.push(Block::Subheading(format!("What people said to the grades of {model} in “{audit}”")));
        page.push(people_said("grade of a negative", rows));
    }
}
