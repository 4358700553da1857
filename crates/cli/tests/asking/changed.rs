//! Runs after something changed: only what was never asked in the same words is asked.

use serde_json::{Value, json};
use tilejury_bench::ask::{SimulatedModel, SimulatedReply};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

use super::common::{Asking, lines, messages};

const ROWS: u32 = 3;

/// The rows of a set, the first with another query or the first negative with other pixels.
fn write(asking: &Asking, first_query: &str, first_negative: u8) {
    let mut set = Set::new();
    for row in 0..ROWS {
        let paths = [0, 1, 2].map(|chunk| tile(row % 2, 1000 + row, chunk));
        for (chunk, path) in (0..).zip(&paths) {
            let seed = if (row, chunk) == (0, 1) { first_negative } else { (16 * row + chunk) as u8 };
            set = set.tile(path, &picture::png(70, 82, seed));
        }
        let query = if row == 0 { first_query.to_owned() } else { format!("question {row}") };
        set = set.row("train", &Row::new(&query, &paths[0]).negatives(&[&paths[1], &paths[2]]));
    }
    for name in ["train.jsonl", "train_hn.jsonl", "image_shards"] {
        let old = asking.set().join(name);
        let _ = if old.is_dir() { std::fs::remove_dir_all(old) } else { std::fs::remove_file(old) };
    }
    set.write(&asking.set());
}

/// A server with one model, whose name it lists.
fn with_model(name: &'static str) -> SimulatedModel {
    SimulatedModel::start(move |asked| match asked.path.as_str() {
        "/v1/models" => SimulatedReply::status(200, &json!({"data": [{"id": name}]})),
        _ => SimulatedReply::graded(asked, 1, ""),
    })
    .unwrap()
}

#[test]
fn only_what_changed_is_asked_again() {
    let asking = Asking::new(1);
    write(&asking, "first question", 1);
    let server = with_model("m-1");
    let asked = |server: &SimulatedModel| {
        let output = asking.ask(server, &["--yes", "--controls", "0"]);
        assert!(output.status.success(), "{}", messages(&output));
        lines(&output)[0]["asked"].clone()
    };
    assert_eq!(asked(&server), json!(6));
    assert_eq!(asked(&server), json!(0), "nothing changed");
    write(&asking, "first question", 1);
    assert_eq!(asked(&server), json!(0), "written again, with the same content");
    write(&asking, "another question", 1);
    assert_eq!(asked(&server), json!(2), "both negatives of that row");
    write(&asking, "another question", 200);
    assert_eq!(asked(&server), json!(1), "one tile");
    write(&asking, "first question", 1);
    assert_eq!(asked(&server), json!(0), "as it was before");
    // The same name for other weights.
    assert_eq!(asked(&with_model("m-2")), json!(6), "another model");
    assert_eq!(asked(&with_model("m-1")), json!(0), "the same model at another address");
}

#[test]
fn reviews_are_in_no_judgement_and_no_export() {
    let asking = Asking::new(3);
    let export = |name: &str| {
        let output = asking.command(&["export", "set", name, "--json"]).output().unwrap();
        let mut files = Vec::new();
        for file in std::fs::read_dir(asking.dir.path().join(name)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|end| end == "jsonl") {
                files.push((path.file_name().unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
        files.sort();
        assert!(!files.is_empty(), "{}", messages(&output));
        files
    };
    let before = export("before");
    let server = super::common::gives(3);
    let output = asking.ask(&server, &["--yes"]);
    assert!(output.status.success(), "{}", messages(&output));
    assert!(asking.reviews().iter().all(|review| review["grade"] == json!(3)));
    let judged = asking.command(&["judgements", "set", "--format", "jsonl"]).output().unwrap();
    assert_eq!(lines(&judged), Vec::<Value>::new(), "{}", messages(&judged));
    let stats = asking.command(&["stats", "set", "--json"]).output().unwrap();
    assert_eq!(lines(&stats)[0]["judged"], json!(0), "{}", messages(&stats));
    assert_eq!(export("after"), before, "the tiles that the model calls relevant stay");
}
