//! `tilejury assign` and `tilejury annotators`, in the forms that scripts depend on.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_tests::Fixture;

/// Ada and bo judged the first rows; bo has one more finding.
fn judged() -> Fixture {
    let fixture = Fixture::with(&Set::plain(30, 2));
    let mut lines = String::new();
    for (name, rows, seconds) in [("ada", 12, 10), ("bo", 6, 20)] {
        for row in 0..rows {
            let second = row * seconds;
            let verdict = if name == "bo" && row == 0 { "reject" } else { "accept" };
            let at = format!("2026-01-31T09:{:02}:{:02}Z", second / 60, second % 60);
            let line = json!({"split": "train", "line": row + 1, "annotator": name, "verdict": verdict, "at": at});
            lines += &format!("{line}\n");
        }
    }
    fixture.write("answers.jsonl", &lines);
    fixture.run(&["judge", "set", "--from", "answers.jsonl"]).expect(0);
    fixture
}

#[test]
fn rows_are_assigned_listed_found_and_withdrawn() {
    let fixture = judged();
    let assign = ["assign", "set", "--to", "ada,bo", "--filter", "judged:no", "--seed", "7", "--by", "lead", "--json"];
    let made = fixture.run(&[&assign[..], &["--overlap", "0"]].concat()).expect(0).json().remove(0);
    assert_eq!((&made["rows"], &made["by"], &made["filter"]), (&json!(18), &json!("lead"), &json!("judged:no")));
    let shares: u64 = made["to"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert_eq!((shares, &made["withdrawn"]), (18, &json!(false)));
    assert_eq!(fixture.run(&["assign", "set", "--list", "--json"]).expect(0).json(), std::slice::from_ref(&made));
    // The rows are found by the search language of other commands, too.
    let audit = ["audit", "new", "set", "--name", "x", "--rows", "3", "--filter", "assigned:bo", "--json"];
    let plan = fixture.run(&audit).expect(0).json().remove(0);
    assert_eq!(plan["population"], made["to"]["bo"]);
    let unknown = fixture.run(&["audit", "new", "set", "--name", "y", "--rows", "3", "--filter", "assigned:me"]);
    assert!(unknown.expect(2).err.contains("is not one of any, none, ada, bo"));
    let id = made["id"].as_str().unwrap();
    fixture.run(&["assign", "set", "--withdraw", id]).expect(0);
    assert_eq!(fixture.run(&["assign", "set", "--list", "--json"]).expect(0).json()[0]["withdrawn"], true);
    let again = fixture.run(&["assign", "set", "--withdraw", id]).expect(1);
    assert!(again.err.contains("--list prints all"), "{}", again.err);
}

#[test]
fn a_tenth_of_rows_is_assigned_to_two_annotators() {
    let fixture = judged();
    let overlap = |rest: &[&str]| {
        let assign = ["assign", "set", "--all", "--json"];
        fixture.run(&[&assign[..], rest].concat()).expect(0).json().remove(0)["overlap"].as_f64().unwrap()
    };
    assert_eq!(overlap(&["--to", "ada,bo"]), 0.1);
    assert_eq!(overlap(&["--to", "ada,bo", "--overlap", "0"]), 0.0);
    assert_eq!(overlap(&["--to", "ada"]), 0.0);
    let help = fixture.run(&["assign", "--help"]).expect(0).out;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("[default: 0.1 with several annotators]"), "{help}");
}

#[test]
fn what_cannot_be_assigned_is_refused_with_the_reason() {
    let fixture = judged();
    let refused = |arguments: &[&str], reason: &str| {
        let run = fixture.run(&[&["assign", "set"], arguments].concat()).expect(1);
        assert!(run.err.contains(reason), "{}", run.err);
    };
    refused(&["--all"], "name the annotators");
    refused(&["--to", "ada"], "--filter SEARCH, or take --all");
    refused(&["--to", "ada", "--all", "--overlap", "0.1"], "two annotators or more");
    refused(&["--to", "ada,bo", "--all", "--overlap", "2"], "a share from 0 to 1");
    refused(&["--to", "ada", "--filter", "fn:>7"], "no rows to assign");
    assert!(fixture.run(&["assign", "set", "--list"]).expect(0).out.is_empty(), "nothing was stored");
}

#[test]
fn a_recovered_sidecar_is_merged_once_it_names_its_set() {
    let fixture = judged();
    let assign = ["assign", "set", "--to", "ada", "--all", "--sidecar", "recovered.sqlite"];
    fixture.run(&assign).expect(0);
    let nameless = "UPDATE meta SET value = '00000000000000000000000000000000' WHERE key = 'fingerprint'";
    rusqlite::Connection::open(fixture.path("recovered.sqlite")).unwrap().execute(nameless, []).unwrap();
    let merge = ["merge", "set/tilejury.sqlite", "recovered.sqlite", "all.sqlite"];
    let refused = fixture.run(&merge).expect(1);
    assert!(refused.err.contains("recovered.sqlite does not name the dataset of its judgements"), "{}", refused.err);
    assert!(refused.err.trim_end().ends_with("nothing was written"), "{}", refused.err);
    fixture.run(&assign).expect(0);
    fixture.run(&merge).expect(0);
}

#[test]
fn the_figures_of_a_team_are_printed() {
    let fixture = judged();
    fixture.run(&["assign", "set", "--to", "ada,cy", "--all", "--overlap", "1", "--by", "lead"]).expect(0);
    let lines = fixture.run(&["annotators", "set", "--json"]).expect(0).json();
    let of = |name: &str| lines.iter().find(|line| line["annotator"] == name).unwrap();
    assert_eq!((&of("ada")["judged"], &of("ada")["rows_an_hour"]), (&json!(12), &json!(360.0)));
    assert_eq!(of("ada")["part"], json!({"done": 12, "rows": 30, "assigned": 30}));
    assert_eq!(of("cy")["part"], json!({"done": 0, "rows": 30, "assigned": 30}));
    assert_eq!((&of("bo")["part"], &of("bo")["rejected"], &of("bo")["differs"]), (&Value::Null, &json!(1), &json!(1)));
    assert_eq!(of("ada")["last_seen"], "2026-01-31T09:01:50.000Z");
    let waits = lines.last().unwrap();
    assert_eq!((&waits["kind"], &waits["to_adjudicate"]), (&json!("waits"), &json!([{"audit": null, "rows": 1}])));
    let text = fixture.run(&["annotators", "set"]).expect(0).out;
    assert!(text.contains("ada: 12 judged (12 accepted, 0 rejected, 0 unsure)"), "{text}");
    assert!(text.contains("part 12 of 30; 360 rows an hour") && text.contains("to adjudicate: 1 row"), "{text}");
}

#[test]
fn a_conflict_is_counted_once_and_its_rows_too() {
    // A query with two positives, of which one was marked in both other rows that have it.
    let [first, second] = [tile(0, 1, 0), tile(0, 2, 0)];
    let row = |positive: &str, negatives: &[&str]| Row::new("What is it?", positive).negatives(negatives);
    let others = [tile(0, 3, 0), tile(0, 4, 0)];
    let set = [&first, &second, &others[0], &others[1]]
        .into_iter()
        .fold(Set::new(), |set, path| set.tile(path, &picture::png(30, 30, 1)))
        .row("train", &row(&first, &[&second, &others[0]]))
        .row("train", &row(&second, &[&others[1]]))
        .row("train", &row(&others[0], &[&second]));
    let fixture = Fixture::with(&set);
    let line =
        |line: u32| json!({"split": "train", "line": line, "annotator": "ada", "tiles": {&second: "not_relevant"}});
    fixture.write("answers.jsonl", &format!("{}\n{}\n", line(1), line(3)));
    fixture.run(&["judge", "set", "--from", "answers.jsonl"]).expect(0);
    assert_eq!(fixture.run(&["annotators", "set", "--json"]).expect(0).json().last().unwrap()["conflicts"], 1);
    let text = fixture.run(&["annotators", "set"]).expect(0).out;
    assert!(text.ends_with("1 conflict, in 3 rows\n"), "{text}");
}
