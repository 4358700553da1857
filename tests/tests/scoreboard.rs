//! `tilejury scoreboard` and the weights that `rank` takes from it, in the forms that scripts
//! depend on.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_testkit::set::tile;
use tilejury_tests::Fixture;

/// A fixture with ten rows, each with three negatives on its positive's page, and these judgements.
fn judged(judgements: &[(u32, Value)]) -> Fixture {
    let fixture = Fixture::with(&Set::plain(10, 3));
    judge(&fixture, "ann", judgements);
    fixture
}

fn judge(fixture: &Fixture, annotator: &str, judgements: &[(u32, Value)]) {
    let lines = judgements.iter().map(|(line, more)| {
        let mut object = json!({"split": "train", "line": line});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{object}\n")
    });
    fixture.write("judgements.jsonl", &lines.collect::<String>());
    fixture.run(&["judge", "set", "--from", "judgements.jsonl", "--annotator", annotator]).expect(0);
}

/// A judgement of the first negative in a line's row.
fn first(line: u32, relevance: &str) -> (u32, Value) {
    (line, json!({"tiles": {tile((line - 1) % 2, 999 + line, 1): relevance}}))
}

fn with(judgement: (u32, Value), more: &Value) -> (u32, Value) {
    let (line, mut object) = judgement;
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (line, object)
}

fn board(fixture: &Fixture, arguments: &[&str]) -> Vec<Value> {
    fixture.run(&[&["scoreboard", "set", "--json", "--no-pixels"], arguments].concat()).expect(0).json()
}

#[test]
fn scoreboard_reports_how_often_each_signal_was_right() {
    let propagated = json!({"propagated": {tile(0, 1004, 1): "0123/4"}});
    let fixture = judged(&[
        first(1, "relevant"),
        first(2, "not_relevant"),
        with(first(3, "relevant"), &json!({"chosen_by": "suspicious-first"})),
        first(4, "unsure"),
        with(first(5, "relevant"), &propagated),
    ]);
    let lines = board(&fixture, &[]);
    assert_eq!(lines.len(), 17);
    let same_page = json!({
        "signal": "same-page", "raised": 30, "judged": 3, "confirmed": 2, "chosen": 1, "confirmed_by_accept": 0,
        "precision": 0.6667, "low": 0.2077, "high": 0.9385, "weight_default": 0.15, "weight": 0.2692,
    });
    assert_eq!(lines[2], same_page);
    let margin = json!({
        "signal": "margin", "raised": 0, "judged": 0, "confirmed": 0, "chosen": 0, "confirmed_by_accept": 0,
        "precision": null, "low": null, "high": null, "weight_default": 0.6, "weight": 0.6,
    });
    assert_eq!(lines[5], margin);
    let run = fixture.run(&["scoreboard", "set", "--no-pixels"]).expect(0);
    let line = run.out.lines().find(|line| line.starts_with("same-page")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words.join(" "), "same-page 30 3 2 1 0 67 % 21 % – 94 % 0.15 → 0.27");
    assert!(run.err.contains("1 of 3 judged findings were shown because they were suspicious"), "{}", run.err);
}

#[test]
fn uses_the_majority_unless_an_annotator_is_named() {
    let fixture = judged(&[first(1, "relevant"), first(2, "relevant")]);
    judge(&fixture, "bob", &[first(1, "not_relevant"), first(2, "relevant")]);
    let counts = |arguments: &[&str]| {
        let same_page = board(&fixture, arguments).swap_remove(2);
        [same_page["judged"].clone(), same_page["confirmed"].clone()]
    };
    assert_eq!(counts(&[]), [1, 1], "a tie decides nothing");
    assert_eq!(counts(&["--annotator", "ann"]), [2, 2]);
    assert_eq!(counts(&["--annotator", "bob"]), [2, 1]);
    let run = fixture.run(&["scoreboard", "set", "--annotator", "cy"]).expect(1);
    assert!(run.err.contains("known annotators: ann, bob"), "{}", run.err);
}

#[test]
fn rank_uses_measured_weights_unless_default_is_given() {
    let fixture = Fixture::with(&Set::plain(10, 3));
    let rank = |arguments: &[&str]| {
        fixture.run(&[&["rank", "set", "--json", "--no-pixels"], arguments].concat()).expect(0).out
    };
    let before = rank(&[]);
    judge(&fixture, "ann", &[first(1, "not_relevant"), first(2, "not_relevant")]);
    assert_eq!(rank(&["--weights", "default"]), before);
    let measured = rank(&["--weights", "measured"]);
    assert_eq!(rank(&[]), measured);
    let score =
        |text: &str| text.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap()["score"].clone());
    assert_eq!((score(&before), score(&measured)), (Some(json!(0.15)), Some(json!(0.125))));
    fixture.run(&["rank", "set", "--weights", "mine"]).expect(2);
}
