//! The findings that concern the visible row rather than the look of one of its tiles: from rows,
//! and from the last check, each with what it leads to. Finds nothing itself, paints nothing.

use tilejury_audit::problem_kind::name_in_check;
use tilejury_audit::suspicion::{Evidence, Finding};
use tilejury_audit::text::capital;
use tilejury_audit::{Shown, check::ROW_KINDS};
use tilejury_data::{Dataset, SampleIndex, TilePath, TileSlot};

use super::{CheckFindings, Review};

/// The sentence of a row that is there twice.
const REPEATED_ROW: &str = "The same query and positive are in an earlier row of the split";

/// A finding about a row.
pub(crate) struct RowFinding<'a> {
    /// A few words, such as `Leak: eval line 7`.
    pub(crate) label: String,
    /// The place that a person is led to.
    pub(crate) leads_to: LeadsTo,
    source: Source<'a>,
}

/// The origin of a finding. Its sentence is made only when somebody reads it: that can parse rows.
enum Source<'a> {
    Signal(&'a Finding),
    Repeated,
    /// A finding of the last check, by its position.
    Check(usize),
}

/// The subject of a finding about a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LeadsTo {
    /// Another row.
    Row(SampleIndex),
    /// A tile of the row.
    Tile(TileSlot),
    /// The rows that have this tile.
    RowsWith(TilePath),
    /// A finding of the last check, by its position.
    Check(usize),
    /// The panel with all signals of the row.
    Signals,
}

impl LeadsTo {
    /// The words for it, after “goes to”.
    pub(crate) fn words(&self, dataset: &Dataset) -> String {
        match self {
            Self::Row(row) => dataset.describe_position(*row),
            Self::Tile(slot) => format!("negative {slot}"),
            Self::RowsWith(_) => "the rows with this positive".to_owned(),
            Self::Check(_) => "the finding of the check".to_owned(),
            Self::Signals => "the signals".to_owned(),
        }
    }
}

impl RowFinding<'_> {
    /// The finding in full.
    pub(crate) fn sentence(&self, dataset: &Dataset, check: Option<&CheckFindings>) -> String {
        match self.source {
            Source::Signal(finding) => finding.sentence(dataset),
            Source::Repeated => REPEATED_ROW.to_owned(),
            Source::Check(at) => {
                let problem = check.and_then(|check| check.problems().get(at));
                let meaning =
                    problem.and_then(|problem| ROW_KINDS.iter().find(|(kind, _)| *kind == problem.kind)).map(|of| of.1);
                match (problem, meaning) {
                    (Some(problem), Some(meaning)) => format!("{meaning}. The last check: {}", problem.message),
                    (Some(problem), None) => capital(&problem.message),
                    (None, _) => String::new(),
                }
            }
        }
    }
}

impl Review {
    /// The findings about the visible row, those from rows first. None where signals are hidden, or
    /// while a round is judged. Reads no file and parses no row.
    pub(crate) fn row_findings(&self) -> Vec<RowFinding<'_>> {
        let Some(sample) = self.sample.as_ref().filter(|_| self.shows(Shown::Signals) && !self.is_in_round()) else {
            return Vec::new();
        };
        let (row, dataset) = (self.cursor(), &**self.dataset());
        let findings = self.signals.findings();
        let of_row = findings.map_or(&[][..], |findings| findings.of_sample(row));
        let mut found: Vec<RowFinding<'_>> = of_row.iter().filter_map(|finding| of_signal(finding, dataset)).collect();
        // Only as many negatives as are shown can be gone to.
        let is_shown = |found: &RowFinding<'_>| match found.leads_to {
            LeadsTo::Tile(slot) => slot.index() <= sample.negatives.len(),
            _ => true,
        };
        found.retain(is_shown);
        let mut known: Vec<&str> = of_row.iter().flat_map(|finding| same_in_check(finding)).copied().collect();
        if findings.is_some_and(|findings| findings.row_values().is_repeated(row)) {
            let leads_to = LeadsTo::RowsWith(sample.positive.path.clone());
            found.push(RowFinding { label: "Repeated row".to_owned(), leads_to, source: Source::Repeated });
            known.push("repeated_row");
        }
        if let Some(check) = &self.check {
            let mut kinds: Vec<(&str, usize, usize)> = Vec::new();
            for &at in check.of_row(row) {
                let Some(problem) = check.problems().get(at).filter(|problem| !known.contains(&problem.kind)) else {
                    continue;
                };
                match kinds.iter_mut().find(|(kind, ..)| *kind == problem.kind) {
                    Some((.., times)) => *times += 1,
                    None => kinds.push((problem.kind, at, 1)),
                }
            }
            found.extend(kinds.into_iter().map(|(kind, at, times)| {
                let words = name_in_check(kind);
                let label = if times == 1 { words } else { format!("{words} ({times})") };
                RowFinding { label, leads_to: LeadsTo::Check(at), source: Source::Check(at) }
            }));
        }
        found
    }

    /// The finding about the visible row that a person has not been led to yet, by its position;
    /// the first one again after the last. `None` if there is none.
    pub(crate) fn next_row_finding(&mut self) -> Option<usize> {
        let (row, all) = (self.cursor(), self.row_findings().len());
        let last = self.followed.filter(|(of, _)| *of == row).map(|(_, at)| at);
        let next = last.map_or(0, |last| last + 1);
        (all > 0).then(|| {
            let next = next % all;
            self.followed = Some((row, next));
            next
        })
    }
}

/// The chip of a signal that is about the row; `None` for what its tile shows.
fn of_signal<'a>(finding: &'a Finding, dataset: &Dataset) -> Option<RowFinding<'a>> {
    let tile = finding.tile;
    let (label, leads_to) = match (&finding.evidence, tile) {
        (Evidence::SplitLeak { row, .. }, _) => {
            (format!("{}: {}", finding.signal.label(), dataset.describe_position(*row)), LeadsTo::Row(*row))
        }
        (Evidence::OtherPositive { row, .. }, Some(slot)) => {
            let label = format!("Negative {slot} is the positive of {}", dataset.describe_position(*row));
            (label, LeadsTo::Row(*row))
        }
        (Evidence::Repeated { first }, Some(slot)) => {
            (format!("Negative {slot} repeats negative {first}"), LeadsTo::Tile(slot))
        }
        (Evidence::OwnPositive, Some(slot)) => (format!("Negative {slot} is the positive"), LeadsTo::Tile(slot)),
        (_, None) => (finding.name(dataset), LeadsTo::Signals),
        (_, Some(_)) => return None,
    };
    Some(RowFinding { label, leads_to, source: Source::Signal(finding) })
}

/// The kinds of check findings that say the same as a finding.
fn same_in_check(finding: &Finding) -> &'static [&'static str] {
    match finding.evidence {
        Evidence::SplitLeak { .. } => &["split_leak"],
        Evidence::OtherPositive { .. } | Evidence::OwnPositive => &["positive_in_negatives"],
        Evidence::Repeated { .. } => &["repeated_negative"],
        _ => &[],
    }
}
