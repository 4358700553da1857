//! Splits that are Parquet: the choice of their files and their order, their lines and where these
//! are kept.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod parquet_files;

use std::fs::{self, File};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use arrow_array::{ArrayRef, BinaryArray, StringArray, StructArray};
use arrow_schema::{DataType, Field};
use parquet_files::{Folders, columns, names, queries, settle, texts, write, write_groups};
use tilejury_data::progress::{Cancelled, Progress, ProgressStep, Stage};
use tilejury_data::{Dataset, LineNumber, LinesFolder, OpenError};

#[test]
fn a_parquet_split_opens_like_json_lines() {
    let folders = Folders::new();
    write(&folders.file("train.parquet"), columns(0..3));
    let parquet = folders.open().unwrap();
    let line = r#"{"query":"question 1","chunk_path":"shard_000/p1.png","neg_chunk_paths":["shard_000/n1.png","shard_000/é.png"],"rank":1}"#;
    let second = parquet.find_line("train", LineNumber::new(2)).unwrap();
    assert_eq!(std::str::from_utf8(parquet.row_line(second).unwrap()).unwrap(), line);
    assert_eq!(parquet.split_of(second).line_end(1), b"\n");
    assert_eq!(parquet.describe_position(second), "train line 2");
    assert_eq!(parquet.splits[0].export_names, ["train.jsonl", "train_hn.jsonl"]);
    assert_eq!(parquet.splits[0].file, folders.set().join("train.parquet"));
    assert!(parquet.warnings.is_empty() && parquet.notes.is_empty(), "{:?}", (parquet.warnings, parquet.notes));
    // The same rows as lines have the same keys.
    let other = Folders::new();
    fs::write(other.file("train.jsonl"), parquet.splits[0].bytes()).unwrap();
    let lines = Dataset::open(&other.set()).unwrap();
    assert_eq!(lines.fingerprint, parquet.fingerprint);
    assert!(lines.splits[0].parquet.is_empty());
}

#[test]
fn several_files_are_one_split_in_order() {
    let folders = Folders::new();
    write_groups(&folders.file("data/train-00001-of-00002.parquet"), columns(5..9), 2);
    write_groups(&folders.file("data/train-00000-of-00002.parquet"), columns(0..5), 3);
    write(&folders.file("data/validation-00000-of-00001.parquet"), columns(9..10));
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["train", "validation"]);
    assert_eq!(queries(&dataset), (0..10).map(|row| format!("question {row}")).collect::<Vec<_>>());
    let train = &dataset.splits[0];
    assert_eq!(train.file, folders.set().join("data/train-*-of-00002.parquet"));
    let files: Vec<_> = train.parquet.iter().map(|file| (file.path.clone(), file.rows)).collect();
    let part = |number: usize| folders.set().join(format!("data/train-0000{number}-of-00002.parquet"));
    assert_eq!(files, [(part(0), 5), (part(1), 4)]);
    assert_eq!(train.parquet[1].len, fs::metadata(part(1)).unwrap().len());
    assert_eq!(dataset.splits[1].export_names, ["validation.jsonl"]);
    // With one of the files, all of them are read.
    let one = folders.open_at(&part(1)).unwrap();
    assert_eq!(one.root, folders.set().join("data"), "unless the folder above looks like a set");
    fs::write(folders.file("README.md"), "").unwrap();
    let one = folders.open_at(&part(1)).unwrap();
    assert_eq!((one.root.clone(), queries(&one).len(), one.fingerprint), (folders.set(), 9, dataset.fingerprint));
    let note = "train-00001-of-00002.parquet is a part of a split: all rows of train-*-of-00002.parquet are read";
    assert_eq!(one.notes, [note]);
    assert_eq!(one.open_whole().unwrap().samples.len(), 10);
}

#[test]
fn file_10_comes_after_file_9_and_before_file_11() {
    for (place, label) in [
        ("train_{}.parquet", "train_*.parquet"),
        ("data/train-{}-of-12.parquet", "data/train-*-of-12.parquet"),
        ("train/{}.parquet", "train/*.parquet"),
    ] {
        let folders = Folders::new();
        let file = |number: usize| folders.file(&place.replace("{}", &number.to_string()));
        // By their names and by the time of writing, they are in other orders.
        for number in (0..12).rev() {
            write(&file(number), columns(2 * number..2 * number + 2));
        }
        let dataset = folders.open().unwrap();
        assert_eq!(names(&dataset), ["train"]);
        assert_eq!(queries(&dataset), (0..24).map(|row| format!("question {row}")).collect::<Vec<_>>(), "{place}");
        let train = &dataset.splits[0];
        assert_eq!(train.file, folders.set().join(label));
        let files: Vec<_> = train.parquet.iter().map(|file| file.path.clone()).collect();
        assert_eq!(files, (0..12).map(file).collect::<Vec<_>>());
        // A line is counted over the files in this order.
        let of_file_10 = dataset.find_line("train", LineNumber::new(21)).unwrap();
        assert_eq!(dataset.row(of_file_10).unwrap().query, "question 20", "{place}");
        assert!(dataset.warnings.is_empty(), "{:?}", dataset.warnings);
    }
}

#[test]
fn lines_are_made_once() {
    let folders = Folders::new();
    let path = folders.file("train.parquet");
    write(&path, columns(0..3));
    settle(&path);
    let converted = AtomicUsize::new(0);
    let counting = |step: ProgressStep| {
        converted.fetch_add(usize::from(step.stage == Stage::Converting && step.total > 0), Ordering::Relaxed);
        Ok(())
    };
    let open = || {
        let before = converted.load(Ordering::Relaxed);
        let dataset = Dataset::open_with(&folders.set(), LinesFolder { folder: &folders.lines(), progress: &counting });
        (queries(&dataset.unwrap()), converted.load(Ordering::Relaxed) - before)
    };
    let rows = |range: std::ops::Range<usize>| range.map(|row| format!("question {row}")).collect::<Vec<_>>();
    assert_eq!(open(), (rows(0..3), 2));
    let kept = folders.kept();
    assert_eq!(kept.len(), 3, "lines, a note, and a lock: {kept:?}");
    assert_eq!(open(), (rows(0..3), 0));
    // Touched, but the same.
    settle(&path);
    assert_eq!(open(), (rows(0..3), 0));
    // Other rows, in a file of the same length and time.
    let time = path.metadata().unwrap().modified().unwrap();
    write(&path, columns(1..4));
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(open(), (rows(1..4), 2));
    assert_eq!(folders.kept().len(), 3, "the earlier lines are gone: {:?}", folders.kept());
    assert_ne!(folders.kept(), kept);
    // Lines that are gone or cut short.
    let lines = folders.kept().into_iter().find(|name| name.ends_with(".jsonl")).unwrap();
    File::options().write(true).open(folders.lines().join(&lines)).unwrap().set_len(10).unwrap();
    assert_eq!(open(), (rows(1..4), 2));
    fs::remove_dir_all(folders.lines()).unwrap();
    assert_eq!(open(), (rows(1..4), 2));
    fs::write(folders.lines().join(lines.replace(".jsonl", ".json")), "{").unwrap();
    let note = folders.kept().into_iter().find(|name| name.len() < 32 && name.ends_with(".json")).unwrap();
    fs::write(folders.lines().join(note), "{").unwrap();
    assert_eq!(open(), (rows(1..4), 2));
}

#[test]
fn a_file_written_a_moment_ago_is_compared() {
    let folders = Folders::new();
    let path = folders.file("train.parquet");
    write(&path, columns(0..3));
    folders.open().unwrap();
    // As if the system's clock had not ticked: the note has the times of the new file.
    write(&path, columns(1..4));
    let note = folders.kept().into_iter().find(|name| name.ends_with(".json")).unwrap();
    let note = folders.lines().join(note);
    let mut kept: serde_json::Value = serde_json::from_slice(&fs::read(&note).unwrap()).unwrap();
    let stamp = path.metadata().unwrap();
    let nanos = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64;
    kept["files"][0]["modified"] = nanos(stamp.modified().unwrap()).into();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        kept["files"][0]["changed"] = (stamp.ctime() * 1_000_000_000 + stamp.ctime_nsec()).into();
    }
    fs::write(&note, kept.to_string()).unwrap();
    assert_eq!(queries(&folders.open().unwrap())[0], "question 1");
}

#[test]
fn cancelling_leaves_no_lines() {
    let folders = Folders::new();
    write_groups(&folders.file("train.parquet"), columns(0..100), 10);
    struct Stopping(AtomicUsize);
    impl Progress for Stopping {
        fn report(&self, step: ProgressStep) -> Result<(), Cancelled> {
            self.0.fetch_max(step.done, Ordering::Relaxed);
            if step.done >= 30 { Err(Cancelled) } else { Ok(()) }
        }
    }
    let stopping = Stopping(AtomicUsize::new(0));
    let opened = Dataset::open_with(&folders.set(), LinesFolder { folder: &folders.lines(), progress: &stopping });
    assert!(matches!(opened, Err(OpenError::Cancelled(_))), "{opened:?}");
    assert_eq!(stopping.0.load(Ordering::Relaxed), 30);
    assert!(folders.kept().iter().all(|name| name.ends_with(".lock")), "{:?}", folders.kept());
    // What a killed process left behind goes with the next one.
    let lock = folders.kept().remove(0);
    let left = folders.lines().join(lock.replace(".lock", ".4711.part"));
    fs::write(&left, "half a li").unwrap();
    assert_eq!(folders.open().unwrap().samples.len(), 100);
    assert!(!left.exists());
}

#[test]
fn two_processes_make_the_lines_once() {
    let folders = Folders::new();
    let path = folders.file("train.parquet");
    write(&path, columns(0..200));
    settle(&path);
    let written = AtomicUsize::new(0);
    let slow = |step: ProgressStep| {
        if step.total > 0 && step.done == step.total {
            written.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let lines = LinesFolder { folder: &folders.lines(), progress: &slow };
                assert_eq!(Dataset::open_with(&folders.set(), lines).unwrap().samples.len(), 200);
            });
        }
    });
    assert_eq!(written.load(Ordering::Relaxed), 1);
}

#[test]
fn json_lines_win_and_a_note_says_so() {
    let folders = Folders::new();
    write(&folders.file("data/train-00000-of-00001.parquet"), columns(0..3));
    write(&folders.file("test.parquet"), columns(3..4));
    fs::write(folders.file("train_hn.jsonl"), r#"{"query": "q", "chunk_path": "a.png"}"#).unwrap();
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["train", "test"]);
    assert_eq!(queries(&dataset), ["q", "question 3"]);
    let note = "data/train-00000-of-00001.parquet: not read, because train_hn.jsonl has the split `train`";
    assert_eq!(dataset.notes, [note]);
    fs::create_dir(folders.set().join("images")).unwrap();
    let error = folders.open_at(&folders.file("data/train-00000-of-00001.parquet")).err().unwrap().to_string();
    assert!(error.contains(note), "{error}");
}

#[test]
fn equal_files_with_and_without_negatives_are_one() {
    let folders = Folders::new();
    write(&folders.file("train.parquet"), columns(0..3));
    write_groups(&folders.file("train_hn.parquet"), columns(0..3), 1);
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["train"]);
    assert_eq!(dataset.notes, ["train_hn.parquet and train.parquet hold the same rows: read as one split, `train`"]);
    write(&folders.file("train.parquet"), columns(1..3));
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["train_hn", "train"]);
    let exported: Vec<_> = dataset.splits.iter().map(|split| split.export_names.join(" ")).collect();
    assert_eq!(exported, ["train_hn.jsonl", "train.jsonl"]);
}

#[test]
fn pictures_and_other_bytes_stay_in_the_file() {
    let folders = Folders::new();
    let mut all = columns(0..2);
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&b"\x89PNG"[..], b"text"]));
    let path: ArrayRef = texts(&["a.png", "b.png"]);
    let field = |name, kind| Arc::new(Field::new(name, kind, true));
    let image = StructArray::from(vec![
        (field("bytes", DataType::Binary), bytes.clone()),
        (field("path", DataType::Utf8), path),
    ]);
    all.push(("image", Arc::new(image)));
    all.push(("raw", bytes));
    all.push(("page", Arc::new(BinaryArray::from(vec![&[b'x'; 20 << 10][..], &[b'y'; 20 << 10]]))));
    write(&folders.file("train.parquet"), all);
    let dataset = folders.open().unwrap();
    let line = |row| String::from_utf8_lossy(dataset.splits[0].line_bytes(row)).into_owned();
    assert!(line(0).ends_with(r#""rank":0,"image":{"path":"a.png"},"raw":null}"#), "{}", line(0));
    assert!(line(1).ends_with(r#""rank":1,"image":{"path":"b.png"},"raw":"text"}"#), "{}", line(1));
    let notes = [
        "train.parquet: the files in its column `image` are not read, only their names",
        "train.parquet: its column `page` has long binary values and is not read",
        "train.parquet: 1 binary values that are no text are not read",
    ];
    assert_eq!(dataset.notes, notes);
    assert_eq!(folders.open().unwrap().notes, notes, "also when the lines are kept");
}

#[test]
fn rows_without_a_query_are_warnings() {
    let folders = Folders::new();
    let query: ArrayRef = Arc::new(StringArray::from(vec![Some("q"), None, Some(" ")]));
    write(&folders.file("train.parquet"), vec![("query", query), ("chunk_path", texts(&["a", "b", "c"]))]);
    let dataset = folders.open().unwrap();
    assert_eq!(queries(&dataset), ["q"]);
    let warnings: Vec<String> = dataset.warnings.iter().map(ToString::to_string).collect();
    let file = folders.set().join("train.parquet");
    assert!(warnings[0].starts_with(&format!("{}:2: `query`: invalid type: null", file.display())), "{warnings:?}");
    assert_eq!(warnings[1], format!("{}:3: `query` is empty", file.display()));
}

#[test]
fn other_tables_are_no_splits() {
    let folders = Folders::new();
    fs::write(folders.file("train.jsonl"), r#"{"query": "q", "chunk_path": "a.png"}"#).unwrap();
    write(&folders.file("part-00000.parquet"), vec![("path", texts(&["a.png"]))]);
    let mut judged = columns(0..1);
    judged.extend(["annotator", "at", "line"].map(|name| (name, texts(&["x"]))));
    write(&folders.file("judged.parquet"), judged);
    write(&folders.file("extra.parquet"), columns(0..1));
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["train", "extra"]);
    assert_eq!(dataset.notes, ["judged.parquet holds judgements: not read as a split"]);
    // Without a folder for lines, only JSON lines are read.
    assert_eq!(names(&Dataset::open(&folders.set()).unwrap()), ["train"]);
    let error = Dataset::open(&folders.file("extra.parquet")).err().unwrap().to_string();
    assert!(error.contains("not a .jsonl or .parquet file"), "{error}");
}
