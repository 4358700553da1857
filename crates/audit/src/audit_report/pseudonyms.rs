//! The names under which a report lists annotators: numbers, unless names are wanted.

use std::collections::BTreeMap;

use crate::role::is_machine;

/// The shown name of each annotator.
pub(super) struct Pseudonyms(BTreeMap<String, String>);

impl Pseudonyms {
    /// Numbers annotators in the order in which they come. Machines keep their names, and so does
    /// everybody if names are shown.
    pub(super) fn new<'n>(annotators: impl Iterator<Item = &'n str>, names: bool) -> Self {
        let (mut shown, mut people) = (BTreeMap::new(), 0);
        for name in annotators {
            if shown.contains_key(name) {
                continue;
            }
            let as_it_is = names || is_machine(name);
            people += usize::from(!as_it_is);
            shown.insert(name.to_owned(), if as_it_is { name.to_owned() } else { format!("annotator {people}") });
        }
        Self(shown)
    }

    /// The shown name of one of the annotators.
    pub(super) fn shown(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }
}

/// A key that sorts `annotator 2` before `annotator 10`.
pub(super) fn natural(name: &str) -> (usize, &str) {
    let number = name.strip_prefix("annotator ").and_then(|number| number.parse().ok());
    (number.unwrap_or(usize::MAX), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_numbered_and_machines_are_named() {
        let all = ["bo", "machine:x", "ada", "bo"];
        let numbered = Pseudonyms::new(all.into_iter(), false);
        assert_eq!(all.map(|name| numbered.shown(name)), ["annotator 1", "machine:x", "annotator 2", "annotator 1"]);
        assert_eq!(Pseudonyms::new(all.into_iter(), true).shown("ada"), "ada");
    }
}
