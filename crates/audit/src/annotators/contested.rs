//! The rows on which adjudicators differ, from the events of a sidecar alone: the dataset need not
//! be there. With a dataset, `rows.rs` finds them with their answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use tilejury_data::{Row, Sample, SampleKey, TilePath};

use super::rows::standing_adjudication;
use crate::audits::{Audit, audits};
use crate::event::Event;
use crate::judgement::Judgements;
use crate::merge::by_adjudicator;
use crate::sidecar::SampleRecord;
use crate::text::count;

/// A row, and the adjudicators who differ on it.
type NamedRow = (SampleKey, Vec<Arc<str>>);

/// The rows of an audit, or of the judgements that count, on which adjudicators differ. Its JSON
/// form is documented in docs/json.md.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContestedRows {
    /// The name of the audit; null for the judgements that count.
    pub audit: Option<String>,
    /// The adjudicators who differ on one of the rows, sorted.
    pub adjudicators: BTreeSet<String>,
    /// The rows where they were when they were first judged.
    pub rows: Vec<ContestedRow>,
}

/// A row on which adjudicators differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ContestedRow {
    /// Its split.
    pub split: String,
    /// Its line.
    pub line: u64,
}

impl ContestedRows {
    /// The rows in words.
    pub fn sentence(&self) -> String {
        let names: Vec<&str> = self.adjudicators.iter().map(String::as_str).collect();
        let places: Vec<String> = self.rows.iter().map(|row| format!("{} line {}", row.split, row.line)).collect();
        let of = self.audit.as_ref().map(|name| format!(" of “{name}”")).unwrap_or_default();
        format!(
            "{} gave different words on {}{of}, which count as unsure until one word has the most votes: {}",
            names.join(" and "),
            count(self.rows.len(), "row"),
            places.join(", ")
        )
    }
}

/// The rows on which adjudicators differ: of the judgements that count, then of each audit.
/// `events` are those of all rounds; `records`, those of the samples.
pub fn contested_rows(events: &[Event], records: &[SampleRecord]) -> Vec<ContestedRows> {
    let records: BTreeMap<SampleKey, &SampleRecord> = records.iter().map(|record| (record.key, record)).collect();
    let standing: Vec<Event> = events.iter().filter(|event| event.round.is_none()).cloned().collect();
    let adjudicators = by_adjudicator(&standing);
    let sample = |key: SampleKey, of: &[&Judgements]| Some(marked_sample(records.get(&key)?, of));
    let judged: Vec<&Judgements> = adjudicators.values().collect();
    let keys: BTreeSet<SampleKey> = judged.iter().flat_map(|one| one.keys().copied()).collect();
    let of_standing = |key: SampleKey| {
        let found = standing_adjudication(&adjudicators, &sample(key, &judged)?)?;
        found.differ_on.as_ref()?;
        Some((key, found.words.into_iter().map(|(name, ..)| name).collect()))
    };
    let of_audit = |audit: &Audit| {
        let judged: Vec<&Judgements> = audit.adjudicators().values().map(|one| &one.judgements).collect();
        let found = |key: &SampleKey| {
            let found = audit.adjudication(&sample(*key, &judged)?)?;
            found.differ_on.as_ref()?;
            Some((*key, found.words.into_iter().map(|(name, ..)| name).collect()))
        };
        let rows = audit.rows.iter().filter(|_| judged.len() > 1).filter_map(found).collect();
        (Some(audit.plan.name.clone()), rows)
    };
    let standing = (None, keys.into_iter().filter(|_| judged.len() > 1).filter_map(of_standing).collect());
    let each: Vec<(Option<String>, Vec<NamedRow>)> =
        std::iter::once(standing).chain(audits(events).iter().map(of_audit)).collect();
    let place = |key: &SampleKey| {
        records.get(key).map(|record| ContestedRow { split: record.split.clone(), line: record.line.get() })
    };
    each.into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .map(|(audit, rows)| ContestedRows {
            audit,
            adjudicators: rows.iter().flat_map(|(_, names)| names).map(ToString::to_string).collect(),
            rows: rows.iter().filter_map(|(key, _)| place(key)).collect(),
        })
        .collect()
}

/// A sample as far as its record and the marks of adjudicators tell: about a tile that none of them
/// marked, they do not differ.
fn marked_sample(record: &SampleRecord, judged: &[&Judgements]) -> Sample {
    let positive = TilePath::new(&record.positive);
    let marked: BTreeSet<&str> = judged
        .iter()
        .filter_map(|one| one.get(&record.key))
        .flat_map(|judgement| judgement.tiles.keys().map(TilePath::as_str))
        .filter(|path| *path != positive.as_str())
        .collect();
    let row = Row {
        query: record.query.as_str().into(),
        positive: record.positive.as_str().into(),
        negatives: marked.into_iter().map(Into::into).collect(),
        answer: None,
    };
    Sample::new(record.key, row)
}
