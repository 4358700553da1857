//! `tilejury sync` as scripts use it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use common::Home;
use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_testkit::servers::hub::Hub;
use tilejury_testkit::servers::postgresql::{ADMIN, Postgresql};

fn judge(home: &Home, sidecar: &str, line: u64, annotator: &str, verdict: &str) {
    let text = format!(r#"{{"split":"train","line":{line},"annotator":"{annotator}","verdict":"{verdict}"}}"#);
    std::fs::write(home.path("line.jsonl"), text).unwrap();
    assert!(home.run(&["judge", "set", "--sidecar", sidecar, "--from", "line.jsonl"]).status.success());
}

#[track_caller]
fn sync(home: &Home, sidecar: &str, rest: &[&str], code: i32) -> Value {
    let run = home.run(&[&["sync", "set", "--sidecar", sidecar, "--json"], rest].concat());
    assert_eq!(run.status.code(), Some(code), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap_or_default()
}

#[test]
fn judgements_are_exchanged_and_the_folder_is_remembered() {
    let home = &Home::with(&Set::plain(4, 3));
    judge(home, "a.sqlite", 1, "ada", "accept");
    judge(home, "b.sqlite", 1, "bo", "reject");
    judge(home, "b.sqlite", 2, "ada", "accept");
    assert_eq!(sync(home, "a.sqlite", &[], 1), Value::Null, "there is no folder yet");
    assert_eq!(sync(home, "a.sqlite", &["--with", "team"], 1), Value::Null, "it is not made");
    std::fs::create_dir(home.path("team")).unwrap();
    let first = sync(home, "a.sqlite", &["--with", "team"], 0);
    assert_eq!((&first["sent"], &first["received"]), (&json!(1), &json!(0)));
    let second = sync(home, "b.sqlite", &["--with", "team"], 0);
    assert_eq!((&second["sent"], &second["received"]), (&json!(2), &json!(1)));
    assert_eq!(second["names_in_several"], json!({"ada": 2}));
    let third = sync(home, "a.sqlite", &[], 0);
    assert_eq!((&third["sent"], &third["received"]), (&json!(0), &json!(2)));
    let judgements = |sidecar| {
        let printed = home.run(&["judgements", "set", "--sidecar", sidecar]);
        String::from_utf8(printed.stdout).unwrap()
    };
    assert_eq!(judgements("a.sqlite"), judgements("b.sqlite"));
    let cut = std::fs::read_dir(home.path("team/judgements")).unwrap().next().unwrap().unwrap().path();
    let content = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &content[..content.len() / 2]).unwrap();
    let report = sync(home, "c.sqlite", &["--with", "team"], 1);
    assert_eq!(report["left_out"].as_object().unwrap().len(), 1, "{report}");
}

#[test]
fn a_sidecar_copied_to_another_machine_is_noticed() {
    let home = &Home::with(&Set::plain(4, 3));
    std::fs::create_dir(home.path("team")).unwrap();
    judge(home, "a.sqlite", 1, "ada", "accept");
    assert_eq!(sync(home, "a.sqlite", &["--with", "team"], 0)["names_in_several"], json!({}));
    // The set goes to another machine, with the sidecar in it; both people call themselves ada.
    std::fs::copy(home.path("a.sqlite"), home.path("b.sqlite")).unwrap();
    let settings = home.path("there").display().to_string();
    let there = || {
        let run = home.run_with(&[("XDG_CONFIG_HOME", &settings)], &["sync", "set", "--sidecar", "b.sqlite", "--json"]);
        serde_json::from_slice::<Value>(&run.stdout).unwrap()
    };
    assert_eq!(there()["names_in_several"], json!({}), "only one of them judged");
    judge(home, "a.sqlite", 2, "ada", "accept");
    judge(home, "b.sqlite", 3, "ada", "reject");
    assert_eq!(there()["sent"], 1);
    assert_eq!(sync(home, "a.sqlite", &[], 0)["names_in_several"], json!({"ada": 2}));
    assert_eq!(there()["names_in_several"], json!({"ada": 2}));
    // Others see one file after the other, and both names.
    assert_eq!(sync(home, "c.sqlite", &["--with", "team"], 0)["names_in_several"], json!({"ada": 2}));
}

#[test]
fn two_people_meet_through_a_repository_of_the_hub() {
    let home = &Home::with(&Set::plain(4, 3));
    std::fs::create_dir(home.path("repository")).unwrap();
    let Some(hub) = Hub::start(&home.path("hub"), &home.path("repository")) else { return };
    hub.set("token=hf_mayWrite&reading_token=hf_mayRead");
    judge(home, "a.sqlite", 1, "ada", "accept");
    judge(home, "b.sqlite", 2, "bo", "reject");
    let endpoint = hub.endpoint();
    let exchange = |sidecar: &str, token: &str, with: &str, code: i32| {
        let variables = [("HF_ENDPOINT", endpoint.as_str()), ("HF_TOKEN", token)];
        let run = home.run_with(&variables, &["sync", "set", "--sidecar", sidecar, "--with", with, "--json"]);
        let printed = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(code), "{printed}");
        assert!(!printed.contains("hf_may"), "{printed}");
        (serde_json::from_slice::<Value>(&run.stdout).unwrap_or_default(), printed)
    };
    let team = "hf://datasets/o/n/team";
    let (first, _) = exchange("a.sqlite", "hf_mayWrite", team, 0);
    assert_eq!((&first["sent"], &first["received"]), (&json!(1), &json!(0)));
    // Who may only read gets what there is, and the reason why nothing was sent.
    let (_, refused) = exchange("b.sqlite", "hf_mayRead", team, 2);
    assert!(refused.contains("the token may not write to this dataset"), "{refused}");
    let (second, _) = exchange("b.sqlite", "hf_mayWrite", team, 0);
    assert_eq!((&second["sent"], &second["received"]), (&json!(1), &json!(0)), "it was received before");
    let (third, _) = exchange("a.sqlite", "hf_mayWrite", team, 0);
    assert_eq!((&third["sent"], &third["received"]), (&json!(0), &json!(1)));
    let judgements = |sidecar| home.run(&["judgements", "set", "--sidecar", sidecar]).stdout;
    assert_eq!(judgements("a.sqlite"), judgements("b.sqlite"));
    assert_eq!(std::fs::read_dir(home.path("repository/team/judgements")).unwrap().count(), 2);
    let (_, missing) = exchange("a.sqlite", "hf_mayWrite", "hf://datasets/o/other", 2);
    assert!(missing.contains("does not exist"), "{missing}");
}

#[test]
fn a_sidecar_on_a_disk_of_this_machine_needs_no_taking_over() {
    let home = &Home::with(&Set::plain(4, 3));
    judge(home, "a.sqlite", 1, "ada", "accept");
    let before = std::fs::read(home.path("a.sqlite")).unwrap();
    assert!(home.ends(1, &["take-over", "a.sqlite"]).contains("a disk of this machine"));
    assert!(home.ends(1, &["take-over", "none.sqlite"]).contains("there is no such file"));
    assert_eq!(std::fs::read(home.path("a.sqlite")).unwrap(), before);
    assert!(!home.path("home/CONFIG/tilejury/machine").exists(), "no machine is identified without need");
}

#[track_caller]
fn team(home: &Home, args: &[&str], code: i32) -> Value {
    let run = home.run(&[&["team"], args, &["--json"]].concat());
    let message = String::from_utf8_lossy(&run.stderr).into_owned();
    assert_eq!(run.status.code(), Some(code), "{message}");
    assert!(!message.contains("word"), "no password: {message}");
    serde_json::from_slice(&run.stdout).unwrap_or(Value::String(message))
}

#[test]
fn a_team_exchanges_through_a_database() {
    let home = &Home::with(&Set::plain(4, 3));
    let Some(server) = Postgresql::start(&home.path("server"), None) else { return };
    let admin = server.address(ADMIN.0, ADMIN.1);
    let refused = team(home, &["init", &admin, "--lead", "ada=", "--annotator", "bo"], 1);
    assert!(refused.as_str().unwrap().contains("needs a name"), "{refused}");
    let made = team(home, &["init", &admin, "--lead", "ada", "--annotator", "bo=bo_login"], 0);
    assert_eq!((&made["created"], &made["members"][1]["change"]), (&json!(true), &json!("added")));
    let missing = made["members"][1]["missing"].as_str().unwrap();
    assert!(missing.starts_with("CREATE ROLE bo_login LOGIN"), "{missing}");
    server.add_login("ada");
    server.add_login("bo_login");
    let again = team(home, &["init", &admin, "--annotator", "bo=bo_login"], 0);
    assert_eq!((&again["created"], &again["members"][0]["missing"]), (&json!(false), &Value::Null));
    judge(home, "b.sqlite", 1, "bo", "reject");
    judge(home, "b.sqlite", 2, "ada", "accept");
    let (ada, bo) = (server.address("ada", "ada"), server.address("bo_login", "bo_login"));
    let first = sync(home, "b.sqlite", &["--with", &bo], 1);
    assert_eq!((&first["sent"], &first["with"]), (&json!(1), &json!(bo.replace(":bo_login@", "@"))));
    assert!(first["left_out"]["the work of “ada” (1 change)"].is_string(), "{first}");
    let second = sync(home, "a.sqlite", &["--with", &ada], 0);
    assert_eq!((&second["sent"], &second["received"]), (&json!(0), &json!(1)));
    let status = team(home, &["status", &ada], 0);
    assert_eq!((&status["you"]["is_lead"], &status["datasets"][0]["events"]), (&json!(true), &json!(1)));
    // As after an earlier version set it up: it is used, and the command that helps is named.
    server.sql("UPDATE tilejury.about SET rules = 1");
    let note = sync(home, "a.sqlite", &["--with", &ada], 0)["place_note"].clone();
    let command = format!("tilejury team init {}", admin.replace(":admin%20word@", "@"));
    assert!(note.as_str().unwrap().contains(&command), "{note}");
    assert!(team(home, &["status", &ada], 0)["note"].as_str().unwrap().contains(&command));
    let updated = team(home, &["init", &admin], 0);
    assert_eq!((&updated["rules_before"], &updated["rules"]), (&json!(1), &json!(2)));
    assert_eq!(sync(home, "a.sqlite", &["--with", &ada], 0)["place_note"], Value::Null);
    // Remembered without the password, which then has to come from elsewhere.
    let run = home.run(&["sync", "set", "--sidecar", "a.sqlite"]);
    let message = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && message.contains("PGPASSWORD"), "{message}");
    team(home, &["status", &admin], 1);
}
