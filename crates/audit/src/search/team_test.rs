//! The filter of rows behind a number of the team page: `team:ann=today`.

use crate::overview::TeamNumber;

use super::DatasetNames;

/// A number of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TeamTest {
    pub(super) annotator: String,
    pub(super) number: TeamNumber,
}

impl TeamTest {
    /// Parses `NAME=WORD`; `None` if it is unfinished.
    ///
    /// # Errors
    /// When there is no such number, or nobody of that name once the names are known; in words.
    pub(super) fn parse(text: &str, dataset_names: &DatasetNames) -> Result<Option<Self>, String> {
        let Some((annotator, word)) = text.rsplit_once('=').filter(|(_, word)| !word.is_empty()) else {
            return Ok(None);
        };
        let Ok(number) = word.parse() else {
            let words: Vec<&str> = TeamNumber::ALL.iter().map(|number| number.word()).collect();
            return Err(format!("`{word}` is no number of the team; write one of {}", words.join(", ")));
        };
        let is_of = |known: &String| known.rsplit_once('=').is_some_and(|(name, _)| name == annotator);
        if dataset_names.team.as_ref().is_some_and(|words| !words.iter().any(is_of)) {
            return Err(format!("nobody of the team is called `{annotator}`"));
        }
        Ok(Some(Self { annotator: annotator.to_owned(), number }))
    }

    /// The meaning of a complete value.
    pub(super) fn meaning(word: &str) -> &'static str {
        let number = word.rsplit_once('=').and_then(|(_, word)| word.parse::<TeamNumber>().ok());
        number.map_or("", TeamNumber::label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Search;

    #[test]
    fn a_number_of_a_person_is_named_in_full() {
        let known = DatasetNames {
            team: Some(vec!["ann b=today".to_owned(), "ann b=gold-failed".to_owned()]),
            ..DatasetNames::default()
        };
        let parse = |text: &str, names: &DatasetNames| TeamTest::parse(text, names);
        let expected = TeamTest { annotator: "ann b".to_owned(), number: TeamNumber::GoldFailed };
        assert_eq!(parse("ann b=gold-failed", &known), Ok(Some(expected.clone())));
        assert_eq!(parse("ann b=gold-failed", &DatasetNames::default()), Ok(Some(expected)));
        for unfinished in ["ann b", "ann b=", ""] {
            assert_eq!(parse(unfinished, &known), Ok(None), "{unfinished}");
        }
        assert!(parse("ann b=gold", &known).unwrap_err().contains("write one of today, part, pace"));
        assert_eq!(parse("cy=today", &known).unwrap_err(), "nobody of the team is called `cy`");
        // Before the team was counted, anybody may be of it.
        assert!(parse("cy=today", &DatasetNames::default()).unwrap().is_some());
        let search = Search::parse("team:\"ann b=today\"", &known).unwrap();
        assert!(search.needs_team() && search.depends_on_judgements() && !search.needs_rows());
    }
}
