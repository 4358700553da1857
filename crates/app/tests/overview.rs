//! The overview and the facets: what they show, that every bar filters the list, that the overview
//! is the first view of a set with something to say, and that no key judges a row behind it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, painted, press, run_and_settle, run_command, settle, step_until, type_into,
    wait_for, wait_until_gone,
};
use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use serde_json::json;
use tilejury_app::screen::App;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

/// Six rows: the second has its positive among its negatives; half of them are about maths.
fn set() -> Set {
    let mut set = Set::new();
    for at in 0..6_u32 {
        let (positive, negative) = (tile(1, at, 0), tile(2, at, 0));
        let negatives = if at == 1 { vec![&*negative, &*positive] } else { vec![&*negative] };
        let subject = if at % 2 == 0 { "maths" } else { "law" };
        let row = Row::new(&format!("query {at}"), &positive).negatives(&negatives).field("subject", json!(subject));
        set = set.row("train", &row.field("id", json!(format!("row-{at}"))));
    }
    set
}

/// The same with pictures.
fn with_pictures() -> Set {
    (0..6_u32).fold(set(), |set, at| {
        let set = set.tile(&tile(1, at, 0), &picture::png(70, 82, 10 + at as u8));
        set.tile(&tile(2, at, 0), &picture::png(70, 82, 90 + at as u8))
    })
}

fn search_text(window: &Harness<'_, App>) -> String {
    window.get_by_role_and_label(Role::TextInput, "Search").value().unwrap_or_default()
}

#[test]
fn overview_names_problems_and_its_bars_filter_the_list() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "6 rows, 1 judged (17 %)");
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    let problem = "1 row has its positive among its negatives";
    click_until(&mut window, problem, |search| search == "signal:own-positive");
    wait_for(&mut window, "1 of 6 rows");
    // Again: all rows.
    click_until(&mut window, problem, str::is_empty);
    wait_until_gone(&mut window, "1 of 6 rows");
    click_until(&mut window, "1: 5 rows, 1 judged", |search| search == "neg:1");
    wait_for(&mut window, "5 of 6 rows");
    shift_click_until(&mut window, "train: 6 rows, 1 judged", |search| search == "neg:1 split:train");
    wait_for(&mut window, "5 of 6 rows");
    // Another value of a filter is one more of its values; again, it is taken out.
    shift_click_until(&mut window, "2: 1 row, 0 judged", |search| search == "neg:1,2 split:train");
    wait_until_gone(&mut window, "5 of 6 rows");
    shift_click_until(&mut window, "2: 1 row, 0 judged", |search| search == "neg:1 split:train");
    wait_for(&mut window, "5 of 6 rows");
    // The current row is not in the list: the first of it is shown.
    click_until(&mut window, "2: 1 row, 0 judged", |search| search == "neg:2");
    wait_for(&mut window, "1 of 6 rows");
    run_and_settle(&mut window, "overview");
    assert_no_text(&window, "Verdicts over time");
    assert_text(&mut window, "query 1");
}

/// The buttons that say how many rows they list, with that number.
fn counting_buttons(window: &Harness<'_, App>) -> Vec<(String, usize)> {
    let labels = window.get_all_by_role(Role::Button).filter_map(|button| button.accesskit_node().label());
    let rows = |label: &str| {
        let (number, _) = label.split_once(": ")?.1.split_once(" row")?;
        number.replace(',', "").parse().ok()
    };
    labels.filter_map(|label| Some((label.clone(), rows(&label)?))).collect()
}

/// Clicks the button with a label until the search is as expected.
#[track_caller]
fn click_until(window: &mut Harness<'_, App>, label: &str, expected: impl Fn(&str) -> bool) {
    press_until(window, label, Modifiers::NONE, expected);
}

#[track_caller]
fn shift_click_until(window: &mut Harness<'_, App>, label: &str, expected: impl Fn(&str) -> bool) {
    press_until(window, label, Modifiers::SHIFT, expected);
}

/// Counts that arrive between the press and the release can move the button away.
#[track_caller]
fn press_until(window: &mut Harness<'_, App>, label: &str, modifiers: Modifiers, expected: impl Fn(&str) -> bool) {
    for _ in 0..5 {
        wait_for(window, label);
        let exact = window.query_by_label(label);
        exact.unwrap_or_else(|| window.get_by_label_contains(label)).click_modifiers(modifiers);
        window.run_steps(6);
        if expected(&search_text(window)) {
            return;
        }
    }
    panic!("{label} leads to {:?}", search_text(window));
}

/// Clicks every bar, and checks that the list has as many rows as it says. Returns the filters.
fn click_every_bar(window: &mut Harness<'_, App>, all: usize) -> BTreeSet<String> {
    let mut filters = BTreeSet::new();
    // Cards that come later would move the bars.
    step_until(window, "the signals", |window| window.state().knows_findings());
    window.run_steps(8);
    let bars = counting_buttons(window);
    assert!(!bars.is_empty());
    for (label, rows) in bars.into_iter().filter(|(_, rows)| *rows > 0) {
        click_until(window, &label, |search| !search.is_empty());
        let shown = if rows == all { format!("{all} rows") } else { format!("{rows} of {all} rows") };
        wait_for(window, &shown);
        let search = search_text(window);
        assert!(!search.is_empty(), "{label}");
        filters.insert(search.split(':').next().unwrap().to_owned());
        click_until(window, "Show all", str::is_empty);
        // A list that arrives later would move the bars.
        if rows != all {
            wait_until_gone(window, &shown);
        }
        window.run_steps(4);
    }
    filters
}

#[test]
fn problems_say_what_an_export_does_about_them() {
    let page = |at: u32, chunk: u32| tile(1, at, chunk);
    let set = Set::new()
        // An export mends these: the positive among the negatives, and no negatives.
        .row(
            "train",
            &Row::new("How long is the Nile?", &page(0, 0)).negatives(&[&page(1, 0), &page(8, 0), &page(0, 0)]),
        )
        .row("train", &Row::new("height of the tower", &page(2, 0)))
        // Somebody has to judge this one.
        .row("train", &Row::new("Who wrote Hamlet?", &page(6, 0)).negatives(&[&page(6, 1), &page(9, 0)]))
        // And this one, since the other query is only near.
        .row("train", &Row::new("How lonng is the Nile?", &page(10, 0)).negatives(&[&page(0, 0), &page(11, 0)]));
    let fixture = Fixture::new(&set);
    for (width, two_columns) in [(1000.0, false), (1700.0, true)] {
        let mut window = fixture.window_of_size(Some(&fixture.set()), (width, 900.0));
        run_command(&mut window, "overview");
        wait_for(&mut window, "1 row has its positive among its negatives");
        let top = |text: &str| window.get_by_label(text).rect().min;
        let (mended, judged) = (top("An export mends these"), top("These are left to you"));
        let some = top("An export mends some of these; the rest is left to you");
        assert_eq!((some.y - judged.y).abs() < 1.0, two_columns, "{width}");
        assert!(judged.y <= some.y && some.y < mended.y && (some.x - mended.x).abs() < 1.0, "{width}");
        let near = |problem: &str, words: &str| {
            let line = window.get_by_label(problem).rect();
            let beside = window.get_all_by_label(words).map(|node| node.rect());
            let mut on_line = beside.filter(|rect| (rect.center().y - line.center().y).abs() < 4.0);
            on_line.any(|rect| rect.left() >= line.right() - 1.0 && rect.right() <= width)
        };
        assert!(near("1 row has its positive among its negatives", "an export removes such negatives"), "{width}");
        assert!(near("1 row has no negatives", "an export leaves such rows out"), "{width}");
        assert!(near("1 negative is from the page of the positive", "for you to judge"), "{width}");
        assert!(near("1 negative is a positive of the same or a near query", "an export removes some"), "{width}");
    }
    // The preview has the same names, and does what they say.
    let mut window = fixture.window();
    run_command(&mut window, "export");
    wait_for(&mut window, "Positive in negatives: 1 row, changed");
    assert_text(&mut window, "Too few negatives: 1 row, left out");
    assert_text(&mut window, "2 kept as they are");
}

#[test]
fn every_bar_of_the_demo_lists_as_many_rows_as_it_says() {
    let fixture = Fixture::new(&set());
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/demo/dataset");
    let copy = fixture.dir.path().join("demo");
    crate::common::copy_folder(std::path::Path::new(demo), &copy);
    let mut window = fixture.window_of_size(Some(&copy), (1900.0, 1600.0));
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "48 rows, 1 judged");
    wait_for(&mut window, "certainly wrong");
    let filters = click_every_bar(&mut window, 48);
    let expected =
        ["judged-by", "judged-on", "margin", "neg", "positive-rank", "positive-score", "signal", "split", "suspicion"];
    assert_eq!(filters.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

/// Six rows: the first is probably wrong, the third and the last certainly.
fn of_all_grades() -> Set {
    let page = |at: u32, chunk: u32| tile(1, at, chunk);
    let near = NEAR;
    Set::new()
        // The negative is the positive of a near query: probably wrong.
        .row("train", &Row::new(near[0], &page(0, 0)).negatives(&[&page(1, 0)]))
        .row("train", &Row::new(near[1], &page(1, 0)).negatives(&[&page(2, 0)]))
        // The same, but certainly wrong for another reason.
        .row("train", &Row::new("How long is the Nile?", &page(3, 0)).negatives(&[&page(4, 0), &page(3, 0)]))
        .row("train", &Row::new("How lonng is the Nile?", &page(4, 0)).negatives(&[&page(5, 0)]))
        // Only from the same page.
        .row("train", &Row::new("Who wrote Hamlet?", &page(6, 0)).negatives(&[&page(6, 1)]))
        .row("train", &Row::new("no negatives", &page(7, 0)))
}

const NEAR: [&str; 2] = ["When was salt first mined in Wieliczka?", "When was salt first mned in Wieliczka?"];

#[test]
fn the_first_sentence_counts_the_judged_rows_too() {
    let fixture = Fixture::new(&of_all_grades());
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    for word in ["next", "next", "reject"] {
        run_and_settle(&mut window, word);
    }
    run_command(&mut window, "overview");
    wait_for(&mut window, " of 6 rows are certainly wrong, 1 of them judged; ");
    assert_text(&mut window, "2 (33 %)");
    assert_text(&mut window, "a further 1 (17 %) is probably wrong");
    assert_no_text(&window, "judged; 3 (50 %) are");
    // The last of both: the number stays what it is.
    for word in ["overview", "last", "reject", "first", "reject", "overview"] {
        run_and_settle(&mut window, word);
    }
    wait_for(&mut window, " of 6 rows are certainly wrong, all of them judged; ");
    wait_for(&mut window, ", judged; 3 (50 %) are less suspicious or not at all");
}

#[test]
fn the_first_sentence_lists_rows_of_strong_suspicion() {
    let fixture = Fixture::new(&of_all_grades());
    let mut window = fixture.window();
    run_command(&mut window, "overview");
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    wait_for(&mut window, "a further 1 (17 %) is probably wrong");
    assert_text(&mut window, "2 (33 %)");
    assert_text(&mut window, "; 3 (50 %) are less suspicious or not at all");
    let strong = |search: &str| search.starts_with("suspicion:>=0.5 -signal:");
    click_until(&mut window, "a further 1 (17 %) is probably wrong", strong);
    wait_for(&mut window, "1 of 6 rows");
    run_and_settle(&mut window, "overview");
    assert_text(&mut window, NEAR[0]);
}

#[test]
fn the_first_rows_to_look_at_are_below_the_cards() {
    // A negative of the last row is its positive; its tiles are too far away to be loaded ahead. In
    // the first row a negative is only from the page of the positive.
    let rows = 40;
    let set = (0..rows).fold(Set::new(), |set, at: u32| {
        let (positive, page, other) = (tile(1, at, 0), tile(1, at, 1), tile(2, at, 0));
        let negatives = match at {
            0 => vec![&*other, &*page],
            at if at + 1 == rows => vec![&*other, &*positive],
            _ => vec![&*other],
        };
        let set = set.row("train", &Row::new(&format!("query {at}"), &positive).negatives(&negatives));
        let paths = [&positive, &page, &other].into_iter().zip(0..);
        paths.fold(set, |set, (path, place)| set.tile(path, &picture::png(70, 82, (3 * at + place) as u8)))
    });
    let fixture = Fixture::new(&set);
    let mut window = fixture.window_of_size(Some(&fixture.set()), (2000.0, 1400.0));
    run_command(&mut window, "overview");
    wait_for(&mut window, "First rows to look at");
    let card = "Look at train line 40, negative 2: query 39";
    wait_for(&mut window, card);
    assert_eq!(window.query_all_by_label_contains("Look at train").count(), 1, "no other row is probably wrong");
    let (below, card_at) = (window.get_by_label("Rows of each split, judged and all"), window.get_by_label(card));
    assert!(below.rect().bottom() < card_at.rect().top(), "below the cards");
    step_until(&mut window, "its pictures", |window| {
        let place = window.get_by_label(card).rect();
        let pictures = painted(window).into_iter().filter(|(_, shape)| match shape {
            Shape::Mesh(mesh) => {
                mesh.texture_id != egui::TextureId::default() && place.contains_rect(mesh.calc_bounds())
            }
            Shape::Rect(rect) => rect.brush.is_some() && place.contains_rect(rect.rect),
            _ => false,
        });
        pictures.count() == 2
    });
    window.get_by_label(card).click();
    window.run_steps(4);
    settle(&mut window);
    assert_no_text(&window, "First rows to look at");
    assert_text(&mut window, "train line 40");
    // What is judged is none of them any more.
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "40 rows, 1 judged");
    wait_until_gone(&mut window, card);
    assert_no_text(&window, "First rows to look at");
}

#[test]
fn enter_goes_to_the_first_row_that_is_probably_wrong() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    let listed = |window: &mut Harness<'_, App>| {
        step_until(window, "the overview", |window| {
            window.query_by_label("First wrong row").is_some_and(|button| !button.accesskit_node().is_disabled())
        });
    };
    assert_text(&mut window, "train line 1");
    run_command(&mut window, "overview");
    listed(&mut window);
    press(&mut window, Key::Enter);
    assert_no_text(&window, "First wrong row");
    assert_text(&mut window, "train line 2");
    // Esc returns to the row from before.
    run_and_settle(&mut window, "first");
    run_command(&mut window, "overview");
    press(&mut window, Key::Escape);
    assert_text(&mut window, "train line 1");
    // Once it is judged, no such row is left: Enter shows the rows.
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "first");
    run_command(&mut window, "overview");
    listed(&mut window);
    press(&mut window, Key::Enter);
    assert_no_text(&window, "First wrong row");
    assert_text(&mut window, "train line 1");
}

#[test]
fn bars_of_imported_scores_and_positions_filter_the_list() {
    let fixture = Fixture::new(&set());
    let lines: String = (0..4)
        .flat_map(|at| {
            [(tile(1, at, 0), 0.9), (tile(2, at, 0), 0.5 + f64::from(at) / 5.0)].map(|(path, score)| (at, path, score))
        })
        .map(|(at, path, score)| {
            format!("{}\n", json!({"query": format!("query {at}"), "path": path, "score": score, "source": "my model"}))
        })
        .collect();
    crate::common::import_scores(&fixture, &lines);
    let mut window = fixture.window_of_size(Some(&fixture.set()), (1900.0, 1600.0));
    press(&mut window, Key::Num1);
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "Positive's rank by my model");
    let filters = click_every_bar(&mut window, 6);
    for filter in ["margin", "positive-rank", "positive-score", "fn-at", "judged-by"] {
        assert!(filters.contains(filter), "{filter}: {filters:?}");
    }
}

#[test]
fn overview_is_the_first_view_of_a_set_with_findings() {
    let fixture = Fixture::new(&set());
    put(
        &fixture.dir.path().join("config/settings.json"),
        br#"{"look_at_pixels": false, "reading": "off", "settle_ms": 0}"#,
    );
    let mut window = fixture.window();
    wait_for(&mut window, "1 row has its positive among its negatives");
    // No key judges a row that is not visible.
    run_command(&mut window, "reject");
    crate::common::settle(&mut window);
    assert!(fixture.verdicts().is_empty(), "{:?}", fixture.verdicts());
    wait_until_gone(&mut window, "6 rows, 0 judged");
    run_and_settle(&mut window, "reject");
    assert_eq!(fixture.verdicts().len(), 1);
    run_command(&mut window, "overview");
    wait_for(&mut window, "6 rows, 1 judged");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "6 rows, 1 judged");
}

#[test]
fn rows_of_a_problem_open_at_the_flagged_negative() {
    let fixture = Fixture::for_reading_view(&with_pictures());
    let mut window = fixture.window();
    run_command(&mut window, "overview");
    let problem = "1 row has its positive among its negatives";
    click_until(&mut window, problem, |search| search == "signal:own-positive");
    wait_for(&mut window, "1 of 6 rows");
    press(&mut window, Key::Escape);
    let places: Vec<usize> = window.state().visible_tiles().iter().map(|tile| tile.place).collect();
    assert_eq!(places, [0, 2], "the second negative is the positive");
    assert_text(&mut window, "Unfold the queue");
    // A problem says how many of its rows are judged.
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "(all judged),");
    run_command(&mut window, "overview");
    // The contact sheet opens from the overview, too.
    run_command(&mut window, "overview");
    run_command(&mut window, "contact-sheet");
    wait_for(&mut window, "sheet 1 · 1 pair");
}

#[test]
fn overview_closes_by_itself_if_it_has_nothing_to_say() {
    let mut set = Set::new();
    for (at, query) in ["height of the tower", "price of salt", "who built the bridge"].iter().enumerate() {
        let (positive, negative) = (tile(1, at as u32, 0), tile(2, at as u32, 0));
        let picture = |brightness: u8| picture::png(70, 82, brightness + at as u8);
        set = set.tile(&positive, &picture(10)).tile(&negative, &picture(90));
        set = set.row("train", &Row::new(query, &positive).negatives(&[&negative]));
    }
    let fixture = Fixture::new(&set);
    put(&fixture.dir.path().join("config/settings.json"), br#"{"look_at_pixels": false, "reading": "off"}"#);
    let mut window = fixture.window();
    wait_until_gone(&mut window, "3 rows, 0 judged");
    crate::common::settle(&mut window);
    // Asked for, it stays.
    run_command(&mut window, "overview");
    wait_for(&mut window, "No problem was found");
    wait_for(&mut window, "3 rows, 0 judged");
}

#[test]
fn facets_count_the_list_and_switch_terms_of_the_search() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "unsure");
    run_command(&mut window, "facets");
    wait_for(&mut window, "subject maths: 3 rows, 1 judged");
    assert_no_text(&window, "row-1");
    click_until(&mut window, "subject law: 3 rows", |search| search == "subject:law");
    wait_for(&mut window, "3 of 6 rows");
    wait_for(&mut window, "subject law: 3 rows, 0 judged");
    // Shift switches one value.
    shift_click_until(&mut window, "subject law: 3 rows", str::is_empty);
    wait_for(&mut window, "6 rows");
    click_until(&mut window, "subject maths: 3 rows", |search| search == "subject:maths");
    click_until(&mut window, "Verdict Not judged: 2 rows", |search| search == "subject:maths verdict:none");
    wait_for(&mut window, "2 of 6 rows");
    // They follow judgements.
    run_and_settle(&mut window, "show-all");
    run_and_settle(&mut window, "reject");
    wait_for(&mut window, "Verdict Rejected: 1 row, 1 judged");
    run_command(&mut window, "facets");
    assert_no_text(&window, "subject maths");
}

#[test]
fn facets_are_used_by_the_keyboard() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_command(&mut window, "facets");
    wait_for(&mut window, "subject maths: 3 rows");
    window.get_by_label_contains("subject maths: 3 rows").focus();
    window.run_steps(2);
    window.key_press(Key::Enter);
    wait_for(&mut window, "3 of 6 rows");
    assert_eq!(search_text(&window), "subject:maths");
}

#[test]
fn search_finds_fields_of_rows_and_reports_unknown_ones() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "id:row-3");
    wait_for(&mut window, "1 of 6 rows");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "6 rows");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "subjct:law");
    wait_for(&mut window, "Did you mean `subject`?");
    assert_text(&mut window, "6 rows");
    press(&mut window, Key::Escape);
    // The names are known by now, and completed with their values.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "subj");
    assert_text(&mut window, "subject:");
    window.key_press(Key::Tab);
    window.run_steps(4);
    assert_text(&mut window, "maths");
    type_into(&mut window, "Search", "ma");
    window.key_press(Key::Tab);
    wait_for(&mut window, "3 of 6 rows");
}

#[test]
fn report_is_written_to_a_chosen_file_and_overwrites_none() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    for outcome in ["The report is in", "The report could not be written"] {
        run_command(&mut window, "report");
        wait_for(&mut window, "Save the report as");
        let fields = window.get_all_by_role(Role::TextInput).count();
        let field = window.get_all_by_role(Role::TextInput).nth(fields - 1).unwrap();
        field.focus();
        window.run_steps(3);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.get_all_by_role(Role::TextInput).nth(fields - 1).unwrap().type_text("mine.md");
        window.run_steps(3);
        window.get_by_label("Save").click();
        window.run_steps(4);
        wait_for(&mut window, outcome);
    }
    let report = std::fs::read_to_string(fixture.dir.path().join("mine.md")).unwrap();
    assert!(report.contains("| train:1 | query 0 | reject |"), "{report}");
    assert!(report.contains("- 1 row has its positive among its negatives"), "{report}");
}

#[test]
fn audit_report_is_written_to_a_chosen_folder() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    let paper = fixture.dir.path().join("paper");
    std::fs::create_dir(&paper).unwrap();
    run_command(&mut window, "audit-report");
    wait_for(&mut window, "Folder for the audit report (new or empty)");
    window.get_by_label_contains("paper").click();
    window.run_steps(4);
    window.get_by_role_and_label(Role::Button, "Open").click();
    window.run_steps(4);
    window.get_by_role_and_label(Role::Button, "Write the report").click();
    window.run_steps(4);
    // The notice stays, and offers to open the folder.
    wait_for(&mut window, "audit-report: Written.");
    let paper = paper.join("audit-report");
    window.get_by_role_and_label(Role::Button, "Open");
    let names = paper.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = names.collect();
    let expected = ["audit_report.json", "report.html", "report.md", "report.tex"].map(str::to_owned);
    assert_eq!(files, expected.into());
    let text = std::fs::read_to_string(paper.join("report.md")).unwrap();
    assert!(text.contains("1 rejected"), "{text}");
}

/// Writes a text into the fields of the dialog that chooses a folder: 0 is the path above the list,
/// 1 the name below it.
fn type_folder(window: &mut Harness<'_, App>, field: usize, text: &str) {
    let fields = || Role::TextInput;
    let at = |window: &Harness<'_, App>| {
        let mut all: Vec<_> = window.query_all_by_role(fields()).collect();
        all.sort_by(|a, b| a.rect().top().total_cmp(&b.rect().top()));
        all[all.len() - 2 + field].rect().center()
    };
    let spot = at(window);
    window.event(egui::Event::PointerMoved(spot));
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        window.event(egui::Event::PointerButton { pos: spot, button, pressed, modifiers: Modifiers::NONE });
    }
    window.run_steps(3);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    window.event(egui::Event::Text(text.to_owned()));
    window.run_steps(3);
}

#[test]
fn audit_report_is_written_to_a_typed_folder() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    let folder = |name: &str| fixture.dir.path().join(name);
    let write = |window: &mut Harness<'_, App>| {
        window.get_by_role_and_label(Role::Button, "Write the report").click();
        window.run_steps(4);
    };
    // A name below the list is of a folder in the one that is listed.
    run_command(&mut window, "audit-report");
    wait_for(&mut window, "Folder for the audit report (new or empty)");
    type_folder(&mut window, 1, "paper");
    write(&mut window);
    wait_for(&mut window, "paper: Written.");
    assert!(folder("paper").join("report.tex").exists());
    // A path above the list may be of a folder that does not exist, in any place.
    std::fs::create_dir(folder("other")).unwrap();
    let elsewhere = folder("other").join("thesis");
    run_command(&mut window, "audit-report");
    wait_for(&mut window, "Folder for the audit report (new or empty)");
    type_folder(&mut window, 0, elsewhere.to_str().unwrap());
    press(&mut window, Key::Enter);
    write(&mut window);
    wait_for(&mut window, "thesis: Written.");
    assert!(elsewhere.join("report.tex").exists() && !folder("thesis").exists());
}

#[test]
fn annotators_have_their_pace_and_findings_in_cards() {
    let fixture = Fixture::new(&set());
    let mut window = fixture.window();
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "reject");
    run_command(&mut window, "overview");
    wait_for(&mut window, "Pace, ann: 2 rows, ");
    assert_text(&mut window, "100 % of all judged rows");
    assert_text(&mut window, "Findings by annotator, ann: 2 rows, 1 row with a finding");
    assert_no_text(&window, "Drift of ann");
}
