//! The first stage: scores of texts choose what is asked, and are stored.

use serde_json::{Value, json};
use tilejury_audit::external::ExternalStore;
use tilejury_bench::ask::{Asked, SimulatedModel, SimulatedReply};
use tilejury_testkit::set::tile;

use super::common::{Asking, lines, messages};

/// Texts for all tiles but the last of each row: the positive and the first negative are about
/// salt, the others about pepper.
fn with_texts() -> Asking {
    let asking = Asking::new(2);
    let text = |page: u32, chunk: u32| {
        let words = if chunk < 2 { "salt melts at 801 degrees" } else { "pepper is a fruit" };
        format!("{{\"path\": \"{}\", \"text\": \"{words}\"}}\n", tile(page % 2, 1000 + page, chunk))
    };
    let texts: Vec<String> = (0..2).flat_map(|page| (0..3).map(move |chunk| text(page, chunk))).collect();
    std::fs::write(asking.dir.path().join("t.jsonl"), texts.concat()).unwrap();
    assert!(asking.command(&["import-text", "set", "t.jsonl"]).status().unwrap().success());
    asking
}

/// A model that also scores in one way: texts about salt are near. Under the name `other` it finds
/// that every tile answers.
fn with_scores(path: &'static str) -> SimulatedModel {
    SimulatedModel::start(move |asked: &Asked| {
        if asked.path == "/v1/chat/completions" {
            return SimulatedReply::graded(asked, if asked.body["model"] == "other" { 3 } else { 1 }, "melts");
        }
        if asked.path != path {
            return SimulatedReply::error(404, "no such path");
        }
        let texts = asked.body["documents"].as_array().or(asked.body["input"].as_array()).unwrap();
        let near = |text: &Value| !text.as_str().unwrap().contains("pepper");
        let items: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| match (path, near(text)) {
                ("/v1/embeddings", near) => json!({"index": index, "embedding": [1.0, if near { 0.0 } else { 2.0 }]}),
                (_, near) => json!({"index": index, "relevance_score": if near { 0.9 } else { 0.2 }}),
            })
            .collect();
        let list = if path == "/v1/embeddings" { "data" } else { "results" };
        SimulatedReply::status(200, &json!({list: items, "usage": {"total_tokens": 100 * texts.len()}}))
    })
    .unwrap()
}

#[test]
fn scores_choose_what_is_asked() {
    for (path, way) in [("/v1/rerank", "auto"), ("/v1/embeddings", "embeddings")] {
        let (asking, server) = (with_texts(), with_scores(path));
        let output = asking.ask(&server, &["--yes", "--controls", "0", "--first-stage", way, "--rest", "0"]);
        // Of each row, the near negative and the one without a text.
        assert_eq!(lines(&output)[0]["asked"], json!(4), "{}", messages(&output));
        let text = messages(&output);
        assert!(text.contains("2 negatives near their positive, 2 negatives without a score"), "{text}");
        let scores = ExternalStore::open(&asking.store_file()).unwrap().scores().unwrap();
        let source = format!("m ({})", path.trim_start_matches("/v1/"));
        assert!(scores.len() == 6 && scores.iter().all(|score| score.source == source), "{scores:?}");
        // Scores are asked once: a server without them is only probed.
        let all = asking.ask(&server, &["--controls", "0", "--first-stage", way, "--rest", "1"]);
        assert_eq!((&lines(&all)[0]["asked"], asking.reviews().len()), (&json!(2), 6), "{}", messages(&all));
    }
}

#[test]
fn ceilings_hold_for_scores_and_questions_together() {
    let (asking, server) = (with_texts(), with_scores("/v1/rerank"));
    let run = |more: &[&str]| {
        let first = ["--yes", "--controls", "0", "--first-stage", "rerank", "--rest", "1", "--no-second-stage"];
        asking.ask(&server, &[&first[..], more].concat())
    };
    let scores = || ExternalStore::open(&asking.store_file()).unwrap().scores().unwrap().len();
    // An example, and the texts of the first row.
    let stopped = run(&["--budget-calls", "2"]);
    let text = messages(&stopped);
    assert_eq!((stopped.status.code(), scores(), asking.reviews().len()), (Some(1), 3, 0), "{text}");
    assert!(text.contains("the first stage is not finished: the ceiling of 2 requests is reached"), "{text}");
    assert!(text.contains("400 tokens in 2 requests"), "{text}");
    assert_eq!((&lines(&stopped)[0]["asked"], &lines(&stopped)[0]["tokens"]), (&json!(0), &json!(400)));
    // An example, the other row, and one question.
    let asked = run(&["--budget-calls", "3"]);
    assert_eq!((asked.status.code(), scores(), asking.reviews().len()), (Some(0), 6, 1), "{}", messages(&asked));
    let sent = server.exchanges().len();
    let tokens = run(&["--budget-tokens", "200"]);
    assert!(messages(&tokens).contains("could pass the ceiling of 200 tokens (0 so far)"), "{}", messages(&tokens));
    assert_eq!(server.exchanges().len(), sent, "not even an example");
}

#[test]
fn a_server_without_scores_is_asked_about_all() {
    let (asking, server) = (with_texts(), with_scores("/v1/none"));
    let wanted = asking.ask(&server, &["--yes", "--first-stage", "score"]);
    assert_eq!(wanted.status.code(), Some(2));
    assert!(messages(&wanted).contains("has no /v1/score for m"), "{}", messages(&wanted));
    let any = asking.ask(&server, &["--yes", "--controls", "0", "--first-stage", "auto"]);
    assert_eq!(lines(&any)[0]["asked"], json!(6));
    assert!(messages(&any).contains("no first stage"), "{}", messages(&any));
}

#[test]
fn texts_are_sent_only_where_somebody_agreed() {
    let (asking, server, other) = (with_texts(), with_scores("/v1/none"), with_scores("/v1/rerank"));
    let first = asking.ask(&server, &["--yes", "--controls", "0", "--budget-calls", "1"]);
    assert_eq!(first.status.code(), Some(0), "{}", messages(&first));
    let url = other.url();
    let more = ["--first-stage", "rerank", "--first-endpoint", &url, "--controls", "0"];
    let refused = asking.ask(&server, &more);
    assert_eq!(refused.status.code(), Some(2));
    assert!(messages(&refused).contains(&format!("would be sent to {url}")), "{}", messages(&refused));
    let agreed = asking.ask(&server, &[&more[..], &["--yes"]].concat());
    assert_eq!(agreed.status.code(), Some(0), "{}", messages(&agreed));
}

#[test]
fn stored_scores_do_not_change_the_rows() {
    // Every row is suspicious by another model. Scores make the third more and the first two less.
    let asking = Asking::new(8);
    let text = |page: u32, chunk: u32| {
        let words = if chunk == 0 || page == 2 { "salt melts" } else { "pepper melts" };
        format!("{{\"path\": \"{}\", \"text\": \"{words}\"}}\n", tile(page % 2, 1000 + page, chunk))
    };
    let texts: Vec<String> = (0..8).flat_map(|page| (0..4).map(move |chunk| text(page, chunk))).collect();
    std::fs::write(asking.dir.path().join("t.jsonl"), texts.concat()).unwrap();
    assert!(asking.command(&["import-text", "set", "t.jsonl"]).status().unwrap().success());
    let server = with_scores("/v1/rerank");
    let url = server.url();
    let other = ["ask", "set", "--endpoint", &url, "--model", "other", "--yes", "--controls", "0", "--no-second-stage"];
    assert!(asking.command(&other).status().unwrap().success());
    let run = |more: &[&str]| {
        let args = ["ask", "set", "--endpoint", &url, "--model", "m", "--top", "3", "--yes", "--json"];
        let output = asking.command(&[&args[..], &["--controls", "0"], more].concat()).output().unwrap();
        lines(&output)[0]["asked"].clone()
    };
    let first = ["--first-stage", "auto", "--rest", "1"];
    assert_eq!(run(&[&first[..], &["--budget-calls", "8"]].concat()), json!(4), "and four requests for scores");
    assert_eq!(run(&first), json!(5), "the rest of the same three rows");
    assert_eq!(run(&first), json!(0));
    assert_eq!(asking.reviews().iter().filter(|review| review["source"] == json!("m")).count(), 9);
}

#[test]
fn the_key_of_the_endpoint_goes_to_no_other_server() {
    let (asking, server) = (with_texts(), with_scores("/v1/none"));
    let keys = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = keys.clone();
    let scores = SimulatedModel::start(move |asked: &Asked| {
        seen.lock().unwrap().push(asked.headers.get("authorization").cloned());
        SimulatedReply::error(404, "none")
    })
    .unwrap();
    let (url, first) = (server.url(), scores.url());
    let args = ["ask", "set", "--endpoint", &url, "--model", "m", "--yes", "--first-stage", "auto", "--first-endpoint"];
    let mut command = asking.command(&[&args[..], &[first.as_str()]].concat());
    let output = command.env("TILEJURY_API_KEY", "sk-secret-key").output().unwrap();
    assert!(output.status.success(), "{}", messages(&output));
    let keys = keys.lock().unwrap();
    assert!(!keys.is_empty() && keys.iter().all(Option::is_none), "{keys:?}");
    let header = server.exchanges()[0].asked.headers.get("authorization").cloned();
    assert_eq!(header.as_deref(), Some("Bearer sk-secret-key"));
}

#[test]
fn pictures_are_scored_without_texts() {
    let asking = Asking::new(2);
    let requests = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = requests.clone();
    let server = SimulatedModel::start(move |asked: &Asked| {
        if asked.path == "/v1/chat/completions" {
            return SimulatedReply::graded(asked, 1, "");
        }
        let Some(documents) = asked.body["documents"].as_array().filter(|_| asked.path == "/v1/score") else {
            return SimulatedReply::error(404, "no such path");
        };
        seen.lock().unwrap().push((asked.body["queries"].clone(), documents.clone()));
        // The positive and the first negative are near.
        let score = |at: usize| json!({"index": at, "object": "score", "score": if at < 2 { 0.9 } else { 0.2 }});
        let items: Vec<Value> = (0..documents.len()).rev().map(score).collect();
        SimulatedReply::status(200, &json!({"data": items}))
    })
    .unwrap();
    let more = ["--controls", "0", "--first-stage", "auto", "--first-pictures", "--rest", "0"];
    let output = asking.ask(&server, &[&more[..], &["--yes"]].concat());
    assert_eq!(lines(&output)[0]["asked"], json!(2), "{}", messages(&output));
    let text = messages(&output);
    assert!(text.contains("m (picture score): 2 negatives near their positive, 0 negatives without a score"), "{text}");
    {
        let requests = requests.lock().unwrap();
        let numbers: Vec<usize> = requests.iter().map(|(_, documents)| documents.len()).collect();
        assert_eq!(numbers, [1, 4, 4], "an example, and the tiles of each row");
        for (_, documents) in requests.iter() {
            let url = |document: &Value| document["content"][0]["image_url"]["url"].as_str().unwrap().to_owned();
            assert!(documents.iter().all(|document| url(document).starts_with("data:image/png;base64,")));
        }
        assert_eq!(requests[1].0, json!("What is shown on page 0?"));
    }
    asking.ask(&server, &more);
    assert_eq!(requests.lock().unwrap().len(), 4, "scores are asked for once: the fourth is an example");
    let without = with_scores("/v1/embeddings");
    let none = asking.ask(&without, &[&more[..], &["--yes"]].concat());
    let expected = "none of /v1/rerank and /v1/score that takes pictures: no first stage";
    assert!(messages(&none).contains(expected), "{}", messages(&none));
}
