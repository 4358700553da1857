//! Inputs that cannot work: each gets one clear sentence and its exit code.

use std::process::Output;

use serde_json::{Value, json};
use tilejury_bench::ask::{SimulatedModel, SimulatedReply};

use super::common::{Asking, gives, lines, messages};

/// Asks about the set, and returns the exit code with the last message.
fn ask(asking: &Asking, url: &str, more: &[&str]) -> (Option<i32>, String, Output) {
    let all = ["ask", "set", "--endpoint", url, "--model", "m", "--yes", "--json"];
    let output = asking.command(&[&all, more].concat()).output().unwrap();
    let text = messages(&output);
    let last = text.lines().rfind(|line| !line.is_empty()).unwrap_or_default().to_owned();
    (output.status.code(), last, output)
}

#[test]
fn an_address_that_cannot_work_is_named() {
    let (asking, server) = (Asking::new(8), gives(1));
    let bare = server.url().trim_start_matches("http://").to_owned();
    let neither = "tilejury: not an address: neither http:// nor https://; expected http://HOST:PORT or https://HOST";
    for url in [bare.as_str(), "gpu", "", "ftp://gpu"] {
        let (code, said, _) = ask(&asking, url, &[]);
        assert_eq!((code, said.as_str()), (Some(2), neither), "{url}");
    }
    let (code, said, _) = ask(&asking, "http://127.0.0.1:1", &[]);
    assert!(code == Some(2) && said.starts_with("tilejury: http://127.0.0.1:1: no connection: "), "{said}");
    // With or without what people copy along, it is the same server.
    for end in ["", "/", "/v1", "/v1/chat/completions"] {
        assert_eq!(ask(&asking, &format!("{}{end}", server.url()), &["--top", "1"]).0, Some(0), "{end}");
    }
    // A path that the server does not have.
    let server = SimulatedModel::start(|asked| match asked.path.as_str() {
        "/v1/chat/completions" => SimulatedReply::graded(asked, 1, ""),
        _ => SimulatedReply::status(404, &json!({"detail": "Not Found"})),
    })
    .unwrap();
    let (code, said, _) = ask(&asking, &format!("{}/wrong", server.url()), &[]);
    assert_eq!(code, Some(2));
    let why = "5 times in a row: status 404: Not Found; the address may be wrong: it ends before /v1;";
    assert!(said.contains(why), "{said}");
}

#[test]
fn a_model_that_the_server_lacks_is_named() {
    let asking = Asking::new(1);
    let models = json!({"data": [{"id": "qwen"}, {"id": "gemma"}]});
    let server = SimulatedModel::start(move |_| SimulatedReply::status(200, &models)).unwrap();
    let (code, said, _) = ask(&asking, &server.url(), &[]);
    assert_eq!((code, said), (Some(2), format!("tilejury: {} has no model m; it has qwen and gemma", server.url())));
    assert!(server.exchanges().is_empty(), "nothing was asked");
}

#[test]
fn a_choice_without_rows_says_so() {
    let (asking, server) = (Asking::new(3), gives(1));
    for (choice, expected) in [
        (["--top", "0"], "there is nothing to ask: --top 0 takes no row"),
        (["--random", "0"], "there is nothing to ask: --random 0 draws no row"),
        (["--filter", "zebra"], "there is nothing to ask: no row is found by --filter \"zebra\""),
        (["--filter", "review:x"], "--filter is wrong at character 8 (“x”)"),
    ] {
        let (code, said, _) = ask(&asking, &server.url(), &choice);
        assert!(code == Some(2) && said.starts_with(&format!("tilejury: {expected}")), "{said}");
    }
    assert!(server.exchanges().is_empty() && !asking.store_file().exists());
    let (code, _, output) = ask(&asking, &server.url(), &["--random", "1000", "--controls", "0"]);
    assert_eq!((code, &lines(&output)[0]["asked"]), (Some(0), &json!(9)), "all that there are");
    assert!(messages(&output).contains("9 questions about 3 rows"), "{}", messages(&output));
}

#[test]
fn a_ceiling_that_allows_nothing_is_refused() {
    let (asking, server) = (Asking::new(2), gives(1));
    let price = ["--price", "1,1"];
    for wrong in [
        &["--budget-tokens", "0"][..],
        &["--budget-calls", "0"],
        &["--budget-cost", "0", price[0], price[1]],
        &["--budget-cost", "nan", price[0], price[1]],
        &["--budget-cost", "inf", price[0], price[1]],
        &["--budget-cost", "1"],
        &["--first-endpoint", "http://127.0.0.1:1"],
    ] {
        let (code, _, output) = ask(&asking, &server.url(), wrong);
        let text = messages(&output);
        assert!(code == Some(2) && text.starts_with("error: ") && text.contains(wrong[0]), "{wrong:?}: {text}");
    }
    assert!(server.exchanges().is_empty());
    // One that is too small for a first request says how much that may take.
    let (code, said, output) = ask(&asking, &server.url(), &["--budget-tokens", "100"]);
    let why = "the next request may take 2,400 tokens and could pass the ceiling of 100 tokens (0 so far)";
    assert!(said.contains(why), "{said}");
    assert_eq!((code, &lines(&output)[0]["asked"]), (Some(1), &json!(0)), "too low for a single one");
    assert!(server.exchanges().is_empty());
}

#[test]
fn a_ceiling_that_was_chosen_is_no_failure() {
    let (asking, server) = (Asking::new(2), gives(1));
    let (code, said, output) = ask(&asking, &server.url(), &["--controls", "0", "--budget-calls", "4"]);
    assert!(said.contains("the ceiling of 4 requests is reached"), "{said}");
    assert_eq!((code, &lines(&output)[0]["answered"]), (Some(0), &json!(4)));
    let (code, _, output) = ask(&asking, &server.url(), &["--controls", "0", "--budget-calls", "2"]);
    assert_eq!((code, &lines(&output)[0]["answered"]), (Some(0), &json!(2)), "the ceiling was enough");
}

#[test]
fn a_server_that_goes_away_ends_the_run() {
    let asking = Asking::new(8);
    // Nothing listens there any more; the first answers are stored.
    let server = gives(2);
    let url = server.url();
    let (code, _, _) = ask(&asking, &url, &["--controls", "0", "--budget-calls", "3", "--no-second-stage"]);
    assert_eq!((code, asking.reviews().len()), (Some(0), 3));
    drop(server);
    let (code, said, _) = ask(&asking, &url, &["--controls", "0"]);
    assert!(code == Some(2) && said.starts_with(&format!("tilejury: {url}: no connection")), "{said}");
    assert_eq!(asking.reviews().len(), 3);
    // A server that refuses everything from some time on.
    let server = SimulatedModel::start(|asked| match asked.number {
        0..4 => SimulatedReply::graded(asked, 2, ""),
        _ => SimulatedReply::error(400, "worn out"),
    })
    .unwrap();
    let (code, said, output) = ask(&asking, &server.url(), &["--controls", "0", "--at-a-time", "1"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("stopped, 5 times in a row: status 400: worn out; the answers so far are stored"), "{said}");
    let counts: &Value = &lines(&output)[0];
    assert_eq!((&counts["answered"], asking.reviews().len()), (&json!(4), 7), "{counts}");
}

#[test]
fn controls_are_a_tenth_unless_chosen_otherwise() {
    let (asking, server) = (Asking::new(20), gives(1));
    for (more, expected) in [
        (&[][..], "66 questions about 20 rows, 6 of them controls"),
        (&["--controls", "0.5"], "90 questions about 20 rows, 30 of them controls"),
    ] {
        let (_, _, output) = ask(&asking, &server.url(), &[&["--no-second-stage"], more].concat());
        assert!(messages(&output).contains(expected), "{}", messages(&output));
    }
}
