//! Judging by the keys of the command table: verdicts and where they lead, tiles one by one and all
//! at once, notes, tags, the flag, the history.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into, wait_for,
    wait_until_gone,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_audit::Reason;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

#[test]
fn every_verdict_advances_and_can_be_cleared() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for word in ["accept", "reject", "unsure"] {
        run_and_settle(&mut window, word);
    }
    assert_text(&mut window, "train line 4");
    let verdicts = || fixture.verdicts().into_iter().map(|verdict| verdict.1).collect::<Vec<_>>();
    assert_eq!(verdicts(), ["accept", "reject", "unsure"]);
    run_and_settle(&mut window, "previous");
    run_and_settle(&mut window, "clear-verdict");
    assert_eq!(verdicts(), ["accept", "reject"]);
    assert_text(&mut window, "train line 3");
}

#[test]
fn a_verdict_stays_without_auto_advance() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "auto-advance");
    assert_text(&mut window, "Auto-advance: off");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "train line 1");
    assert_text(&mut window, "Rejected. Why?");
    step_until(&mut window, "the switch to be stored", |_| {
        fixture.config("settings.json").contains("\"auto_advance\": false")
    });
    drop(window);
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "train line 1");
    run_command(&mut window, "auto-advance");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "train line 2");
}

#[test]
fn next_undecided_skips_judged_samples() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    assert!(fixture.rows().is_empty());
    run_and_settle(&mut window, "unsure");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "train line 4");
    run_and_settle(&mut window, "first");
    assert_text(&mut window, "train line 1");
    run_and_settle(&mut window, "next-undecided");
    assert_text(&mut window, "train line 2");
    run_command(&mut window, "next-undecided");
    assert_text(&mut window, "No other row in this list is undecided.");
    run_and_settle(&mut window, "next-unjudged");
    assert_text(&mut window, "train line 4");
    run_and_settle(&mut window, "last-judged");
    assert_text(&mut window, "train line 3");
    run_and_settle(&mut window, "last-judged");
    assert_text(&mut window, "train line 2");
    run_command(&mut window, "last-judged");
    assert_text(&mut window, "No other row was judged before.");
    run_and_settle(&mut window, "last");
    assert_text(&mut window, "train line 10");
    run_and_settle(&mut window, "last-judged");
    assert_text(&mut window, "train line 3");
    // An unsure tile makes a sample undecided, too.
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "tile-unsure");
    run_and_settle(&mut window, "last");
    run_and_settle(&mut window, "next-undecided");
    assert_text(&mut window, "train line 1");
}

#[test]
fn next_suspicious_goes_to_a_sample_with_findings() {
    let mut set = Set::new();
    for row in 0..5 {
        let paths: Vec<String> = (0..3).map(|page| tile(0, 100 + 10 * row + page, 0)).collect();
        for path in &paths {
            set = set.tile(path, &picture::png(40, 50, row as u8));
        }
        // The fourth row has its own positive among its negatives.
        let second = if row == 3 { &paths[0] } else { &paths[2] };
        let row = Row::new(&format!("question {row}"), &paths[0]).negatives(&[&paths[1], second]);
        set = set.row("train", &row);
    }
    let fixture = Fixture::new(&set);
    let mut window = fixture.window();
    step_until(&mut window, "the suspicious row", |_| true);
    for _ in 0..100 {
        run_command(&mut window, "next-suspicious");
        if window.query_all_by_label_contains("train line 4").next().is_some() {
            break;
        }
    }
    settle(&mut window);
    assert_text(&mut window, "train line 4");
    run_command(&mut window, "next-suspicious");
    assert_text(&mut window, "No other unjudged row in this list is suspicious");
    // On top of the list on request, and back at its position.
    run_and_settle(&mut window, "suspicious-first");
    assert_text(&mut window, "most suspicious first");
    run_and_settle(&mut window, "first");
    assert_text(&mut window, "1 of 5");
    assert_text(&mut window, "train line 4");
    // The most suspicious tile has the focus and shows the reason.
    assert_text(&mut window, "Negative 2: not judged, shown, Positive in negatives");
    run_and_settle(&mut window, "relevant");
    assert!(fixture.rows().iter().any(|row| row.2 == "relevance"));
    run_and_settle(&mut window, "undo");
    run_command(&mut window, "inspector");
    assert_text(&mut window, "Signals");
    assert_text(&mut window, "Positive in negatives");
    assert_text(&mut window, "Negative 2");
    run_command(&mut window, "inspector");
    run_and_settle(&mut window, "suspicious-first");
    assert_no_text(&window, "most suspicious first");
    assert_text(&mut window, "4 of 5");
}

/// 1024 points are 1280 pixels with text at 125 %.
#[test]
fn all_reasons_fit_into_a_small_window() {
    let (positive, negative) = (tile(0, 1, 0), tile(0, 2, 0));
    let mut set = Set::new().tile(&positive, &picture::png(40, 40, 1)).tile(&negative, &picture::png(40, 40, 2));
    for at in 0..2 {
        set = set.row("validation_2026", &Row::new(&format!("question {at}"), &positive).negatives(&[&negative]));
    }
    for size in [(1280.0, 800.0), (1024.0, 640.0)] {
        let fixture = Fixture::new(&set);
        let start = fixture.start(Some(&fixture.set()));
        let builder = Harness::builder().with_size(size).with_max_steps(64);
        let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
        settle(&mut window);
        run_and_settle(&mut window, "reject");
        assert_text(&mut window, "Rejected: validation_2026 line 1. Why?");
        let screen = window.ctx.content_rect();
        for reason in Reason::ALL {
            let button = window.get_by_label(reason.label()).rect();
            assert!(screen.contains_rect(button), "{} is at {button:?} of {size:?}", reason.label());
        }
    }
}

#[test]
fn offers_reasons_in_a_strip_without_a_question() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assert_no_text(&window, "Why?");
    run_command(&mut window, "reason-other");
    assert_text(&mut window, "Only a rejected or unsure row has reasons.");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "Rejected: train line 1. Why?");
    let words = ["wrong-positive", "bad-query", "unanswerable", "duplicate", "unreadable", "other"]
        .map(|word| format!("reason-{word}"));
    for word in &words {
        run_and_settle(&mut window, word);
    }
    // The last one opens the note of the sample in question.
    assert_text(&mut window, "Note on train line 1:");
    press(&mut window, Key::Escape);
    let reasons = |fixture: &Fixture| fixture.rows().into_iter().find(|row| row.2 == "reasons").map(|row| row.3);
    let all = r#"["wrong_positive","bad_query","unanswerable","duplicate","unreadable","other"]"#;
    assert_eq!(reasons(&fixture).as_deref(), Some(all));
    run_and_settle(&mut window, &words[5]);
    assert_eq!(reasons(&fixture).unwrap(), all.replace(",\"other\"", ""));
    window.get_by_label("Unreadable").click();
    settle(&mut window);
    // After advancing, the sample asks no more.
    run_and_settle(&mut window, "next");
    assert_no_text(&window, "Why?");
    run_and_settle(&mut window, "unsure");
    assert_text(&mut window, "Why?");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "Why?");
    assert_eq!(fixture.verdicts().len(), 2);
}

#[test]
fn tiles_are_marked_one_by_one_and_all_negatives_at_once() {
    let fixture = Fixture::new(&Set::plain(2, 9));
    let mut window = fixture.window();
    let relevance = |place: usize| {
        let path = tile(0, 1000, place as u32);
        let tail = path.strip_prefix("images/").unwrap().to_owned();
        fixture.rows().into_iter().find(|row| row.1 == tail).map(|row| row.3)
    };
    for number in 1..=9 {
        run_and_settle(&mut window, &format!("negative-{number}"));
        assert_eq!(relevance(number).as_deref(), Some("relevant"));
    }
    run_and_settle(&mut window, "positive");
    assert_eq!(relevance(0).as_deref(), Some("not_relevant"));
    // The focus moved with the marks, from the positive on to the first negative.
    run_and_settle(&mut window, "next-tile");
    for (word, value) in
        [("not-relevant", "not_relevant"), ("relevant", "relevant"), ("tile-unsure", "unsure"), ("broken", "broken")]
    {
        run_and_settle(&mut window, word);
        assert_eq!(relevance(1).as_deref(), Some(value));
    }
    run_and_settle(&mut window, "clear-mark");
    assert_eq!(relevance(1), None);
    run_and_settle(&mut window, "toggle");
    assert_eq!(relevance(1).as_deref(), Some("relevant"));
    run_and_settle(&mut window, "previous-tile");
    run_and_settle(&mut window, "clear-mark");
    assert_eq!(relevance(0), None);

    for (word, value) in [
        ("all-not-relevant", Some("not_relevant")),
        ("all-relevant", Some("relevant")),
        ("all-unsure", Some("unsure")),
        ("all-broken", Some("broken")),
        ("all-clear", None),
    ] {
        run_and_settle(&mut window, word);
        assert!((1..=9).all(|place| relevance(place).as_deref() == value), "{word}: {:?}", fixture.rows());
        assert_eq!(relevance(0), None, "the positive is not a negative");
    }
    // All of them are one step.
    run_and_settle(&mut window, "undo");
    assert!((1..=9).all(|place| relevance(place).as_deref() == Some("broken")));
    run_and_settle(&mut window, "redo");
    assert!((1..=9).all(|place| relevance(place).is_none()));
    assert!(window.query_all_by_label_contains("train line 1").next().is_some());
}

#[test]
fn keeps_a_note_when_its_key_is_pressed_again_and_copies_it() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "copy-note");
    assert_text(&mut window, "No other row has a note to copy.");
    run_command(&mut window, "note");
    type_into(&mut window, "Note on train line 1:", "a table");
    // A click leaves the field but not the note; the key continues it.
    window.get_by_label_contains("Negative 1: ").click();
    window.run_steps(4);
    run_command(&mut window, "note");
    window.run_steps(4);
    press(&mut window, Key::Enter);
    let notes =
        || fixture.rows().into_iter().filter(|row| row.2 == "note").map(|row| (row.0, row.3)).collect::<Vec<_>>();
    assert_eq!(notes(), [(1, "a table".to_owned())]);
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "copy-note");
    assert_text(&mut window, "Note copied from train line 1.");
    assert_eq!(notes(), [(1, "a table".to_owned()), (2, "a table".to_owned())]);
    run_and_settle(&mut window, "undo");
    assert_eq!(notes().len(), 1);
}

#[test]
fn tags_are_completed_shown_filtered_and_removed() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "tags");
    type_into(&mut window, "Tag train line 1:", "wide table");
    press(&mut window, Key::Enter);
    type_into(&mut window, "Tag train line 1:", "math");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Escape);
    let tags =
        || fixture.rows().into_iter().filter(|row| row.2 == "tags").map(|row| (row.0, row.3)).collect::<Vec<_>>();
    assert_eq!(tags(), [(1, r#"["math","wide table"]"#.to_owned())]);
    run_and_settle(&mut window, "next");
    // A few letters, and Tab completes them.
    run_command(&mut window, "tags");
    type_into(&mut window, "Tag train line 2:", "wid");
    assert_text(&mut window, "wide table");
    window.key_press(Key::Tab);
    settle(&mut window);
    assert_eq!(tags()[1], (2, r#"["wide table"]"#.to_owned()));
    // Tab in an empty field accepts nothing.
    window.key_press(Key::Tab);
    settle(&mut window);
    assert_eq!(tags().len(), 2);
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "tag:\"wide table\" ");
    wait_for(&mut window, "2 of 10 rows");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "10 rows");
    run_and_settle(&mut window, "first");
    window.get_by_label("Remove tag math").click();
    settle(&mut window);
    assert_eq!(tags()[0], (1, r#"["wide table"]"#.to_owned()));
}

#[test]
fn a_flag_waits_for_another_look() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "look-again");
    assert_text(&mut window, "Flag to look again");
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "flag:yes ");
    wait_for(&mut window, "1 of 10 rows");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 2");
    run_and_settle(&mut window, "look-again");
    wait_for(&mut window, "0 of 10 rows");
    assert!(fixture.rows().iter().all(|row| row.2 != "tags"));
}

#[test]
fn flagging_names_its_row() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // After a verdict the next row is visible and gets the flag.
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "look-again");
    assert_text(&mut window, "Flagged train line 2.");
    assert_no_text(&window, "Flag of ");
    let flagged = || fixture.rows().into_iter().filter(|row| row.2 == "tags").map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(flagged(), [2]);
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "look-again");
    assert_text(&mut window, "Flagged train line 3.");
    run_and_settle(&mut window, "previous");
    run_and_settle(&mut window, "look-again");
    assert_text(&mut window, "Flag of train line 2 removed.");
    assert_eq!(flagged(), [3]);
}

#[test]
fn the_history_lists_steps_and_goes_back_and_forth() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-2");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reason-duplicate");
    run_command(&mut window, "history");
    for text in
        ["Negative 2: relevant", "Accepted, 3 tiles confirmed", "Rejected", "Reason: duplicate", "The beginning"]
    {
        assert_text(&mut window, text);
    }
    assert_text(&mut window, "train line 2");
    // An arrow or a click selects a step: its sample is shown, and nothing is undone.
    window.key_press(Key::ArrowDown);
    settle(&mut window);
    window.get_by_label("Accepted, 3 tiles confirmed").click();
    settle(&mut window);
    assert_text(&mut window, "1 of 10");
    assert!(fixture.rows().iter().any(|row| row.2 == "reasons"));
    // To the beginning at once, and to the end again.
    window.get_by_label("The beginning").click();
    settle(&mut window);
    window.run_steps(4);
    window.get_by_label("Go back to here (undoes 4 steps)").click();
    settle(&mut window);
    assert!(fixture.rows().is_empty());
    // The list has one more line now, which moves those above it.
    window.run_steps(4);
    assert_text(&mut window, "Went back: 4 steps undone");
    window.get_by_label("Undo").click();
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (2, "reject".into())]);
    assert!(fixture.rows().iter().any(|row| row.2 == "reasons"));
    window.get_by_label("Undo").click();
    settle(&mut window);
    assert_text(&mut window, "The beginning");
    assert!(fixture.rows().iter().all(|row| row.2 != "reasons"));
    press(&mut window, Key::Escape);
    wait_until_gone(&mut window, "The beginning");
    assert_text(&mut window, "train line 2");
    // And it is there after a restart.
    drop(window);
    let mut window = fixture.window();
    run_command(&mut window, "history");
    assert_text(&mut window, "Accepted, 3 tiles confirmed");
    press(&mut window, Key::Escape);
}

#[test]
fn going_back_in_the_history_takes_one_undo() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    for word in ["accept", "reject", "unsure", "reject"] {
        run_and_settle(&mut window, word);
    }
    let all = fixture.rows();
    run_command(&mut window, "history");
    // By keyboard: three lines down, and the button's key.
    for _ in 0..3 {
        window.key_press(Key::ArrowDown);
        settle(&mut window);
    }
    assert_text(&mut window, "1 of 10");
    assert_text(&mut window, "Go back to here (undoes 3 steps)");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Enter);
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
    assert_text(&mut window, "3 steps undone");
    window.key_press(Key::Enter);
    wait_until_gone(&mut window, "The beginning");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "3 steps restored.");
    assert_eq!(fixture.rows(), all);
    run_and_settle(&mut window, "redo");
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn the_history_has_its_key_beside_two_panes() {
    let fixture = Fixture::for_reading_view(&Set::plain(10, 3));
    let mut window = fixture.window();
    for word in ["accept", "reject", "unsure"] {
        run_and_settle(&mut window, word);
    }
    run_command(&mut window, "history");
    for _ in 0..2 {
        window.key_press(Key::ArrowDown);
        settle(&mut window);
    }
    assert_text(&mut window, "Go back to here (undoes 2 steps)");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Enter);
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn restores_an_undone_branch_after_a_restart() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reason-duplicate");
    let rejected = fixture.rows();
    for _ in 0..2 {
        run_and_settle(&mut window, "undo");
    }
    // A new verdict on another row replaces the steps to redo.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "unsure");
    run_command(&mut window, "redo");
    assert_text(&mut window, "Nothing to redo.");
    drop(window);
    let mut window = fixture.window();
    run_command(&mut window, "history");
    window.get_by_label("Reason: duplicate").click();
    settle(&mut window);
    assert_text(&mut window, "train line 2");
    window.get_by_label("Restore (2 steps)").click();
    settle(&mut window);
    assert_text(&mut window, "Restored 2 steps");
    let (third, rest): (Vec<_>, Vec<_>) = fixture.rows().into_iter().partition(|row| row.0 == 3);
    assert_eq!((third.len(), rest), (1, rejected));
    window.run_steps(4);
    window.get_by_label("Undo").click();
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "accept".into()), (3, "unsure".into())]);
    // Later changes stay, and that is reported.
    press(&mut window, Key::Escape);
    assert_text(&mut window, "train line 2");
    run_and_settle(&mut window, "accept");
    run_command(&mut window, "history");
    window.get_by_label("Reason: duplicate").click();
    settle(&mut window);
    window.get_by_label("Restore (2 steps)").click();
    settle(&mut window);
    assert_text(&mut window, "skipped: 2 steps");
    assert_eq!(fixture.verdicts()[1], (2, "accept".into()));
}

#[test]
fn a_verdict_waits_until_its_row_was_visible() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // Three presses in frames that follow each other at once: one counts, the others are dropped.
    window.input_mut().time = Some(100.0);
    for _ in 0..3 {
        window.key_press(Key::R);
    }
    window.run_steps(4);
    assert_text(&mut window, "Too quick: train line 2 was visible too briefly; the key was ignored.");
    settle(&mut window);
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    window.input_mut().time = Some(101.0);
    run_and_settle(&mut window, "reject");
    assert_eq!(fixture.verdicts().len(), 2);
}

#[test]
fn a_note_goes_to_the_row_that_its_field_names() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reason-duplicate");
    run_command(&mut window, "note-judged");
    type_into(&mut window, "Note on train line 1:", "of the first");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "train line 2");
    let notes =
        || fixture.rows().into_iter().filter(|row| row.2 == "note").map(|row| (row.0, row.3)).collect::<Vec<_>>();
    assert_eq!(notes(), [(1, "of the first".to_owned())]);
    // On the row itself the strip is open, and nothing else names the verdict and its reasons.
    run_and_settle(&mut window, "previous");
    assert_text(&mut window, "Rejected. Why?");
    assert!(window.query_by_label("Remove reason duplicate").is_none());
    window.get_by_label("Duplicate").click();
    settle(&mut window);
    assert!(fixture.rows().iter().all(|row| row.2 != "reasons"));
}

#[test]
fn the_counter_counts_this_session() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    assert_text(&mut window, "this session: 0");
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "this session: 2");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "per hour");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "this session: 1");
    drop(window);
    assert_text(&mut fixture.window(), "this session: 0");
}

#[test]
fn saving_can_be_tried_again_by_key() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'disk full'); END";
    connection.execute_batch(full).unwrap();
    window.key_press(Key::R);
    wait_for(&mut window, "1 not saved");
    // Other messages do not hide it.
    run_command(&mut window, "keep-zoom");
    assert_text(&mut window, "Judgements are not being saved");
    connection.execute_batch("DROP TRIGGER full").unwrap();
    run_and_settle(&mut window, "save");
    assert_eq!(fixture.verdicts(), [(1, "reject".into())]);
    wait_until_gone(&mut window, "Judgements are not being saved");
}
