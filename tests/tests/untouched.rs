//! The dataset is never written: every command and the window run over a set, and afterwards it is the very same, to the last
//! time of change. Once as an ordinary person who may only read it, once where it could be written and the sidecar is elsewhere.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

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

/// Who has nothing of his own on any system.
const NOBODY: u32 = 65_534;
const QUERY: &str = "What is told on page 1?";

/// What can be known of a file or a folder without reading where it lies on the disk.
#[derive(Debug, PartialEq)]
struct Known {
    content: Option<Vec<u8>>,
    mode: u32,
    /// When its content changed last, and when anything about it did: name, rights, number of links.
    changed: [(i64, i64); 2],
}

fn known_below(folder: &Path) -> BTreeMap<PathBuf, Known> {
    fn walk(path: &Path, known: &mut BTreeMap<PathBuf, Known>) {
        let about = path.symlink_metadata().unwrap();
        if about.is_dir() {
            path.read_dir().unwrap().for_each(|entry| walk(&entry.unwrap().path(), known));
        }
        let changed = [(about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec())];
        let content = about.is_file().then(|| fs::read(path).unwrap());
        known.insert(path.to_owned(), Known { content, mode: about.mode(), changed });
    }
    let mut known = BTreeMap::new();
    walk(folder, &mut known);
    known
}

/// A set as it should not be: lines that are no rows, tiles that are missing, damaged, or files of their own, a shard that
/// breaks off, a folder with other things, a split of another name.
fn lay_down(root: &Path) {
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

/// Everything below a folder is this user's and can be read by all.
fn give(path: &Path, to: Option<u32>) {
    if path.is_dir() && !path.is_symlink() {
        path.read_dir().unwrap().for_each(|entry| give(&entry.unwrap().path(), to));
    }
    if to.is_some() {
        chown(path, to, to).unwrap();
    }
}

fn allow_writing(path: &Path, writing: bool) {
    let mode = path.metadata().unwrap().permissions().mode();
    let set = |mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    // A folder is gone through while its content can be reached.
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

/// A set, the program, a home, and whoever may do with them what ordinary people may.
struct House {
    dir: tempfile::TempDir,
    user: Option<u32>,
    /// Where the sidecar is; where none is named, the program finds a place.
    sidecar: Option<&'static str>,
}

impl House {
    /// `locked`: nobody may write the set.
    fn new(locked: bool, sidecar: Option<&'static str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        let user = (root.metadata().unwrap().uid() == 0).then_some(NOBODY);
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        // Where the program was built, others may not come.
        fs::copy(program(), root.join("tilejury")).unwrap();
        fs::create_dir(root.join("home")).unwrap();
        fs::create_dir(root.join("work")).unwrap();
        lay_down(&root.join("set"));
        give(root, user);
        let house = Self { dir, user, sidecar };
        if locked {
            allow_writing(&house.path("set"), false);
        }
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// An input file, of lines of JSON.
    fn lines(&self, name: &str, lines: &[serde_json::Value]) {
        put(&self.path(name), lines.iter().map(|line| format!("{line}\n")).collect::<String>().as_bytes());
    }

    /// Lets the ordinary person run something in the folder that is his.
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
        // What measures, and what looks at an export, has nothing to do with judgements.
        if !["bench", "verify-export"].contains(&arguments[0]) {
            command.args(self.sidecar.iter().flat_map(|file| ["--sidecar", file]));
        }
        Run::from(command.output().unwrap())
    }

    /// Opens the window, judges, undoes, has the set checked and its pixels looked at, and leaves.
    fn through_the_window(&self) {
        let home = self.path("home");
        let screen = Screen::start(1000, 700, &home).unwrap();
        xtask::screen::take_every_key(&home).unwrap();
        give(&home, self.user);
        let timings = self.path("work/timings.jsonl");
        let mut command = screen.command(self.path("tilejury"));
        command.arg(self.path("set")).args(["--annotator", "ann", "--timings"]).arg(&timings);
        self.as_user(&mut command);
        command.args(self.sidecar.iter().flat_map(|file| ["--sidecar", file]));
        let window = screen.show(command).unwrap();
        let told = |event: &str| fs::read_to_string(&timings).unwrap_or_default().matches(event).count();
        wait_for("the first sample", || told("\"sample_complete\"") > 0).unwrap();
        window.keys(&["a", "2", "r", "u", "z", "ctrl+shift+k", "ctrl+shift+p", "ctrl+shift+i", "o", "Escape", "d"]);
        wait_for("verdicts", || told("\"verdict\"") > 2).unwrap();
        window.keys(&["Escape", "Escape", "ctrl+q"]);
        window.wait_for_end().unwrap();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        allow_writing(&self.path("set"), true);
    }
}

/// Every command that is given a set and keeps something of what it is told.
fn through_what_keeps(house: &House, set: &str) {
    let negative = tile(1, 1001, 2);
    house.lines(
        "judgements.jsonl",
        &[
            json!({"split": "train", "line": 1, "verdict": "reject", "reasons": ["other"], "note": "n"}),
            json!({"split": "train", "line": 2, "tiles": {negative.clone(): "relevant"}}),
        ],
    );
    house.lines("reviews.jsonl", &[json!({"query": QUERY, "candidate_path": negative, "verdict": "CORRECT"})]);
    house.lines("scores.jsonl", &[json!({"query": QUERY, "path": negative, "score": 0.5})]);
    house.lines("texts.jsonl", &[json!({"path": negative, "text": "told"})]);
    house.run(&["judge", set, "--from", "../judgements.jsonl"]).expect(0);
    house.run(&["import-reviews", set, "../reviews.jsonl"]).expect(0);
    house.run(&["import-scores", set, "../scores.jsonl"]).expect(0);
    house.run(&["import-text", set, "../texts.jsonl"]).expect(0);
    let stats = house.run(&["stats", set, "--json"]).expect(0).json();
    assert_eq!((&stats[0]["judged"], &stats[0]["false_negatives"]), (&json!(1), &json!(1)), "judgements were kept");
}

/// Every command that is given a set and only reads it.
fn through_what_reads(house: &House, set: &str) {
    let bad = tile(1, 1001, 2);
    house.lines("truth.jsonl", &[json!({"kind": "k", "sub": "s", "split": "train", "line": 2, "bad_paths": [bad]})]);
    let run = |code: i32, arguments: &[&str]| house.run(arguments).expect(code);
    run(1, &["check", set]);
    run(1, &["check", set, "--decode"]);
    run(0, &["stats", set]);
    run(0, &["judgements", set, "--history"]);
    run(0, &["rank", set]);
    run(0, &["scoreboard", set]);
    run(0, &["export", set, "--dry-run"]);
    let all = "jsonl,qrels,beir,sentence-transformers,ms-swift,tevatron,imagefolder,parquet,webdataset";
    for (images, formats) in [("none", "jsonl"), ("link", "jsonl"), ("repack", "tevatron"), ("extract", all)] {
        let tiles = if images == "link" { "find" } else { "decode" };
        run(0, &["export", set, images, "--images", images, "--format", formats, "--tiles", tiles]);
        run(0, &["verify-export", images]);
    }
    let refused = run(1, &["export", set, set]);
    assert!(refused.err.contains("lies inside the dataset"), "{}", refused.err);
    run(0, &["bench", set, "--repeats", "1", "--soak", "10"]);
    run(0, &["bench", "suspicion", set, "--truth", "../truth.jsonl"]);
    run(0, &["bench", "export", set]);
}

/// Does something with the set, and asserts that it is as it was.
fn stays_the_same(house: &House, work: impl FnOnce(&str)) {
    let set = house.path("set");
    let before = known_below(&set);
    work(set.to_str().unwrap());
    let after = known_below(&set);
    assert!(before == after, "{}", difference(&before, &after));
}

#[test]
fn a_set_that_can_only_be_read_is_used_in_full_and_stays_the_same_to_the_last_time_stamp() {
    let house = House::new(true, None);
    stays_the_same(&house, |set| {
        through_what_keeps(&house, set);
        through_what_reads(&house, set);
        house.through_the_window();
    });
}

#[test]
fn a_set_that_could_be_written_is_not_where_the_sidecar_is_elsewhere() {
    let house = House::new(false, Some("mine.sqlite"));
    stays_the_same(&house, |set| {
        through_what_keeps(&house, set);
        through_what_reads(&house, set);
        house.through_the_window();
    });
}

#[test]
fn who_only_reads_a_set_that_could_be_written_leaves_no_trace_in_it() {
    let house = House::new(false, None);
    stays_the_same(&house, |set| through_what_reads(&house, set));
}

/// What differs, by name: the content of tars would fill the screen.
fn difference(before: &BTreeMap<PathBuf, Known>, after: &BTreeMap<PathBuf, Known>) -> String {
    let names = before.keys().chain(after.keys());
    let differ = names.filter(|name| before.get(*name) != after.get(*name));
    let times =
        |known: Option<&Known>| known.map(|known| (known.content.as_ref().map(Vec::len), known.mode, known.changed));
    differ
        .map(|name| format!("{}: {:?} → {:?}\n", name.display(), times(before.get(name)), times(after.get(name))))
        .collect()
}
