//! The command line in the forms that scripts depend on: arguments, exit codes, JSON fields.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use serde_json::{Value, json};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_tests::{Fixture, program};

fn plain() -> Fixture {
    Fixture::with(&Set::plain(10, 3))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn check_exits_0_if_clean_1_on_findings_2_without_a_set() {
    let fixture = plain();
    let run = fixture.run(&["check", "set", "--decode", "--json"]).expect(0);
    assert_eq!(run.out, "");
    let (good, gone) = (tile(0, 1, 0), tile(0, 1, 9));
    let row = Row::new("q", &good).negatives(&[&gone, &good]);
    let fixture =
        Fixture::with(&Set::new().tile(&good, &picture::png(9, 9, 1)).line("train", "{bad").row("train", &row));
    let findings = fixture.run(&["check", "set", "--json"]).expect(1).json();
    assert!(findings.iter().all(|finding| keys(finding) == ["kind", "line", "message", "path", "split"]));
    let brief: Vec<Value> = findings
        .iter()
        .map(|finding| json!([finding["kind"], finding["split"], finding["line"], finding["path"]]))
        .collect();
    let expected = [
        json!(["bad_row", "train", 1, null]),
        json!(["missing_tile", "train", 2, gone]),
        json!(["positive_in_negatives", "train", 2, good]),
    ];
    assert_eq!(brief, expected);
    let run = fixture.run(&["check", "nowhere"]).expect(2);
    assert!(run.err.contains("nowhere") && run.err.lines().count() == 1, "{}", run.err);
}

#[test]
fn stats_counts_rows_and_judgements() {
    let fixture = plain();
    fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"accept\"}\n{\"split\":\"train\",\"line\":2,\"verdict\":\"reject\"}\n");
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--annotator", "ann"]).expect(0);
    let mut stats = fixture.run(&["stats", "set", "--json"]).expect(0).json();
    let overview = stats[0].as_object_mut().unwrap().remove("overview").unwrap();
    let expected = json!({
        "splits": {"train": {"rows": 10, "negatives": 30}}, "tiles": 40, "shards": 2, "judged": 2, "accepted": 1,
        "rejected": 1, "unsure": 0, "false_negatives": 0, "wrong_positives": 0, "conflicts": 0, "suspicious_first": 0,
        "orphans": 0, "added": 0, "second_pass": [], "audits": []
    });
    assert_eq!(stats, [expected]);
    assert_eq!((&overview["rows"], &overview["judged"]), (&json!(10), &json!(2)));
    let split = json!({
        "name": "train", "rows": 10, "accepted": 1, "rejected": 1, "unsure": 0, "search": "split:train"
    });
    assert_eq!(overview["splits"], json!([split]));
    let bar = json!({"label": "3", "rows": 10, "judged": 2, "search": "neg:3"});
    assert_eq!(overview["negatives"], json!([bar]));
    let annotator = json!({
        "name": "ann", "judged": 2, "accepted": 1, "rejected": 1, "unsure": 0, "search": "judged-by:ann"
    });
    assert_eq!(overview["annotators"], json!([annotator]));
    assert!(fixture.run(&["stats", "set"]).expect(0).out.contains("rejected                 1"));
}

#[test]
fn stats_has_the_result_of_a_second_pass() {
    let fixture = plain();
    fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"accept\"}\n{\"split\":\"train\",\"line\":2,\"verdict\":\"reject\"}\n");
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--annotator", "ann"]).expect(0);
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--annotator", "ben"]).expect(0);
    // A pass as the window stores it: both rows are drawn in one step, then accepted.
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "INSERT INTO events (session, seq, step, sample, field, value, annotator, at, pass)
               SELECT 's', ?1, ?2, key, 'verdict', ?3, 'ann', '2026-11-28T09:12:00.000Z', '4711@s/1'
               FROM samples WHERE line = ?4";
    for (seq, step, value, line) in
        [(1, 1, None, 2), (2, 1, None, 1), (3, 3, Some("accept"), 2), (4, 4, Some("accept"), 1)]
    {
        connection.execute(sql, (seq, step, value, line)).unwrap();
    }
    let stats = fixture.run(&["stats", "set", "--json", "--annotator", "ann"]).expect(0).json();
    assert_eq!((&stats[0]["accepted"], &stats[0]["rejected"]), (&json!(1), &json!(1)), "the first judgements count");
    let pass = &stats[0]["second_pass"][0];
    let figures = ["annotator", "seed", "rows", "judged", "same", "changed", "settled"].map(|field| &pass[field]);
    assert_eq!(json!(figures), json!(["ann", 4711, 2, 2, 1, 1, 0]));
    let verdicts = ["pairs", "same", "agreement", "kappa", "counts"].map(|field| &pass["verdicts"][field]);
    assert_eq!(json!(verdicts), json!([2, 1, 0.5, 0.0, {"accept": {"accept": 1}, "reject": {"accept": 1}}]));
    let row = json!({
        "split": "train", "line": 2, "settled": null, "first": {"verdict": "reject", "reasons": [], "tiles": {}},
        "second": {"verdict": "accept", "reasons": [], "tiles": {}}
    });
    assert_eq!(pass["differences"], json!([row]));
    let text = fixture.run(&["stats", "set"]).expect(0).out;
    assert!(text.contains("second pass of ann, seed 4711: 2 of 2 rows judged again: 1 the same, 1 changed"), "{text}");
    let bens = fixture.run(&["stats", "set", "--json", "--annotator", "ben"]).expect(0).json();
    assert_eq!(bens[0]["second_pass"], json!([]));
}

#[test]
fn reading_commands_create_no_sidecar() {
    let fixture = plain();
    for arguments in [["stats", "set"], ["judgements", "set"], ["check", "set"]] {
        fixture.run(&arguments).expect(0);
    }
    assert!(!fixture.set().join("tilejury.sqlite").exists());
}

#[test]
fn judgements_are_read_and_written_in_one_form() {
    let fixture = plain();
    let negative = tile(0, 1000, 2);
    let line = json!({
        "split": "train", "line": 1, "verdict": "reject", "reasons": ["bad_query", "other"], "tiles": {negative.clone(): "relevant"},
        "note": "a “note”", "tags": ["look again"], "at": "2026-01-31T09:30:00Z"
    });
    fixture.write("in.jsonl", &format!("{line}\n"));
    let run = fixture
        .run(&["judge", "set", "--from", "in.jsonl", "--annotator", "ann", "--sidecar", "mine.sqlite"])
        .expect(0);
    assert_eq!(run.out, "{\"recorded\":1}\n");
    let out = fixture.run(&["judgements", "set", "--json", "--sidecar", "mine.sqlite"]).expect(0);
    let lines = out.json();
    assert_eq!(lines.len(), 1);
    for field in ["split", "line", "verdict", "reasons", "tiles", "note", "tags"] {
        assert_eq!(lines[0][field], line[field], "{field}");
    }
    assert_eq!((&lines[0]["annotator"], &lines[0]["at"]), (&json!("ann"), &json!("2026-01-31T09:30:00.000Z")));
    // The output can be read into another sidecar, and is printed again unchanged.
    fixture.write("again.jsonl", &out.out);
    fixture.run(&["judge", "set", "--from", "again.jsonl", "--sidecar", "other.sqlite"]).expect(0);
    assert_eq!(fixture.run(&["judgements", "set", "--sidecar", "other.sqlite"]).expect(0).out, out.out);
    let history =
        fixture.run(&["judgements", "set", "--history", "--json", "--sidecar", "mine.sqlite"]).expect(0).json();
    assert_eq!(history.len(), 5);
    let csv = fixture.run(&["judgements", "set", "--format", "csv", "--sidecar", "mine.sqlite"]).expect(0).out;
    assert!(csv.starts_with("split,line,query,chunk_path,verdict,reasons,tiles,note,tags,annotator,at"), "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("train,1,What is shown on page 0?,"), "{csv}");
    // In each form, marks and confirmations are separate.
    assert!(csv.lines().next().unwrap().ends_with(",orphan,confirmed,added,bulk,looks,visible"), "{csv}");
}

#[test]
fn added_tile_goes_from_a_line_to_the_grades() {
    let fixture = plain();
    let (outside, own) = (tile(1, 1005, 2), tile(0, 1000, 2));
    let added = |path: &str, value: Value| json!({"split": "train", "line": 1, "added": {path: value}}).to_string();
    let judge = |line: &str| {
        fixture.write("in.jsonl", &format!("{line}\n"));
        fixture.run(&["judge", "set", "--from", "in.jsonl", "--annotator", "ann"])
    };
    let refused = judge(&added(&own, json!("relevant"))).expect(1).err;
    assert!(refused.contains("line 1: `added`: ") && refused.contains("is negative 2 of the row"), "{refused}");
    assert_eq!(judge(&added(&outside, json!("relevant"))).expect(0).out, "{\"recorded\":1}\n");
    assert_eq!(judge(&added(&outside, json!("relevant"))).expect(0).out, "{\"recorded\":1}\n");
    let history = fixture.run(&["judgements", "set", "--history"]).expect(0).json();
    assert_eq!(history.len(), 1, "adding it again is no second judgement");
    let out = fixture.run(&["judgements", "set"]).expect(0);
    let path = outside.strip_prefix("images/").unwrap();
    assert_eq!((&out.json()[0]["added"], &out.json()[0]["tiles"]), (&json!({path: "relevant"}), &Value::Null));
    let csv = fixture.run(&["judgements", "set", "--format", "csv"]).expect(0).out;
    assert!(csv.lines().nth(1).unwrap().contains("1005.png.tiles/chunk_0000_02.png"), "{csv}");
    fixture.write("again.jsonl", &out.out);
    fixture.run(&["judge", "set", "--from", "again.jsonl", "--sidecar", "other.sqlite"]).expect(0);
    assert_eq!(fixture.run(&["judgements", "set", "--sidecar", "other.sqlite"]).expect(0).out, out.out);
    let stats = fixture.run(&["stats", "set", "--json"]).expect(0).json();
    assert_eq!(
        (&stats[0]["added"], &stats[0]["judged"], &stats[0]["false_negatives"]),
        (&json!(1), &json!(0), &json!(0))
    );
    assert!(fixture.run(&["stats", "set"]).expect(0).out.contains("added tiles              1"));
    let export = ["export", "set", "out", "--format", "jsonl,beir", "--images", "repack", "--json"];
    let preview = fixture.run(&[&export[..], &["--dry-run"]].concat()).expect(0).json();
    assert_eq!(preview[0]["added"], 1);
    assert_eq!(fixture.run(&export).expect(0).json()[0]["added"], 1);
    let grades = fixture.read("out/beir/qrels/train.tsv");
    assert!(grades.lines().any(|line| line.ends_with(&format!("\t{path}\t1"))), "{grades}");
    fixture.run(&["verify-export", "out", "--dataset", "set"]).expect(0);
    assert_eq!(fixture.run(&["check", "set"]).expect(0).code, 0, "an added tile is no finding");
    assert_eq!(judge(&added(&outside, Value::Null)).expect(0).out, "{\"recorded\":1}\n");
    assert_eq!(fixture.run(&["stats", "set", "--json"]).expect(0).json()[0]["added"], 0);
    let changed = fixture.run(&["verify-export", "out", "--dataset", "set"]).expect(1);
    assert!(changed.out.contains("other_judgements") || changed.err.contains("other_judgements"), "{}", changed.out);
}

#[test]
fn names_a_bad_line_and_records_nothing() {
    let fixture = plain();
    fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"accept\"}\n{\"split\":\"train\",\"line\":77,\"verdict\":\"accept\"}\n");
    let run = fixture.run(&["judge", "set", "--from", "j.jsonl"]).expect(1);
    assert!(run.err.contains("j.jsonl: line 2: no usable row on line 77"), "{}", run.err);
    assert_eq!(run.out, "");
    assert_eq!(fixture.run(&["stats", "set", "--json"]).expect(0).json()[0]["judged"], 0);
    fixture.run(&["judge", "set", "--from", "missing.jsonl"]).expect(2);
}

#[test]
fn export_reports_changes_and_refuses_a_full_folder() {
    let fixture = plain();
    let lines = [
        json!({"split": "train", "line": 1, "verdict": "reject"}),
        json!({"split": "train", "line": 2, "tiles": {tile(1, 1001, 1): "relevant"}}),
        json!({"split": "train", "line": 3, "tiles": {tile(0, 1002, 1): "relevant", tile(0, 1002, 3): "relevant"}}),
    ];
    fixture.write("j.jsonl", &lines.map(|line| format!("{line}\n")).concat());
    fixture.run(&["judge", "set", "--from", "j.jsonl"]).expect(0);
    let dry = fixture.run(&["export", "set", "--dry-run", "--json"]).expect(0).json();
    let out = fixture.run(&["export", "set", "out", "--dry-run"]).expect(0).out;
    assert!(out.contains("train line 1: left out, rejected") && out.ends_with("Nothing was written.\n"), "{out}");
    assert!(!fixture.path("out").exists());
    let report = fixture.run(&["export", "set", "out", "--json"]).expect(0).json();
    let report = &report[0];
    for same in ["kept", "changed", "dropped", "reasons", "simulation"] {
        assert_eq!(dry[0][same], report[same], "a dry run reports what an export does");
    }
    assert_eq!((&report["kept"], &report["changed"], &report["dropped"]), (&json!(7), &json!(1), &json!(2)));
    assert_eq!(report["reasons"], json!({"rejected": 1, "false_negative": 1, "too_few_negatives": 1}));
    let files = [
        "README.md",
        "croissant.json",
        "dataset_summary.json",
        "export_manifest.json",
        "train.jsonl",
        "train_hn.jsonl",
    ];
    assert_eq!(report["files"], json!(files));
    let input = fixture.read("set/train.jsonl");
    let output = fixture.read("out/train.jsonl");
    assert_eq!(output.lines().skip(1).collect::<Vec<_>>(), input.lines().skip(3).collect::<Vec<_>>());
    let changed: Value = serde_json::from_str(output.lines().next().unwrap()).unwrap();
    assert_eq!(changed["neg_chunk_paths"], json!([tile(1, 1001, 2), tile(1, 1001, 3)]));
    let run = fixture.run(&["export", "set", "out"]).expect(1);
    assert!(run.err.contains("not empty"), "{}", run.err);
    assert_eq!(fixture.run(&["verify-export", "out", "--json"]).expect(0).out, "");
    fixture.write("out/train.jsonl", &output.replacen(&tile(1, 1001, 2), &tile(1, 1001, 0), 1));
    fixture.write("out/more.txt", "");
    let faults = fixture.run(&["verify-export", "out", "--json"]).expect(1).json();
    let kinds: Vec<Value> = faults.iter().map(|fault| json!([fault["kind"], fault["file"], fault["line"]])).collect();
    let expected = [
        json!(["extra_file", "more.txt", null]),
        json!(["changed_file", "train.jsonl", null]),
        json!(["positive_in_negatives", "train.jsonl", 1]),
    ];
    assert_eq!(kinds[..3], expected);
    fixture.run(&["export", "set", "few", "--negatives", "1", "--unjudged", "drop"]).expect(0);
    assert_eq!(fixture.read("few/train.jsonl"), "");
}

#[test]
fn export_warns_about_an_empty_split_and_counts_conflicts() {
    let row = |query: &str, chunks: [u32; 4]| {
        let paths = chunks.map(|chunk| tile(0, 1, chunk));
        let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
        Row::new(query, &paths[0]).negatives(&negatives)
    };
    let set = Set::new()
        .row("train", &row("What is salt?", [0, 1, 2, 3]))
        .row("train", &row("what is salt", [1, 2, 3, 4]))
        .row("eval", &row("What is pepper?", [0, 2, 3, 4]))
        .row("test", &row("what is pepper", [0, 2, 3, 4]));
    let fixture = Fixture::with(&set);
    let line = json!({"split": "train", "line": 1, "tiles": {tile(0, 1, 1): "not_relevant"}});
    fixture.write("j.jsonl", &line.to_string());
    fixture.run(&["judge", "set", "--from", "j.jsonl"]).expect(0);
    assert_eq!(fixture.run(&["stats", "set", "--json"]).expect(0).json()[0]["conflicts"], 1);
    let run = fixture.run(&["export", "set", "out", "--tiles", "trust", "--json"]).expect(0);
    assert!(run.err.contains("warning: no row of the split eval is left"), "{}", run.err);
    let report = &run.json()[0];
    assert_eq!(report["reasons"], json!({"conflict": 1, "leak": 1, "positive_in_negatives": 1}));
    assert_eq!((&report["conflicts"], &report["empty_splits"]), (&json!(1), &json!(["eval"])));
    let options = ["--conflicts", "keep", "--held-out-leaks", "drop-test", "--tiles", "trust", "--json"];
    let run = fixture.run(&[&["export", "set", "kept"][..], &options].concat()).expect(0);
    assert!(run.err.contains("warning: no row of the split test is left"), "{}", run.err);
    assert_eq!(run.json()[0]["reasons"], json!({"leak": 1, "positive_in_negatives": 1}));
    let manifest: Value = serde_json::from_str(&fixture.read("kept/export_manifest.json")).unwrap();
    assert_eq!(
        (&manifest["options"]["conflicts"], &manifest["options"]["held_out_leaks"]),
        (&json!("keep"), &json!("drop-test"))
    );
    fixture.run(&["verify-export", "kept"]).expect(0);
}

#[test]
fn export_drops_copies_and_is_verified_against_its_set() {
    let [positive, copy, other] = [0, 1, 2].map(|chunk| tile(0, 1, chunk));
    let set = Set::new()
        .tile(&positive, &picture::png(60, 40, 1))
        .tile(&copy, &picture::png(60, 40, 1))
        .tile(&other, &picture::png(60, 40, 2))
        .row("train", &Row::new("q", &positive).negatives(&[&copy, &other]));
    let fixture = Fixture::with(&set);
    let export = |out: &str, copies: &str| {
        fixture.run(&["export", "set", out, "--negatives", "1", "--copies", copies, "--json"]).expect(0).json()[0]
            .clone()
    };
    let dropped = export("dropped", "drop");
    assert_eq!((&dropped["reasons"], &dropped["copies"]["same_bytes"]), (&json!({"copy_of_positive": 1}), &json!(1)));
    assert_eq!(dropped["copies"]["looked_for"], "all");
    let out = fixture.run(&["verify-export", "dropped"]).expect(0).out;
    assert!(!out.contains("every row was judged") && out.contains("could not be looked for here"), "{out}");
    let out = fixture.run(&["verify-export", "dropped", "--dataset", "set"]).expect(0).out;
    let expected = "Every file matches the manifest, and no row breaks a rule. Not judged: 1 of 1 rows; 0 of their negatives \
                    have a suspicion of 50 % or more by rows and imports, without pixels.\n";
    assert_eq!(out, expected);
    let run = fixture.run(&["verify-export", "dropped", "--dataset", "set", "--json"]).expect(0);
    assert_eq!((run.out.as_str(), run.err.contains("note: not judged: 1 of 1 rows")), ("", true), "{}", run.err);
    assert_eq!(dropped["unjudged"], 1);
    export("trusted", "trust");
    let faults = fixture.run(&["verify-export", "trusted", "--dataset", "set", "--json"]).expect(1).json();
    assert_eq!((&faults[0]["kind"], &faults[0]["line"]), (&json!("copy_of_positive"), &json!(1)));
    export("kept", "keep");
    let out = fixture.run(&["verify-export", "kept", "--dataset", "set"]).expect(0).out;
    assert!(out.contains("by option, rows with a copy of a positive among their negatives: 1"), "{out}");
    for inside in ["set/out", "set/../set/image_shards/out"] {
        let run = fixture.run(&["export", "set", inside]).expect(1);
        assert!(run.err.contains("is inside the dataset"), "{}", run.err);
    }
    let run = fixture.run(&["check", "set", "--decode"]).expect(1);
    assert!(run.out.contains("copy_of_positive"), "{}", run.out);
    assert!(fixture.run(&["check", "set"]).expect(0).err.contains("no search for copies of positives"));
    fixture.run(&["verify-export", "dropped", "--sidecar", "x.sqlite"]).expect(1);
}

#[test]
fn a_verified_export_says_how_many_negatives_score_high() {
    let [first, second, other] = [0, 1, 2].map(|page| tile(0, page, 0));
    let set = [&first, &second, &other]
        .into_iter()
        .enumerate()
        .fold(Set::new(), |set, (at, path)| set.tile(path, &picture::page(120, 140, at as u32, 0)))
        // A negative of the first row is the positive of a near query; another is its own positive,
        // which no export writes.
        .row("train", &Row::new("When was salt first mined in Wieliczka?", &first).negatives(&[&second, &first]))
        .row("train", &Row::new("When was salt first mned in Wieliczka?", &second).negatives(&[&other]));
    let fixture = Fixture::with(&set);
    fixture.run(&["export", "set", "out", "--negatives", "1"]).expect(0);
    let out = fixture.run(&["verify-export", "out", "--dataset", "set"]).expect(0).out;
    assert!(out.contains("Not judged: 2 of 2 rows; 1 of their negatives has a suspicion of 50 % or more by rows and imports, without pixels."), "{out}");
    let out = fixture.run(&["verify-export", "out"]).expect(0).out;
    assert!(out.contains("Not judged: 2 of 2 rows") && !out.contains("suspicion"), "no scores without the set: {out}");
    assert!(out.contains("- the rows were not compared with the dataset"), "{out}");
}

#[test]
fn rank_lists_the_most_suspicious_first_and_reads_tiles_once() {
    let [positive, copy, scrolled, other] = [tile(0, 1, 0), tile(1, 2, 0), tile(1, 3, 0), tile(0, 4, 0)];
    let page = |seed, from| picture::page(875, 400, seed, from);
    let set = Set::new()
        .tile(&positive, &page(1, 0))
        .tile(&copy, &page(1, 0))
        .tile(&scrolled, &page(1, 2))
        .tile(&other, &page(2, 0))
        .row("train", &Row::new("q", &positive).negatives(&[&other, &scrolled, &copy, &tile(0, 1, 9)]));
    let fixture = Fixture::with(&set);
    let lines = fixture.run(&["rank", "set", "--json"]).expect(0).json();
    assert_eq!(keys(&lines[0]), ["line", "path", "role", "score", "signals", "sources", "split"]);
    let brief: Vec<Value> = lines.iter().map(|line| json!([line["path"], line["signals"][0]["name"]])).collect();
    let missing = json!([tile(0, 1, 9), "same-page"]);
    assert_eq!(brief, [json!([copy, "same-bytes"]), json!([scrolled, "near-picture"]), missing.clone()]);
    assert_eq!(keys(&lines[0]["signals"][0]), ["name", "reason", "strength"]);
    let run = fixture.run(&["rank", "set", "--top", "1"]).expect(0);
    assert!(
        run.out.starts_with(&format!("1.00 train:1 negative {copy}")) && !run.err.contains("per second"),
        "{}{}",
        run.out,
        run.err
    );
    assert_eq!(fixture.run(&["rank", "set", "--csv"]).expect(0).out.lines().count(), 4);
    let by_paths = fixture.run(&["rank", "set", "--json", "--no-pixels"]).expect(0).json();
    assert_eq!(
        by_paths.iter().map(|line| json!([line["path"], line["signals"][0]["name"]])).collect::<Vec<_>>(),
        [missing]
    );
    assert!(!fixture.set().join("tilejury.sqlite").exists());
    fixture.write(
        "truth.jsonl",
        &format!("{}\n", json!({"kind": "k", "sub": "s", "split": "train", "line": 1, "bad_paths": [copy]})),
    );
    let measures = fixture.run(&["bench", "suspicion", "set", "--truth", "truth.jsonl", "--json"]).expect(0).json();
    assert_eq!((&measures[0]["name"], &measures[0]["value"]), (&json!("recall_at_1x"), &json!(1.0)));
}

#[test]
fn rank_and_scoreboard_state_what_each_source_adds() {
    let tiles: Vec<String> = (0..6).map(|page| tile(0, page, 0)).collect();
    let row =
        |at: usize| Row::new(&format!("q {at}"), &tiles[3 * at]).negatives(&[&tiles[3 * at + 1], &tiles[3 * at + 2]]);
    let fixture = Fixture::with(&Set::new().row("train", &row(0)).row("train", &row(1)));
    let note = "no texts, scores or reviews are known for this set";
    assert!(fixture.run(&["rank", "set", "--no-pixels"]).expect(0).err.contains(note));
    assert!(fixture.run(&["scoreboard", "set", "--no-pixels"]).expect(0).out.contains(note));
    let score = |at: usize, tile: usize, score: f64| {
        json!({"query": format!("q {at}"), "path": tiles[tile], "score": score, "source": "bge"}).to_string()
    };
    let scores = [score(0, 1, 0.1), score(0, 2, 0.9), score(1, 4, 0.1), score(1, 5, 0.1)];
    fixture.write("scores.jsonl", &scores.join("\n"));
    fixture.run(&["import-scores", "set", "scores.jsonl"]).expect(0);
    let lines = fixture.run(&["rank", "set", "--no-pixels", "--json"]).expect(0).json();
    assert_eq!(lines.len(), 4, "every negative with a score");
    assert_eq!(lines[0]["path"], json!(tiles[2]));
    let names: Vec<&Value> = lines[0]["sources"].as_array().unwrap().iter().map(|source| &source["name"]).collect();
    assert_eq!(names, [&json!("prior"), &json!("scores of bge")]);
    let sum: f64 =
        lines[0]["sources"].as_array().unwrap().iter().map(|source| source["log_odds"].as_f64().unwrap()).sum();
    let score = lines[0]["score"].as_f64().unwrap();
    assert!((1.0 / (1.0 + (-sum).exp()) - score).abs() < 2e-4, "{sum} {score}");
    assert_eq!(lines[3]["signals"], json!([]));
    let text = fixture.run(&["rank", "set", "--no-pixels"]).expect(0);
    assert!(text.out.contains("log-odds: prior -2.2, scores of bge +"), "{}", text.out);
    assert!(text.err.contains("1 suspect in 1 row of 2; 3 negatives without a finding"), "{}", text.err);

    // A judgement moves the weights.
    let weight = || {
        let board = fixture.run(&["scoreboard", "set", "--no-pixels", "--json"]).expect(0).json();
        board.into_iter().find(|line| line["feature"] == "score of bge").unwrap()
    };
    assert_eq!(keys(&weight()), ["chosen", "feature", "judged", "weight", "weight_default"]);
    assert_eq!((weight()["weight"].as_f64(), weight()["judged"].as_u64()), (Some(1.0), Some(0)));
    let wrong = json!({"split": "train", "line": 1, "tiles": {tiles[2].clone(): "not_relevant"}});
    fixture.write("judgements.jsonl", &wrong.to_string());
    fixture.run(&["judge", "set", "--from", "judgements.jsonl", "--annotator", "ann"]).expect(0);
    assert!(weight()["weight"].as_f64().unwrap() < 1.0 && weight()["judged"] == 1, "{}", weight());
}

#[test]
fn bench_semantic_compares_the_ranking_with_labels() {
    let tiles: Vec<String> = (0..4).map(|page| tile(0, page, 0)).collect();
    let row = Row::new("melting point of salt", &tiles[0]).negatives(&[&tiles[1], &tiles[2], &tiles[3]]);
    let fixture = Fixture::with(&Set::new().row("train", &row));
    let texts =
        ["Salt has a melting point of 801 °C.", "The melting point of salt is 801 °C.", "A page on pepper.", "A mill."];
    let lines = |values: Vec<Value>| values.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    std::fs::create_dir(fixture.path("truth")).unwrap();
    let run =
        |code| fixture.run(&["bench", "semantic", "set", "--truth", "truth", "--no-reading", "--json"]).expect(code);
    assert!(run(2).err.contains("tile_text.jsonl"));
    let texts = texts.iter().zip(&tiles).map(|(text, path)| json!({"path": path, "text": text}));
    fixture.write("truth/tile_text.jsonl", &lines(texts.collect()));
    let negative = |at: usize| json!({"path": tiles[at], "kind": if at == 1 { "paraphrase" } else { "random" }});
    let truth = |line: u32| {
        json!({
            "split": "train", "line": line, "false_negatives": [negative(1)], "true_negatives": [negative(2), negative(3)],
        })
    };
    fixture.write("truth/truth.jsonl", &truth(7).to_string());
    let error = run(2).err;
    assert!(error.contains("truth.jsonl: line 1: no usable row on line 7 of train"), "{error}");
    fixture.write("truth/truth.jsonl", &truth(1).to_string());
    let measures = run(0).json();
    let auc =
        |of: &str| measures.iter().find(|line| line["name"] == "auc" && line["of"] == of && line["kind"].is_null());
    assert_eq!(auc("text").map(|line| &line["value"]), Some(&json!(1.0)));
    assert_eq!(auc("nothing").map(|line| &line["value"]), Some(&json!(0.5)));
    assert_eq!(auc("scores"), None, "there are none");
}

#[test]
fn bench_growth_reports_every_size_and_the_exponent() {
    let fixture = Fixture::default();
    std::fs::create_dir(fixture.path("scratch")).unwrap();
    let arguments = ["bench", "growth", "--rows", "500,1000,2000", "--scratch", "scratch"];
    let measures = fixture.run(&[&arguments[..], &["--json"]].concat()).expect(0).json();
    let timed = ["open", "signals", "search_index", "search_common", "filter_negatives", "row_fields", "facets"];
    for name in timed.iter().chain(&["events_store", "events_read", "export_plan", "bytes"]) {
        let measure = measures.iter().find(|measure| measure["name"] == *name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(measure["rows"], json!([500, 1000, 2000]), "{name}");
        assert!(measure["values"].as_array().unwrap().iter().all(|value| value.as_f64() > Some(0.0)), "{measure}");
        assert!(measure["exponent"].is_number(), "{measure}");
    }
    let bytes = measures.iter().find(|measure| measure["name"] == "bytes").unwrap();
    assert!((bytes["exponent"].as_f64().unwrap() - 1.0).abs() < 0.1, "the sets grow in proportion: {bytes}");
    assert_eq!(std::fs::read_dir(fixture.path("scratch")).unwrap().count(), 0, "the sets are removed");
    let text = fixture.run(&[&arguments[..], &["--tiles", "300"]].concat()).expect(0).out;
    assert!(text.lines().any(|line| line.starts_with("signals ") && line.contains("grows with n^")), "{text}");
}

#[test]
fn bench_reports_every_measurement_with_its_floor() {
    let fixture = Fixture::default();
    fixture.run(&["demo", "set"]).expect(0);
    let measures = fixture.run(&["bench", "set", "--repeats", "1", "--soak", "40", "--json"]).expect(0).json();
    let named =
        |name: &str| measures.iter().find(|measure| measure["name"] == name).unwrap_or_else(|| panic!("{name}"));
    for name in ["open", "first_tile", "first_sample_tiles", "random_sample", "index_shard", "index_all"] {
        let measure = named(name);
        let [value, floor, ratio] = ["value_ms", "floor_ms", "ratio"].map(|field| measure[field].as_f64().unwrap());
        assert!(floor > 0.0 && (ratio - value / floor).abs() < 1e-6, "{measure}");
        assert!(measure["p95_ms"].as_f64() <= measure["p99_ms"].as_f64(), "{measure}");
    }
    for name in [
        "search_index",
        "search_common_word",
        "filter_negatives",
        "suspicion_by_paths",
        "flip_frame",
        "panes_frame",
        "scroll_frame",
    ] {
        assert!(named(name)["value_ms"].as_f64() > Some(0.0) && named(name)["ratio"].as_f64() > Some(0.0), "{name}");
    }
    for name in ["window_first_frame", "window_first_sample", "key_to_verdict", "key_to_next_sample"] {
        assert!(named(name)["value_ms"].as_f64() > Some(0.0), "{name}");
    }
    let value = |name: &str| named(name)["value"].as_f64().unwrap();
    assert!((0.0..=100.0).contains(&value("flip_ready")));
    assert!(value("soak_samples") == 40.0 && value("soak_pictures") > 0.0);
    assert!(named("soak_pictures")["ratio"].as_f64().unwrap() < 1.1, "pictures stay in their budget");
    if cfg!(target_os = "linux") {
        assert_eq!(named("soak_memory")["line"].as_array().unwrap().len(), 40);
        assert!(value("memory_window") > 0.0 && value("memory_window_most") > 0.0);
    }
    assert!(!fixture.path("set/tilejury.sqlite").exists(), "it leaves no sidecar");
    fixture.write("empty/train.jsonl", "");
    let empty = fixture.run(&["bench", "empty", "--repeats", "1"]).expect(0).out;
    assert!(empty.contains("window_first_frame") && !empty.contains("flip_ready"), "{empty}");
    assert!(fixture.run(&["bench"]).expect(2).err.contains("DATASET"));
}

#[test]
fn demo_is_written_once_and_has_defects() {
    let fixture = Fixture::default();
    let run = fixture.run(&["demo", "demo"]).expect(0);
    assert_eq!(run.out.trim(), fixture.path("demo").to_str().unwrap());
    assert_eq!(fixture.run(&["demo", "demo"]).expect(0).out, run.out, "the second time it exists already");
    let stats = fixture.run(&["stats", "demo", "--json"]).expect(0).json();
    assert!(stats[0]["splits"]["train"]["rows"].as_u64().unwrap() >= 30);
    let findings = fixture.run(&["check", "demo", "--decode", "--json"]).expect(1).json();
    assert!(findings.iter().any(|finding| finding["kind"] == "corrupt_tile"));
    assert!(findings.iter().all(|finding| finding["kind"] != "bad_shard" && finding["kind"] != "bad_row"));
    fixture.write("full/file", "x");
    assert!(fixture.run(&["demo", "full"]).expect(1).err.contains("not empty"));
    // Without a folder: in the user's data folder.
    let path = fixture.run(&["demo"]).expect(0).out;
    assert!(path.trim().ends_with("tilejury/demo"), "{path}");
}

#[test]
fn reports_a_missing_display_in_one_line_with_exit_2() {
    let fixture = plain();
    let run = fixture.run(&["set"]).expect(2);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
    assert!(run.err.contains("no display") && run.err.contains("DISPLAY"), "{}", run.err);
    assert!(fixture.run(&["nowhere"]).expect(2).err.contains("no such file or folder"));
}

#[test]
fn prints_help_and_rejects_wrong_arguments() {
    let fixture = Fixture::default();
    let help = fixture.run(&["--help"]).expect(0).out;
    for command in ["check", "stats", "judge", "judgements", "export", "rank", "scoreboard", "demo"] {
        assert!(help.contains(command));
        assert!(fixture.run(&[command, "--help"]).expect(0).out.contains("--sidecar"), "{command} takes --sidecar");
    }
    fixture.run(&["check"]).expect(2);
    fixture.run(&["export", "set"]).expect(2);
    fixture.run(&["judge", "set", "--from", "x", "--annotator", " "]).expect(2);
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let fixture = plain();
    let mut child = std::process::Command::new(program())
        .args(["judgements", "set", "--history"])
        .current_dir(fixture.dir.path())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
}

#[test]
fn completions_and_man_pages_have_every_command() {
    let fixture = plain();
    let help = fixture.run(&["--help"]).expect(0).out;
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 15, "{commands:?}");
    for shell in ["bash", "zsh", "fish"] {
        let script = fixture.run(&["completions", shell]).expect(0).out;
        assert!(commands.iter().all(|command| script.contains(command)), "{shell}");
    }
    fixture.run(&["man", "pages"]).expect(0);
    for command in commands {
        assert!(fixture.read(&format!("pages/tilejury-{command}.1")).starts_with(".ie"), "{command}");
    }
    assert!(fixture.read("pages/tilejury-bench-export.1").contains("scratch"));
    assert!(fixture.run(&["man"]).expect(0).out.contains("verify"));
}

#[test]
fn bench_reads_judgements_without_changing_them() {
    let fixture = plain();
    fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"accept\"}\n");
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--sidecar", "own.sqlite"]).expect(0);
    let before = std::fs::read(fixture.path("own.sqlite")).unwrap();
    let bench = ["bench", "set", "--sidecar", "own.sqlite", "--repeats", "1", "--soak", "0", "--json"];
    assert!(!fixture.run(&bench).expect(0).json().is_empty());
    assert!(std::fs::read(fixture.path("own.sqlite")).unwrap() == before);
    fixture.run(&["bench", "set", "--sidecar", "none.sqlite", "--repeats", "1"]).expect(2);
}

#[test]
fn read_filter_takes_the_search_language() {
    // Blank tiles are read fast.
    let path = |row: u32, chunk: u32| tile(0, row, chunk);
    let mut set = Set::new();
    for row in 0..4 {
        set = (0..2).fold(set, |set, chunk| set.tile(&path(row, chunk), &picture::flat(90, 80, 200 + row as u8)));
        set = set.row("train", &Row::new(&format!("page {row}"), &path(row, 0)).negatives(&[&path(row, 1)]));
    }
    let fixture = Fixture::with(&set);
    let tiles = |filter: &str| {
        let run = fixture.run(&["read", "set", "--filter", filter, "--json"]).expect(0);
        let read = run.json();
        (read[0]["tiles"].as_u64().unwrap(), read[0]["skipped"].as_u64().unwrap())
    };
    assert_eq!(tiles("split:train line:1..2"), (4, 0));
    assert_eq!(tiles("line:1..3 neg:1"), (6, 4), "those read before are not read again");
    fixture.write("j.jsonl", r#"{"split":"train","line":4,"verdict":"reject"}"#);
    fixture.run(&["judge", "set", "--from", "j.jsonl", "--annotator", "ann"]).expect(0);
    assert_eq!(tiles("verdict:reject"), (2, 0));
    assert_eq!(tiles("verdict:reject -line:4"), (0, 0));
    fixture.write("texts.jsonl", &format!("{}\n", json!({"path": path(0, 0), "text": "Salt melts at 801 °C"})));
    fixture.run(&["import-text", "set", "texts.jsonl"]).expect(0);
    assert_eq!(tiles("text-positive:\"salt melting\""), (2, 2));
    assert_eq!(tiles("text-negative:salt"), (0, 0));

    let refused = |arguments: &[&str]| {
        let run = fixture.run(&[&["read", "set"], arguments].concat()).expect(2);
        assert_eq!(run.out, "");
        run.err
    };
    let wrong = refused(&["--filter", "page verdict:maybe"]);
    assert!(wrong.contains("character 14 (“maybe”): `verdict:maybe`: `maybe` is not one of accept,"), "{wrong}");
    assert!(refused(&["--filter", " "]).contains("sets no condition; --all takes every row"));
    for other in [["--all", "--filter"], ["--top=3", "--filter"]] {
        assert!(refused(&[&other[..], &["x"]].concat()).contains("cannot be used with"));
    }
    let unread = plain().run(&["read", "set", "--filter", "text:salt"]).expect(2).err;
    assert!(unread.contains("no text of any tile is known yet"), "{unread}");
}

#[test]
fn search_text_prints_the_best_tiles() {
    let fixture = plain();
    assert!(fixture.run(&["search-text", "set", "salt"]).expect(2).err.contains("no text of any tile is known yet"));
    let texts = ["Salt melts at 801 °C", "The point of melting pots", "Gold", "Silver", "Iron"];
    let path = |row: u32| tile(row % 2, 1000 + row, 0);
    let lines = (0..).zip(texts).map(|(row, text)| format!("{}\n", json!({"path": path(row), "text": text})));
    fixture.write("texts.jsonl", &lines.collect::<String>());
    fixture.run(&["import-text", "set", "texts.jsonl"]).expect(0);
    let found = fixture.run(&["search-text", "set", "What melts salt?", "--json"]).expect(0).json();
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0]["path"], &found[0]["text"]), (&json!(path(0)), &json!("Salt melts at 801 °C")));
    assert_eq!(found[0]["rows"][0], json!({"split": "train", "line": 1, "role": "positive"}));
    assert!(found[0]["score"].as_f64() > found[1]["score"].as_f64());
    let one = fixture.run(&["search-text", "set", "melting", "--limit", "1"]).expect(0).out;
    assert_eq!(one.lines().count(), 3, "{one}");
    assert_eq!(fixture.run(&["search-text", "set", "pepper"]).expect(1).out, "");
}

#[test]
fn doctor_names_secrets_only_by_their_variables() {
    let fixture = Fixture::default();
    fixture.write("home/config/tilejury/settings.json", r#"{"tesseract": "no-such-program"}"#);
    let run = |arguments: &[&str]| {
        let mut command = fixture.command(arguments);
        let secrets = [("HF_TOKEN", "hf_verysecret"), ("AWS_SECRET_ACCESS_KEY", "secretkey"), ("LANG", "C.UTF-8")];
        let output = command.envs(secrets).env("HOME", fixture.path("home")).output().unwrap();
        tilejury_tests::Run::from(output).expect(1)
    };
    let json = run(&["doctor", "--json"]).json().swap_remove(0);
    assert_eq!(keys(&json), ["checks", "version", "warnings"]);
    let checks = json["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| keys(check) == ["advice", "name", "state", "value"]), "{json}");
    let check = |name: &str| checks.iter().find(|check| check["name"] == name).unwrap();
    assert_eq!(check("HF_TOKEN")["value"], "set: yes");
    assert_eq!(check("display")["state"], "warning", "no display is set");
    assert_eq!(check("tesseract")["state"], "warning");
    assert!(check("tesseract")["advice"].as_str().unwrap().contains("apt-get install tesseract-ocr"), "{json}");
    assert!(check("data folder")["value"].as_str().unwrap().starts_with("~/data/tilejury"), "{json}");
    let warnings = checks.iter().filter(|check| check["state"] == "warning").count();
    assert_eq!(json["warnings"], warnings);
    let page = run(&["doctor"]).out;
    assert!(page.starts_with("Tilejury ") && page.contains("\nwarning  tesseract "), "{page}");
    for secret in ["verysecret", "secretkey"] {
        assert!(!page.contains(secret) && !json.to_string().contains(secret), "{page}");
    }
    assert!(page.contains("AWS_SECRET_ACCESS_KEY"), "{page}");
}

#[test]
fn doctor_asks_the_hub_only_if_told_and_without_a_token() {
    let fixture = Fixture::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let here = listener.local_addr().unwrap();
    let line = |endpoint: &str, arguments: &[&str]| {
        let mut command = fixture.command(&[&["doctor", "--json"], arguments].concat());
        command.env("HF_ENDPOINT", endpoint).env("HF_TOKEN", "hf_verysecret").env("NO_PROXY", "127.0.0.1");
        let page = tilejury_tests::Run::from(command.output().unwrap()).json().swap_remove(0);
        assert!(!page.to_string().contains("secret"), "{page}");
        page["checks"].as_array().unwrap().iter().find(|check| check["name"] == "network").unwrap().clone()
    };
    // Nobody listens there.
    let gone = line("http://user:secret@127.0.0.1:9", &["--network"]);
    assert_eq!(gone["state"], "warning", "{gone}");
    assert!(gone["value"].as_str().unwrap().starts_with("the Hub: no connection"), "{gone}");
    let asked = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        String::from_utf8_lossy(&request[..length]).to_lowercase()
    });
    // The first connection is that of `--network`: without it, nothing is sent.
    assert!(line(&format!("http://{here}"), &[])["value"].as_str().unwrap().starts_with("not tried"));
    assert!(!asked.is_finished());
    let reached = line(&format!("http://{here}"), &["--network"]);
    assert!(reached["value"].as_str().unwrap().starts_with("the Hub answered in "), "{reached}");
    let request = asked.join().unwrap();
    assert!(request.starts_with("get /api/datasets?limit=1 ") && !request.contains("authorization"), "{request}");
}
