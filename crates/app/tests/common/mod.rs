//! Shared by the tests of the window: a dataset in a folder of its own, and functions to drive and
//! read the window.

#![allow(missing_docs, dead_code, reason = "a small toolbox; each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "an error fails the test")]

pub(crate) mod auditing;
#[cfg(unix)]
pub(crate) mod disk;
pub(crate) mod texts;
pub(crate) mod web;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Galley, Key, Modifiers, Shape};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use tilejury_app::command::{Shortcut, entries};
use tilejury_app::folders::Folders;
use tilejury_app::key_store::KeysInMemory;
use tilejury_app::screen::{App, StartOptions};
use tilejury_audit::audits::{self, AuditPlan};
use tilejury_audit::{Sidecar, now};
use tilejury_data::Dataset;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

/// Runs one test of this program again by `command`, which begins with the program.
pub(crate) fn assert_passes(command: &mut std::process::Command, test: &str) {
    let ended = command.args(["--exact", test]).output().unwrap();
    let printed = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success() && printed.contains("1 passed"), "{test}, run again:\n{printed}");
}

/// A dataset and settings of its own, to open a window on.
pub(crate) struct Fixture {
    pub(crate) dir: tempfile::TempDir,
}

impl Fixture {
    /// Writes a dataset with settings that scan no pixels and read no text unless asked: only a few
    /// tests are about either, and hints would move the tiles. Rows are shown in the grid.
    pub(crate) fn new(set: &Set) -> Self {
        let fixture = Self::for_reading_view(set);
        put(&fixture.dir.path().join("config/window.json"), br#"{"reading_view": false}"#);
        fixture
    }

    /// The same with rows in the reading view, as a new person has them.
    pub(crate) fn for_reading_view(set: &Set) -> Self {
        let fixture = Self::with_usual_settings(set);
        std::fs::remove_file(fixture.dir.path().join("config/window.json")).unwrap();
        put(
            &fixture.dir.path().join("config/settings.json"),
            br#"{"look_at_pixels": false, "reading": "off", "hints": false, "show_keys": "never", "overview_first": false}"#,
        );
        fixture
    }

    /// Writes a dataset with the default settings, except that no text is read: this machine may
    /// have Tesseract or not.
    pub(crate) fn with_usual_settings(set: &Set) -> Self {
        let dir = tempfile::tempdir().unwrap();
        set.write(&dir.path().join("set"));
        put(
            &dir.path().join("config/settings.json"),
            br#"{"reading": "off", "hints": false, "show_keys": "never", "overview_first": false}"#,
        );
        put(&dir.path().join("config/window.json"), br#"{"reading_view": false}"#);
        Self { dir }
    }

    pub(crate) fn plain() -> Self {
        Self::new(&Set::plain(10, 3))
    }

    /// A dataset of three rows, of which two have a negative without a picture.
    pub(crate) fn with_missing_tiles() -> Self {
        let (positive, gone) = (tile(0, 1, 0), tile(0, 9, 0));
        let mut set = Set::new().tile(&positive, &picture::png(30, 30, 1));
        for (at, negative) in [&positive, &gone, &gone].into_iter().enumerate() {
            set = set.row("train", &Row::new(&format!("question {at}"), &positive).negatives(&[negative]));
        }
        Self::new(&set)
    }

    pub(crate) fn set(&self) -> std::path::PathBuf {
        self.dir.path().join("set")
    }

    pub(crate) fn window(&self) -> Harness<'static, App> {
        self.window_on(Some(&self.set()))
    }

    pub(crate) fn start(&self, dataset: Option<&Path>) -> StartOptions {
        start_below(self.dir.path(), dataset)
    }

    /// Returns the content of a file of the config folder.
    pub(crate) fn config(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join("config").join(name)).unwrap_or_default()
    }

    /// A window of a person with a sidecar of their own.
    pub(crate) fn window_with(&self, annotator: &str, sidecar: &Path) -> Harness<'static, App> {
        let start = StartOptions {
            annotator: Some(annotator.to_owned()),
            sidecar: Some(sidecar.to_owned()),
            ..self.start(Some(&self.set()))
        };
        let mut window =
            Harness::builder().with_size((1400.0, 900.0)).build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap());
        settle(&mut window);
        window
    }

    pub(crate) fn window_on(&self, dataset: Option<&Path>) -> Harness<'static, App> {
        self.window_of_size(dataset, (1400.0, 900.0))
    }

    pub(crate) fn window_of_size(&self, dataset: Option<&Path>, size: (f32, f32)) -> Harness<'static, App> {
        let mut harness = self.window_opening(dataset, size);
        settle(&mut harness);
        harness
    }

    /// A window whose dataset, if any, is still being opened.
    pub(crate) fn window_opening(&self, dataset: Option<&Path>, size: (f32, f32)) -> Harness<'static, App> {
        let start = self.start(dataset);
        Harness::builder().with_size(size).with_max_steps(64).build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap())
    }

    /// Stores an audit of all rows that the plan may draw.
    pub(crate) fn begin_audit(&self, plan: AuditPlan) {
        let dataset = Dataset::open(&self.set()).unwrap();
        let draw = audits::draw(plan, &dataset, |_| true).unwrap();
        let (events, records) = audits::begin(&draw, &dataset, "lead", now());
        let mut sidecar = Sidecar::open(&self.set().join("tilejury.sqlite"), dataset.fingerprint).unwrap();
        sidecar.append(&events, &records, None).unwrap();
    }

    /// Returns the sidecar's current values: line, end of the tile's path, field, value.
    pub(crate) fn rows(&self) -> Vec<(i64, String, String, String)> {
        let connection = rusqlite::Connection::open(self.set().join("tilejury.sqlite")).unwrap();
        let sql = "SELECT line, coalesce(tile, ''), field, value FROM current JOIN samples ON key = sample ORDER BY line, field, tile";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap();
        rows.map(Result::unwrap).collect()
    }

    pub(crate) fn verdicts(&self) -> Vec<(i64, String)> {
        self.rows().into_iter().filter(|row| row.2 == "verdict").map(|row| (row.0, row.3)).collect()
    }
}

/// A window with its settings and data below a folder, whose dataset is still being opened.
pub(crate) fn window_below(folder: &Path, dataset: &Path, size: (f32, f32)) -> Harness<'static, App> {
    let start = start_below(folder, Some(dataset));
    Harness::builder().with_size(size).with_max_steps(64).build_eframe(|cc| App::new(&cc.egui_ctx, start).unwrap())
}

fn start_below(folder: &Path, dataset: Option<&Path>) -> StartOptions {
    StartOptions {
        dataset: dataset.map(Path::to_owned),
        sidecar: None,
        annotator: Some("ann".into()),
        folders: Folders::below(folder),
        timings: None,
        started: Instant::now(),
        system_dialogs: false,
        keys: Arc::new(KeysInMemory::default()),
    }
}

/// Steps until the current sample is decoded and painted, and every judgement is on disk.
#[track_caller]
pub(crate) fn settle(harness: &mut Harness<'_, App>) {
    step_until(harness, "the window to settle", |harness| harness.state().is_settled());
}

/// A machine with other work can be slow.
const PATIENCE: Duration = Duration::from_secs(90);

#[track_caller]
pub(crate) fn step_until(harness: &mut Harness<'_, App>, what: &str, condition: impl Fn(&Harness<'_, App>) -> bool) {
    let start = Instant::now();
    loop {
        harness.step();
        harness.step();
        if condition(harness) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub(crate) fn press(harness: &mut Harness<'_, App>, key: Key) {
    harness.key_press(key);
    settle(harness);
}

pub(crate) fn press_with(harness: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    settle(harness);
}

/// Checks that the window shows a text: now, or once the work behind it is done, which can take
/// long on a machine with other work.
#[track_caller]
pub(crate) fn assert_text(harness: &mut Harness<'_, App>, text: &str) {
    if harness.query_all_by_label_contains(text).next().is_none() {
        wait_for(harness, text);
    }
}

#[track_caller]
pub(crate) fn assert_no_text(harness: &Harness<'_, App>, text: &str) {
    assert!(harness.query_all_by_label_contains(text).next().is_none(), "the window should not show: {text}");
}

/// Presses the default key of a command; `word` is its name in the settings file.
#[track_caller]
pub(crate) fn run_command(harness: &mut Harness<'_, App>, word: &str) {
    let entry = entries().find(|entry| entry.word == word).unwrap_or_else(|| panic!("no command {word}"));
    let key = entry.keys[0];
    harness.key_press_modifiers(modifiers(key), key.key);
    harness.run_steps(4);
}

pub(crate) fn modifiers(key: Shortcut) -> Modifiers {
    let mut modifiers = Modifiers { shift: key.shift, alt: key.alt, ..Modifiers::NONE };
    if key.command {
        modifiers |= Modifiers::COMMAND;
    }
    modifiers
}

/// Runs a command and waits until everything visible is painted and saved.
#[track_caller]
pub(crate) fn run_and_settle(harness: &mut Harness<'_, App>, word: &str) {
    run_command(harness, word);
    settle(harness);
}

/// Types into the field with this name, which must be visible.
pub(crate) fn type_into(harness: &mut Harness<'_, App>, field: &str, text: &str) {
    let has_focus = |harness: &Harness<'_, App>| harness.get_by_role_and_label(Role::TextInput, field).is_focused();
    if !has_focus(harness) {
        harness.get_by_role_and_label(Role::TextInput, field).focus();
        harness.run_steps(3);
    }
    harness.get_by_role_and_label(Role::TextInput, field).type_text(text);
    harness.run_steps(3);
}

/// Steps until the window shows a text.
#[track_caller]
pub(crate) fn wait_for(harness: &mut Harness<'_, App>, text: &str) {
    step_until(harness, text, |harness| harness.query_all_by_label_contains(text).next().is_some());
}

/// Clicks a button that closes its dialog, until it is gone: the dialog can still grow and move the
/// button between press and release.
#[track_caller]
pub(crate) fn click_and_close(harness: &mut Harness<'_, App>, label: &str) {
    wait_for(harness, label);
    for _ in 0..5 {
        harness.run_steps(4);
        let Some(button) = harness.query_by_label(label) else { return };
        button.click();
        harness.run_steps(4);
    }
    panic!("{label} stays");
}

/// Chooses an entry of a list, given its first words. A dialog that grows can move both between
/// press and release: then they are clicked again.
#[track_caller]
pub(crate) fn choose(harness: &mut Harness<'_, App>, list: &str, entry: &str) {
    let is_chosen = |harness: &Harness<'_, App>| {
        let chosen = harness.get_by_role_and_label(Role::ComboBox, list).value();
        chosen.is_some_and(|chosen| chosen.starts_with(entry))
    };
    for _ in 0..5 {
        harness.get_by_role_and_label(Role::ComboBox, list).scroll_to_me();
        harness.run_steps(4);
        harness.get_by_role_and_label(Role::ComboBox, list).click();
        harness.run_steps(4);
        let named = |node: &Node<'_>| node.accesskit_node().label().is_some_and(|label| label.starts_with(entry));
        harness.query_all_by_role(Role::Button).find(named).iter().for_each(Node::click);
        harness.run_steps(6);
        if is_chosen(harness) {
            return;
        }
    }
    panic!("{entry} cannot be chosen from {list}");
}

/// Steps until the window no longer shows a text.
#[track_caller]
pub(crate) fn wait_until_gone(harness: &mut Harness<'_, App>, text: &str) {
    step_until(harness, text, |harness| harness.query_all_by_label_contains(text).next().is_none());
}

/// Asks the window to close, as the system's button does.
pub(crate) fn close(window: &mut Harness<'_, App>) {
    let root = window.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    root.events.push(egui::ViewportEvent::Close);
    window.run_steps(1);
    if let Some(root) = window.input_mut().viewports.get_mut(&egui::ViewportId::ROOT) {
        root.events.clear();
    }
    window.run_steps(3);
}

/// Waits until the preview is of the chosen options, and presses the button.
pub(crate) fn press_export(window: &mut Harness<'_, App>) {
    step_until(window, "the preview", |window| window.query_by_label("Export").is_some());
    window.get_by_label("Export").click();
    window.run_steps(3);
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Imports lines of scores beside the judgements of a set.
pub(crate) fn import_scores(fixture: &Fixture, lines: &str) {
    use tilejury_audit::external::{ImportKind, file_beside, import};
    let from = fixture.dir.path().join("scores.jsonl");
    std::fs::write(&from, lines).unwrap();
    let dataset = tilejury_data::Dataset::open(&fixture.set()).unwrap();
    let beside = file_beside(&fixture.set().join("tilejury.sqlite"));
    import(&dataset, ImportKind::Scores, &from, &beside, false).unwrap();
}

/// The shapes that are painted, each with the area that it is cut off at.
pub(crate) fn painted(window: &Harness<'_, App>) -> Vec<(egui::Rect, Shape)> {
    fn collect(area: egui::Rect, shape: &Shape, all: &mut Vec<(egui::Rect, Shape)>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(area, shape, all)),
            other => all.push((area, other.clone())),
        }
    }
    let mut all = Vec::new();
    window.output().shapes.iter().for_each(|clipped| collect(clipped.clip_rect, &clipped.shape, &mut all));
    all
}

/// The text galleys that are painted.
pub(crate) fn painted_text(window: &Harness<'_, App>) -> Vec<Arc<Galley>> {
    let texts = painted(window).into_iter().filter_map(|(_, shape)| match shape {
        Shape::Text(text) => Some(text.galley.clone()),
        _ => None,
    });
    texts.collect()
}

/// Whether a text is painted, and not only known to screen readers.
pub(crate) fn is_painted(window: &Harness<'_, App>, text: &str) -> bool {
    painted_text(window).iter().any(|galley| galley.text().contains(text))
}
