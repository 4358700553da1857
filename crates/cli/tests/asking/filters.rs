//! Rows that are found by the reviews of their negatives.

use std::collections::BTreeSet;

use tilejury_bench::ask::{SimulatedModel, SimulatedReply};
use tilejury_testkit::set::tile;

use super::common::{Asking, messages};

#[test]
fn rows_are_found_by_grade_and_evidence() {
    let asking = Asking::new(4);
    let texts: Vec<String> = (0..4)
        .flat_map(|page| (1..4).map(move |chunk| tile(page % 2, 1000 + page, chunk)))
        .map(|path| format!("{{\"path\": \"{path}\", \"text\": \"salt melts\"}}\n"))
        .collect();
    std::fs::write(asking.dir.path().join("t.jsonl"), texts.concat()).unwrap();
    assert!(asking.command(&["import-text", "set", "t.jsonl"]).status().unwrap().success());
    // Words of the tile, invented words, words without an answer; the last row is not asked about.
    let server = SimulatedModel::start(|asked| match (asked.body["model"] == "m", asked.query()) {
        (true, "What is shown on page 0?") => SimulatedReply::graded(asked, 3, "salt"),
        (true, "What is shown on page 1?") => SimulatedReply::graded(asked, 2, "sugar"),
        (true, _) => SimulatedReply::graded(asked, 1, "salt"),
        (false, _) => SimulatedReply::graded(asked, 0, ""),
    })
    .unwrap();
    let url = server.url();
    let ask = |model: &str, filter: &str| {
        let before = server.exchanges().len();
        let args =
            ["ask", "set", "--endpoint", &url, "--model", model, "--yes", "--controls", "0", "--no-second-stage"];
        let output = asking.command(&[&args[..], &["--filter", filter]].concat()).output().unwrap();
        assert!(output.status.success(), "{}", messages(&output));
        let asked: BTreeSet<String> =
            server.exchanges()[before..].iter().map(|exchange| exchange.asked.query().to_owned()).collect();
        (0..4).filter(|page| asked.contains(&format!("What is shown on page {page}?"))).collect::<Vec<_>>()
    };
    assert_eq!(ask("m", "-\"page 3\""), [0, 1, 2]);
    // Each search is seen by the rows that a model of its own is asked about.
    for (model, filter, expected) in [
        ("a", "review:>=2", &[0, 1][..]),
        ("b", "verified:yes", &[0]),
        ("c", "review:>=2 verified:yes", &[0]),
        ("d", "review:>=2 verified:no", &[1]),
        ("e", "review:m=1", &[2]),
        ("f", "review:m=none", &[3]),
        ("g", "review:a=any", &[0, 1]),
    ] {
        assert_eq!(ask(model, filter), expected, "{filter}");
    }
}
