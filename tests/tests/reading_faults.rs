//! `read` with programs in the place of Tesseract that crash, hang or print something else, with
//! Ctrl-C, and with tiles that change: what can be read is read once, and the rest is named.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_tests::Fixture;

/// Prints the words of a tile of `$width` pixels as Tesseract does.
const GOOD: &str = r#"printf 'level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n'
for word in The tile with this text has the number "n$width"; do printf '5\t1\t1\t1\t1\t1\t1\t1\t9\t14\t95\t%s\n' "$word"; done"#;

/// Writes a program in the place of Tesseract. It notes the width of each picture in the file
/// `pictures`, and then runs `reading`, which knows it as `$width`.
fn program(fixture: &Fixture, name: &str, reading: &str) -> String {
    let answers = "--version) echo 'tesseract 5.3.0'; exit;;\n--list-langs) printf 'List of available languages (1):\\neng\\n'; exit;;";
    let pictures = fixture.path("pictures");
    let note = format!("read -r _ width _\necho \"$width\" >> '{}'\n", pictures.display());
    script(fixture, name, &format!("case \"$1\" in\n{answers}\nesac\n{note}{reading}\n"))
}

fn script(fixture: &Fixture, name: &str, text: &str) -> String {
    fixture.write(name, &format!("#!/bin/sh\n{text}\n"));
    std::fs::set_permissions(fixture.path(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    fixture.path(name).display().to_string()
}

/// The widths of the pictures that the program was given since the last call.
fn pictures(fixture: &Fixture) -> Vec<u32> {
    let path = fixture.path("pictures");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let _ = std::fs::remove_file(path);
    text.lines().map(|line| line.parse().unwrap()).collect()
}

/// A row with a tile of each width.
fn set(widths: &[u32]) -> Set {
    let paths: Vec<String> = (0..widths.len() as u32).map(|at| tile(0, 1 + at, 0)).collect();
    let tiles = paths.iter().zip(widths);
    let set = tiles.fold(Set::new(), |set, (path, width)| set.tile(path, &picture::png(*width, 20, *width as u8)));
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    set.row("train", &Row::new("what?", &paths[0]).negatives(&negatives))
}

/// Runs `read`, and returns the counts: tiles, read, skipped and failed.
fn read(fixture: &Fixture, program: &str, code: i32) -> ([u64; 4], String) {
    let run = fixture.run(&["read", "set", "--all", "--json", "--jobs", "2", "--tesseract", program]).expect(code);
    let counts = run.json().swap_remove(0);
    (["tiles", "read", "skipped", "failed"].map(|name| counts[name].as_u64().unwrap()), run.err)
}

fn texts(fixture: &Fixture) -> Vec<(String, String)> {
    let lines = fixture.run(&["text", "set", "--json"]).expect(0).json();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    lines.iter().map(|line| (text(line, "path"), text(line, "text"))).collect()
}

#[test]
fn faults_of_the_program_are_named_and_other_tiles_are_read() {
    let fixture = Fixture::with(&set(&[41, 42, 43, 44, 45, 46, 47, 48, 49]));
    let reading = format!(
        "case $width in
        42) kill -SEGV $$;;
        43) echo '<html>busy</html>';;
        44) yes 'no table' | head -c 100000000;;
        45) exit 0;;
        46) echo 'Error opening data file eng.traineddata' >&2; exit 1;;
        47) {GOOD}; kill -KILL $$;;
        48) exec sleep 300;;
        *) {GOOD};;
        esac"
    );
    let program = program(&fixture, "a folder/my tesseract", &reading);
    let start = Instant::now();
    let (counts, messages) = read(&fixture, &program, 1);
    assert_eq!(counts, [9, 2, 0, 7], "{messages}");
    assert!(start.elapsed() < Duration::from_secs(180), "a program that hangs is ended");
    let reasons = [
        (2, "my tesseract failed: signal: 11"),
        (3, "my tesseract printed something unexpected in line 1: expected the heading of a table, found “<html>"),
        (4, "my tesseract printed something unexpected in line 1: expected the heading of a table, found “no table”"),
        (5, "my tesseract printed something unexpected in line 1"),
        (6, "my tesseract failed: Error opening data file eng.traineddata"),
        (7, "my tesseract failed: signal: 9"),
        (8, "my tesseract did not finish within 60 s"),
    ];
    for (page, reason) in reasons {
        let path = tile(0, page, 0);
        let path = path.strip_prefix("images/").unwrap();
        let named = messages.lines().any(|line| line.contains(path) && line.contains(reason));
        assert!(named, "{path}: {reason}: {messages}");
    }
    let read_tiles: Vec<String> = texts(&fixture).into_iter().map(|(path, _)| path).collect();
    assert_eq!(read_tiles, [tile(0, 1, 0), tile(0, 9, 0)]);
    // The next run tries only those that failed.
    pictures(&fixture);
    let mended = self::program(&fixture, "mended", GOOD);
    let (counts, _) = read(&fixture, &mended, 0);
    assert_eq!(counts, [9, 7, 2, 0]);
    assert_eq!(pictures(&fixture).into_iter().collect::<BTreeSet<_>>(), (42..49).collect());
}

#[test]
fn programs_that_cannot_be_used_end_the_command() {
    let fixture = Fixture::with(&set(&[41]));
    let refused = |program: &str| {
        let run = fixture.run(&["read", "set", "--tesseract", program, "--json"]).expect(2);
        assert_eq!(run.out, "");
        assert!(run.err.lines().count() == 1, "{}", run.err);
        run.err
    };
    fixture.write("plain file", "text");
    assert!(refused("./plain file").contains("plain file could not be run: Permission denied"));
    assert!(refused(".").contains("could not be run: Permission denied"));
    assert!(
        refused("no-such-program")
            .contains("no-such-program is not installed; on Debian or Ubuntu: apt-get install tesseract-ocr")
    );
    let other = script(&fixture, "other", "echo 'ImageMagick 7'");
    assert!(refused(&other).contains("expected its version, found “ImageMagick 7”"));
    let silent = script(&fixture, "silent", "exit 0");
    assert!(refused(&silent).contains("expected its version"));
    let broken = script(&fixture, "broken", "echo 'cannot open shared object file' >&2; exit 127");
    assert!(refused(&broken).contains("broken failed: cannot open shared object file"));
    let hanging = script(&fixture, "hanging", "exec sleep 300");
    assert!(refused(&hanging).contains("hanging did not finish within 10 s"));
    let languages = |list: &str| {
        let version = "case \"$1\" in --version) echo 'tesseract v5.3.0.20221222'; exit;; esac";
        script(&fixture, "lists", &format!("{version}\nprintf '{list}'"))
    };
    let none = refused(&languages("List of available languages (1):\\nosd\\n"));
    assert!(none.contains("has no languages; on Debian or Ubuntu: apt-get install tesseract-ocr-eng"), "{none}");
    let rubbish = refused(&languages("\\377\\376 / !\\n\\n"));
    assert!(rubbish.contains("has no languages"), "{rubbish}");
    let german = refused(&languages("List of available languages (1):\\r\\ndeu\\r\\n"));
    assert!(
        german.contains("no language `eng`, only deu; on Debian or Ubuntu: apt-get install tesseract-ocr-eng"),
        "{german}"
    );
    assert!(!fixture.path("set/tilejury.outside.sqlite").exists());
}

#[test]
fn a_list_of_languages_needs_no_heading() {
    let fixture = Fixture::with(&set(&[41]));
    let answers = "case \"$1\" in --version) echo 'tesseract 5.3.0'; exit;; --list-langs) echo eng; exit;; esac";
    let program = script(&fixture, "bare", &format!("{answers}\nread -r _ width _\n{GOOD}"));
    assert_eq!(read(&fixture, &program, 0).0, [1, 1, 0, 0]);
}

#[test]
fn ctrl_c_keeps_what_was_read_and_the_next_run_goes_on() {
    let widths: Vec<u32> = (41..71).collect();
    let fixture = Fixture::with(&set(&widths));
    let program = program(&fixture, "slow", &format!("test $width = 60 && exec sleep 300\nsleep 0.1\n{GOOD}"));
    let arguments = ["read", "set", "--all", "--json", "--jobs", "1", "--tesseract", &program];
    let child = fixture.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    let reads_60 = || std::fs::read_to_string(fixture.path("pictures")).is_ok_and(|text| text.contains("60\n"));
    while !reads_60() {
        assert!(start.elapsed() < Duration::from_secs(60), "the tile of 60 pixels was not reached");
        sleep(Duration::from_millis(20));
    }
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let stopped = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(stopped.elapsed() < Duration::from_secs(20), "the program that hangs is ended");
    let messages = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && output.stdout.is_empty(), "{messages}");
    assert!(messages.contains("stopped; the tiles read so far are stored in"), "{messages}");
    let first: BTreeSet<u32> = pictures(&fixture).into_iter().collect();
    assert!(first.len() > 2 && first.len() < 30, "{first:?}");
    let mended = self::program(&fixture, "fast", GOOD);
    let (counts, _) = read(&fixture, &mended, 0);
    let before = first.len() as u64 - 1;
    assert_eq!(counts, [30, 30 - before, before, 0], "all but the tile that was being read are stored");
    let second: BTreeSet<u32> = pictures(&fixture).into_iter().collect();
    assert_eq!(first.intersection(&second).collect::<Vec<_>>(), [&60]);
    assert_eq!(texts(&fixture).len(), 30);
}

#[test]
fn equal_bytes_are_read_once_and_changed_ones_again() {
    // The first and third tile are the same picture under two paths.
    let fixture = Fixture::with(&set(&[41, 42, 41]));
    let program = program(&fixture, "tesseract", GOOD);
    assert_eq!(read(&fixture, &program, 0).0, [3, 3, 0, 0]);
    let mut widths = pictures(&fixture);
    widths.sort_unstable();
    assert_eq!(widths, [41, 42]);
    let texts_before = texts(&fixture);
    assert_eq!((&texts_before[0].1, texts_before.len()), (&texts_before[2].1, 3));
    assert_eq!(read(&fixture, &program, 0).0, [3, 0, 3, 0]);
    assert_eq!(pictures(&fixture), [0; 0]);
    std::fs::remove_dir_all(fixture.set().join("image_shards")).unwrap();
    set(&[41, 43, 41]).write(&fixture.set());
    read(&fixture, &program, 0);
    assert_eq!(pictures(&fixture), [43], "the bytes of the others are the same, in another file");
    assert!(texts(&fixture)[1].1.ends_with("n43"), "{:?}", texts(&fixture));
}

#[test]
fn the_forms_of_read_and_text_have_their_fields() {
    let fixture = Fixture::with(&set(&[41]));
    let program = program(&fixture, "tesseract", GOOD);
    let run = fixture.run(&["read", "set", "--top", "1", "--json", "--tesseract", &program]).expect(0);
    let counts = &run.json()[0];
    assert_eq!(["tiles", "read", "skipped"].map(|name| counts[name].clone()), [json!(1), json!(1), json!(0)]);
    assert!(counts["seconds"].as_f64().is_some_and(|seconds| (0.0..60.0).contains(&seconds)), "{counts}");
    let line = fixture.run(&["text", "set", "--json"]).expect(0).json().swap_remove(0);
    assert_eq!((&line["path"], &line["engine"]), (&json!(tile(0, 1, 0)), &json!("tesseract 5.3.0")));
    assert_eq!(line["text"], "The tile with this text has the number n41");
    assert_eq!(line["words"][0], json!({"text": "The", "x": 1, "y": 1, "w": 9, "h": 14, "conf": 0.95}));
    let plain = fixture.run(&["text", "set"]).expect(0).out;
    assert_eq!(plain, format!("== {}\nThe tile with this text has the number n41\n\n", tile(0, 1, 0)));
}
