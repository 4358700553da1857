//! `tilejury report`, and what an export records of audits, in the forms that people and scripts
//! depend on.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set};
use tilejury_tests::Fixture;

const FILES: [&str; 4] = ["audit_report.json", "report.html", "report.md", "report.tex"];

/// Begins an audit and answers the first `judged` rows; the rows at these places, from 0, have a
/// false negative.
fn audit(fixture: &Fixture, set: &str, name: &str, (rows, judged): (usize, usize), affected: &[usize]) {
    let number = rows.to_string();
    fixture.run(&["audit", "new", set, "--name", name, "--rows", &number, "--seed", "7 \"x\""]).expect(0);
    answer(fixture, set, name, judged, affected, "ann");
}

fn answer(fixture: &Fixture, set: &str, name: &str, judged: usize, affected: &[usize], annotator: &str) {
    let draw = fixture.run(&["audit", "draw", set, name, "--json"]).expect(0).json();
    let line = |(place, row): (usize, &Value)| {
        let (split, number) = (row["split"].as_str().unwrap(), row["line"].as_u64().unwrap());
        let mut line = json!({
            "split": split, "line": number, "audit": name, "verdict": "accept", "annotator": annotator,
            "at": format!("2024-05-01T10:{:02}:{:02}Z", place / 6, place % 6 * 10),
        });
        if affected.contains(&place) {
            let text = fixture.read(&format!("{set}/{split}.jsonl"));
            let row: Value = serde_json::from_str(text.lines().nth(number as usize - 1).unwrap()).unwrap();
            line["tiles"] = json!({row["neg_chunk_paths"][0].as_str().unwrap(): "relevant"});
        }
        format!("{line}\n")
    };
    let lines: String = draw.iter().take(judged).enumerate().map(line).collect();
    fixture.write("answers.jsonl", &lines);
    fixture.run(&["judge", set, "--from", "answers.jsonl"]).expect(0);
}

fn report(fixture: &Fixture, set: &str, out: &str, more: &[&str]) -> Value {
    fixture.run(&[&["report", set, out], more].concat()).expect(0);
    serde_json::from_str(&fixture.read(&format!("{out}/audit_report.json"))).unwrap()
}

/// Checks that an HTML file is well-formed, runs nothing and loads nothing. Returns its text.
fn checked_html(text: &str) -> String {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
    let page = roxmltree::Document::parse_with_options(text, options).unwrap_or_else(|error| panic!("{error}"));
    let mut said = String::new();
    for node in page.descendants() {
        assert!(!["script", "link", "img", "iframe", "image", "use"].contains(&node.tag_name().name()), "{node:?}");
        for name in ["src", "href", "onload", "onclick"] {
            assert_eq!(node.attribute(name), None, "{node:?}");
        }
        said.push_str(node.text().filter(|_| node.is_text()).unwrap_or_default());
    }
    said
}

#[test]
fn a_report_has_the_same_bytes_anywhere() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    audit(&fixture, "set", "spring", (20, 20), &[3, 11]);
    let first = report(&fixture, "set", "one", &[]);
    // Another place of the same set, another time zone, another language, and a later moment.
    std::fs::create_dir(fixture.path("elsewhere")).unwrap();
    std::fs::rename(fixture.set(), fixture.path("elsewhere/set")).unwrap();
    let mut again = fixture.command(&["report", "elsewhere/set", "two"]);
    let status = again.env("TZ", "Pacific/Kiritimati").env("LANG", "de_DE.UTF-8").env("LC_ALL", "de_DE.UTF-8").status();
    assert!(status.unwrap().success());
    let here = fixture.dir.path().to_string_lossy().into_owned();
    for file in FILES {
        let (one, two) = (fixture.read(&format!("one/{file}")), fixture.read(&format!("two/{file}")));
        assert!(one == two, "{file}");
        assert!(!one.contains(&here), "{file} has a path of this machine");
    }
    assert_eq!(first["audits"][0]["last_answer"], "2024-05-01T10:03:10.000Z");
    assert_eq!(first["audits"][0]["details"]["people"][0]["median_seconds"], json!(10.0));
}

#[test]
fn a_report_states_the_numbers_of_the_status() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    audit(&fixture, "set", "spring", (20, 20), &[3, 11]);
    let status = &fixture.run(&["audit", "status", "set", "spring", "--json"]).expect(0).json()[0];
    let found = report(&fixture, "set", "out", &[]);
    let of_report = &found["audits"][0]["status"];
    for field in ["judged", "finished", "disputed", "broken"] {
        assert_eq!(of_report[field], status[field], "{field}");
    }
    for field in ["hits", "n", "low_count", "high_count"] {
        assert_eq!(of_report["rows"][field], status["rows"][field], "{field}");
    }
    assert_eq!(of_report["rows"]["estimate"], json!(0.1));
    let text = fixture.read("out/report.md");
    for part in ["1. What", "2. How", "3. Numbers", "4. Who", "5. Machines", "6. After", "7. Limits"] {
        assert!(text.contains(&format!("\n## {part}")), "{part}");
    }
    let (low, high) = (status["rows"]["low_count"].as_u64().unwrap(), status["rows"]["high_count"].as_u64().unwrap());
    assert!(text.contains(&format!("in the whole set: {low} to {high} of 40.")), "{text}");
    let html = checked_html(&fixture.read("out/report.html"));
    assert!(html.contains("Rows with a false negative, by judged rows"), "{html}");
    assert!(fixture.read("out/report.html").matches("<svg").count() == 2);
    let latex = fixture.read("out/report.tex");
    assert!(latex.contains("set & spring & 40 & 20 & 10.0 ["), "{latex}");
}

#[test]
fn the_python_check_prints_the_first_rows() {
    let (a, b) = (tile(0, 1, 0), tile(1, 2, 0));
    let mut set = Set::plain(12, 2);
    // Exact repeats, also over splits, and every spelling of a path.
    for split in ["eval", "train", "train"] {
        set = set.row(split, &Row::new("twice", &a).negatives(&[&b, &tile(1, 2, 1)]));
    }
    let odd = "/data/run_1/shard_9/images/shard_001/shard_00002/7.png.tiles/shard_x.png";
    for (query, path) in [("odd \"ü\"", odd), ("flat", "images/plain.png"), ("deep", "shard_1/shard_2/shard_3/a.png")]
    {
        set = set.row("eval", &Row::new(query, path).negatives(&[&a, &b]));
    }
    let fixture = Fixture::with(&set);
    audit(&fixture, "set", "all", (18, 0), &[]);
    fixture.run(&["audit", "new", "set", "--name", "part", "--rows", "9", "--seed", "8", "--split", "train"]).expect(0);
    let found = report(&fixture, "set", "out", &[]);
    for audit in found["audits"].as_array().unwrap() {
        let details = &audit["details"];
        let check = details["check"].as_str().unwrap();
        assert_eq!(check.lines().count(), 6);
        let first = details["first_rows"].as_array().unwrap();
        let keys: Vec<&str> = first.iter().map(|row| row["key"].as_str().unwrap()).collect();
        let Ok(run) = Command::new("python3").args(["-c", check]).current_dir(fixture.set()).output() else {
            eprintln!("not run: there is no python3");
            return;
        };
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        let printed = String::from_utf8(run.stdout).unwrap();
        assert_eq!(printed.lines().collect::<Vec<_>>(), keys, "{}", audit["plan"]["name"]);
    }
}

#[test]
fn awkward_names_stay_texts_in_every_file() {
    let fixture = Fixture::default();
    let (set, name, person) = ("a <b> & \"c\" | $d_e 100%", "sp<i>ring & 'more' |", "<ann> & \"bo\"");
    let more = Row::new("q <x>", &tile(0, 1, 0)).negatives(&[&tile(0, 1, 1), &tile(0, 1, 2)]);
    Set::plain(10, 2).row("x<&y", &more).write(&fixture.path(set));
    audit(&fixture, set, name, (11, 0), &[]);
    answer(&fixture, set, name, 11, &[2], person);
    let numbered = report(&fixture, set, "numbers", &[]);
    let named = report(&fixture, set, "names", &["--names"]);
    assert_eq!(named["audits"][0]["details"]["people"][0]["annotator"], person);
    for (out, names) in [("numbers", false), ("names", true)] {
        let html = checked_html(&fixture.read(&format!("{out}/report.html")));
        assert!(html.contains(set) && html.contains(name) && html.contains("x<&y"), "{html}");
        assert_eq!(html.contains(person), names, "{out}");
        let latex = fixture.read(&format!("{out}/report.tex"));
        assert!(latex.contains("\\& \"c\" | \\$d\\_e 100\\% &"), "{latex}");
        let text = fixture.read(&format!("{out}/report.md"));
        assert!(text.contains("sp\\<i\\>ring \\& 'more' \\|") && !text.contains("<i>"), "{text}");
    }
    let hidden: String = FILES.iter().map(|file| fixture.read(&format!("numbers/{file}"))).collect();
    assert!(!hidden.contains("<ann>") && !hidden.contains("&lt;ann&gt;"), "a name is in a report without names");
    assert_eq!(numbered["audits"][0]["details"]["people"][0]["annotator"], "annotator 2", "the first one began it");
}

#[test]
fn without_an_audit_there_are_counts_and_no_rates() {
    let fixture = Fixture::with(&Set::plain(10, 2));
    fixture.write("j.jsonl", "{\"split\":\"train\",\"line\":1,\"verdict\":\"reject\",\"annotator\":\"ann\"}\n");
    fixture.run(&["judge", "set", "--from", "j.jsonl"]).expect(0);
    let found = report(&fixture, "set", "out", &[]);
    assert_eq!((&found["audits"], &found["judgements"]["rejected"]), (&json!([]), &json!(1)));
    let text = fixture.read("out/report.md");
    assert!(text.contains("Nothing that was drawn at random was judged") && text.contains("1 rejected"), "{text}");
    assert!(!text.contains('%'), "a rate: {text}");
    let html = fixture.read("out/report.html");
    checked_html(&html);
    assert!(!html.contains("<svg"));
    assert!(fixture.read("out/report.tex").contains("There is no row"));
}

#[test]
fn all_audits_are_listed_and_one_can_be_chosen() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    audit(&fixture, "set", "spring", (20, 20), &[0]);
    audit(&fixture, "set", "summer", (30, 10), &[1, 2]);
    audit(&fixture, "set", "given up", (10, 0), &[]);
    let all = report(&fixture, "set", "all", &[]);
    let names = |report: &Value| {
        report["audits"].as_array().unwrap().iter().map(|audit| audit["status"]["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&all), ["spring", "summer", "given up"]);
    let text = fixture.read("all/report.md");
    assert!(
        text.contains("ended early or still open: 33 % judged") && text.contains("begun, nothing judged"),
        "{text}"
    );
    assert!(text.contains("Rates of “spring”") && text.contains("Rates of “summer”"), "{text}");
    assert!(text.contains("prior-posterior-ratio") && text.contains("There is more than one audit."), "{text}");
    let one = report(&fixture, "set", "one", &["--audit", "summer"]);
    assert_eq!(names(&one), names(&all));
    let text = fixture.read("one/report.md");
    assert!(!text.contains("Rates of “spring”") && text.contains("Rates of “summer”"), "{text}");
    let summer = &one["audits"][1];
    assert_eq!(summer["status"]["negatives"]["low"], Value::Null);
    assert_eq!(summer["details"]["splits"][0]["low"], Value::Null, "no interval of a part before the end");
    let latex = fixture.read("one/report.tex");
    assert!(latex.contains("& summer\\textsuperscript{*} & 40 & 10 of 30 &"), "{latex}");
    assert!(!latex.contains("& spring"), "another one was asked for: {latex}");
    assert!(fixture.read("all/report.tex").contains("& spring & 40 & 20 &"));
    let refused = fixture.run(&["report", "set", "none", "--audit", "autumn"]).expect(1);
    assert!(refused.err.contains("there are “spring”, “summer”, “given up”"), "{}", refused.err);
    assert!(!fixture.path("none").exists());
    let refused = fixture.run(&["report", "set", "all"]).expect(1);
    assert!(refused.err.contains("not empty"), "{}", refused.err);
    fixture.run(&["report", "set", "set/report"]).expect(1);
    assert!(!fixture.path("set/report").exists());
}

#[test]
fn two_annotators_are_compared() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    let new = ["audit", "new", "set", "--name", "both", "--rows", "12", "--seed", "1", "--overlap", "1"];
    fixture.run(&[&new[..], &["--annotators", "zoe,ada"]].concat()).expect(0);
    answer(&fixture, "set", "both", 12, &[1, 2, 3], "zoe");
    answer(&fixture, "set", "both", 12, &[2, 3, 7, 8], "ada");
    let found = report(&fixture, "set", "out", &["--names"]);
    let pair = &found["audits"][0]["details"]["agreement"][0];
    assert_eq!(pair["pair"], json!(["ada", "zoe"]));
    let counts = |of: &str| ["n", "both", "only_a", "only_b", "neither"].map(|field| pair[of][field].as_u64().unwrap());
    assert_eq!((counts("rows"), counts("negatives")), ([12, 2, 2, 1, 7], [36, 2, 2, 1, 31]));
    // Of four and three times that it was said, both said it twice.
    assert_eq!(pair["negatives"]["positive_agreement"]["value"], json!(0.571_428_571));
    checked_html(&fixture.read("out/report.html"));
    assert!(fixture.read("out/report.md").contains("2 called relevant by both, 2 only by ada, 1 only by zoe"));
}

#[test]
fn no_file_has_a_name_unless_names_are_asked_for() {
    let fixture = Fixture::with(&Set::plain(20, 3));
    let new = ["audit", "new", "set", "--name", "both", "--rows", "6", "--seed", "1", "--annotator", "Leonore"];
    fixture.run(&[&new[..], &["--annotators", "Zerlina,Adalgisa"]].concat()).expect(0);
    // One that nobody answered names its annotators in its plan only.
    let new = ["audit", "new", "set", "--name", "later", "--rows", "6", "--seed", "2", "--annotator", "Leonore"];
    fixture.run(&[&new[..], &["--annotators", "Musetta"]].concat()).expect(0);
    for name in ["Zerlina", "Adalgisa"] {
        let draw = fixture.run(&["audit", "draw", "set", "both", "--annotator", name, "--json"]).expect(0).json();
        let line = |row: &Value| {
            let line = json!({"split": row["split"], "line": row["line"], "audit": "both", "verdict": "accept", "annotator": name});
            format!("{line}\n")
        };
        fixture.write("answers.jsonl", &draw.iter().map(line).collect::<String>());
        fixture.run(&["judge", "set", "--from", "answers.jsonl"]).expect(0);
    }
    let mut text = fixture.read("set/train.jsonl");
    text.push_str("no row\n");
    fixture.write("set/train.jsonl", &text);
    let found = report(&fixture, "set", "numbers", &[]);
    assert_eq!(found["dataset"]["bad_lines"], json!(1));
    assert_eq!(found["audits"][0]["plan"]["annotators"].as_array().unwrap().len(), 2);
    let names = ["Zerlina", "Adalgisa", "Leonore", "Musetta"];
    let all = |out: &str| FILES.map(|file| fixture.read(&format!("{out}/{file}"))).concat();
    let numbered = all("numbers");
    assert_eq!(names.map(|name| numbered.contains(name)), [false; 4]);
    report(&fixture, "set", "names", &["--names"]);
    let named = all("names");
    assert_eq!(names.map(|name| named.contains(name)), [true; 4]);
}

#[test]
fn the_report_has_the_agreement_that_the_command_prints() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    let new = ["audit", "new", "set", "--name", "both", "--rows", "12", "--seed", "1", "--overlap", "1"];
    fixture.run(&[&new[..], &["--annotators", "zoe,ada", "--level", "0.9"]].concat()).expect(0);
    answer(&fixture, "set", "both", 12, &[1, 2, 3], "zoe");
    answer(&fixture, "set", "both", 12, &[2, 3, 7, 8], "ada");
    // One of the rows is left unsure, and in another a positive is wrong.
    let draw = fixture.run(&["audit", "draw", "set", "both", "--json"]).expect(0).json();
    let line = |place: usize, verdict: &str, more: Value| {
        let (split, number) = (&draw[place]["split"], &draw[place]["line"]);
        let mut line = json!({"split": split, "line": number, "audit": "both", "verdict": verdict, "annotator": "ada"});
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let lines = line(5, "unsure", json!({})) + &line(6, "reject", json!({"reasons": ["wrong_positive"]}));
    fixture.write("answers.jsonl", &lines);
    fixture.run(&["judge", "set", "--from", "answers.jsonl"]).expect(0);
    let printed = fixture.run(&["agreement", "set", "--audit", "both", "--json"]).expect(0).json();
    assert_eq!(printed[0]["pair"], json!(["ada", "zoe"]));
    assert!(printed[0]["rows"]["unsure"].as_u64() > Some(0), "{}", printed[0]);
    // In the command, the figures of negatives are those of the line.
    let figures = |of: &Value| {
        let mut of = of.clone();
        for field in ["kind", "pair", "rows", "positives"] {
            of.as_object_mut().unwrap().remove(field);
        }
        of
    };
    let parts = [
        ("negatives", figures(&printed[0])),
        ("rows", printed[0]["rows"].clone()),
        ("positives", printed[0]["positives"].clone()),
    ];
    let found = report(&fixture, "set", "named", &["--names"]);
    let pair = &found["audits"][0]["details"]["agreement"][0];
    assert_eq!(pair["pair"], json!(["ada", "zoe"]));
    for (part, expected) in &parts {
        assert!(is_near(&pair[part], expected), "{part}: {} and {expected}", pair[part]);
    }
    // Without names, zoe is the first, because she answered first.
    let found = report(&fixture, "set", "numbered", &[]);
    let numbered = &found["audits"][0]["details"]["agreement"][0];
    assert_eq!(numbered["pair"], json!(["annotator 2", "annotator 3"]));
    let counts = |pair: &Value| ["only_a", "only_b"].map(|field| pair["negatives"][field].as_u64().unwrap());
    let [only_ada, only_zoe] = counts(pair);
    assert_ne!(only_ada, only_zoe);
    assert_eq!(counts(numbered), [only_zoe, only_ada]);
}

/// Whether two values are equal but for the rounding to nine digits.
fn is_near(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => (one.as_f64().unwrap() - other.as_f64().unwrap()).abs() < 1e-9,
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(name, value)| is_near(value, &other[name]))
        }
        _ => one == other,
    }
}

#[test]
fn a_report_has_what_was_accepted_at_once() {
    let fixture = Fixture::with(&Set::plain(150, 3));
    let new = ["audit", "new", "set", "--name", "sure", "--seed", "7", "--accept-as", "m", "--allow-wrong", "1"];
    let plan = &fixture.run(&[&new[..], &["--json"]].concat()).expect(0).json()[0];
    let rows = plan["rows"].as_u64().unwrap() as usize;
    answer(&fixture, "set", "sure", rows, &[4], "ann");
    let text = |out: &str| {
        report(&fixture, "set", out, &[]);
        checked_html(&fixture.read(&format!("{out}/report.html")));
        fixture.read(&format!("{out}/report.md"))
    };
    let before = text("before");
    let shown = "Shown (95 %): at most 7 of 150 rows are wrong. ";
    assert!(before.contains(shown) && before.contains("Nothing of it was accepted at once."), "{before}");
    let done = &fixture.run(&["audit", "accept", "set", "sure", "--yes", "--json"]).expect(0).json()[0];
    let after = text("after");
    let sentence = done["sentence"].as_str().unwrap();
    assert!(sentence.contains("at least 95 % of them are right (95 % confidence)"), "{sentence}");
    for words in
        [shown, sentence, "Accepted as machine:m: 149 rows. Kept out: 1 drawn row that people", "not judged one by one"]
    {
        assert!(after.contains(words), "{words}: {after}");
    }
    let found: Value = serde_json::from_str(&fixture.read("after/audit_report.json")).unwrap();
    let accepted = &found["audits"][0]["accepted"];
    assert_eq!((&accepted["sentence"], &accepted["rows"]), (&done["sentence"], &json!(149)));
    fixture.run(&["audit", "accept", "set", "sure", "--undo"]).expect(0);
    let undone = text("undone");
    assert!(undone.contains("Nothing of it was accepted at once.") && !undone.contains("Accepted in bulk"), "{undone}");
    let found: Value = serde_json::from_str(&fixture.read("undone/audit_report.json")).unwrap();
    assert_eq!(found["machine"]["accepted"], json!([]));
}

#[test]
fn a_report_has_the_figures_of_a_machine() {
    let fixture = Fixture::with(&Set::plain(120, 3));
    let text = fixture.read("set/train.jsonl");
    let review = |(row, line): (usize, &str)| {
        let row_of: Value = serde_json::from_str(line).unwrap();
        let verdict = |at: usize| if row < 20 && at == 0 { "CORRECT" } else { "CANNOT_ANSWER" };
        let tiles = row_of["neg_chunk_paths"].as_array().unwrap().iter().enumerate();
        let lines = tiles.map(|(at, tile)| {
            json!({"query": row_of["query"], "candidate_path": tile, "verdict": verdict(at)}).to_string() + "\n"
        });
        lines.collect::<String>()
    };
    fixture.write("reviews.jsonl", &text.lines().enumerate().map(review).collect::<String>());
    fixture.run(&["import-reviews", "set", "reviews.jsonl"]).expect(0);
    let new = ["audit", "new", "set", "--name", "m", "--rows", "40", "--seed", "7", "--by-machine", "reviews"];
    fixture.run(&new).expect(0);
    answer(&fixture, "set", "m", 40, &[0, 3, 8], "ann");
    let found = report(&fixture, "set", "out", &[]);
    checked_html(&fixture.read("out/report.html"));
    let text = fixture.read("out/report.md");
    assert!(text.contains("Rows with a false negative by the word of a machine (reviews)"), "{text}");
    let status = &found["audits"][0]["status"];
    for (word, label, population) in [("yes", "yes: its precision", 20), ("no", "no: its misses", 100)] {
        let of = &status["by_machine"][word];
        assert_eq!(of["population"], json!(population));
        let line = format!("| {label} | {population} | {} | {} | ", of["hits"], of["n"]);
        assert!(text.contains(&line), "{line}: {text}");
    }
    let [yes, no] = ["yes", "no"].map(|word| status["by_machine"][word]["hits"].as_u64().unwrap());
    assert_eq!(yes + no, 3);
    assert!(!text.contains("nothing of at least one negative"), "no row has this word: {text}");
}

#[test]
fn an_export_records_finished_audits() {
    let fixture = Fixture::with(&Set::plain(40, 3));
    audit(&fixture, "set", "spring", (20, 20), &[3, 11]);
    audit(&fixture, "set", "open", (20, 5), &[]);
    let part =
        ["audit", "new", "set", "--name", "part", "--rows", "20", "--seed", "3", "--blind", "--filter", "line:10..40"];
    fixture.run(&[&part[..], &["--below", "0.5", "--allow", "2"]].concat()).expect(0);
    answer(&fixture, "set", "part", 20, &[1], "ann");
    fixture.run(&["export", "set", "out", "--tiles", "trust", "--copies", "trust"]).expect(0);
    let manifest: Value = serde_json::from_str(&fixture.read("out/export_manifest.json")).unwrap();
    assert_eq!(manifest["audit"]["begun"], json!(["spring", "open", "part"]));
    let recorded = manifest["audit"]["finished"].as_array().unwrap();
    assert_eq!(recorded.len(), 2);
    let plans = ["seed", "filter", "blind"].map(|field| [&recorded[0][field], &recorded[1][field]]);
    assert_eq!(plans[0], [&json!("7 \"x\""), &json!("3")]);
    assert_eq!(plans[1], [&Value::Null, &json!("line:10..40")]);
    assert_eq!(plans[2], [&json!(false), &json!(true)]);
    assert_eq!(recorded[1]["status"]["rows"]["one_sided"], json!(true), "its interval is checked by verify-export");
    assert_eq!(manifest["audit"]["finished"][0]["status"]["rows"]["hits"], json!(2));
    let card = fixture.read("out/README.md");
    assert!(card.contains("## Known limitations") && card.contains("| spring | 20 of 40 | 10.0 % ("), "{card}");
    assert!(card.contains("annotations_creators:\n- expert-generated\n"), "people judged in audits: {card}");
    let croissant: Value = serde_json::from_str(&fixture.read("out/croissant.json")).unwrap();
    let limits = croissant["rai:dataLimitations"][0].as_str().unwrap();
    assert!(limits.contains("20 of 40 rows drawn at random") && limits.contains("10.0 %"), "{limits}");
    let verify = ["verify-export", "out", "--dataset", "set", "--json"];
    assert_eq!(fixture.run(&verify).expect(0).out, "");
    // Audits that end or begin later are no fault of the export.
    answer(&fixture, "set", "open", 20, &[], "ann");
    audit(&fixture, "set", "later", (10, 0), &[]);
    assert_eq!(fixture.run(&verify).expect(0).out, "");
    // Another answer in the recorded one is.
    answer(&fixture, "set", "spring", 20, &[0, 3, 11], "ann");
    let faults = fixture.run(&verify).expect(1).json();
    assert!(faults.iter().all(|fault| fault["kind"] == "other_audits"), "{faults:?}");
    assert!(faults.iter().any(|fault| fault["message"].as_str().unwrap().contains("status.rows.hits: 2, 3 expected")));
    // The copy is audited, too.
    audit(&fixture, "out", "after", (10, 10), &[]);
    let found = report(&fixture, "set", "report", &["--export", "out"]);
    assert_eq!(found["export"]["audits"][0]["rows"]["n"], json!(10));
    assert!(
        fixture.read("report/report.md").contains("| “after” | 0 | 10 | 0 % |"),
        "{}",
        fixture.read("report/report.md")
    );
    assert!(Path::new(&fixture.path("report/report.html")).exists());
    // Both reports name the export that the audit is of.
    let manifest: Value = serde_json::from_str(&fixture.read("out/export_manifest.json")).unwrap();
    let named = format!(
        "“after” is an elusion test: its rows are those of the export of “set” whose manifest has the SHA-256 {}",
        manifest["digest"].as_str().unwrap()
    );
    report(&fixture, "out", "of the export", &[]);
    for out in ["report", "of the export"] {
        let text = fixture.read(&format!("{out}/report.md"));
        assert!(text.contains(&named), "{text}");
    }
}
