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
            let (split, line, again) = (&row["split"], &row["line"], row["again"] == true);
            let said = json!({"split": split, "line": line, "audit": audit, "tiles": marks, "annotator": "ada", "again": again});
            format!("{said}\n")
        };
        let drawn = self.json(&["audit", "draw", "set", audit]);
        std::fs::write(self.path("answers.jsonl"), drawn.iter().map(line).collect::<String>()).unwrap();
        self.ends(0, &["judge", "set", "--from", "answers.jsonl"]);
    }

    /// The report of all audits.
    fn report(&self) -> String {
        self.ends(0, &["report", "set", "paper"]);
        std::fs::read_to_string(self.path("paper/report.md")).unwrap()
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
    let read = |name: &str| std::fs::read_to_string(home.path(name)).unwrap();
    let machines = |out: &str| {
        let croissant: serde_json::Value = serde_json::from_str(&read(&format!("{out}/croissant.json"))).unwrap();
        (
            croissant["rai:machineAnnotationTools"].clone(),
            read(&format!("{out}/README.md")).contains("- machine-generated"),
        )
    };
    assert_eq!(machines("before"), (serde_json::Value::Null, false));
    assert_eq!(machines("after"), (json!(["machine:m"]), true));
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
    home.ends(0, &["report", "set", "undone"]);
    assert!(report.contains("Accepted in bulk under the name machine:m: "), "{report}");
    assert!(!read("undone/report.md").contains("Accepted in bulk"), "{}", read("undone/report.md"));
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

#[test]
fn gold_tiles_are_asked_for_and_never_counted() {
    let home = Home::new();
    // The first negative of each row is relevant, the others are not.
    let line = |(at, row): (usize, &Value)| {
        let marks = json!({row["neg_chunk_paths"][0].as_str().unwrap(): "relevant"});
        let said =
            json!({"split": "train", "line": at + 1, "verdict": "accept", "tiles": marks, "role": "adjudicator"});
        format!("{said}\n")
    };
    let lines = home.lines();
    std::fs::write(home.path("known.jsonl"), lines.iter().enumerate().map(line).collect::<String>()).unwrap();
    home.ends(0, &["judge", "set", "--from", "known.jsonl"]);
    let new = [&NEW[..], &["0", "--seed", "7", "--tiles", "reviews", "--word", "relevant"]].concat();
    let many = home.ends(1, &[&new[..], &["--name", "many", "--gold", "60"]].concat());
    assert!(many.contains("60 gold rows are too many") && many.contains("no audit was begun"), "{many}");
    let plan = &home.json(&[&new[..], &["--name", "a", "--gold", "4", "--json"]].concat())[0];
    let set = &plan["acceptance"]["tiles"];
    let (drawn, gold) = (set["drawn"].as_array().unwrap(), set["gold"].as_array().unwrap());
    assert_eq!((gold.len(), &plan["form"]), (4, &3.into()), "earlier programs do not read such a plan");
    assert!(gold.iter().all(|one| drawn.iter().all(|other| one["row"] != other["row"])), "rows outside of the draw");
    // Their rows are among the others, each with the one tile that is asked for.
    let shown = home.json(&["audit", "draw", "set", "a"]);
    assert_eq!(shown.len() as u64, plan["rows"].as_u64().unwrap() + 4);
    let tiles: usize = shown.iter().map(|row| row["tiles"].as_array().unwrap().len()).sum();
    assert_eq!(tiles, drawn.len() + 4);
    home.judge("a");
    let status = &home.json(&["audit", "status", "set", "a", "--json"])[0];
    assert_eq!((&status["finished"], &status["judged"]), (&true.into(), &plan["rows"]));
    assert_eq!(
        (&status["acceptance"]["tiles"]["judged"], &status["acceptance"]["wrong"]),
        (&drawn.len().into(), &0.into())
    );
    let found = home.json(&["agreement", "set", "--audit", "a", "--json"]);
    let against = found.iter().find(|line| line["against"] == "gold").unwrap();
    let number = |share: &str| against[share]["n"].as_u64().unwrap_or(0);
    assert_eq!((&against["rows"], number("sensitivity") + number("specificity")), (&4.into(), 4), "{against}");
    // The draw is the same without them. All were called relevant, and only first negatives are.
    home.ends(0, &[&new[..], &["--name", "b"]].concat());
    let plain: Vec<Value> = home.json(&["audit", "draw", "set", "b"]).iter().map(|row| row["line"].clone()).collect();
    let is_first =
        |row: &&Value| row["tiles"][0] == lines[row["line"].as_u64().unwrap() as usize - 1]["neg_chunk_paths"][0];
    let mixed_in: Vec<&Value> = shown.iter().filter(|row| !plain.contains(&row["line"])).collect();
    let firsts = mixed_in.iter().copied().filter(is_first).count() as u64;
    assert_eq!((mixed_in.len(), number("sensitivity")), (4, firsts));
    let report = home.report();
    let line = format!("| annotator 3 | gold rows | 4 | {firsts} of {firsts}: 100 %");
    assert!(report.contains(&line), "{report}");
    home.ends(0, &["audit", "accept", "set", "a", "--yes"]);
}

#[test]
fn rows_of_tiles_come_back_apart_from_the_draw() {
    let home = Home::new();
    let new = [&NEW[..], &["4", "--seed", "7", "--tiles", "reviews", "--word", "relevant"]].concat();
    home.ends(0, &[&new[..], &["--name", "a", "--repeats", "1"]].concat());
    let shown = home.json(&["audit", "draw", "set", "a"]);
    let again: Vec<&Value> = shown.iter().filter(|row| row["again"] == true).collect();
    assert!(!again.is_empty(), "{} rows", shown.len());
    let first = |row: &Value| shown.iter().find(|one| one["line"] == row["line"] && one["again"] != true).unwrap();
    assert!(again.iter().all(|row| row["tiles"] == first(row)["tiles"]), "the same tiles are asked for");
    // A second answer needs a first one.
    let early = json!({"split": again[0]["split"], "line": again[0]["line"], "audit": "a", "again": true,
        "tiles": {again[0]["tiles"][0].as_str().unwrap(): "relevant"}, "annotator": "ada"});
    std::fs::write(home.path("early.jsonl"), format!("{early}\n")).unwrap();
    assert!(
        home.ends(1, &["judge", "set", "--from", "early.jsonl"]).contains("has not answered to the row a first time")
    );
    home.judge("a");
    let status = &home.json(&["audit", "status", "set", "a", "--json"])[0];
    assert_eq!((&status["finished"], &status["judged"]), (&true.into(), &(shown.len() - again.len()).into()));
    let found = home.json(&["agreement", "set", "--audit", "a", "--json"]);
    let own = found.iter().find(|line| line["kind"] == "again").unwrap();
    let tiles: usize = again.iter().map(|row| row["tiles"].as_array().unwrap().len()).sum();
    assert_eq!((&own["both"], &own["only_a"]), (&tiles.into(), &0.into()), "{own}");
    let report = home.report();
    assert!(report.contains("### First and second answers to rows that came back"), "{report}");
    assert!(report.contains(&format!("annotator 2: negative is relevant | {tiles} | 100 %")), "{report}");
}
