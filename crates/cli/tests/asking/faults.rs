//! Faults of a server: none becomes an answer, none is paid twice, and none ends a run that could
//! go on.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tilejury_bench::ask::{Asked, SimulatedModel, SimulatedReply};
use tilejury_reviewer::{AskEnd, AskObserver, AskProgress, AskSummary, Budget, Estimate, Prices};

use super::common::{InProcess, faulty, gives};

/// A fault of a server in place of a reply.
type Fault = fn(&Asked) -> SimulatedReply;

/// Each question with the number of whole replies that were sent for it.
fn paid(server: &SimulatedModel) -> HashMap<(String, String), usize> {
    let mut paid = HashMap::new();
    for exchange in server.exchanges().iter().filter(|exchange| exchange.tokens > 0 && exchange.is_sent) {
        let asked = &exchange.asked;
        *paid.entry((asked.query().to_owned(), asked.picture().to_owned())).or_default() += 1;
    }
    paid
}

fn counts(summary: &AskSummary) -> (usize, usize, usize) {
    (summary.asked, summary.answered, summary.failed)
}

#[test]
fn passing_faults_cost_nothing_and_lose_nothing() {
    let faults: [(&str, Fault); 6] = [
        ("429", |_| SimulatedReply::error(429, "slow down").with_header("Retry-After: 0")),
        ("503", |_| SimulatedReply::error(503, "Loading model")),
        ("500", |_| SimulatedReply::status(500, &Value::Null)),
        ("cut", |asked| SimulatedReply::graded(asked, 3, "salt").cut()),
        ("page", |_| SimulatedReply { body: "<html>".into(), ..SimulatedReply::status(200, &Value::Null) }),
        ("error", |_| SimulatedReply { status: 200, ..SimulatedReply::error(500, "out of memory") }),
    ];
    for (name, fault) in faults {
        let run = InProcess::new(4);
        let server = faulty(2, fault);
        let summary = run.run(&server.url());
        assert_eq!((counts(&summary), &summary.end), ((12, 12, 0), &AskEnd::Finished), "{name}");
        assert_eq!(summary.calls, 36, "{name}");
        let paid = paid(&server);
        assert!(paid.len() == 12 && paid.values().all(|times| *times == 1), "{name}: {paid:?}");
        let tokens: u64 = server.exchanges().iter().map(|exchange| exchange.tokens).sum();
        assert_eq!(summary.tokens, tokens, "{name}");
        let reviews = run.store().model_reviews().unwrap();
        assert!(reviews.len() == 12 && reviews.iter().all(|review| review.grade == 2), "{name}");
    }
}

#[test]
fn a_server_that_hangs_is_asked_again() {
    let mut run = InProcess::new(2);
    run.timeout = Duration::from_millis(300);
    let server = faulty(1, |_| SimulatedReply::silence());
    let summary = run.run(&server.url());
    assert_eq!((counts(&summary), summary.calls), ((6, 6, 0), 12));
}

#[test]
fn unusable_answers_are_rows_of_their_own() {
    let faults: [(&str, Fault); 5] = [
        ("cut at its largest length", |asked| SimulatedReply::completion(asked, "{\"evidence\": \"a", "length")),
        ("refused", SimulatedReply::refusal),
        ("is empty", |asked| SimulatedReply::completion(asked, " ", "stop")),
        ("another form", |asked| SimulatedReply::completion(asked, "{\"evidence\": \"\", \"grade\": 7}", "stop")),
        ("not JSON", |asked| SimulatedReply::completion(asked, "I would say 3.", "stop")),
    ];
    for (words, fault) in faults {
        let mut run = InProcess::new(1);
        run.settings.at_a_time = 1;
        let server = SimulatedModel::start(move |asked| {
            if asked.number == 0 { SimulatedReply::graded(asked, 3, "salt") } else { fault(asked) }
        })
        .unwrap();
        let summary = run.run(&server.url());
        assert_eq!(counts(&summary), (3, 1, 2), "{words}");
        assert!(summary.failures.iter().any(|failure| failure.contains(words)), "{words}: {:?}", summary.failures);
        assert_eq!((run.store().failure_count().unwrap(), run.store().model_reviews().unwrap().len()), (2, 1));
        let good = gives(1);
        let later = run.run(&good.url());
        assert_eq!((counts(&later), later.known), ((2, 2, 0), 1), "only what has no answer is asked again");
    }
}

#[test]
fn faults_alike_in_a_row_end_the_run() {
    let run = InProcess::new(10);
    let server = SimulatedModel::start(|_| SimulatedReply::error(403, "no such key")).unwrap();
    let summary = run.run(&server.url());
    assert!(matches!(&summary.end, AskEnd::Faults(why) if why.contains("5 times") && why.contains("no such key")));
    assert!(summary.calls < 15, "{}", summary.calls);
    let run = InProcess::new(10);
    let summary = run.run("http://127.0.0.1:1");
    assert!(matches!(&summary.end, AskEnd::Faults(why) if why.contains("no connection")), "{:?}", summary.end);
    // An answer in between begins a new count.
    let mut run = InProcess::new(10);
    run.settings.at_a_time = 1;
    let server = SimulatedModel::start(|asked| {
        if asked.number % 4 == 3 { SimulatedReply::graded(asked, 1, "") } else { SimulatedReply::error(404, "no") }
    })
    .unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.asked, &summary.end), (30, &AskEnd::Finished));
    // Faults of two kinds in turn are not alike.
    let mut run = InProcess::new(10);
    run.settings.at_a_time = 1;
    let server = SimulatedModel::start(|asked| match asked.number % 2 {
        0 => SimulatedReply::error(404, "no"),
        _ => SimulatedReply::refusal(asked),
    })
    .unwrap();
    let summary = run.run(&server.url());
    assert_eq!((summary.failed, &summary.end), (30, &AskEnd::Finished));
}

#[test]
fn redirects_are_not_followed() {
    let elsewhere = gives(3);
    let to = elsewhere.url();
    let run = InProcess::new(3);
    let server = SimulatedModel::start(move |_| {
        SimulatedReply::status(307, &Value::Null).with_header(&format!("Location: {to}/v1/chat/completions"))
    })
    .unwrap();
    let summary = run.run(&server.url());
    assert!(
        matches!(&summary.end, AskEnd::Faults(why) if why.contains("status 307, a redirect, which is not followed")),
        "{:?}",
        summary.end
    );
    assert!(elsewhere.exchanges().is_empty());
}

#[test]
fn waits_that_a_server_asks_for_are_kept() {
    let run = InProcess::new(2);
    let server = SimulatedModel::start(|asked| match asked.number {
        0 => SimulatedReply::error(429, "slow down").with_header("Retry-After: 1"),
        _ => SimulatedReply::graded(asked, 1, ""),
    })
    .unwrap();
    let begun = Instant::now();
    assert_eq!(counts(&run.run(&server.url())), (6, 6, 0));
    assert!(begun.elapsed() >= Duration::from_millis(950), "{:?}", begun.elapsed());
    let run = InProcess::new(2);
    let server =
        SimulatedModel::start(|_| SimulatedReply::error(429, "quota").with_header("Retry-After: 90000")).unwrap();
    let summary = run.run(&server.url());
    assert!(matches!(&summary.end, AskEnd::Faults(why) if why.contains("long wait")), "{:?}", summary.end);
}

#[test]
fn the_form_that_works_is_learned_and_kept() {
    let refuses = || {
        SimulatedModel::start(|asked| match asked {
            asked if !asked.body["logprobs"].is_null() => SimulatedReply::error(400, "logprobs is not supported"),
            asked if asked.format() == "json_schema" => SimulatedReply::error(400, "unknown response_format"),
            asked if asked.format() == "json_object" => SimulatedReply::completion(asked, "It is a 2.", "stop"),
            asked => SimulatedReply::completion(asked, "```json\n{\"evidence\": \"\", \"grade\": 2}\n```", "stop"),
        })
        .unwrap()
    };
    let mut run = InProcess::new(4);
    run.settings.at_a_time = 1;
    let server = refuses();
    let summary = run.run(&server.url());
    assert_eq!((counts(&summary), summary.calls), ((12, 12, 0), 15));
    let formats: Vec<String> = server.exchanges().iter().map(|exchange| exchange.asked.format().to_owned()).collect();
    assert_eq!(formats[..4], ["json_schema", "json_schema", "json_object", ""]);
    let words = run.store().known_form(&server.url(), "m").unwrap().unwrap();
    assert!(words.starts_with("words sampling"), "{words}");
}

#[test]
fn equal_questions_are_asked_once() {
    let mut run = InProcess::new(2);
    let doubled = run.plan.questions.clone();
    for mut planned in doubled {
        planned.question.source = "other name".to_owned();
        run.plan.questions.push(planned);
    }
    let server =
        SimulatedModel::start(|asked| SimulatedReply::graded(asked, 2, "").after(Duration::from_millis(50))).unwrap();
    run.settings.at_a_time = 12;
    let summary = run.run(&server.url());
    assert_eq!((counts(&summary), summary.known), ((6, 6, 0), 6));
    assert_eq!(run.store().model_reviews().unwrap().len(), 12);
    assert_eq!(run.run(&server.url()).calls, 0);
}

#[test]
fn ceilings_are_not_passed() {
    let server = gives(2);
    let one = InProcess::new(1).run(&server.url()).tokens / 3;
    for (budget, most) in [
        (Budget { calls: Some(7), ..Budget::default() }, 7),
        (Budget { tokens: Some(8 * one + one / 2), ..Budget::default() }, 8),
        (
            Budget { cost: Some(0.01), prices: Prices { prompt: 1.0, completion: 1.0 }, ..Budget::default() },
            10_000 / one,
        ),
    ] {
        let mut run = InProcess::new(20);
        run.settings.budget = budget;
        let summary = run.run(&server.url());
        assert!(matches!(summary.end, AskEnd::Budget(_)), "{budget:?}");
        assert!((most - 1..=most).contains(&summary.calls), "{budget:?}: {summary:?}");
        assert_eq!(summary.answered as u64, summary.calls, "{budget:?}: answers on their way are waited for");
        assert_eq!(run.store().model_reviews().unwrap().len(), summary.answered);
    }
}

/// Ends the run after some answers.
struct StopsAt<'c>(&'c tilejury_reviewer::AskControl, usize, AtomicUsize);

impl AskObserver for StopsAt<'_> {
    fn progress(&self, progress: AskProgress) {
        if progress.done >= self.1 {
            self.0.stop();
        }
    }

    fn estimate(&self, estimate: &Estimate) {
        self.2.store(estimate.questions, Ordering::Relaxed);
    }
}

#[test]
fn a_stopped_run_keeps_what_was_answered() {
    let run = InProcess::new(30);
    let server =
        SimulatedModel::start(|asked| SimulatedReply::graded(asked, 2, "").after(Duration::from_millis(30))).unwrap();
    let observer = StopsAt(&run.control, 25, AtomicUsize::new(0));
    let begun = Instant::now();
    let summary = run.run_with(&server.url(), &observer);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(summary.end, AskEnd::Stopped);
    assert!(summary.answered >= 25 && summary.answered < 90, "{summary:?}");
    assert_eq!(run.store().model_reviews().unwrap().len(), summary.answered);
    let estimated = observer.2.load(Ordering::Relaxed);
    assert!((60..=70).contains(&estimated), "after twenty answers: {estimated}");
    // Answers on their way were waited for, so that none was paid in vain.
    assert_eq!(paid(&server).len(), summary.answered);
    let again = InProcess { control: tilejury_reviewer::AskControl::default(), ..run };
    let later = again.run(&server.url());
    assert_eq!((later.known, later.answered), (summary.answered, 90 - summary.answered));
    assert!(paid(&server).values().all(|times| *times == 1));
}

#[test]
fn a_server_that_hangs_does_not_hold_a_stopped_run() {
    let mut run = InProcess::new(3);
    run.settings.last_answers = Duration::from_millis(100);
    let server = SimulatedModel::start(|_| SimulatedReply::silence()).unwrap();
    let begun = Instant::now();
    let summary = std::thread::scope(|scope| {
        let running = scope.spawn(|| run.run(&server.url()));
        std::thread::sleep(Duration::from_millis(200));
        run.control.stop();
        running.join().unwrap()
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!((summary.end, summary.answered), (AskEnd::Stopped, 0));
}

#[test]
fn probabilities_become_exact_grades() {
    let run = InProcess::new(1);
    let server =
        SimulatedModel::start(|asked| SimulatedReply::graded_softly(asked, [0.1, 0.2, 0.6, 0.1], "salt")).unwrap();
    run.run(&server.url());
    for review in run.store().model_reviews().unwrap() {
        assert_eq!(review.grade, 2);
        assert!((review.soft.unwrap() - 1.7).abs() < 1e-4, "{review:?}");
    }
    let body = &server.exchanges()[0].asked.body;
    assert_eq!((&body["model"], &body["logprobs"]), (&json!("m"), &json!(true)));
}

#[test]
fn requests_at_a_time_grow_to_the_limit() {
    let mut run = InProcess::new(30);
    run.settings.at_a_time = 7;
    // The later replies are so slow that also a busy machine sends seven requests meanwhile.
    let server = SimulatedModel::start(|asked| {
        let after = Duration::from_millis(if asked.number < 60 { 0 } else { 400 });
        SimulatedReply::graded(asked, 2, "").after(after)
    })
    .unwrap();
    run.run(&server.url());
    assert_eq!(server.most_at_a_time(), 7);
}

#[test]
fn a_busy_server_gets_fewer_requests_at_a_time() {
    /// The requests that may be on their way at the end of a run.
    struct AtATime(Mutex<usize>);
    impl AskObserver for AtATime {
        fn progress(&self, progress: AskProgress) {
            *self.0.lock().unwrap() = progress.at_a_time;
        }

        fn estimate(&self, _: &Estimate) {}
    }
    let patient = Duration::from_secs(20);
    let at_the_end = |tries: u32, timeout: Duration, server: &SimulatedModel| {
        let mut run = InProcess::new(8);
        run.settings.retries.tries = tries;
        run.settings.faults_alike = 1000;
        run.timeout = timeout;
        let at_a_time = AtATime(Mutex::default());
        run.run_with(&server.url(), &at_a_time);
        *at_a_time.0.lock().unwrap()
    };
    let always = |fault: Fault| SimulatedModel::start(fault).unwrap();
    // A server that says it has too much to do, in a status or by the time of a wait.
    for (name, fault, expected) in [
        ("429", (|_| SimulatedReply::error(429, "slow down")) as Fault, 1),
        ("503", |_| SimulatedReply::error(503, "loading"), 1),
        ("a wait", |_| SimulatedReply::error(500, "broken").with_header("Retry-After: 0"), 1),
        ("500", |_| SimulatedReply::error(500, "broken"), 4),
        ("400", |_| SimulatedReply::error(400, "no such field"), 4),
    ] {
        assert_eq!(at_the_end(1, patient, &always(fault)), expected, "{name}");
    }
    // Or one that does not come to an answer in time.
    let hangs = SimulatedModel::start(|asked| match asked.number {
        0..12 => SimulatedReply::silence(),
        _ => SimulatedReply::error(500, "broken"),
    })
    .unwrap();
    assert_eq!(at_the_end(1, Duration::from_millis(400), &hangs), 1);
    // It gets more again as it answers.
    let recovers = SimulatedModel::start(|asked| match asked.number {
        0..8 => SimulatedReply::error(429, "slow down"),
        _ => SimulatedReply::graded(asked, 1, ""),
    })
    .unwrap();
    assert_eq!(at_the_end(20, patient, &recovers), 4);
}
