//! Tests of the window that need its private state.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_audit::Relevance;
use tilejury_audit::suspicion::{Evidence, Finding, Signal};
use tilejury_data::{SampleIndex, TilePath, TileSlot};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};

use super::dialogs::Dialog;
use super::{App, Stage, StartOptions};
use crate::command::{ReviewCommand, ViewCommand};
use crate::export_preview::ExportPreview;
use crate::findings_pool::JoinedFindings;
use crate::folders::Folders;
use crate::key_store::KeysInMemory;
use crate::list_order::{ListOrder, OrderKey};
use crate::ui::ReviewAction;

fn step_until(window: &mut Harness<'_, App>, what: &str, condition: impl Fn(&Harness<'_, App>) -> bool) {
    let start = Instant::now();
    while !condition(window) {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        window.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn window(folder: &Path, set: &Set) -> Harness<'static, App> {
    let start = StartOptions {
        dataset: Some(set.write(&folder.join("set"))),
        sidecar: None,
        annotator: Some("ann".into()),
        folders: Folders::below(folder),
        timings: None,
        started: Instant::now(),
        system_dialogs: false,
        keys: Arc::new(KeysInMemory::default()),
    };
    let builder = Harness::builder().with_size((1400.0, 900.0));
    let config = folder.join("config");
    std::fs::create_dir_all(&config).unwrap();
    // The tests are about rows.
    std::fs::write(config.join("settings.json"), r#"{"overview_first": false}"#).unwrap();
    let mut window = builder.build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    step_until(&mut window, "the set", |window| window.state().is_settled());
    window
}

/// Asks for an action, and waits until its effect is drawn and saved.
fn perform(window: &mut Harness<'_, App>, action: ReviewAction) {
    window.state_mut().perform(action.into());
    window.step();
    step_until(window, "the action", |window| window.state().is_settled());
}

fn add(window: &mut Harness<'_, App>, sample: SampleIndex, tile: TilePath) {
    window.state_mut().review_context().unwrap().add_relevant(sample, tile);
    window.step();
    step_until(window, "the tile to be saved", |window| window.state().is_settled());
}

fn shows(window: &Harness<'_, App>, text: &str) -> bool {
    window.query_all_by_label_contains(text).next().is_some()
}

#[test]
fn added_tile_is_shown_with_its_row_and_can_be_removed() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(10, 3);
    let (first, second) = (SampleIndex::new(0), SampleIndex::new(1));
    let outside = TilePath::new(&tile(1, 1005, 2));
    let own = TilePath::new(&tile(0, 1000, 2));
    let mut shown = window(dir.path(), &set);
    assert!(!shows(&shown, "Added as relevant"));
    add(&mut shown, first, outside.clone());
    assert!(shows(&shown, "Added as relevant:"));
    assert!(shows(&shown, "p. 1005 · tile 0, chunk 2 is added to the row as relevant; "));
    add(&mut shown, first, outside.clone());
    let again = "p. 1005 · tile 0, chunk 2 is not added: this tile was already added to the row as relevant.";
    assert!(shows(&shown, again));
    add(&mut shown, first, own);
    assert!(shows(&shown, "is not added: this tile is negative 2 of the row; mark it as relevant there."));
    perform(&mut shown, ReviewAction::Show(second));
    assert!(!shows(&shown, "Added as relevant:"), "the line belongs to the first row");
    perform(&mut shown, ReviewAction::RemoveRelevant(second, outside.clone()));
    assert!(shows(&shown, "This tile is not among those that were added to the row."));
    drop(shown);

    let mut shown = window(dir.path(), &set);
    perform(&mut shown, ReviewAction::Show(first));
    shown.get_by_label("Remove added tile p. 1005 · tile 0, chunk 2").click();
    step_until(&mut shown, "the tile to be removed", |window| !shows(window, "Added as relevant:"));
    step_until(&mut shown, "the removal to be saved", |window| window.state().is_settled());
    shown.state_mut().perform(ReviewCommand::Undo.into());
    step_until(&mut shown, "the tile to be back", |window| shows(window, "Added as relevant:"));
    step_until(&mut shown, "the undo to be saved", |window| window.state().is_settled());
}

#[test]
fn tile_of_the_page_can_be_added_from_its_menu() {
    let dir = tempfile::tempdir().unwrap();
    let set = Set::plain(2, 1).tile(&tile(0, 1000, 7), &picture::png(70, 82, 99));
    let mut shown = window(dir.path(), &set);
    shown.state_mut().perform(ViewCommand::Page.into());
    step_until(&mut shown, "the page", |window| shows(window, "Tile 3 of the page: shown"));
    shown.get_by_label_contains("Tile 3 of the page").click_secondary();
    step_until(&mut shown, "the menu", |window| shows(window, "Add to the row as relevant"));
    shown.get_by_label("Add to the row as relevant").click();
    step_until(&mut shown, "the tile", |window| shows(window, "Added as relevant:"));
    step_until(&mut shown, "the tile to be saved", |window| window.state().is_settled());
    let review = &shown.state().reviewing_now().unwrap().review;
    assert_eq!(review.added(), [TilePath::new(&tile(0, 1000, 7))]);
}

#[test]
fn export_preview_counts_added_tiles() {
    let dir = tempfile::tempdir().unwrap();
    let mut shown = window(dir.path(), &Set::plain(10, 3));
    add(&mut shown, SampleIndex::new(0), TilePath::new(&tile(1, 1005, 2)));
    shown.state_mut().export_dialog();
    let line = "1 tile added to rows as relevant; qrels and beir grade it";
    step_until(&mut shown, "the preview", |window| shows(window, line));
}

#[test]
fn added_tile_is_offered_to_rows_that_have_it_as_negative() {
    let dir = tempfile::tempdir().unwrap();
    let path = |chunk| tile(0, 7, chunk);
    let row = |query: &str, first: u32| Row::new(query, &path(first)).negatives(&[&path(first + 1), &path(first + 2)]);
    let set = (0..6).fold(Set::new(), |set, chunk| set.tile(&path(chunk), &picture::png(64, 64, chunk as u8)));
    let set = set.row("train", &row("how long do bees live", 0)).row("train", &row("How long do bees live?", 3));
    let mut shown = window(dir.path(), &set);
    let outside = TilePath::new(&path(4));
    add(&mut shown, SampleIndex::new(0), outside.clone());
    step_until(&mut shown, "the offer", |window| shows(window, "The added tile is in 1 more row of this query"));
    shown.state_mut().perform(ReviewCommand::Propagate.into());
    step_until(&mut shown, "the mark", |window| {
        let review = &window.state().reviewing_now().unwrap().review;
        let judgement = review.session.judgement(SampleIndex::new(1));
        judgement.is_some_and(|judgement| judgement.relevance(&outside) == Some(Relevance::Relevant))
    });
}

#[test]
#[allow(clippy::panic, reason = "the test needs a panic")]
fn panic_of_the_export_preview_shows_in_the_dialog() {
    let dir = tempfile::tempdir().unwrap();
    let mut window = window(dir.path(), &Set::plain(3, 2));
    let app = window.state_mut();
    app.export_dialog();
    let (Some(Dialog::Export(dialog)), Stage::Reviewing(reviewing)) = (&mut app.dialog, &app.stage) else {
        panic!("no dialog");
    };
    let preview = ExportPreview::start_with(
        dialog.options.clone(),
        dialog.scope.clone(),
        reviewing.review.stats.revision(),
        &app.ctx,
        |_| panic!("row 3 is odd"),
    );
    dialog.preview = Some(preview.unwrap());
    step_until(&mut window, "the words for the panic", |window| {
        window
            .query_all_by_label_contains("The preview could not be computed: the program failed (row 3 is odd)")
            .next()
            .is_some()
    });
}

/// Gives the window findings with one more about a negative of the first row, as a reading does.
fn receive_finding(window: &mut Harness<'_, App>, negative: usize, strength: f32) {
    let Stage::Reviewing(reviewing) = &mut window.state_mut().stage else { panic!("no set is open") };
    let review = &mut reviewing.review;
    let finding = Finding {
        sample: SampleIndex::new(0),
        tile: Some(TileSlot::new(negative)),
        signal: Signal::Blank,
        strength,
        evidence: Evidence::Blank { ink: 0.0 },
    };
    let known = review.signals.findings().unwrap().clone();
    let all = Arc::new(known.with([finding]));
    // No later ones of the threads are used.
    review.receive_row_findings(JoinedFindings { version: u64::MAX, all }, true);
    window.step();
    step_until(window, "the panes", |window| window.state().is_settled());
}

/// The negative beside the positive.
fn pane(window: &Harness<'_, App>) -> Vec<usize> {
    window.state().visible_tiles().iter().map(|tile| tile.place).filter(|place| *place > 0).collect()
}

#[test]
fn new_findings_move_an_untouched_row_to_its_suspect() {
    let dir = tempfile::tempdir().unwrap();
    let mut shown = window(dir.path(), &Set::plain(3, 4));
    step_until(&mut shown, "the signals", |window| window.state().knows_findings());
    let first = SampleIndex::new(0);
    // In the order of the files, a row opens at its first negative and stays there.
    perform(&mut shown, ReviewAction::Show(first));
    receive_finding(&mut shown, 2, 0.3);
    assert_eq!(pane(&shown), [1]);
    perform(&mut shown, ReviewAction::Sort(ListOrder::by(OrderKey::Suspicion)));
    perform(&mut shown, ReviewAction::Show(first));
    assert_eq!(pane(&shown), [2]);
    // Moving the pointer is nothing.
    shown.hover_at(egui::pos2(700.0, 500.0));
    receive_finding(&mut shown, 3, 0.6);
    assert_eq!(pane(&shown), [3], "what was read since it was opened is worse");
    // A key that was meant for the tile before does not count.
    let reviewing = shown.state().reviewing_now().unwrap();
    assert!(!reviewing.viewing_time.has_lasted(first, 60_000));
    // After any key, wheel or click, the pane stays.
    shown.key_press(egui::Key::F24);
    shown.step();
    receive_finding(&mut shown, 4, 1.0);
    assert_eq!(pane(&shown), [3]);
    perform(&mut shown, ReviewAction::Show(SampleIndex::new(1)));
    perform(&mut shown, ReviewAction::Show(first));
    assert_eq!(pane(&shown), [4]);
    let tile = shown.get_by_label_contains("Negative 4: ").rect().center();
    shown.event(egui::Event::PointerMoved(tile));
    shown.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: egui::vec2(0.0, -1.0),
        phase: egui::TouchPhase::Move,
        source: egui::MouseWheelSource::Wheel,
        modifiers: egui::Modifiers::NONE,
    });
    shown.step();
    receive_finding(&mut shown, 1, 1.0);
    assert_eq!(pane(&shown), [4]);
}

#[test]
fn a_row_sought_for_its_suspicion_opens_at_its_suspect() {
    let dir = tempfile::tempdir().unwrap();
    let mut shown = window(dir.path(), &Set::plain(3, 4));
    step_until(&mut shown, "the signals", |window| window.state().knows_findings());
    receive_finding(&mut shown, 3, 1.0);
    perform(&mut shown, ReviewAction::Show(SampleIndex::new(1)));
    perform(&mut shown, ReviewAction::ShowFirstWrong);
    assert_eq!((shown.state().sample_index(), pane(&shown)), (Some(SampleIndex::new(0)), vec![3]));
    // From the last row on to the first.
    perform(&mut shown, ReviewAction::Show(SampleIndex::new(2)));
    shown.state_mut().perform(ReviewCommand::NextSuspicious.into());
    shown.step();
    step_until(&mut shown, "the row", |window| window.state().is_settled());
    assert_eq!((shown.state().sample_index(), pane(&shown)), (Some(SampleIndex::new(0)), vec![3]));
}
