//! Databases that an earlier version set up: what a program says that meets one, and bringing their
//! rules up to date.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::{Office, address, member, note, verdict};
use tilejury_audit::Verdict;
use tilejury_audit::exchange::sync_events;
use tilejury_audit::progress::NoProgress;
use tilejury_database::{init, status};

/// The SQL by which earlier versions made their tables.
const EARLIER: [&str; 2] = [include_str!("earlier/advisory_lock.sql"), include_str!("earlier/turn_table.sql")];
/// Everything in a database that this program makes, one thing a line, but for the numbers of the
/// objects.
const MADE: &str = "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
    SELECT pg_get_functiondef(oid) || coalesce(proacl::text, '') FROM pg_proc
        WHERE pronamespace = 'tilejury'::regnamespace
    UNION ALL SELECT tablename || policyname || cmd || roles::text || coalesce(qual, '') || coalesce(with_check, '')
        FROM pg_policies WHERE schemaname = 'tilejury'
    UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid::regclass::text LIKE 'tilejury.%' AND NOT tgisinternal
    UNION ALL SELECT relname || relkind::text || relrowsecurity || coalesce(relacl::text, '') || pg_get_userbyid(relowner)
        FROM pg_class WHERE relnamespace = 'tilejury'::regnamespace AND relkind IN ('r', 'v')
    UNION ALL SELECT attrelid::regclass::text || attname || coalesce(attacl::text, '') || atttypid::regtype || attnotnull
        FROM pg_attribute WHERE attrelid::regclass::text LIKE 'tilejury.%' AND attnum > 0
    UNION ALL SELECT pg_get_viewdef('tilejury.versions')
    UNION ALL SELECT rules::text FROM tilejury.about) made(line)";

/// A team as it is after an earlier version set it up, and people worked with it.
fn earlier_office(sql: &str) -> Option<Office> {
    let office = Office::open()?;
    office.server.sql("DROP SCHEMA tilejury CASCADE");
    office.server.sql(sql);
    office.server.sql("INSERT INTO tilejury.about (form, id) VALUES (1, 'team')");
    let members =
        "INSERT INTO tilejury.members VALUES ('lea', 'lea', true), ('ada', 'ada', false), ('bo', 'bo', false)";
    office.server.sql(members);
    for (row, name) in ["lea", "ada", "bo"].into_iter().enumerate() {
        office.does(name, name, verdict(row, Verdict::Accept));
        office.does(name, name, note(row, "before"));
        office.sync(name, name).unwrap();
    }
    Some(office)
}

fn rows_of(office: &Office, table: &str) -> String {
    office.server.sql(&format!("SELECT string_agg(row::text, E'\\n' ORDER BY row::text) FROM tilejury.{table} row"))
}

#[test]
fn earlier_rules_become_those_of_a_new_database() {
    let Some(new) = Office::open() else { return };
    let expected = new.server.sql(MADE);
    drop(new);
    for sql in EARLIER {
        let office = earlier_office(sql).unwrap();
        let before = ["events", "samples", "members"].map(|table| rows_of(&office, table));
        let team = office.init(&[member("ada", "ada", false), member("cy", "cy", false)]);
        assert_eq!((team.created, team.rules_before, team.rules), (false, Some(1), 2));
        let changes: Vec<&str> = team.members.iter().map(|member| &*member.change).collect();
        assert_eq!(changes, ["unchanged", "added"]);
        assert_eq!(office.server.sql(MADE), expected);
        office.server.sql("DELETE FROM tilejury.members WHERE role = 'cy'");
        assert_eq!(["events", "samples", "members"].map(|table| rows_of(&office, table)), before);
        assert_eq!(office.server.sql("SELECT form || id FROM tilejury.about"), "1team");
        // Again, and everybody goes on where they were.
        assert_eq!(office.init(&[]).rules_before, None);
        assert_eq!(office.server.sql(MADE), expected);
        office.does("ada", "ada", verdict(5, Verdict::Reject));
        assert_eq!(office.sync("ada", "ada").unwrap().sent, 1);
        let report = office.sync("lea", "lea").unwrap();
        assert_eq!((report.sent, report.received, report.place_note), (0, 5, None));
    }
}

#[test]
fn earlier_rules_are_named_with_the_command_that_helps() {
    let Some(office) = earlier_office(EARLIER[0]) else { return };
    let command = format!("`tilejury team init postgresql://admin@127.0.0.1:{}/judgements`", office.server.port());
    office.does("ada", "ada", verdict(4, Verdict::Accept));
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!(report.sent, 1, "judgements are exchanged all the same");
    let notes = report.notes();
    assert!(notes[0].contains("of an earlier Tilejury (version 1, this one has 2)"), "{notes:?}");
    assert!(notes[0].contains(&command), "{notes:?}");
    let state = status(&address(&office.server, "lea")).unwrap();
    assert_eq!((state.rules, state.note.unwrap().contains(&command)), (1, true));
    // Somebody else than the owner may not.
    let reason = init(&address(&office.server, "lea"), &[]).unwrap_err().to_string();
    assert!(
        reason.contains("“lea” may not change them; their owner, “admin”") && reason.contains(&command),
        "{reason}"
    );
    assert_eq!(office.server.sql("SELECT to_regclass('tilejury.turn') IS NULL"), "t", "nothing was changed");
    office.init(&[]);
    assert_eq!(office.sync("ada", "ada").unwrap().notes().len(), 0);
    assert_eq!(status(&address(&office.server, "lea")).unwrap().note, None);
}

#[test]
fn newer_tables_ask_for_a_newer_program() {
    let Some(office) = Office::open() else { return };
    office.server.sql("UPDATE tilejury.about SET rules = 3");
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    let report = office.sync("ada", "ada").unwrap();
    assert_eq!(report.sent, 1, "other rules hold on the server, whatever the program knows");
    assert!(report.notes()[0].contains("update Tilejury on this machine"), "{:?}", report.notes());
    let reason = init(&address(&office.server, "admin"), &[member("cy", "cy", false)]).unwrap_err().to_string();
    assert!(reason.contains("(version 3, this one knows 2); update Tilejury"), "{reason}");
    assert_eq!(office.server.sql("SELECT count(*) FROM tilejury.members"), "3");
    assert_eq!(office.server.sql("SELECT rules FROM tilejury.about"), "3", "they do not become older");
    // Tables that it does not know are not used.
    office.server.sql("UPDATE tilejury.about SET form = 2");
    office.does("ada", "ada", verdict(1, Verdict::Accept));
    for reason in [
        office.sync("ada", "ada").unwrap_err().to_string(),
        init(&address(&office.server, "admin"), &[]).unwrap_err().to_string(),
        status(&address(&office.server, "ada")).unwrap_err().to_string(),
    ] {
        assert!(reason.contains("of a newer Tilejury (form 2, this one knows 1); update Tilejury"), "{reason}");
    }
    assert_eq!(office.rows(), 1);
}

#[test]
fn an_administrator_updates_for_the_owner() {
    let Some(office) = Office::open() else { return };
    office.server.sql("DROP SCHEMA tilejury CASCADE");
    office.server.add_login("owner");
    office.server.sql("GRANT CREATE ON DATABASE judgements TO owner");
    office
        .server
        .sql(&format!("SET ROLE owner; {}; INSERT INTO tilejury.about (form, id) VALUES (1, 'team')", EARLIER[0]));
    office.init(&[member("ada", "ada", false), member("lea", "lea", true)]);
    let owners = "SELECT string_agg(DISTINCT pg_get_userbyid(relowner)::text, ' ') FROM pg_class
                  WHERE relnamespace = 'tilejury'::regnamespace";
    assert_eq!(office.server.sql(owners), "owner", "also of what is new");
    office.does("ada", "ada", verdict(0, Verdict::Accept));
    assert_eq!(office.sync("ada", "ada").unwrap().sent, 1, "the function of the owner may lock the table");
}

/// The arrivals that a reader may not miss: it begins after the largest number that it saw.
#[test]
fn rules_change_while_all_exchange_and_nothing_is_lost() {
    let Some(office) = earlier_office(EARLIER[0]) else { return };
    let done = AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let senders = ["ada", "bo"].map(|name| {
            let (office, done) = (&office, &done);
            scope.spawn(move || {
                let (mut place, mut sent) = (office.place(name), 0);
                for at in 0.. {
                    office.does(name, name, note(at % 10, &format!("{name} {at}")));
                    sent += sync_events(&mut office.sidecar(name), &mut place, &NoProgress).unwrap().sent;
                    if done.load(Ordering::Relaxed) {
                        return sent;
                    }
                }
                sent
            })
        });
        let reader = {
            let (office, done) = (&office, &done);
            scope.spawn(move || {
                let mut place = office.place("lea");
                while !done.load(Ordering::Relaxed) {
                    sync_events(&mut office.sidecar("lea"), &mut place, &NoProgress).unwrap();
                }
            })
        };
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(office.init(&[]).rules_before, Some(1));
        std::thread::sleep(Duration::from_millis(300));
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
        senders.map(|sender| sender.join().unwrap()).iter().sum::<usize>()
    });
    assert!(sent > 2, "{sent}");
    office.sync("lea", "lea").unwrap();
    assert_eq!(office.rows() as usize, 6 + sent);
    assert_eq!(office.events("lea").len(), 6 + sent);
}

#[test]
fn rules_change_only_while_nobody_adds_events() {
    let Some(office) = earlier_office(EARLIER[0]) else { return };
    // Under the earlier rules a transaction stays open as long as its client wants.
    let mut adding = std::process::Command::new("psql");
    adding.args(["-d", &office.server.address("ada", "ada"), "-qAtX"]);
    adding
        .args(["-c", "BEGIN; INSERT INTO tilejury.samples VALUES ('x', 'x', 'x', 'x', 'x', 1); SELECT pg_sleep(300)"]);
    let mut adding = adding.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let held =
        "SELECT count(*) FROM pg_locks WHERE relation = 'tilejury.samples'::regclass AND mode = 'RowExclusiveLock'";
    let begun = Instant::now();
    while office.server.sql(held) != "1" {
        assert!(begun.elapsed() < Duration::from_secs(20), "no lock");
        std::thread::sleep(Duration::from_millis(20));
    }
    let reason = init(&address(&office.server, "admin"), &[member("cy", "cy", false)]).unwrap_err().to_string();
    assert!(reason.contains("nothing was changed. Run the command again"), "{reason}");
    assert_eq!(office.server.sql("SELECT to_regclass('tilejury.turn') IS NULL"), "t");
    assert_eq!(office.server.sql("SELECT count(*) FROM tilejury.members"), "3");
    office.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ada'");
    adding.wait().unwrap();
    assert_eq!(office.init(&[member("cy", "cy", false)]).rules_before, Some(1));
}
