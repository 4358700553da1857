//! Files of scans that are not as this program writes them: of another version, damaged, written
//! again; the texts in them; and scans whose tiles cannot be reached.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a missing value fails the test")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int32Type;
use arrow_array::{Array as _, ArrayRef, BinaryArray, Int32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use tilejury_audit::external::{ExternalStore, ReadingQueue};
use tilejury_audit::progress::{Cancelled, NoProgress, ProgressStep};
use tilejury_audit::scan::pairs::{PairSettings, PartTiles, write_pairs};
use tilejury_audit::scan::{
    AdoptError, Adopted, Part, PartOutcome, ScanContents, ScanError, ShardScan, TextReading, WritePartError, adopt,
    job_files, write_part,
};
use tilejury_audit::suspicion::fingerprints::FingerprintCache;
use tilejury_data::{Dataset, ObstacleKind, Pixels};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Set, picture};
use tilejury_text::{Language, ReadError, ReadingEngine, TextLayout, TileReading, WordBox};

use crate::folder_storage::Folder;
use crate::scan::{CONTENTS, Tiles, likenesses, pages, set, settings, shards, texts, write};

/// Writes a file again, as another engine does: with other rows, and one word of its note replaced.
fn rewrite(path: &Path, change: impl Fn(RecordBatch) -> RecordBatch, (from, to): (&str, &str)) {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let mut notes = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    notes.retain(|note| note.key.starts_with("tilejury"));
    let replaced = |note: KeyValue| KeyValue { value: note.value.map(|text| text.replace(from, to)), ..note };
    let notes = notes.into_iter().map(replaced).collect();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(|batch| change(batch.unwrap())).collect();
    let properties = WriterProperties::builder().set_key_value_metadata(Some(notes)).build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, Some(properties)).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
}

const SAME_NOTE: (&str, &str) = ("", "");

fn with_column(batch: &RecordBatch, name: &str, column: ArrayRef) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    columns[batch.schema().index_of(name).unwrap()] = column;
    RecordBatch::try_new(batch.schema(), columns).unwrap()
}

/// Changes the number in the last row that has one.
fn with_last_number(batch: &RecordBatch, name: &str, number: i32) -> RecordBatch {
    let column = batch.column_by_name(name).unwrap().as_primitive::<Int32Type>();
    let mut numbers: Vec<Option<i32>> = column.iter().collect();
    *numbers.iter_mut().rev().flatten().next().unwrap() = number;
    with_column(batch, name, Arc::new(Int32Array::from(numbers)))
}

/// A set, and a folder with its scan.
struct Job {
    dir: tempfile::TempDir,
    dataset: Arc<Dataset>,
}

impl Job {
    fn new(tiles: &Tiles) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let dataset = set(&dir.path().join("set"), tiles);
        std::fs::create_dir(dir.path().join("parts")).unwrap();
        let job = Self { dir, dataset };
        job.scan();
        job
    }

    fn scan(&self) {
        write(&self.dataset, &self.part("a"), &CONTENTS);
    }

    fn part(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("parts/{name}.parquet"))
    }

    fn cache(&self) -> PathBuf {
        self.dir.path().join("prints.sqlite")
    }

    fn adopt_until(&self, progress: &dyn tilejury_audit::progress::Progress) -> Result<Adopted, AdoptError> {
        let files = job_files(&self.dir.path().join("parts")).unwrap();
        let mut cache = FingerprintCache::open(&self.cache()).unwrap();
        let mut store = || ExternalStore::open(&self.dir.path().join("texts.sqlite"));
        adopt(&self.dataset, &files, &mut cache, &mut store, false, progress)
    }

    fn adopt(&self) -> Result<Adopted, AdoptError> {
        self.adopt_until(&NoProgress)
    }

    /// The fingerprints, the near pairs and the tiles of clusters that are stored.
    fn stored(&self) -> [i64; 3] {
        let cache = rusqlite::Connection::open(self.cache()).unwrap();
        ["tiles", "adopted_pairs", "adopted_clusters"].map(|table| {
            let sql = format!("SELECT count(*) FROM {table}");
            cache.query_row(&sql, [], |row| row.get(0)).unwrap_or(0)
        })
    }

    fn write_pairs(&self, settings: &PairSettings) -> (u64, u64) {
        let mut source = PartTiles::open(&[self.part("a")]).unwrap();
        let counts = write_pairs(&mut source, settings, &self.part("pairs"), &NoProgress).unwrap();
        (counts.candidates, counts.pairs)
    }
}

#[test]
fn a_file_of_another_program_or_form_is_not_the_same() {
    let job = Job::new(&pages());
    let all = shards(&job.dataset);
    let state =
        |contents: &ScanContents| Part { path: &job.part("a"), dataset: "the set", shards: &all, contents }.state();
    rewrite(&job.part("a"), |batch| batch, SAME_NOTE);
    assert_eq!(state(&CONTENTS), PartOutcome::Same, "also if another engine wrote it");
    let program = concat!("\"program\":\"", env!("CARGO_PKG_VERSION"), "\"");
    for replaced in [
        (program, "\"program\":\"0.0.1\""),
        ("\"schema\":", "\"schema\":1"),
        ("\"fingerprints\":", "\"fingerprints\":1"),
    ] {
        job.scan();
        assert_eq!(state(&CONTENTS), PartOutcome::Same);
        rewrite(&job.part("a"), |batch| batch, replaced);
        assert_eq!(state(&CONTENTS), PartOutcome::Other, "{replaced:?}");
    }
    // Texts of another engine or in other languages.
    write(&job.dataset, &job.part("a"), &reading("1", &["eng"]));
    assert_eq!(state(&reading("1", &["eng"])), PartOutcome::Same);
    for other in [reading("2", &["eng"]), reading("1", &["eng", "deu"]), CONTENTS] {
        assert_eq!(state(&other), PartOutcome::Other);
    }
}

#[test]
fn with_one_bad_file_nothing_is_adopted() {
    let job = Job::new(&pages());
    let fault = |change: &dyn Fn(RecordBatch) -> RecordBatch, expected: &str| {
        std::fs::copy(job.part("a"), job.part("b")).unwrap();
        rewrite(&job.part("b"), change, SAME_NOTE);
        let error = job.adopt().unwrap_err().to_string();
        assert!(error.contains(&format!("b.parquet: {expected}")), "{error}");
        assert_eq!(job.stored(), [0, 0, 0], "{expected}");
    };
    fault(&|batch| with_last_number(&batch, "schema_version", 2), "its columns have version 2, this program knows 1");
    let damaged = |batch: RecordBatch| {
        let column = batch.column_by_name("fingerprint").unwrap().as_binary::<i32>();
        let cut = column.iter().map(|print| print.map(|print| &print[..print.len() / 2])).collect::<BinaryArray>();
        with_column(&batch, "fingerprint", Arc::new(cut))
    };
    fault(&damaged, "it has a fingerprint that cannot be read");
    std::fs::remove_file(job.part("b")).unwrap();
    let stopping = |step: ProgressStep| if step.done > 0 { Err(Cancelled) } else { Ok(()) };
    std::fs::copy(job.part("a"), job.part("b")).unwrap();
    assert!(matches!(job.adopt_until(&stopping), Err(AdoptError::Cancelled(_))));
    assert_eq!(job.stored(), [0, 0, 0]);
    assert_eq!((job.adopt().unwrap().fingerprints, job.stored()), (24, [12, 0, 0]), "each tile is in both files");
}

#[test]
fn adopting_reads_no_tile_of_a_shard_that_is_the_same() {
    let job = Job::new(&pages());
    for shard in shards(&job.dataset) {
        let path = job.dataset.root.join(&shard.path);
        let (mut bytes, modified) = (std::fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap());
        // Only the headers of tiles are left.
        let ends = bytes.chunks(512).map(|block| block.starts_with(b"shard") || block[257..].starts_with(b"ustar"));
        let headers: Vec<bool> = ends.collect();
        for (block, is_header) in bytes.chunks_mut(512).zip(headers) {
            if !is_header {
                block.fill(0);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    }
    let found = job.adopt().unwrap();
    assert_eq!((found.fingerprints, found.missing, found.left_out.len()), (12, 0, 0), "{found:?}");
}

#[test]
fn pairs_of_another_version_leave_the_earlier_ones() {
    let job = Job::new(&likenesses());
    job.write_pairs(&settings(job.dir.path(), 0.5));
    let found = job.adopt().unwrap();
    let before = job.stored();
    assert!(found.pairs > 0 && before[1] > 0 && before[2] > 0, "{found:?} {before:?}");
    rewrite(&job.part("pairs"), |batch| with_last_number(&batch, "schema_version", 2), SAME_NOTE);
    let error = job.adopt().unwrap_err().to_string();
    assert!(error.contains("pairs.parquet: its columns have version 2"), "{error}");
    assert_eq!(job.stored(), before);
}

#[test]
fn pairs_are_of_the_tiles_that_were_adopted_last() {
    let job = Job::new(&likenesses());
    job.write_pairs(&settings(job.dir.path(), 0.5));
    let whole = job.adopt().unwrap();
    let stored = job.stored();
    // A pair of a tile that is in another shard here is none of this set.
    let elsewhere = |batch: RecordBatch| {
        let shards = StringArray::from(vec!["image_shards/shard_900.tar"; batch.num_rows()]);
        with_column(&batch, "a_shard", Arc::new(shards))
    };
    rewrite(&job.part("pairs"), elsewhere, SAME_NOTE);
    let found = job.adopt().unwrap();
    assert_eq!((found.pairs, found.stale_pairs, job.stored()[1]), (0, 0, 0), "{found:?}");
    // Nor is one of a tile that was left out now, and adopted once.
    job.write_pairs(&settings(job.dir.path(), 0.5));
    assert_eq!((job.adopt().unwrap(), job.stored()), (whole.clone(), stored));
    let shard = job.dataset.root.join(&shards(&job.dataset)[1].path);
    let hour = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    File::options().write(true).open(shard).unwrap().set_modified(hour).unwrap();
    let dataset = Dataset::open(&job.dataset.root).unwrap();
    let found = Job { dataset: Arc::new(dataset), ..job }.adopt().unwrap();
    assert_eq!((found.left_out.len(), found.stale_pairs), (1, 0), "{found:?}");
    assert!(found.pairs > 0 && found.pairs < whole.pairs, "{found:?}");
}

#[test]
fn fingerprints_of_another_version_do_not_count() {
    let job = Job::new(&likenesses());
    let settings = settings(job.dir.path(), 0.5);
    let (candidates, pairs) = job.write_pairs(&settings);
    assert!(candidates > 0 && pairs > 0);
    let older = |batch: RecordBatch| {
        let versions = batch.column_by_name("fingerprint_version").unwrap().as_primitive::<Int32Type>();
        let older = versions.iter().map(|version| version.map(|version| version - 1)).collect::<Int32Array>();
        with_column(&batch, "fingerprint_version", Arc::new(older))
    };
    rewrite(&job.part("a"), older, SAME_NOTE);
    assert_eq!(job.write_pairs(&settings), (0, 0));
    let found = job.adopt().unwrap();
    assert_eq!((found.rows, found.fingerprints, found.missing), (9, 0, 9), "{found:?}");
}

/// An engine that reads English or German by the colour of the first pixel, and fails for black.
struct Reader {
    version: &'static str,
    languages: Vec<Language>,
}

const ENGLISH: &str = "The Danube rises in the Black Forest and flows to the Black Sea";
const GERMAN: &str = "Die Donau ist nach der Wolga der zweite Fluss und sie ist nicht der erste in der Liste";

impl ReadingEngine for Reader {
    fn name(&self) -> &str {
        "colours"
    }

    fn version(&self) -> &str {
        self.version
    }

    fn languages(&self) -> &[Language] {
        &self.languages[..1]
    }

    fn read(&self, picture: &Pixels, _: &[Language], _: &AtomicBool) -> Result<TileReading, ReadError> {
        let text = match picture.rgba[0] {
            0 => return Err(ReadError::Failed { program: "colours".into(), message: "too dark".into() }),
            1 => panic!("the engine is broken"),
            50 => ENGLISH,
            _ => GERMAN,
        };
        let word = |(at, text): (u32, &str)| WordBox {
            text: text.to_owned(),
            x: at,
            y: 300,
            width: 30,
            height: 14,
            confidence: 1.0,
            starts_line: at == 3,
        };
        Ok(TileReading { words: (0..).zip(text.split(' ')).map(word).collect() })
    }

    fn layout(&self, _: &Pixels, _: &AtomicBool) -> Result<Option<TextLayout>, ReadError> {
        Ok(None)
    }
}

fn reading(version: &'static str, languages: &[&str]) -> ScanContents {
    let languages: Vec<Language> = languages.iter().map(|code| code.parse().unwrap()).collect();
    let engine = Arc::new(Reader { version, languages: languages.clone() });
    let queries = Arc::new(ReadingQueue::new(std::iter::empty()));
    ScanContents { fingerprints: true, texts: Some(TextReading { engine, languages, queries }) }
}

#[test]
fn texts_are_in_columns_and_what_failed_beside_them() {
    let dir = tempfile::tempdir().unwrap();
    let colours = [50, 60, 0, 1];
    let tiles: Tiles =
        (0..).zip(colours).map(|(at, colour)| (tile(0, at, 0), picture::flat(400, 330, colour))).collect();
    let dataset = set(dir.path(), &tiles);
    let path = dir.path().join("a.parquet");
    assert_eq!(write(&dataset, &path, &reading("3.1", &["eng"])), (4, 1, 1));
    let file = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = file.build().unwrap().map(Result::unwrap).collect();
    let column = |name: &str| texts(&batches, name);
    let of_two = |text: &str| [Some(text.to_owned()), Some(text.to_owned()), None, None];
    assert_eq!(column("engine"), of_two("colours"));
    assert_eq!(column("engine_version"), of_two("3.1"));
    assert_eq!(column("languages"), of_two("eng"));
    assert_eq!(column("missing_language"), [None, Some("deu".to_owned()), None, None]);
    let lines = [ENGLISH.replacen(" in ", "\nin ", 1), GERMAN.replacen(" nach ", "\nnach ", 1)];
    assert_eq!(column("text")[..2], lines.map(Some));
    assert_eq!(column("text")[2..], [None, None]);
    let errors = column("text_error");
    assert!(errors[2].as_ref().unwrap().contains("too dark") && errors.iter().flatten().count() == 1, "{errors:?}");
    // What breaks the program is the fault of that tile alone.
    let errors = column("error");
    assert!(errors[3].as_ref().unwrap().contains("the engine is broken"), "{errors:?}");
    assert_eq!(errors.iter().flatten().count(), 1);
    let batch = &batches[0];
    let bytes = |name: &str, row: usize| batch.column_by_name(name).unwrap().as_binary::<i32>().value(row).to_vec();
    let boxes = bytes("boxes", 0);
    assert_eq!((boxes.len(), &boxes[9..18]), (9 * 13, &[1, 0, 44, 1, 30, 0, 14, 0, 255][..]));
    let legible = batch.column_by_name("legible").unwrap().as_boolean();
    assert_eq!(legible.iter().collect::<Vec<_>>(), [Some(true), Some(true), None, None]);
    let unreadable = batch.column_by_name("unreadable").unwrap().as_boolean();
    assert_eq!(unreadable.iter().collect::<Vec<_>>(), [Some(false), Some(false), Some(false), None]);
    assert_eq!(batch.column_by_name("sha256").unwrap().null_count(), 0);
}

/// Twelve rows in a folder that answers requests, and their splits in another.
fn stored() -> (tempfile::TempDir, Arc<Folder>) {
    let dir = tempfile::tempdir().unwrap();
    let (there, here) = (dir.path().join("there"), dir.path().join("here"));
    Set::plain(12, 2).write(&there);
    std::fs::create_dir(&here).unwrap();
    std::fs::copy(there.join("train.jsonl"), here.join("train.jsonl")).unwrap();
    (dir, Arc::new(Folder::new(&there)))
}

fn scan_stored(dir: &Path, folder: &Arc<Folder>) -> Result<(usize, usize), WritePartError> {
    let dataset = Arc::new(Dataset::open_stored(&dir.join("here"), folder.clone()).unwrap());
    let all = shards(&dataset);
    let part = Part { path: &dir.join("a.parquet"), dataset: "the set", shards: &all, contents: &CONTENTS };
    let scan = ShardScan::start(dataset.clone(), "the set", all.clone(), CONTENTS, 2);
    write_part(part, scan, &NoProgress).map(|summary| (summary.tiles, summary.errors))
}

#[test]
fn what_is_gone_is_a_row_and_a_lost_connection_ends_the_scan() {
    let (dir, folder) = stored();
    let path = dir.path().join("a.parquet");
    let whole = scan_stored(dir.path(), &folder).unwrap();
    assert_eq!(whole, (36, 0));
    let before = std::fs::read(&path).unwrap();
    // The places of the tiles are known by now; five tiles can be read, the others cannot.
    folder.fail_after(5, "the file is gone", ObstacleKind::Lasting);
    assert_eq!(scan_stored(dir.path(), &folder).unwrap(), (36, 31));
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap();
    for batch in reader.build().unwrap().map(Result::unwrap) {
        let errors = batch.column_by_name("error").unwrap().as_string::<i32>();
        for name in ["unreadable", "sha256", "bytes_hash", "width", "fingerprint", "blank"] {
            let column = batch.column_by_name(name).unwrap();
            assert!((0..batch.num_rows()).all(|row| column.is_null(row) == errors.is_valid(row)), "{name}");
        }
        assert!(errors.iter().flatten().all(|error| error.contains("the file is gone")));
        assert_eq!(batch.column_by_name("member").unwrap().null_count(), 0);
    }
    std::fs::write(&path, &before).unwrap();
    for kind in [ObstacleKind::Passing, ObstacleKind::Limited] {
        folder.fail_after(5, "no connection", kind);
        let error = scan_stored(dir.path(), &folder).unwrap_err();
        assert!(matches!(error, WritePartError::Scan(ScanError::Tile(_))), "{error:?}");
        assert!(error.to_string().contains("no connection"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "an earlier file stays as it is");
    }
    // The same while the shards are searched for their tiles.
    let (dir, folder) = stored();
    folder.fail_after(0, "the file is gone", ObstacleKind::Lasting);
    let (rows, errors) = scan_stored(dir.path(), &folder).unwrap();
    assert!(rows == errors && rows == folder.files.iter().filter(|file| file.path.ends_with(".tar")).count());
    std::fs::remove_file(dir.path().join("a.parquet")).unwrap();
    folder.lose_connection();
    let error = scan_stored(dir.path(), &folder).unwrap_err();
    assert!(matches!(error, WritePartError::Scan(ScanError::Tile(_))), "{error:?}");
    assert_eq!(dir.path().read_dir().unwrap().count(), 2, "no file, and no unfinished one");
}
