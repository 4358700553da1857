//! One exchange with a place of events: takes in what arrived there, then sends what is only here,
//! in batches that arrive whole or not at all. The rules of taking in are those of files.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::event_place::{ArrivedEvent, ArrivedEvents, EventPlace, Place, PlaceView, SentEvents};
use super::file_name::FileName;
use super::sync::{MADE_UP, SyncError, SyncReport, in_files, not_in, sync};
use crate::event::Event;
use crate::progress::{Progress, Stage};
use crate::sidecar::event_columns::EventColumns;
use crate::sidecar::exchanged::ReceivedFile;
use crate::sidecar::{SampleRecord, Sidecar};
use crate::text::count;

/// After so many refused steps, the rest waits for the next exchange.
const REFUSED_UP_TO: usize = 50;
/// The most events that are remembered as not understood; later ones are read again with all
/// others.
const AGAIN_UP_TO: usize = 1_000;

/// The part of a place that was read, as the sidecar notes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// The id of the place.
    place: String,
    /// The annotator whose events alone were visible.
    only: Option<String>,
    /// The number of the last arrival.
    arrival: i64,
    /// The number of the last one that was as it was sent, and its line.
    known: i64,
    line: String,
    /// The numbers of those that were left out, to be tried again.
    again: Vec<i64>,
}

/// The outcome of taking events in.
#[derive(Default)]
struct Taken {
    /// The numbers of those that are not as they were sent.
    left_out: Vec<i64>,
    /// The last of the others, by number, with its line.
    known: Option<(i64, String)>,
}

/// Exchanges judgements between a sidecar and a place of any kind, and notes it in the sidecar.
///
/// # Errors
/// When the place or the sidecar fails, or the work was cancelled.
pub fn sync_through(
    sidecar: &mut Sidecar,
    place: &mut Place,
    progress: &dyn Progress,
) -> Result<SyncReport, SyncError> {
    match place {
        Place::Folder(folder) => sync(sidecar, &**folder, progress),
        Place::Events(events) => sync_events(sidecar, &mut **events, progress),
    }
}

/// Exchanges judgements between a sidecar and a place of events, and notes it in the sidecar.
///
/// # Errors
/// When the place or the sidecar fails, or the work was cancelled.
pub fn sync_events(
    sidecar: &mut Sidecar,
    place: &mut dyn EventPlace,
    progress: &dyn Progress,
) -> Result<SyncReport, SyncError> {
    let address = place.address();
    let failed = |source: io::Error| SyncError::Folder { address: address.clone(), source };
    let view = place.view().map_err(failed)?;
    let dataset = sidecar.named_dataset()?;
    sidecar.set_exchange_folder(&address)?;
    let mut exchange = Exchange { sidecar, place, address: &address, dataset: &dataset, view, progress };
    let mut report = SyncReport { place_note: exchange.view.note.clone(), ..SyncReport::default() };
    let mut position = exchange.position()?;
    exchange.receive(&mut position, &mut report)?;
    exchange.send(&mut report)?;
    if report.sent > 0 {
        // The position then has what was sent: if the place loses it, that is noticed.
        exchange.receive(&mut position, &mut report)?;
    }
    report.versions = sidecar.events_in_versions()?;
    report.names_in_several = sidecar.names_in_several()?;
    Ok(report)
}

/// The two sides of an exchange, and what is known of them.
struct Exchange<'a> {
    sidecar: &'a mut Sidecar,
    place: &'a mut dyn EventPlace,
    address: &'a str,
    dataset: &'a str,
    view: PlaceView,
    progress: &'a dyn Progress,
}

impl Exchange<'_> {
    fn failed(&self, source: io::Error) -> SyncError {
        SyncError::Folder { address: self.address.to_owned(), source }
    }

    /// The position from which to read: the beginning if the place is another one, shows something
    /// else, or no longer has what it had.
    fn position(&mut self) -> Result<Position, SyncError> {
        let PlaceView { place, only, note: _ } = &self.view;
        let begin = Position { place: place.clone(), only: only.clone(), ..Position::default() };
        let noted = self.sidecar.exchange_position()?;
        let noted: Option<Position> = noted.and_then(|text| serde_json::from_str(&text).ok());
        let Some(noted) = noted.filter(|noted| (&noted.place, &noted.only) == (place, only)) else {
            return Ok(begin);
        };
        if noted.known == 0 {
            return Ok(noted);
        }
        let has = self.place.has(self.dataset, noted.known, &noted.line);
        if has.map_err(|source| self.failed(source))? {
            return Ok(noted);
        }
        // Restored from a backup, perhaps: what was sent since may be missing.
        let sent = self.sent_names()?.iter().map(ToString::to_string).collect::<Vec<_>>();
        self.sidecar.replace_own_notes(&sent, None)?;
        Ok(begin)
    }

    /// Takes in what arrived after a position, and moves it.
    fn receive(&mut self, position: &mut Position, report: &mut SyncReport) -> Result<(), SyncError> {
        let mut again = std::mem::take(&mut position.again);
        for done in 0.. {
            self.progress.report(Stage::Sidecars.step(done, done + 1))?;
            let arrived = self.place.read(self.dataset, position.arrival, &again);
            let mut arrived = arrived.map_err(|source| self.failed(source))?;
            again.clear();
            let has_more = arrived.has_more;
            let newest = arrived.events.iter().rfind(|event| event.arrival > position.arrival);
            let newest = newest.map(|event| event.arrival);
            let Taken { left_out, known } = self.take(&mut arrived, report)?;
            let room = AGAIN_UP_TO.saturating_sub(position.again.len());
            position.again.extend(left_out.iter().take(room));
            // More than there is room for: the note stays before them, so they are read again.
            let is_new = left_out.len() <= room && newest.is_some();
            if is_new {
                position.arrival = newest.unwrap_or(position.arrival);
                if let Some((arrival, line)) = known.filter(|(arrival, _)| *arrival > position.known) {
                    (position.known, position.line) = (arrival, line);
                }
            }
            let text = serde_json::to_string(position).unwrap_or_default();
            if self.sidecar.exchange_position()?.as_ref() != Some(&text) {
                self.sidecar.set_exchange_position(&text)?;
            }
            if !has_more || !is_new {
                break;
            }
        }
        Ok(())
    }

    /// Takes events in.
    fn take(&mut self, arrived: &mut ArrivedEvents, report: &mut SyncReport) -> Result<Taken, SyncError> {
        let mut samples: BTreeMap<String, SampleRecord> = BTreeMap::new();
        for (key, query, positive, split, line) in std::mem::take(&mut arrived.samples) {
            if let Ok(parsed) = key.parse() {
                samples.insert(key, SampleRecord { key: parsed, query, positive, split, line: line.into() });
            }
        }
        let mut taken = Taken::default();
        let mut of_sidecars: BTreeMap<String, ReceivedFile> = BTreeMap::new();
        for event in std::mem::take(&mut arrived.events) {
            let (arrival, name) = (event.arrival, format!("{}/{}", event.columns.session, event.columns.seq));
            let sidecar = event.sidecar.clone();
            let understood = match understood(event, &samples) {
                Ok((event, _)) if self.sidecar.is_made_up(&event)? => Err(MADE_UP.to_owned()),
                understood => understood,
            };
            match understood {
                Ok((event, sample)) => {
                    taken.known = Some((arrival, EventColumns::from(&event).line()));
                    let received = of_sidecars.entry(sidecar.clone()).or_insert_with(|| ReceivedFile {
                        name: self.address.to_owned(),
                        sidecar,
                        events: Vec::new(),
                        samples: Vec::new(),
                    });
                    received.samples.push(sample);
                    received.events.push(event);
                }
                Err(reason) => {
                    taken.left_out.push(arrival);
                    report.left_out.insert(format!("the change {name}"), reason);
                }
            }
        }
        for received in of_sidecars.values_mut() {
            received.samples.sort_by_key(|sample| sample.key.to_string());
            received.samples.dedup_by_key(|sample| sample.key);
            report.received += self.sidecar.take_events(received)?.new;
        }
        Ok(taken)
    }

    /// The notes of what this place has from this sidecar, in the order of their numbers.
    fn sent_names(&self) -> Result<Vec<FileName>, SyncError> {
        let files = self.sidecar.exchange_files()?;
        let own = files.iter().filter(|(_, is_own)| **is_own).filter_map(|(name, _)| FileName::parse(name));
        let mut names: Vec<FileName> = own.filter(|name| name.is_of(self.view.place.as_bytes())).collect();
        names.sort_by_key(|name| (name.session.clone(), *name.events.start()));
        Ok(names)
    }

    /// Sends the events that the place does not have.
    fn send(&mut self, report: &mut SyncReport) -> Result<(), SyncError> {
        let sent = self.sent_names()?;
        if not_in(self.sidecar, &sent)? == 0 {
            return Ok(());
        }
        let samples: BTreeMap<String, SampleRecord> =
            self.sidecar.samples()?.into_iter().map(|sample| (sample.key.to_string(), sample)).collect();
        let id = self.sidecar.exchange_id()?;
        let mut not_own: BTreeMap<String, usize> = BTreeMap::new();
        let mut refused = 0;
        for (session, events) in self.sidecar.own_sessions()? {
            let is_there =
                |event: &Event| sent.iter().any(|name| name.has_session(&session) && name.events.contains(&event.seq));
            // Stretches without a gap: a note names the first and the last number of one.
            let mut stretches: Vec<Vec<Event>> = vec![Vec::new()];
            for event in events {
                let is_own = self.view.only.as_deref().is_none_or(|only| only == &*event.annotator);
                if !is_there(&event) && is_own {
                    stretches.last_mut().into_iter().for_each(|stretch| stretch.push(event.clone()));
                    continue;
                }
                if !is_own {
                    *not_own.entry(event.annotator.to_string()).or_default() += 1;
                }
                stretches.push(Vec::new());
            }
            for part in stretches.iter().flat_map(|stretch| in_files(stretch)) {
                self.progress.report(Stage::Sidecars.step(report.sent, report.sent + part.len()))?;
                self.send_part(&id, part, &samples, report, &mut refused)?;
            }
        }
        for (name, events) in not_own {
            let reason = format!("the server lets this login send those of its own annotator only: {}", self.only());
            report.left_out.insert(format!("the work of “{name}” ({})", count(events, "change")), reason);
        }
        Ok(())
    }

    fn only(&self) -> String {
        self.view.only.as_ref().map(|only| format!("“{only}”")).unwrap_or_default()
    }

    /// Sends events together; if something in them is refused, its steps one by one.
    fn send_part(
        &mut self,
        id: &str,
        part: &[Event],
        samples: &BTreeMap<String, SampleRecord>,
        report: &mut SyncReport,
        refused: &mut usize,
    ) -> Result<(), SyncError> {
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            return Ok(());
        };
        if *refused >= REFUSED_UP_TO {
            return Ok(());
        }
        let columns: Vec<EventColumns> = part.iter().map(EventColumns::from).collect();
        let mut keys: Vec<&str> = columns.iter().map(|columns| columns.sample.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        let samples_of_part: Vec<&SampleRecord> = keys.iter().filter_map(|key| samples.get(*key)).collect();
        let sent = SentEvents { dataset: self.dataset, sidecar: id, events: &columns, samples: &samples_of_part };
        match self.place.write(&sent) {
            Ok(()) => {
                report.sent += part.len();
                self.note_sent(&first.step.session, first.seq, last.seq)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let halfway = part.iter().skip(part.len() / 2).find(|event| event.step != first.step);
                let Some(at) = halfway.and_then(|half| part.iter().position(|event| event.step == half.step)) else {
                    return self.send_steps(id, part, samples, report, refused, &error);
                };
                self.send_part(id, &part[..at], samples, report, refused)?;
                self.send_part(id, &part[at..], samples, report, refused)
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// Sends the first step of a refused part apart from the rest, or names it if it is alone.
    fn send_steps(
        &mut self,
        id: &str,
        part: &[Event],
        samples: &BTreeMap<String, SampleRecord>,
        report: &mut SyncReport,
        refused: &mut usize,
        error: &io::Error,
    ) -> Result<(), SyncError> {
        let Some(first) = part.first() else {
            return Ok(());
        };
        let of_first = part.iter().take_while(|event| event.step == first.step).count();
        if of_first < part.len() {
            self.send_part(id, &part[..of_first], samples, report, refused)?;
            return self.send_part(id, &part[of_first..], samples, report, refused);
        }
        *refused += 1;
        let name = format!("the step {}/{}", first.step.session, first.step.seq);
        report.left_out.insert(name, format!("the server refuses it: {error}"));
        Ok(())
    }

    /// Notes that the place has these events of a session; one note for a stretch without a gap.
    fn note_sent(&mut self, session: &str, first: u64, last: u64) -> Result<(), SyncError> {
        let names = self.sent_names()?;
        let before = names.iter().find(|name| {
            name.has_session(session) && name.events.end().checked_add(1).is_some_and(|next| next == first)
        });
        let from = before.map_or(first, |name| *name.events.start());
        let new = FileName::new(session, from..=last, self.view.place.as_bytes()).to_string();
        let old: Vec<String> = before.map(ToString::to_string).into_iter().collect();
        Ok(self.sidecar.replace_own_notes(&old, Some(&new))?)
    }
}

/// Reads an event, and finds its sample.
fn understood(
    arrived: ArrivedEvent,
    samples: &BTreeMap<String, SampleRecord>,
) -> Result<(Event, SampleRecord), String> {
    if arrived.checksum != arrived.columns.checksum() {
        return Err("it does not match its checksum".to_owned());
    }
    let Some(sample) = samples.get(&arrived.columns.sample).cloned() else {
        return Err("its sample is not there".to_owned());
    };
    Ok((arrived.columns.event()?, sample))
}
