//! A line that was checked: the rows that it names, and what it states of each.

use tilejury_data::{Dataset, RowError, Sample, SampleIndex};

use super::ImportDefaults;
use super::changes::{changes_to, check_added, check_tiles};
use super::line::Line;
use super::line_origins::LineOrigins;
use super::rows_by_name::RowsByName;
use crate::judgement::FieldChange;
use crate::role::{ADJUDICATOR, Role, as_adjudicator};
use crate::time::Timestamp;

pub(super) struct ParsedLine {
    /// The changes to each sample that the line names.
    pub(super) changes: Vec<(SampleIndex, Vec<FieldChange>)>,
    /// Whether the line is one event of a history.
    pub(super) is_event: bool,
    pub(super) annotator: String,
    /// The name of an audit.
    pub(super) audit: Option<String>,
    /// Whether it answers a row of the audit that came back.
    pub(super) is_again: bool,
    pub(super) at: Timestamp,
    pub(super) origins: LineOrigins,
    pub(super) unknown: Vec<String>,
}

impl ParsedLine {
    /// Parses a line; `None` if it is about a row that is no longer in the set.
    ///
    /// # Errors
    /// Why the line cannot be used, in words.
    pub(super) fn parse(
        dataset: &Dataset,
        names: &RowsByName,
        line: &[u8],
        defaults: &ImportDefaults<'_>,
    ) -> Result<Option<Self>, String> {
        let line = Line::parse(line)?;
        if line.orphan == Some(true) {
            return Ok(None);
        }
        let samples = samples_of(dataset, names, &line)?;
        check_tiles(&line, &samples)?;
        check_added(dataset, &line, &samples)?;
        let changes: Vec<(SampleIndex, Vec<FieldChange>)> = samples
            .iter()
            .map(|(index, sample)| Ok((*index, changes_to(&line, sample)?)))
            .collect::<Result<_, String>>()?;
        if changes.iter().all(|(_, changes)| changes.is_empty()) {
            return Err("nothing to record; give a verdict, reasons, tiles, added, note or tags".into());
        }
        let at = time_of(&line);
        let annotator = defaults.annotator.or(line.annotator.as_deref()).unwrap_or(defaults.login);
        if annotator.trim().is_empty() {
            return Err("`annotator` is empty".into());
        }
        let is_again = line.again == Some(true);
        let annotator = match line.role.as_deref() {
            None if annotator != ADJUDICATOR && Role::of(annotator) == Role::Adjudicator => {
                return Err(format!(
                    "`annotator`: `{annotator}` is the name of an adjudicator; the line needs `\"role\": \"{ADJUDICATOR}\"`, \
                     or the name of an annotator"
                ));
            }
            None => annotator.to_owned(),
            Some(ADJUDICATOR) => as_adjudicator(annotator),
            Some(other) => return Err(format!("`role`: `{other}`; the only role is `{ADJUDICATOR}`")),
        };
        if is_again && (line.audit.is_none() || Role::of(&annotator) == Role::Adjudicator) {
            return Err("`again` is for the second answer of an annotator in an audit".into());
        }
        Ok(Some(Self {
            is_event: line.is_event(),
            origins: LineOrigins::parse(&line)?,
            changes,
            annotator,
            is_again,
            audit: line.audit.clone(),
            at: at?.unwrap_or(defaults.at),
            unknown: line.unknown.into_keys().collect(),
        }))
    }
}

/// The samples that a line names.
fn samples_of(dataset: &Dataset, names: &RowsByName, line: &Line) -> Result<Vec<(SampleIndex, Sample)>, String> {
    let rows = names.find(dataset, line)?.into_iter();
    rows.map(|index| Ok((index, dataset.sample(index)?)))
        .collect::<Result<_, RowError>>()
        .map_err(|error| error.to_string())
}

/// The time that a line states, if any.
fn time_of(line: &Line) -> Result<Option<Timestamp>, String> {
    let at = line.at.as_deref().map(|text| {
        text.parse().map_err(|error| format!("`at`: {error}; expected RFC 3339, such as 2026-01-31T09:30:00Z"))
    });
    at.transpose()
}
