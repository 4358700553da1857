//! The rows behind the numbers of a team, so that each number can open its list. Counts nothing:
//! `team.rs` adds the rows that it counts.

use std::collections::{BTreeMap, BTreeSet};

use tilejury_data::SampleIndex;

use crate::text_enum::text_enum;

text_enum! {
    /// A number about a person that counts rows.
    pub enum TeamNumber {
        /// Judged today, in audits too.
        Today = "today", "Judged today";
        /// Assigned, or of the part in an audit.
        Part = "part", "Assigned, or the part in audits";
        /// Judged one at a time: the pace is that of these.
        Pace = "pace", "Judged one at a time, as the pace counts";
        /// With an answer of somebody else, too.
        Agreement = "agreement", "Judged by others, too";
        /// Those of them with another answer about a negative.
        Disagreement = "disagreement", "With another answer about a negative than others";
        /// The first block of the drift.
        First = "first", "The first part of the work";
        /// The last block of the drift.
        Last = "last", "The last part of the work";
        /// Gold rows with a wrong answer about a negative.
        GoldFailed = "gold-failed", "Gold rows with a wrong answer";
    }
}

impl TeamNumber {
    /// The value of the search `team:` for a person: `ann=today`.
    pub fn search(self, annotator: &str) -> String {
        format!("{annotator}={}", self.word())
    }
}

/// The rows behind each number of each person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TeamRows(BTreeMap<String, BTreeMap<TeamNumber, BTreeSet<SampleIndex>>>);

impl TeamRows {
    /// Whether a row is behind a number of a person.
    pub fn has(&self, annotator: &str, number: TeamNumber, row: SampleIndex) -> bool {
        self.0.get(annotator).and_then(|of| of.get(&number)).is_some_and(|rows| rows.contains(&row))
    }

    /// The rows behind a number of a person, ascending.
    pub fn of(&self, annotator: &str, number: TeamNumber) -> impl Iterator<Item = SampleIndex> {
        self.0.get(annotator).and_then(|of| of.get(&number)).into_iter().flatten().copied()
    }

    /// Everybody with rows behind a number.
    pub fn annotators(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn add(&mut self, annotator: &str, number: TeamNumber, rows: impl IntoIterator<Item = SampleIndex>) {
        self.0.entry(annotator.to_owned()).or_default().entry(number).or_default().extend(rows);
    }
}
