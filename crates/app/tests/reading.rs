//! Reading the text of tiles in the window, with programs in the place of Tesseract.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::common::{
    Fixture, assert_no_text, assert_text, press, run_and_settle, run_command, settle, step_until, type_into, wait_for,
    wait_until_gone,
};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tilejury_app::screen::App;
use tilejury_audit::external::{ExternalStore, MachineReview, MachineVerdict};
use tilejury_data::{Dataset, TilePath, cores};
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, picture};

const ROWS: u32 = 12;
const TILES: usize = 3 * ROWS as usize;
/// Prints one line of text as Tesseract does.
const READS: &str = "printf 'level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext\\n\
5\\t1\\t1\\t1\\t1\\t1\\t2\\t3\\t60\\t20\\t95\\tsaltmeltsateighthundreddegrees\\n'";

/// Rows with three tiles each, of which no two are alike.
fn set() -> Set {
    let mut set = Set::new();
    for row in 0..ROWS {
        let paths = [0, 1, 2].map(|chunk| tile(0, 100 * (chunk + 1) + row, 0));
        for (chunk, path) in (0..).zip(&paths) {
            set = set.tile(path, &picture::page(120, 140, 20 * chunk + row, 0));
        }
        let row = Row::new(&format!("subject number {row} {}", row * 37), &paths[0]).negatives(&[&paths[1], &paths[2]]);
        set = set.row("train", &row);
    }
    set
}

fn tile_of(row: u32, chunk: u32) -> TilePath {
    TilePath::new(&tile(0, 100 * (chunk + 1) + row, 0))
}

/// A dataset, and a program that takes the place of Tesseract.
struct Reading {
    fixture: Fixture,
}

impl Reading {
    /// `mode` is the setting; `body` runs for each picture.
    fn new(mode: &str, body: &str) -> Self {
        Self::of(&set(), mode, body)
    }

    fn of(set: &Set, mode: &str, body: &str) -> Self {
        let reading = Self { fixture: Fixture::new(set) };
        let script = format!(
            "#!/bin/sh\ncase \"$1\" in\n--version) echo 'tesseract 5.3.0';;\n--list-langs) printf 'List (2):\\neng\\nosd\\n';;\n\
*) echo $$ >> \"$0.calls\"; cat > /dev/null; {body}\n;;\nesac\n"
        );
        fs::write(reading.program(), script).unwrap();
        fs::set_permissions(reading.program(), fs::Permissions::from_mode(0o755)).unwrap();
        reading.settings(mode, "");
        reading
    }

    fn program(&self) -> PathBuf {
        self.fixture.dir.path().join("reader")
    }

    fn settings(&self, mode: &str, more: &str) {
        let program = self.program();
        let text = format!(
            r#"{{"look_at_pixels": false, "overview_first": false, "reading": "{mode}", "tesseract": "{}"{more}}}"#,
            program.display()
        );
        put(&self.fixture.dir.path().join("config/settings.json"), text.as_bytes());
    }

    /// The processes that were started for a picture.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.fixture.dir.path().join("reader.calls")).unwrap_or_default();
        calls.lines().map(str::to_owned).collect()
    }

    /// Lets programs go on that wait with [`GATE`].
    fn open_gate(&self) {
        fs::write(self.fixture.dir.path().join("reader.go"), "").unwrap();
    }

    fn file(&self) -> PathBuf {
        self.fixture.set().join("tilejury.outside.sqlite")
    }

    fn store(&self) -> ExternalStore {
        ExternalStore::open_for_reading(&self.file()).unwrap().unwrap()
    }

    /// The tiles in the order in which their readings were stored.
    fn stored(&self) -> Vec<TilePath> {
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        let mut statement = connection.prepare("SELECT tile FROM readings ORDER BY id").unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        rows.map(|tile| TilePath::new(&tile.unwrap())).collect()
    }
}

/// Waits until a file exists.
const GATE: &str = "while [ ! -e \"$0.go\" ]; do sleep 0.02; done";

fn wait_for_texts(window: &mut Harness<'_, App>, tiles: usize) {
    step_until(window, "texts", |window| window.state().texts_read() >= tiles);
}

/// Runs frames for a while.
fn look_for(window: &mut Harness<'_, App>, time: Duration) {
    let start = Instant::now();
    step_until(window, "some time", |_| start.elapsed() >= time);
}

#[test]
fn small_sets_are_read_without_asking_and_only_once() {
    let reading = Reading::new("automatic", READS);
    let mut window = reading.fixture.window();
    wait_for(&mut window, "Reading the text of 36 tiles in the background: about");
    assert_text(&mut window, "Ctrl+R pauses it.");
    wait_for_texts(&mut window, TILES);
    wait_until_gone(&mut window, "Reading text");
    assert_eq!(reading.calls().len(), TILES);
    let text = reading.store().reading(&tile_of(3, 1)).unwrap().unwrap().reading.text();
    assert_eq!(text, "saltmeltsateighthundreddegrees");
    assert_no_text(&window, "Text: ");
    run_command(&mut window, "jobs");
    assert_text(&mut window, "Text: 36 tiles read.");
    drop(window);
    let mut window = reading.fixture.window();
    look_for(&mut window, Duration::from_millis(600));
    assert_eq!((window.state().texts_read(), reading.calls().len()), (0, TILES));
    assert_no_text(&window, "Reading the text");
}

#[test]
fn large_sets_are_read_only_on_request() {
    let mut set = Set::new();
    for row in 0..2001 {
        set = set.row("train", &Row::new(&format!("subject {row}"), &tile(0, row, 0)));
    }
    let reading = Reading::of(&set, "automatic", READS);
    let mut window = reading.fixture.window();
    step_until(&mut window, "the findings", |window| window.state().knows_findings());
    look_for(&mut window, Duration::from_millis(600));
    assert_no_text(&window, "Reading the text");
    assert_no_text(&window, "Reading text");
    run_command(&mut window, "read");
    wait_for(&mut window, "1,000 tiles of 1,000 rows: about");
    assert_text(&mut window, "2,001 tiles of 2,001 rows: about");
    assert!(reading.calls().is_empty() && !reading.file().exists());
}

#[test]
fn missing_programs_are_reported_only_if_text_was_asked_for() {
    let reading = Reading::new("automatic", READS);
    fs::remove_file(reading.program()).unwrap();
    let mut window = reading.fixture.window();
    look_for(&mut window, Duration::from_millis(900));
    assert_no_text(&window, "is not installed");
    run_command(&mut window, "read-sample");
    wait_for(&mut window, "is not installed; on Debian or Ubuntu: apt-get install tesseract-ocr.");
    run_command(&mut window, "read");
    wait_for(&mut window, "The settings name the program and the languages.");
    assert_eq!(window.query_all_by_label_contains("apt-get install tesseract-ocr.").count(), 2);
    assert_no_text(&window, "Read all rows");
}

#[test]
fn missing_languages_are_reported_with_their_package() {
    let reading = Reading::new("all", READS);
    reading.settings("all", r#", "reading_languages": "eng+deu""#);
    let mut window = reading.fixture.window();
    wait_for(&mut window, "no language `deu`, only eng; on Debian or Ubuntu: apt-get install tesseract-ocr-deu.");
    assert!(!reading.file().exists(), "nothing was written");
}

#[test]
fn one_key_reads_the_displayed_sample_alone() {
    let reading = Reading::new("off", READS);
    let mut window = reading.fixture.window();
    run_and_settle(&mut window, "next");
    run_command(&mut window, "read-sample");
    wait_for(&mut window, "Text: 3 tiles of this row read.");
    assert_eq!(window.state().texts_read(), 3);
    let mut stored = reading.stored();
    stored.sort();
    let mut expected = [tile_of(1, 0), tile_of(1, 1), tile_of(1, 2)];
    expected.sort();
    assert_eq!(stored, expected);
    run_command(&mut window, "read-sample");
    wait_for(&mut window, "Text: 3 tiles of this row read before.");
    assert_eq!(reading.calls().len(), 3);
}

#[test]
fn the_dialog_says_how_much_there_is_before_it_starts() {
    let reading = Reading::new("off", &format!("{GATE}; {READS}"));
    let mut window = reading.fixture.window();
    run_command(&mut window, "read");
    wait_for(&mut window, "36 tiles of 12 rows: about");
    assert_text(&mut window, "Tesseract 5.3.0 reads on");
    assert!(reading.calls().is_empty(), "nothing starts before the person says so");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "Reading text 0 of 36");
    run_command(&mut window, "read");
    wait_for(&mut window, "Reading text 0 of 36 · paused");
    let before = reading.calls().len();
    look_for(&mut window, Duration::from_millis(300));
    assert_eq!(reading.calls().len(), before, "nothing is read while it is paused");
    run_command(&mut window, "overview");
    wait_for(&mut window, "0 of 36 tiles read: more may be found");
    press(&mut window, Key::Escape);
    reading.open_gate();
    run_command(&mut window, "jobs");
    assert_text(&mut window, "0 of 36 tiles");
    window.get_by_label("Continue reading").click();
    wait_for_texts(&mut window, TILES);
    wait_for(&mut window, "Text: 36 tiles read.");
    press(&mut window, Key::Escape);
    run_command(&mut window, "read");
    wait_for(&mut window, "36 tiles of 12 rows: all are read");
}

#[test]
fn the_displayed_sample_comes_next() {
    let reading = Reading::new("all", &format!("{GATE}; {READS}"));
    let mut window = reading.fixture.window();
    step_until(&mut window, "the first tiles", |_| !reading.calls().is_empty());
    run_and_settle(&mut window, "last");
    reading.open_gate();
    wait_for_texts(&mut window, TILES);
    // The first sample was visible when reading began; each core may have taken one more tile.
    let stored = reading.stored();
    let last = (0..3).map(|chunk| stored.iter().position(|tile| *tile == tile_of(ROWS - 1, chunk)).unwrap()).max();
    assert!(last.unwrap() < 3 + 2 * cores(), "{stored:?}");
    let first = stored.iter().position(|tile| *tile == tile_of(0, 0)).unwrap();
    assert!(first < 2 * cores(), "{stored:?}");
}

#[test]
fn stopping_keeps_what_was_read_and_reading_continues_there() {
    let reading = Reading::new("all", &format!("sleep 0.1; {READS}"));
    let mut window = reading.fixture.window();
    wait_for_texts(&mut window, 1);
    run_command(&mut window, "stop-reading");
    wait_for(&mut window, "Text: Stopped; ");
    wait_until_gone(&mut window, "Reading text");
    let stored = reading.stored().len();
    assert_eq!(stored, window.state().texts_read());
    drop(window);
    fs::remove_file(reading.fixture.dir.path().join("reader.calls")).unwrap();
    let mut window = reading.fixture.window();
    wait_for_texts(&mut window, TILES - stored);
    wait_until_gone(&mut window, "Reading text");
    assert_eq!(reading.calls().len(), TILES - stored);
}

#[test]
fn failures_are_listed_once() {
    let reading = Reading::new("all", "echo 'it is out of order' >&2; exit 1");
    let mut window = reading.fixture.window();
    wait_for(&mut window, "Text: 0 tiles read, 36 failed. Ctrl+J shows more.");
    assert_eq!(window.query_all_by_label_contains("failed").count(), 1);
    run_command(&mut window, "jobs");
    assert_eq!(window.query_all_by_label_contains(": reader failed: it is out of order").count(), TILES);
}

#[test]
fn closing_ends_programs_that_hang() {
    let reading = Reading::new("all", "exec sleep 600");
    let mut window = reading.fixture.window();
    step_until(&mut window, "a program", |_| !reading.calls().is_empty());
    run_and_settle(&mut window, "next");
    let start = Instant::now();
    drop(window);
    assert!(start.elapsed() < Duration::from_secs(10));
    for process in reading.calls() {
        let alive = std::process::Command::new("kill").args(["-0", &process]).output().unwrap().status.success();
        assert!(!alive, "{process}");
    }
}

#[test]
fn signals_follow_when_reading_ends_and_keep_those_from_pixels() {
    let copy = |set: Set| {
        let positive = picture::page(120, 140, 90, 0);
        let paths = [tile(0, 950, 0), tile(0, 951, 0)];
        let set = set.tile(&paths[0], &positive).tile(&paths[1], &picture::as_webp(&positive));
        set.row("train", &Row::new("a row with a copy", &paths[0]).negatives(&[&paths[1]]))
    };
    let reading = Reading::of(&copy(set()), "off", &format!("{GATE}; {READS}"));
    let mut window = reading.fixture.window();
    run_and_settle(&mut window, "last");
    run_command(&mut window, "pixels");
    wait_for(&mut window, "Same pixels");
    run_command(&mut window, "read-sample");
    step_until(&mut window, "a program", |_| !reading.calls().is_empty());
    // Another program adds a review meanwhile.
    let dataset = Dataset::open(&reading.fixture.set()).unwrap();
    let sample = dataset.sample(dataset.indices().next_back().unwrap()).unwrap();
    let mut store = ExternalStore::open(&reading.file()).unwrap();
    let import = store.write().unwrap();
    let (tile, answer) = (sample.negatives[0].path.clone(), "801 °C".to_owned());
    import.review(&MachineReview { sample: sample.key, tile, verdict: MachineVerdict::Correct, answer }).unwrap();
    import.commit().unwrap();
    assert_no_text(&window, "Machine review");
    reading.open_gate();
    wait_for(&mut window, "Machine review");
    assert_text(&mut window, "Same pixels");
    settle(&mut window);
}

#[test]
fn settings_start_and_stop_the_reading() {
    let reading = Reading::new("off", &format!("{GATE}; {READS}"));
    let mut window = reading.fixture.window();
    run_command(&mut window, "settings");
    window.get_by_label("Suspicious rows").click();
    step_until(&mut window, "the setting", |_| {
        reading.fixture.config("settings.json").contains("\"reading\": \"suspicious\"")
    });
    wait_for(&mut window, "Reading text 0 of 36");
    window.get_by_label("Off").click();
    wait_until_gone(&mut window, "Reading text 0 of 36");
    crate::common::type_into(&mut window, "Languages of tiles", "+d-e");
    assert_text(&mut window, "is not the code of a language");
    press(&mut window, Key::Escape);
    assert!(reading.fixture.config("settings.json").contains("\"reading_languages\": \"eng\""));
}

#[test]
fn searches_of_texts_follow_what_is_read() {
    let reading = Reading::new("off", READS);
    let mut window = reading.fixture.window();
    run_command(&mut window, "search");
    type_into(&mut window, "Search", "text:saltmeltsateighthundreddegrees");
    wait_for(&mut window, "no text of any tile is known yet; Ctrl+R reads the tiles");
    press(&mut window, Key::Enter);
    run_command(&mut window, "tile-search");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "no text of any tile is known yet");
    run_command(&mut window, "read-sample");
    wait_for(&mut window, "1 of 12 rows");
    wait_for(&mut window, "None of the 3 tiles with a text has any of these words.");
    assert_no_text(&window, "no text of any tile is known yet");
}

#[test]
fn panel_says_how_far_the_texts_are_read() {
    let reading = Reading::new("all", &format!("{GATE}; {READS}"));
    let mut window = reading.fixture.window();
    run_command(&mut window, "inspector");
    wait_for(&mut window, "0 of 36 tiles are read; their scores follow when the reading ends or pauses.");
    assert_no_text(&window, "`tilejury read`");
    reading.open_gate();
    wait_until_gone(&mut window, "their scores");
}

#[test]
fn list_is_sorted_again_when_the_texts_are_known() {
    let reading = Reading::new("off", READS);
    let mut window = reading.fixture.window();
    step_until(&mut window, "the signals", |window| window.state().knows_findings());
    run_and_settle(&mut window, "suspicious-first");
    run_and_settle(&mut window, "last");
    run_command(&mut window, "read");
    wait_for(&mut window, "36 tiles of 12 rows: about");
    press(&mut window, Key::Enter);
    wait_for(&mut window, "Sorted again: the texts of 36 tiles are known now.");
    wait_for(&mut window, "1 of 12");
}
