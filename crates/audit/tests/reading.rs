//! Reading the text of tiles: each once, in order, with what fails named, and stopped at any time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "an error fails the test")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tilejury_audit::external::{ExternalStore, ReadingOptions, ReadingSummary, read_tiles};
use tilejury_audit::progress::{Cancelled, NoProgress, Progress, ProgressStep};
use tilejury_data::{Dataset, Pixels, TilePath};
use tilejury_testkit::set::tile;
use tilejury_testkit::{Row, Set, picture};
use tilejury_text::{Language, ReadError, ReadingEngine, TextLayout, TileReading, WordBox};

/// An engine that reads the colour of the first pixel, and fails for black.
struct ColourReader {
    version: &'static str,
    languages: Vec<Language>,
    reads: AtomicUsize,
    order: Mutex<Vec<u8>>,
}

impl ColourReader {
    fn new(version: &'static str) -> Self {
        Self { version, languages: vec!["eng".parse().unwrap()], reads: AtomicUsize::new(0), order: Mutex::default() }
    }

    fn reads(&self) -> usize {
        self.reads.swap(0, Ordering::Relaxed)
    }
}

impl ReadingEngine for ColourReader {
    fn name(&self) -> &str {
        "colours"
    }

    fn version(&self) -> &str {
        self.version
    }

    fn languages(&self) -> &[Language] {
        &self.languages
    }

    fn read(&self, picture: &Pixels, _: &[Language], stop: &AtomicBool) -> Result<TileReading, ReadError> {
        if stop.load(Ordering::Relaxed) {
            return Err(ReadError::Stopped);
        }
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.order.lock().unwrap().push(picture.rgba[0]);
        match picture.rgba[0] {
            0 => Err(ReadError::Failed { program: "colours".into(), message: "too dark".into() }),
            1 => panic!("the engine is broken"),
            colour => {
                let text = format!("thetextofcolour{colour}");
                let word = WordBox { text, x: 1, y: 2, width: 30, height: 14, confidence: 0.9, starts_line: true };
                Ok(TileReading { words: vec![word] })
            }
        }
    }

    fn layout(&self, _: &Pixels, _: &AtomicBool) -> Result<Option<TextLayout>, ReadError> {
        Ok(None)
    }
}

fn flat(colour: u8) -> Vec<u8> {
    picture::flat(40, 20, colour)
}

fn set(colours: &[u8], folder: &Path) -> (Dataset, Vec<TilePath>) {
    let paths: Vec<String> = (0..colours.len()).map(|at| tile(0, at as u32, 0)).collect();
    let mut set = Set::new();
    for (path, colour) in paths.iter().zip(colours) {
        set = set.tile(path, &flat(*colour));
    }
    let negatives: Vec<&str> = paths[1..].iter().map(String::as_str).collect();
    set.row("train", &Row::new("q", &paths[0]).negatives(&negatives)).write(folder);
    (Dataset::open(folder).unwrap(), paths.iter().map(|path| TilePath::new(path)).collect())
}

fn read(
    dataset: &Dataset,
    tiles: &[TilePath],
    store: &Path,
    engine: &ColourReader,
    progress: &dyn Progress,
) -> Result<ReadingSummary, Cancelled> {
    let options = ReadingOptions { languages: engine.languages.clone(), jobs: 1 };
    let mut store = ExternalStore::open(store).unwrap();
    read_tiles(dataset, tiles, &mut store, engine, &options, progress).unwrap()
}

#[test]
fn reads_each_tile_once_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 60, 70], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let backwards: Vec<TilePath> = tiles.iter().rev().cloned().collect();
    let first = read(&dataset, &backwards[..2], &file, &engine, &NoProgress).unwrap();
    assert_eq!((first.tiles, first.read, first.skipped, engine.reads()), (2, 2, 0, 2));
    assert_eq!(*engine.order.lock().unwrap(), [70, 60]);
    let second = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((second.read, second.skipped, engine.reads()), (2, 2, 1), "the bytes of one tile are known");
    let store = ExternalStore::open_for_reading(&file).unwrap().unwrap();
    let text = |tile: &TilePath| store.reading(tile).unwrap().unwrap().reading.text();
    assert_eq!(
        tiles.iter().map(text).collect::<Vec<_>>(),
        [50, 60, 60, 70].map(|colour| format!("thetextofcolour{colour}"))
    );
    assert_eq!(store.search_texts("thetextofcolour60", 9).unwrap().len(), 2);
    let newer = ColourReader::new("2");
    assert_eq!(read(&dataset, &tiles, &file, &newer, &NoProgress).unwrap().read, 4);
}

#[test]
fn changed_bytes_are_read_again_and_moved_ones_are_not() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    engine.reads();
    std::fs::remove_dir_all(dir.path().join("image_shards")).unwrap();
    let (dataset, tiles) = set(&[50, 61, 62], dir.path());
    let summary = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((summary.read, summary.skipped, engine.reads()), (3, 0, 2));
}

#[test]
fn failures_are_named_and_the_rest_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, mut tiles) = set(&[50, 0, 1, 60], dir.path());
    tiles.push(TilePath::new("images/nowhere.png"));
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let summary = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!((summary.read, summary.failed), (2, 3));
    let reasons: Vec<&str> = summary.failures.iter().map(|(_, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("too dark") && reasons[1].contains("engine is broken"), "{reasons:?}");
    assert!(reasons[2].contains("nowhere.png"), "{reasons:?}");
}

#[test]
fn stopping_keeps_what_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let (dataset, tiles) = set(&[50, 60, 70, 80, 90, 100], dir.path());
    let (file, engine) = (dir.path().join("x.sqlite"), ColourReader::new("1"));
    let stop = |step: ProgressStep| if step.done >= 2 { Err(Cancelled) } else { Ok(()) };
    assert_eq!(read(&dataset, &tiles, &file, &engine, &stop), Err(Cancelled));
    let read_before = engine.reads();
    assert!(read_before >= 2);
    let rest = read(&dataset, &tiles, &file, &engine, &NoProgress).unwrap();
    assert_eq!(rest.skipped + rest.read, 6);
    assert!(rest.skipped >= 2);
    assert_eq!(rest.skipped, read_before);
}
