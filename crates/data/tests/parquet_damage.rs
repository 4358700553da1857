//! Parquet files that cannot be read, end early, or change while they are read: each is named with
//! the place, and nothing half remains.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod parquet_files;

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{ArrayRef, Int64Array};
use parquet::file::metadata::{ParquetMetaDataWriter, RowGroupMetaData};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet_files::{Folders, columns, names, queries, settle, texts, write, write_groups};
use tilejury_data::progress::{ProgressStep, Stage};
use tilejury_data::{Dataset, LinesFolder, OpenError};

/// Opens a set, and changes something once the first rows became lines.
fn open_while(folders: &Folders, change: impl Fn() + Sync) -> Result<Dataset, OpenError> {
    let is_changed = AtomicBool::new(false);
    let changing = |step: ProgressStep| {
        if step.stage == Stage::Converting && step.done > 0 && !is_changed.swap(true, Ordering::Relaxed) {
            change();
        }
        Ok(())
    };
    let opened = Dataset::open_with(&folders.set(), LinesFolder { folder: &folders.lines(), progress: &changing });
    assert!(is_changed.load(Ordering::Relaxed));
    opened
}

#[test]
fn a_file_that_changes_meanwhile_gives_no_lines() {
    let folders = Folders::new();
    let (first, second) = (folders.file("train_0.parquet"), folders.file("train_1.parquet"));
    let other = folders.dir.path().join("other.parquet");
    let begin = || {
        write_groups(&first, columns(0..100), 10);
        write_groups(&second, columns(100..200), 10);
        settle(&second);
        write_groups(&other, columns(200..300), 10);
    };
    let replace = || fs::rename(&other, &second).unwrap();
    let write_over = || assert!(fs::copy(&other, &second).unwrap() > 0);
    let cut = || File::options().write(true).open(&second).unwrap().set_len(500).unwrap();
    let remove = || fs::remove_file(&second).unwrap();
    begin();
    assert_eq!(second.metadata().unwrap().len(), other.metadata().unwrap().len(), "only times tell them apart");
    let changed = "changed while it was read; open the dataset again";
    for (change, expected) in [
        (&replace as &(dyn Fn() + Sync), changed),
        (&write_over, changed),
        (&cut, changed),
        (&remove, "cannot be read: "),
    ] {
        begin();
        let error = open_while(&folders, change).err().unwrap().to_string();
        assert!(error.contains(&format!("train_1.parquet: {expected}")), "{error}");
        assert!(folders.kept().iter().all(|name| name.ends_with(".lock")), "{:?}", folders.kept());
    }
    begin();
    replace();
    let expected: Vec<String> = (0..100).chain(200..300).map(|row| format!("question {row}")).collect();
    assert_eq!(queries(&folders.open().unwrap()), expected);
}

/// The error when a set has only this file.
fn error_of(name: &str, make: impl FnOnce(&Path)) -> String {
    let folders = Folders::new();
    let path = folders.file(name);
    make(&path);
    let error = folders.open().err().unwrap().to_string();
    let kept = folders.kept();
    assert!(!kept.iter().any(|name| name.ends_with(".part") || name.ends_with(".jsonl")), "{kept:?}");
    error.replace(&folders.set().display().to_string(), "SET")
}

#[track_caller]
fn check_error(name: &str, make: impl FnOnce(&Path), expected: &str) {
    let error = error_of(name, make);
    assert!(error.contains(expected), "{error}");
}

#[test]
fn wrong_columns_are_named() {
    let one = |name, column: ArrayRef| {
        let mut columns: Vec<_> = columns(0..2).into_iter().filter(|(other, _)| *other != name).collect();
        columns.push((name, column));
        move |path: &Path| write(path, columns)
    };
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    let without = |path: &Path| write(path, columns(0..2).into_iter().filter(|(name, _)| *name != "query").collect());
    let columns = "its columns are `chunk_path`, `neg_chunk_paths`, `rank`, and rows need `query` and `chunk_path`";
    check_error("train.parquet", without, &format!("SET/train.parquet: has no column `query`; {columns}"));
    check_error("other.parquet", without, "(other.parquet has the columns `chunk_path`, `neg_chunk_paths`, `rank`)");
    let wrong = one("query", numbers.clone());
    check_error("train.parquet", wrong, "its column `query` has the type Int64; expected texts");
    let wrong = one("neg_chunk_paths", numbers);
    check_error("train.parquet", wrong, "its column `neg_chunk_paths` has the type Int64; expected lists of texts");
    let wrong = one("neg_chunk_paths", texts(&["a", "b"]));
    check_error("train.parquet", wrong, "has the type Utf8; expected lists of texts");
}

#[test]
fn damaged_files_are_named_with_the_place() {
    check_error("train.parquet", |path| fs::write(path, "no").unwrap(), "SET/train.parquet: is cut short, damaged");
    check_error("train.parquet", |path| fs::write(path, "PARE12345678").unwrap(), "is encrypted; decrypt it");
    let cut = |path: &Path| {
        write(path, columns(0..50));
        let len = path.metadata().unwrap().len();
        File::options().write(true).open(path).unwrap().set_len(len - 10).unwrap();
    };
    check_error("data/train-00000-of-00001.parquet", cut, "train-00000-of-00001.parquet: is cut short, damaged");
    let damaged = |path: &Path| {
        write_groups(path, columns(0..50), 20);
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let (start, _) = reader.metadata().row_group(1).column(1).byte_range();
        let mut bytes = fs::read(path).unwrap();
        bytes[start as usize..][..8].fill(0xff);
        fs::write(path, bytes).unwrap();
    };
    check_error("train.parquet", damaged, "SET/train.parquet: row group 2, column `chunk_path` cannot be read: ");
}

/// Writes three groups of twenty rows, and a list of them in which the second one is changed.
fn write_with_group(path: &Path, change: impl Fn(RowGroupMetaData) -> RowGroupMetaData) {
    write_groups(path, columns(0..60), 20);
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let mut builder = reader.metadata().clone().into_builder();
    let mut groups = builder.take_row_groups();
    let second = change(groups[1].clone());
    groups[1] = second;
    let metadata = builder.set_row_groups(groups).build();
    let file = File::options().append(true).open(path).unwrap();
    ParquetMetaDataWriter::new(file, &metadata).finish().unwrap();
}

#[test]
fn row_groups_that_end_early_are_named() {
    write_whole_groups();
    // More rows were written than are left.
    let with_rows = |rows: i64| {
        move |path: &Path| write_with_group(path, |group| group.into_builder().set_num_rows(rows).build().unwrap())
    };
    let expected = "row group 2, column `query` cannot be read: it has 20 rows instead of 25";
    check_error("train.parquet", with_rows(25), &format!("SET/train.parquet: {expected}"));
    // One column has lost its pages, but for the dictionary.
    let without_pages = |path: &Path| {
        write_with_group(path, |group| {
            let mut builder = group.into_builder();
            let mut columns = builder.take_columns();
            let left = columns[1].data_page_offset() - columns[1].dictionary_page_offset().unwrap();
            columns[1] = columns[1].clone().into_builder().set_total_compressed_size(left).build().unwrap();
            builder.set_column_metadata(columns).build().unwrap()
        });
    };
    check_error("train.parquet", without_pages, "SET/train.parquet: row group 2, column `chunk_path` cannot be read: ");
    // The file ends in the middle of its rows, and another copy of the list was put behind them.
    let without_middle = |path: &Path| {
        write_groups(path, columns(0..60), 20);
        let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
        let metadata = reader.metadata().clone();
        let (start, _) = metadata.row_group(1).column(0).byte_range();
        File::options().write(true).open(path).unwrap().set_len(start + 30).unwrap();
        let file = File::options().append(true).open(path).unwrap();
        ParquetMetaDataWriter::new(file, &metadata).finish().unwrap();
    };
    check_error("train.parquet", without_middle, "SET/train.parquet: row group 2, column `query` cannot be read: ");
}

/// Checks that a file opens in whose list [`write_with_group`] changed nothing.
fn write_whole_groups() {
    let folders = Folders::new();
    write_with_group(&folders.file("train.parquet"), |group| group);
    assert_eq!(folders.open().unwrap().samples.len(), 60);
}

#[test]
fn other_splits_open_beside_a_damaged_one() {
    let folders = Folders::new();
    fs::write(folders.file("data/train-00000-of-00003.parquet"), "PAR1").unwrap();
    write(&folders.file("data/test-00000-of-00001.parquet"), columns(0..2));
    let dataset = folders.open().unwrap();
    assert_eq!(names(&dataset), ["test"]);
    let warnings: Vec<String> = dataset.warnings.iter().map(|warning| warning.message.clone()).collect();
    assert!(warnings[0].starts_with("by their names, 2 files of this split are missing"), "{warnings:?}");
    assert!(warnings[1].starts_with("is cut short, damaged or not Parquet"), "{warnings:?}");
    assert_eq!(dataset.warnings[1].file, folders.set().join("data/train-00000-of-00003.parquet"));
}

#[test]
fn lines_that_cannot_be_written_are_an_error() {
    let folders = Folders::new();
    write(&folders.file("train.parquet"), columns(0..2));
    fs::create_dir_all(folders.lines().parent().unwrap()).unwrap();
    fs::write(folders.lines(), "a file").unwrap();
    let error = folders.open().err().unwrap().to_string();
    assert!(error.contains("train.parquet: it has to become JSON lines once, and they cannot be written: "), "{error}");
    assert!(error.contains("lines: "), "{error}");
}

/// Whatever is in a file, it opens or is an error with words.
#[test]
fn damaged_bytes_never_stop_the_program() {
    let folders = Folders::new();
    let path = folders.file("train.parquet");
    write_groups(&path, columns(0..40), 15);
    let whole = fs::read(&path).unwrap();
    let mut random = 7_u64;
    for _ in 0..400 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 33) as usize % bytes.len();
            bytes[at] ^= 1 << (random >> 61);
        }
        fs::write(&path, bytes).unwrap();
        match folders.open() {
            Ok(dataset) => assert!(queries(&dataset).len() <= 40),
            Err(error) => assert!(!error.to_string().contains("unexpectedly"), "{error}"),
        }
    }
}
