//! Judging blind in the window: what programs and other people say is hidden, what would show it is
//! refused in words, tiles can be judged without their roles, and verdicts keep what was shown.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into, wait_for,
};
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use tilejury_app::screen::App;
use tilejury_audit::audits::AuditPlan;
use tilejury_audit::external::{ImportKind, import};
use tilejury_data::Dataset;
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

/// Four rows of three tiles; the second negative of the first row is its positive again.
fn suspicious() -> Fixture {
    let mut set = Set::new();
    for at in 0..4_u32 {
        let paths: Vec<String> = (0..4).map(|page| tile(0, 10 * at + page, 0)).collect();
        for (shade, path) in paths.iter().enumerate() {
            set = set.tile(path, &picture::png(60, 70, (20 * at) as u8 + shade as u8));
        }
        let third = if at == 0 { &paths[0] } else { &paths[3] };
        let query = ["How tall is the tower?", "Price of salt", "Who built bridges", "When did it rain"][at as usize];
        set = set.row("train", &Row::new(query, &paths[0]).negatives(&[&paths[1], &paths[2], third]));
    }
    Fixture::new(&set)
}

/// All that the accessibility tree says, menus aside.
fn said(window: &Harness<'_, App>) -> Vec<String> {
    let (mut texts, mut nodes) = (Vec::new(), vec![window.root()]);
    while let Some(node) = nodes.pop() {
        let access = node.accesskit_node();
        texts.extend([access.label(), access.value(), access.description()].into_iter().flatten());
        nodes.extend(node.children());
    }
    texts
}

fn says(window: &Harness<'_, App>, words: &[&str]) -> Vec<String> {
    said(window).into_iter().filter(|text| words.iter().any(|word| text.contains(word))).collect()
}

/// The things that were stored with the verdicts, by the line of the row.
fn visible(fixture: &Fixture) -> Vec<(i64, String)> {
    let connection = rusqlite::Connection::open(fixture.set().join("tilejury.sqlite")).unwrap();
    let sql = "SELECT line, visible FROM visible JOIN samples ON key = sample ORDER BY line";
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Words that only a signal, a count of findings or an order by suspicion brings into the window.
const GIVEAWAYS: [&str; 4] = ["Positive in negatives", "uspicion 1", "false negatives", "accepted, "];

#[test]
fn blind_hides_what_programs_say_and_stores_it() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    for panel in ["inspector", "facets", "suspicious-first"] {
        run_and_settle(&mut window, panel);
    }
    assert!(says(&window, &GIVEAWAYS).len() > 2, "the check can fail: {:?}", said(&window));
    run_and_settle(&mut window, "reject");
    run_and_settle(&mut window, "blind");
    assert_text(
        &mut window,
        "Blind. Hidden: signals, scores, order, model reviews, evidence, offers, other annotators, rates so far",
    );
    for word in ["first", "reading-view", "compare", "compare", "reading-view", "queue-rows", "next"] {
        run_and_settle(&mut window, word);
        assert_eq!(says(&window, &GIVEAWAYS), [""; 0], "after {word}");
    }
    run_and_settle(&mut window, "accept");
    run_and_settle(&mut window, "blind");
    assert_no_text(&window, "Blind. Hidden");
    run_and_settle(&mut window, "accept");
    let stored = visible(&fixture);
    let all = r#"["signals","scores","order","reviews","evidence","offers","others","rate","roles"]"#;
    let of = |what: &str| stored.iter().filter(|(_, visible)| visible == what).count();
    assert_eq!((of(all), of(r#"["roles"]"#), stored.len()), (2, 1, 3), "{stored:?}");
}

#[test]
fn what_would_show_it_is_refused_in_words() {
    let fixture = suspicious();
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "blind");
    // The words of a refusal stay for some seconds, so the next one has others.
    for (word, hidden) in [
        ("overview", "rates so far"),
        ("scoreboard", "scores"),
        ("export", "rates so far"),
        ("contact-sheet", "scores"),
        ("report", "rates so far"),
        ("tile-search", "scores"),
        ("facets", "rates so far"),
        ("row-fields", "scores"),
        ("inspector", "signals"),
        ("suspicious-first", "order"),
        ("check", "signals"),
        ("next-suspicious", "order"),
        ("annotator", "other annotators"),
        ("highlights", "evidence"),
    ] {
        run_command(&mut window, word);
        assert_text(&mut window, &format!("Blind: {hidden} are hidden; Ctrl+Shift+G shows what is hidden."));
        settle(&mut window);
        press(&mut window, Key::Escape);
    }
    // A search would list the rows with a signal; one for words would not.
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "signal:own-positive ");
    assert_text(&mut window, "this search would tell what is hidden");
    assert_text(&mut window, "4 rows");
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "blind");
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "suspicious:yes ");
    wait_for(&mut window, "1 of 4 rows");
    press(&mut window, Key::Enter);
    // A list that tells it becomes the list of all rows.
    run_and_settle(&mut window, "blind");
    assert_text(&mut window, "4 rows");
}

#[test]
fn blind_is_remembered() {
    let fixture = suspicious();
    let mut window = fixture.window();
    run_and_settle(&mut window, "blind-roles");
    assert_text(&mut window, "roles of tiles");
    drop(window);
    let mut window = fixture.window();
    assert_text(&mut window, "roles of tiles");
    run_and_settle(&mut window, "blind-roles");
    assert_text(&mut window, "rates so far");
    assert_no_text(&window, "roles of tiles");
    window.get_by_role_and_label(Role::Button, "Show all").click();
    window.run_steps(4);
    settle(&mut window);
    assert_no_text(&window, "Hidden");
}

#[test]
fn tiles_are_judged_without_their_roles() {
    let fixture = suspicious();
    let mut window = fixture.window();
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "blind-roles");
    let roles = ["Positive", "positive", "POSITIVE", "Negative ", "egatives"];
    for word in ["reading-view", "pane-next", "reading-view", "alone", "alone", "queue-rows"] {
        run_and_settle(&mut window, word);
        assert_eq!(says(&window, &roles), [""; 0], "after {word}");
    }
    for number in 1..=4 {
        assert_text(&mut window, &format!("Tile {number}"));
    }
    // No verdict without the tiles, no comparison before the answer.
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Tiles 1, 2, 3, 4 have no mark");
    run_and_settle(&mut window, "reject");
    assert_text(&mut window, "the verdict follows from the tiles");
    let is_grey = |window: &Harness<'_, App>, name: &str| {
        window.get_by_role_and_label(Role::Button, name).accesskit_node().is_disabled()
    };
    assert!(is_grey(&window, "Reject") && !is_grey(&window, "Accept") && !is_grey(&window, "Unsure"));
    run_and_settle(&mut window, "compare");
    assert_text(&mut window, "Blind: roles of tiles are hidden");
    run_and_settle(&mut window, "positive");
    assert_eq!(fixture.rows(), []);
    // The tile that is marked relevant: the first of those shown, whatever its role.
    run_and_settle(&mut window, "negative-1");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Tiles 2, 3, 4 have no mark");
    run_and_settle(&mut window, "all-not-relevant");
    assert_text(&mut window, "4 of 4 tiles marked");
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "Answered train line 2");
    let rows = fixture.rows();
    let marks: Vec<(&str, &str)> =
        rows.iter().filter(|row| row.2 == "relevance").map(|row| (&*row.1, &*row.3)).collect();
    let relevant: Vec<&str> = marks.iter().filter(|mark| mark.1 == "relevant").map(|mark| mark.0).collect();
    assert_eq!((marks.len(), relevant.len()), (4, 1), "{rows:?}");
    let is_positive = relevant[0].ends_with(tile(0, 10, 0).rsplit('/').next().unwrap()) && relevant[0].contains("10.");
    let verdict = if is_positive { "accept" } else { "reject" };
    assert_eq!(fixture.verdicts(), [(2, verdict.to_owned())], "{rows:?}");
    assert_eq!(visible(&fixture), [(2, "[]".to_owned())]);
    assert_eq!(says(&window, &["rejected", "Rejected", "accepted", "Accepted"]), [""; 0]);
    // After the answer the positive can be compared with.
    run_and_settle(&mut window, "last-judged");
    for name in ["Accept", "Reject", "Unsure"] {
        let button = window.get_by_role_and_label(Role::Button, name);
        assert_ne!(button.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True), "{name}");
    }
    run_and_settle(&mut window, "compare");
    assert_text(&mut window, "Positive");
    // The list still shows no verdict, of this row or of another.
    press(&mut window, Key::Escape);
    let states: Vec<String> =
        window.query_all_by_role(Role::ListItem).filter_map(|row| row.accesskit_node().value()).collect();
    assert_eq!(states.iter().filter(|state| state.ends_with(": answered")).count(), 1, "{states:?}");
    assert!(!states.iter().any(|state| state.contains("ccept") || state.contains("eject")), "{states:?}");
}

/// A row whose roles were compared is shown with them, also after its verdict was undone.
#[test]
fn no_reasons_are_offered_for_a_row_without_roles() {
    let fixture = suspicious();
    let mut window = fixture.window();
    run_and_settle(&mut window, "reject");
    assert!(!says(&window, &["Why?"]).is_empty(), "the check can fail: {:?}", said(&window));
    run_and_settle(&mut window, "undo");
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "next");
    run_and_settle(&mut window, "blind-roles");
    for word in ["all-not-relevant", "accept", "last-judged", "compare"] {
        run_and_settle(&mut window, word);
    }
    press(&mut window, Key::Escape);
    run_and_settle(&mut window, "undo");
    assert_eq!(fixture.verdicts(), []);
    run_and_settle(&mut window, "first");
    assert_no_text(&window, "Positive");
    run_and_settle(&mut window, "all-not-relevant");
    run_and_settle(&mut window, "accept");
    assert_eq!(fixture.verdicts(), [(1, "reject".to_owned())]);
    assert_text(&mut window, "Answered train line 1");
    assert_text(&mut window, "Positive");
    assert_eq!(says(&window, &["Why?", "ejected"]), [""; 0], "the verdict would tell a role");
}

/// Imports what a model said about the first negative of the first row.
fn review(fixture: &Fixture) {
    let line = serde_json::json!({
        "query": "How tall is the tower?", "candidate_path": tile(0, 1, 0), "verdict": "CORRECT", "answer": "801 feet",
    });
    let (file, dataset) = (fixture.dir.path().join("reviews.jsonl"), Dataset::open(&fixture.set()).unwrap());
    std::fs::write(&file, line.to_string()).unwrap();
    let into = fixture.set().join("tilejury.outside.sqlite");
    assert_eq!(import(&dataset, ImportKind::Reviews, &file, &into, false).unwrap().matched, 1);
}

/// Opens the list of audits and goes on with the only one, or leaves it.
fn enter_audit(window: &mut Harness<'_, App>) {
    run_command(window, "audits");
    press(window, Key::Enter);
    settle(window);
}

#[test]
fn a_blind_audit_is_judged_blind() {
    let fixture = suspicious();
    review(&fixture);
    fixture.begin_audit(AuditPlan::new("spring", "7", 4));
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "inspector");
    wait_for(&mut window, "801 feet");
    let words = [&GIVEAWAYS[..], &["801 feet", "Model review", "eviewed as correct"]].concat();
    assert!(says(&window, &words).len() > 2, "the check can fail: {:?}", said(&window));
    enter_audit(&mut window);
    assert_text(&mut window, "Blind. Hidden: signals, scores, order, model reviews");
    for _ in 0..4 {
        for word in ["reading-view", "compare", "compare", "reading-view", "queue-rows", "next"] {
            run_and_settle(&mut window, word);
            assert_eq!(says(&window, &words), [""; 0], "after {word}");
        }
    }
    for (word, hidden) in [("inspector", "signals"), ("row-fields", "scores"), ("annotator", "other annotators")] {
        run_command(&mut window, word);
        assert_text(&mut window, &format!("Blind: {hidden} are hidden; this round is judged blind."));
        settle(&mut window);
    }
    for word in ["blind", "blind-roles"] {
        run_command(&mut window, word);
        assert_text(&mut window, "This round is judged blind: nothing more can be shown before it ends.");
        settle(&mut window);
    }
    run_and_settle(&mut window, "accept");
    assert_text(&mut window, "3 to go");
    // What was on before is on again.
    run_and_settle(&mut window, "audits");
    assert_no_text(&window, "Blind. Hidden");
    wait_for(&mut window, "801 feet");
    run_and_settle(&mut window, "blind-roles");
    enter_audit(&mut window);
    assert_text(&mut window, "roles of tiles");
    run_and_settle(&mut window, "audits");
    assert_text(&mut window, "roles of tiles");
    assert_no_text(&window, "this round is judged blind");
    let audits: Vec<String> = visible(&fixture).into_iter().map(|(_, visible)| visible).collect();
    assert_eq!(audits, [r#"["roles"]"#]);
}

#[test]
fn an_audit_that_is_not_blind_shows_signals() {
    let fixture = suspicious();
    let mut plan = AuditPlan::new("spring", "7", 4);
    plan.blind = false;
    fixture.begin_audit(plan);
    let mut window = fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "inspector");
    enter_audit(&mut window);
    assert_no_text(&window, "Blind. Hidden");
    let shown = (0..4).filter(|_| {
        run_and_settle(&mut window, "next");
        !says(&window, &["Positive in negatives"]).is_empty()
    });
    assert!(shown.count() > 0);
    run_and_settle(&mut window, "first");
    run_and_settle(&mut window, "accept");
    wait_for(&mut window, "So far 0 % of rows have a false negative");
    let seen = visible(&fixture);
    let is_right = |words: &str| words.contains("signals") && !words.contains("others");
    assert!(
        !seen.is_empty() && seen.iter().all(|(_, words)| is_right(words)),
        "answers of others stay hidden: {seen:?}"
    );
    // Who judges blind sees no rate of it either.
    run_and_settle(&mut window, "blind");
    assert_no_text(&window, "% of rows");
    run_and_settle(&mut window, "audits");
    run_command(&mut window, "audits");
    wait_for(&mut window, "Blind: rates so far are hidden.");
    assert_no_text(&window, "% of rows");
}
