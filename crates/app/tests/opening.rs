//! The screen while a set is opened whose rows are Parquet: what is being done, and the way back.

#![allow(clippy::unwrap_used, reason = "an error fails the test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{Fixture, assert_no_text, assert_text, wait_for};
use egui::Key;
use egui_kittest::kittest::Queryable as _;
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use tilejury_app::folders::Folders;

/// Writes a split with twelve rows.
fn write(path: &Path) {
    let schema = "message rows { required binary query (UTF8); required binary chunk_path (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for text in ["question", "images/shard_000/tile"] {
        let values: Vec<ByteArray> = (0..12).map(|row| format!("{text} {row}").into_bytes().into()).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn making_the_rows_of_parquet_is_shown_and_can_be_cancelled() {
    let fixture = Fixture::plain();
    let set = fixture.dir.path().join("parquet");
    write(&set.join("train.parquet"));
    let size = (1200.0, 800.0);
    let open = || fixture.window_opening(Some(&set), size);
    wait_for(&mut open(), "1 of 12");
    let lines = Folders::below(fixture.dir.path()).lines();
    let kept = |ending: &str| -> Option<PathBuf> {
        let mut files = lines.read_dir().unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|extension| extension == ending))
    };
    // Their lines are gone, and another process is making them.
    fs::remove_file(kept("json").unwrap()).unwrap();
    let other = File::open(kept("lock").unwrap()).unwrap();
    other.lock().unwrap();
    for way_back in ["key", "button"] {
        let mut window = open();
        wait_for(&mut window, "Preparing the rows from Parquet");
        match way_back {
            "key" => window.key_press(Key::Escape),
            _ => window.get_by_label("Cancel").click(),
        }
        window.run_steps(3);
        assert_text(&mut window, "Keys to know");
        assert_no_text(&window, "Preparing");
    }
    assert_eq!(kept("json"), None);
    other.unlock().unwrap();
    wait_for(&mut open(), "1 of 12");
    assert!(kept("json").is_some());
}
