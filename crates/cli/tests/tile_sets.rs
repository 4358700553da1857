//! Sets of tiles by commands: planned by a rule, judged tile by tile, marked as a machine, undone,
//! exported; and sets of rows whose acceptance would say the opposite of a machine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use common::Home;
use serde_json::{Value, json};
use tilejury_testkit::Set;

impl Home {
    /// A dataset of 60 rows with five negatives, of which a machine called the first two CORRECT.
    fn new() -> Self {
        let home = Self::with(&Set::plain(60, 5));
        let mut reviews = String::new();
        for row in home.lines() {
            for (at, tile) in row["neg_chunk_paths"].as_array().unwrap().iter().enumerate() {
                let verdict = if at < 2 { "CORRECT" } else { "CANNOT_ANSWER" };
                let review = json!({"query": row["query"], "candidate_path": tile, "verdict": verdict});
                reviews += &format!("{review}\n");
            }
        }
        std::fs::write(home.path("reviews.jsonl"), reviews).unwrap();
        home.ends(0, &["import-reviews", "set", "reviews.jsonl"]);
        home
    }

    /// The rows of the split.
    fn lines(&self) -> Vec<Value> {
        let files = ["set/train_hn.jsonl", "set/train.jsonl"].map(|name| self.path(name));
        let text = std::fs::read_to_string(files.iter().find(|path| path.exists()).unwrap()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Marks the drawn tiles of an audit as relevant, without a verdict on any row.
    fn judge(&self, audit: &str) {
        let line = |row: &Value| {
            let tiles = row["tiles"].as_array().unwrap().iter();
            let marks: serde_json::Map<String, Value> =
                tiles.map(|tile| (tile.as_str().unwrap().to_owned(), "relevant".into())).collect();
            format!(
                "{}\n",
                json!({"split": row["split"], "line": row["line"], "audit": audit, "tiles": marks, "annotator": "ada"})
            )
        };
        let drawn = self.json(&["audit", "draw", "set", audit]);
        std::fs::write(self.path("answers.jsonl"), drawn.iter().map(line).collect::<String>()).unwrap();
        self.ends(0, &["judge", "set", "--from", "answers.jsonl"]);
    }

    /// The negatives of all rows of an export.
    fn exported(&self, out: &str) -> Vec<usize> {
        self.ends(0, &["export", "set", out]);
        self.ends(0, &["verify-export", out, "--dataset", "set"]);
        let files = ["train_hn.jsonl", "train.jsonl"].map(|name| self.path(out).join(name));
        let text = std::fs::read_to_string(files.iter().find(|path| path.exists()).unwrap()).unwrap();
        let number =
            |line: &str| serde_json::from_str::<Value>(line).unwrap()["neg_chunk_paths"].as_array().unwrap().len();
        text.lines().map(number).collect()
    }
}

const NEW: [&str; 6] = ["audit", "new", "set", "--accept-as", "m", "--allow-wrong"];

#[test]
fn a_set_of_tiles_is_marked_exported_and_undone() {
    let home = Home::new();
    let plan = &home.json(
        &[&NEW[..], &["0", "--name", "a", "--seed", "7", "--tiles", "reviews", "--word", "relevant", "--json"]]
            .concat(),
    )[0];
    let set = &plan["acceptance"]["tiles"];
    assert_eq!((&set["tiles"], &set["word"], &plan["blind"]), (&120.into(), &"relevant".into(), &true.into()));
    let drawn = set["drawn"].as_array().unwrap().len();
    // As many as the plan of rows would draw from 120 of them.
    let rows = &home.json(&[&NEW[..], &["0", "--name", "r", "--filter", "neg:5", "--json"]].concat())[0];
    assert!(rows["rows"].as_u64().unwrap() < drawn as u64, "{drawn} of 120 tiles, {} of 60 rows", rows["rows"]);
    let lines = home.json(&["audit", "draw", "set", "a"]);
    assert_eq!(lines.iter().map(|line| line["tiles"].as_array().unwrap().len()).sum::<usize>(), drawn);
    let rows = home.lines();
    for line in &lines {
        let own = rows[line["line"].as_u64().unwrap() as usize - 1]["neg_chunk_paths"].as_array().unwrap();
        assert!(
            line["tiles"].as_array().unwrap().iter().all(|tile| own.contains(tile)),
            "as the row spells it: {line}"
        );
    }
    let early = home.ends(1, &["audit", "accept", "set", "a", "--yes"]);
    assert!(early.contains("planned rows are judged"), "{early}");
    home.judge("a");
    let status = &home.json(&["audit", "status", "set", "a", "--json"])[0];
    assert_eq!((&status["rows"]["method"], &status["rows"]["estimate"]), (&"tiles".into(), &Value::Null));
    let found = &status["acceptance"];
    assert_eq!((&found["set"], &found["shown"], &found["tiles"]["judged"]), (&120.into(), &true.into(), &drawn.into()));
    let shown = home.ends(0, &["audit", "accept", "set", "a"]);
    let words = "Mark these 120 tiles as relevant by “machine:m”: at least 95 % of them are right";
    assert!(
        shown.contains(words) && shown.contains("good negatives lost") && shown.contains("--yes marks as relevant")
    );
    assert_eq!(home.exported("before"), [5; 60]);

    let done = &home.json(&["audit", "accept", "set", "a", "--yes", "--json"])[0];
    assert_eq!((&done["tiles"], &done["word"], &done["rows"]), (&120.into(), &"relevant".into(), &60.into()));
    assert_eq!(done["set"], set["hash"]);
    assert_eq!(home.json(&["audit", "status", "set", "a", "--json"])[0]["acceptance"]["accepted"], 120);
    let stats = &home.json(&["stats", "set", "--json"])[0];
    assert_eq!((&stats["judged"], &stats["false_negatives"]), (&0.into(), &120.into()), "marks, and no verdict");
    assert_eq!(home.exported("after"), [3; 60]);
    home.ends(0, &["report", "set", "paper"]);
    let report = std::fs::read_to_string(home.path("paper/report.md")).unwrap();
    for words in ["Mark these 120 tiles as relevant", "no rate of rows or negatives follows", "120 tiles of 60 rows"] {
        assert!(report.contains(words), "{words}: {report}");
    }
    // A person has the last word.
    let tile = home.lines()[0]["neg_chunk_paths"][0].clone();
    let line = json!({"split": "train", "line": 1, "tiles": {tile.as_str().unwrap(): "not_relevant"}});
    std::fs::write(home.path("word.jsonl"), format!("{line}\n")).unwrap();
    home.ends(0, &["judge", "set", "--from", "word.jsonl"]);
    assert_eq!(home.exported("mended")[0], 4);

    home.ends(0, &["audit", "accept", "set", "a", "--undo"]);
    assert_eq!(home.json(&["stats", "set", "--json"])[0]["false_negatives"], 0);
    assert_eq!(home.exported("back"), [5; 60]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let home = Home::new();
    let refused = |code: i32, args: &[&str]| home.ends(code, &[&NEW[..], args].concat());
    let opposite = refused(1, &["0", "--name", "a", "--tiles", "reviews", "--word", "not_relevant"]);
    assert!(
        opposite.contains("“reviews” says relevant of its tiles, so the word cannot be not_relevant"),
        "{opposite}"
    );
    let nothing = refused(1, &["0", "--name", "a", "--tiles", "grade>=2 verified", "--word", "relevant"]);
    assert!(nothing.contains("finds no negative"), "{nothing}");
    refused(2, &["0", "--name", "a", "--tiles", "reviews"]);
    refused(2, &["0", "--name", "a", "--tiles", "grade>=7", "--word", "relevant"]);
    refused(2, &["0", "--name", "a", "--tiles", "reviews", "--word", "relevant", "--rows", "90"]);
    // Rows whose negatives a machine called relevant cannot be accepted as they are.
    for filter in ["review:>=2", "review:3 verdict:none", "verified:yes", "signal:review"] {
        let words = refused(1, &["0", "--name", "a", "--filter", filter]);
        assert!(words.contains("accepting rows as they are says the opposite") && words.contains("--tiles"), "{words}");
    }
    refused(0, &["0", "--name", "low", "--filter", "neg:5 -review:>=2"]);
    // A number of rows is not taken for another one.
    let few = refused(1, &["0", "--name", "a", "--rows", "5"]);
    assert!(few.contains("5 rows cannot show that; ") && few.contains("can, if at most 0 of them are wrong"), "{few}");
    let more = refused(0, &["0", "--name", "more", "--rows", "59"]);
    assert!(more.contains("59 of 60 rows are drawn") && more.contains("as they are (positive right"), "{more}");
    assert_eq!(home.json(&["audit", "list", "set", "--json"]).len(), 2);
}
