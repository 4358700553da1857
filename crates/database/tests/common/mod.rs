//! Shared by the tests of this crate: a server with a team, a dataset, and sidecars on it.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tilejury_audit::exchange::{ExchangeFolder, SyncError, SyncReport, sync, sync_events};
use tilejury_audit::merge::by_annotator;
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{AuditSession, Event, JudgeAction, Judgements, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_database::{DatabaseAccess, DatabaseAddress, DatabasePlace, Member, Team, init};
use tilejury_testkit::Set;
use tilejury_testkit::servers::postgresql::{ADMIN, Postgresql};

/// The address of a login, whose password is its name.
pub fn address(server: &Postgresql, login: &str) -> DatabaseAddress {
    let password = if login == ADMIN.0 { ADMIN.1 } else { login };
    parsed(&server.address(login, password))
}

pub fn parsed(text: &str) -> DatabaseAddress {
    DatabaseAddress::parse(text, &DatabaseAccess::default()).unwrap()
}

pub fn member(role: &str, annotator: &str, is_lead: bool) -> Member {
    Member { role: role.to_owned(), annotator: annotator.to_owned(), is_lead }
}

/// A server with the tables and three members: lea leads; ada and bo see their own.
pub struct Office {
    pub dir: tempfile::TempDir,
    pub server: Postgresql,
    pub dataset: Arc<Dataset>,
}

impl Office {
    /// `None` if there is no server on this machine.
    pub fn open() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let server = Postgresql::start(dir.path(), None)?;
        let set = dir.path().join("set");
        Set::plain(10, 3).write(&set);
        let dataset = Arc::new(Dataset::open(&set).unwrap());
        let office = Self { dir, server, dataset };
        for login in ["lea", "ada", "bo"] {
            office.server.add_login(login);
        }
        office.init(&[member("lea", "lea", true), member("ada", "ada", false), member("bo", "bo", false)]);
        Some(office)
    }

    pub fn init(&self, members: &[Member]) -> Team {
        init(&address(&self.server, ADMIN.0), members).unwrap()
    }

    pub fn place(&self, login: &str) -> DatabasePlace {
        DatabasePlace::new(address(&self.server, login))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.sqlite"))
    }

    pub fn sidecar(&self, name: &str) -> Sidecar {
        Sidecar::open(&self.path(name), self.dataset.fingerprint).unwrap()
    }

    pub fn does(&self, name: &str, annotator: &str, action: JudgeAction) {
        let mut sidecar = self.sidecar(name);
        let mut own = sidecar.events().unwrap();
        own.retain(|event| &*event.annotator == annotator);
        let mut session = AuditSession::new(self.dataset.clone(), annotator, &own);
        let applied = session.apply(action, now());
        let samples: Vec<SampleRecord> =
            applied.sample.and_then(|index| SampleRecord::new(&self.dataset, index)).into_iter().collect();
        sidecar.append(&applied.events, &samples, None).unwrap();
    }

    pub fn sync(&self, name: &str, login: &str) -> Result<SyncReport, SyncError> {
        sync_events(&mut self.sidecar(name), &mut self.place(login), &NoProgress)
    }

    pub fn sync_folder(&self, name: &str, folder: &dyn ExchangeFolder) -> SyncReport {
        sync(&mut self.sidecar(name), folder, &NoProgress).unwrap()
    }

    pub fn events(&self, name: &str) -> Vec<Event> {
        self.sidecar(name).all_events().unwrap()
    }

    pub fn judgements(&self, name: &str) -> BTreeMap<String, Judgements> {
        by_annotator(&self.events(name))
    }

    pub fn rows(&self) -> i64 {
        self.server.sql("SELECT count(*) FROM tilejury.events").parse().unwrap()
    }
}

pub fn verdict(row: usize, verdict: Verdict) -> JudgeAction {
    JudgeAction::Verdict(SampleIndex::new(row), Some(verdict))
}

pub fn note(row: usize, text: &str) -> JudgeAction {
    JudgeAction::Note(SampleIndex::new(row), text.to_owned())
}
