//! Under which name a set is judged, and who else judged it.
//!
//! A name given to this opening comes first, then the one that was last used for the set, then the one for all sets.

use std::collections::BTreeMap;

use tilejury_data::DatasetFingerprint;

/// What is known of the annotator before a set is open.
#[derive(Clone, Debug, Default)]
pub(crate) struct AnnotatorChoice {
    /// The name that was given for this opening: by `--annotator`, or in the window.
    pub(crate) named: Option<String>,
    /// The names that were last used, by the sets' fingerprints.
    pub(crate) remembered: BTreeMap<String, String>,
    /// The name for all other sets.
    pub(crate) default: String,
}

impl AnnotatorChoice {
    /// The name to judge a set under, and whether it was chosen for this set.
    pub(crate) fn for_set(&self, dataset: DatasetFingerprint) -> (String, bool) {
        let chosen = self.named.as_ref().or_else(|| self.remembered.get(&dataset.to_string()));
        (chosen.unwrap_or(&self.default).clone(), chosen.is_some())
    }
}

/// The annotators of a set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Annotators {
    /// Those other than the present one, with how many rows each judged, the most first.
    others: Vec<(String, usize)>,
    /// The present name was not chosen for this set, and nothing is judged under it, but under others: is it the right one?
    is_in_doubt: bool,
}

impl Annotators {
    /// `judged_rows`: of everybody whose judgements are stored. `chosen`: was `annotator` chosen for this set?
    pub(crate) fn new(judged_rows: BTreeMap<String, usize>, annotator: &str, chosen: bool) -> Self {
        let is_new = !judged_rows.contains_key(annotator);
        let mut others: Vec<(String, usize)> = judged_rows.into_iter().filter(|(name, _)| name != annotator).collect();
        others.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let is_in_doubt = is_new && !chosen && others.iter().any(|(_, rows)| *rows > 0);
        Self { others, is_in_doubt }
    }

    pub(crate) fn others(&self) -> &[(String, usize)] {
        &self.others
    }

    /// Those to whom the judgements here belong, where the present name may be the wrong one; else nobody.
    pub(crate) fn in_question(&self) -> impl Iterator<Item = &(String, usize)> {
        self.others.iter().filter(|(_, rows)| self.is_in_doubt && *rows > 0)
    }

    /// The present name is right.
    pub(crate) fn confirm(&mut self) {
        self.is_in_doubt = false;
    }
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
