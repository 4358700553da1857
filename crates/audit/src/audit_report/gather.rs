//! The collection of a report's figures from a dataset and the events of its sidecar. Writes no
//! file and no words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use tilejury_data::Dataset;

use super::content::{
    AcceptedByMachine, AnnotatorCount, AuditEntry, AuditReport, ExportFigures, JudgementFigures, MachineFigures,
    ReviewCount, SetFigures, SplitSize,
};
use super::details::details;
use super::pseudonyms::Pseudonyms;
use super::{REPORT_VERSION, ReportError, ReportInputs, limits, models};
use crate::audits::{self, Audit, AuditStatus};
use crate::event::Event;
use crate::external::MachineVerdict;
use crate::judgement::FieldChange;
use crate::merge::{self, AnnotatorScope};
use crate::role::is_machine;
use crate::round::Round;
use crate::stats::{DatasetCounts, JudgementTally};
use crate::time::Timestamp;

impl AuditReport {
    /// Collects the figures of a report. It reads every row, so it blocks.
    ///
    /// # Errors
    /// When the wanted audit was never begun.
    pub fn new(inputs: &ReportInputs<'_>) -> Result<Self, ReportError> {
        let (dataset, events) = (inputs.dataset, inputs.events);
        let all = audits::audits(events);
        if let Some(name) = inputs.audit {
            audits::audit_at(&all, name)?;
        }
        let judged = events.iter().map(|event| &*event.annotator);
        let planned = all.iter().flat_map(|audit| audit.plan.annotators.iter().map(String::as_str));
        let people = Pseudonyms::new(judged.chain(planned), inputs.names);
        let entry = |audit: &Audit| entry(inputs, audit, &all, &people);
        let audits: Vec<AuditEntry> = all.iter().map(entry).collect();
        Ok(Self {
            report_version: REPORT_VERSION,
            program: super::PROGRAM,
            dataset: set(dataset),
            judgements: judgements(dataset, events, &people),
            machine: machine(inputs, events),
            export: inputs.export.as_ref().map(|export| ExportFigures {
                audits: audits::audits(export.events)
                    .iter()
                    .map(|audit| AuditStatus::new(audit, export.dataset))
                    .collect(),
                fingerprint: export.dataset.fingerprint.to_string(),
                kept: export.counts.kept,
                changed: export.counts.changed,
                dropped: export.counts.dropped,
                promoted: export.counts.promoted,
            }),
            limits: limits::limits(&audits),
            audits,
        })
    }
}

fn set(dataset: &Dataset) -> SetFigures {
    let counts = DatasetCounts::read(dataset);
    let size = |split: &tilejury_data::Split| {
        let found = counts.splits.get(&split.name).copied().unwrap_or_default();
        let file = split.file.strip_prefix(&dataset.root).unwrap_or(&split.file);
        SplitSize {
            name: split.name.clone(),
            file: file.to_string_lossy().replace('\\', "/"),
            rows: found.rows,
            negatives: found.negatives,
        }
    };
    let splits: Vec<SplitSize> = dataset.splits.iter().map(size).collect();
    SetFigures {
        name: tilejury_data::file_name(&dataset.root),
        fingerprint: dataset.fingerprint.to_string(),
        address: dataset.tiles.storage().map(|storage| storage.address().to_owned()),
        rows: splits.iter().map(|split| split.rows).sum(),
        negatives: splits.iter().map(|split| split.negatives).sum(),
        bad_lines: dataset.splits.iter().map(|split| split.bad_lines).sum(),
        splits,
    }
}

/// The day of a moment in UTC.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn judgements(dataset: &Dataset, events: &[Event], people: &Pseudonyms) -> JudgementFigures {
    let counting: Vec<Event> = events.iter().filter(|event| event.round.is_none()).cloned().collect();
    let tally = JudgementTally::new(dataset, &merge::judgements_of(dataset, &counting, &AnnotatorScope::Everybody));
    let count = |(name, rows): (String, usize)| AnnotatorCount { annotator: people.shown(&name), rows };
    let moments = || counting.iter().map(|event| event.at);
    JudgementFigures {
        judged: tally.judged,
        accepted: tally.accepted,
        rejected: tally.rejected,
        unsure: tally.unsure,
        rows_with_false_negatives: tally.rows_with_false_negatives,
        false_negatives: tally.false_negatives,
        wrong_positives: tally.wrong_positives,
        annotators: merge::judged_rows(dataset, &counting).into_iter().map(count).collect(),
        from: moments().min().map(day),
        to: moments().max().map(day),
    }
}

fn entry(inputs: &ReportInputs<'_>, audit: &Audit, all: &[Audit], people: &Pseudonyms) -> AuditEntry {
    let (dataset, plan) = (inputs.dataset, &audit.plan);
    let mut stored = json!(plan);
    if let Some(names) = stored.get_mut("annotators") {
        *names = plan.annotators.iter().map(|name| people.shown(name)).collect();
    }
    let is_answer = |event: &&Event| {
        !event.begins_audit()
            && !is_machine(&event.annotator)
            && matches!(&event.round, Some(Round::Audit(id) | Round::Adjudication(id)) if audit.is_drawn_by(id))
    };
    AuditEntry {
        plan: stored,
        begun_by: people.shown(&audit.begun_by),
        at: audit.at.to_string(),
        last_answer: inputs.events.iter().filter(is_answer).map(|event| event.at).max().map(|at| at.to_string()),
        same_rows: audit.has_same_rows(dataset),
        status: AuditStatus::new(audit, dataset),
        accepted: audit.accepted_set(),
        details: inputs.audit.is_none_or(|name| name == plan.name).then(|| details(inputs, audit, all, people)),
    }
}

fn machine(inputs: &ReportInputs<'_>, events: &[Event]) -> MachineFigures {
    let count = |verdict: &MachineVerdict| ReviewCount {
        verdict: verdict.word().to_owned(),
        reviews: inputs.reviews.iter().filter(|review| review.verdict == *verdict).count(),
    };
    let mut accepted: BTreeMap<&str, (BTreeSet<_>, BTreeSet<_>)> = BTreeMap::new();
    for event in events.iter().filter(|event| is_machine(&event.annotator)) {
        let (rows, tiles) = accepted.entry(&event.annotator).or_default();
        match &event.change {
            FieldChange::Verdict(Some(_)) => _ = rows.insert(event.sample),
            FieldChange::Verdict(None) => _ = rows.remove(&event.sample),
            FieldChange::Relevance(tile, Some(_)) => _ = tiles.insert((event.sample, tile)),
            FieldChange::Relevance(tile, None) => _ = tiles.remove(&(event.sample, tile)),
            _ => {}
        }
    }
    MachineFigures {
        reviews: MachineVerdict::ALL.iter().map(count).filter(|count| count.reviews > 0).collect(),
        models: models::models(inputs.dataset, inputs.models),
        accepted: accepted
            .into_iter()
            // What was undone is not accepted.
            .filter(|(_, (rows, tiles))| !(rows.is_empty() && tiles.is_empty()))
            .map(|(name, (rows, tiles))| AcceptedByMachine {
                name: name.to_owned(),
                rows: rows.len(),
                tiles: tiles.len(),
            })
            .collect(),
    }
}
