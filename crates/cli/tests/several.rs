//! Commands for several annotators, in the forms that scripts depend on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::path::Path;

use common::Home;
use serde_json::{Value, json};
use tilejury_testkit::Set;

struct Desk(Home);

impl Desk {
    fn new() -> Self {
        Self(Home::with(&Set::plain(10, 3)))
    }

    fn path(&self, name: &str) -> String {
        self.0.path(name).to_str().unwrap().to_owned()
    }

    /// Records one line about a row in a sidecar.
    fn judge(&self, sidecar: &str, line: u64, rest: &str) {
        let file = self.path("line.jsonl");
        std::fs::write(&file, format!(r#"{{"split":"train","line":{line},{rest}}}"#)).unwrap();
        self.0.json(&["judge", "set", "--sidecar", sidecar, "--from", &file]);
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn two_annotators_are_merged_compared_and_adjudicated() {
    let desk = Desk::new();
    desk.judge("a.sqlite", 1, r#""annotator":"ada","verdict":"accept""#);
    desk.judge("b.sqlite", 1, r#""annotator":"bo","verdict":"reject","reasons":["bad_query"]"#);
    desk.judge("b.sqlite", 2, r#""annotator":"bo","verdict":"accept""#);
    let merged = desk.0.json(&["merge", "a.sqlite", "b.sqlite", "all.sqlite", "--json"]);
    let fields = ["adjudicators_differ", "annotators", "audits", "events", "file", "notes", "only_in", "samples"];
    assert_eq!(keys(&merged[0]), fields);
    assert_eq!((&merged[0]["annotators"], &merged[0]["samples"]), (&json!(["ada", "bo"]), &json!(2)));
    let refused = desk.0.run(&["merge", "a.sqlite", "b.sqlite", "all.sqlite"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("already exists and is not overwritten"));

    let all = ["--sidecar", "all.sqlite", "--json"];
    let found = desk.0.json(&[&["agreement", "set"], &all[..]].concat());
    assert_eq!(found.iter().map(|line| line["kind"].clone()).collect::<Vec<_>>(), ["pair", "all"]);
    for field in ["pair", "n", "both", "only_a", "only_b", "neither", "positive_agreement", "alpha", "kappa", "ac1"] {
        assert!(found[0].get(field).is_some(), "{field}");
    }
    let queue = desk.0.json(&[&["adjudicate", "set", "--list"], &all[..]].concat());
    assert_eq!(queue.len(), 1);
    assert_eq!(keys(&queue[0]), ["answers", "line", "settled", "split", "tiles", "why"]);
    assert_eq!((&queue[0]["why"], &queue[0]["line"]), (&json!("verdict"), &json!(1)));
    let text = queue[0].to_string();
    assert!(!text.contains("ada") && !text.contains("\"bo\""), "no names: {text}");
    let dropped =
        || desk.0.json(&[&["export", "set", "--dry-run", "--tiles", "trust"], &all[..]].concat())[0]["dropped"].clone();
    let stats = || desk.0.json(&[&["stats", "set"], &all[..]].concat())[0]["rejected"].clone();
    assert_eq!((dropped(), stats()), (json!(0), json!(0)), "one against one");
    desk.judge("all.sqlite", 1, r#""annotator":"cy","role":"adjudicator","verdict":"reject","reasons":["bad_query"]"#);
    assert_eq!((dropped(), stats()), (json!(1), json!(1)));
    assert!(desk.0.json(&[&["adjudicate", "set", "--list"], &all[..]].concat()).is_empty());
    assert_eq!(desk.0.json(&[&["adjudicate", "set", "--list", "--all"], &all[..]].concat())[0]["settled"], json!(true));
}

#[test]
fn rows_that_come_back_are_named_in_the_draw() {
    let desk = Desk::new();
    Set::plain(120, 2).write(Path::new(&desk.path("large")));
    let begun = ["audit", "new", "large", "--name", "s", "--rows", "120", "--seed", "7", "--repeats", "0.2", "--json"];
    assert_eq!(desk.0.json(&begun)[0]["repeats"], json!(0.2));
    let draw = desk.0.json(&["audit", "draw", "large", "s"]);
    let again: Vec<&Value> = draw.iter().filter(|line| line["again"] == json!(true)).collect();
    assert!(draw.len() == 120 + again.len() && again.len() > 3, "{}", again.len());
    assert_eq!(keys(&draw[0]), ["line", "place", "split"]);
    let few = ["audit", "new", "large", "--name", "t", "--rows", "5", "--gold", "1"];
    assert_eq!(desk.0.run(&few).status.code(), Some(1), "no row is adjudicated");
}

#[test]
fn adjudicators_who_differ_are_named_and_listed() {
    let desk = Desk::new();
    let word = |name: &str, rest: &str| format!(r#""annotator":"{name}","role":"adjudicator",{rest}"#);
    desk.judge("a.sqlite", 3, &word("dee", r#""verdict":"accept""#));
    desk.judge("b.sqlite", 3, &word("eve", r#""verdict":"reject","reasons":["bad_query"]"#));
    let all = ["--sidecar", "all.sqlite"];
    let merged = desk.0.json(&["merge", "a.sqlite", "b.sqlite", "all.sqlite", "--json"]);
    let named = json!([{
        "audit": null, "adjudicators": ["adjudicator:dee", "adjudicator:eve"], "rows": [{"split": "train", "line": 3}],
    }]);
    assert_eq!(merged[0]["adjudicators_differ"], named);
    let note = merged[0]["notes"][0].as_str().unwrap();
    assert!(note.contains("gave different words on 1 row") && note.ends_with("train line 3"), "{note}");
    let agreement = desk.0.run(&[&["agreement", "set"], &all[..]].concat());
    let note = String::from_utf8(agreement.stderr).unwrap();
    assert!(note.contains("adjudicators gave different words on 1 row: "), "{note}");
    let list = || desk.0.json(&[&["adjudicate", "set", "--list", "--json"], &all[..]].concat());
    let queue = list();
    assert_eq!((&queue[0]["why"], &queue[0]["settled"], queue.len()), (&json!("adjudicators"), &json!(false), 1));
    assert_eq!(queue[0]["answers"][0]["adjudicator"], json!(true));
    let text = queue[0].to_string();
    assert!(!text.contains("dee") && !text.contains("eve"), "no names: {text}");
    desk.judge("all.sqlite", 3, &word("eve", r#""verdict":"accept","reasons":[]"#));
    assert!(list().is_empty());
}

#[test]
fn differences_in_an_audit_are_named_without_its_name() {
    let desk = Desk::new();
    let annotators = ["--annotators", "ada,bo", "--overlap", "1", "--json"];
    desk.0.json(&[&["audit", "new", "set", "--name", "s", "--rows", "10"], &annotators[..]].concat());
    let sidecar = desk.path("set/tilejury.sqlite");
    desk.judge(&sidecar, 4, r#""annotator":"ada","audit":"s","verdict":"accept""#);
    let note = || String::from_utf8(desk.0.run(&["adjudicate", "set", "--list"]).stderr).unwrap();
    assert!(!note().contains("the audit"), "{}", note());
    desk.judge(&sidecar, 4, r#""annotator":"bo","audit":"s","verdict":"reject","reasons":["bad_query"]"#);
    assert!(note().contains("the audit “s” has 1 row to adjudicate; --audit lists them"), "{}", note());
    desk.judge(&sidecar, 4, r#""annotator":"cy","role":"adjudicator","audit":"s","verdict":"accept""#);
    assert!(!note().contains("the audit"), "{}", note());
}

#[test]
fn the_name_of_an_adjudicator_needs_the_role() {
    let desk = Desk::new();
    let file = desk.path("line.jsonl");
    let judge = |text: &str| {
        std::fs::write(&file, text).unwrap();
        desk.0.run(&["judge", "set", "--from", &file])
    };
    let line = r#"{"split":"train","line":1,"annotator":"adjudicator:z","verdict":"accept"}"#;
    let refused = judge(line);
    assert_eq!(refused.status.code(), Some(1));
    let message = String::from_utf8(refused.stderr).unwrap();
    assert!(message.contains("`adjudicator:z` is the name of an adjudicator"), "{message}");
    let with_role = line.replace("{", r#"{"role":"adjudicator","#);
    assert!(judge(&with_role).status.success());
    // Printed lines have it, so that they are read again.
    for printed in [desk.0.run(&["judgements", "set"]), desk.0.run(&["judgements", "set", "--history"])] {
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert!(printed.contains(r#""role":"adjudicator""#) && judge(&printed).status.success(), "{printed}");
    }
}

#[test]
fn files_and_names_that_are_wrong_are_named() {
    let home = Home::with(&Set::plain(20, 3));
    let line = |line: usize, name: &str| {
        format!(r#"{{"split":"train","line":{line},"verdict":"accept","annotator":"{name}"}}"#)
    };
    for name in ["ada", "bo"] {
        std::fs::write(home.path("line.jsonl"), line(1, name)).unwrap();
        let begun = home.ends(0, &["judge", "set", "--from", "line.jsonl", "--sidecar", &format!("{name}.sqlite")]);
        assert!(!begun.contains("there is no file"), "it is begun: {begun}");
    }
    // A sidecar that is misspelt is no sidecar without judgements.
    let missing = "note: there is no file adda.sqlite, so no judgement counts";
    let reads: [&[&str]; 6] = [
        &["agreement", "set"],
        &["adjudicate", "set", "--list"],
        &["audit", "list", "set"],
        &["stats", "set"],
        &["report", "set", "out"],
        &["export", "set", "cleaned"],
    ];
    for read in reads {
        let said = home.ends(0, &[read, &["--sidecar", "adda.sqlite"]].concat());
        assert_eq!(said.matches(missing).count(), 1, "{read:?}: {said}");
    }
    let twice = home.ends(0, &["merge", "ada.sqlite", "./ada.sqlite", "one.sqlite"]);
    assert!(twice.contains("note: ./ada.sqlite is a file that was named before, so it adds nothing"), "{twice}");
    let folder = home.ends(1, &["merge", "ada.sqlite", "set", "merged.sqlite"]);
    assert!(folder.contains("set is a folder, not a sidecar; name the file in it; nothing was written"), "{folder}");
    let folder = home.ends(2, &["agreement", "set", "--sidecar", "set"]);
    assert!(folder.contains("set is a folder, not a sidecar"), "{folder}");
    std::fs::write(home.path("text.sqlite"), "text").unwrap();
    let text = home.ends(1, &["merge", "ada.sqlite", "text.sqlite", "merged.sqlite"]);
    let remedy = "If it used to be one, `tilejury recover` saves what can still be read";
    assert!(text.contains(remedy) && !text.contains("--sidecar"), "{text}");
    let text = home.ends(2, &["agreement", "set", "--sidecar", "text.sqlite"]);
    assert!(text.contains(&format!("{remedy}. Move it away, or name another file with --sidecar")), "{text}");
    let few = home.ends(2, &["merge", "ada.sqlite", "bo.sqlite"]);
    assert!(few.contains("Usage: tilejury merge [OPTIONS] <SIDECAR> <SIDECAR>... <OUT>"), "{few}");
    let none = home.ends(2, &["report", "set", "none", "--export", "nowhere"]);
    assert!(none.contains("nowhere is not an export of `tilejury export`"), "{none}");
    let new = ["audit", "new", "set", "--name", "spring", "--annotators", "ada,bo"];
    let few = home.ends(1, &[&new[..], &["--rows", "0"]].concat());
    assert!(few.contains("an audit draws one row or more; no audit was begun"), "{few}");
    let many = home.ends(1, &[&new[..], &["--rows", "1000000"]].concat());
    assert!(many.contains("1,000,000 rows cannot be drawn: there are 20"), "{many}");
    home.ends(0, &[&new[..], &["--rows", "5"]].concat());
    let other = home.ends(1, &["audit", "draw", "set", "spring", "--annotator", "cy"]);
    assert!(other.contains("cy is not an annotator of the audit “spring”, which is for ada, bo"), "{other}");
}

#[test]
fn an_audit_of_two_copies_is_one_in_every_command() {
    let desk = Desk::new();
    let new =
        ["audit", "new", "set", "--name", "s", "--rows", "10", "--seed", "7", "--blind", "--annotators", "ada,bo"];
    let answers = |sidecar: &str, name: &str, lines: std::ops::RangeInclusive<u64>| {
        for line in lines {
            desk.judge(sidecar, line, &format!(r#""annotator":"{name}","audit":"s","verdict":"accept""#));
        }
    };
    for (file, name) in [("a.sqlite", "ada"), ("b.sqlite", "bo")] {
        desk.0.ends(0, &[&new[..], &["--overlap", "1", "--sidecar", file]].concat());
        answers(file, name, 1..=4);
    }
    desk.0.json(&["merge", "a.sqlite", "b.sqlite", "all.sqlite", "--json"]);
    let all = ["--sidecar", "all.sqlite"];
    let printed = |name: &str| {
        let printed = desk.0.run(&[&["judgements", "set", "--audit", "s"], &all[..]].concat());
        let text = String::from_utf8(printed.stdout).unwrap();
        text.matches(&format!(r#""annotator":"{name}""#)).count()
    };
    assert_eq!((printed("ada"), printed("bo")), (4, 4));
    let team = || {
        let lines = desk.0.json(&[&["annotators", "set", "--json"], &all[..]].concat());
        let of = |name: &str| lines.iter().find(|line| line["annotator"] == name).unwrap().clone();
        ["ada", "bo"]
            .map(|name| (of(name)["drift"].clone(), of(name)["today"].clone(), of(name)["part"]["done"].clone()))
    };
    // The audit is blind and not finished: how far each part is, and no more.
    let hidden = (Value::Null, json!(0), json!(4));
    assert_eq!(team(), [hidden.clone(), hidden]);
    for name in ["ada", "bo"] {
        answers("all.sqlite", name, 5..=10);
    }
    let shown = team();
    assert!(shown.iter().all(|(_, today, done)| (today, done) == (&json!(10), &json!(10))), "{shown:?}");
}
