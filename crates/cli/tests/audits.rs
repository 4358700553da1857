//! Audits by commands: of an export, by the word of a machine, and the acceptance of a whole set.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

mod common;

use std::path::Path;

use common::Home;
use serde_json::Value;
use tilejury_testkit::Set;

impl Home {
    /// A dataset of 120 rows.
    fn new() -> Self {
        Self::with(&Set::plain(120, 3))
    }

    /// Accepts every drawn row of an audit.
    fn judge(&self, set: &str, audit: &str) {
        let drawn = self.json(&["audit", "draw", set, audit]);
        let line = |row: &Value| {
            format!(
                "{}\n",
                serde_json::json!({"split": row["split"], "line": row["line"], "audit": audit, "verdict": "accept"})
            )
        };
        std::fs::write(self.0.path().join("answers.jsonl"), drawn.iter().map(line).collect::<String>()).unwrap();
        self.ends(0, &["judge", set, "--from", "answers.jsonl"]);
    }
}

#[test]
fn what_is_left_in_an_export_is_audited_there() {
    let home = Home::new();
    home.ends(0, &["export", "set", "out", "--format", "jsonl,qrels"]);
    let begun =
        home.ends(0, &["audit", "new", "out", "--name", "left", "--below", "0.05", "--allow", "0", "--seed", "7"]);
    assert!(begun.contains("the rows are an export of “set”") && begun.contains("no pictures"), "{begun}");
    home.judge("out", "left");
    let status = &home.json(&["audit", "status", "out", "left", "--json"])[0];
    let manifest: Value =
        serde_json::from_slice(&std::fs::read(home.path("out/export_manifest.json")).unwrap()).unwrap();
    assert_eq!(status["of_export"]["manifest"], manifest["digest"]);
    assert_eq!((&status["of_export"]["dataset"], &status["below"]["shown"]), (&"set".into(), &true.into()));
    // From the set that was exported.
    let listed = home.json(&["audit", "list", "set", "--export", "out", "--json"]);
    assert_eq!((listed.len(), &listed[0]["export"], &listed[0]["finished"]), (1, &"out".into(), &true.into()));
    assert_eq!(listed[0]["plan"]["of_export"]["manifest"], manifest["digest"]);
    home.ends(0, &["verify-export", "out", "--dataset", "set"]);
    // Another set is not where it came from.
    Set::plain(60, 3).write(&home.path("other"));
    let other = home.ends(1, &["audit", "list", "other", "--export", "out"]);
    assert!(other.contains("not of an export of this dataset"), "{other}");
}

#[test]
fn exports_that_are_no_datasets_say_so() {
    let home = Home::new();
    home.ends(0, &["export", "set", "out", "--format", "qrels"]);
    for folder in ["out", "out/qrels"] {
        let refused = home.ends(2, &["audit", "new", folder, "--name", "left", "--rows", "5"]);
        assert!(refused.contains("among its formats is no jsonl"), "{refused}");
    }
    home.ends(0, &["export", "set", "rows"]);
    let rows = ["rows/train_hn.jsonl", "rows/train.jsonl"].map(|name| home.path(name));
    let file = rows.iter().find(|path| Path::exists(path)).unwrap();
    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let refused = home.ends(1, &["audit", "new", "rows", "--name", "left", "--rows", "5"]);
    assert!(refused.contains("is not the file that was exported"), "{refused}");
}

#[test]
fn a_fifth_of_rows_is_for_two_of_several_annotators() {
    let home = Home::new();
    let overlap = |name: &str, rest: &[&str]| {
        let new = ["audit", "new", "set", "--rows", "10", "--seed", "7", "--name", name, "--json"];
        home.json(&[&new[..], rest].concat())[0]["overlap"].as_f64().unwrap()
    };
    assert_eq!(overlap("anybody", &[]), 0.0);
    assert_eq!(overlap("one", &["--annotators", "ada"]), 0.0);
    assert_eq!(overlap("two", &["--annotators", "ada,bo"]), 0.2);
    assert_eq!(overlap("apart", &["--annotators", "ada,bo", "--overlap", "0"]), 0.0);
    assert_eq!(overlap("half", &["--annotators", "ada,bo,cy", "--overlap", "0.5"]), 0.5);
    let begun = |name: &str, rest: &[&str]| {
        let new = ["audit", "new", "set", "--rows", "10", "--annotators", "ada,bo", "--name", name];
        home.ends(0, &[&new[..], rest].concat())
    };
    let said = begun("in words", &[]);
    assert!(said.contains("one of ada, bo, and 20 % of rows for two, to measure how often they agree"), "{said}");
    let said = begun("none for two", &["--overlap", "0"]);
    assert!(said.contains("Each row is for one of ada, bo, so their agreement is not measured."), "{said}");
    let said = begun("all for two", &["--overlap", "1"]);
    assert!(said.contains("Each row is for two of ada, bo."), "{said}");
    let new = ["audit", "new", "set", "--rows", "10", "--annotators", "ada", "--name", "alone"];
    assert!(home.ends(0, &new).contains("All rows are for ada."));
}

#[test]
fn a_machine_is_measured_by_its_word() {
    let home = Home::new();
    let missing = home.ends(2, &["audit", "new", "set", "--name", "m", "--rows", "30", "--by-machine", "reviews"]);
    assert!(missing.contains("nothing was imported"), "{missing}");
    let split = ["set/train_hn.jsonl", "set/train.jsonl"].map(|name| home.path(name));
    let text = std::fs::read_to_string(split.iter().find(|path| Path::exists(path)).unwrap()).unwrap();
    let mut reviews = String::new();
    for (row, line) in text.lines().enumerate() {
        let row_of: Value = serde_json::from_str(line).unwrap();
        for (at, tile) in row_of["neg_chunk_paths"].as_array().unwrap().iter().enumerate() {
            let verdict = if row < 20 && at == 0 { "CORRECT" } else { "CANNOT_ANSWER" };
            let review = serde_json::json!({"query": row_of["query"], "candidate_path": tile, "verdict": verdict});
            reviews += &format!("{review}\n");
        }
    }
    std::fs::write(home.path("reviews.jsonl"), reviews).unwrap();
    home.ends(0, &["import-reviews", "set", "reviews.jsonl"]);
    let other = home.ends(1, &["audit", "new", "set", "--name", "m", "--rows", "40", "--by-machine", "nosuch>=0.5"]);
    assert!(other.contains("“nosuch>=0.5” says nothing of any row"), "{other}");
    let plan =
        &home.json(&["audit", "new", "set", "--name", "m", "--rows", "40", "--by-machine", "reviews", "--json"])[0];
    assert_eq!((&plan["by_machine"]["population"], &plan["blind"]), (&serde_json::json!([20, 100, 0]), &true.into()));
    home.judge("set", "m");
    let status = &home.json(&["audit", "status", "set", "m", "--json"])[0];
    assert_eq!((&status["rows"]["method"], &status["by_machine"]["yes"]["hits"]), (&"bands".into(), &0.into()));
    let text = home.ends(0, &["audit", "status", "set", "m"]);
    assert!(text.contains("Machine (reviews) says yes of 20 rows: 0 of "), "{text}");
}

#[test]
fn a_set_is_accepted_after_its_draw() {
    let home = Home::new();
    let accept = ["audit", "new", "set", "--name", "a", "--filter", "neg:3", "--accept-as", "m", "--allow-wrong", "0"];
    let plan = &home.json(&[&accept[..], &["--json"]].concat())[0];
    assert_eq!((&plan["population"], &plan["acceptance"]["machine"]), (&120.into(), &"m".into()));
    let early = home.ends(1, &["audit", "accept", "set", "a", "--yes"]);
    assert!(early.contains("planned rows are judged"), "{early}");
    home.judge("set", "a");
    let shown = home.ends(0, &["audit", "accept", "set", "a"]);
    assert!(shown.contains("at least 95 % of them are right") && shown.contains("--yes accepts"), "{shown}");
    assert_eq!(home.json(&["stats", "set", "--json"])[0]["accepted"], 0);
    let done = &home.json(&["audit", "accept", "set", "a", "--yes", "--json"])[0];
    assert_eq!((&done["rows"], &done["accepted"], &done["set"]), (&120.into(), &true.into(), &plan["population_hash"]));
    assert_eq!(home.json(&["stats", "set", "--json"])[0]["accepted"], 120);
    let status = &home.json(&["audit", "status", "set", "a", "--json"])[0];
    assert_eq!(status["acceptance"]["accepted"], 120);
    home.ends(0, &["audit", "accept", "set", "a", "--undo"]);
    assert_eq!(home.json(&["stats", "set", "--json"])[0]["accepted"], 0);
}

#[test]
fn simulated_audits_print_a_table() {
    let home = Home::new();
    let lines = home.json(&["bench", "audit", "--runs", "8", "--seed", "3", "--json"]);
    assert!(lines.iter().all(|line| line["runs"].as_u64() <= Some(8) && line["covered"].is_number()), "{lines:?}");
    let stopped = lines.iter().filter(|line| line["interval"] == "affected rows, stops when at most 6 points wide");
    assert_eq!(stopped.map(|line| line["rate"].as_f64().unwrap()).collect::<Vec<_>>(), [0.005, 0.01, 0.06, 0.35]);
}

#[test]
fn the_guideline_of_a_plan_is_in_report_and_export() {
    let home = Home::new();
    let text = "Relevant: the tile answers the query on its own.\n```\n# Not a heading.\n<b>&</b>\n";
    std::fs::write(home.0.path().join("guideline.md"), text).unwrap();
    let new = ["audit", "new", "set", "--name", "told", "--rows", "8", "--annotator", "lead"];
    let plan = home.json(&[&new[..], &["--guideline", "guideline.md", "--json"]].concat());
    assert_eq!(plan[0]["guideline"]["text"], text);
    let hash = plan[0]["guideline"]["sha256"].as_str().unwrap().to_owned();
    home.judge("set", "told");
    let list = home.json(&["audit", "list", "set", "--json"]);
    assert_eq!(list[0]["begun_by"], "lead");

    home.ends(0, &["report", "set", "paper"]);
    for file in ["report.md", "report.html"] {
        let report = std::fs::read_to_string(home.0.path().join("paper").join(file)).unwrap();
        assert!(report.contains(&hash) && report.contains("Not a heading."), "{file}: {report}");
    }
    let read = |name: &str| std::fs::read_to_string(home.0.path().join("paper").join(name)).unwrap();
    assert!(read("report.md").contains(&format!("````text\n{}\n````\n", text.trim_end())), "{}", read("report.md"));
    assert!(read("report.html").contains("&lt;b&gt;&amp;&lt;/b&gt;</pre>"), "{}", read("report.html"));
    home.ends(0, &["export", "set", "out"]);
    let croissant = std::fs::read_to_string(home.0.path().join("out/croissant.json")).unwrap();
    assert!(croissant.contains(&hash) && croissant.contains("Not a heading."), "{croissant}");

    std::fs::write(home.0.path().join("empty.md"), "\n").unwrap();
    std::fs::write(home.0.path().join("binary.md"), [0xff, 0xfe, 0x00]).unwrap();
    let other = ["audit", "new", "set", "--name", "other", "--rows", "8", "--guideline"];
    assert!(home.ends(1, &[&other[..], &["empty.md"]].concat()).contains("empty.md: a guideline is a text"));
    assert!(home.ends(1, &[&other[..], &["binary.md"]].concat()).contains("binary.md: "));
    home.ends(2, &[&other[..], &["missing.md"]].concat());
    assert_eq!(home.json(&["audit", "list", "set", "--json"]).len(), 1);
}

#[test]
fn the_state_of_an_audit_says_that_drawn_rows_are_gone() {
    let home = Home::new();
    home.ends(0, &["audit", "new", "set", "--name", "a", "--rows", "120"]);
    let unchanged = home.ends(0, &["audit", "status", "set", "a"]);
    assert!(!unchanged.contains("has changed"), "{unchanged}");
    for name in ["set/train_hn.jsonl", "set/train.jsonl"] {
        let file = home.path(name);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    }
    let changed = home.ends(0, &["audit", "status", "set", "a"]);
    assert!(changed.contains("has changed since the draw: 1 of 120 drawn rows are not in it"), "{changed}");
}

#[test]
fn the_sidecar_of_another_dataset_is_refused() {
    let home = Home::new();
    home.ends(0, &["audit", "new", "set", "--name", "a", "--rows", "8", "--seed", "7"]);
    home.judge("set", "a");
    // Other rows: none of the judged ones is there.
    Set::plain(9, 2).write(&home.path("other"));
    for name in ["train.jsonl", "train_hn.jsonl"] {
        let Ok(text) = std::fs::read_to_string(home.path("other").join(name)) else { continue };
        let rows = text.lines().map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row["query"] = format!("other {}", row["query"]).into();
            format!("{row}\n")
        });
        std::fs::write(home.path("other").join(name), rows.collect::<String>()).unwrap();
    }
    let sidecar = ["--sidecar", "set/tilejury.sqlite"];
    let line = "{\"split\": \"train\", \"line\": 1, \"verdict\": \"accept\"}\n";
    std::fs::write(home.path("lines.jsonl"), line).unwrap();
    std::fs::write(home.path("scores.jsonl"), "").unwrap();
    let commands: [&[&str]; 24] = [
        &["audit", "new", "other", "--name", "b", "--rows", "2"],
        &["audit", "draw", "other", "a"],
        &["audit", "status", "other", "a"],
        &["audit", "accept", "other", "a"],
        &["agreement", "other"],
        &["agreement", "other", "--audit", "a"],
        &["adjudicate", "other", "--list"],
        &["annotators", "other"],
        &["assign", "other", "--to", "ada", "--all"],
        &["report", "other", "paper"],
        &["audit", "list", "other"],
        &["audit", "sizes", "other"],
        &["judge", "other", "--from", "lines.jsonl"],
        &["stats", "other"],
        &["export", "other", "clean"],
        &["scoreboard", "other"],
        &["rank", "other", "--no-pixels"],
        &["text", "other"],
        &["reviews", "other"],
        &["search-text", "other", "word"],
        &["import-scores", "other", "scores.jsonl"],
        &["ask", "other", "--endpoint", "http://127.0.0.1:9", "--model", "m"],
        &["sync", "other", "--with", "shared"],
        &["verify-export", "clean", "--dataset", "other"],
    ];
    let before = std::fs::read(home.path("set/tilejury.sqlite")).unwrap();
    for command in commands {
        let refused = home.ends(2, &[command, &sidecar[..]].concat());
        assert!(refused.contains("belong to another dataset"), "{command:?}: {refused}");
        // Both are named: one by its fingerprint and a query, the other by its folder.
        assert!(refused.contains("with the query “"), "{command:?}: {refused}");
        assert!(refused.contains("/other (fingerprint "), "{command:?}: {refused}");
        assert!(!refused.contains("\"place\""), "{refused}");
    }
    assert_eq!(std::fs::read(home.path("set/tilejury.sqlite")).unwrap(), before, "nothing is written into it");
    assert!(!home.path("paper").exists() && !home.path("clean").exists());
    assert!(!home.path("set/tilejury.outside.sqlite").exists());
    // A moved copy has the same rows, and a new revision some of them.
    std::fs::rename(home.path("set"), home.path("moved")).unwrap();
    home.ends(0, &["audit", "status", "moved", "a"]);
    for name in ["moved/train_hn.jsonl", "moved/train.jsonl"] {
        let text = std::fs::read_to_string(home.path(name)).unwrap();
        std::fs::write(home.path(name), text.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>())
            .unwrap();
    }
    home.ends(0, &["audit", "status", "moved", "a"]);
    home.ends(0, &["report", "moved", "paper"]);
}

#[test]
fn a_longer_draw_and_a_repeated_name_are_another_plan() {
    let home = Home::new();
    let new =
        |name: &'static str, rows: &'static str| ["audit", "new", "set", "--name", name, "--rows", rows, "--seed", "7"];
    assert!(!home.ends(0, &new("a", "8")).contains("continues"));
    let longer = home.ends(0, &new("b", "20"));
    assert!(longer.contains("continues the draw of “a” with 12 more rows: the first 8 are the same"), "{longer}");
    let plan = &home.json(&[&new("c", "30")[..], &["--json"]].concat())[0];
    assert_eq!(plan["continues"], serde_json::json!({"audit": "b", "rows": 20, "more": 10}));
    let status = &home.json(&["audit", "status", "set", "b", "--json"])[0];
    assert_eq!(status["continues"], serde_json::json!({"audit": "a", "rows": 8, "more": 12}));
    assert!(home.json(&["audit", "status", "set", "a", "--json"])[0].get("continues").is_none());
    let taken = home.ends(1, &new("a", "20"));
    assert!(taken.contains("one of more rows, is another plan and needs another name"), "{taken}");
    home.ends(0, &["report", "set", "paper"]);
    let report: Value = serde_json::from_slice(&std::fs::read(home.path("paper/audit_report.json")).unwrap()).unwrap();
    assert_eq!(report["audits"][1]["status"]["continues"]["audit"], "a");
}

#[test]
fn a_cleaned_set_does_not_count_earlier_answers() {
    let home = Home::new();
    home.ends(0, &["audit", "new", "set", "--name", "a", "--rows", "120", "--seed", "7"]);
    home.judge("set", "a");
    let text = std::fs::read_to_string(home.path("set/train_hn.jsonl")).unwrap();
    let mut rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    rows[3]["neg_chunk_paths"].as_array_mut().unwrap().pop();
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    for name in ["set/train_hn.jsonl", "set/train.jsonl"].map(|name| home.path(name)) {
        if name.exists() {
            std::fs::write(name, &text).unwrap();
        }
    }
    let status = home.ends(0, &["audit", "status", "set", "a"]);
    assert!(status.contains("1 row of this audit changed since it was planned"), "{status}");
    let status = &home.json(&["audit", "status", "set", "a", "--json"])[0];
    assert_eq!((&status["changed"], &status["unsure"]["rows"]), (&1.into(), &1.into()));
    home.ends(0, &["report", "set", "paper"]);
    let report = std::fs::read_to_string(home.path("paper/report.md")).unwrap();
    assert!(report.contains("1 row of this audit changed since it was planned"), "{report}");
    assert!(home.ends(0, &["agreement", "set", "--audit", "a"]).contains("note: 1 row of this audit changed"));
}

#[test]
fn a_missing_export_fails_before_anything_is_printed() {
    let home = Home::new();
    home.ends(0, &["audit", "new", "set", "--name", "a", "--rows", "8"]);
    let run = home.run(&["audit", "list", "set", "--export", "nowhere"]);
    assert_eq!((run.status.code(), run.stdout.len()), (Some(2), 0));
}
