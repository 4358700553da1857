//! The name that a dataset is judged under, and the other annotators of the dataset.
//!
//! The name given for this opening is preferred, then the one last used for the dataset, then the
//! one for all datasets.

use std::collections::BTreeMap;

use tilejury_audit::Event;
use tilejury_audit::merge::JudgedRows;
use tilejury_data::{Dataset, DatasetFingerprint};

/// The annotator names known before a dataset is open.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnnotatorChoice {
    /// The name given for this opening, by `--annotator` or in the window.
    pub(crate) named: Option<String>,
    /// The names last used, by the datasets' fingerprints.
    pub(crate) remembered: BTreeMap<String, String>,
    /// The name for all other datasets.
    pub(crate) default: String,
}

impl AnnotatorChoice {
    /// Returns the name for a dataset, and whether it was chosen for this dataset.
    pub(crate) fn for_set(&self, dataset: DatasetFingerprint) -> (String, bool) {
        let chosen = self.named.as_ref().or_else(|| self.remembered.get(&dataset.to_string()));
        (chosen.unwrap_or(&self.default).clone(), chosen.is_some())
    }
}

/// The annotators of a dataset.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotators {
    /// All annotators but the current one with the number of rows each judged, the most first.
    others: Vec<(String, usize)>,
    /// The rows that each judged.
    judged: JudgedRows,
    /// Whether the current name may be the wrong one: it was not chosen for this dataset, and only
    /// others have judgements.
    is_in_doubt: bool,
}

impl Annotators {
    /// `judged_rows`: the counts of all annotators with stored judgements. `chosen`: whether
    /// `annotator` was chosen for this dataset.
    pub(crate) fn new(judged_rows: BTreeMap<String, usize>, annotator: &str, chosen: bool) -> Self {
        let is_new = !judged_rows.contains_key(annotator);
        let mut others: Vec<(String, usize)> = judged_rows.into_iter().filter(|(name, _)| name != annotator).collect();
        others.sort_by(most_first);
        let is_in_doubt = is_new && !chosen && others.iter().any(|(_, rows)| *rows > 0);
        Self { others, judged: JudgedRows::default(), is_in_doubt }
    }

    /// Knows the rows in the events of the counts too, so that later events can be added.
    pub(crate) fn with_rows(mut self, dataset: &Dataset, events: &[Event]) -> Self {
        self.judged.add(dataset, events);
        self
    }

    /// Counts what others judged since. `annotator`: the current one.
    pub(crate) fn add(&mut self, dataset: &Dataset, events: &[Event], annotator: &str) {
        if events.iter().all(|event| *event.annotator == *annotator) {
            return;
        }
        self.judged.add(dataset, events);
        for event in events.iter().filter(|event| *event.annotator != *annotator) {
            if !self.others.iter().any(|(name, _)| **name == *event.annotator) {
                self.others.push((event.annotator.to_string(), 0));
            }
        }
        for (name, rows) in self.judged.counts() {
            self.others.iter_mut().filter(|(other, _)| other == name).for_each(|(_, known)| *known = rows);
        }
        self.others.sort_by(most_first);
    }

    pub(crate) fn others(&self) -> &[(String, usize)] {
        &self.others
    }

    /// Returns the annotators to ask about if the current name may be the wrong one; otherwise
    /// none.
    pub(crate) fn in_question(&self) -> impl Iterator<Item = &(String, usize)> {
        self.others.iter().filter(|(_, rows)| self.is_in_doubt && *rows > 0)
    }

    /// Records that the current name is right.
    pub(crate) fn confirm(&mut self) {
        self.is_in_doubt = false;
    }
}

fn most_first(a: &(String, usize), b: &(String, usize)) -> std::cmp::Ordering {
    b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_this_opening_comes_first_then_the_sets_own() {
        let (one, other) = (DatasetFingerprint(1), DatasetFingerprint(2));
        let remembered = BTreeMap::from([(one.to_string(), "me".to_owned())]);
        let mut choice = AnnotatorChoice { named: None, remembered, default: "root".into() };
        assert_eq!(choice.for_set(one), ("me".into(), true));
        assert_eq!(choice.for_set(other), ("root".into(), false));
        choice.named = Some("ben".into());
        assert_eq!(choice.for_set(one), ("ben".into(), true));
    }

    #[test]
    fn only_a_new_name_that_nobody_chose_is_in_doubt() {
        let rows = |list: &[(&str, usize)]| list.iter().map(|(name, rows)| ((*name).to_owned(), *rows)).collect();
        let names = |annotators: &Annotators| -> Vec<String> {
            annotators.in_question().map(|(name, _)| name.clone()).collect()
        };
        let stored: BTreeMap<String, usize> = rows(&[("ann", 2), ("ben", 9), ("cy", 0)]);
        let mut annotators = Annotators::new(stored.clone(), "root", false);
        assert_eq!(names(&annotators), ["ben", "ann"]);
        assert_eq!(annotators.others().len(), 3);
        annotators.confirm();
        assert!(names(&annotators).is_empty());
        assert!(names(&Annotators::new(stored.clone(), "root", true)).is_empty());
        assert!(names(&Annotators::new(stored, "cy", false)).is_empty());
        assert!(names(&Annotators::new(rows(&[("cy", 0)]), "root", false)).is_empty());
    }
}
