//! `tilejury scoreboard`, and the weights that `rank` takes from it, as scripts depend on them.

#![allow(clippy::unwrap_used, reason = "what is not there is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::Set;
use tilejury_testkit::set::tile;
use tilejury_tests::Desk;

/// Ten rows, each with three negatives of its positive's page; what is said of the first negatives.
fn judged(said: &[(u32, Value)]) -> Desk {
    let desk = Desk::with(&Set::plain(10, 3));
    judge(&desk, "ann", said);
    desk
}

fn judge(desk: &Desk, annotator: &str, said: &[(u32, Value)]) {
    let lines = said.iter().map(|(line, more)| {
        let mut object = json!({"split": "train", "line": line});
        object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{object}\n")
    });
    desk.write("said.jsonl", &lines.collect::<String>());
    desk.run(&["judge", "set", "--from", "said.jsonl", "--annotator", annotator]).expect(0);
}

/// What is said of the first negative of a line.
fn first(line: u32, relevance: &str) -> (u32, Value) {
    (line, json!({"tiles": {tile((line - 1) % 2, 999 + line, 1): relevance}}))
}

fn with(said: (u32, Value), more: &Value) -> (u32, Value) {
    let (line, mut object) = said;
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (line, object)
}

fn board(desk: &Desk, arguments: &[&str]) -> Vec<Value> {
    desk.run(&[&["scoreboard", "set", "--json", "--no-pixels"], arguments].concat()).expect(0).json()
}

#[test]
fn scoreboard_tells_of_every_signal_how_often_it_was_right() {
    let carried = json!({"propagated": {tile(0, 1004, 1): "0123/4"}});
    let desk = judged(&[
        first(1, "relevant"),
        first(2, "not_relevant"),
        with(first(3, "relevant"), &json!({"chosen_by": "suspicious-first"})),
        first(4, "unsure"),
        with(first(5, "relevant"), &carried),
    ]);
    let lines = board(&desk, &[]);
    assert_eq!(lines.len(), 15);
    let same_page = json!({
        "signal": "same-page", "raised": 30, "judged": 3, "confirmed": 2, "chosen": 1, "confirmed_by_accept": 0,
        "precision": 0.6667, "low": 0.2077, "high": 0.9385, "weight_default": 0.5, "weight": 0.5385,
    });
    assert_eq!(lines[2], same_page);
    let margin = json!({
        "signal": "margin", "raised": 0, "judged": 0, "confirmed": 0, "chosen": 0, "confirmed_by_accept": 0,
        "precision": null, "low": null, "high": null, "weight_default": 0.6, "weight": 0.6,
    });
    assert_eq!(lines[5], margin);
    let run = desk.run(&["scoreboard", "set", "--no-pixels"]).expect(0);
    let line = run.out.lines().find(|line| line.starts_with("same-page")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words.join(" "), "same-page 30 3 2 1 0 67 % 21 % – 94 % 0.50 → 0.54");
    assert!(run.err.contains("1 of 3 judged findings came up because they were suspect"), "{}", run.err);
}

#[test]
fn of_several_annotators_the_majority_counts_unless_one_is_named() {
    let desk = judged(&[first(1, "relevant"), first(2, "relevant")]);
    judge(&desk, "bob", &[first(1, "not_relevant"), first(2, "relevant")]);
    let counts = |arguments: &[&str]| {
        let same_page = board(&desk, arguments).swap_remove(2);
        [same_page["judged"].clone(), same_page["confirmed"].clone()]
    };
    assert_eq!(counts(&[]), [1, 1], "a tie decides nothing");
    assert_eq!(counts(&["--annotator", "ann"]), [2, 2]);
    assert_eq!(counts(&["--annotator", "bob"]), [2, 1]);
    let run = desk.run(&["scoreboard", "set", "--annotator", "cy"]).expect(1);
    assert!(run.err.contains("there are: ann, bob"), "{}", run.err);
}

#[test]
fn rank_goes_by_what_was_measured_unless_default_weights_are_asked_for() {
    let desk = Desk::with(&Set::plain(10, 3));
    let rank =
        |arguments: &[&str]| desk.run(&[&["rank", "set", "--json", "--no-pixels"], arguments].concat()).expect(0).out;
    let before = rank(&[]);
    judge(&desk, "ann", &[first(1, "not_relevant"), first(2, "not_relevant")]);
    assert_eq!(rank(&["--weights", "default"]), before);
    let measured = rank(&["--weights", "measured"]);
    assert_eq!(rank(&[]), measured);
    let score =
        |text: &str| text.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap()["score"].clone());
    assert_eq!((score(&before), score(&measured)), (Some(json!(0.5)), Some(json!(0.4167))));
    desk.run(&["rank", "set", "--weights", "mine"]).expect(2);
}
