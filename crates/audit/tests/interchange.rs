//! Judgements as text: the round trip, and every refused line.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::collections::BTreeMap;

use crate::common::{act, negative, reopen, ten_rows};
use tilejury_audit::interchange::{BadLine, ImportDefaults, JudgementImport, current, history, read};
use tilejury_audit::merge::{AnnotatorScope, by_annotator, judgements, present_by_annotator};
use tilejury_audit::{Event, JudgeAction, Reason, Relevance, Verdict, now};
use tilejury_data::{Dataset, LineNumber, SampleIndex};
use tilejury_testkit::{Row, Set};

fn import(dataset: &Dataset, text: &str) -> Result<JudgementImport, Vec<BadLine>> {
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    read(dataset, text.as_bytes(), &defaults, BTreeMap::new(), &[])
}

#[test]
fn reads_printed_judgements_back_unchanged() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    act(&mut sidecar, &mut session, JudgeAction::ToggleReason(SampleIndex::new(1), Reason::Other));
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Relevance(SampleIndex::new(4), negative(&dataset, 4, 2), Some(Relevance::Broken)),
    );
    act(&mut sidecar, &mut session, JudgeAction::Note(SampleIndex::new(4), "a “note”\nin two lines".into()));
    let events = sidecar.events().unwrap();
    let lines = current(&dataset, &events, &sidecar.samples().unwrap());
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[0]["split"], &lines[0]["line"], &lines[0]["verdict"]),
        (&"train".into(), &2.into(), &"reject".into())
    );
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let again = import(&dataset, &text).unwrap();
    assert_eq!(judgements(&again.events, &AnnotatorScope::Everybody), by_annotator(&events)["ann"]);
    let history = history(&dataset, &events, &[]);
    assert_eq!(history.len(), events.len());
    let text: String = history.iter().map(|line| format!("{line}\n")).collect();
    let replayed = import(&dataset, &text).unwrap();
    assert_eq!(judgements(&replayed.events, &AnnotatorScope::Everybody), by_annotator(&events)["ann"]);
    assert!(replayed.remarks.is_empty(), "{:?}", replayed.remarks);
}

#[test]
fn names_samples_by_line_or_by_query_and_path() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let sample = dataset.sample(SampleIndex::new(3)).unwrap();
    let by_name = serde_json::json!({"query": sample.query, "chunk_path": format!("/mnt/{}", sample.positive.path), "verdict": "accept"});
    let text = format!("{{\"split\": \"train\", \"line\": 4, \"note\": \"same row\"}}\n\n{by_name}");
    let import = import(&dataset, &text).unwrap();
    assert_eq!(import.lines, 2);
    assert!(import.events.iter().all(|event| event.sample == sample.key));
}

#[test]
fn null_clears_a_value_and_a_missing_field_keeps_it() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let line = |rest: &str| format!("{{\"split\": \"train\", \"line\": 1, {rest}}}\n");
    let text = line(r#""verdict": "reject", "reasons": ["bad_query"], "note": "n", "tags": ["t"]"#)
        + &line(r#""verdict": null, "note": null"#);
    let import = import(&dataset, &text).unwrap();
    let judgement = &judgements(&import.events, &AnnotatorScope::Everybody)[&dataset.samples[0].key];
    assert_eq!((judgement.verdict, judgement.note.as_str()), (None, ""));
    assert!(judgement.reasons.is_empty(), "reasons do not outlive their verdict");
    assert!(judgement.tags.contains("t"));
}

#[test]
fn names_every_bad_line_and_stores_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    for (line, words) in [
        ("not json", "not a JSON object"),
        (r#"{"split": "train", "line": 1}"#, "nothing to record"),
        (r#"{"split": "train", "line": 99, "verdict": "accept"}"#, "no usable row on line 99"),
        (r#"{"split": "dev", "line": 1, "verdict": "accept"}"#, "no split `dev`; the splits are: train"),
        (r#"{"line": 1, "verdict": "accept"}"#, "does not name a row"),
        (r#"{"query": "x", "chunk_path": "y", "verdict": "accept"}"#, "no row has the query"),
        (r#"{"split": "train", "line": 1, "verdict": "good"}"#, "accept, reject, unsure"),
        (
            r#"{"split": "train", "line": 1, "verdict": "accept", "reasons": ["other"]}"#,
            "need the verdict reject or unsure",
        ),
        (r#"{"split": "train", "line": 1, "reasons": ["bored"], "verdict": "reject"}"#, "`bored` is not one of"),
        (r#"{"split": "train", "line": 1, "tiles": {"images/z.png": "relevant"}}"#, "neither the row's positive"),
        (r#"{"split": "train", "line": 1, "verdict": "accept", "at": "yesterday"}"#, "RFC 3339"),
        (r#"{"split": "train", "line": "1", "verdict": "accept"}"#, "invalid type"),
    ] {
        let text = format!("{{\"split\": \"train\", \"line\": 2, \"verdict\": \"accept\"}}\n{line}\n");
        let bad = import(&dataset, &text).unwrap_err();
        assert_eq!(bad.len(), 1, "{line}");
        assert_eq!(bad[0].line, LineNumber::new(2), "{line}");
        assert!(bad[0].message.contains(words), "{line}: {}", bad[0].message);
    }
}

#[test]
fn distinguishes_exact_repeats_by_split_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let row = Row::new("the same", "images/a.png").negatives(&["images/b.png"]);
    Set::new().row("train", &row).row("train", &row).row("eval", &row).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let judged = |rest: &str| {
        let import = import(
            &dataset,
            &format!("{{\"query\": \"the same\", \"chunk_path\": \"images/a.png\", \"verdict\": \"reject\"{rest}}}"),
        )
        .unwrap();
        let mut places: Vec<_> =
            import.events.iter().filter_map(|event| dataset.find(event.sample)).map(SampleIndex::index).collect();
        places.sort_unstable();
        (places, import.remarks.len())
    };
    assert_eq!(judged(r#", "split": "train", "line": 2"#), (vec![1], 0));
    assert_eq!(judged(r#", "split": "eval""#), (vec![2], 0));
    assert_eq!(judged(""), (vec![0, 1, 2], 1), "and a remark reports that there are several");
}

#[test]
fn refuses_misspelt_fields_and_ignores_row_fields() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let import = import(&dataset, r#"{"split": "train", "line": 1, "verdict": "accept", "title": "T"}"#).unwrap();
    assert!(import.remarks[0].contains("title"), "{:?}", import.remarks);
    let refused = |field: &str| {
        let line = format!(r#"{{"split": "train", "line": 1, "verdict": "accept", {field}}}"#);
        let bad = self::import(&dataset, &line).unwrap_err();
        assert_eq!(bad[0].line, LineNumber::FIRST);
        bad[0].message.clone()
    };
    assert_eq!(refused(r#""verdit": "reject""#), "unknown field `verdit`; did you mean `verdict`?");
    assert_eq!(refused(r#""Note": "x""#), "unknown field `Note`; did you mean `note`?");
    assert!(refused(r#""mood": 3"#).starts_with("unknown field `mood`; a judgement has split, line, "));
}

#[test]
fn prints_orphans_and_skips_them_when_reading() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(0), Some(Verdict::Reject)));
    act(&mut sidecar, &mut session, JudgeAction::Verdict(SampleIndex::new(1), Some(Verdict::Reject)));
    let text = std::fs::read_to_string(dir.path().join("train.jsonl")).unwrap();
    let rest: String = text.lines().skip(1).map(|line| format!("{line}\n")).collect();
    std::fs::write(dir.path().join("train.jsonl"), &rest).unwrap();
    std::fs::write(dir.path().join("train_hn.jsonl"), &rest).unwrap();
    let smaller = Dataset::open(dir.path()).unwrap();
    let lines = current(&smaller, &sidecar.events().unwrap(), &sidecar.samples().unwrap());
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["orphan"], &lines[1]["line"]), (&true.into(), &1.into()));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let again = import(&smaller, &text).unwrap();
    assert_eq!((again.lines, again.events.len()), (1, 1));
    assert!(again.remarks[0].contains("orphans"), "{:?}", again.remarks);
}

#[test]
fn applies_a_tile_to_the_repeats_that_have_it() {
    let dir = tempfile::tempdir().unwrap();
    let row = |negative: &str| Row::new("the same", "images/a.png").negatives(&[negative]);
    Set::new().row("train", &row("images/b.png")).row("train", &row("images/c.png")).write(dir.path());
    let dataset = Dataset::open(dir.path()).unwrap();
    let line = |tile: &str| {
        format!(r#"{{"query": "the same", "chunk_path": "images/a.png", "tiles": {{"{tile}": "relevant"}}}}"#)
    };
    let judged = |tile: &str| {
        let events = import(&dataset, &line(tile)).unwrap().events;
        events.iter().map(|event| dataset.find(event.sample).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(judged("images/b.png"), [0].map(SampleIndex::new));
    assert_eq!(judged("images/c.png"), [1].map(SampleIndex::new));
    assert_eq!(judged("images/a.png").len(), 2);
    assert!(import(&dataset, &line("images/z.png")).is_err());
}

#[test]
fn records_a_mark_equal_to_a_confirmed_value() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let tile = negative(&dataset, 2, 0);
    act(
        &mut sidecar,
        &mut session,
        JudgeAction::Accept {
            sample: SampleIndex::new(2),
            seen: vec![tile.clone()],
            inspected: Vec::new(),
            copies: Vec::new(),
        },
    );
    let line = |confirmed: bool| {
        let mut line = serde_json::json!({"split": "train", "line": 3, "tiles": {tile.as_str(): "not_relevant"}});
        if confirmed {
            line["confirmed"] = serde_json::json!({tile.as_str(): "accept"});
        }
        line.to_string()
    };
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    let read_after = |events: &[Event], line: String| {
        read(&dataset, line.as_bytes(), &defaults, present_by_annotator(events), &[]).unwrap().events
    };
    let mut events = sidecar.events().unwrap();
    assert!(read_after(&events, line(true)).is_empty(), "nothing changes");
    let marked = read_after(&events, line(false));
    assert_eq!((marked.len(), marked[0].origin.confirmed_by), (1, None));
    // Once it is marked, neither the same mark nor a confirmation adds anything.
    events.extend(marked);
    assert!(read_after(&events, line(false)).is_empty() && read_after(&events, line(true)).is_empty());
}

#[test]
fn added_tiles_have_a_field_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let (first, outside, own) = (SampleIndex::new(0), negative(&dataset, 5, 0), negative(&dataset, 0, 1));
    act(&mut sidecar, &mut session, JudgeAction::Relevance(first, own.clone(), Some(Relevance::NotRelevant)));
    act(&mut sidecar, &mut session, JudgeAction::AddRelevant { sample: first, tile: outside.clone() });
    act(&mut sidecar, &mut session, JudgeAction::Undo);
    act(&mut sidecar, &mut session, JudgeAction::Redo);
    let (events, known) = (sidecar.events().unwrap(), sidecar.samples().unwrap());
    let lines = current(&dataset, &events, &known);
    let spelling = dataset.sample(first).unwrap().negatives[1].spelling.clone();
    assert_eq!(lines[0]["tiles"], serde_json::json!({ spelling: "not_relevant" }));
    assert_eq!(lines[0]["added"], serde_json::json!({ outside.as_str(): "relevant" }));
    // Lines that are read again, in a new sidecar, give the same judgement.
    let same = |lines: &[serde_json::Value]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let events = import(&dataset, &text).unwrap().events;
        let mut session = tilejury_audit::AuditSession::new(dataset.clone(), "ann", &events);
        assert_eq!(session.added(first), std::slice::from_ref(&outside));
        assert_eq!(session.judgement(first).unwrap().tiles.len(), 2);
    };
    same(&lines);
    let history = history(&dataset, &events, &known);
    assert_eq!(history[2]["added"], serde_json::json!({ outside.as_str(): null }));
    assert_eq!((&history[2]["field"], &history[2]["tile"]), (&"relevance".into(), &outside.as_str().into()));
    same(&history);
    // An addition that is known is no event.
    let defaults = ImportDefaults { annotator: None, login: "ann", at: now() };
    let again = read(&dataset, lines[0].to_string().as_bytes(), &defaults, present_by_annotator(&events), &[]);
    assert!(again.unwrap().events.is_empty());
}

#[test]
fn refuses_additions_that_are_none() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (outside, gone) = (negative(&dataset, 5, 0), "images/shard_001/shard_00001/gone.png.tiles/chunk_0000_00.png");
    let (positive, own) = (dataset.sample(SampleIndex::new(0)).unwrap().positive.spelling, negative(&dataset, 0, 1));
    let read = |rest: &str| import(&dataset, &format!("{{\"split\": \"train\", \"line\": 1, {rest}}}"));
    let refused = |rest: &str| read(rest).unwrap_err().remove(0).message;
    let added = |tile: &str, value: &str| format!("\"added\": {{\"{tile}\": {value}}}");
    let message = refused(&added(&positive, "\"relevant\""));
    assert_eq!(message, format!("`added`: {positive}: this tile is the row's positive already"));
    let message = refused(&added(own.as_str(), "\"relevant\""));
    assert_eq!(message, format!("`added`: {own}: this tile is negative 2 of the row; mark it as relevant there"));
    assert_eq!(refused(&added(gone, "\"relevant\"")), format!("`added`: {gone} is not a tile of the dataset"));
    assert!(refused(&added(outside.as_str(), "\"great\"")).starts_with(&format!("`added`, {outside}: `great` is not")));
    assert!(refused("\"add\": {}").ends_with("did you mean `added`?"));
    let misplaced = refused(&format!("\"tiles\": {{\"{outside}\": \"relevant\"}}"));
    assert!(misplaced.ends_with("a relevant tile that the row does not name belongs to `added`"), "{misplaced}");
    assert_eq!(refused(&added("", "\"relevant\"")), "`added`: : the path of the tile is empty");
    // A shard that is missing may have the tile.
    let elsewhere = "images/shard_777/shard_00001/1.png.tiles/chunk_0000_00.png";
    assert_eq!(read(&added(elsewhere, "\"relevant\"")).unwrap().events.len(), 1);
    // What was never added can be cleared, and another annotator may judge it otherwise.
    assert_eq!(read(&added(outside.as_str(), "null")).unwrap().events.len(), 0);
    assert_eq!(read(&added(outside.as_str(), "\"not_relevant\"")).unwrap().events.len(), 1);
}

#[test]
fn orphan_keeps_its_added_tile_until_the_row_returns() {
    let dir = tempfile::tempdir().unwrap();
    let dataset = ten_rows(dir.path());
    let (mut sidecar, mut session) = reopen(&dataset, "ann");
    let (first, outside) = (SampleIndex::new(0), negative(&dataset, 5, 0));
    act(&mut sidecar, &mut session, JudgeAction::AddRelevant { sample: first, tile: outside.clone() });
    let text = std::fs::read_to_string(dir.path().join("train.jsonl")).unwrap();
    let rest: String = text.lines().skip(1).map(|line| format!("{line}\n")).collect();
    for name in ["train.jsonl", "train_hn.jsonl"] {
        std::fs::write(dir.path().join(name), &rest).unwrap();
    }
    let smaller = Dataset::open(dir.path()).unwrap();
    let lines = current(&smaller, &sidecar.events().unwrap(), &sidecar.samples().unwrap());
    assert_eq!((&lines[0]["orphan"], &lines[0]["tiles"][outside.as_str()]), (&true.into(), &"relevant".into()));
    for name in ["train.jsonl", "train_hn.jsonl"] {
        std::fs::write(dir.path().join(name), &text).unwrap();
    }
    drop((sidecar, session));
    let dataset = std::sync::Arc::new(Dataset::open(dir.path()).unwrap());
    assert_eq!(reopen(&dataset, "ann").1.added(first), [outside]);
}
