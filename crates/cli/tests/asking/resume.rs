//! Runs that end early: what is on its way is waited for, only a kill can lose it, and then it is
//! reported.

use std::collections::HashMap;
use std::process::{Child, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tilejury_bench::ask::{SimulatedModel, SimulatedReply};

use super::common::{Asking, lines, messages};

/// How often each question was paid: the server counted tokens, whether its reply arrived or not.
fn payments(server: &SimulatedModel) -> HashMap<String, usize> {
    let mut paid = HashMap::new();
    for exchange in server.exchanges().iter().filter(|exchange| exchange.tokens > 0) {
        *paid.entry(exchange.asked.picture().to_owned()).or_default() += 1;
    }
    paid
}

fn paid_twice(server: &SimulatedModel) -> usize {
    payments(server).values().map(|times| times - 1).sum()
}

fn begin(asking: &Asking, server: &SimulatedModel, more: &[&str]) -> Child {
    let url = server.url();
    let all = ["ask", "set", "--endpoint", &url, "--model", "m", "--filter", "split:train", "--yes", "--json"];
    let mut command = asking.command(&[&all[..], &["--controls", "0"], more].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_for(server: &SimulatedModel, replies: usize) {
    let until = Instant::now() + Duration::from_secs(60);
    while server.exchanges().len() < replies && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = std::process::Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Kills a run twice in its middle; returns the output of the run that ends it.
fn killed_twice(asking: &Asking, server: &SimulatedModel) -> Output {
    for round in 1..=2 {
        let mut child = begin(asking, server, &["--at-a-time", "4"]);
        wait_for(server, 10 * round);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let stored = asking.reviews().len();
    assert!((12..36).contains(&stored), "{stored}");
    let last = asking.ask(server, &["--at-a-time", "4", "--controls", "0"]);
    assert_eq!(lines(&last)[0]["answered"], json!(36 - stored), "{}", messages(&last));
    assert_eq!((asking.reviews().len(), payments(server).len()), (36, 36));
    assert_eq!(lines(&last)[0]["unanswered"], json!(0), "all of them have an answer now");
    last
}

#[test]
fn a_killed_run_says_what_may_have_been_paid() {
    let asking = Asking::new(12);
    let server =
        SimulatedModel::start(|asked| SimulatedReply::graded(asked, 2, "").after(Duration::from_millis(100))).unwrap();
    let last = killed_twice(&asking, &server);
    let twice = paid_twice(&server);
    assert!(twice <= 8, "only what was on its way: {twice}");
    let text = messages(&last);
    let said =
        text.split(" request").next().and_then(|before| before.rsplit(['\n', ' ']).next()?.parse::<usize>().ok());
    let said = said.unwrap_or_else(|| panic!("{text}"));
    assert!((1..=8).contains(&said) && text.contains("may have been paid without an answer"), "{text}");
    let repeated = &lines(&last)[0]["repeated"];
    assert_eq!(*repeated, json!(said), "all of them were asked again");
    assert!(text.contains(&format!("{said} request")) && text.contains("may have been paid twice"), "{text}");
}

#[test]
fn every_reply_before_a_kill_is_stored() {
    const ANSWERED: usize = 10;
    let asking = Asking::new(12);
    let number = Arc::new(AtomicUsize::new(0));
    let (count, hangs) = (number.clone(), Arc::new(AtomicBool::new(true)));
    let still_hangs = hangs.clone();
    let server = SimulatedModel::start(move |asked| {
        if asked.path == "/v1/models" {
            return SimulatedReply::error(404, "none");
        }
        match count.fetch_add(1, Ordering::Relaxed) {
            ANSWERED.. if still_hangs.load(Ordering::Relaxed) => SimulatedReply::silence(),
            _ => SimulatedReply::graded(asked, 2, ""),
        }
    })
    .unwrap();
    let mut child = begin(&asking, &server, &["--at-a-time", "4"]);
    // No further reply comes that the last ones could be stored with.
    let until = Instant::now() + Duration::from_secs(60);
    while number.load(Ordering::Relaxed) < ANSWERED + 4 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    while asking.reviews().len() < ANSWERED && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(asking.reviews().len(), ANSWERED, "those that came, all of them");
    hangs.store(false, Ordering::Relaxed);
    let last = asking.ask(&server, &["--at-a-time", "4", "--controls", "0"]);
    let counts = &lines(&last)[0];
    assert_eq!((&counts["answered"], &counts["asked"]), (&json!(36 - ANSWERED), &json!(36 - ANSWERED)), "{counts}");
    assert_eq!((payments(&server).len(), paid_twice(&server)), (36, 0), "no stored reply is asked for again");
    assert!(messages(&last).contains("4 requests of an earlier run may have been paid"), "{}", messages(&last));
}

#[test]
fn a_server_that_knows_ids_is_paid_once() {
    let asking = Asking::new(12);
    let server =
        SimulatedModel::with_ids(|asked| SimulatedReply::graded(asked, 2, "").after(Duration::from_millis(100)))
            .unwrap();
    killed_twice(&asking, &server);
    assert!(server.exchanges().iter().any(|exchange| exchange.is_repeated), "what was on its way has the same id");
    assert_eq!(paid_twice(&server), 0);
}

#[test]
fn a_failed_question_has_another_id_when_it_is_asked_again() {
    let asking = Asking::new(1);
    let server = SimulatedModel::with_ids(|asked| match asked.number {
        0..3 => SimulatedReply::refusal(asked),
        _ => SimulatedReply::graded(asked, 1, ""),
    })
    .unwrap();
    let first = asking.ask(&server, &["--yes", "--controls", "0"]);
    assert_eq!(lines(&first)[0]["failed"], json!(3));
    let again = asking.ask(&server, &["--yes", "--controls", "0"]);
    assert_eq!(lines(&again)[0]["answered"], json!(3), "no refusal is repeated: {}", messages(&again));
}

#[test]
fn an_ended_run_waits_for_what_is_paid() {
    // Longer than any wait that is not meant for answers.
    let slow = Duration::from_secs(7);
    for name in ["-INT", "-TERM", "-HUP"] {
        let asking = Asking::new(4);
        let server = SimulatedModel::start(move |asked| {
            let after = if (4..8).contains(&asked.number) { slow } else { Duration::from_millis(20) };
            SimulatedReply::graded(asked, 2, "").after(after)
        })
        .unwrap();
        let child = begin(&asking, &server, &["--at-a-time", "4"]);
        wait_for(&server, 4);
        std::thread::sleep(Duration::from_millis(500));
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(messages(&output).contains("waiting for the answers on their way"), "{}", messages(&output));
        let counts = &lines(&output)[0];
        assert_eq!(counts["answered"], json!(server.exchanges().len()), "{name}: {counts}");
        assert_eq!(counts["unanswered"], json!(0));
        assert!(server.exchanges().len() > 4, "some were on their way");
        let later = asking.ask(&server, &["--controls", "0", "--at-a-time", "16"]);
        assert_eq!(lines(&later)[0]["repeated"], json!(0));
        assert!(!messages(&later).contains("paid twice"), "{}", messages(&later));
        assert_eq!((payments(&server).len(), paid_twice(&server)), (12, 0), "{name}");
    }
}

#[test]
fn a_second_signal_gives_answers_up() {
    let asking = Asking::new(2);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let server = SimulatedModel::start(move |request| {
        count.fetch_add(usize::from(request.path == "/v1/chat/completions"), Ordering::Relaxed);
        if request.path == "/v1/models" { SimulatedReply::error(404, "none") } else { SimulatedReply::silence() }
    })
    .unwrap();
    let child = begin(&asking, &server, &["--at-a-time", "2"]);
    let until = Instant::now() + Duration::from_secs(60);
    while asked.load(Ordering::Relaxed) < 2 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(lines(&output)[0]["unanswered"], json!(2), "{}", messages(&output));
    assert!(messages(&output).contains("2 requests may have been paid without an answer"), "{}", messages(&output));
}
