//! The part of a sidecar that knows of an exchange: which sessions came from others, which files
//! are known, how far a place of events was read, and in which order events count then. Knows no
//! place.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::counted_order::{FOLDER, note_all, note_new};
use super::event_columns::EventColumns;
use super::network_disk::machine_id;
use super::order_by_time::by_time;
use super::rows::{insert, read_own};
use super::versions::versions_that_count;
use super::{SampleRecord, Sidecar, SidecarError};
use crate::event::Event;
use crate::session::new_session_id;

/// The first schema with the tables of an exchange.
const SINCE: i64 = 9;
/// The key of `meta` with the id of the sidecar, by which others know its sessions.
const ID: &str = "exchange_id";
/// The key of `meta` with the id of the machine that the sidecar had when it got its own.
const MACHINE: &str = "exchange_machine";
/// The key of `meta` with the position in a place of events.
const POSITION: &str = "exchange_position";
const SET_META: &str =
    "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

/// The events of one file of an exchange folder, or of one sidecar at a place of events, and where
/// they come from.
pub(crate) struct ReceivedFile {
    /// The name of the file, or the address of the place.
    pub(crate) name: String,
    /// The id of the sidecar that wrote it.
    pub(crate) sidecar: String,
    pub(crate) events: Vec<Event>,
    pub(crate) samples: Vec<SampleRecord>,
}

/// The outcome of taking files in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenFiles {
    /// The events that were not here.
    pub(crate) new: usize,
    /// The events that are here in another version, as session and number.
    pub(crate) other_versions: Vec<(Arc<str>, u64)>,
}

impl Sidecar {
    /// The address of the exchange folder, if judgements are exchanged.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn exchange_folder(&self) -> Result<Option<String>, SidecarError> {
        Ok(self.meta(FOLDER)?.filter(|address| !address.is_empty()))
    }

    /// Exchanges no longer: later exchanges need the name of a folder again. What came from others
    /// stays, and events still count in the order of time.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_exchange_folder(&self) -> Result<(), SidecarError> {
        if self.was_exchanged()? { self.set_meta(FOLDER, "") } else { Ok(()) }
    }

    /// Whether judgements were ever exchanged.
    fn was_exchanged(&self) -> Result<bool, SidecarError> {
        Ok(self.meta(FOLDER)?.is_some())
    }

    /// Sets the address of the exchange folder. From now on, events count in the order of time, and
    /// the sidecar stays with its dataset; one that became that of another is refused.
    pub(crate) fn set_exchange_folder(&mut self, address: &str) -> Result<(), SidecarError> {
        let path = self.path.clone();
        let transaction = self.begin_writing()?;
        let set = transaction.execute(SET_META, [FOLDER, address]).and_then(|_| transaction.commit());
        set.map_err(|source| SidecarError::Sqlite { path, source })?;
        self.ensure_order_is_noted()
    }

    /// The id of the sidecar; a new one if it had none.
    pub(crate) fn exchange_id(&self) -> Result<String, SidecarError> {
        self.exchange_id_on(machine_id().as_deref())
    }

    /// A file that was copied to another machine is another sidecar from then on: otherwise both
    /// would take each other's steps for their own, and nobody would notice one name on two
    /// machines.
    fn exchange_id_on(&self, machine: Option<&str>) -> Result<String, SidecarError> {
        let noted = self.meta(MACHINE)?;
        let is_elsewhere = noted.is_some() && machine.is_some() && noted.as_deref() != machine;
        let id = match self.meta(ID)?.filter(|_| !is_elsewhere) {
            Some(id) => id,
            None => {
                let id = new_session_id();
                self.set_meta(ID, &id)?;
                id
            }
        };
        if let Some(machine) = machine.filter(|_| noted.is_none() || is_elsewhere) {
            self.set_meta(MACHINE, machine)?;
        }
        Ok(id)
    }

    fn meta(&self, key: &str) -> Result<Option<String>, SidecarError> {
        let sql = "SELECT value FROM meta WHERE key = ?1";
        self.connection.query_row(sql, [key], |row| row.get(0)).optional().map_err(|source| self.failed(source))
    }

    fn set_meta(&self, key: &str, value: &str) -> Result<(), SidecarError> {
        self.connection.execute(SET_META, [key, value]).map(drop).map_err(|source| self.failed(source))
    }

    /// The files whose events are all here; whether each is of this sidecar.
    pub(crate) fn exchange_files(&self) -> Result<HashMap<String, bool>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT name, own FROM exchange_files")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// Notes a file that this sidecar wrote.
    pub(crate) fn note_own_file(&self, name: &str) -> Result<(), SidecarError> {
        let sql = "INSERT INTO exchange_files VALUES (?1, 1) ON CONFLICT (name) DO UPDATE SET own = 1";
        self.connection.execute(sql, [name]).map(drop).map_err(|source| self.failed(source))
    }

    /// Notes the events that a place of events has from this sidecar: in place of the notes that
    /// `old` names, one that has all of them.
    pub(crate) fn replace_own_notes(&mut self, old: &[String], new: Option<&str>) -> Result<(), SidecarError> {
        let path = self.path.clone();
        let mut replace = || {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for name in old {
                transaction.execute("DELETE FROM exchange_files WHERE name = ?1 AND own = 1", [name])?;
            }
            if let Some(name) = new {
                transaction.execute("INSERT OR IGNORE INTO exchange_files VALUES (?1, 1)", [name])?;
            }
            transaction.commit()
        };
        replace().map_err(|source| SidecarError::Sqlite { path, source })
    }

    /// The position in a place of events, as it was noted.
    pub(crate) fn exchange_position(&self) -> Result<Option<String>, SidecarError> {
        self.meta(POSITION)
    }

    /// Notes the position in a place of events.
    pub(crate) fn set_exchange_position(&self, position: &str) -> Result<(), SidecarError> {
        self.set_meta(POSITION, position)
    }

    /// The events of each session that did not come from others, by number.
    pub(crate) fn own_sessions(&mut self) -> Result<BTreeMap<Arc<str>, Vec<Event>>, SidecarError> {
        let mut own: BTreeMap<Arc<str>, Vec<Event>> = BTreeMap::new();
        for (_, event) in read_own(&self.connection).map_err(|source| self.failed(source))? {
            own.entry(event.step.session.clone()).or_default().push(event);
        }
        own.values_mut().for_each(|events| events.sort_by_key(|event| event.seq));
        Ok(own)
    }

    /// The sessions that came from other sidecars, with the ids of these.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn sessions_of_others(&self) -> Result<HashMap<String, String>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT session, sidecar FROM exchange_sessions")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// The session and number of each event that did not come from others.
    pub(crate) fn own_numbers(&self) -> Result<Vec<(String, u64)>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare(
                "SELECT session, seq FROM events WHERE session NOT IN (SELECT session FROM exchange_sessions)",
            )?;
            statement
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
                .collect::<rusqlite::Result<_>>()
        };
        read().map_err(|source| self.failed(source))
    }

    /// The annotators with events in several sidecars, and the number of these.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn names_in_several(&self) -> Result<BTreeMap<String, usize>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare(
                "SELECT annotator, count(DISTINCT coalesce(sidecar, '')) FROM events
                 LEFT JOIN exchange_sessions USING (session) GROUP BY annotator",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize)))?;
            rows.collect::<rusqlite::Result<BTreeMap<String, usize>>>()
        };
        let mut names = read().map_err(|source| self.failed(source))?;
        names.retain(|_, sidecars| *sidecars > 1);
        Ok(names)
    }

    /// The events that are here in several versions, as session and number with the files of the
    /// others.
    pub(crate) fn events_in_versions(&self) -> Result<BTreeMap<(String, u64), BTreeSet<String>>, SidecarError> {
        let read = || {
            let mut statement = self.connection.prepare("SELECT session, seq, file FROM exchange_versions")?;
            let mut found: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
            for row in statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64, row.get(2)?)))? {
                let (session, seq, file) = row?;
                found.entry((session, seq)).or_default().insert(file);
            }
            Ok(found)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Names the session that a window writes into this file now. What arrives under it in an
    /// exchange and is not here was made up: the next judgement of the window has its number.
    pub fn set_open_session(&mut self, session: Arc<str>) {
        self.open_session = Some(session);
    }

    /// Whether an event is under the session that a window writes now, and is not here.
    pub(crate) fn is_made_up(&self, event: &Event) -> Result<bool, SidecarError> {
        if self.open_session.as_ref() != Some(&event.step.session) {
            return Ok(false);
        }
        let found = super::rows::read_event(&self.connection, &event.step.session, event.seq);
        found.map(|found| found.is_none()).map_err(|source| self.failed(source))
    }

    /// Takes the events of files in, all or none. Those that are here already are left out;
    /// another version of one is kept beside it. When it returns, they are on disk.
    pub(crate) fn take(&mut self, files: &[ReceivedFile]) -> Result<TakenFiles, SidecarError> {
        self.take_noting(files, true)
    }

    /// Takes events of one sidecar in that came from a place of events, by the same rules.
    pub(crate) fn take_events(&mut self, received: &ReceivedFile) -> Result<TakenFiles, SidecarError> {
        self.take_noting(std::slice::from_ref(received), false)
    }

    /// `are_files`: whether the names are noted, so that the files are not read again.
    fn take_noting(&mut self, files: &[ReceivedFile], are_files: bool) -> Result<TakenFiles, SidecarError> {
        if files.is_empty() {
            return Ok(TakenFiles::default());
        }
        let own = self.exchange_id()?;
        let path = self.path.clone();
        let transaction = self.begin_writing()?;
        let take = |transaction: Transaction<'_>| {
            let mut taken = TakenFiles::default();
            let mut new = Vec::new();
            for file in files {
                new.extend(take_in(&transaction, file, &own, &mut taken)?);
                if are_files {
                    let sql = "INSERT OR IGNORE INTO exchange_files VALUES (?1, ?2)";
                    transaction.prepare_cached(sql)?.execute(params![file.name, file.sidecar == own])?;
                }
            }
            taken.new = new.len();
            if taken.other_versions.is_empty() {
                note_new(&transaction, &new)?;
            } else {
                note_all(&transaction)?;
            }
            transaction.commit()?;
            Ok(taken)
        };
        take(transaction).map_err(|source| SidecarError::Sqlite { path, source })
    }

    /// Orders stored events as they count: as they are if nothing was ever exchanged, else by time,
    /// each in the version that counts.
    pub(super) fn in_order_that_counts(&self, events: Vec<Event>) -> Result<Vec<Event>, SidecarError> {
        let version: i64 = self
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .map_err(|source| self.failed(source))?;
        if version < SINCE || !self.was_exchanged()? {
            return Ok(events);
        }
        self.in_versions_that_count(events).map(by_time)
    }

    /// Replaces each event by the first of its versions, by their texts.
    fn in_versions_that_count(&self, mut events: Vec<Event>) -> Result<Vec<Event>, SidecarError> {
        let replaced = versions_that_count(&self.connection, &events).map_err(|source| match source {
            rusqlite::Error::FromSqlConversionFailure(..) => {
                SidecarError::Damaged { path: self.path.clone(), what: source.to_string() }
            }
            source => self.failed(source),
        })?;
        let replaced: HashMap<(Arc<str>, u64), Event> =
            replaced.into_values().map(|event| ((event.step.session.clone(), event.seq), event)).collect();
        if !replaced.is_empty() {
            for event in &mut events {
                if let Some(other) = replaced.get(&(event.step.session.clone(), event.seq)) {
                    *event = other.clone();
                }
            }
        }
        Ok(events)
    }
}

/// Takes a file in; returns the events that were not here.
fn take_in<'f>(
    transaction: &Transaction<'_>,
    file: &'f ReceivedFile,
    own: &str,
    taken: &mut TakenFiles,
) -> rusqlite::Result<Vec<&'f Event>> {
    let sessions: HashSet<&str> = file.events.iter().map(|event| &*event.step.session).collect();
    for session in sessions {
        let is_here = "SELECT EXISTS (SELECT 1 FROM events WHERE session = ?1)";
        let is_here: bool = transaction.prepare_cached(is_here)?.query_row([session], |row| row.get(0))?;
        if !is_here && file.sidecar != own {
            let sql = "INSERT OR IGNORE INTO exchange_sessions VALUES (?1, ?2)";
            transaction.prepare_cached(sql)?.execute([session, &file.sidecar])?;
        }
    }
    let mut new = Vec::new();
    for event in &file.events {
        match stored(transaction, event)? {
            None => new.push(event),
            Some(line) if line == EventColumns::from(event).line() => {}
            Some(_) => {
                let sql = "INSERT OR IGNORE INTO exchange_versions VALUES (?1, ?2, ?3, ?4)";
                let line = EventColumns::from(event).line();
                let row = params![&*event.step.session, event.seq as i64, line, file.name];
                transaction.prepare_cached(sql)?.execute(row)?;
                taken.other_versions.push((event.step.session.clone(), event.seq));
            }
        }
    }
    insert(transaction, new.iter().copied(), &file.samples, None)?;
    Ok(new)
}

/// The stored version of an event, as a line.
fn stored(transaction: &Transaction<'_>, event: &Event) -> rusqlite::Result<Option<String>> {
    super::rows::read_event(transaction, &event.step.session, event.seq)
        .map(|found| found.map(|found| EventColumns::from(&found).line()))
}

#[cfg(test)]
mod tests {
    use tilejury_data::DatasetFingerprint;

    use super::*;

    #[test]
    fn a_sidecar_on_another_machine_is_another_one() {
        let dir = tempfile::tempdir().unwrap();
        let sidecar = Sidecar::open(&dir.path().join("a.sqlite"), DatasetFingerprint(7)).unwrap();
        let id = |machine: Option<&str>| sidecar.exchange_id_on(machine).unwrap();
        // One of an earlier version knows no machine.
        let first = id(None);
        assert_eq!([id(Some("here")), id(Some("here")), id(None)], [first.clone(), first.clone(), first.clone()]);
        let there = id(Some("there"));
        assert_ne!(there, first);
        assert_eq!([id(Some("there")), id(None)], [there.clone(), there.clone()]);
        assert!(![first, there].contains(&id(Some("here"))), "nobody goes on under an id that another one had");
    }
}
