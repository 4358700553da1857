//! The first hour: hints and the key that was pressed, planted defects of the demo, tooltips, the
//! items of the status bar, the recent list.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, is_painted, press, run_and_settle, run_command, settle, step_until, wait_for,
    wait_until_gone,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_testkit::Set;
use tilejury_testkit::set::put;

/// A set in a window with hints and pressed keys, as at the very first start.
fn first_hour() -> Fixture {
    let fixture = Fixture::plain();
    put(
        &fixture.dir.path().join("config/settings.json"),
        br#"{"look_at_pixels": false, "reading": "off", "overview_first": false}"#,
    );
    fixture
}

#[test]
fn each_hint_ends_once_its_key_was_used() {
    let fixture = first_hour();
    let mut window = fixture.window();
    assert_text(&mut window, "Press its number: 1 … 9.");
    press(&mut window, Key::Num2);
    assert_text(&mut window, "C compares the two");
    // The next hint waits for its turn: using a later key does not skip this one.
    press(&mut window, Key::A);
    assert_text(&mut window, "C compares the two");
    press(&mut window, Key::C);
    assert_text(&mut window, "R rejects the row");
    press(&mut window, Key::R);
    // A rejected row is the moment for reasons.
    assert_text(&mut window, "Shift and a letter name the reason");
    run_and_settle(&mut window, "reason-duplicate");
    assert_text(&mut window, "Z undoes it");
    window.get_by_label("I know").click();
    window.run_steps(4);
    assert_no_text(&window, "Z undoes it");
    // What was learned is remembered, and hints can be switched off.
    drop(window);
    let mut window = fixture.window();
    assert_no_text(&window, "Press its number");
    window.get_by_label("No more hints").click();
    window.run_steps(4);
    assert_no_text(&window, "No more hints");
    step_until(&mut window, "the choice to be stored", |_| {
        fixture.config("settings.json").contains("\"hints\": false")
    });
}

#[test]
fn blind_hints_tell_nothing_that_is_hidden() {
    let fixture = first_hour();
    let mut window = fixture.window();
    run_and_settle(&mut window, "blind-roles");
    let mut seen = 0;
    while window.query_by_label("I know").is_some() {
        for told in ["ositive", "egative", "signal", "reject"] {
            let hint = window.query_by_label_contains(told).is_some_and(|node| node.rect().top() > 700.0);
            assert!(!hint, "{told}");
        }
        assert_no_text(&window, "C compares the two");
        window.get_by_label("I know").click();
        window.run_steps(4);
        seen += 1;
    }
    assert_eq!(seen, 6, "lessons that help without roles");
    // What was left out comes once everything is shown.
    run_and_settle(&mut window, "blind");
    assert_text(&mut window, "C compares the two");
}

#[test]
fn the_overview_has_no_hint_about_rows() {
    let fixture = first_hour();
    let mut window = fixture.window();
    assert_text(&mut window, "Press its number: 1 … 9.");
    run_and_settle(&mut window, "overview");
    assert_no_text(&window, "Press its number");
    press(&mut window, Key::Escape);
    assert_text(&mut window, "Press its number: 1 … 9.");
}

#[test]
fn hints_end_after_the_first_hour() {
    let fixture = first_hour();
    put(&fixture.dir.path().join("config/window.json"), br#"{"used_secs": 3600.0}"#);
    let mut window = fixture.window();
    assert_no_text(&window, "Press its number");
    press(&mut window, Key::Num1);
    assert_no_text(&window, "Toggle negative 1");
}

#[test]
fn shows_the_pressed_key_for_a_moment() {
    let fixture = first_hour();
    let mut window = fixture.window();
    window.key_press(Key::Num1);
    window.run_steps(3);
    assert_text(&mut window, "Toggle negative 1");
    wait_until_gone(&mut window, "Toggle negative 1");
}

#[test]
fn pressed_keys_and_notices_cover_nothing() {
    let fixture = first_hour();
    for size in [(1280.0, 800.0), (1024.0, 640.0)] {
        let mut window = fixture.window_of_size(Some(&fixture.set()), size);
        run_command(&mut window, "inspector");
        settle(&mut window);
        // The status bar is the last line, and its names stay where they are.
        let bar = window.get_by_label_contains("Annotator: ").rect();
        assert!(bar.bottom() > size.1 - 30.0, "{bar:?}");
        window.key_press(Key::Num1);
        window.run_steps(3);
        let chip = window.get_by_label_contains("Toggle negative 1").rect();
        assert!(chip.left() > bar.right() && chip.top() >= bar.top() - 3.0, "{chip:?} {bar:?}");
        assert_eq!(window.get_by_label_contains("Annotator: ").rect().y_range(), bar.y_range(), "nothing moves");
        wait_until_gone(&mut window, "Toggle negative 1");
        run_command(&mut window, "keep-zoom");
        let notice = window.get_by_label_contains("Keep the zoom").rect();
        assert!(notice.left() > bar.right() && notice.top() >= bar.top() - 3.0, "{notice:?} {bar:?}");
        // In a narrow window a notice lies over the end of the line.
        let counter = window.query_by_label_contains("this session: ").filter(|_| size.0 > 1200.0);
        let counter = counter.map(|counter| counter.rect());
        assert!(counter.is_none_or(|counter| notice.right() <= counter.left()), "{notice:?} {counter:?}");
        assert!(counter.is_some() || size.0 <= 1200.0);
        assert_eq!(window.get_by_label_contains("Annotator: ").rect().y_range(), bar.y_range(), "nothing moves");
        run_command(&mut window, "keep-zoom");
        run_command(&mut window, "undo");
        run_command(&mut window, "inspector");
    }
}

#[test]
fn the_demo_counts_its_planted_defects() {
    let fixture = first_hour();
    let start = fixture.start(Some(&fixture.set()));
    let builder = Harness::builder().with_size((1400.0, 900.0)).with_max_steps(64).allow_missing_glyphs();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    settle(&mut window);
    assert_no_text(&window, "planted defects");
    run_command(&mut window, "open-demo");
    wait_for(&mut window, "0 of 48 judged");
    settle(&mut window);
    assert_text(&mut window, "0 of 19 planted defects found");
    // Line 2 of train has a false negative among its negatives: marking all of them finds it.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "all-relevant");
    assert_text(&mut window, "1 of 19 planted defects found");
    run_and_settle(&mut window, "undo");
    assert_text(&mut window, "0 of 19 planted defects found");
}

#[test]
fn tooltips_of_a_resting_pointer_give_way_to_keys() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let tooltip = "You marked 0 negatives as relevant, in 0 rows; a click lists them (fn:>0).";
    let wait = |window: &mut Harness<'_, App>| {
        window.get_by_label_contains("0 false negatives").hover();
        step_until(window, "the tooltip", |window| is_painted(window, tooltip));
    };
    wait(&mut window);
    press(&mut window, Key::J);
    window.run_steps(8);
    assert!(!is_painted(&window, tooltip), "the pointer rests, the keys work");
    // It comes back once the pointer moves.
    let somewhere = window.get_by_label_contains("of 10 judged").rect().center();
    window.event(egui::Event::PointerMoved(somewhere));
    window.run_steps(4);
    wait(&mut window);
}

#[test]
fn items_of_the_status_bar_open_what_they_name() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    press(&mut window, Key::Num1);
    press(&mut window, Key::A);
    window.get_by_label_contains("1 false negative").click();
    wait_for(&mut window, "1 of 10 rows");
    run_command(&mut window, "show-all");
    wait_for(&mut window, "10 rows");
    window.get_by_label_contains("1 of 10 judged").click();
    wait_for(&mut window, "1 of 10 rows");
    run_command(&mut window, "show-all");
    wait_for(&mut window, "10 rows");
    window.get_by_label_contains(" Saved").click();
    window.run_steps(4);
    assert_text(&mut window, "History");
    press(&mut window, Key::Escape);
    window.get_by_label("2 of 10").click();
    window.run_steps(4);
    assert_text(&mut window, "Position in the list, or split:line, such as eval:3");
}

#[test]
fn the_recent_list_tells_the_progress() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "close");
    wait_for(&mut window, "Keys to know");
    wait_for(&mut window, "2 of 10 judged · today ");
}

#[test]
fn what_was_said_about_a_list_goes_with_it() {
    let fixture = Fixture::new(&Set::plain(2, 2));
    let mut window = fixture.window();
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Every row in this list is judged.");
    window.get_by_label_contains("2 of 2 judged").click();
    window.run_steps(6);
    assert_no_text(&window, "Every row in this list is judged.");
}

#[test]
fn diagnosis_is_examined_and_copied() {
    let fixture = Fixture::plain();
    let mut window = fixture.window();
    let copied = |window: &Harness<'_, App>| {
        window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    };
    run_command(&mut window, "copy-diagnosis");
    let mut page = None;
    for _ in 0..3000 {
        window.step();
        page = copied(&window);
        if page.is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let page = page.unwrap();
    for part in ["Tilejury ", "\nok       version ", " tesseract ", " data folder ", " OpenGL "] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    wait_for(&mut window, "The diagnosis is copied");
}

#[test]
fn about_has_version_licences_and_places_of_files() {
    let fixture = Fixture::plain();
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1024.0, 640.0));
    run_command(&mut window, "about");
    assert_text(&mut window, &format!("Tilejury {}", env!("CARGO_PKG_VERSION")));
    for (name, end) in [("Settings", "settings.json"), ("Judgements of this dataset", "tilejury.sqlite")] {
        window.get_by_label(&format!("Copy the path: {name}")).click();
        window.run_steps(1);
        let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        let path = copied.unwrap_or_default();
        assert!(path.ends_with(end) && path.starts_with(&*fixture.dir.path().to_string_lossy()), "{name}: {path}");
        window.run_steps(2);
    }
    assert!(window.query_by_label("Open the folder: Log and crash reports").is_some());
    window.get_by_label("Show all licences").click();
    window.run_steps(4);
    // The program's own licence comes first.
    assert!(is_painted(&window, "MIT License"));
    let inside = window.get_by_label("Files of the program").rect();
    assert!(inside.bottom() < 640.0 && window.get_by_label("Copy diagnosis").rect().bottom() < 640.0, "{inside:?}");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "Show all licences");
}
