//! The confirmations of an accept, and its questions: copies of the positive, suspicious negatives,
//! a wrong or a missing positive, tiles that could not be seen.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, painted, press, run_and_settle, run_command, settle, step_until, type_into,
    wait_for,
};
use egui::{Key, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// A row with these pictures of its positive and two negatives, and two clean rows after it.
fn fixture(pictures: [&[u8]; 3]) -> Fixture {
    let mut set = Set::new();
    for at in 0..3 {
        let paths: Vec<String> = (0..3).map(|chunk| tile(0, 10 + at, chunk)).collect();
        for (place, path) in paths.iter().enumerate() {
            let usual = picture::png(60, 70, (20 * at + place as u32) as u8);
            set = set.tile(path, if at == 0 { pictures[place] } else { &usual });
        }
        let row = Row::new(&format!("question {at}"), &paths[0]).negatives(&[&paths[1], &paths[2]]);
        set = set.row("train", &row);
    }
    Fixture::new(&set)
}

/// Returns the marks of a row's tiles in the sidecar, by chunk.
fn marks(fixture: &Fixture, line: i64) -> Vec<(usize, String)> {
    let of_line = fixture.rows().into_iter().filter(|row| row.0 == line && row.2 == "relevance");
    let chunk = |path: &str| path.strip_suffix(".png").unwrap().rsplit('_').next().unwrap().parse().unwrap();
    let mut marks: Vec<(usize, String)> = of_line.map(|row| (chunk(&row.1), row.3)).collect();
    marks.sort();
    marks
}

fn verdict(fixture: &Fixture, line: i64) -> Option<String> {
    fixture.verdicts().into_iter().find(|verdict| verdict.0 == line).map(|verdict| verdict.1)
}

/// Returns how accepting confirmed the tiles of a row, by chunk.
fn confirmed(fixture: &Fixture, line: i64) -> Vec<(usize, Option<String>)> {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql =
        "SELECT tile, confirmed_by FROM events JOIN samples ON key = sample WHERE field = 'relevance' AND line = ?1";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([line], |row| Ok((row.get::<_, String>(0)?, row.get(1)?))).unwrap();
    let chunk = |path: &str| path.strip_suffix(".png").unwrap().rsplit('_').next().unwrap().parse().unwrap();
    let mut all: Vec<(usize, Option<String>)> =
        rows.map(|row| row.map(|row| (chunk(&row.0), row.1)).unwrap()).collect();
    all.sort();
    all
}

fn of(words: &[(usize, &str)]) -> Vec<(usize, String)> {
    words.iter().map(|(chunk, word)| (*chunk, (*word).to_owned())).collect()
}

#[test]
fn copies_of_the_positive_are_never_confirmed_as_not_relevant() {
    // The second negative has the positive's pixels. The pixels were not scanned.
    let positive = picture::png(60, 70, 1);
    let fixture = fixture([&positive, &picture::png(60, 70, 2), &positive]);
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Negative 2 repeats the positive: marked as relevant, not confirmed as not relevant.");
    assert_text(&mut window, "train line 2");
    assert_eq!(marks(&fixture, 1), of(&[(0, "relevant"), (1, "not_relevant"), (2, "relevant")]));
    run_and_settle(&mut window, "previous");
    assert_text(&mut window, "1 false negative");
}

#[test]
fn reports_the_positive_among_its_negatives() {
    let path = tile(0, 1, 0);
    let row = Row::new("q", &path).negatives(&[&tile(0, 2, 0), &path]);
    let set = Set::new().row("train", &row).tile(&path, &picture::png(50, 50, 1));
    let fixture = Fixture::new(&set.tile(&tile(0, 2, 0), &picture::png(50, 50, 2)));
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Negative 2 repeats the positive: marked as relevant");
}

/// Opens a window on a row whose first negative is the positive scrolled up a little, once that is
/// found.
fn near_picture(fixture: &Fixture) -> Harness<'static, App> {
    let mut window = fixture.window();
    run_command(&mut window, "pixels");
    run_command(&mut window, "inspector");
    wait_for(&mut window, "Near picture");
    settle(&mut window);
    window
}

fn scrolled() -> Fixture {
    let page = |from: u32| picture::page(400, 460, 7, from);
    fixture([&page(0), &page(2), &picture::png(60, 70, 2)])
}

#[test]
fn a_strong_suspicion_holds_the_accept_once() {
    let fixture = scrolled();
    let mut window = near_picture(&fixture);
    run_and_settle(&mut window, "accept");
    assert_text(
        &mut window,
        "Negative 1 looks like the positive. Press A again to confirm it as not relevant, or 1 to mark it relevant.",
    );
    assert_text(&mut window, "question 0");
    assert_eq!(verdict(&fixture, 1), None, "nothing is judged yet");
    // The negative's digit answers the question.
    run_and_settle(&mut window, "negative-1");
    assert_no_text(&window, "Press A again");
    run_and_settle(&mut window, "accept");
    assert_eq!(verdict(&fixture, 1).as_deref(), Some("accept"));
    assert_eq!(marks(&fixture, 1), of(&[(0, "relevant"), (1, "relevant"), (2, "not_relevant")]));
}

#[test]
fn the_second_accept_is_stored() {
    let fixture = scrolled();
    let mut window = near_picture(&fixture);
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "accept");
    assert_eq!(marks(&fixture, 1), of(&[(0, "relevant"), (1, "not_relevant"), (2, "not_relevant")]));
    assert_text(&mut window, "question 1");
}

#[test]
fn tiles_inspected_before_accepting_are_stored_as_such() {
    let fixture = fixture([1, 2, 3].map(|at| &*Box::leak(picture::png(60, 70, at).into_boxed_slice())));
    let mut window = fixture.window();
    // The focus moves over the first negative to the second; the positive had it from the start.
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "next-tile");
    run_and_settle(&mut window, "accept");
    let word = |word: &str| Some(word.to_owned());
    let inspected = word("accept-inspected");
    assert_eq!(confirmed(&fixture, 1), [(0, word("accept")), (1, inspected.clone()), (2, inspected.clone())]);
    // A comparison inspects both.
    run_and_settle(&mut window, "compare");
    run_and_settle(&mut window, "compare");
    run_and_settle(&mut window, "accept");
    assert_eq!(confirmed(&fixture, 2), [(0, inspected.clone()), (1, inspected), (2, word("accept"))]);
    run_and_settle(&mut window, "accept");
    assert!(confirmed(&fixture, 3).iter().all(|of| of.1 == word("accept")));
}

#[test]
fn accept_over_a_wrong_positive_asks_once() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "positive");
    run_and_settle(&mut window, "accept");
    assert_text(
        &mut window,
        "The positive is marked wrong. Press R to reject the row, or A again to accept it: an export leaves it out.",
    );
    assert_eq!(verdict(&fixture, 1), None);
    run_and_settle(&mut window, "accept");
    assert_eq!(verdict(&fixture, 1).as_deref(), Some("accept"));
    // After a move to another row, the question is asked again.
    run_and_settle(&mut window, "positive");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "previous");
    assert_no_text(&window, "A again to accept");
    run_and_settle(&mut window, "accept");
    assert_eq!(verdict(&fixture, 2), None);
    // The other key rejects, with the reason.
    run_and_settle(&mut window, "reject");
    let reasons = fixture.rows().into_iter().find(|row| row.0 == 2 && row.2 == "reasons").unwrap().3;
    assert_eq!(reasons, r#"["wrong_positive"]"#);
    // The reason's key clears both.
    run_and_settle(&mut window, "reason-wrong-positive");
    assert!(fixture.rows().iter().all(|row| row.0 != 2 || row.2 == "verdict"), "{:?}", fixture.rows());
}

#[test]
fn accepting_without_the_positives_picture_asks_and_half_marks() {
    let set = Set::new();
    let row = Row::new("q", &tile(0, 1, 9)).negatives(&[&tile(0, 1, 1)]);
    let set = set.tile(&tile(0, 1, 1), &picture::png(50, 50, 1)).row("train", &row);
    let fixture = Fixture::new(&set.row("train", &Row::new("another", &tile(0, 1, 1))));
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "The positive's picture is missing. Press A again to accept without it.");
    assert_eq!(verdict(&fixture, 1), None);
    run_and_settle(&mut window, "accept");
    assert_eq!(verdict(&fixture, 1).as_deref(), Some("accept"));
    assert_eq!(marks(&fixture, 1), of(&[(1, "not_relevant")]));
    let states = window.query_all_by(|node| node.value().is_some());
    let states: Vec<String> = states.filter_map(|node| node.value()).collect();
    let half = "accepted; not confirmed: 1 tile that could not be seen";
    assert!(states.iter().any(|state| state.contains(half)), "{states:?}");
    // A circle with its left half filled, in the list as in the rail.
    let half_filled = |window: &Harness<'_, App>| {
        let is_half = |shape: &Shape| matches!(shape, Shape::Path(path) if path.closed && path.points.len() == 13);
        painted(window).iter().filter(|(_, shape)| is_half(shape)).count()
    };
    assert_eq!((half_filled(&window), window.query_by_label("Unfold the queue").is_some()), (1, false));
    run_and_settle(&mut window, "reading-view");
    assert_eq!((half_filled(&window), window.query_by_label("Unfold the queue").is_some()), (1, true));
    run_and_settle(&mut window, "queue");
    type_into(&mut window, "Search", "unconfirmed:>0");
    step_until(&mut window, "the filter", |window| window.query_all_by_label_contains("1 of 2 rows").next().is_some());
    press(&mut window, Key::Escape);
}
