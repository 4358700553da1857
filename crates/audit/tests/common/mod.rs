//! Shared by the tests of this crate: a dataset of ten rows, and a session on it.

#![allow(clippy::unwrap_used, dead_code, unreachable_pub, reason = "each test file uses a part")]

pub mod audits;

use std::path::Path;
use std::sync::{Arc, Mutex};

use tilejury_audit::history::UndoEdit;
use tilejury_audit::sidecar::{SampleRecord, Writer, WriterReport, recover};
use tilejury_audit::{AuditSession, Event, JudgeAction, Sidecar, StepId, now};
use tilejury_data::{Dataset, SampleIndex, TilePath};
use tilejury_testkit::Set;

pub fn ten_rows(root: &Path) -> Arc<Dataset> {
    Set::plain(10, 3).write(root);
    Arc::new(Dataset::open(root).unwrap())
}

/// Returns the path of a tile by number, in one of three spellings.
pub fn spelled(tile: usize, spelling: usize) -> String {
    let tail = format!("shard_{:03}/shard_00001/{tile}.png.tiles/chunk_0000_00.png", tile % 3);
    match spelling % 3 {
        0 => format!("images/{tail}"),
        1 => format!("/mnt/somewhere/kiwix_tiles/{tail}"),
        _ => format!("./images//{tail}"),
    }
}

pub fn negative(dataset: &Dataset, sample: usize, at: usize) -> TilePath {
    dataset.sample(SampleIndex::new(sample)).unwrap().negatives[at].path.clone()
}

pub fn positive(dataset: &Dataset, sample: usize) -> TilePath {
    dataset.sample(SampleIndex::new(sample)).unwrap().positive.path.clone()
}

pub fn all_tiles(dataset: &Dataset, sample: usize) -> Vec<TilePath> {
    dataset.sample(SampleIndex::new(sample)).unwrap().tiles().map(|tile| tile.path.clone()).collect()
}

/// Opens the sidecar in the root, and an annotator's session on its events.
pub fn reopen(dataset: &Arc<Dataset>, annotator: &str) -> (Sidecar, AuditSession) {
    let mut sidecar = Sidecar::open(&dataset.root.join("tilejury.sqlite"), dataset.fingerprint).unwrap();
    let events = sidecar.events().unwrap();
    let own: Vec<Event> = events.into_iter().filter(|event| &*event.annotator == annotator).collect();
    let session = AuditSession::new(dataset.clone(), annotator, &own);
    (sidecar, session)
}

/// Accepts a sample. Its tiles were visible but not inspected, and none is a copy of the positive.
pub fn accept(sample: usize, seen: Vec<TilePath>) -> JudgeAction {
    JudgeAction::Accept { sample: SampleIndex::new(sample), seen, inspected: Vec::new(), copies: Vec::new() }
}

pub fn act(sidecar: &mut Sidecar, session: &mut AuditSession, action: JudgeAction) -> usize {
    let applied = session.apply(action, now());
    let samples: Vec<SampleRecord> = applied
        .events
        .iter()
        .filter_map(|event| SampleRecord::new(&session.dataset, session.dataset.find(event.sample)?))
        .collect();
    sidecar.append(&applied.events, &samples, None).unwrap();
    applied.events.len()
}

/// The last step that changed a tile of a sample and that undo can revert.
pub fn last_step(session: &AuditSession, sample: usize, tile: &TilePath) -> StepId {
    let key = session.dataset.samples[sample].key;
    let changes = |edit: &UndoEdit| edit.sample == key && edit.after.tile() == Some(tile);
    session.history().undo.iter().rev().find(|step| step.edits.iter().any(changes)).unwrap().id.clone()
}

/// The reports of a writer.
pub type Reports = Arc<Mutex<Vec<WriterReport>>>;

/// Starts a writer and collects its reports.
pub fn start(sidecar: Sidecar, session: &AuditSession) -> (Writer, Reports) {
    let reports = Reports::default();
    let sink = reports.clone();
    (Writer::start(sidecar, session.id(), move |report| sink.lock().unwrap().push(report)).unwrap(), reports)
}

/// Performs an action and passes its events to a writer.
pub fn record(writer: &Writer, session: &mut AuditSession, action: JudgeAction) {
    let applied = session.apply(action, now());
    let samples = applied.sample.and_then(|index| SampleRecord::new(&session.dataset, index)).into_iter().collect();
    writer.record(applied.events, samples);
}

/// Makes a sidecar as version `schema` of the schema had it, with the record of a sample and no
/// event. Returns an open connection to it, and the record.
pub fn old_sidecar(
    path: &Path,
    dataset: &Dataset,
    sample: SampleIndex,
    schema: usize,
) -> (rusqlite::Connection, SampleRecord) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let steps = [
        include_str!("../../src/sidecar/schema_v1.sql"),
        include_str!("../../src/sidecar/schema_v2.sql"),
        include_str!("../../src/sidecar/schema_v3.sql"),
        include_str!("../../src/sidecar/schema_v4.sql"),
        include_str!("../../src/sidecar/schema_v5.sql"),
    ];
    steps[..schema].iter().for_each(|sql| connection.execute_batch(sql).unwrap());
    let sample = SampleRecord::new(dataset, sample).unwrap();
    let row = (sample.key.to_string(), &sample.query, &sample.positive, &sample.split, sample.line.get() as i64);
    connection.execute("INSERT INTO samples VALUES (?1, ?2, ?3, ?4, ?5)", row).unwrap();
    connection.execute("INSERT INTO meta VALUES ('fingerprint', ?1)", [dataset.fingerprint.to_string()]).unwrap();
    connection.pragma_update(None, "application_id", 0x544A_5259).unwrap();
    connection.pragma_update(None, "user_version", schema as i64).unwrap();
    (connection, sample)
}

/// Damages a sidecar: the list of its tables is gone, so SQLite cannot read it. Returns its bytes.
pub fn lose_tables(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[100..2000].fill(0);
    std::fs::write(path, &bytes).unwrap();
    bytes
}

/// Recovers a damaged sidecar of which nothing may be missing or in doubt.
#[track_caller]
pub fn recovered_whole(path: &Path, rescued: &Path) -> Sidecar {
    let report = recover(path, rescued).unwrap();
    assert_eq!((report.missing, report.unchecked, report.doubtful.len()), (0, 0, 0), "{report:?}");
    Sidecar::open_for_reading(rescued).unwrap().unwrap()
}

/// SQL that takes what schemas 9 and 10 brought out of a sidecar. The views that an upgrade makes
/// again are there, and empty.
pub const BEFORE_SCHEMA_9: &str =
    "DROP VIEW current; DROP VIEW looks; DROP VIEW second_passes; DROP VIEW audit_answers;
    DROP VIEW visible; DROP TABLE exchange_passed_over; DROP TABLE exchange_replacing; DROP TABLE exchange_latest;
    DROP TABLE exchange_sessions; DROP TABLE exchange_files; DROP TABLE exchange_versions;
    CREATE VIEW current AS SELECT 1; CREATE VIEW looks AS SELECT 1; CREATE VIEW second_passes AS SELECT 1;
    CREATE VIEW audit_answers AS SELECT 1; CREATE VIEW visible AS SELECT 1;";
