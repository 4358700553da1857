//! Tests of the window that need its private state.

use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_testkit::Set;

use super::dialogs::Dialog;
use super::{App, Stage, StartOptions};
use crate::export_preview::ExportPreview;
use crate::folders::Folders;

fn step_until(window: &mut Harness<'_, App>, what: &str, condition: impl Fn(&Harness<'_, App>) -> bool) {
    let start = Instant::now();
    while !condition(window) {
        assert!(start.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        window.step();
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[allow(clippy::panic, reason = "the test needs a panic")]
fn panic_of_the_export_preview_shows_in_the_dialog() {
    let dir = tempfile::tempdir().unwrap();
    Set::plain(3, 2).write(&dir.path().join("set"));
    let start = StartOptions {
        dataset: Some(dir.path().join("set")),
        sidecar: None,
        annotator: Some("ann".into()),
        folders: Folders::below(dir.path()),
        timings: None,
        started: Instant::now(),
        system_dialogs: false,
    };
    let mut window = Harness::builder().build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
    step_until(&mut window, "the set", |window| window.state().is_settled());
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
