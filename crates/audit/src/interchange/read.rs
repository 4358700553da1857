//! Conversion of lines of JSON to events: each line is checked, all or nothing. Writes no file.

mod changes;
mod consequences;
mod line;
mod line_origins;
mod parsed_line;
mod rows_by_name;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use thiserror::Error;
use tilejury_data::shown::shown;
use tilejury_data::{Dataset, LineNumber, SampleIndex, SampleKey, TilePath};

use crate::audits::{Answering, Audit, audit_at};
use crate::event::{Event, StepEventBuilder};
use crate::judgement::FieldChange;
use crate::merge::CurrentJudgements;
use crate::role::Role;
use crate::session::new_session_id;
use crate::sidecar::SampleRecord;
use crate::time::Timestamp;
use consequences::{check_reasons, with_consequences};
use parsed_line::ParsedLine;
use rows_by_name::RowsByName;

/// A line that cannot be used, and the reason.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {message}")]
pub struct BadLine {
    /// The line number, from 1.
    pub line: LineNumber,
    /// The found and the expected value.
    pub message: String,
}

impl BadLine {
    pub(crate) fn new(line: LineNumber, message: &str) -> Self {
        Self { line, message: shown(message).into_owned() }
    }
}

/// The events that a file of judgements gives.
#[derive(Debug, Default)]
pub struct JudgementImport {
    /// Lines that were read.
    pub lines: usize,
    /// Events to append to the sidecar in one transaction.
    pub events: Vec<Event>,
    /// The samples that the events are about.
    pub samples: Vec<SampleRecord>,
    /// Remarks for the person: unknown fields, lines that name several rows.
    pub remarks: Vec<String>,
}

/// Defaults for lines that do not state an annotator or a time.
#[derive(Clone, Debug)]
pub struct ImportDefaults<'a> {
    /// Overrides the annotator of every line.
    pub annotator: Option<&'a str>,
    /// The annotator of lines that state none.
    pub login: &'a str,
    /// The time of lines that state none.
    pub at: Timestamp,
}

/// Reads judgements. `before` holds each annotator's current judgements, `audits` the audits that
/// lines may name. Only changes become events, and marks of tiles that were only confirmed so far.
///
/// # Errors
/// All lines that cannot be used; then nothing may be stored.
pub fn read(
    dataset: &Dataset,
    text: &[u8],
    defaults: &ImportDefaults<'_>,
    before: BTreeMap<String, CurrentJudgements>,
    audits: &[Audit],
) -> Result<JudgementImport, Vec<BadLine>> {
    let names = RowsByName::new(dataset);
    let mut reading = Reading {
        dataset,
        session: new_session_id().into(),
        current: before,
        audits,
        answers: BTreeMap::new(),
        import: JudgementImport::default(),
        bad: Vec::new(),
        samples: BTreeSet::new(),
        unknown: BTreeSet::new(),
        orphans: 0,
    };
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    for (number, line) in (1..).map(LineNumber::new).zip(text.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match ParsedLine::parse(dataset, &names, line, defaults) {
            Ok(Some(parsed)) => reading.add_line(number, &parsed),
            Ok(None) => reading.orphans += 1,
            Err(message) => reading.bad.push(BadLine::new(number, &message)),
        }
    }
    reading.finish()
}

/// The lines that were read so far.
struct Reading<'d> {
    dataset: &'d Dataset,
    /// The session of the new events.
    session: Arc<str>,
    /// Each annotator's judgements, as they are after these lines.
    current: BTreeMap<String, CurrentJudgements>,
    audits: &'d [Audit],
    /// The same of each audit, by its position.
    answers: BTreeMap<(usize, Answering), CurrentJudgements>,
    import: JudgementImport,
    bad: Vec<BadLine>,
    /// The samples that `import` has a record of.
    samples: BTreeSet<SampleKey>,
    /// Fields that are of no use.
    unknown: BTreeSet<String>,
    orphans: usize,
}

impl Answering {
    /// The kind of answer that a line gives to an audit.
    fn of(line: &ParsedLine) -> Self {
        match Role::of(&line.annotator) {
            Role::Adjudicator => Self::Adjudication(line.annotator.as_str().into()),
            Role::Machine | Role::Person if line.is_again => Self::Again(line.annotator.as_str().into()),
            Role::Machine | Role::Person => Self::First(line.annotator.as_str().into()),
        }
    }
}

impl Reading<'_> {
    /// Adds the events of a line.
    fn add_line(&mut self, number: LineNumber, line: &ParsedLine) {
        self.import.lines += 1;
        self.unknown.extend(line.unknown.iter().cloned());
        if line.changes.len() > 1 {
            self.import.remarks.push(format!(
                "line {number} names {} rows with the same query and chunk_path: all of them are judged",
                line.changes.len()
            ));
        }
        for (index, changes) in &line.changes {
            match self.judge(*index, changes, line) {
                Ok(()) => {
                    let key = self.dataset.entry(*index).key;
                    if self.samples.insert(key) {
                        self.import.samples.extend(SampleRecord::new(self.dataset, *index));
                    }
                }
                Err(message) => self.bad.push(BadLine::new(number, &message)),
            }
        }
    }

    /// Adds the events of one of the samples that a line names.
    fn judge(&mut self, index: SampleIndex, changes: &[FieldChange], line: &ParsedLine) -> Result<(), String> {
        let key = self.dataset.entry(index).key;
        let audit = line.audit.as_deref().map(|name| self.audit_named(name)).transpose()?;
        let current = match audit {
            None => self.current.entry(line.annotator.clone()).or_default(),
            Some(at) => {
                let (audit, answering) = (&self.audits[at], Answering::of(line));
                audit.check(&answering, key)?;
                if let Answering::Again(name) = &answering {
                    let first = self.answers.get(&(at, Answering::First(name.clone())));
                    audit.check_first(first, name, key)?;
                }
                self.answers.entry((at, answering.clone())).or_insert_with(|| audit.answers_of(&answering))
            }
        };
        let CurrentJudgements { judgements, origins } = current;
        let judgement = judgements.entry(key).or_default();
        check_reasons(judgement, changes)?;
        let last_seq = self.import.events.len() as u64;
        let step = StepEventBuilder::new(self.session.clone(), last_seq, line.annotator.as_str().into(), line.at);
        let mut step = step.in_round(audit.map(|at| Answering::of(line).round(&self.audits[at].id)));
        let row = self.dataset.row(index).ok().filter(|_| !line.is_event);
        let positive = row.map(|row| TilePath::new(&row.positive));
        for change in with_consequences(judgement, changes, positive.as_ref()) {
            let origin = line.origins.origin_of(&change);
            let adds = change.value().is_some() && origin.adds_to(&origins.get(key, &change));
            if judgement.present(&change) == change && !adds {
                continue;
            }
            judgement.apply(change.clone());
            origins.set(key, &change, origin.clone());
            self.import.events.push(step.event(key, change, None, origin));
        }
        Ok(())
    }

    /// The position of the audit of this name.
    fn audit_named(&self, name: &str) -> Result<usize, String> {
        audit_at(self.audits, name).map_err(|error| error.to_string())
    }

    /// Adds the remarks about all lines.
    fn finish(mut self) -> Result<JudgementImport, Vec<BadLine>> {
        if self.orphans > 0 {
            let orphans = self.orphans;
            self.import.remarks.push(format!(
                "{orphans} lines were skipped: they are orphans, judgements of rows that are no longer in the set"
            ));
        }
        if !self.unknown.is_empty() {
            let names: Vec<String> = self.unknown.into_iter().collect();
            let remark = format!("unknown fields were ignored: {}", names.join(", "));
            self.import.remarks.push(shown(&remark).into_owned());
        }
        if self.bad.is_empty() { Ok(self.import) } else { Err(self.bad) }
    }
}
