//! Tests of a sample's judgement and signals. The status answers most of them; the judgement itself
//! is looked up only if the status shows that there is something to find.

use crate::external::ANSWERS_FROM;
use crate::judgement::{Judgement, Reason, Verdict};
use crate::session::{SampleStatus, can_have_reasons};
use crate::suspicion::{GradedNegative, Signal};

use super::facts::SampleFacts;
use super::field_tests::Decimals;
use super::number::NumberRange;
use super::retrieval_tests::RetrievalTest;
use super::review_tests::ReviewTest;
use super::rows::TextTest;
use super::team_test::TeamTest;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JudgedTest {
    Verdict(Option<Verdict>),
    Judged(bool),
    Reason(Reason),
    FalseNegatives(NumberRange),
    WrongPositive,
    Conflict(bool),
    Undecided(bool),
    /// The number of unconfirmed tiles of an accepted row.
    Unconfirmed(NumberRange),
    /// A shard that the row names is missing.
    ShardMissing,
    /// A finding of one of these kinds, as bits.
    Check(u16),
    Flagged(bool),
    /// Whether there is a tag.
    Tagged(bool),
    /// One tag, lower-cased.
    Tag(String),
    Note(TextTest),
    /// One signal, as its bit.
    Signal(u32),
    Suspicious(bool),
    /// Its score, from 0 to 1.
    Suspicion(Decimals),
    /// The beginning of the day on which it was accepted or rejected: `2025-03`.
    JudgedOn(String),
    /// A negative at one of these positions that somebody inspected and judged relevant.
    FalseNegativeAt(NumberRange),
    /// The annotator who gave it a verdict.
    JudgedBy(String),
    /// The annotator to whom it is assigned.
    Assigned(AssignedTo),
    /// The number of a person that it is behind.
    Team(TeamTest),
    /// Whether an earlier row has its query and its positive.
    Repeated(bool),
    Retrieval(RetrievalTest),
    Review(ReviewTest),
    /// Whether a negative answers the query by a review with evidence in its text.
    Verified(bool),
}

/// The wanted annotators of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AssignedTo {
    /// This one.
    Annotator(String),
    /// Anybody, or nobody.
    Anybody(bool),
}

impl JudgedTest {
    pub(super) fn holds<'a, F: SampleFacts>(
        &self,
        status: SampleStatus,
        judgement: impl Fn() -> Option<&'a Judgement>,
        facts: impl Fn() -> F,
    ) -> bool {
        match self {
            Self::Verdict(verdict) => status.verdict == *verdict,
            Self::Judged(judged) => status.verdict.is_some() == *judged,
            // For a rejected row, this reason and the positive's mark are one statement, whichever
            // of them is stored.
            Self::Reason(Reason::WrongPositive) if status.verdict == Some(Verdict::Reject) => status.wrong_positive,
            Self::Reason(reason) => {
                can_have_reasons(status.verdict)
                    && judgement().is_some_and(|judgement| judgement.reasons.contains(reason))
            }
            Self::FalseNegatives(span) => span.contains(&u64::from(status.false_negatives)),
            Self::WrongPositive => status.wrong_positive,
            Self::Conflict(conflict) => status.conflict == *conflict,
            Self::Undecided(undecided) => status.undecided == *undecided,
            Self::Unconfirmed(span) => span.contains(&u64::from(status.unconfirmed)),
            Self::ShardMissing => status.shard_missing,
            Self::Check(bits) => status.check & bits != 0,
            Self::Flagged(flagged) => status.flagged == *flagged,
            Self::Tagged(has_tags) => status.has_tags == *has_tags,
            Self::Tag(name) => {
                let same = |tag: &String| tag.to_lowercase() == *name;
                status.has_tags && judgement().is_some_and(|judgement| judgement.tags.iter().any(same))
            }
            Self::Note(TextTest::Present(has_note)) => status.has_note == *has_note,
            Self::Note(test) => status.has_note && test.holds(judgement().map(|judgement| judgement.note.as_str())),
            Self::Signal(bit) => facts().signals() & bit != 0,
            Self::Suspicious(suspicious) => (facts().signals() & Signal::ACCUSING != 0) == *suspicious,
            Self::Suspicion(range) => range.contains(facts().suspicion()),
            Self::FalseNegativeAt(span) => facts().has_false_negative(|position| span.contains(&position)),
            Self::JudgedBy(name) => facts().is_judged_by(name),
            Self::Assigned(AssignedTo::Annotator(name)) => facts().is_assigned(Some(name)),
            Self::Assigned(AssignedTo::Anybody(anybody)) => facts().is_assigned(None) == *anybody,
            Self::Team(test) => facts().is_behind(&test.annotator, test.number),
            Self::Repeated(repeated) => facts().is_repeated() == *repeated,
            Self::Review(test) => test.holds(facts().graded_negatives()),
            Self::Verified(verified) => facts().graded_negatives().iter().any(is_verified) == *verified,
            Self::Retrieval(test) => {
                let retriever = test.retriever.as_deref();
                facts().has_retrieved(test.value, retriever, |values| test.holds(values))
            }
            Self::JudgedOn(day) => {
                status.verdict.is_some() && facts().judged_at().is_some_and(|at| at.day().starts_with(day.as_str()))
            }
        }
    }
}

/// Whether a model found an answer with words that are in the tile's text.
pub(super) fn is_verified(of: &GradedNegative) -> bool {
    of.grade >= ANSWERS_FROM && of.verified == Some(true)
}

#[cfg(test)]
mod tests {
    use tilejury_data::TileSlot;

    use super::*;
    use crate::judgement::LOOK_AGAIN;
    use crate::overview::TeamNumber;
    use crate::search::{DatasetNames, Search};
    use crate::suspicion::RetrievalValue;
    use crate::time::Timestamp;

    fn admits(text: &str, status: SampleStatus, judgement: Option<&Judgement>, signals: u32) -> bool {
        let dataset_names = DatasetNames {
            splits: Vec::new(),
            signals: vec!["same-page".into(), "twin".into()],
            ..DatasetNames::default()
        };
        let search = Search::parse(text, &dataset_names).unwrap();
        assert!(search.depends_on_judgements() && !search.needs_rows(), "{text}");
        search.admits(status, || judgement, || signals)
    }

    #[test]
    fn untouched_sample_is_decided_without_its_judgement() {
        for text in [
            "reason:other",
            "tag:x",
            "note:x",
            "verdict:reject",
            "fn:>0",
            "flag:yes",
            "positive:wrong",
            "conflict:yes",
            "unconfirmed:>0",
            "shard:missing",
            "check:any",
        ] {
            let search = Search::parse(text, &DatasetNames::default()).unwrap();
            let judgement = || -> Option<&Judgement> { panic!("{text} read the judgement") };
            let signals = || -> u32 { panic!("{text} read the signals") };
            assert!(!search.admits(SampleStatus::default(), judgement, signals), "{text}");
        }
    }

    #[test]
    fn judged_sample_is_found_by_every_part_of_its_judgement() {
        let judgement = Judgement {
            verdict: Some(Verdict::Reject),
            reasons: [Reason::BadQuery].into(),
            note: "A Typo".into(),
            tags: ["Two Words".to_owned(), LOOK_AGAIN.to_owned()].into(),
            ..Judgement::default()
        };
        let status = SampleStatus {
            verdict: judgement.verdict,
            false_negatives: 2,
            wrong_positive: true,
            has_note: true,
            has_tags: true,
            flagged: true,
            undecided: false,
            conflict: true,
            unconfirmed: 0,
            shard_missing: false,
            check: 0b10,
        };
        let check = |text: &str, expected: bool| {
            assert_eq!(admits(text, status, Some(&judgement), 0b10), expected, "{text}");
            // The negation.
            assert_eq!(admits(&format!("-{text}"), status, Some(&judgement), 0b10), !expected, "-{text}");
        };
        check("verdict:reject", true);
        check("VERDICT:Unsure,Reject", true);
        check("verdict:accept,unsure,none", false);
        check("judged:yes", true);
        check("judged:no", false);
        check("reason:bad_query,other", true);
        check("reason:duplicate", false);
        // The positive is marked wrong, which is a reason although none is stored.
        check("reason:wrong_positive", true);
        check("unconfirmed:0", true);
        check("unconfirmed:>0", false);
        check("shard:missing", false);
        check("check:corrupt_tile", true);
        check("check:missing_tile", false);
        check("check:missing_tile,corrupt_tile", true);
        check("check:any", true);
        check("fn:2", true);
        check("fn:<2", false);
        check("fn:0,2..3", true);
        check("positive:wrong", true);
        check("conflict:yes", true);
        check("undecided:no", true);
        check("flag:yes", true);
        check(r#"tag:"two words""#, true);
        check("tag:two", false);
        check("tag:any", true);
        check("tag:none", false);
        check(r#"tag:"none""#, false);
        check("note:typo", true);
        check(r#"note:yes"#, true);
        check(r#"note:"yes""#, false);
        check("signal:twin", true);
        check("signal:same-page", false);
        check("signal:same-page,twin", true);
        check("suspicious:yes", true);
        assert!(
            !admits("suspicious:yes", SampleStatus::default(), None, 1 << Signal::Hub.bit()),
            "a hub alone is not a reason for suspicion"
        );
    }

    #[test]
    fn unjudged_sample_is_found_by_what_it_lacks() {
        for text in [
            "verdict:none",
            "judged:no",
            "tag:none",
            "note:no",
            "flag:no",
            "undecided:no",
            "conflict:no",
            "suspicious:no",
        ] {
            assert!(admits(text, SampleStatus::default(), None, 0), "{text}");
        }
    }

    /// The facts about a sample, each with a value that no other one has.
    struct AllFacts([GradedNegative; 1]);

    impl SampleFacts for &AllFacts {
        fn signals(&self) -> u32 {
            0
        }

        fn suspicion(&self) -> f64 {
            0.5
        }

        fn judged_at(&self) -> Option<Timestamp> {
            "2025-03-21T23:00:00Z".parse().ok()
        }

        fn has_false_negative(&self, at: impl Fn(u64) -> bool) -> bool {
            at(3)
        }

        fn is_judged_by(&self, annotator: &str) -> bool {
            annotator == "Ben"
        }

        fn is_behind(&self, annotator: &str, number: TeamNumber) -> bool {
            (annotator, number) == ("Ben", TeamNumber::Pace)
        }

        fn is_repeated(&self) -> bool {
            true
        }

        fn graded_negatives(&self) -> &[GradedNegative] {
            &self.0
        }

        fn has_retrieved(
            &self,
            value: RetrievalValue,
            retriever: Option<&str>,
            are_wanted: impl Fn(&mut dyn Iterator<Item = f64>) -> bool,
        ) -> bool {
            let all = [
                (RetrievalValue::Rank, "bge", 4.0),
                (RetrievalValue::Rank, "rows", 9.0),
                (RetrievalValue::Score, "bge", 0.7),
                (RetrievalValue::Margin, "bge", 0.95),
            ];
            let of = all.iter().filter(|of| of.0 == value && retriever.is_none_or(|name| name == of.1));
            are_wanted(&mut of.map(|of| of.2))
        }
    }

    #[test]
    fn a_sample_is_found_by_each_fact_about_it() {
        let names = DatasetNames {
            annotators: vec!["ann".into(), "Ben".into()],
            retrievers: Some(vec!["bge".into(), "rows".into()]),
            ..DatasetNames::default()
        };
        let review = GradedNegative { slot: TileSlot::new(1), source: "qwen".into(), grade: 2, verified: Some(true) };
        let facts = AllFacts([review]);
        let status = SampleStatus { verdict: Some(Verdict::Accept), ..SampleStatus::default() };
        let check = |text: &str, expected: bool| {
            for (text, expected) in [(text.to_owned(), expected), (format!("-{text}"), !expected)] {
                let found = Search::parse(&text, &names).unwrap().admits(status, || None, || &facts);
                assert_eq!(found, expected, "{text}");
            }
        };
        for (text, expected) in [
            ("suspicion:0.5", true),
            ("suspicion:>0.5", false),
            ("suspicion:0.5..<0.6", true),
            ("judged-on:2025", true),
            ("judged-on:2025-03-21", true),
            ("judged-on:2025-04", false),
            ("judged-on:03", false),
            ("fn-at:3", true),
            ("fn-at:<3", false),
            ("judged-by:ben", true),
            ("judged-by:ann", false),
            ("judged-by:ann,Ben", true),
            ("team:Ben=pace", true),
            ("team:Ben=today", false),
            ("team:ann=pace", false),
            ("repeated:yes", true),
            ("repeated:no", false),
            ("review:>=2", true),
            ("review:3", false),
            ("review:qwen=2", true),
            ("verified:yes", true),
            ("verified:no", false),
            ("positive-rank:4", true),
            ("positive-rank:9", true),
            ("positive-rank:bge=9", false),
            ("positive-rank:0.7", false),
            ("positive-score:0.7", true),
            ("positive-score:4", false),
            ("positive-score:rows=none", true),
            ("margin:0.95", true),
            ("margin:0.7", false),
            ("margin:none", false),
        ] {
            check(text, expected);
        }
        let not_judged = Search::parse("judged-on:2025", &names).unwrap();
        assert!(!not_judged.admits(SampleStatus::default(), || None, || &facts));
        let error = |text: &str| Search::parse(text, &names).unwrap_err().message;
        assert!(error("judged-on:march").ends_with("`march` is not a day; write 2025-03-21 or 2025-03"));
        assert!(error("judged-by:cy").ends_with("`cy` is not one of ann, Ben"));
    }

    #[test]
    fn finds_unconfirmed_tiles_and_missing_shards() {
        let accepted = SampleStatus { verdict: Some(Verdict::Accept), unconfirmed: 2, ..SampleStatus::default() };
        let check = |text: &str, expected: bool| assert_eq!(admits(text, accepted, None, 0), expected, "{text}");
        check("unconfirmed:>0", true);
        check("unconfirmed:2", true);
        check("unconfirmed:>2", false);
        check("shard:missing", false);
        assert!(admits("shard:missing", SampleStatus { shard_missing: true, ..accepted }, None, 0));
    }
}
