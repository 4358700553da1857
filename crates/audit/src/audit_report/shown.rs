//! The things that the window did not hide with the answers of an audit: whether these were given
//! blind. Says nothing about what a person looked for.

use std::collections::BTreeMap;

use serde::Serialize;
use tilejury_data::Dataset;

use super::rows::found;
use crate::audits::Audit;
use crate::text::count;
use crate::visible::{Shown, Visible};

/// Answers with the same things visible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct ShownFigures {
    /// The words of the things; null for answers without a record, such as those of lines.
    pub(super) visible: Option<Vec<&'static str>>,
    /// The answers of annotators. Those of an adjudicator are not among them.
    pub(super) answers: usize,
    #[serde(skip)]
    set: Option<Visible>,
}

/// The answers of all annotators by what was visible, the most first.
pub(super) fn shown(dataset: &Dataset, audit: &Audit) -> Vec<ShownFigures> {
    let mut counts: BTreeMap<Option<Vec<&'static str>>, (Option<Visible>, usize)> = BTreeMap::new();
    for (name, answers) in audit.answers() {
        let samples = audit.rows.iter().filter_map(|key| Some(found(dataset, *key)?.1));
        for sample in samples.filter(|sample| audit.answer_of(name, sample).is_some()) {
            let set = answers.origins.verdict_origin(sample.key).visible;
            let words = set.map(|set| set.iter().map(Shown::word).collect());
            counts.entry(words).or_insert((set, 0)).1 += 1;
        }
    }
    let figures = counts.into_iter().map(|(visible, (set, answers))| ShownFigures { visible, answers, set });
    let mut figures: Vec<ShownFigures> = figures.collect();
    figures.sort_by_key(|one| std::cmp::Reverse(one.answers));
    figures
}

/// The figures in a sentence; nothing without answers.
pub(super) fn in_words(figures: &[ShownFigures]) -> Option<String> {
    let parts: Vec<String> =
        figures.iter().map(|one| format!("{} {}", count(one.answers, "answer"), manner(one.set))).collect();
    (!parts.is_empty()).then(|| format!("By the record of each answer: {}.", parts.join("; ")))
}

/// The way in which answers with this set visible were given.
fn manner(visible: Option<Visible>) -> String {
    let Some(visible) = visible else { return "without a record of what was shown".to_owned() };
    if visible == Visible::NONE {
        return "blind, without the roles of tiles".to_owned();
    }
    if visible == Visible::NONE.with(Shown::Roles) {
        return "blind".to_owned();
    }
    if visible == Visible::ALL {
        return "with everything shown".to_owned();
    }
    let labels: Vec<&str> = visible.iter().map(Shown::label).collect();
    format!("with {} shown", labels.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_answering_has_its_words() {
        let figures = |answers: usize, set: Option<Visible>| ShownFigures { visible: None, answers, set };
        let some = Visible::NONE.with(Shown::Signals).with(Shown::Roles);
        let all = [
            figures(1200, Some(Visible::NONE.with(Shown::Roles))),
            figures(30, Some(Visible::NONE)),
            figures(4, Some(some)),
            figures(3, Some(Visible::ALL)),
            figures(1, None),
        ];
        let words = "By the record of each answer: 1,200 answers blind; 30 answers blind, without the roles of tiles; \
                     4 answers with signals, roles of tiles shown; 3 answers with everything shown; \
                     1 answer without a record of what was shown.";
        assert_eq!(in_words(&all).as_deref(), Some(words));
        assert_eq!(in_words(&[]), None);
    }
}
