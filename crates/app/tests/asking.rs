//! A model as a reviewer in the window, with a simulated server: the questions, the badges, blind
//! judging, and that nothing is sent without an address and consent.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::time::Duration;

use crate::common::texts::reading;
use crate::common::{
    Fixture, assert_no_text, assert_text, click_and_close, is_painted, run_and_settle, run_command, settle, step_until,
    wait_for,
};
use crate::simulated_model::{SimulatedModel, SimulatedReply};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_audit::external::{ExternalStore, KeptReply, ModelAnswer, ModelQuestion, QuestionKind, file_beside};
use tilejury_data::Dataset;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

const COMMANDS: [&str; 4] = ["ask-sample", "ask", "pause-asking", "stop-asking"];

/// Rows with two negatives each, whose tiles are all different.
fn fixture(rows: u32, endpoint: &str) -> Fixture {
    let mut set = Set::new();
    for row in 0..rows {
        let paths = [0, 1, 2].map(|chunk| tile(0, 100 * (chunk + 1) + row, 0));
        for (chunk, path) in (0..).zip(&paths) {
            set = set.tile(path, &picture::png(60, 70, (40 * chunk + row) as u8));
        }
        let row = Row::new(&format!("question {row}"), &paths[0]).negatives(&[&paths[1], &paths[2]]);
        set = set.row("train", &row);
    }
    let fixture = Fixture::new(&set);
    let settings = serde_json::json!({
        "look_at_pixels": false, "reading": "off", "hints": false, "show_keys": "never", "overview_first": false,
        "reviewer": {"endpoint": endpoint, "model": "m", "controls_percent": 100, "at_a_time": 2},
    });
    put(&fixture.dir.path().join("config/settings.json"), settings.to_string().as_bytes());
    fixture
}

/// Every tile gets grade 3 with these words, and answers beside another if it comes first.
fn gives(words: &'static str, after: Duration) -> SimulatedModel {
    SimulatedModel::start(move |asked| {
        let reply = match asked.pictures().len() {
            2 => SimulatedReply::ranked(asked, "1"),
            _ => SimulatedReply::graded(asked, 3, words),
        };
        reply.after(after)
    })
    .unwrap()
}

/// The requests that compared two tiles.
fn comparisons(server: &SimulatedModel) -> usize {
    server.exchanges().iter().filter(|of| of.asked.pictures().len() == 2).count()
}

fn store(fixture: &Fixture) -> ExternalStore {
    ExternalStore::open(&file_beside(&fixture.set().join("tilejury.sqlite"))).unwrap()
}

/// Stores that the first negative of the first row has the words, and the second has others.
fn store_texts(fixture: &Fixture) {
    let mut store = store(fixture);
    let import = store.write().unwrap();
    for (page, words) in [(200, "salt melts at 801 degrees"), (300, "a page about bridges")] {
        let seed = if page == 200 { 40 } else { 80 };
        let (path, bytes) = (tile(0, page, 0), picture::png(60, 70, seed));
        import.reading(&reading(&path, &bytes, &[(10, words)])).unwrap();
    }
    import.commit().unwrap();
}

fn agree(window: &mut Harness<'_, App>) {
    click_and_close(window, "Ask the model");
}

fn answers(server: &SimulatedModel) -> usize {
    server.exchanges().len()
}

#[test]
fn every_command_is_in_the_table_with_its_key() {
    let mut keys = Vec::new();
    for word in COMMANDS {
        let entry = entries().find(|entry| entry.word == word).unwrap();
        assert_eq!(entry.submenu, Some("Model as a reviewer"), "{word}");
        assert!(entry.help.ends_with('.') && !entry.keys.is_empty(), "{word}");
        keys.extend(entry.keys.iter().map(|key| (word, *key)));
    }
    for (word, key) in keys {
        let same = entries().filter(|entry| entry.keys.contains(&key)).map(|entry| entry.word);
        assert_eq!(same.collect::<Vec<_>>(), [word], "a key of its own");
    }
}

#[test]
fn without_an_address_nothing_can_be_sent() {
    let server = gives("salt", Duration::ZERO);
    let fixture = fixture(2, "");
    let mut window = fixture.window();
    for word in COMMANDS {
        run_and_settle(&mut window, word);
    }
    assert_no_text(&window, "Ask the model");
    assert_no_text(&window, "gives grade");
    assert_eq!(answers(&server), 0);
    window.get_by_label("File").click();
    window.run_steps(4);
    window.query_all_by_label("Model as a reviewer").last().unwrap().click();
    window.run_steps(4);
    let entry = window.query_all_by_label_contains("Ask a model about this row").last().unwrap();
    assert!(entry.accesskit_node().is_disabled(), "greyed out");
}

#[test]
fn a_sample_is_asked_about_after_consent() {
    let server = gives("salt melts at 801 degrees", Duration::ZERO);
    let fixture = fixture(3, &server.url());
    store_texts(&fixture);
    let mut window = fixture.window();
    run_command(&mut window, "ask-sample");
    wait_for(&mut window, "Ask the model");
    assert_text(&mut window, &format!("are sent to {}, on this machine.", server.url()));
    assert_text(&mut window, "Requests and tokens have no limit");
    assert_eq!(answers(&server), 0, "nothing before a person agreed");
    agree(&mut window);
    wait_for(&mut window, "Reviews by m: ");
    assert_text(&mut window, "questions answered");
    wait_for(&mut window, "m gives grade 3, verified");
    wait_for(&mut window, "m gives grade 3, unverified");
    step_until(&mut window, "room for words", |window| is_painted(window, "grade 3 "));
    let sent: Vec<String> = server.exchanges().iter().map(|of| of.asked.query().to_owned()).collect();
    assert!(sent.len() >= 3 && sent.iter().all(|query| query == "question 0"), "{sent:?}");
    // However long the result is, the list of background work stays inside the window.
    run_command(&mut window, "jobs");
    wait_for(&mut window, "Close");
    let close = window.get_by_label("Close").rect();
    assert!(window.ctx.content_rect().contains_rect(close), "{close:?}");
    window.key_press(egui::Key::Escape);
    window.run_steps(4);
    // Words of the second answers are in no tile: nothing is asked twice, and nobody asked again.
    let before = answers(&server);
    run_command(&mut window, "ask-sample");
    step_until(&mut window, "the second run", |window| {
        window.query_all_by_label_contains("known before").next().is_some()
    });
    assert_eq!(answers(&server), before);
    assert!(fixture.rows().is_empty(), "a review is no judgement");
}

#[test]
fn doubtful_tiles_are_compared_in_both_orders() {
    let server = gives("salt melts at 801 degrees", Duration::ZERO);
    let fixture = fixture(3, &server.url());
    store_texts(&fixture);
    let mut window = fixture.window();
    run_command(&mut window, "ask-sample");
    wait_for(&mut window, "in both orders");
    agree(&mut window);
    wait_for(&mut window, "m gives grade 3, verified, beside the positive only in one order");
    assert_eq!(comparisons(&server), 2);
    run_command(&mut window, "jobs");
    wait_for(&mut window, "Doubtful tiles, compared with the positive");
    let beside = |name: &str, number: &str| {
        let name = window.get_by_label_contains(name).rect();
        let numbers = window.query_all_by_label(number).map(|label| label.rect());
        let same = numbers.filter(|found| (found.center().y - name.center().y).abs() < 3.0);
        assert!(same.into_iter().any(|found| found.left() > name.right()), "{number} is beside {name:?}");
    };
    beside("Doubtful tiles, compared with the positive", "1");
    beside("also answer in both orders", "0");
    beside("depend on the order", "1");
    assert_text(&mut window, "what they say of the model is optimistic");
    window.key_press(egui::Key::Escape);
    window.run_steps(4);
    run_command(&mut window, "scoreboard");
    wait_for(&mut window, "Models as reviewers");
    wait_for(&mut window, "m: by its controls, the model finds");
}

#[test]
fn a_setting_leaves_the_second_stage_out() {
    let server = gives("salt melts at 801 degrees", Duration::ZERO);
    let fixture = fixture(1, &server.url());
    store_texts(&fixture);
    let file = fixture.dir.path().join("config/settings.json");
    let mut settings: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    settings["reviewer"]["second_stage"] = false.into();
    put(&file, settings.to_string().as_bytes());
    let mut window = fixture.window();
    run_command(&mut window, "ask-sample");
    agree(&mut window);
    wait_for(&mut window, "Reviews by m: ");
    wait_for(&mut window, "m gives grade 3, verified");
    assert_no_text(&window, "beside the positive only");
    assert_eq!(comparisons(&server), 0);
}

/// The requests that were sent and have no answer.
fn sent(fixture: &Fixture, server: &SimulatedModel) -> usize {
    store(fixture).unanswered_requests(&server.url()).unwrap().len()
}

/// Starts to ask, and stops once two requests are on their way.
fn stop_with_two_on_their_way(fixture: &Fixture, server: &SimulatedModel) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    step_until(&mut window, "two requests", |_| sent(fixture, server) == 2);
    run_command(&mut window, "stop-asking");
    wait_for(&mut window, "waiting for the answers on their way");
    window
}

#[test]
fn answers_on_their_way_are_stored_after_a_stop() {
    // Longer than the few seconds that a closing window waits.
    let server = gives("salt", Duration::from_millis(6500));
    let fixture = fixture(4, &server.url());
    let mut window = stop_with_two_on_their_way(&fixture, &server);
    step_until(&mut window, "the end", |window| window.query_all_by_label_contains("Stopped.").next().is_some());
    assert_eq!((answers(&server), sent(&fixture, &server), store(&fixture).answer_keys().unwrap().len()), (2, 0, 2));
}

#[test]
fn a_second_stop_gives_up_what_is_on_its_way() {
    let server = SimulatedModel::start(|asked| {
        let after = if asked.number < 2 { Duration::from_secs(9) } else { Duration::ZERO };
        SimulatedReply::graded(asked, 1, "").after(after)
    })
    .unwrap();
    let fixture = fixture(4, &server.url());
    let mut window = stop_with_two_on_their_way(&fixture, &server);
    run_command(&mut window, "stop-asking");
    wait_for(&mut window, "2 requests may have been paid without an answer");
    assert_eq!(sent(&fixture, &server), 2);
    run_command(&mut window, "ask");
    wait_for(&mut window, "2 requests of an earlier run may have been paid without an answer, and may be paid again.");
    agree(&mut window);
    wait_for(&mut window, "2 requests may have been paid twice");
}

#[test]
fn reviews_are_hidden_from_blind_judges() {
    let server = gives("salt melts at 801 degrees", Duration::ZERO);
    let fixture = fixture(2, &server.url());
    store_texts(&fixture);
    let mut window = fixture.window();
    run_command(&mut window, "ask-sample");
    agree(&mut window);
    wait_for(&mut window, "m gives grade 3, verified");
    run_and_settle(&mut window, "inspector");
    wait_for(
        &mut window,
        "m: grade 3 of 3, verified, beside the positive only in one order: “salt melts at 801 degrees”",
    );
    run_and_settle(&mut window, "inspector");
    run_and_settle(&mut window, "blind");
    assert_no_text(&window, "gives grade");
    assert_no_text(&window, "801");
    run_and_settle(&mut window, "blind");
    assert_text(&mut window, "gives grade");
}

#[test]
fn a_run_can_be_paused_and_stopped() {
    let server = gives("salt", Duration::from_millis(60));
    let fixture = fixture(40, &server.url());
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    wait_for(&mut window, "of 40 rows");
    agree(&mut window);
    wait_for(&mut window, &format!("asking {}", server.url()));
    step_until(&mut window, "the first answers", |_| answers(&server) >= 2);
    // The answers so far are shown while others are asked for.
    wait_for(&mut window, "m gives grade 3");
    run_command(&mut window, "pause-asking");
    wait_for(&mut window, "paused");
    step_until(&mut window, "answers on their way", |_| sent(&fixture, &server) == 0);
    let paused_at = answers(&server);
    std::thread::sleep(Duration::from_millis(400));
    assert_eq!(answers(&server), paused_at, "nothing is sent in a pause");
    run_command(&mut window, "pause-asking");
    step_until(&mut window, "more answers", |_| answers(&server) > paused_at);
    run_command(&mut window, "stop-asking");
    wait_for(&mut window, "Stopped.");
    let stopped_at = answers(&server);
    assert!(stopped_at < 120, "{stopped_at}");
    std::thread::sleep(Duration::from_millis(300));
    settle(&mut window);
    assert_eq!(answers(&server), stopped_at);
}

/// Whether the window closes.
fn closes(window: &Harness<'_, App>) -> bool {
    let output = window.output().viewport_output.values();
    output.flat_map(|output| &output.commands).any(|command| *command == egui::ViewportCommand::Close)
}

/// Starts to ask, and closes the window while answers are on their way.
fn close_while_asking(fixture: &Fixture, server: &SimulatedModel) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    step_until(&mut window, "the first questions", |_| server.most_at_a_time() > 0);
    let began = std::time::Instant::now();
    crate::common::close(&mut window);
    assert!(began.elapsed() < Duration::from_secs(1), "no frame waits: {:?}", began.elapsed());
    assert!(!closes(&window));
    wait_for(&mut window, "Waiting for answers on their way");
    window
}

#[test]
fn closing_waits_for_answers_without_holding_up_frames() {
    let server = gives("salt", Duration::from_millis(1500));
    let fixture = fixture(20, &server.url());
    let mut window = close_while_asking(&fixture, &server);
    // The command is in the output of one frame only.
    let began = std::time::Instant::now();
    while !closes(&window) {
        assert!(began.elapsed() < Duration::from_secs(10), "the window stays open");
        std::thread::sleep(Duration::from_millis(2));
        window.step();
    }
    drop(window);
    let paid = answers(&server) - comparisons(&server);
    assert!((1..=4).contains(&paid), "no further question: {paid}");
    assert_eq!(store(&fixture).answer_keys().unwrap().len(), paid, "each answer that was paid is stored");
}

#[test]
fn closing_waits_longer_than_most_answers_take() {
    let server = gives("salt", Duration::from_millis(6500));
    let fixture = fixture(4, &server.url());
    let mut window = close_while_asking(&fixture, &server);
    assert_text(&mut window, "in 1 min at most");
    let began = std::time::Instant::now();
    while !closes(&window) {
        assert!(began.elapsed() < Duration::from_secs(20), "the window stays open");
        std::thread::sleep(Duration::from_millis(2));
        window.step();
    }
    drop(window);
    let paid = answers(&server);
    assert!(paid > 0 && store(&fixture).answer_keys().unwrap().len() == paid, "{paid}");
}

#[test]
fn a_person_may_leave_answers_on_their_way() {
    let server = gives("salt", Duration::from_secs(4));
    let fixture = fixture(20, &server.url());
    let mut window = close_while_asking(&fixture, &server);
    let began = std::time::Instant::now();
    let (key, modifiers) = (egui::Key::Escape, egui::Modifiers::NONE);
    let press = egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    window.input_mut().events.push(press);
    window.step();
    assert!(closes(&window));
    drop(window);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn another_set_is_open_before_answers_have_come() {
    // Answers take longer than a test waits for anything.
    let server = SimulatedModel::start(|asked| match asked.path.as_str() {
        "/v1/models" => SimulatedReply::error(404, ""),
        _ => SimulatedReply::graded(asked, 1, "salt").after(Duration::from_secs(45)),
    })
    .unwrap();
    let fixture = fixture(4, &server.url());
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    step_until(&mut window, "the first questions", |_| server.most_at_a_time() > 0);
    run_command(&mut window, "close");
    wait_for(&mut window, "Recent");
}

#[test]
fn five_faults_alike_end_the_run_with_their_reason() {
    let server = SimulatedModel::start(|_| SimulatedReply::error(401, "no such key")).unwrap();
    let fixture = fixture(10, &server.url());
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    wait_for(&mut window, "refuses the key");
    let server = SimulatedModel::start(|asked| {
        if asked.path == "/v1/models" { SimulatedReply::error(404, "") } else { SimulatedReply::refusal(asked) }
    })
    .unwrap();
    let fixture = self::fixture(10, &server.url());
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    wait_for(&mut window, "5 times in a row: the model refused");
    assert!(answers(&server) < 20, "{}", answers(&server));
}

/// Stores a model's review of the negative at a place of the first three rows.
fn store_reviews(fixture: &Fixture, place: usize, grade: u8) {
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let mut store = store(fixture);
    for index in dataset.indices().take(3) {
        let sample = dataset.sample(index).unwrap();
        let key = [16 * place as u8 + index.index() as u8; 32];
        let reply = KeptReply { key, model: "m".into(), ..KeptReply::default() };
        let answer = ModelAnswer { reply, grade, soft: None, evidence: String::new() };
        let (tile, kind) = (sample.negatives[place - 1].path.clone(), QuestionKind::Review);
        let question = ModelQuestion { sample: sample.key, tile, source: "m".into(), kind };
        store.store_answer(&answer, &[question]).unwrap();
    }
}

#[test]
fn a_reviewed_row_opens_at_the_reviewed_negative() {
    let fixture = fixture(4, "");
    store_reviews(&fixture, 1, 1);
    store_reviews(&fixture, 2, 2);
    let mut window = fixture.window();
    run_and_settle(&mut window, "reading-view");
    run_command(&mut window, "search");
    crate::common::type_into(&mut window, "Search", "review:>=2");
    wait_for(&mut window, "3 of 4 rows");
    window.key_press(egui::Key::Enter);
    settle(&mut window);
    let places = |window: &Harness<'_, App>| {
        let mut places: Vec<usize> = window.state().visible_tiles().iter().map(|tile| tile.place).collect();
        places.sort_unstable();
        (window.state().sample_index().unwrap().index(), places)
    };
    run_and_settle(&mut window, "next");
    assert_eq!(places(&window), (1, vec![0, 2]));
    run_and_settle(&mut window, "blind");
    run_and_settle(&mut window, "next");
    assert_eq!(places(&window), (2, vec![0, 1]), "a place would tell a blind judge");
}

#[test]
fn a_search_steps_through_the_reviewed_rows() {
    let server = SimulatedModel::start(|asked| {
        let grade = if asked.query() == "question 1" { 3 } else { 0 };
        SimulatedReply::graded(asked, grade, "")
    })
    .unwrap();
    let fixture = fixture(4, &server.url());
    let mut window = fixture.window();
    run_command(&mut window, "ask");
    agree(&mut window);
    wait_for(&mut window, "Reviews by m: ");
    run_command(&mut window, "search");
    crate::common::type_into(&mut window, "Search", "review:>=2");
    wait_for(&mut window, "1 of 4 rows");
    window.key_press(egui::Key::Enter);
    step_until(&mut window, "the reviewed row", |window| {
        window.state().sample_index().is_some_and(|sample| sample.index() == 1)
    });
    run_and_settle(&mut window, "next");
    assert_eq!(window.state().sample_index().unwrap().index(), 1, "no other row is listed");
}
