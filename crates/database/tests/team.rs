//! The rights of each person, setting a team up, and the words when something is refused.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use common::{Office, address, member, note, parsed, verdict};
use tilejury_audit::Verdict;
use tilejury_database::{init, status};
use tilejury_testkit::servers::postgresql::Postgresql;

/// Runs SQL as a login; the message if the server refuses.
fn as_login(office: &Office, login: &str, sql: &str) -> Result<String, String> {
    let mut command = std::process::Command::new("psql");
    command.args(["-d", &office.server.address(login, login), "-qAtX", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn a_team_set_up_twice_is_as_after_the_first_time() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.sync("ada", "ada").unwrap();
    let team = office.init(&[member("ada", "ada", false), member("Cy \"x\"", "cy", false), member("bo", "bo", true)]);
    assert!(!team.created);
    let changes: Vec<&str> = team.members.iter().map(|member| &*member.change).collect();
    assert_eq!(changes, ["unchanged", "added", "changed"]);
    assert_eq!(team.members[0].missing, None);
    let missing = team.members[1].missing.as_deref().unwrap();
    assert!(missing.starts_with("CREATE ROLE \"Cy \"\"x\"\"\" LOGIN"), "{missing}");
    assert_eq!(office.rows(), 1, "the events stay");
    assert!(!team.address.contains("admin%20word"), "{}", team.address);
}

#[test]
fn an_annotator_sees_and_writes_its_own_events_only() {
    let Some(office) = Office::open() else { return };
    for name in ["ada", "bo"] {
        office.does(name, name, verdict(0, Verdict::Accept));
        office.does(name, name, note(1, "mine"));
        office.sync(name, name).unwrap();
    }
    let count = "SELECT count(*) FROM tilejury.events";
    for (login, expected) in [("ada", "2"), ("bo", "2"), ("lea", "4")] {
        assert_eq!(as_login(&office, login, count).unwrap(), expected, "{login}");
    }
    let copy = "INSERT INTO tilejury.events (dataset, sidecar, session, seq, step, sample, field, annotator, at,
                checksum, bulk, digest) SELECT dataset, sidecar, 'x', seq, step, sample, field, 'bo', at, checksum,
                bulk, digest FROM tilejury.events LIMIT 1";
    assert!(as_login(&office, "ada", copy).unwrap_err().contains("row-level security"));
    assert!(as_login(&office, "ada", &copy.replace("'bo'", "'ada'")).is_ok());
    for login in ["ada", "lea"] {
        for sql in [
            "DELETE FROM tilejury.events",
            "UPDATE tilejury.events SET value = 'accept'",
            "TRUNCATE tilejury.events",
            "INSERT INTO tilejury.members VALUES (session_user, 'bo', true)",
            "UPDATE tilejury.members SET is_lead = true",
            "UPDATE tilejury.samples SET query = 'x'",
            "SELECT count(*) FROM tilejury.versions",
        ] {
            assert!(as_login(&office, login, sql).unwrap_err().contains("permission denied"), "{login}: {sql}");
        }
    }
    // Another number of arrival or another login cannot be claimed.
    for column in ["arrival", "role", "arrived_at"] {
        let claim = format!("INSERT INTO tilejury.events ({column}) VALUES (NULL)");
        let reason = as_login(&office, "ada", &claim).unwrap_err();
        assert!(reason.contains("permission denied") || reason.contains("non-DEFAULT value"), "{reason}");
    }
    assert_eq!(as_login(&office, "ada", "SELECT string_agg(role, ' ') FROM tilejury.members").unwrap(), "ada");
}

/// A session of a login that has run SQL and waits for more.
struct OpenSession(std::process::Child);

impl OpenSession {
    fn new(office: &Office, login: &str, sql: &str) -> Self {
        let mut command = std::process::Command::new("psql");
        command.args(["-d", &office.server.address(login, login), "-qAtX"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{sql};\n\\echo done").unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "done"), "{sql}");
        Self(child)
    }
}

impl Drop for OpenSession {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_member_cannot_hold_the_turn_of_others() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.does("bo", "bo", verdict(1, Verdict::Accept));
    // Locks that every login can take: none of them is the one of the turn.
    let advisory = "SELECT pg_advisory_lock(7810777, 1), pg_advisory_lock(7810777, 2), pg_advisory_lock(0)";
    let held = OpenSession::new(&office, "ada", advisory);
    assert_eq!(office.sync("bo", "bo").unwrap().sent, 1);
    office.init(&[member("cy", "cy", false)]);
    drop(held);
    for sql in [
        "BEGIN; LOCK TABLE tilejury.turn IN ACCESS SHARE MODE",
        "BEGIN; LOCK TABLE tilejury.events IN SHARE MODE",
        "SELECT count(*) FROM tilejury.turn",
        "INSERT INTO tilejury.turn DEFAULT VALUES",
        "CREATE TEMP TABLE mine (x int); CREATE TRIGGER hold BEFORE INSERT ON mine FOR EACH STATEMENT EXECUTE FUNCTION
         tilejury.in_turn()",
    ] {
        assert!(as_login(&office, "ada", sql).unwrap_err().contains("permission denied"), "{sql}");
    }
}

#[test]
fn a_transaction_that_is_left_open_ends() {
    let Some(office) = Office::open() else { return };
    office.does("bo", "bo", verdict(1, Verdict::Accept));
    let sql = "BEGIN; INSERT INTO tilejury.samples VALUES ('x', 'x', 'x', 'x', 'x', 1)";
    let _open = OpenSession::new(&office, "ada", sql);
    assert_eq!(office.sync("bo", "bo").unwrap().sent, 1);
    let left = office.server.sql("SELECT count(*) FROM tilejury.samples WHERE dataset = 'x'");
    assert_eq!(left, "0", "what was not committed is not there");
}

#[test]
fn a_server_that_is_kept_busy_is_named_and_loses_nothing() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.does("bo", "bo", verdict(1, Verdict::Accept));
    office.sync("ada", "ada").unwrap();
    // On purpose: the statement goes on, so no time of the server ends it.
    let mut busy = std::process::Command::new("psql");
    busy.args(["-d", &office.server.address("admin", "admin word"), "-qAtX"]);
    busy.args(["-c", "BEGIN; LOCK TABLE tilejury.turn IN EXCLUSIVE MODE; SELECT pg_sleep(300)"]);
    let mut busy = busy.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE relation = 'tilejury.turn'::regclass AND granted";
    while office.server.sql(held) != "1" {
        std::thread::yield_now();
    }
    // What arrived is received all the same.
    office.does("lea", "lea", verdict(2, Verdict::Accept));
    let reason = office.sync("lea", "lea").unwrap_err().to_string();
    assert!(reason.contains("another connection kept the server busy"), "{reason}");
    assert_eq!(office.events("lea").len(), 2, "the one of ada came");
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'tilejury.turn'::regclass AND granted";
    office.server.sql(end);
    assert_eq!(office.sync("lea", "lea").unwrap().sent, 1);
    let _ = busy.kill();
    let _ = busy.wait();
}

#[test]
fn the_work_of_another_name_stays_here_and_is_named() {
    let Some(office) = Office::open() else { return };
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    office.does("ada", "guest", verdict(1, Verdict::Accept));
    office.does("ada", "ada", verdict(2, Verdict::Accept));
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!((report.sent, office.rows()), (2, 2));
    let notes = report.notes();
    assert!(notes[0].contains("the work of “guest” (1 change) is left out"), "{notes:?}");
    // A lead may send it.
    office.init(&[member("ada", "ada", true)]);
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!((report.sent, report.left_out.len(), office.rows()), (1, 0, 3));
}

#[test]
fn everybody_sees_the_plan_of_an_audit_and_nobody_its_answers() {
    let Some(office) = Office::open() else { return };
    office.does("lea", "lea", verdict(0, Verdict::Accept));
    office.does("lea", "lea", verdict(1, Verdict::Accept));
    office.sync("lea", "lea").unwrap();
    // The first is the step of a plan, the second an answer to it.
    let plan = "UPDATE tilejury.events SET pass = 'audit ' || (SELECT session || '/' || step FROM tilejury.events
                ORDER BY arrival LIMIT 1)";
    office.server.sql(plan);
    let seen = "SELECT string_agg(arrival::text, ' ') FROM tilejury.events";
    assert_eq!(as_login(&office, "ada", seen).unwrap(), "1");
    assert_eq!(as_login(&office, "lea", seen).unwrap(), "1 2");
    office.server.add_login("stranger");
    assert_eq!(as_login(&office, "stranger", seen).unwrap(), "");
    assert_eq!(as_login(&office, "stranger", "SELECT count(*) FROM tilejury.samples").unwrap(), "0");
}

#[test]
fn refusals_name_the_reason_and_no_password() {
    let dir = tempfile::tempdir().unwrap();
    let Some(mut server) = Postgresql::start(dir.path(), None) else { return };
    server.add_login("ada");
    let refused = |text: &str| {
        let error = init(&parsed(text), &[]).unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
        error
    };
    let port = server.port();
    assert!(refused(&server.address("ada", "secret")).contains("refuses the password of “ada”"));
    assert!(refused(&server.address("nobody", "secret")).contains("refuses the password of “nobody”"));
    let none = refused(&format!("postgresql://ada@127.0.0.1:{port}/judgements"));
    assert!(none.contains("PGPASSWORD") && none.contains(".pgpass"), "{none}");
    let other = refused(&format!("postgresql://ada:ada@127.0.0.1:{port}/nothing"));
    assert!(other.contains("database \"nothing\" does not exist"), "{other}");
    let right = refused(&server.address("ada", "ada"));
    assert!(right.contains("GRANT CREATE ON DATABASE judgements TO ada"), "{right}");
    assert!(status(&address(&server, "ada")).unwrap_err().to_string().contains("tilejury team init"));
    server.sql("CREATE SCHEMA tilejury");
    assert!(refused(&server.address("admin", "admin word")).contains("not of this program"));
    server.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    let latin = refused(&format!("postgresql://admin:admin%20word@127.0.0.1:{port}/latin"));
    assert!(latin.contains("LATIN1") && latin.contains("UTF8"), "{latin}");
    server.stop();
    assert!(refused(&server.address("ada", "secret")).contains("cannot be reached"));
}

#[test]
fn the_state_is_that_of_the_person_who_asks() {
    let Some(office) = Office::open() else { return };
    for name in ["ada", "bo"] {
        office.does(name, name, verdict(0, Verdict::Accept));
        office.sync(name, name).unwrap();
    }
    let of = |login: &str| status(&address(&office.server, login)).unwrap();
    let ada = of("ada");
    assert_eq!(ada.you, Some(member("ada", "ada", false)));
    assert_eq!((ada.members.len(), ada.datasets[0].events), (1, 1));
    let lea = of("lea");
    assert_eq!((lea.members.len(), lea.datasets[0].events), (3, 2));
    assert_eq!(lea.datasets[0].annotators, ["ada", "bo"]);
    assert_eq!(lea.datasets[0].dataset, office.dataset.fingerprint.to_string());
    assert!(!lea.encrypted && lea.versions.is_empty());
    // The owner is not a member; what the owner may see does not depend on it.
    let admin = of("admin");
    assert_eq!((admin.you, admin.members.len()), (None, 3));
    let reason = office.sync("lea", "admin").unwrap_err().to_string();
    assert!(reason.contains("not a member of the team"), "{reason}");
}
