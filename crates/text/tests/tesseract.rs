//! The Tesseract engine against programs that behave badly, and against the real one where it is
//! installed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a fault here is a failed test")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tilejury_data::decode::Pixels;
use tilejury_text::{Language, ReadError, ReadingEngine, Tesseract, TesseractError, TileReading};

const HEADING: &str =
    "level\\tpage_num\\tblock_num\\tpar_num\\tline_num\\tword_num\\tleft\\ttop\\twidth\\theight\\tconf\\ttext";

/// Writes a program that answers the two questions of [`Tesseract::find`], and runs `reading` for a
/// picture.
fn program(folder: &Path, reading: &str) -> PathBuf {
    let path = folder.join("tesseract");
    let script = format!(
        "#!/bin/sh\ncase \"$1\" in\n--version) echo 'tesseract 5.3.0';;\n--list-langs) printf 'List (2):\\neng\\nosd\\n';;\n*) {reading}\n;;\nesac\n"
    );
    write_program(&path, &script);
    path
}

/// Writes a file that can be run. Another process writes it: if this one did, a child that another
/// thread forks at that moment would hold the file open for writing, and the system refuses to run
/// such a file (“Text file busy”).
fn write_program(path: &Path, script: &str) {
    let mut shell = Command::new("sh");
    shell.args(["-c", "cat > \"$0\" && chmod 755 \"$0\""]).arg(path).stdin(Stdio::piped());
    let mut shell = shell.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(shell.wait().unwrap().success());
}

fn read_with(reading: &str) -> Result<TileReading, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let engine = Tesseract::find(&program(folder.path(), reading)).unwrap().read_within(Duration::from_millis(500));
    engine.read(&white(40, 20), &["eng".parse().unwrap()], &AtomicBool::new(false))
}

fn white(width: u32, height: u32) -> Pixels {
    Pixels { width, height, rgba: vec![255; (width * height * 4) as usize] }
}

#[test]
fn programs_written_here_can_be_run_at_once() {
    // Without the other process in `write_program`, a few of these were refused as busy.
    let write_and_run = |_| {
        for _ in 0..40 {
            let folder = tempfile::tempdir().unwrap();
            Tesseract::find(&program(folder.path(), "exit 1")).unwrap();
        }
    };
    thread::scope(|scope| (0..4).for_each(|at| drop(scope.spawn(move || write_and_run(at)))));
}

#[test]
fn passes_the_picture_and_parses_the_words() {
    let reading = format!(
        "head -c 12 | grep -q '^P6 40 20 255' || exit 3; printf '{HEADING}\\n5\\t1\\t1\\t1\\t1\\t1\\t2\\t3\\t4\\t5\\t91\\tSalt\\n'"
    );
    let reading = read_with(&reading).unwrap();
    assert_eq!(reading.text(), "Salt");
}

#[test]
fn reports_how_a_program_fails() {
    let failed = read_with("echo 'Failed loading language' >&2; exit 1").unwrap_err();
    assert_eq!(failed.to_string(), "tesseract failed: Failed loading language");
    let killed = read_with("kill -9 $$").unwrap_err();
    assert!(killed.to_string().contains("signal: 9"), "{killed}");
    let rubbish = read_with("echo '<html>'").unwrap_err();
    assert!(rubbish.to_string().contains("line 1") && rubbish.to_string().contains("<html>"), "{rubbish}");
    let binary = read_with("head -c 5000 /dev/urandom").unwrap_err();
    assert!(matches!(binary, ReadError::Unreadable { .. }), "{binary}");
}

#[test]
fn ends_a_program_that_hangs() {
    let start = Instant::now();
    assert!(matches!(read_with("exec sleep 30"), Err(ReadError::TimedOut { .. })));
    // A child of the program holds its output open.
    assert!(matches!(read_with("sleep 30 & sleep 30"), Err(ReadError::TimedOut { .. })));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[test]
fn stops_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Tesseract::find(&program(folder.path(), "exec sleep 30")).unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let reading = scope.spawn(|| engine.read(&white(4, 4), &["eng".parse().unwrap()], &stop));
        thread::sleep(Duration::from_millis(50));
        stop.store(true, Ordering::Relaxed);
        assert!(matches!(reading.join().unwrap(), Err(ReadError::Stopped)));
    });
}

#[test]
fn names_the_package_of_a_missing_program() {
    let missing = Tesseract::find(Path::new("/nowhere/tesseract")).unwrap_err();
    assert!(matches!(missing, TesseractError::Missing { .. }));
    assert!(missing.to_string().contains("apt-get install tesseract-ocr"), "{missing}");
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other");
    write_program(&other, "#!/bin/sh\necho hello\n");
    assert!(Tesseract::find(&other).unwrap_err().to_string().contains("“hello”"));
}

#[test]
fn lists_languages_without_helpers() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Tesseract::find(&program(folder.path(), "exit 1")).unwrap();
    assert_eq!((engine.name(), engine.version()), ("tesseract", "5.3.0"));
    assert_eq!(engine.languages(), ["eng".parse::<Language>().unwrap()]);
}
