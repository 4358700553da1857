//! Tests of the grades that models at an endpoint gave to a row's negatives: `review:>=2`, and of
//! one model alone, `review:qwen=>=2`.

use super::number::{self, NumberRange};
use crate::external::{ANSWERS_FROM, HIGHEST_GRADE};
use crate::suspicion::GradedNegative;

/// A test of the grades by any model, or by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ReviewTest {
    /// The model, or a part of its name, lower-cased; `None` for any.
    source: Option<String>,
    wanted: WantedGrade,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum WantedGrade {
    /// Whether there is one.
    Present(bool),
    Number(NumberRange),
}

impl ReviewTest {
    /// Parses what follows the colon; `None` if it is unfinished.
    ///
    /// # Errors
    /// If it is no number.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        let whole = wanted(text);
        if let Ok(wanted) = whole {
            return Ok(wanted.map(|wanted| Self { source: None, wanted }));
        }
        // A comparison has an equals sign, too, and so may a name.
        let parts = text.match_indices('=').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let mut of_model =
            parts.filter(|(name, _)| !name.is_empty()).filter_map(|(name, rest)| Some((name, wanted(rest).ok()?)));
        match of_model.next() {
            Some((name, wanted)) => Ok(wanted.map(|wanted| Self { source: Some(name.to_lowercase()), wanted })),
            None => whole.map(|_| None),
        }
    }

    /// Whether it asks for negatives that a model called relevant, and for no others.
    pub(super) fn is_of_relevant(&self) -> bool {
        let WantedGrade::Number(range) = &self.wanted else { return false };
        let admits = |grade: &u8| range.contains(&u64::from(*grade));
        (ANSWERS_FROM..=HIGHEST_GRADE).any(|grade| admits(&grade)) && !(0..ANSWERS_FROM).any(|grade| admits(&grade))
    }

    /// Whether the test holds for the reviews of a row's negatives.
    pub(super) fn holds(&self, reviews: &[GradedNegative]) -> bool {
        let is_asked = |review: &&GradedNegative| {
            self.source.as_deref().is_none_or(|name| review.source.to_lowercase().contains(name))
        };
        let mut grades = reviews.iter().filter(is_asked).map(|review| u64::from(review.grade));
        match &self.wanted {
            WantedGrade::Present(present) => grades.next().is_some() == *present,
            WantedGrade::Number(range) => grades.any(|grade| range.contains(&grade)),
        }
    }
}

fn wanted(text: &str) -> Result<Option<WantedGrade>, String> {
    match text {
        text if text.eq_ignore_ascii_case("any") => Ok(Some(WantedGrade::Present(true))),
        text if text.eq_ignore_ascii_case("none") => Ok(Some(WantedGrade::Present(false))),
        text => Ok(number::parse(text)?.map(WantedGrade::Number)),
    }
}

#[cfg(test)]
mod tests {
    use tilejury_data::TileSlot;

    use super::*;
    use crate::search::{DatasetNames, Search};

    #[test]
    fn grades_of_any_model_and_of_one_are_tested() {
        let review = |source: &str, grade| GradedNegative {
            slot: TileSlot::new(1),
            source: source.into(),
            grade,
            verified: None,
        };
        let reviews = [review("Qwen3-VL", 3), review("gemma", 1)];
        let holds = |text: &str| ReviewTest::parse(text).unwrap().unwrap().holds(&reviews);
        assert!(holds(">=2") && holds("1") && holds("any") && holds("0..1"));
        assert!(!holds("2") && !holds("none") && !holds("0"));
        assert!(holds("qwen=>=2") && holds("GEMMA=1") && holds("other=none"));
        assert!(!holds("gemma=>=2") && !holds("other=any") && !holds("qwen=none"));
        assert!(!ReviewTest::parse(">=0").unwrap().unwrap().holds(&[]));
    }

    #[test]
    fn a_row_opens_at_the_negative_that_was_asked_for() {
        let review = |slot, source: &str, grade, verified| GradedNegative {
            slot: TileSlot::new(slot),
            source: source.into(),
            grade,
            verified: Some(verified),
        };
        let reviews =
            [review(1, "a", 3, false), review(2, "a", 2, true), review(2, "b", 0, false), review(4, "b", 3, true)];
        let slot = |text: &str| {
            let search = Search::parse(text, &DatasetNames::default()).unwrap();
            search.reviewed_negative(&reviews).map(TileSlot::index)
        };
        assert_eq!(slot("review:>=2"), Some(1));
        assert_eq!(slot("review:>=2 verified:yes"), Some(4));
        assert_eq!(slot("review:a=>=2 verified:yes"), Some(2));
        assert_eq!(slot("review:2 verified:yes"), Some(2));
        assert_eq!([slot(""), slot("verdict:none"), slot("-review:>=2"), slot("review:1")], [None; 4]);
    }

    #[test]
    fn unfinished_tests_are_no_errors() {
        for unfinished in ["", ">", "qwen=", "qwen=>="] {
            assert_eq!(ReviewTest::parse(unfinished), Ok(None), "{unfinished}");
        }
        assert!(ReviewTest::parse("qwen").unwrap_err().starts_with("`qwen` is not a number"));
    }

    #[test]
    fn only_high_grades_say_relevant() {
        for (text, expected) in [
            (">=2", true),
            ("2", true),
            ("3", true),
            ("2..3", true),
            ("qwen=>=2", true),
            (">=1", false),
            ("<=1", false),
            ("any", false),
            ("none", false),
        ] {
            assert_eq!(ReviewTest::parse(text).unwrap().unwrap().is_of_relevant(), expected, "{text}");
        }
    }
}
