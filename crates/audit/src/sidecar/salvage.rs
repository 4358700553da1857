//! The content of a damaged sidecar's rows, each once, and how credible it is. Decides from rows
//! alone; writes nothing.
//!
//! A change is certain if its checksum matches, a sample if its key is the hash of its query and
//! positive. Doubtful ones are saved if nothing better exists, and are listed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tilejury_data::{SampleKey, TilePath};

use super::candidate_change::{CandidateChange, Credibility};
use super::pages::{self, FilePosition, RecoveredRow, SidecarBytes};
use super::record::ColumnValue;
use super::recovered::{Doubt, Recovered, shortened};
use super::rows::checksum;
use super::stored_order::{self, ChangeIndex, ChangeName, name};
use super::{LastPosition, SampleRecord};
use crate::event::Event;
use crate::judgement::FieldChange;
use crate::looks::Looks;
use crate::origin::Origin;
use crate::step::StepId;
use crate::visible::Visible;

/// Exact repeats of a row have keys that differ by a number. Keys are tried up to this number.
const REPEATS: u32 = 1000;

/// The rows to be written, and the report about them.
#[derive(Default)]
pub(super) struct Salvaged {
    /// The events in stored order.
    pub(super) events: Vec<Event>,
    pub(super) samples: Vec<SampleRecord>,
    pub(super) positions: Vec<LastPosition>,
    pub(super) fingerprint: Option<String>,
    pub(super) report: Recovered,
}

/// Reads everything that an image holds.
pub(super) fn salvage(image: &SidecarBytes<'_>) -> Salvaged {
    let found = pages::read(image, may_be_ours);
    let index = ChangeIndex::new(found.entries);
    let mut records = SortedRecords { broken: found.broken.into_iter().collect(), ..SortedRecords::default() };
    for row in &found.rows {
        records.add(row);
    }
    records.into_salvaged(&index)
}

/// Whether a record of our tables may begin with these bytes: the length of its header, then the
/// types of the first values.
fn may_be_ours(bytes: &[u8]) -> bool {
    /// A text of 32 characters.
    const KEY: u8 = 77;
    match bytes {
        // A change: eleven values or more, the first of them NULL.
        [12..=60, 0, ..] => true,
        // A sample has five values, a position three, the fingerprint two.
        [6..=20, KEY, ..] | [4, _, KEY, ..] | [3, _, KEY, ..] => true,
        _ => false,
    }
}

/// All that was read, sorted by kind.
#[derive(Default)]
struct SortedRecords {
    events: HashMap<ChangeName, CandidateChange>,
    mismatched: Vec<CandidateChange>,
    samples: HashMap<SampleKey, SampleRecord>,
    /// Samples whose key is not the hash of their content.
    odd_samples: Vec<(SampleRecord, FilePosition)>,
    positions: HashMap<String, (LastPosition, FilePosition)>,
    fingerprints: Vec<(String, FilePosition)>,
    /// The number of the last change according to SQLite (`sqlite_sequence`).
    last: Option<i64>,
    broken: HashSet<FilePosition>,
    doubts: Vec<Doubt>,
}

impl SortedRecords {
    fn add(&mut self, row: &RecoveredRow) {
        let understood = match row.values.as_slice() {
            [ColumnValue::Text(key), ColumnValue::Text(value)] if key == "fingerprint" => {
                if !self.fingerprints.iter().any(|(known, _)| known == value) {
                    self.fingerprints.push((value.clone(), row.spot));
                }
                true
            }
            [ColumnValue::Text(table), ColumnValue::Integer(last)] if table == "events" && row.listed => {
                self.last = self.last.max(Some(*last));
                true
            }
            [_, _] => true,
            [_, _, _] => last_position(row).map(|position| self.add_last_position(position, row.spot)).is_some(),
            // The list of tables also has five columns.
            [_, _, _, ColumnValue::Integer(_), ColumnValue::Text(_) | ColumnValue::Null] => true,
            [_, _, _, _, _] => sample(row).map(|sample| self.add_sample(sample, row)).is_some(),
            [_, _, _, _, _, _, _, _, _, _, _, ..] => {
                event(row).map(|event| self.add_event(event, row.listed)).is_some()
            }
            _ => true,
        };
        if !understood && row.listed {
            self.broken.insert(row.spot);
        }
    }

    fn add_last_position(&mut self, position: LastPosition, spot: FilePosition) {
        if self.positions.get(&position.annotator).is_none_or(|(known, _)| known.at < position.at) {
            self.positions.insert(position.annotator.clone(), (position, spot));
        }
    }

    fn add_sample(&mut self, sample: SampleRecord, row: &RecoveredRow) {
        if self.samples.contains_key(&sample.key) {
            return;
        }
        let path = TilePath::new(&sample.positive);
        if (0..REPEATS).any(|repeat| SampleKey::new(&sample.query, &path, repeat) == sample.key) {
            self.samples.insert(sample.key, sample);
        } else if row.listed && !self.odd_samples.iter().any(|(known, _)| *known == sample) {
            self.odd_samples.push((sample, row.spot));
        }
    }

    fn add_event(&mut self, mut read: CandidateChange, listed: bool) {
        read.trust = match read.checksum {
            Some(stored) if stored == i64::from(checksum(&read.event)) => Credibility::Verified,
            Some(_) => Credibility::Mismatch,
            None if listed => Credibility::Unchecked,
            None => Credibility::Stray,
        };
        // A record that no page lists may be the rest of an overwritten one: without a matching
        // checksum it is ignored.
        if read.trust == Credibility::Mismatch {
            if listed && !self.mismatched.iter().any(|known| known.event == read.event && known.ids == read.ids) {
                self.mismatched.push(read);
            }
            return;
        }
        match self.events.entry(name(&read.event)) {
            Entry::Vacant(vacant) => _ = vacant.insert(read),
            Entry::Occupied(mut known) => {
                let known = known.get_mut();
                if known.event == read.event {
                    known.trust = known.trust.max(read.trust);
                    for id in read.ids {
                        if !known.ids.contains(&id) {
                            known.ids.push(id);
                        }
                    }
                } else if (read.trust, read.columns) > (known.trust, known.columns) {
                    *known = read;
                } else if (read.trust, read.columns) == (known.trust, known.columns) && listed {
                    let why = "another version of it differs; that one was read first and is saved".into();
                    self.doubts.push(read.doubt(why, false));
                }
            }
        }
    }

    fn into_salvaged(mut self, index: &ChangeIndex) -> Salvaged {
        self.judge_mismatched(index);
        for stray in self.events.values().filter(|candidate| candidate.trust == Credibility::Stray) {
            self.doubts.push(stray.doubt("no page lists it, and it has no checksum".into(), true));
        }
        let unchecked =
            |candidate: &CandidateChange| candidate.trust < Credibility::Verified && candidate.checksum.is_none();
        let ordered = stored_order::sort(std::mem::take(&mut self.events).into_values().collect(), index, self.last);
        self.doubts.extend(ordered.doubts);
        let mut report = Recovered {
            missing: ordered.missing,
            unchecked: ordered.candidates.iter().filter(|candidate| unchecked(candidate)).count(),
            broken: self.broken.len(),
            ..Recovered::default()
        };
        let events: Vec<Event> = ordered.candidates.into_iter().map(|candidate| candidate.event).collect();
        let judged: HashSet<SampleKey> = events.iter().map(|event| event.sample).collect();
        self.judge_samples(&judged);
        let fingerprint = self.judge_fingerprints(&mut report.unverified);
        let mut positions: Vec<(LastPosition, FilePosition)> = self.positions.into_values().collect();
        positions.sort_by(|(a, _), (b, _)| a.annotator.cmp(&b.annotator));
        for (position, spot) in &positions {
            let why = "nothing else in the file holds an annotator's position".into();
            report.unverified.push(Doubt {
                table: "places",
                name: position.annotator.clone(),
                content: format!("sample {} at {}", position.sample, position.at),
                why,
                spot: Some(*spot),
                saved: true,
            });
        }
        let mut samples: Vec<SampleRecord> = self.samples.into_values().collect();
        samples.sort_by_key(|sample| sample.key);
        report.events = events.len();
        report.samples = samples.len();
        report.unnamed_samples =
            judged.iter().filter(|key| samples.binary_search_by_key(*key, |sample| sample.key).is_err()).count();
        report.positions = positions.len();
        self.doubts.sort_by(|a, b| (a.table, &a.name, &a.why).cmp(&(b.table, &b.name, &b.why)));
        report.doubtful = self.doubts;
        let positions = positions.into_iter().map(|(position, _)| position).collect();
        Salvaged { events, samples, positions, fingerprint, report }
    }

    /// Corrects changes with a wrong checksum from the index entries of their rows, or saves them
    /// as doubtful if nothing better exists.
    fn judge_mismatched(&mut self, index: &ChangeIndex) {
        let mut uncorrected = Vec::new();
        for read in std::mem::take(&mut self.mismatched) {
            match corrected(&read, index) {
                Some(corrected) => self.add_event(corrected, true),
                None => uncorrected.push(read),
            }
        }
        let names_by_id: HashMap<i64, ChangeName> =
            self.events.iter().flat_map(|(name, known)| known.ids.iter().map(|id| (*id, name.clone()))).collect();
        for read in uncorrected {
            let why = "its checksum does not match its content";
            let better = self.events.contains_key(&name(&read.event));
            // An intact copy of the row exists, in the log or on another page.
            let copy = read.ids.first().is_some_and(|id| {
                names_by_id.get(id).is_some_and(|name| index.names.get(id).is_none_or(|names| names.contains(name)))
            });
            self.doubts.push(if better || copy {
                read.doubt(format!("{why}, and an intact change has its number"), false)
            } else {
                read.doubt(why.into(), true)
            });
            if !better && !copy {
                self.events.insert(name(&read.event), read);
            }
        }
    }

    fn judge_samples(&mut self, judged: &HashSet<SampleKey>) {
        for (mut sample, spot) in std::mem::take(&mut self.odd_samples) {
            if self.samples.contains_key(&sample.key) {
                continue;
            }
            let path = TilePath::new(&sample.positive);
            let right = (0..REPEATS)
                .map(|repeat| SampleKey::new(&sample.query, &path, repeat))
                .find(|key| judged.contains(key) && !self.samples.contains_key(key));
            if let Some(key) = right {
                sample.key = key;
            } else {
                self.doubts.push(Doubt {
                    table: "samples",
                    name: sample.key.to_string(),
                    content: shortened(&format!("query {:?}, positive {:?}", sample.query, sample.positive)),
                    why: "its key does not belong to its query and positive".into(),
                    spot: Some(spot),
                    saved: true,
                });
            }
            self.samples.insert(sample.key, sample);
        }
    }

    /// The fingerprint that was read first. Nothing else in the file confirms it.
    fn judge_fingerprints(&mut self, unverified: &mut Vec<Doubt>) -> Option<String> {
        let doubt = |content: &str, why: &str, spot, saved| Doubt {
            table: "meta",
            name: "fingerprint".into(),
            content: shortened(content),
            why: why.into(),
            spot,
            saved,
        };
        let is_fingerprint =
            |text: &str| text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let (good, bad): (Vec<_>, Vec<_>) = self.fingerprints.iter().partition(|(text, _)| is_fingerprint(text));
        for (text, spot) in bad {
            self.doubts.push(doubt(text, "it is not a fingerprint of a dataset", Some(*spot), false));
        }
        match good.as_slice() {
            [] => self.doubts.push(doubt("", "the fingerprint of the dataset could not be read", None, false)),
            [(text, spot)] => {
                unverified.push(doubt(
                    text,
                    "nothing else in the file holds the fingerprint of the dataset",
                    Some(*spot),
                    true,
                ));
            }
            several => {
                for (at, (text, spot)) in several.iter().enumerate() {
                    let why = "the file holds several fingerprints; the first is saved";
                    self.doubts.push(doubt(text, why, Some(*spot), at == 0));
                }
            }
        }
        good.first().map(|(text, _)| text.clone())
    }
}

/// The change with the values of its row's index entries, if its checksum then matches.
fn corrected(read: &CandidateChange, index: &ChangeIndex) -> Option<CandidateChange> {
    let id = read.ids.first()?;
    let names = index.names.get(id).into_iter().flatten().map(|(session, seq)| {
        let mut event = read.event.clone();
        event.step.session = session.clone();
        event.seq = *seq;
        event
    });
    let fields = index.fields.get(id).into_iter().flatten().filter_map(|entry| {
        let mut event = read.event.clone();
        event.sample = entry.sample;
        event.annotator = entry.annotator.as_str().into();
        event.change = FieldChange::parse(&entry.field, entry.tile.as_deref(), event.change.value().as_deref()).ok()?;
        Some(event)
    });
    let mut variants = names.chain(fields);
    let event = variants.find(|event| read.checksum == Some(i64::from(checksum(event))))?;
    Some(CandidateChange { event, ..read.clone() })
}

fn text(value: &ColumnValue) -> Option<&str> {
    if let ColumnValue::Text(text) = value { Some(text) } else { None }
}

fn optional(value: Option<&ColumnValue>) -> Option<Option<&str>> {
    match value {
        None | Some(ColumnValue::Null) => Some(None),
        Some(value) => text(value).map(Some),
    }
}

fn integer(value: &ColumnValue) -> Option<u64> {
    if let ColumnValue::Integer(number) = value { u64::try_from(*number).ok() } else { None }
}

/// Reads a row of `events`: schema 1 has eleven values, schema 2 thirteen, schema 3 fifteen, schema
/// 5 seventeen, schema 6 nineteen, schema 8 twenty. The first is its number, which is stored beside
/// the row.
fn event(row: &RecoveredRow) -> Option<CandidateChange> {
    let values = row.values.as_slice();
    let [_, session, seq, step, sample, tile, field, value, annotator, at, undoes, rest @ ..] = values else {
        return None;
    };
    if rest.len() > 9 {
        return None;
    }
    let step_id = |text: Option<&str>| text.map(str::parse).transpose().ok();
    let event = Event {
        step: StepId { session: text(session)?.into(), seq: integer(step)? },
        seq: integer(seq)?,
        sample: text(sample)?.parse().ok()?,
        change: FieldChange::parse(text(field)?, optional(Some(tile))?, optional(Some(value))?).ok()?,
        annotator: text(annotator)?.into(),
        at: text(at)?.parse().ok()?,
        undoes: step_id(optional(Some(undoes))?)?,
        origin: Origin {
            chosen_by: optional(rest.first())?.map(str::parse).transpose().ok()?,
            propagated_from: step_id(optional(rest.get(1))?)?,
            confirmed_by: optional(rest.get(2))?.map(str::parse).transpose().ok()?,
            bulk: match rest.get(4) {
                None | Some(ColumnValue::Integer(0)) => false,
                Some(ColumnValue::Integer(1)) => true,
                Some(_) => return None,
            },
            looks: optional(rest.get(5))?.map(Looks::from_text).transpose().ok()?.map(Arc::new),
            settles: optional(rest.get(7))?.map(str::parse).transpose().ok()?,
            visible: optional(rest.get(8))?.map(Visible::from_text).transpose().ok()?,
        },
        round: optional(rest.get(6))?.map(str::parse).transpose().ok()?,
    };
    let checksum = match rest.get(3) {
        None | Some(ColumnValue::Null) => None,
        Some(ColumnValue::Integer(stored)) => Some(*stored),
        Some(_) => Some(-1),
    };
    Some(CandidateChange {
        event,
        ids: row.id.into_iter().filter(|id| *id > 0).collect(),
        trust: Credibility::Mismatch,
        spot: row.spot,
        checksum,
        columns: values.len(),
    })
}

fn sample(row: &RecoveredRow) -> Option<SampleRecord> {
    let [key, query, positive, split, line] = row.values.as_slice() else { return None };
    Some(SampleRecord {
        key: text(key).filter(|key| key.len() == 32)?.parse().ok()?,
        query: text(query)?.to_owned(),
        positive: text(positive)?.to_owned(),
        split: text(split)?.to_owned(),
        line: u32::try_from(integer(line)?).ok()?.into(),
    })
}

fn last_position(row: &RecoveredRow) -> Option<LastPosition> {
    let [annotator, sample, at] = row.values.as_slice() else { return None };
    Some(LastPosition {
        annotator: text(annotator)?.to_owned(),
        sample: text(sample)?.parse().ok()?,
        at: text(at)?.parse().ok()?,
    })
}
