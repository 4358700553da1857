//! The dataset is never written: every command and the window run on a dataset, and afterwards it
//! is unchanged, down to its modification times. Once as an ordinary user with read access only,
//! once writable with the sidecar elsewhere.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed set-up is a failed test")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tilejury_testkit::set::{put, tile};
use tilejury_testkit::{Row, Set, Tarball, picture};
use tilejury_tests::{Run, program};
use xtask::screen::{Screen, wait_for};

/// The user ID of `nobody`, who owns nothing on any system.
const NOBODY: u32 = 65_534;
const QUERY: &str = "What is shown on page 1?";

/// The observable state of a file or a folder.
#[derive(Debug, PartialEq)]
struct FileState {
    content: Option<Vec<u8>>,
    mode: u32,
    /// The times of the last change of its content and of its metadata (name, permissions, number
    /// of links).
    changed: [(i64, i64); 2],
}

fn states_below(folder: &Path) -> BTreeMap<PathBuf, FileState> {
    fn walk(path: &Path, states: &mut BTreeMap<PathBuf, FileState>) {
        let about = path.symlink_metadata().unwrap();
        if about.is_dir() {
            path.read_dir().unwrap().for_each(|entry| walk(&entry.unwrap().path(), states));
        }
        let changed = [(about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec())];
        let content = about.is_file().then(|| fs::read(path).unwrap());
        states.insert(path.to_owned(), FileState { content, mode: about.mode(), changed });
    }
    let mut states = BTreeMap::new();
    walk(folder, &mut states);
    states
}

/// Writes a dataset with many faults: lines that are not rows, missing and damaged tiles, tiles as
/// separate files, a shard that breaks off, a folder with other files, a split with another name.
fn write_faulty_set(root: &Path) {
    let (broken, loose) = (tile(0, 1, 9), "images/pages/a.png");
    Set::plain(12, 3)
        .tile(&broken, b"no picture")
        .line("train", "{\"query\": 7}")
        .line("train", "no JSON")
        .line("eval", "")
        .row("eval", &Row::new(QUERY, &tile(1, 1001, 0)).negatives(&[&broken, loose, &tile(9, 9, 9)]))
        .row("more rows", &Row::new("Another?", loose).negatives(&[&tile(0, 1000, 1), &tile(0, 1000, 1), loose]))
        .write(root);
    put(&root.join(loose), &picture::png(50, 60, 9));
    put(&root.join("image_shards/shard_009.tar"), &Tarball::new().ustar("shard_009/a.png", &[1; 900]).cut(600));
    put(&root.join("image_shards/notes/tiles.tar"), b"no tar");
    put(&root.join("README.md"), b"# A set\n");
    put(&root.join("thumbs/.hidden"), b"");
}

/// Gives everything below a folder to a user, if one is named.
fn change_owner(path: &Path, user: Option<u32>) {
    if path.is_dir() && !path.is_symlink() {
        path.read_dir().unwrap().for_each(|entry| change_owner(&entry.unwrap().path(), user));
    }
    if user.is_some() {
        chown(path, user, user).unwrap();
    }
}

fn allow_writing(path: &Path, writing: bool) {
    let mode = path.metadata().unwrap().permissions().mode();
    let set = |mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    // A folder is visited while its content is accessible.
    if writing {
        set(mode | 0o200);
    }
    if path.is_dir() {
        path.read_dir().unwrap().for_each(|entry| allow_writing(&entry.unwrap().path(), writing));
    }
    if !writing {
        set(mode & !0o222);
    }
}

/// A dataset, the program, a home folder, and the ordinary user who works with them.
struct Workplace {
    dir: tempfile::TempDir,
    user: Option<u32>,
    /// The sidecar's file; without one, the program chooses it.
    sidecar: Option<&'static str>,
}

impl Workplace {
    /// With `locked`, nobody can write to the dataset.
    fn new(locked: bool, sidecar: Option<&'static str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let user = (root.metadata().unwrap().uid() == 0).then_some(NOBODY);
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        // The user may not have access to the build folder.
        fs::copy(program(), root.join("tilejury")).unwrap();
        fs::create_dir(root.join("home")).unwrap();
        fs::create_dir(root.join("work")).unwrap();
        write_faulty_set(&root.join("set"));
        change_owner(root, user);
        let workplace = Self { dir, user, sidecar };
        if locked {
            allow_writing(&workplace.path("set"), false);
        }
        workplace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes an input file of JSON lines.
    fn lines(&self, name: &str, lines: &[serde_json::Value]) {
        put(&self.path(name), lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes());
    }

    /// Makes a command run as the ordinary user in the user's own folder.
    fn as_user(&self, command: &mut Command) {
        command.current_dir(self.path("work")).env("HOME", self.path("home")).stdin(Stdio::null());
        for (variable, folder) in [("CONFIG", "config"), ("DATA", "data"), ("CACHE", "cache"), ("STATE", "state")] {
            command.env(format!("XDG_{variable}_HOME"), self.path("home").join(folder));
        }
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
    }

    /// Runs a command of the program.
    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(self.path("tilejury"));
        self.as_user(command.args(arguments).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"));
        // Benchmarks and checks of exports do not use judgements.
        if !["bench", "verify-export"].contains(&arguments[0]) {
            command.args(self.sidecar.iter().flat_map(|file| ["--sidecar", file]));
        }
        Run::from(command.output().unwrap())
    }

    /// Opens the window, judges, undoes, starts a check and a scan of the tiles, and quits.
    fn use_window(&self) {
        let home = self.path("home");
        let screen = Screen::start(1000, 700, &home).unwrap();
        xtask::screen::accept_keys_at_once(&home).unwrap();
        change_owner(&home, self.user);
        let timings = self.path("work/timings.jsonl");
        let mut command = screen.command(self.path("tilejury"));
        command.arg(self.path("set")).args(["--annotator", "ann", "--timings"]).arg(&timings);
        self.as_user(&mut command);
        command.args(self.sidecar.iter().flat_map(|file| ["--sidecar", file]));
        let window = screen.show(command).unwrap();
        let logged = |event: &str| fs::read_to_string(&timings).unwrap_or_default().matches(event).count();
        wait_for("the first row", || logged("\"sample_complete\"") > 0).unwrap();
        window.keys(&["a", "2", "r", "u", "z", "ctrl+shift+k", "ctrl+shift+p", "ctrl+shift+i", "o", "Escape", "d"]);
        wait_for("verdicts", || logged("\"verdict\"") > 2).unwrap();
        window.keys(&["Escape", "Escape", "ctrl+q"]);
        window.wait_for_end().unwrap();
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        allow_writing(&self.path("set"), true);
    }
}

/// Runs every command that stores data about a dataset.
fn run_writing_commands(workplace: &Workplace, set: &str) {
    let negative = tile(1, 1001, 2);
    workplace.lines(
        "judgements.jsonl",
        &[
            json!({"split": "train", "line": 1, "verdict": "reject", "reasons": ["other"], "note": "n"}),
            json!({"split": "train", "line": 2, "tiles": {negative.clone(): "relevant"}}),
        ],
    );
    workplace.lines("reviews.jsonl", &[json!({"query": QUERY, "candidate_path": negative, "verdict": "CORRECT"})]);
    workplace.lines("scores.jsonl", &[json!({"query": QUERY, "path": negative, "score": 0.5})]);
    workplace.lines("texts.jsonl", &[json!({"path": negative, "text": "shown"})]);
    workplace.run(&["judge", set, "--from", "../judgements.jsonl"]).expect(0);
    workplace.run(&["import-reviews", set, "../reviews.jsonl"]).expect(0);
    workplace.run(&["import-scores", set, "../scores.jsonl"]).expect(0);
    workplace.run(&["import-text", set, "../texts.jsonl"]).expect(0);
    let stats = workplace.run(&["stats", set, "--json"]).expect(0).json();
    assert_eq!((&stats[0]["judged"], &stats[0]["false_negatives"]), (&json!(1), &json!(1)), "judgements were stored");
}

/// Returns every export format, separated by commas, as the program lists them.
fn all_formats(workplace: &Workplace) -> String {
    let refused = workplace.run(&["export", "set", "--dry-run", "--format", "none-of-them"]).expect(2);
    let listed = refused.err.split_once("[possible values: ").and_then(|(_, rest)| rest.split_once(']')).unwrap().0;
    assert!(listed.contains("jsonl, ") && listed.contains(", webdataset"), "{listed}");
    listed.replace(", ", ",")
}

/// Runs every command that only reads a dataset.
fn run_reading_commands(workplace: &Workplace, set: &str) {
    let bad = tile(1, 1001, 2);
    workplace
        .lines("truth.jsonl", &[json!({"kind": "k", "sub": "s", "split": "train", "line": 2, "bad_paths": [bad]})]);
    let run = |code: i32, arguments: &[&str]| workplace.run(arguments).expect(code);
    run(1, &["check", set]);
    run(1, &["check", set, "--decode"]);
    run(0, &["stats", set]);
    run(0, &["judgements", set, "--history"]);
    run(0, &["rank", set]);
    run(0, &["scoreboard", set]);
    run(0, &["export", set, "--dry-run"]);
    let all = all_formats(workplace);
    for (images, formats) in [("none", "jsonl"), ("link", "jsonl"), ("repack", "tevatron"), ("extract", &all)] {
        let tiles = if images == "link" { "find" } else { "decode" };
        run(0, &["export", set, images, "--images", images, "--format", formats, "--tiles", tiles]);
        run(0, &["verify-export", images]);
    }
    let refused = run(1, &["export", set, set]);
    assert!(refused.err.contains("is inside the dataset"), "{}", refused.err);
    run(0, &["bench", set, "--repeats", "1", "--soak", "10"]);
    run(0, &["bench", "suspicion", set, "--truth", "../truth.jsonl"]);
    run(0, &["bench", "export", set]);
}

/// Runs `work` on the dataset and asserts that nothing in it changed.
fn assert_unchanged(workplace: &Workplace, work: impl FnOnce(&str)) {
    let set = workplace.path("set");
    let before = states_below(&set);
    work(set.to_str().unwrap());
    let after = states_below(&set);
    assert!(before == after, "{}", difference(&before, &after));
}

#[test]
fn a_read_only_set_is_used_in_full_and_stays_unchanged() {
    let workplace = Workplace::new(true, None);
    assert_unchanged(&workplace, |set| {
        run_writing_commands(&workplace, set);
        run_reading_commands(&workplace, set);
        workplace.use_window();
    });
}

#[test]
fn a_writable_set_stays_unchanged_with_a_sidecar_elsewhere() {
    let workplace = Workplace::new(false, Some("mine.sqlite"));
    assert_unchanged(&workplace, |set| {
        run_writing_commands(&workplace, set);
        run_reading_commands(&workplace, set);
        workplace.use_window();
    });
}

#[test]
fn reading_a_writable_set_leaves_no_trace() {
    let workplace = Workplace::new(false, None);
    assert_unchanged(&workplace, |set| run_reading_commands(&workplace, set));
}

/// Describes the differences by file name: the content of tars would fill the screen.
fn difference(before: &BTreeMap<PathBuf, FileState>, after: &BTreeMap<PathBuf, FileState>) -> String {
    let names = before.keys().chain(after.keys());
    let differ = names.filter(|name| before.get(*name) != after.get(*name));
    let times = |state: Option<&FileState>| {
        state.map(|state| (state.content.as_ref().map(Vec::len), state.mode, state.changed))
    };
    differ
        .map(|name| format!("{}: {:?} → {:?}\n", name.display(), times(before.get(name)), times(after.get(name))))
        .collect()
}
