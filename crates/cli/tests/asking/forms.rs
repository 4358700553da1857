//! The forms of requests that servers understand: each part that one refuses or takes no notice of,
//! and models that think before they answer.

use serde_json::{Value, json};
use tilejury_bench::ask::{Asked, SimulatedModel, SimulatedReply};

use super::common::InProcess;

/// A run with one request at a time, so that each learns from the one before.
fn one_at_a_time(rows: u32) -> InProcess {
    let mut run = InProcess::new(rows);
    run.settings.at_a_time = 1;
    run.settings.retries.tries = 6;
    run
}

/// The bodies of all requests.
fn bodies(server: &SimulatedModel) -> Vec<Value> {
    server.exchanges().into_iter().map(|exchange| exchange.asked.body).collect()
}

fn limit(asked: &Asked) -> u64 {
    let body = &asked.body;
    body["max_tokens"].as_u64().or(body["max_completion_tokens"].as_u64()).unwrap_or_default()
}

#[test]
fn the_limit_has_the_name_that_no_server_passes_over() {
    let run = one_at_a_time(1);
    let server = SimulatedModel::start(|asked| SimulatedReply::graded(asked, 1, "")).unwrap();
    run.run(&server.url());
    // Servers that know this name only take no notice of the newer one, and write without an end.
    assert!(bodies(&server).iter().all(|body| body["max_tokens"] == 400 && body["max_completion_tokens"].is_null()));
    let newer = SimulatedModel::start(|asked| match asked.body["max_tokens"].is_null() {
        true => SimulatedReply::graded(asked, 1, ""),
        false => SimulatedReply::error(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
    })
    .unwrap();
    let run = one_at_a_time(1);
    let summary = run.run(&newer.url());
    assert_eq!((summary.answered, summary.calls), (3, 4), "learned once");
    assert!(bodies(&newer)[1..].iter().all(|body| body["max_completion_tokens"] == 400));
    let later = one_at_a_time(1);
    later.store().store_form(&newer.url(), "m", &run.store().known_form(&newer.url(), "m").unwrap().unwrap()).unwrap();
    assert_eq!(later.run(&newer.url()).calls, 3, "and remembered");
}

#[test]
fn a_model_that_thinks_first_is_asked_not_to() {
    let run = one_at_a_time(1);
    let server = SimulatedModel::start(|asked| match asked.body["reasoning_effort"].as_str() {
        Some("none") => SimulatedReply::graded(asked, 2, ""),
        _ => SimulatedReply::completion(asked, "<think>The screenshot shows {", "length"),
    })
    .unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.answered, summary.failed, summary.calls), (3, 0, 4));
    assert!(bodies(&server).iter().all(|body| body["max_tokens"] == 400));
    let tokens: u64 = server.exchanges().iter().map(|exchange| exchange.tokens).sum();
    assert_eq!(summary.tokens, tokens, "its thoughts are counted");
}

#[test]
fn thoughts_that_cannot_be_left_out_get_room() {
    let knows_it = |asked: &Asked| !asked.body["reasoning_effort"].is_null();
    for refuses in [true, false] {
        let run = one_at_a_time(1);
        let server = SimulatedModel::start(move |asked| match limit(asked) {
            _ if refuses && knows_it(asked) => SimulatedReply::error(400, "Unrecognized argument: reasoning_effort"),
            4400 => SimulatedReply::graded(asked, 2, ""),
            _ => SimulatedReply::completion(asked, "", "length"),
        })
        .unwrap();
        let summary = run.run(&server.url());
        assert_eq!((summary.answered, summary.failed, summary.calls), (3, 0, 5), "{refuses}");
    }
    // A model that thinks for longer than that is a failure with its reason.
    let run = one_at_a_time(1);
    let server = SimulatedModel::start(|asked| SimulatedReply::completion(asked, "", "length")).unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.answered, summary.failed, summary.calls), (0, 3, 5));
    assert!(summary.failures[0].contains("thinks before it answers"), "{:?}", summary.failures);
}

#[test]
fn an_answer_that_does_not_end_gets_no_more_room() {
    let run = one_at_a_time(1);
    let server =
        SimulatedModel::start(|asked| SimulatedReply::completion(asked, "{\"evidence\": \"a a a", "length")).unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.failed, summary.calls), (3, 3));
    assert!(bodies(&server).iter().all(|body| body["max_tokens"] == 400 && body["reasoning_effort"].is_null()));
}

#[test]
fn a_part_that_a_model_may_not_be_asked_for_is_left_out() {
    let run = one_at_a_time(1);
    let server = SimulatedModel::start(|asked| match asked.body["logprobs"] == json!(true) {
        true => SimulatedReply::error(403, "You are not allowed to request logprobs from this model"),
        false => SimulatedReply::graded(asked, 1, ""),
    })
    .unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.answered, summary.calls), (3, 4));
    assert!(bodies(&server)[1]["response_format"]["json_schema"].is_object(), "and nothing else");
}
