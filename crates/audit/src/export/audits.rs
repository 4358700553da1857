//! The audits of a dataset as an export records them: all that were begun, by name, and the figures
//! of those that reached their planned number of rows.
//!
//! The figures are of the rows as they were drawn, which are those of the dataset and not those of
//! the export. Counts through [`AuditStatus`]; writes no file.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tilejury_data::{Dataset, SampleKey};
use tilejury_stats::{Level, count_interval, highest_count};

use crate::annotators::{AnsweredRows, Counted, Share, agreements};
use crate::audits::{Audit, AuditStatus, Guideline, percent};
use crate::text::{count, grouped};

/// The audits of the dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedAudits {
    /// The names of all audits that were begun, the oldest first.
    pub(super) begun: Vec<String>,
    /// The figures of those that are finished, in the same order.
    pub(super) finished: Vec<RecordedAudit>,
}

/// A finished audit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedAudit {
    pub(super) seed: String,
    /// The split that rows were drawn from; null if it was all of them.
    pub(super) split: Option<String>,
    /// The filter that rows were drawn from.
    pub(super) filter: Option<String>,
    pub(super) blind: bool,
    /// The share of rows that two annotators judged.
    pub(super) overlap: f64,
    /// In the form of `audit status --json`.
    pub(super) status: Value,
}

/// An audit of a set with its figures.
#[derive(Clone, Debug)]
pub(super) struct SourceAudit {
    name: String,
    /// Set once it is finished.
    figures: Option<RecordedAudit>,
    /// The guideline for annotators.
    pub(super) guideline: Option<Guideline>,
    /// The words for a card.
    pub(super) sentences: Vec<String>,
    /// The agreement of annotators and the number of adjudicated rows, once it is finished.
    pub(super) of_annotators: Vec<String>,
}

impl SourceAudit {
    pub(super) fn new(audit: &Audit, dataset: &Dataset) -> Self {
        let (status, plan) = (AuditStatus::new(audit, dataset), &audit.plan);
        let mut json = json!(status);
        round(&mut json);
        let figures = RecordedAudit {
            seed: plan.seed.clone(),
            split: plan.split.clone(),
            filter: plan.filter.clone(),
            blind: plan.blind,
            overlap: plan.overlap,
            status: json,
        };
        Self {
            name: plan.name.clone(),
            guideline: plan.guideline.clone(),
            figures: Some(figures).filter(|_| status.finished),
            sentences: if status.finished { status.sentences(plan) } else { Vec::new() },
            of_annotators: if status.finished { of_annotators(audit, dataset) } else { Vec::new() },
        }
    }
}

impl SourceAudit {
    /// Its guideline in a sentence and its text.
    pub(super) fn guideline_in_words(&self) -> Option<String> {
        let Guideline { sha256, text } = self.guideline.as_ref()?;
        Some(format!("The guideline of the audit “{}” (SHA-256 {sha256}):\n{text}", self.name))
    }

    /// Whether it has figures.
    pub(super) fn is_finished(&self) -> bool {
        self.figures.is_some()
    }
}

impl RecordedAudits {
    /// The record of these audits; `None` without any.
    pub(super) fn of(audits: &[SourceAudit]) -> Option<Self> {
        (!audits.is_empty()).then(|| Self {
            begun: audits.iter().map(|audit| audit.name.clone()).collect(),
            finished: audits.iter().filter_map(|audit| audit.figures.clone()).collect(),
        })
    }

    /// The record that an export of now would have of the audits that this record names: audits
    /// may have been begun and finished since.
    pub(super) fn now(&self, audits: &[SourceAudit]) -> Self {
        let known: BTreeSet<&str> = self.begun.iter().map(String::as_str).collect();
        let finished: BTreeSet<&str> = self.finished.iter().filter_map(|audit| audit.status["name"].as_str()).collect();
        let named = audits.iter().filter(|audit| known.contains(audit.name.as_str()));
        Self {
            begun: named.clone().map(|audit| audit.name.clone()).collect(),
            finished: named
                .filter(|audit| finished.contains(audit.name.as_str()))
                .filter_map(|audit| audit.figures.clone())
                .collect(),
        }
    }

    /// The faults that show without the dataset: the interval of rows follows from four numbers.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for audit in &self.finished {
            let status = &audit.status;
            let name = status["name"].as_str().unwrap_or_default();
            if !self.begun.iter().any(|begun| begun == name) {
                faults.push(format!("audit.finished: “{name}” is not among audit.begun"));
            }
            for field in ["rows", "wrong_positives"] {
                let figures = &status[field];
                if figures["method"] != "hypergeometric" {
                    continue;
                }
                let number = |name: &str| figures[name].as_u64().unwrap_or_default();
                let level = figures["level"].as_f64().and_then(Level::new).unwrap_or(Level::USUAL);
                let (hits, n, population) = (number("hits"), number("n"), number("population"));
                let expected = match figures["one_sided"].as_bool() {
                    Some(true) => highest_count(population, n, hits, level).map(|high| (0, high)),
                    _ => count_interval(population, n, hits, level).map(|found| (found.low, found.high)),
                };
                let found = (number("low_count"), number("high_count"));
                if expected != Some(found) {
                    faults.push(format!(
                        "audit.finished: the interval of {field} in “{name}” is {} to {}, which {hits} of {n} do not give",
                        found.0, found.1
                    ));
                }
            }
        }
        faults
    }

    /// The rows of a table for a card: audit, rows, and three rates in percent.
    pub(super) fn table(&self) -> Vec<[String; 5]> {
        let number = |status: &Value, field: &str| grouped(status[field].as_u64().unwrap_or_default() as usize);
        let row = |audit: &RecordedAudit| {
            let status = &audit.status;
            [
                status["name"].as_str().unwrap_or_default().to_owned(),
                format!("{} of {}", number(status, "judged"), number(&status["rows"], "population")),
                rate(&status["rows"], &status["unsure"], "rows"),
                rate(&status["negatives"], &status["unsure"]["negatives"], "open"),
                rate(&status["wrong_positives"], &status["unsure"]["wrong_positives"], "open"),
            ]
        };
        // Of drawn tiles follows no rate; the sentences have what they show.
        self.finished.iter().filter(|audit| audit.status["rows"]["method"] != "tiles").map(row).collect()
    }
}

/// The agreement of annotators without their names, and the number of adjudicated rows.
fn of_annotators(audit: &Audit, dataset: &Dataset) -> Vec<String> {
    let name = &audit.plan.name;
    let found = agreements(&AnsweredRows::of_audit(audit, dataset, Counted::LooksOnly));
    let all =
        found.into_iter().find(|found| found.pair.is_none()).map(|found| found.negatives).filter(|found| found.n > 0);
    let mut sentences: Vec<String> = Vec::new();
    if let Some(found) = all {
        let pairs = count(found.n as usize, "pair");
        let alpha = found.alpha.map_or_else(String::new, |alpha| format!("; Krippendorff's α is {alpha:.2}"));
        sentences.push(match found.positive_agreement {
            Some(Share { value, low, high }) => {
                let interval = low.zip(high).map_or_else(String::new, |(low, high)| {
                    format!(" (95 %: {} to {})", percent(low), percent(high))
                });
                format!(
                    "“{name}”: positive agreement on whether a negative is relevant {}{interval}, over {pairs} of answers{alpha}.",
                    percent(value)
                )
            }
            None => format!("“{name}”: no annotator called a negative relevant in {pairs} of answers."),
        });
    }
    let has_word = |key: &&SampleKey| {
        let sample = dataset.find(**key).and_then(|index| dataset.sample(index).ok());
        sample.is_some_and(|sample| audit.adjudicated(&sample).is_some())
    };
    let adjudicated = audit.rows.iter().filter(has_word).count();
    if adjudicated > 0 {
        sentences.push(format!("“{name}”: {} adjudicated.", count(adjudicated, "row")));
    }
    sentences
}

/// A rate with its interval; where answers are open, with the ends that hold whatever they are.
fn rate(figures: &Value, open: &Value, number: &str) -> String {
    let percent = |of: &Value, name: &str| of[name].as_f64().map(|share| format!("{:.1}", share * 100.0));
    let ends = if open[number].as_u64() > Some(0) && open["high"].is_number() { open } else { figures };
    match (percent(figures, "estimate"), percent(ends, "low"), percent(ends, "high")) {
        (Some(estimate), Some(low), Some(high)) => format!("{estimate} % ({low} to {high})"),
        (Some(estimate), ..) => format!("{estimate} %"),
        _ => "not known".to_owned(),
    }
}

/// Rounds all fractions to nine digits, which every machine writes and reads in the same way.
pub(crate) fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            if let Some(rounded) = number.as_f64().map(|number| (number * 1e9).round() / 1e9) {
                *value = json!(rounded);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(fields) => fields.values_mut().for_each(round),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_numbers_are_read_as_they_were_written() {
        let mut value = json!({"a": [0.1 + 0.2, 1.0 / 3.0, 4], "b": 446.123_456_789_123});
        round(&mut value);
        assert_eq!(value, json!({"a": [0.3, 0.333_333_333, 4], "b": 446.123_456_789}));
        let again: Value = serde_json::from_str(&value.to_string()).unwrap();
        assert_eq!(again, value);
    }
}
