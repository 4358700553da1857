//! What can be saved of a damaged sidecar, into a new one.
//!
//! Events are never changed or deleted: so every row that can be read anywhere in the file is true, even one of a page that
//! is no longer in use. The damaged file is only read.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use tilejury_data::{Fingerprint, SampleKey};

use super::copy::{place, temporary_beside};
use super::look::beside;
use super::pages::{self, Row, Value};
use super::{Place, SampleRecord, Sidecar, SidecarError};
use crate::event::{Event, StepId};
use crate::judgement::Change;
use crate::origin::Origin;

/// What was saved, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes in the new file.
    pub events: usize,
    /// Samples in the new file with their query and positive.
    pub samples: usize,
    /// Samples that changes are about and whose query and positive could not be read. The dataset has them still.
    pub unnamed_samples: usize,
    /// Annotators whose place could be read.
    pub places: usize,
    /// Changes that must have been in the file, by their numbers, and could not be read.
    pub missing: usize,
    /// Rows that are there in part only, of whatever table.
    pub broken: usize,
}

/// Reads what can be read of a sidecar, page by page, and writes it to a new one, in the order in which it was stored.
/// The write-ahead log beside the sidecar counts as well. Takes memory for all of it.
///
/// # Errors
/// When the file cannot be opened, holds nothing that looks like a judgement, or the new one is there already or cannot
/// be written; then nothing is there that was not before.
pub fn recover(from: &Path, to: &Path) -> Result<Recovered, SidecarError> {
    // Names that lead to something may lead to nothing: a link whose target is gone is not overwritten either.
    if to.symlink_metadata().is_ok() {
        return Err(SidecarError::Exists(to.to_owned()));
    }
    let found = pages::read(from).map_err(|source| SidecarError::Io { path: from.to_owned(), source })?;
    let saved = Saved::of(&found.rows);
    if saved.events.is_empty() {
        return Err(SidecarError::NothingFound(from.to_owned()));
    }
    let temporary = temporary_beside(to);
    let written = saved.write(&temporary).and_then(|recovered| {
        place(&temporary, to)?;
        Ok(Recovered { broken: found.broken, ..recovered })
    });
    if written.is_err() {
        for file in [temporary.clone(), beside(&temporary, "-wal"), beside(&temporary, "-shm")] {
            let _ = std::fs::remove_file(file);
        }
    }
    written
}

/// What the rows say, each once.
#[derive(Default)]
struct Saved {
    /// By their number in the file.
    events: BTreeMap<i64, Event>,
    samples: HashMap<SampleKey, SampleRecord>,
    places: HashMap<String, Place>,
    fingerprint: Option<String>,
    /// The number of the last change that was ever stored.
    last: i64,
}

impl Saved {
    fn of(rows: &[Row]) -> Self {
        let mut saved = Self::default();
        let mut known = HashSet::new();
        for row in rows {
            if let Some(event) = event(row) {
                if known.insert((event.step.session.clone(), event.seq)) {
                    saved.events.insert(row.id, event);
                }
            } else if let Some(sample) = sample(row) {
                saved.samples.entry(sample.key).or_insert(sample);
            } else if let Some(place) = annotators_place(row) {
                let later = saved.places.get(&place.annotator).is_none_or(|known| known.at < place.at);
                if later {
                    saved.places.insert(place.annotator.clone(), place);
                }
            } else if let [Value::Text(key), value] = row.values.as_slice() {
                match (key.as_str(), value) {
                    ("fingerprint", Value::Text(value)) => _ = saved.fingerprint.get_or_insert_with(|| value.clone()),
                    // SQLite's own count (`sqlite_sequence`).
                    ("events", Value::Integer(last)) => saved.last = saved.last.max(*last),
                    _ => {}
                }
            }
        }
        let last = saved.events.keys().next_back().copied();
        saved.last = saved.last.max(last.unwrap_or(0));
        saved
    }

    fn write(&self, to: &Path) -> Result<Recovered, SidecarError> {
        let mut sidecar = Sidecar::open(to, Fingerprint(0))?;
        if let Some(fingerprint) = &self.fingerprint {
            let sql = "UPDATE meta SET value = ?1 WHERE key = 'fingerprint'";
            sidecar.connection.execute(sql, [fingerprint]).map_err(|source| sidecar.failed(source))?;
        }
        let named: HashSet<SampleKey> = self.events.values().map(|event| event.sample).collect();
        let unnamed: Vec<SampleKey> = named.into_iter().filter(|key| !self.samples.contains_key(key)).collect();
        let nameless = |key: &SampleKey| SampleRecord {
            key: *key,
            query: String::new(),
            positive: String::new(),
            split: String::new(),
            line: 0,
        };
        let samples: Vec<_> = self.samples.values().cloned().chain(unnamed.iter().map(nameless)).collect();
        let events: Vec<Event> = self.events.values().cloned().collect();
        sidecar.append(&events, &samples, None)?;
        for place in self.places.values() {
            sidecar.append(&[], &[], Some(place))?;
        }
        sidecar.in_one_file()?;
        Ok(Recovered {
            events: events.len(),
            samples: self.samples.len(),
            unnamed_samples: unnamed.len(),
            places: self.places.len(),
            // Numbers are given one by one: up to the last, each stands for a change.
            missing: usize::try_from(self.last).unwrap_or(0).saturating_sub(events.len()),
            broken: 0,
        })
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn optional(value: Option<&Value>) -> Option<Option<&str>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => text(value).map(Some),
    }
}

fn integer(value: &Value) -> Option<u64> {
    if let Value::Integer(number) = value { u64::try_from(*number).ok() } else { None }
}

/// A row of `events`: of schema 1 it has eleven values, of schema 2 thirteen, of schema 3 fifteen. Its number stands beside it, not in it.
fn event(row: &Row) -> Option<Event> {
    let values = row.values.as_slice();
    let [Value::Null, session, seq, step, sample, tile, field, value, annotator, at, undoes, rest @ ..] = values else {
        return None;
    };
    if rest.len() > 4 || row.id <= 0 {
        return None;
    }
    let step_id = |text: Option<&str>| text.map(str::parse).transpose().ok();
    Some(Event {
        step: StepId { session: text(session)?.into(), seq: integer(step)? },
        seq: integer(seq)?,
        sample: text(sample)?.parse().ok()?,
        change: Change::parse(text(field)?, optional(Some(tile))?, optional(Some(value))?).ok()?,
        annotator: text(annotator)?.into(),
        at: text(at)?.parse().ok()?,
        undoes: step_id(optional(Some(undoes))?)?,
        origin: Origin {
            chosen_by: optional(rest.first())?.map(str::parse).transpose().ok()?,
            propagated_from: step_id(optional(rest.get(1))?)?,
            confirmed_by: optional(rest.get(2))?.map(str::parse).transpose().ok()?,
        },
    })
}

fn sample(row: &Row) -> Option<SampleRecord> {
    let [key, query, positive, split, line] = row.values.as_slice() else { return None };
    Some(SampleRecord {
        key: text(key).filter(|key| key.len() == 32)?.parse().ok()?,
        query: text(query)?.to_owned(),
        positive: text(positive)?.to_owned(),
        split: text(split)?.to_owned(),
        line: u32::try_from(integer(line)?).ok()?,
    })
}

fn annotators_place(row: &Row) -> Option<Place> {
    let [annotator, sample, at] = row.values.as_slice() else { return None };
    Some(Place {
        annotator: text(annotator)?.to_owned(),
        sample: text(sample)?.parse().ok()?,
        at: text(at)?.parse().ok()?,
    })
}
