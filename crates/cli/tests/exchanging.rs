//! `tilejury sync` as scripts use it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tilejury_testkit::Set;

fn run(dir: &Path, args: &[&str]) -> Output {
    let home = dir.join("home");
    let mut command = Command::new(env!("CARGO_BIN_EXE_tilejury"));
    command.env("HOME", &home).args(args).current_dir(dir);
    for folder in ["CONFIG", "DATA", "CACHE", "STATE"] {
        command.env(format!("XDG_{folder}_HOME"), home.join(folder));
    }
    command.output().unwrap()
}

fn judge(dir: &Path, sidecar: &str, line: u64, annotator: &str, verdict: &str) {
    let text = format!(r#"{{"split":"train","line":{line},"annotator":"{annotator}","verdict":"{verdict}"}}"#);
    std::fs::write(dir.join("line.jsonl"), text).unwrap();
    assert!(run(dir, &["judge", "set", "--sidecar", sidecar, "--from", "line.jsonl"]).status.success());
}

#[track_caller]
fn sync(dir: &Path, sidecar: &str, rest: &[&str], code: i32) -> Value {
    let run = run(dir, &[&["sync", "set", "--sidecar", sidecar, "--json"], rest].concat());
    assert_eq!(run.status.code(), Some(code), "{}", String::from_utf8_lossy(&run.stderr));
    serde_json::from_slice(&run.stdout).unwrap_or_default()
}

#[test]
fn judgements_are_exchanged_and_the_folder_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    Set::plain(4, 3).write(&dir.join("set"));
    judge(dir, "a.sqlite", 1, "ada", "accept");
    judge(dir, "b.sqlite", 1, "bo", "reject");
    judge(dir, "b.sqlite", 2, "ada", "accept");
    assert_eq!(sync(dir, "a.sqlite", &[], 1), Value::Null, "there is no folder yet");
    assert_eq!(sync(dir, "a.sqlite", &["--with", "team"], 1), Value::Null, "it is not made");
    std::fs::create_dir(dir.join("team")).unwrap();
    let first = sync(dir, "a.sqlite", &["--with", "team"], 0);
    assert_eq!((&first["sent"], &first["received"]), (&json!(1), &json!(0)));
    let second = sync(dir, "b.sqlite", &["--with", "team"], 0);
    assert_eq!((&second["sent"], &second["received"]), (&json!(2), &json!(1)));
    assert_eq!(second["names_in_several"], json!({"ada": 2}));
    let third = sync(dir, "a.sqlite", &[], 0);
    assert_eq!((&third["sent"], &third["received"]), (&json!(0), &json!(2)));
    let judgements = |sidecar| {
        let printed = run(dir, &["judgements", "set", "--sidecar", sidecar]);
        String::from_utf8(printed.stdout).unwrap()
    };
    assert_eq!(judgements("a.sqlite"), judgements("b.sqlite"));
    let cut = std::fs::read_dir(dir.join("team/judgements")).unwrap().next().unwrap().unwrap().path();
    let content = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &content[..content.len() / 2]).unwrap();
    let report = sync(dir, "c.sqlite", &["--with", "team"], 1);
    assert_eq!(report["left_out"].as_object().unwrap().len(), 1, "{report}");
}
