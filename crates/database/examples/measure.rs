//! Measures an exchange through a PostgreSQL server that it starts on this machine: events a second
//! in batches and one by one, and the time from one sidecar to another that waits for changes.
//!
//! `cargo run --release -p tilejury-database --example measure`

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement prints, and ends at what fails")]

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tilejury_audit::exchange::{EventPlace as _, sync_events};
use tilejury_audit::progress::NoProgress;
use tilejury_audit::sidecar::SampleRecord;
use tilejury_audit::{AuditSession, JudgeAction, Sidecar, Verdict, now};
use tilejury_data::{Dataset, SampleIndex};
use tilejury_database::{DatabaseAccess, DatabaseAddress, DatabasePlace, Member, init};
use tilejury_testkit::Set;
use tilejury_testkit::servers::postgresql::{ADMIN, Postgresql};

const ROWS: u32 = 2_000;
const ROUNDS: usize = 10;
const SINGLE: usize = 300;
const LATENCIES: usize = 50;

struct Person {
    sidecar: Sidecar,
    session: AuditSession,
    place: DatabasePlace,
}

impl Person {
    fn new(name: &str, dir: &Path, dataset: &Arc<Dataset>, server: &Postgresql) -> Self {
        let address = DatabaseAddress::parse(&server.address(name, name), &DatabaseAccess::default()).unwrap();
        let sidecar = Sidecar::open(&dir.join(format!("{name}.sqlite")), dataset.fingerprint).unwrap();
        let session = AuditSession::new(dataset.clone(), name, &[]);
        Self { sidecar, session, place: DatabasePlace::new(address) }
    }

    fn judge(&mut self, at: usize) {
        let verdict = [Verdict::Accept, Verdict::Reject, Verdict::Unsure][at / ROWS as usize % 3];
        let row = SampleIndex::new(at % ROWS as usize);
        let applied = self.session.apply(JudgeAction::Verdict(row, Some(verdict)), now());
        let samples: Vec<SampleRecord> =
            applied.sample.and_then(|index| SampleRecord::new(&self.session.dataset, index)).into_iter().collect();
        self.sidecar.append(&applied.events, &samples, None).unwrap();
    }

    fn sync(&mut self) -> (usize, usize) {
        let report = sync_events(&mut self.sidecar, &mut self.place, &NoProgress).unwrap();
        (report.sent, report.received)
    }
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mut server) = Postgresql::start(dir.path(), None) else { return };
    server.restart_with("fsync=on");
    for name in ["ada", "bo"] {
        server.add_login(name);
    }
    let member = |name: &str, is_lead| Member { role: name.to_owned(), annotator: name.to_owned(), is_lead };
    let admin = DatabaseAddress::parse(&server.address(ADMIN.0, ADMIN.1), &DatabaseAccess::default()).unwrap();
    init(&admin, &[member("ada", false), member("bo", true)]).unwrap();
    let set = dir.path().join("set");
    Set::plain(ROWS, 1).write(&set);
    let dataset = Arc::new(Dataset::open(&set).unwrap());
    let mut ada = Person::new("ada", dir.path(), &dataset, &server);
    let mut bo = Person::new("bo", dir.path(), &dataset, &server);

    let all = ROWS as usize * ROUNDS;
    (0..all).for_each(|at| ada.judge(at));
    let begun = Instant::now();
    let (sent, _) = ada.sync();
    report("sent in batches", sent, begun.elapsed());
    let begun = Instant::now();
    let (_, received) = bo.sync();
    report("received in batches", received, begun.elapsed());

    let mut spent = Duration::ZERO;
    for at in all..all + SINGLE {
        ada.judge(at);
        let begun = Instant::now();
        assert_eq!(ada.sync().0, 1);
        spent += begun.elapsed();
    }
    report("sent one by one, each with a whole exchange", SINGLE, spent);
    bo.sync();

    let mut watch = bo.place.watch().unwrap().unwrap();
    let (stored, arrived) = channel();
    let waiting = std::thread::spawn(move || {
        for _ in 0..LATENCIES {
            while bo.sync().1 == 0 {
                assert!(watch.wait(Duration::from_secs(30)).unwrap());
            }
            stored.send(Instant::now()).unwrap();
        }
    });
    let mut times: Vec<Duration> = (0..LATENCIES)
        .map(|at| {
            std::thread::sleep(Duration::from_millis(100));
            let begun = Instant::now();
            ada.judge(all + SINGLE + at);
            ada.sync();
            arrived.recv().unwrap() - begun
        })
        .collect();
    waiting.join().unwrap();
    times.sort();
    let at = |share: usize| times[(LATENCIES - 1) * share / 100];
    println!("from a judgement to the other sidecar: median {:.0?}, 95 of 100 within {:.0?}", at(50), at(95));
}

fn report(what: &str, events: usize, spent: Duration) {
    println!("{what}: {events} events in {spent:.2?}, {:.0} a second", events as f64 / spent.as_secs_f64());
}
