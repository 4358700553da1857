//! Requests whose reply never came: they stay on record and are counted, since a server may have
//! counted them, too.

use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use serde_json::json;
use tilejury_reviewer::{EndpointAnswer, EndpointFault, ModelServer};

use super::common::{InProcess, Quiet};

/// A server that does what a function decides by the number of a request, and keeps their ids.
struct Scripted<F>(F, Mutex<Vec<String>>);

impl<F: Fn(usize) -> Result<(), EndpointFault> + Sync> Scripted<F> {
    fn new(decide: F) -> Self {
        Self(decide, Mutex::default())
    }

    fn ids(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }
}

impl<F: Fn(usize) -> Result<(), EndpointFault> + Sync> ModelServer for Scripted<F> {
    fn address(&self) -> &str {
        "http://host"
    }

    fn get(&self, _: &str, _: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
        Err(EndpointFault::Timeout)
    }

    fn post(&self, _: &str, _: Vec<u8>, id: Option<&str>, _: &AtomicBool) -> Result<EndpointAnswer, EndpointFault> {
        let mut ids = self.1.lock().unwrap();
        ids.push(id.unwrap().to_owned());
        (self.0)(ids.len() - 1)?;
        let content = json!({"evidence": "", "grade": 1}).to_string();
        let body = json!({"choices": [{"message": {"content": content}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 20}});
        Ok(EndpointAnswer { status: 200, wait: None, body: body.to_string().into_bytes() })
    }
}

fn gone() -> EndpointFault {
    EndpointFault::Unreachable("refused".to_owned())
}

/// A run with one request at a time and three tries.
fn run() -> InProcess {
    let mut run = InProcess::new(1);
    run.settings.at_a_time = 1;
    run.settings.retries.tries = 3;
    run.settings.faults_alike = 100;
    run
}

#[test]
fn a_request_is_open_also_if_the_server_is_gone_after_it() {
    let run = run();
    let ends = Scripted::new(|number| match number {
        0 => Err(EndpointFault::Timeout),
        _ => Err(gone()),
    });
    let first = run.run_on(&ends, &Quiet);
    assert_eq!((first.failed, first.unanswered, first.repeated), (3, 1, 0), "only the first was received");
    // A server that is gone receives nothing, so that this changes nothing.
    let away = run.run_on(&Scripted::new(|_| Err(gone())), &Quiet);
    assert_eq!((away.unanswered_before, away.unanswered, away.repeated), (1, 1, 0));
    let back = Scripted::new(|_| Ok(()));
    let last = run.run_on(&back, &Quiet);
    assert_eq!((last.answered, last.unanswered_before, last.unanswered, last.repeated), (3, 1, 0, 1));
    assert!(back.ids().contains(&ends.ids()[0]), "asked again under the same id: {:?} {:?}", ends.ids(), back.ids());
}

#[test]
fn requests_that_are_sent_again_without_a_reply_are_counted() {
    let run = run();
    // Each second one comes to nothing: in time, by its connection, or at a server that is gone.
    let faults = [EndpointFault::Timeout, EndpointFault::Connection("reset".to_owned()), gone()];
    let server = Scripted::new(|number| match number % 2 {
        0 => Err(faults[number / 2 % 3].clone()),
        _ => Ok(()),
    });
    let summary = run.run_on(&server, &Quiet);
    assert_eq!((summary.answered, summary.calls, summary.unanswered), (3, 6, 0));
    assert_eq!(summary.repeated, 2, "a server that is gone receives nothing");
}
