//! The order of what is stored and what is sent, as the server sees it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tilejury_audit::external::ExternalStore;
use tilejury_bench::ask::{SimulatedModel, SimulatedReply};

use super::common::InProcess;

#[test]
fn an_answer_is_stored_before_the_next_question() {
    for at_a_time in [1, 3] {
        let mut run = InProcess::new(8);
        run.settings.at_a_time = at_a_time;
        let (file, stored) = (run.asking.store_file(), Arc::new(Mutex::new(Vec::new())));
        let seen = stored.clone();
        let server = SimulatedModel::start(move |asked| {
            let store = ExternalStore::open_for_reading(&file).unwrap().unwrap();
            let answers = store.answer_keys().unwrap().len();
            seen.lock().unwrap().push((asked.number, answers));
            SimulatedReply::graded(asked, 2, "")
        })
        .unwrap();
        assert_eq!(run.run(&server.url()).answered, 24);
        let stored = stored.lock().unwrap();
        assert_eq!(stored.len(), 24);
        // Of the questions before, only those may lack a stored answer that were on their way.
        let lacking = stored.iter().filter(|(number, answers)| answers + at_a_time <= *number);
        assert_eq!(lacking.collect::<Vec<_>>(), Vec::<&(usize, usize)>::new(), "{at_a_time} at a time");
    }
}

#[test]
fn every_request_is_on_record_before_it_leaves() {
    let run = InProcess::new(4);
    let (file, unknown) = (run.asking.store_file(), Arc::new(Mutex::new(Vec::new())));
    let (address, missing) = (Arc::new(Mutex::new(String::new())), unknown.clone());
    let own = address.clone();
    let server = SimulatedModel::start(move |asked| {
        let store = ExternalStore::open_for_reading(&file).unwrap().unwrap();
        let open = store.unanswered_requests(&own.lock().unwrap()).unwrap();
        let id = asked.headers.get("idempotency-key").cloned().unwrap_or_default();
        if !open.values().any(|known| *known == id) {
            missing.lock().unwrap().push(id);
        }
        SimulatedReply::graded(asked, 2, "")
    })
    .unwrap();
    *address.lock().unwrap() = server.url();
    assert_eq!(run.run(&server.url()).answered, 12);
    assert_eq!(*unknown.lock().unwrap(), Vec::<String>::new());
    assert!(run.store().unanswered_requests(&server.url()).unwrap().is_empty());
}

#[test]
fn a_wish_to_wait_holds_every_request() {
    let mut run = InProcess::new(3);
    run.settings.at_a_time = 1;
    let times = Arc::new(Mutex::new(Vec::new()));
    let seen = times.clone();
    let server = SimulatedModel::start(move |asked| {
        seen.lock().unwrap().push(Instant::now());
        match asked.number {
            0 => SimulatedReply::error(429, "slow down").with_header("Retry-After: 1"),
            _ => SimulatedReply::graded(asked, 1, ""),
        }
    })
    .unwrap();
    assert_eq!(run.run(&server.url()).answered, 9);
    let times = times.lock().unwrap();
    // The other questions, which the server asked nothing of, wait as well.
    let early = times[1..].iter().filter(|at| at.duration_since(times[0]) < Duration::from_millis(990));
    assert_eq!((times.len(), early.count()), (10, 0));
}
