//! The blind second pass in the window: nothing of the earlier judgements is visible, nothing that
//! counts changes, it is kept when the window is gone, and its result can be settled.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, modifiers, press, run_and_settle, run_command, settle, step_until, type_into,
    wait_for,
};
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::command::entries;
use tilejury_app::screen::App;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Judges five rows: rejects with a reason and a note, accepts with a false negative, tags.
fn judged(window: &mut Harness<'_, App>) {
    run_and_settle(window, "reject");
    run_and_settle(window, "reason-bad-query");
    run_and_settle(window, "note-judged");
    type_into(window, "Note on train line 1:", "zebra");
    press(window, Key::Enter);
    run_and_settle(window, "negative-1");
    run_and_settle(window, "accept");
    run_and_settle(window, "unsure");
    for _ in 0..2 {
        run_and_settle(window, "accept");
    }
    run_and_settle(window, "first");
    run_and_settle(window, "look-again");
}

fn begin(window: &mut Harness<'_, App>) {
    run_command(window, "second-pass");
    window.get_by_role_and_label(Role::Button, "Begin").click();
    window.run_steps(6);
    settle(window);
    assert_text(window, "Second pass: 0 of 5 rows judged again");
}

/// All that the accessibility tree says, with the names of the commands left out.
fn said(window: &Harness<'_, App>) -> Vec<String> {
    let mut texts = Vec::new();
    let mut nodes = vec![window.root()];
    while let Some(node) = nodes.pop() {
        let access = node.accesskit_node();
        texts.extend([access.label(), access.value(), access.description()].into_iter().flatten());
        let is_on = access.toggled() == Some(egui::accesskit::Toggled::True);
        // The thumbnail of the tile in focus is switched on, whatever was judged.
        let is_focus = access.label().is_some_and(|label| label.starts_with("Thumbnail"));
        if is_on && access.role() == Role::Button && !is_focus {
            texts.push(format!("switched on: {}", access.label().unwrap_or_default()));
        }
        nodes.extend(node.children());
    }
    texts
}

/// The words that only an earlier judgement of a row could have brought into the window.
const GIVEAWAYS: [&str; 12] = [
    "zebra",
    "Rejected",
    "Accepted",
    "rejected",
    "accepted",
    "Unsure:",
    "unsure,",
    "1 false negative",
    "Bad query ×",
    "look-again",
    "marked relevant",
    "switched on: ",
];

#[track_caller]
fn assert_blind(window: &Harness<'_, App>) {
    // The counts of the pass itself: nothing is judged yet.
    let of_pass = "In this list: 0 accepted, 0 rejected, 0 unsure, ";
    let gives_away = |text: &String| GIVEAWAYS.iter().any(|word| text.replace(of_pass, "").contains(word));
    let found: Vec<String> = said(window).into_iter().filter(gives_away).collect();
    assert!(found.is_empty(), "the window says {found:?}");
}

#[test]
fn nothing_of_an_earlier_judgement_is_visible() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    // Panels that could show one are open.
    for panel in ["history", "inspector", "facets"] {
        run_and_settle(&mut window, panel);
    }
    judged(&mut window);
    run_command(&mut window, "tags");
    type_into(&mut window, "Tag train line 1:", "zebra");
    press(&mut window, Key::Enter);
    press(&mut window, Key::Escape);
    let before = said(&window).join("\n");
    assert!(["zebra", "ejected", "ccepted"].iter().all(|word| before.contains(word)), "the check can fail: {before}");
    let counts = fixture.rows();
    // A list that was searched for says what is in it.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "note:zebra ");
    wait_for(&mut window, "1 of 10 rows");
    press(&mut window, Key::Enter);
    begin(&mut window);
    assert_text(&mut window, "5 of 10 rows");
    assert_text(&mut window, "random order");
    assert_blind(&window);
    // The tags in use are those of the pass.
    run_command(&mut window, "tags");
    assert_blind(&window);
    press(&mut window, Key::Escape);
    // In every row, every view of it, and with every form of the queue.
    for _ in 0..5 {
        for word in ["queue-rows", "reading-view", "compare", "reading-view", "next"] {
            run_and_settle(&mut window, word);
            assert_blind(&window);
        }
        press(&mut window, Key::Num0);
    }
    // What would show one is refused.
    for word in
        ["overview", "facets", "contact-sheet", "export", "report", "audit-report", "messages", "suspicious-first"]
    {
        run_command(&mut window, word);
        assert_text(&mut window, "Not during a second pass");
        assert_blind(&window);
        settle(&mut window);
    }
    // Searches see the pass only.
    for (search, rows) in [("verdict:reject ", 0), ("note:zebra ", 0), ("fn:>0 ", 0), ("verdict:none ", 5)] {
        run_command(&mut window, "search");
        type_into(&mut window, "Search", search);
        wait_for(&mut window, &format!("{rows} of 10 rows"));
        press(&mut window, Key::Enter);
        run_and_settle(&mut window, "show-all");
    }
    // A row that was not drawn cannot be opened.
    run_command(&mut window, "go-to");
    type_into(&mut window, "Position in the list, or split:line, such as eval:3", "train:9");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "This row is not in the second pass");
    // Undo ends where the pass began.
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Nothing to undo");
    assert_eq!(fixture.rows(), counts);
}

#[test]
fn a_pass_is_judged_ended_and_settled() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    judged(&mut window);
    let before = fixture.rows();
    assert_text(&mut window, "train line 1");
    begin(&mut window);
    for at in 0..5 {
        assert_text(&mut window, &format!("Second pass: {at} of 5 rows judged again"));
        run_and_settle(&mut window, "accept");
    }
    assert_text(&mut window, "All 5 rows are judged again");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "Second pass: 4 of 5 rows judged again");
    run_and_settle(&mut window, "redo");
    run_command(&mut window, "second-pass");
    settle(&mut window);
    // Lines 1 and 3 have another verdict now, line 2 has lost its false negative.
    assert_text(&mut window, "5 of 5 rows judged again: 2 the same, 3 changed");
    assert_text(&mut window, "Verdicts: 3 of 5 agree");
    assert_text(&mut window, "Rejected (bad query) → Accepted");
    assert_text(&mut window, "negative 1: relevant → not relevant");
    assert_eq!(fixture.rows(), before, "what counts is as before");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "seed");
    assert_text(&mut window, "train line 1");
    assert_text(&mut window, "10 rows");

    // A changed row is opened with both judgements, settled, and undone.
    run_command(&mut window, "second-pass");
    window.query_all_by_role_and_label(Role::Button, "Open").next().unwrap().click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "Second pass, changed row 1 of 3");
    window.get_by_role_and_label(Role::Button, "Take the second").click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "Second judgement taken");
    assert_ne!(fixture.rows(), before);
    run_and_settle(&mut window, "undo");
    assert_eq!(fixture.rows(), before);
    window.get_by_role_and_label(Role::Button, "Keep the first").click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "First judgement kept");
    assert_eq!(fixture.rows(), before);
    window.get_by_role_and_label(Role::Button, "Next changed row").click();
    window.run_steps(4);
    settle(&mut window);
    assert_text(&mut window, "Second pass, changed row 2 of 3");
    window.get_by_role_and_label(Role::Button, "Hide the two judgements").click();
    window.run_steps(4);
    assert_no_text(&window, "changed row");
}

#[test]
fn changed_rows_are_settled_by_keys() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "next-changed");
    assert_text(&mut window, "No row has two different judgements");
    judged(&mut window);
    let before = fixture.rows();
    begin(&mut window);
    for _ in 0..5 {
        run_and_settle(&mut window, "accept");
    }
    run_command(&mut window, "second-pass");
    settle(&mut window);
    assert_text(&mut window, "Shift+F10 shows the next changed row");
    press(&mut window, Key::Escape);
    // A key that settles does nothing to a row that is not shown with both judgements.
    run_and_settle(&mut window, "take-second");
    assert_text(&mut window, "Not a changed row of a second pass");
    assert_eq!(fixture.rows(), before);
    run_and_settle(&mut window, "next-changed");
    assert_text(&mut window, "Second pass, changed row ");
    let places = |window: &Harness<'_, App>, label: &str| window.get_by_role_and_label(Role::Button, label).rect();
    let (first, next) = (places(&window, "Keep the first"), places(&window, "Next changed row"));
    run_and_settle(&mut window, "take-second");
    assert_text(&mut window, "Second judgement taken");
    assert_ne!(fixture.rows(), before);
    // Nothing moved, in this row and in the next one.
    assert_eq!((places(&window, "Keep the first"), places(&window, "Next changed row")), (first, next));
    run_and_settle(&mut window, "next-changed");
    assert_eq!((places(&window, "Keep the first"), places(&window, "Next changed row")), (first, next));
    let shown = |window: &Harness<'_, App>| {
        let of = |at: &usize| window.query_by_label(&format!("Second pass, changed row {at} of 3")).is_some();
        (1..=3).find(of).unwrap()
    };
    let open = shown(&window);
    run_and_settle(&mut window, "next-changed");
    assert_eq!(shown(&window), open % 3 + 1);
    let taken = fixture.rows();
    run_and_settle(&mut window, "keep-first");
    assert_text(&mut window, "First judgement kept");
    assert_eq!(fixture.rows(), taken);
    // The settled row keeps its decision: another press changes nothing.
    run_and_settle(&mut window, "take-second");
    assert_eq!(fixture.rows(), taken);
    // The row that is open comes before those that follow in the list.
    run_and_settle(&mut window, "next-changed");
    assert_eq!(shown(&window), open);
    run_and_settle(&mut window, "keep-first");
    run_and_settle(&mut window, "next-changed");
    assert_eq!(shown(&window), open % 3 + 1, "all are settled: it goes round");
}

/// Four rows in the reading view; the second negative of the first is its positive again.
fn suspicious() -> Fixture {
    let mut set = Set::new();
    for at in 0..4_u32 {
        let paths: Vec<String> = (0..3).map(|page| tile(0, 10 * at + page, 0)).collect();
        for (shade, path) in paths.iter().enumerate() {
            set = set.tile(path, &picture::png(60, 70, (20 * at) as u8 + shade as u8));
        }
        let second = if at == 0 { &paths[0] } else { &paths[2] };
        let query = ["How tall is the tower?", "Price of salt", "Who built bridges", "When did it rain"][at as usize];
        set = set.row("train", &Row::new(query, &paths[0]).negatives(&[&paths[1], second]));
    }
    Fixture::for_reading_view(&set)
}

fn panes(window: &Harness<'_, App>) -> Vec<usize> {
    window.state().visible_tiles().iter().map(|tile| tile.place).collect()
}

#[test]
fn signals_lead_to_a_tile_only_outside_the_pass() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    assert_eq!(panes(&window), [0, 1], "in the order of the file");
    run_and_settle(&mut window, "reject");
    // A judged row opens at its most suspicious negative.
    run_and_settle(&mut window, "first");
    assert_eq!(panes(&window), [0, 2]);
    run_command(&mut window, "second-pass");
    window.get_by_role_and_label(Role::Button, "Begin").click();
    window.run_steps(6);
    settle(&mut window);
    assert_text(&mut window, "Second pass: 0 of 1 row judged again");
    assert_eq!(panes(&window), [0, 1]);
    // Not even in a list that asks for a signal, and in a comparison.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "signal:own-positive ");
    wait_for(&mut window, "1 of 4 rows");
    press(&mut window, Key::Enter);
    assert_eq!(panes(&window), [0, 1]);
    run_and_settle(&mut window, "show-all");
    run_and_settle(&mut window, "compare");
    assert_eq!(panes(&window), [0, 1]);
    run_and_settle(&mut window, "compare");
    run_and_settle(&mut window, "accept");
    // A row that is judged again opens at its first negative, too.
    run_and_settle(&mut window, "pane-next");
    assert_eq!(panes(&window), [0, 2]);
    run_and_settle(&mut window, "first");
    assert_eq!(panes(&window), [0, 1]);
    run_command(&mut window, "second-pass");
    settle(&mut window);
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "next-changed");
    assert_text(&mut window, "Second pass, changed row 1 of 1");
    assert_eq!(panes(&window), [0, 2]);
}

#[test]
fn an_interrupted_pass_is_offered_again() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    judged(&mut window);
    let before = fixture.rows();
    begin(&mut window);
    for _ in 0..2 {
        run_and_settle(&mut window, "reject");
    }
    // Everything is on disk before the window closes: a copy of the files at this moment has the
    // same content as the files of a killed program.
    let copy = Fixture::plain();
    for file in std::fs::read_dir(fixture.set()).unwrap().map(|file| file.unwrap()) {
        if file.file_name().to_string_lossy().starts_with("tilejury.sqlite") {
            std::fs::copy(file.path(), copy.set().join(file.file_name())).unwrap();
        }
    }
    drop(window);
    let mut window = copy.window();
    assert_text(&mut window, "A second pass is not finished: 2 of 5 rows judged again");
    assert_eq!(copy.rows(), before);
    assert_text(&mut window, "train line 1");
    run_command(&mut window, "second-pass");
    assert_text(&mut window, "Not finished: 2 of 5 rows judged again");
    press(&mut window, Key::Enter);
    assert_text(&mut window, "Second pass: 2 of 5 rows judged again");
    for _ in 0..3 {
        run_and_settle(&mut window, "reject");
    }
    // Esc closes the reasons first, then ends the pass.
    press(&mut window, Key::Escape);
    press(&mut window, Key::Escape);
    assert_text(&mut window, "5 of 5 rows judged again: ");
    assert_no_text(&window, "Second pass: 5 of 5 rows judged again");
    assert_eq!(copy.rows(), before);
}

#[test]
fn rows_of_a_pass_are_judged_one_by_one() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    judged(&mut window);
    begin(&mut window);
    let entry = entries().find(|entry| entry.word == "extend-down").unwrap();
    window.key_press_modifiers(modifiers(entry.keys[0]), entry.keys[0].key);
    window.run_steps(4);
    assert_no_text(&window, "rows selected");
    let rows: Vec<_> = window.query_all_by_role(Role::ListItem).collect();
    rows.last().unwrap().click_modifiers(Modifiers::SHIFT);
    window.run_steps(4);
    assert_text(&mut window, "rows are judged one by one");
}

#[test]
fn the_number_of_rows_is_limited_to_those_judged_alone() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_command(&mut window, "second-pass");
    assert_text(&mut window, "No row can be drawn yet");
    press(&mut window, Key::Escape);
    judged(&mut window);
    run_command(&mut window, "second-pass");
    wait_for(&mut window, "of 5");
    type_into(&mut window, "Rows to draw", "0");
    assert_text(&mut window, "Only 5 rows can be drawn");
}
