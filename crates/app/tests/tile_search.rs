//! The search in the texts of tiles, and the filters for them in the list.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, type_into, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_audit::external::{ExternalStore, TileText};
use tilejury_data::TilePath;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

const TEXTS: [&str; 6] = [
    "Salt has a melting point of 801 °C. It melts when heated.",
    "Sodium chloride, or salt, melts at 801 °C; its melting point is high.",
    "The boiling point of water",
    "Pepper grows in India",
    "Соль плавится при температуре 801 °C",
    "塩の融点は801度です",
];

fn path(at: usize) -> String {
    tile(0, 1 + at as u32, 0)
}

/// Three rows: row 0 asks about salt and has tiles 0, 2 and 3; tiles 1 and 4 are in the others, and
/// tile 5 in the last one only.
fn fixture() -> Fixture {
    let mut set = Set::new();
    for at in 0..TEXTS.len() {
        set = set.tile(&path(at), &picture::png(60, 70, at as u8));
    }
    let row = |query: &str, tiles: [usize; 3]| {
        Row::new(query, &path(tiles[0])).negatives(&[&path(tiles[1]), &path(tiles[2])])
    };
    let rows = [
        row("What is the melting point of salt?", [0, 2, 3]),
        row("second", [1, 3, 4]),
        row("third", [3, 1, 5]),
        row("fourth", [2, 1, 3]),
    ];
    Fixture::new(&rows.iter().fold(set, |set, row| set.row("train", row)))
}

/// Writes the texts of the tiles beside the sidecar, as an import does.
fn import(fixture: &Fixture) {
    let mut store = ExternalStore::open(&fixture.set().join("tilejury.outside.sqlite")).unwrap();
    let import = store.write().unwrap();
    for (at, text) in TEXTS.iter().enumerate() {
        import.text(&TileText { tile: TilePath::new(&path(at)), text: (*text).to_owned() }).unwrap();
    }
    import.commit().unwrap();
}

fn search(window: &mut Harness<'_, App>, text: &str) {
    run_command(window, "search");
    type_into(window, "Search", text);
}

/// Opens the search and leaves its field, so that keys are commands.
fn open_search(window: &mut Harness<'_, App>) {
    run_command(window, "tile-search");
    window.key_press(Key::Enter);
    window.run_steps(4);
}

/// The texts of the found tiles, as screen readers get them.
fn found(window: &Harness<'_, App>) -> Vec<String> {
    let all = window.query_all_by_label_contains("Found ");
    let labels = all.filter_map(|node| node.accesskit_node().label());
    labels.filter(|label| label.starts_with("Found ") && label.contains(", chunk ")).collect()
}

#[test]
fn finds_other_tiles_that_may_answer_the_query() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "The best 3 of the 6 tiles with a text");
    wait_for(&mut window, "positive of train line 2, negative of 2 rows");
    settle(&mut window);
    let found = found(&window);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|label| label.contains("this row's positive: ")), "{found:?}");
    assert!(found.iter().any(|label| label.contains("this row's negative 1")), "{found:?}");
    assert!(found.iter().all(|label| label.contains("point")), "each with its text: {found:?}");
    // The best tile of another row is beside the positive.
    assert_text(&mut window, "Positive: ");
    assert_text(&mut window, "Found tile ");
    assert_eq!(window.state().visible_tiles().len(), 2);
    let field = window.get_by_role_and_label(Role::TextInput, "Search the text of tiles").value();
    assert_eq!(field.as_deref(), Some("What is the melting point of salt?"));
    press(&mut window, Key::Escape);
    assert_eq!(window.state().visible_tiles().len(), 3);
    assert_no_text(&window, "The best 3");
}

#[test]
fn arrows_walk_through_the_found_tiles() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "negative of 2 rows");
    let chosen = |window: &Harness<'_, App>| {
        ["Found tile ", "Negative ", "Positive: "].map(|role| {
            window.query_all_by_label_contains(role).filter(|node| node.accesskit_node().role() == Role::Image).count()
        })
    };
    for _ in 0..3 {
        run_and_settle(&mut window, "found-previous");
    }
    let first = chosen(&window);
    run_and_settle(&mut window, "found-next");
    let second = chosen(&window);
    press(&mut window, Key::ArrowRight);
    let third = chosen(&window);
    press(&mut window, Key::ArrowDown);
    assert_eq!(chosen(&window), third, "the list ends");
    press(&mut window, Key::ArrowLeft);
    assert_eq!(chosen(&window), second);
    let mut all = [first, second, third];
    all.sort_unstable();
    assert_eq!(all, [[0, 0, 2], [0, 1, 1], [1, 0, 1]], "positive, negative and a tile of other rows");
    assert_text(&mut window, "train line 1");
}

#[test]
fn other_words_are_searched_as_they_are_typed() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "The best 3");
    // The key of the search edits the words again.
    run_command(&mut window, "search");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(&mut window, "Search the text of tiles", "塩の融点");
    wait_for(&mut window, "The best 1 of the 6 tiles");
    wait_for(&mut window, "p. 6 · tile 0, chunk 0, negative of train line 3: 塩の融点は801度です");
    // A letter that is a command elsewhere is text here.
    type_into(&mut window, "Search the text of tiles", " покажи соль");
    wait_for(&mut window, "The best 2 of the 6 tiles");
    window.key_press(Key::ArrowDown);
    window.run_steps(4);
    assert!(window.get_by_role_and_label(Role::TextInput, "Search the text of tiles").is_focused());
    press(&mut window, Key::Enter);
    assert_text(&mut window, "The best 2");
    press(&mut window, Key::Escape);
    assert_no_text(&window, "The best 2");
}

#[test]
fn found_tiles_are_marked_with_the_words_of_the_search() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "The best 3");
    run_command(&mut window, "search");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::A);
    window.run_steps(2);
    type_into(&mut window, "Search the text of tiles", "pepper");
    wait_for(&mut window, "The best 1 of the 6 tiles");
    press(&mut window, Key::Enter);
    settle(&mut window);
    // The query is about salt, of which the tile has no word.
    assert_no_text(&window, "No query word found");
    assert_text(&mut window, "Negative 2: ");
    run_command(&mut window, "next-hit");
    assert_text(&mut window, "The best passage, whose place on the tile is not known, 1 of 1.");
    // Back in the row, its query counts again. The first Esc takes the frame around the hit away.
    press(&mut window, Key::Escape);
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "look-at-2");
    assert_text(&mut window, "No query word found");
}

#[test]
fn letters_after_opening_are_words_and_judge_nothing() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    run_command(&mut window, "tile-search");
    wait_for(&mut window, "The best 3");
    let field = |window: &Harness<'_, App>| {
        let field = window.get_by_role_and_label(Role::TextInput, "Search the text of tiles");
        (field.is_focused(), field.value().unwrap_or_default())
    };
    assert_eq!(field(&window), (true, "What is the melting point of salt?".to_owned()));
    // As from a keyboard: each key with its letter.
    for (key, letter) in [(Key::A, "a"), (Key::R, "r"), (Key::Num1, "1")] {
        window.key_press(key);
        window.event(egui::Event::Text(letter.to_owned()));
        window.run_steps(2);
    }
    settle(&mut window);
    assert_eq!(field(&window), (true, "ar1".to_owned()), "the query was selected, so it is replaced");
    assert!(fixture.rows().is_empty(), "{:?}", fixture.rows());
    // Its key and Esc lead back from the field.
    run_command(&mut window, "tile-search");
    assert_eq!(window.state().visible_tiles().len(), 3);
    run_command(&mut window, "tile-search");
    press(&mut window, Key::Escape);
    assert_eq!(window.state().visible_tiles().len(), 3);
    run_and_settle(&mut window, "accept");
    assert_eq!(fixture.verdicts(), [(1, "accept".into())]);
}

#[test]
fn words_that_no_tile_has_find_nothing() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    press(&mut window, Key::J);
    open_search(&mut window);
    wait_for(&mut window, "None of the 6 tiles with a text has any of these words.");
    assert_eq!(window.state().visible_tiles().len(), 1, "the positive alone");
    assert!(window.get_by_label("Add to the row").accesskit_node().is_disabled());
    run_command(&mut window, "add-found");
    wait_for(&mut window, "No tile was found that could be added.");
    // Another row closes the search.
    press(&mut window, Key::K);
    assert_no_text(&window, "None of the 6 tiles");
    assert_text(&mut window, "train line 1");
}

#[test]
fn pages_open_from_a_found_tile_and_lead_back() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "negative of 2 rows");
    run_command(&mut window, "page");
    wait_for(&mut window, "1 tile in the shards");
    assert_text(&mut window, "Page 2");
    press(&mut window, Key::Escape);
    wait_for(&mut window, "The best 3");
    // The key of the page leads back, too.
    run_command(&mut window, "page");
    wait_for(&mut window, "1 tile in the shards");
    run_command(&mut window, "page");
    wait_for(&mut window, "The best 3");
    run_and_settle(&mut window, "alone");
    assert_eq!(window.state().visible_tiles().len(), 1);
    press(&mut window, Key::Escape);
    assert_eq!(window.state().visible_tiles().len(), 2);
    run_command(&mut window, "where-tile");
    wait_for(&mut window, "Rows with p. 2 · tile 0, chunk 0");
}

#[test]
fn own_negative_is_marked_by_the_button_that_adds() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "this row's negative 1");
    for _ in 0..3 {
        press(&mut window, Key::ArrowDown);
    }
    while window.query_all_by_label_contains("Negative 1: ").next().is_none() {
        press(&mut window, Key::ArrowUp);
    }
    assert!(window.query_by_label("Add to the row").is_none(), "the row has it");
    window.get_by_label("Mark as relevant").click();
    settle(&mut window);
    assert_text(&mut window, "This tile is negative 1 of the row and is now marked as relevant.");
    let marked = |row: &(i64, String, String, String)| row.0 == 1 && row.1.ends_with("3.png.tiles/chunk_0000_00.png");
    assert!(fixture.rows().iter().any(|row| marked(row) && row.3 == "relevant"), "{:?}", fixture.rows());
}

#[test]
fn says_how_to_read_if_nothing_was_read() {
    let fixture = fixture();
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "no text of any tile is known yet; Ctrl+R reads the tiles");
    press(&mut window, Key::Escape);
    // The list stays as it was, with the reason.
    search(&mut window, "third");
    wait_for(&mut window, "1 of 4 rows");
    type_into(&mut window, "Search", " text:salt");
    wait_for(&mut window, "no text of any tile is known yet");
    assert_text(&mut window, "1 of 4 rows");
    // Once there are texts, the next search finds them.
    import(&fixture);
    type_into(&mut window, "Search", " neg:2");
    wait_for(&mut window, "1 of 4 rows");
    assert_no_text(&window, "no text of any tile");
}

#[test]
fn filters_list_rows_by_the_texts_of_their_tiles() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    search(&mut window, "text:\"melting point\"");
    wait_for(&mut window, "4 rows");
    press(&mut window, Key::Escape);
    for (words, found) in [
        ("text-positive:\"melting point\"", "2 of 4 rows"),
        ("text-negative:melts", "2 of 4 rows"),
        ("text:плавится", "1 of 4 rows"),
        ("text:融点 ", "1 of 4 rows"),
    ] {
        search(&mut window, words);
        wait_for(&mut window, found);
        press(&mut window, Key::Escape);
        wait_for(&mut window, "4 rows");
    }
}

#[test]
fn one_key_adds_the_found_tile_to_the_row() {
    let fixture = fixture();
    import(&fixture);
    let mut window = fixture.window();
    open_search(&mut window);
    wait_for(&mut window, "positive of train line 2, negative of 2 rows");
    settle(&mut window);
    assert_no_text(&window, "added to this row");
    assert_text(&mut window, "Add to the row");
    run_and_settle(&mut window, "add-found");
    wait_for(&mut window, "p. 2 · tile 0, chunk 0 is added to the row as relevant");
    assert_text(&mut window, "added to this row, positive of train line 2");
    assert_text(&mut window, "Added as relevant:");
    let added = |row: &(i64, String, String, String)| row.0 == 1 && row.1.ends_with("2.png.tiles/chunk_0000_00.png");
    assert!(fixture.rows().iter().any(|row| added(row) && row.3 == "relevant"), "{:?}", fixture.rows());
    run_and_settle(&mut window, "undo");
    assert_no_text(&window, "added to this row");
    assert!(!fixture.rows().iter().any(added), "{:?}", fixture.rows());
}
