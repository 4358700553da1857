//! `tilejury sync` as scripts use it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use common::Home;
use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_testkit::servers::hub::Hub;

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
