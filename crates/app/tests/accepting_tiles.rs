//! Sets of tiles in the window: planned under “More”, judged tile by tile with the machine's word
//! hidden, marked by one key, and undone by one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::auditing::{begin_as_typed, can_begin, open_dialog, replace, stored};
use crate::common::{
    Fixture, assert_no_text, assert_text, choose, import_scores, press, run_and_settle, run_command, settle,
    step_until, type_into, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::json;
use tilejury_app::screen::App;
use tilejury_data::Dataset;
use tilejury_testkit::Set;

/// Ten rows with two negatives, of which the first one has a high score.
fn fixture() -> Fixture {
    let fixture = Fixture::new(&Set::plain(10, 2));
    let dataset = Dataset::open(&fixture.set()).unwrap();
    let lines = dataset.indices().flat_map(|index| {
        let sample = dataset.sample(index).unwrap();
        let score = |at: usize, score: f64| {
            let path = sample.negatives[at].path.as_str();
            format!("{}\n", json!({"query": sample.query, "path": path, "score": score, "source": "bge"}))
        };
        [score(0, 0.9), score(1, 0.2)]
    });
    import_scores(&fixture, &lines.collect::<String>());
    fixture
}

/// Opens the dialog at the question whether a set may be accepted.
fn open_accepting(window: &mut Harness<'_, App>) {
    open_dialog(window);
    // It stays open for the next audit.
    if window.query_by_label("may be accepted if few are wrong").is_none() {
        window.get_by_label("More").click();
        window.run_steps(40);
    }
    window.get_by_role_and_label(Role::CheckBox, "may be accepted if few are wrong").click();
    window.run_steps(6);
}

fn choose_tiles(window: &mut Harness<'_, App>) {
    window.get_by_role_and_label(Role::RadioButton, "Tiles: negatives that a rule finds get a mark").click();
    window.run_steps(6);
}

/// The marks that are stored outside of audits, with those who made them.
fn marks(fixture: &Fixture) -> usize {
    fixture.rows().iter().filter(|row| row.2 == "relevance" && row.3 == "relevant").count()
}

#[test]
fn tiles_are_planned_judged_marked_and_unmarked() {
    let fixture = fixture();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1400.0, 1300.0));
    open_accepting(&mut window);
    assert_text(&mut window, "Rows as they are: positive right, no relevant negative");
    let below = window.get_by_role_and_label(Role::RadioButton, "Is the share of such rows below a limit?");
    assert!(below.accesskit_node().is_disabled(), "another question would be dropped without a word");
    choose_tiles(&mut window);
    assert_text(&mut window, "Gold rows");
    // Of models nothing is known.
    wait_for(&mut window, "“grade>=2 verified” finds no negative of the rows that are drawn from");
    replace(&mut window, "Rule of the tiles", "bge");
    assert_text(&mut window, "`bge`: expected grades such as");
    assert!(!can_begin(&window));
    replace(&mut window, "Rule of the tiles", "bge>=0.8");
    wait_for(&mut window, "10 tiles to draw from");
    assert_text(&mut window, "They are marked as relevant.");
    begin_as_typed(&mut window);

    let audit = stored(&fixture).remove(0);
    let set = audit.plan.tiles().unwrap().clone();
    assert_eq!((set.tiles, set.drawn.len(), audit.plan.rows), (10, 10, 10));
    // The drawn tile is named and has the focus; a mark of it is the answer, without a verdict.
    assert_text(&mut window, "Mark as relevant or not: Negative 1");
    assert_text(&mut window, "10 to go");
    assert_no_text(&window, "as relevant by");
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "previous");
    for left in (0..10).rev() {
        run_and_settle(&mut window, "relevant");
        assert_text(&mut window, &format!("{left} to go"));
        assert_text(&mut window, "Marked: Negative 1");
        run_and_settle(&mut window, "next");
    }
    assert_eq!((marks(&fixture), fixture.verdicts().len()), (0, 0), "answers count for the audit alone");
    run_command(&mut window, "audits");
    wait_for(&mut window, "Mark these 10 tiles as relevant by “machine:rule”: at least 95 % of them are right");
    assert_text(&mut window, "10 drawn at random among them, 0 wrong. Expect up to 0 good negatives lost.");
    assert_no_text(&window, "Rows with a false negative");
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "10 tiles marked as relevant. Kept out: 0 that were judged wrong, 0 that people judged.");
    settle(&mut window);
    assert_eq!((marks(&fixture), fixture.verdicts().len()), (10, 0));
    run_command(&mut window, "accept-set");
    wait_for(&mut window, "The acceptance is undone.");
    settle(&mut window);
    assert_eq!(marks(&fixture), 0);
}

#[test]
fn accepting_rows_does_not_contradict_reviews() {
    let fixture = fixture();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1400.0, 1300.0));
    type_into(&mut window, "Search", "-review:>=2");
    press(&mut window, Key::Enter);
    settle(&mut window);
    open_accepting(&mut window);
    choose(&mut window, "Rows from", "The list: ");
    step_until(&mut window, "a plan", can_begin);
    assert_no_text(&window, "accepting rows as they are says the opposite");
    press(&mut window, Key::Escape);
    replace(&mut window, "Search", "-verified:no split:train");
    press(&mut window, Key::Enter);
    settle(&mut window);
    open_accepting(&mut window);
    choose(&mut window, "Rows from", "The list: ");
    wait_for(&mut window, "accepting rows as they are says the opposite");
    assert!(!can_begin(&window));
    choose_tiles(&mut window);
    assert_no_text(&window, "accepting rows as they are says the opposite");
}
